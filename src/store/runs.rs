//! Runs: planning one, recording its attempts and outcomes, ending it.

use std::iter;

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{WIDTH, bind_edit, columns, read_edit};
use super::error::StoreError;
use super::outcomes::differences_json;
use super::queue;
use crate::domain::{
    AttemptRecord, BatchPolicy, Change, Edit, EditId, Field, Outcome, RunId, RunState, Status, Totals, place,
};
use crate::support::clock::{self, Timestamp};

/// What to send, and on whose behalf.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The edits, validated, in queue order.
    pub edits: Vec<EditId>,
    /// How large a batch may be.
    pub policy: BatchPolicy,
    /// The profile's name.
    pub profile: String,
    /// The account.
    pub account: String,
    /// Where it is sent.
    pub base_url: String,
    /// The user of this machine who sends it.
    pub user: String,
    /// The run that this one goes on with.
    pub resumes: Option<RunId>,
}

/// A run that is planned and on disk, with nothing sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunStart {
    /// The run.
    pub run: RunId,
    /// Its edits. Fewer than were asked for when some left the queue in the meantime.
    pub planned: u64,
    /// Its batches.
    pub batches: u32,
}

/// Copies the edits into a new run, batch by batch.
pub(super) fn begin(connection: &Connection, request: &RunRequest) -> Result<RunStart, StoreError> {
    connection
        .prepare_cached(
            "insert into run (state, started, profile, account, base_url, user, resumes, planned, batches)
             values ('running', ?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
        )?
        .execute(params![
            clock::now().0,
            request.profile,
            request.account,
            request.base_url,
            request.user,
            request.resumes.map(|r| r.0)
        ])?;
    let run = RunId(connection.last_insert_rowid());
    let (planned, batches) = copy_items(connection, run, request)?;
    connection.prepare_cached("update run set planned = ?2, batches = ?3 where id = ?1")?.execute(params![
        run.0,
        planned as i64,
        batches
    ])?;
    Ok(RunStart { run, planned, batches })
}

struct Planned {
    id: EditId,
    edit: Edit,
    bytes: usize,
}

fn copy_items(connection: &Connection, run: RunId, request: &RunRequest) -> Result<(u64, u32), StoreError> {
    let mut find = connection.prepare_cached(concat!("select ", columns!(), " from edit where id = ?1"))?;
    let mut insert = connection.prepare_cached(concat!(
        "insert into item (run, seq, edit, batch, ",
        columns!(),
        ")
         values (?10, ?11, ?12, ?13, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    ))?;
    let mut open_batch =
        connection.prepare_cached("insert into batch (run, no, round, first_seq, edits) values (?1, ?2, ?3, ?4, 0)")?;
    let mut failed = None;
    let mut ids = request.edits.iter();
    let edits = iter::from_fn(|| {
        loop {
            let id = *ids.next()?;
            match find.query_row([id.0], |row| read_edit(row, 0)).optional() {
                Ok(Some(edit)) => {
                    let bytes = json_len(&edit);
                    return Some(Planned { id, edit, bytes });
                }
                Ok(None) => {}
                Err(e) => {
                    failed = Some(e);
                    return None;
                }
            }
        }
    });
    let mut seq = 0u64;
    let batches = place(
        edits,
        request.policy,
        |p| (&p.edit.sid, p.bytes),
        |slot, planned| {
            if slot.index == 0 {
                open_batch.execute(params![run.0, slot.batch, slot.round, seq as i64])?;
            }
            bind_edit(&mut insert, 1, &planned.edit)?;
            insert.raw_bind_parameter(WIDTH + 1, run.0)?;
            insert.raw_bind_parameter(WIDTH + 2, seq as i64)?;
            insert.raw_bind_parameter(WIDTH + 3, planned.id.0)?;
            insert.raw_bind_parameter(WIDTH + 4, slot.batch)?;
            insert.raw_execute()?;
            seq += 1;
            Ok::<(), rusqlite::Error>(())
        },
    )?;
    if let Some(e) = failed {
        return Err(e.into());
    }
    // The places of a batch end where the next batch's begin.
    connection
        .prepare_cached(
            "update batch set edits = coalesce(
               (select n.first_seq from batch n where n.run = batch.run and n.no = batch.no + 1), ?2) - first_seq
             where run = ?1",
        )?
        .execute(params![run.0, seq as i64])?;
    Ok((seq, batches))
}

/// The bytes that an edit takes in a request, near enough for filling batches: `{"sid":"…","tag":"…"},`.
fn json_len(edit: &Edit) -> usize {
    let escaped = |text: &str| -> usize {
        text.bytes()
            .map(|b| match b {
                0..=0x1f => 6,
                b'"' | b'\\' => 2,
                _ => 1,
            })
            .sum()
    };
    let fields: usize = edit
        .changes
        .iter()
        .map(|(field, change)| {
            let value = match (field, change) {
                (_, Change::Clear) => 4,
                (Field::CustomField, Change::Set(object)) => object.len(),
                (_, Change::Set(text)) => escaped(text) + 2,
            };
            field.name().len() + value + 4
        })
        .sum();
    edit.sid.as_str().len() + fields + 11
}

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

/// Records how an attempt ended.
pub(super) fn close_attempt(connection: &Connection, run: RunId, record: &AttemptRecord) -> Result<(), StoreError> {
    let closed = connection
        .prepare_cached(
            "update attempt set elapsed_ms = ?4, http_status = ?5, request_id = ?6, error = ?7
             where run = ?1 and batch = ?2 and attempt = ?3 and elapsed_ms is null",
        )?
        .execute(params![
            run.0,
            record.batch,
            record.attempt,
            record.elapsed_ms as i64,
            record.http_status,
            record.request_id,
            record.error
        ])?;
    match closed {
        0 => Err(StoreError::WrongAttempt(run, record.batch, record.attempt, "can't end: it is not under way")),
        _ => Ok(()),
    }
}

/// Records the outcomes of a whole batch, and takes what is settled out of the queue.
pub(super) fn settle(
    connection: &Connection,
    run: RunId,
    batch: u32,
    record: Option<&AttemptRecord>,
    outcomes: &[Outcome],
) -> Result<(), StoreError> {
    let (first, edits): (i64, i64) = connection
        .prepare_cached("select first_seq, edits from batch where run = ?1 and no = ?2")?
        .query_row(params![run.0, batch], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(StoreError::NoSuchBatch(run, batch))?;
    if edits != outcomes.len() as i64 {
        let (edits, outcomes) = (edits as u64, outcomes.len() as u64);
        return Err(StoreError::WrongCount { run, batch, edits, outcomes });
    }
    let mut totals = Totals::default();
    let mut insert = connection.prepare_cached(
        "insert into outcome (run, seq, status, code, error_code, description, message, echo, differences, item)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict do nothing",
    )?;
    for (seq, outcome) in (first..).zip(outcomes) {
        let said = &outcome.said;
        let inserted = insert.execute(params![
            run.0,
            seq,
            outcome.status.name(),
            said.code,
            said.error_code,
            said.description,
            said.message,
            outcome.echo.name(),
            differences_json(&outcome.echo),
            outcome.item
        ])?;
        if inserted == 0 {
            return Err(StoreError::AlreadySettled(run, batch));
        }
        totals.add(outcome.status, 1);
    }
    if let Some(record) = record {
        close_attempt(connection, run, record)?;
    }
    count(connection, run, totals)?;
    leave_queue(connection, run, first, first + edits)
}

/// Ends a run: what has no outcome was not sent.
pub(super) fn finish(
    connection: &Connection,
    run: RunId,
    state: RunState,
    at: Timestamp,
    elapsed_ms: u64,
) -> Result<Totals, StoreError> {
    settle_rest(connection, run, Status::NotSent, "the run ended before this edit was sent", "true")?;
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

/// Gives every edit without an outcome this one, where `which` (SQL on `item i`) holds; gives how many those were.
pub(super) fn settle_rest(
    connection: &Connection,
    run: RunId,
    status: Status,
    why: &str,
    which: &str,
) -> Result<u64, StoreError> {
    let sql = format!(
        "insert into outcome (run, seq, status, description, echo)
         select i.run, i.seq, ?2, ?3, 'none' from item i
         where i.run = ?1 and not exists (select 1 from outcome o where o.run = i.run and o.seq = i.seq) and {which}"
    );
    let settled = connection.prepare_cached(&sql)?.execute(params![run.0, status.name(), why])? as u64;
    let mut more = Totals::default();
    more.add(status, settled);
    count(connection, run, more)?;
    Ok(settled)
}

/// Takes the settled edits of these places out of the queue, where the queued edit is still what was sent.
pub(super) fn leave_queue(connection: &Connection, run: RunId, from: i64, to: i64) -> Result<(), StoreError> {
    let left = connection
        .prepare_cached(
            "delete from edit where id in (
               select e.id from item i
               cross join outcome o on o.run = i.run and o.seq = i.seq
               cross join edit e on e.id = i.edit
               where i.run = ?1 and i.seq >= ?2 and i.seq < ?3 and o.status <> 'not_sent'
                 and e.sid = i.sid and e.cleared = i.cleared
                 and e.first_name is i.first_name and e.last_name is i.last_name and e.number is i.number
                 and e.email is i.email and e.company_name is i.company_name and e.tag is i.tag
                 and e.custom_field is i.custom_field)",
        )?
        .execute([run.0, from, to])?;
    queue::resize(connection, -(left as i64))
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
