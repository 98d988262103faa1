//! What is shown when the program panics: what happened, and a way to go on from the same script and step.

use std::panic::PanicHookInfo;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

/// The panic hook. The program is not to be used any more: the overlay is plain elements, and the way on is a link that
/// loads the page anew. The page leaves its link, its script and its step in attributes
/// after every change.
pub(super) fn show(info: &PanicHookInfo<'_>) {
    if let Some(document) = web_sys::window().and_then(|w| w.document()) {
        // If this fails as well, there is no one left to tell.
        let _ = overlay(&document, &info.to_string());
    }
}

fn overlay(document: &Document, what: &str) -> Result<(), JsValue> {
    let Some(body) = document.query_selector("body")? else { return Ok(()) };
    // What fails after the first failure is of no interest.
    if document.query_selector("[role=alertdialog]")?.is_some() {
        return Ok(());
    }
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let left = |name: &str| document.query_selector("[data-link]").ok().flatten().and_then(|e| e.get_attribute(name)).unwrap_or_default();
    let (kept, script, step) = (left("data-link"), left("data-script"), left("data-step"));
    // Another query makes the browser load the page again; what stands behind `#` alone would not.
    let again = window.location().search()?.trim_start_matches("?again=").parse::<u32>().unwrap_or(0).wrapping_add(1);
    let veil = element(document, "div", "veil", "")?;
    let dialog = element(document, "div", "dialog", "")?;
    dialog.set_attribute("role", "alertdialog")?;
    dialog.set_attribute("aria-label", "The program has stopped")?;
    let on = element(document, "a", "button boxed", "Continue at the same step")?;
    on.set_attribute("href", &format!("?again={again}{kept}"))?;
    let anew = element(document, "a", "button", "Start over")?;
    anew.set_attribute("href", &format!("?again={again}"))?;
    let text = element(document, "textarea", "mono", &script)?;
    text.set_attribute("readonly", "")?;
    text.set_attribute("rows", "8")?;
    text.set_attribute("aria-label", "The script")?;
    let parts = [
        element(document, "h2", "", "The program has stopped")?,
        element(document, "p", "", "This is a bug in the page, not in the simulated machine. The message:")?,
        element(document, "pre", "problem", what)?,
        element(document, "p", "", &format!("It was at step {step} of this script:"))?,
        text,
        on,
        anew,
    ];
    for part in parts {
        dialog.append_child(&part)?;
    }
    veil.append_child(&dialog)?;
    body.append_child(&veil)?;
    Ok(())
}

fn element(document: &Document, tag: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    element.set_attribute("class", class)?;
    element.set_text_content(Some(text));
    Ok(element)
}
