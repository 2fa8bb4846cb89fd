//! Any sequence of calls against a naive model: no edit is lost, the books balance.
//!
//! The model keeps whole copies of the queue for every step, and the ids that runs took away. It knows nothing of spans,
//! shelves and images.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::domain::{How, Replace, Transform};

/// An edit as the model has it: SID, and for each field a value or its clearing.
type Plain = (String, BTreeMap<&'static str, Option<String>>);

#[derive(Debug, Clone)]
enum Op {
    Import(Vec<(u8, Field, Option<u8>)>),
    Add(u8, Field, Option<u8>),
    SetCell(u32, Cell, CellChange),
    Replace(u32, u8, Field, u8),
    Nines(u32, Field),
    CopyTag(u32),
    Merge,
    TakeOut(u32),
    PutBack(usize),
    Undo,
    Redo,
    GoTo(usize),
    Begin(u32, u32),
    Intend,
    Settle(u64, bool),
    Finish,
    Crash,
    Requeue(usize, u32),
}

fn any_op() -> impl Strategy<Value = Op> {
    let field = prop::sample::select(vec![Field::Tag, Field::Email, Field::CustomField]);
    let value = prop::option::weighted(0.8, 0u8..3);
    let cell = prop_oneof![Just(Cell::Sid), field.clone().prop_map(Cell::Field)];
    let change = prop_oneof![
        (0u8..4).prop_map(|v| CellChange::Set(v.to_string())),
        Just(CellChange::Clear),
        Just(CellChange::LeaveAlone)
    ];
    let cells = (0u8..5, field.clone(), value.clone());
    prop_oneof![
        3 => prop::collection::vec(cells, 0..5).prop_map(Op::Import),
        2 => (0u8..5, field.clone(), value).prop_map(|(s, f, v)| Op::Add(s, f, v)),
        3 => (any::<u32>(), cell, change).prop_map(|(m, c, v)| Op::SetCell(m, c, v)),
        1 => (any::<u32>(), 0u8..5, field.clone(), 0u8..3).prop_map(|(m, s, f, v)| Op::Replace(m, s, f, v)),
        2 => (any::<u32>(), field.clone()).prop_map(|(m, f)| Op::Nines(m, f)),
        1 => any::<u32>().prop_map(Op::CopyTag),
        2 => Just(Op::Merge),
        2 => any::<u32>().prop_map(Op::TakeOut),
        2 => (0usize..9).prop_map(Op::PutBack),
        2 => (0usize..20).prop_map(Op::GoTo),
        5 => Just(Op::Undo),
        4 => Just(Op::Redo),
        3 => (any::<u32>(), 1u32..4).prop_map(|(m, n)| Op::Begin(m, n)),
        2 => Just(Op::Intend),
        4 => (any::<u64>(), any::<bool>()).prop_map(|(s, f)| Op::Settle(s, f)),
        1 => Just(Op::Finish),
        1 => Just(Op::Crash),
        3 => (0usize..3, any::<u32>()).prop_map(|(r, m)| Op::Requeue(r, m)),
    ]
}

fn plain(edit: &Edit) -> Plain {
    let changes = edit.changes.iter().map(|(f, c)| (f.name(), c.value().map(str::to_owned)));
    (edit.sid.as_str().to_owned(), changes.collect())
}

/// SID 0 is the empty one.
fn one(sid: u8, field: Field, value: Option<u8>) -> Edit {
    let sid = if sid == 0 { String::new() } else { format!("s{sid}") };
    edit(&sid, &[(field, value.map(|v| v.to_string()).as_deref())])
}

/// Which of the things a mask picks.
fn picked<T: Copy>(all: impl IntoIterator<Item = T>, mask: u32) -> Vec<T> {
    all.into_iter().enumerate().filter(|(i, _)| mask & (1 << (i % 32)) != 0).map(|(_, t)| t).collect()
}

/// The things at these places.
fn picked_at<T: Copy>(all: &[T], places: &BTreeSet<usize>) -> Vec<T> {
    places.iter().map(|at| all[*at]).collect()
}

/// What undo and redo move between.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    queue: BTreeMap<i64, Plain>,
    requeued: BTreeSet<(i64, u64)>,
}

