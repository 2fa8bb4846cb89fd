//! What the world answers.

use super::base::BaseAnswer;
use super::book::BookAnswer;
use super::bulk::BulkAnswer;
use super::conflicts::ConflictAnswer;
use super::copying::{CopyRows, Part};
use super::dialog::Preview;
use super::effect::KeysFor;
use super::grid::ProblemCounts;
use super::import::ImportAnswer;
use super::palette::Listed;
use super::results::ResultsAnswer;
use super::resume::{Asked, Left};
use super::triage::TriageAnswer;
use super::work::WorkAnswer;
use crate::domain::{AttemptRecord, Base, Conflict, Edit, EditId, Issue, RunId, Totals};
use crate::engine::RunReport;
use crate::store::{Origin, ResultRow, RunSummary};

/// An edit of the queue with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Its name.
    pub id: EditId,
    /// The edit.
    pub edit: Edit,
    /// What is wrong with it.
    pub issues: Vec<Issue>,
    /// Where it failed before.
    pub origin: Option<Origin>,
    /// What others changed that it would overwrite, until somebody decides.
    pub conflict: Option<Box<Conflict>>,
    /// What its contact is, as far as it is known.
    pub base: Option<Box<Base>>,
}

/// What the world answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Keys of the queue.
    QueueKeys(u64, KeysFor, Result<Vec<EditId>, String>),
    /// The first keys of the queue, to fill a screen; all of them come later.
    FirstKeys(u64, Vec<EditId>),
    /// How many problems of each kind the keys that come next have.
    Problems(u64, ProblemCounts),
    /// What was asked about many edits.
    Bulk(BulkAnswer),
    /// How far the import of that question is.
    Import(u64, ImportAnswer),
    /// Edits of the queue, after those that were asked for: some may have left it.
    QueueRows(Vec<EditId>, Vec<QueueRow>),
    /// What comes before the keys of a run's results.
    Results(u64, ResultsAnswer),
    /// Keys of a run's results.
    ResultKeys(u64, KeysFor, Result<Vec<u64>, String>),
    /// Results of a run.
    ResultRows(RunId, Vec<ResultRow>),
    /// Every run, newest first.
    Runs(Vec<RunSummary>),
    /// The attempts of a batch.
    Attempts(RunId, u32, Vec<AttemptRecord>),
    /// The queue was changed, or not; the text says what happened.
    Changed(Notice),
    /// Fields of queued edits were changed, and nothing else of the queue.
    ValuesChanged(Notice),
    /// An edit was added, or the queued edit of that contact was found: the cursor goes to it.
    Added(EditId),
    /// What a send would do.
    Planned {
        /// The plan.
        plan: Preview,
        /// Whether the send is to be confirmed now.
        send: bool,
    },
    /// What is left of the run that was asked for, `None` where there is no such run.
    Rest(Asked, Option<Left>),
    /// The alarm of a run, and the file of its report, or why there is none.
    BugReported(String, Result<String, String>),
    /// A run begins.
    Started {
        /// Its number.
        run: RunId,
        /// Edits in it.
        planned: u64,
        /// Batches in it.
        batches: u32,
    },
    /// How many contacts of a run there are to read back.
    Unknown {
        /// The run.
        run: RunId,
        /// Contacts to read.
        reads: u64,
        /// Account and profile of the run, where it was another server or account than this session's.
        elsewhere: Option<String>,
    },
    /// The reading back of a run begins.
    Reading {
        /// The run.
        run: RunId,
        /// Contacts to read.
        reads: u32,
        /// The books of the run until then.
        before: Totals,
    },
    /// The reading back of a run is over.
    Reconciled {
        /// How the reads ended.
        report: Box<RunReport>,
        /// The books before them.
        before: Totals,
        /// The books now.
        after: Totals,
    },
    /// What contacts were before.
    Base(BaseAnswer),
    /// About edits in conflict.
    Conflicts(ConflictAnswer),
    /// What was asked of the address book.
    Book(BookAnswer),
    /// Rows of which a part is copied.
    CopyRows(CopyRows, Part),
    /// The names of a list.
    Listing(Listed, Vec<String>),
    /// The commands of earlier times, the newest last.
    Commands(Vec<String>),
    /// The themes to choose from.
    Themes {
        /// Their names.
        names: Vec<String>,
        /// The one in use.
        before: String,
        /// What the terminal makes of them, where it cannot show all their colours.
        note: Option<&'static str>,
    },
    /// About failures.
    Triage(TriageAnswer),
    /// How far long work is.
    Work(WorkAnswer),
    /// Something to tell.
    Told(Notice),
}

/// A sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it tells of a failure.
    pub failed: bool,
    /// The sentence; more lines than one open a dialog.
    pub text: String,
    /// What was being done, where it tells of an error: those are kept.
    pub during: Option<String>,
}

impl Notice {
    /// Something went as asked.
    pub fn done(text: impl Into<String>) -> Self {
        Self { failed: false, text: text.into(), during: None }
    }

    /// Something failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { failed: true, text: text.into(), during: None }
    }

    /// Something that was under way failed: `during` says what, as in `writing a.csv`. That the user stopped it is no error.
    pub fn error(during: impl Into<String>, text: impl Into<String>) -> Self {
        let told = Self::failed(text);
        let is_error = !told.text.starts_with("stopped;");
        Self { during: is_error.then(|| during.into()), ..told }
    }
}
