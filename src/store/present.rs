//! Contacts as they are now: the journal of reads that change nothing, kept in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::StoreError;
use super::reading::ReadLog;
use super::undo_run::Now;
use crate::domain::{Batch, BatchItem, Edit, Outcome, RunId, shown};

/// The contacts of some edits of a run, to be read by the engine: each is a batch of its own.
#[derive(Debug)]
pub struct Present {
    run: RunId,
    edits: Vec<(u64, Edit)>,
    seen: Mutex<HashMap<u64, Now>>,
}

impl Present {
    /// The contacts of these edits, which stand at these places of the run.
    pub fn new(run: RunId, edits: Vec<(u64, Edit)>) -> Self {
        Self { run, edits, seen: Mutex::default() }
    }

    /// How many contacts there are.
    pub fn contacts(&self) -> u32 {
        self.edits.len() as u32
    }

    /// What was read, by the places of the edits; the reads are over.
    pub fn seen(&self) -> HashMap<u64, Now> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Now>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self, no: u32) -> Result<&(u64, Edit), StoreError> {
        self.edits.get(no as usize).ok_or(StoreError::NoSuchBatch(self.run, no))
    }
}

impl ReadLog for Present {
    async fn contact(&self, no: u32) -> Result<Batch, StoreError> {
        let (seq, Edit { sid, changes }) = self.edit(no)?.clone();
        Ok(Batch { no, round: 0, items: vec![BatchItem { seq, sid, changes }] })
    }

    async fn take(&self, no: u32, outcome: &Outcome) -> Result<(), StoreError> {
        let (seq, _) = self.edit(no)?;
        let now = match outcome.item.as_deref().map(shown) {
            Some(Some(contact)) => Now::Shown(Box::new(contact)),
            Some(None) => Now::Gone,
            None => Now::Unread(outcome.said.description.clone().unwrap_or_default()),
        };
        self.lock().insert(*seq, now);
        Ok(())
    }
}
