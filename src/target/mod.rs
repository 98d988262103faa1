//! (room to be furnished)
// pub mod env; is enabled together with the target
