//! The run under way, as its events tell it.

use std::collections::BTreeMap;

use super::ending;
use super::speed::Speed;
use crate::domain::{RunId, Status, Totals};
use crate::engine::{EngineEvent, EventKind, RunReport, WaitReason};
use crate::support::clock::{Timestamp, human_duration};
use crate::support::text::{count, counted};

/// A run while it goes, and its report when it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRun {
    /// Its number.
    pub run: RunId,
    /// Where it stands.
    pub totals: Totals,
    /// Batches in its plan.
    pub batches: u32,
    /// Batches under way, and when each was sent.
    pub under_way: BTreeMap<u32, Timestamp>,
    /// How fast it goes.
    pub speed: Speed,
    /// Sendings so far.
    pub requests: u64,
    /// Sendings that failed and were, or will be, repeated.
    pub failed_attempts: u64,
    /// When it began.
    pub started: Timestamp,
    /// The last event.
    pub at: Timestamp,
    /// Why nothing is sent, and until when.
    pub waiting: Option<(WaitReason, Timestamp)>,
    /// Who paused it, while it is paused.
    pub paused: Option<PausedBy>,
    /// The batch that settled last.
    pub newest: Option<u32>,
    /// Requests a minute, as set.
    pub rate: u32,
    /// Requests at once, as set.
    pub in_flight: u32,
    /// Requests a minute that it waited for last, fewer than set where the server is slow; `None` = it never waited.
    pub held_to: Option<u32>,
    /// So many contacts go first, alone; 0 = none.
    pub canary: u64,
    /// Where it only reads a run back: the books of that run before it began. Then each batch is a contact.
    pub reads: Option<Totals>,
    /// Whether the rest is being cancelled.
    pub cancelling: bool,
    /// How it ended.
    pub report: Option<RunReport>,
}

/// Who paused a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PausedBy {
    /// The user.
    Hand,
    /// The run itself: the canary or the circuit breaker, and why.
    Run(String),
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// What kind of news: a status gives its colour.
    pub tone: Option<Status>,
    /// The run that it is about.
    pub run: Option<RunId>,
    /// The batch that it is about.
    pub batch: Option<u32>,
    /// What happened.
    pub text: String,
}

impl LiveRun {
    /// A run that begins.
    pub fn new(run: RunId, planned: u64, batches: u32, now: Timestamp) -> Self {
        Self {
            run,
            totals: Totals::planned(planned),
            batches,
            under_way: BTreeMap::new(),
            speed: Speed::default(),
            requests: 0,
            failed_attempts: 0,
            started: now,
            at: now,
            waiting: None,
            paused: None,
            newest: None,
            rate: 0,
            in_flight: 0,
            held_to: None,
            canary: 0,
            reads: None,
            cancelling: false,
            report: None,
        }
    }

    /// Takes an event; gives its line for the log. The waits of the pace are no news: they would fill it.
    pub fn take(&mut self, event: EngineEvent) -> Option<LogLine> {
        self.totals = event.totals;
        self.at = event.at;
        if let EventKind::Waiting { reason: WaitReason::Rate { per_minute }, .. } = event.kind {
            self.waiting = None;
            self.held_to = Some(per_minute);
            return None;
        }
        // A line for every contact that is read would fill the log.
        let is_news =
            self.reads.is_none() || !matches!(event.kind, EventKind::BatchSent { .. } | EventKind::BatchSettled { .. });
        let reading = if self.reads.is_some() { ", read back" } else { "" };
        // What is read back has no batches.
        let batch = batch_of(&event.kind).filter(|_| self.reads.is_none());
        let (tone, text) = self.take_kind(event.kind, event.at);
        let text = format!("run {}{reading}: {text}", self.run);
        is_news.then_some(LogLine { at: event.at, tone, run: Some(self.run), batch, text })
    }

