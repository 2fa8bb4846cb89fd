//! Undoing a run: the edits that set the values from before it again, laid into the queue as one step.
//!
//! Only updated edits are taken back, only with a known base, and only where the contact is still as the run left it. How
//! it is at present is read where somebody can; else it is assumed, unless a later run of ours sent that contact. What is
//! not taken back is listed, each contact with why.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::Connection;

use super::base::note_left;
use super::clash::Clash;
use super::error::StoreError;
use super::key::{key, run_of};
use super::layer::{Laid, Layer, Lookup};
use super::reader::Reader;
use super::results::ResultRow;
use crate::domain::{Base, Changes, Contact, Echo, Edit, Field, Reversal, RunId, Sid, Status, reverse, shown};
use crate::support::clock::{self, Timestamp};
use crate::support::text::counted;

/// A contact at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now {
    /// It was read.
    Shown(Box<Contact>),
    /// It does not exist any more.
    Gone,
    /// It could not be read; the text says why.
    Unread(String),
}

/// Why an edit of a run is not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// Nobody knows what the contact was before.
    NoBase,
    /// Somebody changed these fields since.
    Changed(Vec<Field>),
    /// This later run of ours sent the contact, and it was not read at present.
    SentLater(RunId),
    /// The run has several edits of the contact.
    Several,
    /// Its outcome is unknown.
    Unknown,
    /// The contact does not exist any more.
    Gone,
    /// The contact could not be read; the text says why.
    Unread(String),
}

impl Skip {
    /// The word in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoBase => "no_base",
            Self::Changed(_) => "changed",
            Self::SentLater(_) => "sent_later",
            Self::Several => "several",
            Self::Unknown => "unknown",
            Self::Gone => "gone",
            Self::Unread(_) => "unread",
        }
    }

    /// The reason for people.
    pub fn in_words(&self) -> String {
        match self {
            Self::NoBase => "not known what it was before".to_owned(),
            Self::Changed(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
                format!("changed since the run: {}", names.join(", "))
            }
            Self::SentLater(run) => format!("sent again later, in run {run}"),
            Self::Several => "the run has several edits of it".to_owned(),
            Self::Unknown => "its outcome is unknown: reconcile the run first".to_owned(),
            Self::Gone => "the contact does not exist any more".to_owned(),
            Self::Unread(why) => format!("could not be read: {why}"),
        }
    }
}

/// What an undo of a run would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoPlan {
    /// The edits that take something back.
    pub back: Vec<Back>,
    /// Contacts that are as they were before the run.
    pub restored: u64,
    /// Contacts that are left alone.
    pub skipped: Vec<(Sid, Skip)>,
}

/// An edit that takes something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    edit: Edit,
    /// The contact that it changes, where it was seen, and when.
    left: Option<(Contact, Timestamp)>,
    /// Whether the contact is taken to be as the run left it.
    is_assumed: bool,
}

impl UndoPlan {
    /// How many contacts would be taken to be as the run left them.
    pub fn assumed(&self) -> u64 {
        self.back.iter().filter(|back| back.is_assumed).count() as u64
    }

    /// Whether nothing is known of any contact from before the run.
    pub fn is_blind(&self) -> bool {
        let is_blind = |skip: &Skip| matches!(skip, Skip::NoBase | Skip::Unknown);
        self.back.is_empty()
            && self.restored == 0
            && self.skipped.iter().all(|(_, skip)| is_blind(skip))
            && self.skipped.iter().any(|(_, skip)| *skip == Skip::NoBase)
    }
}

/// What an undo of a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoReport {
    /// Edits that stand in the queue now.
    pub queued: u64,
    /// Edits of a contact that was queued: the queued edit's fields won, and it gained those it lacked.
    pub merged: u64,
    /// Edits that the queue has already.
    pub already: u64,
}

/// An edit of a run that may be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    seq: u64,
    sid: Sid,
    changes: Changes,
    /// The contact as the run left it, where an answer showed it.
    echo: Option<Contact>,
    base: Base,
}

/// An edit that may be taken back, or the contact that may not and why.
type Judged = Result<Candidate, (Sid, Skip)>;

impl Reader {
    /// The edits of a run that would be taken back if their contacts were as the run left them, in its order.
    pub fn undoable(&self, run: RunId) -> Result<Vec<(u64, Edit)>, StoreError> {
        let mut found = Vec::new();
        self.candidates(run, |candidate| {
            if let Ok(Candidate { seq, sid, changes, echo, base }) = candidate
                && matches!(reverse(&changes, echo.as_ref(), &base.contact, None), Reversal::Edit(_))
            {
                found.push((seq, Edit { sid, changes }));
            }
        })?;
        Ok(found)
    }