#[derive(Debug, Default)]
struct Model {
    now: State,
    last_id: i64,
    /// Before and after of each step; `done` of them are not undone.
    steps: Vec<(State, State)>,
    done: usize,
    /// Whether the change under way did anything, even if it took it back itself.
    touched: bool,
    /// What runs took out of the queue: no undo brings it back.
    gone: BTreeSet<i64>,
    runs: Vec<ModelRun>,
}

#[derive(Debug)]
struct ModelRun {
    id: i64,
    /// The edit, and what became of it.
    items: Vec<(i64, Plain, Option<Status>)>,
    /// First and last place of each batch, and whether it was meant to be sent.
    batches: Vec<(usize, usize, u32)>,
    open: bool,
}

impl Model {
    fn change(&mut self, f: impl FnOnce(&mut Self)) {
        let before = self.now.clone();
        self.touched = false;
        f(self);
        if self.touched || self.now != before {
            self.steps.truncate(self.done);
            self.steps.push((before, self.now.clone()));
            self.done += 1;
        }
    }

    fn lay(&mut self, (sid, changes): Plain, from: i64, queued_wins: bool) {
        let twin = self.now.queue.iter_mut().rev().find(|(_, e)| !sid.is_empty() && e.0 == sid);
        let Some((id, twin)) = twin else {
            self.last_id += 1;
            self.now.queue.insert(self.last_id, (sid, changes));
            return;
        };
        let before = twin.1.clone();
        for (field, value) in changes {
            if queued_wins && *id <= from {
                twin.1.entry(field).or_insert(value);
            } else {
                twin.1.insert(field, value);
            }
        }
        self.touched |= twin.1 != before;
    }

    fn go_to(&mut self, mut state: State) {
        state.queue.retain(|id, _| !self.gone.contains(id));
        self.now = state;
    }

    fn settle(&mut self, run: usize, seq: usize, status: Status) {
        let (id, sent, became) = &mut self.runs[run].items[seq];
        assert_eq!(became.replace(status), None);
        if status != Status::NotSent && self.now.queue.get(id) == Some(sent) {
            self.now.queue.remove(id);
            self.gone.insert(*id);
        }
    }

    fn end(&mut self, run: usize, crashed: bool) {
        self.runs[run].open = false;
        for (from, to, attempts) in self.runs[run].batches.clone() {
            let status = if crashed && attempts > 0 { Status::Unknown } else { Status::NotSent };
            for seq in from..to {
                if self.runs[run].items[seq].2.is_none() {
                    self.settle(run, seq, status);
                }
            }
        }
    }

    /// The open run and its first batch that is not settled.
    fn open_batch(&self) -> Option<(usize, usize)> {
        let run = self.runs.iter().position(|r| r.open)?;
        let items = &self.runs[run].items;
        Some((run, self.runs[run].batches.iter().position(|b| items[b.0].2.is_none())?))
    }
}

struct Both {
    dir: PathBuf,
    store: Option<Store>,
    model: Model,
}

