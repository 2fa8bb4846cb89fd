//! What can go wrong with the store, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

use super::handle::NAME;
use super::lock::LockHeld;
use crate::domain::RunId;
use crate::support::work::Stopped;

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
    /// The file is no database of rolodeck, or not recognizable as one any more; it was left as it is.
    #[error(
        "{path} is not a rolodeck database, or is damaged from its first byte on. It was not touched. Use another \
         --data-dir, or move it aside with `rolodeck queue set-aside` and start with an empty queue",
        path = .0.display()
    )]
    Foreign(PathBuf),
    /// The database can be read from its first to its last page.
    #[error("{path} is not damaged; it stays where it is", path = .0.display())]
    Sound(PathBuf),
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
    #[error("{}", describe(path, source))]
    Database {
        /// The database; its name alone where a statement failed that does not know where its file is.
        path: PathBuf,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
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
    /// It was to be stopped, by whoever asked for it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The writer has ended, after a bug: the log says more.
    #[error("the store is closed; start rolodeck again")]
    Closed,
}

impl StoreError {
    /// Whether it may pass by itself: a full disk, a file that another process holds, a cable.
    pub fn may_pass(&self) -> bool {
        let Self::Database { source, .. } = self else { return false };
        matches!(trouble(source), Trouble::Full | Trouble::Locked | Trouble::Disk)
    }

    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source: Arc::new(source) }
    }

    /// The same, with where the database is.
    pub(super) fn at(self, path: &Path) -> Self {
        match self {
            Self::Database { source, .. } => Self::Database { path: path.to_owned(), source },
            other => other,
        }
    }

    /// Whether the database is damaged, or no database.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Foreign(_) => true,
            Self::Database { source, .. } => trouble(source) == Trouble::Damaged,
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // Nothing else interrupts a statement.
        if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
            return Stopped.into();
        }
        Self::Database { path: PathBuf::from(NAME), source: Arc::new(error) }
    }
}

/// What an error of SQLite comes down to for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Damaged,
    Locked,
    Full,
    NotWritable,
    Disk,
    Other,
}

fn trouble(error: &rusqlite::Error) -> Trouble {
    let Some(failure) = error.sqlite_error() else { return Trouble::Other };
    match (failure.code, failure.extended_code) {
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (ErrorCode::SystemIoFailure, ffi::SQLITE_IOERR_CORRUPTFS) => Trouble::Damaged,
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Trouble::Locked,
        // A quota, or a limit on the size of files, is no full disk to SQLite.
        (ErrorCode::DiskFull, _)
        | (ErrorCode::SystemIoFailure, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE) => Trouble::Full,
        (ErrorCode::SystemIoFailure, _) => Trouble::Disk,
        (ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied, _) => Trouble::NotWritable,
        _ => Trouble::Other,
    }
}

/// What is wrong with the database, and what to do.
fn describe(path: &Path, error: &rusqlite::Error) -> String {
    let path =
        if path == Path::new(NAME) { format!("{NAME} in the data directory") } else { path.display().to_string() };
    match trouble(error) {
        Trouble::Damaged => format!(
            "{path} is damaged ({error}). It is left as it is. `rolodeck queue set-aside` moves it aside and starts \
             with an empty queue; `sqlite3 FILE .recover` may get back what is in it"
        ),
        Trouble::Locked => format!(
            "{path} is locked: another process writes it and does not come to an end. Wait for that process or end it \
             (`fuser {path}` names it), then try again"
        ),
        Trouble::Full => format!(
            "{path} cannot be written ({error}): the disk is full, or a quota or a limit on file size is reached. Free \
             some space and go on; nothing recorded is lost"
        ),
        Trouble::Disk => format!(
            "{path} cannot be read or written ({error}): the disk or its connection fails. Look at the system's log; \
             nothing recorded was given up"
        ),
        Trouble::NotWritable => format!(
            "{path} cannot be opened for writing ({error}). rolodeck writes beside it even to read it: check who may \
             write the data directory, or copy that and look at the copy with --data-dir"
        ),
        Trouble::Other => format!("{path}: {error}"),
    }
}

/// The text a broken value of the database is reported with.
pub(super) fn broken_value(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
