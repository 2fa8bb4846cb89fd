//! Keys and pastes from the terminal, read by a thread of their own.
//!
//! The thread sleeps in `poll` without a time limit, so an idle program wakes up for nothing. Its
//! channel is bounded: when the screen falls behind a held key, the terminal's own queue fills next,
//! and nothing grows in memory. Only Unix terminals are served; crossterm's reader is not used,
//! since it splits a key that the network cut in two, types late replies of the terminal into the
//! program, and spins after a hang-up.
//!
//! Resizes are not here: they come as SIGWINCH, which the runtime listens to.

mod decode;

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;

pub use decode::PASTE_LIMIT;
use decode::{Decoder, Pending};

use crate::app::MouseAct;
use crate::support::key::Key;

/// How long an Esc waits for the rest of a sequence before it is the key: here, and over a network, which may cut a
/// key in two and deliver the rest a round trip later.
const ESCAPE_WAIT: Duration = Duration::from_millis(60);
const ESCAPE_WAIT_SSH: Duration = Duration::from_millis(250);

/// How long the rest of a sequence may stay out. Longer than for Esc, since its tail, typed, would be a command.
const PART_WAIT: Duration = Duration::from_secs(1);

/// Events between the thread and the runtime: half a minute of a held key.
const CAPACITY: usize = 1024;

/// What came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputEvent {
    /// A key.
    Key(Key),
    /// A bracketed paste: one text, never keys.
    Paste {
        /// The text, lines ended by `\n`.
        text: String,
        /// More than [`PASTE_LIMIT`] bytes came, and the text holds the first of them.
        cut: bool,
    },
    /// The mouse did something, at a column and row from 0.
    Mouse {
        /// What it did.
        act: MouseAct,
        /// The column.
        x: u16,
        /// The row.
        y: u16,
    },
    /// The terminal is gone. Nothing follows.
    Hangup,
}

/// The reader of one terminal; dropping it stops the thread and leaves the terminal to others.
#[derive(Debug)]
pub struct Input {
    events: mpsc::Receiver<InputEvent>,
    /// Closed to wake the thread up and end it.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// Starts to read standard input, which comes over SSH or not.
    pub fn start(ssh: bool) -> io::Result<Self> {
        let escape_wait = if ssh { ESCAPE_WAIT_SSH } else { ESCAPE_WAIT };
        Self::read_from(io::stdin().as_fd().try_clone_to_owned()?, escape_wait)
    }

    /// Starts to read a terminal, or what stands for one; an Esc waits so long for the rest of a sequence.
    pub fn read_from(terminal: OwnedFd, escape_wait: Duration) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let (send, events) = mpsc::channel(CAPACITY);
        let reader = Reader { terminal: File::from(terminal), stopped, send, escape_wait };
        let thread = thread::Builder::new().name("input".into()).spawn(move || reader.run())?;
        Ok(Self { events, stop: Some(stop), thread: Some(thread) })
    }

    /// Waits for the next event; none after a hang-up. Safe to drop half-way (in `select!`).
    pub async fn next(&mut self) -> Option<InputEvent> {
        self.events.recv().await
    }

    /// The next event, if one is there.
    pub fn try_next(&mut self) -> Option<InputEvent> {
        self.events.try_recv().ok()
    }
}

impl Drop for Input {
    /// Ends the thread before it returns, so that an editor started next gets every key.
    fn drop(&mut self) {
        self.events.close();
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the hook; there is nobody else to tell.
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Reader {
    terminal: File,
    stopped: PipeReader,
    send: mpsc::Sender<InputEvent>,
    escape_wait: Duration,
}

/// What a wait ended with.
enum Woken {
    Readable,
    Quiet,
    Stopped,
}

impl Reader {
    fn run(mut self) {
        let mut decoder = Decoder::default();
        let mut bytes = [0; 4096];
        loop {
            let wait = match decoder.pending() {
                Pending::Nothing => None,
                Pending::Escape => Some(self.escape_wait),
                Pending::Late | Pending::Part => Some(PART_WAIT),
            };
            let mut listened = true;
            let send = &self.send;
            let mut give = |event| listened &= send.blocking_send(event).is_ok();
            match wait_for(&self.terminal, &self.stopped, wait) {
                Ok(Woken::Readable) => match self.terminal.read(&mut bytes) {
                    Err(e) if is_transient(&e) => {}
                    // Linux answers a read after hang-up with EIO, others with an end of file.
                    Ok(0) | Err(_) => return give(InputEvent::Hangup),
                    Ok(n) => decoder.feed(bytes.get(..n).unwrap_or_default(), &mut give),
                },
                Ok(Woken::Quiet) => decoder.quiet(&mut give),
                Ok(Woken::Stopped) => return,
                Err(_) => return give(InputEvent::Hangup),
            }
            if !listened {
                return;
            }
        }
    }
}

fn is_transient(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

fn wait_for(terminal: &File, stopped: &PipeReader, wait: Option<Duration>) -> Result<Woken, Errno> {
    let mut watched = [PollFd::new(stopped, PollFlags::IN), PollFd::new(terminal, PollFlags::IN)];
    let limit = wait.and_then(|w| Timespec::try_from(w).ok());
    loop {
        match poll(&mut watched, limit.as_ref()) {
            Err(Errno::INTR) => {}
            Err(e) => return Err(e),
            Ok(0) => return Ok(Woken::Quiet),
            // A hang-up counts as readable: the read then says so.
            Ok(_) if watched[0].revents().is_empty() => return Ok(Woken::Readable),
            Ok(_) => return Ok(Woken::Stopped),
        }
    }
}

#[cfg(test)]
mod tests;
