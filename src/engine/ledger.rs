//! The books of a run: where each batch stands, and what is settled. Plain data, without tasks or a clock.
//!
//! Only batches under way have an entry, and only the few that are about to be sent hold their edits, so a
//! run of a million edits takes no more memory than one of a thousand.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::domain::{AttemptResult, Batch, Outcome, Status, Totals};

/// Where a batch that is under way stands.
#[derive(Debug)]
enum Stage {
    /// Its edits are being read from the store.
    Loading,
    /// It may be sent as soon as pace, limit and rounds allow.
    Ready(Batch),
    /// An attempt has been started and not answered.
    Sending,
    /// An answer, or that there will be none, is being recorded.
    Recording,
    /// It is due again at that time.
    Waiting(Instant),
    /// What became of it could not be recorded: it stays open, for the recovery to find.
    Lost,
}

#[derive(Debug)]
struct Entry {
    stage: Stage,
    round: u32,
    past: Past,
}

/// What has been tried with a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) edits: usize,
    /// Attempts started.
    pub(super) attempts: u32,
    /// Why an attempt may have been taken, if one may.
    pub(super) doubt: Option<String>,
    /// How the last attempt failed.
    pub(super) last: Option<String>,
}

/// The books.
#[derive(Debug)]
pub(super) struct Ledger {
    batches: u32,
    limit: usize,
    /// The first batch that was never loaded. Those before it are in `active`, or done.
    next: u32,
    /// The highest round that is open: every batch of the rounds before it is settled.
    round: u32,
    active: BTreeMap<u32, Entry>,
    totals: Totals,
}

impl Ledger {
    /// `limit` is how many batches may be in flight; as many may be ready beforehand.
    pub(super) fn new(planned: u64, batches: u32, limit: usize) -> Self {
        Self {
            batches,
            limit: limit.max(1),
            next: 0,
            round: 0,
            active: BTreeMap::new(),
            totals: Totals::planned(planned),
        }
    }

    pub(super) const fn totals(&self) -> Totals {
        self.totals
    }

    /// How many batches stand at one of these stages.
    fn count(&self, stage: impl Fn(&Entry) -> bool) -> usize {
        self.active.values().filter(|e| stage(e)).count()
    }

    /// A batch whose edits should be read now; it counts as loading from here on.
    ///
    /// Batches due again come before new ones. New ones pause while many wait for another attempt:
    /// when most attempts fail, spending the first attempt of every batch helps nobody.
    pub(super) fn load_next(&mut self, now: Instant) -> Option<u32> {
        let preparing = |e: &Entry| matches!(e.stage, Stage::Loading | Stage::Ready(_));
        if self.count(|e| preparing(e) && e.past.attempts > 0) < self.limit
            && let Some((no, entry)) = self.first_due(now)
        {
            entry.stage = Stage::Loading;
            return Some(no);
        }
        let room = self.count(|e| preparing(e) && e.past.attempts == 0) < self.limit
            && self.count(|e| e.due().is_some()) < 4 * self.limit;
        if self.next == self.batches || !room {
            return None;
        }
        self.active.insert(self.next, Entry { stage: Stage::Loading, round: 0, past: Past::default() });
        self.next += 1;
        Some(self.next - 1)
    }

    fn first_due(&mut self, now: Instant) -> Option<(u32, &mut Entry)> {
        let due = |(no, e): (&u32, &Entry)| e.due().filter(|due| *due <= now).map(|due| (due, *no));
        let (_, no) = self.active.iter().filter_map(due).min()?;
        self.active.get_mut(&no).map(|e| (no, e))
    }

    /// The edits of a batch are there. Ignored when the batch was given up meanwhile.
    pub(super) fn loaded(&mut self, no: u32, batch: Batch) {
        if let Some(entry) = self.active.get_mut(&no)
            && matches!(entry.stage, Stage::Loading)
        {
            entry.round = batch.round;
            entry.past.edits = batch.items.len();
            entry.stage = Stage::Ready(batch);
        }
    }

    /// The batch to send next, in the order of the plan: so those due again go before new ones. A batch waits
    /// for every batch of an earlier round, and for the journal when it lags by more than a volley.
    pub(super) fn sendable(&mut self) -> Option<u32> {
        // Rounds rise with the numbers of batches, and all batches before the lowest one under way are
        // settled: so its round is open. One that is still loading has round 0 here, which opens nothing.
        self.round = self.round.max(self.active.values().next()?.round);
        let sending = self.count(|e| matches!(e.stage, Stage::Sending));
        let recording = self.count(|e| matches!(e.stage, Stage::Recording));
        if sending >= self.limit || recording > self.limit {
            return None;
        }
        let may_go = |e: &Entry| matches!(e.stage, Stage::Ready(_)) && e.round <= self.round;
        self.active.iter().find(|(_, e)| may_go(e)).map(|(no, _)| *no)
    }

