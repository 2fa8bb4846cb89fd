//! Short lists to choose from: the order of the rows, its columns, and the changes that can be undone.

use std::cmp::Ordering;

use super::answer::Notice;
use super::book::about;
use super::bulk::BulkAsk;
use super::dialog::Dialog;
use super::effect::{Effect, LocalChange};
use super::errors::ErrorLine;
use super::model::Model;
use super::{errors, lists, results, rows};
use crate::config::actions::{Action, Place};
use crate::domain::{Cell, Contact, Field, Sid};
use crate::store::{BookList, ResultColumn, Sort, StepRow, TakenOut};
use crate::support::clock::Timestamp;

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// What is chosen.
    pub of: PickOf,
    /// The line under the cursor.
    pub at: usize,
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickOf {
    /// The column that the queue is sorted by.
    Sort,
    /// The column that the results are sorted by.
    ResultSort,
    /// The column that the contacts are sorted by.
    ContactSort,
    /// The columns that are shown.
    Columns,
    /// The change to go back or forward to.
    Steps(Vec<StepRow>),
    /// What was taken out and is to be put back.
    TakenOut(Vec<TakenOut>),
    /// The contact that is meant, of several that have this number or email.
    Who(String, Vec<Contact>),
    /// The list to look at or to pull, as they were known then.
    Lists(Vec<BookList>, Timestamp),
    /// The error to read in full.
    Errors(Vec<ErrorLine>),
}

/// A line of such a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickLine {
    /// Whether it is in force now.
    pub on: bool,
    /// What it is.
    pub name: String,
    /// What else to know.
    pub text: String,
}

impl Pick {
    /// The title of the list.
    pub fn title(&self) -> String {
        match &self.of {
            PickOf::Sort | PickOf::ResultSort | PickOf::ContactSort => String::from("Sort by"),
            PickOf::Columns => String::from("Columns"),
            PickOf::Steps(_) => String::from("Changes of the queue, newest first"),
            PickOf::TakenOut(_) => String::from("Put back what was taken out"),
            PickOf::Who(what, _) => format!("Who is meant? Several have the {what}"),
            PickOf::Lists(..) => String::from("Lists of the account"),
            PickOf::Errors(_) => String::from("Errors of this sitting, newest first"),
        }
    }

    /// Its lines.
    pub fn lines(&self, model: &Model) -> Vec<PickLine> {
        let line = |on, name: &str, text: &str| PickLine { on, name: name.to_owned(), text: text.to_owned() };
        match &self.of {
            PickOf::Sort => {
                let mut lines = vec![line(model.sort.is_none(), "as queued", "the order in which they came")];
                lines.extend(Cell::all().map(|cell| column(cell, cell.name(), model.sort)));
                lines
            }
            PickOf::ContactSort => {
                let sort = model.contacts.sort;
                let mut lines = vec![line(sort.is_none(), "as pulled", "the order in which they came")];
                lines.extend(Cell::all().map(|cell| column(cell, cell.name(), sort)));
                lines
            }
            PickOf::ResultSort => {
                let sort = model.result_order.sort;
                let mut lines = vec![line(sort.is_none(), "as sent", "the order of the run")];
                lines.extend(ResultColumn::all().map(|by| column(by, by.name(), sort)));
                lines
            }
            PickOf::Columns => {
                let shown = |field: &Field| !model.hidden_columns.contains(field);
                Field::ALL.iter().map(|field| line(shown(field), field.name(), "")).collect()
            }
            PickOf::Steps(steps) => {
                let now = steps.iter().position(|step| !step.undone).unwrap_or(steps.len());
                let text = |at: usize| match at.cmp(&now) {
                    Ordering::Less => "undone",
                    Ordering::Equal => "the queue is here",
                    Ordering::Greater => "",
                };
                let names = steps.iter().map(|step| step.name.as_str()).chain(["before all of them"]);
                names.enumerate().map(|(at, name)| line(at == now, name, text(at))).collect()
            }
            PickOf::TakenOut(taken) => taken.iter().map(|taken| line(false, &taken.name, &named(taken))).collect(),
            PickOf::Who(_, contacts) => {
                contacts.iter().map(|contact| line(false, contact.sid.as_str(), &about(contact))).collect()
            }
            PickOf::Lists(lists, now) => lists.iter().map(|list| lists::line(model, list, *now)).collect(),
            PickOf::Errors(errors) => {
                let name = |error: &ErrorLine| format!("{}  {}", error.at.local_time(), error.during);
                errors.iter().map(|error| line(false, &name(error), &error.in_a_line())).collect()
            }
        }
    }

