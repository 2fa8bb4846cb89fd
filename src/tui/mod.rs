//! The `tui` module.

pub mod input;
pub mod terminal;
