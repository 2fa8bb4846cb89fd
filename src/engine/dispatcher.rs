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
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::control::{Cancel, RunControl};
use super::event::{EngineEvent, EventKind, WaitReason};
use super::ledger::{Ledger, Past, tally};
use super::pace::{Pace, Wait};
use super::retry::{self, Case, Step};
use super::run::{RunPolicy, RunSpec};
use super::teller::Teller;
use super::worker::{self, Answer, Ending, Next, Page, Report};
use crate::api::ContactsApi;
use crate::domain::{AttemptRecord, AttemptResult};
use crate::store::RunLog;

/// Why a run ends before its last batch. The first reason stands, except that a broken journal goes before all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Curtain {
    Cancelled,
    /// Nothing more can be sent: 401, 402, 403, or no connection.
    Stopped(String),
    /// The journal failed.
    Broken(String),
}

/// The owner of a run.
pub(super) struct Dispatcher<A, L> {
    pub(super) spec: RunSpec,
    policy: RunPolicy,
    api: Arc<A>,
    pub(super) log: Arc<L>,
    pub(super) ledger: Ledger,
    pace: Pace,
    pub(super) teller: Teller,
    /// `None` once nobody is left who could say anything.
    controls: Option<UnboundedReceiver<RunControl>>,
    reports: UnboundedReceiver<Report>,
    mail: UnboundedSender<Report>,
    /// The attempts under way, to be cut off by an abort.
    attempts: BTreeMap<u32, AbortHandle>,
    paused: bool,
    pub(super) curtain: Option<Curtain>,
    /// Set with the curtain, for the attempts that have leave and are not on the wire yet.
    over: Arc<AtomicBool>,
    /// When the grace time after an abort is over.
    abort_at: Option<Instant>,
    cut_off: bool,
    pub(super) begun: Instant,
    pub(super) requests: u64,
    pub(super) retries: u64,
}

impl<A: ContactsApi, L: RunLog> Dispatcher<A, L> {
    pub(super) fn new(
        spec: RunSpec,
        api: Arc<A>,
        log: Arc<L>,
        policy: RunPolicy,
        tell: UnboundedSender<EngineEvent>,
        controls: UnboundedReceiver<RunControl>,
    ) -> Self {
        let (mail, reports) = mpsc::unbounded_channel();
        let begun = Instant::now();
        Self {
            ledger: Ledger::new(spec.planned, spec.batches, policy.in_flight),
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
            requests: 0,
            retries: 0,
            spec,
            policy,
            api,
            log,
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
            self.give_up();
            self.cut_off_when_due(now);
            return self.abort_at.filter(|_| !self.cut_off);
        }
        while let Some(no) = self.ledger.load_next(now) {
            tokio::spawn(worker::load(Arc::clone(&self.log), no, self.mail.clone()));
        }
        let wait = if self.paused { None } else { self.send_what_may_go(now) };
        [wait.map(|w| w.until), self.ledger.next_due(now)].into_iter().flatten().min()
    }

    /// Starts attempts until something stands in the way; gives what must be waited for, if it is time.
    fn send_what_may_go(&mut self, now: Instant) -> Option<Wait> {
        let wait = loop {
            let Some(no) = self.ledger.sendable() else { break self.quiet_until(now) };
            if let Some(wait) = self.pace.wait(now) {
                break Some(wait);
            }
            let Some((batch, attempt)) = self.ledger.send(no) else { break None };
            self.pace.grant(now);
            let (api, log) = (Arc::clone(&self.api), Arc::clone(&self.log));
            let (over, mail) = (Arc::clone(&self.over), self.mail.clone());
            let task = tokio::spawn(worker::attempt(api, log, batch, attempt, over, mail));
            self.attempts.insert(no, task.abort_handle());
        };
        wait.inspect(|wait| self.teller.tell_wait(self.ledger.totals(), *wait, now))
    }

