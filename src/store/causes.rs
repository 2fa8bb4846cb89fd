//! What failures of a run have in common, and what may be done about each of them.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{Row, params};

use super::columns::read_word;
use super::error::StoreError;
use super::key::{keys, seq_of};
use super::reader::Reader;
use crate::domain::{Cause, RunId, Status, Verdict, verdict};
use crate::support::clock::Timestamp;

/// Outcomes of a run that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseGroup {
    /// What they have in common.
    pub cause: Cause,
    /// How many they are.
    pub count: u64,
    /// How many of them are failures that nobody did anything about.
    pub left: u64,
    /// When the first of them settled, and the last; `None` where nothing was sent.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// Which results of a run an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every failure.
    Failures,
    /// Those of a cause.
    Cause(Cause),
    /// Those at these places, in their order.
    At(Vec<u64>),
}

/// What settles otherwise than wanted. SQLite takes the index only for these very words.
macro_rules! problem {
    () => {
        "(status <> 'updated' or echo in ('differs', 'missing'))"
    };
}

impl Reader {
    /// The causes of a run, the most frequent first, and last what was updated as wanted. What is not settled is in none,
    /// so their counts and the open edits are the run's plan.
    pub fn causes(&self, run: RunId) -> Result<Vec<CauseGroup>, StoreError> {
        let times = self.settled_at(run)?;
        let handled = self.handled(run)?;
        let mut groups: Vec<CauseGroup> = Vec::new();
        let mut known: HashMap<Cause, usize> = HashMap::new();
        let mut last = Vec::new();
        let mut place = None;
        let mut statement = self.connection().prepare_cached(concat!(
            "select key, status, code, error_code, coalesce(description, message, ''), echo from outcome
             where key >= ?1 and key < ?2 and ",
            problem!(),
            " order by key"
        ))?;
        let mut rows = statement.query([keys(run).start, keys(run).end])?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            // Neighbours are nearly always alike; only the first of them is folded and looked up.
            let seen = raw(row)?;
            if place.is_none() || seen != last {
                let cause = read_cause(row)?;
                let at = *known.entry(cause.clone()).or_insert_with(|| {
                    groups.push(CauseGroup { cause, count: 0, left: 0, times: None });
                    groups.len() - 1
                });
                (place, last) = (Some(at), seen);
            }
            let Some(group) = place.and_then(|at| groups.get_mut(at)) else { continue };
            group.count += 1;
            let failed = matches!(group.cause.status, Status::Rejected | Status::Unknown);
            group.left += u64::from(failed && !handled.contains(&key));
            if let Some(at) = times.of(seq_of(key)) {
                let (first, last) = group.times.unwrap_or((at, at));
                group.times = Some((first.min(at), last.max(at)));
            }
        }
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cause.cmp(&b.cause)));
        let updated: u64 = groups.iter().filter(|g| g.cause.status == Status::Updated).map(|g| g.count).sum();
        let fine = super::runs::totals(self.connection(), run)?.updated.saturating_sub(updated);
        if fine > 0 {
            let cause = Cause { status: Status::Updated, code: None, error_code: None, description: String::new() };
            groups.push(CauseGroup { cause, count: fine, left: 0, times: times.span() });
        }
        Ok(groups)
    }

    /// The places of the results of a cause; the one of [`Reader::causes`] that was updated as wanted is all of those.
    pub fn seqs_of(&self, run: RunId, cause: &Cause) -> Result<Vec<u64>, StoreError> {
        let fine = cause.status == Status::Updated && cause.description.is_empty();
        let mut statement = self.connection().prepare_cached(if fine {
            "select key, status, code, error_code, '', echo from outcome
             where key >= ?1 and key < ?2 and status = ?3 and echo not in ('differs', 'missing') order by key"
        } else {
            concat!(
                "select key, status, code, error_code, coalesce(description, message, ''), echo from outcome
                 where key >= ?1 and key < ?2 and status = ?3 and ",
                problem!(),
                " order by key"
            )
        })?;
        let mut rows = statement.query(params![keys(run).start, keys(run).end, cause.status.name()])?;
        let mut seqs = Vec::new();
        while let Some(row) = rows.next()? {
            if fine || read_cause(row)? == *cause {
                seqs.push(row.get(0).map(seq_of)?);
            }
        }
        Ok(seqs)
    }

    /// The verdict on each of these results, in the order of the run; what is not settled has none.
    pub fn verdicts(&self, run: RunId, which: &Which) -> Result<Vec<(u64, Verdict)>, StoreError> {
        let seqs = match which {
            Which::Failures => self.result_seqs(run, true)?,
            Which::Cause(cause) => self.seqs_of(run, cause)?,
            Which::At(seqs) => {
                let mut seqs = seqs.clone();
                seqs.sort_unstable();
                seqs.dedup();
                seqs
            }
        };
        let mut judged = Vec::with_capacity(seqs.len());
        let mut unknown = HashMap::new();
        self.each_result_at(run, &seqs, |row| {
            let Some(cause) = row.cause() else { return ControlFlow::Continue(()) };
            let failed = matches!(cause.status, Status::Rejected | Status::Unknown);
            if failed || *which != Which::Failures {
                if cause.status == Status::Unknown && row.handled.is_none() {
                    unknown.insert(row.sid.as_str().to_owned(), judged.len());
                }
                judged.push((row.seq, verdict(&cause, row.past(false))));
            }
            ControlFlow::Continue(())
        })?;
        for sid in self.written_since(run, &unknown.keys().map(String::as_str).collect())? {
            if let Some((_, verdict)) = unknown.get(&sid).and_then(|at| judged.get_mut(*at)) {
                *verdict = Verdict::ReconcileFirst;
            }
        }
        Ok(judged)
    }

    /// Those of these contacts that a later run sent something to.
    fn written_since(&self, run: RunId, sids: &HashSet<&str>) -> Result<HashSet<String>, StoreError> {
        let mut found = HashSet::new();
        if sids.is_empty() {
            return Ok(found);
        }
        let mut statement = self.connection().prepare_cached(
            "select i.sid from item i where i.key >= ?1
               and not exists (select 1 from outcome o where o.key = i.key and o.status = 'not_sent')",
        )?;
        let mut rows = statement.query([keys(run).end])?;
        while let Some(row) = rows.next()? {
            let sid = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            if sids.contains(sid) {
                found.insert(sid.to_owned());
            }
        }
        Ok(found)
    }

    /// The keys of a run's failures that were requeued or dropped.
    fn handled(&self, run: RunId) -> Result<HashSet<i64>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select q.key from requeue q join step s on s.id = q.step
             where q.key >= ?1 and q.key < ?2 and not s.undone",
        )?;
        let found = statement.query_map([keys(run).start, keys(run).end], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// When each batch of a run had its last answer.
    fn settled_at(&self, run: RunId) -> Result<Times, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select first_seq, parent, (select max(started + coalesce(elapsed_ms, 0)) from attempt a
               where a.run = b.run and a.batch = b.no), no
             from batch b where run = ?1 order by no",
        )?;
        let mut by_no: HashMap<u32, Option<i64>> = HashMap::new();
        let mut starts = Vec::new();
        let mut rows = statement.query([run.0])?;
        while let Some(row) = rows.next()? {
            let parent: Option<u32> = row.get(1)?;
            // What was given up with the whole settled when the whole did. A part has a higher number than its whole.
            let at: Option<i64> =
                row.get::<_, Option<i64>>(2)?.or_else(|| parent.and_then(|no| by_no.get(&no).copied().flatten()));
            by_no.insert(row.get(3)?, at);
            starts.push((row.get::<_, i64>(0)? as u64, at.map(Timestamp)));
        }
        // Of a whole and its first part, the part comes last, and counts.
        starts.sort_by_key(|(first, _)| *first);
        Ok(Times(starts))
    }
}

/// When the batches settled, by their first places.
struct Times(Vec<(u64, Option<Timestamp>)>);

impl Times {
    fn of(&self, seq: u64) -> Option<Timestamp> {
        let after = self.0.partition_point(|(first, _)| *first <= seq);
        self.0.get(after.checked_sub(1)?)?.1
    }

    fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.0.iter().filter_map(|(_, at)| *at);
        Some((times().min()?, times().max()?))
    }
}

/// The bytes by which two neighbours are told apart.
fn raw(row: &Row<'_>) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64);
    for column in [1, 4, 5] {
        bytes.extend_from_slice(row.get_ref(column)?.as_bytes()?);
        bytes.push(0);
    }
    for column in [2, 3] {
        bytes.extend_from_slice(&row.get::<_, Option<i64>>(column)?.map_or([255; 8], i64::to_le_bytes));
    }
    Ok(bytes)
}

fn read_cause(row: &Row<'_>) -> rusqlite::Result<Cause> {
    let status = read_word(row, 1, Status::from_name)?.unwrap_or(Status::Unknown);
    let words = row.get_ref(4)?.as_str()?;
    Ok(Cause::read(status, (row.get(2)?, row.get(3)?), words, row.get_ref(5)?.as_str()?))
}
