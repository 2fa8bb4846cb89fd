//! One sending of a batch: how it ended, and what is recorded of it.

use std::time::Duration;

use super::outcome::{Outcome, Said};
use crate::support::clock::Timestamp;

/// How one sending of a batch ended, as far as the next step goes (API 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// The answer is understood: one outcome for each edit, in the order of the batch.
    Settled(Vec<Outcome>),
    /// Surely not taken by the server (429, 503, no connection): may be sent again.
    Retryable {
        /// Why, for people.
        reason: String,
        /// How long the server wants us to wait.
        after: Option<Duration>,
        /// Whether there was no connection at all: when that lasts, the run stops.
        unreachable: bool,
    },
    /// Perhaps taken (time-out, reset after sending, 5xx, an answer that does not parse). A PUT of fixed
    /// values may be sent again; when attempts run out, the edits are unknown.
    Ambiguous {
        /// Where it went wrong.
        stage: Stage,
        /// Why, for people.
        reason: String,
        /// How long the server wants us to wait.
        after: Option<Duration>,
    },
    /// The request as a whole was refused, and sending it again would not help.
    Refused {
        /// What the refusal says about the rest of the run.
        kind: Refusal,
        /// Its status and words.
        said: Said,
    },
}

/// Where an attempt went wrong that the server may have taken. It decides whether halves may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// No answer came in time.
    TimedOut,
    /// The connection ended before an answer, or before the end of one.
    BrokenOff,
    /// An answer came, and it says nothing of the contacts: no JSON, or no item in it.
    Unreadable,
    /// The server says that it failed (408, 425, 5xx).
    Failed,
}

/// What the server says of its rate limit with an answer (`X-RateLimit-*`, API 6). It is the account's, so it
/// tells also what others took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// How many requests are taken in a window.
    pub limit: Option<u32>,
    /// How many requests are still taken in this window.
    pub remaining: Option<u32>,
    /// How long until the next window.
    pub reset_in: Option<Duration>,
}

/// What a refused request means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 401, 402, 403: nothing more can be sent; the run stops and its edits stay queued.
    Stop,
    /// 400, 413: some edit of the batch, or its size, is to blame. Halves may do better.
    Split,
    /// 404, 405, 410, 415, a redirect: the request had better go elsewhere, or look otherwise. Where nothing was taken
    /// before, that is no fault of the contacts, and the run stops; else the whole batch is rejected.
    Astray,
    /// Any other refusal (409, 422): the whole batch is rejected.
    Whole,
}

/// What came back for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// How it ended.
    pub result: AttemptResult,
    /// The status of the transport, where an answer came.
    pub http_status: Option<u16>,
    /// The server's `request_id`, which the vendor's support asks for.
    pub request_id: Option<String>,
    /// What it says of the rate limit.
    pub quota: Quota,
    /// What a person should know though the outcomes stand: metadata that disagrees, a wrong length.
    pub notes: Vec<String>,
}

/// One attempt as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The batch within the run, from 0.
    pub batch: u32,
    /// Which sending of it, from 1.
    pub attempt: u32,
    /// When its intent was recorded.
    pub started: Timestamp,
    /// How long until it ended, in milliseconds.
    pub elapsed_ms: u64,
    /// The status of the transport, where an answer came.
    pub http_status: Option<u16>,
    /// The server's `request_id`.
    pub request_id: Option<String>,
    /// Why it did not settle, or what was odd; `None` for a plain success.
    pub error: Option<String>,
    /// Whether the server may have taken it though it did not settle. A crash makes its edits unknown.
    pub doubtful: bool,
}
