//! Long work that says how far it is, and that can be stopped.
//!
//! Whoever begins the work makes a [`Work`] and keeps a way to stop it. Whoever does it calls [`Work::step`] for what is
//! done, or takes its items through [`Work::over`], and gives up when told to. A change of the store is stopped whole: see
//! `Store::watched`. Nothing is told in the first quarter of a second, nor more often than four times in one, so that
//! short work stays silent and a step costs next to nothing.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::clock::{Timestamp, now};

/// The shortest time between two words of how far the work is.
const EVERY_MS: u64 = 250;

/// Steps between two looks at the clock.
const LOOK: u64 = 256;

/// The work was to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped; everything is as it was")]
pub struct Stopped;

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 where nobody knows.
    pub of: u64,
}

/// What work tells: how far it is, and at last, if it told anything, that it is over.
pub type Tell = Box<dyn Fn(Option<Progress>) + Send + Sync>;

/// Work under way. Clones are the same work; it is over when the last of them is dropped.
#[derive(Clone)]
pub struct Work(Arc<Inner>);

struct Inner {
    stopped: AtomicBool,
    replaced: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
    /// When something was told last, at first when the work began.
    told_at: AtomicI64,
    has_told: AtomicBool,
    tell: Tell,
}

impl Work {
    /// Work that tells of itself so.
    pub fn new(tell: Tell) -> Self {
        Self(Arc::new(Inner {
            stopped: AtomicBool::new(false),
            replaced: AtomicBool::new(false),
            done: AtomicU64::new(0),
            of: AtomicU64::new(0),
            told_at: AtomicI64::new(now().0),
            has_told: AtomicBool::new(false),
            tell,
        }))
    }

    /// Work that nobody watches.
    pub fn unwatched() -> Self {
        Self::new(Box::new(|_| ()))
    }

    /// A way to stop it that does not keep it from being over.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::downgrade(&self.0))
    }

    /// Whether it was to be stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Whether other work took its place, so that nobody waits for its answer.
    pub fn is_replaced(&self) -> bool {
        self.0.replaced.load(Ordering::Relaxed)
    }

    /// Fails when it was to be stopped.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    /// Begins to count anew, up to this many steps; 0 where nobody knows how many there are.
    pub fn expect(&self, of: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.of.store(of, Ordering::Relaxed);
    }

    /// Counts steps. Fails when the work was to be stopped.
    pub fn step(&self, steps: u64) -> Result<(), Stopped> {
        let before = self.0.done.fetch_add(steps, Ordering::Relaxed);
        if (before + steps) / LOOK > before / LOOK {
            self.0.tell_in_time(now());
        }
        self.check()
    }

    /// Lives on within a step that takes long. Fails when the work was to be stopped.
    pub fn breathe(&self) -> Result<(), Stopped> {
        self.0.tell_in_time(now());
        self.check()
    }

    /// The items, each a step; they end early when the work was to be stopped, which [`check`](Self::check) then tells.
    pub fn over<I: IntoIterator>(&self, items: I) -> impl Iterator<Item = I::Item> + use<I> {
        let work = self.clone();
        items.into_iter().map_while(move |item| work.step(1).ok().map(|()| item))
    }
}

impl Inner {
    fn tell_in_time(&self, now: Timestamp) {
        let told_at = self.told_at.load(Ordering::Relaxed);
        if now.since(Timestamp(told_at)) < EVERY_MS {
            return;
        }
        // Of several threads that come here at once, one tells.
        if self.told_at.compare_exchange(told_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.has_told.store(true, Ordering::Relaxed);
            let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
            (self.tell)(Some(Progress { done, of }));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if *self.has_told.get_mut() {
            (self.tell)(None);
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("done", &self.0.done).field("of", &self.0.of).finish_non_exhaustive()
    }
}

/// A way to stop work.
#[derive(Clone)]
pub struct Stopper(Weak<Inner>);

impl Stopper {
    /// Stops the work, if it is not over.
    pub fn stop(&self) {
        if let Some(work) = self.0.upgrade() {
            work.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Stops the work, if it is not over, since other work takes its place.
    pub fn replace(&self) {
        if let Some(work) = self.0.upgrade() {
            work.replaced.store(true, Ordering::Relaxed);
            work.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the work is over.
    pub fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").field("is_over", &self.is_over()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn told() -> (Work, Arc<Mutex<Vec<Option<Progress>>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&told);
        (Work::new(Box::new(move |progress| theirs.lock().unwrap().push(progress))), told)
    }

    #[test]
    fn short_work_is_silent_and_long_work_tells_four_times_a_second_and_when_it_is_over() {
        let (work, told) = told();
        let begun = work.0.told_at.load(Ordering::Relaxed);
        let at = |ms: i64| Timestamp(begun + ms);
        work.expect(1000);
        work.step(10).unwrap();
        work.0.tell_in_time(at(249));
        assert!(told.lock().unwrap().is_empty());
        for ms in [250, 251, 499, 500] {
            work.0.tell_in_time(at(ms));
        }
        let far = Some(Progress { done: 10, of: 1000 });
        assert_eq!(*told.lock().unwrap(), [far, far]);
        drop(work.clone());
        assert_eq!(told.lock().unwrap().len(), 2);
        drop(work);
        assert_eq!(*told.lock().unwrap(), [far, far, None]);
    }

    #[test]
    fn work_that_told_nothing_does_not_say_that_it_is_over() {
        let (work, told) = told();
        work.step(1).unwrap();
        drop(work);
        assert!(told.lock().unwrap().is_empty());
    }

    #[test]
    fn stopped_work_gives_no_more_items_and_says_so() {
        let (work, _) = told();
        let stopper = work.stopper();
        let mut taken = Vec::new();
        for item in work.over(0..10) {
            taken.push(item);
            if item == 2 {
                stopper.stop();
            }
        }
        assert_eq!(taken, [0, 1, 2]);
        assert_eq!((work.check(), work.step(1), work.breathe()), (Err(Stopped), Err(Stopped), Err(Stopped)));
        assert!(!stopper.is_over());
        drop(work);
        assert!(stopper.is_over());
        stopper.stop();
    }
}
