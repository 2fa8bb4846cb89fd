//! Changes of many edits at once: one transaction, one undo step, in chunks between which it can be stopped.

use std::ops::ControlFlow;

use rusqlite::{Connection, params};

use super::columns::{bit, columns, read_edit};
use super::error::StoreError;
use super::layer::Update;
use super::queue::{CellChange, spans};
use super::reader::Reader;
use super::undo::Step;
use crate::domain::{Applied, Cell, Edit, EditId, How, On, Transform};
use crate::support::text::counted;
use crate::support::work::Work;

/// Ids in a chunk. A chunk takes some hundredths of a second, so that a stop is felt at once.
const CHUNK: i64 = 10_000;

/// What a bulk change did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkReport {
    /// Edits that are otherwise now.
    pub changed: u64,
    /// Edits that stayed as they were since the value could not be made.
    pub impossible: u64,
    /// The first reason for that.
    pub why: Option<String>,
}

/// Changes these edits; a stop changes nothing.
pub(super) fn transform(
    connection: &Connection,
    ids: Vec<EditId>,
    transform: &Transform,
    work: &Work,
) -> Result<BulkReport, StoreError> {
    let step = Step::begin(connection)?;
    let report = match (transform.on, simple(&transform.how)) {
        (On::Cell(cell), Some(change)) => {
            let changed = change_cell(&step, ids, cell, &change, work)?;
            BulkReport { changed, ..BulkReport::default() }
        }
        _ => each(&step, ids, transform, work)?,
    };
    match report.changed {
        0 => step.abandon()?,
        n => step.finish(&format!("{} on {}", transform.name(), counted(n, "edit")))?,
    }
    Ok(report)
}

/// The change as one that SQL makes by itself.
fn simple(how: &How) -> Option<CellChange> {
    match how {
        How::Set(text) => Some(CellChange::Set(text.clone())),
        How::Clear => Some(CellChange::Clear),
        How::LeaveAlone => Some(CellChange::LeaveAlone),
        _ => None,
    }
}

fn each(step: &Step<'_>, ids: Vec<EditId>, transform: &Transform, work: &Work) -> Result<BulkReport, StoreError> {
    let connection = step.connection();
    let mut report = BulkReport::default();
    let mut read =
        connection.prepare_cached(concat!("select id, ", columns!(), " from edit where id between ?1 and ?2"))?;
    let mut update = Update::prepare(connection)?;
    work.expect(ids.len() as u64);
    for (first, last) in chunks(ids) {
        let mut done = 0;
        let mut changed: Vec<(EditId, Edit)> = Vec::new();
        let mut rows = read.query([first, last])?;
        while let Some(row) = rows.next()? {
            done += 1;
            match transform.apply(&read_edit(row, 1)?) {
                Applied::Unchanged => {}
                Applied::Changed(edit) => changed.push((EditId(row.get(0)?), edit)),
                Applied::Impossible(why) => {
                    report.impossible += 1;
                    report.why.get_or_insert(why);
                }
            }
        }
        drop(rows);
        for (id, edit) in &changed {
            step.save(*id)?;
            update.run(*id, edit)?;
        }
        report.changed += changed.len() as u64;
        work.step(done)?;
    }
    Ok(report)
}

/// Changes one cell of these edits by SQL alone; gives how many are otherwise now.
pub(super) fn change_cell(
    step: &Step<'_>,
    ids: Vec<EditId>,
    cell: Cell,
    change: &CellChange,
    work: &Work,
) -> Result<u64, StoreError> {
    let (value, mask, bits) = match (cell, change) {
        (Cell::Sid, CellChange::LeaveAlone) => return Ok(0),
        (Cell::Sid, CellChange::Set(text)) => (Some(text.trim()), 0, 0),
        (Cell::Sid, CellChange::Clear) => (Some(""), 0, 0),
        (Cell::Field(f), CellChange::Set(text)) => (Some(text.as_str()), bit(f), 0),
        (Cell::Field(f), CellChange::Clear) => (None, bit(f), bit(f)),
        (Cell::Field(f), CellChange::LeaveAlone) => (None, bit(f), 0),
    };
    let (connection, column) = (step.connection(), cell.name());
    let otherwise = format!("id between ?1 and ?2 and ({column} is not ?3 or cleared & ?4 <> ?5)");
    let mut save = connection.prepare_cached(&format!(
        concat!(
            "insert into image (step, side, id, ",
            columns!(),
            ") select ?6, 0, id, ",
            columns!(),
            " from edit where {}"
        ),
        otherwise
    ))?;
    let mut set = connection
        .prepare_cached(&format!("update edit set {column} = ?3, cleared = cleared & ~?4 | ?5 where {otherwise}"))?;
    let mut changed = 0;
    work.expect(ids.len() as u64);
    for (first, last) in chunks(ids) {
        save.execute(params![first, last, value, mask, bits, step.id()])?;
        changed += set.execute(params![first, last, value, mask, bits])? as u64;
        work.step((last - first + 1) as u64)?;
    }
    Ok(changed)
}

