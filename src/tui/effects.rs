//! The one interpreter of effects: each becomes a task, and its answer a message.

mod answers;
mod book;
mod bulk;
mod changes;
mod contacts;
mod export;
mod import;
mod naming;
mod triage;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::answers::answer;
use self::book::Pulling;
pub(super) use self::changes::expand;
use super::desk::{Desk, Reads};
use super::editor::MOST;
use super::listing;
use super::works::Works;
use crate::api::Client;
use crate::app::conflicts::ConflictAsk;
use crate::app::{Answer, BaseAsk, Effect, Msg, Notice};
use crate::domain::{Edit, EditId, RunId, Totals};
use crate::engine::RunSpec;
use crate::store::{Reconcile, RunRequest, RunStart, StoreError, SubmitterLock};
use crate::support::log::{self, Level};
use crate::support::text::counted;

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
    pub(super) works: Works,
    pulling: Pulling,
    pub(super) tell: UnboundedSender<Heard>,
}

impl Interpreter {
    pub(super) fn new(desk: Desk, reads: Reads, tell: UnboundedSender<Heard>) -> Self {
        Self { desk, reads, works: Works::new(tell.clone()), pulling: Pulling::default(), tell }
    }

    /// Begins an effect; those of the terminal and of the run under way are the runtime's own.
    pub(super) fn begin(&self, effect: Effect) {
        match effect {
            Effect::Change(change) => self.change(change),
            Effect::Book(ask) => self.book(ask),
            Effect::Bulk(ask) => self.bulk(ask),
            Effect::Import(ask) => self.import(ask),
            Effect::QueueKeys { token, what, view } => self.queue_keys(token, what, view),
            Effect::ResultKeys { token, what, run, view, newest } => self.result_keys(token, what, run, view, newest),
            Effect::Export(ask) => self.export(ask),
            Effect::Start { edits, resumes } => self.start(move |this| async move { this.begun(edits, resumes).await }),
            Effect::Reconcile(run) => self.start(move |this| async move { this.reading_back(run).await }),
            Effect::Base(BaseAsk::Undo(run)) => self.undo_run(run),
            Effect::Conflicts(ConflictAsk::Decide(edits, keep)) => self.decide(edits, keep),
            Effect::EditOutside(edits) => self.edit_outside(edits),
            Effect::Resume(run) => {
                let this = self.clone();
                tokio::spawn(async move {
                    let failed = |why| Answer::Changed(Notice::error(format!("going on with run {run}"), why));
                    let answer = this.resumed(run).await.unwrap_or_else(failed);
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
            Effect::StopWork(id) => self.works.stop(id),
            Effect::KeepCommand(command) => {
                let dir = self.desk.data_dir.clone();
                spawn_blocking(move || listing::keep_command(&dir, &command));
            }
            Effect::Control(_)
            | Effect::Alarm(..)
            | Effect::Copy(_)
            | Effect::Themes
            | Effect::Theme { .. }
            | Effect::Suspend
            | Effect::Quit => {}
            read => {
                let (reads, desk, tell) = (self.reads.clone(), self.desk.clone(), self.tell.clone());
                let (work, doing) = (self.works.of(&read), reading(&read));
                spawn_blocking(move || {
                    let failed = |why| Answer::Told(Notice::error(doing, why));
                    let answer = answer(&reads, &desk, &work, read).unwrap_or_else(failed);
                    if !work.is_replaced() {
                        // The listener is gone only when the program ends.
                        let _ = tell.send(Heard::Msg(Msg::Answer(answer)));
                    }
                });
            }
        }
    }

    /// Lays what a run's answers showed into the address book, beside everything else.
    pub(super) fn keep_echoes(&self, run: RunId) {
        let desk = self.desk.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.store.keep_echoes(run, &desk.rules.default_country).await {
                log::note(Level::Fault, || format!("the address book does not know of run {run}: {error}"));
            }
        });
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
                Err(why) => Heard::Msg(Msg::Answer(Answer::Told(Notice::error("reading edits for $EDITOR", why)))),
            });
        });
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
                Err(text) => Heard::Msg(Msg::Answer(Answer::Told(Notice::error("starting a run", text)))),
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
    if !matches!(error, StoreError::Stopped(_)) {
        log::note(Level::Fault, || error.to_string());
    }
    error.to_string()
}

/// What a question reads, for the list of errors.
const fn reading(question: &Effect) -> &'static str {
    match question {
        Effect::QueueRows(_) => "reading the queue",
        Effect::ResultKeys { .. } | Effect::ResultRows { .. } | Effect::Attempts { .. } => "reading results",
        Effect::Triage(_) => "looking into failures",
        Effect::Plan { .. } => "planning",
        Effect::CopyRows(..) => "reading what to copy",
        Effect::List(_) => "listing what completes a command",
        _ => "reading about runs",
    }
}
