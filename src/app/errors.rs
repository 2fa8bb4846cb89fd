//! The errors of this sitting, for whoever looked away when one was told: `:errors` lists them.
//!
//! An error is something that was under way and failed. A key that does nothing here, or a contact that was rejected, is
//! none: the one is no harm, and the other is data.

use super::answer::Notice;
use super::dialog::Dialog;
use super::effect::Effect;
use super::model::Model;
use super::pick::{Pick, PickOf};
use crate::support::clock::Timestamp;
use crate::support::text::counted;

/// Errors that are kept; the oldest go.
const KEPT: usize = 200;

/// What went wrong, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine {
    /// When.
    pub at: Timestamp,
    /// What was being done.
    pub during: String,
    /// The cause, and what to do about it.
    pub text: String,
}

impl ErrorLine {
    /// The cause in a line.
    pub fn in_a_line(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// All of it, under a heading.
    pub fn in_full(&self) -> String {
        format!("At {}, while {}\n\n{}", self.at.local_time(), self.during, self.text)
    }
}

/// The errors so far, the newest first, and how many of them nobody has looked at.
#[derive(Debug, Default)]
pub struct Errors {
    lines: Vec<ErrorLine>,
    unseen: usize,
}

impl Errors {
    /// Keeps what a notice tells, if it is of an error.
    pub(super) fn take(&mut self, at: Timestamp, notice: &Notice) {
        if let Some(during) = notice.during.clone() {
            self.lines.insert(0, ErrorLine { at, during, text: notice.text.clone() });
            self.lines.truncate(KEPT);
            self.unseen += 1;
        }
    }

    /// The mark of the status line that there are some to look at.
    pub fn mark(&self) -> Option<String> {
        (self.unseen > 0).then(|| format!("! {} · :errors", counted(self.unseen as u64, "error")))
    }
}

/// Lists them.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.errors.unseen = 0;
    if model.errors.lines.is_empty() {
        model.tell(Notice::done("nothing went wrong in this sitting"));
    } else {
        let lines = model.errors.lines.clone();
        model.dialogs.push(Dialog::Pick(Pick { of: PickOf::Errors(lines), at: 0 }));
    }
    Vec::new()
}

/// Shows one in full.
pub(super) fn show(model: &mut Model, line: Option<&ErrorLine>) -> Vec<Effect> {
    model.dialogs.extend(line.map(|line| Dialog::text(Notice::failed(line.in_full()))));
    Vec::new()
}

/// Copies one in full.
pub(super) fn copy(model: &mut Model, line: Option<&ErrorLine>) -> Vec<Effect> {
    line.map_or_else(Vec::new, |line| copy_text(model, line.in_full()))
}

/// Copies a text of several lines.
pub(super) fn copy_text(model: &mut Model, text: String) -> Vec<Effect> {
    model.tell(Notice::done("copied"));
    vec![Effect::Copy(text)]
}
