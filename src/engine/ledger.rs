//! The books of a run: where each batch stands, and what is settled. Plain data, without tasks or a clock.
//!
//! Only batches under way have an entry, and only the few that are about to be sent hold their edits, so a
//! run of a million edits takes no more memory than one of a thousand.

mod past;
mod wire;

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::snapshot::Looked;
use super::split::{Cut, Descent, End, Families, Refused, Split, cut};
use crate::domain::{AttemptResult, Batch, Outcome, Part, Status, Totals, json_len};

pub(super) use past::Past;

/// Where a batch that is under way stands.
#[derive(Debug)]
enum Stage {
    /// Its edits are being read from the store.
    Loading,
    /// It may be sent as soon as pace, limit and rounds allow.
    Ready(Batch),
    /// The intent of an attempt is being recorded.
    Intending,
    /// It is on disk: the attempt goes as soon as there is room.
    Intended,
    /// An attempt is on the wire and not answered.
    Sending,
    /// Its answer is here, and being judged.
    Judging,
    /// An answer, or that there will be none, is being recorded.
    Recording,
    /// It is due again at that time.
    Waiting(Instant),
    /// What became of it could not be recorded: it stays open, for the recovery to find.
    Lost,
}

#[derive(Debug)]
struct Entry {
    stage: Stage,
    round: u32,
    descent: Descent,
    /// Whether it is of the plan, and was never sent.
    is_new: bool,
    past: Past,
    /// The outcomes that are being recorded, counted.
    tally: Totals,
}

/// The books.
#[derive(Debug)]
pub(super) struct Ledger {
    batches: u32,
    limit: usize,
    /// Edits that are sent before all others, while these are still to come.
    canary: u64,
    /// Edits of the plan that were read so far.
    loaded: u64,
    /// The first batch that was never loaded. Those before it are in `active`, or done.
    next: u32,
    /// The number of the next part: they follow those of the plan.
    next_part: u32,
    families: Families,
    /// The highest round that is open: every batch of the rounds before it is settled.
    round: u32,
    active: BTreeMap<u32, Entry>,
    totals: Totals,
    /// The newest books of the journal.
    journal: Totals,
}

impl Ledger {
    /// `limit` is how many batches may be in flight; as many may be ready beforehand. The first `canary` edits go
    /// alone until [`Self::pass_canary`].
    pub(super) fn new(planned: u64, batches: u32, limit: usize, canary: u64) -> Self {
        Self {
            batches,
            limit: limit.max(1),
            canary,
            loaded: 0,
            next: 0,
            next_part: batches,
            families: Families::default(),
            round: 0,
            active: BTreeMap::new(),
            totals: Totals::planned(planned),
            journal: Totals::planned(planned),
        }
    }

