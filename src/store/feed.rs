//! The way of a file's edits into the queue: a few at a time, so that a million of them are never in memory at once.
//!
//! All of an import is one transaction and one step. It counts only if whoever feeds it says so in the end: when the
//! reader of the file stops, fails or dies, nothing of it is in the queue.

use std::sync::mpsc::{self, Receiver, SyncSender};

use rusqlite::Connection;

use super::book::{BookName, book_of};
use super::clash::Choices;
use super::error::StoreError;
use super::mapping::Mapping;
use super::queue::{ImportReport, Importing};
use crate::domain::Edit;
use crate::support::work::Stopped;

/// How many edits go over at once.
const PIECE: usize = 256;

/// How many pieces may wait for the writer.
const AHEAD: usize = 8;

/// What an import is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The edits are to be in the queue.
    Import,
    /// The edits are to be in the queue, unless a field of one has another value before.
    WithoutConflict,
    /// What an import would do is to be known, and the queue left as it is.
    Rehearsal,
}

/// What a feed sends.
#[derive(Debug)]
pub(super) enum Piece {
    /// The next edits.
    Edits(Vec<Edit>),
    /// These were all, from a file with these columns.
    End(Mapping),
}

/// Takes the edits of an import. Dropped without [`finish`](Self::finish), it gives the import up.
#[derive(Debug)]
pub struct Feed {
    pieces: SyncSender<Piece>,
    piece: Vec<Edit>,
    columns: Mapping,
}

impl Feed {
    pub(super) fn new() -> (Self, Receiver<Piece>) {
        let (pieces, waiting) = mpsc::sync_channel(AHEAD);
        (Self { pieces, piece: Vec::new(), columns: Mapping::new() }, waiting)
    }

    /// Gives one edit; waits where the writer is behind.
    pub fn give(&mut self, edit: Edit) {
        self.piece.push(edit);
        if self.piece.len() == PIECE {
            self.send();
        }
    }

    /// Says which columns the file has, and what they stand for: results of its edits will have the same.
    pub fn have_columns(&mut self, columns: Mapping) {
        self.columns = columns;
    }

    /// Says that these were all.
    pub fn finish(mut self) {
        self.send();
        // A writer that has gone says why itself.
        let _ = self.pieces.send(Piece::End(std::mem::take(&mut self.columns)));
    }

    fn send(&mut self) {
        let _ = self.pieces.send(Piece::Edits(std::mem::take(&mut self.piece)));
    }
}

/// Lays the edits of a feed into the queue.
pub(super) fn import(
    connection: &Connection,
    pieces: &Receiver<Piece>,
    label: &str,
    purpose: Purpose,
    book: Option<&BookName>,
    choices: Choices,
) -> Result<ImportReport, StoreError> {
    if purpose != Purpose::Import {
        connection.execute_batch("savepoint rehearsal")?;
    }
    let book = book.map_or(Ok(None), |name| book_of(connection, name))?;
    let mut importing = Importing::begin(connection, book, choices)?;
    let columns = loop {
        match pieces.recv().map_err(|_| Stopped)? {
            Piece::Edits(edits) => edits.iter().try_for_each(|edit| importing.lay(edit))?,
            Piece::End(columns) => break columns,
        }
    };
    importing.came_from(&columns)?;
    let report = importing.finish(label)?;
    match purpose {
        Purpose::Import => {}
        Purpose::WithoutConflict if report.conflicts == 0 => connection.execute_batch("release rehearsal")?,
        _ => connection.execute_batch("rollback to rehearsal; release rehearsal")?,
    }
    Ok(report)
}
