//! What happens to the rows of queue and results: reading, finding, changing them.

use std::hash::Hash;
use std::sync::Arc;

use super::answer::{Answer, Notice};
use super::bulk::{self, BulkAsk, Subjects};
use super::dialog::Dialog;
use super::effect::{Effect, KeysFor, LocalChange, QueueView};
use super::grid::{Grid, Loaded};
use super::import;
use super::log_filter::LogFilter;
use super::marks::{Marks, RowKey};
use super::model::{Ctx, Model};
use super::prompt::{Prompt, PromptKind, cell_change};
use super::results::{self, ResultView};
use super::triage::{ContactHistory, TriageAsk};
use super::update::current_cell;
use super::{
    base, book, conflicts, contacts, copying, ending, palette, past, reconcile, resume, send, themes, triage, work,
};
use crate::config::actions::Place;
use crate::domain::{Change, EditId, Filter, Transform};
use crate::store::Cell;

/// Reads of what the screen now needs and does not have.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    let layout = model.layout();
    if layout.queue.is_some() {
        let missing = model.queue.missing(model.height(Place::Queue));
        if !missing.is_empty() {
            effects.push(Effect::QueueRows(missing));
        }
    }
    if let (Some(_), Some(run)) = (layout.results, model.shown_run) {
        let seqs = model.results.missing(model.height(Place::Results));
        if !seqs.is_empty() {
            effects.push(Effect::ResultRows { run, seqs });
        }
        effects.extend(wanted_attempts(model));
    }
    effects.extend(contacts::wanted(model));
    effects.extend(wanted_history(model));
    effects.extend(base::wanted(model));
    effects
}

/// The attempts of the batch under the cursor, where a detail shows them.
fn wanted_attempts(model: &Model) -> Option<Effect> {
    let in_pane = model.layout().detail.is_some() && model.calm.detail.is_none();
    let is_shown = in_pane || matches!(model.dialogs.last(), Some(Dialog::Detail { .. }));
    let run = model.shown_run?;
    let row = model.results.current().filter(|_| is_shown)?;
    let known = model
        .attempts
        .as_ref()
        .is_some_and(|(r, b, list)| *r == run && *b == row.batch && list.len() == row.attempts as usize);
    (!known && row.attempts > 0).then_some(Effect::Attempts { run, batch: row.batch })
}

/// The runs that the contact of the open detail was in; one question at a time, since it reads every run.
fn wanted_history(model: &mut Model) -> Option<Effect> {
    let Some(Dialog::Detail { .. }) = model.dialogs.last() else { return None };
    let sid = match model.place() {
        Place::Results => model.results.current()?.sid.clone(),
        Place::Contacts => model.contacts.grid.current()?.contact.sid.clone(),
        Place::Queue | Place::History | Place::Log => return None,
    };
    let is_asked = model.contact_history.as_ref().is_some_and(|known| known.sid == sid || known.runs.is_none());
    (!is_asked).then(|| {
        model.contact_history = Some(ContactHistory { sid: sid.clone(), runs: None });
        Effect::Triage(TriageAsk::History(sid))
    })
}

