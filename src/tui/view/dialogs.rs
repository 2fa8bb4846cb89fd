//! What lies over the panes: help, plan, confirm, detail, messages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::{mending, themes};
use crate::app::detail::{self, Line, Tone};
use crate::app::diff;
use crate::app::help::{self, HelpLine};
use crate::app::{Dialog, Model, Notice, Preview, canary_text, reads_text, send_ms};
use crate::config::theme::Role;
use crate::support::clock::human_duration;
use crate::support::text::{count, harmless, width};
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
    let wide = body.width.saturating_sub(8).min(100);
    match dialog {
        Dialog::Confirm(confirm) => return self::confirm(buffer, body, confirm, styles),
        Dialog::Help { scroll, .. } => help(buffer, body, model, *scroll, styles),
        Dialog::Plan { plan, scroll } => {
            boxed(
                buffer,
                body,
                wide,
                "Plan: what a send would do. Nothing is sent.",
                &plan_lines(model, plan),
                *scroll,
                styles,
            );
        }
        Dialog::Bulk(bulk) => return super::bulk::paint(buffer, body, model, bulk, styles),
        Dialog::Import(import) => return super::import::paint(buffer, body, import, styles),
        Dialog::Pick(pick) => return Some(super::pick::paint(buffer, body, model, pick, styles)),
        Dialog::Mending(choice) => mending::paint(buffer, body, choice, styles),
        Dialog::Themes(list) => return Some(themes::paint(buffer, body, list, styles)),
        Dialog::Detail { scroll } => {
            boxed(buffer, body, wide, "Detail", &detail::lines(model), *scroll, styles);
        }
        Dialog::Diff { scroll } => {
            boxed(buffer, body, wide, "Diff: what it was → what it is to be", &diff::lines(model), *scroll, styles);
        }
        Dialog::Text { notice, scroll } => {
            message(buffer, body, wide.min(76), notice, *scroll, styles);
        }
    }
    None
}

/// A text under its first line; a failure's is painted so that nobody takes it for news among others.
fn message(buffer: &mut Buffer, body: Rect, columns: u16, notice: &Notice, scroll: usize, styles: &Styles) {
    let columns = columns.min(body.width.saturating_sub(4));
    let (title, text) = notice.text.split_once('\n').unwrap_or((&notice.text, ""));
    let text = text.strip_prefix('\n').unwrap_or(text);
    let lines: Vec<Line> = text
        .lines()
        .flat_map(|line| wrapped(&harmless(line), usize::from(columns)))
        .map(|line| (Tone::Plain, line))
        .collect();
    let inside = boxed(buffer, body, columns, title, &lines, scroll, styles);
    if notice.failed {
        paint::text(buffer, inside.x, inside.y.saturating_sub(1), inside.width, title, styles.of(Role::Danger));
    }
}

/// A line broken between words, or within one that is wider than the room.
pub(super) fn wrapped(line: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = String::new();
    for piece in line.split(' ').flat_map(|word| pieces(word, columns)) {
        if !last.is_empty() && width(&last) + 1 + width(&piece) > columns {
            lines.push(std::mem::take(&mut last));
        }
        last += if last.is_empty() { "" } else { " " };
        last += &piece;
    }
    lines.push(last);
    lines
}

/// A word cut into pieces that have room; nearly always one.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for grapheme in word.graphemes(true) {
        match pieces.last_mut() {
            Some(last) if width(last) + width(grapheme) <= columns.max(2) => last.push_str(grapheme),
            _ => pieces.push(grapheme.to_owned()),
        }
    }
    pieces
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
    let columns = body.width.saturating_sub(6).min(92);
    // The box keeps its size while the search narrows its lines.
    let inside = paint::dialog(buffer, body, columns, body.height.saturating_sub(2), &title, styles);
    let longest = lines.iter().map(|line| if let HelpLine::Key { keys, .. } = line { width(keys) } else { 0 }).max();
    let column = (longest.unwrap_or(0) as u16 + 2).min(inside.width / 4);
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

fn plan_lines(model: &Model, plan: &Preview) -> Vec<Line> {
    let s = &model.session;
    let marked = if plan.marked { " (the marked ones)" } else { "" };
    let mut lines = vec![
        (Tone::Plain, format!("account    {} in {}", s.account, s.region)),
        (Tone::Plain, format!("edits      {}{marked}", count(plan.edits.len() as u64))),
        (Tone::Plain, format!("batches    {}, one request each", count(u64::from(plan.batches)))),
        (
            Tone::Plain,
            format!(
                "time       about {} at {} requests a minute",
                human_duration(send_ms(s, plan.edits.len() as u64, plan.batches)),
                count(u64::from(s.rate))
            ),
        ),
    ];
    if let Some(reads) = reads_text(s, plan.edits.len() as u64) {
        lines.push((Tone::Plain, format!("reads      {reads}")));
    }
    if let Some(canary) = canary_text(model, plan.edits.len() as u64) {
        lines.push((Tone::Plain, format!("canary     {canary}")));
    }
    for (field, set, cleared) in &plan.fields {
        let mut parts = Vec::new();
        if *set > 0 {
            parts.push(format!("set on {}", count(*set)));
        }
        if *cleared > 0 {
            parts.push(format!("CLEARED on {}", count(*cleared)));
        }
        lines.push((
            if *cleared > 0 { Tone::Warn } else { Tone::Plain },
            format!("field      {field} {}", parts.join(", ")),
        ));
    }
    for (why, n) in &plan.left_out {
        lines.push((Tone::Bad, format!("left out   {} {why}", count(*n))));
    }
    if plan.first.iter().any(|(_, base)| base.is_some()) {
        lines.push((Tone::Plain, String::new()));
        lines.push((Tone::Heading, String::from("first contacts: what they are → what they are to be")));
        lines.extend(plan.first.iter().flat_map(|(edit, base)| diff::edit_lines(edit, base.as_ref())));
    }
    lines.push((Tone::Plain, String::new()));
    lines.push((Tone::Heading, String::from("first request")));
    lines.extend(plan.first_request.lines().map(|line| (Tone::Json, line.to_owned())));
    lines
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
