//! What makes a run stop and think: a canary that failed, or too many contacts that did.

use std::collections::VecDeque;

use super::run::Breaker;
use crate::domain::{Echo, Outcome, Status};
use crate::support::text::counted;

/// How the edits of a batch, or of several, came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Health {
    pub(super) edits: u64,
    /// Those that were not updated.
    pub(super) failed: u64,
    /// Those that were not updated, or came back otherwise than wanted, or not at all.
    pub(super) doubtful: u64,
}

impl Health {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let count = |bad: fn(&Outcome) -> bool| outcomes.iter().filter(|o| bad(o)).count() as u64;
        Self {
            edits: outcomes.len() as u64,
            failed: count(|o| o.status != Status::Updated),
            doubtful: count(|o| o.status != Status::Updated || o.echo != Echo::Matches),
        }
    }

    fn add(&mut self, more: Self) {
        self.edits += more.edits;
        self.failed += more.failed;
        self.doubtful += more.doubtful;
    }
}

/// The health of a run so far.
#[derive(Debug)]
pub(super) struct Watch {
    breaker: Option<Breaker>,
    /// The last batches, which together have no more contacts than are looked at, but for the oldest.
    last: VecDeque<Health>,
    all: Health,
}

impl Watch {
    pub(super) fn new(breaker: Option<Breaker>) -> Self {
        Self { breaker, last: VecDeque::new(), all: Health::default() }
    }

    /// Takes a settled batch into account; says why the run had better not go on, if so.
    pub(super) fn settled(&mut self, health: Health) -> Option<String> {
        self.all.add(health);
        let Breaker { window, percent } = self.breaker?;
        self.last.push_back(health);
        let mut sum = self.last.iter().fold(Health::default(), |mut sum, h| {
            sum.add(*h);
            sum
        });
        while let Some(oldest) = self.last.front().copied()
            && sum.edits - oldest.edits >= u64::from(window)
        {
            self.last.pop_front();
            sum = Health { edits: sum.edits - oldest.edits, failed: sum.failed - oldest.failed, ..sum };
        }
        let trips = sum.edits >= u64::from(window) && sum.failed * 100 > sum.edits * u64::from(percent);
        trips.then(|| format!("{} of the last {} failed", sum.failed, counted(sum.edits, "contact")))
    }

    /// Updated contacts that did not come back as wanted, or not at all.
    pub(super) const fn odd_echoes(&self) -> u64 {
        self.all.doubtful - self.all.failed
    }

    /// Begins to count anew: somebody has looked, and goes on.
    pub(super) fn reset(&mut self) {
        self.last.clear();
    }

    /// Why the canary, which is all that was settled so far, does not pass; `None` when it does.
    pub(super) fn canary(&self) -> Option<String> {
        let Health { edits, doubtful, .. } = self.all;
        let canary = counted(edits, "contact");
        (doubtful > 0)
            .then(|| format!("the canary failed: {doubtful} of the first {canary} did not come back as wanted"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(edits: u64, failed: u64) -> Health {
        Health { edits, failed, doubtful: failed }
    }

    #[test]
    fn it_trips_above_the_share_and_not_before_enough_were_seen() {
        let mut watch = Watch::new(Some(Breaker { window: 200, percent: 50 }));
        assert_eq!(watch.settled(batch(100, 100)), None, "too few to say");
        assert_eq!(watch.settled(batch(100, 0)), None, "half is allowed");
        assert_eq!(watch.settled(batch(100, 51)), None, "51 of the last 200");
        assert_eq!(watch.settled(batch(100, 50)), Some(String::from("101 of the last 200 contacts failed")));
        watch.reset();
        assert_eq!(watch.settled(batch(100, 100)), None, "counted anew");
    }

    #[test]
    fn a_batch_larger_than_the_window_counts_whole() {
        let mut watch = Watch::new(Some(Breaker { window: 10, percent: 50 }));
        assert_eq!(watch.settled(batch(500, 250)), None);
        assert!(watch.settled(batch(500, 251)).is_some());
    }

    #[test]
    fn without_a_breaker_nothing_trips() {
        assert_eq!(Watch::new(None).settled(batch(1000, 1000)), None);
    }

    #[test]
    fn a_canary_wants_every_echo() {
        let mut watch = Watch::new(None);
        watch.settled(batch(5, 0));
        assert_eq!(watch.canary(), None);
        watch.settled(Health { edits: 5, failed: 0, doubtful: 1 });
        assert!(watch.canary().unwrap().contains("1 of the first 10 contacts"));
    }
}
