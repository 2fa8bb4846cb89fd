//! Pull: walks through the address book, or a list of it, page by page into the store.
//!
//! Others add and delete contacts meanwhile, which shifts the pages. So every page begins with the last contact of the
//! one before, or with the last few where many are deleted: if it does not, contacts slipped below the place where it
//! begins, and the walk goes back until a page begins with one that it knows. The list is in the order of creation, so whatever stands before a contact that was
//! seen was seen as well. Where the walk stands is on disk with every page, and the same rule holds for one that is gone
//! on with a day later.

mod calls;
mod changes;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::control::ControlSender;
use super::event::WaitReason;
use super::run::RunPolicy;
use crate::api::{BookReads, Listing};
use crate::domain::{Contact, ListName, RunState, Sid};
use crate::store::{Page, Pull, PullSummary, StoreError};
use crate::support::clock;
use crate::support::log::{self, Level};
use calls::{Calls, Voice};
pub use changes::changes;

/// The records that a page holds (API 2).
const PAGE: u64 = 20;
/// The most contacts that a page shares with the one before.
const MOST_OVERLAP: usize = 8;
/// Pages that join in a row, after which they may share less.
const CALM: u32 = 10;
/// Pages that did not join, without the walk getting further, after which there is no order to rely on.
const MOST_MISSES: u32 = 30;
/// Pages after which the size of the book is worth a few requests, where nothing is known of it.
const SURVEY_AFTER: u64 = 10;

/// Something that happened in a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullEvent {
    /// How far it has come; all of it is on disk.
    pub so_far: PullSummary,
    /// What happened.
    pub kind: PullKind,
}

/// What happened in a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullKind {
    /// A page was read.
    Page,
    /// Nothing is read for a while; the pace alone is not told.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// How long, from now.
        for_: std::time::Duration,
    },
    /// A read failed and is tried again.
    Failed {
        /// Why, for people.
        reason: String,
        /// How long until then.
        again_in: std::time::Duration,
    },
    /// What changed can't be told, for this reason: the whole book is read instead.
    Whole(String),
    /// Nothing is read until `Resumed`.
    Paused,
    /// The pause is over.
    Resumed,
    /// The pull is over; always the last event.
    Ended(PullReport),
}

/// How a pull ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullReport {
    /// Finished, cancelled, stopped (by a refusal, or by reads that fail for good), or broken (the disk).
    pub state: RunState,
    /// Pages asked for, retries included.
    pub requests: u64,
    /// From start to end.
    pub elapsed_ms: u64,
    /// Why it ended before its time, for people.
    pub cause: Option<String>,
    /// Whether it went through everything: else what was deleted was not seen.
    pub whole: bool,
}

/// A pull under way. It goes on when this is dropped.
#[derive(Debug)]
pub struct PullHandle {
    /// What happens. The last event is `Ended`, then the channel closes.
    pub events: mpsc::UnboundedReceiver<PullEvent>,
    /// Pause, resume, rate and cancel; both ways to cancel end it at once, since a read can be given up.
    pub control: ControlSender,
}

/// Why a walk ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Cancelled,
    Stopped(String),
    /// What was asked for is refused; other requests may be taken.
    Refused(String),
    Broken(String),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Starts a pull, or goes on with one, on the present tokio runtime; of the policy its pace and its patience count.
pub fn pull<A: BookReads>(api: Arc<A>, log: Pull, so_far: PullSummary, policy: RunPolicy) -> PullHandle {
    let (tell, events) = mpsc::unbounded_channel();
    let (control, heard) = ControlSender::channel();
    let voice = Voice::new(so_far, tell);
    tokio::spawn(Walk { api, log, calls: Calls::new(policy, Some(heard), Some(voice)) }.run());
    PullHandle { events, control }
}

