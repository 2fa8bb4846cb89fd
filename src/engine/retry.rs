//! What an answer means for its batch: settled, sent again, or given up. One table, without a clock.

use std::time::Duration;

use super::event::WaitReason;
use super::run::RunPolicy;
use crate::domain::{AttemptResult, Outcome, Refusal, Reply, Said, Status};
use crate::support::rng::{mix_all, unit};
use crate::support::text::counted;

/// The longest wait that is obeyed: more is a broken clock, and must not push a time out of bounds.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the table knows of a batch beside the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) batch: u32,
    /// Which sending was answered, from 1.
    pub(super) attempt: u32,
    pub(super) edits: usize,
    /// Why an earlier attempt may have been taken, if one may.
    pub(super) doubt: Option<&'a str>,
    /// Whether the run is ending, so that nothing is sent again.
    pub(super) ending: bool,
}

/// What becomes of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Each edit gets its outcome.
    Settle { outcomes: Vec<Outcome>, failure: Option<String>, stop: Option<String> },
    /// It is sent again after this time.
    Again { delay: Duration, reason: String },
}

/// Decides on an answer. The lines that are not plain:
///
/// - Where any attempt may have been taken, the edits are unknown, however the last attempt failed.
/// - A refusal of the contents (400, 413) speaks for the earlier attempts too, since all of them
///   carried the same bytes: rejected. Any other refusal (a redirect, a 409 against our own earlier
///   attempt) tells nothing of them: unknown.
/// - A run that is ending gets the words of a batch that used up its attempts.
pub(super) fn decide(policy: &RunPolicy, case: Case<'_>, result: AttemptResult) -> Step {
    match result {
        AttemptResult::Settled(outcomes) if outcomes.len() == case.edits => {
            Step::Settle { outcomes, failure: None, stop: None }
        }
        AttemptResult::Settled(outcomes) => {
            let why = format!("a bug in rolodeck: {} outcomes for {} edits", outcomes.len(), case.edits);
            Step::Settle { outcomes: all(case.edits, Status::Unknown, None, &why), failure: Some(why), stop: None }
        }
        AttemptResult::Refused { kind, said } => refused(case, kind, said),
        AttemptResult::Retryable { reason, after, .. } | AttemptResult::Ambiguous { reason, after, .. }
            if !case.ending && case.attempt < policy.max_attempts =>
        {
            let jittered = policy.backoff(case.attempt).mul_f64(jitter(policy.seed, case.batch, case.attempt));
            Step::Again { delay: jittered.max(after.unwrap_or_default()).min(LONGEST_WAIT), reason }
        }
        AttemptResult::Retryable { reason, unreachable, .. } => {
            let stop = (unreachable && !case.ending)
                .then(|| format!("no connection after {}: {reason}", counted(case.attempt.into(), "attempt")));
            Step::Settle { outcomes: given_up(case, &reason), failure: Some(reason), stop }
        }
        AttemptResult::Ambiguous { reason, .. } => {
            let case = Case { doubt: Some(&reason), ..case };
            Step::Settle { outcomes: given_up(case, &reason), failure: Some(reason.clone()), stop: None }
        }
    }
}

/// What a refused request means for its batch: the one place that a split would change.
fn refused(case: Case<'_>, kind: Refusal, said: Said) -> Step {
    let words = said_in_words(&said);
    let stop = (kind == Refusal::Stop).then(|| words.clone());
    let outcomes = match (kind, case.doubt) {
        (Refusal::Split, _) | (Refusal::Whole, None) => alike(case.edits, Status::Rejected, said),
        (Refusal::Stop, None) => alike(case.edits, Status::NotSent, said),
        (Refusal::Stop | Refusal::Whole, Some(doubt)) => {
            let why = format!("an earlier attempt may have been taken ({doubt}); then: {words}");
            all(case.edits, Status::Unknown, said.code, &why)
        }
    };
    Step::Settle { outcomes, failure: Some(words), stop }
}

/// The outcomes of a batch that is not sent again, `reason` being the last word on it.
pub(super) fn given_up(case: Case<'_>, reason: &str) -> Vec<Outcome> {
    let tried = counted(case.attempt.into(), "attempt");
    let ended = if case.ending { "the run ended" } else { "given up" };
    match case.doubt {
        Some(doubt) if doubt != reason => {
            let why = format!("{ended} after {tried}: {reason}; an earlier one may have been taken ({doubt})");
            all(case.edits, Status::Unknown, None, &why)
        }
        Some(_) => all(case.edits, Status::Unknown, None, &format!("{ended} after {tried}: {reason}")),
        None => all(case.edits, Status::NotSent, None, &format!("{ended} after {tried}: {reason}")),
    }
}

/// What a refusal says, with its status: `401: credentials are not valid`.
fn said_in_words(said: &Said) -> String {
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
        ) => Some((WaitReason::AskedByServer, Some((*after).min(LONGEST_WAIT)))),
        (AttemptResult::Retryable { .. }, Some(429 | 503)) => Some((WaitReason::Busy, None)),
        (AttemptResult::Retryable { unreachable: true, .. }, _) => Some((WaitReason::Unreachable, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