/// Takes an answer of the world.
pub(super) fn on_answer(model: &mut Model, answer: Answer, ctx: &Ctx) -> Vec<Effect> {
    match answer {
        Answer::QueueKeys(token, what, keys) => return queue_keys(model, token, what, keys),
        Answer::FirstKeys(token, keys) => {
            // The same view read again keeps its rows until all are there.
            if model.waiting.contains(&(Place::Queue, KeysFor::View, token)) && model.views.0 != model.views.1 {
                if !model.queue.goes_to_top && !keys.iter().any(|key| Some(*key) == model.queue.current_key()) {
                    model.go_to = model.go_to.or(model.queue.current_key());
                    model.queue.to_top();
                }
                let effects = show_keys(model, keys);
                model.queue.loaded = Loaded::First;
                return effects;
            }
        }
        Answer::Problems(token, counts) => {
            if model.waiting.contains(&(Place::Queue, KeysFor::View, token)) {
                model.problems = counts;
            }
        }
        Answer::Bulk(answer) => return bulk::answered(model, answer, ctx),
        Answer::Import(token, answer) => return import::answered(model, token, answer),
        Answer::Results(token, answer) => return results::on_answer(model, token, answer),
        Answer::ResultKeys(token, what, keys) => return result_keys(model, token, what, keys),
        Answer::QueueRows(asked, rows) => {
            let some_left = rows.len() < asked.len();
            model.queue.put_rows(rows.into_iter().map(|row| (row.id, row)));
            model.queue.forget_far(model.height(Place::Queue));
            if some_left {
                // A run, or another process, took them out; asking for the rows again would never end.
                return vec![model.ask_queue_keys()];
            }
        }
        Answer::ResultRows(run, rows) if Some(run) == model.shown_run => {
            model.results.put_rows(rows.into_iter().map(|row| (row.seq, row)));
            model.results.forget_far(model.height(Place::Results));
        }
        Answer::ResultRows(..) => {}
        Answer::Runs(runs) => {
            model.runs = runs;
            past::narrow_history(model);
            let newest = model.runs.first().map(|r| r.run);
            if let (None, Some(run)) = (model.shown_run, newest) {
                return send::show_run(model, run);
            }
        }
        Answer::Attempts(run, batch, attempts) => {
            model.attempts = Some((run, batch, attempts));
            return copying::attempts_read(model);
        }
        Answer::Changed(notice) => return changed(model, notice),
        Answer::ValuesChanged(notice) => return values_changed(model, notice),
        Answer::Added(edit) => {
            model.tell(Notice::done(
                model.keyed("added; `<right>` goes to a field, `<edit-cell>` sets what is to change"),
            ));
            model.go_to = Some(edit);
            return reload_queue(model);
        }
        Answer::Rest(asked, left) => return resume::found(model, left, asked, ctx),
        Answer::BugReported(alarm, written) => ending::alarm(model, &alarm, written),
        Answer::Planned { plan, send: true } => return send::ask_send(model, plan, ctx),
        Answer::Planned { plan, send: false } => {
            model.dialogs.push(Dialog::Plan { plan: Box::new(plan), scroll: 0 });
        }
        Answer::Started { run, planned, batches } => return send::started(model, run, planned, batches, ctx),
        Answer::Unknown { run, reads, elsewhere } => return reconcile::found(model, run, reads, elsewhere, ctx),
        Answer::Reading { run, reads, before } => return reconcile::started(model, run, reads, before, ctx),
        Answer::Reconciled { report, before, after } => return reconcile::ended(model, &report, before, after),
        Answer::Base(answer) => base::answered(model, answer, ctx),
        Answer::Conflicts(answer) => conflicts::answered(model, answer, ctx),
        Answer::Book(answer) => return book::answered(model, answer, ctx),
        Answer::CopyRows(rows, part) => return copying::rows_read(model, &rows, part),
        Answer::Listing(of, names) => palette::listed_names(model, &of, names),
        Answer::Commands(mut earlier) => {
            earlier.append(&mut model.commands);
            model.commands = earlier;
        }
        Answer::Themes { names, before, note } => themes::open(model, names, before, note),
        Answer::Triage(answer) => return triage::on_answer(model, answer, ctx),
        Answer::Work(answer) => work::on_answer(model, answer),
        Answer::Told(notice) => model.tell(notice),
    }
    Vec::new()
}

