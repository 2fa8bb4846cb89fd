//! A journal that fails: sending stops, it is said, and nothing is told that is not recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rstest::rstest;

use super::fake::*;
use crate::domain::{RunState, Totals};
use crate::engine::{Cancel, EventKind, RunControl, RunReport};

/// A run of ten batches whose journal fails at the calls that `fails` names.
async fn broken(fails: impl Fn(Call) -> bool + Send + Sync + 'static) -> (Arc<World>, RunReport) {
    let world = World::even(10, |batch, attempt| if (batch, attempt) == (3, 1) { soon(timeout()) } else { fine() });
    let world =
        Arc::new(world.with_journal(move |call| if fails(call) { Ink::Fails } else { Ink::Writes(Duration::ZERO) }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Broken);
    (world, report)
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_can_not_be_recorded_is_not_sent() {
    let (world, report) = broken(|call| call == Call::Intend(4, 1)).await;
    assert!(
        report.cause.as_deref().unwrap().starts_with("attempt 1 on batch 4 could not be recorded: the store is closed")
    );
    assert!(world.seen().arrivals.iter().all(|(_, batch, _)| *batch < 6 && *batch != 4));
    // The journal works again for the rest: what was in flight is recorded and the books are closed.
    assert_eq!(world.seen().finish.unwrap().0, RunState::Broken);
    assert!(report.totals.balances());
}

#[tokio::test(start_paused = true)]
async fn outcomes_that_can_not_be_recorded_are_not_told_and_leave_the_books_open() {
    let (world, report) = broken(|call| call == Call::Settle(2)).await;
    assert!(world.seen().settled.len() < 10 && !world.seen().settled.contains_key(&2));
    // Closing would call batch 2 "not sent": it is left for the recovery, which knows better.
    assert_eq!(world.seen().finish, None);
    assert_eq!(report.totals.not_sent, 0);
    let settled = world.seen().settled.len() as u64 * 3;
    assert_eq!(report.totals.settled(), settled);
    let open = 30 - settled;
    let cause = report.cause.unwrap();
    assert!(cause.starts_with("what became of batch 2 could not be recorded: the store is closed"), "{cause}");
    assert!(
        cause.ends_with(&format!("{open} edits without a recorded outcome; the next start settles them")),
        "{cause}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_that_can_not_be_recorded_is_not_made_again() {
    let (world, report) = broken(|call| call == Call::Failed(3, 1)).await;
    assert!(world.seen().arrivals.iter().all(|(_, batch, attempt)| (*batch, *attempt) != (3, 2)));
    assert!(report.cause.unwrap().starts_with("what became of batch 3 could not be recorded"));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_can_not_be_read_breaks_the_run() {
    let (world, report) = broken(|call| call == Call::Load(6)).await;
    assert!(report.cause.unwrap().starts_with("batch 6 could not be read: the store is closed"));
    assert!(report.totals.balances());
    assert!(world.seen().finish.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_end_that_can_not_be_recorded_is_said() {
    let (_, report) = broken(|call| call == Call::Finish).await;
    assert_eq!(report.totals.updated, 30);
    assert_eq!(
        report.cause.unwrap(),
        "the end of the run could not be recorded: the store is closed; start rolodeck again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_up_for_good_ends_the_run_without_a_hang() {
    let calls = AtomicU32::new(0);
    let (world, report) =
        broken(move |call| !matches!(call, Call::Load(_)) && calls.fetch_add(1, Ordering::Relaxed) > 12).await;
    assert_eq!(world.seen().finish, None);
    assert!(report.totals.settled() > 0 && !report.totals.balances());
}

#[rstest]
#[case(Call::Load(5))]
#[case(Call::Intend(5, 1))]
#[case(Call::Settle(5))]
#[case(Call::Finish)]
#[tokio::test(start_paused = true)]
async fn a_journal_that_panics_is_a_journal_that_fails(#[case] at: Call) {
    let world = World::even(10, |_, _| fine());
    let world =
        Arc::new(world.with_journal(move |call| if call == at { Ink::Panics } else { Ink::Writes(Duration::ZERO) }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Broken);
    assert!(report.cause.is_some());
}

#[tokio::test(start_paused = true)]
async fn books_that_differ_from_the_journal_are_an_alarm() {
    let world = Arc::new(World::even(2, |_, _| fine()));
    world.cook_the_books(Totals { planned: 6, updated: 5, rejected: 1, ..Totals::default() });
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Broken);
    assert_eq!(
        report.cause.unwrap(),
        "the books differ: 6 planned = 3 updated + 0 rejected + 0 unknown + 0 not sent, \
         but the journal has 6 planned = 5 updated + 1 rejected + 0 unknown + 0 not sent"
    );
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_during_a_cancel_is_said_all_the_same() {
    let world = World::even(10, |_, _| fine());
    let world = Arc::new(
        world.with_journal(|call| if call == Call::Settle(1) { Ink::Fails } else { Ink::Writes(Duration::ZERO) }),
    );
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    handle.control.send(RunControl::Cancel(Cancel::Drain));
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!(report.state, RunState::Broken);
    assert!(report.cause.unwrap().starts_with("what became of batch 1 could not be recorded"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_journal_holds_sending_back_instead_of_piling_up() {
    let world = World::even(40, |_, _| fine());
    let world = Arc::new(world.with_journal(|call| match call {
        Call::Settle(_) => Ink::Writes(Duration::from_secs(60)),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let mut handle = begin(&world, policy());
    // Two in flight: never more than a few batches between their answer and their record.
    while let Some(event) = handle.events.recv().await {
        let seen = world.seen();
        assert!(seen.arrivals.len() - seen.settled.len() <= 5, "{event:?}");
    }
    assert_eq!(world.seen().settled.len(), 40);
}
