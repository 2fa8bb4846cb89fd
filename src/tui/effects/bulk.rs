//! What is asked about many edits, and done to them, beside the screen.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::spawn_blocking;

use super::{Heard, Interpreter, text};
use crate::app::bulk::{BulkAnswer, BulkAsk, Work};
use crate::app::{Answer, KeysFor, Msg, Notice, QueueView};
use crate::config::actions::Place;
use crate::domain::{Edit, EditId, Rules, Tally, Transform};
use crate::store::{BulkReport, StoreError};
use crate::support::text::{count, counted};

/// Edits after which a preview is first shown; it is shown again whenever it has twice as many.
const FIRST_LOOK: u64 = 1000;

/// What tells work beside the screen that it is not wanted any more.
#[derive(Debug, Default)]
pub(in crate::tui) struct Signs {
    /// The newest preview asked for.
    preview: AtomicU64,
    /// The newest list of rows asked for.
    view: AtomicU64,
    /// The newest search.
    search: AtomicU64,
    /// Whether the change under way is to stop.
    stop: AtomicBool,
}

impl Interpreter {
    /// Reads which edits are shown, first those of a screen.
    pub(super) fn queue_keys(&self, token: u64, what: KeysFor, view: QueueView) {
        let this = self.clone();
        self.newest(what).store(token, Ordering::Relaxed);
        spawn_blocking(move || {
            let goes_on = || this.newest(what).load(Ordering::Relaxed) == token;
            let mut first = |keys| {
                if what == KeysFor::View {
                    this.answer(Answer::FirstKeys(token, keys));
                }
            };
            let keys = this.reads.queue_keys(&view, &goes_on, &mut first);
            this.answer(Answer::QueueKeys(token, what, keys));
        });
    }

    fn newest(&self, what: KeysFor) -> &AtomicU64 {
        match what {
            KeysFor::View => &self.signs.view,
            KeysFor::Search => &self.signs.search,
        }
    }

    fn answer(&self, answer: Answer) {
        // The listener is gone only when the program ends.
        let _ = self.tell.send(Heard::Msg(Msg::Answer(answer)));
    }

    pub(super) fn bulk(&self, ask: BulkAsk) {
        match ask {
            BulkAsk::Stop => self.signs.stop.store(true, Ordering::Relaxed),
            BulkAsk::Preview { token, edits, transform } => {
                self.signs.preview.store(token, Ordering::Relaxed);
                self.look(move |this| this.preview(token, &edits, &transform));
            }
            BulkAsk::Apply { edits, transform } => {
                self.work(move |this| async move { this.apply(&edits, transform).await });
            }
            BulkAsk::Merge => self.work(|this| async move { this.merge().await }),
            BulkAsk::Add(sids) => self.work(|this| async move {
                let edits = sids.into_iter().map(|sid| Edit { sid, ..Edit::default() });
                let report = this.desk.store.import(edits, String::from("typed SIDs")).await?;
                let there = report.merged + report.unchanged;
                let there = if there > 0 { format!(", {} there already", count(there)) } else { String::new() };
                Ok(format!("{} added{there}", counted(report.added, "edit")))
            }),
            BulkAsk::GoTo(step) => self.work(move |this| async move {
                let (undone, redone) = this.desk.store.go_to_step(step).await?;
                Ok(match (undone, redone) {
                    (0, 0) => String::from("the queue is there already"),
                    (n, 0) => format!("undid {}", counted(n, "change")),
                    (_, n) => format!("redid {}", counted(n, "change")),
                })
            }),
            BulkAsk::Same { token, cell, value } => self.look(move |this| {
                let edits = this.reads.own()?.ids_with(cell, value.as_ref()).map_err(text)?;
                Ok(Some(BulkAnswer::Same { token, cell, edits }))
            }),
            BulkAsk::Duplicates => {
                self.look(|this| Ok(Some(BulkAnswer::Duplicates(this.reads.own()?.duplicates().map_err(text)?))));
            }
            BulkAsk::CountMerge => {
                self.look(|this| Ok(Some(BulkAnswer::Merge(this.reads.own()?.merge_report().map_err(text)?))));
            }
            BulkAsk::Steps => self.look(|this| Ok(Some(BulkAnswer::Steps(this.reads.own()?.steps().map_err(text)?)))),
        }
    }

