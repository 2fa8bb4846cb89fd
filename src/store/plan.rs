//! Planning a run: its edits are copied as they are, batch by batch.

use rusqlite::{CachedStatement, Connection, params};

use super::base::take_along;
use super::book::BookName;
use super::columns::{WIDTH, columns, each_change};
use super::error::StoreError;
use super::key::key;
use crate::domain::{BatchPolicy, EditId, RunId, SidMark, change_len, json_len, place};
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
            "insert into run (state, started, profile, account, base_url, user, resumes, planned, batches, queue_changes)
             select 'running', ?1, ?2, ?3, ?4, ?5, ?6, 0, 0, changes from queue_size",
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
    let book = BookName { account: request.account.clone(), base_url: request.base_url.clone() };
    take_along(connection, run, &book)?;
    connection.prepare_cached("update run set planned = ?2, batches = ?3 where id = ?1")?.execute(params![
        run.0,
        planned as i64,
        batches
    ])?;
    Ok(RunStart { run, planned, batches })
}

/// What of an edit decides its batch.
struct Planned {
    id: EditId,
    sid: SidMark,
    bytes: usize,
}

/// Edits that are read at a time.
const CHUNK: usize = 1000;

fn copy_items(connection: &Connection, run: RunId, request: &RunRequest) -> Result<(u64, u32), StoreError> {
    let mut read = connection.prepare_cached(concat!(
        "select ",
        columns!(),
        ", id from edit where id between ?1 and ?2 order by id"
    ))?;
    let mut batch =
        connection.prepare_cached("insert into batch (run, no, round, first_seq, edits) values (?1, ?2, ?3, ?4, 0)")?;
    // An iterator can't fail: it ends at the first error, which is looked at behind it.
    let mut failed = Ok(());
    let spans = request.edits.chunk_by(|a, b| a.0 + 1 == b.0).flat_map(|span| span.chunks(CHUNK));
    let found = spans.map_while(|span| read_span(&mut read, span).map_err(|e| failed = Err(e)).ok());
    let mut copy = Copy::prepare(connection)?;
    let mut seq = 0;
    let batches = place(
        found.flatten(),
        request.policy,
        |planned| (planned.sid, planned.bytes),
        |slot, planned| {
            if slot.index == 0 {
                batch.execute(params![run.0, slot.batch, slot.round, seq as i64])?;
            }
            copy.add(key(run, seq), slot.batch, planned.id)?;
            seq += 1;
            Ok::<_, rusqlite::Error>(())
        },
    )?;
    failed?;
    copy.flush()?;
    close_batches(connection, run, seq)?;
    Ok((seq, batches))
}

/// Those of these edits, whose ids follow one another, that are still queued.
fn read_span(read: &mut CachedStatement<'_>, ids: &[EditId]) -> rusqlite::Result<Vec<Planned>> {
    let ends = (ids.first().map(|id| id.0), ids.last().map(|id| id.0));
    let planned = read.query_map(ends, |row| {
        let sid = row.get_ref(0)?.as_str()?;
        let mut bytes = json_len(sid, []);
        each_change(row, 0, |field, value| bytes += change_len(field, value))?;
        Ok(Planned { id: EditId(row.get(WIDTH)?), bytes, sid: SidMark::of(sid) })
    })?;
    planned.collect()
}

/// Copies edits of the queue into a run, those of one batch whose ids follow one another at once.
struct Copy<'c> {
    insert: CachedStatement<'c>,
    span: Option<Span>,
}

/// Edits of one batch with ids and keys that follow one another.
#[derive(Clone, Copy)]
struct Span {
    key: i64,
    batch: u32,
    first: i64,
    last: i64,
}

impl<'c> Copy<'c> {
    fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        let insert = connection.prepare_cached(concat!(
            // Or fail: to abort, SQLite would keep a copy of every page that it changes, and the run is rolled back as a whole.
            "insert or fail into item (key, edit, batch, ",
            columns!(),
            ", origin) select ?1 + id - ?3, id, ?2, ",
            columns!(),
            ", origin from edit where id between ?3 and ?4 order by id"
        ))?;
        Ok(Self { insert, span: None })
    }

    fn add(&mut self, key: i64, batch: u32, EditId(id): EditId) -> rusqlite::Result<()> {
        match &mut self.span {
            Some(span) if span.batch == batch && span.last + 1 == id => span.last = id,
            _ => {
                self.flush()?;
                self.span = Some(Span { key, batch, first: id, last: id });
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> rusqlite::Result<()> {
        let Some(Span { key, batch, first, last }) = self.span.take() else { return Ok(()) };
        self.insert.execute(params![key, batch, first, last])?;
        Ok(())
    }
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
