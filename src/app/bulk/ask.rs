//! What is asked of the world about many edits, and what it answers.

use std::sync::Arc;

use crate::app::answer::Notice;
use crate::app::same::{SameAs, SameRows};
use crate::domain::{EditId, Sid, Tally, Transform};
use crate::store::{ContactId, MergeReport, StepRow, TakenOut};

/// The rows that a change is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subjects {
    /// Edits of the queue.
    Edits(Arc<Vec<EditId>>),
    /// Contacts, each of which becomes an edit.
    Contacts(Arc<Vec<ContactId>>),
}

impl Subjects {
    /// How many there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Edits(edits) => edits.len() as u64,
            Self::Contacts(contacts) => contacts.len() as u64,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What one of them is.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Edits(_) => "edit",
            Self::Contacts(_) => "contact",
        }
    }
}

/// What is asked about many edits, or done to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAsk {
    /// Count what a change would do.
    Preview {
        /// The question's number.
        token: u64,
        /// What it would change.
        of: Subjects,
        /// The change.
        transform: Transform,
    },
    /// Make a change.
    Apply {
        /// What it changes.
        of: Subjects,
        /// The change.
        transform: Transform,
    },
    /// Find the rows that have this in a column; the question has this number.
    Same(u64, SameAs),
    /// Find the edits that are not the only one of their contact.
    Duplicates,
    /// Find every edit that there is, whatever is shown of them.
    All,
    /// Count what merging those would do.
    CountMerge,
    /// Merge them.
    Merge,
    /// Add edits of these contacts that change nothing yet.
    Add(Vec<Sid>),
    /// Read the list of changes.
    Steps,
    /// Look whether there is something to undo, and to redo.
    Undoable,
    /// Undo or redo up to this step.
    GoTo(i64),
    /// Read what was taken out and can be put back.
    TakenOut,
    /// Put back what this step took out.
    PutBack(i64),
}

/// What the world answers to that.
#[derive(Debug, Clone)]
pub enum BulkAnswer {
    /// What a change would do, as far as counted.
    Tally {
        /// The question's number.
        token: u64,
        /// The counts and the first changes.
        tally: Tally,
        /// Whether every edit is counted.
        complete: bool,
    },
    /// A change is over, one way or the other.
    Over(Notice),
    /// One is over that changes fields of queued edits, and nothing else of the queue.
    ValuesOver(Notice),
    /// The rows that have the same in a column.
    Same {
        /// The question's number.
        token: u64,
        /// The name of the column.
        column: &'static str,
        /// The rows.
        rows: SameRows,
    },
    /// The edits that are not the only one of their contact.
    Duplicates(Vec<EditId>),
    /// Every edit that there is.
    All(Vec<EditId>),
    /// What merging those would do.
    Merge(MergeReport),
    /// The list of changes, newest first.
    Steps(Vec<StepRow>),
    /// Whether there is something to undo, and to redo.
    Undoable(bool, bool),
    /// What was taken out, the last first.
    TakenOut(Vec<TakenOut>),
}