impl Both {
    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    async fn apply(&mut self, op: Op) {
        let from = self.model.last_id;
        match op {
            Op::Import(cells) => {
                let edits: Vec<_> = cells.into_iter().map(|(s, f, v)| one(s, f, v)).collect();
                self.store().import(edits.clone(), "m".into()).await.unwrap();
                self.model.change(|m| edits.iter().for_each(|e| m.lay(plain(e), from, false)));
            }
            Op::Add(s, f, v) => {
                self.store().add(one(s, f, v)).await.unwrap();
                self.model.change(|m| m.lay(plain(&one(s, f, v)), from, false));
            }
            Op::SetCell(mask, cell, change) => self.set_cell(mask, cell, change).await,
            Op::Replace(mask, s, f, v) => {
                let ids = picked(self.model.now.queue.keys().copied(), mask);
                let edits: Vec<_> = ids.iter().map(|id| (EditId(*id), one(s, f, Some(v)))).collect();
                self.store().replace(edits, "m".into()).await.unwrap();
                self.model
                    .change(|m| ids.iter().for_each(|id| _ = m.now.queue.insert(*id, plain(&one(s, f, Some(v))))));
            }
            Op::Nines(mask, field) => {
                let nine = Replace::new(Replace::pattern("1").unwrap(), "9").unwrap();
                self.transform(mask, field, How::Replace(nine), |edit| {
                    if let Some(Some(value)) = edit.1.get_mut(field.name()) {
                        *value = value.replace('1', "9");
                    }
                })
                .await;
            }
            Op::CopyTag(mask) => {
                let copy = How::Copy(Cell::Field(Field::Tag));
                self.transform(mask, Field::Email, copy, |edit| {
                    if let Some(Some(tag)) = edit.1.get("tag").cloned() {
                        edit.1.insert("email", Some(tag));
                    }
                })
                .await;
            }
            Op::Merge => self.merge().await,
            Op::TakeOut(mask) => {
                let taken = picked(self.model.now.queue.keys().copied(), mask);
                let n = self.store().take_out(ids(&taken)).await.unwrap();
                assert_eq!(n, taken.len() as u64);
                self.model.change(|m| m.now.queue.retain(|id, _| !taken.contains(id)));
            }
            Op::PutBack(nth) => self.put_back(nth).await,
            Op::GoTo(step) => self.go_to(step).await,
            Op::Undo => {
                assert_eq!(self.store().undo().await.unwrap().is_some(), self.model.done > 0);
                if self.model.done > 0 {
                    self.model.done -= 1;
                    self.model.go_to(self.model.steps[self.model.done].0.clone());
                }
            }
            Op::Redo => {
                let some = self.model.done < self.model.steps.len();
                assert_eq!(self.store().redo().await.unwrap().is_some(), some);
                if some {
                    self.model.go_to(self.model.steps[self.model.done].1.clone());
                    self.model.done += 1;
                }
            }
            Op::Begin(mask, max) => self.begin(mask, max).await,
            Op::Intend => {
                if let Some((run, batch)) = self.model.open_batch() {
                    let tried = &mut self.model.runs[run].batches[batch].2;
                    *tried += 1;
                    let tried = *tried;
                    self.journal(run).intend(batch as u32, tried, Timestamp(1)).await.unwrap();
                }
            }
            Op::Settle(seed, first) => self.settle(seed, first).await,
            Op::Finish => {
                if let Some(run) = self.model.runs.iter().position(|r| r.open) {
                    self.model.end(run, false);
                    let totals = self.journal(run).finish(RunState::Cancelled, Timestamp(2), 1).await.unwrap();
                    assert!(totals.balances());
                }
            }
            Op::Crash => {
                self.store = None;
                self.store = Some(open(&self.dir));
                if let Some(run) = self.model.runs.iter().position(|r| r.open) {
                    self.model.end(run, true);
                }
            }
            Op::Requeue(back, mask) => self.requeue(back, mask).await,
        }
        self.compare();
    }

    /// Puts back what one of the steps took out that stand; each edit belongs to the last of them that took it out.
    async fn put_back(&mut self, nth: usize) {
        let mut out: BTreeMap<i64, usize> = BTreeMap::new();
        for (at, (before, after)) in self.model.steps[..self.model.done].iter().enumerate() {
            out.extend(before.queue.keys().filter(|id| !after.queue.contains_key(id)).map(|id| (*id, at)));
        }
        out.retain(|id, _| !self.model.now.queue.contains_key(id) && !self.model.gone.contains(id));
        let steps: BTreeSet<usize> = out.values().copied().collect();
        let listed = self.store().reader().unwrap().taken_out().unwrap();
        let all: Vec<_> = self.store().reader().unwrap().steps().unwrap().iter().rev().map(|step| step.id).collect();
        assert_eq!(listed.iter().rev().map(|taken| taken.step).collect::<Vec<_>>(), picked_at(&all, &steps));
        let Some(at) = steps.iter().nth(nth).copied() else { return };
        let back: Vec<i64> = out.into_iter().filter(|(_, by)| *by == at).map(|(id, _)| id).collect();
        let edits = back.iter().map(|id| (*id, self.model.steps[at].0.queue[id].clone())).collect::<Vec<_>>();
        assert_eq!(self.store().put_back(all[at]).await.unwrap(), back.len() as u64);
        self.model.change(|m| m.now.queue.extend(edits));
    }

