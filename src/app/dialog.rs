//! What lies over the panes: help, plan, confirms, detail, messages.

use super::answer::Notice;
use super::bulk::Bulk;
use super::conflicts::Conflicts;
use super::detail::{self, Line, Tone};
use super::effect::Effect;
use super::import::Import;
use super::layout::{TEXT_COLUMNS, dialog_columns, dialog_rows};
use super::mending::Mending;
use super::model::Model;
use super::pick::Pick;
use super::themes::Themes;
use super::{diff, help, plan};
use crate::domain::{Base, Edit, EditId, Field, RunId};
use crate::support::clock::Timestamp;
use crate::support::text::{harmless, wrapped};

/// Keys are ignored for so long after a confirm opened: typed-ahead keys never answer it (SPEC 10).
pub const DEAF_MS: u64 = 150;

/// What a send would do (SPEC 4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// The edits that would be sent, in queue order.
    pub edits: Vec<EditId>,
    /// Whether only marked edits were asked for.
    pub marked: bool,
    /// The run that it goes on with: then only the edits of that run are in it.
    pub resumes: Option<RunId>,
    /// Batches, each one request.
    pub batches: u32,
    /// Edits that stay in the queue, by reason.
    pub left_out: Vec<(String, u64)>,
    /// How often each field is set, and cleared.
    pub fields: Vec<(Field, u64, u64)>,
    /// Edits among those sent that the filter hides.
    pub hidden: u64,
    /// The first edits, each with its base where one is known.
    pub first: Vec<(Edit, Option<Base>)>,
    /// The first request as JSON, shortened after some contacts.
    pub first_request: String,
}

/// A question with yes and no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question.
    pub title: String,
    /// What is about to happen: name and value of each line.
    pub facts: Vec<(String, String)>,
    /// What *yes* does, in two words.
    pub yes: String,
    /// What *yes* asks of the world.
    pub effects: Vec<Effect>,
    /// Whether *yes* ends the run and then the program.
    pub quits: bool,
    /// The text that must be typed instead of `y`, on a production account.
    pub want: Option<String>,
    /// What was typed of it.
    pub typed: String,
    /// When it opened.
    pub opened: Timestamp,
}

/// One thing over the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// The keys of this place.
    Help {
        /// First line shown.
        scroll: usize,
        /// What is looked for in it.
        filter: String,
    },
    /// The plan.
    Plan {
        /// What a send would do.
        plan: Box<Preview>,
        /// First line shown.
        scroll: usize,
    },
    /// A question.
    Confirm(Box<Confirm>),
    /// Everything about the row under the cursor.
    Detail {
        /// First line shown.
        scroll: usize,
    },
    /// What the contact of the row under the cursor was, is to be, and came back as.
    Diff {
        /// First line shown.
        scroll: usize,
    },
    /// What may be done about a cause.
    Mending(Box<Mending>),
    /// The themes to choose from.
    Themes(Themes),
    /// A bulk change, being put together.
    Bulk(Box<Bulk>),
    /// An import, being put together.
    Import(Box<Import>),
    /// A short list to choose from.
    Pick(Pick),
    /// Edits in conflict, to decide about.
    Conflicts(Box<Conflicts>),
    /// A text of several lines.
    Text {
        /// The text, its first line the heading.
        notice: Notice,
        /// First line shown.
        scroll: usize,
    },
}

impl Dialog {
    /// A dialog for a long message.
    pub fn text(notice: Notice) -> Self {
        Self::Text { notice, scroll: 0 }
    }

    /// The scroll position, where it has one.
    pub fn scroll(&mut self) -> Option<&mut usize> {
        match self {
            Self::Help { scroll, .. }
            | Self::Plan { scroll, .. }
            | Self::Detail { scroll }
            | Self::Diff { scroll }
            | Self::Text { scroll, .. } => Some(scroll),
            Self::Confirm(_)
            | Self::Mending(_)
            | Self::Themes(_)
            | Self::Bulk(_)
            | Self::Import(_)
            | Self::Pick(_)
            | Self::Conflicts(_) => None,
        }
    }
}

/// The first line of a message and the others, broken for a screen of some columns.
pub fn dialog_text(notice: &Notice, screen: u16) -> (&str, Vec<Line>) {
    let columns = usize::from(dialog_columns(screen, TEXT_COLUMNS));
    let (title, text) = notice.text.split_once('\n').unwrap_or((&notice.text, ""));
    let text = text.strip_prefix('\n').unwrap_or(text);
    let lines = text.lines().flat_map(|line| wrapped(&harmless(line), columns));
    (title, lines.map(|line| (Tone::Plain, line)).collect())
}

/// Scrolls the dialog on top by lines, never past its last screen.
pub(super) fn scroll(model: &mut Model, by: isize) {
    let lines = match model.dialogs.last() {
        Some(Dialog::Help { .. }) => help::lines(model).len(),
        Some(Dialog::Plan { plan, .. }) => plan::lines(model, plan).len(),
        Some(Dialog::Detail { .. }) => detail::lines(model).len(),
        Some(Dialog::Diff { .. }) => diff::lines(model).len(),
        Some(Dialog::Text { notice, .. }) => dialog_text(notice, model.size.0).1.len(),
        _ => return,
    };
    let last = lines.saturating_sub(dialog_rows(model.size.1));
    if let Some(scroll) = model.dialogs.last_mut().and_then(Dialog::scroll) {
        *scroll = scroll.saturating_add_signed(by).min(last);
    }
}
