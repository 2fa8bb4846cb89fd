//! What a run can be told.

use tokio::sync::mpsc;

/// How the rest of a run is cancelled; the later one is the harder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cancel {
    /// Nothing new starts; what is in flight ends and is recorded.
    Drain,
    /// As `Drain`, but what is in flight gets the grace time only, and is unknown afterwards.
    Abort,
}

/// A word to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunControl {
    /// Nothing new starts; what is in flight ends and is recorded.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Changes the requests a minute, from now on.
    Rate(u32),
    /// Changes how many requests may be under way at once; those under way go on.
    InFlight(usize),
    /// Ends the run early. `Abort` may follow a `Drain`; the way back is shut.
    Cancel(Cancel),
}

/// The way to a run's ear. Dropping it changes nothing for the run.
#[derive(Debug, Clone)]
pub struct ControlSender(mpsc::UnboundedSender<RunControl>);

impl ControlSender {
    pub(super) fn channel() -> (Self, mpsc::UnboundedReceiver<RunControl>) {
        let (tx, rx) = mpsc::unbounded_channel();
        (Self(tx), rx)
    }

    /// Tells the run; never waits. A run that has ended does not hear it, which is what its
    /// `Finished` event says already.
    pub fn send(&self, control: RunControl) {
        let _ = self.0.send(control);
    }
}
