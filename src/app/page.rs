//! The page as the browser sees it: keys and clock in, markup out.

use super::follow::{Followed, follow};
use super::hand::{self, Pointed};
use super::image::worker::Worker;
use super::image::{self, ImageMsg};
use super::landing;
use super::look::{Look, LookMsg, Sheet, window_size};
use super::model::{Model, SPEEDS};
use super::msg::{Msg, Tab, Theme};
use super::{dialogs, header, inspector, keys, panels, panes, pasted, plots, present, prompt, races, save, script, stage, transport};
use crate::scenario::ast::Sharing;
use crate::timeline::steps;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// The least time of a step where nothing moves: it is read without anything to follow.
const STEP_REDUCED_MS: u32 = 2_000;
const SCRIPT_KEY: &str = "dm-cache-lab script";
const THEME_KEY: &str = "dm-cache-lab theme";

/// What parts of the page send their messages to.
pub(super) type Link = html::Scope<Page>;

/// The whole page.
#[derive(Debug)]
pub struct Page {
    model: Model,
    timer: Option<Timeout>,
    /// Goes on running a script that takes long.
    runner: Option<Timeout>,
    reader: Option<Worker>,
    /// Hides the controls again while presenting.
    resting: Option<Timeout>,
    presenting: Rc<Cell<bool>>,
    /// Single letters are keys.
    letters: Rc<Cell<bool>>,
    /// A script is running, and Escape stops it.
    running: Rc<Cell<bool>>,
    /// The script that the panic's overlay would show.
    told: Rc<str>,
    followed: Option<Followed>,
    /// The script that the address says, if it says one.
    addressed: Rc<str>,
    /// What the page would lose with the tab.
    unsaved: Rc<Cell<bool>>,
    /// A hand moved the focus last, not the keyboard.
    pointed: Pointed,
    /// The question that had the focus given, and whether it was answered.
    asked: Option<(usize, bool)>,
    /// The next picture has the console's prompt ready.
    to_console: bool,
    /// The next picture has the field for a pasted line ready.
    to_line: bool,
    _listeners: Vec<EventListener>,
}

