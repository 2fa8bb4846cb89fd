//! The three sides of a change, held against a small world in which people write to one contact.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn holding(field: Field, value: &str) -> Contact {
    let mut contact = Contact::default();
    contact.put(field, value);
    contact
}

fn tag(value: Option<&str>) -> Contact {
    holding(Field::Tag, value.unwrap_or_default())
}

#[rstest]
#[case(Field::Tag, "a", "a", true)]
#[case(Field::Tag, "a", "A", false)]
#[case(Field::Tag, "", "a", false)]
#[case(Field::Number, "09812345678", "+919812345678", true)]
#[case(Field::Number, "+919812345678", "9812345678", true)]
#[case(Field::Number, "+919812345678", "+19812345678", false)]
#[case(Field::CustomField, "", "{ }", true)]
#[case(Field::CustomField, r#"{"a":1,"b":2}"#, r#"{ "b":2.0, "a":1 }"#, true)]
#[case(Field::CustomField, r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false)]
fn values_are_the_same_or_not(#[case] field: Field, #[case] a: &str, #[case] b: &str, #[case] expected: bool) {
    assert_eq!((same(field, a, b), same(field, b, a)), (expected, expected));
}

fn sets(field: Field, value: Option<&str>) -> Changes {
    [(field, value.map_or(Change::Clear, |value| Change::Set(value.to_owned())))].into_iter().collect()
}

/// `?` is a side that is not known.
#[rstest]
#[case::plain("a", "a", "c", Stand::Changes)]
#[case::done_before("c", "c", "c", Stand::Same)]
#[case::done_by_another("a", "c", "c", Stand::Same)]
#[case::moved("a", "b", "c", Stand::Moved)]
#[case::undone_by_another("c", "a", "c", Stand::Moved)]
#[case::emptied("a", "", "c", Stand::Moved)]
#[case::filled("", "b", "c", Stand::Moved)]
#[case::cleared_already("a", "", "", Stand::Same)]
#[case::no_base("?", "b", "c", Stand::Changes)]
#[case::no_base_and_same("?", "c", "c", Stand::Same)]
#[case::base_alone("a", "?", "c", Stand::Changes)]
#[case::base_alone_and_same("c", "?", "c", Stand::Same)]
#[case::nothing_known("?", "?", "c", Stand::Changes)]
fn a_field_stands(#[case] base: &str, #[case] now: &str, #[case] wanted: &str, #[case] stand: Stand) {
    let side = |value: &str| (value != "?").then(|| tag(Some(value)));
    let edit = sets(Field::Tag, Some(wanted).filter(|wanted| !wanted.is_empty()));
    assert_eq!(diff(&edit, side(base).as_ref(), side(now).as_ref())[0].stand, stand);
}

