//! What an answer means for its batch: settled, sent again, or given up. One table, without a clock.

use std::time::Duration;

use super::event::WaitReason;
use super::ledger::Past;
use super::run::RunPolicy;
use super::split::Refused;
use crate::domain::{AttemptResult, Outcome, Refusal, Reply, Said, Stage, Status};
use crate::support::rng::{mix_all, unit};
use crate::support::text::counted;

/// What the table knows of a batch beside the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) batch: u32,
    /// What was tried with it, this attempt included.
    pub(super) past: &'a Past,
    /// How long it has been tried.
    pub(super) tried_for: Duration,
    /// Whether the run is ending, so that nothing is sent again.
    pub(super) ending: bool,
    /// Whether the server settled any edit of the run.
    pub(super) got_through: bool,
}

impl<'a> Case<'a> {
    /// Why any request that carried these edits may have been taken.
    fn doubt(&self) -> Option<&'a str> {
        self.past.doubt.as_deref().or(self.past.inherited.as_deref())
    }
}

/// What becomes of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Each edit gets its outcome.
    Settle { outcomes: Vec<Outcome>, failure: Option<String>, stop: Option<String> },
    /// It is sent again after this time.
    Again { delay: Duration, reason: String },
    /// It goes on in halves. `doubt` is why the whole may have been taken, if it may.
    Halve { reason: String, doubt: Option<String> },
}

/// Decides on an answer. The lines that are not plain:
///
/// - Where any attempt may have been taken, the edits are unknown, however the last attempt failed.
/// - A refusal of the contents (400, 413) speaks for the earlier attempts too, since all of them carried the same bytes:
///   rejected. It does not speak for what the batch is a part of. Any other refusal (a redirect, a 409 against our own
///   earlier attempt) tells nothing of them: unknown.
/// - A batch of several that is refused for its contents, times out twice, or is answered unreadably three times goes on
///   in halves.
/// - A request that is refused as one that went astray (404, 415) stops the run where nothing got through before: the
///   address is wrong rather than every contact. A single edit that the vendor's own error is about is rejected.
/// - A run that is ending gets the words of a batch that used up its attempts.
pub(super) fn decide(policy: &RunPolicy, case: Case<'_>, result: AttemptResult) -> Step {
    let edits = case.past.sent();
    match result {
        AttemptResult::Settled(outcomes) if outcomes.len() == edits => {
            Step::Settle { outcomes, failure: None, stop: None }
        }
        AttemptResult::Settled(outcomes) => {
            let why = format!("a bug in rolodeck: {} outcomes for {edits} edits", outcomes.len());
            Step::Settle { outcomes: all(edits, Status::Unknown, None, &why), failure: Some(why), stop: None }
        }
        AttemptResult::Refused { kind, said } => refused(case, kind, said),
        AttemptResult::Retryable { reason, after, unreachable } => {
            if let Some(delay) = again(policy, case, after) {
                return Step::Again { delay, reason };
            }
            let tried = counted(case.past.attempts.into(), "attempt");
            let stop = (unreachable && !case.ending).then(|| format!("no connection after {tried}: {reason}"));
            Step::Settle { outcomes: given_up(case, &reason), failure: Some(reason), stop }
        }
        AttemptResult::Ambiguous { stage, reason, after } => {
            let worn_out = is_worn_out(case.past, stage);
            if worn_out && edits > 1 && !case.ending {
                return Step::Halve { doubt: Some(reason.clone()), reason };
            }
            match again(policy, case, after) {
                Some(delay) if !(worn_out && case.past.halved_for == Some(stage)) => Step::Again { delay, reason },
                _ => {
                    let past = Past { doubt: Some(reason.clone()), ..case.past.clone() };
                    let outcomes = given_up(Case { past: &past, ..case }, &reason);
                    Step::Settle { outcomes, failure: Some(reason), stop: None }
                }
            }
        }
    }
}

/// The wait before the next attempt; `None` when there is none.
fn again(policy: &RunPolicy, case: Case<'_>, after: Option<Duration>) -> Option<Duration> {
    let attempts = case.past.attempts;
    let jittered = policy.backoff(attempts).mul_f64(jitter(policy.seed, case.batch, attempts));
    let delay = jittered.max(after.unwrap_or_default());
    let is_due =
        !case.ending && attempts < policy.max_attempts && case.tried_for.saturating_add(delay) <= policy.patience;
    is_due.then_some(delay)
}

/// Whether the same batch went wrong there so often that halves may do better. What is a half for this very reason
/// needs no second proof.
fn is_worn_out(past: &Past, stage: Stage) -> bool {
    let (times, limit) = match stage {
        Stage::TimedOut => (past.timed_out, 2),
        Stage::Unreadable => (past.unreadable, 3),
        Stage::BrokenOff | Stage::Failed => return false,
    };
    times >= if past.halved_for == Some(stage) { 1 } else { limit }
}