    /// How many lines it has.
    fn len(&self) -> usize {
        match &self.of {
            PickOf::Sort | PickOf::ContactSort => Cell::all().count() + 1,
            PickOf::ResultSort => ResultColumn::all().count() + 1,
            PickOf::Columns => Field::ALL.len(),
            PickOf::Steps(steps) => steps.len() + 1,
            PickOf::TakenOut(taken) => taken.len(),
            PickOf::Who(_, contacts) => contacts.len(),
            PickOf::Lists(lists, _) => lists.len(),
            PickOf::Errors(errors) => errors.len(),
        }
    }
}

/// The line of a column to sort by.
fn column<C: Copy + PartialEq>(by: C, name: &str, sort: Option<Sort<C>>) -> PickLine {
    let sort = sort.filter(|sort| sort.by == by);
    let text = match &sort {
        Some(sort) if sort.descending => "descending",
        Some(_) => "ascending",
        None => "",
    };
    PickLine { on: sort.is_some(), name: name.to_owned(), text: text.to_owned() }
}

/// Opens the list of orders; the one in force is under the cursor.
pub(super) fn open_sort(model: &mut Model) {
    let (of, at) = match model.place() {
        Place::Results => {
            let by = model.result_order.sort.map(|sort| sort.by);
            (PickOf::ResultSort, ResultColumn::all().position(|column| Some(column) == by))
        }
        Place::Contacts => {
            let by = model.contacts.sort.map(|sort| sort.by);
            (PickOf::ContactSort, Cell::all().position(|cell| Some(cell) == by))
        }
        _ => (PickOf::Sort, Cell::all().position(|cell| model.sort.is_some_and(|sort| sort.by == cell))),
    };
    model.dialogs.push(Dialog::Pick(Pick { of, at: at.map_or(0, |at| at + 1) }));
}

/// Opens the list of columns.
pub(super) fn open_columns(model: &mut Model) {
    let at = model.queue.column.saturating_sub(1);
    model.dialogs.push(Dialog::Pick(Pick { of: PickOf::Columns, at }));
}

/// Opens the list of changes.
pub(super) fn open_steps(model: &mut Model, steps: Vec<StepRow>) {
    let at = steps.iter().position(|step| !step.undone).unwrap_or(steps.len());
    model.dialogs.push(Dialog::Pick(Pick { of: PickOf::Steps(steps), at }));
}

/// Opens the list of what was taken out.
pub(super) fn open_taken_out(model: &mut Model, taken: Vec<TakenOut>) {
    if taken.is_empty() {
        model.tell(Notice::done("nothing is taken out of the queue"));
    } else {
        model.dialogs.push(Dialog::Pick(Pick { of: PickOf::TakenOut(taken), at: 0 }));
    }
}

/// The first contacts of what was taken out.
fn named(taken: &TakenOut) -> String {
    taken.sids.iter().map(Sid::as_str).collect::<Vec<_>>().join(" ")
}

