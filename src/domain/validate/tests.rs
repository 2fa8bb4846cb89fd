//! Tests of validation.

use proptest::prelude::*;
use rstest::rstest;

use super::IssueCode as C;
use super::*;
use crate::domain::Changes;

const SID: &str = "83ba26b7f11c4e75b4043c8b33ceba49";

fn edit(sid: &str, changes: &[(Field, Option<&str>)]) -> Edit {
    let changes: Changes =
        changes.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect();
    Edit { sid: Sid::new(sid), changes }
}

fn codes(field: Field, value: &str) -> Vec<IssueCode> {
    let issues = validate(&edit(SID, &[(field, Some(value))]), &Rules::default());
    assert!(issues.iter().all(|issue| issue.field == Some(field) && issue.severity == issue.code.severity()));
    issues.into_iter().map(|issue| issue.code).collect()
}

fn hint(field: Field, value: &str) -> String {
    validate(&edit(SID, &[(field, Some(value))]), &Rules::default()).pop().map_or_else(String::new, |issue| issue.hint)
}

#[rstest]
#[case(SID, None)]
#[case("", Some(C::SidMissing))]
#[case("  ", Some(C::SidMissing))]
#[case("83ba 26b7", Some(C::SidNotSendable))]
#[case("83ba26b7/../x", Some(C::SidNotSendable))]
#[case("83BA26B7F11C4E75B4043C8B33CEBA49", Some(C::SidUnusual))]
#[case("83ba26b7", Some(C::SidUnusual))]
fn sids_are_judged(#[case] sid: &str, #[case] code: Option<IssueCode>) {
    let issues = validate(&edit(sid, &[(Field::Tag, Some("x"))]), &Rules::default());
    assert_eq!(issues.iter().map(|issue| issue.code).collect::<Vec<_>>(), Vec::from_iter(code));
    assert!(issues.iter().all(|issue| issue.field.is_none()));
    assert_eq!(can_send(&issues), !matches!(code, Some(C::SidMissing | C::SidNotSendable)));
}

#[test]
fn an_edit_that_changes_nothing_is_not_sent() {
    let issues = validate(&edit(SID, &[]), &Rules::default());
    assert_eq!(issues.iter().map(|issue| issue.code).collect::<Vec<_>>(), [C::NoChange]);
    assert!(!can_send(&issues));
}

#[rstest]
#[case("shiva@exotel.in", true)]
#[case("o'brien+tag@mail.example.co.uk", true)]
#[case("a@xn--bcher-kva.example", true)]
#[case("a@bücher.example", true)]
#[case("plain", false)]
#[case("a@b", false)]
#[case("@example.com", false)]
#[case("a@", false)]
#[case("a@example..com", false)]
#[case("a@example.com.", false)]
#[case("a b@example.com", false)]
#[case(" a@example.com", false)]
#[case("A <a@example.com>", false)]
#[case("a@[127.0.0.1]", false)]
#[case("a@x_y.com", false)]
#[case("a@x.123", false)]
#[case("\"a b\"@example.com", false)]
#[case("ü@example.com", false)]
#[case("a@b.com,c@d.com", false)]
fn emails_are_judged_by_shape(#[case] value: &str, #[case] good: bool) {
    assert_eq!(codes(Field::Email, value), if good { vec![] } else { vec![C::EmailShape] });
}

#[cfg(feature = "phone")]
#[rstest]
#[case("+919876543210", &[C::NumberChange])]
#[case("+14155552671", &[C::NumberChange])]
#[case("+91 98765 43210", &[C::NumberChange, C::NumberForm])]
#[case("09876543210", &[C::NumberChange, C::NumberForm])]
#[case("98765-43210", &[C::NumberChange, C::NumberForm])]
#[case("+9112", &[C::NumberChange, C::NumberInvalid])]
#[case("+67420336456", &[C::NumberChange, C::NumberInvalid])] // the vendor's sample: a digit too many for Nauru
#[case("+999123456789", &[C::NumberChange, C::NumberInvalid])]
#[case("12345", &[C::NumberChange, C::NumberInvalid])]
#[case("+", &[C::NumberChange, C::NumberInvalid])]
#[case("call 9876543210", &[C::NumberChange, C::NumberInvalid])]
#[case("9.87654E+09", &[C::NumberChange, C::NumberInvalid])]
#[case("+９１９８７６５４３２１０", &[C::NumberChange, C::NumberInvalid])]
#[case("1-800-FLOWERS", &[C::NumberChange, C::NumberInvalid])]
fn numbers_are_judged_by_their_plan(#[case] value: &str, #[case] expected: &[IssueCode]) {
    assert_eq!(codes(Field::Number, value), expected);
}

