//! What other pages may call: a [`Player`] for one run, and functions for metadata images without a machine.
//!
//! Everything here is plain Rust and tested natively. `js` (wasm32 with feature `api`) is the same API as
//! JavaScript sees it, with types in `types.d.ts`. Field names are those of `dmlab run --json`.

#[cfg(all(target_arch = "wasm32", feature = "api"))]
mod args;
mod error;
mod images;
#[cfg(all(target_arch = "wasm32", feature = "api"))]
pub mod js;
mod player;
mod target;

pub use crate::playback::{Mark, MarkKind};
pub use error::{Code, Error};
pub use images::{DumpOptions, check, dump, inspect};
pub use player::{Frame, Opening, Player, Typed, WorldFrame};
pub use target::Target;
