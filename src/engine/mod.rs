//! The `engine` module.
