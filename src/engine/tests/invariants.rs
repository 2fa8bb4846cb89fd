//! I1 to I9, each by name, and all of them at once under seeded disorder.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::fake::*;
use crate::domain::{AttemptResult, Batch, Refusal, RunState, Status, Totals};
use crate::engine::{Cancel, EventKind, RunControl, RunPolicy};
use crate::support::rng::mix_all;

#[tokio::test(start_paused = true)]
async fn i1_every_planned_edit_settles_exactly_once() {
    use Status::{Rejected, Unknown, Updated};
    let world = Arc::new(World::even(20, |batch, attempt| match (batch % 4, attempt) {
        (0, _) => soon(settled(&[Updated, Rejected, Unknown])),
        (1, 1) => soon(timeout()),
        (2, 1 | 2) => soon(busy(503, None)),
        _ => fine(),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Finished);
    assert_eq!(report.totals, Totals { planned: 60, updated: 50, rejected: 5, unknown: 5, not_sent: 0 });
    assert_eq!(world.seen().settled.len(), 20);
    assert_eq!((report.requests, report.retries), (35, 15));
}

#[tokio::test(start_paused = true)]
async fn i2_no_request_leaves_before_its_intent_is_durable() {
    let slow = Duration::from_millis(700);
    let world = World::even(4, |_, attempt| if attempt == 1 { soon(timeout()) } else { fine() });
    let world = Arc::new(world.with_journal(move |call| match call {
        Call::Intend(..) => Ink::Writes(slow),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let begun = Instant::now();
    // The fake server calls a request without a recorded intent a breach, and `listen` asserts that there is none.
    run(&world, policy()).await;
    assert_eq!(world.seen().arrivals.len(), 8);
    assert_eq!(world.seen().arrivals[0].0 - begun, slow);
}

#[tokio::test(start_paused = true)]
async fn i3_requests_in_flight_stay_within_the_limit_and_reach_it() {
    for limit in [1, 2, 5] {
        let world = Arc::new(World::new(vec![(3, 0); 30], limit, |_, _| fine()));
        run(&world, RunPolicy { in_flight: limit, ..policy() }).await;
        assert_eq!(world.seen().peak, limit);
    }
}

#[tokio::test(start_paused = true)]
async fn i3_an_answer_is_followed_at_once_by_a_request_whose_intent_is_on_disk() {
    let world = World::new(vec![(3, 0); 40], 4, |batch, _| {
        // Not all at the same moment.
        Play::Answer(Duration::from_millis(150 + u64::from(batch % 7)), updated(3))
    });
    let world = Arc::new(world.with_journal(|call| match call {
        Call::Intend(..) | Call::Settle(_) => Ink::Writes(Duration::from_millis(20)),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let begun = Instant::now();
    run(&world, RunPolicy { in_flight: 4, ..policy() }).await;
    assert_eq!(world.seen().peak, 4);
    let arrivals: Vec<_> = world.seen().arrivals.iter().map(|(at, ..)| at.duration_since(begun)).collect();
    // Ten rounds of 156 ms at most, and at the start an intent, and a round for the slots that open late.
    assert!(arrivals[39] < Duration::from_millis(11 * 156 + 60), "{arrivals:?}");
}

#[tokio::test(start_paused = true)]
async fn i3_a_request_leaves_its_place_as_soon_as_its_answer_is_here() {
    let ms = Duration::from_millis;
    let world = Arc::new(World::new(vec![(3, 0); 4], 1, move |batch, _| match batch {
        1 => soon(updated(3)),
        _ => Play::Long(ms(100), ms(70), updated(3)),
    }));
    let begun = Instant::now();
    let (_, heard) = run(&world, RunPolicy { in_flight: 1, ..policy() }).await;
    let arrivals: Vec<_> = world.seen().arrivals.iter().map(|(at, ..)| at.duration_since(begun)).collect();
    assert_eq!(arrivals, [0, 100, 200, 300].map(ms), "none waits for the judgement of another");
    let settled = heard
        .iter()
        .filter_map(|e| if let EventKind::BatchSettled { batch, .. } = e.kind { Some(batch) } else { None });
    assert_eq!(settled.collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_judged_slowly_do_not_pile_up() {
    let judging = Duration::from_secs(10);
    let world = Arc::new(World::new(vec![(3, 0); 12], 2, move |_, _| {
        Play::Long(Duration::from_millis(1), judging, updated(3))
    }));
    let begun = Instant::now();
    run(&world, policy()).await;
    let at_once = world.seen().arrivals.iter().filter(|(at, ..)| at.duration_since(begun) < judging).count();
    assert_eq!(at_once, 4, "as many again as may be in flight");
}

#[tokio::test(start_paused = true)]
async fn a_pause_takes_back_intents_that_have_not_gone() {
    let world = Arc::new(World::even(20, |_, _| Play::Answer(Duration::from_secs(5), updated(3))));
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    sleep(Duration::from_secs(1)).await;
    let sent = world.seen().arrivals.len();
    assert!(world.seen().open.len() > sent, "some are prepared");
    handle.control.send(RunControl::Pause);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.seen().open.len(), sent, "a crash now would leave none of them unknown");
    handle.control.send(RunControl::Resume);
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!((report.state, report.totals.updated, report.requests), (RunState::Finished, 60, 20));
}

#[tokio::test(start_paused = true)]
async fn i3_a_batch_waiting_for_its_retry_occupies_no_slot() {
    let world = Arc::new(World::new(vec![(3, 0); 5], 1, |batch, attempt| match (batch, attempt) {
        (0, 1) => soon(timeout()),
        _ => fine(),
    }));
    let slow = Duration::from_secs(3600);
    run(&world, RunPolicy { in_flight: 1, backoff_base: slow, backoff_cap: slow, ..policy() }).await;
    let order: Vec<_> = world.seen().arrivals.iter().map(|(_, batch, _)| *batch).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 0]);
}

#[tokio::test(start_paused = true)]
async fn i4_attempts_stay_within_the_policy() {
    for max_attempts in [1, 2, 5] {
        let world = Arc::new(World::even(3, |_, _| soon(timeout())));
        let (report, heard) = run(&world, RunPolicy { max_attempts, ..policy() }).await;
        assert_eq!(report.requests, u64::from(max_attempts) * 3);
        assert_eq!(report.totals.unknown, 9);
        let last = |k: &EventKind| matches!(k, EventKind::AttemptFailed { attempt, again_in: None, .. } if *attempt == max_attempts);
        assert_eq!(heard.iter().filter(|e| last(&e.kind)).count(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn i5_after_an_abort_it_is_quiet_within_the_grace_time() {
    let world = Arc::new(World::even(9, |batch, _| match batch {
        // Ends within the grace time.
        0 => Play::Answer(Duration::from_secs(1), updated(3)),
        _ => Play::Never,
    }));
    let mut handle = begin(&world, policy());
    let sent = |k: &EventKind| matches!(k, EventKind::BatchSent { batch: 1, .. });
    until(&mut handle, sent).await;
    handle.control.send(RunControl::Cancel(Cancel::Abort));
    let begun = Instant::now();
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!(Instant::now() - begun, policy().grace);
    assert_eq!(world.seen().in_flight, 0);
    assert_eq!(report.state, RunState::Cancelled);
    assert_eq!(report.totals, Totals { planned: 27, updated: 3, unknown: 3, not_sent: 21, ..Totals::default() });
    assert!(world.outcome(1).1.contains("cut off before the answer came"), "{:?}", world.outcome(1));
}

#[tokio::test(start_paused = true)]
async fn i6_seq_rises_by_one_and_totals_are_the_fold_of_what_settled() {
    let world = Arc::new(World::even(10, |batch, attempt| match (batch % 3, attempt) {
        (0, 1) => soon(timeout()),
        (1, _) => soon(settled(&[Status::Rejected, Status::Updated, Status::Updated])),
        _ => fine(),
    }));
    // `listen` checks both on every event.
    let (_, heard) = run(&world, policy()).await;
    let settled = |k: &EventKind| matches!(k, EventKind::BatchSettled { .. });
    assert_eq!(heard.iter().filter(|e| settled(&e.kind)).count(), 10);
}

#[tokio::test(start_paused = true)]
async fn i7_a_listener_that_never_reads_stops_nothing() {
    let world = Arc::new(World::even(500, |_, _| fine()));
    let handle = begin(&world, policy());
    while world.seen().finish.is_none() {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(world.seen().settled.len(), 500);
    drop(handle);
}

#[tokio::test(start_paused = true)]
async fn i7_a_run_goes_on_when_its_handle_is_dropped() {
    let world = Arc::new(World::even(50, |_, _| fine()));
    drop(begin(&world, policy()));
    while world.seen().finish.is_none() {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(world.seen().finish.unwrap().0, RunState::Finished);
    assert_eq!(world.seen().settled.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn i8_the_same_seed_and_answers_give_the_same_outcomes_in_any_order_of_arrival() {
    for seed in 0..40 {
        let mut runs = Vec::new();
        for limit in [1, 4, 4] {
            let world = Arc::new(disorder(seed, limit, &Trouble::Passing));
            let (report, _) = run(&world, RunPolicy { in_flight: limit, seed, ..policy() }).await;
            runs.push((world.seen().by_seq(), report.state, report.totals, report.requests));
        }
        assert!(runs.windows(2).all(|w| w[0] == w[1]), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn i9_nothing_is_told_before_it_is_recorded() {
    let world = World::even(6, |batch, attempt| if batch == 2 && attempt == 1 { soon(timeout()) } else { fine() });
    let world = Arc::new(world.with_journal(|_| Ink::Writes(Duration::from_millis(300))));
    let mut handle = begin(&world, policy());
    while let Some(event) = handle.events.recv().await {
        let seen = world.seen();
        match event.kind {
            EventKind::BatchSettled { batch, .. } => assert!(seen.settled.contains_key(&batch)),
            EventKind::AttemptFailed { batch, attempt, .. } => {
                assert!(seen.failed.iter().any(|r| (r.batch, r.attempt) == (batch, attempt)));
            }
            EventKind::Finished(_) => assert!(seen.finish.is_some()),
            _ => {}
        }
    }
}

/// How bad the disorder is.
enum Trouble {
    /// Answers that concern their batch alone.
    Passing,
    /// Also such as end the run.
    Any,
}

/// A plan, a server and a journal chosen by seed. What an attempt meets depends on the seed, the batch
/// and the attempt, never on the order of arrival.
fn disorder(seed: u64, limit: usize, trouble: &Trouble) -> World {
    let pick = move |parts: &[u64], n: u64| mix_all(&[&[seed], parts].concat()) % n;
    let mut round = 0;
    let sizes: Vec<_> = (0..pick(&[1], 25))
        .map(|no| {
            round += u32::from(pick(&[2, no], 5) == 0);
            (1 + pick(&[3, no], 9) as usize, round)
        })
        .collect();
    let deadly = matches!(trouble, Trouble::Any);
    // Parts are numbered as they come about, so what is sent counts, and not its number.
    let script = move |batch: &Batch, attempt: u32| {
        let edits = batch.items.len();
        let at = [batch.items[0].seq, edits as u64, u64::from(attempt)];
        if batch.items.iter().any(|item| pick(&[8, item.seq], 40) == 0) {
            let refusal = refused(Refusal::Split, 400);
            return Play::Answer(Duration::from_millis(pick(&[&[6], &at[..]].concat(), 900)), refusal);
        }
        let reply = match pick(&[&[4], &at[..]].concat(), if deadly { 60 } else { 50 }) {
            0..8 => timeout(),
            8..12 => busy(429, Some(Duration::from_secs(pick(&[5], 4)))),
            12..16 => busy(503, None),
            16..20 => refused(Refusal::Whole, 409),
            20 => updated(edits + 1),
            21 => return Play::Panic,
            50 => refused(Refusal::Stop, 401),
            51 | 52 => return Play::Never,
            53 => unreachable(),
            54 => refused(Refusal::Astray, 404),
            n => settled(&(0..edits).map(|i| Status::ALL[(n as usize + i) % 3]).collect::<Vec<_>>()),
        };
        if matches!(reply.result, AttemptResult::Settled(_)) && pick(&[&[9], &at[..]].concat(), 2) == 0 {
            let judging = Duration::from_millis(pick(&[&[10], &at[..]].concat(), 300));
            return Play::Long(Duration::from_millis(pick(&[&[6], &at[..]].concat(), 900)), judging, reply);
        }
        Play::Answer(Duration::from_millis(pick(&[&[6], &at[..]].concat(), 900)), reply)
    };
    World::told(sizes, limit, script).with_journal(move |call| {
        let (kind, batch) = match call {
            Call::Load(b) => (0, b),
            Call::Intend(b, _) => (1, b),
            Call::Failed(b, _) => (2, b),
            Call::Settle(b) => (3, b),
            Call::Finish => (4, 0),
            Call::Split(b) => (5, b),
            Call::Withdraw(b) => (6, b),
        };
        Ink::Writes(Duration::from_millis(pick(&[7, kind, batch.into()], 40)))
    })
}

#[tokio::test(start_paused = true)]
async fn all_invariants_hold_under_seeded_disorder() {
    let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..300 {
        let pick = move |part: u64, n: u64| mix_all(&[seed, 1000, part]) % n;
        let limit = 1 + pick(0, 4) as usize;
        let world = Arc::new(disorder(seed, limit, &Trouble::Any));
        let max_attempts = 1 + pick(1, 4) as u32;
        let mut handle = begin(&world, RunPolicy { in_flight: limit, max_attempts, seed, ..policy() });
        let control = handle.control.clone();
        let words = tokio::spawn(async move {
            for word in 0..pick(2, 6) {
                sleep(Duration::from_millis(mix_all(&[seed, 1001, word]) % 3000)).await;
                control.send(match mix_all(&[seed, 1002, word]) % 8 {
                    0..3 => RunControl::Pause,
                    3..6 => RunControl::Resume,
                    6 => RunControl::Cancel(Cancel::Drain),
                    _ => RunControl::Cancel(Cancel::Abort),
                });
            }
            // Some requests are never answered, and a pause may be the last word: every run is ended in the end.
            sleep(Duration::from_secs(600)).await;
            control.send(RunControl::Cancel(Cancel::Abort));
        });
        // `listen` checks I1, I2, I3, I6, I9, the rounds and the books.
        let (report, _) = listen(&world, &mut handle).await;
        assert!(world.seen().arrivals.iter().all(|(_, _, attempt)| *attempt <= max_attempts), "seed {seed}");
        *ends.entry(report.state.name()).or_default() += 1;
        words.abort();
    }
    // The disorder is worth its name only when it reaches every end.
    assert!(["finished", "cancelled", "stopped"].iter().all(|s| ends.get(s).is_some_and(|n| *n > 20)), "{ends:?}");
}
