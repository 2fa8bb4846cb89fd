//! The list of themes. It is small, so that the screen behind it shows what a theme makes of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Themes;
use crate::config::theme::Role;
use crate::support::text::width;
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Every way to tell what became of an edit, in the colours of the theme.
const SAMPLE: [(&str, Role); 4] =
    [("✓ updated ", Role::Ok), ("✗ rejected ", Role::Bad), ("? unknown ", Role::Warn), ("- not sent", Role::Wait)];

/// Paints the list; gives the cursor's place.
pub(super) fn paint(buffer: &mut Buffer, body: Rect, list: &Themes, styles: &Styles) -> (u16, u16) {
    let names = list.names.iter().map(|name| width(name) + 2).max().unwrap_or(0);
    let sample: usize = SAMPLE.iter().map(|(text, _)| width(text)).sum();
    let columns = names.max(sample) as u16;
    let rows = list.names.len() as u16 + 2 + u16::from(list.note.is_some());
    let inside = paint::dialog(buffer, body, columns, rows, "Themes", styles);
    let below = 2 + u16::from(list.note.is_some());
    let room = inside.height.saturating_sub(below);
    let skip = (list.chosen + 1).saturating_sub(usize::from(room));
    for (y, (at, name)) in (inside.y..inside.y + room).zip(list.names.iter().enumerate().skip(skip)) {
        let here = at == list.chosen;
        let (sign, role) = if here { ("▸ ", Role::Accent) } else { ("  ", Role::Text) };
        paint::pieces(buffer, inside.x, y, inside.width, &[(sign, styles.of(Role::Cursor)), (name, styles.of(role))]);
    }
    let sample = SAMPLE.map(|(text, role)| (text, styles.of(role)));
    paint::pieces(buffer, inside.x, inside.y + room + 1, inside.width, &sample);
    if let Some(note) = list.note {
        paint::text(buffer, inside.x, inside.y + room + 2, inside.width, note, styles.of(Role::Dim));
    }
    (inside.x, inside.y + list.chosen.saturating_sub(skip) as u16)
}
