//! The loop: signals, keys, the run's events, answers, frames. Idle, it sleeps: no timer, no byte.

mod holder;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use self::holder::{Holder, next_edited};
use super::clipboard::{self, Mux};
use super::desk::{Desk, Reads};
use super::editor;
use super::effects::{Begun, Heard, Interpreter};
use super::input::{Input, InputEvent};
use super::lean::Lean;
use super::painter::Painter;
use super::signals::Signals;
use super::styles::Styles;
use super::terminal::{Output, Terminal, Wishes, broken};
use super::view;
use crate::app::{Alarm, Answer, Ctx, Effect, Leaving, Model, Msg, Notice, update};
use crate::config::theme::{Depth, Theme};
use crate::engine::{ControlSender, EngineEvent, EventKind, RunPolicy, reconcile, start, start_reading};
use crate::logbook::note_event;
use crate::store::SubmitterLock;
use crate::support::clock::now;
use crate::support::log::{self, Level};

/// The shortest time between two frames for keys.
const KEY_FRAME: Duration = Duration::from_millis(16);
/// How long the frame of a key waits for rows that are being read.
const ROWS_WAIT: Duration = Duration::from_millis(12);
/// The shortest time between two frames of the background, here and over SSH.
const BACKGROUND: Duration = Duration::from_millis(100);
const BACKGROUND_SSH: Duration = Duration::from_millis(250);
/// Keys, events and answers taken at once, so that none starves the others.
const CAP_KEYS: usize = 32;
const CAP_EVENTS: usize = 256;

/// How the workstation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// A signal, or the terminal hung up.
    Interrupted,
    /// A bug, of which the report tells.
    Broken,
}

/// Runs the workstation until the user quits.
pub async fn run(desk: Desk) -> io::Result<Ending> {
    super::terminal::install_panic_hook(desk.log_dir.clone());
    let wishes = Wishes { dialect: desk.dialect, mouse: desk.wants.mouse, title: desk.wants.title };
    let terminal = Terminal::enter(wishes)?;
    let mut runtime = Runtime::open(desk, &terminal)?;
    let ending = runtime.serve(&terminal).await;
    // The reader first, then the painter, so that nothing touches the terminal after it is given back.
    runtime.input = None;
    runtime.painter.finish();
    drop(runtime);
    drop(terminal);
    ending
}

/// The run under way: its events and its controls, and the lock that it holds.
struct Run {
    events: UnboundedReceiver<EngineEvent>,
    control: ControlSender,
    _lock: SubmitterLock,
}

struct Runtime {
    desk: Desk,
    model: Model,
    ctx: Ctx,
    styles: Styles,
    /// The name of the theme in use.
    theme: String,
    interpreter: Interpreter,
    heard: UnboundedReceiver<Heard>,
    input: Option<Input>,
    painter: Painter,
    run: Option<Run>,
    signals: Signals,
    holder: Holder,
    /// The title that the terminal shows.
    title: String,
    /// When the next frame is due.
    due: Option<Instant>,
    /// When the alarms that are set go off.
    alarms: BTreeMap<Alarm, Instant>,
    last_frame: Instant,
    /// The frame that is due belongs to a key.
    for_key: bool,
    /// Why the program ends, if it does.
    ending: Ending,
    ended: bool,
    hung_up: bool,
}

impl Runtime {
    fn open(desk: Desk, terminal: &Terminal) -> io::Result<Self> {
        let (tell, heard) = unbounded_channel();
        let reads = Reads::open(&desk).map_err(io::Error::other)?;
        let interpreter = Interpreter::new(desk.clone(), reads, tell);
        let (model, effects) = Model::new(desk.session.clone(), terminal.size());
        for effect in effects {
            interpreter.begin(effect);
        }
        Ok(Self {
            styles: Styles::new(desk.theme.clone(), desk.depth).drawn_with(desk.glyphs),
            theme: desk.theme.name.clone(),
            model,
            ctx: Ctx { now: now() },
            interpreter,
            heard,
            input: Some(Input::start(desk.ssh)?),
            painter: Painter::start(Lean::new(Output::open()?).speaking(desk.dialect))?,
            run: None,
            signals: Signals::listen()?,
            holder: Holder::We,
            title: String::new(),
            due: Some(Instant::now() + ROWS_WAIT),
            alarms: BTreeMap::new(),
            last_frame: Instant::now(),
            for_key: true,
            ending: Ending::Quit,
            ended: false,
            hung_up: false,
            desk,
        })
    }