    /// Starts an attempt on a ready batch; gives its edits and the number of the attempt.
    pub(super) fn send(&mut self, no: u32) -> Option<(Batch, u32)> {
        let entry = self.active.get_mut(&no)?;
        match std::mem::replace(&mut entry.stage, Stage::Sending) {
            Stage::Ready(batch) => {
                entry.past.attempts += 1;
                Some((batch, entry.past.attempts))
            }
            other => {
                entry.stage = other;
                None
            }
        }
    }

    /// An attempt never left this machine: it does not count.
    pub(super) fn withdraw(&mut self, no: u32, attempt: u32, now: Instant) {
        if let Some(entry) = self.under_way(no, attempt) {
            entry.past.attempts -= 1;
            entry.stage = Stage::Waiting(now);
            if entry.past.attempts == 0 {
                self.active.remove(&no);
            }
        }
    }

    /// An attempt is answered, and the batch is being recorded from here on. `None` for an answer that
    /// nobody waits for: this is what makes a batch settle once (I1).
    pub(super) fn answered(&mut self, no: u32, attempt: u32, result: &AttemptResult) -> Option<&Past> {
        let entry = self.under_way(no, attempt)?;
        entry.stage = Stage::Recording;
        entry.past.learn(result);
        Some(&entry.past)
    }

    fn under_way(&mut self, no: u32, attempt: u32) -> Option<&mut Entry> {
        self.active.get_mut(&no).filter(|e| matches!(e.stage, Stage::Sending) && e.past.attempts == attempt)
    }

    fn recording(&mut self, no: u32) -> Option<&mut Entry> {
        self.active.get_mut(&no).filter(|e| matches!(e.stage, Stage::Recording))
    }

    /// The failure is recorded; the batch is due again at that time.
    pub(super) fn again(&mut self, no: u32, due: Instant) {
        if let Some(entry) = self.recording(no) {
            entry.stage = Stage::Waiting(due);
        }
    }

    /// The outcomes are recorded.
    pub(super) fn settled(&mut self, no: u32, tally: &Totals) {
        if self.recording(no).is_some() {
            self.active.remove(&no);
            for status in Status::ALL {
                self.totals.add(status, tally.of(status));
            }
        }
    }

    /// What became of the batch could not be recorded.
    pub(super) fn lose(&mut self, no: u32) {
        if let Some(entry) = self.recording(no) {
            entry.stage = Stage::Lost;
        }
    }

    /// Ends the hopes of all batches that are not being sent now: those that were tried are given to
    /// be recorded, those that never were are forgotten.
    pub(super) fn give_up(&mut self) -> Vec<(u32, Past)> {
        let idle = |e: &Entry| matches!(e.stage, Stage::Loading | Stage::Ready(_) | Stage::Waiting(_));
        self.active.retain(|_, e| !idle(e) || e.past.attempts > 0);
        let tried = self.active.iter_mut().filter(|(_, e)| idle(e));
        tried
            .map(|(no, e)| {
                e.stage = Stage::Recording;
                (*no, e.past.clone())
            })
            .collect()
    }

    /// Whether nothing is being sent or recorded.
    pub(super) fn is_idle(&self) -> bool {
        self.count(|e| matches!(e.stage, Stage::Sending | Stage::Recording)) == 0
    }

    /// Whether every batch is settled.
    pub(super) fn is_done(&self) -> bool {
        self.next == self.batches && self.active.is_empty()
    }

    /// How many batches have an end that could not be recorded.
    pub(super) fn lost(&self) -> usize {
        self.count(|e| matches!(e.stage, Stage::Lost))
    }

    /// The next time at which a waiting batch comes due.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        self.active.values().filter_map(Entry::due).filter(|due| *due > now).min()
    }

    /// How many batches wait for their next attempt, when nothing else is under way.
    pub(super) fn only_waiting(&self) -> Option<u32> {
        let waiting = self.count(|e| e.due().is_some());
        let stirring = self.count(|e| matches!(e.stage, Stage::Loading | Stage::Sending | Stage::Recording));
        (waiting > 0 && stirring == 0).then_some(waiting as u32)
    }

    /// Closes the books: what has no outcome is not sent.
    pub(super) fn close(&mut self) -> Totals {
        self.totals.add(Status::NotSent, self.totals.open());
        self.totals
    }
}

impl Entry {
    fn due(&self) -> Option<Instant> {
        if let Stage::Waiting(due) = self.stage { Some(due) } else { None }
    }
}

impl Past {
    fn learn(&mut self, result: &AttemptResult) {
        match result {
            AttemptResult::Ambiguous { reason, .. } => {
                self.doubt = Some(reason.clone());
                self.last = Some(reason.clone());
            }
            AttemptResult::Retryable { reason, .. } => self.last = Some(reason.clone()),
            AttemptResult::Settled(_) | AttemptResult::Refused { .. } => {}
        }
    }
}

/// How many outcomes stand where.
pub(super) fn tally(outcomes: &[Outcome]) -> Totals {
    let mut tally = Totals::planned(outcomes.len() as u64);
    for outcome in outcomes {
        tally.add(outcome.status, 1);
    }
    tally
}

#[cfg(test)]
mod tests;
