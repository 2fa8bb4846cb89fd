//! Tests of the bulk changes, their languages and their counts.

use proptest::prelude::*;
use regex::Regex;
use rstest::rstest;

use super::*;
use crate::domain::{Changes, Field, Rules};

const SID: &str = "83ba26b7f11c4e75b4043c8b33ceba49";

fn edit(changes: &[(Field, Option<&str>)]) -> Edit {
    let changes: Changes =
        changes.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect();
    Edit { sid: Sid::new(SID), changes }
}

/// What the tag is after a change of it, where it changes.
fn tag(before: &str, how: How) -> Option<String> {
    let transform = Transform::cell(Cell::Field(Field::Tag), how);
    match transform.apply(&edit(&[(Field::Tag, Some(before))])) {
        Applied::Changed(edit) => edit.changes.get(Field::Tag)?.value().map(str::to_owned),
        _ => None,
    }
}

fn replaced(find: &str, with: &str, text: &str) -> String {
    let replace = Replace::new(Replace::pattern(find).unwrap(), with).unwrap();
    tag(text, How::Replace(replace)).unwrap_or_else(|| text.to_owned())
}

#[rstest]
#[case("o", "0", "foo bar", "f00 bar")]
#[case(r"(\w+) (\w+)", "$2, $1", "Asha Rao", "Rao, Asha")]
#[case(r"(?<first>\w+) (?<last>\w+)", "${last} ${first}", "Asha Rao", "Rao Asha")]
#[case(r"(\w+) (\w+)", r"\U$2\E $1", "asha rao", "RAO asha")]
#[case(r"(\w+)", r"\L\u$1", "ASHA RAO", "Asha Rao")]
#[case(r"(\w)(\w+)", r"\l$1\U$2", "ASHA", "aSHA")]
#[case("x", r"$$\\$0", "ax", r"a$\x")]
#[case(r"(a)|b", "<$1>", "ab", "<a><>")]
#[case("ASHA", "x", "asha", "asha")]
#[case("(?i)ASHA", "x", "asha", "x")]
#[case("^", "+", "91", "+91")]
#[case("é", "e", "caféé", "cafee")]
#[case(r"(\d)", "${1}0", "1 2", "10 20")]
fn matches_are_replaced(#[case] find: &str, #[case] with: &str, #[case] text: &str, #[case] wanted: &str) {
    assert_eq!(replaced(find, with, text), wanted);
}

#[rstest]
#[case("a", "x$", 1, "a group's number")]
#[case("a", "é$1", 2, "no group: put `(`")]
#[case("(a)", "$2", 0, "its last is 1")]
#[case("(a)", "$99999999999999999999", 0, "its last is 1")]
#[case("(a)", "${x}", 0, "no group `x`: write")]
#[case("(?<n>a)", "${x}", 0, "it has n")]
#[case("(a)", "b${1", 1, "not closed")]
#[case("a", r"b\q", 1, "fold case")]
#[case("(a)", r"\1", 0, "a group is `$1` here")]
#[case("a", r"b\", 1, "fold case")]
fn a_wrong_replacement_says_where(#[case] find: &str, #[case] with: &str, #[case] at: usize, #[case] says: &str) {
    let wrong = Replace::new(Replace::pattern(find).unwrap(), with).unwrap_err();
    assert_eq!(wrong.at, at, "{wrong}");
    assert!(wrong.message.contains(says), "{wrong}");
}

#[test]
fn a_wrong_pattern_says_where() {
    assert_eq!(Replace::pattern("ab(c").unwrap_err().at, 2);
    assert!(Replace::pattern("").is_err(), "the empty pattern matches between all letters: nobody means that");
}

#[test]
fn a_template_is_filled_from_the_other_columns() {
    let full = edit(&[(Field::FirstName, Some("Asha")), (Field::LastName, Some("Rao")), (Field::Email, None)]);
    let fill = |text: &str| Template::parse(text).unwrap().fill(&full);
    assert_eq!(fill("{first_name} { LAST_NAME }").unwrap(), "Asha Rao");
    assert_eq!(fill("{{{sid}}}").unwrap(), format!("{{{SID}}}"));
    assert_eq!(fill("{tag?}-{first_name?}").unwrap(), "-Asha");
    assert_eq!(fill("{tag}").unwrap_err(), "tag is not set");
    assert_eq!(fill("{email}").unwrap_err(), "email is cleared, so it has no value");
}

#[rstest]
#[case("é{firstname}", 3, "no column `firstname`; there are sid, first_name")]
#[case("a{tag", 1, "not closed")]
#[case("a}b", 1, "closes nothing")]
#[case("{}", 1, "no column ``")]
fn a_wrong_template_says_where(#[case] text: &str, #[case] at: usize, #[case] says: &str) {
    let wrong = Template::parse(text).unwrap_err();
    assert_eq!(wrong.at, at, "{wrong}");
    assert!(wrong.message.contains(says), "{wrong}");
}

