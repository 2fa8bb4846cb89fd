//! Reading the queue and the runs, beside the writer.
//!
//! Every call sees what was committed before it began. A window of rows is read by key, so its cost does not
//! grow with the queue or the run.

use std::ops::{Bound, ControlFlow, RangeBounds};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{WIDTH, columns, columns_of, read_edit, read_edit_over, read_word};
use super::error::StoreError;
use super::key::{key, run_of, seq_of};
use super::mapping::{self, Mapping};
use super::outcomes::{outcome_columns, read_said};
use super::runs::read_totals;
use super::writer::watch;
use crate::domain::{AttemptRecord, Batch, BatchItem, Edit, EditId, RunId, RunState, Said, Status, Totals};
use crate::support::clock::Timestamp;
use crate::support::work::Work;

/// Where a queued edit failed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The run.
    pub run: RunId,
    /// Its place in the run.
    pub seq: u64,
    /// What became of it there.
    pub status: Status,
    /// What was said about it there.
    pub said: Said,
}

/// An edit that waits in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedEdit {
    /// Its id; the queue is in the order of ids.
    pub id: EditId,
    /// The edit.
    pub edit: Edit,
    /// Where it failed before, if it was requeued.
    pub origin: Option<Origin>,
}

/// A run in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// How it stands.
    pub state: RunState,
    /// When it was planned.
    pub started: Timestamp,
    /// When it ended; after a crash, its last sign of life.
    pub finished: Option<Timestamp>,
    /// The profile's name.
    pub profile: String,
    /// The account.
    pub account: String,
    /// Where it was sent.
    pub base_url: String,
    /// The user who sent it.
    pub user: String,
    /// Where its edits stand; of a run under way, as far as recorded.
    pub totals: Totals,
    /// Its batches.
    pub batches: u32,
    /// Attempts so far.
    pub requests: u64,
    /// Attempts beyond the first of their batch.
    pub retries: u64,
    /// How long it took, without what a crash leaves unknown.
    pub elapsed_ms: u64,
    /// The run that it went on with.
    pub resumes: Option<RunId>,
}

/// A connection that reads.
#[derive(Debug)]
pub struct Reader(Connection);

macro_rules! queued {
    ($rest:literal) => {
        concat!(
            "select e.id, ",
            columns_of!("e"),
            ", e.origin, ",
            outcome_columns!(),
            "
             from edit e left join outcome o on o.key = e.origin ",
            $rest
        )
    };
}

macro_rules! runs {
    ($rest:literal) => {
        concat!(
            "select planned, updated, rejected, unknown, not_sent, id, state, started, finished, profile, account,
               base_url, user, batches, requests, retries, elapsed_ms, resumes from run ",
            $rest
        )
    };
}

/// The columns that [`read_attempt`] reads, of `attempt a`.
macro_rules! attempts {
    ($rest:literal) => {
        concat!(
            "select attempt, started, coalesce(elapsed_ms, 0), http_status, request_id,
               case when elapsed_ms is null then 'no answer is recorded' else error end, doubtful, a.batch ",
            $rest
        )
    };
}

