//! What is asked about many edits, and done to them, beside the screen.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::super::desk::step;
use super::super::works::Subject;
use super::{Heard, Interpreter, text};
use crate::app::bulk::{BulkAnswer, BulkAsk, Subjects};
use crate::app::grid::ProblemCounts;
use crate::app::results::{ResultView, ResultsAnswer};
use crate::app::same::{SameAs, SameRows};
use crate::app::{Answer, KeysFor, Msg, Notice, QueueView};
use crate::config::actions::Place;
use crate::domain::{Cell, Edit, EditId, On, Rules, RunId, Tally, Transform};
use crate::store::{BulkReport, Store, StoreError};
use crate::support::text::{count, counted};
use crate::support::work::Work;

/// Edits after which a preview is first shown; it is shown again whenever it has twice as many.
const FIRST_LOOK: u64 = 1000;

impl Interpreter {
    /// Reads which edits are shown, first those of a screen.
    pub(super) fn queue_keys(&self, token: u64, what: KeysFor, view: QueueView) {
        let this = self.clone();
        let doing = match what {
            KeysFor::View if view.is_narrow() => "filtering the queue",
            KeysFor::View => "reading the queue",
            KeysFor::Search => "searching the queue",
        };
        let work = self.works.begin(Subject::Queue(what), doing.to_owned());
        spawn_blocking(move || {
            let mut first = |keys| {
                if what == KeysFor::View {
                    this.answer(Answer::FirstKeys(token, keys));
                }
            };
            let mut counts = ProblemCounts::default();
            let keys = this.reads.queue_keys(&work, &view, &mut first, &mut counts);
            if view.problems && keys.is_ok() {
                this.answer(Answer::Problems(token, counts));
            }
            this.answer(Answer::QueueKeys(token, what, keys));
        });
    }

    /// Reads which results are shown, first those of a screen; and which of them is the newest of a batch.
    pub(super) fn result_keys(&self, token: u64, what: KeysFor, run: RunId, view: ResultView, newest: Option<u32>) {
        let this = self.clone();
        let doing = match what {
            KeysFor::View if view.is_narrow() => "filtering the results",
            KeysFor::View => "reading the results",
            KeysFor::Search => "searching the results",
        };
        let work = self.works.begin(Subject::Results(what), doing.to_owned());
        spawn_blocking(move || {
            let mut first = |keys| {
                if what == KeysFor::View {
                    this.answer(Answer::Results(token, ResultsAnswer::First(keys)));
                }
            };
            let keys = this.reads.result_keys(&work, run, &view, &mut first);
            if let (Ok(keys), Some(batch)) = (&keys, newest)
                && let Some(seq) = this.reads.newest(run, batch, keys)
            {
                this.answer(Answer::Results(token, ResultsAnswer::Newest(seq)));
            }
            this.answer(Answer::ResultKeys(token, what, keys));
        });
    }

    pub(super) fn answer(&self, answer: Answer) {
        // The listener is gone only when the program ends.
        let _ = self.tell.send(Heard::Msg(Msg::Answer(answer)));
    }

    pub(super) fn bulk(&self, ask: BulkAsk) {
        match ask {
            BulkAsk::Preview { token, of, transform } => {
                let work = self.works.begin(Subject::Preview, String::from("counting what would change"));
                self.look(move |this| this.preview(&work, token, &of, &transform));
            }
            BulkAsk::Apply { of, transform } => {
                let doing = format!("{} on {}", transform.name(), counted(of.len(), of.noun()));
                let over = if changes_values(&of, &transform) { BulkAnswer::ValuesOver } else { BulkAnswer::Over };
                self.work(doing, over, move |store, this| async move {
                    match of {
                        Subjects::Edits(edits) => this.apply(&store, &edits, transform).await,
                        Subjects::Contacts(contacts) => this.turn(&store, contacts, transform).await,
                    }
                });
            }
            BulkAsk::Merge => {
                self.work(
                    String::from("merging"),
                    BulkAnswer::Over,
                    |store, this| async move { this.merge(&store).await },
                );
            }
            BulkAsk::Add(sids) => self.work(String::from("adding edits"), BulkAnswer::Over, |store, _| async move {
                let edits = sids.into_iter().map(|sid| Edit { sid, ..Edit::default() });
                let report = store.import(edits, String::from("typed SIDs")).await?;
                let there = report.merged + report.unchanged;
                let there = if there > 0 { format!(", {} there already", count(there)) } else { String::new() };
                Ok(format!("{} added{there}", counted(report.added, "edit")))
            }),
            BulkAsk::GoTo(step) => {
                self.work(String::from("going to a change"), BulkAnswer::Over, move |store, _| async move {
                    let (undone, redone) = store.go_to_step(step).await?;
                    Ok(match (undone, redone) {
                        (0, 0) => String::from("the queue is there already"),
                        (n, 0) => format!("undid {}", counted(n, "change")),
                        (_, n) => format!("redid {}", counted(n, "change")),
                    })
                });
            }
            BulkAsk::Same(token, of) => self.look(move |this| {
                let reader = this.reads.own(&Work::unwatched())?;
                let rows = match &of {
                    SameAs::Edits(cell, value) => reader.ids_with(*cell, value.as_ref()).map(SameRows::Edits),
                    SameAs::Results(run, seq, column) => {
                        reader.seqs_like(*run, *seq, *column).map(|seqs| SameRows::Results(*run, seqs))
                    }
                    SameAs::Contacts(id, cell) => reader.contacts_like(*id, *cell).map(SameRows::Contacts),
                };
                Ok(Some(BulkAnswer::Same { token, column: of.column(), rows: rows.map_err(text)? }))
            }),
            BulkAsk::Duplicates => {
                self.look(|this| {
                    Ok(Some(BulkAnswer::Duplicates(this.reads.own(&Work::unwatched())?.duplicates().map_err(text)?)))
                });
            }
            BulkAsk::All => self
                .look(|this| Ok(Some(BulkAnswer::All(this.reads.own(&Work::unwatched())?.queue_ids().map_err(text)?)))),
            BulkAsk::CountMerge => {
                self.look(|this| {
                    Ok(Some(BulkAnswer::Merge(this.reads.own(&Work::unwatched())?.merge_report().map_err(text)?)))
                });
            }
            BulkAsk::Undoable => self.look(|this| {
                let steps = this.reads.own(&Work::unwatched())?.steps().map_err(text)?;
                let has = |undone| steps.iter().any(|step| step.undone == undone);
                Ok(Some(BulkAnswer::Undoable(has(false), has(true))))
            }),
            BulkAsk::TakenOut => self.look(|this| {
                let taken = this.reads.own(&Work::unwatched())?.taken_out().map_err(text)?;
                Ok(Some(BulkAnswer::TakenOut(taken)))
            }),
            BulkAsk::PutBack(step) => {
                self.work(String::from("putting edits back"), BulkAnswer::Over, move |store, _| async move {
                    let back = store.put_back(step).await?;
                    Ok(if back == 0 {
                        String::from("they are not out any more")
                    } else {
                        format!("put {} back", counted(back, "edit"))
                    })
                });
            }
            BulkAsk::Steps => self
                .look(|this| Ok(Some(BulkAnswer::Steps(this.reads.own(&Work::unwatched())?.steps().map_err(text)?)))),
        }
    }

