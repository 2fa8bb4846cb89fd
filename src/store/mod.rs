//! The `store` module.

use std::future::Future;

use crate::domain::{AttemptRecord, Batch, Outcome, RunState, Totals};
use crate::support::clock::Timestamp;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The writer has ended.
    #[error("the store is closed; start rolodeck again")]
    Closed,
}

/// The journal of one run.
pub trait RunLog: Send + Sync + 'static {
    /// Reads a batch of the plan.
    fn load_batch(&self, no: u32) -> impl Future<Output = Result<Batch, StoreError>> + Send;
    /// Records that an attempt begins; durable when it returns.
    fn intend(&self, batch: u32, attempt: u32, at: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Records an attempt that will be made again.
    fn attempt_failed(&self, record: AttemptRecord) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Records the outcomes of a batch.
    fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: Vec<Outcome>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Ends the run: what has no outcome is not sent.
    fn finish(
        &self,
        state: RunState,
        at: Timestamp,
        elapsed_ms: u64,
    ) -> impl Future<Output = Result<Totals, StoreError>> + Send;
}