impl Component for Page {
    type Message = PageMsg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let mut model = Model::new(&hash());
        model.theme = match storage().and_then(|s| s.get_item(THEME_KEY).ok().flatten()).as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        show_theme(model.theme);
        model.look = Look::of_browser(storage().as_ref());
        model.kept_script = storage().and_then(|s| s.get_item(SCRIPT_KEY).ok().flatten()).map(Rc::from);
        let letters = Rc::new(Cell::new(model.look.letters));
        let running = Rc::new(Cell::new(model.running.is_some()));
        let (unsaved, pointed, presenting) = (Rc::default(), Pointed::default(), Rc::default());
        let mut heard = listeners(ctx.link(), &letters, &running, &pointed, &unsaved);
        heard.extend(web_sys::window().iter().flat_map(|window| present::listeners(ctx.link(), window, &presenting)));
        let model_pastes = model.pasted.is_some();
        Self {
            addressed: Rc::clone(&model.text),
            model,
            timer: None,
            runner: None,
            reader: None,
            resting: None,
            presenting,
            _listeners: heard,
            running,
            unsaved,
            pointed,
            asked: None,
            to_line: model_pastes,
            to_console: false,
            letters,
            told: "".into(),
            followed: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, PageMsg(msg): Self::Message) -> bool {
        let theme = self.model.theme;
        let msg = match msg {
            Msg::Key(key, shift) => match self.model.key(&key, shift) {
                Some(msg) => msg,
                None => return false,
            },
            msg => msg,
        };
        match &msg {
            Msg::Image(msg) => serve_image(&mut self.reader, ctx.link(), &self.model, msg),
            Msg::Save(what) => match panes::file(&self.model, *what) {
                Ok((bytes, media_type, name)) => {
                    save::save_bytes(&bytes, media_type, &name);
                }
                Err(why) => ctx.link().send_message(PageMsg(Msg::Notice(why))),
            },
            Msg::Plots => plots::start(),
            Msg::Share if self.model.loaded.is_some() && self.model.races.is_none() => {
                ctx.link().send_message(PageMsg(Msg::Notice(image::IN_NO_LINK.to_owned())));
            }
            Msg::Share => share(ctx.link(), &self.model.link()),
            // The page's own change of the address says nothing new.
            Msg::Link(hash) if *hash == self.model.link() => return false,
            Msg::Look(LookMsg::Controls(true)) => {
                let link = ctx.link().clone();
                self.resting =
                    Some(Timeout::new(present::CONTROLS_MS, move || link.send_message(PageMsg(Msg::Look(LookMsg::Controls(false))))));
                if self.model.look.controls {
                    return false;
                }
            }
            // Paper is white.
            Msg::Look(LookMsg::Printing(printing)) => set_theme(if *printing { Theme::Light } else { theme }),
            Msg::Look(LookMsg::Present(fill)) => present::fill_screen(*fill),
            Msg::Look(LookMsg::Window(size)) if *size == (self.model.look.width, self.model.look.height) => return false,
            _ => {}
        }
        let chosen = matches!(msg, Msg::Scenario(_));
        let linked = matches!(msg, Msg::Link(_));
        let typed = matches!(msg, Msg::Draft(_));
        let pasting = self.model.pasted.is_some();
        self.model.update(msg);
        if linked {
            // The address says it already.
            self.addressed = Rc::clone(&self.model.text);
        }
        self.keep_address();
        self.keep_script(typed);
        self.to_line = self.model.pasted.is_some() && !pasting;
        if pasting && self.model.pasted.is_none() && !linked {
            set_hash(&self.model.link());
        }
        self.to_console = chosen && self.pointed.get() && self.model.source.as_ref().is_ok_and(|s| s.script.body.is_empty());
        self.letters.set(self.model.look.letters);
        self.running.set(self.model.running.is_some());
        if self.presenting.replace(self.model.look.presenting) && !self.model.look.presenting {
            present::fill_screen(false);
        }
        if self.model.theme != theme {
            show_theme(self.model.theme);
        }
        self.timer = self.model.playing.then(|| {
            let link = ctx.link().clone();
            let ms = steps::reading_ms(&transport::sentence(&self.model)).max(if reduced_motion() { STEP_REDUCED_MS } else { 0 });
            let quarters = SPEEDS.get(self.model.speed).copied().unwrap_or(4);
            Timeout::new(ms * 4 / quarters, move || link.send_message(PageMsg(Msg::Tick)))
        });
        true
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        if std::mem::take(&mut self.to_console) {
            focus("console-input");
        }
        if std::mem::take(&mut self.to_line) {
            focus(pasted::FIELD);
        }
        let asked = self.model.prompt.as_ref().map(|prompt| (prompt.line, prompt.answered.is_some()));
        if asked.is_some() && asked != self.asked {
            focus(prompt::DOCK);
        }
        self.asked = asked;
        // After the picture, so that it is seen how far the script has run.
        self.runner = self.model.running.is_some().then(|| {
            let link = ctx.link().clone();
            Timeout::new(0, move || link.send_message(PageMsg(Msg::GoOnRunning)))
        });
        let followed = Followed::new(&self.model);
        if self.followed.as_ref() != Some(&followed) {
            follow();
            self.followed = Some(followed);
        }
        if let Some(app) = document().and_then(|d| d.get_element_by_id("app")) {
            // What a panic offers to go on from; without it the overlay only tells what happened.
            let _ = app.set_attribute("data-link", &self.model.link());
            let _ = app.set_attribute("data-step", &(self.model.at + 1).to_string());
            if !Rc::ptr_eq(&self.told, &self.model.text) {
                self.told = Rc::clone(&self.model.text);
                let _ = app.set_attribute("data-script", &self.told);
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (model, link) = (&self.model, ctx.link());
        let compare = (model.sharing == Sharing::Compare).then_some("compare");
        let inspecting = model.inspector.then_some("inspecting");
        if let Some(shown) = &model.image {
            let open = matches!(shown, image::Image::Open(_)).then_some("open");
            return html! {
                <div class={classes!("page", "image", open)} ondragover={allow_drop()} ondrop={drop(link)}>
                    { header::of_image(model, link) }
                    { image::view(shown, &model.look, link) }
                    { prompt::view(model) }
                </div>
            };
        }
        if let Some(text) = &model.pasted {
            return html! {
                <div class="page pasted" ondragover={allow_drop()} ondrop={drop(link)}>
                    { header::of_pasted(model, link) }
                    { pasted::view(text, link) }
                    { prompt::view(model) }
                </div>
            };
        }
        if let Some(shown) = &model.races {
            return html! {
                <div class="page races" ondragover={allow_drop()} ondrop={drop(link)}>
                    { stage::patterns() }
                    { header::of_races(model, shown, link) }
                    { races::view(model, shown, link) }
                    { prompt::view(model) }
                    { dialogs::view(model, link) }
                </div>
            };
        }
        let look = &model.look;
        let moving = (model.stepped && !model.hurries()).then_some(if model.at.is_multiple_of(2) { "moving even" } else { "moving odd" });
        let narrow = (look.narrow() && !look.presenting).then_some("narrow");
        let working = (model.draft.is_some() && !look.narrow()).then_some("working");
        let presenting = look.presenting.then_some(if look.controls { "presenting controls" } else { "presenting" });
        html! {
            <div class={classes!("page", compare, inspecting, moving, narrow, working, presenting, look.sheet.class())} ondragover={allow_drop()} ondrop={drop(link)}>
                { stage::patterns() }
                { if look.presenting { present::head(model, link) } else { header::view(model, link) } }
                <section class="script" aria-label="Script" role={if working.is_some() { "main" } else { look.role(&[Sheet::Script, Sheet::Console]) }}>
                    { script::view(model, link) }
                    { panels::view(model, link) }
                </section>
                { stage::view(model, link) }
                { inspector::view(model, link) }
                { transport::view(model, link) }
                { prompt::view(model) }
                { sheets(model, link) }
                { dialogs::view(model, link) }
                { plots::view(model, link) }
            </div>
        }
    }
}

impl Page {
    /// What is typed in the editor is kept in this browser, unless that is not wanted. A script that a link brings is not.
    fn keep_script(&mut self, typed: bool) {
        if !self.model.look.autosave {
            if self.model.kept_script.take().is_some() {
                store(SCRIPT_KEY, None);
            }
        } else if let Some(draft) = self.model.draft.as_ref().filter(|_| typed) {
            store(SCRIPT_KEY, Some(&draft.text));
            self.model.kept_script = Some(draft.text.as_str().into());
        }
    }

    /// A script of the viewer's own is in the address, so that a page that is loaded again has it.
    fn keep_address(&mut self) {
        let model = &self.model;
        if model.running.is_none() && !Rc::ptr_eq(&self.addressed, &model.text) {
            self.addressed = Rc::clone(&model.text);
            if model.edited || hash().contains("&t=") {
                set_hash(&model.link());
            }
        }
        self.unsaved.set(model.has_unsaved() || model.loaded.is_some());
    }
}

/// A message to the page.
#[derive(Debug)]
pub struct PageMsg(pub(super) Msg);

/// A callback that sends `msg`, whatever the event.
pub(super) fn send<E>(link: &Link, msg: Msg) -> Callback<E> {
    link.callback(move |_| PageMsg(msg.clone()))
}

/// The bar of a narrow page: one part at a time.
fn sheets(model: &Model, link: &Link) -> Html {
    if !model.look.narrow() {
        return Html::default();
    }
    let sheet = |(sheet, word): (Sheet, &'static str)| {
        let current = (model.look.sheet == sheet).then_some("page");
        html! { <button type="button" aria-current={current} onclick={send(link, Msg::Look(LookMsg::Sheet(sheet)))}>{ word }</button> }
    };
    html! { <nav class="sheets" aria-label="Parts">{ for Sheet::ALL.into_iter().map(sheet) }</nav> }
}

/// What the browser tells the page: keys, another link, another width, printing.
fn listeners(
    link: &Link,
    letters: &Rc<Cell<bool>>,
    running: &Rc<Cell<bool>>,
    pointed: &Pointed,
    unsaved: &Rc<Cell<bool>>,
) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let options = gloo::events::EventListenerOptions::enable_prevent_default();
    let keys = {
        let (link, letters, running) = (link.clone(), Rc::clone(letters), Rc::clone(running));
        let pointed = Rc::clone(pointed);
        EventListener::new_with_options(&window, "keydown", options, move |event| {
            on_key(&link, event, letters.get(), running.get(), &pointed)
        })
    };
    let leaving = {
        let unsaved = Rc::clone(unsaved);
        EventListener::new_with_options(&window, "beforeunload", options, move |event| {
            if unsaved.get() {
                event.prevent_default();
            }
        })
    };
    let on = |name: &'static str, msg: fn() -> Msg| {
        let link = link.clone();
        EventListener::new(&window, name, move |_| link.send_message(PageMsg(msg())))
    };
    let mut heard = hand::listeners(&window, pointed);
    heard.extend(landing::listeners(link));
    heard.extend([
        keys,
        leaving,
        on("hashchange", || Msg::Link(hash())),
        on("resize", || Msg::Look(LookMsg::Window(window_size()))),
        on("beforeprint", || Msg::Look(LookMsg::Printing(true))),
        on("afterprint", || Msg::Look(LookMsg::Printing(false))),
    ]);
    heard
}

