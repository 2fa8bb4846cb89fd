//! The `tui` module.

pub mod input;
