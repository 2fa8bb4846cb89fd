//! What a transform would do to many edits: the first changes, and counts.

use super::contact::as_edit;
use super::{Applied, Transform};
use crate::domain::contact::Contact;
use crate::domain::edit::{Change, Edit, Sid};
use crate::domain::field::Cell;
use crate::domain::validate::{Rules, Severity, validate};

/// Changes that a preview shows.
const SHOWN: usize = 50;

/// One column of one edit, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The contact, as the edit names it before.
    pub sid: Sid,
    /// The column.
    pub cell: Cell,
    /// What it has; `None` = left alone.
    pub before: Option<Change>,
    /// What it becomes.
    pub after: Option<Change>,
    /// Why the edit could not be sent afterwards, or why nothing changes.
    pub wrong: Option<String>,
}

/// What a transform would do, counted edit by edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// The first changes.
    pub samples: Vec<Sample>,
    /// Edits that become otherwise.
    pub changed: u64,
    /// Of these, edits that have an error in a changed column afterwards.
    pub invalid: u64,
    /// Edits that stay as they are.
    pub unchanged: u64,
    /// Edits that stay as they are since the value can't be made.
    pub impossible: u64,
    /// The first reason for that.
    pub why: Option<String>,
}

impl Tally {
    /// Counts what the transform does to one edit.
    pub fn take(&mut self, transform: &Transform, edit: &Edit, rules: &Rules) {
        self.count(transform, edit, transform.apply(edit), rules);
    }

    /// Counts what the transform does to one contact.
    pub fn take_contact(&mut self, transform: &Transform, contact: &Contact, rules: &Rules) {
        let before = as_edit(contact);
        let mut applied = transform.edit_of(contact);
        if let Applied::Changed(edit) = &mut applied {
            let mut after = before.clone();
            after.changes.merge(&edit.changes);
            *edit = after;
        }
        self.count(transform, &before, applied, rules);
    }

    fn count(&mut self, transform: &Transform, edit: &Edit, applied: Applied, rules: &Rules) {
        match applied {
            Applied::Unchanged => self.unchanged += 1,
            Applied::Impossible(why) => {
                self.impossible += 1;
                if self.samples.len() < SHOWN
                    && let Some(cell) = transform.cells().next()
                {
                    let before = column(edit, cell);
                    let (sid, after) = (edit.sid.clone(), before.clone());
                    self.samples.push(Sample { sid, cell, before, after, wrong: Some(why.clone()) });
                }
                self.why.get_or_insert(why);
            }
            Applied::Changed(after) => {
                self.changed += 1;
                let samples = differences(edit, &after, rules);
                self.invalid += u64::from(samples.iter().any(|sample| sample.wrong.is_some()));
                self.samples.extend(samples.into_iter().take(SHOWN.saturating_sub(self.samples.len())));
            }
        }
    }

    /// Every edit looked at.
    pub fn seen(&self) -> u64 {
        self.changed + self.unchanged + self.impossible
    }
}

/// The columns that differ, each with what is wrong with it afterwards.
fn differences(before: &Edit, after: &Edit, rules: &Rules) -> Vec<Sample> {
    let issues = validate(after, rules);
    let wrong = |cell| {
        let issue = issues.iter().find(|issue| issue.severity == Severity::Error && Cell::of(issue.field) == cell);
        issue.map(|issue| issue.hint.clone())
    };
    Cell::all()
        .filter_map(|cell| {
            let (was, is) = (column(before, cell), column(after, cell));
            (was != is).then(|| Sample { sid: before.sid.clone(), cell, before: was, after: is, wrong: wrong(cell) })
        })
        .collect()
}

/// What an edit has in a column.
fn column(edit: &Edit, cell: Cell) -> Option<Change> {
    match cell {
        Cell::Sid => Some(Change::Set(edit.sid.as_str().to_owned())),
        Cell::Field(field) => edit.changes.get(field).cloned(),
    }
}
