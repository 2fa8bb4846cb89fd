//! The queue grid: a row for each edit, a column for each field.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Column, behind, fit, fitted};
use super::{arrow, focus, gutter, heading, joined, narrowed, position, titled};
use crate::app::calm::queue_as_of;
use crate::app::grid::{Loaded, ProblemCounts};
use crate::app::{Model, PromptKind, QueueRow, conflicts};
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::domain::{Cell, Change, Field, Severity};
use crate::support::clock::{Timestamp, human_age};
use crate::support::text::{count, counted, from_column, truncate, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Columns of a SID where there is room, and where there is not.
const SID_WIDE: u16 = 32;
const SID_NARROW: u16 = 14;
/// From this width SIDs stand whole.
const ROOMY: u16 = 110;
/// Columns of what is wrong with a row, or else of its fields that do not fit.
const NOTE: u16 = 24;
/// So many of them are lent to a last column that would else be cut.
const LENT: u16 = 6;

/// Paints the grid; gives the cursor's place when the queue has the focus.
pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let grid = &model.queue;
    let mut note = position(grid.cursor, grid.len(), grid.marks.len(), narrowing(model));
    if grid.loaded == Loaded::First {
        note.push('…');
    }
    let inside = paint::pane(buffer, area, &titled(model, "Queue"), &note, focus(model, Place::Queue), styles);
    if grid.is_empty() {
        empty(buffer, inside, model, styles);
        return None;
    }
    let sid = if inside.width >= ROOMY { SID_WIDE } else { SID_NARROW };
    let columns = columns(model, inside, sid);
    headings(buffer, inside, model, sid, &columns, styles);
    let first = inside.y + 1;
    for (y, at) in (first..inside.bottom()).zip(grid.top..grid.len()) {
        let marked = grid.key(at).is_some_and(|key| grid.marks.contains(&key)) || grid.in_range(at);
        let found = grid.key(at).is_some_and(|key| model.search.queue.contains(&key));
        gutter(buffer, (inside.x, y), at == grid.cursor, marked, found, styles);
        if let Some(row) = grid.row(at) {
            paint_row(buffer, (inside.x + 2, y), sid, row, &columns, model, styles);
        }
    }
    if model.place() != Place::Queue {
        return None;
    }
    let y = first + (grid.cursor - grid.top) as u16;
    let (x, room) = match grid.column.checked_sub(1).and_then(|i| Field::ALL.get(i)) {
        None => (inside.x + 2, sid),
        Some(field) => columns.iter().find(|c| c.field == Some(*field)).map(|c| (c.x, c.width))?,
    };
    editor(buffer, (x, y), room, inside.right(), model, styles).or(Some((x, y)))
}

/// What narrows the queue, or orders it otherwise.
fn narrowing(model: &Model) -> Option<String> {
    let grid = &model.queue;
    let duplicates = model.only_duplicates.then(|| String::from("duplicates only"));
    let sort = model.sort.map(|sort| format!("by {} {}", sort.by.name(), arrow(sort.descending)));
    let as_of = queue_as_of(model).map(|at| format!("as of {}", at.local_time()));
    joined([as_of, duplicates, narrowed(grid.filter.as_ref(), grid.problems), kinds(model), sort])
}

/// How many of the problems shown are of each kind.
fn kinds(model: &Model) -> Option<String> {
    let ProblemCounts { errors, failed, warnings } = model.problems;
    let counted = |n: u64, one: &str| (n > 0).then(|| counted(n, one));
    let failed = (failed > 0).then(|| format!("{} failed before", count(failed)));
    let said: Vec<_> = [counted(errors, "error"), failed, counted(warnings, "warning")].into_iter().flatten().collect();
    (model.queue.problems && !said.is_empty()).then(|| said.join(", "))
}

/// The cell being typed, over the row; gives the place of the cursor in it.
pub(super) fn editor(
    buffer: &mut Buffer,
    at: (u16, u16),
    room: u16,
    right: u16,
    model: &Model,
    styles: &Styles,
) -> Option<(u16, u16)> {
    let prompt = model.prompt.as_ref()?;
    if !matches!(prompt.kind, PromptKind::Cell { .. }) {
        return None;
    }
    let needed = width(prompt.text()) as u16 + 2;
    let room = room.max(needed).max(16).min(right.saturating_sub(at.0));
    let scroll = prompt.input.visual_scroll(usize::from(room.saturating_sub(1)));
    let shown = from_column(prompt.text(), scroll);
    paint::text(buffer, at.0, at.1, room, &" ".repeat(usize::from(room)), styles.of(Role::Found));
    paint::text(buffer, at.0, at.1, room, shown, styles.of(Role::Found));
    let column = prompt.input.visual_cursor().saturating_sub(scroll) as u16;
    Some((at.0 + column.min(room.saturating_sub(1)), at.1))
}

