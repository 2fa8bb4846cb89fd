//! The life of a queue: import, submit, and submit again until nothing is left, with what the user and the world do to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::ink::{Ink, Written};
use super::judge::{self, Wishes};
use super::run::{Weather, run};
use super::server::{Line, Rules, Server, Temper};
use super::{Dice, EDITS, at_once, is_closed};
use crate::domain::{BatchPolicy, Change, Edit, EditId, Field, RunId, RunState, Sid, Status};
use crate::engine::{Breaker, RunPolicy, RunReport, RunSpec, Trip};
use crate::store::{Cell, CellChange, Rest, RunRequest, RunStart, Store};

/// From this run on nothing goes wrong any more, so that a life comes to its end.
const WILD_RUNS: u64 = 2;
/// Contacts that two edits are about, in lives that have such.
const TWINS: u32 = 300;
/// By then a life is over.
const RUNS: u64 = 20;

/// How a life went.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tale {
    pub(super) reports: Vec<RunReport>,
    pub(super) kills: u32,
    requests: u64,
    got: Vec<(Sid, Status)>,
}

pub(super) struct Life {
    seed: u64,
    dice: Dice,
    server: Arc<Mutex<Server>>,
    store: Store,
    dir: tempfile::TempDir,
    wishes: Wishes,
    /// Runs whose unknown edits were put back in the queue.
    gone_on_with: BTreeSet<RunId>,
    tale: Tale,
}

/// A directory in memory where there is one: what is asked here is what SQLite has, not how long the disk takes.
fn directory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

impl Life {
    pub(super) fn begin(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let plague = if dice.one_in(4) { dice.below(EDITS) } else { 0 };
        let temper = Temper {
            seed,
            faults: dice.pick(&[3, 10, 25]),
            poison: dice.pick(&[0, 4000, 1000]),
            plague: (plague, if plague > 0 { plague + 150 } else { 0 }),
            most: dice.pick(&[usize::MAX, usize::MAX, 200, 70]),
            denials: dice.pick(&[0, 150, 500]),
        };
        let dir = directory();
        let store = Store::open(dir.path()).unwrap().0;
        let server = Arc::new(Mutex::new(Server::new(temper)));
        let (wishes, gone_on_with, tale) = (Wishes::default(), BTreeSet::new(), Tale::default());
        Self { seed, dice, server, store, dir, wishes, gone_on_with, tale }
    }

    pub(super) fn live(mut self) -> Tale {
        self.import();
        for number in 0.. {
            assert!(number < RUNS, "the life does not end: {:?}", self.tale.reports);
            let Some(plan) = self.plan(number < WILD_RUNS) else { break };
            self.submit(number, plan);
        }
        self.wishes.at_the_end();
        self.tale.requests = self.server.lock().unwrap().requests;
        self.tale.got = self.wishes.got.into_iter().map(|(sid, (_, status))| (sid, status)).collect();
        self.tale.reports.iter_mut().for_each(|report| report.elapsed_ms = 0);
        self.tale
    }

    /// Fills the queue. Every contact gets values of its own, so that one in a wrong place is seen.
    fn import(&mut self) {
        let edits: Vec<_> = (0..EDITS).map(edit).collect();
        at_once(self.store.import(edits.clone(), String::from("import"))).unwrap();
        self.wishes.wanted = edits.into_iter().map(|edit| (edit.sid, edit.changes)).collect();
        if self.dice.one_in(3) {
            let ids = self.store.reader().unwrap().queue_ids().unwrap();
            for _ in 0..TWINS {
                let (one, other) = (self.dice.below(EDITS / 2), EDITS / 2 + self.dice.below(EDITS / 2));
                let (sid, given_up) = (edit(one).sid, edit(other).sid);
                let change = CellChange::Set(sid.to_string());
                at_once(self.store.set_cell(vec![ids[other as usize]], Cell::Sid, change)).unwrap();
                self.wishes.twins.insert(sid);
                self.wishes.wanted.remove(&given_up);
            }
        }
        let alone = self.wishes.wanted.keys().filter(|sid| !self.wishes.twins.contains(*sid));
        self.wishes.queued = alone.cloned().collect();
    }

