//! Which item of an answer belongs to which edit of the batch (API 4).
//!
//! A failed item carries no SID, and no source guarantees the order. What can be proved is this: when
//! the lengths agree and *every* item that says, or may say, success names the SID sent at its index,
//! then the successes stand where they belong, so the failures stand on the rest. Without
//! that proof successes are placed by their SID, and a leftover only where a single place remains.
//! What stays unplaced is unknown: never "failed" and never "updated".
//!
//! One thing cannot be seen from here: two failures that changed places with each other. Both edits are
//! rejected either way; only the words of the error would be the other's.

use std::collections::HashMap;

/// What an item of an answer says about its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'a> {
    /// A success, or an item whose code and status contradict each other: it may be a success, so it has
    /// to prove its place. Holds its `data.sid`.
    Anchor(Option<&'a str>),
    /// Surely a failure. What its `data` names may be another contact (409), so it proves nothing.
    Failure,
}

/// Which item stands at which place, and why where that is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// For each edit of the batch the index of its item, or `None`: unknown.
    pub places: Vec<Option<usize>>,
    /// Why positions prove nothing; `None` when they are trusted.
    pub doubt: Option<Doubt>,
}

/// The first reason not to trust positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The answer has another number of items than the batch has edits.
    Length {
        /// Edits sent.
        sent: usize,
        /// Items received.
        got: usize,
    },
    /// A success without its SID: it could stand anywhere.
    Unnamed {
        /// The item, from 0.
        index: usize,
    },
    /// A success names another SID than the one sent at its index.
    Elsewhere {
        /// The item, from 0.
        index: usize,
    },
}

/// Places the items of an answer on the edits of its batch.
pub fn align(sids: &[&str], marks: &[Mark<'_>]) -> Alignment {
    match doubt(sids, marks) {
        None => Alignment { places: (0..sids.len()).map(Some).collect(), doubt: None },
        doubt => Alignment { places: by_sid(sids, marks), doubt },
    }
}

fn doubt(sids: &[&str], marks: &[Mark<'_>]) -> Option<Doubt> {
    if sids.len() != marks.len() {
        return Some(Doubt::Length { sent: sids.len(), got: marks.len() });
    }
    sids.iter().zip(marks).enumerate().find_map(|(index, (sent, mark))| match mark {
        Mark::Anchor(Some(sid)) if sid == sent => None,
        Mark::Anchor(Some(_)) => Some(Doubt::Elsewhere { index }),
        Mark::Anchor(None) => Some(Doubt::Unnamed { index }),
        Mark::Failure => None,
    })
}

/// Places each anchor on the one edit with its SID, then perhaps the last item on the last place.
///
/// A SID that two items name, or that stands twice in the batch, places none of them.
fn by_sid(sids: &[&str], marks: &[Mark<'_>]) -> Vec<Option<usize>> {
    let place_of = unique(sids.iter().copied().enumerate());
    let named = marks.iter().enumerate().filter_map(|(i, mark)| match mark {
        Mark::Anchor(Some(sid)) => Some((i, *sid)),
        _ => None,
    });
    let mut places = vec![None; sids.len()];
    for (sid, item) in unique(named) {
        if let (Some(item), Some(Some(place))) = (item, place_of.get(sid))
            && let Some(slot) = places.get_mut(*place)
        {
            *slot = Some(item);
        }
    }
    place_last(&mut places, marks);
    places
}

/// Each text with the index where it stands, or with `None` when it stands more than once.
fn unique<'a>(texts: impl Iterator<Item = (usize, &'a str)>) -> HashMap<&'a str, Option<usize>> {
    let mut found = HashMap::new();
    for (index, text) in texts {
        found.entry(text).and_modify(|at| *at = None).or_insert(Some(index));
    }
    found
}