#[rstest]
#[case("aSHA rAO", "Asha Rao")]
#[case("d'souza-o’brien", "D'Souza-O’Brien")]
#[case("DON'T", "Don't")]
#[case("mary ann 2nd", "Mary Ann 2nd")]
#[case("élodie e\u{301}tienne", "Élodie E\u{301}tienne")]
#[case("ram\u{200c}ji", "Ram\u{200c}ji")]
#[case("\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}", "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}")]
fn words_get_their_capitals(#[case] text: &str, #[case] wanted: &str) {
    assert_eq!(tag(text, How::Title).unwrap_or_else(|| text.to_owned()), wanted);
}

#[test]
fn blanks_case_and_copies() {
    assert_eq!(tag(" \u{a0}a  b\t", How::Trim).as_deref(), Some("a  b"));
    assert_eq!(tag(" a \u{1b} b\r\nc ", How::Tidy).as_deref(), Some("a b c"));
    assert_eq!(tag("straße", How::Upper).as_deref(), Some("STRASSE"));
    assert_eq!(tag("ÉA", How::Lower).as_deref(), Some("éa"));
    assert_eq!(tag("x", How::Copy(Cell::Sid)).as_deref(), Some(SID));
    assert_eq!(tag("a", How::Trim), None, "nothing to do is no change");
}

#[test]
fn a_column_without_a_value_changes_only_where_it_gets_one() {
    let bare = edit(&[(Field::Email, None)]);
    for how in [How::Trim, How::Tidy, How::Upper, How::Lower, How::Title, How::E164("IN".into()), How::LeaveAlone] {
        assert_eq!(Transform::cell(Cell::Field(Field::Tag), how).apply(&bare), Applied::Unchanged);
    }
    assert_eq!(Transform::cell(Cell::Field(Field::Email), How::Upper).apply(&bare), Applied::Unchanged);
    let copied = Transform::cell(Cell::Field(Field::Tag), How::Copy(Cell::Field(Field::Email))).apply(&bare);
    assert_eq!(copied, Applied::Impossible("email is cleared, so it has no value".into()));
    let Applied::Changed(alone) = Transform::cell(Cell::Field(Field::Email), How::LeaveAlone).apply(&bare) else {
        panic!("the clearing is taken back")
    };
    assert!(alone.changes.is_empty());
}

#[cfg(feature = "phone")]
#[test]
fn numbers_become_e164_by_the_default_country_or_stay() {
    let e164 = |text: &str, country: &str| tag(text, How::E164(country.to_owned()));
    assert_eq!(e164("098765 43210", "IN").as_deref(), Some("+919876543210"));
    assert_eq!(e164(" (415) 555-2671 ", "US").as_deref(), Some("+14155552671"));
    assert_eq!(e164("+65 6123 4567", "IN").as_deref(), Some("+6561234567"));
    assert_eq!(e164("+919876543210", "IN"), None);
    let number = Transform::cell(Cell::Field(Field::Number), How::E164("IN".into()));
    let Applied::Impossible(why) = number.apply(&edit(&[(Field::Number, Some("12ab"))])) else { panic!() };
    assert!(why.contains("`a` is not part of a number"), "{why}");
}

#[test]
fn mending_puts_right_what_needs_no_question_and_nothing_else() {
    let mended = |field: Field, text: &str| match (Transform { on: On::All, how: How::Mend("IN".into()) })
        .apply(&edit(&[(field, Some(text))]))
    {
        Applied::Changed(edit) => edit.changes.get(field).and_then(Change::value).map(str::to_owned),
        _ => None,
    };
    assert_eq!(mended(Field::Email, " Asha@Example.COM ").as_deref(), Some("asha@example.com"));
    assert_eq!(mended(Field::FirstName, "Asha\tRao ").as_deref(), Some("Asha Rao"));
    assert_eq!(mended(Field::FirstName, "Asha  Rao"), None, "two blanks may be meant");
    assert_eq!(mended(Field::Tag, "   "), None, "cleared or left alone? that is a question");
    assert_eq!(mended(Field::CustomField, "{\"a\":\n1}").as_deref(), Some("{\"a\": 1}"));
    assert_eq!(mended(Field::Number, "no number"), None);
    if cfg!(feature = "phone") {
        assert_eq!(mended(Field::Number, "98765-43210\n").as_deref(), Some("+919876543210"));
    }
}

