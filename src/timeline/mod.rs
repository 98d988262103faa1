//! Events folded into a View, steps to stop at, and seeking among them.

pub mod view;

pub use view::View;
