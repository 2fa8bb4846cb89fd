//! The log of requests: what reached the server and what it did about it, for tests to hold the client against.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::support::clock::{Timestamp, now};

/// How many entries are kept in memory; the oldest go first. A file keeps them all.
const KEPT: usize = 200_000;

/// One request as the server saw it. As a line of the log file it is JSON with these fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When it arrived, in milliseconds since the simulator started.
    pub at_ms: u64,
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// How many contacts its body held; 0 when it was refused unread.
    pub edits: u64,
    /// How many of them were changed.
    pub applied: u64,
    /// Which sending of this very request it was, from 1.
    pub attempt: u32,
    /// The status of the answer; `None` when the connection was reset, or the client left before it.
    pub status: Option<u16>,
    /// The faults that acted on it, joined by `+`.
    pub fault: Option<String>,
    /// The `request_id` of the answer.
    pub request_id: String,
}

/// All entries so far.
#[derive(Debug)]
pub(super) struct Log {
    started: Timestamp,
    kept: Mutex<Kept>,
    count: watch::Sender<u64>,
}

#[derive(Debug)]
struct Kept {
    entries: VecDeque<LogEntry>,
    file: Option<File>,
}

impl Log {
    /// A log that also writes to a file, where one is named.
    pub(super) fn new(file: Option<&Path>) -> io::Result<Self> {
        let file = file.map(File::create).transpose()?;
        let kept = Mutex::new(Kept { entries: VecDeque::new(), file });
        Ok(Self { started: now(), kept, count: watch::Sender::new(0) })
    }

    /// A request that has just arrived. It is logged when the guard goes, on whatever way.
    pub(super) fn arrived(self: &Arc<Self>, method: &str, path: &str) -> Arrived {
        let entry = LogEntry {
            at_ms: now().since(self.started),
            method: method.to_owned(),
            path: path.to_owned(),
            edits: 0,
            applied: 0,
            attempt: 0,
            status: None,
            fault: None,
            request_id: String::new(),
        };
        Arrived { entry, log: Arc::clone(self) }
    }

    /// The entries kept, in the order in which their requests ended.
    pub(super) fn entries(&self) -> Vec<LogEntry> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entries.iter().cloned().collect()
    }

    /// Counts the entries ever written.
    pub(super) fn count(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    fn push(&self, entry: LogEntry) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(file), Ok(mut line)) = (&mut kept.file, serde_json::to_vec(&entry)) {
            line.push(b'\n');
            // One write a line and no buffer: a reader sees whole lines at once. A full disk must not stop the server.
            let _ = file.write_all(&line);
        }
        if kept.entries.len() == KEPT {
            kept.entries.pop_front();
        }
        kept.entries.push_back(entry);
        self.count.send_modify(|n| *n += 1);
    }
}

/// A request under way. Dropping it writes its entry, also when the client has left and the handler is dropped.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) entry: LogEntry,
    log: Arc<Log>,
}

impl Arrived {
    /// Notes a fault that acted.
    pub(super) fn fault(&mut self, name: &str) {
        match &mut self.entry.fault {
            Some(names) if names.split('+').any(|n| n == name) => {}
            Some(names) => *names = format!("{names}+{name}"),
            none => *none = Some(name.to_owned()),
        }
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        self.log.push(self.entry.clone());
    }
}
