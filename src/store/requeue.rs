//! Putting failed edits of a run back in the queue.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::columns::{WIDTH, columns_of, read_edit};
use super::error::StoreError;
use super::key::key;
use super::layer::{Laid, Layer, Lookup, Wins};
use super::outcomes::{outcome_columns, read_said};
use crate::domain::{Edit, EditId, RunId, Said, Status, Verdict, verdict};
use crate::support::text::counted;

/// What a requeue did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequeueReport {
    /// Edits that stand in the queue again.
    pub requeued: u64,
    /// Edits of a SID that was queued: the queued edit's fields won, and it gained those it lacked.
    pub merged: u64,
    /// Edits that never left the queue, or were requeued before.
    pub already: u64,
    /// Edits that are done.
    pub never: u64,
    /// Where the requeued and merged ones stand now, in the order of the run.
    pub edits: Vec<EditId>,
}

/// Puts outcomes of a run back in the queue, as one step.
pub(super) fn requeue(connection: &Connection, run: RunId, mut seqs: Vec<u64>) -> Result<RequeueReport, StoreError> {
    // In the run's order, so that the later of two edits of one SID wins.
    seqs.sort_unstable();
    seqs.dedup();
    let mut report = RequeueReport::default();
    let mut failed = Failed::prepare(connection)?;
    let mut layer = Layer::begin(connection, Lookup::by_hash(connection)?)?;
    let mut mark = connection.prepare_cached("insert into requeue (key, step) values (?1, ?2)")?;
    for key in seqs.into_iter().map(|seq| key(run, seq)) {
        let Some((edit, status, said, requeued)) = failed.find(key)? else { continue };
        match verdict(status, &said) {
            Verdict::Never => report.never += 1,
            Verdict::StillQueued => report.already += 1,
            Verdict::AsIs | Verdict::NeedsFix(_) if requeued => report.already += 1,
            Verdict::AsIs | Verdict::NeedsFix(_) => {
                mark.execute([key, layer.step()])?;
                match layer.lay(edit, Some(key), Wins::Queued)? {
                    Laid::Added(id) => {
                        report.requeued += 1;
                        report.edits.push(id);
                    }
                    Laid::Merged { id, .. } | Laid::Unchanged(id) => {
                        report.merged += 1;
                        report.edits.push(id);
                    }
                }
            }
        }
    }
    match report.requeued + report.merged {
        0 => layer.abandon()?,
        n => layer.finish(&format!("requeue of {} from run {run}", counted(n, "edit")))?,
    }
    Ok(report)
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
            outcome_columns!(),
            "
             from item i join outcome o on o.key = i.key where i.key = ?1"
        ))?))
    }

    fn find(&mut self, key: i64) -> Result<Option<(Edit, Status, Said, bool)>, StoreError> {
        let found = self.0.query_row([key], |row| {
            let requeued = row.get(WIDTH)?;
            let said = read_said(row, WIDTH + 1)?;
            Ok(said.map(|(status, said)| (read_edit(row, 0), status, said, requeued)))
        });
        let Some((edit, status, said, requeued)) = found.optional()?.flatten() else { return Ok(None) };
        Ok(Some((edit?, status, said, requeued)))
    }
}
