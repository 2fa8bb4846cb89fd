//! Settling runs whose process died.

use rusqlite::{Connection, TransactionBehavior, params};

use super::error::StoreError;
use super::runs::{leave_queue, settle_rest};
use crate::domain::{RunId, Status};

/// What the last start left unsettled, and is settled now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// The runs whose process died.
    pub crashed: Vec<RunId>,
    /// Edits of theirs that were perhaps taken by the server: an intent to send them is recorded, but no answer.
    pub unknown: u64,
    /// Edits of theirs that were not sent; they are still queued.
    pub not_sent: u64,
}

/// The runs that have no end recorded.
pub(super) fn open_runs(connection: &Connection) -> Result<Vec<RunId>, StoreError> {
    let mut statement = connection.prepare_cached("select id from run where state = 'running' order by id")?;
    let runs = statement.query_map([], |row| Ok(RunId(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(runs)
}

/// Settles every open run. The caller holds the submitter lock, so none of them is under way.
pub(super) fn recover(connection: &mut Connection) -> Result<Recovery, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut recovery = Recovery { crashed: open_runs(&tx)?, ..Recovery::default() };
    for run in &recovery.crashed {
        recovery.unknown += settle_rest(
            &tx,
            *run,
            Status::Unknown,
            "the program ended before an answer was recorded",
            "exists (select 1 from attempt a where a.run = i.run and a.batch = i.batch)",
        )?;
        recovery.not_sent +=
            settle_rest(&tx, *run, Status::NotSent, "the program ended before this edit was sent", "true")?;
        leave_queue(&tx, *run, 0, i64::MAX)?;
        // The last sign of life is the best that is known of its end.
        tx.prepare_cached(
            "update run set state = 'crashed', finished = max(started, seen), elapsed_ms = max(0, seen - started)
             from (select coalesce(max(started + coalesce(elapsed_ms, 0)), 0) as seen from attempt where run = ?1)
             where id = ?1",
        )?
        .execute(params![run.0])?;
    }
    tx.commit()?;
    Ok(recovery)
}
