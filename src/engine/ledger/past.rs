//! What has been tried with a batch, and what was seen before.

use std::ops::Range;

use tokio::time::Instant;

use crate::domain::{AttemptResult, Outcome, Stage as Where};
use crate::support::text::counted;

/// What has been tried with a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::engine) struct Past {
    pub(in crate::engine) edits: usize,
    /// Those of them that are held back, by their places, with the outcomes that say why.
    pub(in crate::engine) held: Vec<(usize, Outcome)>,
    /// How many of their contacts were not found when they were read.
    pub(in crate::engine) gone: usize,
    /// Bytes of a request of the others, nearly.
    pub(in crate::engine) bytes: usize,
    /// What it is a half of went wrong there, if that is why.
    pub(in crate::engine) halved_for: Option<Where>,
    /// Attempts started, counting one whose intent is recorded.
    pub(in crate::engine) attempts: u32,
    /// When the first of them went.
    pub(in crate::engine) since: Option<Instant>,
    /// Those that ended without an answer in time.
    pub(in crate::engine) timed_out: u32,
    /// Those whose answer said nothing of the contacts.
    pub(in crate::engine) unreadable: u32,
    /// Why an attempt may have been taken, if one may.
    pub(in crate::engine) doubt: Option<String>,
    /// Why an attempt on what it is a part of may have been taken, if one may.
    pub(in crate::engine) inherited: Option<String>,
    /// How the last attempt failed.
    pub(in crate::engine) last: Option<String>,
}

impl Past {
    /// How many of its edits are sent.
    pub(in crate::engine) const fn sent(&self) -> usize {
        self.edits - self.held.len()
    }

    /// The outcomes of all its edits, given those of the ones that are sent.
    pub(in crate::engine) fn with_held(&self, sent: Vec<Outcome>) -> Vec<Outcome> {
        if self.held.is_empty() {
            return sent;
        }
        let (mut sent, mut held) = (sent.into_iter(), self.held.iter().peekable());
        let outcome = |place| match held.next_if(|(held, _)| *held == place) {
            Some((_, outcome)) => Some(outcome.clone()),
            None => sent.next(),
        };
        (0..self.edits).filter_map(outcome).collect()
    }

    /// Those held back of a part.
    pub(super) fn held_within(&self, places: Range<usize>) -> Vec<(usize, Outcome)> {
        let inside = self.held.iter().filter(|(place, _)| places.contains(place));
        inside.map(|(place, outcome)| (place - places.start, outcome.clone())).collect()
    }

    /// What a person should know of its reads.
    pub(in crate::engine) fn remark(&self) -> Option<String> {
        (self.gone > 0)
            .then(|| format!("{} not found when read, and sent all the same", counted(self.gone as u64, "contact")))
    }

    /// Whether no request has carried these edits that may have been taken, or that tells anything.
    pub(super) const fn is_untried(&self) -> bool {
        self.attempts == 0 && self.inherited.is_none()
    }

    pub(super) fn learn(&mut self, result: &AttemptResult) {
        match result {
            AttemptResult::Ambiguous { reason, stage, .. } => {
                self.timed_out += u32::from(*stage == Where::TimedOut);
                self.unreadable += u32::from(*stage == Where::Unreadable);
                self.doubt = Some(reason.clone());
                self.last = Some(reason.clone());
            }
            AttemptResult::Retryable { reason, .. } => self.last = Some(reason.clone()),
            AttemptResult::Settled(_) | AttemptResult::Refused { .. } => {}
        }
    }
}
