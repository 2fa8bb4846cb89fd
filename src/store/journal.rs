//! The journal of one run, as the engine sees it.

use std::sync::{Arc, Mutex, PoisonError};

use super::RunLog;
use super::error::StoreError;
use super::handle::Shared;
use super::reader::Reader;
use super::runs;
use crate::domain::{AttemptRecord, Batch, Outcome, Part, RunId, RunState, Totals};
use crate::support::clock::Timestamp;

/// Records one run in the store.
#[derive(Debug)]
pub struct RunJournal {
    shared: Arc<Shared>,
    run: RunId,
    /// Opened at the first batch; batches are read beside the writer, not in its way.
    reader: Mutex<Option<Reader>>,
}

impl RunJournal {
    pub(super) fn new(shared: Arc<Shared>, run: RunId) -> Self {
        Self { shared, run, reader: Mutex::new(None) }
    }

    fn read_batch(&self, no: u32) -> Result<Batch, StoreError> {
        // A reader holds nothing that a panic could leave half done.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match &mut *reader {
            Some(reader) => reader,
            none => none.insert(self.shared.reader()?),
        };
        reader.batch(self.run, no)
    }
}

impl RunLog for RunJournal {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        self.read_batch(no)
    }

    async fn intend(&self, batch: u32, attempt: u32, at: Timestamp) -> Result<(), StoreError> {
        let run = self.run;
        self.shared.writer.write(move |c| runs::intend(c, run, batch, attempt, at)).await
    }

    async fn withdraw(&self, batch: u32, attempt: u32) -> Result<(), StoreError> {
        let run = self.run;
        self.shared.writer.write(move |c| runs::withdraw(c, run, batch, attempt)).await
    }

    async fn attempt_failed(&self, record: AttemptRecord) -> Result<(), StoreError> {
        let run = self.run;
        self.shared.writer.write(move |c| runs::close_attempt(c, run, &record)).await
    }

    async fn split(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        doubt: Option<String>,
        parts: Vec<Part>,
    ) -> Result<(), StoreError> {
        let run = self.run;
        self.shared.writer.write(move |c| runs::split(c, run, batch, record.as_ref(), doubt.as_deref(), &parts)).await
    }

    async fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let (run, outcomes) = (self.run, outcomes.into());
        self.shared.writer.write(move |c| runs::settle(c, run, batch, record.as_ref(), &outcomes)).await
    }

    async fn finish(&self, state: RunState, at: Timestamp, elapsed_ms: u64) -> Result<Totals, StoreError> {
        let run = self.run;
        self.shared.writer.write(move |c| runs::finish(c, run, state, at, elapsed_ms)).await
    }
}
