//! The books, driven at random against a naive record of what was done to them.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{BatchItem, Changes, Sid};

fn batch(no: u32, round: u32) -> Batch {
    let item = |seq| BatchItem { seq, sid: Sid::new(&format!("{no}-{seq}")), changes: Changes::default() };
    Batch { no, round, items: (0..2).map(item).collect() }
}

fn failed() -> AttemptResult {
    AttemptResult::Retryable { reason: String::from("busy"), after: None, unreachable: false }
}

fn two(status: Status) -> Vec<Outcome> {
    vec![Outcome::undecided(status, None, ""); 2]
}

/// What the oracle remembers: plain lists, searched in full each time.
#[derive(Default)]
struct Model {
    loading: Vec<u32>,
    intending: Vec<(u32, u32)>,
    intended: Vec<(u32, u32)>,
    sending: Vec<(u32, u32)>,
    recording: Vec<(u32, bool)>,
    attempts: BTreeMap<u32, u32>,
    settled: Vec<u32>,
}

proptest! {
    #[test]
    fn any_order_of_events_settles_each_batch_once_within_limits(
        rounds in prop::collection::vec(0u32..2, 1..25),
        limit in 1usize..4,
        choices in prop::collection::vec((0u8..8, any::<prop::sample::Index>(), any::<bool>()), 0..200),
    ) {
        // Rounds rise by 0 or 1 from batch to batch.
        let rounds: Vec<u32> = rounds.iter().scan(0, |round, up| { *round += up; Some(*round) }).collect();
        let batches = rounds.len() as u32;
        let mut ledger = Ledger::new(u64::from(batches) * 2, batches, limit, 0);
        let mut model = Model::default();
        let mut now = Instant::now();
        // The random part, then enough of everything to bring the run to its end.
        let drive = (0..2400u32).map(|i| ((i % 8) as u8, None, false));
        let random = choices.into_iter().map(|(kind, index, fails)| (kind, Some(index), fails));
        for (kind, index, fails) in random.chain(drive) {
            let pick = |len: usize| index.map_or(0, |i| i.index(len));
            match kind {
                0 => model.loading.extend(ledger.load_next(now)),
                1 if !model.loading.is_empty() => {
                    let no = model.loading.remove(pick(model.loading.len()));
                    ledger.loaded(no, batch(no, rounds[no as usize]), Looked::default());
                }
                2 => if let Some(no) = ledger.sendable()
                    && ledger.may_prepare(no, limit, limit + 2)
                {
                    let (sent, attempt) = ledger.intend(no).unwrap();
                    prop_assert_eq!(sent.no, no);
                    let earlier = (0..batches).filter(|b| rounds[*b as usize] < rounds[no as usize]);
                    prop_assert!(earlier.into_iter().all(|b| model.settled.contains(&b)));
                    let attempts = model.attempts.entry(no).or_default();
                    *attempts += 1;
                    prop_assert_eq!(attempt, *attempts);
                    model.intending.push((no, attempt));
                }
                3 if !model.intending.is_empty() => {
                    let (no, attempt) = model.intending.remove(pick(model.intending.len()));
                    prop_assert!(ledger.answered(no, attempt, &failed()).is_none(), "it was never sent");
                    if fails {
                        prop_assert!(ledger.withdraw(no, attempt) && !ledger.withdraw(no, attempt));
                        ledger.withdrawn(no, now);
                        *model.attempts.get_mut(&no).unwrap() -= 1;
                    } else {
                        ledger.intended(no, attempt);
                        model.intended.push((no, attempt));
                    }
                }
                4 => if let Some(no) = ledger.go(limit, now) {
                    let place = model.intended.iter().position(|(intended, _)| *intended == no);
                    prop_assert!(place.is_some(), "it goes before its intent is on disk");
                    model.sending.push(model.intended.remove(place.unwrap()));
                }
                5 if !model.sending.is_empty() => {
                    let (no, attempt) = model.sending.remove(pick(model.sending.len()));
                    prop_assert!(ledger.answered(no, attempt + 1, &failed()).is_none());
                    prop_assert!(ledger.answered(no, attempt, &failed()).is_some());
                    // The same answer again, and a cut-off that comes too late, find nobody.
                    prop_assert!(ledger.answered(no, attempt, &failed()).is_none());
                    prop_assert!(!ledger.withdraw(no, attempt));
                    model.recording.push((no, fails));
                }
                6 if !model.recording.is_empty() => {
                    let (no, fails) = model.recording.remove(pick(model.recording.len()));
                    if fails {
                        ledger.again(no, now + Duration::from_secs(3));
                    } else {
                        ledger.settling(no, &two(Status::Updated));
                        ledger.settled(no);
                        ledger.settled(no);
                        model.settled.push(no);
                    }
                }
                _ => now += Duration::from_secs(1),
            }
            prop_assert!(model.sending.len() <= limit);
            prop_assert_eq!(ledger.totals().updated, model.settled.len() as u64 * 2);
            prop_assert_eq!(ledger.is_done(), model.settled.len() == rounds.len());
            let prepared = model.intending.len() + model.intended.len();
            prop_assert_eq!((ledger.prepared(), ledger.on_wire()), (prepared, model.sending.len()));
            prop_assert!(prepared + model.sending.len() <= 2 * limit + 2);
            let is_idle = prepared == 0 && model.sending.is_empty() && model.recording.is_empty();
            prop_assert_eq!(ledger.is_idle(), is_idle);
            // Memory stays flat: a few entries for each slot, whatever the number of batches.
            prop_assert!(ledger.active.len() <= 12 * limit);
        }
        prop_assert!(ledger.is_done());
        prop_assert!(ledger.totals().balances());
    }
}

