//! The one task that owns a run: it decides, starts the workers, and hears their reports.
//!
//! Its loop never waits for the journal or the network, so a control is obeyed at once. Time is looked
//! at on every turn; the timer only makes sure that a turn comes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::control::{Cancel, RunControl};
use super::event::{EngineEvent, EventKind, WaitReason};
use super::ledger::{Ledger, Past};
use super::pace::{Pace, Wait};
use super::retry::{self, Case};
use super::run::{RunPolicy, RunSpec, Trip};
use super::snapshot::{Eye, Looked};
use super::teller::Teller;
use super::trip::Watch;
use super::worker::{self, Ending, Leave, Next, Page, Report};
use crate::api::ContactsApi;
use crate::domain::{Batch, Totals};
use crate::store::RunLog;

/// Why a run ends before its last batch. The first reason stands, except that a broken journal goes before all, and an
/// alarm before that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Curtain {
    Cancelled,
    /// Nothing more can be sent: 401, 402, 403, or no connection.
    Stopped(String),
    /// The canary or the circuit breaker, with nobody there to look.
    Tripped(String),
    /// The journal failed.
    Broken(String),
    /// The books differ: a bug.
    Alarm(String),
}

/// Prepared attempts do not wait for longer than this: after a crash nobody knows of an intent whether it was sent.
const LONG: Duration = Duration::from_secs(1);

/// New batches whose intents are on disk while the wire is full. Few are, for the same reason.
const AHEAD: usize = 2;

/// An attempt under way.
pub(super) struct Attempt {
    task: AbortHandle,
    /// The word that puts it on the wire; gone once it is said. Dropped unsaid, it calls the attempt back.
    go: Option<oneshot::Sender<()>>,
}

/// The owner of a run.
pub(super) struct Dispatcher<A, L> {
    pub(super) spec: RunSpec,
    pub(super) policy: RunPolicy,
    api: Arc<A>,
    pub(super) log: Arc<L>,
    /// Where each contact is read before its edit is sent.
    eye: Option<Arc<Eye>>,
    pub(super) ledger: Ledger,
    pub(super) watch: Watch,
    pub(super) pace: Pace,
    pub(super) teller: Teller,
    /// `None` once nobody is left who could say anything.
    controls: Option<UnboundedReceiver<RunControl>>,
    reports: UnboundedReceiver<Report>,
    mail: UnboundedSender<Report>,
    /// The attempts under way, by their batches.
    pub(super) attempts: BTreeMap<u32, Attempt>,
    paused: bool,
    pub(super) curtain: Option<Curtain>,
    /// Set with the curtain, for the attempts that were put on the wire in the same moment.
    over: Arc<AtomicBool>,
    /// When the grace time after an abort is over.
    abort_at: Option<Instant>,
    cut_off: bool,
    pub(super) begun: Instant,
    /// Whether an answer said of a contact what became of it; the journal may not know of it yet.
    pub(super) got_through: bool,
    pub(super) requests: u64,
    pub(super) retries: u64,
}

impl<A: ContactsApi, L: RunLog> Dispatcher<A, L> {
    pub(super) fn new(
        spec: RunSpec,
        api: Arc<A>,
        log: Arc<L>,
        policy: RunPolicy,
        eye: Option<Arc<Eye>>,
        tell: UnboundedSender<EngineEvent>,
        controls: UnboundedReceiver<RunControl>,
    ) -> Self {
        let (mail, reports) = mpsc::unbounded_channel();
        let begun = Instant::now();
        Self {
            ledger: Ledger::new(spec.planned, spec.batches, policy.in_flight, policy.canary),
            watch: Watch::new(policy.breaker),
            pace: Pace::new(policy.rate_per_minute, begun),
            teller: Teller::new(spec.run, tell),
            controls: Some(controls),
            reports,
            mail,
            attempts: BTreeMap::new(),
            paused: false,
            curtain: None,
            over: Arc::default(),
            abort_at: None,
            cut_off: false,
            begun,
            got_through: false,
            requests: 0,
            retries: 0,
            spec,
            policy,
            api,
            log,
            eye,
        }
    }

