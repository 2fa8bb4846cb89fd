//! Cursors, marks, panes and places.

use super::answer::Notice;
use super::dialog::Dialog;
use super::effect::Effect;
use super::grid::Grid;
use super::marks::RowKey;
use super::model::Model;
use super::prompt::{self, COLUMNS};
use super::{calm, contacts, rows, same, send};
use crate::config::actions::{Action, Place};
use crate::domain::{Cell, Field};
use crate::store::ResultColumn;

/// The part of a list that it scrolls ahead at its edge, where scrolling is dear.
const AHEAD: usize = 3;

/// Keeps the cursors on the screen after the panes changed their heights.
pub(super) fn show_cursors(model: &mut Model) {
    let heights = Place::ALL.map(|place| model.height(place));
    let [queue, results, contacts, history, log] = heights;
    model.queue.show_cursor(queue);
    model.results.show_cursor(results);
    model.contacts.grid.show_cursor(contacts);
    model.history.show_cursor(history);
    model.log_grid.show_cursor(log);
}

/// Gives the pane with the focus the whole screen, or shares it again.
pub(super) fn zoom(model: &mut Model) -> Vec<Effect> {
    if !model.zoomed && !model.layout().is_shared() {
        model.tell(Notice::done("this pane has the whole screen already; a larger terminal shows more"));
        return Vec::new();
    }
    model.zoomed = !model.zoomed;
    show_cursors(model);
    Vec::new()
}

/// How many rows an action moves.
pub(super) const fn steps(action: Action, page: isize) -> Option<isize> {
    Some(match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::HalfDown => page / 2,
        Action::HalfUp => -(page / 2),
        Action::PageDown => page,
        Action::PageUp => -page,
        Action::Top => isize::MIN / 2,
        Action::Bottom => isize::MAX / 2,
        _ => return None,
    })
}

pub(super) fn move_rows(model: &mut Model, by: isize) -> Vec<Effect> {
    let effects = calm::hold_detail(model);
    let place = model.place();
    let height = model.height(place);
    // A terminal can scroll whole lines alone: panes that share theirs are painted anew by every scroll.
    let ahead = if model.layout().is_side_by_side() { height / AHEAD } else { 0 };
    match place {
        Place::Queue => model.queue.move_ahead(by, height, ahead),
        Place::Results => {
            model.result_order.follow = false;
            model.results.move_ahead(by, height, ahead);
        }
        Place::Contacts => model.contacts.grid.move_ahead(by, height, ahead),
        Place::History => model.history.move_by(by, height),
        Place::Log => model.log_grid.move_by(by, height),
    }
    effects
}

pub(super) fn mark(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.height(model.place());
    if action == Action::MarkSame {
        return same::mark(model);
    }
    match model.place() {
        Place::Queue => mark_in(&mut model.queue, action, height),
        Place::Results => mark_in(&mut model.results, action, height),
        Place::Contacts => mark_in(&mut model.contacts.grid, action, height),
        Place::History | Place::Log => {}
    }
    Vec::new()
}

pub(super) fn mark_in<K: RowKey + std::hash::Hash, R>(grid: &mut Grid<K, R>, action: Action, height: usize) {
    match action {
        Action::Mark => grid.toggle_mark(height),
        Action::MarkRange => grid.range(),
        Action::MarkAll => grid.mark_all(),
        Action::MarkNone => {
            grid.marks.clear();
            grid.anchor = None;
        }
        Action::MarkInvert => grid.invert_marks(),
        _ => {}
    }
}

pub(super) fn move_column(model: &mut Model, action: Action) -> Vec<Effect> {
    let (column, hidden): (_, &[Field]) = match model.place() {
        Place::Queue => (&mut model.queue.column, &model.hidden_columns),
        Place::Contacts => (&mut model.contacts.grid.column, &[]),
        Place::Results => {
            let (last, column) = (ResultColumn::SHOWN.len() - 1, &mut model.results.column);
            *column = match action {
                Action::Left => column.saturating_sub(1),
                Action::Right => (*column + 1).min(last),
                Action::FirstColumn => 0,
                _ => last,
            };
            return Vec::new();
        }
        Place::History | Place::Log => return Vec::new(),
    };
    let last = COLUMNS - 1;
    let shown = |at: &usize| match prompt::column(*at) {
        Cell::Sid => true,
        Cell::Field(field) => !hidden.contains(&field),
    };
    let next = match action {
        Action::Left => (0..*column).rev().find(shown),
        Action::Right => (*column + 1..=last).find(shown),
        Action::FirstColumn => Some(0),
        _ => (0..=last).rev().find(shown),
    };
    *column = next.unwrap_or(*column);
    Vec::new()
}

pub(super) fn next_pane(model: &mut Model, forward: bool) -> Vec<Effect> {
    let order = Place::ALL;
    let at = order.iter().position(|p| *p == model.place()).unwrap_or(0);
    let next = if forward { at + 1 } else { at + order.len() - 1 } % order.len();
    show(model, order.get(next).copied().unwrap_or(Place::Queue))
}

/// Gives a place the focus.
pub(super) fn show(model: &mut Model, place: Place) -> Vec<Effect> {
    model.place = Some(place);
    model.pending.clear();
    match place {
        Place::Contacts => contacts::show(model),
        Place::History => vec![Effect::Runs],
        Place::Results if model.shown_run.is_none() => {
            // Another program may have made one since.
            model.runs.first().map(|r| r.run).map_or_else(|| vec![Effect::Runs], |run| send::show_run(model, run))
        }
        _ => Vec::new(),
    }
}

pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.place() {
        Place::Queue => rows::edit_cell(model),
        Place::Results | Place::Contacts => {
            model.dialogs.push(Dialog::Detail { scroll: 0 });
            Vec::new()
        }
        Place::History => {
            let here = model.history.current_key().and_then(|at| model.runs.get(at));
            let Some(run) = here.map(|run| run.run) else { return Vec::new() };
            let mut effects = send::show_run(model, run);
            effects.extend(show(model, Place::Results));
            effects
        }
        Place::Log => {
            if let Some(line) = model.log_grid.current_key().and_then(|at| model.log.get(at)) {
                let text = format!("At {}\n\n{}", line.at.local_time(), line.text);
                model.tell(Notice::done(text));
            }
            Vec::new()
        }
    }
}

/// Whether there is a level to go back from.
pub(super) fn can_go_back(model: &Model) -> bool {
    let queue = &model.queue;
    model.place() != Place::Queue || queue.anchor.is_some() || model.is_queue_narrowed() || model.hides_panes()
}

/// One level back: a range, a filter, a zoom, a view.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let place = model.place();
    let range_open = match place {
        Place::Queue => model.queue.anchor.take().is_some(),
        Place::Results => model.results.anchor.take().is_some(),
        Place::Contacts => model.contacts.grid.anchor.take().is_some(),
        Place::History | Place::Log => false,
    };
    if range_open || (place == Place::Results && std::mem::take(&mut model.result_order.follow)) {
        return Vec::new();
    }
    if rows::widen(model) {
        return rows::reload(model, place);
    }
    if model.hides_panes() {
        return zoom(model);
    }
    if place == Place::Queue { Vec::new() } else { show(model, Place::Queue) }
}
