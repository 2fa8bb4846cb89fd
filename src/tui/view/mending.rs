//! The choice of what to do about a cause.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::mending::{Choice, Mending};
use crate::config::theme::Role;
use crate::support::text::{counted, harmless, wrapped};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints the cause, what it means, and the choices with their keys.
pub(super) fn paint(buffer: &mut Buffer, body: Rect, mending: &Mending, styles: &Styles) {
    let columns = body.width.saturating_sub(8).min(76);
    let lines = lines(mending, usize::from(columns));
    let choices = mending.choices();
    let title = format!("Fix {} of run {}", counted(mending.seqs.len() as u64, "edit"), mending.scope.run);
    let rows = (lines.len() + 1 + choices.len()) as u16;
    let inside = paint::dialog(buffer, body, columns, rows, &title, styles);
    // On a small screen the choices stay and the words go.
    let above = usize::from(inside.height).saturating_sub(choices.len());
    for (y, (text, role)) in (inside.y..inside.bottom()).zip(lines.iter().take(above)) {
        paint::text(buffer, inside.x, y, inside.width, text, styles.of(*role));
    }
    let first = inside.bottom().saturating_sub(choices.len() as u16);
    for (y, (at, choice)) in (first..).zip(choices.iter().enumerate()) {
        line(buffer, Rect { y, height: 1, ..inside }, *choice, at == mending.cursor, styles);
    }
}

fn line(buffer: &mut Buffer, room: Rect, choice: Choice, here: bool, styles: &Styles) {
    let role = match choice {
        Choice::Clear(_) => Role::Danger,
        _ if here => Role::Title,
        _ => Role::Text,
    };
    paint::text(buffer, room.x, room.y, 1, if here { "▸" } else { " " }, styles.of(Role::Cursor));
    paint::text(buffer, room.x + 2, room.y, 1, &choice.key().to_string(), styles.of(Role::Key));
    paint::text(buffer, room.x + 5, room.y, room.width.saturating_sub(5), &choice.text(), styles.of(role));
}

fn lines(mending: &Mending, columns: usize) -> Vec<(String, Role)> {
    let advice = mending.cause.advice();
    let mut lines: Vec<_> =
        wrapped(&harmless(&mending.cause.to_string()), columns).into_iter().map(|line| (line, Role::Bad)).collect();
    lines.extend(wrapped(advice.means, columns).into_iter().map(|line| (line, Role::Text)));
    lines.extend(mending.stay.iter().map(|(_, text)| (format!("stay: {text}"), Role::Dim)));
    if let Some(field) = mending.field {
        let values: Vec<_> = mending.values().into_iter().map(|value| harmless(value).into_owned()).collect();
        if !values.is_empty() {
            lines.push((format!("{field} was: {}", values.join("   ")), Role::Dim));
        }
    }
    lines
}