    /// The wait when every batch that is left waits for its next attempt.
    fn quiet_until(&self, now: Instant) -> Option<Wait> {
        let batches = self.ledger.only_waiting()?;
        let due = Wait { until: self.ledger.next_due(now)?, reason: WaitReason::Retry { batches } };
        // The hold of the run says more than the wait of a batch, and is seldom the shorter one.
        Some(self.pace.held(now).filter(|h| h.until >= due.until).unwrap_or(due))
    }

    /// A run that ends sends nothing again: batches between two attempts get their outcome now.
    fn give_up(&mut self) {
        for (no, past) in self.ledger.give_up() {
            let reason = past.last.clone().unwrap_or_default();
            let outcomes = retry::given_up(self.case(no, &past), &reason);
            let next = Next::Settled { tally: tally(&outcomes), notes: vec![reason] };
            let ending = Ending { no, attempt: past.attempts, elapsed_ms: 0, failure: None, next };
            self.record(Page::Settle { no, record: None, outcomes }, ending);
        }
    }

    /// Cuts off what is in flight when the grace time is over. Each attempt answers for itself even then:
    /// its last word says whether it had left.
    fn cut_off_when_due(&mut self, now: Instant) {
        if !self.cut_off && self.abort_at.is_some_and(|at| at <= now) {
            self.cut_off = true;
            self.attempts.values().for_each(AbortHandle::abort);
        }
    }

