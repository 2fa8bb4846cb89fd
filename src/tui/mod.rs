//! The workstation on a terminal.
//!
//! Owns the terminal while it runs: raw mode, input, output, frames. It holds no rule of the product: keys go
//! to `app`, and what `app` asks for is done here, by the store, the engine and the terminal. It fails
//! only when the terminal does; every other failure becomes a sentence on the screen.

mod clipboard;
mod desk;
pub mod dialect;
mod editor;
mod effects;
mod glyphs;
pub mod input;
pub mod lean;
mod listing;
pub mod paint;
pub mod painter;
mod reconcile;
mod resume;
mod runtime;
mod shown;
mod signals;
pub mod styles;
pub mod terminal;
mod undo;
pub mod view;
mod works;

pub use clipboard::Mux;
pub use desk::{Connect, Desk, Finds};
pub use editor::words;
pub use runtime::{Ending, run};
