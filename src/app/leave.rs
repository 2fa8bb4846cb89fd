//! Leaving the workstation while a run is under way: by a key or by a signal, it is the same.
//!
//! Requests under way get time to end; then they are given up, and then the program ends in any case. What is without
//! an outcome at that point is settled by the next start. So a server that hangs, or a disk that can't be written,
//! keeps nobody waiting for more than ten seconds.

use super::dialog::{Confirm, Dialog};
use super::effect::Effect;
use super::model::{Ctx, Model};
use super::work;
use crate::engine::{Cancel, RunControl};

/// How far the leaving is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Leaving {
    /// Nobody leaves.
    #[default]
    Staying,
    /// Requests under way are awaited.
    Draining,
    /// They are given up.
    GivingUp,
}

/// How long requests under way are awaited, and how long it may then take to give them up. Together less than the
/// ten seconds after which a service manager kills.
const DRAIN_MS: u64 = 7000;
const GIVE_UP_MS: u64 = 2500;

/// The key: quits at once, or asks when a run or a change is under way; once more gives up what is awaited.
pub(super) fn quit(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    if !model.is_running()
        && let Some(confirm) = work::ask_to_leave(model, ctx)
    {
        model.dialogs.push(Dialog::Confirm(Box::new(confirm)));
        return Vec::new();
    }
    if !model.is_running() || model.leaving > Leaving::Staying {
        return next(model);
    }
    let under_way = model.running().map_or(0, |live| live.under_way.len() as u64);
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let facts = vec![
        fact("under way", format!("{}: awaited for some seconds, and recorded", super::batches(under_way))),
        fact("the rest", String::from("stays in the queue; the next start offers to go on")),
    ];
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: String::from("End the run and quit?"),
        facts,
        yes: String::from("end the run and quit"),
        effects: Vec::new(),
        quits: true,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
    Vec::new()
}

/// A signal. The run's last word is worth the moment that giving up takes, whatever the signals.
pub(super) fn terminate(model: &mut Model) -> Vec<Effect> {
    if model.is_running() && model.leaving == Leaving::GivingUp { Vec::new() } else { next(model) }
}

/// One step further: a yes, a second key, a signal.
pub(super) fn next(model: &mut Model) -> Vec<Effect> {
    if !model.is_running() {
        return vec![Effect::Quit];
    }
    let (leaving, cancel, after_ms) = match model.leaving {
        Leaving::Staying => (Leaving::Draining, Cancel::Drain, DRAIN_MS),
        Leaving::Draining => (Leaving::GivingUp, Cancel::Abort, GIVE_UP_MS),
        Leaving::GivingUp => return vec![Effect::Quit],
    };
    model.leaving = leaving;
    vec![Effect::Control(RunControl::Cancel(cancel)), Effect::Remind { leaving, after_ms }]
}

/// A step took too long: the next one, unless it was taken since.
pub(super) fn overdue(model: &mut Model, step: Leaving) -> Vec<Effect> {
    if model.leaving == step { next(model) } else { Vec::new() }
}
