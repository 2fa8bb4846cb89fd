//! The one governor of a run: when the next request may start, and why not now.
//!
//! All of its rules must agree: requests are spread evenly with a small burst; no 60 seconds hold more of them than
//! the rate; the server's own limit is kept to as soon as it is seen ([`limit`]); what the server says it still takes
//! is not exceeded; and a server that asked for quiet gets it from every worker.
//!
//! A run begins with four requests, goes on with three under way, and has one more with every eighth that is taken: a hidden
//! limit is met gently, since whatever is under way when it is reached is refused.

mod limit;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::event::WaitReason;
use super::retry;
use crate::domain::{Quota, Reply};
use limit::{Learner, Limit};

/// The span that the rate is about.
const MINUTE: Duration = Duration::from_secs(60);
/// The runtime's timers count in milliseconds.
const TICK: Duration = Duration::from_millis(1);
/// Requests that may follow each other at once.
const BURST: u32 = 5;
/// `X-RateLimit-Reset` counts in seconds.
const EPOCH_SECOND: Duration = Duration::from_millis(1500);
/// The most that is added to a wait that the server asked for, so that not everybody comes back at once.
const JITTER: Duration = Duration::from_secs(1);
/// Requests that begin a run: the first is taken, if any is.
const FIRST: usize = 4;
/// Requests under way at first, once one was taken.
const EARLY: usize = 3;
/// With every so many that are taken one more may be under way.
const TRUST: usize = 8;
/// How long a busy server (503) must take everything before the rate rises again.
const RECOVERY: Duration = Duration::from_secs(60);

/// Until when nothing may start, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: Instant,
    pub(super) reason: WaitReason,
}