    /// Plans the next run as `submit --resume` does; gives also the size of its canary. `None` when nothing is left to do.
    fn plan(&mut self, is_wild: bool) -> Option<(RunStart, u64)> {
        let reader = self.store.reader().unwrap();
        // A run is resumed once: what is then left of it is part of the queue, and found without reading all of it again.
        let unfinished = reader.last_unfinished().unwrap().filter(|run| self.gone_on_with.insert(run.run));
        let rest = unfinished.map(|run| (run.run, reader.rest_of(run.run).unwrap()));
        let rest = rest.filter(|(_, rest)| !rest.is_empty());
        let edits = if let Some((run, rest)) = &rest {
            let requeued = self.requeue(*run, rest);
            rest.queued.iter().copied().chain(requeued).collect::<BTreeSet<_>>().into_iter().collect()
        } else {
            // Runs that ended by themselves may leave unknown edits as well: those are requeued by hand.
            for run in reader.runs().unwrap() {
                if run.totals.unknown > 0 && self.gone_on_with.insert(run.run) {
                    self.requeue(run.run, &reader.rest_of(run.run).unwrap());
                }
            }
            reader.queue_ids().unwrap()
        };
        if edits.is_empty() {
            return None;
        }
        let canary = if is_wild { self.dice.pick(&[0, 0, 0, 30]) } else { 0 };
        let request = RunRequest {
            edits,
            policy: BatchPolicy { max_edits: self.dice.pick(&[60, 100, 250, 500]), max_bytes: 1 << 16, canary },
            profile: String::from("soak"),
            account: String::from("soak1"),
            base_url: String::from("http://127.0.0.1"),
            user: String::from("me"),
            resumes: rest.map(|(run, _)| run),
        };
        let plan = at_once(self.store.begin_run(request)).unwrap();
        Some((plan, canary))
    }

    /// Puts what is unknown back in the queue; gives where it stands there.
    fn requeue(&mut self, run: RunId, rest: &Rest) -> Vec<EditId> {
        let sids = rest.unknown.iter().map(|(_, edit)| edit.sid.clone());
        self.wishes.queued.extend(sids.filter(|sid| !self.wishes.twins.contains(sid)));
        let seqs: Vec<_> = rest.unknown.iter().map(|(seq, _)| *seq).collect();
        if seqs.is_empty() { Vec::new() } else { at_once(self.store.requeue(run, seqs)).unwrap().edits }
    }

    fn policy(&mut self, is_wild: bool, canary: u64) -> RunPolicy {
        let dice = &mut self.dice;
        let breaker = (is_wild && dice.one_in(3)).then_some(Breaker { window: 300, percent: 20 });
        RunPolicy {
            in_flight: dice.pick(&[1, 2, 4, 8]),
            rate_per_minute: dice.pick(&[120, 600, 6000]),
            max_attempts: if is_wild { 1 + dice.below(5) as u32 } else { 8 },
            backoff_base: Duration::from_millis(200),
            backoff_cap: Duration::from_secs(10),
            patience: Duration::from_secs(600),
            seed: self.seed,
            grace: Duration::from_millis(dice.pick(&[0, 300, 3000])),
            canary,
            breaker,
            on_trip: dice.pick(&[Trip::Pause, Trip::Pause, Trip::End]),
        }
    }

    /// Runs a plan, and judges what became of it.
    fn submit(&mut self, number: u64, (plan, canary): (RunStart, u64)) {
        let is_wild = number < WILD_RUNS;
        let policy = self.policy(is_wild, canary);
        if !is_wild {
            let temper = &mut self.server.lock().unwrap().temper;
            (temper.faults, temper.denials) = (0, 0);
        }
        let lock = self.store.lock_submitter().unwrap();
        let fails_from = (is_wild && self.dice.one_in(8)).then(|| 1 + self.dice.below(200));
        let written = Mutex::new(Written { fails_from, ..Written::default() });
        let ink = Arc::new(Ink { journal: self.store.journal(plan.run), seed: self.seed, written });
        let line = Arc::new(self.line(plan.run, &policy));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let spec = RunSpec { run: plan.run, planned: plan.planned, batches: plan.batches };
        let kill_after = (is_wild && self.dice.one_in(3)).then(|| Duration::from_millis(self.dice.below(60_000)));
        let words = if is_wild { self.dice.below(8) } else { 0 };
        let mut changed = BTreeSet::new();
        let (store, wishes, mut user_dice) = (self.store.clone(), &mut self.wishes, Dice::new(self.seed ^ number));
        let mut user = || change_the_queue(&store, wishes, &mut user_dice, &mut changed);
        let weather = Weather { words, kill_after, user: &mut user };
        let (to_line, to_ink) = (Arc::clone(&line), Arc::clone(&ink));
        let report = runtime.block_on(run(spec, &policy, to_line, to_ink, &mut self.dice, weather));
        let is_open = report.as_ref().is_none_or(|report| !is_closed(report));
        let copy = is_open.then(|| copy_of(self.dir.path()));
        drop(runtime);
        for breaches in [&line.breaches, &Mutex::new(std::mem::take(&mut ink.written.lock().unwrap().breaches))] {
            assert_eq!(*breaches.lock().unwrap(), Vec::<String>::new());
        }
        drop((lock, store, ink, line));
        if let Some(copy) = copy {
            self.rise_again(copy, plan.run);
        }
        self.check(plan.run, report, &changed);
    }

