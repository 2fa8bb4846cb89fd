//! The journal of one run, as the engine sees it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

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

    /// Reads beside the writer.
    pub(super) fn read<T>(&self, f: impl FnOnce(&Reader, RunId) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // A reader holds nothing that a panic could leave half done.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match &mut *reader {
            Some(reader) => reader,
            none => none.insert(self.shared.reader()?),
        };
        f(reader, self.run)
    }

    /// Writes; what it gives is on disk when this returns. It may be done more than once, until it is done for good.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&Connection, RunId) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let run = self.run;
        self.shared.writer.record(move |connection| f(connection, run)).await
    }
}

impl RunLog for RunJournal {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        self.read(|reader, run| reader.batch(run, no))
    }

    async fn intend(&self, batch: u32, attempt: u32, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |c, run| runs::intend(c, run, batch, attempt, at)).await
    }

    async fn withdraw(&self, batch: u32, attempt: u32) -> Result<(), StoreError> {
        self.write(move |c, run| runs::withdraw(c, run, batch, attempt)).await
    }

    async fn attempt_failed(&self, record: AttemptRecord) -> Result<(), StoreError> {
        self.write(move |c, run| runs::close_attempt(c, run, &record)).await
    }

    async fn split(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        doubt: Option<String>,
        parts: Vec<Part>,
    ) -> Result<(), StoreError> {
        self.write(move |c, run| runs::split(c, run, batch, record.as_ref(), doubt.as_deref(), &parts)).await
    }

    async fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let outcomes = outcomes.into();
        self.write(move |c, run| runs::settle(c, run, batch, record.as_ref(), &outcomes)).await
    }

    async fn finish(&self, state: RunState, at: Timestamp, elapsed_ms: u64) -> Result<Totals, StoreError> {
        self.write(move |c, run| runs::finish(c, run, state, at, elapsed_ms)).await
    }
}
