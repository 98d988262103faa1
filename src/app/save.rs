//! Files that the page hands to the browser to be saved.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast as _;

/// Milliseconds that the bytes stay at hand.
const KEPT_MS: u32 = 60_000;

/// Has the browser save a blob. Where it refuses, nothing else changes.
pub(super) fn save(blob: &web_sys::Blob, name: &str) -> Option<()> {
    let url = web_sys::Url::create_object_url_with_blob(blob).ok()?;
    let document = web_sys::window()?.document()?;
    let anchor = document.create_element("a").ok()?.dyn_into::<web_sys::HtmlAnchorElement>().ok()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser reads the bytes in its own time.
    gloo::timers::callback::Timeout::new(KEPT_MS, move || {
        // A URL that is already gone needs no revoking.
        let _ = web_sys::Url::revoke_object_url(&url);
    })
    .forget();
    Some(())
}

/// Has the browser save bytes.
pub(super) fn save_bytes(bytes: &[u8], media_type: &str, name: &str) -> Option<()> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(bytes)), &options).ok()?;
    save(&blob, name)
}