fn queue_keys(model: &mut Model, token: u64, what: KeysFor, keys: Result<Vec<EditId>, String>) -> Vec<Effect> {
    if !model.is_awaited(Place::Queue, what, token) {
        return Vec::new();
    }
    match (what, keys) {
        (KeysFor::Search, Err(error)) => model.tell(Notice::error("searching the queue", error)),
        (KeysFor::View, Err(error)) => {
            model.tell(Notice::error("reading the queue", error));
            let mut effects: Vec<_> = model.view_back().into_iter().collect();
            effects.extend(read_since(model, Place::Queue));
            return effects;
        }
        (KeysFor::Search, Ok(keys)) => {
            model.search.queue = keys.into_iter().collect();
            return after_search(model);
        }
        (KeysFor::View, Ok(keys)) => {
            model.views.0.clone_from(&model.views.1);
            if model.queue.loaded == Loaded::First && model.queue.cursor > 0 {
                // The cursor was moved since: it stays.
                model.go_to = None;
            }
            let all = (!model.is_queue_narrowed()).then_some(keys.len() as u64);
            let mut effects = show_keys(model, keys);
            model.go_to = None;
            if let Some(all) = all {
                model.queued = all;
                model.queue.forget_hidden_marks();
            } else {
                effects.push(Effect::Bulk(BulkAsk::All));
            }
            effects.extend(read_since(model, Place::Queue));
            return effects;
        }
    }
    Vec::new()
}

/// Shows these rows of the queue, with the cursor where it was or where it is to go.
fn show_keys(model: &mut Model, keys: Vec<EditId>) -> Vec<Effect> {
    model.queue.set_keys(keys);
    let height = model.height(Place::Queue);
    model.queue.show_cursor(height);
    let found = model.go_to.and_then(|id| model.queue.keys().iter().position(|key| *key == id));
    if let Some(at) = found {
        model.queue.move_to(at, height);
    }
    read_rows_again(model)
}

/// Reads the rows of the queue again.
fn read_rows_again(model: &mut Model) -> Vec<Effect> {
    let near = model.queue.read_again(model.height(Place::Queue));
    if near.is_empty() { Vec::new() } else { vec![Effect::QueueRows(near)] }
}

/// The queue was changed, or not: what it shows is read again.
pub(super) fn changed(model: &mut Model, notice: Notice) -> Vec<Effect> {
    model.tell(notice);
    let mut effects = reload_queue(model);
    effects.extend(reload(model, Place::Results));
    effects
}

/// Values of queued edits were changed, and neither which edits there are nor of whom. Where all are shown as they were
/// queued, their rows alone are read again: a cell of a million edits costs no more than one of ten.
pub(super) fn values_changed(model: &mut Model, notice: Notice) -> Vec<Effect> {
    let is_plain = model.views.0 == Some(QueueView::default()) && model.views.1 == model.views.0;
    if !is_plain || model.queue.loaded != Loaded::All {
        return changed(model, notice);
    }
    model.tell(notice);
    let mut effects = read_rows_again(model);
    effects.push(Effect::Bulk(BulkAsk::Undoable));
    effects
}

/// Reads the queue again after a change of it.
fn reload_queue(model: &mut Model) -> Vec<Effect> {
    let mut effects = reload(model, Place::Queue);
    effects.push(Effect::Bulk(BulkAsk::Duplicates));
    effects.push(Effect::Bulk(BulkAsk::Undoable));
    effects
}

fn result_keys(model: &mut Model, token: u64, what: KeysFor, keys: Result<Vec<u64>, String>) -> Vec<Effect> {
    if !model.is_awaited(Place::Results, what, token) {
        return Vec::new();
    }
    match (what, keys) {
        (KeysFor::Search, Err(error)) => model.tell(Notice::error("searching the results", error)),
        (KeysFor::Search, Ok(keys)) => {
            model.search.results = keys.into_iter().collect();
            return after_search(model);
        }
        (KeysFor::View, keys) => {
            let mut effects = results::take_keys(model, keys);
            effects.extend(read_since(model, Place::Results));
            return effects;
        }
    }
    Vec::new()
}

/// Reads a place once more whose keys changed while they were read.
fn read_since(model: &mut Model, place: Place) -> Vec<Effect> {
    if model.stale.contains(&place) { reload(model, place) } else { Vec::new() }
}

