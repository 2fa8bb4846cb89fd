//! The one governor of a run: when the next request may start, and why not now.
//!
//! Three rules, all of which must agree: requests are spread evenly with a small burst; no 60 seconds
//! hold more of them than the rate; and a server that asked for quiet gets it from every worker.
//!
//! The rate is the account's, shared with whatever else the customer runs (API 6), so it can
//! only be learned: a 429 brings it down to what the server has just been seen to take, and time without one
//! brings it up again, more cautiously after each 429.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::event::WaitReason;
use crate::domain::Quota;

/// The span that the rate is about.
const MINUTE: Duration = Duration::from_secs(60);
/// The runtime's timers count in milliseconds.
const TICK: Duration = Duration::from_millis(1);
/// Requests that may follow each other at once.
const BURST: u32 = 5;
/// `X-RateLimit-Reset` counts in seconds.
const EPOCH_SECOND: Duration = Duration::from_millis(1500);
/// The longest time without a 429 that is asked for before the rate rises again.
const LONGEST_PROBATION: Duration = Duration::from_secs(16 * 60);

/// Until when nothing may start, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: Instant,
    pub(super) reason: WaitReason,
}

/// The governor.
#[derive(Debug)]
pub(super) struct Pace {
    /// What the settings allow: the rate never rises above it.
    ceiling: u32,
    rate: u32,
    /// When the next request would start if all of them were spread evenly. The burst is how far
    /// it may lie ahead.
    even: Instant,
    /// Granted, and not on the wire yet. They count as being in every window.
    granted: usize,
    /// What went on the wire in the last minute, oldest first.
    started: VecDeque<Instant>,
    /// What the server took since it last asked for quiet, at most a minute back.
    taken: VecDeque<Instant>,
    /// When the server began to take requests: the start of the run, or the end of the last quiet.
    taking_since: Instant,
    hold: Option<Wait>,
    /// How many requests the server said it still takes before then.
    allowance: Option<(u32, Instant)>,
    /// When the rate last changed.
    changed: Instant,
    /// How long it must go well before the rate rises.
    probation: Duration,
}

impl Pace {
    pub(super) fn new(per_minute: u32, now: Instant) -> Self {
        let rate = per_minute.max(1);
        Self {
            ceiling: rate,
            rate,
            even: now,
            granted: 0,
            started: VecDeque::new(),
            taken: VecDeque::new(),
            taking_since: now,
            hold: None,
            allowance: None,
            changed: now,
            probation: MINUTE,
        }
    }

