//! Reads each contact right before its edit is sent (the option `snapshot`), and holds back edits that would overwrite what
//! somebody else wrote since their base was seen.
//!
//! The reads are a run of their own, with a batch for each contact: so their pace, `Retry-After`, retries and stops are
//! those of any run. It never runs ahead: it reads what a batch that is about to be sent asks for, and what it read is on
//! disk before that batch leaves. A contact is read once in a run, before its first sending.
//!
//! An edit that is held back is *not sent* and stays queued, in conflict until the user decides. What was read is the base of
//! its next sending: whoever sends it again has seen that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, mpsc, oneshot, watch};

use super::control::{Cancel, ControlSender, RunControl};
use super::dispatcher::Curtain;
use super::event::EventKind;
use super::reconcile::read;
use super::run::{RunPolicy, RunSpec};
use crate::api::ContactReads;
use crate::domain::{Base, Batch, BatchItem, Contact, FieldDiff, Outcome, RunId, RunState, Status, moved, shown};
use crate::store::{BaseLog, ReadLog, StoreError};
use crate::support::clock;
use crate::support::text::truncate;

/// Fields that are named where they were changed, and columns that a value takes there.
const NAMED: usize = 3;
const VALUE: usize = 40;

/// What the reads of a batch showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Looked {
    /// The edits that are held back, by their places in the batch, with the outcomes that say why.
    pub(super) held: Vec<(usize, Outcome)>,
    /// How many contacts were not found. They are sent all the same: there is nothing to overwrite, and the server's own
    /// word on them is the better one.
    pub(super) gone: usize,
}

/// What the read of one contact showed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    Clear,
    Gone,
    Held(Outcome),
}

/// A contact to be read, and whom to tell.
#[derive(Debug)]
struct Ask {
    item: BatchItem,
    answer: oneshot::Sender<Look>,
}

/// The eye of a run: the way to the reads under way.
#[derive(Debug)]
pub(super) struct Eye {
    per_minute: u32,
    /// Closed when nothing more is to be read.
    asks: Mutex<Option<mpsc::UnboundedSender<Ask>>>,
    /// What was seen of the run's edits, by their places in it.
    seen: Mutex<HashMap<u64, Look>>,
    /// Why nothing more can be read, once that is so.
    ended: watch::Receiver<Option<Curtain>>,
    control: ControlSender,
}

impl Eye {
    /// Opens the eye: the reads wait to be asked.
    pub(super) fn open<A: ContactReads, B: BaseLog>(
        spec: RunSpec,
        api: Arc<A>,
        log: Arc<B>,
        policy: RunPolicy,
    ) -> Arc<Self> {
        let (ask, asked) = mpsc::unbounded_channel();
        let per_minute = policy.rate_per_minute.max(1);
        let reads = Wanted { run: spec.run, log, asked: Turn::new(asked), under_way: Mutex::default() };
        // One batch for each edit; those that are never asked for are never loaded.
        let spec = RunSpec { batches: u32::try_from(spec.planned).unwrap_or(u32::MAX), ..spec };
        let mut handle = read(spec, api, Arc::new(reads), policy);
        let (end, ended) = watch::channel(None);
        let control = handle.control.clone();
        let eye = Arc::new(Self { per_minute, asks: Mutex::new(Some(ask)), seen: Mutex::default(), ended, control });
        let lid = Arc::downgrade(&eye);
        tokio::spawn(async move {
            while let Some(event) = handle.events.recv().await {
                if let EventKind::Finished(report) = event.kind {
                    let cause = report.cause.unwrap_or_else(|| "nothing more could be read".to_owned());
                    let cause = format!("contacts could not be read before their edits were sent: {cause}");
                    end.send_replace(Some(match report.state {
                        RunState::Broken => Curtain::Broken(cause),
                        _ => Curtain::Stopped(cause),
                    }));
                    if let Some(eye) = lid.upgrade() {
                        eye.close();
                    }
                }
            }
        });
        eye
    }

    /// About how long it takes to read so many contacts.
    pub(super) fn time_for(&self, contacts: usize) -> Duration {
        Duration::from_secs(60) * u32::try_from(contacts).unwrap_or(u32::MAX) / self.per_minute
    }

    /// Ends the reads: the run that asked for them is over.
    pub(super) fn close(&self) {
        if lock(&self.asks).take().is_some() {
            self.control.send(RunControl::Cancel(Cancel::Abort));
        }
    }

    /// The edits of a batch that have not been looked at.
    pub(super) fn unseen(&self, batch: &Batch) -> usize {
        let seen = lock(&self.seen);
        batch.items.iter().filter(|item| !seen.contains_key(&item.seq)).count()
    }

