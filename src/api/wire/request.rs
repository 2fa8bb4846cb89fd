//! The body of a bulk update: `{"contacts":[{"sid":"…","first_name":"…"},…]}` (API 2).

use serde_json::value::RawValue;

use crate::domain::{Batch, BatchItem, Change, Field, is_plain, push_json_text};

/// How a cleared field is written. What the server makes of either is unknown, so the echo is checked (API 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum ClearAs {
    /// `""`
    #[default]
    EmptyText,
    /// `null`
    Null,
}

/// The exact body that is sent for a batch; the plan shows the same.
///
/// `custom_key` is the key of `custom_field`: one table of the vendor's page calls it `custom`.
pub fn request_json(batch: &Batch, clear_as: ClearAs, custom_key: &str) -> String {
    let mut out = String::with_capacity(32 + batch.items.len() * 96);
    out.push_str("{\"contacts\":[");
    for (i, item) in batch.items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_item(&mut out, item, clear_as, custom_key);
    }
    out.push_str("]}");
    out
}

/// One contact of that body, for the detail view.
pub fn request_item_json(item: &BatchItem, clear_as: ClearAs, custom_key: &str) -> String {
    let mut out = String::new();
    push_item(&mut out, item, clear_as, custom_key);
    out
}

fn push_item(out: &mut String, item: &BatchItem, clear_as: ClearAs, custom_key: &str) {
    out.push_str("{\"sid\":");
    push_text(out, item.sid.as_str());
    for (field, change) in item.changes.iter() {
        match field {
            Field::CustomField => {
                out.push(',');
                push_text(out, custom_key);
            }
            _ => out.extend([",\"", field.name(), "\""]),
        }
        out.push(':');
        match (change, clear_as) {
            (Change::Clear, ClearAs::EmptyText) => out.push_str("\"\""),
            (Change::Clear, ClearAs::Null) => out.push_str("null"),
            (Change::Set(value), _) if field == Field::CustomField => push_object(out, value),
            (Change::Set(value), _) => push_text(out, value),
        }
    }
    out.push('}');
}

/// Writes the user's JSON object as it stands. What is no object, which validation keeps from being sent,
/// becomes a text: a body that does not parse would sink the whole batch.
fn push_object(out: &mut String, value: &str) {
    let value = value.trim();
    if value.starts_with('{') && serde_json::from_str::<&RawValue>(value).is_ok() {
        out.push_str(value);
    } else {
        push_text(out, value);
    }
}

/// Writes a JSON string; most texts need no escape, and a batch has hundreds of them.
fn push_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        push_json_text(out, text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::domain::{Changes, Sid};

    fn item(sid: &str, changes: &[(Field, Option<&str>)]) -> BatchItem {
        let change = |v: Option<&str>| v.map_or(Change::Clear, |v| Change::Set(v.to_owned()));
        let changes: Changes = changes.iter().map(|(f, v)| (*f, change(*v))).collect();
        BatchItem { seq: 0, sid: Sid::new(sid), changes }
    }

    fn body(items: Vec<BatchItem>, clear_as: ClearAs, custom_key: &str) -> String {
        request_json(&Batch { no: 0, round: 0, items }, clear_as, custom_key)
    }

    #[test]
    fn the_body_has_the_documented_shape() {
        let items = vec![
            item("83ba26b7f11c4e75b4043c8b33ceba49", &[(Field::FirstName, Some("XYZ"))]),
            item("93ba26b7f11c4e75b4043c8b33ceba59", &[(Field::FirstName, Some("A \"B\"\n")), (Field::Tag, None)]),
        ];
        assert_eq!(
            body(items, ClearAs::EmptyText, "custom_field"),
            r#"{"contacts":[{"sid":"83ba26b7f11c4e75b4043c8b33ceba49","first_name":"XYZ"},{"sid":"93ba26b7f11c4e75b4043c8b33ceba59","first_name":"A \"B\"\n","tag":""}]}"#
        );
        assert_eq!(body(vec![], ClearAs::Null, "custom"), r#"{"contacts":[]}"#);
    }

    #[test]
    fn clear_and_the_custom_key_follow_the_settings() {
        let items = || vec![item("s", &[(Field::Email, None), (Field::CustomField, Some(r#" {"n":1.10} "#))])];
        assert_eq!(
            body(items(), ClearAs::Null, "custom"),
            r#"{"contacts":[{"sid":"s","email":null,"custom":{"n":1.10}}]}"#
        );
    }

    #[test]
    fn numbers_of_custom_field_keep_every_digit() {
        let text = r#"{"id":123456789012345678901234567890,"x":1.50,"big":1e400}"#;
        let json = request_item_json(&item("s", &[(Field::CustomField, Some(text))]), ClearAs::Null, "custom_field");
        assert_eq!(json, format!(r#"{{"sid":"s","custom_field":{text}}}"#));
    }

    #[test]
    fn a_custom_field_that_is_no_object_cannot_break_the_body() {
        for text in ["{oops", "[1]", "{}}", "7", "{\"a\":1},\"number\":\"1\""] {
            let json = body(vec![item("s", &[(Field::CustomField, Some(text))])], ClearAs::Null, "custom_field");
            let parsed: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(parsed["contacts"][0]["custom_field"], Value::String(text.to_owned()));
        }
    }

    proptest! {
        /// The oracle reads the body back with another parser's eyes: a plain tree.
        #[test]
        fn any_text_comes_back_from_the_body(values in prop::collection::vec(any::<String>(), 1..5)) {
            let items = values.iter().map(|v| item("s", &[(Field::LastName, Some(v))])).collect();
            let parsed: Value = serde_json::from_str(&body(items, ClearAs::EmptyText, "custom_field")).unwrap();
            let read: Vec<_> = parsed["contacts"].as_array().unwrap().iter().map(|c| &c["last_name"]).collect();
            prop_assert_eq!(read, values.iter().collect::<Vec<_>>());
        }
    }
}
