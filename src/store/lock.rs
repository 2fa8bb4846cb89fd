//! The submitter lock: one process at a time sends from a data directory.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::error::StoreError;
use crate::support::clock::{self, Timestamp};

/// Who submits from this data directory at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct LockHeld {
    /// What they do, as `submits from`.
    pub doing: &'static str,
    /// The process, where it has said so.
    pub pid: Option<u32>,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl fmt::Display for LockHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "another rolodeck {} this data directory", self.doing)?;
        if let (Some(pid), Some(since)) = (self.pid, self.since) {
            write!(f, " (process {pid}, since {})", since.local_minute())?;
        }
        f.write_str("; wait until that has ended, or end that process")
    }
}

/// The right to submit, until it is dropped. The system takes it back from a process that dies.
#[derive(Debug)]
pub struct SubmitterLock(File);

impl SubmitterLock {
    /// Takes the lock on that file, or says who holds it.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        Self::take_for(path, "submits from")
    }

    /// Takes the lock for something else that only one process at a time may do.
    pub(super) fn take_for(path: &Path, doing: &'static str) -> Result<Self, StoreError> {
        let mut file = private(&mut OpenOptions::new())
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| StoreError::file("open", path, e))?;
        match file.try_lock() {
            Ok(()) => {
                say_who(&mut file).map_err(|e| StoreError::file("write", path, e))?;
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => Err(holder(&mut file, doing).into()),
            Err(TryLockError::Error(e)) => Err(StoreError::file("lock", path, e)),
        }
    }
}

impl Drop for SubmitterLock {
    fn drop(&mut self) {
        // Closing the file frees the lock in any case; the words in it are only for people.
        let _ = self.0.set_len(0);
    }
}

fn say_who(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{} {}", std::process::id(), clock::now().0)
}

fn holder(file: &mut File, doing: &'static str) -> LockHeld {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    let mut words = text.split_whitespace();
    LockHeld {
        doing,
        pid: words.next().and_then(|w| w.parse().ok()),
        since: words.next().and_then(|w| w.parse().ok()).map(Timestamp),
    }
}

/// Makes a file that is created readable by its owner alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
