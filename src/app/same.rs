//! `=`: marks every row shown that has the same in the column under the cursor.

use super::answer::Notice;
use super::bulk::BulkAsk;
use super::effect::Effect;
use super::model::Model;
use super::results;
use super::update::current_cell;
use crate::config::actions::Place;
use crate::domain::{Cell, Change, EditId, RunId};
use crate::store::{ContactId, ResultColumn};
use crate::support::text::{count, counted};

/// What the rows have that are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SameAs {
    /// Edits of the queue that have this in a column; with `None` they leave it alone.
    Edits(Cell, Option<Change>),
    /// Results of a run that have in a column what this one has.
    Results(RunId, u64, ResultColumn),
    /// Contacts that have in a column what this one has.
    Contacts(ContactId, Cell),
}

/// The rows that were found, shown or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SameRows {
    /// Edits of the queue.
    Edits(Vec<EditId>),
    /// Results of a run.
    Results(RunId, Vec<u64>),
    /// Contacts.
    Contacts(Vec<ContactId>),
}

impl SameAs {
    /// The name of the column.
    pub const fn column(&self) -> &'static str {
        match self {
            Self::Edits(cell, _) | Self::Contacts(_, cell) => cell.name(),
            Self::Results(.., column) => column.name(),
        }
    }
}

/// Asks which rows have the same in this column.
pub(super) fn mark(model: &mut Model) -> Vec<Effect> {
    let cell = current_cell(model);
    let of = match model.place() {
        Place::Results => model
            .shown_run
            .zip(model.results.current_key())
            .map(|(run, seq)| SameAs::Results(run, seq, results::column(model))),
        Place::Contacts => model.contacts.grid.current_key().map(|id| SameAs::Contacts(id, cell)),
        _ => model.queue.current().map(|row| {
            let value = match cell {
                Cell::Sid => Some(Change::Set(row.edit.sid.as_str().to_owned())),
                Cell::Field(field) => row.edit.changes.get(field).cloned(),
            };
            SameAs::Edits(cell, value)
        }),
    };
    let Some(of) = of else { return Vec::new() };
    model.asked += 1;
    model.same_asked = model.asked;
    vec![Effect::Bulk(BulkAsk::Same(model.asked, of))]
}

/// Marks those that were found, as far as they are shown.
pub(super) fn found(model: &mut Model, token: u64, column: &str, rows: SameRows) {
    if token != model.same_asked {
        return;
    }
    let (before, found, now) = match rows {
        SameRows::Edits(edits) => {
            let grid = &mut model.queue;
            (grid.marks.len(), grid.mark_shown(edits), grid.marks.len())
        }
        SameRows::Results(run, seqs) if Some(run) == model.shown_run => {
            let grid = &mut model.results;
            (grid.marks.len(), grid.mark_shown(seqs), grid.marks.len())
        }
        SameRows::Results(..) => return,
        SameRows::Contacts(contacts) => {
            let grid = &mut model.contacts.grid;
            (grid.marks.len(), grid.mark_shown(contacts), grid.marks.len())
        }
    };
    let (found, new) = (counted(found as u64, "row"), count((now - before) as u64));
    model.tell(Notice::done(format!("{found} with the same {column}, {new} newly marked")));
}