    async fn go_to(&mut self, step: usize) {
        let mut steps = self.store().reader().unwrap().steps().unwrap();
        steps.reverse();
        assert_eq!(steps.len(), self.model.steps.len());
        let to = step % (steps.len() + 1);
        let id = to.checked_sub(1).map_or(0, |at| steps[at].id);
        let (undone, redone) = self.store().go_to_step(id).await.unwrap();
        assert_eq!(self.model.done as u64 + redone - undone, to as u64);
        while self.model.done > to {
            self.model.done -= 1;
            self.model.go_to(self.model.steps[self.model.done].0.clone());
        }
        while self.model.done < to {
            self.model.go_to(self.model.steps[self.model.done].1.clone());
            self.model.done += 1;
        }
    }

    async fn transform(&mut self, mask: u32, field: Field, how: How, f: impl Fn(&mut Plain)) {
        let some = picked(self.model.now.queue.keys().copied(), mask);
        let before = self.model.now.queue.clone();
        self.model.change(|m| some.iter().for_each(|id| f(m.now.queue.get_mut(id).unwrap())));
        let otherwise = self.model.now.queue.iter().filter(|(id, e)| before[id] != **e).count();
        let transform = Transform::cell(Cell::Field(field), how);
        let report = self.store().transform(ids(&some), transform).await.unwrap();
        assert_eq!(report.changed, otherwise as u64);
    }

    async fn merge(&mut self) {
        let mut merged: Vec<(i64, Plain)> = Vec::new();
        for (id, edit) in &self.model.now.queue {
            match merged.iter_mut().find(|(_, other)| !edit.0.is_empty() && other.0 == edit.0) {
                Some((_, first)) => first.1.extend(edit.1.clone()),
                None => merged.push((*id, edit.clone())),
            }
        }
        let gone = self.model.now.queue.len() - merged.len();
        self.model.change(|m| m.now.queue = merged.into_iter().collect());
        let twins = self.store().reader().unwrap().duplicates().unwrap();
        let foreseen = self.store().reader().unwrap().merge_report().unwrap();
        let report = self.store().merge_duplicates().await.unwrap();
        assert_eq!((report.merged, report.merged + report.contacts), (gone as u64, twins.len() as u64));
        assert_eq!(report, foreseen);
    }

    async fn set_cell(&mut self, mask: u32, cell: Cell, change: CellChange) {
        let some = picked(self.model.now.queue.keys().copied(), mask);
        let before = self.model.now.queue.clone();
        self.model.change(|m| {
            for id in &some {
                let edit = m.now.queue.get_mut(id).unwrap();
                match (cell, &change) {
                    (Cell::Sid, CellChange::Set(v)) => edit.0.clone_from(v),
                    (Cell::Sid, CellChange::Clear) => edit.0.clear(),
                    (Cell::Sid, CellChange::LeaveAlone) => {}
                    (Cell::Field(f), CellChange::Set(v)) => _ = edit.1.insert(f.name(), Some(v.clone())),
                    (Cell::Field(f), CellChange::Clear) => _ = edit.1.insert(f.name(), None),
                    (Cell::Field(f), CellChange::LeaveAlone) => _ = edit.1.remove(f.name()),
                }
            }
        });
        let otherwise = self.model.now.queue.iter().filter(|(id, e)| before[id] != **e).count();
        assert_eq!(self.store().set_cell(ids(&some), cell, change).await.unwrap(), otherwise as u64);
    }

    fn journal(&self, run: usize) -> RunJournal {
        self.store().journal(RunId(self.model.runs[run].id))
    }

    /// One run at a time, as the lock sees to. How edits are placed is `domain::place`'s matter; here the plan must hold
    /// each of them once, as it was.
    async fn begin(&mut self, mask: u32, max: u32) {
        if self.model.runs.iter().any(|r| r.open) {
            return;
        }
        let some = picked(self.model.now.queue.keys().copied(), mask);
        let start = self.store().begin_run(request(ids(&some), max)).await.unwrap();
        let mut unplaced: Vec<_> = some.iter().map(|id| (*id, self.model.now.queue[id].clone())).collect();
        assert_eq!(start.planned, unplaced.len() as u64);
        let mut run = ModelRun { id: start.run.0, items: Vec::new(), batches: Vec::new(), open: true };
        for no in 0..start.batches {
            let batch = self.store().journal(start.run).load_batch(no).await.unwrap();
            run.batches.push((run.items.len(), run.items.len() + batch.items.len(), 0));
            for item in batch.items {
                assert_eq!(item.seq, run.items.len() as u64);
                let sent = plain(&Edit { sid: item.sid, changes: item.changes });
                let at = unplaced.iter().position(|(_, e)| *e == sent).expect("a planned edit");
                let (id, sent) = unplaced.remove(at);
                run.items.push((id, sent, None));
            }
        }
        assert!(unplaced.is_empty());
        self.model.runs.push(run);
    }

