//! Painting the model: pure, it reads the model and writes cells.

mod bulk;
mod causes;
mod columns;
mod conflicts;
mod contacts;
mod dialogs;
mod footer;
mod header;
mod import;
mod lists;
mod mending;
mod palette;
mod pick;
mod queue;
mod results;
mod run;
mod themes;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::glyphs::reduce;
use super::paint::{self, Focus};
use super::styles::Styles;
use crate::app::layout::{Area, Layout};
use crate::app::{Dialog, Model, PromptKind};
use crate::config::actions::Place;
use crate::config::theme::Role;

/// A finished frame: its cells, and where the cursor stands.
#[derive(Debug)]
pub struct Frame {
    /// The cells.
    pub buffer: Buffer,
    /// The cursor, hidden when `None`.
    pub cursor: Option<(u16, u16)>,
}

/// Paints everything.
pub fn frame(model: &Model, styles: &Styles) -> Frame {
    let mut frame = painted(model, styles);
    reduce(&mut frame.buffer, styles.glyphs);
    frame
}

fn painted(model: &Model, styles: &Styles) -> Frame {
    let (width, height) = model.size;
    let mut frame = Frame { buffer: Buffer::empty(Rect::new(0, 0, width, height)), cursor: None };
    if Layout::too_small(model.size) {
        too_small(&mut frame.buffer, model, styles);
        return frame;
    }
    let layout = model.layout();
    header::paint(&mut frame.buffer, rect(layout.header), model, styles);
    if let Some(area) = layout.queue {
        frame.cursor = frame.cursor.or(queue::paint(&mut frame.buffer, rect(area), model, styles));
    }
    if let Some(area) = layout.results {
        frame.cursor = results::paint(&mut frame.buffer, rect(area), model, styles).or(frame.cursor);
    }
    if let Some(area) = layout.contacts {
        frame.cursor = contacts::paint(&mut frame.buffer, rect(area), model, styles);
    }
    if let Some(area) = layout.detail {
        detail(&mut frame.buffer, rect(area), model, styles);
    }
    if let Some(area) = layout.whole {
        frame.cursor = match model.place() {
            Place::Log => lists::log(&mut frame.buffer, rect(area), model, styles),
            _ => lists::history(&mut frame.buffer, rect(area), model, styles),
        };
    }
    frame.cursor = footer::paint(&mut frame.buffer, rect(layout.footer), model, styles).or(frame.cursor);
    if let Some(dialog) = model.dialogs.last() {
        let body = Rect { y: 1, height: height.saturating_sub(3), x: 0, width };
        let cursor = dialogs::paint(&mut frame.buffer, body, model, dialog, styles);
        // What is looked for in the help is typed in the footer, and what a bulk change needs in its dialog.
        frame.cursor = if matches!(dialog, Dialog::Help { .. }) { frame.cursor.or(cursor) } else { cursor };
        if model.prompt.as_ref().is_some_and(|prompt| prompt.kind == PromptKind::Command) {
            // The commands lie over the dialog that they are about.
            frame.cursor = footer::paint(&mut frame.buffer, rect(layout.footer), model, styles).or(cursor);
        }
    }
    frame
}

fn detail(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) {
    if let Some(shown) = crate::app::causes::shown(model) {
        return causes::card(buffer, area, model, shown, styles);
    }
    let inside = paint::pane(buffer, area, "Detail", &model.keyed("<detail> opens it whole"), Focus::Elsewhere, styles);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    match &model.calm.detail {
        Some(held) => dialogs::paint_lines(buffer, inside, held, 0, styles),
        None => dialogs::paint_lines(buffer, inside, &crate::app::detail::lines(model), 0, styles),
    }
}

fn too_small(buffer: &mut Buffer, model: &Model, styles: &Styles) {
    let (width, height) = model.size;
    let needed = crate::app::layout::SMALLEST;
    let lines = [
        format!("rolodeck needs {}x{}", needed.0, needed.1),
        format!("this screen has {width}x{height}"),
        model.keyed(if model.is_running() { "the run goes on" } else { "<quit> quits" }),
    ];
    for (y, line) in (height / 3..).zip(&lines) {
        paint::text(buffer, 0, y, width, line, styles.of(Role::Text));
    }
}

fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// Whether a place has the focus.
fn focus(model: &Model, place: Place) -> Focus {
    if model.place() == place { Focus::Here } else { Focus::Elsewhere }
}

/// The name of a pane, and whether it hides others.
fn titled(model: &Model, name: &str) -> String {
    format!("{name}{}", if model.hides_panes() { ", zoomed" } else { "" })
}

/// The signs before a row: the cursor; its mark, else that the search found it.
fn gutter(buffer: &mut Buffer, at: (u16, u16), here: bool, marked: bool, found: bool, styles: &Styles) {
    paint::text(buffer, at.0, at.1, 1, if here { "▸" } else { " " }, styles.of(Role::Cursor));
    let (sign, role) = match (marked, found) {
        (true, _) => ("•", Role::Mark),
        (false, true) => ("/", Role::Found),
        (false, false) => (" ", Role::Mark),
    };
    paint::text(buffer, at.0 + 1, at.1, 1, sign, styles.of(role));
}

/// The position of a list for its border: `3/240`, marks, filter.
fn position(at: usize, of: usize, marks: usize, narrowed: Option<String>) -> String {
    use crate::support::text::count;
    let mut note = String::new();
    if marks > 0 {
        note = format!("{} marked · ", count(marks as u64));
    }
    if let Some(narrowed) = narrowed {
        note.push_str(&narrowed);
        note.push_str(" · ");
    }
    let at = if of == 0 { 0 } else { at + 1 };
    note + &format!("{}/{}", count(at as u64), count(of as u64))
}

/// What narrows a list, in words.
fn narrowed(filter: Option<&String>, problems: bool) -> Option<String> {
    match (filter, problems) {
        (None, false) => None,
        (None, true) => Some(String::from("problems only")),
        (Some(filter), false) => Some(format!("filter {filter}")),
        (Some(filter), true) => Some(format!("problems only, filter {filter}")),
    }
}

/// Which way a column is sorted.
const fn arrow(descending: bool) -> &'static str {
    if descending { "↓" } else { "↑" }
}

/// The heading of a column, with the way that it is sorted; a narrow one has no blank between.
fn heading(name: &str, sorted: Option<bool>, width: u16) -> String {
    let gap = if name.len() + 2 > usize::from(width) { "" } else { " " };
    sorted.map_or_else(|| name.to_owned(), |descending| format!("{name}{gap}{}", arrow(descending)))
}

/// What of these is there, set apart by points.
fn joined<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests;