    /// Reads the contacts of a batch, as far as this run has not; what it gives is on disk.
    pub(super) async fn look(&self, batch: &Batch) -> Result<Looked, Curtain> {
        let mut answers = Vec::new();
        for item in &batch.items {
            if !lock(&self.seen).contains_key(&item.seq) {
                let (answer, answered) = oneshot::channel();
                if let Some(asks) = &*lock(&self.asks) {
                    // Where nobody reads any more, nobody answers either.
                    let _ = asks.send(Ask { item: item.clone(), answer });
                }
                answers.push((item.seq, answered));
            }
        }
        for (seq, answered) in answers {
            let Ok(look) = answered.await else { return Err(self.why_blind().await) };
            lock(&self.seen).insert(seq, look);
        }
        let seen = lock(&self.seen);
        let mut looked = Looked::default();
        for (place, item) in batch.items.iter().enumerate() {
            match seen.get(&item.seq) {
                Some(Look::Held(outcome)) => looked.held.push((place, outcome.clone())),
                Some(Look::Gone) => looked.gone += 1,
                Some(Look::Clear) | None => {}
            }
        }
        Ok(looked)
    }

    async fn why_blind(&self) -> Curtain {
        let ended = self.ended.clone().wait_for(Option::is_some).await.ok().and_then(|ended| ended.clone());
        ended.unwrap_or_else(|| Curtain::Stopped("contacts could not be read before their edits were sent".to_owned()))
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        self.close();
    }
}

/// The log of the reads: its contacts are those asked for, and what it settles is answered once it is recorded.
#[derive(Debug)]
struct Wanted<B> {
    run: RunId,
    log: Arc<B>,
    asked: Turn<mpsc::UnboundedReceiver<Ask>>,
    under_way: Mutex<HashMap<u32, Ask>>,
}

impl<B: BaseLog> Wanted<B> {
    fn item(&self, no: u32) -> Option<BatchItem> {
        lock(&self.under_way).get(&no).map(|ask| ask.item.clone())
    }

    /// Judges what was read, and records it.
    async fn record(&self, item: &BatchItem, outcome: &Outcome) -> Result<Look, StoreError> {
        let contact = outcome.item.as_deref().and_then(shown);
        let known = self.log.known(item.seq..item.seq + 1)?.pop().map(|(_, base)| base);
        let held = match (&contact, &outcome.item) {
            (Some(now), _) => known.and_then(|known| changed_since(item, &known, now)),
            (None, Some(_)) => None,
            (None, None) => {
                let why = outcome.said.description.as_deref().unwrap_or("no reason was given");
                Some(format!("its contact could not be read before it was sent: {why}"))
            }
        };
        let is_gone = contact.is_none() && held.is_none();
        self.log.see(item.seq, contact, clock::now(), held.clone()).await?;
        Ok(match held {
            Some(why) => {
                Look::Held(Outcome { item: outcome.item.clone(), ..Outcome::undecided(Status::NotSent, None, why) })
            }
            None if is_gone => Look::Gone,
            None => Look::Clear,
        })
    }
}

/// Why an edit had better not be sent: what it would overwrite was changed since its base was seen.
fn changed_since(item: &BatchItem, known: &Base, now: &Contact) -> Option<String> {
    let moved = moved(&item.changes, &known.contact, now);
    if moved.is_empty() {
        return None;
    }
    let quoted = |value: &str| match value {
        "" => "empty".to_owned(),
        value => format!("{:?}", truncate(value, VALUE)),
    };
    let one = |d: &FieldDiff<'_>| format!("{} was {} and is {}", d.field, quoted(d.base), quoted(d.now));
    let mut words: Vec<_> = moved.iter().take(NAMED).map(one).collect();
    if moved.len() > NAMED {
        words.push(format!("{} more", moved.len() - NAMED));
    }
    Some(format!(
        "changed since the edit was made: {}; `:conflicts` or `rolodeck queue conflicts` decides",
        words.join(", ")
    ))
}

impl<B: BaseLog> ReadLog for Wanted<B> {
    /// Waits until a contact is asked for.
    async fn contact(&self, no: u32) -> Result<Batch, StoreError> {
        let item = if let Some(item) = self.item(no) {
            item
        } else {
            let ask = self.asked.lock().await.recv().await.ok_or(StoreError::Closed)?;
            let item = ask.item.clone();
            lock(&self.under_way).insert(no, ask);
            item
        };
        Ok(Batch { no, round: 0, items: vec![item] })
    }

    async fn take(&self, no: u32, outcome: &Outcome) -> Result<(), StoreError> {
        let item = self.item(no).ok_or(StoreError::NoSuchBatch(self.run, no))?;
        let look = self.record(&item, outcome).await?;
        if let Some(ask) = lock(&self.under_way).remove(&no) {
            // Whoever asked may have given up.
            let _ = ask.answer.send(look);
        }
        Ok(())
    }
}

/// Nothing that these locks hold can be left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
