//! The handle on an opened store.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use super::aside::look;
use super::book::BookName;
use super::bulk::{self, BulkReport, MergeReport};
use super::clash::Choices;
use super::error::StoreError;
use super::feed::{self, Feed, Purpose};
use super::journal::RunJournal;
use super::lock::{SubmitterLock, private};
use super::mapping::{self, Mapping};
use super::patience::Patience;
use super::plan::{self, RunRequest, RunStart};
use super::put_back;
use super::queue::{self, CellChange, ImportReport};
use super::reader::Reader;
use super::reconcile::Reconcile;
use super::recover::{self, Recovery};
use super::requeue::{self, RequeueReport};
use super::schema;
use super::undo;
use super::undo_run::{self, Back, UndoReport};
use super::writer::Writer;
use crate::domain::{Cell, Edit, EditId, Mend, RunId, Transform};
use crate::support::work::Work;

/// The queue and the journal of one data directory. Clones share one writer; it ends when the last of them and of their
/// journals is dropped, after what was asked of it.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    /// What its changes and reads are part of.
    work: Option<Work>,
}

/// What a store and its journals share.
#[derive(Debug)]
pub(super) struct Shared {
    dir: PathBuf,
    patience: Patience,
    pub(super) writer: Writer,
}

impl Shared {
    pub(super) fn reader(&self) -> Result<Reader, StoreError> {
        let path = database(&self.dir);
        Ok(Reader::new(schema::open_reader(&path, self.patience).map_err(|e| e.at(&path))?))
    }
}

/// The name of the database.
pub(super) const NAME: &str = "rolodeck.db";

