//! A server and a journal in memory, which write down every breach of the rules between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::api::ContactsApi;
use crate::domain::{
    AttemptRecord, AttemptResult, Batch, BatchItem, Changes, Outcome, Part, Quota, Refusal, Reply, RunId, RunState,
    Said, Sid, Stage, Status, Totals,
};
use crate::engine::ledger::tally;
use crate::engine::{EngineEvent, EventKind, RunHandle, RunPolicy, RunReport, RunSpec, Trip, start};
use crate::store::{RunLog, StoreError};
use crate::support::clock::Timestamp;

/// How the server plays one attempt.
pub(super) enum Play {
    Answer(Duration, Reply),
    /// An answer that is here after the first time, and takes the second to judge.
    Long(Duration, Duration, Reply),
    Never,
    Panic,
}

/// A call of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Load(u32),
    Intend(u32, u32),
    Withdraw(u32),
    Failed(u32, u32),
    Split(u32),
    Settle(u32),
    Finish,
}

/// How the journal plays one call.
pub(super) enum Ink {
    Writes(Duration),
    Fails,
    Panics,
}

type Script = dyn Fn(&Batch, u32) -> Play + Send + Sync;
type Journal = dyn Fn(Call) -> Ink + Send + Sync;

/// The server and the journal of one run.
pub(super) struct World {
    spec: RunSpec,
    limit: usize,
    script: Box<Script>,
    journal: Box<Journal>,
    seen: Mutex<Seen>,
}

/// What was seen of the run.
#[derive(Default)]
pub(super) struct Seen {
    /// The batches that are sent as they are: those of the plan, but for those split, and their parts.
    batches: BTreeMap<u32, Batch>,
    pub(super) splits: usize,
    pub(super) breaches: Vec<String>,
    /// When each request arrived, and of which batch and attempt.
    pub(super) arrivals: Vec<(Instant, u32, u32)>,
    pub(super) in_flight: usize,
    pub(super) peak: usize,
    /// How often a batch was read.
    pub(super) loads: usize,
    pub(super) settled: BTreeMap<u32, Vec<Outcome>>,
    pub(super) failed: Vec<AttemptRecord>,
    pub(super) records: Vec<AttemptRecord>,
    pub(super) finish: Option<(RunState, Totals)>,
    /// What the journal says, whatever the truth.
    false_totals: Option<Totals>,
    attempts: BTreeMap<u32, u32>,
    /// Intents, but for those that were withdrawn.
    pub(super) open: BTreeSet<(u32, u32)>,
}

impl Seen {
    fn totals(&self, planned: u64) -> Totals {
        let mut totals = Totals::planned(planned);
        self.settled.values().flatten().for_each(|outcome| totals.add(outcome.status, 1));
        totals
    }

    /// The status of every edit that has one, by its place in the run.
    pub(super) fn by_seq(&self) -> BTreeMap<u64, Status> {
        let of = |(no, outcomes): (&u32, &Vec<Outcome>)| {
            self.batches[no].items.iter().zip(outcomes).map(|(item, o)| (item.seq, o.status)).collect::<Vec<_>>()
        };
        self.settled.iter().flat_map(of).collect()
    }
}

impl World {
    /// Batches of so many edits and of that round; the script knows them by number.
    pub(super) fn new(
        plan: Vec<(usize, u32)>,
        limit: usize,
        script: impl Fn(u32, u32) -> Play + Send + Sync + 'static,
    ) -> Self {
        Self::told(plan, limit, move |batch, attempt| script(batch.no, attempt))
    }

