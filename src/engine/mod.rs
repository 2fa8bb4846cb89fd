//! The run engine: sends the batches of a run and says what happens, without any screen.
//!
//! Owns the order of a run: which batch is sent when, how often, and when to stop. It never talks HTTP or
//! SQL itself, never reads a key and never waits for its listener. It talks to the vendor through
//! [`ContactsApi`](crate::api::ContactsApi) and to the journal through [`RunLog`](crate::store::RunLog); it
//! speaks [`EngineEvent`]s and hears [`RunControl`]s. It fails by ending the run: every run ends with one
//! [`EventKind::Finished`], whose report says how and why. A reconcile is a run, too, whose requests read; and so are the
//! reads of a run that looks at each contact before it sends. A [`pull()`] is none: its pages come one after the other,
//! and the next depends on the last. It shares the pace, the waits between tries and the controls.
//!
//! One task, the dispatcher, owns all state. Everything that takes time is a task of its own that reports
//! back: reading a batch, an attempt, recording. So no wait of one batch holds up another, or the controls.
//!
//! | | invariant |
//! |---|---|
//! | I1 | every planned edit settles exactly once per run |
//! | I2 | no byte of a request leaves before its intent is durable |
//! | I3 | requests in flight ≤ the limit |
//! | I4 | attempts on a batch ≤ the policy |
//! | I5 | after `Cancel(Abort)` nothing is on the wire once the grace time is over |
//! | I6 | `seq` rises by one, and totals equal the fold of what settled |
//! | I7 | it never awaits its listener |
//! | I8 | same seed and same answers → same outcomes |
//! | I9 | what is told is recorded |
//!
//! Between an answer and the next request the wire would stand empty while an intent is recorded: so the intents of a few
//! new batches are recorded while it is full. They go as soon as there is room, and are taken back when the run ends,
//! pauses, or is told to be quiet for a while.
//!
//! I1 has one exception by design: when the journal can't be written, what became of a batch stays open
//! there, the run ends as `Broken` without closing its books, and the next start settles it as unknown.

mod answers;
mod control;
mod dispatcher;
mod event;
mod finish;
mod ledger;
mod pace;
mod pull;
mod reconcile;
mod retry;
mod run;
mod snapshot;
mod split;
mod teller;
mod trip;
mod worker;

pub use control::{Cancel, ControlSender, RunControl};
pub use event::{EngineEvent, EventKind, RunReport, WaitReason};
pub use pull::{PullEvent, PullHandle, PullKind, PullReport, changes, lists, pull};
pub use reconcile::{read, reconcile};
pub use run::{Breaker, RunHandle, RunPolicy, RunSpec, Trip, start, start_reading};

#[cfg(test)]
mod tests;
