//! The contacts of the address book: a row for each, a column for each field.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Column, fit, fitted};
use super::queue::{editor, message, short_sid};
use super::{arrow, focus, gutter, joined, position};
use crate::app::grid::Loaded;
use crate::app::{Model, contacts};
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::domain::{Cell, Contact, Field};
use crate::support::text::width;
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Columns of a SID where there is room, and where there is not.
const SID_WIDE: u16 = 32;
const SID_NARROW: u16 = 14;
/// From this width SIDs stand whole.
const ROOMY: u16 = 150;

/// Paints the grid; gives the cursor's place.
pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let grid = &model.contacts.grid;
    let mut note = position(grid.cursor, grid.len(), grid.marks.len(), narrowed(model));
    if grid.loaded == Loaded::First {
        note.push('…');
    }
    let inside =
        paint::pane(buffer, area, &title(model, area.width, &note), &note, focus(model, Place::Contacts), styles);
    if grid.is_empty() {
        message(buffer, inside, empty(model), model, styles);
        return None;
    }
    let sid = if inside.width >= ROOMY { SID_WIDE } else { SID_NARROW };
    let here = grid.column.checked_sub(1).and_then(|i| Field::ALL.get(i)).copied();
    let columns = columns(model, here, (inside.x + 2 + sid + 2, inside.right()));
    let heading = |field: Option<Field>| styles.of(if field == here { Role::Accent } else { Role::Dim });
    let sorted = |cell| model.contacts.sort.filter(|sort| sort.by == cell).map(|sort| sort.descending);
    let name = |cell: Cell, width| super::heading(cell.name(), sorted(cell), width);
    paint::text(buffer, inside.x + 2, inside.y, sid, &name(Cell::Sid, sid), heading(None));
    for column in &columns {
        let name = name(Cell::of(column.field), column.width);
        paint::text(buffer, column.x, inside.y, column.width, &name, heading(column.field));
    }
    let first = inside.y + 1;
    for (y, at) in (first..inside.bottom()).zip(grid.top..grid.len()) {
        let marked = grid.key(at).is_some_and(|key| grid.marks.contains(&key)) || grid.in_range(at);
        gutter(buffer, (inside.x, y), at == grid.cursor, marked, false, styles);
        if let Some(row) = grid.row(at) {
            paint_row(buffer, (inside.x + 2, y), sid, &row.contact, &columns, styles);
        }
    }
    let y = first + (grid.cursor - grid.top) as u16;
    let (x, room) = match here {
        None => (inside.x + 2, sid),
        Some(field) => columns.iter().find(|c| c.field == Some(field)).map(|c| (c.x, c.width))?,
    };
    editor(buffer, (x, y), room, inside.right(), model, styles).or(Some((x, y)))
}

/// What is shown and how old it is; the age goes where it leaves no room for how the list is narrowed.
fn title(model: &Model, columns: u16, note: &str) -> String {
    let name = contacts::name(model);
    let Some(age) = contacts::age(model) else { return name };
    let aged = format!("{name}, {age}");
    if width(&aged) + width(note) + 7 <= usize::from(columns) { aged } else { name }
}

fn paint_row(buffer: &mut Buffer, at: (u16, u16), sid: u16, contact: &Contact, columns: &[Column], styles: &Styles) {
    paint::text(buffer, at.0, at.1, sid, &short_sid(contact.sid.as_str(), sid), styles.of(Role::Dim));
    for column in columns {
        let value = column.field.map_or("", |field| contact.get(field));
        paint::text(buffer, column.x, at.1, column.width, value, styles.of(Role::Text));
    }
}

/// The columns that fit, from the one that keeps the cursor's in sight.
fn columns(model: &Model, here: Option<Field>, room: (u16, u16)) -> Vec<Column> {
    let values = |field| model.contacts.grid.loaded_rows().map(move |row| width(row.contact.get(field)) as u16);
    let sorted = |field| model.contacts.sort.is_some_and(|sort| sort.by == Cell::Field(field));
    let name = |field: Field| field.name().len() as u16 + if sorted(field) { 2 } else { 0 };
    let widths = Field::ALL.into_iter().map(|field| (field, fitted(name(field), values(field))));
    fit(widths.collect(), here, |field| values(field).any(|width| width > 0), room)
}

/// What narrows the rows shown, in words. What is being typed stands in the prompt, and here once its rows do.
fn narrowed(model: &Model) -> Option<String> {
    let (filter, gone) = model.contacts.grid.narrowed();
    let gone = gone.then(|| String::from("gone from the server"));
    let sort = model.contacts.sort.map(|sort| format!("by {} {}", sort.by.name(), arrow(sort.descending)));
    joined([gone, filter.map(|filter| format!("filter {filter}")), sort])
}

/// What an empty list says: how to fill it, or why it shows nothing.
fn empty(model: &Model) -> &'static [(&'static str, &'static str)] {
    let grid = &model.contacts.grid;
    match (grid.loaded, grid.is_narrowed(), &model.pulling) {
        (Loaded::No, ..) => &[("", "reading the address book …")],
        (_, true, _) => &[("", "No contact matches."), ("<back>", "shows everything again")],
        (_, false, Some(_)) => &[("", "The first contacts are on their way.")],
        (_, false, None) => &[
            ("", "The address book is empty. To fill it:"),
            ("<palette> pull", "reads all contacts of the account"),
            ("<palette> pull LIST", "reads one list, by its name or SID"),
            ("rolodeck pull", "in a shell: the same"),
        ],
    }
}
