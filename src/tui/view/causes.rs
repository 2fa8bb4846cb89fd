//! The causes of a run: outcomes alike as one line each, and what the one under the cursor means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::results::{role, sign};
use super::{gutter, queue::message};
use crate::app::Model;
use crate::app::causes::{Causes, advice_rows};
use crate::config::theme::Role;
use crate::domain::Cause;
use crate::store::CauseGroup;
use crate::support::text::{count, wrapped};
use crate::tui::paint::{self, Focus};
use crate::tui::styles::Styles;

/// Columns of the names of what is said about a cause, as in the detail.
const FACT: u16 = 11;
/// Columns of the times, where the pane is wide enough for them.
const TIMES: u16 = 19;

/// Paints the groups and the advice below; gives the cursor's place.
pub(super) fn paint(
    buffer: &mut Buffer,
    list: Rect,
    model: &Model,
    causes: &Causes,
    styles: &Styles,
) -> Option<(u16, u16)> {
    if causes.groups.is_empty() {
        message(buffer, list, &[("", "No edit of this run is settled yet.")], model, styles);
        return None;
    }
    let below = advice_rows(model, usize::from(list.height.saturating_sub(1)));
    let rows = Rect { height: list.height.saturating_sub(below), ..list };
    let columns = Columns::of(rows, causes.groups.iter().any(|group| group.times.is_some()));
    columns.headings(buffer, rows.y, styles);
    let all = causes.count();
    let grid = &causes.grid;
    for (y, at) in (rows.y + 1..rows.bottom()).zip(grid.top..) {
        let Some(group) = causes.groups.get(at) else { break };
        gutter(buffer, (rows.x, y), at == grid.cursor, false, false, styles);
        columns.row(buffer, y, group, all, styles);
    }
    let below = Rect { y: rows.bottom(), height: below, ..list };
    if let Some(group) = causes.current() {
        let times = times(group).filter(|_| columns.times.1 == 0);
        advice(buffer, below, group, times, styles);
    }
    Some((rows.x, rows.y + 1 + grid.cursor.saturating_sub(grid.top) as u16))
}

/// Where each column begins, and how wide it is; 0 = not shown.
struct Columns {
    count: (u16, u16),
    left: (u16, u16),
    share: (u16, u16),
    status: (u16, u16),
    code: (u16, u16),
    error: (u16, u16),
    times: (u16, u16),
}

impl Columns {
    fn of(rows: Rect, has_times: bool) -> Self {
        let next = |(x, width): (u16, u16), wide: u16| (if width == 0 { x } else { x + width + 1 }, wide);
        let count = (rows.x + 3, 7);
        let left = next(count, 7);
        let share = next(left, if rows.width >= 70 { 6 } else { 0 });
        let (x, wide) = next(share, 10);
        let status = (x + 1, wide);
        let code = next(status, 4);
        let times = if has_times && rows.width >= 100 { TIMES } else { 0 };
        let x = code.0 + 5;
        let error = (x, rows.right().saturating_sub(x + times + times.min(2)));
        Self { count, left, share, status, code, error, times: (rows.right().saturating_sub(times), times) }
    }

    fn headings(&self, buffer: &mut Buffer, y: u16, styles: &Styles) {
        let dim = styles.of(Role::Dim);
        for ((x, width), name) in [(self.count, "edits"), (self.left, "left"), (self.share, "share")] {
            paint::text_right(buffer, x, y, width, name, dim);
        }
        let named =
            [(self.status, "status"), (self.code, "code"), (self.error, "error"), (self.times, "first     last")];
        for ((x, width), name) in named {
            paint::text(buffer, x, y, width, name, dim);
        }
    }

