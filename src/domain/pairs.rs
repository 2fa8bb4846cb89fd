//! `custom_field` as it is typed: the text of a JSON object, or pairs such as `city=Pune vip=true`.

use serde_json::value::RawValue;

use super::edit::push_json_text;
use super::wrong::WrongText;

/// The typed text as the text of a JSON object.
///
/// Pairs stand apart by blanks. A value that is JSON stays what it is (`5`, `true`, `"two words"`, `[1,2]`), any other
/// is a text; its digits never pass through a float.
pub fn custom_object(text: &str) -> Result<String, WrongText> {
    let begins = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '[', '"']) {
        return match serde_json::from_str::<&RawValue>(trimmed) {
            Ok(_) if trimmed.starts_with('{') => Ok(trimmed.to_owned()),
            Ok(_) => Err(WrongText::new(begins, "JSON, but not an object: write {\"key\": \"value\"} or key=value")),
            Err(error) => Err(wrong_json(trimmed, &error).within(begins)),
        };
    }
    pairs(text)
}

/// Where the JSON is wrong, and why.
fn wrong_json(text: &str, error: &serde_json::Error) -> WrongText {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = if error.is_eof() { text.len() } else { before + error.column().saturating_sub(1) }.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let said = error.to_string();
    let reason = said.split(" at line ").next().unwrap_or_default();
    WrongText::new(at, format!("line {} column {}: {reason}", error.line(), error.column()))
}

fn pairs(text: &str) -> Result<String, WrongText> {
    let mut out = String::from("{");
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let Some((key, _)) = word.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(WrongText::new(at, "write key=value, or JSON such as {\"key\": \"value\"}"));
        };
        let from = at + key.len() + 1;
        let value = value(text.get(from..).unwrap_or_default()).map_err(|wrong| wrong.within(from))?;
        if out.len() > 1 {
            out.push_str(", ");
        }
        push_json_text(&mut out, key);
        out.push_str(": ");
        if serde_json::from_str::<&RawValue>(value).is_ok() {
            out.push_str(value);
        } else {
            push_json_text(&mut out, value);
        }
        at = from + value.len();
    }
    out.push('}');
    Ok(out)
}

/// The value at the start of the text: a JSON text, array or object, else all up to the next blank.
fn value(text: &str) -> Result<&str, WrongText> {
    if !text.starts_with(['"', '[', '{']) {
        return Ok(text.split(char::is_whitespace).next().unwrap_or_default());
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let value = values.next().transpose().map_err(|error| wrong_json(text, &error))?.map_or("", RawValue::get);
    let behind = text.get(value.len()..).unwrap_or_default();
    if behind.is_empty() || behind.starts_with(char::is_whitespace) {
        return Ok(value);
    }
    Err(WrongText::new(value.len(), "a blank is missing before the next pair"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"a":1}"#, r#"{"a":1}"#)]
    #[case(" {} ", "{}")]
    #[case("", "{}")]
    #[case("city=Pune vip=true n=12345678901234567890", r#"{"city": "Pune", "vip": true, "n": 12345678901234567890}"#)]
    #[case(r#"a="two words" b=[1, 2] c={"d": "e f"}"#, r#"{"a": "two words", "b": [1, 2], "c": {"d": "e f"}}"#)]
    #[case("a= b=x=y pin=007", r#"{"a": "", "b": "x=y", "pin": "007"}"#)]
    #[case("naïve=é\"", r#"{"naïve": "é\""}"#)]
    fn typed_text_becomes_an_object(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(custom_object(text).unwrap(), wanted);
    }

    #[rstest]
    #[case(r#"{"a":}"#, 5, "line 1 column 6: expected value")]
    #[case(r#" {"é":x}"#, 7, "line 1 column 7")]
    #[case("[1]", 0, "not an object")]
    #[case("city Pune", 0, "write key=value")]
    #[case("a=1 =2", 4, "write key=value")]
    #[case("a=\"x", 4, "EOF")]
    #[case("a=[1]b=2", 5, "a blank is missing")]
    #[case("{\"a\":1}x", 7, "trailing")]
    fn what_is_wrong_has_its_place(#[case] text: &str, #[case] at: usize, #[case] says: &str) {
        let wrong = custom_object(text).unwrap_err();
        assert!(wrong.message.contains(says), "{wrong}");
        assert_eq!(wrong.at, at, "{wrong}");
    }

    proptest! {
        /// Whatever is typed is an object afterwards, or refused at a place within it.
        #[test]
        fn any_text_is_an_object_or_refused(text in prop_oneof![any::<String>(), "[a=\"{}\\[\\] 1,:]{0,12}"]) {
            match custom_object(&text) {
                Ok(json) => prop_assert!(serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json).is_ok()
                    || serde_json::from_str::<&RawValue>(&json).is_ok()),
                Err(wrong) => prop_assert!(text.is_char_boundary(wrong.at)),
            }
        }
    }
}
