//! A pull of the address book, as it is told: how far it is, what it waits for, and how it ended.
//!
//! In the workstation it goes on beside everything else; nothing waits for it. It can be ended at any time, since it goes
//! on later where it stood.

use super::answer::Notice;
use super::book::{BookAsk, PullOf};
use super::contacts;
use super::dialog::{Confirm, Dialog};
use super::effect::Effect;
use super::live::LogLine;
use super::model::{Ctx, Model};
use crate::config::actions::Place;
use crate::domain::{RunState, Status};
use crate::engine::{PullEvent, PullKind, PullReport};
use crate::store::PullSummary;
use crate::support::clock::{Timestamp, human_duration};
use crate::support::text::{count, counted, harmless};

/// Contacts after which the time that is left can be told.
const FEWEST: u64 = 100;

/// How long the rest of a pull takes at the speed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eta {
    /// When it was first heard of, and how many contacts it had seen then.
    begun: Option<(Timestamp, u64)>,
}

impl Eta {
    /// Milliseconds left, once they can be told.
    pub fn left(&mut self, so_far: &PullSummary, now: Timestamp) -> Option<u64> {
        let (begun, before) = *self.begun.get_or_insert((now, so_far.contacts));
        let read = so_far.contacts.checked_sub(before).filter(|read| *read >= FEWEST)?;
        let left = so_far.expected?.saturating_sub(so_far.contacts);
        Some(now.since(begun) * left / read)
    }
}

/// How far a pull is, on one line.
pub fn progress(so_far: &PullSummary, left: Option<u64>, word: Option<&str>) -> String {
    let mut line = match so_far.expected {
        Some(expected) if expected > 0 => {
            let percent = (so_far.contacts * 100 / expected).min(99);
            format!("{} of about {} contacts ({percent} %)", count(so_far.contacts), count(expected))
        }
        _ => counted(so_far.contacts, "contact"),
    };
    if let Some(left) = left {
        line += &format!(", {} left", human_duration(left));
    }
    if let Some(word) = word {
        line += &format!(" · {word}");
    }
    line
}

/// What a pull waits for, or what went wrong with a read; `None` while pages come.
pub fn word(kind: &PullKind) -> Option<String> {
    let time = |for_: &std::time::Duration| human_duration(for_.as_millis() as u64);
    match kind {
        PullKind::Waiting { reason, for_ } => Some(format!("{reason}: {}", time(for_))),
        PullKind::Whole(why) => Some(format!("{}: the whole book is read", harmless(why))),
        PullKind::Failed { reason, again_in } => Some(format!("{}; again in {}", harmless(reason), time(again_in))),
        _ => None,
    }
}

/// What a pull that came to its end found.
pub fn finished(report: &PullReport, so_far: &PullSummary) -> String {
    let PullSummary { contacts, added, changed, gone, .. } = *so_far;
    let work = format!("{} in {}", counted(report.requests, "request"), human_duration(report.elapsed_ms));
    if !report.whole {
        return format!(
            "what changed: {} new, {} changed; deletions are seen by a whole pull alone. {work}.",
            count(added),
            count(changed)
        );
    }
    let left = if so_far.list.is_none() { "gone from the server" } else { "no longer in it" };
    format!(
        "{}: {} new, {} changed, {} {left}. {work}.",
        counted(contacts, "contact"),
        count(added),
        count(changed),
        count(gone),
    )
}

/// The pull under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulling {
    /// How far it is; `None` before anything came.
    so_far: Option<PullSummary>,
    eta: Eta,
    left: Option<u64>,
    word: Option<String>,
    is_stopping: bool,
}

/// Starts a pull of the whole book, or of the list of that SID or name.
pub(super) fn begin(model: &mut Model, list: &str) -> Vec<Effect> {
    start(model, if list.is_empty() { PullOf::Book } else { PullOf::List(list.to_owned()) })
}

/// Starts a pull.
pub(super) fn start(model: &mut Model, of: PullOf) -> Vec<Effect> {
    if model.pulling.is_some() {
        model.tell(Notice::failed("a pull is under way; `:pull-stop` stops it"));
        return Vec::new();
    }
    model.pulling = Some(Pulling::default());
    vec![Effect::Book(BookAsk::Pull(of))]
}

/// Stops the pull.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    if model.pulling.is_none() {
        model.tell(Notice::failed("no pull is under way; `:pull` starts one"));
        return Vec::new();
    }
    vec![Effect::Book(BookAsk::StopPull)]
}

