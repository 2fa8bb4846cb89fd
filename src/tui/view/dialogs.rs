//! What lies over the panes: help, plan, confirm, detail, messages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{mending, themes};
use crate::app::detail::{self, Line, Tone};
use crate::app::diff;
use crate::app::help::{self, HelpLine};
use crate::app::layout::{TEXT_COLUMNS, dialog_columns};
use crate::app::{Dialog, Model, Notice, dialog_text, plan};
use crate::config::theme::Role;
use crate::support::text::{count, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints a dialog over the body; gives the cursor's place where it takes text.
pub(super) fn paint(
    buffer: &mut Buffer,
    body: Rect,
    model: &Model,
    dialog: &Dialog,
    styles: &Styles,
) -> Option<(u16, u16)> {
    let wide = dialog_columns(body.width, 100);
    match dialog {
        Dialog::Confirm(confirm) => return self::confirm(buffer, body, confirm, styles),
        Dialog::Help { scroll, .. } => help(buffer, body, model, *scroll, styles),
        Dialog::Plan { plan, scroll } => {
            boxed(
                buffer,
                body,
                wide,
                "Plan: what a send would do. Nothing is sent.",
                &plan::lines(model, plan),
                *scroll,
                styles,
            );
        }
        Dialog::Bulk(bulk) => return super::bulk::paint(buffer, body, model, bulk, styles),
        Dialog::Import(import) => return super::import::paint(buffer, body, import, styles),
        Dialog::Pick(pick) => return Some(super::pick::paint(buffer, body, model, pick, styles)),
        Dialog::Conflicts(list) => return Some(super::conflicts::paint(buffer, body, model, list, styles)),
        Dialog::Mending(choice) => mending::paint(buffer, body, choice, styles),
        Dialog::Themes(list) => return Some(themes::paint(buffer, body, list, styles)),
        Dialog::Detail { scroll } => {
            boxed(buffer, body, wide, "Detail", &detail::lines(model), *scroll, styles);
        }
        Dialog::Diff { scroll } => {
            boxed(buffer, body, wide, "Diff: what it was → what it is to be", &diff::lines(model), *scroll, styles);
        }
        Dialog::Text { notice, scroll } => {
            message(buffer, body, notice, *scroll, styles);
        }
    }
    None
}

/// A text under its first line; a failure's is painted so that nobody takes it for news among others.
fn message(buffer: &mut Buffer, body: Rect, notice: &Notice, scroll: usize, styles: &Styles) {
    let (title, lines) = dialog_text(notice, body.width);
    let inside = boxed(buffer, body, TEXT_COLUMNS, title, &lines, scroll, styles);
    if notice.failed {
        paint::text(buffer, inside.x, inside.y.saturating_sub(1), inside.width, title, styles.of(Role::Danger));
    }
}

fn boxed(
    buffer: &mut Buffer,
    body: Rect,
    columns: u16,
    title: &str,
    lines: &[Line],
    scroll: usize,
    styles: &Styles,
) -> Rect {
    let rows = (lines.len() as u16).min(body.height.saturating_sub(2)).max(1);
    let inside = paint::dialog(buffer, body, columns, rows, title, styles);
    paint_lines(buffer, inside, lines, scroll, styles);
    inside
}

/// Paints lines from one on; the last screen is never passed. A sign tells that more is below.
pub(super) fn paint_lines(buffer: &mut Buffer, inside: Rect, lines: &[Line], scroll: usize, styles: &Styles) {
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    for (y, (tone, text)) in (inside.y..inside.bottom()).zip(lines.iter().skip(scroll)) {
        line(buffer, Rect { y, height: 1, ..inside }, *tone, text, styles);
    }
    more_below(buffer, inside, lines.len().saturating_sub(scroll + usize::from(inside.height)), styles);
}

/// The sign in a frame's bottom line that more is below.
pub(super) fn more_below(buffer: &mut Buffer, inside: Rect, below: usize, styles: &Styles) {
    if below > 0 {
        let more = format!(" ↓ {} more ", count(below as u64));
        let x = inside.right().saturating_sub(width(&more) as u16);
        paint::text(buffer, x, inside.bottom(), width(&more) as u16, &more, styles.of(Role::Key));
    }
}

fn line(buffer: &mut Buffer, room: Rect, tone: Tone, text: &str, styles: &Styles) {
    let role = match tone {
        Tone::Heading => Role::Title,
        Tone::Plain => Role::Text,
        Tone::Dim => Role::Dim,
        Tone::Json => return json_line(buffer, room, text, styles),
        Tone::Ok => Role::Ok,
        Tone::Bad => Role::Bad,
        Tone::Warn => Role::Warn,
        Tone::Wait => Role::Wait,
    };
    paint::text(buffer, room.x, room.y, room.width, text, styles.of(role));
}

/// A member of an object: its name dim, its value bright.
fn json_line(buffer: &mut Buffer, room: Rect, text: &str, styles: &Styles) {
    let (name, value) = text.split_once("\": ").map_or(("", text), |(name, value)| (name, value));
    if name.is_empty() {
        paint::text(buffer, room.x + 2, room.y, room.width.saturating_sub(2), text, styles.of(Role::Dim));
        return;
    }
    let (value, comma) = value.strip_suffix(',').map_or((value, ""), |value| (value, ","));
    let dim = styles.of(Role::Dim);
    let pieces = [(name, dim), ("\": ", dim), (value, styles.of(value_role(value))), (comma, dim)];
    paint::pieces(buffer, room.x + 2, room.y, room.width.saturating_sub(2), &pieces);
}

/// Texts, numbers and words of JSON look each in their way; what opens or closes something is only a frame.
fn value_role(value: &str) -> Role {
    match value.chars().next() {
        Some('"') => Role::Text,
        Some('-' | '0'..='9' | 't' | 'f') => Role::Accent,
        _ => Role::Dim,
    }
}

/// The help: keys in one column, what they do in the other; what would do nothing now is dim.
fn help(buffer: &mut Buffer, body: Rect, model: &Model, scroll: usize, styles: &Styles) {
    let lines = help::lines(model);
    let looked_for = help::filter(model);
    let here = model.place().title();
    let title = if looked_for.is_empty() { format!("Keys in {here}") } else { format!("Keys: {looked_for}") };
    let (columns, column) = help::columns(model);
    // The box keeps its size while the search narrows its lines.
    let inside = paint::dialog(buffer, body, columns, body.height.saturating_sub(2), &title, styles);
    for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(scroll)) {
        match line {
            HelpLine::Blank => {}
            HelpLine::Heading(text) => {
                paint::text(buffer, inside.x, y, inside.width, text, styles.of(Role::Title));
            }
            HelpLine::Key { keys, text, applies } => {
                let (key, said) = if *applies { (Role::Key, Role::Text) } else { (Role::Dim, Role::Dim) };
                paint::text(buffer, inside.x, y, column.saturating_sub(1), keys, styles.of(key));
                paint::text(buffer, inside.x + column, y, inside.width.saturating_sub(column), text, styles.of(said));
            }
        }
    }
    more_below(buffer, inside, lines.len().saturating_sub(scroll + usize::from(inside.height)), styles);
}