    pub(super) const fn totals(&self) -> Totals {
        self.totals
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Changes how many batches may be in flight.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// Lets the edits behind the canary go.
    pub(super) fn pass_canary(&mut self) {
        self.canary = 0;
    }

    /// Whether the canary, where there is one, is settled and nothing else was begun.
    pub(super) fn canary_is_in(&self) -> bool {
        self.canary > 0 && self.loaded >= self.canary && self.active.is_empty()
    }

    /// How many batches stand at one of these stages.
    fn count(&self, stage: impl Fn(&Entry) -> bool) -> usize {
        self.active.values().filter(|e| stage(e)).count()
    }

    /// A batch whose edits should be read now; it counts as loading from here on.
    ///
    /// Batches due again come before new ones. New ones pause while many wait for another attempt:
    /// when most attempts fail, spending the first attempt of every batch helps nobody.
    pub(super) fn load_next(&mut self, now: Instant) -> Option<u32> {
        let preparing = |e: &Entry| matches!(e.stage, Stage::Loading | Stage::Ready(_));
        if self.count(|e| preparing(e) && !e.is_new) < self.limit
            && let Some(no) = self.first_due(now)
            && let Some(entry) = self.active.get_mut(&no)
        {
            entry.stage = Stage::Loading;
            return Some(no);
        }
        let room =
            self.count(|e| preparing(e) && e.is_new) < self.limit && self.count(|e| e.due().is_some()) < 4 * self.limit;
        if self.next == self.batches || !room || self.waits_for_canary() {
            return None;
        }
        let entry = Entry { is_new: true, ..Entry::new(Stage::Loading, self.round, Descent::root(self.next)) };
        self.active.insert(self.next, entry);
        self.next += 1;
        Some(self.next - 1)
    }

    fn first_due(&self, now: Instant) -> Option<u32> {
        let due = |(no, e): (&u32, &Entry)| {
            e.due().filter(|due| *due <= now && self.families.may_go(e.descent)).map(|due| (due, *no))
        };
        self.active.iter().filter_map(due).min().map(|(_, no)| no)
    }

    /// While a canary is out, batches are read one by one, so that none behind it is begun.
    fn waits_for_canary(&self) -> bool {
        let loading = self.count(|e| e.is_new && matches!(e.stage, Stage::Loading)) > 0;
        self.canary > 0 && (loading || self.loaded >= self.canary)
    }

    /// The edits of a batch are there. Ignored when the batch was given up meanwhile.
    pub(super) fn loaded(&mut self, no: u32, mut batch: Batch, looked: Looked) {
        if let Some(entry) = self.active.get_mut(&no)
            && matches!(entry.stage, Stage::Loading)
        {
            entry.round = batch.round;
            entry.past.edits = batch.items.len();
            if entry.is_new {
                self.loaded += batch.items.len() as u64;
            }
            if !looked.held.is_empty() {
                let mut place = 0..;
                let is_held = |place| looked.held.binary_search_by_key(&place, |(held, _)| *held).is_ok();
                batch.items.retain(|_| place.next().is_some_and(|place| !is_held(place)));
            }
            (entry.past.held, entry.past.gone) = (looked.held, looked.gone);
            entry.past.bytes = batch.items.iter().map(|item| json_len(item.sid.as_str(), item.changes.values())).sum();
            entry.stage = Stage::Ready(batch);
        }
    }

    /// What is to be recorded of a ready batch all of whose edits are held back; it counts as being recorded from here on.
    pub(super) fn held_whole(&mut self, no: u32) -> Option<Past> {
        let entry = self.active.get_mut(&no).filter(|e| matches!(e.stage, Stage::Ready(_)) && e.past.sent() == 0)?;
        entry.stage = Stage::Recording;
        entry.is_new = false;
        self.families.ended(entry.descent, entry.past.edits, &End::GivenUp);
        Some(entry.past.clone())
    }

    /// The batch to send next, in the order of the plan; parts, and those due again, go before new ones. A batch waits for
    /// every batch of an earlier round, and for the journal when it lags by more than a volley. New ones wait while
    /// it is open if a refusal would meet them too.
    pub(super) fn sendable(&mut self) -> Option<u32> {
        // Rounds rise with the numbers of batches, and a part has the round of its whole: so the lowest round under
        // way is open. One that is loaded for the first time counts with the open round, which opens nothing.
        self.round = self.round.max(self.active.values().map(|e| e.round).min()?);
        if self.journal_lags() {
            return None;
        }
        let puzzled = self.families.are_puzzled();
        let may_go = |e: &Entry| matches!(e.stage, Stage::Ready(_)) && e.round <= self.round && !(e.is_new && puzzled);
        self.active.iter().filter(|(_, e)| may_go(e)).map(|(no, e)| (e.is_new, *no)).min().map(|(_, no)| no)
    }

    /// Whether so many answers wait to be judged and recorded that no more should come.
    fn journal_lags(&self) -> bool {
        self.count(|e| matches!(e.stage, Stage::Judging | Stage::Recording)) > self.limit
    }

    /// Cuts a ready batch to the size that the server is known to take; `None` where it may go as it is. It counts as
    /// being recorded from here on.
    pub(super) fn cut_to_size(&mut self, no: u32) -> Option<Split> {
        let entry = self.active.get_mut(&no)?;
        let (parts, reason) = self.families.oversize(entry.past.edits, entry.past.bytes)?;
        entry.stage = Stage::Recording;
        entry.is_new = false;
        self.families.ended(entry.descent, entry.past.edits, &End::GivenUp);
        let parts = cut(entry.past.edits, parts, self.next_part);
        self.next_part += parts.len() as u32;
        let doubt = entry.past.doubt.clone().or_else(|| entry.past.inherited.clone());
        Some(Split { parts, cut: Cut::ToSize, reason, doubt })
    }

    /// Halves a batch that was refused as a whole for this cause; gives its parts, or `None` when all parts of what it
    /// comes from were refused alike, so that halving is hopeless.
    pub(super) fn halve(&mut self, no: u32, refusal: &Refused) -> Option<Vec<Part>> {
        let entry = self.active.get(&no)?;
        self.families.refused(entry.descent, refusal);
        if self.families.hopeless(entry.descent.root).is_some() {
            return None;
        }
        let parts = cut(entry.past.edits, 2, self.next_part);
        self.next_part += parts.len() as u32;
        Some(parts)
    }

    /// The parts are recorded: they take the place of their whole.
    pub(super) fn split(&mut self, no: u32, split: &Split, now: Instant) {
        let Some(whole) = self.active.remove(&no) else { return };
        let mut first = 0;
        for part in &split.parts {
            let held = whole.past.held_within(first..first + part.edits);
            first += part.edits;
            let (descent, halved_for) = match split.cut {
                Cut::Halves(stage) => (whole.descent.half_of(no), stage),
                Cut::ToSize => (Descent::root(part.no), None),
            };
            let (inherited, last) = (split.doubt.clone(), whole.past.last.clone());
            let past = Past { edits: part.edits, held, halved_for, inherited, last, ..Past::default() };
            let entry = Entry { past, ..Entry::new(Stage::Waiting(now), whole.round, descent) };
            self.active.insert(part.no, entry);
        }
    }

    /// A batch ended without going on in halves.
    pub(super) fn ended(&mut self, no: u32, end: &End) {
        if let Some(entry) = self.active.get(&no) {
            self.families.ended(entry.descent, entry.past.edits, end);
        }
    }

    /// A request of this batch was too large (413).
    pub(super) fn too_large(&mut self, no: u32) {
        if let Some(entry) = self.active.get(&no) {
            self.families.too_large(entry.past.bytes);
        }
    }

    /// The parts that are given up when everything that batch `no` comes from was refused alike, with that refusal; they
    /// count as being recorded from here on.
    pub(super) fn hopeless(&mut self, no: u32) -> Option<(Refused, Vec<(u32, Past)>)> {
        let root = self.active.get(&no)?.descent.root;
        let refusal = self.families.hopeless(root)?.clone();
        Some((refusal, self.bring_in(|e| e.descent.root == root && e.is_idle())))
    }

    /// An attempt is answered, and the batch is being recorded from here on. `None` for an answer that
    /// nobody waits for: this is what makes a batch settle once (I1).
    pub(super) fn answered(&mut self, no: u32, attempt: u32, result: &AttemptResult) -> Option<&Past> {
        let entry = self.under_way(no, attempt)?;
        entry.stage = Stage::Recording;
        entry.past.learn(result);
        Some(&entry.past)
    }

    fn under_way(&mut self, no: u32, attempt: u32) -> Option<&mut Entry> {
        let is_open = |e: &Entry| matches!(e.stage, Stage::Sending | Stage::Judging) && e.past.attempts == attempt;
        self.active.get_mut(&no).filter(|e| is_open(e))
    }

    fn recording(&mut self, no: u32) -> Option<&mut Entry> {
        self.active.get_mut(&no).filter(|e| matches!(e.stage, Stage::Recording))
    }

    /// The failure is recorded; the batch is due again at that time.
    pub(super) fn again(&mut self, no: u32, due: Instant) {
        if let Some(entry) = self.recording(no) {
            entry.stage = Stage::Waiting(due);
        }
    }

    /// These outcomes of a batch are being recorded.
    pub(super) fn settling(&mut self, no: u32, outcomes: &[Outcome]) {
        if let Some(entry) = self.recording(no) {
            entry.tally = tally(outcomes);
        }
    }

    /// Its outcomes are recorded.
    pub(super) fn settled(&mut self, no: u32) {
        let Some(tally) = self.recording(no).map(|entry| entry.tally) else { return };
        self.active.remove(&no);
        for status in Status::ALL {
            self.totals.add(status, tally.of(status));
        }
    }

    /// Takes the journal's books; gives ours and theirs where they differ. Words of the journal may come out of order, so
    /// the newest one, in which the most is settled, counts; it may be ahead of us by what is being recorded.
    pub(super) fn compare(&mut self, theirs: Totals) -> Option<(Totals, Totals)> {
        if theirs.settled() >= self.journal.settled() {
            self.journal = theirs;
        }
        let (ours, theirs) = (self.totals, self.journal);
        let agree = theirs.planned == ours.planned
            && Status::ALL.into_iter().all(|status| {
                let ahead: u64 = self.active.values().map(|e| e.tally.of(status)).sum();
                let told = ours.of(status);
                (told..=told + ahead).contains(&theirs.of(status))
            });
        (!agree).then_some((ours, theirs))
    }

    /// What became of the batch could not be recorded.
    pub(super) fn lose(&mut self, no: u32) {
        if let Some(entry) = self.recording(no) {
            entry.stage = Stage::Lost;
        }
    }

    /// Ends the hopes of all batches that are not being sent now: those that were tried are given to
    /// be recorded, those that never were are forgotten.
    pub(super) fn give_up(&mut self) -> Vec<(u32, Past)> {
        self.active.retain(|_, e| !e.is_idle() || !e.past.is_untried());
        self.bring_in(Entry::is_idle)
    }

    /// Has these recorded.
    fn bring_in(&mut self, which: impl Fn(&Entry) -> bool) -> Vec<(u32, Past)> {
        let chosen = self.active.iter_mut().filter(|(_, e)| which(e));
        chosen
            .map(|(no, e)| {
                e.stage = Stage::Recording;
                (*no, e.past.clone())
            })
            .collect()
    }

    /// Whether nothing is being sent or recorded.
    pub(super) fn is_idle(&self) -> bool {
        self.count(|e| e.is_prepared() || matches!(e.stage, Stage::Sending | Stage::Judging | Stage::Recording)) == 0
    }

    /// Whether every batch is settled.
    pub(super) fn is_done(&self) -> bool {
        self.next == self.batches && self.active.is_empty()
    }

    /// How many batches have an end that could not be recorded.
    pub(super) fn lost(&self) -> usize {
        self.count(|e| matches!(e.stage, Stage::Lost))
    }

    /// The next time at which a waiting batch comes due.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        self.active.values().filter_map(Entry::due).filter(|due| *due > now).min()
    }