    fn take_kind(&mut self, kind: EventKind, at: Timestamp) -> (Option<Status>, String) {
        match kind {
            EventKind::Started { batches } => {
                (None, format!("{} in {}", counted(self.totals.planned, "edit"), batches_text(batches)))
            }
            EventKind::BatchSent { batch, attempt, edits } => {
                self.under_way.insert(batch, at);
                self.requests += 1;
                self.waiting = None;
                let again = if attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
                (None, format!("batch {} sent: {}{again}", batch + 1, counted(edits, "edit")))
            }
            EventKind::AttemptFailed { batch, attempt, reason, again_in } => {
                self.under_way.remove(&batch);
                self.failed_attempts += 1;
                let then = again_in
                    .map_or_else(String::new, |d| format!("; again in {}", human_duration(d.as_millis() as u64)));
                (Some(Status::Unknown), format!("batch {}, attempt {attempt}: {reason}{then}", batch + 1))
            }
            EventKind::BatchSettled { batch, elapsed_ms, notes, .. } => {
                self.waiting.take_if(|(reason, _)| *reason == WaitReason::Journal);
                self.under_way.remove(&batch);
                self.newest = Some(batch);
                self.speed.settled(at, self.totals.settled(), elapsed_ms);
                let notes = notes.iter().fold(String::new(), |all, note| all + "; " + note);
                let tone = if notes.is_empty() { Status::Updated } else { Status::Unknown };
                (Some(tone), format!("batch {} settled in {}{notes}", batch + 1, human_duration(elapsed_ms)))
            }
            EventKind::Waiting { reason, for_ } => {
                let ms = for_.as_millis() as i64;
                self.waiting = Some((reason, Timestamp(at.0.saturating_add(ms))));
                (Some(Status::NotSent), format!("waiting {}: {reason}", human_duration(ms as u64)))
            }
            EventKind::Split { batch, parts, reason } => {
                self.under_way.remove(&batch);
                let parts = batches_text(parts.len() as u32);
                (Some(Status::Unknown), format!("batch {} goes on as {parts}: {reason}", batch + 1))
            }
            EventKind::Paused { why } => {
                let said = why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
                self.paused = Some(why.map_or(PausedBy::Hand, PausedBy::Run));
                (Some(Status::NotSent), format!("paused{said}"))
            }
            EventKind::Tuned { rate_per_minute, in_flight } => {
                (self.rate, self.in_flight, self.held_to) = (rate_per_minute, in_flight as u32, None);
                (
                    None,
                    format!("now {} requests a minute, at most {in_flight} at once", count(u64::from(rate_per_minute))),
                )
            }
            EventKind::Resumed => {
                self.paused = None;
                self.speed.restart();
                (None, String::from("goes on"))
            }
            EventKind::Cancelling(_) => {
                self.cancelling = true;
                (Some(Status::NotSent), String::from("the rest is being cancelled"))
            }
            EventKind::Finished(report) => self.finish(report),
        }
    }

    fn finish(&mut self, report: RunReport) -> (Option<Status>, String) {
        self.totals = report.totals;
        self.waiting = None;
        self.under_way.clear();
        let notice = ending::in_a_line(&report);
        self.report = Some(report);
        (Some(if notice.failed { Status::Rejected } else { Status::Updated }), notice.text)
    }

    /// Milliseconds of the run so far.
    pub fn elapsed_ms(&self) -> u64 {
        self.report.as_ref().map_or_else(|| self.at.since(self.started), |report| report.elapsed_ms)
    }

    /// Edits settled in a second: of late, or over the whole run while that is too short to tell.
    pub fn per_second(&self) -> Option<f64> {
        let ms = self.elapsed_ms();
        let of_all = || self.totals.settled() as f64 * 1000.0 / ms as f64;
        let late = self.speed.per_second().filter(|_| self.report.is_none());
        late.or_else(|| (ms >= 200 && self.totals.settled() > 0).then(of_all))
    }

    /// Milliseconds until the end at the speed of late.
    pub fn eta_ms(&self) -> Option<u64> {
        let per_second = self.per_second().filter(|n| *n > 0.0)?;
        (self.report.is_none() && self.paused.is_none())
            .then(|| (self.totals.open() as f64 * 1000.0 / per_second) as u64)
    }

    /// How long the oldest request is under way, as of the last event.
    pub fn oldest_ms(&self) -> Option<u64> {
        self.under_way.values().map(|sent| self.at.since(*sent)).max()
    }
}

/// The batch that an event is about.
const fn batch_of(kind: &EventKind) -> Option<u32> {
    match kind {
        EventKind::BatchSent { batch, .. }
        | EventKind::AttemptFailed { batch, .. }
        | EventKind::BatchSettled { batch, .. }
        | EventKind::Split { batch, .. } => Some(*batch),
        _ => None,
    }
}

fn batches_text(n: u32) -> String {
    if n == 1 { String::from("1 batch") } else { format!("{} batches", count(u64::from(n))) }
}

/// A status as people read it.
pub const fn words(status: Status) -> &'static str {
    match status {
        Status::Updated => "updated",
        Status::Rejected => "rejected",
        Status::Unknown => "unknown",
        Status::NotSent => "not sent",
    }
}
