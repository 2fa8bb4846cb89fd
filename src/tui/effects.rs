//! The one interpreter of effects: each becomes a task, and its answer a message.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::desk::{Desk, Reads};
use super::editor::MOST;
use super::{listing, reconcile, resume};
use crate::api::Client;
use crate::app::{Answer, Effect, LocalChange, Msg, Notice};
use crate::config::actions::Place;
use crate::domain::{Edit, EditId, RunId, Totals};
use crate::engine::RunSpec;
use crate::intake::{ImportOptions, read_edits};
use crate::logbook::bug_report;
use crate::store::{CellChange, Reconcile, RunRequest, RunStart, StoreError, SubmitterLock};
use crate::support::log::{self, Level};
use crate::support::text::{count, counted};

/// The largest file that an import reads.
const LARGEST_FILE: u64 = 1 << 30;

/// What the tasks send back.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message for the model.
    Msg(Msg),
    /// A run was planned, and may be started.
    Begun(Box<Begun>),
    /// Edits were read for the user's editor.
    Edit(Vec<(EditId, Edit)>),
}

/// A run that is on disk, with everything that sends it.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) start: RunStart,
    pub(super) client: Arc<Client>,
    /// Held while the run goes: one submitter at a time.
    pub(super) lock: SubmitterLock,
    /// What is read back, where it only reads, and the books of the run before.
    pub(super) reads: Option<(Reconcile, Totals)>,
}

impl Begun {
    pub(super) fn spec(&self) -> RunSpec {
        RunSpec { run: self.start.run, planned: self.start.planned, batches: self.start.batches }
    }
}

/// Runs effects.
#[derive(Debug, Clone)]
pub(super) struct Interpreter {
    pub(super) desk: Desk,
    pub(super) reads: Reads,
    tell: UnboundedSender<Heard>,
}

impl Interpreter {
    pub(super) fn new(desk: Desk, reads: Reads, tell: UnboundedSender<Heard>) -> Self {
        Self { desk, reads, tell }
    }

    /// Begins an effect; those of the terminal and of the run under way are the runtime's own.
    pub(super) fn begin(&self, effect: Effect) {
        match effect {
            Effect::Change(change) => self.change(change),
            Effect::Start { edits, resumes } => self.start(move |this| async move { this.begun(edits, resumes).await }),
            Effect::Reconcile(run) => self.start(move |this| async move { this.reading_back(run).await }),
            Effect::EditOutside(edits) => self.edit_outside(edits),
            Effect::Resume(run) => {
                let this = self.clone();
                tokio::spawn(async move {
                    let answer = this.resumed(run).await.unwrap_or_else(|why| Answer::Changed(Notice::failed(why)));
                    let _ = this.tell.send(Heard::Msg(Msg::Answer(answer)));
                });
            }
            Effect::Remind { leaving, after_ms } => {
                let tell = self.tell.clone();
                tokio::spawn(async move {
                    sleep(Duration::from_millis(after_ms)).await;
                    let _ = tell.send(Heard::Msg(Msg::Overdue(leaving)));
                });
            }
            Effect::KeepCommands(commands) => {
                let dir = self.desk.data_dir.clone();
                spawn_blocking(move || listing::keep_commands(&dir, &commands));
            }
            Effect::Control(_)
            | Effect::Copy(_)
            | Effect::Themes
            | Effect::Theme { .. }
            | Effect::Suspend
            | Effect::Quit => {}
            read => {
                let (reads, desk, tell) = (self.reads.clone(), self.desk.clone(), self.tell.clone());
                spawn_blocking(move || {
                    let answer = answer(&reads, &desk, read).unwrap_or_else(|e| Answer::Told(Notice::failed(e)));
                    // The listener is gone only when the program ends.
                    let _ = tell.send(Heard::Msg(Msg::Answer(answer)));
                });
            }
        }
    }

    /// Reads edits for the editor.
    fn edit_outside(&self, edits: Vec<EditId>) {
        let this = self.clone();
        spawn_blocking(move || {
            let heard = match edits.len() {
                n if n > MOST => Err(format!("{} are too many for an editor; export them", counted(n as u64, "edit"))),
                _ => this.reads.queue_rows(&edits),
            };
            let _ = this.tell.send(match heard {
                Ok(rows) => Heard::Edit(rows.into_iter().map(|row| (row.id, row.edit)).collect()),
                Err(why) => Heard::Msg(Msg::Answer(Answer::Told(Notice::failed(why)))),
            });
        });
    }

