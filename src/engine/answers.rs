//! What an answer leads to, and what is told once that is recorded.

use tokio::time::Instant;

use super::dispatcher::{Curtain, Dispatcher};
use super::event::EventKind;
use super::ledger::Past;
use super::pace::Manners;
use super::retry::{self, Step};
use super::split::{Cut, End, Refused, Split, end};
use super::trip::Health;
use super::worker::{Answer, Ending, Next, Page};
use crate::api::ContactsApi;
use crate::domain::{AttemptRecord, AttemptResult, Outcome, Said, Stage, Status, Totals};
use crate::store::RunLog;
use crate::support::clock::human_duration;

/// What an answer says of its whole batch.
struct Verdict {
    end: End,
    /// The words of a refusal.
    said: Option<Said>,
    /// Where it went wrong, if it was no refusal.
    stage: Option<Stage>,
}

impl Verdict {
    fn of(result: &AttemptResult) -> Self {
        let (said, stage) = match result {
            AttemptResult::Refused { said, .. } => (Some(said.clone()), None),
            AttemptResult::Ambiguous { stage, .. } => (None, Some(*stage)),
            AttemptResult::Settled(_) | AttemptResult::Retryable { .. } => (None, None),
        };
        Self { end: end(result), said, stage }
    }
}

impl<A: ContactsApi, L: RunLog> Dispatcher<A, L> {
    pub(super) fn answered(&mut self, answer: Answer) {
        let Answer { no, attempt, ended, .. } = answer;
        self.attempts.remove(&no);
        let past = self.ledger.answered(no, attempt, &answer.reply.result).cloned();
        self.mind_the_pace(&answer);
        let Some(past) = past else { return };
        let record = record_of(&answer);
        let elapsed_ms = record.elapsed_ms;
        let verdict = Verdict::of(&answer.reply.result);
        self.got_through |= gets_through(&answer.reply.result);
        let step = retry::decide(&self.policy, self.case(no, &past, ended), answer.reply.result);
        match step {
            Step::Again { delay, reason } => {
                let next = Next::Again(ended + delay);
                let record = AttemptRecord { error: Some(reason.clone()), ..record };
                self.record(Page::Failed(record), Ending { no, attempt, elapsed_ms, failure: Some(reason), next });
            }
            Step::Halve { reason, doubt } => self.halve(record, &past, verdict, reason, doubt),
            Step::Settle { outcomes, failure, stop } => {
                if let Some(cause) = stop {
                    self.end(Curtain::Stopped(cause));
                }
                let record = AttemptRecord { error: failure.clone().or(record.error), ..record };
                self.ledger.ended(no, &verdict.end);
                self.settle(record, &past, outcomes, failure, answer.reply.notes);
                self.give_up_family(no);
            }
        }
    }

    /// Has the outcomes recorded that an attempt brought.
    fn settle(
        &mut self,
        record: AttemptRecord,
        past: &Past,
        outcomes: Vec<Outcome>,
        failure: Option<String>,
        mut notes: Vec<String>,
    ) {
        let AttemptRecord { batch: no, attempt, elapsed_ms, .. } = record;
        let outcomes = past.with_held(outcomes);
        notes.extend(past.remark());
        let next = Next::Settled { health: Health::of(&outcomes), notes };
        self.record_outcomes(Some(record), outcomes, Ending { no, attempt, elapsed_ms, failure, next });
    }

    /// Has the outcomes recorded of a batch that is not sent again.
    pub(super) fn settle_unsent(&mut self, no: u32, past: &Past, outcomes: Vec<Outcome>, mut notes: Vec<String>) {
        let outcomes = past.with_held(outcomes);
        notes.extend(past.remark());
        let next = Next::Settled { health: Health::of(&outcomes), notes };
        let ending = Ending { no, attempt: past.attempts, elapsed_ms: 0, failure: None, next };
        self.record_outcomes(None, outcomes, ending);
    }

    fn record_outcomes(&mut self, record: Option<AttemptRecord>, outcomes: Vec<Outcome>, ending: Ending) {
        let no = ending.no;
        self.ledger.settling(no, &outcomes);
        self.record(Page::Settle { no, record, outcomes: outcomes.into() }, ending);
    }

    /// Sends a batch on in halves, unless that is hopeless.
    fn halve(&mut self, record: AttemptRecord, past: &Past, verdict: Verdict, reason: String, doubt: Option<String>) {
        let AttemptRecord { batch: no, attempt, elapsed_ms, .. } = record;
        let Verdict { end: End::Refused(cause), said, stage } = verdict else { return };
        let record = AttemptRecord { error: Some(reason.clone()), ..record };
        if said.as_ref().is_some_and(|said| said.code == Some(413)) {
            self.ledger.too_large(no);
        }
        let refusal = Refused { cause, said, reason };
        if let Some(parts) = self.ledger.halve(no, &refusal) {
            let reason = refusal.reason;
            let split = Split { parts, cut: Cut::Halves(stage), reason: reason.clone(), doubt };
            let page = split.page(no, Some(record));
            self.record(page, Ending { no, attempt, elapsed_ms, failure: Some(reason), next: Next::Split(split) });
        } else {
            let outcomes = retry::hopeless(self.case(no, past, Instant::now()), &refusal);
            self.settle(record, past, outcomes, Some(refusal.reason), Vec::new());
            self.give_up_family(no);
        }
    }

