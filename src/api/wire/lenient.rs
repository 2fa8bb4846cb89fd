//! Values that come in more than one type. What has another type than hoped for is absent, never an error.

use std::borrow::Cow;

use super::walk::Walk;

/// The JSON text of a value; absent and `null` are alike.
pub(super) type Raw<'a> = Option<&'a str>;

/// A whole number, written as a number or as a text; a fraction of nothing is none.
pub(super) fn int(raw: Raw<'_>) -> Option<i64> {
    let text = text(raw)?;
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if fraction.bytes().all(|b| b == b'0') { whole.parse().ok() } else { None }
}

/// A text, or a number as its digits. An empty text says nothing.
pub(super) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let json = raw?;
    let text = match json.bytes().next()? {
        b'"' if json.contains('\\') => Cow::Owned(serde_json::from_str(json).ok()?),
        b'"' => Cow::Borrowed(json.strip_prefix('"')?.strip_suffix('"')?),
        b'-' | b'0'..=b'9' => Cow::Borrowed(json),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The letters of a text that are kept. What is said of a refused request stands in every edit of its batch, so a
/// megabyte of it would become gigabytes.
const LONGEST: usize = 2000;

/// A text as an owned one, cut where nobody would read on.
pub(super) fn owned(raw: Raw<'_>) -> Option<String> {
    let text = text(raw)?;
    Some(match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    })
}

/// The members of these names of an object; `None` where it is none, or one of them stands there twice.
pub(super) fn object<'a, const N: usize>(raw: Raw<'a>, names: [&str; N]) -> Option<[Raw<'a>; N]> {
    let members = Walk::new(raw?).members(names, |walk, _| walk.value())?;
    (!members.twice).then_some(members.values)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("200", Some(200))]
    #[case("\"200\"", Some(200))]
    #[case("\" 404 \"", Some(404))]
    #[case("207.0", Some(207))]
    #[case("\"200.00\"", Some(200))]
    #[case("-1", Some(-1))]
    #[case("1.5", None)]
    #[case("\"OK\"", None)]
    #[case("18446744073709551615", None)]
    #[case("true", None)]
    #[case("[200]", None)]
    #[case("{\"a\":[1]}", None)]
    fn a_code_is_read_from_a_number_or_a_text(#[case] json: &str, #[case] code: Option<i64>) {
        assert_eq!(int(Some(json)), code);
    }

    #[rstest]
    #[case("\"a\"", Some("a"))]
    #[case("\"\\u00e9\"", Some("é"))]
    #[case("\"\\ud800\"", None)]
    #[case("\"\"", None)]
    #[case("7", Some("7"))]
    #[case("null", None)]
    #[case("[\"a\"]", None)]
    #[case("{}", None)]
    fn a_text_is_read_from_a_text_or_a_number(#[case] json: &str, #[case] expected: Option<&str>) {
        assert_eq!(text(Some(json)).as_deref(), expected);
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let said = |letters: usize| {
            let json = format!("\"{}\"", "é".repeat(letters));
            owned(Some(&json)).unwrap()
        };
        assert_eq!(said(LONGEST), "é".repeat(LONGEST));
        assert_eq!(said(LONGEST + 1), "é".repeat(LONGEST) + "…");
    }
}
