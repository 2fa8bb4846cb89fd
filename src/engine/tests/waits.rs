//! Pace, Retry-After and back-off: when requests arrive, and what is said of the waits.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use tokio::time::Instant;

use super::fake::*;
use crate::domain::RunState;
use crate::engine::{EngineEvent, EventKind, RunPolicy, WaitReason};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn waits(heard: &[EngineEvent]) -> Vec<(WaitReason, Duration)> {
    let wait =
        |e: &EngineEvent| if let EventKind::Waiting { reason, for_ } = e.kind { Some((reason, for_)) } else { None };
    heard.iter().filter_map(wait).collect()
}

fn times(world: &World) -> Vec<Instant> {
    world.seen().arrivals.iter().map(|(at, ..)| *at).collect()
}

#[tokio::test(start_paused = true)]
async fn any_sixty_seconds_hold_at_most_the_rate_retries_included() {
    for rate in [1u32, 7, 30] {
        let world =
            World::even(60, |batch, attempt| if batch % 3 == 0 && attempt < 3 { soon(timeout()) } else { fine() });
        // A journal that is slow at times shifts requests between leave and wire.
        let world = Arc::new(world.with_journal(|call| match call {
            Call::Intend(batch, _) if batch % 4 == 0 => Ink::Writes(5 * SECOND),
            _ => Ink::Writes(Duration::ZERO),
        }));
        let (report, _) = run(&world, RunPolicy { rate_per_minute: rate, in_flight: 2, ..policy() }).await;
        assert_eq!(report.requests, 100);
        let at = times(&world);
        assert!(at.windows(rate as usize + 1).all(|w| w[rate as usize] - w[0] > MINUTE), "rate {rate}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pace_is_told_with_its_number() {
    let world = Arc::new(World::even(8, |_, _| fine()));
    let (_, heard) = run(&world, RunPolicy { rate_per_minute: 30, ..policy() }).await;
    let waits = waits(&heard);
    // Five start at once, three are waited for: each wait is told once.
    assert_eq!(waits.len(), 3);
    assert!(waits.iter().all(|(r, d)| *r == WaitReason::Rate { per_minute: 30 } && *d <= 2 * SECOND), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_holds_every_worker_until_then() {
    let hold = 30 * SECOND;
    let world = Arc::new(World::new(vec![(3, 0); 40], 4, move |batch, attempt| match (batch, attempt) {
        (5, 1) => soon(busy(429, Some(hold))),
        _ => fine(),
    }));
    let (report, heard) = run(&world, RunPolicy { in_flight: 4, ..policy() }).await;
    assert_eq!(report.totals.updated, 120);
    let at = times(&world);
    let answered =
        world.seen().arrivals.iter().find(|(_, batch, _)| *batch == 5).unwrap().0 + Duration::from_millis(100);
    let quiet = at.iter().filter(|t| **t > answered).min().unwrap().duration_since(answered);
    assert!(quiet >= hold && quiet <= hold + SECOND, "{quiet:?}");
    let asked: Vec<_> = waits(&heard).into_iter().filter(|(r, _)| *r == WaitReason::AskedByServer).collect();
    assert_eq!(asked.len(), 1, "the same wait is told once");
    assert!(asked[0].1 + SECOND >= hold);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_that_gives_no_time_is_left_alone_for_a_while() {
    let world = Arc::new(World::even(10, |batch, attempt| match (batch, attempt) {
        (2, 1) => soon(busy(503, None)),
        _ => fine(),
    }));
    let slow = 1000 * SECOND;
    let (_, heard) = run(&world, RunPolicy { backoff_base: slow, backoff_cap: slow, seed: 3, ..policy() }).await;
    let busy: Vec<_> = waits(&heard).into_iter().filter(|(r, _)| *r == WaitReason::Busy).collect();
    assert_eq!(busy.len(), 1);
    let longest = times(&world).windows(2).map(|w| w[1] - w[0]).max().unwrap();
    assert!(longest >= busy[0].1, "{longest:?} against {busy:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_left_with_retries_alone_says_so() {
    let world =
        Arc::new(World::even(3, |batch, attempt| if batch > 0 && attempt == 1 { soon(timeout()) } else { fine() }));
    let slow = 1000 * SECOND;
    let (_, heard) = run(&world, RunPolicy { backoff_base: slow, backoff_cap: slow, ..policy() }).await;
    let told = waits(&heard);
    assert_eq!(told[0].0, WaitReason::Retry { batches: 2 });
    let again = heard.iter().find_map(|e| match e.kind {
        EventKind::AttemptFailed { again_in, .. } => again_in,
        _ => None,
    });
    assert!(again.is_some_and(|d| d > Duration::ZERO));
}

/// A server that takes `most` requests in a window that begins with the first of them, and says so only to one that is
/// too many, if then.
fn limited(most: u32, window: Duration, tells: bool) -> impl Fn(u32, u32) -> Play + Send + Sync {
    let state = std::sync::Mutex::new((Instant::now(), 0u32));
    move |_, _| {
        let mut state = state.lock().unwrap();
        let now = Instant::now();
        if state.1 == 0 || now >= state.0 + window {
            *state = (now, 0);
        }
        if state.1 == most {
            let left = (state.0 + window - now).as_millis().div_ceil(1000) as u64;
            return Play::Answer(Duration::from_millis(4), busy(429, tells.then(|| Duration::from_secs(left))));
        }
        state.1 += 1;
        Play::Answer(Duration::from_millis(4), updated(3))
    }
}

#[rstest]
#[case::short_windows(5, 3, true, 2)]
#[case::short_windows_and_more_at_once(5, 3, true, 4)]
#[case::minutes(60, 60, true, 2)]
#[case::seconds(20, 2, true, 3)]
#[case::one_in_ten_seconds(1, 10, true, 2)]
#[case::nothing_said(5, 3, false, 2)]
#[case::as_many_as_go_at_once(6, 3, true, 4)]
#[tokio::test(start_paused = true)]
async fn a_hidden_limit_costs_few_requests_and_little_time(
    #[case] most: u32,
    #[case] secs: u64,
    #[case] tells: bool,
    #[case] in_flight: usize,
) {
    let window = Duration::from_secs(secs);
    let batches = most as usize * 8;
    let world = Arc::new(World::new(vec![(3, 0); batches], in_flight, limited(most, window, tells)));
    let begun = Instant::now();
    let (report, _) = run(&world, RunPolicy { rate_per_minute: 100_000, max_attempts: 5, in_flight, ..policy() }).await;
    assert_eq!((report.state, report.totals.updated), (RunState::Finished, batches as u64 * 3));
    assert!(report.retries <= 3, "{} requests wasted", report.retries);
    let (took, ideal) = (Instant::now() - begun, window * 7);
    assert!(took <= ideal.mul_f64(1.1) + window, "{took:?}");
}

/// What is under way when the limit is reached is refused, and no more: three at first, one more with every eighth taken.
#[tokio::test(start_paused = true)]
async fn whatever_the_hidden_limit_it_costs_no_more_than_was_under_way() {
    for in_flight in [2, 3, 4, 8] {
        for most in 1..=40 {
            let world = World::new(vec![(3, 0); most as usize * 3], in_flight, limited(most, MINUTE, true));
            let policy = RunPolicy { rate_per_minute: 100_000, max_attempts: 5, in_flight, ..policy() };
            let (report, _) = run(&Arc::new(world), policy).await;
            assert_eq!((report.state, report.totals.updated), (RunState::Finished, u64::from(most) * 9));
            let wasted = report.retries;
            assert!(wasted <= in_flight.min(3 + most as usize / 8) as u64, "{wasted} of {most}, {in_flight} in flight");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_thousand_batches_hold_few_edits_in_memory_at_a_time() {
    let world = Arc::new(World::even(2000, |_, attempt| if attempt == 1 { soon(timeout()) } else { fine() }));
    let mut handle = begin(&world, policy());
    let (mut sent, mut most) = (0, 0);
    while let Some(event) = handle.events.recv().await {
        if let EventKind::BatchSent { .. } = event.kind {
            sent += 1;
        }
        most = most.max(world.seen().loads - sent);
    }
    assert_eq!(sent, 4000);
    assert!(most <= 8, "{most} batches were read ahead");
}
