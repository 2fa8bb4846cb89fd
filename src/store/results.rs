//! Reading what became of the edits of a run.

use std::iter::once;
use std::ops::{ControlFlow, Range};

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::columns::{WIDTH, columns_of, read_changes_over, read_edit, read_sid, read_word};
use super::error::StoreError;
use super::key::{key, keys, run_of, seq_of};
use super::outcomes::{outcome_columns, read_outcome, read_outcome_over};
use super::reader::{Reader, sent_with};
use crate::domain::{Cause, Changes, Edit, FilterRow, Handled, Outcome, Past, RunId, Sid, Status, Verdict, verdict};

/// One edit of a run, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultRow {
    /// Its place in the run, from 0.
    pub seq: u64,
    /// The contact.
    pub sid: Sid,
    /// What was to change.
    pub changes: Changes,
    /// Its batch.
    pub batch: u32,
    /// Its place in the batch.
    pub index: u32,
    /// What became of it; `None` = not settled yet.
    pub outcome: Option<Outcome>,
    /// Attempts on its batch.
    pub attempts: u32,
    /// The `request_id` of the last answer to its batch that had one.
    pub request_id: Option<String>,
    /// What the user did about it.
    pub handled: Option<Handled>,
    /// Where it was sent again last, and what became of it there.
    pub again: Option<Again>,
    /// The failure that it was sent again for.
    pub before: Option<Before>,
}

/// Where a requeued edit was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The last run that it was in.
    pub run: RunId,
    /// Its place there.
    pub seq: u64,
    /// What became of it there; `None` = not settled yet.
    pub status: Option<Status>,
}

/// The failure before an edit was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The run.
    pub run: RunId,
    /// Its place there.
    pub seq: u64,
    /// Whether it failed in the same way, and was not changed between.
    pub same: bool,
}

impl ResultRow {
    /// The edit as it was sent.
    pub fn edit(&self) -> Edit {
        Edit { sid: self.sid.clone(), changes: self.changes.clone() }
    }

    /// What it has in common with outcomes alike; `None` while it is not settled.
    pub fn cause(&self) -> Option<Cause> {
        self.outcome.as_ref().map(Cause::from)
    }

    /// Whether it may go back to the queue, as far as the row can tell: what later runs did is not in it.
    pub fn verdict(&self) -> Option<Verdict> {
        self.cause().map(|cause| verdict(&cause, self.past(false)))
    }

    /// What counts for its requeue besides its outcome.
    pub fn past(&self, overtaken: bool) -> Past {
        Past { handled: self.handled, repeated: self.before.is_some_and(|before| before.same), overtaken }
    }

    /// The row as a filter sees it.
    pub fn seen(&self) -> FilterRow<'_> {
        FilterRow::result(&self.sid, &self.changes, self.outcome.as_ref(), self.verdict().map(Verdict::name))
    }
}

/// Whether the server's own item of a result is read: it weighs as much as all the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Read,
    Left,
}

impl Reader {
    /// How many results a run has or will have: its edits.
    pub fn result_count(&self, run: RunId) -> Result<u64, StoreError> {
        Ok(super::runs::totals(self.connection(), run)?.planned)
    }