    /// How many batches wait for their next attempt, when nothing else is under way.
    pub(super) fn only_waiting(&self) -> Option<u32> {
        let waiting = self.count(|e| e.due().is_some());
        let is_quiet = self.is_idle() && self.count(|e| matches!(e.stage, Stage::Loading)) == 0;
        (waiting > 0 && is_quiet).then_some(waiting as u32)
    }

    /// Closes the books: what has no outcome is not sent.
    pub(super) fn close(&mut self) -> Totals {
        self.totals.add(Status::NotSent, self.totals.open());
        self.totals
    }
}

impl Entry {
    fn new(stage: Stage, round: u32, descent: Descent) -> Self {
        Self { stage, round, descent, is_new: false, past: Past::default(), tally: Totals::default() }
    }

    /// Whether nothing of it is under way that must be awaited.
    const fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Loading | Stage::Ready(_) | Stage::Waiting(_))
    }

    /// Whether its intent is on disk, or on its way there, and it is not on the wire.
    const fn is_prepared(&self) -> bool {
        matches!(self.stage, Stage::Intending | Stage::Intended)
    }

    fn due(&self) -> Option<Instant> {
        if let Stage::Waiting(due) = self.stage { Some(due) } else { None }
    }
}

/// How many outcomes stand where.
pub(super) fn tally(outcomes: &[Outcome]) -> Totals {
    let mut tally = Totals::planned(outcomes.len() as u64);
    for outcome in outcomes {
        tally.add(outcome.status, 1);
    }
    tally
}

#[cfg(test)]
mod tests;
