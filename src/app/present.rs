//! Presenting: the stage and what is said of it on the whole screen. Keys alone step; controls show while the pointer moves.

use super::icons::{Icon, icon};
use super::look::LookMsg;
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, document, send};
use gloo::events::EventListener;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::Window;
use yew::prelude::*;

/// Pixels over and under the stage: the title, and the caption with its track.
pub(super) const AROUND: u32 = 56 + 178;
/// Milliseconds that the controls stay.
pub(super) const CONTROLS_MS: u32 = 2_500;

/// The way in.
pub(super) fn button(link: &Link) -> Html {
    html! {
        <button class="button rare" type="button" aria-label="Present" title="On the whole screen (Shift P)" onclick={send(link, Msg::Look(LookMsg::Present(true)))}>
            { icon(Icon::Screen) }<span class="word">{ "Present" }</span>
        </button>
    }
}

/// What stands over the stage instead of the bar.
pub(super) fn head(model: &Model, link: &Link) -> Html {
    html! {
        <header class="present-head">
            <h1>{ model.heading() }</h1><span>{ model.sharing.told() }</span><span class="grow" />
            <button class="button boxed" type="button" onclick={send(link, Msg::Look(LookMsg::Present(false)))}>{ "End" }<kbd>{ "Esc" }</kbd></button>
            <span>{ format!("step {} / {}", model.at + 1, model.track().last() + 1) }</span>
        </header>
    }
}

/// Takes the whole screen, or gives it back. Where the browser refuses, the window has to do.
pub(super) fn fill_screen(fill: bool) {
    let Some(document) = document() else { return };
    if !fill {
        if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        }
    } else if let Some(root) = document.document_element() {
        let _ = root.request_fullscreen();
    }
}

/// Hears that the pointer moves, and that the browser left the full screen by itself.
pub(super) fn listeners(link: &Link, window: &Window, presenting: &Rc<Cell<bool>>) -> Vec<EventListener> {
    let Some(document) = document() else { return Vec::new() };
    let moved = {
        let (link, presenting) = (link.clone(), Rc::clone(presenting));
        EventListener::new(window, "pointermove", move |_| {
            if presenting.get() {
                link.send_message(PageMsg(Msg::Look(LookMsg::Controls(true))));
            }
        })
    };
    let left = {
        let (link, presenting) = (link.clone(), Rc::clone(presenting));
        EventListener::new(&document.clone(), "fullscreenchange", move |_| {
            if presenting.get() && document.fullscreen_element().is_none() {
                link.send_message(PageMsg(Msg::Look(LookMsg::Present(false))));
            }
        })
    };
    vec![moved, left]
}
