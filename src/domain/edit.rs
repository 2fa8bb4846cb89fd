//! An edit: one SID and the fields to change on it.

use std::fmt;

use serde_json::value::RawValue;

use super::field::Field;
use crate::support::text::plain_len;

/// Names a contact. Any text may stand here, so that a wrong one can stay in the queue and be
/// mended; `validate` says whether it can be sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sid(Box<str>);

impl Sid {
    /// Takes the text as it is, without the blanks around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may stand in a request: `[A-Za-z0-9_-]+` (API 3).
    pub fn is_sendable(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }

    /// Whether it has the shape of every sample: 32 lowercase hex digits (API 3).
    pub fn is_usual(&self) -> bool {
        self.0.len() == 32 && self.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is to become of one field. A field without a change is left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The field gets this value. For `custom_field` it is the text of a JSON object, kept as the
    /// user wrote it: its numbers never pass through a float.
    Set(String),
    /// The field is emptied, in the way that the profile's `clear_as` says.
    Clear,
}

impl Change {
    /// The value set, if one is.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Set(value) => Some(value),
            Self::Clear => None,
        }
    }
}

/// The changes of one edit, at most one a field, in the order of [`Field::ALL`].
///
/// One place for each field: a million edits are read, checked, copied and sent without a map being built for each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Changes([Option<Change>; Field::ALL.len()]);

impl Changes {
    /// The change of a field.
    pub fn get(&self, field: Field) -> Option<&Change> {
        self.0.get(field as usize)?.as_ref()
    }

    /// Puts a change, or with `None` leaves the field alone; gives what stood there.
    pub fn put(&mut self, field: Field, change: Option<Change>) -> Option<Change> {
        self.0.get_mut(field as usize).and_then(|place| std::mem::replace(place, change))
    }

    /// Sets a field, in the room of the text that was set before.
    pub fn set(&mut self, field: Field, value: &str) {
        match self.0.get_mut(field as usize) {
            Some(Some(Change::Set(text))) => {
                text.clear();
                text.push_str(value);
            }
            Some(place) => *place = Some(Change::Set(value.to_owned())),
            None => {}
        }
    }

    /// Every change with its field.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Change)> {
        Field::ALL.into_iter().zip(&self.0).filter_map(|(field, change)| Some((field, change.as_ref()?)))
    }

    /// Every changed field with the value that it gets; a cleared one gets none.
    pub fn values(&self) -> impl Iterator<Item = (Field, Option<&str>)> {
        self.iter().map(|(field, change)| (field, change.value()))
    }

    /// How many fields change.
    pub fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lays `later` over these changes, later wins per field; gives the fields that had another
    /// value before (SPEC 3: a conflict).
    pub fn merge(&mut self, later: &Self) -> Vec<Field> {
        let mut conflicts = Vec::new();
        self.merge_by(later, |field, _, _| {
            conflicts.push(field);
            true
        });
        conflicts
    }

    /// Lays `later` over these changes; for each field that has another value before, given with it, `wins` says whether
    /// the later one does.
    pub fn merge_by(&mut self, later: &Self, mut wins: impl FnMut(Field, &Change, &Change) -> bool) {
        for (field, change) in later.iter() {
            let stays = self.get(field).is_some_and(|before| before == change || !wins(field, before, change));
            if !stays {
                self.put(field, Some(change.clone()));
            }
        }
    }

    /// The changes as rolodeck's own JSON: a text is set, `null` is cleared, `custom_field` is the
    /// object itself where its text is one, else that text.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.push_json(&mut out);
        out
    }

    /// Writes the changes as [`to_json`](Self::to_json) gives them.
    pub fn push_json(&self, out: &mut String) {
        let mut before = "{\"";
        for (field, change) in self.iter() {
            out.push_str(std::mem::replace(&mut before, ",\""));
            out.push_str(field.name());
            out.push_str("\":");
            match change {
                Change::Clear => out.push_str("null"),
                Change::Set(value) => push_value(out, field, value),
            }
        }
        out.push_str(if self.is_empty() { "{}" } else { "}" });
    }
}

impl FromIterator<(Field, Change)> for Changes {
    fn from_iter<T: IntoIterator<Item = (Field, Change)>>(pairs: T) -> Self {
        let mut changes = Self::default();
        for (field, change) in pairs {
            changes.put(field, Some(change));
        }
        changes
    }
}

/// Writes a set value as JSON. An object in `custom_field` is written as it stands, on one line.
fn push_value(out: &mut String, field: Field, value: &str) {
    if field == Field::CustomField
        && let Some(object) = json_object(value)
    {
        out.push_str(object);
        return;
    }
    push_json_text(out, value);
}

/// Whether a text stands in JSON as it is, between quotes.
pub fn is_plain(text: &str) -> bool {
    plain_len(text.as_bytes()) == text.len()
}

/// Writes a text as a JSON string.
pub fn push_json_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.extend(["\"", text, "\""]);
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The text, trimmed, when it is a whole JSON object without line breaks inside.
///
/// A raw line break can only stand between tokens; such a text is not sent as it is, since JSON
/// lines carry one object a line: [`Changes`] are given it compacted by the importer.
pub fn json_object(text: &str) -> Option<&str> {
    let text = text.trim();
    (text.starts_with('{') && !text.contains(['\n', '\r']) && serde_json::from_str::<&RawValue>(text).is_ok())
        .then_some(text)
}

/// One SID and what to change on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// The contact.
    pub sid: Sid,
    /// What changes.
    pub changes: Changes,
}

/// Names a row of the queue in the store; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditId(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(pairs: &[(Field, Option<&str>)]) -> Changes {
        pairs.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect()
    }

    #[test]
    fn later_changes_win_and_name_their_conflicts() {
        let mut first = changes(&[(Field::FirstName, Some("A")), (Field::Tag, Some("x")), (Field::Email, None)]);
        let later = changes(&[(Field::FirstName, Some("B")), (Field::Email, None), (Field::LastName, Some("C"))]);
        assert_eq!(first.merge(&later), [Field::FirstName]);
        assert_eq!(first.to_json(), r#"{"first_name":"B","last_name":"C","email":null,"tag":"x"}"#);
    }

    #[test]
    fn a_text_is_set_over_whatever_stood_there() {
        let mut all = changes(&[(Field::FirstName, Some("a longer one")), (Field::Email, None)]);
        for field in [Field::FirstName, Field::Email, Field::Tag] {
            all.set(field, "x");
        }
        assert_eq!(all, changes(&[(Field::FirstName, Some("x")), (Field::Email, Some("x")), (Field::Tag, Some("x"))]));
    }

    #[test]
    fn custom_field_keeps_its_numbers_and_a_wrong_one_stays_text() {
        let json = |v| changes(&[(Field::CustomField, Some(v))]).to_json();
        assert_eq!(json(r#"{"n":12345678901234567890.10}"#), r#"{"custom_field":{"n":12345678901234567890.10}}"#);
        assert_eq!(json("{oops"), r#"{"custom_field":"{oops"}"#);
    }

    #[test]
    fn sids_are_judged_by_shape() {
        assert!(Sid::new(" 83ba26b7f11c4e75b4043c8b33ceba49 ").is_usual());
        assert!(Sid::new("abc_DEF-9").is_sendable() && !Sid::new("abc_DEF-9").is_usual());
        assert!(!Sid::new("a b").is_sendable() && !Sid::new("").is_sendable());
    }
}