/// What an answer leads to where the server asks for quiet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// The wait where nobody says for how long, before its share is taken.
    pub(super) backoff: Duration,
    /// The longest wait.
    pub(super) patience: Duration,
    /// How much of it is taken: 0 to 1.
    pub(super) share: f64,
    /// Requests under way beside this one.
    pub(super) under_way: usize,
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
    /// What went on the wire of late, oldest first.
    started: VecDeque<Instant>,
    /// When the server began to take requests: the start of the run, or the end of the last quiet.
    taking_since: Instant,
    learner: Learner,
    hold: Option<Wait>,
    /// How many requests the server said it still takes before then.
    allowance: Option<(u32, Instant)>,
    /// How many requests were taken.
    all_taken: usize,
    /// When the rate last changed.
    changed: Instant,
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
            taking_since: now,
            learner: Learner::new(now),
            hold: None,
            allowance: None,
            all_taken: 0,
            changed: now,
        }
    }

    /// What keeps a request from starting now; `None` when one may be granted.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Wait> {
        let reason = WaitReason::Rate { per_minute: self.per_minute() };
        let rate = self.spread(now).max(self.windows(now)).map(|until| Wait { until, reason });
        // Of several waits the longest is the one to tell: it is what the user waits for.
        [self.hold, self.used_up(), rate].into_iter().flatten().filter(|w| w.until > now).max_by_key(|w| w.until)
    }

    /// How many requests may be under way, at most `limit`.
    pub(super) fn flight(&self, limit: usize) -> usize {
        let flight = match self.all_taken {
            _ if self.learner.is_feeling() => 1,
            0 => FIRST,
            taken => EARLY + taken / TRUST,
        };
        flight.min(limit)
    }

    /// What the settings allow, in requests a minute.
    pub(super) const fn ceiling(&self) -> u32 {
        self.ceiling
    }

    /// The rate as it stands, in requests a minute.
    fn per_minute(&self) -> u32 {
        let learned = self.learner.limit().and_then(|Limit { requests, per }| {
            let per = per?.as_millis().max(1);
            u32::try_from(u128::from(requests) * MINUTE.as_millis() / per).ok()
        });
        learned.map_or(self.rate, |learned| learned.clamp(1, self.rate))
    }

    /// When the burst allows the next start.
    fn spread(&self, now: Instant) -> Option<Instant> {
        let ahead = self.interval() * (BURST.min(self.rate) - 1);
        (self.even > now + ahead).then(|| self.even - ahead)
    }

    /// When the windows have room for one more: the last minute under the setting, counting every start, and the
    /// server's own, counting from the end of the last quiet only. The server that asked for it has counted what was
    /// before, and a second count here would wait longer than it asked for.
    fn windows(&mut self, now: Instant) -> Option<Instant> {
        let learned = self.learner.limit();
        let longest = learned.and_then(|limit| limit.per).unwrap_or_default().max(MINUTE);
        while self.started.front().is_some_and(|s| now.duration_since(*s) > longest) {
            self.started.pop_front();
        }
        let rate = self.room(self.ceiling.min(self.rate), MINUTE, 0, now);
        let Some(Limit { requests, per: Some(per) }) = learned else { return rate };
        let before = self.started.partition_point(|s| *s < self.taking_since);
        // A hundredth more, for the time that requests take to arrive.
        rate.max(self.room(requests, per + per / 100, before, now))
    }

    /// When fewer than `limit` starts lie in the last `span`, leaving out the first `skip`. A grant on its way to the
    /// wire has no time yet, so it is waited for by a tick: its worker reports soon.
    fn room(&self, limit: u32, span: Duration, skip: usize, now: Instant) -> Option<Instant> {
        let old = self.started.iter().skip(skip).take_while(|s| now.duration_since(**s) > span).count();
        let recent = self.started.len() - skip - old + self.granted;
        let over = (recent + 1).checked_sub(limit as usize).filter(|n| *n > 0)?;
        Some(self.started.get(skip + old + over - 1).map_or(now + TICK, |oldest| *oldest + span + TICK))
    }

    /// How far apart requests are in the long run.
    pub(super) fn spacing(&self) -> Duration {
        MINUTE / self.per_minute()
    }

    fn interval(&self) -> Duration {
        MINUTE / self.rate
    }

    /// The wait for the server's next window, when this one is used up.
    fn used_up(&self) -> Option<Wait> {
        let (_, until) = self.allowance.filter(|(left, _)| *left == 0)?;
        Some(Wait { until, reason: WaitReason::AskedByServer })
    }

    /// Changes what the settings allow. The rate goes there at once: who changes it by hand means it. What was learned of
    /// the server's own limit stays.
    pub(super) fn set_ceiling(&mut self, per_minute: u32, now: Instant) {
        self.ceiling = per_minute.max(1);
        self.rate = self.ceiling;
        self.even = self.even.min(now);
        self.changed = now;
    }

    /// Learns from the answer to a request that went out at `sent`, and holds everything where the server asks for quiet.
    pub(super) fn answered(&mut self, reply: &Reply, sent: Instant, now: Instant, manners: Manners) {
        let quiet = retry::quiet(reply);
        let asked = quiet.and_then(|(_, asked)| asked);
        // A 429 without a time is the pace's to judge.
        let mut least = asked;
        match reply.http_status {
            Some(429) => least = self.too_many(sent, now, asked).or(asked),
            Some(503) => self.busy(sent, now),
            // Whatever else it says of it, it counts the request.
            Some(_) => self.taken(sent, now),
            None => {}
        }
        if let Some((reason, _)) = quiet {
            let most = least.map_or(manners.backoff, |least| (least / 10).min(JITTER));
            let least = least.unwrap_or_default().min(manners.patience);
            self.hold(now + least + most.mul_f64(manners.share), reason);
        }
        self.quota(reply.quota, manners.under_way, now);
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

    /// The server took a request that went out at `started`.
    pub(super) fn taken(&mut self, started: Instant, now: Instant) {
        self.learner.taken(started, now);
        self.all_taken += 1;
        if self.rate < self.ceiling && now.duration_since(self.changed) >= RECOVERY {
            self.rate = self.rate.saturating_add((self.rate / 4).max(1)).min(self.ceiling);
            self.changed = now;
        }
    }

    /// The server found a request that went out at `started` to be one too many (429). Gives how long to be quiet, where
    /// that is news.
    pub(super) fn too_many(&mut self, started: Instant, now: Instant, after: Option<Duration>) -> Option<Duration> {
        let quiet = self.learner.too_many(started, now, after)?;
        self.taking_since = now + quiet;
        Some(quiet)
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

    /// The server said how many requests it still takes in this window. Those under way may not be counted in.
    ///
    /// Answers of one window may come out of order, so the smaller number counts.
    pub(super) fn quota(&mut self, quota: Quota, under_way: usize, now: Instant) {
        if let Some(limit) = quota.limit {
            self.learner.named(limit);
        }
        let (Some(remaining), Some(reset_in)) = (quota.remaining, quota.reset_in) else { return };
        let left = remaining.saturating_sub(under_way as u32);
        let until = now + reset_in;
        let same_window = |(_, before): &(u32, Instant)| {
            until.max(*before).duration_since(until.min(*before)) <= EPOCH_SECOND && *before > now
        };
        let left = self.allowance.filter(same_window).map_or(left, |(before, _)| before.min(left));
        self.allowance = Some((left, until));
    }
}

#[cfg(test)]
mod tests;
