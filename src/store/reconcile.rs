//! Settling unknown outcomes of a run by what was read back.
//!
//! What matches becomes *updated*; what does not goes back in the queue as *not sent*, as a requeue would lay it there.
//! The sums of the run change in the same transaction. An edit stays unknown when it could not be read, and when a later
//! edit of its contact was sent: then what was read tells nothing of this one, and sending it again would undo the later.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::clash::Clash;
use super::columns::{WIDTH, columns_of, read_edit};
use super::error::StoreError;
use super::handle::Shared;
use super::key::{keys, run_of, seq_of};
use super::layer::{Layer, Lookup};
use super::outcomes::differences_json;
use super::reader::Reader;
use super::reading::ReadLog;
use super::undo::Step;
use crate::domain::{Batch, BatchItem, Edit, Outcome, RunId, Status};

/// An edit whose outcome is unknown and which is not back in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsettled {
    key: i64,
    /// The newest run that sent a later edit of the same contact, if one did.
    later: Option<RunId>,
}

/// The unknown edits of a run and the way to settle them, as the engine sees it: each is a batch of its own, to be
/// *updated* or *not sent* with the item of an answer that shows it, and else left unknown.
#[derive(Debug)]
pub struct Reconcile {
    shared: Arc<Shared>,
    run: RunId,
    edits: Vec<Unsettled>,
    reader: Mutex<Reader>,
}

impl Reconcile {
    pub(super) fn new(shared: Arc<Shared>, run: RunId) -> Result<Self, StoreError> {
        let reader = shared.reader()?;
        let edits = reader.unsettled(run)?;
        Ok(Self { shared, run, edits, reader: Mutex::new(reader) })
    }

    /// How many edits there are.
    pub fn edits(&self) -> u32 {
        self.edits.len() as u32
    }

    /// The places of the edits in their run: that of batch 0 first.
    pub fn seqs(&self) -> Vec<u64> {
        self.edits.iter().map(|edit| seq_of(edit.key)).collect()
    }

    fn edit(&self, no: u32) -> Result<Unsettled, StoreError> {
        self.edits.get(no as usize).copied().ok_or(StoreError::NoSuchBatch(self.run, no))
    }
}

impl ReadLog for Reconcile {
    async fn contact(&self, no: u32) -> Result<Batch, StoreError> {
        let edit = self.edit(no)?;
        let (round, item) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).sent_edit(edit.key)?;
        Ok(Batch { no, round, items: vec![item] })
    }

    async fn take(&self, no: u32, outcome: &Outcome) -> Result<(), StoreError> {
        let (edit, outcome) = (self.edit(no)?, outcome.clone());
        self.shared.writer.record(move |c| settle(c, edit, &outcome)).await
    }
}

/// Settles one edit by what was read.
fn settle(connection: &Connection, edit: Unsettled, outcome: &Outcome) -> Result<(), StoreError> {
    let words = outcome.said.description.as_deref().unwrap_or("the server gave no reason");
    match (outcome.status, &outcome.item, edit.later) {
        (Status::Updated, Some(_), _) => {
            write(connection, edit, outcome, words)?;
        }
        (Status::NotSent, Some(_), None) => {
            if write(connection, edit, outcome, words)? {
                put_back(connection, edit.key)?;
            }
        }
        (Status::NotSent, Some(_), Some(later)) => {
            let words =
                format!("{words}; a later edit of this contact was sent in run {later}, so this one is not put back");
            write(connection, edit, &Outcome { status: Status::Unknown, ..outcome.clone() }, &words)?;
        }
        // No answer showed the contact, whatever the reason.
        _ => {
            connection
                .prepare_cached("update outcome set description = ?2 where key = ?1 and status = 'unknown'")?
                .execute(params![edit.key, format!("could not be read back: {words}")])?;
        }
    }
    Ok(())
}

