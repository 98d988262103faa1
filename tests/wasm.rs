//! The tests that run in a browser: the page mounts, and the machine is the same there.
#![cfg(target_arch = "wasm32")]

#[cfg(feature = "page")]
mod page;
mod scenario_digests;
