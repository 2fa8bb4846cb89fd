//! What the workstation works with: the store, the account, the settings; and the reads they serve.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use super::clipboard::Mux;
use super::dialect::Dialect;
use super::effects::text;
use crate::api::{Client, request_json};
use crate::app::{Preview, QueueRow, RowOf, Session, detail};
use crate::config::theme::{Depth, Theme};
use crate::config::{Glyphs, Ui};
use crate::domain::{
    Batch, BatchCount, BatchItem, BatchPolicy, Change, Conflicts, Edit, EditId, Field, Rules, RunId, SidMark, can_send,
    json_len, validate,
};
use crate::engine::RunPolicy;
use crate::intake::Finder;
use crate::store::{Bases, BookName, QueuedEdit, Reader, ResultRow, Store, StoreError};
use crate::support::work::Work;

/// Makes a client when it is needed: credentials may come from a command, and certificates take time to read.
pub type Connect =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Client, String>> + Send>> + Send + Sync + 'static>;

/// Makes what finds the contacts of rows without a SID, as they are read.
pub type Finds = Arc<dyn Fn() -> Result<Box<Finder<'static>>, String> + Send + Sync + 'static>;

/// Everything that the workstation needs of the world.
#[derive(Clone)]
pub struct Desk {
    /// Queue and history.
    pub store: Store,
    /// On whose behalf.
    pub session: Session,
    /// Makes the client.
    pub connect: Connect,
    /// Finds the contacts of rows without a SID.
    pub finds: Finds,
    /// Why nothing may be sent with this profile, if so (`read_only`).
    pub forbidden: Option<String>,
    /// How large batches are.
    pub batches: BatchPolicy,
    /// How a run behaves.
    pub run: RunPolicy,
    /// What edits are held against.
    pub rules: Rules,
    /// The server, for the history.
    pub base_url: String,
    /// Who sits here, for the history.
    pub user: String,
    /// How everything is painted.
    pub theme: Theme,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Where the queue is, and the commands of earlier times.
    pub data_dir: PathBuf,
    /// What the terminal can draw.
    pub glyphs: Glyphs,
    /// Where user themes are.
    pub theme_dir: PathBuf,
    /// The user's home directory, for `~` in a path.
    pub home: Option<PathBuf>,
    /// Where reports of panics go.
    pub log_dir: PathBuf,
    /// The user's editor and its arguments.
    pub editor: Vec<String>,
    /// What the terminal understands.
    pub dialect: Dialect,
    /// What stands between the program and the terminal.
    pub mux: Mux,
    /// What the user wants beside the screen.
    pub wants: Ui,
    /// Whether it runs over SSH: then the background paints more rarely.
    pub ssh: bool,
}

impl Desk {
    /// The address book of the account.
    pub(super) fn book(&self) -> BookName {
        BookName { account: self.session.account.clone(), base_url: self.base_url.clone() }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("session", &self.session).finish_non_exhaustive()
    }
}

/// How many contacts a plan shows beside their bases, and how many of the first request.
const SHOWN_DIFFS: usize = 10;
const SHOWN_CONTACTS: usize = 3;

/// Reads of queue and history. One connection serves the windows of the screen; scans of everything take their
/// own, so that a scan never holds up a window.
#[derive(Debug, Clone)]
pub(super) struct Reads {
    store: Store,
    pub(super) rules: Rules,
    book: BookName,
    windows: Arc<Mutex<Reader>>,
}

impl Reads {
    pub(super) fn open(desk: &Desk) -> Result<Self, StoreError> {
        Self::of(desk.store.clone(), desk.rules.clone(), desk.book())
    }

    /// Reads of a store, in which edits are held against these rules and beside this address book.
    pub(super) fn of(store: Store, rules: Rules, book: BookName) -> Result<Self, StoreError> {
        let windows = Arc::new(Mutex::new(store.reader()?));
        Ok(Self { store, rules, book, windows })
    }

