//! The `sim` module.
