//! The results of a run: how it stands, then one row for each edit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::queue::{message, short_sid};
use super::{arrow, causes, focus, gutter, heading, joined, narrowed, position, run, titled};
use crate::app::Model;
use crate::app::causes::Causes;
use crate::app::grid::Loaded;
use crate::app::layout::RUN_ROWS;
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::domain::{Change, Echo, Handled, Status};
use crate::store::{Again, ResultColumn, ResultRow};
use crate::support::text::count;
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints run and rows; gives the cursor's place when the results have the focus.
pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let grid = &model.results;
    let title = model.shown_run.map_or_else(|| String::from("Results"), |run| format!("Results of run {run}"));
    let mut note = position(grid.cursor, grid.len(), grid.marks.len(), narrowing(model));
    if grid.loaded == Loaded::First {
        note.push('…');
    }
    let (title, note) = match &model.causes {
        Some(causes) => (title.replacen("Results", "Causes", 1), causes_note(causes)),
        // No run, no position.
        None if model.shown_run.is_none() => (title, String::new()),
        None => (title, note),
    };
    let inside = paint::pane(buffer, area, &titled(model, &title), &note, focus(model, Place::Results), styles);
    let Some(run) = model.shown_run else {
        let lines = [
            ("", "No run yet."),
            ("<send>", "sends the queue, after a confirm"),
            ("<plan>", "shows what that would do"),
        ];
        message(buffer, inside, &lines, model, styles);
        return None;
    };
    run::paint(buffer, inside, model, run, styles);
    let list = Rect { y: inside.y + RUN_ROWS, height: inside.height.saturating_sub(RUN_ROWS), ..inside };
    if let Some(of) = &model.causes {
        return causes::paint(buffer, list, model, of, styles).filter(|_| model.place() == Place::Results);
    }
    if grid.is_empty() {
        if grid.loaded == Loaded::All {
            let lines: &[(&'static str, &str)] = if grid.is_narrowed() {
                &[("", "Nothing to show: no result matches."), ("<back>", "shows everything again")]
            } else {
                &[("", "No results.")]
            };
            message(buffer, list, lines, model, styles);
        }
        return None;
    }
    let columns = Columns::of(list);
    columns.headings(buffer, list, model, styles);
    for (y, at) in (list.y + 1..list.bottom()).zip(grid.top..grid.len()) {
        let marked = grid.key(at).is_some_and(|key| grid.marks.contains(&key)) || grid.in_range(at);
        let found = grid.key(at).is_some_and(|key| model.search.results.contains(&key));
        gutter(buffer, (list.x, y), at == grid.cursor, marked, found, styles);
        if let Some(row) = grid.row(at) {
            columns.row(buffer, y, row, model.search.results.contains(&row.seq), styles);
        }
    }
    let y = list.y + 1 + (grid.cursor - grid.top) as u16;
    (model.place() == Place::Results).then_some((list.x, y))
}

/// What narrows the results or orders them otherwise, and whether the cursor follows them.
fn narrowing(model: &Model) -> Option<String> {
    let (grid, order) = (&model.results, &model.result_order);
    let follow = order.follow.then(|| String::from("follow"));
    let sort = order.sort.map(|sort| format!("by {} {}", sort.by.name(), arrow(sort.descending)));
    joined([follow, narrowed(grid.filter.as_ref(), grid.problems), sort])
}

/// How much there is left to do, and the position.
fn causes_note(causes: &Causes) -> String {
    let left = match causes.left() {
        0 => String::from("nothing left to do"),
        n => format!("{} left to do", count(n)),
    };
    format!("{left} · {}", position(causes.grid.cursor, causes.groups.len(), 0, None))
}

/// Where each column begins, and how wide it is; 0 = not shown.
struct Columns {
    status: (u16, u16),
    code: (u16, u16),
    sid: (u16, u16),
    said: (u16, u16),
    changes: (u16, u16),
}

impl Columns {
    fn of(list: Rect) -> Self {
        let status = (list.x + 3, 10);
        let code = (status.0 + status.1 + 1, 5);
        let sid = (code.0 + code.1 + 1, if list.width >= 76 { 32 } else { 16 });
        let said_x = sid.0 + sid.1 + 2;
        let rest = list.right().saturating_sub(said_x);
        let said = if rest > 60 { 34 } else { rest };
        let changes_x = said_x + said + 2;
        Self { status, code, sid, said: (said_x, said), changes: (changes_x, list.right().saturating_sub(changes_x)) }
    }