    fn obey(&mut self, control: Option<RunControl>) {
        match control {
            None => self.controls = None,
            Some(RunControl::Pause) if !self.paused && self.curtain.is_none() => {
                self.paused = true;
                self.tell(EventKind::Paused { why: None });
            }
            Some(RunControl::Resume) if self.paused && self.curtain.is_none() => {
                self.paused = false;
                self.tell(EventKind::Resumed);
            }
            Some(RunControl::Cancel(cancel)) => self.cancel(cancel),
            Some(RunControl::Pause | RunControl::Resume | RunControl::Rate(_) | RunControl::InFlight(_)) => {}
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

    fn end(&mut self, curtain: Curtain) {
        self.over.store(true, Ordering::SeqCst);
        match (&self.curtain, &curtain) {
            (None, _) | (Some(Curtain::Cancelled | Curtain::Stopped(_)), Curtain::Broken(_)) => {
                self.curtain = Some(curtain);
            }
            _ => {}
        }
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Loaded { no, result: Ok(batch) } => self.ledger.loaded(no, batch),
            Report::Loaded { no, result: Err(error) } => {
                self.end(Curtain::Broken(format!("batch {no} could not be read: {error}")));
            }
            Report::OnWire { no, attempt, edits, at } => {
                self.pace.on_wire(at);
                self.requests += 1;
                self.retries += u64::from(attempt > 1);
                self.tell(EventKind::BatchSent { batch: no, attempt, edits });
            }
            Report::NotSent { no, attempt, error } => self.not_sent(no, attempt, error),
            Report::Answered(answer) => self.answered(answer),
            Report::Recorded { ending, result } => self.recorded(ending, result),
        }
    }

    fn not_sent(&mut self, no: u32, attempt: u32, error: Option<String>) {
        self.attempts.remove(&no);
        self.pace.withdrawn();
        self.ledger.withdraw(no, attempt, Instant::now());
        // After a cut-off an early end is what was asked for; else the journal failed.
        if let Some(error) = error.filter(|_| !self.cut_off) {
            self.end(Curtain::Broken(format!("attempt {attempt} on batch {no} could not be recorded: {error}")));
        }
    }

    fn answered(&mut self, answer: Answer) {
        let Answer { no, attempt, .. } = answer;
        self.attempts.remove(&no);
        self.mind_the_pace(&answer);
        let Some(past) = self.ledger.answered(no, attempt, &answer.reply.result).cloned() else { return };
        let elapsed = answer.ended.duration_since(answer.sent);
        let record = record_of(&answer, elapsed);
        let notes = answer.reply.notes;
        let step = retry::decide(&self.policy, self.case(no, &past), answer.reply.result);
        let elapsed_ms = record.elapsed_ms;
        match step {
            Step::Again { delay, reason } => {
                let next = Next::Again(answer.ended + delay);
                let record = AttemptRecord { error: Some(reason.clone()), ..record };
                self.record(Page::Failed(record), Ending { no, attempt, elapsed_ms, failure: Some(reason), next });
            }
            Step::Settle { outcomes, failure, stop } => {
                if let Some(cause) = stop {
                    self.end(Curtain::Stopped(cause));
                }
                let record = AttemptRecord { error: failure.clone().or(record.error), ..record };
                let next = Next::Settled { tally: tally(&outcomes), notes };
                let page = Page::Settle { no, record: Some(record), outcomes };
                self.record(page, Ending { no, attempt, elapsed_ms, failure, next });
            }
        }
    }

    /// Lets the pace learn from an answer, and holds the whole run where the server asks for quiet.
    fn mind_the_pace(&mut self, answer: &Answer) {
        let (now, reply) = (answer.ended, &answer.reply);
        let quiet = retry::quiet(reply);
        if let Some((reason, asked)) = quiet {
            let share = retry::jitter(self.policy.seed, answer.no, answer.attempt);
            let most = asked.map_or(self.policy.backoff(answer.attempt), |asked| (asked / 10).min(JITTER));
            self.pace.hold(now + asked.unwrap_or_default() + most.mul_f64(share), reason);
        }
        if reply.http_status == Some(429) {
            self.pace.too_many(answer.sent, now, quiet.and_then(|(_, asked)| asked));
        } else if matches!(reply.result, AttemptResult::Settled(_)) {
            self.pace.taken(now);
        }
    }

    fn record(&self, page: Page, ending: Ending) {
        tokio::spawn(worker::record(Arc::clone(&self.log), page, ending, self.mail.clone()));
    }

    /// An ending is in the journal: now, and not before, it counts and is told (I9).
    fn recorded(&mut self, ending: Ending, result: Result<(), String>) {
        let Ending { no, attempt, elapsed_ms, failure, next } = ending;
        if let Err(error) = result {
            self.ledger.lose(no);
            self.end(Curtain::Broken(format!("what became of batch {no} could not be recorded: {error}")));
            return;
        }
        if let Some(reason) = failure {
            let again_in = match &next {
                Next::Again(due) if self.curtain.is_none() => Some(due.saturating_duration_since(Instant::now())),
                _ => None,
            };
            self.tell(EventKind::AttemptFailed { batch: no, attempt, reason, again_in });
        }
        match next {
            Next::Again(due) => self.ledger.again(no, due),
            Next::Settled { tally, notes } => {
                self.ledger.settled(no, &tally);
                self.tell(EventKind::BatchSettled { batch: no, attempt, elapsed_ms, notes });
            }
        }
    }

    fn case<'a>(&self, batch: u32, past: &'a Past) -> Case<'a> {
        let ending = self.curtain.is_some();
        Case { batch, attempt: past.attempts, edits: past.edits, doubt: past.doubt.as_deref(), ending }
    }
}

/// The most that is added to a wait that the server asked for, so that not everybody comes back at once.
const JITTER: Duration = Duration::from_secs(1);

/// The next control; never, once nobody can send one.
async fn heard(controls: &mut Option<UnboundedReceiver<RunControl>>) -> Option<RunControl> {
    match controls {
        Some(controls) => controls.recv().await,
        None => std::future::pending().await,
    }
}

fn record_of(answer: &Answer, elapsed: Duration) -> AttemptRecord {
    let notes = &answer.reply.notes;
    AttemptRecord {
        batch: answer.no,
        attempt: answer.attempt,
        started: answer.started,
        elapsed_ms: elapsed.as_millis() as u64,
        http_status: answer.reply.http_status,
        request_id: answer.reply.request_id.clone(),
        error: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}