    fn row(&self, buffer: &mut Buffer, y: u16, group: &CauseGroup, all: u64, styles: &Styles) {
        let left = match group.left {
            0 => (String::from("·"), Role::Dim),
            n => (count(n), Role::Bad),
        };
        let numbers = [
            (self.count, (count(group.count), Role::Text)),
            (self.left, left),
            (self.share, (share(group.count, all), Role::Dim)),
        ];
        for ((x, width), (text, role)) in numbers {
            paint::text_right(buffer, x, y, width, &text, styles.of(role));
        }
        let code = group.cause.code.map_or_else(String::new, |code| code.to_string());
        let times = group.times.map(|(first, last)| format!("{}  {}", first.local_time(), last.local_time()));
        let status = group.cause.status;
        let texts = [
            (self.status, (sign(status).to_owned(), role(status))),
            (self.code, (code, Role::Dim)),
            (self.error, (error(&group.cause), Role::Text)),
            (self.times, (times.unwrap_or_default(), Role::Dim)),
        ];
        for ((x, width), (text, role)) in texts {
            paint::text(buffer, x, y, width, &text, styles.of(role));
        }
    }
}

fn error(cause: &Cause) -> String {
    let error = cause.error_code.map_or_else(String::new, |code| format!("{code} "));
    error + &cause.description
}

/// `3.4 %`, rounded; what is less than a tenth is not nothing, and only all is all.
fn share(n: u64, all: u64) -> String {
    let tenths = (n * 1000 + all / 2) / all.max(1);
    match tenths {
        0 => String::from("<0.1 %"),
        _ if n == all => String::from("100 %"),
        1000 => String::from(">99.9 %"),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// When outcomes of the group came first and last.
fn times(group: &CauseGroup) -> Option<String> {
    let (first, last) = group.times?;
    Some(format!("first {}, last {}", first.local_time(), last.local_time()))
}

/// What the cause means, and what to do, under a rule that says when it came where no column does.
fn advice(buffer: &mut Buffer, below: Rect, group: &CauseGroup, times: Option<String>, styles: &Styles) {
    if below.height == 0 {
        return;
    }
    paint::rule(buffer, below.x + 1, below.y, below.width.saturating_sub(2), styles.of(Role::Border));
    if let Some(times) = times {
        let times = format!(" {times} ");
        paint::text_right(buffer, below.x, below.y, below.width.saturating_sub(3), &times, styles.of(Role::Dim));
    }
    meaning(
        buffer,
        Rect { y: below.y + 1, height: below.height - 1, x: below.x + 3, width: below.width - 4 },
        group,
        styles,
    );
}

fn meaning(buffer: &mut Buffer, room: Rect, group: &CauseGroup, styles: &Styles) {
    let advice = group.cause.advice();
    let lines = |text, role| wrapped(text, usize::from(room.width)).into_iter().map(move |line| (line, role));
    let all = lines(advice.means, Role::Text).chain(lines(advice.todo, Role::Accent));
    for (y, (line, role)) in (room.y..room.bottom()).zip(all) {
        paint::text(buffer, room.x, y, room.width, &line, styles.of(role));
    }
}

/// Paints all about the cause under the cursor into the detail pane.
pub(super) fn card(buffer: &mut Buffer, area: Rect, model: &Model, causes: &Causes, styles: &Styles) {
    let hint = model.keyed("<open> shows its rows");
    let inside = paint::pane(buffer, area, "Cause", &hint, Focus::Elsewhere, styles);
    let Some(group) = causes.current() else { return };
    let room = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let (cause, all) = (&group.cause, causes.count());
    let error_code = cause.error_code.map_or_else(String::new, |code| format!("  error code {code}"));
    let code = cause.code.map_or_else(String::new, |code| format!("  code {code}"));
    let left = if group.left > 0 { format!(", {} left to do", count(group.left)) } else { String::new() };
    let edits = format!("{} of {}, {}{left}", count(group.count), count(all), share(group.count, all));
    let facts = [
        ("status", format!("{}{code}{error_code}", sign(cause.status)), role(cause.status)),
        ("error", cause.description.clone(), Role::Text),
        ("edits", edits, Role::Text),
        ("settled", times(group).unwrap_or_default(), Role::Text),
    ];
    let mut y = room.y;
    for (name, text, role) in facts.iter().filter(|(_, text, _)| !text.is_empty()) {
        paint::text(buffer, room.x, y, FACT, name, styles.of(Role::Dim));
        paint::text(buffer, room.x + FACT, y, room.width.saturating_sub(FACT), text, styles.of(*role));
        y += 1;
    }
    let below = Rect { y: y + 1, height: room.bottom().saturating_sub(y + 1), ..room };
    meaning(buffer, below, group, styles);
}
