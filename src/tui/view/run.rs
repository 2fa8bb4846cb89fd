//! Three lines on a run: its bar, its books, and what it is doing or waiting for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::results::role;
use crate::app::speed::sparkline;
use crate::app::{Leaving, LiveRun, Model, PausedBy, batches};
use crate::config::theme::Role;
use crate::domain::{RunId, RunState, Status, Totals};
use crate::engine::WaitReason;
use crate::store::RunSummary;
use crate::support::clock::human_duration;
use crate::support::text::{count, counted, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints the three lines at the top of the results.
pub(super) fn paint(buffer: &mut Buffer, inside: Rect, model: &Model, run: RunId, styles: &Styles) {
    let live = model.seen_run().filter(|live| live.run == run);
    let known = model.run(run);
    // Reads have figures of their own; the books are those of the run.
    let own = live.filter(|live| live.reads.is_none()).map(|live| live.totals);
    let totals = own.or(known.map(|run| run.totals)).unwrap_or_default();
    let state = match live {
        Some(live) => state_of(live),
        None => known.map_or(String::new(), |r| r.state.to_string()),
    };
    let graphs = live.filter(|live| live.report.is_none()).map(|live| graphs(live, inside.width)).unwrap_or_default();
    bar(buffer, inside, live.map_or(totals, |live| live.totals), &(graphs + &state), styles);
    books(buffer, inside, totals, styles);
    let room = inside.width.saturating_sub(2);
    let (text, role) = match (live, known) {
        (Some(live), _) => doing(live, usize::from(room)),
        (None, Some(run)) => (fitted(past(run), usize::from(room)), Role::Dim),
        (None, None) => (String::new(), Role::Dim),
    };
    paint::text(buffer, inside.x + 1, inside.y + 2, room, &text, styles.of(role));
}

fn state_of(live: &LiveRun) -> String {
    match &live.report {
        Some(report) => report.state.to_string(),
        None if live.cancelling => String::from("ending"),
        None if live.paused.is_some() => String::from("paused"),
        None if live.reads.is_some() => String::from("reading back"),
        None => RunState::Running.to_string(),
    }
}

/// How much is settled, and as what: what is rare has its column, too, so that one failure in a million is seen.
fn bar(buffer: &mut Buffer, inside: Rect, totals: Totals, state: &str, styles: &Styles) {
    let percent = (totals.settled() * 100).checked_div(totals.planned).unwrap_or(100);
    let text = format!("{percent:>3} %  {state}");
    let wide = width(&text) as u16;
    let room = inside.width.saturating_sub(wide + 4);
    let mut pieces = Vec::new();
    for (status, columns) in shares(totals, usize::from(room)) {
        pieces.push(("━".repeat(columns), role(status)));
    }
    let filled: usize = pieces.iter().map(|(piece, _)| width(piece)).sum();
    pieces.push(("╌".repeat(usize::from(room) - filled), Role::Border));
    let pieces: Vec<_> = pieces.iter().map(|(piece, role)| (piece.as_str(), styles.of(*role))).collect();
    paint::pieces(buffer, inside.x + 1, inside.y, room, &pieces);
    paint::text(buffer, inside.x + 2 + room, inside.y, wide, &text, styles.of(Role::Text));
}

/// The columns of a bar that each status has. All of them are filled only when all is settled.
fn shares(totals: Totals, room: usize) -> [(Status, usize); 4] {
    let columns = |n: u64| (room as u128 * u128::from(n)).checked_div(u128::from(totals.planned)).unwrap_or(0) as usize;
    let mut left = columns(totals.settled());
    // The others first: what is left is that of the many.
    let mut shares =
        Status::ALL.map(|status| (status, columns(totals.of(status)).max(usize::from(totals.of(status) > 0))));
    for (status, share) in shares.iter_mut().rev() {
        *share = if *status == Status::Updated { left } else { (*share).min(left) };
        left -= *share;
    }
    shares
}

/// Seconds that a graph shows.
const SECONDS: usize = 12;

/// Edits a second and the time of a request over the last seconds, where there is room for them beside the bar.
fn graphs(live: &LiveRun, columns: u16) -> String {
    let Some(latency) = live.speed.last_latency().filter(|_| columns >= 100) else { return String::new() };
    let settled = sparkline(&live.speed.throughput(SECONDS));
    let took = sparkline(&live.speed.latency(SECONDS));
    format!("{settled} edits/s  {took} {:>7}  ", human_duration(latency))
}

fn books(buffer: &mut Buffer, inside: Rect, totals: Totals, styles: &Styles) {
    let mut texts = vec![(format!("{} planned =", count(totals.planned)), Role::Dim)];
    for status in Status::ALL {
        let n = totals.of(status);
        let role = if n == 0 { Role::Dim } else { role(status) };
        let plus = if status == Status::Updated { "" } else { "+ " };
        texts.push((format!(" {plus}{} {}", count(n), status.name().replace('_', " ")), role));
    }
    if totals.open() > 0 {
        texts.push((format!(" + {} open", count(totals.open())), Role::Text));
    }
    let pieces: Vec<_> = texts.iter().map(|(text, role)| (text.as_str(), styles.of(*role))).collect();
    paint::pieces(buffer, inside.x + 1, inside.y + 1, inside.width.saturating_sub(2), &pieces);
}

/// A run of the history, the most telling first.
fn past(run: &RunSummary) -> Vec<String> {
    let retries = if run.retries == 1 { String::from("1 retry") } else { format!("{} retries", count(run.retries)) };
    let mut parts = vec![
        format!("{} by {}", run.started.local_minute(), run.user),
        human_duration(run.elapsed_ms),
        format!("{}, {retries}", counted(run.requests, "request")),
    ];
    parts.extend(run.resumes.map(|resumed| format!("goes on with run {resumed}")));
    parts
}

/// What a run is doing: why nothing is sent, else how fast it goes.
fn doing(live: &LiveRun, room: usize) -> (String, Role) {
    if let Some(report) = &live.report {
        let cause = report.cause.clone().into_iter();
        let took = [human_duration(report.elapsed_ms), counted(live.requests, "request")];
        return (fitted(cause.chain(took).collect(), room), Role::Dim);
    }
    match held(live) {
        Some((text, role)) => (text, role),
        None => (fitted(pace(live), room), Role::Dim),
    }
}

/// Why nothing is sent at present.
fn held(live: &LiveRun) -> Option<(String, Role)> {
    // A disk that can't be written goes before all: a pause has time.
    if let Some((WaitReason::Journal, _)) = live.waiting {
        return Some((String::from("! the disk can't be written; what came back is kept and tried again"), Role::Bad));
    }
    match (&live.paused, live.waiting) {
        (Some(PausedBy::Run(why)), _) => Some((why.clone(), Role::Warn)),
        (Some(PausedBy::Hand), _) => {
            Some((String::from("nothing new is sent; requests under way end and are recorded"), Role::Wait))
        }
        (None, Some((why, until))) => Some((format!("waiting until {}: {why}", until.local_time()), Role::Wait)),
        (None, None) => None,
    }
}

/// How fast it goes and how long it still takes, the most telling first.
fn pace(live: &LiveRun) -> Vec<String> {
    let mut parts = Vec::new();
    if live.totals.settled() < live.canary {
        parts.push(format!("canary: {} first", counted(live.canary, "contact")));
    }
    parts.extend(live.per_second().map(|n| format!("{n:.0}/s")));
    parts.extend(live.eta_ms().map(|eta| format!("about {} left", human_duration(eta))));
    parts.push(limits(live));
    let all = if live.reads.is_some() { counted(live.batches.into(), "read") } else { batches(live.batches.into()) };
    let oldest = live.oldest_ms().filter(|ms| *ms >= 1000).map(human_duration);
    let oldest = oldest.map_or_else(String::new, |age| format!(", the oldest for {age}"));
    parts.push(format!("{} of {all} under way{oldest}", live.under_way.len()));
    parts.push(counted(live.requests, "request"));
    if live.failed_attempts > 0 {
        parts.push(format!("{} failed", count(live.failed_attempts)));
    }
    parts
}

/// The pace as set, and whether it is what holds the run.
fn limits(live: &LiveRun) -> String {
    let set = count(u64::from(live.rate));
    let rate = match live.held_to {
        None => format!("at most {set} a minute"),
        Some(held) if held < live.rate => format!("slowed to {} of {set} a minute", count(u64::from(held))),
        Some(_) => format!("paced at {set} a minute"),
    };
    format!("{rate}, {} at once", live.in_flight)
}

/// The first parts that have room, set apart by points.
fn fitted(parts: Vec<String>, room: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { " · " };
        if !line.is_empty() && width(&line) + width(gap) + width(&part) > room {
            break;
        }
        line = line + gap + &part;
    }
    line
}

