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

#[test]
fn a_busy_server_gets_half_the_rate_and_no_less_than_an_eighth() {
    let begun = Instant::now();
    let mut pace = Pace::new(80, begun);
    for (second, rate) in [(1, 40), (2, 20), (3, 10), (4, 10)] {
        let now = begun + second * SECOND;
        pace.busy(now, now);
        assert_eq!(pace.rate, rate);
    }
    pace.busy(begun, begun + 5 * SECOND);
    assert_eq!(pace.rate, 10, "the others of a volley say nothing new");
    let at = |second| begun + second * SECOND;
    pace.taken(at(62), at(62));
    assert_eq!(pace.rate, 10, "a minute has not passed since");
    pace.taken(at(64), at(64));
    assert_eq!(pace.rate, 12);
    (1..30).for_each(|i| pace.taken(at(64 + 61 * i), at(64 + 61 * i)));
    assert_eq!(pace.rate, 80, "back at the setting, and no further");
}

#[test]
fn a_run_begins_with_four_goes_on_with_three_and_gets_one_more_with_every_eighth_that_is_taken() {
    let now = Instant::now();
    let mut pace = Pace::new(600, now);
    let seen: Vec<_> = (0..25).map(|_| (pace.flight(4), pace.taken(now, now)).0).collect();
    assert_eq!(seen, [vec![4], vec![3; 7], vec![4; 17]].concat());
    assert_eq!(pace.flight(50), 6);
    pace.too_many(now, now, None);
    assert_eq!(pace.flight(4), 1, "one feels for the end of the window");
    pace.taken(now + SECOND, now + SECOND);
    assert_eq!(pace.flight(4), 4);
}

#[test]
fn what_the_server_still_takes_is_not_exceeded() {
    let now = Instant::now();
    let mut pace = Pace::new(6000, now);
    let quota =
        |remaining, secs| Quota { limit: None, remaining: Some(remaining), reset_in: Some(Duration::from_secs(secs)) };
    pace.quota(quota(3, 10), 1, now);
    // An older answer of the same window comes late.
    pace.quota(quota(7, 10), 0, now);
    (0..2).for_each(|_| {
        assert_eq!(pace.wait(now), None);
        pace.grant(now);
    });
    let wait = pace.wait(now).unwrap();
    assert_eq!(wait, Wait { until: now + 10 * SECOND, reason: WaitReason::AskedByServer });
    assert_eq!(pace.wait(now + 10 * SECOND), None);
    pace.quota(quota(5, 10), 0, now + 10 * SECOND);
    assert_eq!(pace.allowance, Some((5, now + 20 * SECOND)), "a new window");
    pace.quota(Quota { remaining: Some(0), ..Quota::default() }, 0, now + 10 * SECOND);
    assert_eq!(pace.allowance, Some((5, now + 20 * SECOND)), "without its end a window says nothing");
}

#[test]
fn the_rate_is_changed_by_hand_at_once() {
    let now = Instant::now();
    let mut pace = Pace::new(1, now);
    pace.grant(now);
    pace.on_wire(now);
    assert!(pace.wait(now).unwrap().until > now + 50 * SECOND);
    pace.set_ceiling(600, now);
    assert_eq!((pace.ceiling(), pace.wait(now)), (600, None));
}

/// What was learned after these requests were taken, `ms` apart, and then one was refused.
fn learned(taken: u32, ms: u64, after: Option<u64>) -> (Pace, Instant) {
    let begun = Instant::now();
    let mut pace = Pace::new(6000, begun);
    let at = |i: u32| begun + Duration::from_millis(ms) * i;
    (0..taken).for_each(|i| pace.taken(at(i), at(i)));
    pace.too_many(at(taken), at(taken), after.map(Duration::from_secs));
    (pace, at(taken))
}

#[rstest]
// Five in three seconds, refused at once, half way, and near the end. Retry-After is rounded up.
#[case(5, 4, Some(3), 5, Some(3000))]
#[case(5, 300, Some(2), 5, Some(3000))]
#[case(5, 590, Some(1), 5, Some(3000))]
// Sixty in a minute.
#[case(60, 100, Some(54), 60, Some(60_000))]
// The server does not say when: that is felt for.
#[case(5, 4, None, 5, None)]
fn a_429_tells_the_limit(
    #[case] taken: u32,
    #[case] ms: u64,
    #[case] after: Option<u64>,
    #[case] requests: u32,
    #[case] per: Option<u64>,
) {
    let limit = learned(taken, ms, after).0.learner.limit().unwrap();
    assert_eq!((limit.requests, limit.per), (requests, per.map(Duration::from_millis)));
}