/// Reads the rows of a place again.
pub(super) fn reload(model: &mut Model, place: Place) -> Vec<Effect> {
    match place {
        Place::Queue => vec![model.ask_queue_keys()],
        Place::Results => model.ask_result_keys().into_iter().collect(),
        Place::Contacts => vec![contacts::ask(model)],
        Place::History => vec![Effect::Runs],
        Place::Log => {
            past::narrow_log(model);
            Vec::new()
        }
    }
}

/// Reads everything again.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    let mut effects = reload(model, Place::Queue);
    effects.extend(reload(model, Place::Results));
    effects.extend(contacts::changed(model));
    effects.push(Effect::Runs);
    effects
}

/// Filter and *problems only* of the place with the focus.
pub(super) fn narrowing(model: &mut Model) -> (&mut Option<String>, &mut bool) {
    match model.place() {
        Place::Results => (&mut model.results.filter, &mut model.results.problems),
        Place::Contacts => (&mut model.contacts.grid.filter, &mut model.contacts.grid.problems),
        Place::History => (&mut model.history.filter, &mut model.history.problems),
        Place::Log => (&mut model.log_grid.filter, &mut model.log_grid.problems),
        Place::Queue => (&mut model.queue.filter, &mut model.queue.problems),
    }
}

/// Takes away filter and *problems only*; gives whether there was one.
pub(super) fn widen(model: &mut Model) -> bool {
    let duplicates = model.place() == Place::Queue && std::mem::take(&mut model.only_duplicates);
    let list = model.place() == Place::Contacts && model.contacts.list.take().is_some();
    let (filter, problems) = narrowing(model);
    filter.take().is_some() | std::mem::take(problems) | duplicates | list
}

pub(super) fn toggle_problems(model: &mut Model) -> Vec<Effect> {
    let (_, problems) = narrowing(model);
    *problems = !*problems;
    reload(model, model.place())
}

/// Opens a prompt.
pub(super) fn open(model: &mut Model, kind: PromptKind, text: &str) -> Vec<Effect> {
    model.prompt = Some(Prompt::new(kind, text));
    Vec::new()
}

/// Opens the prompt again with what is wrong with its text, and where.
fn point_at(model: &mut Model, mut prompt: Prompt, (at, why): (usize, String)) -> Vec<Effect> {
    prompt.error = Some((Some(at), why));
    model.prompt = Some(prompt);
    Vec::new()
}

pub(super) fn set_filter(model: &mut Model, place: Place, prompt: Prompt, text: &str) -> Vec<Effect> {
    let text = text.trim();
    let wrong = match place {
        // Runs are found by words: they have no columns to name.
        Place::History => None,
        Place::Log => LogFilter::parse(text).err(),
        _ => Filter::parse(text).err().map(|wrong| (wrong.at, wrong.message)),
    };
    if let Some(wrong) = wrong {
        return point_at(model, prompt, wrong);
    }
    if place == Place::Contacts {
        return contacts::narrow(model, text);
    }
    *narrowing(model).0 = (!text.is_empty()).then(|| text.to_owned());
    reload(model, place)
}

pub(super) fn start_search(model: &mut Model, place: Place, prompt: Prompt, text: &str) -> Vec<Effect> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if let Err(wrong) = Filter::parse(text) {
        return point_at(model, prompt, (wrong.at, wrong.message));
    }
    text.clone_into(&mut model.search.text);
    model.search.jump = true;
    let (what, filter) = (KeysFor::Search, Some(text.to_owned()));
    match (place, model.shown_run) {
        (Place::Results, Some(run)) => {
            let token = model.question(place, what);
            let view = ResultView { filter, ..ResultView::default() };
            vec![Effect::ResultKeys { token, what, run, view, newest: None }]
        }
        (Place::Results, None) => Vec::new(),
        _ => {
            let token = model.question(Place::Queue, what);
            vec![Effect::QueueKeys { token, what, view: QueueView { filter, ..QueueView::default() } }]
        }
    }
}

fn after_search(model: &mut Model) -> Vec<Effect> {
    if std::mem::take(&mut model.search.jump) { next_match(model, true) } else { Vec::new() }
}

