//! The soak: whole lives of a queue of 10,000 edits, with random faults, pauses, cancels, changes of pace and kills, until
//! every edit is settled. It drives the engine on the real store, against a server whose book knows the truth.
//!
//! A seed decides all of a life, and the same seed lives the same life again: one thread, a clock that only waits move,
//! and a journal whose writes take no time on it but what the seed says. `ROLODECK_SOAK_SEEDS` says which seeds:
//! `1000` are the first thousand, `17..18` is seed 17 alone.

mod answer;
mod fate;
mod ink;
mod judge;
mod life;
mod run;
mod server;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::super::RunReport;
use crate::support::rng::mix_all;
use life::{Life, Tale};

/// Edits of one life.
const EDITS: u64 = 10_000;
/// Every so manieth seed lives twice.
const TWICE: u64 = 20;

/// What a seed decides, one after the other.
struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    fn new(seed: u64) -> Self {
        Self { seed: mix_all(&[seed, 0xd1ce]), thrown: 0 }
    }

    /// A number below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.thrown += 1;
        mix_all(&[self.seed, self.thrown]) % n
    }

    /// Whether the one case in `n` came up.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Waits for what another thread does, without a turn of the runtime: its clock stands still meanwhile.
fn at_once<F: Future>(work: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    // The budget that a task has for one turn would never be filled up here.
    let mut work = pin!(tokio::task::unconstrained(work));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

/// The seeds that are asked for.
#[expect(clippy::disallowed_methods, reason = "nothing but the command line can tell a test how long it may take")]
fn seeds() -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("ROLODECK_SOAK_SEEDS is a number, or a range like 17..18");
    match std::env::var("ROLODECK_SOAK_SEEDS") {
        Err(_) => 0..50,
        Ok(text) => match text.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => 0..number(&text),
        },
    }
}

/// Lives the life of a seed; a check that fails in it names the seed.
fn live(seed: u64) -> Result<Tale, String> {
    catch_unwind(AssertUnwindSafe(|| Life::begin(seed).live())).map_err(|_| {
        format!("seed {seed} failed; alone: ROLODECK_SOAK_SEEDS={seed}..{} cargo test --lib soak", seed + 1)
    })
}

#[test]
fn no_edit_is_lost_or_belied_in_lives_full_of_faults_cancels_and_kills() {
    let seeds = seeds();
    let next = AtomicU64::new(seeds.start);
    let (tales, failed) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) || !failed.lock().unwrap().is_empty() {
                return;
            }
            let told = live(seed).and_then(|tale| match seed % TWICE {
                0 if live(seed)? != tale => Err(format!("seed {seed} came out otherwise when it lived again (I8)")),
                _ => Ok(tale),
            });
            match told {
                Ok(tale) => tales.lock().unwrap().push(tale),
                Err(said) => failed.lock().unwrap().push(said),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(worker);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let tales = tales.into_inner().unwrap();
    // The lives are worth their name only when they see everything.
    if tales.len() >= 50 {
        let seen = |what: &dyn Fn(&Tale) -> bool| tales.iter().filter(|tale| what(tale)).count();
        let ended = |state: &'static str| seen(&|tale| tale.reports.iter().any(|r| r.state.name() == state));
        let ends = ["finished", "cancelled", "stopped", "tripped", "broken"].map(|state| (state, ended(state)));
        assert!(ends.iter().all(|(_, lives)| *lives >= 3), "{ends:?}");
        assert!(seen(&|tale| tale.kills > 0) >= 10);
    }
}

/// Whether a report says that the run could close its books.
fn is_closed(report: &RunReport) -> bool {
    report.totals.balances()
}