/// Reads the account's lists; the error is for people.
pub async fn lists<A: BookReads>(api: &A, policy: RunPolicy) -> Result<Vec<ListName>, String> {
    let mut calls = Calls::new(policy, None, None);
    let (mut lists, mut at) = (Vec::new(), 0);
    loop {
        let page = calls.call(|| api.lists(at)).await.map_err(|end| match end {
            End::Stopped(cause) | End::Refused(cause) | End::Broken(cause) => cause,
            End::Cancelled => "cancelled".to_owned(),
        })?;
        at += page.records.len() as u64;
        let before = lists.len();
        for list in page.records.into_iter().flatten() {
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        // A server that knows no offset gives its first page for ever.
        if lists.len() == before {
            return Ok(lists);
        }
    }
}

/// The walk.
struct Walk<A> {
    api: Arc<A>,
    log: Pull,
    calls: Calls,
}

impl<A: BookReads> Walk<A> {
    async fn run(mut self) {
        let begun = Instant::now();
        let ended = match self.walk().await {
            Ok(()) => self.log.finish().await.map_err(End::from),
            Err(end) => Err(end),
        };
        report(&mut self.calls, begun, ended, true);
    }

    /// Reads from where the pull stands to the end of the list: that is a page which joins and is shorter than others,
    /// with nothing behind it.
    async fn walk(&mut self) -> Result<(), End> {
        self.begin().await?;
        let mut at = self.calls.so_far().at;
        let (mut back, mut misses, mut furthest) = (PAGE - 1, 0, at);
        let (mut overlap, mut calm) = (1, 0);
        let (mut longest, mut is_short) = (0, at == 0);
        loop {
            let page = self.read(at).await?;
            let length = page.records.len();
            if length == 0 && is_short {
                return Ok(());
            }
            longest = longest.max(length);
            let step = step(&page, overlap).filter(|_| length == longest);
            let next = at + step.unwrap_or(length as u64);
            let contacts = page.records.into_iter().flatten().collect();
            let joined = self.log.page(Page { is_first: at == 0, next, seen: clock::now(), contacts }).await?;
            self.calls.came_to(joined.so_far);
            if joined.joined {
                (at, is_short, back, calm) = (next, step.is_none(), PAGE - 1, calm + 1);
                if at > furthest {
                    (furthest, misses) = (at, 0);
                }
                if calm >= CALM && overlap > 1 {
                    (overlap, calm) = (overlap / 2, 0);
                }
            } else {
                (misses, calm) = (misses + 1, 0);
                overlap = (overlap * 2).min(MOST_OVERLAP);
                if misses > MOST_MISSES {
                    return Err(End::Stopped("the pages of the server do not follow one another".into()));
                }
                at = at.saturating_sub(back);
                (is_short, back) = (at == 0, back * 2);
                self.log.back_to(at).await?;
            }
            self.calls.tell(PullKind::Page);
            self.survey().await?;
        }
    }

    /// Notes how new the server's changes are, so that a later pull can read what changed since alone. It need not know.
    async fn begin(&mut self) -> Result<(), End> {
        let so_far = self.calls.so_far();
        if so_far.pages == 0
            && so_far.list.is_none()
            && let Some(newest) = changes::newest(&*self.api, &mut self.calls).await?
        {
            self.log.begins_at(newest).await?;
        }
        Ok(())
    }

    async fn read(&mut self, at: u64) -> Result<Listing<Contact>, End> {
        let list: Option<Sid> = self.calls.so_far().list.clone();
        self.calls.call(|| self.api.contacts(list.as_ref(), at)).await
    }

    /// Finds out about how many contacts there are, for the time that is left, where no earlier pull has told.
    async fn survey(&mut self) -> Result<(), End> {
        let so_far = self.calls.so_far();
        if so_far.expected.is_some() || so_far.pages < SURVEY_AFTER {
            return Ok(());
        }
        let (mut some, mut none) = (so_far.at, so_far.at * 2);
        while !self.read(none).await?.records.is_empty() {
            (some, none) = (none, none * 2);
        }
        // To a twentieth.
        while none - some > PAGE.max(none / 20) {
            let middle = u64::midpoint(some, none);
            if self.read(middle).await?.records.is_empty() { none = middle } else { some = middle }
        }
        let so_far = self.log.expect(none).await?;
        self.calls.came_to(so_far);
        Ok(())
    }
}

/// Tells how it ended.
fn report(calls: &mut Calls, begun: Instant, ended: Result<PullSummary, End>, whole: bool) {
    let (state, cause) = match ended {
        Ok(so_far) => {
            calls.came_to(so_far);
            (RunState::Finished, None)
        }
        Err(End::Cancelled) => (RunState::Cancelled, None),
        Err(End::Stopped(cause) | End::Refused(cause)) => (RunState::Stopped, Some(cause)),
        Err(End::Broken(cause)) => (RunState::Broken, Some(cause)),
    };
    let elapsed_ms = Instant::now().duration_since(begun).as_millis() as u64;
    log::note(Level::Event, || format!("the pull ends: {}", state.name()));
    let requests = calls.requests();
    calls.tell(PullKind::Ended(PullReport { state, requests, elapsed_ms, cause, whole }));
}

/// How far the next page lies behind this one, so that it begins with the last contacts of this one. `None` when it can
/// not: this one has no other contact than the one it began with.
fn step(page: &Listing<Contact>, overlap: usize) -> Option<u64> {
    // A page that shares more than half would take twice as long for the same way.
    let shared = overlap.min(page.records.len() / 2).max(1);
    let last = page.records.iter().rposition(Option::is_some)?;
    last.checked_sub(shared - 1).filter(|step| *step > 0).map(|step| step as u64)
}

#[cfg(test)]
mod tests;
