//! The `intake` module.