/// A statement about the attempts that carried the edits of batch ?2: those on it, and on what it is a part of. The join
/// is a cross join, since SQLite would else go through all attempts of the run for each batch.
macro_rules! sent_with {
    ($rest:expr) => {
        concat!(
            "with recursive whole(no, parent, depth) as (
               select no, parent, 0 from batch where run = ?1 and no = ?2
               union all
               select b.no, b.parent, depth + 1 from whole w join batch b on b.run = ?1 and b.no = w.parent) ",
            $rest
        )
    };
}
pub(super) use sent_with;

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Reads as part of this work, and fails once it is stopped.
    pub(super) fn watched(mut self, work: Work) -> Result<Self, StoreError> {
        watch(&mut self.0, Some(work))?;
        Ok(self)
    }

    /// For the reads that stand in the module of their subject.
    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }

    /// How many edits are queued.
    pub fn queue_count(&self) -> Result<u64, StoreError> {
        let n: i64 = self.0.prepare_cached("select edits from queue_size")?.query_row([], |row| row.get(0))?;
        Ok(n as u64)
    }

    /// The mapping used last for a file with these columns; empty, where there was none.
    pub fn mapping(&self, headers: &str) -> Result<Mapping, StoreError> {
        mapping::recall(&self.0, headers)
    }

    /// The ids of the whole queue in order.
    pub fn queue_ids(&self) -> Result<Vec<EditId>, StoreError> {
        self.queue_ids_after(EditId(i64::MIN), u64::MAX)
    }

    /// The next ids of the queue behind this one, at most `count`: what a first screen needs.
    pub fn queue_ids_after(&self, id: EditId, count: u64) -> Result<Vec<EditId>, StoreError> {
        let count = i64::try_from(count).unwrap_or(-1);
        let mut statement = self.0.prepare_cached("select id from edit where id > ?1 order by id limit ?2")?;
        let ids = statement.query_map([id.0, count], |row| Ok(EditId(row.get(0)?)))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// These edits, in the order asked for; ids that are not queued are passed over.
    pub fn queue_rows(&self, ids: &[EditId]) -> Result<Vec<QueuedEdit>, StoreError> {
        let mut statement = self.0.prepare_cached(queued!("where e.id = ?1"))?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(statement.query_row([id.0], read_queued).optional()?);
        }
        Ok(rows)
    }

    /// Gives every queued edit in order, until told to stop.
    pub fn each_queued(&self, mut f: impl FnMut(QueuedEdit) -> ControlFlow<()>) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(queued!("order by e.id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if f(read_queued(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Gives every queued edit of these ids in order, until told to stop. Each lies where the one before it lay, so that a
    /// million are looked at without room for each.
    pub fn each_edit(
        &self,
        ids: impl RangeBounds<EditId>,
        mut f: impl FnMut(EditId, &Edit) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let first = match ids.start_bound() {
            Bound::Included(EditId(id)) => *id,
            Bound::Excluded(EditId(id)) => id.saturating_add(1),
            Bound::Unbounded => i64::MIN,
        };
        let last = match ids.end_bound() {
            Bound::Included(EditId(id)) => *id,
            Bound::Excluded(EditId(id)) => id.saturating_sub(1),
            Bound::Unbounded => i64::MAX,
        };
        let mut statement = self.0.prepare_cached(concat!(
            "select ",
            columns!(),
            ", id from edit where id between ?1 and ?2 order by id"
        ))?;
        let mut rows = statement.query([first, last])?;
        let mut edit = Edit::default();
        while let Some(row) = rows.next()? {
            read_edit_over(row, 0, &mut edit)?;
            if f(EditId(row.get(WIDTH)?), &edit).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The first and the last edit of the queue.
    pub fn queue_ends(&self) -> Result<Option<(EditId, EditId)>, StoreError> {
        let mut statement = self.0.prepare_cached("select (select min(id) from edit), (select max(id) from edit)")?;
        let ends: (Option<i64>, Option<i64>) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1).map(|(first, last)| (EditId(first), EditId(last))))
    }

    /// Every run, newest first.
    pub fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        let mut statement = self.0.prepare_cached(runs!("order by id desc"))?;
        let runs = statement.query_map([], read_run)?.collect::<Result<_, _>>()?;
        Ok(runs)
    }

    /// One run.
    pub fn run(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.0.prepare_cached(runs!("where id = ?1"))?.query_row([run.0], read_run).optional()?)
    }

    /// The newest run.
    pub fn last_run(&self) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.0.prepare_cached(runs!("order by id desc limit 1"))?.query_row([], read_run).optional()?)
    }

    /// The attempts on a batch and before them those on the batches that it is a part of, in their order. One under
    /// way, or whose process died, says so in its error.
    pub fn attempts(&self, run: RunId, batch: u32) -> Result<Vec<AttemptRecord>, StoreError> {
        let mut statement = self.0.prepare_cached(sent_with!(attempts!(
            "from whole w cross join attempt a on a.run = ?1 and a.batch = w.no order by w.depth desc, attempt"
        )))?;
        let attempts = statement.query_map(params![run.0, batch], read_attempt)?;
        Ok(attempts.collect::<Result<_, _>>()?)
    }

    /// Every attempt of a run, in the order in which they began.
    pub fn all_attempts(&self, run: RunId) -> Result<Vec<AttemptRecord>, StoreError> {
        let mut statement =
            self.0.prepare_cached(attempts!("from attempt a where a.run = ?1 order by started, a.batch, attempt"))?;
        let attempts = statement.query_map([run.0], read_attempt)?;
        Ok(attempts.collect::<Result<_, _>>()?)
    }

    /// A batch as it is sent.
    pub(super) fn batch(&self, run: RunId, no: u32) -> Result<Batch, StoreError> {
        let (round, first, edits) = self.place_of(run, no)?;
        let mut statement = self.0.prepare_cached(concat!(
            "select i.key, ",
            columns_of!("i"),
            " from item i where i.key >= ?1 and i.key < ?2 order by i.key"
        ))?;
        let items = statement.query_map([key(run, first), key(run, first + edits)], |row| {
            let Edit { sid, changes } = read_edit(row, 1)?;
            Ok(BatchItem { seq: row.get(0).map(seq_of)?, sid, changes })
        })?;
        Ok(Batch { no, round, items: items.collect::<Result<_, _>>()? })
    }

    /// A batch's round, first place and number of edits.
    pub(super) fn place_of(&self, run: RunId, batch: u32) -> Result<(u32, u64, u64), StoreError> {
        self.0
            .prepare_cached("select round, first_seq, edits from batch where run = ?1 and no = ?2")?
            .query_row(params![run.0, batch], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64))
            })
            .optional()?
            .ok_or(StoreError::NoSuchBatch(run, batch))
    }
}

fn read_queued(row: &Row<'_>) -> rusqlite::Result<QueuedEdit> {
    let origin = match (row.get(1 + WIDTH)?, read_said(row, 2 + WIDTH)?) {
        (Some(key), Some((status, said))) => Some(Origin { run: run_of(key), seq: seq_of(key), status, said }),
        _ => None,
    };
    Ok(QueuedEdit { id: EditId(row.get(0)?), edit: read_edit(row, 1)?, origin })
}

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    Ok(AttemptRecord {
        batch: row.get(7)?,
        attempt: row.get(0)?,
        started: Timestamp(row.get(1)?),
        elapsed_ms: row.get::<_, i64>(2)? as u64,
        http_status: row.get(3)?,
        request_id: row.get(4)?,
        error: row.get(5)?,
        doubtful: row.get(6)?,
    })
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<RunSummary> {
    Ok(RunSummary {
        totals: read_totals(row, 0)?,
        run: RunId(row.get(5)?),
        state: read_word(row, 6, RunState::from_name)?.unwrap_or(RunState::Crashed),
        started: Timestamp(row.get(7)?),
        finished: row.get::<_, Option<i64>>(8)?.map(Timestamp),
        profile: row.get(9)?,
        account: row.get(10)?,
        base_url: row.get(11)?,
        user: row.get(12)?,
        batches: row.get(13)?,
        requests: row.get::<_, i64>(14)? as u64,
        retries: row.get::<_, i64>(15)? as u64,
        elapsed_ms: row.get::<_, i64>(16)? as u64,
        resumes: row.get::<_, Option<i64>>(17)?.map(RunId),
    })
}