#[test]
fn a_tally_counts_each_edit_once_and_shows_the_first_changes() {
    let transform = Transform::cell(Cell::Field(Field::Email), How::Copy(Cell::Field(Field::Tag)));
    let mut tally = Tally::default();
    for tag in ["a@example.com", "b", "a@example.com"] {
        tally.take(&transform, &edit(&[(Field::Tag, Some(tag))]), &Rules::default());
    }
    tally.take(&transform, &edit(&[]), &Rules::default());
    let same = edit(&[(Field::Tag, Some("x")), (Field::Email, Some("x"))]);
    tally.take(&transform, &same, &Rules::default());
    assert_eq!((tally.changed, tally.invalid, tally.unchanged, tally.impossible), (3, 1, 1, 1));
    assert_eq!(tally.why.as_deref(), Some("tag is not set"));
    assert_eq!(tally.samples.len(), 4);
    assert_eq!(tally.samples[0].after, Some(Change::Set("a@example.com".into())));
    assert!(tally.samples[1].wrong.as_ref().is_some_and(|wrong| wrong.contains("no @")));
    assert_eq!(tally.samples[3].wrong.as_deref(), Some("tag is not set"));
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,12}", r"[$\\{}ULule1a()]{0,10}"]
}

fn any_how() -> impl Strategy<Value = How> {
    prop_oneof![
        any_text().prop_map(How::Set),
        Just(How::Clear),
        Just(How::LeaveAlone),
        Just(How::Trim),
        Just(How::Tidy),
        Just(How::Upper),
        Just(How::Lower),
        Just(How::Title),
        Just(How::Copy(Cell::Sid)),
        Just(How::E164("IN".into())),
        Just(How::Mend("IN".into())),
        (any_text(), any_text()).prop_filter_map("wrong", |(find, with)| {
            Replace::new(Replace::pattern(&find).ok()?, &with).ok().map(How::Replace)
        }),
    ]
}

proptest! {
    /// Any text is read as a template and a replacement or refused at a place within it.
    #[test]
    fn every_text_is_read_or_refused_at_a_place_in_it(text in any_text(), other in any_text()) {
        let wrongs = [
            Template::parse(&text).err(),
            Replace::pattern(&text).err(),
            Replace::new(Regex::new("(a)(?<b>c)").unwrap(), &text).err(),
        ];
        for wrong in wrongs.into_iter().flatten() {
            prop_assert!(text.is_char_boundary(wrong.at), "{} in {:?}", wrong, text);
        }
        let with: String = other.chars().filter(|c| !matches!(c, '$' | '\\')).collect();
        // Without groups and folds it is what a plain replacement of text does.
        let find: String = text.chars().take(3).collect();
        if !find.is_empty() {
            let whole = format!("{other}{find}{other}");
            prop_assert_eq!(replaced(&regex::escape(&find), &with, &whole), whole.replace(&find, &with));
        }
    }

    /// With groups and no folds it is what the regex crate does.
    #[test]
    fn groups_stand_for_what_they_found(text in "[a-c ]{0,12}", with in "([x$]\\{[012]\\}|y){0,4}") {
        let with = with.replace("x{", "z${");
        let find = Regex::new("(a+)(b?)").unwrap();
        let wanted = find.replace_all(&text, with.as_str()).into_owned();
        prop_assert_eq!(replaced("(a+)(b?)", &with, &text), wanted);
    }

    /// A change touches its column alone, never says that nothing changed when something did, and done twice is as
    /// done once, but for replacements and what is not idempotent in Unicode's case rules.
    #[test]
    fn a_change_touches_its_column_alone(how in any_how(), tag in any_text(), name in any_text()) {
        let before = edit(&[(Field::Tag, Some(&tag)), (Field::FirstName, Some(&name)), (Field::Email, None)]);
        let transform = Transform::cell(Cell::Field(Field::Tag), how);
        if let Applied::Changed(after) = transform.apply(&before) {
            prop_assert_ne!(&after, &before);
            prop_assert_eq!(&after.sid, &before.sid);
            for field in Field::ALL.into_iter().filter(|field| *field != Field::Tag) {
                prop_assert_eq!(after.changes.get(field), before.changes.get(field));
            }
            if matches!(transform.how, How::Trim | How::Tidy | How::Set(_) | How::Clear | How::Mend(_)) {
                prop_assert_eq!(transform.apply(&after), Applied::Unchanged);
            }
        }
    }

    /// Case and blanks only: the letters without their case, and the words, are the same.
    #[test]
    fn case_and_blanks_change_nothing_else(text in "[a-zA-Z0-9 '.é-]{0,20}") {
        for how in [How::Upper, How::Lower, How::Title] {
            let after = tag(&text, how).unwrap_or_else(|| text.clone());
            prop_assert_eq!(after.to_lowercase(), text.to_lowercase());
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for how in [How::Trim, How::Tidy] {
            prop_assert_eq!(words(&tag(&text, how).unwrap_or_else(|| text.clone())), words(&text));
        }
    }
}
