//! Undo and redo of every change of the queue.
//!
//! A [`Step`] is written in the transaction of its change. It keeps spans of ids (edits that it brought into the queue, or
//! took out of it) and images (the values of edits that it changed). Undo swaps what the step keeps with what the
//! queue holds, redo swaps again: both are [`swap`], in pieces between which it can be stopped.
//!
//! What a run settles leaves the queue outside of any step. A swap passes over edits that are gone, so that undoing
//! an import whose edits were sent takes away the others, and nothing sent comes back. An edit that
//! was out of the queue while its run settled it, taken out or undone, does come back: the run could not
//! take it along, and sending it again does no harm.

use std::cell::RefCell;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::columns::{columns, columns_of};
use super::error::StoreError;
use super::queue;
use super::reader::Reader;
use crate::domain::EditId;
use crate::support::work::Work;

/// The step being written.
pub(super) struct Step<'c> {
    connection: &'c Connection,
    id: i64,
    save: RefCell<CachedStatement<'c>>,
}

impl<'c> Step<'c> {
    /// Begins a step; it counts once it is finished.
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, StoreError> {
        connection.prepare_cached("insert into step (name) values ('')")?.execute([])?;
        Self::at(connection, connection.last_insert_rowid())
    }

    /// The newest step, to go on with, if it has this name and is not undone.
    pub(super) fn last_called(connection: &'c Connection, name: &str) -> Result<Option<Self>, StoreError> {
        let newest = connection
            .prepare_cached("select id from step where id = (select max(id) from step) and name = ?1 and not undone")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        newest.map(|id| Self::at(connection, id)).transpose()
    }

    fn at(connection: &'c Connection, id: i64) -> Result<Self, StoreError> {
        queue::note_change(connection)?;
        // An edit changed twice in one step goes back to what it was before the first change.
        let save = connection.prepare_cached(concat!(
            "insert or ignore into image (step, side, id, ",
            columns!(),
            ")
             select ?1, 0, id, ",
            columns!(),
            " from edit where id = ?2"
        ))?;
        Ok(Self { connection, id, save: RefCell::new(save) })
    }

    /// The step's number.
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// The connection it is written on.
    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Keeps the values of an edit that is about to change.
    pub(super) fn save(&self, id: EditId) -> Result<(), StoreError> {
        self.save.borrow_mut().execute([self.id, id.0])?;
        Ok(())
    }

    /// Notes that the edits with these ids came into the queue, or left it.
    pub(super) fn moved(&self, first: i64, last: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("insert into span (step, first, last) values (?1, ?2, ?3)")?
            .execute([self.id, first, last])?;
        Ok(())
    }

    /// Notes that the edits of this span came from the shelf of another step, and go back there.
    pub(super) fn moved_from(&self, span: &Span) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("insert into span (step, first, last, shelf) values (?1, ?2, ?3, ?4)")?
            .execute([self.id, span.first, span.last, span.shelf])?;
        Ok(())
    }

    /// Takes the edits with these ids out of the queue; gives how many stood in it.
    pub(super) fn take_out(&self, first: i64, last: i64) -> Result<u64, StoreError> {
        let taken = shelve(self.connection, &Span { shelf: self.id, first, last })?;
        if taken > 0 {
            self.moved(first, last)?;
        }
        Ok(taken)
    }

    /// Names the step and makes it the newest: what was undone before can't be redone any more.
    pub(super) fn finish(self, name: &str) -> Result<(), StoreError> {
        drop_undone(self.connection)?;
        self.connection.prepare_cached("update step set name = ?2 where id = ?1")?.execute(params![self.id, name])?;
        Ok(())
    }

    /// Leaves no trace of a step that changed nothing, so that redo still works.
    pub(super) fn abandon(self) -> Result<(), StoreError> {
        self.connection.prepare_cached("delete from step where id = ?1")?.execute([self.id])?;
        Ok(())
    }
}

