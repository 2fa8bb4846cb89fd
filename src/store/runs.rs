//! Recording a run: its attempts, its outcomes, its end.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::key::{key, keys};
use super::outcomes::insert_outcomes;
use super::queue;
use crate::domain::{AttemptRecord, Outcome, Part, RunId, RunState, Status, Totals};
use crate::support::clock::Timestamp;

/// Records that an attempt is about to be sent.
pub(super) fn intend(
    connection: &Connection,
    run: RunId,
    batch: u32,
    attempt: u32,
    at: Timestamp,
) -> Result<(), StoreError> {
    let counted = connection
        .prepare_cached(
            "update run set requests = requests + 1,
               retries = retries + exists (select 1 from attempt where run = ?1 and batch = ?2)
             where id = ?1 and state = 'running'",
        )?
        .execute(params![run.0, batch])?;
    if counted == 0 {
        return Err(StoreError::RunOver(run));
    }
    let begun = connection
        .prepare_cached(
            "insert into attempt (run, batch, attempt, started)
             select run, no, ?3, ?4 from batch where run = ?1 and no = ?2
             on conflict do nothing",
        )?
        .execute(params![run.0, batch, attempt, at.0])?;
    match begun {
        0 => Err(StoreError::WrongAttempt(
            run,
            batch,
            attempt,
            "can't begin: there is no such batch, or it began before",
        )),
        _ => Ok(()),
    }
}

/// Takes back an intent without an answer, and its count.
pub(super) fn withdraw(connection: &Connection, run: RunId, batch: u32, attempt: u32) -> Result<(), StoreError> {
    let withdrawn = connection
        .prepare_cached("delete from attempt where run = ?1 and batch = ?2 and attempt = ?3 and elapsed_ms is null")?
        .execute(params![run.0, batch, attempt])?;
    if withdrawn > 0 {
        connection
            .prepare_cached(
                "update run set requests = requests - 1,
                   retries = retries - exists (select 1 from attempt where run = ?1 and batch = ?2)
                 where id = ?1",
            )?
            .execute(params![run.0, batch])?;
    }
    Ok(())
}

/// Records how an attempt ended.
pub(super) fn close_attempt(connection: &Connection, run: RunId, record: &AttemptRecord) -> Result<(), StoreError> {
    let closed = connection
        .prepare_cached(
            "update attempt set elapsed_ms = ?4, http_status = ?5, request_id = ?6, error = ?7, doubtful = ?8
             where run = ?1 and batch = ?2 and attempt = ?3 and elapsed_ms is null",
        )?
        .execute(params![
            run.0,
            record.batch,
            record.attempt,
            record.elapsed_ms as i64,
            record.http_status,
            record.request_id,
            record.error,
            record.doubtful
        ])?;
    match closed {
        0 => Err(StoreError::WrongAttempt(run, record.batch, record.attempt, "can't end: it is not under way")),
        _ => Ok(()),
    }
}

