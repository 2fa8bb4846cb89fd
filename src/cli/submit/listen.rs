//! Listening to a run: its events to the printer, signals to the run.
//!
//! The printer has a thread of its own. A pipe that nobody reads or a terminal that is held (ctrl-s) then
//! stops the printing alone: the run goes on, and a signal is heard.

use std::sync::mpsc;

use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::super::console::say;
use super::super::error::Error;
use super::super::exit::Exit;
use super::printer::Printer;
use crate::engine::{Cancel, EventKind, RunControl, RunHandle, RunReport};

/// The signals that end a run early.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Hears them from now on; before, they end the process.
    pub(super) fn listen() -> Result<Self, Error> {
        let hear = |kind| signal(kind).map_err(|e| Error::new(Exit::Bug, format!("signals cannot be heard: {e}")));
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hang_up: hear(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Listens until the run and its printing are over. The first signal lets the requests under way end, the second
/// gives them up.
pub(super) async fn listen(mut handle: RunHandle, printer: Printer, mut signals: Signals) -> Result<RunReport, Error> {
    let (tell, told) = mpsc::channel();
    let (done, mut printing) = oneshot::channel();
    std::thread::spawn(move || done.send(printer.print(&told)));
    let mut cancel = Cancel::Drain;
    let mut report = None;
    loop {
        select! {
            biased;
            () = signals.next() => {
                handle.control.send(RunControl::Cancel(cancel));
                cancel = Cancel::Abort;
            }
            event = handle.events.recv() => match event {
                Some(event) => {
                    if let EventKind::Finished(finished) = &event.kind {
                        report = Some(finished.clone());
                    }
                    // A printer that has ended says why when it is joined.
                    let _ = tell.send(event);
                }
                None => break,
            }
        }
    }
    drop(tell);
    select! {
        printed = &mut printing => match printed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => printing_failed(&error),
            Err(_) => return Err(Error::new(Exit::Bug, "the printing of outcomes failed; `rolodeck results last` has them")),
        },
        // The run is recorded; only its printing is held up.
        () = signals.next() => {}
    }
    report.ok_or_else(|| Error::new(Exit::Bug, "the run ended without a report; `rolodeck runs` says how it stands"))
}

/// The run itself went its way, so its own exit code stands.
fn printing_failed(error: &Error) {
    if !error.message.is_empty() {
        say(&format!("rolodeck: {error}; `rolodeck results last` has the outcomes"));
    }
}