/// What merging the edits of one SID did, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MergeReport {
    /// Contacts that had more than one edit.
    pub contacts: u64,
    /// Edits that went into another.
    pub merged: u64,
    /// Fields in which a later edit replaced another value.
    pub conflicts: u64,
}

/// Merges the edits of each SID into the first of them; the later wins per field.
pub(super) fn merge_duplicates(connection: &Connection, work: &Work) -> Result<MergeReport, StoreError> {
    let step = Step::begin(connection)?;
    let mut update = Update::prepare(connection)?;
    let report = merges(connection, |first, merged, rest| {
        step.save(first)?;
        update.run(first, merged)?;
        for id in rest {
            step.take_out(id.0, id.0)?;
        }
        Ok(work.step(1 + rest.len() as u64)?)
    })?;
    match report.merged {
        0 => step.abandon()?,
        n => step.finish(&format!("merge {} of the same contacts", counted(n + report.contacts, "edit")))?,
    }
    Ok(report)
}

/// Gives for each SID with several edits the first of them, what all together say, and the others.
fn merges(
    connection: &Connection,
    mut f: impl FnMut(EditId, &Edit, &[EditId]) -> Result<(), StoreError>,
) -> Result<MergeReport, StoreError> {
    let mut report = MergeReport::default();
    let mut read = connection.prepare_cached(concat!("select ", columns!(), " from edit where id = ?1"))?;
    for group in super::duplicates::groups(connection)? {
        let Some((first, rest)) = group.split_first() else { continue };
        let mut merged = read.query_row([first.0], |row| read_edit(row, 0))?;
        for id in rest {
            let later = read.query_row([id.0], |row| read_edit(row, 0))?;
            report.conflicts += merged.changes.merge(&later.changes).len() as u64;
        }
        report.contacts += 1;
        report.merged += rest.len() as u64;
        f(*first, &merged, rest)?;
    }
    Ok(report)
}

impl Reader {
    /// What merging the edits of each SID would do.
    pub fn merge_report(&self) -> Result<MergeReport, StoreError> {
        merges(self.connection(), |_, _, _| Ok(()))
    }

    /// Gives these edits in the order of the queue, until told to stop; ids that are not queued are passed over.
    pub fn each_of(
        &self,
        ids: Vec<EditId>,
        mut f: impl FnMut(EditId, Edit) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let sql = concat!("select id, ", columns!(), " from edit where id between ?1 and ?2");
        let mut statement = self.connection().prepare_cached(sql)?;
        for (first, last) in spans(ids) {
            let mut rows = statement.query([first, last])?;
            while let Some(row) = rows.next()? {
                if f(EditId(row.get(0)?), read_edit(row, 1)?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Spans of ids, none of them longer than a chunk.
fn chunks(ids: Vec<EditId>) -> impl Iterator<Item = (i64, i64)> {
    spans(ids).into_iter().flat_map(|(first, last)| {
        (first..=last).step_by(CHUNK as usize).map(move |from| (from, last.min(from.saturating_add(CHUNK - 1))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_spans_are_cut_and_nothing_is_left_out() {
        let ids: Vec<_> = (1..=2 * CHUNK + 1).chain([5 * CHUNK]).map(EditId).collect();
        let chunks: Vec<_> = chunks(ids).collect();
        assert_eq!(
            chunks,
            [(1, CHUNK), (CHUNK + 1, 2 * CHUNK), (2 * CHUNK + 1, 2 * CHUNK + 1), (5 * CHUNK, 5 * CHUNK)]
        );
    }
}
