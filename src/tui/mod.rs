//! The `tui` module.

pub mod input;
pub mod lean;
pub mod paint;
pub mod painter;
pub mod styles;
pub mod terminal;
pub mod view;
