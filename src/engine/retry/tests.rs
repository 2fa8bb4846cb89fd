//! The table of what an answer means.

use rstest::rstest;

use super::*;
use crate::domain::{Quota, Stage};
use crate::engine::Trip;

fn policy() -> RunPolicy {
    RunPolicy {
        in_flight: 2,
        rate_per_minute: 30,
        max_attempts: 3,
        backoff_base: Duration::from_secs(1),
        backoff_cap: Duration::from_secs(10),
        patience: Duration::from_secs(24 * 3600),
        seed: 42,
        grace: Duration::from_secs(2),
        canary: 0,
        breaker: None,
        on_trip: Trip::Pause,
    }
}

/// Two edits after so many attempts.
fn tried(attempts: u32, doubt: Option<&str>) -> Past {
    Past { edits: 2, attempts, doubt: doubt.map(str::to_owned), ..Past::default() }
}

fn case(past: &Past) -> Case<'_> {
    Case { batch: 5, past, tried_for: Duration::ZERO, ending: false, got_through: false }
}

fn later(after: Option<u64>, unreachable: bool) -> AttemptResult {
    AttemptResult::Retryable { reason: String::from("busy"), after: after.map(Duration::from_secs), unreachable }
}

fn perhaps() -> AttemptResult {
    AttemptResult::Ambiguous { stage: Stage::Failed, reason: String::from("timed out"), after: None }
}

fn no(kind: Refusal, code: i64) -> AttemptResult {
    let said = Said { code: Some(code), error_code: Some(1002), description: Some(String::from("no")), message: None };
    AttemptResult::Refused { kind, said }
}

/// A step in short: the status of all edits, or that it goes on; and whether the run stops.
fn short(step: &Step) -> (Option<Status>, bool) {
    match step {
        Step::Again { .. } | Step::Halve { .. } => (None, false),
        Step::Settle { outcomes, stop, .. } => {
            assert!(outcomes.iter().all(|o| *o == outcomes[0]));
            assert!(!outcomes.is_empty());
            (Some(outcomes[0].status), stop.is_some())
        }
    }
}

const DOUBT: Option<&str> = Some("an earlier time-out");

#[rstest]
// While attempts are left, what may be sent again is.
#[case(later(None, false), 1, None, None, false)]
#[case(later(None, true), 2, None, None, false)]
#[case(perhaps(), 2, DOUBT, None, false)]
// Used up: unknown wherever any attempt may have been taken.
#[case(later(None, false), 3, None, Some(Status::NotSent), false)]
#[case(later(None, false), 3, DOUBT, Some(Status::Unknown), false)]
#[case(perhaps(), 3, None, Some(Status::Unknown), false)]
// No connection that lasts stops the run.
#[case(later(None, true), 3, None, Some(Status::NotSent), true)]
#[case(later(None, true), 3, DOUBT, Some(Status::Unknown), true)]
// Refusals are final at once.
#[case(no(Refusal::Stop, 401), 1, None, Some(Status::NotSent), true)]
#[case(no(Refusal::Stop, 403), 2, DOUBT, Some(Status::Unknown), true)]
#[case(no(Refusal::Split, 400), 1, None, None, false)]
#[case(no(Refusal::Split, 400), 2, DOUBT, None, false)]
#[case(no(Refusal::Whole, 409), 1, None, Some(Status::Rejected), false)]
#[case(no(Refusal::Astray, 404), 1, None, Some(Status::NotSent), true)]
#[case(no(Refusal::Astray, 302), 2, DOUBT, Some(Status::Unknown), true)]
#[case(no(Refusal::Whole, 409), 2, DOUBT, Some(Status::Unknown), false)]
fn the_table(
    #[case] result: AttemptResult,
    #[case] attempt: u32,
    #[case] doubt: Option<&str>,
    #[case] status: Option<Status>,
    #[case] stops: bool,
) {
    assert_eq!(short(&decide(&policy(), case(&tried(attempt, doubt)), result)), (status, stops));
}

#[rstest]
#[case(later(None, false), None, Status::NotSent)]
#[case(later(None, false), DOUBT, Status::Unknown)]
#[case(later(None, true), None, Status::NotSent)]
#[case(perhaps(), None, Status::Unknown)]
fn a_run_that_ends_sends_nothing_again(
    #[case] result: AttemptResult,
    #[case] doubt: Option<&str>,
    #[case] status: Status,
) {
    let step = decide(&policy(), Case { ending: true, ..case(&tried(1, doubt)) }, result);
    assert_eq!(short(&step), (Some(status), false));
}