    async fn serve(&mut self, terminal: &Terminal) -> io::Result<Ending> {
        while !self.ended {
            self.step(terminal).await?;
        }
        Ok(self.ending)
    }

    /// Waits for whatever comes first, and takes it.
    async fn step(&mut self, terminal: &Terminal) -> io::Result<()> {
        let Self { signals, input, run, heard, due, alarms, holder, .. } = self;
        let alarm = alarms.values().min().copied();
        select! {
            biased;
            () = broken() => self.break_off(terminal),
            _ = signals.terminate.recv() => self.interrupt(terminal),
            // The keyboard's interrupt in an editor is the editor's.
            _ = signals.interrupt.recv(), if matches!(holder, Holder::We) => self.interrupt(terminal),
            _ = signals.hangup.recv() => self.hang_up(terminal),
            _ = signals.stop.recv() => self.suspend(terminal),
            _ = signals.wake.recv() => self.wake(terminal),
            _ = signals.resize.recv() => self.resize(terminal),
            edited = next_edited(holder) => self.take_edited(edited, terminal),
            event = next_input(input) => self.on_input(event, terminal),
            event = next_event(run) => self.on_event(event, terminal),
            Some(heard) = heard.recv() => self.on_heard(heard, terminal),
            () = moment(alarm) => self.ring(terminal),
            () = moment(*due) => self.paint(terminal),
        }
    }

    /// A signal. The first lets the requests under way end, the next gives them up; one for a user who had quit before
    /// changes nothing, since they are awaited already.
    fn interrupt(&mut self, terminal: &Terminal) -> io::Result<()> {
        log::note(Level::Event, || "a signal or a hang-up ends the workstation".to_owned());
        let first = self.ending == Ending::Quit;
        self.ending = self.ending.max(Ending::Interrupted);
        if first && self.model.leaving > Leaving::Staying && self.run.is_some() {
            return Ok(());
        }
        self.take(Msg::Terminate, true, terminal)
    }

    /// A thread panicked, and gave the terminal back. What is under way ends as after a hang-up.
    fn break_off(&mut self, terminal: &Terminal) -> io::Result<()> {
        let ended = self.lose_terminal(terminal);
        self.ending = Ending::Broken;
        ended
    }

    /// The terminal is gone. The system says so by a signal, and the input and output by failing: it counts once.
    fn hang_up(&mut self, terminal: &Terminal) -> io::Result<()> {
        if std::mem::replace(&mut self.hung_up, true) { Ok(()) } else { self.interrupt(terminal) }
    }

    fn on_input(&mut self, first: Option<InputEvent>, terminal: &Terminal) -> io::Result<()> {
        let mut next = first;
        for taken in 0.. {
            let msg = match next {
                Some(InputEvent::Key(key)) => Msg::Key(key),
                Some(InputEvent::Paste { text, cut }) => Msg::Paste { text, cut },
                Some(InputEvent::Mouse { act, x, y }) => Msg::Mouse { act, x, y },
                Some(InputEvent::Hangup) => return self.lose_terminal(terminal),
                None => break,
            };
            self.take(msg, true, terminal)?;
            if taken == CAP_KEYS {
                break;
            }
            next = self.input.as_mut().and_then(Input::try_next);
        }
        Ok(())
    }

    /// Nothing is read from the terminal or painted on it any more; the run is drained.
    fn lose_terminal(&mut self, terminal: &Terminal) -> io::Result<()> {
        self.input = None;
        self.due = None;
        self.hang_up(terminal)
    }