/// Forgets what could be redone.
fn drop_undone(connection: &Connection) -> Result<(), StoreError> {
    let mut undone = connection.prepare_cached("select id from step where undone")?;
    let undone: Vec<i64> = undone.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for step in undone {
        // What an earlier step took out stays on its shelf.
        for span in spans(connection, step)?.iter().filter(|span| span.shelf == step) {
            empty_shelf(connection, span)?;
        }
        for table in ["span where step", "image where step", "requeue where step", "step where id"] {
            connection.prepare_cached(&format!("delete from {table} = ?1"))?.execute([step])?;
        }
    }
    Ok(())
}

/// Undoes the newest step that is not undone; gives its name.
pub(super) fn undo(connection: &Connection, work: &Work) -> Result<Option<String>, StoreError> {
    turn(connection, "select id, name from step where not undone order by id desc limit 1", 0, work)
}

/// Redoes the step undone last; gives its name.
pub(super) fn redo(connection: &Connection, work: &Work) -> Result<Option<String>, StoreError> {
    turn(connection, "select id, name from step where undone order by id limit 1", 1, work)
}

fn turn(connection: &Connection, which: &str, side: i64, work: &Work) -> Result<Option<String>, StoreError> {
    let step = connection
        .prepare_cached(which)?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let Some((id, name)) = step else { return Ok(None) };
    queue::note_change(connection)?;
    swap(connection, id, side, work)?;
    connection.prepare_cached("update step set undone = not undone where id = ?1")?.execute([id])?;
    Ok(Some(name))
}

/// A change of the queue, in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// Its number; later ones are greater.
    pub id: i64,
    /// What it did, as `set tag on 12,480 edits`.
    pub name: String,
    /// Whether it is undone; it can be redone then.
    pub undone: bool,
}

impl Reader {
    /// Every change of the queue that can be undone or redone, newest first.
    pub fn steps(&self) -> Result<Vec<StepRow>, StoreError> {
        let mut statement = self.connection().prepare_cached("select id, name, undone from step order by id desc")?;
        let steps = statement
            .query_map([], |row| Ok(StepRow { id: row.get(0)?, name: row.get(1)?, undone: row.get(2)? }))?
            .collect::<Result<_, _>>()?;
        Ok(steps)
    }
}

/// Undoes or redoes until this step is the newest that is not undone, with 0 until none is left; gives how many
/// steps were undone and redone.
pub(super) fn go_to(connection: &Connection, step: i64, work: &Work) -> Result<(u64, u64), StoreError> {
    let (mut undone, mut redone) = (0, 0);
    let next = |sql: &str| -> Result<bool, StoreError> {
        Ok(connection.prepare_cached(sql)?.query_row([step], |row| row.get(0))?)
    };
    while next("select exists (select 1 from step where not undone and id > ?1)")? {
        undo(connection, work)?;
        undone += 1;
    }
    while next("select exists (select 1 from step where undone and id <= ?1)")? {
        redo(connection, work)?;
        redone += 1;
    }
    Ok((undone, redone))
}

/// Swaps what the step keeps with what the queue holds.
fn swap(connection: &Connection, step: i64, side: i64, work: &Work) -> Result<(), StoreError> {
    let spans = spans(connection, step)?;
    work.expect(images(connection, step, side)? + spans.iter().map(Span::len).sum::<u64>());
    swap_images(connection, step, side, work)?;
    let back = in_pieces(&spans, work, |piece| unshelve(connection, piece))?;
    // The edits of a step are either all out of the queue, or all that are left stand in it.
    if back == 0 {
        in_pieces(&spans, work, |piece| shelve(connection, piece))?;
    }
    Ok(())
}

