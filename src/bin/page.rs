//! The web page's program: mounts the app into the element `app`.

#[cfg(target_arch = "wasm32")]
fn main() {
    dm_cache_lab::app::start("app");
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program is the web page: build it for wasm32 with `cargo xtask serve`");
}
