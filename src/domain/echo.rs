//! Whether a contact came back as wanted (SPEC 1: echo).
//!
//! Values are compared as they stand, but for what is surely no difference:
//! - A cleared field, and one set to an empty text, match a field that is absent, `null`, `""` or `{}`.
//! - `number`: only digits count, so blanks, dashes and brackets do not; without a country code the
//!   wanted digits, less a leading trunk 0, may follow a country code of one to three digits.
//! - A JSON number or boolean in place of a text counts as that text.
//! - `custom_field`: keys in any order, numbers by their value (`1.0` = `1`) without passing through a
//!   float. Keys beside the wanted ones match, at every depth: whether the server merges or replaces is
//!   unknown (API 3). An empty object wants emptiness, so there extra keys do not match.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::edit::Changes;
use super::field::Field;
use super::outcome::{Difference, Echo};

/// Compares the changes with the contact that came back. `got` gives a field's JSON text, or `None` where the
/// answer lacks it.
pub fn echo<'a>(changes: &Changes, got: impl Fn(Field) -> Option<&'a str>) -> Echo {
    let differences: Vec<_> = changes
        .iter()
        .filter_map(|(field, change)| {
            let raw = got(field);
            let wanted = change.value().unwrap_or_default();
            (!matches(field, wanted, raw)).then(|| difference(field, wanted, raw))
        })
        .collect();
    if differences.is_empty() { Echo::Matches } else { Echo::Differs(differences) }
}

fn difference(field: Field, wanted: &str, got: Option<&str>) -> Difference {
    // `null` is how this API says that a field has no value.
    let got = got.filter(|raw| *raw != "null").map(|raw| text(raw).into_owned());
    Difference { field, wanted: wanted.to_owned(), got }
}

fn matches(field: Field, wanted: &str, got: Option<&str>) -> bool {
    let Some(raw) = got else {
        return wanted.is_empty() || field == Field::CustomField && is_empty_object(wanted);
    };
    match field {
        _ if wanted.is_empty() => is_empty(raw),
        Field::CustomField => same_object(wanted, raw),
        Field::Number => {
            let got = text(raw);
            got == wanted || same_number(wanted, &got)
        }
        _ => text(raw) == wanted,
    }
}

/// Whether a JSON text says that there is nothing.
pub(super) fn is_empty(raw: &str) -> bool {
    matches!(raw, "null" | "\"\"") || is_empty_object(raw)
}

fn is_empty_object(raw: &str) -> bool {
    raw.trim().strip_prefix('{').and_then(|r| r.strip_suffix('}')).is_some_and(|inside| inside.trim().is_empty())
}

/// The text of a JSON string, else the JSON itself.
pub(super) fn text(raw: &str) -> Cow<'_, str> {
    match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(inside) if !inside.contains('\\') => Cow::Borrowed(inside),
        Some(_) => serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        None => Cow::Borrowed(raw),
    }
}

/// Whether two ways to write a number name the same one.
pub(super) fn same_number(wanted: &str, got: &str) -> bool {
    let (Some(w), Some(g)) = (digits(wanted), digits(got)) else {
        return false;
    };
    if w == g {
        return true;
    }
    if wanted.trim_start().starts_with('+') {
        return false;
    }
    // A national number: six digits at least, so that a short code is never taken for the end of another.
    let national = w.strip_prefix('0').unwrap_or(&w);
    national.len() >= 6
        && got.trim_start().starts_with('+')
        && g.strip_suffix(national).is_some_and(|country| (1..=3).contains(&country.len()))
}

/// The digits of a number that is written with nothing but digits and the usual signs.
fn digits(number: &str) -> Option<String> {
    let usual = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-.()/".contains(c);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (number.chars().all(usual) && !digits.is_empty()).then_some(digits)
}

fn same_object(wanted: &str, got: &str) -> bool {
    if wanted.trim() == got {
        return true;
    }
    if is_empty_object(wanted) {
        return is_empty(got);
    }
    match (Json::parse(wanted), Json::parse(got)) {
        (Some(wanted), Some(got)) => wanted.is_in(&got),
        // The wanted text is no JSON: it was sent as a text.
        _ => text(got) == wanted,
    }
}