#[cfg(feature = "phone")]
#[test]
fn the_default_country_completes_a_number() {
    assert!(hint(Field::Number, "09876543210").contains("+919876543210"));
    let rules = Rules { default_country: "DE".to_owned(), ..Rules::default() };
    let issues = validate(&edit(SID, &[(Field::Number, Some("030 123456"))]), &rules);
    assert!(issues.iter().any(|issue| issue.hint.contains("+4930123456")), "{issues:?}");
}

#[cfg(not(feature = "phone"))]
#[rstest]
#[case("+919876543210", &[C::NumberChange])]
#[case("+91 98765 43210", &[C::NumberChange, C::NumberForm])]
#[case("09876543210", &[C::NumberChange, C::NumberInvalid])]
#[case("+0123456789", &[C::NumberChange, C::NumberInvalid])]
#[case("+1234567890123456", &[C::NumberChange, C::NumberInvalid])]
fn numbers_are_judged_by_the_shape_of_e164(#[case] value: &str, #[case] expected: &[IssueCode]) {
    assert_eq!(codes(Field::Number, value), expected);
}

#[test]
fn a_cleared_number_is_warned_of_and_other_clears_are_not() {
    let issues = validate(&edit(SID, &[(Field::Number, None), (Field::Email, None)]), &Rules::default());
    assert_eq!(
        issues.iter().map(|issue| (issue.field, issue.code)).collect::<Vec<_>>(),
        [(Some(Field::Number), C::NumberChange)]
    );
    assert!(can_send(&issues));
}

#[rstest]
#[case(r"{}", &[])]
#[case(r#" {"a":{"b":[1,2.50,12345678901234567890]}} "#, &[])]
#[case("{\t\"a\":1}", &[])]
#[case("", &[C::CustomFieldNotObject])]
#[case("NULL", &[C::CustomFieldNotObject])]
#[case("[1]", &[C::CustomFieldNotObject])]
#[case("\"{}\"", &[C::CustomFieldNotObject])]
#[case(r#"{"a":1"#, &[C::CustomFieldNotObject])]
#[case(r#"{"a":1} x"#, &[C::CustomFieldNotObject])]
#[case("{\"a\":\"\u{1}\"}", &[C::CustomFieldNotObject])]
#[case("{\n\"a\":1}", &[C::ControlCharacter])]
fn custom_field_is_a_json_object_on_one_line(#[case] value: &str, #[case] expected: &[IssueCode]) {
    assert_eq!(codes(Field::CustomField, value), expected);
    // What passes here is what travels as an object.
    assert_eq!(expected.is_empty(), crate::domain::json_object(value).is_some());
}

#[test]
fn a_json_mistake_is_placed() {
    let hint = hint(Field::CustomField, "{\"a\":1,\n \"b\":x}");
    assert!(hint.contains("line 2 column 6"), "{hint}");
}

#[rstest]
#[case("a\nb", "a line break is character 2")]
#[case("\tb", "a tab is character 1")]
#[case("é\u{85}", "U+0085 is character 2")]
#[case("\u{1b}[31m", "U+001B is character 1")]
#[case("\u{7f}", "U+007F is character 1")]
fn control_characters_are_errors_and_named(#[case] value: &str, #[case] said: &str) {
    assert_eq!(codes(Field::LastName, value), [C::ControlCharacter]);
    assert!(hint(Field::LastName, value).contains(said), "{}", hint(Field::LastName, value));
}

#[test]
fn texts_that_may_mean_clear_are_warned_of() {
    assert_eq!(codes(Field::FirstName, ""), [C::SetEmpty]);
    assert_eq!(codes(Field::Email, ""), [C::SetEmpty]);
    assert_eq!(codes(Field::FirstName, "NULL"), [C::TextNull]);
    assert_eq!(codes(Field::FirstName, "Nuller"), []);
}

#[test]
fn the_length_limit_counts_characters() {
    let rules = Rules { max_chars: Some(3), ..Rules::default() };
    let found = |value| validate(&edit(SID, &[(Field::Tag, Some(value))]), &rules);
    assert_eq!(found("äöü"), []);
    assert_eq!(found("äöüx").first().map(|issue| issue.code), Some(C::TooLong));
}

proptest! {
    #[test]
    fn no_text_is_too_strange(sid in ".*", texts in proptest::collection::vec(any::<String>(), 7)) {
        let changes: Vec<_> = Field::ALL.into_iter().zip(texts.iter().map(|t| Some(t.as_str()))).collect();
        let issues = validate(&edit(&sid, &changes), &Rules::default());
        prop_assert!(issues.iter().all(|issue| !issue.hint.is_empty() && !issue.code.name().contains(' ')));
    }

    #[test]
    fn the_byte_scan_misses_no_control_character(text in any::<String>()) {
        prop_assert_eq!(control_character(&text).is_some(), text.chars().any(char::is_control));
    }

    #[test]
    fn strange_numbers_are_judged_without_a_panic(text in "[+0-9 ().-]{0,24}", country in "[A-Z]{0,3}") {
        let _judged = number::judge(&text, &country);
    }
}
