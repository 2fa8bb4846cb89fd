//! A program on a terminal of its own: keys in, a screen out, and waits that end with what is awaited.

// The bench has this file as a module of its own, where the name alone would not be found.
#[path = "harness/window.rs"]
mod window;

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portable_pty::{ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use window::Window;

/// How long anything may take before the test fails. Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A slow line carries 8 kB/s, with 300 ms of delay: so much at once, and then nothing for so long.
const PIECE: usize = 2400;
const DELAY: Duration = Duration::from_millis(300);

/// What to run, in an environment that holds nothing but what is set here.
pub struct Launch {
    command: CommandBuilder,
    columns: u16,
    rows: u16,
}

impl Launch {
    /// The program under test.
    pub fn rolodeck(args: &[&str]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_rolodeck"), args)
    }

    /// A shell script.
    pub fn shell(script: &str) -> Self {
        Self::program("/bin/sh", &["-c", script])
    }

    fn program(program: &str, args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        let launch = Self { command, columns: 80, rows: 24 };
        launch.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").env("PATH", "/usr/bin:/bin")
    }

    /// With a variable in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    /// On a terminal of that size instead of 80×24.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    /// Runs it.
    pub fn start(self) -> Session {
        let (columns, rows) = (self.columns, self.rows);
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let mut child = pair.slave.spawn_command(self.command).unwrap();
        let (killer, pid) = (child.clone_killer(), child.process_id().unwrap());
        let reader = pair.master.try_clone_reader().unwrap();
        let output = Arc::new(Output::new(columns, rows));
        std::thread::spawn({
            let output = Arc::clone(&output);
            move || output.read_all(reader)
        });
        std::thread::spawn({
            let output = Arc::clone(&output);
            move || {
                let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                waitid(WaitId::Pid(process(pid)), ended).unwrap();
                // While it is not yet buried, the system still knows what it did.
                let ticks = cpu_ticks(pid);
                let exit = child.wait().unwrap();
                output.change(|state| state.exit = Some(Exit { status: exit, ticks }));
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Session { killer, pid, ends: Some(Ends { writer, master: pair.master, modes }), output }
    }
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(pid.try_into().unwrap()).unwrap()
}

/// What a process has used of the processor, in ticks of 10 ms.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name, in brackets, may hold anything; the 14th and 15th field are `utime` and `stime`.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// What the program wrote, and the screen that it makes.
struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser<Window>,
    bytes: usize,
    line: Line,
    /// The reader shall end with the next output, so that the terminal can be closed.
    leaving: bool,
    ended: bool,
    exit: Option<Exit>,
}

/// How the line between program and screen is.
#[derive(PartialEq, Eq)]
enum Line {
    /// It takes everything at once.
    Quick,
    /// It takes little, and late.
    Slow,
    /// It stands still.
    Held,
}

/// How the program ended, and what it had used of the processor.
struct Exit {
    status: ExitStatus,
    ticks: u64,
}

impl State {
    fn is_over(&self) -> bool {
        self.ended && self.exit.is_some()
    }
}

impl Output {
    fn new(columns: u16, rows: u16) -> Self {
        let parser = vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Window::default());
        let state = State { parser, bytes: 0, line: Line::Quick, leaving: false, ended: false, exit: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn read_all(&self, mut reader: Box<dyn Read + Send>) {
        let mut bytes = [0; 8192];
        loop {
            drop(self.changed.wait_while(self.lock(), |state| state.line == Line::Held).unwrap());
            // The end of a terminal is an error on Linux, an end of file elsewhere.
            let room = if self.lock().line == Line::Slow { PIECE } else { bytes.len() };
            let n = reader.read(&mut bytes[..room]).unwrap_or(0);
            drop(
                self.changed.wait_timeout_while(self.lock(), DELAY, |state| state.line == Line::Slow && n > 0).unwrap(),
            );
            let over = self.change(|state| {
                state.parser.process(&bytes[..n]);
                state.bytes += n;
                n == 0 || state.leaving
            });
            if over {
                drop(reader);
                return self.change(|state| state.ended = true);
            }
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until the state is as wanted; not once the program has ended.
    #[track_caller]
    fn wait(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let waiting =
            self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !wanted(state) && !state.is_over());
        let state = waiting.unwrap().0;
        assert!(wanted(&state), "waited for {what}; the screen is:\n{}", state.parser.screen().contents());
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// The keyboard's side of the terminal.
struct Ends {
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    /// The modes of the line before the program began.
    modes: Vec<u32>,
}

impl Ends {
    fn are_changed(&self) -> bool {
        modes(&*self.master) != self.modes
    }
}

/// The modes of a terminal's line: how it takes, gives and echoes bytes.
fn modes(terminal: &dyn MasterPty) -> Vec<u32> {
    let modes = terminal.get_termios().unwrap();
    let flags =
        [modes.input_flags.bits(), modes.output_flags.bits(), modes.control_flags.bits(), modes.local_flags.bits()];
    flags.into_iter().chain(modes.control_chars.map(u32::from)).collect()
}

/// A running program and its terminal. Dropping it kills the program.
pub struct Session {
    killer: Box<dyn ChildKiller + Send + Sync>,
    pid: u32,
    ends: Option<Ends>,
    output: Arc<Output>,
}

impl Session {
    /// Sends keys as the terminal does: text as it is, `\r` for Enter, `\x1b` for Esc.
    pub fn keys(&mut self, keys: &str) {
        let writer = &mut self.ends.as_mut().unwrap().writer;
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Pastes a text as a terminal with bracketed paste does.
    pub fn paste(&mut self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Waits until the screen is as wanted; when that does not come, fails and shows the screen.
    #[track_caller]
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.output.wait(what, |state| wanted(state.parser.screen()));
    }

    /// Waits until the screen is as wanted, or the program has ended; gives whether it was.
    pub fn is_seen(&self, wanted: impl Fn(&vt100::Screen) -> bool) -> bool {
        self.output.wait("a screen or an end", |state| wanted(state.parser.screen()) || state.is_over());
        wanted(self.output.lock().parser.screen())
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    /// Whether a text leaves the screen within a moment; the key that should have sent it away may have come too early.
    pub fn is_gone_soon(&self, text: &str) -> bool {
        let there = |state: &mut State| state.parser.screen().contents().contains(text) && !state.is_over();
        let moment = Duration::from_millis(100);
        !self.output.changed.wait_timeout_while(self.output.lock(), moment, there).unwrap().1.timed_out()
    }

    /// Whether the program writes anything within this time.
    pub fn writes_within(&self, time: Duration) -> bool {
        let before = self.bytes_written();
        let silent = |state: &mut State| state.bytes == before;
        !self.output.changed.wait_timeout_while(self.output.lock(), time, silent).unwrap().1.timed_out()
    }

    /// Waits until the title of the window begins so.
    #[track_caller]
    pub fn wait_for_title(&self, beginning: &str) {
        self.output
            .wait(&format!("the title {beginning:?}"), |state| state.parser.callbacks().title.starts_with(beginning));
    }

    /// What of the terminal is not as the shell had it; nothing when the terminal was given back whole.
    pub fn left_behind(&self) -> Vec<String> {
        let state = self.output.lock();
        let screen = state.parser.screen();
        let mouse = (screen.mouse_protocol_mode(), screen.mouse_protocol_encoding());
        let colours = (screen.fgcolor(), screen.bgcolor());
        let marks = screen.bold() || screen.dim() || screen.italic() || screen.underline() || screen.inverse();
        let window = state.parser.callbacks();
        let untouched = Window::default();
        let changed = [
            ("the alternate screen", screen.alternate_screen()),
            ("a hidden cursor", screen.hide_cursor()),
            ("marked pastes", screen.bracketed_paste()),
            ("the mouse", mouse != Default::default()),
            ("other cursor keys", screen.application_cursor() || screen.application_keypad()),
            ("colours", colours != Default::default() || marks),
            ("its title", window.title != untouched.title || window.kept != untouched.kept),
            ("lines that do not wrap", window.wraps != untouched.wraps),
            ("a frame that does not end", window.synchronized != untouched.synchronized),
            ("the modes of the line", self.ends.as_ref().is_some_and(Ends::are_changed)),
        ];
        changed.into_iter().filter(|(_, is)| *is).map(|(what, _)| what.to_owned()).collect()
    }

    /// Makes the line stand still, or go on: then nothing, or everything, is taken from the program.
    pub fn hold(&self, held: bool) {
        let line = if held { Line::Held } else { Line::Quick };
        self.output.change(|state| state.line = line);
    }

    /// Makes the line one of 8 kB/s with a delay.
    pub fn slow_down(&self) {
        self.output.change(|state| state.line = Line::Slow);
    }

    /// Whether the program ever took the terminal, given back or not.
    pub fn was_taken(&self) -> bool {
        self.output.lock().parser.callbacks().was_taken
    }

    /// Fails unless the terminal is as the shell had it.
    #[track_caller]
    pub fn assert_given_back(&self) {
        assert_eq!(self.left_behind(), Vec::<String>::new(), "the screen is:\n{}", self.screen());
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.output.lock().parser.screen().contents()
    }

    /// Bytes that the program has written so far.
    pub fn bytes_written(&self) -> usize {
        self.output.lock().bytes
    }

    /// What the program has used of the processor so far, in ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        self.output.lock().exit.as_ref().map_or_else(|| cpu_ticks(self.pid), |exit| exit.ticks)
    }

    /// Gives the terminal another size and tells the program.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.output.lock().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.ends.as_ref().unwrap().master.resize(pty_size(columns, rows)).unwrap();
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(process(self.pid), signal).unwrap();
    }

    /// Closes the terminal, as a lost connection does. The program must answer a change of size with output.
    pub fn hang_up(&mut self) {
        self.output.lock().leaving = true;
        let size = self.ends.as_ref().unwrap().master.get_size().unwrap();
        self.resize(size.cols + 1, size.rows);
        self.output.wait("output after a change of size", |state| state.ended);
        self.ends = None;
    }

    /// Waits for the program's end, with all that it wrote.
    #[track_caller]
    pub fn exit(&mut self) -> ExitStatus {
        self.output.wait("the end of the program", State::is_over);
        self.output.lock().exit.as_ref().unwrap().status.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.killer.kill();
        // A wait that failed has left its lock poisoned.
        self.output.state.lock().unwrap_or_else(PoisonError::into_inner).line = Line::Quick;
        self.output.changed.notify_all();
    }
}
