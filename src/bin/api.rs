//! The engine for other people's pages: its exports are [`dm_cache_lab::api`]'s, and it does nothing by itself.

// Exports of a library reach the program only if it is linked.
#[cfg(target_arch = "wasm32")]
use dm_cache_lab as _;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("this program is the JavaScript API: build it for wasm32 with `cargo xtask package`");
}
