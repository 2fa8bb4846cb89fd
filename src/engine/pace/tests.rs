//! The governor, moved by hand through time.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Starts requests as fast as the pace allows, each on the wire `lag(n)` after its leave, until `n` are under
/// way; gives when each went on the wire.
fn starts(rate: u32, n: usize, lag: impl Fn(usize) -> Duration) -> Vec<Instant> {
    let begun = Instant::now();
    let (mut pace, mut now) = (Pace::new(rate, begun), begun);
    let (mut leaving, mut wire): (Vec<Instant>, Vec<Instant>) = (Vec::new(), Vec::new());
    for granted in 0.. {
        if wire.len() == n {
            return wire;
        }
        while let Some(wait) = pace.wait(now) {
            assert!(wait.until > now);
            // Whichever comes first: the time to look again, or a request reaching the wire.
            now = leaving.iter().copied().min().map_or(wait.until, |next| next.min(wait.until));
            leaving.sort_unstable();
            while leaving.first().is_some_and(|at| *at <= now) {
                let at = leaving.remove(0);
                pace.on_wire(at);
                wire.push(at);
            }
            if wire.len() >= n {
                wire.truncate(n);
                return wire;
            }
        }
        pace.grant(now);
        leaving.push(now + lag(granted));
    }
    wire
}

#[rstest]
#[case(1)]
#[case(3)]
#[case(30)]
#[case(200)]
fn a_minute_holds_no_more_than_the_rate_and_a_long_run_comes_near_it(#[case] rate: u32) {
    let n = rate as usize * 4 + 1;
    let at = starts(rate, n, |_| Duration::ZERO);
    assert!(at.windows(rate as usize + 1).all(|w| w[rate as usize] - w[0] > MINUTE));
    let took = at[n - 1] - at[0];
    assert!(took <= MINUTE * 4 + SECOND, "{took:?} for four minutes' worth");
}

proptest! {
    /// The wire is what counts, however long the journal keeps each request.
    #[test]
    fn no_lag_between_leave_and_wire_breaks_the_limit(rate in 1u32..20, lags in prop::collection::vec(0u64..70_000, 1..40)) {
        let mut at = starts(rate, 60, |i| Duration::from_millis(lags[i % lags.len()]));
        at.sort_unstable();
        prop_assert!(at.windows(rate as usize + 1).all(|w| w[rate as usize] - w[0] > MINUTE));
    }
}

#[test]
fn a_few_start_at_once_then_they_are_spread_evenly() {
    let at = starts(60, 10, |_| Duration::ZERO);
    let seconds: Vec<_> = at.iter().map(|t| (*t - at[0]).as_secs()).collect();
    assert_eq!(seconds, [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_shorter_hold_never_undoes_a_longer_one() {
    let now = Instant::now();
    let mut pace = Pace::new(60, now);
    pace.hold(now + 30 * SECOND, WaitReason::AskedByServer);
    pace.hold(now + 2 * SECOND, WaitReason::Busy);
    assert_eq!(pace.wait(now), Some(Wait { until: now + 30 * SECOND, reason: WaitReason::AskedByServer }));
    assert_eq!(pace.wait(now + 30 * SECOND), None);
}

/// A pace of 600 that had `taken` requests taken in the first `within` and then one refused.
fn after_a_429(taken: usize, within: Duration, after: Option<Duration>) -> (Pace, Instant) {
    let begun = Instant::now();
    let mut pace = Pace::new(600, begun);
    (0..taken).for_each(|_| pace.taken(begun + within));
    pace.too_many(begun + within, begun + within, after);
    (pace, begun + within)
}

#[rstest]
// A window of a minute, and one of a second: the rate is the server's at once.
#[case(60, 6, Some(54), 60)]
#[case(100, 0, Some(10), 600 - 60)]
#[case(10, 1, Some(1), 300)]
// Nothing to learn from: half.
#[case(0, 1, Some(30), 300)]
#[case(50, 10, None, 300)]
fn a_429_brings_the_rate_down_to_what_the_server_took(
    #[case] taken: usize,
    #[case] within: u64,
    #[case] after: Option<u64>,
    #[case] rate: u32,
) {
    assert_eq!(after_a_429(taken, SECOND * within as u32, after.map(Duration::from_secs)).0.rate, rate);
}

#[test]
fn the_other_requests_of_a_refused_volley_slow_nothing_further() {
    let (mut pace, now) = after_a_429(60, 6 * SECOND, Some(54 * SECOND));
    pace.too_many(now - SECOND, now + SECOND, Some(53 * SECOND));
    assert_eq!(pace.rate, 60);
    // A request that went out afterwards says something new.
    pace.too_many(now + 60 * SECOND, now + 61 * SECOND, None);
    assert_eq!(pace.rate, 30);
}

#[test]
fn the_rate_never_falls_below_one_a_minute() {
    let begun = Instant::now();
    let mut pace = Pace::new(8, begun);
    for i in 1..9 {
        pace.too_many(begun + i * SECOND, begun + i * SECOND, None);
    }
    assert_eq!(pace.rate, 1);
    assert!(pace.wait(begun + 10 * SECOND).is_none());
}

#[test]
fn time_without_a_429_brings_the_rate_back_to_the_setting_and_no_further() {
    let (mut pace, now) = after_a_429(60, 6 * SECOND, Some(54 * SECOND));
    pace.taken(now + 119 * SECOND);
    assert_eq!(pace.rate, 60);
    pace.taken(now + 121 * SECOND);
    assert_eq!(pace.rate, 75);
    // A second 429 doubles the time of good conduct.
    let again = now + 200 * SECOND;
    pace.too_many(again, again, None);
    assert_eq!(pace.rate, 37);
    pace.taken(again + 239 * SECOND);
    assert_eq!(pace.rate, 37);
    (1..100).for_each(|i| pace.taken(again + i * 241 * SECOND));
    assert_eq!(pace.rate, 600);
}
