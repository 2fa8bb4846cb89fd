//! Sending, watching and requeueing: every step that reaches the network or changes many edits.

use super::answer::Notice;
use super::dialog::{Confirm, Dialog, Preview};
use super::effect::Effect;
use super::ending;
use super::leave::Leaving;
use super::live::LiveRun;
use super::model::{Ctx, Model, Session};
use super::moving::show;
use super::results::ResultOrder;
use crate::config::actions::Place;
use crate::domain::RunId;
use crate::engine::{Cancel, EngineEvent, EventKind, RunControl};
use crate::support::clock::human_duration;
use crate::support::text::{count, counted};

/// Asks what a send would do: of the marked edits, else of the whole queue.
pub(super) fn ask_plan(model: &mut Model, send: bool) -> Vec<Effect> {
    let marks = &model.queue.marks;
    let edits = (!marks.is_empty()).then(|| marks.iter().collect());
    vec![Effect::Plan { edits, send }]
}

/// Opens the confirm of a send, which names everything that is about to happen.
pub(super) fn ask_send(model: &mut Model, mut plan: Preview, ctx: &Ctx) -> Vec<Effect> {
    if plan.edits.is_empty() {
        let why: Vec<String> = plan.left_out.iter().map(|(why, n)| format!("{} {why}", count(*n))).collect();
        let why = if why.is_empty() {
            String::from("the edits left the queue")
        } else {
            why.join(", ") + &model.keyed("; `<problems>` shows them")
        };
        model.tell(Notice::failed(format!("nothing can be sent: {why}")));
        return reread(model, &plan);
    }
    plan.hidden = hidden(model, &plan);
    let effects = reread(model, &plan);
    let n = plan.edits.len() as u64;
    let facts = send_facts(model, &plan);
    let want = model.session.production.then(|| model.session.account.clone());
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("Send {}?", counted(n, "edit")),
        facts,
        yes: format!("send {}", count(n)),
        effects: vec![Effect::Start { edits: plan.edits, resumes: plan.resumes }],
        quits: false,
        want,
        typed: String::new(),
        opened: ctx.now,
    })));
    effects
}

/// A resume has put edits back in the queue before it planned.
fn reread(model: &mut Model, plan: &Preview) -> Vec<Effect> {
    if plan.resumes.is_some() { vec![model.ask_queue_keys(), Effect::Runs] } else { Vec::new() }
}

/// How long a send of so many requests takes at the pace, in milliseconds.
pub(super) fn estimate_ms(batches: u32, rate: u32) -> u64 {
    u64::from(batches) * 60_000 / u64::from(rate.max(1))
}

/// How long a send of so many edits takes at the pace, its reads included, in milliseconds.
pub(super) fn send_ms(session: &Session, edits: u64, batches: u32) -> u64 {
    let reads = if session.snapshot { u32::try_from(edits).unwrap_or(u32::MAX) } else { 0 };
    estimate_ms(batches, session.rate).max(estimate_ms(reads, session.read_rate))
}

/// What is read before a send, where each contact is.
pub(super) fn reads_text(session: &Session, edits: u64) -> Option<String> {
    let at = count(u64::from(session.read_rate));
    session.snapshot.then(|| format!("{}, each before it is changed, at {at} a minute", counted(edits, "contact")))
}

/// What the canary means for a send, where there is one that leaves something behind it.
pub(super) fn canary_text(model: &Model, edits: u64) -> Option<String> {
    let canary = model.session.canary;
    let alone = counted(canary, "contact");
    (canary > 0 && canary < edits).then(|| format!("{alone} first; the rest only if they come back as sent"))
}

fn hidden(model: &Model, plan: &Preview) -> u64 {
    if !model.is_queue_narrowed() {
        return 0;
    }
    model.queue.hidden(&plan.edits.iter().copied().collect()) as u64
}

fn send_facts(model: &Model, plan: &Preview) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let s = &model.session;
    let production = if s.production { " (production)" } else { "" };
    let mut facts: Vec<_> = plan.resumes.iter().map(|run| fact("goes on", format!("with run {run}"))).collect();
    facts.extend([
        fact("account", format!("{} in {}", s.account, s.region)),
        fact("profile", format!("{}{production}", s.profile)),
        fact("contacts", count(plan.edits.len() as u64) + if plan.marked { " (the marked ones)" } else { "" }),
        fact(
            "requests",
            format!(
                "{}, about {}",
                batches(u64::from(plan.batches)),
                human_duration(send_ms(s, plan.edits.len() as u64, plan.batches))
            ),
        ),
    ]);
    facts.extend(reads_text(s, plan.edits.len() as u64).map(|text| fact("reads", text)));
    facts.extend(canary_text(model, plan.edits.len() as u64).map(|text| fact("canary", text)));
    if plan.hidden > 0 {
        facts.push(fact("hidden", format!("{} of them, by the filter", count(plan.hidden))));
    }
    facts.extend(["fields"].into_iter().chain(std::iter::repeat("")).zip(fields_texts(plan)).map(|(n, v)| fact(n, v)));
    for (why, n) in &plan.left_out {
        facts.push(fact("left out", format!("{} {why}", count(*n))));
    }
    facts
}