/// What a refused request means for its batch.
fn refused(case: Case<'_>, kind: Refusal, said: Said) -> Step {
    let edits = case.past.sent();
    let kind = match kind {
        Refusal::Astray if case.got_through || edits == 1 && said.error_code.is_some() => Refusal::Whole,
        Refusal::Astray => Refusal::Stop,
        kind => kind,
    };
    let words = said_in_words(&said);
    let inherited = case.past.inherited.clone();
    let doubt = if kind == Refusal::Split { inherited.as_deref() } else { case.doubt() };
    if kind == Refusal::Split && edits > 1 && !case.ending {
        return Step::Halve { reason: words, doubt: inherited };
    }
    let stop = (kind == Refusal::Stop).then(|| words.clone());
    let outcomes = match (kind, doubt) {
        (_, Some(doubt)) => {
            let why = format!("an earlier attempt may have been taken ({doubt}); then: {words}");
            all(edits, Status::Unknown, said.code, &why)
        }
        // One of them is to blame, and there is no time to find out which.
        (Refusal::Split, None) if edits > 1 => {
            let why = format!("refused as a whole ({words}), and the run ended before its parts were tried");
            all(edits, Status::NotSent, said.code, &why)
        }
        (Refusal::Split | Refusal::Whole, None) => alike(edits, Status::Rejected, said),
        (Refusal::Stop | Refusal::Astray, None) => alike(edits, Status::NotSent, said),
    };
    Step::Settle { outcomes, failure: Some(words), stop }
}

/// The outcomes of a part that is given up because every part of its batch met this refusal.
pub(super) fn hopeless(case: Case<'_>, refusal: &Refused) -> Vec<Outcome> {
    let edits = case.past.sent();
    let why = format!("{} (given up: every part of the batch fails alike)", refusal.reason);
    match (&refusal.said, &case.past.inherited) {
        (Some(said), None) => alike(edits, Status::Rejected, Said { description: Some(why), ..said.clone() }),
        _ => all(edits, Status::Unknown, None, &why),
    }
}

/// The outcomes of a batch that is not sent again, `reason` being the last word on it.
pub(super) fn given_up(case: Case<'_>, reason: &str) -> Vec<Outcome> {
    let (edits, attempts) = (case.past.sent(), case.past.attempts);
    let tried = counted(attempts.into(), "attempt");
    let ended = if case.ending { "the run ended" } else { "given up" };
    match case.doubt() {
        Some(doubt) if doubt != reason => {
            let why = format!("{ended} after {tried}: {reason}; an earlier one may have been taken ({doubt})");
            all(edits, Status::Unknown, None, &why)
        }
        Some(_) => all(edits, Status::Unknown, None, &format!("{ended} after {tried}: {reason}")),
        None => all(edits, Status::NotSent, None, &format!("{ended} after {tried}: {reason}")),
    }
}

/// What a refusal says, with its status: `401: credentials are not valid`.
pub(super) fn said_in_words(said: &Said) -> String {
    let words = said.description.as_deref().or(said.message.as_deref()).unwrap_or("the server gave no reason");
    said.code.map_or_else(|| words.to_owned(), |code| format!("{code}: {words}"))
}

fn all(edits: usize, status: Status, code: Option<i64>, why: &str) -> Vec<Outcome> {
    alike(edits, status, Said { code, description: Some(why.to_owned()), ..Said::default() })
}

fn alike(edits: usize, status: Status, said: Said) -> Vec<Outcome> {
    let one = Outcome { said, ..Outcome::undecided(status, None, "") };
    vec![one; edits]
}

impl RunPolicy {
    /// The longest wait after an attempt: the base, doubled each time, up to the cap.
    pub(super) fn backoff(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.backoff_base.saturating_mul(doubled).min(self.backoff_cap)
    }
}

/// A share between 0 and 1 that belongs to this attempt: the seed, the batch and the attempt decide, not
/// the order of arrival (I8). A wait times this share is spread in full, which is "full jitter".
pub(super) fn jitter(seed: u64, batch: u32, attempt: u32) -> f64 {
    unit(mix_all(&[seed, batch.into(), attempt.into()]))
}

/// Why an answer asks the whole run to be quiet, if it does, and for how long where it says so.
///
/// No connection counts as well: with the line down, trying every other batch only uses up their attempts.
pub(super) fn quiet(reply: &Reply) -> Option<(WaitReason, Option<Duration>)> {
    match (&reply.result, reply.http_status) {
        (
            AttemptResult::Retryable { after: Some(after), .. } | AttemptResult::Ambiguous { after: Some(after), .. },
            _,
        ) => Some((WaitReason::AskedByServer, Some(*after))),
        (AttemptResult::Retryable { .. }, Some(429 | 503)) => Some((WaitReason::Busy, None)),
        (AttemptResult::Retryable { unreachable: true, .. }, _) => Some((WaitReason::Unreachable, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
