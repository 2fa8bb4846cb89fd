//! What is asked of the file after every run, and at the end of a life: that no outcome is belied by the server's book.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::fate::Fate;
use super::server::Server;
use crate::domain::{Change, Changes, Echo, Field, Outcome, RunId, RunState, Sid, Status, Totals};
use crate::store::{Reader, ResultRow};

/// Judges every result of a run that has ended; gives them in short.
pub(super) fn results(reader: &Reader, server: &mut Server, run: RunId) -> Vec<(Sid, Changes, Status)> {
    let summary = reader.run(run).unwrap().unwrap();
    let mut sums = Totals::planned(summary.totals.planned);
    let mut told = Vec::new();
    let mut next = 0;
    reader
        .each_result(run, |row| {
            assert_eq!(row.seq, next, "run {run} has a hole");
            next += 1;
            let outcome = row.outcome.as_ref().unwrap_or_else(|| panic!("no outcome (I1): {row:?}"));
            let fate = server.fate(run, row.seq).clone();
            let is_doubtful = fate.doubt || summary.state == RunState::Crashed;
            if let Some(lie) = lie(&row, outcome, &Fate { doubt: is_doubtful, ..fate.clone() }) {
                panic!("run {run}: {lie}: {row:?}, {fate:?}");
            }
            sums.add(outcome.status, 1);
            told.push((row.sid, row.changes, outcome.status));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(
        (sums, next),
        (summary.totals, summary.totals.planned),
        "the sums of run {run} are not those of its rows"
    );
    assert!(sums.balances(), "{sums:?}");
    told
}

/// How an outcome differs from the truth.
fn lie(row: &ResultRow, outcome: &Outcome, fate: &Fate) -> Option<&'static str> {
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
        Status::Unknown if fate.sent == 0 && row.attempts == 0 => Some("unknown, and never sent"),
        Status::Unknown if fate.sent > 0 && !fate.doubt => Some("unknown, and there is no doubt"),
        Status::NotSent if fate.applied => Some("not sent, and taken"),
        Status::Updated | Status::Unknown | Status::NotSent => None,
    }
}

/// Whether the echo tells what the server made of the contact.
fn echo_is_true(row: &ResultRow, echo: &Echo) -> bool {
    let differs = |field: Field| matches!(echo, Echo::Differs(list) if list.iter().any(|d| d.field == field));
    row.changes.iter().all(|(field, change)| {
        let kept = Server::keeps(&row.sid, field);
        if kept { true } else { !differs(field) && (change.value().is_some() || *change == Change::Clear) }
    })
}

/// What a life wants of each contact, beside what it got.
#[derive(Default)]
pub(super) struct Wishes {
    /// The last wish for each contact.
    pub(super) wanted: BTreeMap<Sid, Changes>,
    /// Contacts that two edits are about: which of them is the last depends on the order of their ends.
    pub(super) twins: BTreeSet<Sid>,
    /// The last outcome for each contact, and of what.
    pub(super) got: BTreeMap<Sid, (Changes, Status)>,
}

impl Wishes {
    /// After a run: what was settled has left the queue, unless it was changed meanwhile, and the rest is there.
    pub(super) fn after_run(
        &mut self,
        reader: &Reader,
        server: &Server,
        told: &[(Sid, Changes, Status)],
        changed: &BTreeSet<Sid>,
    ) {
        let mut queued = BTreeMap::new();
        reader
            .each_queued(|row| {
                queued.insert(row.edit.sid, row.edit.changes);
                ControlFlow::Continue(())
            })
            .unwrap();
        for (sid, changes, status) in told {
            self.got.insert(sid.clone(), (changes.clone(), *status));
            if self.twins.contains(sid) {
                continue;
            }
            let stays = *status == Status::NotSent || changed.contains(sid);
            assert_eq!(
                queued.contains_key(sid),
                stays,
                "{sid} is {status} in the run, changed: {}",
                changed.contains(sid)
            );
            let missing = |(field, change): &(Field, &Change)| {
                !Server::keeps(sid, *field) && !server.book.has(sid, *field, change)
            };
            let missing = changes.iter().find(missing).filter(|_| *status == Status::Updated);
            assert_eq!(missing, None, "{sid} is updated, and the book has {}", server.book.json(sid));
        }
        for (sid, changes) in queued.iter().filter(|(sid, _)| !self.twins.contains(*sid)) {
            assert_eq!(Some(changes), self.wanted.get(sid), "the queue has another edit of {sid}");
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
