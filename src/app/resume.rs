//! Going on with a run that ended before its time (SPEC 4): offered at the start, and asked for by `:resume`.

use super::answer::Notice;
use super::dialog::{Confirm, Dialog};
use super::effect::Effect;
use super::model::{Ctx, Model};
use crate::domain::{RunId, RunState};
use crate::support::clock::Timestamp;
use crate::support::text::{count, counted};

/// Who wants to know what is left of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nobody: the workstation starts, and offers only what the user would go on with.
    AtStart,
    /// The user.
    ByHand,
}

/// What is left of a run that ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub state: RunState,
    /// When it began.
    pub began: Timestamp,
    /// Who began it.
    pub user: String,
    /// Its edits.
    pub planned: u64,
    /// Edits whose outcome is unknown and that are not back in the queue.
    pub unknown: u64,
    /// Edits that wait in the queue.
    pub queued: u64,
    /// Profile and account of the run, where it was another server or account than this session's.
    pub elsewhere: Option<String>,
}

impl Left {
    fn is_empty(&self) -> bool {
        self.unknown + self.queued == 0
    }

    /// `20 unknown, 380 not sent`.
    fn in_words(&self) -> String {
        let parts = [(self.unknown, "unknown"), (self.queued, "not sent")];
        let parts = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n)));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Looks for the last unfinished run, because the user says so.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if model.is_running() {
        model.refuse("a run is under way; `<pause>` pauses it and goes on with it");
        return Vec::new();
    }
    vec![Effect::FindRest(Asked::ByHand)]
}

/// Takes what is left of the last unfinished run: offers it, or says why not.
///
/// At the start only a run that broke off is offered. One that the server stopped had better be looked at first, and
/// an open prompt or dialog is not talked over: a sentence must do.
pub(super) fn found(model: &mut Model, left: Option<Left>, asked: Asked, ctx: &Ctx) -> Vec<Effect> {
    let by_hand = asked == Asked::ByHand;
    let Some(left) = left.filter(|left| !left.is_empty()) else {
        if by_hand {
            model.tell(Notice::done(
                "nothing is left to go on with: no run ended before its time, or its edits left the queue",
            ));
        }
        return Vec::new();
    };
    if model.is_running() || (!by_hand && model.offered == Some(left.run)) {
        return Vec::new();
    }
    model.offered = Some(left.run);
    if let Some(other) = &left.elsewhere {
        let what =
            format!("run {} was cut short: {}; it was sent as {other}: go on with it there", left.run, left.in_words());
        model.tell(Notice::failed(what));
        return Vec::new();
    }
    let broke_off = !matches!(left.state, RunState::Stopped | RunState::Tripped);
    if by_hand || (broke_off && model.prompt.is_none() && model.dialogs.is_empty()) {
        offer(model, &left, ctx);
    } else {
        let what = format!("run {} was {}: {}; `:resume` goes on with it", left.run, left.state, left.in_words());
        model.tell(Notice::failed(what));
    }
    Vec::new()
}

fn offer(model: &mut Model, left: &Left, ctx: &Ctx) {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let by = if left.user.is_empty() { String::new() } else { format!(" by {}", left.user) };
    let began = format!("{}{by}, with {}", left.began.local_minute(), counted(left.planned, "edit"));
    let mut facts = vec![fact("state", String::from(ended(left.state))), fact("began", began)];
    if left.unknown > 0 {
        facts.push(fact("unknown", format!("{}, perhaps taken by the server: sent again", count(left.unknown))));
    }
    if left.queued > 0 {
        facts.push(fact("not sent", format!("{}, still in the queue", count(left.queued))));
    }
    facts.push(fact("then", String::from("you see what will be sent, and are asked again")));
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("Run {} was cut short. Go on with it?", left.run),
        facts,
        yes: String::from("go on with it"),
        effects: vec![Effect::Resume(left.run)],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
}

/// How a run ended, for people.
const fn ended(state: RunState) -> &'static str {
    match state {
        RunState::Crashed => "crashed: rolodeck was killed, or the machine went down",
        RunState::Cancelled => "cancelled, by hand, by quitting or by a signal",
        RunState::Broken => "broken: it could not be recorded, as on a full disk",
        RunState::Stopped => "stopped: nothing more could be sent",
        RunState::Tripped => "tripped: too many contacts failed",
        RunState::Running | RunState::Finished => "finished",
    }
}
