//! What may change the model, and what the world is asked to do.

use super::answer::Answer;
use super::base::BaseAsk;
use super::book::BookAsk;
use super::bulk::BulkAsk;
use super::calm::Alarm;
use super::conflicts::ConflictAsk;
use super::copying::{CopyOf, Part};
use super::export::ExportAsk;
use super::import::ImportAsk;
use super::leave::Leaving;
use super::mouse::MouseAct;
use super::palette::Listed;
use super::results::ResultView;
use super::resume::Asked;
use super::triage::TriageAsk;
use crate::domain::{Edit, EditId, Mend, RunId, Sid, Totals};
use crate::engine::{EngineEvent, RunControl, RunReport};
use crate::store::{Cell, CellChange, Sort};
use crate::support::key::Key;

/// What may change the model.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// Pasted text; never keys.
    Paste {
        /// The text.
        text: String,
        /// Whether it is the beginning of a longer one.
        cut: bool,
    },
    /// The mouse did something, at a column and row.
    Mouse {
        /// What it did.
        act: MouseAct,
        /// The column.
        x: u16,
        /// The row.
        y: u16,
    },
    /// The terminal has another size, in columns and rows.
    Resize(u16, u16),
    /// The run tells something.
    Engine(Box<EngineEvent>),
    /// The answer to an effect.
    Answer(Answer),
    /// A signal asks the program to end.
    Terminate,
    /// The time is over that a step of the leaving may take.
    Overdue(Leaving),
    /// An alarm goes off.
    Alarm(Alarm),
}

/// What the world must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read which edits of the queue to show, in order.
    QueueKeys {
        /// The question's number; an answer to an older question is dropped.
        token: u64,
        /// What the keys are for.
        what: KeysFor,
        /// What is to be shown.
        view: QueueView,
    },
    /// Ask something about many edits, or do it to them.
    Bulk(BulkAsk),
    /// Go a step on with an import.
    Import(ImportAsk),
    /// Read these edits of the queue.
    QueueRows(Vec<EditId>),
    /// Read which results of a run to show, in order.
    ResultKeys {
        /// The question's number.
        token: u64,
        /// What the keys are for.
        what: KeysFor,
        /// The run.
        run: RunId,
        /// What is to be shown.
        view: ResultView,
        /// The batch whose last row shown is to be told, too.
        newest: Option<u32>,
    },
    /// Read these results of a run.
    ResultRows {
        /// The run.
        run: RunId,
        /// Places within the run.
        seqs: Vec<u64>,
    },
    /// Read every run.
    Runs,
    /// Read the attempts of a batch.
    Attempts {
        /// The run.
        run: RunId,
        /// The batch.
        batch: u32,
    },
    /// Read and judge failures.
    Triage(TriageAsk),
    /// Write files of results.
    Export(ExportAsk),
    /// Change the queue.
    Change(LocalChange),
    /// Open these edits in the user's editor.
    EditOutside(Vec<EditId>),
    /// Work out what a send of these edits would do; `None` is the whole queue.
    Plan {
        /// The edits.
        edits: Option<Vec<EditId>>,
        /// Whether the answer opens the confirm of a send, or the plan alone.
        send: bool,
    },
    /// Read what is left of the last run that ended before its time; at the start, of the newest run only.
    FindRest(Asked),
    /// Bring the unknown edits of this run back, and plan a send of all that is left of it.
    Resume(RunId),
    /// Send these edits.
    Start {
        /// The edits.
        edits: Vec<EditId>,
        /// The run that this one goes on with.
        resumes: Option<RunId>,
    },
    /// Count the contacts of this run that a reconcile would read.
    FindUnknown(RunId),
    /// Read the unknown outcomes of this run back.
    Reconcile(RunId),
    /// Read the books of a run that was read back.
    Reconciled {
        /// How the reads ended.
        report: Box<RunReport>,
        /// The books before them.
        before: Totals,
    },
    /// Look at what contacts were before, or set that again.
    Base(BaseAsk),
    /// List the edits in conflict, or decide about them.
    Conflicts(ConflictAsk),
    /// Ask something of the address book.
    Book(BookAsk),
    /// Steer the run under way.
    Control(RunControl),
    /// Say when that step of the leaving is overdue.
    Remind {
        /// The step.
        leaving: Leaving,
        /// How long it may take, in milliseconds.
        after_ms: u64,
    },
    /// Set an alarm to go off after so many milliseconds; one of the same kind is set anew.
    Alarm(Alarm, u64),
    /// Write the report of a bug that a run met, where only the user can read it.
    ReportBug {
        /// The run.
        run: RunId,
        /// Its books.
        totals: Totals,
        /// What is wrong with them.
        alarm: String,
    },
    /// Put a text on the user's clipboard.
    Copy(String),
    /// Read these rows, of which a part is copied.
    CopyRows(CopyOf, Part),
    /// Read the names that complete an argument.
    List(Listed),
    /// Read the commands of earlier times.
    Commands,
    /// Keep this command for the next time.
    KeepCommand(String),
    /// Name the themes to choose from.
    Themes,
    /// Use another theme.
    Theme {
        /// Its name.
        name: String,
        /// Whether it is chosen, and not only shown.
        keep: bool,
    },
    /// Stop long work.
    StopWork(u64),
    /// Panic in a task, as a bug there would: a test asks for it.
    Panic,
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// End the program.
    Quit,
}

/// Which edits of the queue are shown, and in what order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueView {
    /// The filter, as typed.
    pub filter: Option<String>,
    /// Only edits with a problem, those of one kind together.
    pub problems: bool,
    /// Only edits that are not the only one of their contact.
    pub duplicates: bool,
    /// The order; as they were queued where there is none.
    pub sort: Option<Sort>,
}

impl QueueView {
    /// Whether it leaves edits out.
    pub fn is_narrow(&self) -> bool {
        self.filter.is_some() || self.problems || self.duplicates
    }
}

/// A change of the queue; each is one step of undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalChange {
    /// Change one column of these edits.
    SetCell {
        /// The edits.
        edits: Vec<EditId>,
        /// The column.
        cell: Cell,
        /// The change.
        change: CellChange,
    },
    /// Add an edit of this contact that changes nothing yet.
    Add(Sid),
    /// Replace these edits, as an editor gave them back.
    Replace(Vec<(EditId, Edit)>),
    /// Take these edits out.
    TakeOut(Vec<EditId>),
    /// Undo a step.
    Undo,
    /// Redo a step.
    Redo,
    /// Put these edits of a run back in the queue, mended.
    Requeue {
        /// The run.
        run: RunId,
        /// Places within the run.
        seqs: Vec<u64>,
        /// What is changed on them.
        mend: Mend,
    },
    /// Give these failures of a run up.
    Drop {
        /// The run.
        run: RunId,
        /// Places within the run.
        seqs: Vec<u64>,
    },
}

/// What a list of keys is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysFor {
    /// The rows to show.
    View,
    /// The rows that a search finds.
    Search,
}
