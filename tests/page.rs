//! Tests of the page's parts, in a real browser.
#![allow(clippy::expect_used, reason = "a test")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_page_mounts_into_the_element_it_is_given() {
    let document = web_sys::window().and_then(|w| w.document()).expect("a browser has a document");
    let place = document.create_element("main").expect("an element");
    place.set_id("somewhere");
    document.body().expect("a body").append_child(&place).expect("room for it");
    dm_cache_lab::app::start("somewhere");
    gloo::timers::future::TimeoutFuture::new(0).await;
    assert!(place.text_content().unwrap_or_default().contains("dm-cache-lab"));
}
