//! Undoing a run: the edits that set the values from before it again, laid into the queue as one step.
//!
//! Only updated edits are taken back, only with a known base, and only where the contact is still as the run left it. How
//! it is at present is read where somebody can; else it is assumed, unless a later run of ours sent that contact. What is
//! not taken back is listed, each contact with why.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::Connection;

use super::base::note_left;
use super::error::StoreError;
use super::key::{key, run_of};
use super::layer::{Laid, Layer, Lookup, Wins};
use super::reader::Reader;
use super::results::ResultRow;
use crate::domain::{Base, Changes, Contact, Echo, Edit, EditId, Field, Reversal, RunId, Sid, Status, reverse, shown};
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

/// What an undo of a run did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoReport {
    /// Edits that stand in the queue now.
    pub queued: u64,
    /// Edits of a contact that was queued: the queued edit's fields won, and it gained those it lacked.
    pub merged: u64,
    /// Edits that the queue has already.
    pub already: u64,
    /// Contacts that are as they were before the run.
    pub restored: u64,
    /// How many of the queued, merged and already queued ones were taken to be as the run left them.
    pub assumed: u64,
    /// Contacts that are left alone, in the order of the run.
    pub skipped: Vec<(Sid, Skip)>,
    /// Where the edits stand, in the order of the run.
    pub edits: Vec<EditId>,
}

impl UndoReport {
    /// How many edits take something back.
    pub const fn taken(&self) -> u64 {
        self.queued + self.merged + self.already
    }

    /// Whether nothing is known of any contact from before the run.
    pub fn lacks_bases(&self) -> bool {
        let is_blind = |skip: &Skip| matches!(skip, Skip::NoBase | Skip::Unknown);
        self.taken() + self.restored == 0
            && self.skipped.iter().all(|(_, skip)| is_blind(skip))
            && self.skipped.iter().any(|(_, skip)| *skip == Skip::NoBase)
    }
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

    fn candidate(&self, run: RunId, row: ResultRow, several: &HashSet<Sid>) -> Result<Option<Judged>, StoreError> {
        let ResultRow { seq, sid, changes, outcome: Some(outcome), .. } = row else { return Ok(None) };
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
                    twice.insert(row.sid);
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(twice)
    }
}

/// Lays the edits that take a run back into the queue. `present` has contacts as they are, by the places of their edits in
/// the run; the others are taken to be as the run left them. `ended` is when the run did.
pub(super) fn undo_run(
    connection: &Connection,
    reader: &Reader,
    run: RunId,
    present: &HashMap<u64, Now>,
    ended: Timestamp,
) -> Result<UndoReport, StoreError> {
    let mut report = UndoReport::default();
    let mut back = Vec::new();
    let mut unseen = HashSet::new();
    reader.candidates(run, |candidate| {
        let Candidate { seq, sid, changes, echo, base } = match candidate {
            Ok(candidate) => candidate,
            Err(skipped) => return report.skipped.push(skipped),
        };
        let now = match present.get(&seq) {
            None => None,
            Some(Now::Shown(now)) => Some(&**now),
            Some(Now::Gone) => return report.skipped.push((sid, Skip::Gone)),
            Some(Now::Unread(why)) => return report.skipped.push((sid, Skip::Unread(why.clone()))),
        };
        match reverse(&changes, echo.as_ref(), &base.contact, now) {
            Reversal::Nothing => report.restored += 1,
            Reversal::Changed(fields) => report.skipped.push((sid, Skip::Changed(fields))),
            Reversal::Edit(changes) => {
                if now.is_none() {
                    unseen.insert(sid.as_str().to_owned());
                }
                let left = now.cloned().or(echo);
                back.push((Edit { sid, changes }, left, now.is_none()));
            }
        }
    })?;
    let later = reader.last_sent(key(run, 0), &unseen.iter().map(String::as_str).collect())?;
    let mut layer = Layer::begin(connection, Lookup::by_hash(connection)?)?;
    for (edit, left, is_assumed) in back {
        let last = later.get(edit.sid.as_str()).map(|last| run_of(*last));
        if let Some(last) = last.filter(|last| is_assumed && *last != run) {
            report.skipped.push((edit.sid, Skip::SentLater(last)));
            continue;
        }
        report.assumed += u64::from(is_assumed);
        let id = match layer.lay(edit, None, Wins::Queued)? {
            Laid::Added(id) => {
                report.queued += 1;
                if let Some(left) = &left {
                    note_left(connection, id, left, if is_assumed { ended } else { clock::now() })?;
                }
                id
            }
            Laid::Merged { id, .. } => {
                report.merged += 1;
                id
            }
            Laid::Unchanged(id) => {
                report.already += 1;
                id
            }
        };
        report.edits.push(id);
    }
    match report.queued + report.merged {
        0 => layer.abandon()?,
        n => layer.finish(&format!("undo of run {run}: {}", counted(n, "edit")))?,
    }
    Ok(report)
}
