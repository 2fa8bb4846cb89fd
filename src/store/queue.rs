//! Changes of the queue. Each function is one transaction and one undo step.

use rusqlite::{Connection, OptionalExtension};

use super::book::{BookId, NoOps};
use super::bulk;
use super::clash::{Choices, Clash, Settling, Side};
use super::columns::{columns, read_edit};
use super::error::StoreError;
use super::layer::{Laid, Layer, Lookup, Update};
use super::mapping::Mapping;
use super::sources;
use super::undo::Step;
use crate::domain::{Cell, Edit, EditId, How, Transform};
use crate::support::text::counted;
use crate::support::work::Work;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Edits put in the queue.
    pub added: u64,
    /// Edits laid over a queued one of the same SID.
    pub merged: u64,
    /// Edits that a queued one of the same SID said already, or that change nothing by the address book.
    pub unchanged: u64,
    /// Of the unchanged, those that change nothing by the address book.
    pub known: u64,
    /// Fields that had another value before.
    pub conflicts: u64,
    /// Of these, the fields that keep it.
    pub kept: u64,
    /// The first conflicts.
    pub told: Vec<Clash>,
    /// How many others there are.
    pub more: u64,
}

/// What a cell becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// The field is to be set to this. A SID becomes this.
    Set(String),
    /// The field is to be emptied. A SID becomes empty.
    Clear,
    /// The field is not to be touched. A SID stays.
    LeaveAlone,
}

impl From<CellChange> for How {
    fn from(change: CellChange) -> Self {
        match change {
            CellChange::Set(text) => Self::Set(text),
            CellChange::Clear => Self::Clear,
            CellChange::LeaveAlone => Self::LeaveAlone,
        }
    }
}

/// Lays edits into the queue in their order.
pub(super) fn import(
    connection: &Connection,
    edits: impl Iterator<Item = Edit>,
    label: &str,
) -> Result<ImportReport, StoreError> {
    let mut importing = Importing::begin(connection, None, Choices::default())?;
    for edit in edits {
        importing.lay(&edit)?;
    }
    importing.finish(label)
}

/// An import under way.
pub(super) struct Importing<'c> {
    connection: &'c Connection,
    layer: Layer<'c>,
    /// What changes nothing on its contact, where a book knows.
    no_ops: Option<NoOps<'c>>,
    settling: Settling,
    report: ImportReport,
}

impl<'c> Importing<'c> {
    pub(super) fn begin(
        connection: &'c Connection,
        book: Option<BookId>,
        choices: Choices,
    ) -> Result<Self, StoreError> {
        let layer = Layer::begin(connection, Lookup::by_hash(connection)?)?;
        let no_ops = book.map(|book| NoOps::new(connection, book));
        Ok(Self { connection, layer, no_ops, settling: Settling::by(choices), report: ImportReport::default() })
    }

    /// Lays the next edit into the queue; not one that changes nothing by the address book, unless an edit is queued that
    /// it would go over.
    pub(super) fn lay(&mut self, edit: &Edit) -> Result<(), StoreError> {
        if let Some(no_ops) = &mut self.no_ops
            && !edit.changes.is_empty()
            && !self.layer.may_have(&edit.sid)
            && no_ops.holds(edit)?
        {
            self.report.unchanged += 1;
            self.report.known += 1;
            return Ok(());
        }
        let Self { layer, settling, report, .. } = self;
        let laid = layer.lay(edit, None, |conflict| {
            let side = settling.settle(conflict);
            report.conflicts += 1;
            report.kept += u64::from(side == Side::Earlier);
            side
        })?;
        match laid {
            Laid::Added(_) => report.added += 1,
            Laid::Unchanged(_) => report.unchanged += 1,
            Laid::Merged(_) => report.merged += 1,
        }
        Ok(())
    }

    /// Keeps the columns of the file that the edits were in.
    pub(super) fn came_from(&self, columns: &Mapping) -> Result<(), StoreError> {
        match self.layer.added() {
            Some((first, last)) if !columns.is_empty() => sources::keep(self.connection, first, last, columns),
            _ => Ok(()),
        }
    }

