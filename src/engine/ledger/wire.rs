//! From the intent of an attempt to the wire: which batch is prepared, which one goes, and which is called back.

use tokio::time::Instant;

use super::{Entry, Ledger, Stage};
use crate::domain::Batch;

impl Ledger {
    /// Whether it waits for others: until it is known why they were refused, or because they go before it.
    fn waits_for_others(&self, entry: &Entry) -> bool {
        let goes_before = |e: &Entry| !e.is_new && (e.is_prepared() || matches!(e.stage, Stage::Ready(_)));
        entry.is_new && (self.families.are_puzzled() || self.active.values().any(goes_before))
    }

    /// How many attempts are on the wire.
    pub(in crate::engine) fn on_wire(&self) -> usize {
        self.count(|e| matches!(e.stage, Stage::Sending))
    }

    /// Whether an attempt on this batch was put on the wire.
    pub(in crate::engine) fn has_leave(&self, no: u32) -> bool {
        self.active.get(&no).is_some_and(|e| matches!(e.stage, Stage::Sending))
    }

    /// How many attempts are prepared, and not on the wire.
    pub(in crate::engine) fn prepared(&self) -> usize {
        self.count(Entry::is_prepared)
    }

    /// Whether a ready batch may be prepared when `flight` attempts may be on the wire, and `ahead` on it or prepared. New
    /// batches are prepared ahead, so that they can follow an answer at once; they never keep others from it.
    pub(in crate::engine) fn may_prepare(&self, no: u32, flight: usize, ahead: usize) -> bool {
        if self.active.get(&no).is_some_and(|e| e.is_new) {
            return self.on_wire() + self.prepared() < ahead;
        }
        self.on_wire() + self.count(|e| e.is_prepared() && !e.is_new) < flight.min(ahead)
    }

    /// Starts an attempt on a ready batch, whose intent is being recorded from here on; gives its edits and the number of
    /// the attempt.
    pub(in crate::engine) fn intend(&mut self, no: u32) -> Option<(Batch, u32)> {
        let entry = self.active.get_mut(&no)?;
        match std::mem::replace(&mut entry.stage, Stage::Intending) {
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

    /// The intent of an attempt is on disk.
    pub(in crate::engine) fn intended(&mut self, no: u32, attempt: u32) {
        if let Some(entry) = self.active.get_mut(&no)
            && matches!(entry.stage, Stage::Intending)
            && entry.past.attempts == attempt
        {
            entry.stage = Stage::Intended;
        }
    }

    /// Puts the next attempt on the wire, if fewer than `flight` are there; gives the number of its batch.
    pub(in crate::engine) fn go(&mut self, flight: usize, now: Instant) -> Option<u32> {
        if self.on_wire() >= flight || self.journal_lags() {
            return None;
        }
        let may_go = |e: &Entry| matches!(e.stage, Stage::Intended) && !self.waits_for_others(e);
        let (_, no) = self.active.iter().filter(|(_, e)| may_go(e)).map(|(no, e)| (e.is_new, *no)).min()?;
        let entry = self.active.get_mut(&no)?;
        entry.stage = Stage::Sending;
        entry.past.since.get_or_insert(now);
        entry.is_new = false;
        Some(no)
    }

    /// The answer to an attempt is here: its place on the wire is free. Says whether there is such an attempt.
    pub(in crate::engine) fn came(&mut self, no: u32, attempt: u32) -> bool {
        let sent = |e: &&mut Entry| matches!(e.stage, Stage::Sending) && e.past.attempts == attempt;
        let Some(entry) = self.active.get_mut(&no).filter(sent) else { return false };
        entry.stage = Stage::Judging;
        true
    }

    /// The batches of prepared attempts that are to be called back: all, or those larger than the server is known to take
    /// by now.
    pub(in crate::engine) fn to_call_back(&self, all: bool) -> Vec<u32> {
        let oversize = |e: &Entry| self.families.oversize(e.past.edits, e.past.bytes).is_some();
        self.active.iter().filter(|(_, e)| e.is_prepared() && (all || oversize(e))).map(|(no, _)| *no).collect()
    }

    /// An attempt never left this machine; its intent is taken back from here on. Says whether there is such an attempt.
    pub(in crate::engine) fn withdraw(&mut self, no: u32, attempt: u32) -> bool {
        let started = |e: &&mut Entry| e.is_prepared() || matches!(e.stage, Stage::Sending);
        let Some(entry) = self.active.get_mut(&no).filter(started).filter(|e| e.past.attempts == attempt) else {
            return false;
        };
        entry.stage = Stage::Recording;
        true
    }

    /// The intent is taken back: the attempt does not count, and the batch is due again.
    pub(in crate::engine) fn withdrawn(&mut self, no: u32, now: Instant) {
        if let Some(entry) = self.recording(no) {
            entry.past.attempts -= 1;
            entry.stage = Stage::Waiting(now);
            // Its edits were counted when they were read.
            entry.is_new = false;
        }
    }
}