    fn on_event(&mut self, first: Option<EngineEvent>, terminal: &Terminal) -> io::Result<()> {
        let mut next = first;
        for _ in 0..CAP_EVENTS {
            let Some(event) = next else { break };
            let last = matches!(event.kind, EventKind::Finished(_));
            if last {
                // The lock goes with it: the next run may begin.
                self.run = None;
                self.tell_end();
                self.interpreter.keep_echoes(event.run);
            }
            self.take(Msg::Engine(Box::new(event)), false, terminal)?;
            if last {
                return Ok(());
            }
            next = self.run.as_mut().and_then(|run| run.events.try_recv().ok());
        }
        if let Some(event) = next {
            self.take(Msg::Engine(Box::new(event)), false, terminal)?;
        }
        Ok(())
    }

    fn on_heard(&mut self, heard: Heard, terminal: &Terminal) -> io::Result<()> {
        match heard {
            Heard::Begun(begun) => self.begin(*begun, terminal),
            Heard::Edit(edits) => {
                self.hand_over(terminal);
                let editing = editor::edit(self.desk.editor.clone(), edits, self.desk.rules.clone());
                self.holder = Holder::Editor(editing);
                Ok(())
            }
            Heard::Msg(msg) => {
                let urgent = self.for_key || self.run.is_none();
                self.take(msg, urgent, terminal)
            }
        }
    }

    /// Lets the alarms go off that are due.
    fn ring(&mut self, terminal: &Terminal) -> io::Result<()> {
        let now = Instant::now();
        while let Some(alarm) = self.alarms.iter().find(|(_, at)| **at <= now).map(|(alarm, _)| *alarm) {
            self.alarms.remove(&alarm);
            self.take(Msg::Alarm(alarm), false, terminal)?;
        }
        Ok(())
    }

    fn begin(&mut self, begun: Begun, terminal: &Terminal) -> io::Result<()> {
        let spec = begun.spec();
        let mut policy = self.desk.run.clone();
        policy.seed ^= spec.run.0.unsigned_abs();
        // The user may have set another pace for this session.
        policy.rate_per_minute = self.model.session.rate;
        policy.in_flight = self.model.session.in_flight as usize;
        let (handle, started) = if let Some((log, before)) = begun.reads {
            policy.rate_per_minute = self.model.session.read_rate;
            let started = Answer::Reading { run: spec.run, reads: spec.batches, before };
            (reconcile(spec, begun.client, Arc::new(log), policy), started)
        } else {
            let journal = Arc::new(self.desk.store.journal(spec.run));
            let started = Answer::Started { run: spec.run, planned: spec.planned, batches: spec.batches };
            if self.model.session.snapshot {
                let reads = RunPolicy { rate_per_minute: self.model.session.read_rate, ..policy.clone() };
                (start_reading(spec, begun.client, journal, policy, reads), started)
            } else {
                (start(spec, begun.client, journal, policy), started)
            }
        };
        self.run = Some(Run { events: handle.events, control: handle.control, _lock: begun.lock });
        self.take(Msg::Answer(started), true, terminal)
    }

    /// Changes the model, begins what it asks for, and says when the next frame is due.
    fn take(&mut self, msg: Msg, urgent: bool, terminal: &Terminal) -> io::Result<()> {
        self.ctx.now = now();
        if let Msg::Engine(event) = &msg {
            note_event(event);
        }
        let effects = update(&mut self.model, msg, &self.ctx);
        for effect in effects {
            self.act(effect, terminal)?;
        }
        if self.model.dirty && self.input.is_some() {
            self.schedule(urgent);
        }
        Ok(())
    }

    fn schedule(&mut self, urgent: bool) {
        self.for_key |= urgent;
        let background = if self.desk.ssh { BACKGROUND_SSH } else { BACKGROUND };
        let earliest = self.last_frame + if urgent { KEY_FRAME } else { background };
        let mut at = earliest.max(Instant::now());
        if urgent && self.model.awaits_rows() {
            at = at.max(Instant::now() + ROWS_WAIT);
        }
        self.due = Some(match self.due {
            // Rows that came in time let the frame of their key go at once.
            Some(due) if !urgent || due < at => due,
            _ => at,
        });
    }