fn on_key(link: &Link, event: &web_sys::Event, letters: bool, running: bool, pointed: &Pointed) {
    let Some(key) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
    if key.ctrl_key() || key.alt_key() || key.meta_key() || landing::stands() {
        return;
    }
    let element = key.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).filter(|e| !hand::is_in_closed_dialog(e));
    let (tag, role) = element.as_ref().map(|e| (e.tag_name(), e.get_attribute("role"))).unwrap_or_default();
    let pressed = key.key();
    let given_up = element.as_ref().is_some_and(|e| hand::gives_up(e, key, pointed));
    let text = matches!(tag.as_str(), "INPUT" | "SELECT" | "TEXTAREA") && !given_up;
    let own_space = pressed == " " && matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY");
    let own_arrows = pressed.starts_with("Arrow") && matches!(role.as_deref(), Some("radio" | "tab"));
    let on_tile = pressed.starts_with("Arrow")
        && element.as_ref().is_some_and(|e| e.closest(".tile[data-block], [data-oblock], .order").is_ok_and(|t| t.is_some()));
    let in_dialog = element.as_ref().is_some_and(hand::is_in_dialog);
    if running && pressed == "Escape" && !in_dialog {
        event.prevent_default();
        link.send_message(PageMsg(Msg::StopRunning));
        return;
    }
    let letter = pressed != " " && pressed.chars().count() == 1;
    if text || own_space || own_arrows || on_tile || in_dialog || (letter && !letters) {
        return;
    }
    if pressed == "`" {
        event.prevent_default();
        link.send_message(PageMsg(Msg::Tab(Tab::Console)));
        focus("console-input");
        return;
    }
    if keys::message(&pressed, key.shift_key()).or_else(|| races::key(&pressed)).or_else(|| image::key(&pressed)).is_some() {
        event.prevent_default();
        link.send_message(PageMsg(Msg::Key(pressed, key.shift_key())));
    }
}