/// A wrong address is no fault of the contacts; but where others got through, or the vendor itself has no such contact,
/// the address is right.
#[rstest]
#[case(true, 3, None, Status::Rejected)]
#[case(false, 3, Some(1000), Status::NotSent)]
#[case(false, 1, None, Status::NotSent)]
#[case(false, 1, Some(1000), Status::Rejected)]
fn a_request_that_went_astray(
    #[case] got_through: bool,
    #[case] edits: usize,
    #[case] error_code: Option<i64>,
    #[case] status: Status,
) {
    let past = Past { edits, ..tried(1, None) };
    let said = Said { code: Some(404), error_code, ..Said::default() };
    let result = AttemptResult::Refused { kind: Refusal::Astray, said };
    let step = decide(&policy(), Case { got_through, ..case(&past) }, result);
    assert_eq!(short(&step), (Some(status), status == Status::NotSent));
}

#[test]
fn outcomes_that_settle_a_batch_are_taken_as_they_are() {
    let outcomes =
        vec![Outcome::undecided(Status::Updated, Some(200), ""), Outcome::undecided(Status::Rejected, Some(404), "no")];
    let step = decide(&policy(), case(&tried(3, DOUBT)), AttemptResult::Settled(outcomes.clone()));
    assert_eq!(step, Step::Settle { outcomes, failure: None, stop: None });
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(3)]
fn a_wrong_number_of_outcomes_leaves_every_edit_unknown(#[case] n: usize) {
    let outcomes = vec![Outcome::undecided(Status::Updated, Some(200), ""); n];
    assert_eq!(
        short(&decide(&policy(), case(&tried(1, None)), AttemptResult::Settled(outcomes))).0,
        Some(Status::Unknown)
    );
}

#[test]
fn a_refusal_keeps_its_codes_and_words() {
    let Step::Settle { outcomes, stop, .. } = decide(&policy(), case(&tried(1, None)), no(Refusal::Stop, 401)) else {
        panic!()
    };
    assert_eq!((outcomes[0].said.code, outcomes[0].said.error_code), (Some(401), Some(1002)));
    assert_eq!(stop.as_deref(), Some("401: no"));
}

#[test]
fn an_unknown_outcome_says_which_attempt_left_the_doubt() {
    let words = |outcomes: &[Outcome]| outcomes[0].said.description.clone().unwrap();
    assert_eq!(
        words(&given_up(case(&tried(3, Some("timed out"))), "503: busy")),
        "given up after 3 attempts: 503: busy; an earlier one may have been taken (timed out)"
    );
    assert_eq!(
        words(&given_up(case(&tried(1, Some("timed out"))), "timed out")),
        "given up after 1 attempt: timed out"
    );
}

#[test]
fn the_wait_doubles_up_to_its_cap_and_spreads_in_full() {
    for (attempt, most) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (40, 10), (u32::MAX, 10)] {
        assert_eq!(policy().backoff(attempt), Duration::from_secs(most));
    }
    let delay =
        |batch, seed| match decide(&RunPolicy { seed, ..policy() }, Case { batch, ..case(&tried(1, None)) }, perhaps())
        {
            Step::Again { delay, .. } => delay,
            _ => panic!(),
        };
    let delays: Vec<_> = (0..200).map(|batch| delay(batch, 42)).collect();
    assert!(delays.iter().all(|d| *d <= Duration::from_secs(1)));
    assert!(delays.iter().any(|d| *d < Duration::from_millis(50)), "the jitter is full");
    assert!(delays.iter().any(|d| *d > Duration::from_millis(950)));
    assert_eq!(delay(7, 42), delays[7]);
    assert_ne!(delay(7, 43), delays[7]);
}

#[test]
fn what_the_server_asks_for_is_the_least_wait() {
    let Step::Again { delay, .. } = decide(&policy(), case(&tried(1, None)), later(Some(25), false)) else { panic!() };
    assert_eq!(delay, Duration::from_secs(25));
}

#[rstest]
#[case(0, None)]
#[case(24 * 3600 - 25, None)]
#[case(24 * 3600 - 24, Some(Status::NotSent))]
fn a_batch_is_given_up_when_the_patience_is_used_up(#[case] tried_for: u64, #[case] status: Option<Status>) {
    let past = tried(1, None);
    let case = Case { tried_for: Duration::from_secs(tried_for), ..case(&past) };
    assert_eq!(short(&decide(&policy(), case, later(Some(25), false))).0, status);
}

/// What becomes of a batch whose answer went wrong there.
fn stuck(stage: Stage, past: &Past) -> Step {
    let result = AttemptResult::Ambiguous { stage, reason: String::from("gone"), after: None };
    decide(&RunPolicy { max_attempts: 9, ..policy() }, case(past), result)
}