/// Notes that the pull is being stopped, whoever asked for it: it goes on until its last read is given up.
pub(super) fn note_stop(model: &mut Model, effects: &[Effect]) {
    if let Some(pulling) = &mut model.pulling {
        pulling.is_stopping |= effects.contains(&Effect::Book(BookAsk::StopPull));
    }
}

/// Asks whether to stop the pull, where Esc has nothing else to go back from: it is pressed too easily to end what may
/// take an hour. Gives whether there is one to ask about.
pub(super) fn ask_stop(model: &mut Model, ctx: &Ctx) -> bool {
    let Some(pulling) = model.pulling.as_ref().filter(|pulling| !pulling.is_stopping) else { return false };
    let far =
        pulling.so_far.as_ref().map_or_else(|| String::from("nothing yet"), |so_far| progress(so_far, None, None));
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let facts = vec![fact("read", far), fact("then", String::from("`:pull` goes on where it stopped"))];
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: String::from("Stop the pull?"),
        facts,
        yes: String::from("stop it"),
        effects: vec![Effect::Book(BookAsk::StopPull)],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
    true
}

/// Takes what the pull tells.
pub(super) fn heard(model: &mut Model, event: PullEvent, ctx: &Ctx) -> Vec<Effect> {
    let PullEvent { so_far, kind } = event;
    if let PullKind::Ended(report) = kind {
        let (tone, notice) = ended(&report, &so_far);
        return end(model, tone, notice, ctx);
    }
    let mut grew = false;
    if let Some(pulling) = &mut model.pulling {
        grew = pulling.so_far.as_ref().is_none_or(|before| before.added < so_far.added);
        pulling.left = pulling.eta.left(&so_far, ctx.now);
        pulling.word = word(&kind);
        pulling.so_far = Some(so_far);
    }
    if let PullKind::Whole(why) = &kind {
        model.tell(Notice::done(format!("{}: the whole book is read instead", harmless(why))));
    }
    // What comes first is seen at once; of what comes later the count, and the rows when it is over, since it moves nothing.
    if model.contacts.grid.is_empty() && model.place() == Place::Contacts {
        return contacts::show(model);
    }
    if grew { vec![Effect::Book(BookAsk::State)] } else { Vec::new() }
}

/// What failed where a pull did.
const PULLING: &str = "pulling the address book";

/// The pull could not begin, or broke off without a report.
pub(super) fn failed(model: &mut Model, why: &str, ctx: &Ctx) -> Vec<Effect> {
    end(model, Some(Status::Rejected), Notice::error(PULLING, format!("the pull failed: {why}")), ctx)
}

fn end(model: &mut Model, tone: Option<Status>, notice: Notice, ctx: &Ctx) -> Vec<Effect> {
    model.pulling = None;
    let text = notice.text.replace('\n', " ");
    model.note(LogLine { at: ctx.now, tone, run: None, batch: None, text });
    model.tell(notice);
    contacts::changed(model)
}

/// How it ended, in a sentence, with what to do.
fn ended(report: &PullReport, so_far: &PullSummary) -> (Option<Status>, Notice) {
    let again = so_far.list.as_ref().map_or_else(|| String::from("`:pull`"), |list| format!("`:pull {list}`"));
    let behind = format!("behind {}; {again} goes on", counted(so_far.contacts, "contact"));
    let cause = || harmless(report.cause.as_deref().unwrap_or("no reason given")).into_owned();
    match report.state {
        RunState::Finished => (Some(Status::Updated), Notice::done(format!("pulled {}", finished(report, so_far)))),
        RunState::Cancelled => (None, Notice::done(format!("the pull was stopped {behind}"))),
        RunState::Broken => {
            let text = format!("what was read could not be recorded: {}; the pull ended {behind}", cause());
            (Some(Status::Rejected), Notice::error(PULLING, text))
        }
        _ if so_far.contacts == 0 => {
            (Some(Status::Rejected), Notice::error(PULLING, format!("nothing was pulled: {}", cause())))
        }
        _ => (Some(Status::Rejected), Notice::error(PULLING, format!("the pull ended {behind}: {}", cause()))),
    }
}

/// How far the pull is, for the footer; `None` when none is under way.
pub fn line(model: &Model) -> Option<String> {
    let pulling = model.pulling.as_ref()?;
    let far = pulling.so_far.as_ref().map(|so_far| progress(so_far, pulling.left, pulling.word.as_deref()));
    Some(match (pulling.is_stopping, far) {
        (true, _) => String::from("stopping the pull …"),
        (false, None) => String::from("pull: asking the server …"),
        (false, Some(far)) => format!("pull: {far}"),
    })
}
