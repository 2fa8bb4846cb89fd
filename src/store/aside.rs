//! Moving a damaged database aside. It is renamed, whole, and never opened for writing.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

use super::error::StoreError;
use super::handle::{database, lock_file};
use super::lock::SubmitterLock;
use super::patience::Patience;
use super::schema;

/// The files of a database, by the ends of their names. Under another name they belong together still.
const FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Moves the damaged database of a data directory aside; gives its new name. A sound one stays
/// ([`StoreError::Sound`]), and so does one that another process submits from.
pub fn set_aside(dir: &Path, patience: Patience) -> Result<PathBuf, StoreError> {
    let path = database(dir);
    let _lock = SubmitterLock::take(&lock_file(dir))?;
    match look(&path).and_then(|()| schema::examine(&path, patience)) {
        Ok(()) => return Err(StoreError::Sound(path)),
        Err(e) if e.is_damage() => {}
        Err(_) if !path.exists() => return Err(StoreError::file("find", &path, ErrorKind::NotFound.into())),
        Err(e) => return Err(e.at(&path)),
    }
    let aside = free_name(&path);
    let failed = |e| StoreError::file("move aside", &path, e);
    // The database first: `look` refuses a log that is left without it.
    for end in FILES {
        match fs::rename(with_end(&path, end), with_end(&aside, end)) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    // The new names are on disk before anything is written under the old ones.
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    Ok(aside)
}

/// Refuses what SQLite would take for a new database though it is none: a log whose database is empty or gone (SQLite
/// would delete it), and what is no file.
pub(super) fn look(path: &Path) -> Result<(), StoreError> {
    // The log first. A database that is just being made gets its log after its first page.
    let log = fs::metadata(with_end(path, "-wal")).map_or(0, |log| log.len());
    let length = match fs::metadata(path) {
        Ok(file) if !file.is_file() => return Err(StoreError::Foreign(path.to_owned())),
        Ok(file) => file.len(),
        Err(e) if e.kind() == ErrorKind::NotFound => 0,
        Err(e) => return Err(StoreError::file("open", path, e)),
    };
    if length > 0 || log == 0 {
        return Ok(());
    }
    let said = String::from("it is empty, but its log is not");
    let error = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(said));
    Err(StoreError::from(error).at(path))
}

/// `rolodeck.db.damaged-1`, or the next number that no file of that name has.
fn free_name(path: &Path) -> PathBuf {
    let is_free = |name: &PathBuf| !FILES.iter().any(|end| with_end(name, end).exists());
    (1..u32::MAX)
        .map(|n| with_end(path, &format!(".damaged-{n}")))
        .find(is_free)
        .unwrap_or_else(|| with_end(path, ".damaged"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}
