//! The workstation without a terminal: what it shows, and what each key changes.
//!
//! Owns the [`Model`], the one [`update`] and the geometry. It never touches a file, the network, the
//! clock or a screen: whatever the world must do is an [`Effect`], and its answer comes back as a [`Msg`].
//! It can't fail: a failed effect comes back as text for the user.

mod answer;
mod applies;
mod base;
mod book;
pub mod bulk;
pub mod calm;
mod card;
pub mod causes;
mod command;
pub mod conflicts;
pub mod contacts;
mod copying;
pub mod detail;
mod dialog;
pub mod diff;
mod effect;
mod ending;
pub mod errors;
pub mod evidence;
pub mod export;
pub mod grid;
mod held;
pub mod help;
pub mod import;
pub mod layout;
mod leave;
mod lists;
mod live;
pub mod log_filter;
pub mod marks;
pub mod mending;
mod model;
mod mouse;
mod moving;
mod over;
mod pace;
mod palette;
mod past;
pub mod pick;
pub mod plan;
mod prompt;
pub mod pulling;
mod reconcile;
pub mod results;
mod resume;
mod rows;
pub mod same;
mod send;
pub mod speed;
#[cfg(test)]
mod tests;
mod themes;
mod triage;
mod typing;
mod update;
mod work;

pub use answer::{Answer, Notice, QueueRow};
pub use base::{BaseAnswer, BaseAsk, Known, RowOf, UndoPreview};
pub use book::{BookAnswer, BookAsk, PullOf, Who, is_number};
pub use calm::{Alarm, Calm};
pub use command::{KEPT, keep_newest};
pub use copying::{CopyOf, CopyRows};
pub use dialog::{Confirm, Dialog, Preview, dialog_text};
pub use effect::{Effect, KeysFor, LocalChange, Msg, QueueView};
pub use leave::Leaving;
pub use live::{LiveRun, LogLine, PausedBy};
pub use model::{Ctx, Model, Session};
pub use mouse::MouseAct;
pub use pace::Knob;
pub use palette::{Does, Line as PaletteLine, Listed, lines as palette_lines};
pub use prompt::{Prompt, PromptKind, cell_change};
pub use resume::{Asked, Left};
pub use send::batches;
pub use themes::Themes;
pub use triage::{Scope, Then, TriageAnswer, TriageAsk};
pub use update::update;
pub use work::{WorkAnswer, Working, line as work_line};