    /// Reads with the connection of the windows.
    pub(super) fn window<T>(&self, read: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, String> {
        let reader = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        read(&reader).map_err(text)
    }

    /// Edits of the queue, each with what is wrong with it.
    pub(super) fn queue_rows(&self, ids: &[EditId]) -> Result<Vec<QueueRow>, String> {
        self.window(|reader| reader.queue_rows(ids)?.into_iter().map(|row| self.judged(reader, row)).collect())
    }

    fn judged(&self, reader: &Reader, row: QueuedEdit) -> Result<QueueRow, StoreError> {
        let issues = validate(&row.edit, &self.rules);
        let conflict = reader.conflict(row.id)?.map(Box::new);
        let base = reader.queued_base(row.id, &self.book)?.map(Box::new);
        Ok(QueueRow { id: row.id, edit: row.edit, issues, origin: row.origin, conflict, base })
    }

    /// A connection of its own, for a scan that can be stopped.
    pub(super) fn own(&self, work: &Work) -> Result<Reader, String> {
        self.watched(work).reader().map_err(text)
    }

    /// The store, for reads that can be stopped and take several connections.
    pub(super) fn watched(&self, work: &Work) -> Store {
        self.store.watched(work)
    }

    /// What edits are held against.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Gives every edit of the queue, each a step of the work.
    fn scan(&self, work: &Work, mut each: impl FnMut(EditId, &Edit)) -> Result<(), String> {
        work.expect(self.window(Reader::queue_count)?);
        self.own(work)?
            .each_edit(.., |id, edit| {
                each(id, edit);
                step(work)
            })
            .map_err(text)?;
        work.check().map_err(|stopped| stopped.to_string())
    }

    /// Results of a run; neighbours are read together.
    pub(super) fn result_rows(&self, run: RunId, seqs: &[u64]) -> Result<Vec<ResultRow>, String> {
        self.window(|reader| {
            let mut rows = Vec::new();
            reader.each_result_at(run, seqs, |row| {
                rows.push(row.clone());
                ControlFlow::Continue(())
            })?;
            Ok(rows)
        })
    }

    /// What the contact of a row was before.
    pub(super) fn bases(&self, row: RowOf) -> Result<Bases, String> {
        self.window(|reader| match row {
            RowOf::Queue(id) => Ok(match reader.conflict(id)? {
                Some(conflict) => Bases { known: Some(conflict.base), read: Some(conflict.now) },
                None => Bases { known: reader.queued_base(id, &self.book)?, read: None },
            }),
            RowOf::Run(run, seq) => reader.bases(run, seq),
        })
    }

    /// What a send of these edits, else of the whole queue, would do.
    pub(super) fn plan(&self, work: &Work, desk: &Desk, edits: Option<Vec<EditId>>) -> Result<Preview, String> {
        let chosen: Option<HashSet<EditId>> = edits.map(|ids| ids.into_iter().collect());
        let mut plan = Preview { marked: chosen.is_some(), ..Preview::default() };
        let mut counts = [(0u64, 0u64); Field::ALL.len()];
        let mut count = BatchCount::new(desk.batches);
        let mut first = Vec::new();
        let (mut bad, mut no_ops, mut undecided) = (0, 0, 0);
        let looked_up = self.own(work)?;
        let mut nothing = looked_up.book(&self.book).map_err(text)?.map(|book| looked_up.no_ops(book));
        let conflicts: Conflicts = looked_up.conflicts().map_err(text)?.into_iter().collect();
        let mut failed = Ok(());
        self.scan(work, |id, edit| {
            if chosen.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                return;
            }
            if !can_send(&validate(edit, &self.rules)) {
                bad += 1;
                return;
            }
            if conflicts.hold(edit) {
                undecided += 1;
                return;
            }
            match nothing.as_mut().map_or(Ok(false), |nothing| nothing.holds(edit)) {
                Ok(true) => return no_ops += 1,
                Ok(false) => {}
                Err(error) => failed = Err(text(error)),
            }
            count_fields(edit, &mut counts);
            count.add(SidMark::of(edit.sid.as_str()), json_len(edit.sid.as_str(), edit.changes.values()));
            if first.len() < SHOWN_DIFFS {
                first.push((id, edit.clone()));
            }
            plan.edits.push(id);
        })?;
        failed?;
        plan.batches = count.batches();
        plan.fields = Field::ALL
            .into_iter()
            .zip(counts)
            .map(|(f, (set, clear))| (f, set, clear))
            .filter(|c| c.1 + c.2 > 0)
            .collect();
        let reasons = [
            (bad, "with errors, which stay in the queue"),
            (no_ops, "that change nothing, by the address book"),
            (undecided, "in conflict with what others changed; `:conflicts` decides"),
        ];
        plan.left_out.extend(reasons.into_iter().filter(|(n, _)| *n > 0).map(|(n, why)| (why.to_owned(), n)));
        for (id, edit) in first {
            let base = looked_up.queued_base(id, &self.book).map_err(text)?;
            plan.first.push((edit, base));
        }
        let edits = plan.first.iter().take(SHOWN_CONTACTS).map(|(edit, _)| edit.clone()).collect();
        plan.first_request = first_request(desk, edits, plan.edits.len());
        Ok(plan)
    }
}

/// Goes on with a scan, one row further, until the work is to be stopped.
pub(super) fn step(work: &Work) -> ControlFlow<()> {
    if work.step(1).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn count_fields(edit: &Edit, counts: &mut [(u64, u64); Field::ALL.len()]) {
    for (field, count) in Field::ALL.into_iter().zip(counts.iter_mut()) {
        match edit.changes.get(field) {
            Some(Change::Set(_)) => count.0 += 1,
            Some(Change::Clear) => count.1 += 1,
            None => {}
        }
    }
}

/// The first request as it would go out, shortened after some contacts. The token is never in it.
fn first_request(desk: &Desk, edits: Vec<Edit>, all: usize) -> String {
    let items: Vec<BatchItem> =
        (0..).zip(edits).map(|(seq, edit)| BatchItem { seq, sid: edit.sid, changes: edit.changes }).collect();
    let more = all.min(desk.batches.max_edits as usize).saturating_sub(items.len());
    let clear_as = if desk.session.clears_as_null { crate::api::ClearAs::Null } else { crate::api::ClearAs::EmptyText };
    let body = request_json(&Batch { no: 0, round: 0, items }, clear_as, &desk.session.custom_key);
    let mut text = format!(
        "PUT {}/v2/accounts/{}/contacts\nAuthorization: Basic ********\n\n{}",
        desk.base_url,
        desk.session.account,
        detail::pretty(&body)
    );
    if more > 0 {
        text = text + "\n… and more: " + &crate::support::text::counted(more as u64, "contact");
    }
    text
}