/// What an action does in the list.
pub(super) fn run(model: &mut Model, action: Action, by: Option<isize>) -> Vec<Effect> {
    let Some(Dialog::Pick(pick)) = model.dialogs.last_mut() else { return Vec::new() };
    if let Some(by) = by {
        pick.at = pick.at.saturating_add_signed(by).min(pick.len().saturating_sub(1));
        return Vec::new();
    }
    let pick = pick.clone();
    match (action, &pick.of) {
        (Action::Back | Action::Quit, _) => {
            model.dialogs.pop();
            Vec::new()
        }
        (Action::Open | Action::Mark, PickOf::Columns) => {
            toggle_column(model, pick.at);
            Vec::new()
        }
        (Action::Open, PickOf::Sort | PickOf::ContactSort) => {
            model.dialogs.pop();
            let by = pick.at.checked_sub(1).and_then(|at| Cell::all().nth(at));
            sort_by(model, by)
        }
        (Action::Open, PickOf::Who(_, contacts)) => {
            model.dialogs.pop();
            let chosen = contacts.get(pick.at).map(|contact| Effect::Change(LocalChange::Add(contact.sid.clone())));
            chosen.into_iter().collect()
        }
        (Action::Open, PickOf::ResultSort) => {
            model.dialogs.pop();
            let by = pick.at.checked_sub(1).and_then(|at| ResultColumn::all().nth(at));
            let sort = turned(by, model.result_order.sort);
            results::sort(model, sort)
        }
        (Action::Open, PickOf::Steps(steps)) => {
            model.dialogs.pop();
            vec![Effect::Bulk(BulkAsk::GoTo(steps.get(pick.at).map_or(0, |step| step.id)))]
        }
        (Action::Open | Action::TakeOut, PickOf::TakenOut(taken)) => {
            model.dialogs.pop();
            taken.get(pick.at).map(|taken| Effect::Bulk(BulkAsk::PutBack(taken.step))).into_iter().collect()
        }
        (Action::Open | Action::Refresh, PickOf::Lists(known, _)) => lists::choose(model, known.get(pick.at), action),
        (Action::Open, PickOf::Errors(lines)) => errors::show(model, lines.get(pick.at)),
        (Action::CopySid | Action::CopyJson, PickOf::Errors(lines)) => errors::copy(model, lines.get(pick.at)),
        _ => Vec::new(),
    }
}

/// Sorts by the column under the cursor: ascending, descending, as it was.
pub(super) fn sort_here(model: &mut Model) -> Vec<Effect> {
    if model.place() == Place::Results {
        let sort = turned(Some(results::column(model)), model.result_order.sort);
        return results::sort(model, sort);
    }
    let here = super::update::current_cell(model);
    sort_by(model, Some(here))
}

/// Sorts the queue, or the contacts, by a column.
fn sort_by(model: &mut Model, by: Option<Cell>) -> Vec<Effect> {
    if model.place() == Place::Contacts {
        model.contacts.sort = turned(by, model.contacts.sort);
        model.contacts.grid.to_top();
        return rows::reload(model, Place::Contacts);
    }
    model.sort = turned(by, model.sort);
    // What comes first is what one sorts for.
    model.queue.to_top();
    model.go_to = None;
    rows::reload(model, Place::Queue)
}

/// The order by a column; one that is in force already turns, and then is given up.
fn turned<C: PartialEq>(by: Option<C>, sort: Option<Sort<C>>) -> Option<Sort<C>> {
    match (by?, sort) {
        (by, Some(sort)) if sort.by == by => (!sort.descending).then_some(Sort { by, descending: true }),
        (by, _) => Some(Sort { by, descending: false }),
    }
}

/// Shows a column, or hides it. One always stays.
fn toggle_column(model: &mut Model, at: usize) {
    let Some(field) = Field::ALL.get(at).copied() else { return };
    if model.hidden_columns.contains(&field) {
        model.hidden_columns.retain(|hidden| *hidden != field);
    } else if model.hidden_columns.len() + 1 < Field::ALL.len() {
        model.hidden_columns.push(field);
        if model.queue.column == at + 1 {
            model.queue.column = 0;
        }
    }
}
