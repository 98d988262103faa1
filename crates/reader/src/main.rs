//! Reads metadata images for the web page, in a worker of its own (`www/image-worker.js`).

#[cfg(target_arch = "wasm32")]
pub mod reader;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("this program reads images for the web page: build it for wasm32 with `cargo xtask serve`");
}