    async fn settle(&mut self, seed: u64, intend: bool) {
        let Some((run, batch)) = self.model.open_batch() else { return };
        let (from, to, tried) = self.model.runs[run].batches[batch];
        let journal = self.journal(run);
        let attempt = tried + 1;
        let record = intend.then_some(AttemptRecord {
            batch: batch as u32,
            attempt,
            started: Timestamp(1),
            elapsed_ms: 1,
            http_status: None,
            request_id: None,
            error: None,
            doubtful: true,
        });
        if intend {
            journal.intend(batch as u32, attempt, Timestamp(1)).await.unwrap();
            self.model.runs[run].batches[batch].2 = attempt;
        }
        let words: Vec<_> = (from..to).map(|seq| Status::ALL[(seed >> (2 * (seq - from))) as usize % 4]).collect();
        let outcomes = |words: &[Status]| words.iter().map(|s| outcome(*s)).collect::<Vec<_>>();
        journal.settle(batch as u32, record, outcomes(&words)).await.unwrap();
        journal.settle(batch as u32, None, outcomes(&words)).await.unwrap_err();
        for (seq, status) in (from..to).zip(words) {
            self.model.settle(run, seq, status);
        }
    }

    async fn requeue(&mut self, back: usize, mask: u32) {
        let Some(run) = self.model.runs.len().checked_sub(back + 1) else { return };
        let (id, items) = (self.model.runs[run].id, self.model.runs[run].items.clone());
        let seqs = picked(0..items.len() as u64, mask);
        let from = self.model.last_id;
        self.model.change(|m| {
            for seq in &seqs {
                let (_, sent, status) = &items[*seq as usize];
                let failed = matches!(status, Some(Status::Rejected | Status::Unknown));
                if failed && m.now.requeued.insert((id, *seq)) {
                    m.lay(sent.clone(), from, true);
                }
            }
        });
        self.store().requeue(RunId(id), seqs).await.unwrap();
    }

    fn compare(&self) {
        let rows: BTreeMap<_, _> = queued(self.store()).iter().map(|(id, e)| (*id, plain(e))).collect();
        assert_eq!(rows, self.model.now.queue);
        let reader = self.store().reader().unwrap();
        for run in &self.model.runs {
            let mut totals = Totals::planned(run.items.len() as u64);
            let mut wanted = String::new();
            for (seq, (_, _, status)) in run.items.iter().enumerate() {
                if let Some(status) = status {
                    totals.add(*status, 1);
                }
                let requeued = self.model.now.requeued.contains(&(run.id, seq as u64));
                writeln!(wanted, "{status:?} {requeued}").unwrap();
            }
            let mut got = String::new();
            for row in reader.result_rows(RunId(run.id), 0, 99).unwrap() {
                writeln!(got, "{:?} {}", row.outcome.map(|o| o.status), row.handled.is_some()).unwrap();
            }
            assert_eq!(got, wanted);
            let summary = reader.run(RunId(run.id)).unwrap().unwrap();
            assert_eq!(summary.totals, totals);
            assert_eq!(summary.state == RunState::Running, run.open);
            assert!(run.open || totals.balances());
            let requests: u32 = run.batches.iter().map(|b| b.2).sum();
            let retries: u32 = run.batches.iter().map(|b| b.2.saturating_sub(1)).sum();
            assert_eq!((summary.requests, summary.retries), (u64::from(requests), u64::from(retries)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_as_the_model(ops in prop::collection::vec(any_op(), 10..100)) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut both = Both { dir: dir.path().to_owned(), store: Some(open(dir.path())), model: Model::default() };
            for op in ops {
                both.apply(op).await;
            }
        });
    }
}