    /// Reads something; tells what it finds, if anybody still wants it.
    fn look(&self, look: impl FnOnce(&Self) -> Result<Option<BulkAnswer>, String> + Send + 'static) {
        let this = self.clone();
        spawn_blocking(move || match look(&this) {
            Ok(Some(found)) => this.answer(Answer::Bulk(found)),
            Ok(None) => {}
            Err(why) => this.answer(Answer::Told(Notice::error("reading the queue", why))),
        });
    }

    /// Changes the queue by a store that can be stopped; tells what was done, as an answer of that kind.
    fn work<F>(&self, doing: String, over: fn(Notice) -> BulkAnswer, work: impl FnOnce(Store, Self) -> F)
    where
        F: Future<Output = Result<String, StoreError>> + Send + 'static,
    {
        let part = self.works.begin(Subject::Own, doing.clone());
        let (this, work) = (self.clone(), work(self.desk.store.watched(&part), self.clone()));
        tokio::spawn(async move {
            let notice = match work.await {
                Ok(said) => Notice::done(said),
                Err(StoreError::Stopped(stopped)) => Notice::done(stopped.to_string()),
                Err(error) => Notice::error(doing, text(error)),
            };
            this.answer(Answer::Bulk(over(notice)));
        });
    }

    /// Counts what a change would do, as long as it is the newest that was asked for.
    fn preview(
        &self,
        work: &Work,
        token: u64,
        of: &Subjects,
        transform: &Transform,
    ) -> Result<Option<BulkAnswer>, String> {
        let rules: &Rules = &self.desk.rules;
        let mut tally = Tally::default();
        let mut next_look = FIRST_LOOK;
        work.expect(of.len());
        let mut look = |tally: &Tally| {
            if tally.seen() == next_look {
                next_look *= 2;
                self.answer(Answer::Bulk(BulkAnswer::Tally { token, tally: tally.clone(), complete: false }));
            }
            step(work)
        };
        let reader = self.reads.own(work)?;
        let read = match of {
            Subjects::Edits(edits) => reader.each_of(edits.to_vec(), |_, edit| {
                tally.take(transform, &edit, rules);
                look(&tally)
            }),
            Subjects::Contacts(contacts) => reader.each_contact_of(contacts, |contact| {
                tally.take_contact(transform, &contact.contact, rules);
                look(&tally)
            }),
        };
        if work.is_replaced() {
            return Ok(None);
        }
        read.map_err(text)?;
        work.check().map_err(|stopped| stopped.to_string())?;
        Ok(Some(BulkAnswer::Tally { token, tally, complete: true }))
    }

    async fn apply(&self, store: &Store, edits: &Arc<Vec<EditId>>, transform: Transform) -> Result<String, StoreError> {
        let name = transform.name();
        let report = store.transform(edits.to_vec(), transform).await?;
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

    async fn merge(&self, store: &Store) -> Result<String, StoreError> {
        let report = store.merge_duplicates().await?;
        Ok(format!("merged {} into {}", counted(report.merged + report.contacts, "edit"), count(report.contacts))
            + &self.desk.session.keymap.fill(Place::Queue, "; `<undo>` undoes"))
    }
}

/// Whether a change leaves the queue with the same edits of the same contacts.
const fn changes_values(of: &Subjects, transform: &Transform) -> bool {
    matches!((of, transform.on), (Subjects::Edits(_), On::Cell(Cell::Field(_))))
}
