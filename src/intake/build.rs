//! An edit being put together from the cells of a row or the members of an object.

use std::borrow::Cow;

use super::json::compact;
use crate::domain::{Change, Changes, Edit, Field, Sid, json_object, push_json_text};

/// What the text NULL is told with, wherever it stands.
pub(super) const NULL_IS_TEXT: &str = "the text NULL is kept as text: clear the field instead if that is meant";

/// An edit without a judgement yet on whether it is whole.
#[derive(Debug, Default)]
pub(super) struct Draft {
    sid: Sid,
    changes: Changes,
    /// The members of `custom_field` that came key by key, each with its value as JSON.
    custom: Vec<(String, String)>,
}

impl Draft {
    /// Names the contact; says whether it had a name already.
    pub(super) fn name(&mut self, sid: &str) -> bool {
        !std::mem::replace(&mut self.sid, Sid::new(sid)).as_str().is_empty()
    }

    /// Whether the contact has a name.
    pub(super) fn has_name(&self) -> bool {
        !self.sid.as_str().is_empty()
    }

    /// Puts a change; says whether the field had one already.
    pub(super) fn put(&mut self, field: Field, change: Change) -> bool {
        self.changes.put(field, Some(change)).is_some()
    }

    /// Puts a key of `custom_field`, its value as JSON; says whether the key had one already.
    pub(super) fn put_key(&mut self, key: &str, json: String) -> bool {
        let same = self.custom.iter_mut().find(|(other, _)| other == key);
        let is_twice = same.is_some();
        match same {
            Some((_, value)) => *value = json,
            None => self.custom.push((key.to_owned(), json)),
        }
        is_twice
    }

    /// The edit, or what contradicts itself in it.
    pub(super) fn finish(mut self) -> Result<Edit, &'static str> {
        if !self.custom.is_empty() {
            let object = object_of(&self.custom);
            if self.put(Field::CustomField, Change::Set(object)) {
                return Err("custom_field is given as a whole and key by key: give it one way");
            }
        }
        Ok(Edit { sid: self.sid, changes: self.changes })
    }
}

/// The members as the text of one JSON object.
fn object_of(members: &[(String, String)]) -> String {
    let mut out = String::from("{");
    for (key, value) in members {
        if out.len() > 1 {
            out.push(',');
        }
        push_json_text(&mut out, key);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    out
}

/// The change that sets a field to a text. A JSON object on several lines is put on one, since only
/// so it can be sent and kept as JSON lines.
pub(super) fn set(field: Field, text: Cow<'_, str>) -> Change {
    if field == Field::CustomField && text.contains(['\n', '\r']) {
        let one_line = compact(&text);
        if json_object(&one_line).is_some() && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
            return Change::Set(one_line);
        }
    }
    Change::Set(text.into_owned())
}

/// Whether the text looks like another program's word for "nothing".
pub(super) fn is_null_text(text: &str) -> bool {
    text.eq_ignore_ascii_case("null")
}