    fn headings(&self, buffer: &mut Buffer, list: Rect, model: &Model, styles: &Styles) {
        let places = [self.status, self.code, self.sid, self.said];
        for (at, (by, (x, width))) in ResultColumn::SHOWN.into_iter().zip(places).enumerate() {
            let sorted = model.result_order.sort.filter(|sort| sort.by == by).map(|sort| sort.descending);
            let here = at == model.results.column && model.place() == Place::Results;
            let role = if here { Role::Accent } else { Role::Dim };
            paint::text(buffer, x, list.y, width, &heading(by.name(), sorted, width), styles.of(role));
        }
        let (x, width) = self.changes;
        paint::text(buffer, x, list.y, width, "changes", styles.of(Role::Dim));
    }

    fn row(&self, buffer: &mut Buffer, y: u16, row: &ResultRow, found: bool, styles: &Styles) {
        let (word, role) = status(row);
        let mut put = |(x, width): (u16, u16), text: &str, role: Role| {
            paint::text(buffer, x, y, width, text, styles.of(role));
        };
        put(self.status, word, role);
        let code = row.outcome.as_ref().and_then(|o| o.said.code).map_or_else(String::new, |code| code.to_string());
        put(self.code, &code, Role::Dim);
        put(self.sid, &short_sid(row.sid.as_str(), self.sid.1), if found { Role::Found } else { Role::Text });
        let (said, role) = said(row);
        put(self.said, &said, role);
        put(self.changes, &changes(row), Role::Dim);
    }
}

fn status(row: &ResultRow) -> (&'static str, Role) {
    match row.outcome.as_ref().map(|outcome| outcome.status) {
        None => ("· open", Role::Dim),
        Some(status) => (sign(status), role(status)),
    }
}

/// A status with a sign of its own, so that colour never tells alone.
pub(super) const fn sign(status: Status) -> &'static str {
    match status {
        Status::Updated => "✓ updated",
        Status::Rejected => "✗ rejected",
        Status::Unknown => "? unknown",
        Status::NotSent => "- not sent",
    }
}

pub(super) const fn role(status: Status) -> Role {
    match status {
        Status::Updated => Role::Ok,
        Status::Rejected => Role::Bad,
        Status::Unknown => Role::Warn,
        Status::NotSent => Role::Wait,
    }
}

/// What is to be read of an outcome first: its error, else its echo.
fn said(row: &ResultRow) -> (String, Role) {
    let Some(outcome) = &row.outcome else { return (String::new(), Role::Dim) };
    let words = outcome.said.description.as_ref().or(outcome.said.message.as_ref());
    let mut text = match (&outcome.echo, words) {
        (Echo::None, words) => words.cloned().unwrap_or_default(),
        (Echo::Matches, _) => String::from("echo matches"),
        (Echo::Missing, _) => String::from("echo missing"),
        (Echo::Differs(differences), _) => {
            let fields: Vec<_> = differences.iter().map(|d| d.field.name()).collect();
            format!("echo differs: {}", fields.join(", "))
        }
    };
    if let Some(dealt) = dealt_with(row) {
        text = format!("{dealt} · {text}");
    }
    let role = match (&outcome.echo, outcome.status) {
        (Echo::Differs(_) | Echo::Missing, _) => Role::Warn,
        (Echo::None, Status::Rejected) => Role::Text,
        (Echo::Matches | Echo::None, _) => Role::Dim,
    };
    (text, role)
}

/// What was done about a failure, and how that ended; or that it failed so twice.
fn dealt_with(row: &ResultRow) -> Option<String> {
    Some(match (row.handled, row.again) {
        (Some(Handled::Dropped), _) => String::from("↩ dropped"),
        (Some(Handled::Requeued), Some(Again { run, status: Some(status), .. })) => {
            format!("↩ {} in run {run}", status.name().replace('_', " "))
        }
        (Some(Handled::Requeued), Some(Again { run, status: None, .. })) => format!("↩ on its way in run {run}"),
        (Some(Handled::Requeued), None) => String::from("↩ requeued"),
        (None, _) if row.before.is_some_and(|before| before.same) => String::from("quarantined"),
        (None, _) => return None,
    })
}

/// What was changed: `first_name=XYZ  email CLEAR`.
fn changes(row: &ResultRow) -> String {
    let parts: Vec<String> = row
        .changes
        .iter()
        .map(|(field, change)| match change {
            Change::Set(value) => format!("{field}={value}"),
            Change::Clear => format!("{field} CLEAR"),
        })
        .collect();
    parts.join("  ")
}