#[test]
fn what_the_server_kept_is_taken_back_to_and_no_further() {
    let changes: Changes = sets(Field::Tag, Some("new"));
    // It answered with the old value: nothing was changed, so there is nothing to undo.
    assert_eq!(reverse(&changes, Some(&tag(Some("old"))), &tag(Some("old")), None), Reversal::Nothing);
    // It wrote the value in its own way: that is still the run's.
    let left = tag(Some("NEW"));
    assert_eq!(
        reverse(&changes, Some(&left), &tag(None), Some(&left)),
        Reversal::Edit(sets(Field::Tag, None)),
        "a field that had no value becomes clear"
    );
    // A merged custom_field has more keys than were wanted.
    let merged = holding(Field::CustomField, r#"{"a":1,"b":2}"#);
    let before = holding(Field::CustomField, "{\"a\":\n1}");
    let changes = sets(Field::CustomField, Some(r#"{"b":2}"#));
    let back = Reversal::Edit(sets(Field::CustomField, Some(r#"{"a": 1}"#)));
    assert_eq!(reverse(&changes, Some(&merged), &before, Some(&merged)), back);
}

const FIELDS: [Field; 3] = [Field::FirstName, Field::Email, Field::Tag];

/// A contact of the small world: what it holds, field by field.
type World = [Option<char>; 3];

fn contact(world: World) -> Contact {
    let mut contact = Contact::default();
    for (field, letter) in FIELDS.into_iter().zip(world) {
        contact.put(field, &letter.map(String::from).unwrap_or_default());
    }
    contact
}

/// What a person writes: for each field nothing, a letter, or a blank.
type Hand = [Option<Option<char>>; 3];

fn write(world: World, hand: Hand) -> World {
    std::array::from_fn(|i| hand[i].unwrap_or(world[i]))
}

fn changes(hand: Hand) -> Changes {
    let change = |letter: Option<char>| letter.map_or(Change::Clear, |letter| Change::Set(letter.to_string()));
    FIELDS.into_iter().zip(hand).filter_map(|(field, letter)| Some((field, change(letter?)))).collect()
}

fn hand_of(changes: &Changes) -> Hand {
    FIELDS.map(|field| changes.get(field).map(|change| change.value().and_then(|value| value.chars().next())))
}

fn letter() -> impl Strategy<Value = Option<char>> {
    prop_oneof![Just(None), Just(Some('a')), Just(Some('b')), Just(Some('c'))]
}

fn world() -> impl Strategy<Value = World> {
    [letter(), letter(), letter()]
}

fn hand() -> impl Strategy<Value = Hand> {
    let touch = || prop_oneof![Just(None), letter().prop_map(Some)];
    [touch(), touch(), touch()]
}

proptest! {
    /// Sending loses somebody's word exactly where the field is said to have moved.
    #[test]
    fn what_moved_is_what_sending_would_lose(base in world(), other in hand(), mine in hand()) {
        let now = write(base, other);
        let after = write(now, mine);
        let lost = |i: usize| after[i] != now[i] && now[i] != base[i];
        let expected: Vec<_> = FIELDS.into_iter().enumerate().filter(|(i, _)| lost(*i)).map(|(_, field)| field).collect();
        let edit = changes(mine);
        let (before, present) = (contact(base), contact(now));
        let found: Vec<_> = moved(&edit, &before, &present).iter().map(|d| d.field).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(is_no_op(&changes(mine), &contact(now)), after == now);
        prop_assert_eq!(
            diff(&changes(mine), Some(&contact(base)), Some(&contact(now))).len(),
            mine.iter().flatten().count(),
            "every field that is touched is in the diff"
        );
    }

    /// An undo gives the contact back as it was, but for what others wrote since; and where they wrote over the run, it
    /// leaves the contact alone.
    #[test]
    fn an_undo_restores_what_nobody_touched_since(base in world(), run in hand(), other in hand()) {
        let left = write(base, run);
        let now = write(left, other);
        let reversal = reverse(&changes(run), Some(&contact(left)), &contact(base), Some(&contact(now)));
        let theirs = |i: usize| run[i].is_some() && now[i] != left[i] && now[i] != base[i];
        match reversal {
            Reversal::Changed(fields) => {
                let expected: Vec<_> = (0..3).filter(|i| theirs(*i)).map(|i| FIELDS[i]).collect();
                prop_assert_eq!(fields, expected);
            }
            Reversal::Nothing => prop_assert!((0..3).all(|i| run[i].is_none() || now[i] == base[i])),
            Reversal::Edit(back) => {
                let restored = write(now, hand_of(&back));
                prop_assert!(restored != now, "an edit that changes nothing is none");
                for i in 0..3 {
                    prop_assert_eq!(restored[i], if run[i].is_some() { base[i] } else { now[i] });
                }
            }
        }
        if other.iter().all(Option::is_none) {
            let unasked = reverse(&changes(run), None, &contact(base), None);
            prop_assert_eq!(unasked, reverse(&changes(run), Some(&contact(left)), &contact(base), Some(&contact(now))));
        }
    }
}
