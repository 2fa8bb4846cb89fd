//! What contacts were before: shown as a diff, and set again by the undo of a run (SPEC 5).

use super::answer::Notice;
use super::dialog::{Confirm, Dialog};
use super::effect::Effect;
use super::model::{Ctx, Model};
use crate::config::actions::Place;
use crate::domain::{EditId, RunId};
use crate::store::Bases;
use crate::support::clock::Timestamp;
use crate::support::text::{count, counted};

/// A row whose contact was something before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOf {
    /// An edit of the queue.
    Queue(EditId),
    /// An edit of a run, by its place there.
    Run(RunId, u64),
}

/// What is asked of the world about bases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseAsk {
    /// What the contact of this row was before.
    Of(RowOf),
    /// What an undo of this run would do.
    FindUndo(RunId),
    /// Lay the edits that take this run back into the queue.
    Undo(RunId),
}

/// What the world answers about bases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseAnswer {
    /// What the contact of a row was before.
    Of(RowOf, Box<Bases>),
    /// What an undo of a run would do.
    Undo(RunId, UndoPreview),
}

/// What an undo of a run would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoPreview {
    /// Contacts that would get their values from before again.
    pub back: u64,
    /// Those of them that nobody has looked at since the run.
    pub assumed: u64,
    /// Contacts that are as before the run already.
    pub restored: u64,
    /// Contacts that are left alone, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Whether nothing is known of any contact from before the run.
    pub blind: bool,
}

/// What is known of the row of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The row.
    pub row: RowOf,
    /// What its contact was.
    pub bases: Box<Bases>,
    /// When that was read, for its age.
    pub at: Timestamp,
}

/// The row that a diff is about.
pub(super) fn current(model: &Model) -> Option<RowOf> {
    match model.place() {
        Place::Results => Some(RowOf::Run(model.shown_run?, model.results.current()?.seq)),
        _ => Some(RowOf::Queue(model.queue.current()?.id)),
    }
}

/// What is to be read for the diff that is open.
pub(super) fn wanted(model: &Model) -> Option<Effect> {
    let is_shown = matches!(model.dialogs.last(), Some(Dialog::Diff { .. }));
    let row = current(model).filter(|_| is_shown)?;
    let is_known = model.known.as_ref().is_some_and(|known| known.row == row);
    (!is_known).then_some(Effect::Base(BaseAsk::Of(row)))
}

/// The run that an undo is about: that of the results shown, or the one under the cursor of the history.
pub(super) fn run_here(model: &Model) -> Option<RunId> {
    match model.place() {
        Place::History => model.runs.get(model.history.cursor).map(|run| run.run),
        _ => model.shown_run,
    }
}

/// Asks what an undo of the run would do.
pub(super) fn ask_undo(model: &Model) -> Vec<Effect> {
    run_here(model).map(|run| Effect::Base(BaseAsk::FindUndo(run))).into_iter().collect()
}

/// Takes an answer.
pub(super) fn answered(model: &mut Model, answer: BaseAnswer, ctx: &Ctx) {
    match answer {
        BaseAnswer::Of(row, bases) => model.known = Some(Known { row, bases, at: ctx.now }),
        BaseAnswer::Undo(run, preview) => confirm_undo(model, run, &preview, ctx),
    }
}

/// Asks before an undo is laid into the queue, with all that it would do and not do.
fn confirm_undo(model: &mut Model, run: RunId, preview: &UndoPreview, ctx: &Ctx) {
    if preview.blind {
        model.tell(Notice::failed(format!(
            "Run {run} can't be undone\n\nIt is not known what its contacts were before it. With snapshot = true in the \
             profile, or `rolodeck submit --snapshot`, the next run reads each contact before it is sent; a pull of the \
             address book before it helps as well."
        )));
        return;
    }
    if preview.back == 0 {
        let why = if preview.restored > 0 { "its contacts are as before already" } else { "it changed nothing" };
        let left: u64 = preview.skipped.iter().map(|(_, n)| n).sum();
        let alone = if left > 0 { format!("; {} left alone", counted(left, "contact")) } else { String::new() };
        model.tell(Notice::done(format!("nothing of run {run} to take back: {why}{alone}")));
        return;
    }
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![fact("contacts", format!("{} get their values from before again", count(preview.back)))];
    if preview.assumed > 0 {
        let seen = if model.session.snapshot { "each is read when it is sent" } else { "not read since" };
        facts.push(fact("assumed", format!("{} are as the run left them: {seen}", count(preview.assumed))));
    }
    if preview.restored > 0 {
        facts.push(fact("as before", format!("{} already", count(preview.restored))));
    }
    facts.extend(preview.skipped.iter().map(|(why, n)| fact("left alone", format!("{} {why}", count(*n)))));
    facts.push(fact("then", String::from("in the queue, as one step of undo; nothing is sent")));
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("Build the undo of run {run}?"),
        facts,
        yes: format!("queue {}", counted(preview.back, "edit")),
        effects: vec![Effect::Base(BaseAsk::Undo(run))],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
}
