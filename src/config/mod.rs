//! The `config` module.

pub mod theme;
