//! Families of refused batches, played to their end against a server that refuses by content.

use std::collections::VecDeque;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn refusal(cause: &str) -> Refused {
    Refused { cause: cause.to_owned(), said: None, reason: String::new() }
}

/// Plays one batch of these many edits: `refuses` is asked with the first edit and how many. Gives the requests, the
/// edits refused alone, and those that were given up.
fn play(edits: usize, refuses: impl Fn(usize, usize) -> Option<&'static str>) -> (usize, Vec<usize>, usize) {
    let mut families = Families::default();
    let mut queue = VecDeque::from([(0usize, edits, Descent::root(0))]);
    let (mut requests, mut guilty, mut next) = (0, Vec::new(), 1);
    while let Some(at) = queue.iter().position(|(_, _, descent)| families.may_go(*descent)) {
        let (first, len, descent) = queue.remove(at).unwrap();
        requests += 1;
        match refuses(first, len) {
            None => families.ended(descent, len, &End::Taken),
            Some(why) if len == 1 => {
                families.ended(descent, len, &End::Refused(why.to_owned()));
                guilty.push(first);
            }
            Some(why) => {
                families.refused(descent, &refusal(why));
                if families.hopeless(descent.root).is_some() {
                    return (requests, guilty, len + queue.iter().map(|q| q.1).sum::<usize>());
                }
                let mut from = first;
                for part in cut(len, 2, next) {
                    queue.push_back((from, part.edits, descent.half_of(next)));
                    from += part.edits;
                }
                next += 2;
            }
        }
        if families.hopeless(0).is_some() {
            return (requests, guilty, queue.iter().map(|q| q.1).sum());
        }
    }
    assert!(queue.is_empty(), "parts wait for ever: {queue:?}");
    (requests, guilty, 0)
}

fn poison(bad: &[usize]) -> impl Fn(usize, usize) -> Option<&'static str> + '_ {
    |first, len| bad.iter().any(|b| (first..first + len).contains(b)).then_some("poison")
}

#[rstest]
#[case::first(256, vec![0], 17)]
#[case::last(256, vec![255], 17)]
#[case::both_ends(256, vec![0, 255], 34)]
#[case::neighbours(256, vec![127, 128], 34)]
#[case::one_of_two(2, vec![1], 3)]
#[case::four_spread(500, vec![3, 130, 260, 499], 80)]
fn the_guilty_stand_alone_within_the_budget(#[case] edits: usize, #[case] bad: Vec<usize>, #[case] most: usize) {
    let (requests, mut guilty, given_up) = play(edits, poison(&bad));
    guilty.sort_unstable();
    assert_eq!((guilty, given_up), (bad, 0));
    assert!(requests <= most, "{requests} requests");
}

#[test]
fn a_batch_that_every_part_refuses_alike_is_given_up_after_fifteen_requests() {
    let (requests, guilty, given_up) = play(256, |_, _| Some("closed"));
    assert_eq!((requests, guilty.len(), given_up), (15, 0, 256));
}

#[test]
fn a_small_batch_that_is_refused_alike_is_found_out_to_the_last_edit() {
    assert_eq!(play(4, |_, _| Some("closed")), (7, vec![0, 1, 2, 3], 0));
}

#[test]
fn a_size_that_both_halves_keep_to_is_learned() {
    let mut families = Families::default();
    let root = Descent::root(0);
    families.refused(root, &refusal("too many"));
    families.ended(root.half_of(0), 250, &End::Taken);
    assert_eq!(families.oversize(500, 0), None, "one half may be innocent");
    families.ended(root.half_of(0), 250, &End::Taken);
    assert_eq!(families.oversize(250, 0), None);
    assert_eq!(families.oversize(500, 0).unwrap().0, 2);
    assert_eq!(families.oversize(501, 0).unwrap().0, 3);
}

#[test]
fn a_413_halves_what_is_sent_from_there_on() {
    let mut families = Families::default();
    families.too_large(100_000);
    assert_eq!(families.oversize(500, 50_000), None);
    assert_eq!(families.oversize(500, 120_000).unwrap().0, 3);
    assert_eq!(families.oversize(1, 120_000), None, "one edit can't be cut");
}

#[test]
fn refusals_are_alike_whatever_place_they_name() {
    let said = |text: &str| Said { code: Some(400), description: Some(text.to_owned()), ..Said::default() };
    assert_eq!(cause(&said("contacts[17] is bad")), cause(&said("contacts[3] is bad")));
    assert_ne!(cause(&said("bad email")), cause(&said("bad tag")));
}

proptest! {
    /// The oracle is the list of guilty edits itself.
    #[test]
    fn any_guilty_edits_are_found_and_no_other(edits in 1usize..600, picks in prop::collection::btree_set(0usize..600, 0..5)) {
        let bad: Vec<_> = picks.into_iter().filter(|b| *b < edits).collect();
        let (requests, mut guilty, given_up) = play(edits, poison(&bad));
        guilty.sort_unstable();
        prop_assert_eq!(guilty, bad.clone());
        prop_assert_eq!(given_up, 0);
        let levels = usize::BITS as usize - (edits - 1).leading_zeros() as usize;
        prop_assert!(requests <= 2 * bad.len() * levels + 1, "{} requests for {} of {}", requests, bad.len(), edits);
    }

    #[test]
    fn parts_hold_every_edit(edits in 1usize..6000, parts in 1usize..40) {
        let cut = cut(edits, parts, 7);
        prop_assert_eq!(cut.iter().map(|p| p.edits).sum::<usize>(), edits);
        prop_assert!(cut.iter().enumerate().all(|(i, p)| p.no == 7 + i as u32 && p.edits > 0));
        let (least, most) = (cut.iter().map(|p| p.edits).min(), cut.iter().map(|p| p.edits).max());
        prop_assert!(most.unwrap() - least.unwrap() <= 1);
    }
}