    fn change(&self, change: LocalChange) {
        let this = self.clone();
        tokio::spawn(async move {
            let answer = match change {
                LocalChange::Add(sid) => {
                    this.desk.store.add(Edit { sid, ..Edit::default() }).await.map(Answer::Added).map_err(text)
                }
                change => this.changed(change).await.map(|said| Answer::Changed(Notice::done(said))),
            };
            let answer = answer.unwrap_or_else(|why| Answer::Changed(Notice::failed(why)));
            let _ = this.tell.send(Heard::Msg(Msg::Answer(answer)));
        });
    }

    /// Changes the queue; gives what to tell.
    async fn changed(&self, change: LocalChange) -> Result<String, String> {
        let store = &self.desk.store;
        let said = match change {
            LocalChange::SetCell { edits, cell, change } => {
                let what = match &change {
                    CellChange::Set(_) => "set",
                    CellChange::Clear => "cleared",
                    CellChange::LeaveAlone => "left alone",
                };
                let n = store.set_cell(edits, cell, change).await.map_err(text)?;
                if n == 0 { String::from("nothing changed") } else { format!("{what} on {}", counted(n, "edit")) }
            }
            LocalChange::Replace(edits) => {
                let n = store.replace(edits, String::from("an editor")).await.map_err(text)?;
                format!("changed {}; `u` undoes", counted(n, "edit"))
            }
            LocalChange::TakeOut(edits) => {
                let n = store.take_out(edits).await.map_err(text)?;
                format!("took {} out of the queue{}", counted(n, "edit"), self.keyed("; `<undo>` brings them back"))
            }
            LocalChange::Undo => store
                .undo()
                .await
                .map_err(text)?
                .map_or_else(|| String::from("nothing to undo"), |s| format!("undid: {s}")),
            LocalChange::Redo => store
                .redo()
                .await
                .map_err(text)?
                .map_or_else(|| String::from("nothing to redo"), |s| format!("redid: {s}")),
            LocalChange::Import(path) => self.import(&path).await?,
            LocalChange::Add(sid) => return Err(format!("{sid}: an addition has an answer of its own")),
            LocalChange::Requeue { run, seqs } => {
                let seqs = if seqs.is_empty() { self.reads.failures(run)? } else { seqs };
                let report = store.requeue(run, seqs).await.map_err(text)?;
                let mut said = format!("{} back in the queue", counted(report.requeued, "edit"));
                if report.merged > 0 {
                    said += &format!(", {} joined an edit queued since", count(report.merged));
                }
                if report.already > 0 {
                    said += &format!(", {} there already", count(report.already));
                }
                said + &self.keyed("; `<view-queue>` shows it, `<undo>` undoes")
            }
        };
        Ok(said)
    }

    /// A sentence with the keys that the user has for its actions.
    fn keyed(&self, sentence: &'static str) -> String {
        self.desk.session.keymap.fill(Place::Queue, sentence)
    }

    /// Imports a file: everything in it, or nothing and the reasons.
    async fn import(&self, path: &Path) -> Result<String, String> {
        let path = expand(path, self.desk.home.as_deref());
        let options = ImportOptions {
            source_name: path.display().to_string(),
            clear_token: self.desk.session.clear_token.clone(),
            ..ImportOptions::default()
        };
        let read = spawn_blocking(move || {
            let size = std::fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?.len();
            if size > LARGEST_FILE {
                return Err(format!("{}: larger than 1 GiB; split it", path.display()));
            }
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            read_edits(&bytes, &options)
                .map_err(|refused| format!("Nothing was imported\n{refused}"))
                .map(|intake| (intake, options.source_name))
        });
        let (intake, name) = read.await.map_err(|e| e.to_string())??;
        let warnings = intake.warnings;
        let report = self.desk.store.import(intake.edits, name).await.map_err(text)?;
        let mut said = format!("imported: {} added", count(report.added));
        for (n, what) in [
            (report.merged, "merged"),
            (report.unchanged, "unchanged"),
            (report.conflicts, "with another value before"),
        ] {
            if n > 0 {
                said += &format!(", {} {what}", count(n));
            }
        }
        if let Some(warning) = warnings.first() {
            said += &format!("; {}: {warning}", counted(warnings.len() as u64, "warning"));
        }
        Ok(said)
    }

