//! The page's half: starts the worker, asks it, and hears it.

use super::{Contents, ImageMsg};
use crate::app::msg::Msg;
use crate::app::page::{Link, PageMsg};
use dm_cache_engine::device::{PAGE_SIZE, Page};
use dm_cache_image::browse::seen::Ask;
use gloo::events::EventListener;
use js_sys::{Float64Array, Object, Reflect, Uint8Array};
use serde_wasm_bindgen::from_value;
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, JsValue};

/// A worker that has an image open, or is opening it. Dropping it ends whatever it does.
#[derive(Debug)]
pub(in crate::app) struct Worker {
    worker: web_sys::Worker,
    _heard: [EventListener; 2],
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Worker {
    /// Has a worker open a file; none where the browser refuses to start one.
    pub(in crate::app) fn open(link: &Link, file: &web_sys::File) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let page = document.query_selector("script[data-app]").ok()??.get_attribute("data-app")?;
        let options = web_sys::WorkerOptions::new();
        options.set_type(web_sys::WorkerType::Module);
        // The reader's files keep their names: the page's own, which has its hash, tells a cache which of them belong to it.
        let script = format!("image-worker.js?{}", page.rsplit('/').next().unwrap_or_default());
        let worker = web_sys::Worker::new_with_options(&script, &options).ok()?;
        let (hears, fails) = (link.clone(), link.clone());
        let heard = EventListener::new(&worker, "message", move |event| {
            if let Some(msg) = event.dyn_ref::<web_sys::MessageEvent>().and_then(|e| heard(&e.data())) {
                hears.send_message(PageMsg(Msg::Image(msg)));
            }
        });
        let failed = EventListener::new(&worker, "error", move |event| {
            // Without a message it never ran: its script was not there, or was none.
            let why = Reflect::get(event, &JsValue::from("message")).ok().and_then(|m| m.as_string());
            let why = why.unwrap_or_else(|| "image-worker.js could not be loaded".to_owned());
            fails.send_message(PageMsg(Msg::Image(ImageMsg::Failed(why))));
        });
        let worker = Self { worker, _heard: [heard, failed] };
        worker.send("open", &[("file", file.into())]);
        Some(worker)
    }

    /// Asks; the answer comes as a message.
    pub(in crate::app) fn ask(&self, ask: Ask) {
        if let Ok(value) = serde_wasm_bindgen::to_value(&ask) {
            self.send("ask", &[("value", value)]);
        }
    }

    /// Asks for the XML or the repaired image as a file, or for the contents.
    pub(in crate::app) fn order(&self, what: &'static str) {
        self.send(what, &[]);
    }

    fn send(&self, kind: &str, with: &[(&str, JsValue)]) {
        let message = Object::new();
        for (key, value) in std::iter::once(&("kind", JsValue::from(kind))).chain(with) {
            // Setting a key of a fresh object cannot fail.
            let _ = Reflect::set(&message, &JsValue::from(*key), value);
        }
        // A worker that is gone has said why.
        let _ = self.worker.post_message(&message);
    }
}

/// What the worker says, as a message.
fn heard(data: &JsValue) -> Option<ImageMsg> {
    let get = |key: &str| Reflect::get(data, &JsValue::from(key)).unwrap_or(JsValue::UNDEFINED);
    let text = || get("text").as_string().unwrap_or_default();
    let broken = |e: serde_wasm_bindgen::Error| ImageMsg::Failed(e.to_string());
    Some(match get("kind").as_string()?.as_str() {
        "progress" => ImageMsg::Progress(get("done").as_f64()?, get("of").as_f64()?),
        "opened" => from_value(get("value"))
            .and_then(|overview| Ok(ImageMsg::Opened(Rc::new(overview), Rc::new(from_value(get("verdict"))?))))
            .unwrap_or_else(broken),
        "refused" => from_value(get("value")).map_or_else(broken, ImageMsg::Refused),
        "answer" => from_value(get("value")).map_or_else(broken, |a| ImageMsg::Answer(Rc::new(a))),
        "file" => ImageMsg::File(get("blob").dyn_into().ok()?, get("suffix").as_string()?),
        "contents" => {
            let numbers = Float64Array::new(&get("numbers")).to_vec();
            let bytes = Uint8Array::new(&get("bytes")).to_vec();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "block numbers of a file")]
            let pages = numbers.into_iter().map(|n| n as u64).zip(bytes.chunks(PAGE_SIZE).map(Page::from_slice)).collect();
            ImageMsg::Contents(Rc::new(Contents { name: String::new(), pages }))
        }
        "failed" => ImageMsg::Failed(text()),
        _ => ImageMsg::Failed("it sent an unknown message".to_owned()),
    })
}