/// The columns that fit, from the one that keeps the cursor's in sight. The note stands last: it always fits.
fn columns(model: &Model, inside: Rect, sid: u16) -> Vec<Column> {
    // A blank, the sign of what is wrong, a blank.
    let start = inside.x + 2 + sid + 3;
    let here = model.queue.column.checked_sub(1).and_then(|i| Field::ALL.get(i)).copied();
    let end = inside.right().saturating_sub(NOTE + 2);
    // Where not all have room, a column that no row changes is left out until the cursor comes to it.
    let used = |field| model.queue.loaded_rows().any(|row| row.edit.changes.get(field).is_some());
    let shown = Field::ALL.into_iter().filter(|field| here == Some(*field) || !model.hidden_columns.contains(field));
    let widths = shown.map(|field| (field, width_of(model, field))).collect();
    let mut columns = fit(widths, here, used, (start, end));
    if let Some((last, field)) = columns.last_mut().and_then(|last| last.field.map(|field| (last, field))) {
        let wanted = width_of(model, field);
        last.width = if wanted <= last.width + LENT { wanted } else { last.width };
    }
    let x = behind(&columns, start);
    columns.push(Column { field: None, x, width: inside.right().saturating_sub(x) });
    columns
}

/// The width of a column, from the rows that are loaded.
fn width_of(model: &Model, field: Field) -> u16 {
    let sorted = model.sort.is_some_and(|sort| sort.by == Cell::Field(field));
    let name = field.name().len() as u16 + if sorted { 2 } else { 0 };
    let changes = model.queue.loaded_rows().filter_map(|row| row.edit.changes.get(field));
    let widths = changes.map(|change| match change {
        Change::Set(value) => width(value) as u16,
        Change::Clear => CLEARED.len() as u16,
    });
    fitted(name, widths)
}

/// What a cell says that is set to the empty text.
pub(super) const EMPTY: &str = "(empty)";

/// The sign of an edit that is not the only one of its contact.
const TWIN: &str = "=";

/// What a cleared cell says.
pub(super) const CLEARED: &str = "CLEAR";

fn headings(buffer: &mut Buffer, inside: Rect, model: &Model, sid: u16, columns: &[Column], styles: &Styles) {
    let here = model.queue.column;
    let style =
        |at: usize| styles.of(if here == at && model.place() == Place::Queue { Role::Accent } else { Role::Dim });
    let sorted = |cell: Cell| model.sort.filter(|sort| sort.by == cell).map(|sort| sort.descending);
    let heading = |cell: Cell, width| heading(cell.name(), sorted(cell), width);
    paint::text(buffer, inside.x + 2, inside.y, sid, &heading(Cell::Sid, sid), style(0));
    for column in columns {
        match column.field {
            Some(field) => {
                let at = Field::ALL.iter().position(|f| *f == field).map_or(usize::MAX, |i| i + 1);
                paint::text(
                    buffer,
                    column.x,
                    inside.y,
                    column.width,
                    &heading(Cell::Field(field), column.width),
                    style(at),
                );
            }
            None => {
                paint::text(buffer, column.x, inside.y, column.width, "note", styles.of(Role::Dim));
            }
        }
    }
}

fn paint_row(
    buffer: &mut Buffer,
    at: (u16, u16),
    sid: u16,
    row: &QueueRow,
    columns: &[Column],
    model: &Model,
    styles: &Styles,
) {
    let in_conflict = row.conflict.as_ref().map(|_| Severity::Error);
    let worst = row.issues.iter().map(|issue| issue.severity).chain(in_conflict).max();
    paint::text(buffer, at.0, at.1, sid, &short_sid(row.edit.sid.as_str(), sid), styles.of(Role::Text));
    if let Some(worst) = worst {
        paint::text(buffer, at.0 + sid + 1, at.1, 1, sign(worst), styles.of(role(worst)));
    }
    let is_twin = model.duplicates.contains(&row.id);
    if is_twin && worst != Some(Severity::Error) {
        paint::text(buffer, at.0 + sid + 1, at.1, 1, TWIN, styles.of(Role::Warn));
    }
    let found = model.search.queue.contains(&row.id);
    for column in columns {
        let (text, role) = match column.field {
            Some(field) => match row.edit.changes.get(field) {
                None => continue,
                Some(Change::Set(value)) if value.is_empty() => (EMPTY.to_owned(), Role::Warn),
                Some(Change::Set(value)) => (value.clone(), if found { Role::Found } else { Role::Changed }),
                Some(Change::Clear) => (CLEARED.to_owned(), Role::Cleared),
            },
            None => note(row, columns, is_twin, model.now),
        };
        paint::text(buffer, column.x, at.1, column.width, &text, styles.of(role));
    }
}