/// The first place of a batch and its number of edits, if it has so many.
fn place_of(connection: &Connection, run: RunId, batch: u32, given: usize) -> Result<(i64, i64), StoreError> {
    let (first, edits): (i64, i64) = connection
        .prepare_cached("select first_seq, edits from batch where run = ?1 and no = ?2")?
        .query_row(params![run.0, batch], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(StoreError::NoSuchBatch(run, batch))?;
    if edits == given as i64 {
        return Ok((first, edits));
    }
    Err(StoreError::WrongCount { run, batch, edits: edits as u64, given: given as u64 })
}

/// Records that a batch is sent on in parts.
pub(super) fn split(
    connection: &Connection,
    run: RunId,
    batch: u32,
    record: Option<&AttemptRecord>,
    doubt: Option<&str>,
    parts: &[Part],
) -> Result<(), StoreError> {
    let (first, _) = place_of(connection, run, batch, parts.iter().map(|part| part.edits).sum())?;
    let mut seq = first as u64;
    for part in parts {
        connection
            .prepare_cached(
                "insert into batch (run, no, round, first_seq, edits, parent, doubt)
                 select run, ?3, round, ?4, ?5, no, ?6 from batch where run = ?1 and no = ?2",
            )?
            .execute(params![run.0, batch, part.no, seq as i64, part.edits as i64, doubt])?;
        let items = key(run, seq)..key(run, seq + part.edits as u64);
        connection.prepare_cached("update item set batch = ?3 where key >= ?1 and key < ?2")?.execute(params![
            items.start,
            items.end,
            part.no
        ])?;
        seq += part.edits as u64;
    }
    record.map_or(Ok(()), |record| close_attempt(connection, run, record))
}

/// Records the outcomes of a whole batch, and takes what is settled out of the queue; gives the run's sums.
pub(super) fn settle(
    connection: &Connection,
    run: RunId,
    batch: u32,
    record: Option<&AttemptRecord>,
    outcomes: &[Outcome],
) -> Result<Totals, StoreError> {
    let (first, edits) = place_of(connection, run, batch, outcomes.len())?;
    let items = key(run, first as u64)..key(run, (first + edits) as u64);
    if insert_outcomes(connection, items.start, outcomes)? < outcomes.len() {
        return Err(StoreError::AlreadySettled(run, batch));
    }
    let mut settled = Totals::default();
    for outcome in outcomes {
        settled.add(outcome.status, 1);
    }
    if let Some(record) = record {
        close_attempt(connection, run, record)?;
    }
    count(connection, run, settled)?;
    let mut key = items.start;
    for chunk in outcomes.chunk_by(|a, b| (a.status == Status::NotSent) == (b.status == Status::NotSent)) {
        let chunk_keys = key..key + chunk.len() as i64;
        key = chunk_keys.end;
        if chunk.first().is_some_and(|outcome| outcome.status != Status::NotSent) {
            leave_queue(connection, run, chunk_keys)?;
        }
    }
    totals(connection, run)
}

/// Ends a run: what has no outcome was not sent.
pub(super) fn finish(
    connection: &Connection,
    run: RunId,
    state: RunState,
    at: Timestamp,
    elapsed_ms: u64,
) -> Result<Totals, StoreError> {
    if totals(connection, run)?.open() > 0 {
        settle_rest(connection, run, keys(run), Status::NotSent, "the run ended before this edit was sent")?;
    }
    let ended = connection
        .prepare_cached(
            "update run set state = ?2, finished = ?3, elapsed_ms = ?4 where id = ?1 and state = 'running'",
        )?
        .execute(params![run.0, state.name(), at.0, elapsed_ms as i64])?;
    if ended == 0 {
        return Err(StoreError::RunOver(run));
    }
    totals(connection, run)
}

/// Gives every one of these items of a run that has no outcome this one; gives how many those were.
pub(super) fn settle_rest(
    connection: &Connection,
    run: RunId,
    items: Range<i64>,
    status: Status,
    why: &str,
) -> Result<u64, StoreError> {
    let settled = connection
        .prepare_cached(
            "insert into outcome (key, status, description, echo)
             select i.key, ?3, ?4, 'none' from item i where i.key >= ?1 and i.key < ?2
               and not exists (select 1 from outcome o where o.key = i.key)",
        )?
        .execute(params![items.start, items.end, status.name(), why])? as u64;
    let mut more = Totals::default();
    more.add(status, settled);
    count(connection, run, more)?;
    Ok(settled)
}

/// Takes these items of a run, none of which is *not sent*, out of the queue, where the queued edit is still what was sent.
pub(super) fn leave_queue(connection: &Connection, run: RunId, items: Range<i64>) -> Result<(), StoreError> {
    let is_as_planned: bool = connection
        .prepare_cached("select r.queue_changes is q.changes from run r, queue_size q where r.id = ?1")?
        .query_row([run.0], |row| row.get(0))?;
    // To compare each edit takes several times as long.
    let leave = if is_as_planned {
        "delete from edit where id in (select i.edit from item i where i.key >= ?1 and i.key < ?2)"
    } else {
        "delete from edit where id in (
           select e.id from item i
           cross join edit e on e.id = i.edit
           where i.key >= ?1 and i.key < ?2 and e.sid = i.sid and e.cleared = i.cleared
             and e.first_name is i.first_name and e.last_name is i.last_name and e.number is i.number
             and e.email is i.email and e.company_name is i.company_name and e.tag is i.tag
             and e.custom_field is i.custom_field)"
    };
    let in_a_row = if is_as_planned { edits_in_a_row(connection, &items)? } else { None };
    let left = if let Some(edits) = in_a_row {
        connection.prepare_cached("delete from edit where id between ?1 and ?2")?.execute(edits)?
    } else {
        connection.prepare_cached(leave)?.execute([items.start, items.end])?
    };
    queue::resize(connection, -(left as i64))
}

/// The first and the last edit of these items, where they are all edits between the two: no edit is in a run twice.
fn edits_in_a_row(connection: &Connection, items: &Range<i64>) -> Result<Option<[i64; 2]>, StoreError> {
    let mut ends = connection.prepare_cached(
        "select min(edit), max(edit) from item where key >= ?1 and key < ?2
         having max(edit) - min(edit) + 1 = count(*)",
    )?;
    Ok(ends.query_row([items.start, items.end], |row| Ok([row.get(0)?, row.get(1)?])).optional()?)
}

/// Adds to the sums of a run.
fn count(connection: &Connection, run: RunId, more: Totals) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "update run set updated = updated + ?2, rejected = rejected + ?3, unknown = unknown + ?4,
             not_sent = not_sent + ?5 where id = ?1",
        )?
        .execute([run.0, more.updated as i64, more.rejected as i64, more.unknown as i64, more.not_sent as i64])?;
    Ok(())
}

/// The sums of a run.
pub(super) fn totals(connection: &Connection, run: RunId) -> Result<Totals, StoreError> {
    connection
        .prepare_cached("select planned, updated, rejected, unknown, not_sent from run where id = ?1")?
        .query_row([run.0], |row| read_totals(row, 0))
        .optional()?
        .ok_or(StoreError::NoSuchRun(run))
}

/// Reads the sums from the columns from `first` on.
pub(super) fn read_totals(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Totals> {
    let n = |i: usize| row.get::<_, i64>(first + i).map(|n| n as u64);
    Ok(Totals { planned: n(0)?, updated: n(1)?, rejected: n(2)?, unknown: n(3)?, not_sent: n(4)? })
}