pub(super) fn database(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

pub(super) fn lock_file(dir: &Path) -> PathBuf {
    dir.join("submit.lock")
}

impl Store {
    /// Opens the store of a data directory, which is made where it is missing, and settles the runs of processes
    /// that died. It waits for another process that writes, for a while and in silence.
    pub fn open(dir: &Path) -> Result<(Self, Recovery), StoreError> {
        Self::open_with(dir, Patience::default())
    }

    /// Opens the store, and waits for other processes as it is told, then and later.
    pub fn open_with(dir: &Path, patience: Patience) -> Result<(Self, Recovery), StoreError> {
        let path = database(dir);
        make_private(dir)?;
        let mut connection = schema::open_writer(&path, patience).map_err(|e| e.at(&path))?;
        let recovery = recover_alone(&mut connection, dir).map_err(|e| e.at(&path))?;
        let writer = Writer::start(connection, path).map_err(|e| StoreError::file("start the writer of", dir, e))?;
        Ok((Self { shared: Arc::new(Shared { dir: dir.to_owned(), patience, writer }), work: None }, recovery))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The same store, whose changes of the queue and readers can be stopped with this work: they then fail with
    /// [`StoreError::Stopped`], and nothing of a change is done.
    #[must_use]
    pub fn watched(&self, work: &Work) -> Self {
        Self { work: Some(work.clone()), ..self.clone() }
    }

    /// Opens a connection for reading. It sees what is committed, whoever did it.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        let reader = self.shared.reader()?;
        match &self.work {
            Some(work) => reader.watched(work.clone()),
            None => Ok(reader),
        }
    }

    pub(super) fn work(&self) -> Work {
        self.work.clone().unwrap_or_else(Work::unwatched)
    }

    async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.writer.write_watched(change, self.work.clone()).await
    }

    /// Takes the right to submit, or says who has it ([`StoreError::Held`]).
    pub fn lock_submitter(&self) -> Result<SubmitterLock, StoreError> {
        SubmitterLock::take(&lock_file(&self.shared.dir))
    }

    /// Takes the right to pull, or says who has it: two pulls would each take the other's pages for their own.
    pub fn lock_puller(&self) -> Result<SubmitterLock, StoreError> {
        SubmitterLock::take_for(&self.shared.dir.join("pull.lock"), "pulls into")
    }

    /// Lays edits into the queue in their order, one of a queued SID over the queued edit: later wins per field. They are
    /// taken as they come, so a million of them need not be in memory at once. `label` says where they are from.
    pub async fn import<I>(&self, edits: I, label: String) -> Result<ImportReport, StoreError>
    where
        I: IntoIterator<Item = Edit> + Send + 'static,
    {
        self.write(move |c| queue::import(c, edits.into_iter(), &label)).await
    }

    /// Lays the edits of a file into the queue as [`import`](Self::import) does, while it is being read: the feed takes
    /// them, on a thread of its own, and the future gives the report. All of them count, or none. What changes nothing by
    /// the book of that name is left out, and a field with two values gets the one that is chosen for it.
    pub fn feed(
        &self,
        label: String,
        purpose: Purpose,
        book: Option<BookName>,
        choices: Choices,
    ) -> (Feed, impl Future<Output = Result<ImportReport, StoreError>> + Send + use<>) {
        let (feed, pieces) = Feed::new();
        let store = self.clone();
        let report = async move {
            store.write(move |c| feed::import(c, &pieces, &label, purpose, book.as_ref(), choices)).await
        };
        (feed, report)
    }

    /// Keeps a mapping for the next file with these columns.
    pub async fn remember_mapping(&self, headers: String, map: Mapping) -> Result<(), StoreError> {
        self.write(move |c| mapping::remember(c, &headers, &map)).await
    }

    /// Lays one edit into the queue as an import does; gives the queued edit that holds it now.
    pub async fn add(&self, edit: Edit) -> Result<EditId, StoreError> {
        self.write(move |c| queue::add(c, &edit)).await
    }

    /// Changes one cell of many edits; gives how many are otherwise now.
    pub async fn set_cell(&self, ids: Vec<EditId>, cell: Cell, change: CellChange) -> Result<u64, StoreError> {
        let work = self.work();
        self.write(move |c| queue::set_cell(c, ids, cell, change, &work)).await
    }

    /// Changes many edits at once; each is a step of the work that watches the store, if any does.
    pub async fn transform(&self, ids: Vec<EditId>, transform: Transform) -> Result<BulkReport, StoreError> {
        let work = self.work();
        self.write(move |c| bulk::transform(c, ids, &transform, &work)).await
    }

    /// Merges the edits of each SID that stands in the queue more than once; the later wins per field.
    pub async fn merge_duplicates(&self) -> Result<MergeReport, StoreError> {
        let work = self.work();
        self.write(move |c| bulk::merge_duplicates(c, &work)).await
    }

    /// Replaces queued edits by others, each in its place; gives how many are otherwise now. `what` names the step, as
    /// `upper case of tag`. Ids that are not queued are passed over.
    pub async fn replace<I>(&self, edits: I, what: String) -> Result<u64, StoreError>
    where
        I: IntoIterator<Item = (EditId, Edit)> + Send + 'static,
    {
        self.write(move |c| queue::replace(c, edits.into_iter(), &what)).await
    }

    /// Takes edits out of the queue; gives how many stood in it.
    pub async fn take_out(&self, ids: Vec<EditId>) -> Result<u64, StoreError> {
        self.write(move |c| queue::take_out(c, ids)).await
    }

    /// Puts the edits back that a step took out, whatever was done since; gives how many there were.
    pub async fn put_back(&self, step: i64) -> Result<u64, StoreError> {
        self.write(move |c| put_back::put_back(c, step)).await
    }

    /// Undoes the newest change of the queue; gives its name, `None` when there is none.
    pub async fn undo(&self) -> Result<Option<String>, StoreError> {
        let work = self.work();
        self.write(move |c| undo::undo(c, &work)).await
    }

    /// Does again what was undone last; gives its name, `None` when there is nothing.
    pub async fn redo(&self) -> Result<Option<String>, StoreError> {
        let work = self.work();
        self.write(move |c| undo::redo(c, &work)).await
    }

    /// Undoes or redoes until this step is the newest that is not undone, with 0 all of them; gives how many steps were
    /// undone and redone.
    pub async fn go_to_step(&self, step: i64) -> Result<(u64, u64), StoreError> {
        let work = self.work();
        self.write(move |c| undo::go_to(c, step, &work)).await
    }

    /// Plans a run of these edits, copied as they are now. The caller holds the submitter lock.
    pub async fn begin_run(&self, mut request: RunRequest) -> Result<RunStart, StoreError> {
        // Each once: a batch leaves the queue by its first and last edit where it has all between them.
        request.edits.sort_unstable();
        request.edits.dedup();
        self.write(move |c| plan::begin(c, &request)).await
    }

    /// The journal of a run.
    pub fn journal(&self, run: RunId) -> RunJournal {
        RunJournal::new(Arc::clone(&self.shared), run)
    }

    /// The unknown edits of a run, to be settled by reading them back. The caller holds the submitter lock, so that
    /// nothing is sent meanwhile.
    pub fn reconcile(&self, run: RunId) -> Result<Reconcile, StoreError> {
        Reconcile::new(Arc::clone(&self.shared), run)
    }

    /// Lays the edits that take a run back into the queue, as one step.
    pub async fn undo_run(&self, run: RunId, back: Vec<Back>) -> Result<UndoReport, StoreError> {
        self.write(move |c| undo_run::undo_run(c, run, back)).await
    }

    /// Puts failed edits of a run back in the queue, as they are.
    pub async fn requeue(&self, run: RunId, seqs: Vec<u64>) -> Result<RequeueReport, StoreError> {
        self.requeue_mended(run, seqs, Mend::AsTheyAre).await
    }

    /// Puts failed edits of a run back in the queue, mended.
    pub async fn requeue_mended(&self, run: RunId, seqs: Vec<u64>, mend: Mend) -> Result<RequeueReport, StoreError> {
        self.write(move |c| requeue::requeue(c, run, seqs, &mend)).await
    }

    /// Gives failures of a run up, so that nothing is left to do about them; gives how many.
    pub async fn drop_failures(&self, run: RunId, seqs: Vec<u64>) -> Result<u64, StoreError> {
        self.write(move |c| requeue::drop_failures(c, run, seqs)).await
    }
}

/// Makes the directory and an empty database in it, for the user alone, where they are missing.
fn make_private(dir: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir).map_err(|e| StoreError::file("create", dir, e))?;
    let file = database(dir);
    look(&file)?;
    match private(&mut OpenOptions::new()).write(true).create_new(true).open(&file) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(StoreError::file("create", &file, e)),
        _ => Ok(()),
    }
}

/// Settles what a dead process left, unless a live one submits: then its run is under way.
fn recover_alone(connection: &mut Connection, dir: &Path) -> Result<Recovery, StoreError> {
    if recover::open_runs(connection)?.is_empty() {
        return Ok(Recovery::default());
    }
    match SubmitterLock::take(&lock_file(dir)) {
        Ok(_lock) => recover::recover(connection),
        Err(StoreError::Held(_)) => Ok(Recovery::default()),
        Err(e) => Err(e),
    }
}