/// The note on a row: what is wrong with it, else its changes in columns that are out of sight, and how old a base is
/// that is stale.
fn note(row: &QueueRow, columns: &[Column], is_twin: bool, now: Timestamp) -> (String, Role) {
    if let Some(problem) = problem(row, is_twin) {
        return problem;
    }
    let hidden = || row.edit.changes.iter().filter(|(field, _)| columns.iter().all(|c| c.field != Some(*field)));
    // What is cleared comes first: it must not be cut off.
    let cleared =
        hidden().filter(|(_, change)| **change == Change::Clear).map(|(field, _)| format!("{CLEARED} {field}"));
    let set = hidden().filter_map(|(field, change)| Some(format!("{field}={}", change.value()?)));
    let stale = row.base.as_ref().filter(|base| base.is_stale(now));
    let seen = stale.map(|base| format!("base seen {}", human_age(now.since(base.seen))));
    (cleared.chain(set).chain(seen).collect::<Vec<_>>().join(" "), Role::Dim)
}

/// The first thing to know about a row: an error, what others changed, where it failed before, another edit of its contact, a warning.
fn problem(row: &QueueRow, is_twin: bool) -> Option<(String, Role)> {
    let issue = row.issues.iter().max_by_key(|issue| issue.severity);
    let said = |issue: &crate::domain::Issue| {
        let field = issue.field.map_or("sid", Field::name);
        (format!("{field}: {}", issue.hint), role(issue.severity))
    };
    if let Some(issue) = issue.filter(|issue| issue.severity == Severity::Error) {
        return Some(said(issue));
    }
    if let Some(conflict) = &row.conflict {
        return Some((format!("others changed {}", conflicts::fields(conflict)), Role::Bad));
    }
    if let Some(origin) = &row.origin {
        let code = origin.said.code.map_or_else(String::new, |code| format!("{code} "));
        let words = origin.said.description.as_deref().unwrap_or("");
        return Some((format!("↩ {code}{words}, run {}", origin.run), Role::Warn));
    }
    if is_twin {
        return Some((String::from("another edit of this contact is queued"), Role::Warn));
    }
    issue.map(said)
}

const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
    }
}

const fn role(severity: Severity) -> Role {
    match severity {
        Severity::Error => Role::Bad,
        Severity::Warning => Role::Warn,
    }
}

/// A SID in a narrow column keeps its start and its end: that is how people tell two apart.
pub(super) fn short_sid(sid: &str, columns: u16) -> String {
    let (columns, all) = (usize::from(columns), width(sid));
    if all <= columns || columns < 6 {
        return sid.to_owned();
    }
    let tail = (columns - 1) / 2;
    truncate(sid, columns - tail).into_owned() + from_column(sid, all - tail)
}

/// What an empty list says: how to fill it, or why it shows nothing.
fn empty(buffer: &mut Buffer, inside: Rect, model: &Model, styles: &Styles) {
    let lines: &[(&'static str, &str)] = if model.queue.loaded == Loaded::No {
        &[("", "reading the queue …")]
    } else if model.is_queue_narrowed() {
        &[("", "No edit matches."), ("<back>", "shows everything again")]
    } else {
        &[
            ("", "The queue is empty. Three ways to fill it:"),
            ("<palette> import FILE", "edits of a CSV, XLSX or JSON file"),
            ("<add>", "one edit, by the SID of its contact"),
            ("rolodeck import -", "in a shell: edits from a pipe or paste"),
        ]
    };
    message(buffer, inside, lines, model, styles);
}

/// A command after the key that opens the palette: `:import`, but `alt-x import`.
fn typed(keys: String) -> String {
    match keys.split_once(' ') {
        Some((key, command)) if key.len() == 1 => format!("{key}{command}"),
        _ => keys,
    }
}

/// Lines in the middle of a pane: a key, with `<ACTION>` for the one of that action, and what it does.
pub(super) fn message(
    buffer: &mut Buffer,
    inside: Rect,
    lines: &[(&'static str, &str)],
    model: &Model,
    styles: &Styles,
) {
    let lines: Vec<(String, &str)> = lines.iter().map(|(key, text)| (typed(model.keyed(key)), *text)).collect();
    let y = inside.y + inside.height.saturating_sub(lines.len() as u16) / 3;
    let keys = lines.iter().map(|(key, _)| width(key)).max().unwrap_or(0) as u16;
    let all =
        lines.iter().map(|(key, text)| if key.is_empty() { width(text) as u16 } else { keys + 2 + width(text) as u16 });
    let x = inside.x + inside.width.saturating_sub(all.max().unwrap_or(0)) / 2;
    for (y, (key, text)) in (y..inside.bottom()).zip(&lines) {
        if key.is_empty() {
            paint::text(buffer, x, y, inside.right().saturating_sub(x), text, styles.of(Role::Text));
        } else {
            paint::text(buffer, x, y, keys, key, styles.of(Role::Key));
            let x = x + keys + 2;
            paint::text(buffer, x, y, inside.right().saturating_sub(x), text, styles.of(Role::Dim));
        }
    }
}
