//! The terminal, borrowed from the user's shell and given back on every way out.
//!
//! There is one terminal, so whether it is ours is a fact of the process: dropping the guard, a
//! panic on any thread, a suspend and an editor all give it back through the same switch, and giving
//! it back twice writes once. The program never asks the terminal anything: an answer that comes
//! late would be typed into whatever runs then.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use tokio::sync::Notify;

use super::dialect::Dialect;
use crate::logbook::report_panics;

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);

/// Tells of a panic on some thread, which gave the terminal back for good.
static BROKEN: Notify = Notify::const_new();

/// What gives it back, for whatever thread has to; with a way to it, since a new file might not open any more.
static LEAVE: OnceLock<(File, Vec<u8>)> = OnceLock::new();

/// What the program asks of its terminal, beside the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// What it understands.
    pub dialect: Dialect,
    /// To tell of clicks and of the wheel.
    pub mouse: bool,
    /// To have its title set, and set back.
    pub title: bool,
}

impl Wishes {
    /// The bytes that take the terminal, and those that give it back.
    ///
    /// Taken: the alternate screen, which the first frame clears; pastes marked; no wrapping at the right edge, so that
    /// a glyph which the terminal finds wider than we do does not push the line; cursor hidden. Giving back undoes
    /// that, and what a frame cut short may have left: synchronized output, margins, colours.
    fn bytes(self) -> [Vec<u8>; 2] {
        let Dialect { modes, strings, .. } = self.dialect;
        let (mut enter, mut leave) = (Vec::new(), Vec::new());
        let mut mode = |wanted: bool, on: &[u8], off: &[u8]| {
            if wanted {
                enter.extend_from_slice(on);
                leave.splice(0..0, off.iter().copied());
            }
        };
        // A terminal without an alternate screen shows no contacts to the next user of it.
        mode(!modes, b"", b"\x1b[H\x1b[2J");
        mode(modes, b"\x1b[?1049h\x1b[?2004h", b"\x1b[?2004l\x1b[?1049l");
        mode(true, b"\x1b[?7l\x1b[?25l", b"\x1b[r\x1b[m\x1b[?25h\x1b[?7h");
        mode(modes && self.mouse, b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l");
        // Emptied first, for terminals that keep no older title.
        mode(strings && self.title, b"\x1b[22;2t", b"\x1b]2;\x07\x1b[23;2t");
        mode(modes, b"", b"\x1b[?2026l");
        [enter, leave]
    }
}

/// The guard: while it lives the terminal is the program's, except between `leave` and `resume`.
#[derive(Debug)]
pub struct Terminal {
    enter: Vec<u8>,
}

impl Terminal {
    /// Takes the terminal. Fails, changing nothing, when standard input or output is not one.
    pub fn enter(wishes: Wishes) -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other(
                "the workstation needs a terminal; without one use the subcommands, such as `rolodeck submit`",
            ));
        }
        // NO_COLOR is the theme's affair: crossterm's own answer to it takes reverse and bold away.
        crossterm::style::force_color_output(true);
        let [enter, leave] = wishes.bytes();
        let way = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        LEAVE.get_or_init(|| (way, leave));
        let guard = Self { enter };
        guard.resume()?;
        Ok(guard)
    }

    /// Takes the terminal again after [`leave`](Self::leave); the next frame must paint everything.
    pub fn resume(&self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        OURS.store(true, Ordering::SeqCst);
        LEAVE.get().map_or(Ok(()), |(way, _)| (&*way).write_all(&self.enter))
    }

    /// Gives the terminal back for a while, to an editor or a shell. Stop the input reader first.
    pub fn leave(&self) {
        give_back();
    }

    /// Whether a shell could wake the program up again. Where it is the session's own command, as in
    /// `ssh host rolodeck`, none could.
    pub fn has_shell() -> bool {
        getsid(None).is_ok_and(|session| session != getpgrp())
    }

    /// Stops this job as ctrl-z does in a shell; SIGCONT tells of its waking up. Call [`leave`](Self::leave) first.
    pub fn stop() -> io::Result<()> {
        // The whole job, so that a script around the program stops with it. Not by SIGTSTP, which is listened to.
        Ok(kill_current_process_group(Signal::STOP)?)
    }

    /// Columns and rows; 80×24 where the terminal does not know.
    pub fn size(&self) -> (u16, u16) {
        match crossterm::terminal::size() {
            Ok((columns, rows)) if columns > 0 && rows > 0 => (columns, rows),
            _ => (80, 24),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, if it is ours. Errors have nowhere to go: the terminal is gone, then.
fn give_back() {
    if OURS.load(Ordering::SeqCst) {
        if let Some((way, leave)) = LEAVE.get() {
            // A terminal stopped by ctrl-s, or on a dead line, must not keep the program from ending.
            let limit = Timespec { tv_sec: 1, tv_nsec: 0 };
            let ready = poll(&mut [PollFd::new(way, PollFlags::OUT)], Some(&limit));
            let leave = if ready == Ok(0) { &[] } else { leave.as_slice() };
            let _ = leave_once(&OURS, leave, &mut &*way);
        }
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

fn leave_once(ours: &AtomicBool, leave: &[u8], out: &mut impl Write) -> io::Result<()> {
    if ours.swap(false, Ordering::SeqCst) { out.write_all(leave) } else { Ok(()) }
}

/// The way to the screen: one `write` is one system call, and none happens once the terminal is given
/// back, so that no thread paints over the shell after a panic.
#[derive(Debug)]
pub struct Output(File);

impl Output {
    /// Opens standard output without the buffer that Rust puts before it.
    pub fn open() -> io::Result<Self> {
        Ok(Self(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if OURS.load(Ordering::SeqCst) {
            self.0.write(bytes)
        } else {
            Err(io::Error::other("the terminal was given back"))
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes every panic restore the terminal first, then leave a report in `log_dir` and say where it is.
///
/// A panic on any thread gives the terminal back for good: the runtime must end the program when [`broken`] says so.
pub fn install_panic_hook(log_dir: PathBuf) {
    report_panics(log_dir, give_back, || BROKEN.notify_one());
}

/// Waits until a thread has panicked.
pub async fn broken() {
    BROKEN.notified().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISHES: Wishes = Wishes { dialect: Dialect::XTERM, mouse: true, title: true };

    #[test]
    fn giving_back_twice_writes_once() {
        let ours = AtomicBool::new(true);
        let mut out = Vec::new();
        leave_once(&ours, b"leave", &mut out).unwrap();
        leave_once(&ours, b"leave", &mut out).unwrap();
        assert_eq!(out, b"leave");
    }

    #[test]
    fn leaving_undoes_what_entering_did() {
        let [enter, leave] = WISHES.bytes();
        let mut screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        screen.process(b"$ rolodeck\r\n");
        let before = screen.screen().state_formatted();
        screen.process(&enter);
        let inside = screen.screen();
        assert!(inside.alternate_screen() && inside.bracketed_paste() && inside.hide_cursor());
        assert_eq!(inside.mouse_protocol_mode(), vt100::MouseProtocolMode::PressRelease);
        screen.process(b"\x1b[2;20r\x1b[7;31mhalf a frame");
        screen.process(&leave);
        assert_eq!(screen.screen().state_formatted(), before);
    }

    #[test]
    fn an_old_terminal_gets_nothing_that_it_would_print() {
        for term in ["vt100", "linux"] {
            let wishes = Wishes { dialect: Dialect::of(Some(term)).unwrap(), ..WISHES };
            let [enter, leave] = wishes.bytes();
            assert_eq!(enter, b"\x1b[?7l\x1b[?25l");
            assert_eq!(leave, b"\x1b[r\x1b[m\x1b[?25h\x1b[?7h\x1b[H\x1b[2J");
        }
    }

    #[test]
    fn nothing_is_painted_while_the_terminal_is_not_ours() {
        assert!(Output::open().unwrap().write_all(b"x").is_err());
    }
}
