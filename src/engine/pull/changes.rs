//! What changed since the last walk: read from the newest change down to those that are known.
//!
//! Nobody says whether this server sorts by `date_updated`, so its pages have to prove it: each date is read, and none may be
//! newer than the one before it. Where one is, or the order is refused, the whole book is walked through instead. A contact
//! that others change meanwhile goes to the top, and is found by the next look; the others slide down and are seen twice.
//! Where some are deleted they slide up: so a page begins with a contact that was seen, as in every walk.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::calls::{Calls, Voice};
use super::{End, MOST_MISSES, PAGE, PullHandle, PullKind, Walk, report, step};
use crate::api::{BookReads, Listing};
use crate::domain::{Contact, Sid};
use crate::engine::control::ControlSender;
use crate::engine::run::RunPolicy;
use crate::store::{Changes, PullSummary};
use crate::support::clock::{self, Timestamp};

/// Changes that are this much older than the newest are known for sure. Reads lag behind writes by seconds, and dates of
/// a server come from several machines.
const LAG_MS: i64 = 10 * 60 * 1000;

/// Reads what changed, on the present tokio runtime; the whole book where the server cannot tell, or nothing is known yet.
pub fn changes<A: BookReads>(api: Arc<A>, log: Changes, policy: RunPolicy) -> PullHandle {
    let (tell, events) = mpsc::unbounded_channel();
    let (control, heard) = ControlSender::channel();
    let voice = Voice::new(PullSummary::NOTHING, tell);
    tokio::spawn(run(api, log, Calls::new(policy, Some(heard), Some(voice))));
    PullHandle { events, control }
}

async fn run<A: BookReads>(api: Arc<A>, log: Changes, mut calls: Calls) {
    let begun = Instant::now();
    let looked = match log.since() {
        Some(since) => look(&*api, &log, since, &mut calls).await,
        None => Ok(Look::Blind("it is not known up to when the book has every change".to_owned())),
    };
    let ended = match looked {
        Ok(Look::Done) => Ok(calls.so_far().clone()),
        Err(end) => Err(end),
        Ok(Look::Blind(why)) => {
            calls.tell(PullKind::Whole(why));
            match log.whole().await.and_then(|pull| Ok((pull.summary()?, pull))) {
                Ok((so_far, pull)) => {
                    calls.came_to(so_far);
                    return Walk { api, log: pull, calls }.run().await;
                }
                Err(error) => Err(error.into()),
            }
        }
    };
    report(&mut calls, begun, ended, false);
}

/// How a look ended.
enum Look {
    Done,
    /// It can't be told what changed; the text says why.
    Blind(String),
}

/// The date of the newest change, where the server sorts by it.
pub(super) async fn newest<A: BookReads>(api: &A, calls: &mut Calls) -> Result<Option<Timestamp>, End> {
    match calls.call(|| api.newest(0)).await {
        Ok(page) => Ok(descending(&page).and_then(|dates| dates.first().copied()).map(before)),
        Err(End::Refused(_)) => Ok(None),
        Err(end) => Err(end),
    }
}

const fn before(newest: Timestamp) -> Timestamp {
    Timestamp(newest.0 - LAG_MS)
}

/// The dates of the changes of a page, if it is sorted by them.
fn descending(page: &Listing<Contact>) -> Option<Vec<Timestamp>> {
    let date = |contact: &Option<Contact>| Timestamp::parse(contact.as_ref()?.updated.as_deref()?);
    let dates: Vec<_> = page.records.iter().map(date).collect::<Option<_>>()?;
    dates.is_sorted_by(|earlier, later| earlier >= later).then_some(dates)
}

async fn look<A: BookReads>(api: &A, log: &Changes, since: Timestamp, calls: &mut Calls) -> Result<Look, End> {
    let mut seen: HashSet<Sid> = HashSet::new();
    let (mut at, mut misses, mut back) = (0, 0, PAGE - 1);
    let mut newest = None;
    loop {
        let page = match calls.call(|| api.newest(at)).await {
            Ok(page) => page,
            Err(End::Refused(why)) => return Ok(Look::Blind(format!("the server does not sort by changes: {why}"))),
            Err(end) => return Err(end),
        };
        let Some(dates) = descending(&page) else {
            return Ok(Look::Blind("the server does not sort by changes".to_owned()));
        };
        let (Some(oldest), next) = (dates.last().copied(), step(&page, 1)) else { break };
        let joins = at == 0 || page.records.iter().flatten().next().is_some_and(|contact| seen.contains(&contact.sid));
        if !joins {
            misses += 1;
            if misses > MOST_MISSES {
                return Ok(Look::Blind("the pages of the server do not follow one another".to_owned()));
            }
            at = at.saturating_sub(back);
            back *= 2;
            continue;
        }
        back = PAGE - 1;
        newest = newest.or_else(|| dates.first().copied());
        keep(log, page, &mut seen, calls).await?;
        match next {
            Some(step) if oldest >= since => at += step,
            _ => break,
        }
    }
    log.finish(newest.map_or(since, before), clock::now()).await?;
    Ok(Look::Done)
}

/// Lays a page into the book, and tells of it.
async fn keep(log: &Changes, page: Listing<Contact>, seen: &mut HashSet<Sid>, calls: &mut Calls) -> Result<(), End> {
    let contacts: Vec<_> = page.records.into_iter().flatten().collect();
    let new = contacts.iter().filter(|contact| seen.insert(contact.sid.clone())).count() as u64;
    let (added, changed) = log.keep(contacts, clock::now()).await?;
    let mut so_far = calls.so_far().clone();
    so_far.pages += 1;
    so_far.contacts += new;
    so_far.added += added;
    so_far.changed += changed;
    calls.came_to(so_far);
    calls.tell(PullKind::Page);
    Ok(())
}

#[cfg(test)]
mod tests;
