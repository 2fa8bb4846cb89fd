//! Signals and a lost terminal while the workstation sends.

use rolodeck::domain::{RunState, Totals};
use rolodeck::sim::Scenario;
use rolodeck::store::{Store, StoreError};
use rustix::process::Signal;

use crate::harness::Session;
use crate::workstation::{Bench, say_yes};

/// The run of 1,000 edits waits for the answers to its fifth and sixth request, and two are sent at once.
const SETTLED: u64 = 400;
const UNDER_WAY: u64 = 200;

/// The two answers take so many milliseconds.
fn bench(ms: u64) -> Bench {
    let scenario = format!("[[request]]\nact = {{ stall_before = {{ ms = {ms} }} }}\non = {{ contacts = [401, 501] }}");
    Bench::told(Scenario::parse(&scenario).unwrap())
}

fn sending(bench: &Bench) -> Session {
    let mut session = bench.start_with_edits();
    session.keys("W");
    say_yes(&mut session, "Send 1,000 edits?");
    session.wait_until("four answers and two requests under way", |screen| {
        let text = screen.contents();
        text.contains("+ 600 open") && text.contains("2 of 10 batches under way")
    });
    session
}

/// The run as it is recorded: no other start has settled anything of it.
#[track_caller]
fn assert_recorded(store: &Store, expected: Totals) {
    let run = store.reader().unwrap().last_run().unwrap().unwrap();
    assert_eq!(run.state, RunState::Cancelled);
    let Totals { planned, updated, rejected, unknown, not_sent } = run.totals;
    assert_eq!(Totals { planned, updated: updated + rejected, rejected: 0, unknown, not_sent }, expected);
}

#[test]
fn a_lost_terminal_lets_the_requests_under_way_end_and_waits_for_them_at_rest() {
    // Longer than requests that are given up may take.
    let bench = bench(3000);
    let mut session = sending(&bench);
    session.hang_up();
    let ticks = session.cpu_ticks();
    assert_eq!(session.exit().exit_code(), 130);
    // A loop that reads from a lost terminal would have used all of these seconds.
    let used = session.cpu_ticks() - ticks;
    assert!(used < 100, "{used} ticks of the processor after the hang-up");
    let (updated, not_sent) = (SETTLED + UNDER_WAY, 1000 - SETTLED - UNDER_WAY);
    let store = Store::open(&bench.path().join("data")).unwrap().0;
    assert_recorded(&store, Totals { planned: 1000, updated, rejected: 0, unknown: 0, not_sent });
}

#[test]
fn one_signal_ends_the_workstation_though_the_server_hangs() {
    let bench = bench(3_600_000);
    let mut session = sending(&bench);
    let store = Store::open(&bench.path().join("data")).unwrap().0;
    let StoreError::Held(held) = store.lock_submitter().unwrap_err() else { panic!("somebody else may submit") };
    assert_eq!(held.pid, Some(session.pid()));
    assert!(held.since.is_some());

    session.signal(Signal::TERM);
    assert_eq!(session.exit().exit_code(), 130);
    session.assert_given_back();
    let not_sent = 1000 - SETTLED - UNDER_WAY;
    assert_recorded(&store, Totals { planned: 1000, updated: SETTLED, rejected: 0, unknown: UNDER_WAY, not_sent });
    drop(store.lock_submitter().unwrap());
}
