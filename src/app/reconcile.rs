//! Reconcile: the unknown outcomes of the run shown, settled by reading their contacts back (SPEC 5).
//!
//! To the screen it is a run like another, whose requests read: it is paused, cancelled and awaited alike.

use super::answer::Notice;
use super::dialog::{Confirm, Dialog};
use super::effect::Effect;
use super::ending::{self, with_remedy};
use super::live::LiveRun;
use super::model::{Ctx, Model};
use super::rows;
use super::send::estimate_ms;
use crate::config::actions::Place;
use crate::domain::{RunId, RunState, Totals};
use crate::engine::RunReport;
use crate::support::clock::human_duration;
use crate::support::text::{count, counted};

/// Reads unknown outcomes back where the run shown has some, else the rows again from disk.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    match model.shown_run {
        Some(run) if model.place() == Place::Results && model.has_unknown() => vec![Effect::FindUnknown(run)],
        _ => rows::refresh(model),
    }
}

/// Takes how many contacts there are to read, and asks before the first of them is.
pub(super) fn found(model: &mut Model, run: RunId, reads: u64, elsewhere: Option<String>, ctx: &Ctx) -> Vec<Effect> {
    if model.is_running() {
        return Vec::new();
    }
    if reads == 0 {
        model.tell(Notice::done(format!("the unknown edits of run {run} are back in the queue already")));
        return rows::refresh(model);
    }
    if let Some(other) = elsewhere {
        model.tell(Notice::failed(format!("run {run} was sent as {other}: read it back there")));
        return Vec::new();
    }
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let s = &model.session;
    let time = human_duration(estimate_ms(u32::try_from(reads).unwrap_or(u32::MAX), s.read_rate));
    let facts = vec![
        fact("account", format!("{} in {}", s.account, s.region)),
        fact("profile", s.profile.clone()),
        fact("reads", format!("{}, about {time} at {} a minute", count(reads), count(s.read_rate.into()))),
        fact("as wanted", String::from("the edit is updated")),
        fact("otherwise", String::from("back in the queue, if no later edit was sent")),
        fact("", String::from("nothing is written to the server")),
    ];
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("Read {} of run {run} back?", counted(reads, "contact")),
        facts,
        yes: format!("read {}", count(reads)),
        effects: vec![Effect::Reconcile(run)],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
    Vec::new()
}

/// The reads begin; `before` are the books of the run until then.
pub(super) fn started(model: &mut Model, run: RunId, reads: u32, before: Totals, ctx: &Ctx) -> Vec<Effect> {
    let mut live = LiveRun::new(run, reads.into(), reads, ctx.now);
    (live.rate, live.in_flight) = (model.session.read_rate, model.session.in_flight);
    live.reads = Some(before);
    model.live = Some(live);
    Vec::new()
}

/// Tells what the reads settled, by the books of the run before and after.
pub(super) fn ended(model: &mut Model, report: &RunReport, before: Totals, after: Totals) -> Vec<Effect> {
    if report.alarm.is_some() || report.state == RunState::Broken {
        return ending::tell(model, report);
    }
    let (updated, back) = (after.updated - before.updated, after.not_sent - before.not_sent);
    let unknown = report.totals.planned.saturating_sub(updated + back);
    let mut parts = vec![format!("{} updated", count(updated))];
    if back > 0 {
        parts.push(format!("{} back in the queue", count(back)));
    }
    if unknown > 0 {
        parts.push(format!("{} still unknown", count(unknown)));
    }
    let settled = parts.join(", ");
    let (run, cause) = (report.run, report.cause.as_deref().unwrap_or("no reason given"));
    model.tell(match report.state {
        RunState::Stopped => Notice::error(
            format!("reading run {run} back"),
            format!(
                "Reading run {run} back was stopped\n\n{}\n\n{settled}. When the cause is gone, `ctrl-r` goes on.",
                with_remedy(cause)
            ),
        ),
        RunState::Cancelled => Notice::done(format!("run {run}, cut short: {settled}; `ctrl-r` goes on")),
        _ if unknown > 0 => Notice::failed(format!("run {run}, read back: {settled}")),
        _ => Notice::done(format!("run {run}, read back: {settled}")),
    });
    Vec::new()
}