/// What an image's screen needs the browser for: the worker, the keyboard focus, clipboard and files.
fn serve_image(reader: &mut Option<Worker>, link: &Link, model: &Model, msg: &ImageMsg) {
    match msg {
        ImageMsg::Chosen(file) => {
            *reader = Worker::open(link, file);
            if reader.is_none() {
                link.send_message(PageMsg(Msg::Image(ImageMsg::Failed("the browser cannot start a worker here".to_owned()))));
            }
        }
        ImageMsg::Close | ImageMsg::Refused(_) | ImageMsg::Contents(_) => *reader = None,
        ImageMsg::GoTo => focus("image-goto"),
        ImageMsg::CopyReport => {
            if let Some(image::Image::Open(shown)) = &model.image {
                copy(link, &shown.overview.report, |copied| {
                    Msg::Notice(if copied { "Report copied." } else { "The browser denied access to the clipboard." }.to_owned())
                });
            }
        }
        ImageMsg::File(blob, suffix) => {
            if let Some(image::Image::Open(shown)) = &model.image {
                save::save(blob, &format!("{}{suffix}", shown.overview.name));
            }
        }
        ImageMsg::Repair => reader.iter().for_each(|r| r.order("repaired")),
        ImageMsg::SaveXml => reader.iter().for_each(|r| r.order("xml")),
        ImageMsg::Load => reader.iter().for_each(|r| r.order("contents")),
        _ => {}
    }
    for ask in msg.asks() {
        reader.iter().for_each(|r| r.ask(ask));
    }
}