    /// `count` results from that place on.
    pub fn result_rows(&self, run: RunId, first_seq: u64, count: u64) -> Result<Vec<ResultRow>, StoreError> {
        let mut rows = Vec::new();
        self.results(run, once(first_seq..first_seq.saturating_add(count)), Item::Read, &mut |row| {
            rows.push(row.clone());
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Gives every result of a run in order, until told to stop. Each lies where the one before it lay, so that a million
    /// are looked at without room for each.
    pub fn each_result(&self, run: RunId, mut f: impl FnMut(&ResultRow) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.results(run, once(0..u64::MAX), Item::Read, &mut f)
    }

    /// Gives the results at these places, in the order asked for, until told to stop. Neighbours are read together.
    pub fn each_result_at(
        &self,
        run: RunId,
        seqs: &[u64],
        mut f: impl FnMut(&ResultRow) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.results(run, stretches(seqs), Item::Read, &mut f)
    }

    /// The places of one batch.
    pub fn batch_seqs(&self, run: RunId, batch: u32) -> Result<Range<u64>, StoreError> {
        let (_, first, edits) = self.place_of(run, batch)?;
        Ok(first..first + edits)
    }

    /// The results of one batch.
    pub fn batch_results(&self, run: RunId, batch: u32) -> Result<Vec<ResultRow>, StoreError> {
        let seqs = self.batch_seqs(run, batch)?;
        self.result_rows(run, seqs.start, seqs.end - seqs.start)
    }

    /// The places of a run's results; with `problems_only` those that were not updated, or came back otherwise than
    /// wanted, or not at all.
    pub fn result_seqs(&self, run: RunId, problems_only: bool) -> Result<Vec<u64>, StoreError> {
        let sql = if problems_only {
            "select key from outcome where key >= ?1 and key < ?2
               and (status <> 'updated' or echo in ('differs', 'missing')) order by key"
        } else {
            // Its places have no gaps.
            return Ok((0..self.result_count(run)?).collect());
        };
        let mut statement = self.connection().prepare_cached(sql)?;
        let seqs = statement.query_map([keys(run).start, keys(run).end], |row| row.get(0).map(seq_of))?;
        Ok(seqs.collect::<Result<_, _>>()?)
    }

    /// Every edit of this contact in a run before or after, the newest run first, each with what became of it. There is no
    /// index on sid, so it reads the SIDs of all runs.
    pub fn history_of(&self, sid: &Sid) -> Result<Vec<(RunId, ResultRow)>, StoreError> {
        let mut found = self.connection().prepare_cached("select key from item where sid = ?1 order by key desc")?;
        let keys: Vec<i64> = found.query_map([sid.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut history = Vec::with_capacity(keys.len());
        for (run, seq) in keys.into_iter().map(|key| (run_of(key), seq_of(key))) {
            history.extend(self.result_rows(run, seq, 1)?.into_iter().map(|row| (run, row)));
        }
        Ok(history)
    }

    /// Gives the results of these ranges, until told to stop.
    pub(super) fn results(
        &self,
        run: RunId,
        ranges: impl Iterator<Item = Range<u64>>,
        item: Item,
        f: &mut dyn FnMut(&ResultRow) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select i.key, ",
            columns_of!("i"),
            ", i.batch, i.origin, ",
            outcome_columns!("iif(?3, o.item, null)"),
            " from item i left join outcome o on o.key = i.key where i.key >= ?1 and i.key < ?2 order by i.key"
        ))?;
        let mut links = Links::prepare(self.connection(), run)?;
        let mut batch: Option<Sent> = None;
        let mut result = ResultRow::default();
        for range in ranges {
            let mut rows = statement.query(params![key(run, range.start), key(run, range.end), item == Item::Read])?;
            while let Some(row) = rows.next()? {
                let no = row.get(1 + WIDTH)?;
                let sent = match &mut batch {
                    Some(sent) if sent.batch == no => sent,
                    other => other.insert(self.sent(run, no)?),
                };
                read_result_over(row, sent, &mut links, &mut result)?;
                if f(&result).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What the results of one batch share; read once a batch.
    fn sent(&self, run: RunId, batch: u32) -> Result<Sent, StoreError> {
        let sent = self
            .connection()
            .prepare_cached(sent_with!(
                "select first_seq, (select count(*) from whole w cross join attempt a on a.run = ?1 and a.batch = w.no),
                   (select request_id from whole w cross join attempt a on a.run = ?1 and a.batch = w.no
                    where request_id is not null order by w.depth, attempt desc limit 1)
                 from batch b where run = ?1 and no = ?2"
            ))?
            .query_row(params![run.0, batch], |row| {
                let first_seq = row.get::<_, i64>(0)? as u64;
                Ok(Sent { batch, first_seq, attempts: row.get(1)?, request_id: row.get(2)? })
            })?;
        Ok(sent)
    }
}

/// The ranges that places in order make, as few as can be.
pub(super) fn stretches(seqs: &[u64]) -> impl Iterator<Item = Range<u64>> {
    seqs.chunk_by(|a, b| a + 1 == *b).filter_map(|seqs| Some(*seqs.first()?..*seqs.last()? + 1))
}

struct Sent {
    batch: u32,
    first_seq: u64,
    attempts: u32,
    request_id: Option<String>,
}

/// What was done about a result, what it was before and became after: read only where there is such.
struct Links<'c> {
    handled: Option<CachedStatement<'c>>,
    before: CachedStatement<'c>,
    after: CachedStatement<'c>,
}

impl<'c> Links<'c> {
    fn prepare(connection: &'c Connection, run: RunId) -> Result<Self, StoreError> {
        let mut any =
            connection.prepare_cached("select exists (select 1 from requeue where key >= ?1 and key < ?2)")?;
        let is_any: bool = any.query_row([keys(run).start, keys(run).end], |row| row.get(0))?;
        let handled = "select q.dropped from requeue q join step s on s.id = q.step where q.key = ?1 and not s.undone";
        Ok(Self {
            handled: is_any.then(|| connection.prepare_cached(handled)).transpose()?,
            before: connection.prepare_cached(concat!(
                "select ",
                columns_of!("i"),
                ", ",
                outcome_columns!(),
                " from item i join outcome o on o.key = i.key where i.key = ?1"
            ))?,
            after: connection.prepare_cached(
                "select i.key, o.status from item i left join outcome o on o.key = i.key
                 where i.origin = ?1 order by i.key desc limit 1",
            )?,
        })
    }

    /// What the user did about the result of this key.
    fn handled(&mut self, key: i64) -> rusqlite::Result<Option<Handled>> {
        let Some(statement) = &mut self.handled else { return Ok(None) };
        let dropped = statement.query_row([key], |row| row.get(0)).optional()?;
        Ok(dropped.map(|dropped| if dropped { Handled::Dropped } else { Handled::Requeued }))
    }

    /// The failure at `origin`, beside what was sent again for it.
    fn before(&mut self, origin: i64, now: &ResultRow) -> rusqlite::Result<Before> {
        let found = self.before.query_row([origin], |row| Ok((read_edit(row, 0)?, read_outcome(row, WIDTH)?)));
        let same = found.optional()?.is_some_and(|(was, became)| {
            let cause = became.as_ref().map(Cause::from);
            cause.is_some() && cause == now.cause() && was.sid == now.sid && was.changes == now.changes
        });
        Ok(Before { run: run_of(origin), seq: seq_of(origin), same })
    }

    /// The end of the chain of requeues that begins here.
    fn after(&mut self, key: i64) -> rusqlite::Result<Option<Again>> {
        let (mut at, mut last) = (key, None);
        // A later run has a larger key, so the chain ends.
        while let Some((next, status)) = self
            .after
            .query_row([at], |row| Ok((row.get::<_, i64>(0)?, read_word(row, 1, Status::from_name)?)))
            .optional()?
            .filter(|(next, _)| *next > at)
        {
            last = Some(Again { run: run_of(next), seq: seq_of(next), status });
            at = next;
        }
        Ok(last)
    }
}

/// Reads a result into the room of another.
fn read_result_over(row: &Row<'_>, sent: &Sent, links: &mut Links<'_>, result: &mut ResultRow) -> rusqlite::Result<()> {
    let key: i64 = row.get(0)?;
    read_changes_over(row, 1, &mut result.changes)?;
    result.sid = read_sid(row, 1)?;
    read_outcome_over(row, 3 + WIDTH, &mut result.outcome)?;
    let origin: Option<i64> = row.get(2 + WIDTH)?;
    result.seq = seq_of(key);
    result.batch = sent.batch;
    result.index = result.seq.saturating_sub(sent.first_seq) as u32;
    result.attempts = sent.attempts;
    result.request_id.clone_from(&sent.request_id);
    result.handled = links.handled(key)?;
    result.again = if result.handled == Some(Handled::Requeued) { links.after(key)? } else { None };
    result.before = origin.map(|origin| links.before(origin, result)).transpose()?;
    Ok(())
}
