//! Tests of the filter language.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::{Change, Changes, Edit, Field, Rules, Said, Sid, validate};

const SID: &str = "83ba26b7f11c4e75b4043c8b33ceba49";

fn changes(pairs: &[(Field, Option<&str>)]) -> Changes {
    pairs.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect()
}

fn parse(text: &str) -> Filter {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[rstest]
#[case("", true)]
#[case("  ", true)]
#[case("asha", true)]
#[case("ASHA rao", true)]
#[case("asha AND rao", true)]
#[case("asha nobody", false)]
#[case("nobody or rao", true)]
#[case("nobody OR nowhere", false)]
#[case("nobody asha or rao", true)]
#[case("asha (nobody or rao)", true)]
#[case("-(nobody or rao)", false)]
#[case("-nobody", true)]
#[case("--asha", true)]
#[case("first_name:ash", true)]
#[case("First_Name:ash", true)]
#[case("last_name:ash", false)]
#[case("last_name:", true)]
#[case("-tag:", true)]
#[case("tag:", false)]
#[case("email:", false)] // cleared is not set
#[case("cleared:email", true)]
#[case("cleared:", true)]
#[case("cleared:tag", false)]
#[case("sid:83ba", true)]
#[case("\"asha rao\"", false)]
#[case("company_name:\"g \\\"&\\\" (co)\"", true)]
#[case("company_name:\"c:\\\\d\"", true)]
#[case("12:30", true)]
#[case("o'neil-rao", true)]
#[case("/^ash.$/", true)]
#[case("/(?-i)^ash.$/", false)]
#[case("first_name:/^A/", true)]
#[case("last_name:/^A/", false)]
#[case("/x\\/y/", true)]
#[case("straße", true)]
#[case("STRASSE", false)]
#[case("ÜBER", true)]
#[case("problem:", true)]
#[case("problem:number-invalid", true)]
#[case("problem:sid", false)]
#[case("status:", false)]
#[case("code:", false)]
#[case("cause:", false)]
fn queued_rows_pass(#[case] filter: &str, #[case] passes: bool) {
    let edit = Edit {
        sid: Sid::new(SID),
        changes: changes(&[
            (Field::FirstName, Some("Asha")),
            (Field::LastName, Some("O'Neil-Rao 12:30")),
            (Field::Email, None),
            (Field::Number, Some("12")),
            (Field::CompanyName, Some("G \"&\" (Co) über c:\\d x/y straße")),
        ]),
    };
    let problems = validate(&edit, &Rules::default());
    let row = FilterRow::queued(SID, &edit.changes, &problems);
    assert_eq!(parse(filter).matches(&row), passes, "{filter}");
}

#[rstest]
#[case("status:rejected", true)]
#[case("status:updated", false)]
#[case("-status:rejected", false)]
#[case("code:404", true)]
#[case("code:40", false)]
#[case("code:/^4/", true)]
#[case("error:1000", true)]
#[case("error:100", false)]
#[case("error:\"not found\"", true)]
#[case("error:missing", true)]
#[case("cause:\"rejected 404 1000 contact\"", true)]
#[case("echo:none", true)]
#[case("verdict:quarantined", true)]
#[case("verdict:as-is", false)]
#[case("contact", true)]
#[case("404", true)]
fn result_rows_pass(#[case] filter: &str, #[case] passes: bool) {
    let said = Said {
        code: Some(404),
        error_code: Some(1000),
        description: Some("Contact not found".to_owned()),
        message: Some("Missing".to_owned()),
    };
    let changes = changes(&[(Field::Tag, Some("x"))]);
    let row = FilterRow {
        sid: SID,
        changes: &changes,
        problems: &[],
        status: Some("rejected"),
        said: Some(&said),
        echo: Some("none"),
        verdict: Some("quarantined"),
    };
    assert_eq!(parse(filter).matches(&row), passes, "{filter}");
}

#[rstest]
#[case("status:rejected", true)]
#[case("status:up", false)]
#[case("-status:updated", false)]
#[case("code:404", true)]
#[case("code:20", true)]
#[case("code:/20/", false)]
#[case("cause:\"rejected 404\"", true)]
#[case("cause:d", false)]
#[case("verdict:fix", true)]
#[case("verdict:done", false)]
#[case("echo:differs", true)]
#[case("tag:x code:404", true)]
#[case("tag:x or code:404", false)]
#[case("status:unknown or code:404", true)]
#[case("", false)]
fn a_filter_knows_when_it_finds_problems_alone(#[case] filter: &str, #[case] alone: bool) {
    assert_eq!(parse(filter).finds_problems_alone(), alone, "{filter}");
}

#[rstest]
#[case("colour:red", 0, "no field `colour`; there are sid, first_name,")]
#[case("asha (rao", 5, "not closed")]
#[case("asha )", 5, "closes nothing")]
#[case("x \"rao", 2, "not closed")]
#[case("tag:/rao", 4, "not closed")]
#[case("é tag:/(/", 8, "the pattern is wrong")]
#[case("a or", 4, "missing")]
#[case("or a", 0, "quote it")]
#[case("a or or b", 5, "quote it")]
#[case("a and", 5, "missing")]
#[case("a -", 3, "missing")]
#[case("()", 1, "missing")]
#[case("/(\\w{1000}){1000}/", 1, "the pattern is wrong")]
#[case(r"/\/é(b/", 5, "the pattern is wrong")]
fn mistakes_are_placed_and_explained(#[case] filter: &str, #[case] at: usize, #[case] said: &str) {
    let error = Filter::parse(filter).unwrap_err();
    assert!(error.message.contains(said), "{filter}: {error}");
    assert_eq!(error.at, at, "{filter}: {error}");
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    for filter in ["(".repeat(100_000), "-(".repeat(100_000), format!("{}a{}", "(".repeat(65), ")".repeat(65))] {
        assert!(Filter::parse(&filter).unwrap_err().message.contains("parentheses"));
    }
    assert!(Filter::parse(&format!("{}a", "-".repeat(100_000))).is_ok());
}

#[test]
fn problems_are_asked_for_only_where_they_matter() {
    assert!(parse("asha or -(tag:x problem:)").asks_for_problems());
    assert!(!parse("problem or tag:problem").asks_for_problems());
}

/// A filter as a person would say it, with its own naive matcher.
#[derive(Debug, Clone)]
enum Reading {
    Word(String),
    In(Field, String),
    Set(Field),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Reading {
    fn text(&self) -> String {
        let parts = |parts: &[Self], between| parts.iter().map(Self::text).collect::<Vec<_>>().join(between);
        match self {
            Self::Word(word) => word.clone(),
            Self::In(field, word) => format!("{field}:{word}"),
            Self::Set(field) => format!("{field}:"),
            Self::Not(part) => format!("-({})", part.text()),
            Self::And(all) => format!("({})", parts(all, "  ")),
            Self::Or(any) => format!("({})", parts(any, " or ")),
        }
    }

    fn holds(&self, values: &[(Field, Option<&str>)]) -> bool {
        let has = |value: Option<&str>, word: &str| value.is_some_and(|v| v.to_lowercase().contains(word));
        match self {
            Self::Word(word) => values.iter().any(|(_, v)| has(*v, word)),
            Self::In(field, word) => values.iter().any(|(f, v)| f == field && has(*v, word)),
            Self::Set(field) => values.iter().any(|(f, v)| f == field && v.is_some()),
            Self::Not(part) => !part.holds(values),
            Self::And(all) => all.iter().all(|part| part.holds(values)),
            Self::Or(any) => any.iter().any(|part| part.holds(values)),
        }
    }
}

fn field() -> impl Strategy<Value = Field> {
    proptest::sample::select(Field::ALL.to_vec())
}

fn said() -> impl Strategy<Value = Reading> {
    let leaf = prop_oneof![
        "[ab]{1,2}".prop_map(Reading::Word),
        (field(), "[ab]{1,2}").prop_map(|(f, w)| Reading::In(f, w)),
        field().prop_map(Reading::Set),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| Reading::Not(Box::new(part))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Reading::And),
            proptest::collection::vec(inner, 1..4).prop_map(Reading::Or),
        ]
    })
}

