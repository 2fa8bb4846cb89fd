//! Planning a run: its edits are copied as they are, batch by batch.

use std::iter;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::columns::{WIDTH, bind_edit, columns, read_edit};
use super::error::StoreError;
use super::key::key;
use crate::domain::{BatchPolicy, Edit, EditId, RunId, json_len, place};
use crate::support::clock;

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
    let mut item = connection.prepare_cached(concat!(
        "insert into item (key, edit, batch, ",
        columns!(),
        ")
         values (?10, ?11, ?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    ))?;
    let mut batch =
        connection.prepare_cached("insert into batch (run, no, round, first_seq, edits) values (?1, ?2, ?3, ?4, 0)")?;
    // An iterator can't fail: it ends at the first error, which is looked at behind it.
    let mut failed = Ok(());
    let mut found = request.edits.iter().filter_map(|id| read_planned(&mut find, *id).transpose());
    let edits = iter::from_fn(|| found.next()?.map_err(|e| failed = Err(e)).ok());
    let mut seq = 0;
    let batches = place(
        edits,
        request.policy,
        |planned| (&planned.edit.sid, planned.bytes),
        |slot, planned| {
            if slot.index == 0 {
                batch.execute(params![run.0, slot.batch, slot.round, seq as i64])?;
            }
            bind_edit(&mut item, 1, &planned.edit)?;
            item.raw_bind_parameter(WIDTH + 1, key(run, seq))?;
            item.raw_bind_parameter(WIDTH + 2, planned.id.0)?;
            item.raw_bind_parameter(WIDTH + 3, slot.batch)?;
            item.raw_execute()?;
            seq += 1;
            Ok::<_, rusqlite::Error>(())
        },
    )?;
    failed?;
    close_batches(connection, run, seq)?;
    Ok((seq, batches))
}

/// An edit of the queue; `None` when it has left it.
fn read_planned(find: &mut CachedStatement<'_>, id: EditId) -> rusqlite::Result<Option<Planned>> {
    let edit = find.query_row([id.0], |row| read_edit(row, 0)).optional()?;
    Ok(edit.map(|edit| Planned { id, bytes: json_len(&edit.sid, &edit.changes), edit }))
}

/// Counts the edits of each batch: its places end where the next batch's begin.
fn close_batches(connection: &Connection, run: RunId, planned: u64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "update batch set edits = coalesce(
               (select n.first_seq from batch n where n.run = batch.run and n.no = batch.no + 1), ?2) - first_seq
             where run = ?1",
        )?
        .execute(params![run.0, planned as i64])?;
    Ok(())
}
