//! What a run tells its listener.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::control::Cancel;
use crate::domain::{RunId, RunState, Totals};
use crate::support::clock::Timestamp;

/// Something that happened in a run. It carries no outcome: a listener reads the rows of a settled
/// batch from the store, so that what is shown is recorded (I9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// The run.
    pub run: RunId,
    /// Its number within the run, from 1, without a gap (I6).
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Where the run stands, this event included.
    pub totals: Totals,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The run begins; always the first event.
    Started {
        /// How many batches it has.
        batches: u32,
    },
    /// An attempt is on its way, and its intent is on disk.
    BatchSent {
        /// The batch.
        batch: u32,
        /// Which sending of it, from 1.
        attempt: u32,
        /// How many edits it carries.
        edits: u64,
    },
    /// An attempt did not settle its batch, and that is recorded.
    AttemptFailed {
        /// The batch.
        batch: u32,
        /// Which sending of it.
        attempt: u32,
        /// Why, for people.
        reason: String,
        /// How long until it is due again; `None` when it is not sent again.
        again_in: Option<Duration>,
    },
    /// A batch is sent on in parts, each a batch of its own from here on; that is recorded.
    Split {
        /// The batch. It will not settle; its parts will.
        batch: u32,
        /// The numbers of its parts.
        parts: Range<u32>,
        /// Why, for people.
        reason: String,
    },
    /// Every edit of a batch has its outcome, and that is recorded. Once for each batch sent.
    BatchSettled {
        /// The batch.
        batch: u32,
        /// Its last attempt.
        attempt: u32,
        /// How long the last attempt took.
        elapsed_ms: u64,
        /// What a person should know though the outcomes stand.
        notes: Vec<String>,
    },
    /// Nothing is sent for a while. Waits too short to be seen are not told, nor the same wait twice.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// How long, from now.
        for_: Duration,
    },
    /// Nothing new starts until `Resumed`.
    Paused {
        /// Why the run paused itself: the canary or the circuit breaker. `None` when it was told to.
        why: Option<String>,
    },
    /// The pause is over.
    Resumed,
    /// The pace was changed by hand.
    Tuned {
        /// Requests a minute.
        rate_per_minute: u32,
        /// Requests under way at once.
        in_flight: usize,
    },
    /// The rest is being cancelled.
    Cancelling(Cancel),
    /// The run is over; always the last event.
    Finished(RunReport),
}

/// Why nothing is sent for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// The pace of the run.
    Rate {
        /// Requests a minute, as they stand now.
        per_minute: u32,
    },
    /// The server said how long to wait.
    AskedByServer,
    /// The server is busy (429, 503) and did not say for how long.
    Busy,
    /// There is no connection.
    Unreachable,
    /// The journal can't be written at present.
    Journal,
    /// Contacts are read before their edits are sent.
    Reads {
        /// How many.
        contacts: usize,
    },
    /// What is left waits for its next attempt.
    Retry {
        /// How many batches.
        batches: u32,
    },
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { per_minute: 1 } => f.write_str("pace of 1 request a minute"),
            Self::Rate { per_minute } => write!(f, "pace of {per_minute} requests a minute"),
            Self::AskedByServer => f.write_str("the server asked to wait"),
            Self::Busy => f.write_str("the server is busy"),
            Self::Unreachable => f.write_str("no connection to the server"),
            Self::Journal => f.write_str("what came back can't be written to the disk; it is tried again"),
            Self::Reads { contacts: 1 } => f.write_str("1 contact is read before it is changed"),
            Self::Reads { contacts } => write!(f, "{contacts} contacts are read before they are changed"),
            Self::Retry { batches: 1 } => f.write_str("1 batch is to be tried again"),
            Self::Retry { batches } => write!(f, "{batches} batches are to be tried again"),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub state: RunState,
    /// What became of its edits. They balance unless `state` is `Broken`.
    pub totals: Totals,
    /// Updated contacts that did not come back as wanted, or not at all.
    pub odd_echoes: u64,
    /// Attempts that were put on the wire.
    pub requests: u64,
    /// Those among them that were not the first of their batch.
    pub retries: u64,
    /// From start to end.
    pub elapsed_ms: u64,
    /// Why it ended before its time, for people.
    pub cause: Option<String>,
    /// What should be impossible, and was found: the books differ. It is a bug, to be reported.
    pub alarm: Option<String>,
}