    /// What keeps a request from starting now; `None` when one may be granted.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Wait> {
        let reason = WaitReason::Rate { per_minute: self.rate };
        let rate = self.spread(now).max(self.window(now)).map(|until| Wait { until, reason });
        // Of two waits the longer is the one to tell: it is what the user waits for.
        [self.hold, self.used_up(), rate].into_iter().flatten().filter(|w| w.until > now).max_by_key(|w| w.until)
    }

    /// The wait for the server's next window, when this one is used up.
    fn used_up(&self) -> Option<Wait> {
        let (_, until) = self.allowance.filter(|(left, _)| *left == 0)?;
        Some(Wait { until, reason: WaitReason::AskedByServer })
    }

    /// What the settings allow, in requests a minute.
    pub(super) const fn ceiling(&self) -> u32 {
        self.ceiling
    }

    /// Changes what the settings allow. The rate goes there at once: who changes it by hand means it.
    pub(super) fn set_ceiling(&mut self, per_minute: u32, now: Instant) {
        self.ceiling = per_minute.max(1);
        self.rate = self.ceiling;
        self.even = self.even.min(now + self.interval() * BURST);
        self.changed = now;
    }

    /// The server said how many requests it still takes in this window. Those under way may not be counted in.
    ///
    /// Answers of one window may come out of order, so the smaller number counts.
    pub(super) fn quota(&mut self, quota: Quota, under_way: usize, now: Instant) {
        let (Some(remaining), Some(reset_in)) = (quota.remaining, quota.reset_in) else { return };
        let left = remaining.saturating_sub(under_way as u32);
        let until = now + reset_in;
        let same_window = |(_, before): &(u32, Instant)| {
            until.max(*before).duration_since(until.min(*before)) <= EPOCH_SECOND && *before > now
        };
        let left = self.allowance.filter(same_window).map_or(left, |(before, _)| before.min(left));
        self.allowance = Some((left, until));
    }

    /// When the burst allows the next start.
    fn spread(&self, now: Instant) -> Option<Instant> {
        let ahead = self.interval() * (BURST.min(self.rate) - 1);
        (self.even > now + ahead).then(|| self.even - ahead)
    }

    /// When the last minute has room for one more: under the setting, counting every start, and under the
    /// learned rate, counting from the end of the last quiet only. The server that asked for it has counted
    /// what was before, and a second count here would wait longer than it asked for.
    fn window(&mut self, now: Instant) -> Option<Instant> {
        while self.started.front().is_some_and(|s| now.duration_since(*s) > MINUTE) {
            self.started.pop_front();
        }
        let before = self.started.partition_point(|s| *s < self.taking_since);
        self.room(self.ceiling, 0, now).max(self.room(self.rate, before, now))
    }

    /// When fewer than `limit` starts lie in the last minute, leaving out the first `skip`. A grant on its way to
    /// the wire has no time yet, so it is waited for by a tick: its worker reports soon.
    fn room(&self, limit: u32, skip: usize, now: Instant) -> Option<Instant> {
        let over = (self.started.len() - skip + self.granted + 1).checked_sub(limit as usize).filter(|n| *n > 0)?;
        Some(self.started.get(skip + over - 1).map_or(now + TICK, |oldest| *oldest + MINUTE + TICK))
    }

    fn interval(&self) -> Duration {
        MINUTE / self.rate
    }

    /// One request gets leave to start.
    pub(super) fn grant(&mut self, now: Instant) {
        self.even = self.even.max(now) + self.interval();
        self.granted += 1;
        if let Some((left, _)) = &mut self.allowance {
            *left = left.saturating_sub(1);
        }
    }

    /// A request that had leave goes on the wire at this moment.
    ///
    /// The window counts from here, not from the leave: the journal stands between them, and
    /// a slow journal would otherwise push two minutes' requests into one.
    pub(super) fn on_wire(&mut self, at: Instant) {
        self.granted = self.granted.saturating_sub(1);
        self.started.push_back(at);
    }

    /// A request that had leave did not go.
    pub(super) fn withdrawn(&mut self) {
        self.granted = self.granted.saturating_sub(1);
    }

    /// Nothing starts before `until`; a shorter hold never undoes a longer one.
    pub(super) fn hold(&mut self, until: Instant, reason: WaitReason) {
        if self.hold.is_none_or(|h| h.until < until) {
            self.hold = Some(Wait { until, reason });
        }
    }

    /// The hold of the whole run, while it lasts.
    pub(super) fn held(&self, now: Instant) -> Option<Wait> {
        self.hold.filter(|h| h.until > now)
    }

    /// The server took a request: after long enough, that raises the rate by a quarter.
    pub(super) fn taken(&mut self, now: Instant) {
        self.taken.push_back(now);
        self.forget_taken(now);
        if self.rate < self.ceiling && now.duration_since(self.changed) >= self.probation {
            self.rate = self.rate.saturating_add((self.rate / 4).max(1)).min(self.ceiling);
            self.changed = now;
        }
    }

    /// The server found a request that went out at `started` to be one too many (429).
    ///
    /// Where it says how long to wait, what it took from the last quiet until the end of the next one is its
    /// limit, whatever the length of its windows. Where it says nothing or took nothing, half the rate is the guess.
    pub(super) fn too_many(&mut self, started: Instant, now: Instant, after: Option<Duration>) {
        // The others of one volley say nothing new.
        if started < self.changed {
            return;
        }
        self.forget_taken(now);
        let seen = self.taken.len() as u128;
        let span = now.duration_since(self.taking_since).min(MINUTE) + after.unwrap_or_default();
        let learned = match after {
            Some(_) if seen > 0 => (seen * MINUTE.as_millis() / span.as_millis().max(1)) as u32,
            _ => self.rate / 2,
        };
        self.rate = learned.min(self.rate - self.rate.div_ceil(10)).max(1);
        self.changed = now;
        self.probation = (self.probation * 2).min(LONGEST_PROBATION);
        self.taken.clear();
        self.taking_since = now + after.unwrap_or_default();
    }

    /// The server was busy (503) with a request that went out at `started`. Half the rate helps it, if load was the
    /// reason; it often is not, so the rate goes no lower than an eighth of what is allowed.
    pub(super) fn busy(&mut self, started: Instant, now: Instant) {
        let floor = (self.ceiling / 8).max(1);
        if started >= self.changed && self.rate > floor {
            self.rate = (self.rate / 2).max(floor);
            self.changed = now;
        }
    }

    fn forget_taken(&mut self, now: Instant) {
        while self.taken.front().is_some_and(|t| now.duration_since(*t) > MINUTE) {
            self.taken.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
