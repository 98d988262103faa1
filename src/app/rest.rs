//! The page's program comes in two parts (`xtask/split`); this is what the first calls when it needs the second.
//!
//! The cut goes between functions. What a first picture does not need is kept out of its callers by `#[inline(never)]`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `www/rest.js`: instantiates the second part over the first one's exports, and fetches it if it is not here yet. Where that
    /// fails it tells the viewer, and throws: the function that was called is not there.
    #[wasm_bindgen(js_namespace = globalThis, js_name = loadRest)]
    fn instantiate(exports: &JsValue);
}

/// Called by the stubs of the first part before the second is there.
#[wasm_bindgen]
pub fn load_rest() {
    instantiate(&wasm_bindgen::exports());
}