    /// Ends the step; `label` says where the edits are from.
    pub(super) fn finish(self, label: &str) -> Result<ImportReport, StoreError> {
        match self.report.added + self.report.merged {
            0 => self.layer.abandon()?,
            n => self.layer.finish(&format!("import of {label}: {}", counted(n, "edit")))?,
        }
        let (told, more) = self.settling.into_told();
        Ok(ImportReport { told, more, ..self.report })
    }
}

/// Lays one edit into the queue; gives the queued edit that says it now.
pub(super) fn add(connection: &Connection, edit: &Edit) -> Result<EditId, StoreError> {
    let name = if edit.sid.as_str().is_empty() { "add an edit".into() } else { format!("add {}", edit.sid) };
    let mut layer = Layer::begin(connection, Lookup::Scan)?;
    match layer.lay(edit, None, |_| Side::Later)? {
        Laid::Unchanged(id) => {
            layer.abandon()?;
            Ok(id)
        }
        Laid::Added(id) | Laid::Merged(id) => {
            layer.finish(&name)?;
            Ok(id)
        }
    }
}

/// Replaces queued edits by others; gives how many are otherwise now.
pub(super) fn replace(
    connection: &Connection,
    edits: impl Iterator<Item = (EditId, Edit)>,
    name: &str,
) -> Result<u64, StoreError> {
    let mut changed = 0;
    let step = Step::begin(connection)?;
    let mut find = connection.prepare_cached(concat!("select ", columns!(), " from edit where id = ?1"))?;
    let mut update = Update::prepare(connection)?;
    for (id, edit) in edits {
        let Some(before) = find.query_row([id.0], |row| read_edit(row, 0)).optional()? else { continue };
        if before == edit {
            continue;
        }
        step.save(id)?;
        update.run(id, &edit)?;
        changed += 1;
    }
    match changed {
        0 => step.abandon()?,
        n => step.finish(&format!("{name} on {}", counted(n, "edit")))?,
    }
    Ok(changed)
}

/// Changes one cell of many edits; gives how many are otherwise now.
pub(super) fn set_cell(
    connection: &Connection,
    ids: Vec<EditId>,
    cell: Cell,
    change: CellChange,
    work: &Work,
) -> Result<u64, StoreError> {
    let transform = Transform::cell(cell, change.into());
    Ok(bulk::transform(connection, ids, &transform, work)?.changed)
}

/// Takes edits out of the queue; gives how many stood in it.
pub(super) fn take_out(connection: &Connection, ids: Vec<EditId>) -> Result<u64, StoreError> {
    let step = Step::begin(connection)?;
    let mut taken = 0;
    for (first, last) in spans(ids) {
        taken += step.take_out(first, last)?;
    }
    match taken {
        0 => step.abandon()?,
        n => step.finish(&format!("take out {}", counted(n, "edit")))?,
    }
    Ok(taken)
}

/// Counts edits that came into the queue, or left it.
pub(super) fn resize(connection: &Connection, by: i64) -> Result<(), StoreError> {
    connection.prepare_cached("update queue_size set edits = edits + ?1")?.execute([by])?;
    Ok(())
}

/// Notes that the queue changes, but for edits that leave it with a run.
pub(super) fn note_change(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached("update queue_size set changes = changes + 1")?.execute([])?;
    Ok(())
}

/// Runs of ids that follow one another: first and last of each.
pub(super) fn spans(mut ids: Vec<EditId>) -> Vec<(i64, i64)> {
    ids.sort_unstable();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for EditId(id) in ids {
        match spans.last_mut() {
            Some((_, last)) if id <= last.saturating_add(1) => *last = id,
            _ => spans.push((id, id)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_follow_one_another_are_one_span() {
        let ids = [5, 1, 2, 2, 9, 3, 10].map(EditId).to_vec();
        assert_eq!(spans(ids), [(1, 3), (5, 5), (9, 10)]);
        assert!(spans(Vec::new()).is_empty());
    }
}
