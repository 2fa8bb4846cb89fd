//! Tests of the JSON reader, with `serde_json` as the oracle.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn read(text: &str) -> Result<Value<'_>> {
    let mut reader = JsonReader::new(text);
    let value = reader.value()?;
    reader.end().map(|()| value)
}

#[rstest]
#[case("", 0, "ends")]
#[case(" [1, 2", 6, "`]` expected")]
#[case(r#"{"a" 1}"#, 5, "`:` expected")]
#[case(r#"{"a":1,}"#, 6, "take it out")]
#[case("[1,]", 2, "take it out")]
#[case("[1 2]", 3, "`,` or `]` expected")]
#[case("{a:1}", 1, "a key in double quotes")]
#[case(r#"{"a":"b}"#, 5, "never closed")]
#[case("[\"é\n\"]", 4, "control character")]
#[case(r#"["é\x"]"#, 4, "no such escape")]
#[case(r#"["\ud800"]"#, 2, "surrogate")]
#[case(r#"["\ud800\u0041"]"#, 2, "surrogate")]
#[case(r#"["\u12"]"#, 2, "four hex digits")]
#[case("[01]", 2, "does not start with 0")]
#[case("[1.]", 3, "a digit expected")]
#[case("nul", 0, "`null`")]
#[case("{} {}", 3, "more text")]
fn mistakes_are_placed(#[case] text: &str, #[case] at: usize, #[case] said: &str) {
    let error = read(text).unwrap_err();
    assert!(error.message.contains(said), "{text}: {error:?}");
    assert_eq!(error.at, at, "{text}: {error:?}");
}

#[test]
fn deep_nesting_is_refused_where_serde_refuses_it() {
    for depth in [127, 128, 100_000] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{depth}");
    }
}

#[test]
fn compacting_touches_nothing_inside_texts() {
    let raw = "{ \"a b\" : [ 1.50 , \"\\\" \\\\\" ] ,\r\n\t\"c\":\" \" }";
    assert_eq!(compact(raw), r#"{"a b":[1.50,"\" \\"],"c":" "}"#);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as V;
    let leaf = prop_oneof![
        Just(V::Null),
        any::<bool>().prop_map(V::Bool),
        any::<i64>().prop_map(V::from),
        (-1e9..1e9).prop_map(|f: f64| V::from(f)),
        any::<String>().prop_map(V::String),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(V::Array),
            proptest::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| V::Object(members.into_iter().collect())),
        ]
    })
}

/// The value as `serde_json` has it, to compare with.
fn same(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Text(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Kind::Object(ours), serde_json::Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|m| theirs.get(m.key.as_ref()).is_some_and(|value| same(&m.value, value)))
        }
        // By their text: `serde_json` itself need not read a float back as it wrote it.
        _ => compact(ours.raw) == serde_json::to_string(theirs).unwrap(),
    }
}

proptest! {
    #[test]
    fn valid_json_is_read_as_serde_reads_it(value in json(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let ours = read(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        prop_assert!(same(&ours, &value), "{text}");
        let compacted = compact(&text);
        prop_assert_eq!(compacted, value.to_string());
    }

    #[test]
    fn what_serde_refuses_is_refused(value in json(), at: prop::sample::Index, with in "[\\]\\[{}\",:0-9eE.\\\\ntu\n -]{0,2}") {
        let mut text = value.to_string();
        let mut from = at.index(text.len());
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        let to = text[from..].chars().next().map_or(from, |c| from + c.len_utf8());
        text.replace_range(from..to, &with);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // The one difference: what a float can't hold is still a number here.
        prop_assume!(!theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range")));
        let ours = read(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {:?} {:?}", text, ours, theirs);
        if let Err(error) = ours {
            prop_assert!(text.is_char_boundary(error.at));
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        prop_assert_eq!(read(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