proptest! {
    #[test]
    fn matching_agrees_with_the_naive_reading(
        said in said(),
        values in proptest::collection::vec((field(), proptest::option::of("[abAB]{0,3}")), 0..5),
    ) {
        // A later value of a field replaces the earlier one.
        let pairs: Vec<_> = values.iter().map(|(f, v)| (*f, v.as_deref())).collect();
        let changes = changes(&pairs);
        let kept: Vec<_> = changes.iter().map(|(f, c)| (f, c.value())).collect();
        let row = FilterRow::queued("-", &changes, &[]);
        prop_assert_eq!(parse(&said.text()).matches(&row), said.holds(&kept), "{}", said.text());
    }

    #[test]
    fn a_filter_is_read_back_from_what_it_shows(said in said()) {
        let filter = parse(&said.text());
        prop_assert_eq!(&parse(&filter.to_string()), &filter);
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        read(&text)?;
    }

    #[test]
    fn no_text_of_the_language_is_too_strange(text in "([a(\")/\\-: é\\\\]|or|and|tag:|x:){0,30}") {
        read(&text)?;
    }
}

/// A mistake points into the text; what is no mistake survives being shown and read again.
fn read(text: &str) -> Result<(), TestCaseError> {
    match Filter::parse(text) {
        Err(error) => prop_assert!(text.is_char_boundary(error.at), "{error}"),
        Ok(filter) => prop_assert_eq!(&parse(&filter.to_string()), &filter),
    }
    Ok(())
}

#[rstest::rstest]
#[case("asha", &["asha"])]
#[case("asha tag:vip", &["asha", "vip"])]
#[case("asha -tag:vip email:", &["asha"])]
#[case("asha or tag:vip", &[])]
#[case("/asha/ code:404 (number:98 sid:ab)", &["98", "ab"])]
fn what_every_row_must_have_is_named(#[case] filter: &str, #[case] needs: &[&str]) {
    assert_eq!(Filter::parse(filter).unwrap().needs(), needs);
}