/// `first_name set on 12, last_name set on 3`: two fields a line, and every field that is cleared on a line of its own.
fn fields_texts(plan: &Preview) -> Vec<String> {
    let set: Vec<String> = plan
        .fields
        .iter()
        .filter(|(_, set, _)| *set > 0)
        .map(|(field, set, _)| format!("{field} set on {}", count(*set)))
        .collect();
    let cleared = plan.fields.iter().filter(|(_, _, cleared)| *cleared > 0);
    let cleared = cleared.map(|(field, _, cleared)| format!("{field} CLEARED on {}", count(*cleared)));
    set.chunks(2).map(|pair| pair.join(", ")).chain(cleared).collect()
}

/// A run began: show it.
pub(super) fn started(model: &mut Model, run: RunId, planned: u64, batches: u32, ctx: &Ctx) -> Vec<Effect> {
    let mut live = LiveRun::new(run, planned, batches, ctx.now);
    (live.rate, live.in_flight) = (model.session.rate, model.session.in_flight);
    live.canary = Some(model.session.canary).filter(|canary| (1..planned).contains(canary)).unwrap_or_default();
    model.live = Some(live);
    model.queue.marks.clear();
    // What fails now is told by its rows, as they come.
    model.causes = None;
    let mut effects = show_run(model, run);
    effects.extend(show(model, Place::Results));
    effects
}

/// Shows the results of a run.
pub(super) fn show_run(model: &mut Model, run: RunId) -> Vec<Effect> {
    if model.shown_run != Some(run) {
        model.shown_run = Some(run);
        model.results.clear();
        model.result_order = ResultOrder::default();
        model.attempts = None;
    }
    model.ask_result_keys().into_iter().collect()
}

/// Takes an event of the run.
pub(super) fn on_event(model: &mut Model, event: EngineEvent) -> Vec<Effect> {
    let Some(live) = model.live.as_mut().filter(|live| live.run == event.run) else { return Vec::new() };
    let finished = if let EventKind::Finished(report) = &event.kind { Some(report.clone()) } else { None };
    let reads = live.reads;
    if let Some(line) = live.take(event) {
        model.note(line);
    }
    let mut effects = Vec::new();
    if let Some(report) = finished {
        model.result_order.follow = false;
        effects.push(model.ask_queue_keys());
        if model.shown_run == Some(report.run) {
            effects.extend(model.ask_result_keys());
        }
        effects.push(Effect::Runs);
        if let Some(before) = reads {
            model.live = None;
            effects.push(Effect::Reconciled { report: Box::new(report), before });
        } else {
            effects.extend(ending::tell(model, &report));
        }
        if model.leaving > Leaving::Staying {
            effects.push(Effect::Quit);
        }
    }
    effects
}

pub(super) fn pause(model: &Model) -> Vec<Effect> {
    let paused = model.running().map(|live| live.paused.is_some());
    paused
        .map(|paused| Effect::Control(if paused { RunControl::Resume } else { RunControl::Pause }))
        .into_iter()
        .collect()
}

/// Asks to cancel the rest; once more, to give up what is under way.
pub(super) fn ask_cancel(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let Some(live) = model.running() else { return Vec::new() };
    let under_way = batches(live.under_way.len() as u64);
    let (title, facts, yes, cancel) = if live.cancelling {
        let facts = vec![
            (String::from("under way"), format!("{under_way}, without an answer until now")),
            (String::from("then"), String::from("their edits are unknown: perhaps taken by the server")),
        ];
        (format!("Give up what is under way in run {}?", live.run), facts, "give up", Cancel::Abort)
    } else {
        let open = count(live.totals.open());
        let stays = if live.reads.is_some() { "stays unknown" } else { "stays in the queue" };
        let facts = vec![
            (String::from("open"), format!("{open}: what is not under way {stays}")),
            (String::from("under way"), format!("{under_way} end and are recorded")),
        ];
        (format!("Cancel the rest of run {}?", live.run), facts, "cancel the rest", Cancel::Drain)
    };
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title,
        facts,
        yes: yes.to_owned(),
        effects: vec![Effect::Control(RunControl::Cancel(cancel))],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
    Vec::new()
}

/// `1 batch`, `12 batches`.
pub fn batches(n: u64) -> String {
    if n == 1 { String::from("1 batch") } else { format!("{} batches", count(n)) }
}
