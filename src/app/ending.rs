//! What is said at the end of a run, and what to do about it.

use super::effect::{Effect, Notice};
use super::live::words;
use super::model::{Ctx, Model};
use crate::domain::{RunState, Status};
use crate::engine::RunReport;
use crate::support::clock::human_duration;
use crate::support::text::{count, counted};

/// The end of a run, for its line in the log: `finished: 380 updated, 20 rejected in 12.0 s`.
pub(super) fn in_a_line(report: &RunReport) -> Notice {
    let t = report.totals;
    let parts = Status::ALL.into_iter().filter(|s| t.of(*s) > 0);
    let parts: Vec<String> = parts.map(|s| format!("{} {}", count(t.of(s)), words(s))).collect();
    let mut text = format!("{}: {} in {}", report.state, parts.join(", "), human_duration(report.elapsed_ms));
    if let Some(cause) = &report.cause {
        text += &format!("; {cause}");
    }
    if report.odd_echoes > 0 {
        text += &format!("; {}", odd(report.odd_echoes));
    }
    Notice { failed: t.updated < t.planned || report.cause.is_some() || report.odd_echoes > 0, text }
}

/// Tells of the end: what needs an eye opens a dialog, anything else is a sentence.
pub(super) fn tell(model: &mut Model, report: &RunReport, ctx: &Ctx) -> Vec<Effect> {
    let cause = report.cause.as_deref().unwrap_or("no reason given");
    let (run, t) = (report.run, report.totals);
    let notice = match report.state {
        _ if report.alarm.is_some() => {
            model.tell(Notice::failed(format!("run {run} was ended because of a bug in rolodeck")));
            return vec![Effect::ReportBug(bug(report, ctx))];
        }
        RunState::Broken => Notice::failed(format!(
            "Run {run} was ended: it can't be recorded\n\n{cause}\n\nNothing is lost: every edit is in the queue or \
             in the run, and nothing was sent that is not noted.\n\nMake room on the disk, or see who may write the \
             data directory. Then quit and start rolodeck again: it settles what is open, and offers to go on."
        )),
        RunState::Stopped => Notice::failed(format!(
            "Run {run} was stopped\n\n{cause}\n\n{} not sent and still queued. When the cause is gone, `:resume` goes \
             on with them.",
            counted(t.not_sent, "edit")
        )),
        RunState::Cancelled if t.not_sent > 0 => {
            let unknown = if t.unknown > 0 { format!(", {} unknown", count(t.unknown)) } else { String::new() };
            Notice::done(format!(
                "run {run} is cancelled: {} not sent{unknown}; `:resume` goes on with it",
                count(t.not_sent)
            ))
        }
        _ => summary(report),
    };
    model.tell(notice);
    Vec::new()
}

fn summary(report: &RunReport) -> Notice {
    let failed = report.totals.rejected + report.totals.unknown;
    let odd_echoes = report.odd_echoes;
    match (failed, odd_echoes) {
        (0, 0) => in_a_line(report),
        (0, n) => Notice::failed(format!("{}: `!` shows them, `i` says what came back", odd(n))),
        (n, 0) => Notice::failed(format!("{} failed: `!` shows them, `i` says why, `R` requeues them", count(n))),
        (n, odd) => Notice::failed(format!(
            "{} failed, {} did not come back as sent: `!` shows them, `i` says why",
            count(n),
            count(odd)
        )),
    }
}

fn odd(n: u64) -> String {
    format!("{} did not come back as sent", counted(n, "updated contact"))
}

/// The report of a bug: what a maintainer needs, and nothing of the contacts.
fn bug(report: &RunReport, ctx: &Ctx) -> String {
    let alarm = report.alarm.as_deref().unwrap_or_default();
    let totals = report.totals;
    format!(
        "run {} was ended because of a bug, at {}.\n\n{alarm}\n\nstate: {}\ntotals: {totals:?}\nrequests: {}, retries: {}, \
         elapsed: {} ms\ncause: {}\n",
        report.run,
        ctx.now,
        report.state,
        report.requests,
        report.retries,
        report.elapsed_ms,
        report.cause.as_deref().unwrap_or("-"),
    )
}

/// The alarm: the report is on disk, or the reason why it is not. Its first line is the heading.
pub(super) fn alarm(model: &mut Model, report: &str, written: Result<String, String>) {
    let what = report.split("\n\n").nth(1).unwrap_or_default();
    let place = match written {
        Ok(path) => format!("The report for the maintainers, without any contact in it:\n{path}"),
        Err(why) => format!("The report could not be written ({why}). Please copy this text."),
    };
    model.tell(Notice::failed(format!(
        "ALARM: a bug in rolodeck\n\n{what}\n\nNo figure of this run is to be trusted. Nothing more of it is sent, and \
         its edits are kept.\n\nQuit, and compare some contacts with the server before you send again.\n\n{place}"
    )));
}
