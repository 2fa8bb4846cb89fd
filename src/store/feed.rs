//! The way of a file's edits into the queue: a few at a time, so that a million of them are never in memory at once.
//!
//! All of an import is one transaction and one step. It counts only if whoever feeds it says so in the end: when the
//! reader of the file stops, fails or dies, nothing of it is in the queue.

use std::sync::mpsc::{self, Receiver, SyncSender};

use rusqlite::Connection;

use super::error::StoreError;
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
    /// What an import would do is to be known, and the queue left as it is.
    Rehearsal,
}

/// Takes the edits of an import. Dropped without [`finish`](Self::finish), it gives the import up.
#[derive(Debug)]
pub struct Feed {
    pieces: SyncSender<Option<Vec<Edit>>>,
    piece: Vec<Edit>,
}

impl Feed {
    pub(super) fn new() -> (Self, Receiver<Option<Vec<Edit>>>) {
        let (pieces, waiting) = mpsc::sync_channel(AHEAD);
        (Self { pieces, piece: Vec::new() }, waiting)
    }

    /// Gives one edit; waits where the writer is behind.
    pub fn give(&mut self, edit: Edit) {
        self.piece.push(edit);
        if self.piece.len() == PIECE {
            self.send();
        }
    }

    /// Says that these were all.
    pub fn finish(mut self) {
        self.send();
        // A writer that has gone says why itself.
        let _ = self.pieces.send(None);
    }

    fn send(&mut self) {
        let _ = self.pieces.send(Some(std::mem::take(&mut self.piece)));
    }
}

/// Lays the edits of a feed into the queue.
pub(super) fn import(
    connection: &Connection,
    pieces: &Receiver<Option<Vec<Edit>>>,
    label: &str,
    purpose: Purpose,
) -> Result<ImportReport, StoreError> {
    if purpose == Purpose::Rehearsal {
        connection.execute_batch("savepoint rehearsal")?;
    }
    let mut importing = Importing::begin(connection)?;
    while let Some(piece) = pieces.recv().map_err(|_| Stopped)? {
        for edit in piece {
            importing.lay(edit)?;
        }
    }
    let report = importing.finish(label)?;
    if purpose == Purpose::Rehearsal {
        connection.execute_batch("rollback to rehearsal; release rehearsal")?;
    }
    Ok(report)
}
