//! One run of a life: its listener, who checks every event, and the words that are said to it meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep_until};

use super::Dice;
use super::ink::Ink;
use super::server::Line;
use crate::domain::{Status, Totals};
use crate::engine::{
    Cancel, ControlSender, EngineEvent, EventKind, RunControl, RunPolicy, RunReport, RunSpec, Trip, start,
};

/// No run of these takes a week.
const TOO_LONG: Duration = Duration::from_secs(7 * 24 * 3600);

/// A run under way, and what was heard of it.
pub(super) struct Listener<'a> {
    spec: RunSpec,
    policy: &'a RunPolicy,
    line: Arc<Line>,
    ink: Arc<Ink>,
    dice: &'a mut Dice,
    control: ControlSender,
    /// What was told so far.
    told: Totals,
    seq: u64,
    report: Option<RunReport>,
    /// When nothing may be under way any more.
    quiet_at: Option<Instant>,
}

/// What happens to a run from outside: at most so many words, and perhaps its death.
pub(super) struct Weather<'a> {
    pub(super) words: u64,
    pub(super) kill_after: Option<Duration>,
    /// What the user does with the queue meanwhile.
    pub(super) user: &'a mut dyn FnMut(),
}

/// Runs a plan to its end; `None` when it was killed before.
pub(super) async fn run(
    spec: RunSpec,
    policy: &RunPolicy,
    line: Arc<Line>,
    ink: Arc<Ink>,
    dice: &mut Dice,
    mut weather: Weather<'_>,
) -> Option<RunReport> {
    let mut handle = start(spec, Arc::clone(&line), Arc::clone(&ink), policy.clone());
    let told = Totals::planned(spec.planned);
    let control = handle.control.clone();
    let mut listener = Listener { spec, policy, line, ink, dice, control, told, seq: 0, report: None, quiet_at: None };
    let begun = Instant::now();
    listener.line.rules.lock().unwrap().limits.push((begun, policy.in_flight));
    let mut next_word = begun + listener.between_words();
    loop {
        let next = weather.kill_after.map_or(TOO_LONG, |after| after.min(TOO_LONG));
        select! {
            biased;
            event = handle.events.recv() => match event {
                Some(event) => listener.hear(&event),
                None => break,
            },
            () = sleep_until(listener.quiet_at.unwrap_or(begun)), if listener.quiet_at.is_some() => listener.listen_for_quiet(),
            () = sleep_until(next_word), if weather.words > 0 => {
                weather.words -= 1;
                next_word = Instant::now() + listener.between_words();
                (weather.user)();
                listener.say(weather.words == 0);
            }
            () = sleep_until(begun + next) => {
                assert!(weather.kill_after.is_some(), "the run hangs");
                return None;
            }
        }
    }
    Some(listener.report.expect("the last event is the end"))
}

impl Listener<'_> {
    fn between_words(&mut self) -> Duration {
        Duration::from_millis(self.dice.below(20_000))
    }

    /// Says something to the run; a pause is not the last word.
    fn say(&mut self, is_last: bool) {
        let word = match self.dice.below(40) {
            _ if is_last => RunControl::Resume,
            0..10 => RunControl::Pause,
            10..20 => RunControl::Resume,
            20..28 => RunControl::Rate(self.dice.pick(&[60, 300, 3000])),
            28..36 => RunControl::InFlight(self.dice.pick(&[1, 2, 4, 8])),
            36 | 37 => RunControl::Cancel(Cancel::Drain),
            _ => RunControl::Cancel(Cancel::Abort),
        };
        let now = Instant::now();
        if let RunControl::InFlight(limit) = word {
            self.line.rules.lock().unwrap().limits.push((now, limit));
        }
        if word == RunControl::Cancel(Cancel::Abort) && self.quiet_at.is_none() {
            // A little more, for the task that is cut off to end.
            self.quiet_at = Some(now + self.policy.grace + Duration::from_millis(5));
        }
        self.control.send(word);
    }

    fn listen_for_quiet(&mut self) {
        self.quiet_at = None;
        assert_eq!(self.line.server().under_way, 0, "something is on the wire after the grace time (I5)");
    }

    fn hear(&mut self, event: &EngineEvent) {
        assert!(self.report.is_none(), "an event behind the last: {event:?}");
        self.seq += 1;
        assert_eq!((event.run, event.seq), (self.spec.run, self.seq), "(I6)");
        match &event.kind {
            EventKind::BatchSettled { batch, .. } => self.settled(*batch),
            EventKind::Cancelling(_) => self.line.rules.lock().unwrap().is_over = true,
            EventKind::Paused { why: Some(_) } => {
                assert_eq!(self.policy.on_trip, Trip::Pause);
                let cancels = self.dice.one_in(4);
                self.control.send(if cancels { RunControl::Cancel(Cancel::Drain) } else { RunControl::Resume });
            }
            EventKind::Finished(report) => return self.ended(report, event.totals),
            _ => {}
        }
        assert_eq!(event.totals, self.told, "not the sum of what was told (I6): {event:?}");
    }

    /// A batch is told to be settled: then it is, in the file (I9), and once (I1).
    fn settled(&mut self, batch: u32) {
        let counted = self.ink.written.lock().unwrap().settled.remove(&batch).expect("what is told is recorded (I9)");
        for status in Status::ALL {
            self.told.add(status, counted.of(status));
        }
        let reader = &self.line.rules.lock().unwrap().reader;
        let on_disk = reader.run(self.spec.run).unwrap().unwrap().totals;
        let fewer = Status::ALL.into_iter().find(|status| on_disk.of(*status) < self.told.of(*status));
        assert_eq!(fewer, None, "told {:?}, and on disk are {on_disk:?} (I9)", self.told);
    }

    fn ended(&mut self, report: &RunReport, totals: Totals) {
        assert_eq!(report.totals, totals);
        let open = self.told.open();
        // What was never told can only be what was not sent, and what a broken journal left open.
        let closed = Totals { not_sent: self.told.not_sent + open, ..self.told };
        assert!([closed, self.told].contains(&totals), "{report:?} after {:?}", self.told);
        assert_eq!(report.alarm, None);
        let server = self.line.server();
        assert_eq!(server.under_way, 0, "something is on the wire after the end");
        let requests: u32 = self.line.attempts.lock().unwrap().values().sum();
        let batches = self.line.attempts.lock().unwrap().len();
        assert_eq!(report.requests, u64::from(requests));
        assert_eq!(report.retries, u64::from(requests) - batches as u64);
        self.report = Some(report.clone());
    }
}
