//! Changes of the queue. Each function is one transaction and one undo step.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::columns::{WIDTH, bind_edit, bit, columns, read_edit};
use super::error::StoreError;
use super::undo::Step;
use crate::domain::{Edit, EditId, Field, Sid};
use crate::support::text::counted;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Edits put in the queue.
    pub added: u64,
    /// Edits laid over a queued one of the same SID.
    pub merged: u64,
    /// Edits that a queued one of the same SID said already.
    pub unchanged: u64,
    /// Fields for which a merge replaced another value.
    pub conflicts: u64,
}

/// A cell of the queue's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The SID.
    Sid,
    /// A field.
    Field(Field),
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

/// Where an edit came from or went to when it was laid into the queue.
pub(super) enum Laid {
    Added(EditId),
    Merged { id: EditId, conflicts: u64 },
    Unchanged(EditId),
}

/// Which side wins where two edits of one SID set the same field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wins {
    Later,
    Queued,
}

/// Lays edits into the queue: a new one at its end, one of a queued SID over the last edit of that SID.
pub(super) struct Layer<'c> {
    step: Step<'c>,
    find: CachedStatement<'c>,
    insert: CachedStatement<'c>,
    update: CachedStatement<'c>,
    /// The first and last id added; the one writer gives them out without a gap.
    added: Option<(i64, i64)>,
}

impl<'c> Layer<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self {
            step: Step::begin(connection)?,
            find: connection.prepare_cached(concat!(
                "select id, ",
                columns!(),
                " from edit where sid = ?1 order by id desc limit 1"
            ))?,
            insert: connection.prepare_cached(concat!(
                "insert into edit (",
                columns!(),
                ", origin_run, origin_seq)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
            ))?,
            update: prepare_update(connection)?,
            added: None,
        })
    }

    /// The number of the step under way.
    pub(super) fn step(&self) -> i64 {
        self.step.id()
    }

    /// Whether this edit was added by the step under way.
    fn is_new(&self, id: EditId) -> bool {
        self.added.is_some_and(|(first, _)| id.0 >= first)
    }

    /// Lays one edit. An edit without a SID names no contact yet, so it never merges. Between edits laid by the same
    /// step the later wins in any case.
    pub(super) fn lay(&mut self, edit: Edit, origin: Option<(i64, i64)>, wins: Wins) -> Result<Laid, StoreError> {
        let queued = if edit.sid.as_str().is_empty() { None } else { self.queued(&edit.sid)? };
        let Some((id, before)) = queued else { return Ok(Laid::Added(self.add(&edit, origin)?)) };
        let (merged, conflicts) = if wins == Wins::Later || self.is_new(id) {
            let mut merged = before.clone();
            let conflicts = merged.changes.merge(&edit.changes).len() as u64;
            (merged, conflicts)
        } else {
            let mut merged = edit;
            let conflicts = merged.changes.merge(&before.changes).len() as u64;
            (merged, conflicts)
        };
        if merged == before {
            return Ok(Laid::Unchanged(id));
        }
        if !self.is_new(id) {
            self.step.save(id)?;
        }
        update(&mut self.update, id, &merged)?;
        Ok(Laid::Merged { id, conflicts })
    }

    fn queued(&mut self, sid: &Sid) -> Result<Option<(EditId, Edit)>, StoreError> {
        let row = self.find.query_row([sid.as_str()], |row| Ok((EditId(row.get(0)?), read_edit(row, 1)?)));
        Ok(row.optional()?)
    }

    fn add(&mut self, edit: &Edit, origin: Option<(i64, i64)>) -> Result<EditId, StoreError> {
        bind_edit(&mut self.insert, 1, edit)?;
        self.insert.raw_bind_parameter(WIDTH + 1, origin.map(|o| o.0))?;
        self.insert.raw_bind_parameter(WIDTH + 2, origin.map(|o| o.1))?;
        self.insert.raw_execute()?;
        let id = self.step.connection().last_insert_rowid();
        self.added = Some((self.added.map_or(id, |(first, _)| first), id));
        Ok(EditId(id))
    }

    /// Ends the step under this name.
    pub(super) fn finish(self, name: &str) -> Result<(), StoreError> {
        if let Some((first, last)) = self.added {
            self.step.moved(first, last)?;
            resize(self.step.connection(), last - first + 1)?;
        }
        self.step.finish(name)
    }

    /// Ends a step that changed nothing.
    pub(super) fn abandon(self) -> Result<(), StoreError> {
        self.step.abandon()
    }
}

