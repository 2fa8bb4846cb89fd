//! Tests of the judge of reads: the vendor's samples, and whatever else may come.

use proptest::prelude::*;
use reqwest::header::HeaderMap;
use rstest::rstest;

use super::super::{Body, Exchange, Timestamp};
use super::*;
use crate::domain::{Change, Field, Sid};

const SID: &str = "83ba26b7f11c4e75b4043c8b33ceba49";
const SHOWN: &str = include_str!("../../../../tests/contract/get_200_one_contact.json");
const GONE: &str = include_str!("../../../../tests/contract/get_404_one_contact.json");
const PAGE: &str = include_str!("../../../../tests/contract/get_200_page_of_contacts.json");
const NO_ACCOUNT: &str = include_str!("../../../../tests/contract/refused_404_account.json");
const HTML: &str = include_str!("../../../../tests/contract/refused_502_html.html");

fn wants(sid: &str, changes: &[(Field, &str)]) -> BatchItem {
    let changes = changes.iter().map(|(field, value)| (*field, Change::Set((*value).to_owned())));
    BatchItem { seq: 0, sid: Sid::new(sid), changes: changes.collect() }
}

fn read(edit: &BatchItem, status: u16, body: &[u8]) -> AttemptResult {
    let exchange = Exchange::Answered { status, headers: &HeaderMap::new(), body: Body::Whole(body) };
    classify_read(edit, exchange, Timestamp(0)).result
}

/// What a read leads to, in a word, with what is said of it.
fn way(result: AttemptResult) -> (&'static str, String) {
    match result {
        AttemptResult::Settled(outcomes) => {
            let [outcome] = outcomes.try_into().unwrap();
            assert_eq!(outcome.item.is_some(), outcome.status != Status::Unknown, "what is settled was shown");
            (outcome.status.name(), outcome.said.description.unwrap_or_default())
        }
        AttemptResult::Retryable { reason, .. } => ("later", reason),
        AttemptResult::Ambiguous { reason, .. } => ("again", reason),
        AttemptResult::Refused { kind, said } => {
            assert_eq!(kind, Refusal::Stop, "only a stop refuses more than this read");
            ("stop", said.description.unwrap_or_default())
        }
    }
}

#[rstest]
#[case::as_wanted(&[(Field::FirstName, "XYZ"), (Field::Tag, "Member")], 200, SHOWN, "updated", "read back: as wanted")]
#[case::otherwise(
    &[(Field::FirstName, "New"), (Field::Tag, "Member")], 200, SHOWN, "not_sent", "read back: first_name is \"XYZ\""
)]
#[case::gone(&[(Field::Tag, "x")], 404, GONE, "not_sent", "read back: the contact was not found")]
#[case::no_account(&[(Field::Tag, "x")], 404, NO_ACCOUNT, "stop", "Account not found")]
#[case::not_found_by_a_proxy(&[(Field::Tag, "x")], 404, HTML, "unknown", "HTML page")]
#[case::many(&[(Field::Tag, "x")], 200, PAGE, "again", "without an outcome")]
#[case::success_with_500(&[(Field::FirstName, "XYZ")], 500, SHOWN, "again", "HTTP 500")]
#[case::redirect(&[(Field::Tag, "x")], 302, "", "unknown", "redirects are never followed")]
#[case::bad_request(&[(Field::Tag, "x")], 400, "{}", "unknown", "HTTP 400")]
#[case::sign_in(&[(Field::Tag, "x")], 401, "{}", "stop", "401")]
#[case::busy(&[(Field::Tag, "x")], 429, "{}", "later", "429")]
#[case::empty(&[(Field::Tag, "x")], 200, "", "again", "an empty answer")]
fn an_answer_settles_by_showing_the_contact(
    #[case] changes: &[(Field, &str)],
    #[case] status: u16,
    #[case] body: &str,
    #[case] expected: &str,
    #[case] says: &str,
) {
    let (is, words) = way(read(&wants(SID, changes), status, body.as_bytes()));
    assert_eq!(is, expected, "{words}");
    assert!(words.contains(says), "{words}");
}

#[rstest]
#[case(r#"{"http_code":200,"response":{"sid":"SID","first_name":"XYZ"}}"#, "updated")]
#[case(r#"{"http_code":"200","response":{"sid":"SID","first_name":"XYZ","status":"active"}}"#, "updated")]
#[case(r#"{"response":{"sid":"SID","first_name":"Old"}}"#, "not_sent")]
#[case(r#"{"response":{"sid":"SID"}}"#, "again")]
#[case(r#"{"response":{"sid":"93ba26b7f11c4e75b4043c8b33ceba59","first_name":"XYZ"}}"#, "again")]
#[case(r#"{"response":{"sid":"SID","sid":"SID","first_name":"XYZ"}}"#, "again")]
#[case(r#"{"http_code":500,"response":{"sid":"SID","first_name":"XYZ"}}"#, "again")]
#[case(r#"{"response":{"code":404,"status":"failure","sid":"SID","first_name":"XYZ"}}"#, "not_sent")]
fn a_contact_without_its_item_is_shown_as_well(#[case] body: &str, #[case] expected: &str) {
    let (is, words) = way(read(&wants(SID, &[(Field::FirstName, "XYZ")]), 200, body.replace("SID", SID).as_bytes()));
    assert_eq!(is, expected, "{words}");
}

#[test]
fn another_contact_is_no_answer() {
    let edit = wants("93ba26b7f11c4e75b4043c8b33ceba59", &[(Field::FirstName, "XYZ")]);
    assert_eq!(way(read(&edit, 200, SHOWN.as_bytes())).0, "again");
    let nameless = SHOWN.replace(&format!("\"sid\": \"{SID}\","), "");
    assert_eq!(way(read(&wants(SID, &[(Field::FirstName, "XYZ")]), 200, nameless.as_bytes())).0, "again");
    let bare = format!(r#"{{"response":{{"code":200,"status":"success","data":{{"sid":"{SID}"}}}}}}"#);
    assert_eq!(way(read(&wants(SID, &[(Field::Tag, "")]), 200, bare.as_bytes())).0, "again", "no field at all");
}

#[test]
fn what_was_read_is_short_and_plain() {
    let long = "x".repeat(500);
    let got = |field, got: Option<&str>| Difference { field, wanted: "w".into(), got: got.map(str::to_owned) };
    let differences = [
        got(Field::FirstName, Some("\u{1b}[2J")),
        got(Field::LastName, Some(&long)),
        got(Field::Tag, None),
        got(Field::Email, Some("a@b")),
    ];
    let words = as_read(&differences);
    assert!(!words.contains('\u{1b}') && words.len() < 150, "{words}");
    assert!(words.ends_with("tag is empty, and 1 field more"), "{words}");
}

proptest! {
    #[test]
    fn no_answer_panics_or_settles_by_guess(status in 100u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
        way(read(&wants(SID, &[(Field::Tag, "x")]), status, &body));
    }

    /// The sample shows another contact than was asked for, whichever byte of it is wrong.
    #[test]
    fn a_damaged_answer_about_another_contact_settles_nothing(at in 0..SHOWN.len(), byte in any::<u8>()) {
        let mut body = SHOWN.as_bytes().to_vec();
        body[at] = byte;
        let (is, _) = way(read(&wants("93ba26b7f11c4e75b4043c8b33ceba59", &[(Field::FirstName, "XYZ")]), 200, &body));
        prop_assert!(is != "updated" && is != "not_sent", "{}", is);
    }
}
