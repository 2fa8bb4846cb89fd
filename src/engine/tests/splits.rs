//! Batches refused as a whole: the guilty edits stand alone, at the price that is promised.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;

use super::fake::*;
use crate::domain::{AttemptResult, Batch, Quota, Refusal, Reply, RunState, Stage, Status, Totals};
use crate::engine::{EventKind, RunPolicy};

fn holds(batch: &Batch, bad: &[u64]) -> bool {
    batch.items.iter().any(|item| bad.contains(&item.seq))
}

/// One batch of these many edits, some of which sink every request that holds them.
async fn poisoned(edits: usize, bad: &'static [u64]) -> (Arc<World>, crate::engine::RunReport) {
    let world = Arc::new(World::told(vec![(edits, 0)], 4, |batch, _| {
        if holds(batch, bad) { soon(refused(Refusal::Split, 400)) } else { soon(updated(batch.items.len())) }
    }));
    let (report, _) = run(&world, RunPolicy { in_flight: 4, ..policy() }).await;
    assert_eq!(report.state, RunState::Finished);
    (world, report)
}

#[rstest]
#[case(256, &[0, 255], 34)]
#[case(256, &[100, 101], 34)]
#[case(256, &[77], 18)]
#[case(500, &[3, 130, 260, 499], 80)]
#[tokio::test(start_paused = true)]
async fn the_guilty_alone_are_rejected(#[case] edits: usize, #[case] bad: &'static [u64], #[case] most: u64) {
    let (world, report) = poisoned(edits, bad).await;
    let rejected: Vec<_> =
        world.seen().by_seq().into_iter().filter(|(_, s)| *s == Status::Rejected).map(|(seq, _)| seq).collect();
    assert_eq!(rejected, bad);
    assert_eq!(report.totals.updated, (edits - bad.len()) as u64);
    assert!(report.requests <= most, "{} requests", report.requests);
    assert_eq!(report.retries, 0, "a part that is sent for the first time is no retry");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_every_half_refuses_alike_is_given_up() {
    let world = Arc::new(World::told(vec![(256, 0), (3, 0)], 2, |batch, _| match batch.items[0].seq {
        256.. => fine(),
        _ => soon(refused(Refusal::Split, 400)),
    }));
    let (report, _) = run(&world, policy()).await;
    assert_eq!(report.totals, Totals { planned: 259, updated: 3, rejected: 256, ..Totals::default() });
    assert!(report.requests <= 16 + 1, "{}", report.requests);
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_the_size_is_learned_once() {
    let world = Arc::new(World::told(vec![(500, 0); 6], 1, |batch, _| match batch.items.len() {
        101.. => soon(refused(Refusal::Split, 400)),
        edits => soon(updated(edits)),
    }));
    let (report, heard) = run(&world, RunPolicy { in_flight: 1, ..policy() }).await;
    assert_eq!(report.totals.updated, 3000);
    let failed = heard.iter().filter(|e| matches!(e.kind, EventKind::AttemptFailed { .. })).count();
    assert!(failed <= 7, "500, two of 250 and four of 125 at most: {failed}");
    let cut = heard.iter().filter(|e| matches!(&e.kind, EventKind::Split { reason, .. } if reason.contains("at most")));
    assert!(cut.count() >= 5, "later batches are cut before they are sent");
}

fn ambiguous(stage: Stage) -> Play {
    let result = AttemptResult::Ambiguous { stage, reason: format!("{stage:?}"), after: None };
    soon(Reply { result, http_status: None, request_id: None, quota: Quota::default(), notes: Vec::new() })
}

#[rstest]
#[case(Stage::TimedOut)]
#[case(Stage::Unreadable)]
#[tokio::test(start_paused = true)]
async fn an_edit_that_spoils_every_answer_is_found_and_left_unknown(#[case] stage: Stage) {
    let world = Arc::new(World::told(vec![(64, 0); 3], 2, move |batch, _| {
        if holds(batch, &[70]) { ambiguous(stage) } else { soon(updated(batch.items.len())) }
    }));
    let (report, _) = run(&world, RunPolicy { max_attempts: 5, ..policy() }).await;
    assert_eq!(report.totals, Totals { planned: 192, updated: 191, unknown: 1, ..Totals::default() });
    assert_eq!(world.seen().by_seq()[&70], Status::Unknown);
    assert!(report.requests <= 2 + 3 + 2 * 6, "{} requests", report.requests);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_given_up_and_nothing_is_called_rejected() {
    let world = Arc::new(World::told(vec![(64, 0)], 2, |_, _| ambiguous(Stage::TimedOut)));
    let (report, _) = run(&world, RunPolicy { max_attempts: 5, ..policy() }).await;
    assert_eq!(report.totals, Totals { planned: 64, unknown: 64, ..Totals::default() });
    assert!(report.requests <= 16, "{} requests", report.requests);
}

#[tokio::test(start_paused = true)]
async fn parts_keep_the_order_of_rounds() {
    // The second round must wait for the last part of the first: the fake server calls it a breach otherwise.
    let world = Arc::new(World::told(vec![(40, 0), (40, 1), (5, 2)], 4, |batch, attempt| {
        match (holds(batch, &[7, 50]), attempt) {
            (true, _) => soon(refused(Refusal::Split, 400)),
            (false, 1) if batch.items.len() < 5 => soon(busy(503, None)),
            _ => soon(updated(batch.items.len())),
        }
    }));
    let (report, _) = run(&world, RunPolicy { in_flight: 4, ..policy() }).await;
    assert_eq!((report.totals.updated, report.totals.rejected), (83, 2));
}

#[tokio::test(start_paused = true)]
async fn parts_count_against_the_pace() {
    let world = Arc::new(World::told(vec![(256, 0)], 4, |batch, _| {
        if holds(batch, &[9]) { soon(refused(Refusal::Split, 400)) } else { soon(updated(batch.items.len())) }
    }));
    run(&world, RunPolicy { in_flight: 4, rate_per_minute: 6, ..policy() }).await;
    let times: Vec<_> = world.seen().arrivals.iter().map(|a| a.0).collect();
    assert!(times.windows(7).all(|w| w[6] - w[0] > Duration::from_secs(60)), "{times:?}");
}
