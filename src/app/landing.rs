//! The landing. It stands in the document before the program runs, and the address decides whether it shows (`www/landing.js`).

use super::image::ImageMsg;
use super::msg::Msg;
use super::page::{Link, PageMsg, document, hash};
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, File, FileList, HtmlInputElement};

/// The address of the machine as such.
const MACHINE: &str = "#v=1";

/// Whether it shows: the address asks for nothing.
pub(super) fn stands() -> bool {
    asks_for_nothing(&hash())
}

pub(super) fn asks_for_nothing(hash: &str) -> bool {
    hash.len() < 2
}

/// What is done on the landing that no address says: a file is picked, also before the program ran, or dropped.
pub(super) fn listeners(link: &Link) -> Vec<EventListener> {
    let Some(document) = document() else { return Vec::new() };
    let (Some(landing), Some(input)) = (document.get_element_by_id("landing"), own_image(&document)) else { return Vec::new() };
    open(link, first(input.files()));
    let picked = {
        let (link, input) = (link.clone(), input.clone());
        EventListener::new(&input.clone(), "change", move |_| {
            open(&link, first(input.files()));
            // So that the same file can be chosen again.
            input.set_value("");
        })
    };
    let options = EventListenerOptions::enable_prevent_default();
    let dragged = EventListener::new_with_options(&landing, "dragover", options, |event| event.prevent_default());
    let dropped = {
        let link = link.clone();
        EventListener::new_with_options(&landing, "drop", options, move |event| {
            event.prevent_default();
            let files = event.dyn_ref::<web_sys::DragEvent>().and_then(web_sys::DragEvent::data_transfer).and_then(|d| d.files());
            open(&link, first(files));
        })
    };
    vec![picked, dragged, dropped]
}

/// Leaves the landing for what no link names.
fn open(link: &Link, file: Option<File>) {
    let Some(file) = file else { return };
    if let Some(history) = web_sys::window().and_then(|w| w.history().ok()) {
        // Where the browser keeps its address, a reload leads to the landing again.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(MACHINE));
    }
    if let Some(root) = document().and_then(|d| d.document_element()) {
        let _ = root.remove_attribute("data-landed");
    }
    link.send_message(PageMsg(Msg::Image(ImageMsg::Chosen(file))));
}

fn own_image(document: &Document) -> Option<HtmlInputElement> {
    document.get_element_by_id("own-image")?.dyn_into().ok()
}

fn first(files: Option<FileList>) -> Option<File> {
    files?.get(0)
}
