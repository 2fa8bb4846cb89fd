//! The server's own limit, learned from what it takes and refuses (429).
//!
//! Nobody names the limit of these calls (API 6), and it is the account's, shared with whatever else the customer runs.
//! What can be seen is this: so many requests were taken since the last quiet, then one was too many, and the server
//! said when it takes the next one. That is its limit, whatever the length of its windows, unless it names a higher
//! one. Where it does not say when, one request at a time feels for the end of the window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// What is learned is at most this long: a longer window is spread over it.
const MINUTE: Duration = Duration::from_secs(60);
/// The wait before the first feeler, where the server names none; doubled with each that is refused.
const FEELER: Duration = Duration::from_secs(1);
/// The time without a 429 after which more is tried than the server was seen to take in a full window: each try costs a
/// few requests.
const PROBATION: Duration = Duration::from_secs(10 * 60);

/// So many requests in such a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) requests: u32,
    /// `None` while the end of the window is being felt for.
    pub(super) per: Option<Duration>,
}

/// A window of the server that ended with a 429.
#[derive(Debug, Clone, Copy)]
struct Closed {
    /// From when on requests were taken in it.
    from: Instant,
    /// When the 429 was heard.
    at: Instant,
    /// Whether what was taken in it was counted as the limit: what is told later of it then counts too.
    counted: bool,
}

/// What is known of the limit.
#[derive(Debug)]
pub(super) struct Learner {
    limit: Option<Limit>,
    closed: Option<Closed>,
    /// When what was taken went out, at most a minute back; since the last 429.
    taken: VecDeque<Instant>,
    /// 429s without anything taken between them.
    refused: u32,
    changed: Instant,
    /// How long it must go well before more is tried.
    probation: Duration,
}

impl Learner {
    pub(super) fn new(now: Instant) -> Self {
        Self { limit: None, closed: None, taken: VecDeque::new(), refused: 0, changed: now, probation: MINUTE }
    }

    pub(super) const fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// Whether nothing was taken since the last 429: then one request at a time is enough to find out.
    pub(super) const fn is_feeling(&self) -> bool {
        self.refused > 0
    }

    /// The server took a request that went out at `started`.
    pub(super) fn taken(&mut self, started: Instant, now: Instant) {
        if let (Some(Closed { at, counted, .. }), Some(limit)) = (self.closed, &mut self.limit)
            && started <= at
        {
            // Its answer comes behind the 429 of a later one, and belongs to that window.
            limit.requests += u32::from(counted);
            return;
        }
        if let (Some(Closed { from, .. }), Some(Limit { per: per @ None, .. })) = (self.closed, &mut self.limit) {
            *per = Some(started.duration_since(from));
        }
        self.refused = 0;
        self.taken.push_back(started);
        while self.taken.front().is_some_and(|t| now.duration_since(*t) > MINUTE) {
            self.taken.pop_front();
        }
        if let Some(limit) = &mut self.limit
            && now.duration_since(self.changed) >= self.probation
        {
            limit.requests += (limit.requests / 4).max(1);
            self.changed = now;
        }
    }

    /// The server found a request that went out at `started` to be one too many; gives how long to be quiet, or `None`
    /// when this says nothing new, being of a volley that was refused already.
    pub(super) fn too_many(&mut self, started: Instant, now: Instant, after: Option<Duration>) -> Option<Duration> {
        if self.closed.is_some_and(|closed| started <= closed.at) {
            return None;
        }
        self.refused += 1;
        let from = self.taken.front().copied();
        let seen = self.taken.len() as u32;
        let counted = self.limit.is_none() && seen > 0;
        let full = counted || self.limit.is_some_and(|limit| self.recent(limit, now) >= limit.requests);
        self.limit = match (self.limit, from) {
            (Some(limit), from) => {
                let told =
                    after.map(|after| whole_seconds(now.duration_since(self.begun(limit).unwrap_or(now)) + after));
                Some(corrected(limit, from.map(|_| self.recent(limit, now)), told))
            }
            (None, Some(from)) => {
                Some(Limit { requests: seen, per: after.map(|after| whole_seconds(now.duration_since(from) + after)) })
            }
            // Others have used it up, which says nothing of how much it is.
            (None, None) => None,
        };
        let from = from.or(self.closed.map(|closed| closed.from)).unwrap_or(started);
        self.closed = Some(Closed { from, at: now, counted });
        self.taken.clear();
        self.changed = now;
        // Others may have taken the rest of a window that was not full, and may stop to.
        self.probation = if full { PROBATION } else { MINUTE * 2 };
        let feeler = FEELER * 2u32.saturating_pow(self.refused - 1);
        Some(after.unwrap_or_else(|| feeler.min(MINUTE)))
    }

    /// The server named its limit. What was seen may be less, where others have a share.
    pub(super) fn named(&mut self, requests: u32) {
        if let (Some(limit), Some(Closed { counted: true, .. })) = (&mut self.limit, self.closed) {
            limit.requests = limit.requests.max(requests);
        }
    }

    /// When the first request of a full window went out.
    fn begun(&self, limit: Limit) -> Option<Instant> {
        self.taken.iter().rev().take(limit.requests as usize).next_back().copied()
    }

    /// How many were taken within the last window.
    fn recent(&self, limit: Limit, now: Instant) -> u32 {
        let per = limit.per.unwrap_or(MINUTE);
        self.taken.iter().filter(|t| now.duration_since(**t) <= per).count() as u32
    }
}

/// A limit that was kept to and still was too much: `recent` requests were taken within it, `None` when a feeler was
/// refused, and the server says that its window is `told` long. With the window full, it is longer than it seemed; else
/// others share it.
fn corrected(limit: Limit, recent: Option<u32>, told: Option<Duration>) -> Limit {
    match (limit.per, recent) {
        (Some(per), Some(recent)) if recent >= limit.requests => {
            Limit { per: Some(told.filter(|told| *told > per).unwrap_or_else(|| longer(per))), ..limit }
        }
        (Some(_), Some(recent)) => Limit { requests: recent.max(1), ..limit },
        (Some(per), None) if told.is_some() => Limit { per: Some(longer(per)), ..limit },
        _ => limit,
    }
}

fn longer(per: Duration) -> Duration {
    (per + (per / 20).max(Duration::from_millis(100))).min(MINUTE * 2)
}

/// A window as the server is likely to have it: whole seconds. `Retry-After` is rounded up to them.
fn whole_seconds(time: Duration) -> Duration {
    if time < Duration::from_secs(1) {
        time.max(Duration::from_millis(50))
    } else {
        Duration::from_secs(time.as_secs())
    }
}