/// Writes an outcome over an unknown one, and changes the run's sums; says whether it was unknown still.
fn write(connection: &Connection, edit: Unsettled, outcome: &Outcome, words: &str) -> Result<bool, StoreError> {
    let written = connection
        .prepare_cached(
            "update outcome set status = ?2, code = ?3, error_code = ?4, description = ?5, message = ?6, echo = ?7,
               differences = ?8, item = ?9 where key = ?1 and status = 'unknown'",
        )?
        .execute(params![
            edit.key,
            outcome.status.name(),
            outcome.said.code,
            outcome.said.error_code,
            words,
            outcome.said.message,
            outcome.echo.name(),
            differences_json(&outcome.echo),
            outcome.item
        ])?;
    if written == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "update run set unknown = unknown - 1 + (?2 = 'unknown'), updated = updated + (?2 = 'updated'),
               not_sent = not_sent + (?2 = 'not_sent') where id = ?1",
        )?
        .execute(params![run_of(edit.key).0, outcome.status.name()])?;
    Ok(true)
}

/// Lays an edit into the queue again, unless somebody has meanwhile. All edits of a reconcile are one step to undo.
fn put_back(connection: &Connection, key: i64) -> Result<(), StoreError> {
    let (edit, is_back) = connection
        .prepare_cached(concat!(
            "select ",
            columns_of!("i"),
            ", exists (select 1 from requeue q join step s on s.id = q.step where q.key = i.key and not s.undone)
             from item i where i.key = ?1"
        ))?
        .query_row([key], |row| Ok((read_edit(row, 0)?, row.get(WIDTH)?)))?;
    if is_back {
        return Ok(());
    }
    let name = format!("reconcile of run {}", run_of(key));
    let step = match Step::last_called(connection, &name)? {
        Some(step) => step,
        None => Step::begin(connection)?,
    };
    let mut layer = Layer::on(step, Lookup::Scan)?;
    connection.prepare_cached("insert into requeue (key, step) values (?1, ?2)")?.execute([key, layer.step()])?;
    layer.lay(&edit, Some(key), Clash::queued_wins)?;
    layer.finish(&name)
}

impl Reader {
    /// The unknown edits of a run that are not back in the queue, in its order.
    fn unsettled(&self, run: RunId) -> Result<Vec<Unsettled>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select i.key, i.sid from outcome o join item i on i.key = o.key
             where o.key >= ?1 and o.key < ?2 and o.status = 'unknown' and not exists (
               select 1 from requeue q join step s on s.id = q.step where q.key = i.key and not s.undone)
             order by i.key",
        )?;
        let range = keys(run);
        let unknown: Vec<(i64, String)> = statement
            .query_map([range.start, range.end], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let Some((first, _)) = unknown.first() else { return Ok(Vec::new()) };
        let last_sent = self.last_sent(*first, &unknown.iter().map(|(_, sid)| sid.as_str()).collect())?;
        let later = |key: i64, sid: &str| last_sent.get(sid).filter(|last| **last > key).map(|last| run_of(*last));
        Ok(unknown.iter().map(|(key, sid)| Unsettled { key: *key, later: later(*key, sid) }).collect())
    }

    /// The last edit from this one on that was sent for each of these contacts of its account. One walk through the
    /// newer runs, since there is no index on SIDs.
    pub(super) fn last_sent(&self, first: i64, sids: &HashSet<&str>) -> Result<HashMap<String, i64>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select i.key, i.sid from item i left join outcome o on o.key = i.key
             where i.key >= ?1 and o.status is not 'not_sent' and (i.key >> 32) in (
               select r.id from run r join run mine on mine.id = ?1 >> 32 and mine.account = r.account)
             order by i.key",
        )?;
        let mut rows = statement.query([first])?;
        let mut last = HashMap::new();
        while let Some(row) = rows.next()? {
            let sid = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if sids.contains(sid) {
                last.insert(sid.to_owned(), row.get(0)?);
            }
        }
        Ok(last)
    }

    /// An edit as it was sent, with the round of its batch.
    fn sent_edit(&self, key: i64) -> Result<(u32, BatchItem), StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            columns_of!("i"),
            ", b.round from item i join batch b on b.run = i.key >> 32 and b.no = i.batch where i.key = ?1"
        ))?;
        Ok(statement.query_row([key], |row| {
            let Edit { sid, changes } = read_edit(row, 0)?;
            Ok((row.get(WIDTH)?, BatchItem { seq: seq_of(key), sid, changes }))
        })?)
    }
}