    /// As `new`, but the script looks at what is sent.
    pub(super) fn told(
        plan: Vec<(usize, u32)>,
        limit: usize,
        script: impl Fn(&Batch, u32) -> Play + Send + Sync + 'static,
    ) -> Self {
        let journal = Box::new(|_| Ink::Writes(Duration::ZERO));
        let mut seq = 0..;
        let mut item = || {
            let seq = seq.next().unwrap();
            BatchItem { seq, sid: Sid::new(&format!("c{seq}")), changes: Changes::default() }
        };
        let batch = |(no, (edits, round))| {
            let items = (0..edits).map(|_| item()).collect();
            (no as u32, Batch { no: no as u32, round, items })
        };
        let batches: BTreeMap<_, _> = plan.into_iter().enumerate().map(batch).collect();
        let planned = batches.values().map(|b| b.items.len() as u64).sum();
        let spec = RunSpec { run: RunId(7), planned, batches: batches.len() as u32 };
        let seen = Mutex::new(Seen { batches, ..Seen::default() });
        Self { spec, limit, script: Box::new(script), journal, seen }
    }

    /// `batches` of three edits each, in one round.
    pub(super) fn even(batches: usize, script: impl Fn(u32, u32) -> Play + Send + Sync + 'static) -> Self {
        Self::new(vec![(3, 0); batches], policy().in_flight, script)
    }

    pub(super) fn with_journal(mut self, journal: impl Fn(Call) -> Ink + Send + Sync + 'static) -> Self {
        self.journal = Box::new(journal);
        self
    }

    pub(super) fn spec(&self) -> RunSpec {
        self.spec
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// How many outcomes stand where, as the journal has them.
    pub(super) fn recorded(&self, batch: u32) -> Option<Totals> {
        self.seen().settled.get(&batch).map(|outcomes| tally(outcomes))
    }

    /// Makes the journal lie at the end.
    pub(super) fn cook_the_books(&self, totals: Totals) {
        self.seen().false_totals = Some(totals);
    }

    /// The status and words of a batch whose outcomes are all alike.
    pub(super) fn outcome(&self, batch: u32) -> (Status, String) {
        let seen = self.seen();
        let outcomes = &seen.settled[&batch];
        assert!(outcomes.iter().all(|o| o == &outcomes[0]), "{outcomes:?}");
        (outcomes[0].status, outcomes[0].said.description.clone().unwrap_or_default())
    }

    async fn write(&self, call: Call) -> Result<(), StoreError> {
        match (self.journal)(call) {
            Ink::Writes(delay) => sleep(delay).await,
            Ink::Fails => return Err(StoreError::Closed),
            Ink::Panics => panic!("the journal panics, as the test asked"),
        }
        Ok(())
    }
}

/// A request under way; it is over when this is dropped, answered or cut off.
struct Flight<'a>(&'a World);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.seen().in_flight -= 1;
    }
}

impl ContactsApi for World {
    async fn update_many(&self, batch: &Batch, came: impl FnOnce(Quota) + Send) -> Reply {
        let (flight, attempt) = {
            let mut seen = self.seen();
            let attempt = *seen.attempts.entry(batch.no).and_modify(|a| *a += 1).or_insert(1);
            seen.arrivals.push((Instant::now(), batch.no, attempt));
            seen.in_flight += 1;
            seen.peak = seen.peak.max(seen.in_flight);
            if !seen.open.contains(&(batch.no, attempt)) {
                seen.breaches.push(format!("batch {} attempt {attempt} was sent without an intent", batch.no));
            }
            let in_flight = seen.in_flight;
            if in_flight > self.limit {
                seen.breaches.push(format!("{in_flight} in flight"));
            }
            if seen.finish.is_some() || seen.settled.contains_key(&batch.no) {
                seen.breaches.push(format!("batch {} was sent after its end", batch.no));
            }
            let earlier = |(no, b): &(&u32, &Batch)| b.round < batch.round && !seen.settled.contains_key(no);
            if let Some(open) = seen.batches.iter().find(earlier).map(|(no, _)| *no) {
                seen.breaches.push(format!("batch {} overtook batch {open} of an earlier round", batch.no));
            }
            (Flight(self), attempt)
        };
        match (self.script)(batch, attempt) {
            Play::Answer(delay, reply) => {
                sleep(delay).await;
                drop(flight);
                reply
            }
            Play::Long(delay, judging, reply) => {
                sleep(delay).await;
                drop(flight);
                came(reply.quota);
                sleep(judging).await;
                reply
            }
            Play::Never => std::future::pending().await,
            Play::Panic => panic!("the client panics, as the test asked"),
        }
    }
}