/// Ids that follow one another, and the step on whose shelf their edits lie while they are out of the queue.
pub(super) struct Span {
    pub(super) shelf: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Span {
    const fn len(&self) -> u64 {
        (self.last - self.first + 1) as u64
    }
}

/// Ids that are moved at a time.
const MOVED: i64 = if cfg!(test) { 2 } else { 10_000 };

/// Moves the edits of spans; gives how many there were.
fn in_pieces(spans: &[Span], work: &Work, moves: impl Fn(&Span) -> Result<u64, StoreError>) -> Result<u64, StoreError> {
    let mut moved = 0;
    for &Span { shelf, first, last } in spans {
        for first in (first..=last).step_by(MOVED as usize) {
            let piece = Span { shelf, first, last: last.min(first + MOVED - 1) };
            let edits = moves(&piece)?;
            moved += edits;
            work.step(edits)?;
        }
    }
    Ok(moved)
}

pub(super) fn spans(connection: &Connection, step: i64) -> Result<Vec<Span>, StoreError> {
    let mut statement =
        connection.prepare_cached("select ifnull(shelf, step), first, last from span where step = ?1")?;
    let spans = statement
        .query_map([step], |row| Ok(Span { shelf: row.get(0)?, first: row.get(1)?, last: row.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(spans)
}

/// Brings the edits of a span back into the queue; gives how many there were.
pub(super) fn unshelve(connection: &Connection, span: &Span) -> Result<u64, StoreError> {
    let back = connection
        .prepare_cached(concat!(
            "insert into edit (id, ",
            columns!(),
            ", origin)
             select id, ",
            columns!(),
            ", origin from shelf where id between ?2 and ?3 and step = ?1"
        ))?
        .execute([span.shelf, span.first, span.last])?;
    empty_shelf(connection, span)?;
    queue::resize(connection, back as i64)?;
    Ok(back as u64)
}

fn empty_shelf(connection: &Connection, span: &Span) -> Result<(), StoreError> {
    connection
        .prepare_cached("delete from shelf where id between ?2 and ?3 and step = ?1")?
        .execute([span.shelf, span.first, span.last])?;
    Ok(())
}

/// Takes the edits of a span out of the queue; gives how many there were.
fn shelve(connection: &Connection, span: &Span) -> Result<u64, StoreError> {
    let Span { shelf, first, last } = span;
    connection
        .prepare_cached(concat!(
            "insert into shelf (step, id, ",
            columns!(),
            ", origin)
             select ?1, id, ",
            columns!(),
            ", origin from edit where id between ?2 and ?3"
        ))?
        .execute([shelf, first, last])?;
    let gone = connection.prepare_cached("delete from edit where id between ?1 and ?2")?.execute([first, last])?;
    queue::resize(connection, -(gone as i64))?;
    Ok(gone as u64)
}

/// How many values the step keeps on this side.
fn images(connection: &Connection, step: i64, side: i64) -> Result<u64, StoreError> {
    let count = connection
        .prepare_cached("select count(*) from image where step = ?1 and side = ?2")?
        .query_row([step, side], |row| row.get::<_, i64>(0))?;
    Ok(count as u64)
}

/// Images that are swapped at a time: what was just read is still in memory when it is changed and taken away.
const PIECE: i64 = if cfg!(test) { 2 } else { 2000 };

fn swap_images(connection: &Connection, step: i64, side: i64, work: &Work) -> Result<(), StoreError> {
    let mut next = connection.prepare_cached(
        "select max(id) from (select id from image where step = ?1 and side = ?2 order by id limit ?3)",
    )?;
    while let Some(last) = next.query_row([step, side, PIECE], |row| row.get(0))? {
        work.step(swap_piece(connection, step, side, last)?)?;
    }
    Ok(())
}

/// Swaps the images up to this edit; gives how many there were.
fn swap_piece(connection: &Connection, step: i64, side: i64, last: i64) -> Result<u64, StoreError> {
    let kept = connection
        .prepare_cached(concat!(
            "insert into image (step, side, id, ",
            columns!(),
            ")
             select ?1, 1 - ?2, e.id, ",
            columns_of!("e"),
            "
             from image i cross join edit e on e.id = i.id where i.step = ?1 and i.side = ?2 and i.id <= ?3"
        ))?
        .execute([step, side, last])?;
    if kept > 0 {
        connection
            .prepare_cached(concat!(
                "update edit set (",
                columns!(),
                ") = (",
                columns_of!("i"),
                ")
                 from image i where i.step = ?1 and i.side = ?2 and i.id <= ?3 and edit.id = i.id"
            ))?
            .execute([step, side, last])?;
    }
    let gone = connection
        .prepare_cached("delete from image where step = ?1 and side = ?2 and id <= ?3")?
        .execute([step, side, last])?;
    Ok(gone as u64)
}
