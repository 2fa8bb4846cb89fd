//! Listening to a run: its events to the printer, signals to the run.
//!
//! The printer has a thread of its own. A pipe that nobody reads or a terminal that is held (ctrl-s) then
//! stops the printing alone: the run goes on, and a signal is heard.

use std::fs;
use std::future::pending;
use std::sync::mpsc;
use std::time::Duration;

use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::super::connect::{DRAIN, GRACE};
use super::super::console::say;
use super::super::error::Error;
use super::super::exit::Exit;
use crate::engine::{Cancel, EngineEvent, EventKind, RunControl, RunHandle, RunReport};
use crate::logbook::note_event;
use crate::support::log::{self, Level};

/// What the printing of the last lines gets of the ten seconds.
const LAST_LINES: Duration = Duration::from_millis(500);

/// The signals that end a run early.
pub(in crate::cli) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` under `nohup`: then the run goes on without its terminal.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Hears them from now on; before, they end the process.
    pub(in crate::cli) fn listen() -> Result<Self, Error> {
        let hear = |kind| signal(kind).map_err(|e| Error::new(Exit::Bug, format!("signals cannot be heard: {e}")));
        let hang_up = SignalKind::hangup();
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hang_up: if is_ignored(hang_up) { None } else { Some(hear(hang_up)?) },
        })
    }

    /// Waits for the next one.
    pub(in crate::cli) async fn next(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => pending().await,
            }
        };
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Whether this process was started with the signal ignored. Where the system does not tell, it was not.
fn is_ignored(kind: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}

/// Listens until the run and its printing are over. The first signal lets the requests under way end, for a while; the
/// second gives them up at once.
pub(in crate::cli) async fn listen(
    mut handle: RunHandle,
    print: impl FnOnce(&mpsc::Receiver<EngineEvent>) -> Result<(), Error> + Send + 'static,
    mut signals: Signals,
) -> Result<RunReport, Error> {
    let (tell, told) = mpsc::channel();
    let (done, mut printing) = oneshot::channel();
    std::thread::spawn(move || done.send(print(&told)));
    // When the first signal came, and whether what is under way was given up since.
    let mut asked: Option<Instant> = None;
    let mut is_given_up = false;
    let mut report = None;
    loop {
        select! {
            biased;
            () = signals.next() => {
                log::note(Level::Event, || "a signal ends the run".to_owned());
                is_given_up = asked.is_some();
                asked.get_or_insert_with(Instant::now);
                let cancel = if is_given_up { Cancel::Abort } else { Cancel::Drain };
                handle.control.send(RunControl::Cancel(cancel));
            }
            () = after(asked, DRAIN), if !is_given_up => {
                is_given_up = true;
                handle.control.send(RunControl::Cancel(Cancel::Abort));
            }
            event = handle.events.recv() => match event {
                Some(event) => {
                    note_event(&event);
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
        () = after(asked, DRAIN + GRACE + LAST_LINES) => {}
    }
    report.ok_or_else(|| Error::new(Exit::Bug, "the run ended without a report; `rolodeck runs` says how it stands"))
}

/// Waits until so long after a moment; for ever, if there was none.
async fn after(moment: Option<Instant>, time: Duration) {
    match moment {
        Some(moment) => sleep_until(moment + time).await,
        None => pending().await,
    }
}

/// The run itself went its way, so its own exit code stands.
fn printing_failed(error: &Error) {
    if !error.message.is_empty() {
        say(&format!("rolodeck: {error}; `rolodeck results last` has the outcomes"));
    }
}
