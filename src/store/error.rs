//! What can go wrong with the store, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use super::lock::LockHeld;
use crate::domain::RunId;

/// Why the store could not do what it was asked. Whatever failed changed nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The data directory or a file in it can't be used.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    File {
        /// What was tried, as `open`.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The file is no database of rolodeck; it was left as it is.
    #[error("{path} is not a rolodeck database; it was not touched. Move it away, or use another data directory", path = .0.display())]
    Foreign(PathBuf),
    /// The file was written by a later version.
    #[error(
        "{path} was written by a newer rolodeck (format {found}, this one knows {known}); use that version, or another data directory",
        path = path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format known here.
        known: i64,
    },
    /// Another process submits from this data directory.
    #[error(transparent)]
    Held(#[from] LockHeld),
    /// SQLite failed: a full disk, a damaged file, a file that is locked for too long.
    #[error("the database failed: {source}{advice}", source = .0, advice = advice(.0))]
    Database(Arc<rusqlite::Error>),
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    /// The run has ended; nothing can be recorded in it any more.
    #[error("run {0} has ended; nothing more can be recorded in it")]
    RunOver(RunId),
    /// The run has no such batch.
    #[error("run {0} has no batch {1}")]
    NoSuchBatch(RunId, u32),
    /// A batch was to be settled a second time.
    #[error("batch {1} of run {0} is settled already")]
    AlreadySettled(RunId, u32),
    /// A batch was to be settled or split with too few or too many outcomes.
    #[error("batch {batch} of run {run} has {edits} edits, but {given} were settled or split")]
    WrongCount {
        /// The run.
        run: RunId,
        /// The batch.
        batch: u32,
        /// Edits in the batch.
        edits: u64,
        /// Edits in what was given.
        given: u64,
    },
    /// An attempt was to begin a second time, or to end without being under way.
    #[error("attempt {2} on batch {1} of run {0} {3}")]
    WrongAttempt(RunId, u32, u32, &'static str),
    /// The writer has ended, after a bug: the log says more.
    #[error("the store is closed; start rolodeck again")]
    Closed,
}

impl StoreError {
    /// Whether it may pass by itself: a full disk, a file that another process holds, a cable.
    pub fn may_pass(&self) -> bool {
        use ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        let Self::Database(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(DiskFull | DatabaseBusy | DatabaseLocked | SystemIoFailure))
    }

    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source: Arc::new(source) }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// What to do about an error of the database.
fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => ". Free some space, then go on: nothing recorded is lost",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ". Another rolodeck is writing; try again",
        Some(ErrorCode::DatabaseCorrupt) => {
            ". The file rolodeck.db is damaged; keep a copy of it, and use another data directory"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ". Check who may write the data directory"
        }
        _ => "",
    }
}

/// The text a broken value of the database is reported with.
pub(super) fn broken_value(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