#[test]
fn a_429_before_anything_was_taken_says_nothing_of_the_limit() {
    let (mut pace, at) = learned(0, 1, Some(30));
    assert_eq!((pace.learner.limit(), pace.flight(50)), (None, 1), "one request is enough to find out");
    pace.taken(at + 30 * SECOND, at + 30 * SECOND);
    assert_eq!((pace.learner.limit(), pace.flight(50)), (None, 3));
}

#[test]
fn the_rest_of_a_volley_counts_for_its_window() {
    let (mut pace, at) = learned(3, 4, Some(3));
    assert_eq!(pace.too_many(at, at + SECOND, Some(SECOND * 9)), None, "no news");
    // Two that went out before the refused one are answered behind it.
    (0..2).for_each(|_| pace.taken(at, at + SECOND));
    assert_eq!(pace.learner.limit().unwrap().requests, 5);
}

#[test]
fn feelers_wait_twice_as_long_each_time_and_the_first_that_is_taken_tells_the_window() {
    let (mut pace, at) = learned(5, 0, None);
    let now = at + SECOND;
    assert_eq!(pace.too_many(now, now, None), Some(2 * SECOND));
    pace.taken(at + 3 * SECOND, at + 3 * SECOND);
    let limit = pace.learner.limit().unwrap();
    assert_eq!((limit.requests, limit.per), (5, Some(3 * SECOND)));
}

#[test]
fn a_limit_that_others_share_shrinks_and_one_that_was_cut_short_grows() {
    let (mut pace, at) = learned(5, 0, Some(3));
    // Two were taken in this window, then it was over: somebody else has had three.
    let second = at + 4 * SECOND;
    (0..2).for_each(|_| pace.taken(second, second));
    pace.too_many(second, second, Some(3 * SECOND));
    assert_eq!(pace.learner.limit().unwrap(), Limit { requests: 2, per: Some(3 * SECOND) });
    // All were taken, and it still was too much: the window is a little longer.
    let third = at + 8 * SECOND;
    (0..2).for_each(|_| pace.taken(third, third));
    pace.too_many(third + SECOND, third + SECOND, None);
    assert_eq!(pace.learner.limit().unwrap(), Limit { requests: 2, per: Some(Duration::from_millis(3150)) });
}

#[test]
fn a_window_that_was_begun_by_others_is_told_in_full() {
    // Two of five were left, in a window with two seconds to go.
    let (mut pace, at) = learned(2, 10, Some(2));
    pace.quota(Quota { limit: Some(5), ..Quota::default() }, 0, at);
    assert_eq!(pace.learner.limit().unwrap(), Limit { requests: 5, per: Some(2 * SECOND) });
    // The next one shows that it is three seconds long.
    let next = at + 3 * SECOND;
    (0..5).for_each(|_| pace.taken(next, next));
    pace.too_many(next + 2 * SECOND, next + 2 * SECOND, Some(SECOND));
    assert_eq!(pace.learner.limit().unwrap(), Limit { requests: 5, per: Some(3 * SECOND) });
}

#[test]
fn time_without_a_429_brings_more_sooner_where_others_had_a_share() {
    let requests = |pace: &Pace| pace.learner.limit().unwrap().requests;
    let later = |pace: &mut Pace, at: Instant| {
        pace.taken(at, at);
        requests(pace)
    };
    let (mut full, at) = learned(60, 100, Some(54));
    assert_eq!(later(&mut full, at + 599 * SECOND), 60);
    assert_eq!(later(&mut full, at + 601 * SECOND), 75);
    let (mut shared, at) = learned(5, 0, Some(3));
    let second = at + 4 * SECOND;
    shared.taken(second, second);
    shared.too_many(second, second, Some(3 * SECOND));
    assert_eq!(later(&mut shared, second + 119 * SECOND), 1);
    assert_eq!(later(&mut shared, second + 121 * SECOND), 2);
}