/// Puts the focus into the field of that id.
fn focus(id: &str) {
    let field = document().and_then(|d| d.get_element_by_id(id));
    if let Some(field) = field.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // If the element cannot be focused, nothing else changes.
        let _ = field.focus();
    }
}

/// Puts text into the clipboard, and says whether that was allowed.
pub(super) fn copy(link: &Link, text: &str, told: fn(bool) -> Msg) {
    let Some(window) = web_sys::window().filter(web_sys::Window::is_secure_context) else {
        link.send_message(PageMsg(told(false)));
        return;
    };
    let written = wasm_bindgen_futures::JsFuture::from(window.navigator().clipboard().write_text(text));
    link.send_future(async move { PageMsg(told(written.await.is_ok())) });
}

/// Without this the browser refuses every drop.
fn allow_drop() -> Callback<DragEvent> {
    Callback::from(|event: DragEvent| event.prevent_default())
}

fn drop(link: &Link) -> Callback<DragEvent> {
    link.batch_callback(|event: DragEvent| {
        event.prevent_default();
        let file = event.data_transfer()?.files()?.get(0)?;
        Some(PageMsg(Msg::Image(ImageMsg::Chosen(file))))
    })
}

pub(super) fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

pub(super) fn hash() -> String {
    web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default()
}

/// Puts a link into the address bar; false where the browser refuses.
fn set_hash(hash: &str) -> bool {
    let history = web_sys::window().and_then(|w| w.history().ok());
    history.is_some_and(|h| h.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(hash)).is_ok())
}

/// Puts the link into the address bar, and into the clipboard where that is allowed.
fn share(link: &Link, hash: &str) {
    let Some(window) = web_sys::window() else { return };
    if !set_hash(hash) {
        return;
    }
    copy(link, &window.location().href().unwrap_or_default(), Msg::Copied);
}

/// Remembers a choice, or forgets it. Where the browser refuses, it lasts as long as the page.
pub(super) fn store(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

pub(super) fn reduced_motion() -> bool {
    let query = web_sys::window().and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok().flatten());
    query.is_some_and(|q| q.matches())
}

fn show_theme(theme: Theme) {
    set_theme(theme);
    store(THEME_KEY, theme.name());
}

fn set_theme(theme: Theme) {
    let Some(root) = document().and_then(|d| d.document_element()) else { return };
    // A page whose element takes no attribute follows the system.
    let _ = match theme.name() {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
}
