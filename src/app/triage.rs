//! What is done about failures: which of them an action takes, the verdict on each, and the confirm that counts them.
//!
//! Nothing is touched that a confirm did not count: what it does names every row by its place.

use std::collections::{BTreeMap, HashSet};

use super::answer::Notice;
use super::causes;
use super::command::refuse;
use super::dialog::{Confirm, Dialog};
use super::effect::{Effect, LocalChange};
use super::held;
use super::mending::{self, Sampled};
use super::model::{Ctx, Model};
use crate::domain::{Cause, Mend, RunId, Sid, Verdict};
use crate::store::{CauseGroup, Comparison, ResultRow, Which};
use crate::support::text::{count, counted};

/// What the world is asked about failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriageAsk {
    /// Read the causes of a run.
    Groups(RunId),
    /// Read the places of a cause, to mark them.
    Mark(RunId, Cause),
    /// Judge these results, for what comes then.
    Judge(Scope, Then),
    /// Read every run that a contact was in.
    History(Sid),
    /// Compare two runs.
    Compare(RunId, RunId),
    /// Work out what a mend would do to these results.
    Preview(RunId, Vec<u64>, Mend),
}

/// What the world answers about failures.
#[derive(Debug, Clone)]
pub enum TriageAnswer {
    /// The causes of a run.
    Groups(RunId, Vec<CauseGroup>),
    /// The places of a cause.
    Marked(RunId, Vec<u64>),
    /// The verdict on each, and of the first some what was sent.
    Judged(Scope, Then, Vec<(u64, Verdict)>, Sampled),
    /// The runs that a contact was in, the newest first.
    History(Sid, Vec<(RunId, ResultRow)>),
    /// How the contacts of the first run fared in the second.
    Compared(RunId, RunId, Comparison),
    /// What a mend would do.
    Previewed(RunId, Mend, mending::Preview),
}

/// The runs that a contact was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactHistory {
    /// The contact.
    pub sid: Sid,
    /// Its edit in each run, the newest run first; `None` while they are read.
    pub runs: Option<Vec<(RunId, ResultRow)>>,
}

/// Which results an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The run.
    pub run: RunId,
    /// Its results.
    pub which: Which,
    /// Whether they are the marked ones.
    pub marked: bool,
}

/// What comes after the verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The confirm of a requeue.
    Requeue,
    /// The choice of what to mend.
    Fix(Cause),
}

/// What an action on results takes now: the marked rows, the cause under the cursor, the rows shown, or every failure.
pub fn scope(model: &Model) -> Option<Scope> {
    let run = model.shown_run?;
    let grid = &model.results;
    let (which, marked) = if !grid.marks.is_empty() {
        (Which::At(grid.marks.iter().collect()), true)
    } else if let Some(group) = causes::shown(model).and_then(causes::Causes::current) {
        (Which::Cause(group.cause.clone()), false)
    } else if grid.filter.is_some() {
        (Which::At(grid.keys().to_vec()), false)
    } else {
        (Which::Failures, false)
    };
    Some(Scope { run, which, marked })
}

/// Asks for the verdicts of a requeue.
pub(super) fn requeue(model: &Model) -> Vec<Effect> {
    scope(model).map(|scope| Effect::Triage(TriageAsk::Judge(scope, Then::Requeue))).into_iter().collect()
}

/// Takes an answer.
pub(super) fn on_answer(model: &mut Model, answer: TriageAnswer, ctx: &Ctx) -> Vec<Effect> {
    if matches!(answer, TriageAnswer::Judged(..) | TriageAnswer::Previewed(..)) {
        held::answered(model);
    }
    match answer {
        TriageAnswer::Groups(run, groups) => causes::take(model, run, groups),
        TriageAnswer::Marked(run, seqs) if model.shown_run == Some(run) => {
            model.tell(Notice::done(format!("{} marked", counted(seqs.len() as u64, "row"))));
            model.results.marks.extend(seqs);
        }
        TriageAnswer::Marked(..) => {}
        TriageAnswer::Judged(scope, Then::Requeue, judged, _) => ask_requeue(model, &scope, &judged, ctx),
        TriageAnswer::Judged(scope, Then::Fix(cause), judged, sampled) => {
            mending::open(model, &scope, cause, &judged, sampled);
        }
        TriageAnswer::History(sid, runs) => model.contact_history = Some(ContactHistory { sid, runs: Some(runs) }),
        TriageAnswer::Compared(first, second, found) => model.tell(compared(first, second, found)),
        TriageAnswer::Previewed(run, mend, preview) => mending::ask(model, run, &mend, &preview, ctx),
    }
    Vec::new()
}