    /// Settles what is left of a batch all of whose parts were refused alike.
    fn give_up_family(&mut self, no: u32) {
        let Some((refusal, parts)) = self.ledger.hopeless(no) else { return };
        for (part, past) in parts {
            let outcomes = retry::hopeless(self.case(part, &past, Instant::now()), &refusal);
            self.settle_unsent(part, &past, outcomes, vec![refusal.reason.clone()]);
        }
    }

    /// Has a batch cut that the server is known not to take.
    pub(super) fn cut(&self, no: u32, split: Split) {
        let page = split.page(no, None);
        self.record(page, Ending { no, attempt: 0, elapsed_ms: 0, failure: None, next: Next::Split(split) });
    }

    /// Lets the pace learn from an answer, and holds the whole run where the server asks for quiet.
    fn mind_the_pace(&mut self, answer: &Answer) {
        let (now, reply) = (answer.ended, &answer.reply);
        let asked = retry::quiet(reply).and_then(|(_, asked)| asked);
        if let Some(asked) = asked.filter(|asked| *asked > self.policy.patience) {
            let wait = human_duration(asked.as_millis() as u64);
            self.end(Curtain::Stopped(format!("the server asks to wait {wait}")));
        }
        let manners = Manners {
            backoff: self.policy.backoff(answer.attempt),
            patience: self.policy.patience,
            share: retry::jitter(self.policy.seed, answer.no, answer.attempt),
            under_way: self.ledger.on_wire(),
        };
        self.pace.answered(reply, answer.sent, now, manners);
    }

    /// An ending is in the journal: now, and not before, it counts and is told (I9).
    pub(super) fn recorded(&mut self, ending: Ending, result: Result<Option<Totals>, String>) {
        let Ending { no, attempt, elapsed_ms, failure, next } = ending;
        let books = match result {
            Ok(books) => books,
            Err(error) => {
                self.ledger.lose(no);
                self.end(Curtain::Broken(format!("what became of batch {no} could not be recorded: {error}")));
                return;
            }
        };
        if let Some(reason) = failure {
            let again_in = match &next {
                Next::Again(due) if self.curtain.is_none() => Some(due.saturating_duration_since(Instant::now())),
                _ => None,
            };
            self.tell(EventKind::AttemptFailed { batch: no, attempt, reason, again_in });
        }
        match next {
            Next::Again(due) => self.ledger.again(no, due),
            Next::Withdrawn => self.ledger.withdrawn(no, Instant::now()),
            Next::Split(split) => {
                self.ledger.split(no, &split, Instant::now());
                let parts = split.numbers();
                self.tell(EventKind::Split { batch: no, parts: parts.clone(), reason: split.reason });
                // The last word on its family may have come while this was being recorded.
                self.give_up_family(parts.start);
            }
            Next::Settled { health, notes } => {
                self.ledger.settled(no);
                self.tell(EventKind::BatchSettled { batch: no, attempt, elapsed_ms, notes });
                self.check_books(books);
                self.look_after(health);
            }
        }
    }

    /// Compares our books with the journal's.
    fn check_books(&mut self, theirs: Option<Totals>) {
        if let Some((ours, theirs)) = theirs.and_then(|theirs| self.ledger.compare(theirs)) {
            self.end(Curtain::Alarm(super::finish::books_differ(ours, theirs)));
        }
    }

    /// Stops or pauses a run whose contacts fail too often.
    fn look_after(&mut self, health: Health) {
        let mut alarm = self.watch.settled(health);
        if self.ledger.canary_is_in() {
            self.ledger.pass_canary();
            alarm = self.watch.canary().or(alarm);
        }
        if let Some(why) = alarm.filter(|_| self.ledger.totals().open() > 0) {
            self.trip(why);
        }
    }
}

/// Whether an answer says of any contact what became of it.
fn gets_through(result: &AttemptResult) -> bool {
    let is_said = |outcome: &Outcome| matches!(outcome.status, Status::Updated | Status::Rejected);
    matches!(result, AttemptResult::Settled(outcomes) if outcomes.iter().any(is_said))
}

fn record_of(answer: &Answer) -> AttemptRecord {
    let notes = &answer.reply.notes;
    AttemptRecord {
        batch: answer.no,
        attempt: answer.attempt,
        started: answer.started,
        elapsed_ms: answer.ended.duration_since(answer.sent).as_millis() as u64,
        http_status: answer.reply.http_status,
        request_id: answer.reply.request_id.clone(),
        error: (!notes.is_empty()).then(|| notes.join("; ")),
        doubtful: matches!(answer.reply.result, AttemptResult::Ambiguous { .. }),
    }
}
