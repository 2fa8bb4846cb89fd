//! History and log: lists over the whole body.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::queue::message;
use super::{focus, gutter, narrowed, position};
use crate::app::Model;
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::domain::{RunState, Status};
use crate::store::RunSummary;
use crate::support::clock::human_duration;
use crate::support::text::{count, width as text_width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints every run.
pub(super) fn history(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let grid = &model.history;
    let note = position(grid.cursor, grid.len(), 0, narrowed(grid.filter.as_ref(), grid.problems));
    let inside = paint::pane(buffer, area, "History", &note, focus(model, Place::History), styles);
    if model.runs.is_empty() {
        message(buffer, inside, &[("", "No run yet."), ("<send>", "sends the queue, after a confirm")], model, styles);
        return None;
    }
    if grid.is_empty() {
        message(buffer, inside, &[("", "No run matches."), ("<back>", "shows everything again")], model, styles);
        return None;
    }
    let widths = widths(&model.runs, inside.width);
    columns(buffer, inside, inside.y, widths, &HEADS.map(String::from), [Role::Dim; 10], styles);
    for (y, at) in (inside.y + 1..inside.bottom()).zip(grid.top..) {
        let Some(run) = grid.key(at).and_then(|at| model.runs.get(at)) else { break };
        gutter(buffer, (inside.x, y), at == grid.cursor, false, false, styles);
        let (cells, roles) = cells(run);
        columns(buffer, inside, y, widths, &cells, roles, styles);
    }
    Some((inside.x, inside.y + 1 + (grid.cursor - grid.top) as u16))
}

/// Columns of a run.
const HEADS: [&str; 10] =
    ["run", "state", "started", "planned", "updated", "rejected", "unknown", "not sent", "took", "account"];

/// The first that have no room where there is little: the books go before all else.
const SPARED: [usize; 3] = [9, 8, 2];

/// The cells before the first column.
const GUTTER: u16 = 3;

/// How wide each column is, 0 where it is not shown: as wide as the widest of its cells.
fn widths(runs: &[RunSummary], room: u16) -> [u16; 10] {
    let mut widths = HEADS.map(|head| head.len() as u16);
    for run in runs {
        for (width, cell) in widths.iter_mut().zip(cells(run).0) {
            *width = (*width).max(text_width(&cell) as u16);
        }
    }
    let needed = |widths: &[u16; 10]| GUTTER + widths.iter().filter(|width| **width > 0).map(|w| w + 1).sum::<u16>();
    for spared in SPARED {
        if needed(&widths) > room + 1
            && let Some(width) = widths.get_mut(spared)
        {
            *width = 0;
        }
    }
    widths
}

fn columns(
    buffer: &mut Buffer,
    inside: Rect,
    y: u16,
    widths: [u16; 10],
    cells: &[String; 10],
    roles: [Role; 10],
    styles: &Styles,
) {
    let mut x = inside.x + GUTTER;
    for ((text, role), (i, width)) in cells.iter().zip(roles).zip(widths.into_iter().enumerate()) {
        if width == 0 {
            continue;
        }
        let room = inside.right().saturating_sub(x).min(width);
        if room < width {
            // Half a number is another one.
            break;
        }
        if matches!(i, 0 | 3..=8) {
            paint::text_right(buffer, x, y, room, text, styles.of(role));
        } else {
            paint::text(buffer, x, y, room, text, styles.of(role));
        }
        x += width + 1;
    }
}

fn cells(run: &RunSummary) -> ([String; 10], [Role; 10]) {
    let t = run.totals;
    let tinted = |n: u64, role: Role| if n == 0 { Role::Dim } else { role };
    let state = match run.state {
        RunState::Finished => Role::Ok,
        RunState::Running => Role::Accent,
        _ => Role::Warn,
    };
    let took = if run.state == RunState::Running { String::from("…") } else { human_duration(run.elapsed_ms) };
    let cells = [
        run.run.to_string(),
        run.state.to_string(),
        run.started.local_minute(),
        count(t.planned),
        count(t.updated),
        count(t.rejected),
        count(t.unknown),
        count(t.not_sent),
        took,
        format!("{} ({}, by {})", run.account, run.profile, run.user),
    ];
    let roles = [
        Role::Text,
        state,
        Role::Dim,
        Role::Text,
        tinted(t.updated, Role::Ok),
        tinted(t.rejected, Role::Bad),
        tinted(t.unknown, Role::Warn),
        tinted(t.not_sent, Role::Wait),
        Role::Dim,
        Role::Dim,
    ];
    (cells, roles)
}

/// Paints what happened, oldest first.
pub(super) fn log(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let grid = &model.log_grid;
    let note = position(grid.cursor, grid.len(), 0, narrowed(grid.filter.as_ref(), grid.problems));
    let inside = paint::pane(buffer, area, "Log of this session", &note, focus(model, Place::Log), styles);
    if model.log.is_empty() {
        message(buffer, inside, &[("", "Nothing happened yet in this session.")], model, styles);
        return None;
    }
    if grid.is_empty() {
        message(buffer, inside, &[("", "No line matches."), ("<back>", "shows everything again")], model, styles);
        return None;
    }
    paint::text(buffer, inside.x + 3, inside.y, inside.width.saturating_sub(3), "time      what", styles.of(Role::Dim));
    for (y, at) in (inside.y + 1..inside.bottom()).zip(grid.top..) {
        let Some(line) = grid.key(at).and_then(|at| model.log.get(at)) else { break };
        gutter(buffer, (inside.x, y), at == grid.cursor, false, false, styles);
        let role = match line.tone {
            None => Role::Text,
            Some(Status::Updated) => Role::Ok,
            Some(Status::Rejected) => Role::Bad,
            Some(Status::Unknown) => Role::Warn,
            Some(Status::NotSent) => Role::Wait,
        };
        paint::text(buffer, inside.x + 3, y, 8, &line.at.local_time(), styles.of(Role::Dim));
        paint::text(buffer, inside.x + 13, y, inside.width.saturating_sub(14), &line.text, styles.of(role));
    }
    Some((inside.x, inside.y + 1 + (grid.cursor - grid.top) as u16))
}