impl RunLog for World {
    async fn load_batch(&self, no: u32) -> Result<Batch, StoreError> {
        self.write(Call::Load(no)).await?;
        self.seen().loads += 1;
        Ok(self.seen().batches[&no].clone())
    }

    async fn intend(&self, batch: u32, attempt: u32, _: Timestamp) -> Result<(), StoreError> {
        self.write(Call::Intend(batch, attempt)).await?;
        let mut seen = self.seen();
        if !seen.open.insert((batch, attempt)) {
            seen.breaches.push(format!("batch {batch} attempt {attempt} was intended twice"));
        }
        Ok(())
    }

    async fn withdraw(&self, batch: u32, attempt: u32) -> Result<(), StoreError> {
        self.write(Call::Withdraw(batch)).await?;
        self.seen().open.remove(&(batch, attempt));
        Ok(())
    }

    async fn attempt_failed(&self, record: AttemptRecord) -> Result<(), StoreError> {
        self.write(Call::Failed(record.batch, record.attempt)).await?;
        self.seen().failed.push(record);
        Ok(())
    }

    async fn split(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        _: Option<String>,
        parts: Vec<Part>,
    ) -> Result<(), StoreError> {
        self.write(Call::Split(batch)).await?;
        let mut seen = self.seen();
        let Some(Batch { round, mut items, .. }) = seen.batches.remove(&batch) else {
            seen.breaches.push(format!("batch {batch} was split twice"));
            return Ok(());
        };
        for Part { no, edits } in parts {
            let part = Batch { no, round, items: items.drain(..edits).collect() };
            if seen.batches.insert(no, part).is_some() {
                seen.breaches.push(format!("there are two batches {no}"));
            }
        }
        if !items.is_empty() {
            seen.breaches.push(format!("the parts of batch {batch} lack {} edits", items.len()));
        }
        seen.splits += 1;
        seen.failed.extend(record);
        Ok(())
    }

    async fn settle(
        &self,
        batch: u32,
        record: Option<AttemptRecord>,
        outcomes: impl Into<Arc<[Outcome]>> + Send,
    ) -> Result<Totals, StoreError> {
        let outcomes = outcomes.into().to_vec();
        self.write(Call::Settle(batch)).await?;
        let mut seen = self.seen();
        if seen.batches.get(&batch).is_none_or(|b| b.items.len() != outcomes.len()) {
            seen.breaches.push(format!("batch {batch} got {} outcomes", outcomes.len()));
        }
        if seen.settled.insert(batch, outcomes).is_some() {
            seen.breaches.push(format!("batch {batch} was settled twice"));
        }
        seen.records.extend(record);
        Ok(seen.false_totals.unwrap_or_else(|| seen.totals(self.spec.planned)))
    }

    async fn finish(&self, state: RunState, _: Timestamp, _: u64) -> Result<Totals, StoreError> {
        self.write(Call::Finish).await?;
        let mut seen = self.seen();
        let mut totals = seen.totals(self.spec.planned);
        totals.add(Status::NotSent, totals.open());
        if seen.finish.replace((state, totals)).is_some() {
            seen.breaches.push(String::from("the run was finished twice"));
        }
        Ok(seen.false_totals.unwrap_or(totals))
    }
}

/// Two in flight, no pace to speak of, three attempts.
pub(super) fn policy() -> RunPolicy {
    RunPolicy {
        in_flight: 2,
        rate_per_minute: 1_000_000,
        max_attempts: 3,
        backoff_base: Duration::from_millis(500),
        backoff_cap: Duration::from_secs(30),
        patience: Duration::from_secs(10_000_000),
        seed: 1,
        grace: Duration::from_secs(2),
        canary: 0,
        breaker: None,
        on_trip: Trip::Pause,
    }
}

pub(super) fn begin(world: &Arc<World>, policy: RunPolicy) -> RunHandle {
    start(world.spec(), Arc::clone(world), Arc::clone(world), policy)
}

