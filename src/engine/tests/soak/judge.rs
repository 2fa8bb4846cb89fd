//! What is asked of the file after every run, and at the end of a life: that no outcome is belied by the server's book.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::fate::Fate;
use super::server::Server;
use crate::domain::{Change, Changes, Echo, Edit, Field, Outcome, RunId, RunState, Sid, Status, Totals};
use crate::store::{QueuedEdit, Reader, ResultRow};

/// Judges the results of a run that has ended, but for edits that never came to the server and so are not sent; gives
/// them in short.
pub(super) fn results(reader: &Reader, server: &Server, run: RunId) -> Vec<(Sid, Changes, Status)> {
    let summary = reader.run(run).unwrap().unwrap();
    let is_crashed = summary.state == RunState::Crashed;
    let mut sums = Totals::planned(summary.totals.planned);
    let mut told = Vec::new();
    for places in server.sent(run) {
        for row in reader.result_rows(run, places.start, places.end - places.start).unwrap() {
            let outcome = row.outcome.as_ref().unwrap_or_else(|| panic!("no outcome (I1): {row:?}"));
            let fate = server.fate_of(run, row.seq);
            if let Some(lie) = lie(&row, outcome, &fate, is_crashed) {
                panic!("run {run}: {lie}: {row:?}, {fate:?}");
            }
            sums.add(outcome.status, 1);
            told.push((row.sid, row.changes, outcome.status));
        }
    }
    // A crash between an intent and its request leaves edits unknown that never came: few, and looked for one by one.
    if is_crashed {
        for row in reader.result_rows(run, 0, u64::MAX).unwrap() {
            let status = row.outcome.as_ref().unwrap_or_else(|| panic!("no outcome (I1): {row:?}")).status;
            if status == Status::Unknown && server.fate_of(run, row.seq).sent == 0 {
                assert!(row.attempts > 0, "run {run}: unknown, and never to be sent: {row:?}");
                sums.add(status, 1);
                told.push((row.sid, row.changes, status));
            }
        }
    }
    sums.add(Status::NotSent, sums.open());
    assert_eq!(sums, summary.totals, "run {run} counts other edits than came to the server");
    told
}

/// How an outcome differs from the truth.
fn lie(row: &ResultRow, outcome: &Outcome, fate: &Fate, is_crashed: bool) -> Option<&'static str> {
    let said = outcome.said.description.as_deref().unwrap_or_default();
    match outcome.status {
        Status::Updated if !fate.applied => Some("updated, and never taken"),
        Status::Updated if !fate.told => Some("updated, and no answer said so"),
        Status::Updated if !echo_is_true(row, &outcome.echo) => Some("updated, and the echo lies"),
        Status::Rejected if fate.applied => Some("rejected, and taken"),
        Status::Rejected => {
            let alone = fate.refusal.as_deref() == Some(said);
            // The words may stand within ours, and no number may be the beginning of another.
            let with_others = fate.refused_with.iter().any(|words| said.contains(words.as_str()));
            (!alone && !with_others).then_some("rejected with the words of another")
        }
        Status::Unknown if !fate.doubt && !is_crashed => Some("unknown, and there is no doubt"),
        Status::NotSent if fate.applied => Some("not sent, and taken"),
        Status::Updated | Status::Unknown | Status::NotSent => None,
    }
}

/// Whether the echo tells what the server made of the contact: it leaves alone what it keeps, and does the rest.
fn echo_is_true(row: &ResultRow, echo: &Echo) -> bool {
    let differs = |field: Field| matches!(echo, Echo::Differs(list) if list.iter().any(|d| d.field == field));
    row.changes.iter().all(|(field, _)| differs(field) == Server::keeps(&row.sid, field))
}

/// What a life wants of each contact, beside what it got.
#[derive(Default)]
pub(super) struct Wishes {
    /// The last wish for each contact.
    pub(super) wanted: BTreeMap<Sid, Changes>,
    /// Contacts that two edits are about: which of them is the last depends on the order of their ends.
    pub(super) twins: BTreeSet<Sid>,
    /// Contacts that the queue is to have an edit for, but for those of two.
    pub(super) queued: BTreeSet<Sid>,
    /// The last outcome for each contact, and of what.
    pub(super) got: BTreeMap<Sid, (Changes, Status)>,
}

impl Wishes {
    /// After a run: what is updated is in the book, and what is settled has left the queue, unless it was changed meanwhile.
    pub(super) fn after_run(&mut self, server: &Server, told: &[(Sid, Changes, Status)], changed: &BTreeSet<Sid>) {
        for (sid, changes, status) in told {
            self.got.insert(sid.clone(), (changes.clone(), *status));
            if self.twins.contains(sid) {
                continue;
            }
            if *status != Status::NotSent && !changed.contains(sid) {
                self.queued.remove(sid);
            }
            let missing = |(field, change): &(Field, &Change)| {
                !Server::keeps(sid, *field) && !server.book.has(sid, *field, change)
            };
            let missing = changes.iter().find(missing).filter(|_| *status == Status::Updated);
            assert_eq!(missing, None, "{sid} is updated, and the book has {}", server.book.json(sid));
        }
    }

    /// Whether the queue has what is still to be sent, and nothing else. A look at all of it takes its time, so it is
    /// counted at least.
    pub(super) fn look_at_queue(&self, reader: &Reader, closely: bool) {
        if self.twins.is_empty() {
            assert_eq!(reader.queue_count().unwrap(), self.queued.len() as u64);
        }
        let mut left = self.queued.clone();
        let look = |row: QueuedEdit| {
            let Edit { sid, changes } = row.edit;
            if !self.twins.contains(&sid) {
                assert!(left.remove(&sid), "{sid} is done, and queued");
                assert_eq!(Some(&changes), self.wanted.get(&sid), "the queue has another edit of {sid}");
            }
            ControlFlow::Continue(())
        };
        if closely {
            reader.each_queued(look).unwrap();
            assert_eq!(left.first(), None, "it is not done, and not queued");
        }
    }

    /// At the end of a life every wish has its outcome, and no other.
    pub(super) fn at_the_end(&self) {
        for (sid, wanted) in &self.wanted {
            let (changes, status) = self.got.get(sid).unwrap_or_else(|| panic!("the edit of {sid} is lost"));
            assert!(matches!(status, Status::Updated | Status::Rejected), "{sid} is still {status}");
            assert!(
                changes == wanted || self.twins.contains(sid),
                "{sid}: {changes:?} was sent, and {wanted:?} is lost"
            );
        }
    }
}
