//! Canary, circuit breaker, and the pace changed by hand.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;

use super::fake::*;
use crate::domain::{Echo, Outcome, RunState, Status, Totals};
use crate::engine::{Breaker, EventKind, RunControl, RunPolicy, Trip};

/// An answer that updates all, with this echo.
fn echoed(edits: usize, echo: &Echo) -> Play {
    let one = Outcome { echo: echo.clone(), ..Outcome::undecided(Status::Updated, Some(200), "") };
    let mut reply = updated(edits);
    reply.result = crate::domain::AttemptResult::Settled(vec![one; edits]);
    soon(reply)
}

fn careful(on_trip: Trip) -> RunPolicy {
    RunPolicy { canary: 6, on_trip, ..policy() }
}

#[tokio::test(start_paused = true)]
async fn the_canary_goes_alone_and_the_rest_follows_when_it_passes() {
    let world = Arc::new(World::new(vec![(3, 0); 10], 2, |_, _| echoed(3, &Echo::Matches)));
    let (report, heard) = run(&world, careful(Trip::End)).await;
    assert_eq!((report.state, report.totals.updated), (RunState::Finished, 30));
    let at = |wanted: fn(&EventKind) -> bool| heard.iter().position(|e| wanted(&e.kind)).unwrap();
    let sent = at(|k| matches!(k, EventKind::BatchSent { batch: 2, .. }));
    let settled = at(|k| matches!(k, EventKind::BatchSettled { batch: 1, .. }));
    assert!(settled < sent, "nothing else is sent before the canary is in");
}

#[rstest]
#[case(Echo::Differs(Vec::new()))]
#[case(Echo::Missing)]
#[tokio::test(start_paused = true)]
async fn a_canary_that_did_not_come_back_as_wanted_ends_a_run_that_nobody_watches(#[case] echo: Echo) {
    let world = Arc::new(World::new(vec![(3, 0); 10], 2, move |batch, _| match batch {
        1 => echoed(3, &echo),
        _ => echoed(3, &Echo::Matches),
    }));
    let (report, _) = run(&world, careful(Trip::End)).await;
    assert_eq!((report.state, report.requests), (RunState::Tripped, 2));
    assert_eq!(report.totals, Totals { planned: 30, updated: 6, not_sent: 24, ..Totals::default() });
    assert_eq!(report.cause.unwrap(), "the canary failed: 3 of the first 6 contacts did not come back as wanted");
}

#[tokio::test(start_paused = true)]
async fn a_failed_canary_pauses_for_somebody_to_look() {
    let world = Arc::new(World::new(vec![(3, 0); 10], 2, |_, _| echoed(3, &Echo::Missing)));
    let mut handle = begin(&world, careful(Trip::Pause));
    let EventKind::Paused { why } = until(&mut handle, |k| matches!(k, EventKind::Paused { .. })).await else {
        panic!()
    };
    assert!(why.unwrap().contains("canary"));
    assert_eq!(world.seen().arrivals.len(), 2);
    handle.control.send(RunControl::Resume);
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!((report.state, report.totals.updated), (RunState::Finished, 30));
}

fn failing(from: u32) -> World {
    World::new(vec![(20, 0); 40], 2, move |batch, _| {
        let status = if batch >= from { Status::Rejected } else { Status::Updated };
        soon(settled(&[status; 20]))
    })
}

#[tokio::test(start_paused = true)]
async fn too_many_failures_end_a_run_that_nobody_watches() {
    let world = Arc::new(failing(20));
    let breaker = Some(Breaker { window: 200, percent: 50 });
    let (report, _) = run(&world, RunPolicy { breaker, on_trip: Trip::End, ..policy() }).await;
    assert_eq!(report.state, RunState::Tripped);
    let Totals { updated, rejected, not_sent, .. } = report.totals;
    assert_eq!(updated, 400);
    assert!(
        (120..=160).contains(&rejected),
        "the sixth bad batch of ten trips it, and one may be in flight: {rejected}"
    );
    assert_eq!(not_sent, 800 - 400 - rejected);
}

#[tokio::test(start_paused = true)]
async fn who_looks_and_goes_on_is_asked_again_only_when_as_many_fail_again() {
    let world = Arc::new(failing(0));
    let breaker = Some(Breaker { window: 200, percent: 50 });
    let mut handle = begin(&world, RunPolicy { breaker, ..policy() });
    let mut pauses = 0;
    loop {
        match until(&mut handle, |k| matches!(k, EventKind::Paused { .. } | EventKind::Finished(_))).await {
            EventKind::Finished(report) => {
                assert_eq!((report.state, report.totals.rejected), (RunState::Finished, 800));
                break;
            }
            _ => pauses += 1,
        }
        handle.control.send(RunControl::Resume);
    }
    assert_eq!(pauses, 3, "after 200, 400 and 600; at the end there is nothing left to ask about");
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_changed_while_the_run_goes() {
    let world = Arc::new(World::new(vec![(3, 0); 60], 8, |_, _| Play::Answer(Duration::from_secs(3), updated(3))));
    let mut handle = begin(&world, RunPolicy { rate_per_minute: 1, in_flight: 1, ..policy() });
    until(&mut handle, |k| matches!(k, EventKind::BatchSettled { batch: 0, .. })).await;
    handle.control.send(RunControl::Rate(600));
    handle.control.send(RunControl::InFlight(8));
    let tuned = until(&mut handle, |k| matches!(k, EventKind::Tuned { in_flight: 8, .. })).await;
    assert_eq!(tuned, EventKind::Tuned { rate_per_minute: 600, in_flight: 8 });
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    assert_eq!(report.totals.updated, 180);
    assert!(report.elapsed_ms < 60_000, "sixty requests at one a minute would take an hour: {}", report.elapsed_ms);
    assert_eq!(world.seen().peak, 8);
}
