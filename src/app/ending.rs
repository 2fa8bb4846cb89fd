//! What is said at the end of a run, and what to do about it.

use super::answer::Notice;
use super::effect::Effect;
use super::live::words;
use super::model::Model;
use crate::config::actions::Place;
use crate::domain::{RunState, Status, stop_remedy};
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
    let failed = t.updated < t.planned || report.cause.is_some() || report.odd_echoes > 0;
    if failed { Notice::failed(text) } else { Notice::done(text) }
}

/// Tells of the end: what needs an eye opens a dialog, anything else is a sentence.
pub(super) fn tell(model: &mut Model, report: &RunReport) -> Vec<Effect> {
    let cause = report.cause.as_deref().unwrap_or("no reason given");
    let (run, t) = (report.run, report.totals);
    let sending = format!("sending run {run}");
    if let Some(alarm) = report.alarm.clone() {
        model.tell(Notice::failed(format!("run {run} was ended because of a bug in rolodeck")));
        return vec![Effect::ReportBug { run, totals: t, alarm }];
    }
    let notice = match report.state {
        RunState::Broken => Notice::error(
            sending,
            format!(
                "Run {run} was ended: it can't be recorded\n\n{cause}\n\nNothing is lost: every edit is in the queue or \
             in the run, and nothing was sent that is not noted.\n\nMake room on the disk, or see who may write the \
             data directory. Then quit and start rolodeck again: it settles what is open, and offers to go on."
            ),
        ),
        RunState::Stopped => Notice::error(
            sending,
            format!(
                "Run {run} was stopped\n\n{}\n\n{} not sent and still queued. When the cause is gone, `:resume` goes \
             on with them.",
                with_remedy(cause),
                counted(t.not_sent, "edit")
            ),
        ),
        RunState::Cancelled if t.not_sent > 0 => {
            let unknown = if t.unknown > 0 { format!(", {} unknown", count(t.unknown)) } else { String::new() };
            Notice::done(format!(
                "run {run} is cancelled: {} not sent{unknown}; `:resume` goes on with it",
                count(t.not_sent)
            ))
        }
        _ => summary(model, report),
    };
    model.tell(notice);
    Vec::new()
}

/// The cause of a stop, and below it what to do about it.
pub(super) fn with_remedy(cause: &str) -> String {
    stop_remedy(cause).map_or_else(|| cause.to_owned(), |remedy| format!("{cause}\n{remedy}"))
}

fn summary(model: &Model, report: &RunReport) -> Notice {
    let failures = report.totals.rejected + report.totals.unknown;
    let odd_echoes = report.odd_echoes;
    let failed = |what: String, then| Notice::failed(what + &model.session.keymap.fill(Place::Results, then));
    if failures == 0 && report.totals.not_sent > 0 && model.session.snapshot {
        let left = counted(report.totals.not_sent, "edit");
        return failed(left, " not sent: `:conflicts` decides about what others changed");
    }
    match (failures, odd_echoes) {
        (0, 0) => in_a_line(report),
        (0, n) => failed(odd(n), ": `<problems>` shows them, `<detail>` says what came back"),
        (n, 0) => {
            let then = " failed: `<causes>` says why, `<fix>` mends them, `<requeue>` sends them back to the queue";
            failed(count(n), then)
        }
        (n, odd) => failed(
            format!("{} failed, {}", count(n), count(odd)),
            " did not come back as sent: `<problems>` shows them, `<detail>` says why",
        ),
    }
}

fn odd(n: u64) -> String {
    format!("{} did not come back as sent", counted(n, "updated contact"))
}

/// The alarm, with the file of its report, or the reason why there is none.
pub(super) fn alarm(model: &mut Model, alarm: &str, written: Result<String, String>) {
    let place = match written {
        Ok(path) => format!("The report for the maintainers, without any contact in it:\n{path}"),
        Err(why) => format!("The report could not be written ({why}). Please copy this text."),
    };
    model.tell(Notice::error("balancing the books of a run", format!(
        "ALARM: a bug in rolodeck\n\n{alarm}\n\nNo figure of this run is to be trusted. Nothing more of it is sent, and \
         its edits are kept.\n\nQuit, and compare some contacts with the server before you send again.\n\n{place}"
    )));
}
