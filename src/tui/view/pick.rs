//! A short list to choose from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialogs::more_below;
use crate::app::Model;
use crate::app::pick::{Pick, PickOf};
use crate::config::theme::Role;
use crate::support::text::width;
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints the list; gives the cursor's place.
pub(super) fn paint(buffer: &mut Buffer, body: Rect, model: &Model, pick: &Pick, styles: &Styles) -> (u16, u16) {
    let lines = pick.lines(model);
    let name = lines.iter().map(|line| width(&line.name)).max().unwrap_or(0);
    let text = lines.iter().map(|line| width(&line.text)).max().unwrap_or(0);
    let columns = (4 + name + 2 + text).max(width(&pick.title()) + 2) as u16;
    let inside = paint::dialog(
        buffer,
        body,
        columns.min(body.width.saturating_sub(8)),
        lines.len() as u16,
        &pick.title(),
        styles,
    );
    let skip = (pick.at + 1).saturating_sub(usize::from(inside.height));
    for (y, (at, line)) in (inside.y..inside.bottom()).zip(lines.iter().enumerate().skip(skip)) {
        let here = at == pick.at;
        let role = if here {
            Role::Accent
        } else if line.text == "undone" {
            Role::Dim
        } else {
            Role::Text
        };
        paint::text(buffer, inside.x, y, 2, if here { "▸" } else { " " }, styles.of(Role::Cursor));
        paint::text(buffer, inside.x + 2, y, 1, sign(&pick.of, line.on), styles.of(Role::Mark));
        let x = inside.x + 4;
        let used = paint::text(buffer, x, y, inside.right().saturating_sub(x), &line.name, styles.of(role));
        let x = x + used.max(name as u16) + 2;
        paint::text(buffer, x, y, inside.right().saturating_sub(x), &line.text, styles.of(Role::Dim));
    }
    more_below(buffer, inside, lines.len().saturating_sub(skip + usize::from(inside.height)), styles);
    (inside.x, inside.y + pick.at.saturating_sub(skip) as u16)
}

/// What tells that a line is in force.
const fn sign(of: &PickOf, on: bool) -> &'static str {
    match (of, on) {
        (_, true) => "✓",
        (PickOf::Columns, false) => "-",
        (_, false) => " ",
    }
}
