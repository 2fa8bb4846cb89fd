//! The `tui` module.
