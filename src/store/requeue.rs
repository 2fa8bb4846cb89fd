//! Putting failed edits of a run back in the queue, and giving them up.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::clash::Clash;
use super::columns::{WIDTH, columns_of, read_edit, read_word};
use super::error::StoreError;
use super::key::key;
use super::layer::{Laid, Layer, Lookup};
use super::sources::Heirs;
use super::undo::Step;
use crate::domain::{Edit, EditId, Mend, Mended, RunId, Status};
use crate::support::text::counted;

/// What a requeue did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequeueReport {
    /// Edits that stand in the queue again.
    pub requeued: u64,
    /// Edits of a SID that was queued: the queued edit's fields won, and it gained those it lacked.
    pub merged: u64,
    /// Edits that never left the queue, were requeued before, or were given up.
    pub already: u64,
    /// Edits that are done.
    pub never: u64,
    /// Edits that the mend does not concern: they stay where they are.
    pub same: u64,
    /// Edits of which the mend leaves nothing to send: they are given up.
    pub dropped: u64,
    /// Where the requeued and merged ones stand now, in the order of the run.
    pub edits: Vec<EditId>,
}

/// Puts outcomes of a run back in the queue, mended, as one step.
pub(super) fn requeue(
    connection: &Connection,
    run: RunId,
    mut seqs: Vec<u64>,
    mend: &Mend,
) -> Result<RequeueReport, StoreError> {
    // In the run's order, so that the later of two edits of one SID wins.
    seqs.sort_unstable();
    seqs.dedup();
    let mut report = RequeueReport::default();
    let mut failed = Failed::prepare(connection)?;
    let mut layer = Layer::begin(connection, Lookup::by_hash(connection)?)?;
    let mut mark = Marks::prepare(connection)?;
    let mut heirs = Heirs::begin(connection)?;
    for key in seqs.into_iter().map(|seq| key(run, seq)) {
        let Some((was, edit, status, handled)) = failed.find(key)? else { continue };
        match (status, handled) {
            (Status::Updated, _) => report.never += 1,
            (Status::NotSent, _) | (_, true) => report.already += 1,
            (Status::Rejected | Status::Unknown, false) => match mend.apply(&edit) {
                Mended::Same => report.same += 1,
                Mended::Empty => {
                    mark.put(key, layer.step(), true)?;
                    report.dropped += 1;
                }
                Mended::Edit(edit) => {
                    mark.put(key, layer.step(), false)?;
                    match layer.lay(&edit, Some(key), Clash::queued_wins)? {
                        Laid::Added(id) => {
                            report.requeued += 1;
                            heirs.add(id, was)?;
                            report.edits.push(id);
                        }
                        Laid::Merged(id) | Laid::Unchanged(id) => {
                            report.merged += 1;
                            report.edits.push(id);
                        }
                    }
                }
            },
        }
    }
    heirs.finish()?;
    let what = if *mend == Mend::AsTheyAre { "requeue" } else { "fix and requeue" };
    match report.requeued + report.merged + report.dropped {
        0 => layer.abandon()?,
        n => layer.finish(&format!("{what} of {} from run {run}", counted(n, "edit")))?,
    }
    Ok(report)
}

/// Gives failures of a run up, as one step; gives how many.
pub(super) fn drop_failures(connection: &Connection, run: RunId, seqs: Vec<u64>) -> Result<u64, StoreError> {
    let mut failed = Failed::prepare(connection)?;
    let mut mark = Marks::prepare(connection)?;
    let step = Step::begin(connection)?;
    let mut dropped = 0;
    for key in seqs.into_iter().map(|seq| key(run, seq)) {
        if let Some((_, _, Status::Rejected | Status::Unknown, false)) = failed.find(key)? {
            mark.put(key, step.id(), true)?;
            dropped += 1;
        }
    }
    match dropped {
        0 => step.abandon()?,
        n => step.finish(&format!("giving up {} of run {run}", counted(n, "failure")))?,
    }
    Ok(dropped)
}

/// Marks failures as dealt with by a step.
struct Marks<'c>(CachedStatement<'c>);

impl<'c> Marks<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self(connection.prepare_cached("insert into requeue (key, step, dropped) values (?1, ?2, ?3)")?))
    }

    fn put(&mut self, key: i64, step: i64, dropped: bool) -> Result<(), StoreError> {
        self.0.execute((key, step, dropped))?;
        Ok(())
    }
}

/// Finds settled edits of a run.
struct Failed<'c>(CachedStatement<'c>);

impl<'c> Failed<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self(connection.prepare_cached(concat!(
            "select ",
            columns_of!("i"),
            ", exists (
               select 1 from requeue q join step s on s.id = q.step
               where q.key = i.key and not s.undone), ",
            "o.status, i.edit from item i join outcome o on o.key = i.key where i.key = ?1"
        ))?))
    }

    /// Which edit of the queue it was, the edit, its status, and whether it was dealt with.
    fn find(&mut self, key: i64) -> Result<Option<(EditId, Edit, Status, bool)>, StoreError> {
        let found = self.0.query_row([key], |row| {
            let status = read_word(row, WIDTH + 1, Status::from_name)?;
            Ok((EditId(row.get(WIDTH + 2)?), read_edit(row, 0)?, status.unwrap_or(Status::NotSent), row.get(WIDTH)?))
        });
        Ok(found.optional()?)
    }
}