    /// Reads something; tells what it finds, if anybody still wants it.
    fn look(&self, look: impl FnOnce(&Self) -> Result<Option<BulkAnswer>, String> + Send + 'static) {
        let this = self.clone();
        spawn_blocking(move || match look(&this) {
            Ok(Some(found)) => this.answer(Answer::Bulk(found)),
            Ok(None) => {}
            Err(why) => this.answer(Answer::Told(Notice::failed(why))),
        });
    }

    /// Changes the queue; tells what was done.
    fn work<F>(&self, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<String, StoreError>> + Send + 'static,
    {
        self.signs.stop.store(false, Ordering::Relaxed);
        let (this, work) = (self.clone(), work(self.clone()));
        tokio::spawn(async move {
            let notice = match work.await {
                Ok(said) => Notice::done(said),
                Err(StoreError::Stopped) => Notice::done(StoreError::Stopped.to_string()),
                Err(error) => Notice::failed(text(error)),
            };
            this.answer(Answer::Bulk(BulkAnswer::Over(notice)));
        });
    }

    /// Counts what a change would do, as long as it is the newest that was asked for.
    fn preview(
        &self,
        token: u64,
        edits: &Arc<Vec<EditId>>,
        transform: &Transform,
    ) -> Result<Option<BulkAnswer>, String> {
        let rules: &Rules = &self.desk.rules;
        let is_newest = || self.signs.preview.load(Ordering::Relaxed) == token;
        let mut tally = Tally::default();
        let mut next_look = FIRST_LOOK;
        let read = self.reads.own()?.each_of(edits.to_vec(), |_, edit| {
            tally.take(transform, &edit, rules);
            if tally.seen() == next_look {
                next_look *= 2;
                self.answer(Answer::Bulk(BulkAnswer::Tally { token, tally: tally.clone(), complete: false }));
            }
            if tally.seen() % FIRST_LOOK != 0 || is_newest() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        read.map_err(text)?;
        Ok(is_newest().then_some(BulkAnswer::Tally { token, tally, complete: true }))
    }

    async fn apply(&self, edits: &Arc<Vec<EditId>>, transform: Transform) -> Result<String, StoreError> {
        let (name, of) = (transform.name(), edits.len() as u64);
        let report = self.desk.store.transform(edits.to_vec(), transform, self.watch(name.clone(), of)).await?;
        Ok(self.told(&name, &report))
    }

    fn told(&self, name: &str, report: &BulkReport) -> String {
        let why = report.why.as_deref().unwrap_or("no value can be made");
        match (report.changed, report.impossible) {
            (0, 0) => format!("nothing to change: {name}"),
            (0, _) => format!("nothing changed: {why}"),
            (n, left) => {
                let left = if left > 0 { format!(", {} left as they are: {why}", count(left)) } else { String::new() };
                format!("{name} on {}{left}", counted(n, "edit"))
                    + &self.desk.session.keymap.fill(Place::Queue, "; `<undo>` undoes")
            }
        }
    }

    async fn merge(&self) -> Result<String, StoreError> {
        let of = self.desk.store.reader()?.merge_report()?;
        let edits = of.merged + of.contacts;
        let report = self.desk.store.merge_duplicates(self.watch(String::from("merge"), edits)).await?;
        Ok(format!("merged {} into {}", counted(report.merged + report.contacts, "edit"), count(report.contacts))
            + &self.desk.session.keymap.fill(Place::Queue, "; `<undo>` undoes"))
    }

    /// Tells how far a change is, and stops it when the user says so.
    fn watch(&self, what: String, of: u64) -> impl FnMut(u64) -> ControlFlow<()> + Send + 'static {
        let this = self.clone();
        move |done| {
            if done < of {
                this.answer(Answer::Bulk(BulkAnswer::Progress(Work { what: what.clone(), done, of })));
            }
            if this.signs.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
}
