//! Contacts as they are now: the journal of reads that change nothing, kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RunLog;
use super::error::StoreError;
use super::undo_run::Now;
use crate::domain::{AttemptRecord, Batch, BatchItem, Edit, Outcome, Part, RunId, RunState, Status, Totals, shown};
use crate::support::clock::Timestamp;

/// The contacts of some edits of a run, to be read by the engine: each is a batch of its own.
#[derive(Debug)]
pub struct Present {
    run: RunId,
    edits: Vec<(u64, Edit)>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    contacts: HashMap<u64, Now>,
    books: Totals,
}

impl Present {
    /// The contacts of these edits, which stand at these places of the run.
    pub fn new(run: RunId, edits: Vec<(u64, Edit)>) -> Self {
        let books = Totals::planned(edits.len() as u64);
        Self { run, edits, seen: Mutex::new(Seen { contacts: HashMap::new(), books }) }
    }

    /// How many contacts there are.
    pub fn contacts(&self) -> u32 {
        self.edits.len() as u32
    }

    /// What was read, by the places of the edits; the reads are over.
    pub fn take(&self) -> HashMap<u64, Now> {
        std::mem::take(&mut self.lock().contacts)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self, no: u32) -> Result<&(u64, Edit), StoreError> {
        self.edits.get(no as usize).ok_or(StoreError::NoSuchBatch(self.run, no))
    }
}

impl RunLog for Present {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        let (seq, Edit { sid, changes }) = self.edit(no)?.clone();
        Ok(Batch { no, round: 0, items: vec![BatchItem { seq, sid, changes }] })
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
        // One edit has no parts.
        Err(StoreError::NoSuchBatch(self.run, batch))
    }

    async fn settle(
        &self,
        batch: u32,
        _: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let (seq, _) = self.edit(batch)?;
        let outcomes = outcomes.into();
        let [outcome] = &*outcomes else {
            return Err(StoreError::WrongCount { run: self.run, batch, edits: 1, given: outcomes.len() as u64 });
        };
        let now = match outcome.item.as_deref().map(shown) {
            Some(Some(contact)) => Now::Shown(Box::new(contact)),
            Some(None) => Now::Gone,
            None => Now::Unread(outcome.said.description.clone().unwrap_or_default()),
        };
        let mut seen = self.lock();
        seen.contacts.insert(*seq, now);
        seen.books.add(outcome.status, 1);
        Ok(seen.books)
    }

    async fn finish(&self, _: RunState, _: Timestamp, _: u64) -> Result<Totals, StoreError> {
        let mut seen = self.lock();
        let unread = seen.books.open();
        seen.books.add(Status::NotSent, unread);
        Ok(seen.books)
    }
}