/// Whether two texts are the same JSON value, whatever the order of its keys.
pub(super) fn same_json(a: &str, b: &str) -> bool {
    matches!((Json::parse(a), Json::parse(b)), (Some(a), Some(b)) if a == b)
}

/// How deep a value is compared. It keeps a hostile answer from exhausting the stack.
const DEPTH: usize = 64;

/// A JSON value that keeps its numbers exact.
#[derive(Debug, PartialEq, Eq)]
enum Json {
    /// `null`, `true`, `false`, and numbers too odd to take apart.
    Word(String),
    Number(Decimal),
    Text(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The value, or `None` when the text is no JSON or nested too deeply.
    fn parse(text: &str) -> Option<Self> {
        Self::read(serde_json::from_str(text).ok()?, DEPTH)
    }

    fn read(raw: &RawValue, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let text = raw.get();
        Some(match text.bytes().next()? {
            b'{' => {
                let parts: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
                let read = |(key, raw)| Some((key, Self::read(raw, depth)?));
                Self::Object(parts.into_iter().map(read).collect::<Option<_>>()?)
            }
            b'[' => {
                let parts: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::Array(parts.into_iter().map(|raw| Self::read(raw, depth)).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            b'-' | b'0'..=b'9' => Decimal::parse(text).map_or_else(|| Self::Word(text.to_owned()), Self::Number),
            _ => Self::Word(text.to_owned()),
        })
    }

    /// Whether every wanted key, at every depth, has the wanted value in `got`.
    fn is_in(&self, got: &Self) -> bool {
        match (self, got) {
            (Self::Object(wanted), Self::Object(got)) => {
                let has = |(key, value): (&String, &Self)| got.get(key).is_some_and(|g| value.is_in(g));
                if wanted.is_empty() { got.is_empty() } else { wanted.iter().all(has) }
            }
            (Self::Array(wanted), Self::Array(got)) => {
                wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| w.is_in(g))
            }
            _ => self == got,
        }
    }
}

/// A number as its sign, its digits without zeros at either end, and the power of ten of the last digit: one
/// form for each value. Zero has no digits and no sign.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a JSON number; `None` when its exponent does not fit.
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let exponent = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Self { negative, digits: significant.to_owned(), exponent: exponent.checked_add(dropped)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::domain::Change;

    fn one(field: Field, wanted: Option<&str>, got: Option<&str>) -> Echo {
        let change = wanted.map_or(Change::Clear, |w| Change::Set(w.to_owned()));
        echo(&[(field, change)].into_iter().collect(), |_| got)
    }

    #[rstest]
    #[case(Field::FirstName, Some("Ada"), Some(r#""Ada""#), true)]
    #[case(Field::FirstName, Some("Ada \"\u{e9}\""), Some(r#""Ada \"\u00e9\"""#), true)]
    #[case(Field::FirstName, Some("Ada"), Some(r#""ada""#), false)]
    #[case(Field::FirstName, Some("Ada"), Some(r#""Ada ""#), false)]
    #[case(Field::FirstName, Some("Ada"), Some("null"), false)]
    #[case(Field::FirstName, Some("Ada"), None, false)]
    #[case(Field::Tag, Some("7"), Some("7"), true)]
    #[case(Field::Tag, Some("a"), Some(r#"["a"]"#), false)]
    #[case(Field::Tag, None, None, true)]
    #[case(Field::Tag, None, Some("null"), true)]
    #[case(Field::Tag, None, Some(r#""""#), true)]
    #[case(Field::Tag, None, Some(r#""kept""#), false)]
    #[case(Field::Tag, Some(""), None, true)]
    #[case(Field::Number, Some("+91 98123-45678"), Some(r#""+919812345678""#), true)]
    #[case(Field::Number, Some("098123 45678"), Some(r#""+919812345678""#), true)]
    #[case(Field::Number, Some("9812345678"), Some(r#""+919812345678""#), true)]
    #[case(Field::Number, Some("919812345678"), Some("919812345678"), true)]
    #[case(Field::Number, Some("+19812345678"), Some(r#""+919812345678""#), false)]
    #[case(Field::Number, Some("5678"), Some(r#""+915678""#), false)]
    #[case(Field::Number, Some("call me"), Some(r#""+919812345678""#), false)]
    #[case(Field::CustomField, None, Some("{}"), true)]
    #[case(Field::CustomField, None, Some(r#"{"a":1}"#), false)]
    #[case(Field::CustomField, Some("{}"), None, true)]
    #[case(Field::CustomField, Some("{}"), Some(r#"{"a":1}"#), false)]
    #[case(Field::CustomField, Some(r#"{"a":1,"b":[true,null]}"#), Some(r#"{ "b":[true,null], "a":1.0 }"#), true)]
    #[case(Field::CustomField, Some(r#"{"a":1}"#), Some(r#"{"a":1,"kept":2}"#), true)]
    #[case(Field::CustomField, Some(r#"{"a":{"b":1}}"#), Some(r#"{"a":{"b":1,"kept":2}}"#), true)]
    #[case(Field::CustomField, Some(r#"{"a":[1,2]}"#), Some(r#"{"a":[2,1]}"#), false)]
    #[case(Field::CustomField, Some(r#"{"a":"1"}"#), Some(r#"{"a":1}"#), false)]
    #[case(Field::CustomField, Some(r#"{"n":12345678901234567890}"#), Some(r#"{"n":12345678901234567000}"#), false)]
    #[case(Field::CustomField, Some(r#"{"n":12345678901234567890}"#), Some(r#"{"n":1.2345678901234567890e19}"#), true)]
    #[case(Field::CustomField, Some(r#"{"a":1}"#), Some(r#""""#), false)]
    fn a_field_matches_or_differs(
        #[case] field: Field,
        #[case] wanted: Option<&str>,
        #[case] got: Option<&str>,
        #[case] same: bool,
    ) {
        assert_eq!(one(field, wanted, got) == Echo::Matches, same, "{field} {wanted:?} {got:?}");
    }

    #[test]
    fn a_difference_says_what_was_wanted_and_what_came() {
        let changes = [(Field::FirstName, Change::Set("Ada".to_owned())), (Field::Tag, Change::Clear)];
        let got = |field| (field == Field::Tag).then_some(r#""kept""#);
        let difference = |field, wanted: &str, got: Option<&str>| Difference {
            field,
            wanted: wanted.to_owned(),
            got: got.map(str::to_owned),
        };
        assert_eq!(
            echo(&changes.into_iter().collect(), got),
            Echo::Differs(vec![difference(Field::FirstName, "Ada", None), difference(Field::Tag, "", Some("kept")),])
        );
    }

    #[test]
    fn a_value_nested_without_end_is_no_match_and_no_crash() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
        assert_ne!(one(Field::CustomField, Some(r#"{"a":1}"#), Some(&deep)), Echo::Matches);
    }

    proptest! {
        /// The oracle moves the point by hand: the same value, written with another exponent.
        #[test]
        fn numbers_are_equal_by_value(digits in "[1-9][0-9]{0,25}", zeros in 0usize..20, shift in 0usize..20) {
            let plain = format!("{digits}{}", "0".repeat(zeros));
            let fraction = format!("{digits}{}.{}", "0".repeat(zeros), "0".repeat(shift + 1));
            let power = format!("{digits}e{zeros}");
            let small = format!("0.{}{digits}E{}", "0".repeat(shift), shift + digits.len() + zeros);
            let number = Decimal::parse(&plain);
            for other in [&fraction, &power, &small] {
                prop_assert_eq!(&Decimal::parse(other), &number, "{} {}", plain, other);
            }
            prop_assert_ne!(Decimal::parse(&format!("-{plain}")), Decimal::parse(&plain));
            prop_assert_ne!(Decimal::parse(&format!("{plain}1")), number);
        }

        #[test]
        fn any_object_matches_itself_and_no_text_panics(wanted in ".{0,40}", got in ".{0,40}", value in any::<i64>()) {
            for field in Field::ALL {
                let _ = one(field, Some(&wanted), Some(&got));
            }
            let object = serde_json::json!({ "k": { wanted.as_str(): [value, got.as_str()] } }).to_string();
            let spaced = object.replace(':', " : ");
            prop_assert_eq!(one(Field::CustomField, Some(&object), Some(&object)), Echo::Matches);
            if !wanted.contains(':') && !got.contains(':') {
                prop_assert_eq!(one(Field::CustomField, Some(&object), Some(&spaced)), Echo::Matches);
            }
        }
    }
}
