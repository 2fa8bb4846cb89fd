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
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, kill_current_process_group};

use crate::logbook::report_panics;

/// Alternate screen, which the first frame clears; pastes marked; no wrapping at the right edge, so that
/// a glyph which the terminal finds wider than we do does not push the line; cursor hidden.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?7l\x1b[?25l";

/// Undoes [`ENTER`], and what a frame cut short may have left: synchronized output, margins, colours.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[r\x1b[m\x1b[?25h\x1b[?7h\x1b[?2004l\x1b[?1049l";

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);

/// The guard: while it lives the terminal is the program's, except between `leave` and `resume`.
#[derive(Debug)]
pub struct Terminal(());

impl Terminal {
    /// Takes the terminal. Fails, changing nothing, when standard input or output is not one.
    pub fn enter() -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other(
                "the workstation needs a terminal; without one use the subcommands, such as `rolodeck submit`",
            ));
        }
        // NO_COLOR is the theme's affair: crossterm's own answer to it takes reverse and bold away.
        crossterm::style::force_color_output(true);
        let guard = Self(());
        guard.resume()?;
        Ok(guard)
    }

    /// Takes the terminal again after [`leave`](Self::leave); the next frame must paint everything.
    pub fn resume(&self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        OURS.store(true, Ordering::SeqCst);
        Output::open()?.write_all(ENTER)
    }

    /// Gives the terminal back for a while, to an editor. Stop the input reader first.
    pub fn leave(&self) {
        give_back();
    }

    /// Gives the terminal back, stops this job as ctrl-z does in a shell, and takes the terminal again.
    ///
    /// Stop the input reader first; start it, forget the frame and read the size afterwards. Where no
    /// shell could wake the program up again (it is the session's own command, as in `ssh host rolodeck`),
    /// the system ignores the stop, and this returns at once.
    pub fn suspend(&self) -> io::Result<()> {
        self.leave();
        // The whole job, so that a script around the program stops with it.
        kill_current_process_group(Signal::TSTP)?;
        // Another thread may take the signal: the stop then reaches this one within the wait.
        let _ = poll(&mut [], Some(&Timespec { tv_sec: 0, tv_nsec: 50_000_000 }));
        self.resume()
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
        if let Ok(mut output) = Output::open() {
            // A terminal stopped by ctrl-s, or on a dead line, must not keep the program from ending.
            let limit = Timespec { tv_sec: 1, tv_nsec: 0 };
            let ready = poll(&mut [PollFd::new(&output.0, PollFlags::OUT)], Some(&limit));
            let _ = if ready == Ok(0) { leave_once(&OURS, &mut io::sink()) } else { leave_once(&OURS, &mut output.0) };
        }
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

fn leave_once(ours: &AtomicBool, out: &mut impl Write) -> io::Result<()> {
    if ours.swap(false, Ordering::SeqCst) { out.write_all(LEAVE) } else { Ok(()) }
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
/// A panic on any thread gives the terminal back for good, so the runtime must end the program then:
/// the next frame fails to write.
pub fn install_panic_hook(log_dir: PathBuf) {
    report_panics(log_dir, give_back);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_back_twice_writes_once() {
        let ours = AtomicBool::new(true);
        let mut out = Vec::new();
        leave_once(&ours, &mut out).unwrap();
        leave_once(&ours, &mut out).unwrap();
        assert_eq!(out, LEAVE);
    }

    #[test]
    fn leaving_undoes_what_entering_did() {
        let mut screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        screen.process(b"$ rolodeck\r\n");
        let before = screen.screen().state_formatted();
        screen.process(ENTER);
        let inside = screen.screen();
        assert!(inside.alternate_screen() && inside.bracketed_paste() && inside.hide_cursor());
        screen.process(b"\x1b[2;20r\x1b[7;31mhalf a frame");
        screen.process(LEAVE);
        assert_eq!(screen.screen().state_formatted(), before);
    }

    #[test]
    fn nothing_is_painted_while_the_terminal_is_not_ours() {
        assert!(Output::open().unwrap().write_all(b"x").is_err());
    }
}
