//! The workstation without a terminal: what it shows, and what each key changes.
//!
//! Owns the [`Model`], the one [`update`] and the geometry. It never touches a file, the network, the
//! clock or a screen: whatever the world must do is an [`Effect`], and its answer comes back as a [`Msg`].
//! It can't fail: a failed effect comes back as text for the user.

pub mod detail;
mod dialog;
mod effect;
pub mod grid;
pub mod layout;
mod live;
mod model;
mod palette;
mod prompt;
mod rows;
mod send;
#[cfg(test)]
mod tests;
mod update;

pub use dialog::{Confirm, Dialog, Preview};
pub use effect::{Answer, Effect, KeysFor, LocalChange, Msg, Notice, QueueRow};
pub use live::{LiveRun, LogLine};
pub use model::{Ctx, Model, Session};
pub use palette::{Match, matches as palette_matches};
pub use prompt::{Prompt, PromptKind};
pub use send::batches;
pub use update::update;
