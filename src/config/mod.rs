//! The `config` module.

pub mod actions;
pub mod keymap;
pub mod theme;