/// Listens until the end, and checks what holds for every run: no breach, `seq` without a gap, totals that
/// are the fold of what the journal has (I6, I9), a last event that agrees with the journal.
pub(super) async fn listen(world: &World, handle: &mut RunHandle) -> (RunReport, Vec<EngineEvent>) {
    let mut heard: Vec<EngineEvent> = Vec::new();
    let mut fold = Totals::planned(world.spec().planned);
    while let Some(event) = next(handle).await {
        if let EventKind::BatchSettled { batch, .. } = event.kind {
            let recorded = world.recorded(batch).expect("what is told is recorded");
            for status in Status::ALL {
                fold.add(status, recorded.of(status));
            }
        }
        if let EventKind::Finished(report) = &event.kind {
            assert_eq!(report.totals, event.totals);
        } else {
            assert_eq!(event.totals, fold, "{event:?}");
        }
        heard.push(event);
    }
    let seqs: Vec<_> = heard.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=heard.len() as u64).collect::<Vec<_>>());
    assert!(matches!(heard[0].kind, EventKind::Started { .. }));
    let EventKind::Finished(report) = heard.last().unwrap().kind.clone() else { panic!("no end: {heard:?}") };
    let seen = world.seen();
    assert_eq!(seen.breaches, Vec::<String>::new());
    assert_eq!(seen.in_flight, 0);
    assert_eq!(report.requests, seen.arrivals.len() as u64);
    if report.state != RunState::Broken {
        assert_eq!(seen.finish, Some((report.state, report.totals)));
        assert!(report.totals.balances());
    }
    (report, heard)
}

/// Runs to the end without a word from outside.
pub(super) async fn run(world: &Arc<World>, policy: RunPolicy) -> (RunReport, Vec<EngineEvent>) {
    listen(world, &mut begin(world, policy)).await
}

/// The next event. A paused clock that nothing else moves jumps a year here: a run that hangs fails its test.
async fn next(handle: &mut RunHandle) -> Option<EngineEvent> {
    timeout_at(Instant::now() + Duration::from_secs(365 * 24 * 3600), handle.events.recv())
        .await
        .expect("the run hangs")
}

/// Reads events up to the first one that `wanted` accepts.
pub(super) async fn until(handle: &mut RunHandle, wanted: impl Fn(&EventKind) -> bool) -> EventKind {
    loop {
        let event = next(handle).await.expect("the run goes on");
        if wanted(&event.kind) {
            return event.kind;
        }
    }
}

fn reply(result: AttemptResult, http_status: Option<u16>) -> Reply {
    Reply { result, http_status, request_id: Some(String::from("req")), quota: Quota::default(), notes: Vec::new() }
}

pub(super) fn settled(statuses: &[Status]) -> Reply {
    let outcomes = statuses.iter().map(|s| Outcome::undecided(*s, Some(200), "so")).collect();
    reply(AttemptResult::Settled(outcomes), Some(207))
}

pub(super) fn updated(edits: usize) -> Reply {
    settled(&vec![Status::Updated; edits])
}

/// The server took all three edits, after 100 ms.
pub(super) fn fine() -> Play {
    soon(updated(3))
}

pub(super) fn soon(reply: Reply) -> Play {
    Play::Answer(Duration::from_millis(100), reply)
}

pub(super) fn busy(status: u16, after: Option<Duration>) -> Reply {
    reply(AttemptResult::Retryable { reason: format!("{status}: busy"), after, unreachable: false }, Some(status))
}

pub(super) fn unreachable() -> Reply {
    reply(AttemptResult::Retryable { reason: String::from("no route"), after: None, unreachable: true }, None)
}

pub(super) fn timeout() -> Reply {
    reply(AttemptResult::Ambiguous { stage: Stage::Failed, reason: String::from("timed out"), after: None }, None)
}

pub(super) fn refused(kind: Refusal, code: u16) -> Reply {
    let said = Said { code: Some(code.into()), description: Some(String::from("no")), ..Said::default() };
    reply(AttemptResult::Refused { kind, said }, Some(code))
}
