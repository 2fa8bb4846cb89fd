//! The palette: what the typed command may mean, above the line in which it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialogs::more_below;
use crate::app::layout::dialog_columns;
use crate::app::{Does, Model, PaletteLine, Prompt, palette_lines};
use crate::config::theme::Role;
use crate::support::text::{width, wrapped};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// The most lines that are shown at once, where the screen has room for them.
const ROWS: u16 = 14;
/// Columns of a name, and of a key.
const NAME: u16 = 17;
const KEY: u16 = 9;
/// Rows for what the chosen command does, where that does not fit beside some name: a rule and two lines.
const ABOUT: u16 = 3;

/// Paints the list above the line of the prompt.
pub(super) fn paint(buffer: &mut Buffer, line: Rect, model: &Model, prompt: &Prompt, styles: &Styles) {
    let found = palette_lines(model, prompt.text());
    let is_argument = found.first().is_some_and(|line| matches!(line.does, Does::Argument));
    if found.is_empty() && prompt.text().contains(' ') {
        // An argument that nothing completes is nobody's mistake.
        return;
    }
    let screen = line.width + 2;
    let columns = dialog_columns(screen, 96) + 4;
    let about = if is_cut(&found, columns) { ABOUT } else { 0 };
    let most = ROWS.min(line.y / 2);
    let rows = (found.len() as u16).clamp(1, most.max(1));
    // Within the frame of the pane, or all across it.
    let x = if columns == screen { 0 } else { line.x + 1 };
    let area = Rect { x, y: line.y.saturating_sub(rows + about + 3), width: columns, height: rows + about + 2 };
    let title = if is_argument { "Completions" } else { "Commands" };
    let inside = paint::dialog(buffer, area, columns.saturating_sub(4), rows + about, title, styles);
    if found.is_empty() {
        paint::text(buffer, inside.x, inside.y, inside.width, "no such command", styles.of(Role::Warn));
    }
    let chosen = prompt.chosen.or((!is_argument).then_some(0));
    let skip = chosen.unwrap_or(0).saturating_sub(usize::from(rows) - 1);
    for (y, (at, found)) in (inside.y..inside.y + rows).zip(found.iter().enumerate().skip(skip)) {
        let row = Rect { y, height: 1, ..inside };
        paint::text(buffer, row.x, y, 2, if chosen == Some(at) { "▸" } else { "" }, styles.of(Role::Cursor));
        let room = Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
        if is_argument {
            value(buffer, room, found, chosen == Some(at), styles);
        } else {
            command(buffer, room, found, chosen == Some(at), styles);
        }
    }
    let below = Rect { y: inside.y + rows, height: about, ..inside };
    if let Some(line) = chosen.and_then(|at| found.get(at)).filter(|_| about > 0) {
        in_full(buffer, below, line, styles);
    }
    more_below(buffer, inside, found.len().saturating_sub(skip + usize::from(rows)), styles);
}

/// Whether the text of some command does not fit beside its name and key.
fn is_cut(found: &[PaletteLine], columns: u16) -> bool {
    let room = usize::from(columns.saturating_sub(4 + 2 + NAME + KEY));
    found.iter().any(|line| !matches!(line.does, Does::Argument) && width(&said(line)) > room)
}

/// What a command does, or why it would do nothing now.
fn said(line: &PaletteLine) -> String {
    if line.why_not.is_none() { line.text.clone() } else { format!("– {}", line.text) }
}

/// What the chosen command does, in full.
fn in_full(buffer: &mut Buffer, below: Rect, line: &PaletteLine, styles: &Styles) {
    paint::rule(buffer, below.x, below.y, below.width, styles.of(Role::Border));
    let text = line.why_not.as_ref().unwrap_or(&line.text);
    let lines = wrapped(text, usize::from(below.width.saturating_sub(2)));
    for (y, line) in (below.y + 1..below.bottom()).zip(&lines) {
        paint::text(buffer, below.x + 2, y, below.width.saturating_sub(2), line, styles.of(Role::Text));
    }
}

/// A command: its name, its key, and what it does or why it would do nothing now.
fn command(buffer: &mut Buffer, room: Rect, line: &PaletteLine, here: bool, styles: &Styles) {
    let applies = line.why_not.is_none();
    let name = match (here, applies) {
        (true, _) => Role::Accent,
        (false, true) => Role::Text,
        (false, false) => Role::Dim,
    };
    paint::text(buffer, room.x, room.y, NAME, &line.name, styles.of(name));
    let key = if applies { Role::Key } else { Role::Dim };
    paint::text(buffer, room.x + NAME, room.y, KEY - 1, &line.key, styles.of(key));
    let x = room.x + NAME + KEY;
    paint::text(buffer, x, room.y, room.right().saturating_sub(x), &said(line), styles.of(Role::Dim));
}

/// What an argument may be, and what tells it from others.
fn value(buffer: &mut Buffer, room: Rect, line: &PaletteLine, here: bool, styles: &Styles) {
    let name = styles.of(if here { Role::Accent } else { Role::Text });
    let used = paint::text(buffer, room.x, room.y, room.width, &line.name, name);
    let x = room.x + used.max(8) + 2;
    paint::text(buffer, x, room.y, room.right().saturating_sub(x), &line.text, styles.of(Role::Dim));
}