    fn act(&mut self, effect: Effect, terminal: &Terminal) -> io::Result<()> {
        match effect {
            Effect::Quit => self.ended = true,
            Effect::Control(control) => {
                if let Some(run) = &self.run {
                    run.control.send(control);
                }
            }
            Effect::Alarm(alarm, ms) => {
                self.alarms.insert(alarm, Instant::now() + Duration::from_millis(ms));
            }
            Effect::Copy(text) => self.copy(&text),
            Effect::Themes => {
                let (names, note) = (Theme::names(&self.desk.theme_dir), few_colours(self.desk.depth));
                let answer = Answer::Themes { names, before: self.theme.clone(), note };
                self.take(Msg::Answer(answer), true, terminal)?;
            }
            Effect::Theme { name, keep } => self.change_theme(name, keep),
            Effect::Suspend => self.suspend(terminal)?,
            effect => self.interpreter.begin(effect),
        }
        Ok(())
    }

    fn copy(&mut self, text: &str) {
        let mux = self.desk.mux;
        let copied = if self.desk.dialect.strings {
            clipboard::copy(text, mux)
        } else {
            Err(String::from("not copied: this terminal has no clipboard; `rolodeck results` exports to a file"))
        };
        match copied {
            Err(why) => self.model.tell(Notice::error("copying", why)),
            Ok(bytes) => {
                self.painter.pass(bytes.as_bytes());
                if mux == Mux::Tmux {
                    let told = self.model.notice.take().map_or_else(|| String::from("copied"), |told| told.text);
                    self.model.tell(Notice::done(format!("{told}; if not, tmux wants `set -g set-clipboard on`")));
                }
            }
        }
    }

    fn change_theme(&mut self, name: String, keep: bool) {
        match Theme::load(&name, &self.desk.theme_dir) {
            Ok(theme) => {
                self.styles = Styles::new(theme, self.desk.depth).drawn_with(self.desk.glyphs);
                if keep {
                    let text = format!("theme {name}, until the end; `theme = \"{name}\"` in the config makes it stay");
                    self.model.tell(Notice::done(text));
                }
                self.theme = name;
            }
            Err(error) => self.model.tell(Notice::error(format!("loading the theme {name}"), error.to_string())),
        }
    }

    /// Tells of the end of a run beside the screen, as the user wants it.
    fn tell_end(&self) {
        let (wants, dialect) = (&self.desk.wants, self.desk.dialect);
        if wants.bell {
            self.painter.pass(b"\x07");
        }
        if wants.notify && dialect.strings {
            let text = format!("rolodeck: the run on {} has ended", self.model.session.account);
            self.painter.pass(clipboard::notification(&text, self.desk.mux).as_bytes());
        }
    }

    /// Names the window anew when it should be named otherwise.
    fn name_window(&mut self) {
        if !self.desk.wants.title || !self.desk.dialect.strings {
            return;
        }
        let title = self.model.title();
        if title != self.title {
            self.painter.pass(clipboard::title(&title).as_bytes());
            self.title = title;
        }
    }

    fn paint(&mut self, terminal: &Terminal) -> io::Result<()> {
        self.due = None;
        if self.painter.is_behind() && !self.for_key {
            // The line is slow: the next frame of the background waits for the one that is on its way.
            self.due = Some(Instant::now() + BACKGROUND);
            return Ok(());
        }
        self.for_key = false;
        self.model.dirty = false;
        self.last_frame = Instant::now();
        let frame = view::frame(&self.model, &self.styles);
        if self.painter.show(frame.buffer, frame.cursor).is_err() {
            return self.lose_terminal(terminal);
        }
        self.name_window();
        Ok(())
    }
}

/// What a terminal with few colours makes of the themes.
const fn few_colours(depth: Depth) -> Option<&'static str> {
    match depth {
        Depth::True | Depth::Indexed => None,
        Depth::Sixteen => Some("16 colours here: others look like ansi"),
        Depth::None => Some("no colours here: all look like mono"),
    }
}

async fn next_input(input: &mut Option<Input>) -> Option<InputEvent> {
    match input {
        Some(input) => input.next().await.or(Some(InputEvent::Hangup)),
        None => std::future::pending().await,
    }
}

async fn next_event(run: &mut Option<Run>) -> Option<EngineEvent> {
    match run {
        Some(run) => run.events.recv().await,
        None => std::future::pending().await,
    }
}

async fn moment(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
