//! Settling runs whose process died.

use std::ops::Range;

use rusqlite::{Connection, TransactionBehavior, params};

use super::base::held_among;
use super::error::StoreError;
use super::key::{key, keys};
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
    let crashed = open_runs(&tx)?;
    let mut recovery = Recovery::default();
    for run in &crashed {
        for items in in_flight(&tx, *run)? {
            for items in but_held(&tx, *run, items, &mut recovery)? {
                let why = "the program ended before an answer was recorded";
                recovery.unknown += settle_rest(&tx, *run, items.clone(), Status::Unknown, why)?;
                leave_queue(&tx, *run, items)?;
            }
        }
        let why = "the program ended before this edit was sent";
        recovery.not_sent += settle_rest(&tx, *run, keys(*run), Status::NotSent, why)?;
        // The last sign of life is the best that is known of its end.
        tx.prepare_cached(
            "update run set state = 'crashed', finished = max(started, seen), elapsed_ms = max(0, seen - started)
             from (select coalesce(max(started + coalesce(elapsed_ms, 0)), 0) as seen from attempt where run = ?1)
             where id = ?1",
        )?
        .execute(params![run.0])?;
    }
    tx.commit()?;
    Ok(Recovery { crashed, ..recovery })
}

/// Settles what a batch held back, which was in none of its requests; gives the items between.
fn but_held(
    connection: &Connection,
    run: RunId,
    items: Range<i64>,
    recovery: &mut Recovery,
) -> Result<Vec<Range<i64>>, StoreError> {
    let mut rest = items.clone();
    let mut between = Vec::new();
    for (key, why) in held_among(connection, &items)? {
        recovery.not_sent += settle_rest(connection, run, key..key + 1, Status::NotSent, &why)?;
        between.push(rest.start..key);
        rest.start = key + 1;
    }
    between.push(rest);
    Ok(between)
}

/// The items of the batches that may have been taken and are not settled. A batch settles as a whole, so its first
/// place tells; one that was split is settled by its parts.
fn in_flight(connection: &Connection, run: RunId) -> Result<Vec<Range<i64>>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select ?2 + b.first_seq, ?2 + b.first_seq + b.edits from batch b where b.run = ?1
           and (b.doubt is not null
             or exists (select 1 from attempt a where a.run = b.run and a.batch = b.no and a.doubtful))
           and not exists (select 1 from outcome o where o.key = ?2 + b.first_seq)
           and exists (select 1 from item i where i.key = ?2 + b.first_seq and i.batch = b.no)",
    )?;
    let items = statement.query_map([run.0, key(run, 0)], |row| Ok(row.get(0)?..row.get(1)?))?;
    Ok(items.collect::<Result<_, _>>()?)
}
