//! What the screen puts off, so that a thin line has little to carry and an eye little to follow.
//!
//! The detail pane follows the cursor when the keys rest. The figures of a run change once a second; what needs an
//! eye (a pause, the end, another pace) shows at once. Both wait for an alarm that is set by what happened, never for a
//! clock: idle, none is set.

use super::detail::{self, Line};
use super::effect::Effect;
use super::live::LiveRun;
use super::model::{Ctx, Model};
use crate::config::actions::Place;
use crate::domain::Totals;
use crate::engine::WaitReason;
use crate::support::clock::Timestamp;

/// The keys rest when none moved for so long: longer than between two of a held key.
const REST_MS: u64 = 150;
/// The figures of a run change at most so often.
const FIGURES_MS: u64 = 1000;
/// A queue that is in sight beside the results of a run is read again at most so often: each time all of it moves.
const QUEUE_BESIDE_MS: u64 = 15_000;

/// What an alarm is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The keys rest.
    Rest,
    /// The figures of the run are due.
    Figures,
}

/// What the screen shows that is older than the model.
#[derive(Debug, Default)]
pub struct Calm {
    /// The detail pane, while the cursor moves on.
    pub detail: Option<Vec<Line>>,
    /// The run as it is shown.
    pub run: Option<LiveRun>,
    /// When it was last taken from the run under way, and whether an alarm will take it again.
    taken: Timestamp,
    is_set: bool,
    /// When the queue was read last in the run, and the books at that moment.
    queue: Option<(Timestamp, Totals)>,
}

/// Keeps the detail pane as it is until the keys rest; asked before the cursor moves.
pub(super) fn hold_detail(model: &mut Model) -> Vec<Effect> {
    if model.layout().detail.is_none() {
        return Vec::new();
    }
    if model.calm.detail.is_none() {
        model.calm.detail = Some(detail::lines(model));
    }
    vec![Effect::Alarm(Alarm::Rest, REST_MS)]
}

/// What was put off is due.
pub(super) fn due(model: &mut Model, alarm: Alarm) {
    match alarm {
        Alarm::Rest => model.calm.detail = None,
        Alarm::Figures => model.calm.taken = Timestamp::default(),
    }
}

/// Shows the run as it stands now, or says when to.
pub(super) fn show_run(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let mut effects = read_queue(model, ctx);
    let Some(live) = &model.live else { return effects };
    let before = model.calm.run.as_ref().filter(|shown| shown.run == live.run);
    if before == Some(live) {
        return effects;
    }
    let age = ctx.now.since(model.calm.taken);
    if before.is_some_and(|shown| news(shown) == news(live)) && age < FIGURES_MS {
        if !std::mem::replace(&mut model.calm.is_set, true) {
            effects.push(Effect::Alarm(Alarm::Figures, FIGURES_MS - age));
        }
        return effects;
    }
    // At its end everything is read again in any case.
    let has_settled = live.report.is_none() && before.is_some_and(|shown| shown.totals != live.totals);
    let (run, reads) = (live.run, live.reads);
    (model.calm.run, model.calm.taken, model.calm.is_set) = (Some(live.clone()), ctx.now, false);
    if has_settled && reads.is_some() {
        // Its books are in the store alone.
        effects.push(Effect::Runs);
    }
    if has_settled && model.shown_run == Some(run) {
        effects.extend(model.ask_again(Place::Results));
    }
    effects
}

/// Reads the queue again after what the run took out of it.
fn read_queue(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let Some(live) = model.running().filter(|live| live.totals.settled() > 0) else { return Vec::new() };
    let wait = if is_queue_beside(model) { QUEUE_BESIDE_MS } else { FIGURES_MS };
    let is_fresh = |(last, books)| live.totals == books || ctx.now.since(last) < wait;
    if model.calm.queue.is_some_and(is_fresh) {
        return Vec::new();
    }
    model.calm.queue = Some((ctx.now, live.totals));
    model.ask_again(Place::Queue)
}

fn is_queue_beside(model: &Model) -> bool {
    model.layout().queue.is_some() && model.place() != Place::Queue
}

/// When a queue beside the results of a run was read, since the run took edits out of it afterwards.
pub fn queue_as_of(model: &Model) -> Option<Timestamp> {
    model.running().filter(|_| is_queue_beside(model)).and(model.calm.queue).map(|(at, _)| at)
}

/// What of a run is to be seen at once.
fn news(live: &LiveRun) -> impl PartialEq + '_ {
    let is_stuck = matches!(live.waiting, Some((WaitReason::Journal, _)));
    let has_begun = live.totals.settled() > 0;
    (&live.report, &live.paused, live.cancelling, live.rate, live.in_flight, is_stuck, has_begun)
}