    /// Runs to the end.
    pub(super) async fn run(mut self) {
        self.tell(EventKind::Started { batches: self.spec.batches });
        loop {
            let wake = self.turn(Instant::now());
            if self.is_over() {
                break;
            }
            select! {
                biased;
                control = heard(&mut self.controls) => self.obey(control),
                Some(report) = self.reports.recv() => self.hear(report),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
        self.finish().await;
    }

    fn is_over(&self) -> bool {
        if self.curtain.is_some() { self.ledger.is_idle() } else { self.ledger.is_done() }
    }

    pub(super) fn tell(&mut self, kind: EventKind) {
        self.teller.tell(self.ledger.totals(), kind);
    }

    /// Does whatever can be done now; gives the time at which there will be more.
    fn turn(&mut self, now: Instant) -> Option<Instant> {
        if self.curtain.is_some() {
            self.give_up(now);
            self.cut_off_when_due(now);
            return self.abort_at.filter(|_| !self.cut_off);
        }
        while let Some(no) = self.ledger.load_next(now) {
            tokio::spawn(worker::load(Arc::clone(&self.log), no, self.eye.clone(), self.mail.clone()));
        }
        let long = self.paused || self.pace.wait(now).is_some_and(|wait| wait.until > now + LONG);
        self.call_back(long);
        let wait = if self.paused { None } else { self.send_what_may_go(now) };
        [wait.map(|w| w.until), self.ledger.next_due(now)].into_iter().flatten().min()
    }

    /// Prepares attempts, and puts them on the wire, until something stands in the way; gives what must be waited for, if
    /// it is time.
    fn send_what_may_go(&mut self, now: Instant) -> Option<Wait> {
        let wait = loop {
            let flight = self.pace.flight(self.ledger.limit());
            let (is_full, wait) = (self.ledger.on_wire() >= flight, self.pace.wait(now));
            if wait.is_none()
                && let Some(no) = self.ledger.go(flight, now)
            {
                self.pace.grant(now);
                self.go(no);
                continue;
            }
            let Some(no) = self.ledger.sendable() else {
                let prepared = wait.filter(|_| !is_full && self.ledger.prepared() > 0);
                break prepared.or_else(|| self.quiet_until(now));
            };
            if let Some(split) = self.ledger.cut_to_size(no) {
                self.cut(no, split);
                continue;
            }
            if wait.is_some() {
                // An answer must come first, and then is a time to look again.
                break wait.filter(|_| !is_full);
            }
            // At a slow pace one is enough: the next would have to be called back.
            let ahead = if self.pace.spacing() > LONG { self.ledger.on_wire() + 1 } else { flight + AHEAD };
            if !self.ledger.may_prepare(no, flight, ahead) {
                break None;
            }
            self.prepare(no);
        };
        wait.inspect(|wait| self.teller.tell_wait(self.ledger.totals(), *wait, now))
    }

    /// Has the intent of an attempt recorded; it then waits for its leave.
    fn prepare(&mut self, no: u32) {
        let Some((batch, attempt)) = self.ledger.intend(no) else { return };
        let (go, word) = oneshot::channel();
        let leave = Leave { word, over: Arc::clone(&self.over) };
        let (api, log, mail) = (Arc::clone(&self.api), Arc::clone(&self.log), self.mail.clone());
        let task = tokio::spawn(worker::attempt(api, log, batch, attempt, leave, mail)).abort_handle();
        self.attempts.insert(no, Attempt { task, go: Some(go) });
    }

    /// Gives leave. An attempt that is gone has left its last word.
    fn go(&mut self, no: u32) {
        let _ = self.attempts.get_mut(&no).and_then(|attempt| attempt.go.take()).map(|go| go.send(()));
    }

    /// Calls prepared attempts back that would have to wait for long, or that the server is known not to take: their
    /// intents are taken back.
    fn call_back(&mut self, all: bool) {
        for no in self.ledger.to_call_back(all) {
            if let Some(attempt) = self.attempts.get_mut(&no) {
                attempt.go = None;
            }
        }
    }

    /// The wait when every batch that is left waits for its next attempt.
    fn quiet_until(&self, now: Instant) -> Option<Wait> {
        let batches = self.ledger.only_waiting()?;
        let due = Wait { until: self.ledger.next_due(now)?, reason: WaitReason::Retry { batches } };
        // The hold of the run says more than the wait of a batch, and is seldom the shorter one.
        Some(self.pace.held(now).filter(|h| h.until >= due.until).unwrap_or(due))
    }

    /// A run that ends sends nothing again: batches between two attempts get their outcome now.
    fn give_up(&mut self, now: Instant) {
        for (no, past) in self.ledger.give_up() {
            let reason = past.last.clone().unwrap_or_default();
            let outcomes = retry::given_up(self.case(no, &past, now), &reason);
            self.settle_unsent(no, &past, outcomes, vec![reason]);
        }
    }

    /// Cuts off what is in flight when the grace time is over. Each attempt answers for itself even then:
    /// its last word says whether it had left.
    fn cut_off_when_due(&mut self, now: Instant) {
        if !self.cut_off && self.abort_at.is_some_and(|at| at <= now) {
            self.cut_off = true;
            self.attempts.values().for_each(|attempt| attempt.task.abort());
        }
    }

    fn obey(&mut self, control: Option<RunControl>) {
        match control {
            None => self.controls = None,
            Some(RunControl::Pause) => self.pause(None),
            Some(RunControl::Resume) if self.paused && self.curtain.is_none() => {
                self.paused = false;
                self.watch.reset();
                self.tell(EventKind::Resumed);
            }
            Some(RunControl::Resume) => {}
            Some(RunControl::Rate(per_minute)) => self.tune(per_minute, self.ledger.limit()),
            Some(RunControl::InFlight(limit)) => self.tune(self.pace.ceiling(), limit),
            Some(RunControl::Cancel(cancel)) => self.cancel(cancel),
        }
    }

    fn pause(&mut self, why: Option<String>) {
        if !self.paused && self.curtain.is_none() {
            self.paused = true;
            self.tell(EventKind::Paused { why });
        }
    }

    fn tune(&mut self, per_minute: u32, in_flight: usize) {
        if self.curtain.is_none() && (per_minute, in_flight) != (self.pace.ceiling(), self.ledger.limit()) {
            self.pace.set_ceiling(per_minute, Instant::now());
            self.ledger.set_limit(in_flight);
            let (rate_per_minute, in_flight) = (self.pace.ceiling(), self.ledger.limit());
            self.tell(EventKind::Tuned { rate_per_minute, in_flight });
        }
    }

    /// The run had better not go on by itself.
    pub(super) fn trip(&mut self, why: String) {
        match self.policy.on_trip {
            Trip::Pause => self.pause(Some(why)),
            Trip::End => self.end(Curtain::Tripped(why)),
        }
    }

    fn cancel(&mut self, cancel: Cancel) {
        let news = match cancel {
            Cancel::Drain => self.curtain.is_none(),
            Cancel::Abort => self.abort_at.is_none(),
        };
        if !news {
            return;
        }
        if cancel == Cancel::Abort {
            self.abort_at = Some(Instant::now() + self.policy.grace);
        }
        self.end(Curtain::Cancelled);
        self.tell(EventKind::Cancelling(cancel));
    }

    pub(super) fn end(&mut self, curtain: Curtain) {
        self.over.store(true, Ordering::SeqCst);
        self.attempts.values_mut().for_each(|attempt| attempt.go = None);
        if let Some(eye) = &self.eye {
            eye.close();
        }
        let weight = |curtain: &Curtain| match curtain {
            Curtain::Alarm(_) => 2,
            Curtain::Broken(_) => 1,
            Curtain::Cancelled | Curtain::Stopped(_) | Curtain::Tripped(_) => 0,
        };
        if self.curtain.as_ref().is_none_or(|old| weight(old) < weight(&curtain)) {
            self.curtain = Some(curtain);
        }
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Looking { contacts, for_ } => {
                let wait = Wait { until: Instant::now() + for_, reason: WaitReason::Reads { contacts } };
                self.teller.tell_wait(self.ledger.totals(), wait, Instant::now());
            }
            Report::Loaded { no, result: Ok((batch, looked)) } => self.loaded(no, batch, looked),
            // A run that is ending has closed its eye by itself.
            Report::Loaded { result: Err(_), .. } if self.curtain.is_some() => {}
            Report::Loaded { result: Err(curtain), .. } => self.end(curtain),
            Report::Intended { no, attempt } => self.ledger.intended(no, attempt),
            Report::OnWire { no, attempt, edits, at } => {
                self.pace.on_wire(at);
                self.requests += 1;
                self.retries += u64::from(attempt > 1);
                self.tell(EventKind::BatchSent { batch: no, attempt, edits });
            }
            Report::NotSent { no, attempt, error } => self.not_sent(no, attempt, error),
            Report::Came { no, attempt, quota } => {
                if self.ledger.came(no, attempt) {
                    self.pace.quota(quota, self.ledger.on_wire(), Instant::now());
                }
            }
            Report::Answered(answer) => self.answered(answer),
            Report::Recorded { ending, result } => self.recorded(ending, result),
            Report::Blocked { again_in } => {
                let wait = Wait { until: Instant::now() + again_in, reason: WaitReason::Journal };
                self.teller.tell_wait(self.ledger.totals(), wait, Instant::now());
            }
        }
    }

    /// The edits of a batch are there. A batch whose edits are all held back is settled without a request.
    fn loaded(&mut self, no: u32, batch: Batch, looked: Looked) {
        self.ledger.loaded(no, batch, looked);
        if let Some(past) = self.ledger.held_whole(no) {
            self.settle_unsent(no, &past, Vec::new(), Vec::new());
        }
    }

    fn not_sent(&mut self, no: u32, attempt: u32, error: Option<String>) {
        self.attempts.remove(&no);
        if self.ledger.has_leave(no) {
            self.pace.withdrawn();
        }
        if !self.ledger.withdraw(no, attempt) {
            return;
        }
        // After a cut-off an early end is what was asked for; else the journal failed.
        if let Some(error) = error.filter(|_| !self.cut_off) {
            self.ledger.withdrawn(no, Instant::now());
            self.end(Curtain::Broken(format!("attempt {attempt} on batch {no} could not be recorded: {error}")));
        } else {
            let ending = Ending { no, attempt, elapsed_ms: 0, failure: None, next: Next::Withdrawn };
            self.record(Page::Withdraw { no, attempt }, ending);
        }
    }

    pub(super) fn record(&self, page: Page, ending: Ending) {
        tokio::spawn(worker::record(Arc::clone(&self.log), page, ending, self.mail.clone()));
    }

    pub(super) fn case<'a>(&self, batch: u32, past: &'a Past, now: Instant) -> Case<'a> {
        let tried_for = past.since.map_or(Duration::ZERO, |since| now.duration_since(since));
        let Totals { updated, rejected, .. } = self.ledger.totals();
        let got_through = self.got_through || updated + rejected > 0;
        Case { batch, past, tried_for, ending: self.curtain.is_some(), got_through }
    }
}

/// The next control; never, once nobody can send one.
pub(super) async fn heard(controls: &mut Option<UnboundedReceiver<RunControl>>) -> Option<RunControl> {
    match controls {
        Some(controls) => controls.recv().await,
        None => std::future::pending().await,
    }
}