/// With as many items as edits and all placed but one, that one belongs on the single place left, unless
/// it names a SID itself: then it is another contact's.
fn place_last(places: &mut [Option<usize>], marks: &[Mark<'_>]) {
    if places.len() != marks.len() || places.iter().filter(|p| p.is_none()).count() != 1 {
        return;
    }
    // All indices but one are placed, so the missing one is the difference of the sums.
    let last = (0..marks.len()).sum::<usize>() - places.iter().flatten().sum::<usize>();
    if let (Some(Mark::Failure | Mark::Anchor(None)), Some(free)) =
        (marks.get(last), places.iter_mut().find(|p| p.is_none()))
    {
        *free = Some(last);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::Mark::{Anchor, Failure};
    use super::*;

    #[rstest]
    #[case::in_order(&[Anchor(Some("a")), Failure, Anchor(Some("c"))], &[Some(0), Some(1), Some(2)])]
    #[case::all_failed(&[Failure, Failure, Failure], &[Some(0), Some(1), Some(2)])]
    #[case::one_failure_left(&[Failure, Anchor(Some("c")), Anchor(Some("a"))], &[Some(2), Some(0), Some(1)])]
    #[case::two_failures_left(&[Failure, Failure, Anchor(Some("a"))], &[Some(2), None, None])]
    #[case::one_short(&[Anchor(Some("a")), Anchor(Some("b"))], &[Some(0), Some(1), None])]
    #[case::a_failure_and_one_short(&[Anchor(Some("a")), Failure], &[Some(0), None, None])]
    #[case::one_too_many(&[Anchor(Some("a")), Anchor(Some("b")), Failure, Failure], &[Some(0), Some(1), None])]
    #[case::foreign(&[Anchor(Some("a")), Anchor(Some("z")), Failure], &[Some(0), None, None])]
    #[case::foreign_alone_is_not_the_last(&[Anchor(Some("a")), Anchor(Some("b")), Anchor(Some("z"))], &[Some(0), Some(1), None])]
    #[case::named_twice(&[Anchor(Some("a")), Anchor(Some("a")), Failure], &[None, None, None])]
    #[case::unnamed_and_a_failure(&[Anchor(Some("a")), Anchor(None), Failure], &[Some(0), None, None])]
    #[case::only_one_unnamed(&[Anchor(Some("a")), Anchor(None), Anchor(Some("c"))], &[Some(0), Some(1), Some(2)])]
    #[case::nothing(&[], &[None, None, None])]
    fn items_are_placed_only_where_that_is_proved(#[case] marks: &[Mark<'_>], #[case] places: &[Option<usize>]) {
        assert_eq!(align(&["a", "b", "c"], marks).places, places);
    }

    #[test]
    fn the_doubt_names_its_item() {
        let doubt = |marks: &[Mark<'_>]| align(&["a", "b"], marks).doubt;
        assert_eq!(doubt(&[Anchor(Some("a")), Failure]), None);
        assert_eq!(doubt(&[Failure]), Some(Doubt::Length { sent: 2, got: 1 }));
        assert_eq!(doubt(&[Failure, Anchor(Some("a"))]), Some(Doubt::Elsewhere { index: 1 }));
        assert_eq!(doubt(&[Anchor(None), Failure]), Some(Doubt::Unnamed { index: 0 }));
    }

    #[test]
    fn a_sid_that_stands_twice_in_the_batch_is_placed_by_position_or_not_at_all() {
        assert_eq!(align(&["a", "a"], &[Anchor(Some("a")), Anchor(Some("a"))]).places, [Some(0), Some(1)]);
        assert_eq!(
            align(&["a", "a", "b"], &[Anchor(Some("b")), Failure, Anchor(Some("a"))]).places,
            [None, None, Some(0)]
        );
    }

    /// An item of the true answer: whose it is, and what it says.
    #[derive(Debug, Clone)]
    struct Item {
        truth: usize,
        succeeded: bool,
        sid: Option<String>,
    }

    /// What a faulty gateway does to an answer.
    #[derive(Debug, Clone)]
    enum Fault {
        Swap(usize, usize),
        Reverse,
        Drop(usize),
        Repeat(usize),
        ForeignSid(usize),
        NoSid(usize),
        NeighboursSid(usize),
    }

    fn fault() -> impl Strategy<Value = Fault> {
        let at = 0usize..12;
        prop_oneof![
            (at.clone(), at.clone()).prop_map(|(a, b)| Fault::Swap(a, b)),
            Just(Fault::Reverse),
            at.clone().prop_map(Fault::Drop),
            at.clone().prop_map(Fault::Repeat),
            at.clone().prop_map(Fault::ForeignSid),
            at.clone().prop_map(Fault::NoSid),
            at.prop_map(Fault::NeighboursSid),
        ]
    }

    fn apply(items: &mut Vec<Item>, fault: &Fault) {
        let n = items.len();
        if n == 0 {
            return;
        }
        match *fault {
            Fault::Swap(a, b) => items.swap(a % n, b % n),
            Fault::Reverse => items.reverse(),
            Fault::Drop(i) => drop(items.remove(i % n)),
            Fault::Repeat(i) => items.push(items[i % n].clone()),
            Fault::ForeignSid(i) if items[i % n].succeeded => items[i % n].sid = Some("foreign".to_owned()),
            Fault::NoSid(i) if items[i % n].succeeded => items[i % n].sid = None,
            Fault::NeighboursSid(i) if items[i % n].succeeded => {
                items[i % n].sid = Some(((items[i % n].truth + 1) % 12).to_string());
            }
            _ => {}
        }
    }

    fn answer(outcomes: &[bool]) -> Vec<Item> {
        let item = |(truth, ok): (usize, &bool)| Item { truth, succeeded: *ok, sid: ok.then(|| truth.to_string()) };
        outcomes.iter().enumerate().map(item).collect()
    }

    fn placed(n: usize, items: &[Item]) -> Vec<Option<usize>> {
        let sids: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        let sids: Vec<&str> = sids.iter().map(String::as_str).collect();
        let marks: Vec<_> =
            items.iter().map(|i| if i.succeeded { Anchor(i.sid.as_deref()) } else { Failure }).collect();
        align(&sids, &marks).places
    }

    /// Leaves out what no reader of the answer could see: a lie about a name, and an answer that lost
    /// one item and repeats another, which looks like a plain answer.
    fn visible(mut faults: Vec<Fault>) -> Vec<Fault> {
        let drops = faults.iter().any(|f| matches!(f, Fault::Drop(_)));
        faults.retain(|f| match f {
            Fault::NeighboursSid(_) => false,
            Fault::Repeat(_) => !drops,
            _ => true,
        });
        faults
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The oracle knows whose each item truly is, and asks only whether a contact was told something
        /// that is not true of it.
        #[test]
        fn no_contact_is_told_the_outcome_of_another(
            outcomes in prop::collection::vec(any::<bool>(), 1..9),
            faults in prop::collection::vec(fault(), 0..5),
        ) {
            let mut items = answer(&outcomes);
            for fault in visible(faults) {
                apply(&mut items, &fault);
            }
            let places = placed(outcomes.len(), &items);
            prop_assert_eq!(places.len(), outcomes.len());
            for (contact, item) in places.iter().enumerate() {
                if let Some(item) = item {
                    prop_assert_eq!(items[*item].succeeded, outcomes[contact], "contact {} got item {}", contact, item);
                    prop_assert!(!items[*item].succeeded || items[*item].truth == contact);
                }
            }
        }

        #[test]
        fn an_item_is_placed_at_most_once(
            outcomes in prop::collection::vec(any::<bool>(), 1..9),
            faults in prop::collection::vec(fault(), 0..6),
        ) {
            let mut items = answer(&outcomes);
            for fault in &faults {
                apply(&mut items, fault);
            }
            let mut used: Vec<_> = placed(outcomes.len(), &items).into_iter().flatten().collect();
            used.sort_unstable();
            prop_assert!(used.windows(2).all(|w| w[0] < w[1]) && used.iter().all(|i| *i < items.len()));
        }

        #[test]
        fn an_honest_answer_is_placed_whole(outcomes in prop::collection::vec(any::<bool>(), 0..40)) {
            let items = answer(&outcomes);
            let places: Vec<_> = (0..outcomes.len()).map(Some).collect();
            prop_assert_eq!(placed(outcomes.len(), &items), places);
        }

        /// Order alone never costs a success its contact.
        #[test]
        fn shuffled_successes_all_find_their_contact(
            outcomes in prop::collection::vec(any::<bool>(), 1..20),
            swaps in prop::collection::vec((0usize..20, 0usize..20), 0..20),
        ) {
            let mut items = answer(&outcomes);
            for (a, b) in swaps {
                apply(&mut items, &Fault::Swap(a, b));
            }
            let places = placed(outcomes.len(), &items);
            prop_assert!(outcomes.iter().zip(&places).all(|(ok, place)| !ok || place.is_some()));
        }
    }
}
