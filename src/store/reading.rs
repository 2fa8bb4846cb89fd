//! The journal of a run that only reads.
//!
//! A read changes nothing on the server: so a crash need not know of its requests, a failed one leaves nothing to record,
//! and a batch, which is one contact, has no parts. What is left of a journal is a [`ReadLog`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RunLog;
use super::error::StoreError;
use crate::domain::{AttemptRecord, Batch, Outcome, Part, RunId, RunState, Status, Totals};
use crate::support::clock::Timestamp;

/// What is to be read, a contact a batch, and what becomes of what was read.
pub trait ReadLog: Send + Sync + 'static {
    /// Gives the batch of one contact.
    fn contact(&self, no: u32) -> impl Future<Output = Result<Batch, StoreError>> + Send;

    /// Takes what was read of it; once, and durable where it is to last.
    fn take(&self, no: u32, outcome: &Outcome) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A [`ReadLog`] as the journal of a run, with the run's books in memory.
#[derive(Debug)]
pub struct ReadJournal<L> {
    run: RunId,
    log: Arc<L>,
    books: Mutex<Totals>,
}

impl<L> ReadJournal<L> {
    /// The journal of a run that reads so many contacts.
    pub fn new(run: RunId, contacts: u64, log: Arc<L>) -> Self {
        Self { run, log, books: Mutex::new(Totals::planned(contacts)) }
    }

    fn books(&self) -> MutexGuard<'_, Totals> {
        // No panic can leave the sums half done.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: ReadLog> RunLog for ReadJournal<L> {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        self.log.contact(no).await
    }

    async fn intend(&self, _: u32, _: u32, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn withdraw(&self, _: u32, _: u32) -> Result<(), StoreError> {
        Ok(())
    }

    async fn attempt_failed(&self, _: AttemptRecord) -> Result<(), StoreError> {
        Ok(())
    }

    async fn split(
        &self,
        batch: u32,
        _: Option<AttemptRecord>,
        _: Option<String>,
        _: Vec<Part>,
    ) -> Result<(), StoreError> {
        Err(StoreError::NoSuchBatch(self.run, batch))
    }

    async fn settle(
        &self,
        batch: u32,
        _: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let outcomes = outcomes.into();
        let [outcome] = &*outcomes else {
            return Err(StoreError::WrongCount { run: self.run, batch, edits: 1, given: outcomes.len() as u64 });
        };
        self.log.take(batch, outcome).await?;
        let mut books = self.books();
        books.add(outcome.status, 1);
        Ok(*books)
    }

    /// What was not read is *not sent*.
    async fn finish(&self, _: RunState, _: Timestamp, _: u64) -> Result<Totals, StoreError> {
        let mut books = self.books();
        let unread = books.open();
        books.add(Status::NotSent, unread);
        Ok(*books)
    }
}
