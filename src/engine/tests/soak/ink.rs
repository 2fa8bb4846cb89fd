//! The journal of a run, as the store has it, on the clock of the soak: a write takes as long as the seed says, before and
//! after it is done, so that a kill or a cancel may come between. It counts what was written, and may fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;

use super::at_once;
use crate::domain::{AttemptRecord, Batch, Outcome, Part, RunState, Totals};
use crate::engine::ledger::tally;
use crate::store::{RunJournal, RunLog, StoreError};
use crate::support::clock::Timestamp;
use crate::support::rng::mix_all;

pub(super) struct Ink {
    pub(super) journal: RunJournal,
    pub(super) seed: u64,
    pub(super) written: Mutex<Written>,
}

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) calls: u64,
    /// The call from which on every one fails, if one does.
    pub(super) fails_from: Option<u64>,
    /// What was counted of each batch that is settled.
    pub(super) settled: BTreeMap<u32, Totals>,
    pub(super) breaches: Vec<String>,
}

impl Ink {
    /// Writes something: it is on disk somewhere in the middle of the time that this takes.
    async fn write<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let call = {
            let mut written = self.written.lock().unwrap();
            written.calls += 1;
            written.calls
        };
        let pause = |about: u64| Duration::from_millis(mix_all(&[self.seed, call, about]) % 25);
        sleep(pause(1)).await;
        if self.written.lock().unwrap().fails_from.is_some_and(|from| call >= from) {
            return Err(StoreError::Closed);
        }
        let result = at_once(work);
        sleep(pause(2)).await;
        result
    }
}

impl RunLog for Ink {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        self.journal.load_batch(no).await
    }

    async fn intend(&self, batch: u32, attempt: u32, at: Timestamp) -> Result<(), StoreError> {
        self.write(self.journal.intend(batch, attempt, at)).await
    }

    async fn withdraw(&self, batch: u32, attempt: u32) -> Result<(), StoreError> {
        self.write(self.journal.withdraw(batch, attempt)).await
    }

    async fn attempt_failed(&self, record: AttemptRecord) -> Result<(), StoreError> {
        self.write(self.journal.attempt_failed(record)).await
    }

    async fn split(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        doubt: Option<String>,
        parts: Vec<Part>,
    ) -> Result<(), StoreError> {
        self.write(self.journal.split(batch, record, doubt, parts)).await
    }

    async fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let outcomes = outcomes.into();
        let counts = tally(&outcomes);
        let books = self.write(self.journal.settle(batch, record, outcomes)).await?;
        let mut written = self.written.lock().unwrap();
        if written.settled.insert(batch, counts).is_some() {
            written.breaches.push(format!("batch {batch} settled twice (I1)"));
        }
        Ok(books)
    }

    async fn finish(&self, state: RunState, at: Timestamp, elapsed_ms: u64) -> Result<Totals, StoreError> {
        self.write(self.journal.finish(state, at, elapsed_ms)).await
    }
}