    /// Gets a run ready, which the runtime then starts.
    fn start<F>(&self, begun: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<Begun, String>> + Send + 'static,
    {
        let (begun, tell) = (begun(self.clone()), self.tell.clone());
        tokio::spawn(async move {
            let heard = match begun.await {
                Ok(begun) => Heard::Begun(Box::new(begun)),
                Err(text) => Heard::Msg(Msg::Answer(Answer::Told(Notice::failed(text)))),
            };
            let _ = tell.send(heard);
        });
    }

    async fn begun(&self, edits: Vec<EditId>, resumes: Option<RunId>) -> Result<Begun, String> {
        if let Some(why) = &self.desk.forbidden {
            return Err(why.clone());
        }
        let client = (self.desk.connect)().await?;
        let lock = self.desk.store.lock_submitter().map_err(text)?;
        let request = RunRequest {
            edits,
            policy: self.desk.batches,
            profile: self.desk.session.profile.clone(),
            account: self.desk.session.account.clone(),
            base_url: self.desk.base_url.clone(),
            user: self.desk.user.clone(),
            resumes,
        };
        let start = self.desk.store.begin_run(request).await.map_err(text)?;
        Ok(Begun { start, client: Arc::new(client), lock, reads: None })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it by value")]
pub(super) fn text(error: StoreError) -> String {
    log::note(Level::Fault, || error.to_string());
    error.to_string()
}

/// `~/` is the home directory, as in a shell.
pub(super) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Answers a question by reading.
fn answer(reads: &Reads, desk: &Desk, effect: Effect) -> Result<Answer, String> {
    Ok(match effect {
        Effect::QueueKeys { token, what, filter, problems } => {
            Answer::QueueKeys(token, what, reads.queue_keys(filter.as_deref(), problems))
        }
        Effect::QueueRows(ids) => {
            let rows = reads.queue_rows(&ids)?;
            Answer::QueueRows(ids, rows)
        }
        Effect::ResultKeys { token, what, run, filter, problems } => {
            Answer::ResultKeys(token, what, reads.result_keys(run, filter.as_deref(), problems))
        }
        Effect::ResultRows { run, seqs } => Answer::ResultRows(run, reads.result_rows(run, &seqs)?),
        Effect::Runs => Answer::Runs(reads.window(crate::store::Reader::runs)?),
        Effect::Attempts { run, batch } => {
            Answer::Attempts(run, batch, reads.window(|reader| reader.attempts(run, batch))?)
        }
        Effect::FindRest(asked) => resume::find(reads, desk, asked)?,
        Effect::FindUnknown(run) => reconcile::find(desk, run)?,
        Effect::Reconciled { report, before } => {
            let run = reads.window(|reader| reader.run(report.run))?;
            Answer::Reconciled { report, before, after: run.map_or(before, |run| run.totals) }
        }
        Effect::ReportBug { run, totals, alarm } => {
            let written = bug_report(&desk.log_dir, run, totals, &alarm).map(|path| path.display().to_string());
            Answer::BugReported(alarm, written.map_err(|e| e.to_string()))
        }
        Effect::List(of) => {
            let names = listing::names(desk, &of);
            Answer::Listing(of, names)
        }
        Effect::Commands => Answer::Commands(listing::commands(&desk.data_dir)),
        Effect::Plan { edits, send } => Answer::Planned { plan: reads.plan(desk, edits)?, send },
        Effect::Change(_)
        | Effect::KeepCommands(_)
        | Effect::Start { .. }
        | Effect::EditOutside(_)
        | Effect::Resume(_)
        | Effect::Reconcile(_)
        | Effect::Remind { .. }
        | Effect::Control(_)
        | Effect::Copy(_)
        | Effect::Themes
        | Effect::Theme { .. }
        | Effect::Suspend
        | Effect::Quit => Answer::Told(Notice::failed("this is no question; please report it")),
    })
}