/// Runs `compare A B`.
pub(super) fn compare(model: &mut Model, argument: &str) -> Vec<Effect> {
    let runs: Vec<RunId> = argument.split_whitespace().filter_map(|word| word.parse().ok()).map(RunId).collect();
    match runs[..] {
        [first, second] if [first, second].iter().all(|run| model.run(*run).is_some()) => {
            vec![Effect::Triage(TriageAsk::Compare(first, second))]
        }
        _ => refuse(model, "compare", argument, "two numbers of runs are wanted, the earlier first: compare 1 2"),
    }
}

fn compared(first: RunId, second: RunId, found: Comparison) -> Notice {
    let Comparison { fixed, still, new, left, fine } = found;
    let line = |name: &str, n: u64, words: String| format!("{name:<15}{:>9}  {words}\n", count(n));
    Notice::done(
        format!("Runs {first} and {second}, by their contacts\n\n")
            + &line("fixed", fixed, format!("failed in run {first}, updated in run {second}"))
            + &line("still failing", still, String::from("failed in both"))
            + &line("new failures", new, format!("failed in run {second} alone"))
            + &line("not sent again", left, format!("failed in run {first}, and not in run {second}"))
            + &line("fine", fine, String::from("failed in neither")),
    )
}

/// Opens the confirm of a requeue, which counts every verdict.
fn ask_requeue(model: &mut Model, scope: &Scope, judged: &[(u64, Verdict)], ctx: &Ctx) {
    let run = scope.run;
    let taken = |test: fn(Verdict) -> bool| -> Vec<u64> {
        judged.iter().filter(|(_, verdict)| test(*verdict)).map(|(seq, _)| *seq).collect()
    };
    let ready = taken(Verdict::is_taken);
    // What is held back goes by itself alone, so that it is always a choice.
    let insists = ready.is_empty();
    let (seqs, goes): (_, fn(Verdict) -> bool) =
        if insists { (taken(Verdict::is_takeable), Verdict::is_takeable) } else { (ready, Verdict::is_taken) };
    if seqs.is_empty() {
        model.tell(Notice::done(nothing(run, judged)));
        return;
    }
    let n = seqs.len() as u64;
    let all_the_same = if insists { " all the same" } else { "" };
    let title = format!("Requeue {} of run {run}{all_the_same}?", counted(n, "edit"));
    let mut facts = verdict_facts(judged, goes);
    facts.extend(hidden_fact(model, scope, &seqs));
    let effects = vec![Effect::Change(LocalChange::Requeue { run, seqs, mend: Mend::AsTheyAre })];
    model.dialogs.push(confirm(title, facts, String::from("requeue"), effects, ctx));
}

/// Why there is nothing to requeue.
fn nothing(run: RunId, judged: &[(u64, Verdict)]) -> String {
    let facts = counts(judged);
    if facts.is_empty() {
        return format!("run {run} has no failures to requeue");
    }
    let said: Vec<_> = facts.into_iter().map(|(verdict, n)| format!("{} {}", count(n), verdict.words())).collect();
    format!("nothing to requeue: {}", said.join(", "))
}

fn counts(judged: &[(u64, Verdict)]) -> BTreeMap<Verdict, u64> {
    let mut counts = BTreeMap::new();
    for (_, verdict) in judged {
        *counts.entry(*verdict).or_default() += 1;
    }
    counts
}

/// A line for each verdict: first what goes back, then what stays.
pub(super) fn verdict_facts(judged: &[(u64, Verdict)], goes: impl Fn(Verdict) -> bool) -> Vec<(String, String)> {
    let counts = counts(judged);
    let lines = |name: &'static str, test: &dyn Fn(Verdict) -> bool| -> Vec<(String, String)> {
        let of_it = counts.iter().filter(|(verdict, _)| test(**verdict));
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        of_it
            .zip(names)
            .map(|((verdict, n), name)| (name.to_owned(), format!("{} {}", count(*n), verdict.words())))
            .collect()
    };
    let mut facts = lines("go back", &|verdict| goes(verdict));
    facts.extend(lines("stay", &|verdict| !goes(verdict)));
    facts
}

/// How many of the marked rows that an action takes are not on the screen, for a filter or for the causes.
pub(super) fn hidden_fact(model: &Model, scope: &Scope, seqs: &[u64]) -> Option<(String, String)> {
    if !scope.marked {
        return None;
    }
    let shown: HashSet<u64> = model.results.keys().iter().copied().collect();
    let hidden = seqs.iter().filter(|seq| !shown.contains(seq)).count() as u64;
    (hidden > 0).then(|| (String::from("hidden"), format!("{} of the marked ones, by the filter", count(hidden))))
}

/// A question with `y` and `n`.
pub(super) fn confirm(
    title: String,
    facts: Vec<(String, String)>,
    yes: String,
    effects: Vec<Effect>,
    ctx: &Ctx,
) -> Dialog {
    let (want, typed) = (None, String::new());
    Dialog::Confirm(Box::new(Confirm { title, facts, yes, effects, quits: false, want, typed, opened: ctx.now }))
}