fn confirm(buffer: &mut Buffer, body: Rect, confirm: &crate::app::Confirm, styles: &Styles) -> Option<(u16, u16)> {
    let widest =
        confirm.facts.iter().map(|(_, value)| width(value) + 13).max().unwrap_or(0).max(width(&confirm.title) + 4);
    let columns = (widest.max(44) as u16).min(body.width.saturating_sub(6));
    let rows = confirm.facts.len() as u16 + 2;
    let inside = paint::dialog(buffer, body, columns, rows, &confirm.title, styles);
    for (y, (name, value)) in (inside.y..inside.bottom()).zip(&confirm.facts) {
        paint::text(buffer, inside.x, y, 12, name, styles.of(Role::Dim));
        let role = if value.contains("CLEARED") || value.contains("(production)") { Role::Danger } else { Role::Text };
        let x = inside.x + if name.len() > 12 { name.len() as u16 + 1 } else { 13 };
        paint::text(buffer, x, y, inside.right().saturating_sub(x), value, styles.of(role));
    }
    let y = inside.bottom().saturating_sub(1);
    match &confirm.want {
        None => {
            paint::hints(buffer, inside.x, y, inside.width, &[("y", confirm.yes.as_str()), ("n", "no")], styles);
            None
        }
        Some(want) => {
            let ask = format!("type {want} and Enter to {}: ", confirm.yes);
            let used = paint::text(buffer, inside.x, y, inside.width, &ask, styles.of(Role::Key));
            let typed = paint::text(
                buffer,
                inside.x + used,
                y,
                inside.width.saturating_sub(used),
                &confirm.typed,
                styles.of(Role::Text),
            );
            Some((inside.x + used + typed, y))
        }
    }
}
