//! What pages that are not ours may call: a [`Player`] over one run, and metadata images without a machine.
//!
//! Everything here is plain Rust and tested natively; `js` (wasm32 and feature `api` only) is the same surface as
//! JavaScript sees it, with types in `types.d.ts`. Data has the names that `dmlab run --json` prints.

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
