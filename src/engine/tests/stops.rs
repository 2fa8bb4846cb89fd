//! Ends before the last batch: refusals, no connection, cancel, and what else may go wrong with an attempt.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use tokio::time::{Instant, sleep};

use super::fake::*;
use crate::domain::{Refusal, RunState, Status, Totals};
use crate::engine::{Cancel, EngineEvent, EventKind, RunControl, RunPolicy};

fn settled_batches(heard: &[EngineEvent]) -> Vec<u32> {
    let batch = |e: &EngineEvent| if let EventKind::BatchSettled { batch, .. } = e.kind { Some(batch) } else { None };
    heard.iter().filter_map(batch).collect()
}

#[rstest]
#[case(401)]
#[case(402)]
#[case(403)]
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_first_request_stops_the_run_with_every_edit_still_queued(#[case] code: u16) {
    let world = Arc::new(World::even(2000, move |_, _| soon(refused(Refusal::Stop, code))));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(report.cause, Some(format!("{code}: no")));
    assert_eq!(report.totals, Totals { planned: 6000, not_sent: 6000, ..Totals::default() });
    // The two that were in flight together, and nothing after them.
    assert_eq!(report.requests, 2);
    assert_eq!(world.outcome(0), (Status::NotSent, String::from("no")));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_mid_run_lets_what_is_in_flight_end_and_be_recorded() {
    let world = Arc::new(World::even(100, |batch, _| match batch {
        10 => soon(refused(Refusal::Stop, 401)),
        11 => Play::Answer(Duration::from_secs(20), updated(3)),
        _ => fine(),
    }));
    let (report, heard) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(report.totals, Totals { planned: 300, updated: 33, not_sent: 267, ..Totals::default() });
    assert_eq!(settled_batches(&heard), (0..12).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_back_even_a_request_whose_intent_is_being_recorded() {
    let world = World::even(9, |_, _| soon(refused(Refusal::Stop, 401)));
    let world = Arc::new(world.with_journal(|call| match call {
        Call::Intend(1.., _) => Ink::Writes(Duration::from_secs(1)),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!((report.state, report.requests), (RunState::Stopped, 1));
    assert_eq!(report.totals.not_sent, 27);
    assert_eq!(world.seen().open.iter().collect::<Vec<_>>(), [&(0, 1)], "no intent is left of what was not sent");
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_batches_between_two_attempts_their_outcome_at_once() {
    let world = Arc::new(World::even(100, |batch, _| match batch {
        0 => soon(timeout()),
        1 => soon(busy(500, None)),
        2 => Play::Answer(Duration::from_secs(1), refused(Refusal::Stop, 401)),
        _ => fine(),
    }));
    let slow = Duration::from_secs(1_000_000);
    let begun = Instant::now();
    let (report, _) = run(&world, RunPolicy { backoff_base: slow, backoff_cap: slow, ..policy() }).await;
    assert!(Instant::now() - begun < Duration::from_secs(5));
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(world.outcome(0), (Status::Unknown, String::from("the run ended after 1 attempt: timed out")));
    assert_eq!(world.outcome(1), (Status::NotSent, String::from("the run ended after 1 attempt: 500: busy")));
    assert_eq!(report.totals.unknown, 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_time_out_leaves_the_batch_unknown() {
    let world = Arc::new(World::even(1, |_, attempt| match attempt {
        1 => soon(timeout()),
        _ => soon(refused(Refusal::Stop, 403)),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!((report.state, report.totals.unknown), (RunState::Stopped, 3));
    assert_eq!(world.outcome(0).1, "an earlier attempt may have been taken (timed out); then: 403: no");
}

#[tokio::test(start_paused = true)]
async fn another_refusal_rejects_its_batch_and_the_run_goes_on() {
    let world = World::even(9, |batch, _| match batch {
        4 => soon(refused(Refusal::Astray, 404)),
        _ => fine(),
    });
    let world = Arc::new(world);
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Finished);
    assert_eq!(report.totals, Totals { planned: 27, updated: 24, rejected: 3, ..Totals::default() });
    assert_eq!(world.outcome(4), (Status::Rejected, String::from("no")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_shows_that_the_address_is_right_before_it_is_recorded() {
    let world = World::even(9, |batch, _| match batch {
        1 => Play::Answer(Duration::from_millis(200), refused(Refusal::Astray, 404)),
        _ => fine(),
    });
    let world = Arc::new(world.with_journal(|call| match call {
        Call::Settle(_) => Ink::Writes(Duration::from_secs(1)),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.totals, Totals { planned: 27, updated: 24, rejected: 3, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_stops_the_run_before_its_edits_are_rejected() {
    let world = Arc::new(World::even(2000, |_, _| soon(refused(Refusal::Astray, 404))));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(report.totals, Totals { planned: 6000, not_sent: 6000, ..Totals::default() });
    assert!(report.requests <= 2, "{} requests", report.requests);
}

#[tokio::test(start_paused = true)]
async fn no_connection_stops_the_run_after_the_attempts_of_few_batches() {
    let world = Arc::new(World::even(2000, |_, _| soon(unreachable())));
    let (report, heard) = run(&world, RunPolicy { max_attempts: 4, ..policy() }).await;
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(report.cause.as_deref(), Some("no connection after 4 attempts: no route"));
    assert_eq!(report.totals, Totals { planned: 6000, not_sent: 6000, ..Totals::default() });
    assert!(report.requests <= 20, "{} requests into a dead line", report.requests);
    assert!(heard.iter().any(
        |e| matches!(e.kind, EventKind::Waiting { reason, .. } if reason.to_string() == "no connection to the server")
    ));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_comes_back_is_used() {
    let world = Arc::new(World::even(20, |_, attempt| if attempt < 3 { soon(unreachable()) } else { fine() }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!((report.state, report.totals.updated), (RunState::Finished, 60));
}

#[tokio::test(start_paused = true)]
async fn attempts_used_up_by_a_busy_server_leave_the_edits_queued() {
    let world = Arc::new(World::even(3, |batch, _| if batch == 1 { soon(busy(503, None)) } else { fine() }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Finished);
    assert_eq!(world.outcome(1), (Status::NotSent, String::from("given up after 3 attempts: 503: busy")));
}

#[tokio::test(start_paused = true)]
async fn a_drain_lets_in_flight_batches_end_and_sends_nothing_new() {
    let world = Arc::new(World::even(50, |_, _| Play::Answer(Duration::from_secs(40), updated(3))));
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    handle.control.send(RunControl::Cancel(Cancel::Drain));
    let told = until(&mut handle, |k| matches!(k, EventKind::Cancelling(_))).await;
    assert_eq!(told, EventKind::Cancelling(Cancel::Drain));
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!((report.state, report.cause), (RunState::Cancelled, None));
    assert_eq!(report.totals, Totals { planned: 150, updated: 6, not_sent: 144, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_comes_too_late_to_keep_anything_back_is_none() {
    let world = Arc::new(World::even(2, |_, _| fine()));
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    handle.control.send(RunControl::Cancel(Cancel::Drain));
    assert_eq!(listen_on(&mut handle).await.state, RunState::Finished);
}

#[tokio::test(start_paused = true)]
async fn an_abort_hardens_a_drain_and_a_drain_softens_no_abort() {
    let world = Arc::new(World::even(5, |_, _| Play::Never));
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    let word = |cancel| handle.control.send(RunControl::Cancel(cancel));
    let begun = Instant::now();
    [Cancel::Drain, Cancel::Drain, Cancel::Abort, Cancel::Drain, Cancel::Abort].into_iter().for_each(word);
    let mut told = Vec::new();
    while let Some(event) = handle.events.recv().await {
        if let EventKind::Cancelling(cancel) = event.kind {
            told.push(cancel);
        }
    }
    assert_eq!(told, [Cancel::Drain, Cancel::Abort]);
    assert_eq!(Instant::now() - begun, policy().grace);
    assert_eq!(world.outcome(0).0, Status::Unknown);
}

/// The report of a run whose first events were heard already.
async fn listen_on(handle: &mut crate::engine::RunHandle) -> crate::engine::RunReport {
    match until(handle, |k| matches!(k, EventKind::Finished(_))).await {
        EventKind::Finished(report) => report,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_before_the_wire_leaves_the_batch_queued() {
    let world = World::even(5, |_, _| fine());
    let world = Arc::new(world.with_journal(|call| match call {
        Call::Intend(..) => Ink::Writes(Duration::from_secs(3600)),
        _ => Ink::Writes(Duration::ZERO),
    }));
    let mut handle = begin(&world, policy());
    sleep(Duration::from_secs(1)).await;
    handle.control.send(RunControl::Cancel(Cancel::Abort));
    let (report, _) = listen(&world, &mut handle).await;
    assert_eq!((report.state, report.requests), (RunState::Cancelled, 0));
    assert_eq!(report.totals, Totals { planned: 15, not_sent: 15, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn a_pause_lets_in_flight_batches_end_and_starts_nothing_until_resumed() {
    let world = Arc::new(World::even(6, |_, _| fine()));
    let mut handle = begin(&world, policy());
    until(&mut handle, |k| matches!(k, EventKind::BatchSent { batch: 1, .. })).await;
    handle.control.send(RunControl::Pause);
    handle.control.send(RunControl::Pause);
    until(&mut handle, |k| matches!(k, EventKind::Paused { .. })).await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.seen().settled.len(), 2);
    assert_eq!(world.seen().arrivals.len(), 2);
    handle.control.send(RunControl::Resume);
    until(&mut handle, |k| matches!(k, EventKind::Resumed)).await;
    assert_eq!(listen_on(&mut handle).await.totals.updated, 18);
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_can_be_cancelled() {
    let world = Arc::new(World::even(6, |_, _| fine()));
    let mut handle = begin(&world, policy());
    handle.control.send(RunControl::Pause);
    handle.control.send(RunControl::Cancel(Cancel::Drain));
    let (report, _) = listen(&world, &mut handle).await;
    assert_eq!((report.state, report.totals.not_sent), (RunState::Cancelled, 18));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_panics_leaves_a_doubt_and_no_hang() {
    let world = Arc::new(World::even(4, |batch, attempt| match (batch, attempt) {
        (1, 1) | (2, _) => Play::Panic,
        _ => fine(),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.state, RunState::Finished);
    assert_eq!(report.totals, Totals { planned: 12, updated: 9, unknown: 3, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_the_wrong_number_of_outcomes_leaves_its_batch_unknown() {
    let world = Arc::new(World::even(3, |batch, _| if batch == 1 { soon(updated(2)) } else { fine() }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.totals.unknown, 3);
    assert_eq!(world.outcome(1).1, "a bug in rolodeck: 2 outcomes for 3 edits");
}

#[tokio::test(start_paused = true)]
async fn a_run_without_batches_ends_at_once() {
    let (report, heard) = run(&Arc::new(World::even(0, |_, _| fine())), policy()).await;
    assert_eq!((report.state, heard.len()), (RunState::Finished, 2));
}

#[tokio::test(start_paused = true)]
async fn a_later_round_waits_for_every_batch_of_the_earlier_one() {
    let plan = vec![(3, 0), (3, 0), (3, 1), (3, 1), (3, 2)];
    let world = Arc::new(World::new(plan, 4, |batch, attempt| match (batch, attempt) {
        (1, 1) => soon(timeout()),
        _ => fine(),
    }));
    let (report, _) = run(&world, RunPolicy { in_flight: 4, ..policy() }).await;
    let order: Vec<_> = world.seen().arrivals.iter().map(|(_, batch, _)| *batch).collect();
    assert_eq!(order, [0, 1, 1, 2, 3, 4]);
    assert_eq!(report.totals.updated, 15);
}
