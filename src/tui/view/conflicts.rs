//! The edits in conflict: a list of them, and below it the one under the cursor from all sides.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialogs::paint_lines;
use crate::app::Model;
use crate::app::conflicts::{Conflicts, fields, who};
use crate::app::layout::dialog_columns;
use crate::config::theme::Role;
use crate::support::text::{count, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Lines of the list at most; the sides of the one under the cursor matter more.
const LISTED: u16 = 6;

/// Paints them; gives the cursor's place.
pub(super) fn paint(
    buffer: &mut Buffer,
    body: Rect,
    model: &Model,
    conflicts: &Conflicts,
    styles: &Styles,
) -> (u16, u16) {
    let lines = conflicts.lines(model.now);
    let listed = LISTED.min(conflicts.open.len() as u16);
    let rows = listed + 1 + lines.len() as u16;
    let inside = paint::dialog(buffer, body, dialog_columns(body.width, 100), rows, &conflicts.title(), styles);
    let listed = listed.min(inside.height.saturating_sub(1 + lines.len() as u16)).max(1);
    let skip = (conflicts.at + 1).saturating_sub(usize::from(listed));
    for (y, (at, conflict)) in (inside.y..inside.y + listed).zip(conflicts.open.iter().enumerate().skip(skip)) {
        let here = at == conflicts.at;
        let role = if here { Role::Accent } else { Role::Text };
        paint::text(buffer, inside.x, y, 2, if here { "▸" } else { " " }, styles.of(Role::Cursor));
        let mut x = inside.x + 2;
        for (text, role) in
            [(conflict.edit.sid.to_string(), role), (fields(conflict), Role::Warn), (who(conflict), Role::Dim)]
        {
            x += paint::text(buffer, x, y, inside.right().saturating_sub(x), &text, styles.of(role)) + 2;
        }
    }
    let y = inside.y + listed;
    let place = format!(" {} of {} ", conflicts.at + 1, count(conflicts.open.len() as u64));
    paint::rule(buffer, inside.x, y, inside.width, styles.of(Role::Border));
    let x = inside.right().saturating_sub(width(&place) as u16 + 1);
    paint::text(buffer, x, y, width(&place) as u16, &place, styles.of(Role::Dim));
    let below = Rect { y: y + 1, height: inside.bottom().saturating_sub(y + 1), ..inside };
    paint_lines(buffer, below, &lines, 0, styles);
    (inside.x, inside.y + (conflicts.at - skip) as u16)
}
