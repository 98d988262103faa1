//! The kernel's persistent-data library: checksummed, copy-on-write structures over one device.
//!
//! A [`BlockManager`] owns a buffer cache; a [`TransactionManager`] owns the block manager and the space map and decides what may be
//! overwritten in place; [`btree`], [`Array`] and [`Bitset`] are functions over `&mut TransactionManager` that carry a root.
//! A `root: &mut u64` changes exactly when the kernel's `*new_root` would. `docs/metadata-engine.md`

pub mod array;
mod bitset;
mod block_manager;
pub mod btree;
pub mod space_map;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod transaction_manager;
mod validator;

pub use crate::bufio::Validator;
pub use array::{Array, ArrayCursor};
pub use bitset::{Bitset, BitsetCursor};
pub use block_manager::{BlockManager, Locked};
pub use space_map::SpaceMap;
pub use transaction_manager::TransactionManager;
pub(crate) use validator::{check_stamp, stamp};
pub use validator::{checksum, le32, le64, put32, put64};
