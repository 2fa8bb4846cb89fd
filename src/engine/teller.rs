//! The voice of a run: numbers its events and never waits for anybody to hear them (I6, I7).

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::event::{EngineEvent, EventKind, WaitReason};
use super::pace::Wait;
use crate::domain::{RunId, Totals};
use crate::support::clock;

/// A wait shorter than this can't be seen, so it is not told.
const NOTICEABLE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Teller {
    run: RunId,
    seq: u64,
    to: mpsc::UnboundedSender<EngineEvent>,
    told: Option<(Instant, WaitReason)>,
}

impl Teller {
    pub(super) fn new(run: RunId, to: mpsc::UnboundedSender<EngineEvent>) -> Self {
        Self { run, seq: 0, to, told: None }
    }

    /// Tells that something happened. The channel has no limit and a listener that left is no loss.
    pub(super) fn tell(&mut self, totals: Totals, kind: EventKind) {
        self.seq += 1;
        let _ = self.to.send(EngineEvent { run: self.run, seq: self.seq, at: clock::now(), totals, kind });
    }

    /// Tells of a wait, unless it was told already or is too short.
    pub(super) fn tell_wait(&mut self, totals: Totals, wait: Wait, now: Instant) {
        let for_ = wait.until.duration_since(now);
        if for_ >= NOTICEABLE && self.told != Some((wait.until, wait.reason)) {
            self.told = Some((wait.until, wait.reason));
            self.tell(totals, EventKind::Waiting { reason: wait.reason, for_ });
        }
    }
}