/// Lays edits into the queue in their order.
pub(super) fn import(
    connection: &Connection,
    edits: impl Iterator<Item = Edit>,
    label: &str,
) -> Result<ImportReport, StoreError> {
    let mut report = ImportReport::default();
    let mut layer = Layer::begin(connection)?;
    for edit in edits {
        match layer.lay(edit, None, Wins::Later)? {
            Laid::Added(_) => report.added += 1,
            Laid::Unchanged(_) => report.unchanged += 1,
            Laid::Merged { conflicts, .. } => {
                report.merged += 1;
                report.conflicts += conflicts;
            }
        }
    }
    match report.added + report.merged {
        0 => layer.abandon()?,
        n => layer.finish(&format!("import of {label}: {}", counted(n, "edit")))?,
    }
    Ok(report)
}

/// Lays one edit into the queue; gives the queued edit that says it now.
pub(super) fn add(connection: &Connection, edit: Edit) -> Result<EditId, StoreError> {
    let name = if edit.sid.as_str().is_empty() { "add an edit".into() } else { format!("add {}", edit.sid) };
    let mut layer = Layer::begin(connection)?;
    match layer.lay(edit, None, Wins::Later)? {
        Laid::Unchanged(id) => {
            layer.abandon()?;
            Ok(id)
        }
        Laid::Added(id) | Laid::Merged { id, .. } => {
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
    let mut step = Step::begin(connection)?;
    let mut find = connection.prepare_cached(concat!("select ", columns!(), " from edit where id = ?1"))?;
    let mut set_fields = prepare_update(connection)?;
    let mut set_sid = connection.prepare_cached("update edit set sid = ?2 where id = ?1")?;
    for (id, edit) in edits {
        let Some(before) = find.query_row([id.0], |row| read_edit(row, 0)).optional()? else { continue };
        if before == edit {
            continue;
        }
        step.save(id)?;
        update(&mut set_fields, id, &edit)?;
        if before.sid != edit.sid {
            set_sid.execute(params![id.0, edit.sid.as_str()])?;
        }
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
    change: &CellChange,
) -> Result<u64, StoreError> {
    let (column, what, value, mask, bits) = match (cell, change) {
        (Cell::Sid, CellChange::LeaveAlone) => return Ok(0),
        (Cell::Sid, CellChange::Set(text)) => ("sid", "set SID", Some(text.trim()), 0, 0),
        (Cell::Sid, CellChange::Clear) => ("sid", "clear SID", Some(""), 0, 0),
        (Cell::Field(f), CellChange::Set(text)) => (f.name(), "set", Some(text.as_str()), bit(f), 0),
        (Cell::Field(f), CellChange::Clear) => (f.name(), "clear", None, bit(f), bit(f)),
        (Cell::Field(f), CellChange::LeaveAlone) => (f.name(), "leave alone", None, bit(f), 0),
    };
    let otherwise = format!("id between ?1 and ?2 and ({column} is not ?3 or cleared & ?4 <> ?5)");
    let step = Step::begin(connection)?;
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
    for (first, last) in spans(ids) {
        save.execute(params![first, last, value, mask, bits, step.id()])?;
        changed += set.execute(params![first, last, value, mask, bits])? as u64;
    }
    let what = if cell == Cell::Sid { what.to_owned() } else { format!("{what} {column}") };
    match changed {
        0 => step.abandon()?,
        n => step.finish(&format!("{what} on {}", counted(n, "edit")))?,
    }
    Ok(changed)
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

/// Runs of ids that follow one another: first and last of each.
fn spans(mut ids: Vec<EditId>) -> Vec<(i64, i64)> {
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

/// The statement that [`update`] runs. It leaves the SID alone, whose index is costly to change.
fn prepare_update(connection: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(connection.prepare_cached(
        "update edit set first_name = ?2, last_name = ?3, number = ?4, email = ?5, company_name = ?6, tag = ?7,
         custom_field = ?8, cleared = ?9 where id = ?10 and ?1 is not null",
    )?)
}

fn update(statement: &mut CachedStatement<'_>, id: EditId, edit: &Edit) -> Result<(), StoreError> {
    bind_edit(statement, 1, edit)?;
    statement.raw_bind_parameter(WIDTH + 1, id.0)?;
    statement.raw_execute()?;
    Ok(())
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
