//! The signals that the workstation hears.

use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// One stream for each of them.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) resize: Signal,
    pub(super) terminate: Signal,
    pub(super) interrupt: Signal,
    pub(super) hangup: Signal,
    /// Back to the shell (`kill -TSTP`); the key does the same without a signal.
    pub(super) stop: Signal,
    /// The shell's `fg`.
    pub(super) wake: Signal,
}

impl Signals {
    /// Hears them from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let numbered = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
        Ok(Self {
            resize: signal(SignalKind::window_change())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            stop: numbered(Number::TSTP)?,
            wake: numbered(Number::CONT)?,
        })
    }
}
