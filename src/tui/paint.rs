//! Small painters that every view is made of, on ratatui's buffer.
//!
//! Each keeps inside the buffer and inside the room it is given, whatever it is asked to paint: text
//! from files and from the server is made harmless and cut at a whole glyph. None of them decides
//! anything, and none can fail.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::layout::dialog_columns;
use crate::config::theme::Role;
use crate::support::text::{self, harmless, truncate};

use super::styles::Styles;

/// Whether a pane takes the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It does.
    Here,
    /// Another one does.
    Elsewhere,
}

/// Writes a text from the left into a room of some columns, cut with `…`; gives the columns it took.
pub fn text(buffer: &mut Buffer, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
    let (left, right) = (buffer.area.left(), buffer.area.right());
    if !(buffer.area.top()..buffer.area.bottom()).contains(&y) || !(left..right).contains(&x) {
        return 0;
    }
    let room = columns.min(right - x);
    let safe = harmless(text);
    let (end, _) = buffer.set_stringn(x, y, truncate(&safe, usize::from(room)), usize::from(room), style);
    end - x
}

/// Writes a text against the right end of a room.
pub fn text_right(buffer: &mut Buffer, x: u16, y: u16, columns: u16, content: &str, style: Style) {
    let missing = usize::from(columns).saturating_sub(text::width(&harmless(content))) as u16;
    text(buffer, x.saturating_add(missing), y, columns - missing, content, style);
}

/// Writes pieces one after the other into a room; gives the columns they took.
pub fn pieces(buffer: &mut Buffer, x: u16, y: u16, columns: u16, pieces: &[(&str, Style)]) -> u16 {
    pieces.iter().fold(0, |used, (content, style)| {
        used + text(buffer, x.saturating_add(used), y, columns.saturating_sub(used), content, *style)
    })
}

/// Writes a line across a room.
pub fn rule(buffer: &mut Buffer, x: u16, y: u16, columns: u16, style: Style) {
    text(buffer, x, y, columns, &"─".repeat(usize::from(columns)), style);
}

/// Blanks an area, and the half of a wide glyph that reaches into it from the left.
pub fn clear(buffer: &mut Buffer, area: Rect) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        let before = area.left().checked_sub(1).and_then(|x| buffer.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| cell.symbol().len() > 1 && cell.symbol().cell_width() > 1) {
            cell.set_symbol(" ");
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

/// Paints a pane's frame with its name and, on the right, a note such as a position; gives the room inside.
///
/// Where both do not fit the note goes first, then the end of the name.
pub fn pane(buffer: &mut Buffer, area: Rect, title: &str, note: &str, focus: Focus, styles: &Styles) -> Rect {
    let (line, name) = match focus {
        Focus::Here => (styles.of(Role::BorderFocus), styles.of(Role::BorderFocus).patch(styles.of(Role::Title))),
        Focus::Elsewhere => (styles.of(Role::Border), styles.of(Role::Border)),
    };
    frame(buffer, area, line);
    let room = area.width.saturating_sub(4);
    let named = text(buffer, area.x + 2, area.y, room, title, name);
    space_around(buffer, area.x + 2, area.y, named);
    let wide = text::width(&harmless(note)) as u16;
    if wide > 0 && named + wide + 3 <= room {
        let x = area.right() - 2 - wide;
        text(buffer, x, area.y, wide, note, line);
        space_around(buffer, x, area.y, wide);
    }
    inside(area)
}

/// Paints an empty dialog in the middle of an area, over what is there; gives the room inside.
///
/// The room is of the size asked for, or what the area has; beside it no slivers are left.
pub fn dialog(buffer: &mut Buffer, area: Rect, columns: u16, rows: u16, title: &str, styles: &Styles) -> Rect {
    let columns = dialog_columns(area.width, columns);
    let (width, height) = (columns.saturating_add(4).min(area.width), rows.saturating_add(2).min(area.height));
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    clear(buffer, place);
    let inner = pane(buffer, place, title, "", Focus::Here, styles);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// Paints a bar that shows a part of a whole by eighths of a column. It is full only when the part is the whole.
pub fn bar(buffer: &mut Buffer, x: u16, y: u16, columns: u16, part: u64, whole: u64, style: Style) {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let all = u128::from(columns) * 8;
    let eighths = (all * u128::from(part.min(whole))).checked_div(u128::from(whole)).unwrap_or(0) as usize;
    let last = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    text(buffer, x, y, columns, &format!("{}{last}", "█".repeat(eighths / 8)), style);
}

/// Writes `^` below a column with what is wrong there, beside it where there is room; without a column, what is wrong
/// alone.
pub fn caret(buffer: &mut Buffer, line: Rect, column: Option<u16>, message: &str, style: Style) {
    let wide = text::width(&harmless(message)) as u16;
    let Some(column) = column.filter(|column| *column < line.width) else {
        text(buffer, line.x, line.y, line.width, message, style);
        return;
    };
    if column + 2 + wide <= line.width || column < line.width / 2 {
        pieces(buffer, line.x + column, line.y, line.width - column, &[("^ ", style), (message, style)]);
    } else {
        let room = column.saturating_sub(1);
        text_right(buffer, line.x, line.y, room.min(wide).max(room), message, style);
        text(buffer, line.x + column, line.y, 1, "^", style);
    }
}

/// Writes keys with what they do, `W send  P plan`; those at the end that do not fit are left out whole.
///
/// Gives how many were written.
pub fn hints(buffer: &mut Buffer, x: u16, y: u16, columns: u16, hints: &[(&str, &str)], styles: &Styles) -> usize {
    let mut used = 0;
    for (i, (key, label)) in hints.iter().enumerate() {
        let gap = if i == 0 { 0 } else { 2 };
        let needed = gap + text::width(key) + 1 + text::width(label);
        if usize::from(used) + needed > usize::from(columns) {
            return i;
        }
        let at = x.saturating_add(used + gap as u16);
        let key = (*key, styles.of(Role::Key));
        pieces(buffer, at, y, needed as u16, &[key, (" ", Style::new()), (label, styles.of(Role::Footer))]);
        used += needed as u16;
    }
    hints.len()
}

/// The room inside a frame.
fn inside(area: Rect) -> Rect {
    Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height.saturating_sub(2) }
}

fn frame(buffer: &mut Buffer, area: Rect, style: Style) {
    let Some((right, bottom)) = Option::zip((area.right()).checked_sub(1), area.bottom().checked_sub(1)) else {
        return;
    };
    for y in [area.y, bottom] {
        rule(buffer, area.x, y, area.width, style);
    }
    for y in area.y..area.bottom() {
        text(buffer, area.x, y, 1, "│", style);
        text(buffer, right, y, 1, "│", style);
    }
    for (x, y, corner) in [(area.x, area.y, "┌"), (right, area.y, "┐"), (area.x, bottom, "└"), (right, bottom, "┘")]
    {
        text(buffer, x, y, 1, corner, style);
    }
}

/// Sets a text in a frame apart from the line around it.
fn space_around(buffer: &mut Buffer, x: u16, y: u16, columns: u16) {
    if columns > 0 {
        text(buffer, x - 1, y, 1, " ", Style::new());
        text(buffer, x + columns, y, 1, " ", Style::new());
    }
}

#[cfg(test)]
mod tests;
