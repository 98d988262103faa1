//! The target on a machine just big enough for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bios;
mod rig;
mod table_line;