/// Sends a ready batch at once.
fn send(ledger: &mut Ledger, no: u32, now: Instant) {
    let (_, attempt) = ledger.intend(no).unwrap();
    ledger.intended(no, attempt);
    assert_eq!(ledger.go(usize::MAX, now), Some(no));
}

/// A ledger with batch 0 tried once and due later, and batch 1 being sent.
fn midway(now: Instant) -> Ledger {
    let mut ledger = Ledger::new(6, 3, 2, 0);
    for no in 0..2 {
        assert_eq!(ledger.load_next(now), Some(no));
        ledger.loaded(no, batch(no, 0), Looked::default());
        send(&mut ledger, no, now);
    }
    ledger.answered(0, 1, &failed()).unwrap();
    ledger.again(0, now + Duration::from_secs(60));
    ledger
}

#[test]
fn giving_up_hands_over_what_was_tried_and_forgets_the_rest() {
    let now = Instant::now();
    let mut ledger = midway(now);
    assert_eq!(ledger.load_next(now), Some(2));
    let given_up = ledger.give_up();
    assert_eq!(
        given_up.iter().map(|(no, p)| (*no, p.attempts, p.last.as_deref())).collect::<Vec<_>>(),
        [(0, 1, Some("busy"))]
    );
    assert!(ledger.give_up().is_empty());
    // A batch that comes in late is not taken up again.
    ledger.loaded(2, batch(2, 0), Looked::default());
    assert_eq!(ledger.sendable(), None);
    ledger.settling(0, &two(Status::NotSent));
    ledger.settled(0);
    ledger.answered(1, 1, &AttemptResult::Settled(Vec::new())).unwrap();
    ledger.settling(1, &two(Status::Updated));
    ledger.settled(1);
    assert!(ledger.is_idle());
    assert_eq!(ledger.close(), Totals { planned: 6, updated: 2, not_sent: 4, ..Totals::default() });
}

#[test]
fn an_attempt_that_never_left_does_not_count() {
    let now = Instant::now();
    let mut ledger = midway(now);
    assert!(ledger.withdraw(1, 1));
    assert!(!ledger.is_idle(), "its intent is still to be taken back");
    ledger.withdrawn(1, now);
    assert!(ledger.is_idle());
    assert_eq!(ledger.give_up().into_iter().map(|(no, _)| no).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_batch_due_again_goes_before_new_ones() {
    let now = Instant::now();
    let mut ledger = midway(now);
    assert_eq!(ledger.load_next(now), Some(2));
    ledger.loaded(2, batch(2, 0), Looked::default());
    let later = now + Duration::from_secs(60);
    assert_eq!(ledger.load_next(later), Some(0));
    ledger.loaded(0, batch(0, 0), Looked::default());
    assert_eq!(ledger.sendable(), Some(0));
}

#[test]
fn when_most_attempts_fail_the_first_attempts_of_other_batches_are_saved() {
    let now = Instant::now();
    let mut ledger = Ledger::new(2000, 1000, 1, 0);
    while let Some(no) = ledger.load_next(now) {
        ledger.loaded(no, batch(no, 0), Looked::default());
        send(&mut ledger, no, now);
        ledger.answered(no, 1, &failed()).unwrap();
        ledger.again(no, now + Duration::from_secs(60));
    }
    assert_eq!(ledger.only_waiting(), Some(4));
    // Their turn comes when those before are settled.
    let later = now + Duration::from_secs(60);
    assert_eq!(ledger.load_next(later), Some(0));
    ledger.loaded(0, batch(0, 0), Looked::default());
    send(&mut ledger, 0, now);
    assert_eq!(ledger.load_next(now), Some(4));
}

/// Takes a batch to where its answer is being recorded.
fn record(ledger: &mut Ledger, status: Status) -> u32 {
    let now = Instant::now();
    let no = ledger.load_next(now).unwrap();
    ledger.loaded(no, batch(no, 0), Looked::default());
    let (_, attempt) = ledger.intend(no).unwrap();
    ledger.intended(no, attempt);
    assert_eq!(ledger.go(9, now), Some(no));
    assert!(ledger.answered(no, attempt, &failed()).is_some());
    ledger.settling(no, &two(status));
    no
}

#[test]
fn books_are_compared_while_others_are_being_recorded() {
    let mut ledger = Ledger::new(6, 3, 3, 0);
    let first = record(&mut ledger, Status::Updated);
    record(&mut ledger, Status::Updated);
    ledger.settled(first);
    let journal = |updated, rejected| Totals { planned: 6, updated, rejected, ..Totals::default() };
    assert_eq!(ledger.compare(journal(2, 0)), None);
    assert_eq!(ledger.compare(journal(4, 0)), None, "the word of the second is still on its way");
    assert!(ledger.compare(journal(4, 1)).is_some(), "nothing that is being recorded was rejected");
    assert!(ledger.compare(journal(6, 0)).is_some(), "more than what is being recorded");
}