    fn line(&self, run: RunId, policy: &RunPolicy) -> Line {
        Line {
            run,
            server: Arc::clone(&self.server),
            rules: Mutex::new(Rules {
                reader: self.store.reader().unwrap(),
                max_attempts: policy.max_attempts,
                limits: Vec::new(),
                is_over: false,
                placed: BTreeMap::new(),
            }),
            attempts: Mutex::default(),
            breaches: Mutex::default(),
        }
    }

    /// Starts anew on the files as they were when the process died.
    fn rise_again(&mut self, copy: tempfile::TempDir, run: RunId) {
        let (store, recovery) = Store::open(copy.path()).unwrap();
        assert_eq!(recovery.crashed, [run]);
        (self.store, self.dir) = (store, copy);
        self.tale.kills += 1;
    }

    fn check(&mut self, run: RunId, report: Option<RunReport>, changed: &BTreeSet<Sid>) {
        let reader = self.store.reader().unwrap();
        let summary = reader.run(run).unwrap().unwrap();
        if let Some(report) = report {
            if is_closed(&report) {
                assert_eq!((summary.state, summary.totals), (report.state, report.totals));
                let (on_disk, told) = ((summary.requests, summary.retries), (report.requests, report.retries));
                assert_eq!(on_disk, told, "run {run}: {report:?}");
            } else {
                // A journal that is broken can't take back an intent either.
                assert_eq!((report.state, summary.state), (RunState::Broken, RunState::Crashed));
                assert!(summary.requests >= report.requests);
            }
            self.tale.reports.push(report);
        } else {
            assert_eq!(summary.state, RunState::Crashed);
        }
        let server = self.server.lock().unwrap();
        let told = judge::results(&reader, &server, run);
        self.wishes.after_run(&server, &told, changed);
        self.wishes.look_at_queue(&reader, self.dice.one_in(3));
    }
}

/// The edit of a contact.
fn edit(number: u64) -> Edit {
    let set = |field: Field, value: String| (field, Change::Set(value));
    let mut changes = vec![set(Field::FirstName, format!("name {number}")), set(Field::Tag, format!("tag-{number}"))];
    match number % 8 {
        0 => changes.push(set(Field::CustomField, format!("{{\"n\":{number}}}"))),
        1 => changes.push((Field::Email, Change::Clear)),
        2 => changes.push(set(Field::CompanyName, format!("Co {number}"))),
        _ => {}
    }
    Edit { sid: Sid::new(&format!("c{number:05}")), changes: changes.into_iter().collect() }
}

/// The user gives some queued edits another tag, which are perhaps being sent.
fn change_the_queue(store: &Store, wishes: &mut Wishes, dice: &mut Dice, changed: &mut BTreeSet<Sid>) {
    let reader = store.reader().unwrap();
    let ids: Vec<_> = (0..3).map(|_| EditId(1 + dice.below(EDITS) as i64)).collect();
    for row in reader.queue_rows(&ids).unwrap() {
        let tag = format!("late-{}-{}", row.edit.sid, dice.below(1_000_000));
        if !wishes.twins.contains(&row.edit.sid) {
            at_once(store.set_cell(vec![row.id], Cell::Field(Field::Tag), CellChange::Set(tag.clone()))).unwrap();
            wishes.wanted.get_mut(&row.edit.sid).unwrap().put(Field::Tag, Some(Change::Set(tag)));
            changed.insert(row.edit.sid);
        }
    }
}

/// The files as a process leaves them that dies now.
fn copy_of(dir: &Path) -> tempfile::TempDir {
    let copy = directory();
    for name in ["rolodeck.db", "rolodeck.db-wal"] {
        if dir.join(name).exists() {
            fs::copy(dir.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}
