//! A bulk change being put together: what it needs, and what it would do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::queue::{CLEARED, short_sid};
use crate::app::Model;
use crate::app::bulk::{Bulk, CHOICES, Form, Stage, sources};
use crate::config::theme::Role;
use crate::domain::{Change, Sample, Tally};
use crate::support::text::{count, counted, from_column, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Columns of a SID, of a column's name, and at most of a value.
const SID: u16 = 14;
const NAME: u16 = 12;
const VALUE: usize = 30;

/// Paints the dialog; gives the cursor's place.
pub(super) fn paint(
    buffer: &mut Buffer,
    body: Rect,
    model: &Model,
    bulk: &Bulk,
    styles: &Styles,
) -> Option<(u16, u16)> {
    let columns = body.width.saturating_sub(8).min(104);
    let inside = paint::dialog(buffer, body, columns, body.height.saturating_sub(2), &title(bulk), styles);
    let (cursor, used) = match &bulk.stage {
        Stage::Menu(at) => {
            let lines: Vec<_> = CHOICES.iter().map(|(name, text, _)| (*name, *text)).collect();
            list(buffer, inside, &lines, *at, styles)
        }
        Stage::From(at) => {
            let lines: Vec<_> = sources(bulk.target.cell).map(|cell| (cell.name(), "")).collect();
            list(buffer, inside, &lines, *at, styles)
        }
        Stage::Typing { form, at, .. } => typing(buffer, inside, model, bulk, (*form, *at), styles),
    };
    let rest = Rect { y: inside.y + used + 1, height: inside.height.saturating_sub(used + 1), ..inside };
    if let Some(tally) = &bulk.tally {
        preview(buffer, rest, bulk, tally, styles);
    }
    cursor
}

/// What is changed: the column, and which edits.
fn title(bulk: &Bulk) -> String {
    let target = &bulk.target;
    let cell = target.cell.name();
    let what = match &bulk.stage {
        Stage::Typing { form: Form::Replace, .. } => format!("Replace in {cell}"),
        Stage::Typing { form: Form::Template, .. } => format!("Make {cell} of a template"),
        Stage::Typing { form: Form::Set, .. } => format!("Set {cell}"),
        Stage::From(_) => format!("Copy to {cell} from"),
        Stage::Menu(_) => format!("Change {cell}"),
    };
    if !target.marked {
        return format!("{what}, on this {}", target.of.noun());
    }
    let hidden = match target.hidden {
        0 => String::new(),
        n => format!(", {} of them hidden by the filter", count(n)),
    };
    format!("{what}, on {}{hidden}", counted(target.of.len(), &format!("marked {}", target.of.noun())))
}

/// The choices; gives the cursor's place and the rows used.
fn list(
    buffer: &mut Buffer,
    inside: Rect,
    lines: &[(&str, &str)],
    at: usize,
    styles: &Styles,
) -> (Option<(u16, u16)>, u16) {
    let rows = (lines.len() as u16).min(inside.height.saturating_sub(4)).max(1);
    let skip = (at + 1).saturating_sub(usize::from(rows));
    for (y, (no, (name, text))) in (inside.y..inside.y + rows).zip(lines.iter().enumerate().skip(skip)) {
        let here = no == at;
        let (sign, role) = if here { ("▸ ", Role::Accent) } else { ("  ", Role::Text) };
        paint::pieces(buffer, inside.x, y, 2 + 15, &[(sign, styles.of(Role::Cursor)), (name, styles.of(role))]);
        paint::text(buffer, inside.x + 18, y, inside.width.saturating_sub(18), text, styles.of(Role::Dim));
    }
    (Some((inside.x, inside.y + at.saturating_sub(skip) as u16)), rows)
}

/// The texts, with what is wrong or what may be typed below them; gives the cursor's place and the rows used.
fn typing(
    buffer: &mut Buffer,
    inside: Rect,
    model: &Model,
    bulk: &Bulk,
    (form, at): (Form, usize),
    styles: &Styles,
) -> (Option<(u16, u16)>, u16) {
    let labels = form.labels();
    let label = labels.iter().map(|label| width(label)).max().unwrap_or(0) as u16 + 2;
    let x = inside.x + label;
    let room = inside.width.saturating_sub(label);
    let mut cursor = None;
    let mut y = inside.y;
    for (no, name) in labels.iter().enumerate() {
        let here = no == at;
        paint::text(buffer, inside.x, y, label, name, styles.of(if here { Role::Key } else { Role::Dim }));
        let prompt = model.prompt.as_ref().filter(|_| here);
        let scroll = prompt.map_or(0, |prompt| prompt.input.visual_scroll(usize::from(room.saturating_sub(1))));
        paint::text(buffer, x, y, room, from_column(bulk.text(model, no), scroll), styles.of(Role::Text));
        if let Some(prompt) = prompt {
            let column = prompt.input.visual_cursor().saturating_sub(scroll) as u16;
            cursor = Some((x + column.min(room.saturating_sub(1)), y));
            if let Some((place, message)) = &prompt.error {
                y += 1;
                let before = place.and_then(|place| prompt.text().get(..place)).map(width);
                let column = before.map_or(0, |before| before.saturating_sub(scroll)) as u16;
                let line = Rect { x, y, width: room, height: 1 };
                paint::caret(buffer, line, place.map(|_| column), message, styles.of(Role::Bad));
            }
        }
        y += 1;
    }
    paint::text(buffer, inside.x, y, inside.width, &help(model, bulk, form), styles.of(Role::Dim));
    (cursor, y + 1 - inside.y)
}

fn help(model: &Model, bulk: &Bulk, form: Form) -> String {
    if form != Form::Set {
        return form.help().to_owned();
    }
    let token = &model.session.clear_token;
    match bulk.text(model, 0) {
        "" => format!("left alone: not changed on the server; {token} clears it"),
        text if text == token => String::from("CLEARED on the server"),
        _ => format!("set to this; nothing typed = leave alone, {token} = clear"),
    }
}

/// The counts, and the first changes.
fn preview(buffer: &mut Buffer, area: Rect, bulk: &Bulk, tally: &Tally, styles: &Styles) {
    if area.height == 0 {
        return;
    }
    let mut parts = vec![(format!("{} change", count(tally.changed)), Role::Accent)];
    let mut part = |n: u64, text: &str, role| {
        if n > 0 {
            parts.push((format!(" · {} {text}", count(n)), role));
        }
    };
    part(tally.invalid, "can't be sent then", Role::Bad);
    part(tally.unchanged, "stay", Role::Dim);
    part(tally.impossible, &format!("left: {}", tally.why.as_deref().unwrap_or("")), Role::Warn);
    if !bulk.complete {
        parts.push((String::from(" …"), Role::Dim));
    }
    let pieces: Vec<_> = parts.iter().map(|(text, role)| (text.as_str(), styles.of(*role))).collect();
    paint::pieces(buffer, area.x, area.y, area.width, &pieces);
    let rows: Vec<_> = tally.samples.iter().take(usize::from(area.height.saturating_sub(1))).collect();
    // The column that was chosen needs no name.
    let named = rows.iter().any(|row| row.cell != bulk.target.cell);
    let name = if named { NAME + 2 } else { 0 };
    let widest = rows.iter().map(|row| width(value(row.before.as_ref()).0)).max().unwrap_or(0).clamp(6, VALUE) as u16;
    for (y, row) in (area.y + 1..area.bottom()).zip(rows) {
        sample(buffer, Rect { y, height: 1, ..area }, row, (name, widest), styles);
    }
}

fn sample(buffer: &mut Buffer, line: Rect, row: &Sample, (name, widest): (u16, u16), styles: &Styles) {
    let mut x = line.x;
    let room = |x: u16| line.right().saturating_sub(x);
    paint::text(buffer, x, line.y, SID, &short_sid(row.sid.as_str(), SID), styles.of(Role::Dim));
    x += SID + 2;
    if name > 0 {
        paint::text(buffer, x, line.y, NAME, row.cell.name(), styles.of(Role::Dim));
        x += name;
    }
    let (before, role) = value(row.before.as_ref());
    paint::text(buffer, x, line.y, widest.min(room(x)), before, styles.of(role));
    x += widest + 1;
    if row.before != row.after {
        let (after, role) = value(row.after.as_ref());
        let role = if role == Role::Text { Role::Changed } else { role };
        x += paint::pieces(buffer, x, line.y, room(x), &[("→ ", styles.of(Role::Dim)), (after, styles.of(role))]) + 2;
    }
    if let Some(wrong) = &row.wrong {
        paint::text(buffer, x, line.y, room(x), &format!("✗ {wrong}"), styles.of(Role::Bad));
    }
}

/// What a column has, in words that can't be taken for a value.
fn value(change: Option<&Change>) -> (&str, Role) {
    match change {
        None => ("(alone)", Role::Dim),
        Some(Change::Clear) => (CLEARED, Role::Cleared),
        Some(Change::Set(value)) if value.is_empty() => ("(empty)", Role::Warn),
        Some(Change::Set(value)) => (value, Role::Text),
    }
}