/// The run in one line, for the screens that do not show it, or for what a key can do about it.
pub(super) fn in_a_line(model: &Model, is_shown: bool) -> Option<(String, Role)> {
    let live = model.seen_run().filter(|live| live.report.is_none())?;
    let line = match (model.leaving, &live.paused) {
        (Leaving::Draining, _) => {
            (model.keyed("quitting: requests under way are awaited for some seconds; <quit> gives them up"), Role::Warn)
        }
        (Leaving::GivingUp, _) => {
            (model.keyed("quitting: requests under way are given up; <quit> quits at once"), Role::Warn)
        }
        (Leaving::Staying, Some(_)) if is_shown => {
            (model.keyed("<pause> goes on, <cancel-rest> cancels the rest; <problems> shows the failures"), Role::Text)
        }
        (Leaving::Staying, _) if is_shown => return None,
        (Leaving::Staying, _) => {
            let percent = (live.totals.settled() * 100).checked_div(live.totals.planned).unwrap_or(100);
            let reading = if live.reads.is_some() { ", read back" } else { "" };
            match held(live) {
                Some((why, role)) => (format!("run {}, {}: {why}", live.run, state_of(live)), role),
                None => (format!("run {}{reading}: {percent} % · {}", live.run, fitted(pace(live), 50)), Role::Dim),
            }
        }
    };
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(planned: u64, [updated, rejected, unknown, not_sent]: [u64; 4]) -> [usize; 4] {
        let totals = Totals { planned, updated, rejected, unknown, not_sent };
        shares(totals, 50).map(|(_, columns)| columns)
    }

    #[test]
    fn a_bar_shows_each_status_and_is_full_only_when_all_is_settled() {
        assert_eq!(columns(100, [50, 25, 0, 25]), [26, 12, 0, 12]);
        assert_eq!(columns(1_000_000, [999_998, 1, 1, 0]), [48, 1, 1, 0], "what is rare is seen");
        assert_eq!(columns(1_000_000, [999_998, 1, 0, 0]), [48, 1, 0, 0], "one is open");
        assert_eq!(columns(100, [0, 0, 0, 0]), [0, 0, 0, 0]);
        assert_eq!(columns(1000, [0, 1, 0, 0]), [0, 0, 0, 0], "less than a column");
        assert_eq!(columns(0, [0, 0, 0, 0]), [0, 0, 0, 0]);
    }
}