#[rstest]
#[case::one_time_out(Stage::TimedOut, Past { timed_out: 1, ..tried(1, None) }, false)]
#[case::two(Stage::TimedOut, Past { timed_out: 2, ..tried(2, None) }, true)]
#[case::a_half_needs_no_second_proof(Stage::TimedOut, Past { timed_out: 1, halved_for: Some(Stage::TimedOut), ..tried(1, None) }, true)]
#[case::halved_for_another_reason(Stage::TimedOut, Past { timed_out: 1, halved_for: Some(Stage::Unreadable), ..tried(1, None) }, false)]
#[case::two_unreadable(Stage::Unreadable, Past { unreadable: 2, ..tried(2, None) }, false)]
#[case::three(Stage::Unreadable, Past { unreadable: 3, ..tried(3, None) }, true)]
#[case::a_reset_says_nothing_of_the_size(Stage::BrokenOff, tried(5, None), false)]
#[case::nor_does_a_502(Stage::Failed, tried(5, None), false)]
fn a_batch_that_wears_out_its_answer_is_halved_in_doubt(
    #[case] stage: Stage,
    #[case] past: Past,
    #[case] halved: bool,
) {
    match stuck(stage, &past) {
        Step::Halve { doubt, .. } => assert!(halved && doubt.as_deref() == Some("gone")),
        step => assert!(!halved && matches!(step, Step::Again { .. }), "{step:?}"),
    }
}

#[test]
fn a_half_of_one_edit_that_still_times_out_is_unknown() {
    let past = Past { edits: 1, timed_out: 1, halved_for: Some(Stage::TimedOut), ..tried(1, None) };
    let Step::Settle { outcomes, .. } = stuck(Stage::TimedOut, &past) else { panic!() };
    assert_eq!(outcomes.iter().map(|o| o.status).collect::<Vec<_>>(), [Status::Unknown]);
}

#[rstest]
#[case::alone(Past { edits: 1, ..tried(2, DOUBT) }, false, Status::Rejected)]
#[case::alone_after_a_doubt_about_its_whole(Past { edits: 1, inherited: Some("x".into()), ..tried(1, None) }, false, Status::Unknown)]
#[case::no_time_to_halve(tried(1, DOUBT), true, Status::NotSent)]
#[case::no_time_and_a_doubt(Past { inherited: Some("x".into()), ..tried(1, None) }, true, Status::Unknown)]
fn a_refusal_of_the_contents_speaks_for_the_same_bytes(
    #[case] past: Past,
    #[case] ending: bool,
    #[case] status: Status,
) {
    let Step::Settle { outcomes, .. } = decide(&policy(), Case { ending, ..case(&past) }, no(Refusal::Split, 400))
    else {
        panic!()
    };
    assert!(outcomes.len() == past.edits && outcomes.iter().all(|o| o.status == status), "{outcomes:?}");
}

#[test]
fn a_hopeless_part_has_the_words_of_the_refusal_and_is_unknown_in_doubt() {
    let said = Said { code: Some(400), description: Some(String::from("no")), ..Said::default() };
    let refusal = |said, reason: &str| Refused { cause: String::new(), said, reason: reason.to_owned() };
    let refused = refusal(Some(said), "400: no");
    let plain = &hopeless(case(&tried(0, None)), &refused)[0];
    assert_eq!((plain.status, plain.said.code), (Status::Rejected, Some(400)));
    assert!(plain.said.description.as_deref().unwrap().starts_with("400: no (given up"));
    let past = Past { inherited: Some("timed out".into()), ..tried(0, None) };
    assert_eq!(hopeless(case(&past), &refused)[0].status, Status::Unknown);
    assert_eq!(hopeless(case(&tried(1, None)), &refusal(None, "timed out"))[0].status, Status::Unknown);
}

#[rstest]
#[case(later(Some(9), false), Some(429), Some((WaitReason::AskedByServer, Some(9))))]
#[case(later(Some(9), false), None, Some((WaitReason::AskedByServer, Some(9))))]
#[case(later(None, false), Some(429), Some((WaitReason::Busy, None)))]
#[case(later(None, false), Some(503), Some((WaitReason::Busy, None)))]
#[case(later(None, true), None, Some((WaitReason::Unreachable, None)))]
#[case(later(None, false), None, None)]
#[case(perhaps(), Some(500), None)]
#[case(no(Refusal::Whole, 409), Some(409), None)]
fn only_a_server_that_asks_or_is_gone_quiets_the_run(
    #[case] result: AttemptResult,
    #[case] http_status: Option<u16>,
    #[case] wanted: Option<(WaitReason, Option<u64>)>,
) {
    let reply = Reply { result, http_status, request_id: None, quota: Quota::default(), notes: Vec::new() };
    assert_eq!(quiet(&reply), wanted.map(|(reason, secs)| (reason, secs.map(Duration::from_secs))));
}