    /// What an undo of a run would do. `present` has contacts as they are, by the places of their edits in the run; the others
    /// are taken to be as the run left them.
    pub fn plan_undo(&self, run: RunId, present: &HashMap<u64, Now>) -> Result<UndoPlan, StoreError> {
        let summary = self.run(run)?.ok_or(StoreError::NoSuchRun(run))?;
        let ended = summary.finished.unwrap_or(summary.started);
        let mut plan = UndoPlan::default();
        self.candidates(run, |candidate| {
            let Candidate { seq, sid, changes, echo, base } = match candidate {
                Ok(candidate) => candidate,
                Err(skipped) => return plan.skipped.push(skipped),
            };
            let now = match present.get(&seq) {
                None => None,
                Some(Now::Shown(now)) => Some(&**now),
                Some(Now::Gone) => return plan.skipped.push((sid, Skip::Gone)),
                Some(Now::Unread(why)) => return plan.skipped.push((sid, Skip::Unread(why.clone()))),
            };
            match reverse(&changes, echo.as_ref(), &base.contact, now) {
                Reversal::Nothing => plan.restored += 1,
                Reversal::Changed(fields) => plan.skipped.push((sid, Skip::Changed(fields))),
                Reversal::Edit(changes) => {
                    let left = now.map(|now| (now.clone(), clock::now())).or(echo.map(|echo| (echo, ended)));
                    plan.back.push(Back { edit: Edit { sid, changes }, left, is_assumed: now.is_none() });
                }
            }
        })?;
        self.leave_sent_later(run, &mut plan)?;
        Ok(plan)
    }

    /// Leaves contacts alone that a later run sent and that nobody has read since.
    fn leave_sent_later(&self, run: RunId, plan: &mut UndoPlan) -> Result<(), StoreError> {
        let assumed: HashSet<_> =
            plan.back.iter().filter(|back| back.is_assumed).map(|back| back.edit.sid.as_str()).collect();
        if assumed.is_empty() {
            return Ok(());
        }
        let last = self.last_sent(key(run, 0), &assumed)?;
        for back in std::mem::take(&mut plan.back) {
            let later = last.get(back.edit.sid.as_str()).map(|last| run_of(*last));
            match later.filter(|later| back.is_assumed && *later != run) {
                Some(later) => plan.skipped.push((back.edit.sid, Skip::SentLater(later))),
                None => plan.back.push(back),
            }
        }
        Ok(())
    }

    /// Gives each edit of a run that may be taken back, or the contact that may not and why.
    fn candidates(&self, run: RunId, mut f: impl FnMut(Judged)) -> Result<(), StoreError> {
        let several = self.sent_twice(run)?;
        let mut failed = Ok(());
        self.each_result(run, |row| {
            match self.candidate(run, row, &several) {
                Ok(Some(candidate)) => f(candidate),
                Ok(None) => {}
                Err(error) => failed = Err(error),
            }
            if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        failed
    }

    fn candidate(&self, run: RunId, row: &ResultRow, several: &HashSet<Sid>) -> Result<Option<Judged>, StoreError> {
        let Some(outcome) = &row.outcome else { return Ok(None) };
        let (seq, Edit { sid, changes }) = (row.seq, row.edit());
        let candidate = match outcome.status {
            Status::Rejected | Status::NotSent => return Ok(None),
            Status::Unknown => Err((sid, Skip::Unknown)),
            Status::Updated if several.contains(&sid) => Err((sid, Skip::Several)),
            Status::Updated => match self.bases(run, seq)?.into_before() {
                None => Err((sid, Skip::NoBase)),
                Some(base) => {
                    let is_shown = matches!(outcome.echo, Echo::Matches | Echo::Differs(_));
                    let echo = outcome.item.as_deref().filter(|_| is_shown).and_then(shown);
                    Ok(Candidate { seq, sid, changes, echo, base })
                }
            },
        };
        Ok(Some(candidate))
    }

    /// The contacts of which a run has several edits.
    fn sent_twice(&self, run: RunId) -> Result<HashSet<Sid>, StoreError> {
        let mut statement =
            self.connection().prepare_cached("select exists (select 1 from batch where run = ?1 and round > 0)")?;
        let (mut once, mut twice) = (HashSet::new(), HashSet::new());
        if statement.query_row([run.0], |row| row.get(0))? {
            self.each_result(run, |row| {
                if !once.insert(row.sid.clone()) {
                    twice.insert(row.sid.clone());
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(twice)
    }
}

/// Lays the edits that take a run back into the queue.
pub(super) fn undo_run(connection: &Connection, run: RunId, back: Vec<Back>) -> Result<UndoReport, StoreError> {
    let mut report = UndoReport::default();
    let mut layer = Layer::begin(connection, Lookup::by_hash(connection)?)?;
    for Back { edit, left, .. } in back {
        match layer.lay(&edit, None, Clash::queued_wins)? {
            Laid::Added(id) => {
                report.queued += 1;
                if let Some((left, seen)) = &left {
                    note_left(connection, id, left, *seen)?;
                }
            }
            Laid::Merged(_) => report.merged += 1,
            Laid::Unchanged(_) => report.already += 1,
        }
    }
    match report.queued + report.merged {
        0 => layer.abandon()?,
        n => layer.finish(&format!("undo of run {run}: {}", counted(n, "edit")))?,
    }
    Ok(report)
}
