//! The durable queue of edits and the journal of runs: one SQLite file in the data directory.
//!
//! - **Owns** the tables, the address book, the one thread that writes them ([`Store`]), connections that read ([`Reader`]), undo, the
//!   settling of runs whose process died ([`Recovery`]), and the submitter lock.
//! - **Never** judges an edit, sends anything, or decides an outcome other than *unknown* and *not sent*.
//! - **Talks to** the engine through [`RunLog`], and to nothing else above `domain`.
//! - **Fails** with a [`StoreError`], and then has changed nothing. What a call returned is on disk
//!   (WAL, `synchronous = full`): a power cut takes nothing back. A damaged database is left as it is, until the user
//!   has it moved aside ([`set_aside`]).
//!
//! An edit leaves the queue in two ways only: the user takes it out (or undoes what brought it in), or a run settles it
//! as updated, rejected or unknown while the queue still holds what was sent. A [`Reconcile`] settles what is unknown.

mod aside;
mod base;
mod book;
mod bulk;
mod causes;
mod clash;
mod columns;
mod compare;
mod conflict;
mod duplicates;
mod error;
mod feed;
mod fold;
mod handle;
mod journal;
mod key;
mod layer;
mod lock;
mod mapping;
mod order;
mod outcomes;
mod patience;
mod pieces;
mod plan;
mod present;
mod put_back;
mod queue;
mod reader;
mod reading;
mod reconcile;
mod recover;
mod requeue;
mod rest;
mod result_order;
mod results;
mod runs;
mod schema;
mod sources;
#[cfg(test)]
mod tests;
mod undo;
mod undo_run;
mod writer;

use std::future::Future;
use std::sync::Arc;

pub use aside::set_aside;
pub use base::{BaseLog, Bases};
pub use book::{
    BookContact, BookId, BookList, BookName, BookState, Changes, ContactId, Joined, ListId, NoOps, Page, Pull,
    PullState, PullSummary,
};
pub use bulk::{BulkReport, MergeReport};
pub use causes::{CauseGroup, Which};
pub use clash::{Choices, Clash, Side};
pub use compare::Comparison;
pub use conflict::Decided;
pub use error::StoreError;
pub use feed::{Feed, Purpose};
pub use fold::Chosen;
pub use handle::Store;
pub use journal::RunJournal;
pub use lock::{LockHeld, SubmitterLock};
pub use mapping::Mapping;
pub use order::Sort;
pub use patience::Patience;
pub use pieces::{PIECE, in_pieces, pieces_of};
pub use plan::{RunRequest, RunStart};
pub use present::Present;
pub use put_back::TakenOut;
pub use queue::{CellChange, ImportReport};
pub use reader::{Origin, QueuedEdit, Reader, RunSummary};
pub use reading::{ReadJournal, ReadLog};
pub use reconcile::Reconcile;
pub use recover::Recovery;
pub use requeue::RequeueReport;
pub use rest::Rest;
pub use result_order::ResultColumn;
pub use results::{Again, Before, ResultRow};
pub use undo::StepRow;
pub use undo_run::{Back, Now, Skip, UndoPlan, UndoReport};

pub use crate::domain::Cell;
use crate::domain::{AttemptRecord, Batch, Outcome, Part, RunState, Totals};
use crate::support::clock::Timestamp;

/// The journal of one run. What a call returned is on disk.
pub trait RunLog: Send + Sync + 'static {
    /// Reads a batch of the plan.
    fn load_batch(&self, no: u32) -> impl Future<Output = Result<Batch, StoreError>> + Send;

    /// Records that an attempt is about to be sent; not a byte of it may leave before this returns.
    fn intend(&self, batch: u32, attempt: u32, at: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes back an intent whose request was kept back, as if it had never been; no matter if there is none.
    fn withdraw(&self, batch: u32, attempt: u32) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Records an attempt that did not settle its batch and will be made again.
    fn attempt_failed(&self, record: AttemptRecord) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Records that a batch is sent on in parts, the attempt that made it so, and why an attempt on the whole may have
    /// been taken. The parts hold all edits of the batch, in their order.
    fn split(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        doubt: Option<String>,
        parts: Vec<Part>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Records the outcomes of a batch, in its order, and the attempt that brought them. Updated, rejected and unknown
    /// edits leave the queue, unless they were changed there since. A batch settles once. Gives the run's books.
    fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> impl Future<Output = Result<Totals, StoreError>> + Send;

    /// Ends the run: edits without an outcome become *not sent*. Gives the final totals.
    fn finish(
        &self,
        state: RunState,
        at: Timestamp,
        elapsed_ms: u64,
    ) -> impl Future<Output = Result<Totals, StoreError>> + Send;
}
