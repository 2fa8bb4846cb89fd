//! Whether an action can do anything here and now, and the sentence that says why not: the same for a key, for the
//! palette and for the help. No key that means something elsewhere is silent.

use super::base::{self, BaseAsk};
use super::bulk::BulkAsk;
use super::conflicts::ConflictAsk;
use super::effect::Effect;
use super::model::Model;
use super::update::current_cell;
use crate::config::actions::{Action, ActionRow, Place};
use crate::config::keymap::in_words;
use crate::store::Cell;
use crate::support::key::Key;

/// Why an action would do nothing; after a `;` what to do about it.
pub fn why_not(model: &Model, action: Action) -> Option<String> {
    use Action::{
        CancelRest, Causes, CopyJson, CopySid, Detail, Diff, EditCell, Fix, Mark, MarkAll, MarkInvert, MarkNone,
        MarkRange, MarkSame, Mend, Open, Pause, Plan, Redo, Replace, Requeue, SearchNext, SearchPrev, Send, SetMarked,
        Sort, SortBy, TakeOut, Transform, Undo, UndoRun,
    };
    if let Some(elsewhere) = action.row().and_then(|row| only_elsewhere(model, row)) {
        return Some(elsewhere);
    }
    let running = model.running();
    let is_contacts = model.place() == Place::Contacts;
    let sentence = match action {
        Send if running.is_some() => "a run is under way; `<pause>` pauses it, `<cancel-rest>` cancels the rest",
        Send | Plan if model.queued == 0 => "the queue is empty; `<add>` adds an edit, `:import FILE` a file",
        Pause | CancelRest if running.is_none() => "no run is under way",
        Requeue | Fix | Causes if model.shown_run.is_none() => "there is no run yet",
        Requeue | Fix if running.is_some_and(|live| Some(live.run) == model.shown_run) => {
            "the run is under way; its failures can be requeued when it is over"
        }
        UndoRun if base::run_here(model).is_none() => "there is no run yet",
        UndoRun if running.is_some_and(|live| Some(live.run) == base::run_here(model)) => {
            "the run is under way; it can be undone when it is over"
        }
        EditCell | SetMarked | Replace | Transform if is_contacts && rows(model) == 0 => {
            "no contact is shown; `:pull` reads those of the account"
        }
        EditCell | SetMarked | Replace | Transform if is_contacts && current_cell(model) == Cell::Sid => {
            "a contact keeps its SID; `<right>` goes to a field"
        }
        EditCell | SetMarked | Replace | Transform | Mend if rows(model) == 0 => {
            "the queue shows no edit; `<add>` adds one, `:import FILE` a file"
        }
        Sort | SortBy if model.place() == Place::Results && model.shown_run.is_none() => "there is no run yet",
        SetMarked if current_cell(model) == Cell::Sid => "several edits cannot have one SID; choose another column",
        Open | TakeOut | Detail | Diff | CopySid | CopyJson | Mark | MarkRange | MarkAll | MarkInvert | MarkSame
            if rows(model) == 0 =>
        {
            "no row is shown here"
        }
        MarkNone if marks(model) == 0 => "nothing is marked",
        Undo if model.undoable.is_some_and(|(undo, _)| !undo) => "nothing to undo",
        Redo if model.undoable.is_some_and(|(_, redo)| !redo) => "nothing to redo",
        SearchNext | SearchPrev if model.search.text.is_empty() => "nothing is looked for; `<search>` starts a search",
        _ => return None,
    };
    Some(model.keyed(sentence))
}

/// Where an action works, when it does not work here.
fn only_elsewhere(model: &Model, row: &ActionRow) -> Option<String> {
    let (last, others) = row.places.split_last().filter(|_| !row.places.contains(&model.place()))?;
    let others: Vec<_> = others.iter().map(|place| place.title()).collect();
    let others = if others.is_empty() { String::new() } else { format!("{} and ", others.join(", ")) };
    Some(format!("works in {others}{} only", last.title()))
}

/// What to say of keys that mean something in other places alone.
pub(super) fn meant_elsewhere(model: &Model, keys: &[Key]) -> Option<String> {
    let row = model.session.keymap.elsewhere(keys)?;
    Some(format!("`{}` ({}) {}", in_words(keys), row.label, only_elsewhere(model, row)?))
}

/// Rows that the place shows.
fn rows(model: &Model) -> usize {
    match model.place() {
        Place::Queue => model.queue.len(),
        Place::Results => model.results.len(),
        Place::Contacts => model.contacts.grid.len(),
        Place::History => model.history.len(),
        Place::Log => model.log_grid.len(),
    }
}

/// Marks in the place, and a range that is being chosen.
fn marks(model: &Model) -> usize {
    match model.place() {
        Place::Queue => model.queue.marks.len() + usize::from(model.queue.anchor.is_some()),
        Place::Contacts => model.contacts.grid.marks.len() + usize::from(model.contacts.grid.anchor.is_some()),
        _ => model.results.marks.len() + usize::from(model.results.anchor.is_some()),
    }
}

/// What is under way may be undone when it is over: until then nobody knows.
pub(super) fn forget_steps(model: &mut Model, effects: &[Effect]) {
    let changes = |effect: &Effect| match effect {
        Effect::Change(_) | Effect::Import(_) | Effect::Base(BaseAsk::Undo(_)) | Effect::Resume(_) => true,
        Effect::Conflicts(ask) => matches!(ask, ConflictAsk::Decide(..)),
        Effect::Bulk(ask) => {
            matches!(
                ask,
                BulkAsk::Apply { .. } | BulkAsk::Merge | BulkAsk::Add(_) | BulkAsk::GoTo(_) | BulkAsk::PutBack(_)
            )
        }
        _ => false,
    };
    if effects.iter().any(changes) {
        model.undoable = None;
    }
}
