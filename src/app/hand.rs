//! What was clicked keeps no key: the focus goes back to the page, where arrows step and Space plays. Whoever comes with the keyboard
//! keeps the focus, and with it the control's own keys.

use gloo::events::{EventListener, EventListenerOptions};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent, Window};

/// Whatever takes a key of the page's for itself while it has the focus. Text fields keep it: one clicks there to type.
const CONTROLS: &str = "button, a, summary, [data-block], [data-oblock], .order";
/// Fields without text. They need the focus until a choice is made, so that they give it back with the next key.
const CHOICES: &str = "select, input[type=file]";

/// Whether a hand on the mouse, or a finger, moved the focus last.
pub(super) type Pointed = Rc<Cell<bool>>;

/// Listens for clicks. It hears of them before the page does: a dialog that the click opens gives the focus back to where it was.
pub(super) fn listeners(window: &Window, pointed: &Pointed) -> Vec<EventListener> {
    let on = |name: &'static str, heard: fn(&Event)| {
        let pointed = Rc::clone(pointed);
        EventListener::new_with_options(window, name, EventListenerOptions::run_in_capture_phase(), move |event| {
            pointed.set(true);
            heard(event);
        })
    };
    vec![on("pointerdown", |_| ()), on("click", give_back)]
}

/// Takes the focus from a control that was clicked. A click that a key makes counts no presses.
fn give_back(event: &Event) {
    if event.dyn_ref::<MouseEvent>().is_none_or(|click| click.detail() == 0) {
        return;
    }
    let at = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    if let Some(control) = at.and_then(|e| e.closest(CONTROLS).ok().flatten()).filter(|c| !is_in_dialog(c)) {
        blur(&control);
    }
}

/// Whether a key that was pressed on `element` is the page's: a list that was opened by hand and is closed again gives it up.
pub(super) fn gives_up(element: &Element, key: &KeyboardEvent, pointed: &Pointed) -> bool {
    let pressed = key.key();
    if pressed == "Tab" {
        pointed.set(false);
    }
    let is = |selector: &str| element.matches(selector).unwrap_or(true);
    if !pointed.get() || matches!(pressed.as_str(), "Enter" | "Tab") || !is(CHOICES) || is(":open") || is_in_dialog(element) {
        return false;
    }
    blur(element);
    if pressed.chars().count() == 1 || pressed.starts_with("Arrow") || pressed.starts_with("Page") {
        // Else the list, which is where the key was pressed, chose by it.
        key.prevent_default();
    }
    true
}

/// Whether a dialog around `element` was closed just now. The browser leaves the focus inside until it draws the next frame, and the
/// keys that are pressed until then are meant for the page.
pub(super) fn is_in_closed_dialog(element: &Element) -> bool {
    element.closest("dialog:not([open])").is_ok_and(|d| d.is_some())
}

pub(super) fn is_in_dialog(element: &Element) -> bool {
    element.closest("dialog").is_ok_and(|d| d.is_some())
}

fn blur(element: &Element) {
    // A tile is no element of HTML, and can be blurred like one. Where the focus stays nothing else changes.
    let _ = element.unchecked_ref::<HtmlElement>().blur();
}
