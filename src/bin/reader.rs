//! The program of the page's worker: its export is [`dm_cache_lab::reader`]'s, and it does nothing by itself.

// Exports of a library reach the program only if it is linked.
#[cfg(target_arch = "wasm32")]
use dm_cache_lab as _;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("this program reads images for the web page: build it for wasm32 with `cargo xtask serve`");
}