/// Goes to the next row that the search found, around the end.
pub(super) fn next_match(model: &mut Model, forward: bool) -> Vec<Effect> {
    let height = model.height(model.place());
    let found = match model.place() {
        Place::Queue => jump(&mut model.queue, &model.search.queue, forward, height),
        Place::Results => {
            model.result_order.follow = false;
            jump(&mut model.results, &model.search.results, forward, height)
        }
        Place::Contacts | Place::History | Place::Log => return Vec::new(),
    };
    if !found {
        model.tell(Notice::failed(format!("nothing shown matches `{}`", model.search.text)));
    }
    Vec::new()
}

fn jump<K: RowKey + Hash, R>(grid: &mut Grid<K, R>, found: &Marks<K>, forward: bool, height: usize) -> bool {
    let hit = |at: &usize| grid.key(*at).is_some_and(|key| found.contains(&key));
    let (cursor, len) = (grid.cursor, grid.len());
    let at = if forward {
        (cursor + 1..len).chain(0..(cursor + 1).min(len)).find(hit)
    } else {
        (0..cursor.min(len)).rev().chain((cursor..len).rev()).find(hit)
    };
    at.inspect(|at| grid.move_to(*at, height)).is_some()
}

/// Opens the editor of the cell under the cursor.
pub(super) fn edit_cell(model: &mut Model) -> Vec<Effect> {
    let cell = current_cell(model);
    let of = match model.place() {
        Place::Contacts => model.contacts.grid.current_key().map(|id| Subjects::Contacts(Arc::new(vec![id]))),
        _ => model.queue.current_key().map(|id| Subjects::Edits(Arc::new(vec![id]))),
    };
    let Some(of) = of else { return Vec::new() };
    let text = cell_text(model);
    open(model, PromptKind::Cell { of, cell }, &text)
}

/// What stands in the cell under the cursor, as it is typed.
pub(super) fn cell_text(model: &Model) -> String {
    let cell = current_cell(model);
    if model.place() == Place::Contacts {
        let contact = model.contacts.grid.current().map(|row| &row.contact);
        let text = contact.map(|contact| match cell {
            Cell::Sid => contact.sid.as_str(),
            Cell::Field(field) => contact.get(field),
        });
        return text.unwrap_or_default().to_owned();
    }
    let Some(row) = model.queue.current() else { return String::new() };
    match cell {
        Cell::Sid => row.edit.sid.as_str().to_owned(),
        Cell::Field(field) => match row.edit.changes.get(field) {
            Some(Change::Set(value)) => value.clone(),
            Some(Change::Clear) => model.session.clear_token.clone(),
            None => String::new(),
        },
    }
}

/// Opens the marked edits, else the one under the cursor, in the user's editor.
pub(super) fn edit_outside(model: &mut Model) -> Vec<Effect> {
    let edits = model.queue.target();
    if edits.is_empty() { Vec::new() } else { vec![Effect::EditOutside(edits)] }
}

/// Takes what was typed in a cell, or leaves it open and says what is wrong.
pub(super) fn set_cell(model: &mut Model, mut prompt: Prompt, of: Subjects, cell: Cell) -> Vec<Effect> {
    match (cell_change(cell, prompt.text(), &model.session.clear_token), of) {
        (Ok(change), Subjects::Edits(edits)) => {
            vec![Effect::Change(LocalChange::SetCell { edits: edits.to_vec(), cell, change })]
        }
        (Ok(change), of) => {
            vec![Effect::Bulk(BulkAsk::Apply { of, transform: Transform::cell(cell, change.into()) })]
        }
        (Err(wrong), _) => {
            prompt.error = Some((Some(wrong.at), wrong.message));
            model.prompt = Some(prompt);
            Vec::new()
        }
    }
}

pub(super) fn take_out(model: &mut Model) -> Vec<Effect> {
    let edits = model.queue.target();
    if edits.is_empty() { Vec::new() } else { vec![Effect::Change(LocalChange::TakeOut(edits))] }
}
