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
    /// Names the contact; gives the name that it had.
    pub(super) fn name(&mut self, sid: &str) -> Option<Sid> {
        Some(std::mem::replace(&mut self.sid, Sid::new(sid))).filter(|sid| !sid.as_str().is_empty())
    }

    /// Whether the contact has a name.
    pub(super) fn has_name(&self) -> bool {
        !self.sid.as_str().is_empty()
    }

    /// What a field is to be set to.
    pub(super) fn value(&self, field: Field) -> Option<&str> {
        self.changes.get(field).and_then(Change::value)
    }

    /// Leaves a field alone.
    pub(super) fn take(&mut self, field: Field) {
        self.changes.put(field, None);
    }

    /// Puts a change; gives the one that the field had.
    pub(super) fn put(&mut self, field: Field, change: Change) -> Option<Change> {
        self.changes.put(field, Some(change))
    }

    /// Puts a key of `custom_field`, its value as JSON; gives the value that the key had.
    pub(super) fn put_key(&mut self, key: &str, json: String) -> Option<String> {
        if let Some((_, value)) = self.custom.iter_mut().find(|(other, _)| other == key) {
            return Some(std::mem::replace(value, json));
        }
        self.custom.push((key.to_owned(), json));
        None
    }

    /// The edit, or what contradicts itself in it.
    pub(super) fn finish(mut self) -> Result<Edit, &'static str> {
        if !self.custom.is_empty() {
            let object = object_of(self.custom.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            if self.put(Field::CustomField, Change::Set(object)).is_some() {
                return Err("custom_field is given as a whole and key by key: give it one way");
            }
        }
        Ok(Edit { sid: self.sid, changes: self.changes })
    }
}

/// The members as the text of one JSON object.
pub(super) fn object_of<'m>(members: impl Iterator<Item = (&'m str, &'m str)>) -> String {
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

/// What stands in a cell whose formula has no result.
pub(super) const NO_RESULT: &str = "#NO RESULT!";

/// Why a text is no value that anyone meant, wherever it is to go.
pub(super) fn damage(text: &str) -> Option<&'static str> {
    const ERRORS: [&str; 9] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"];
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Some(
            "a character was lost here before (U+FFFD stands for it): write the value again, or export the file again as UTF-8",
        );
    }
    if text == NO_RESULT {
        return Some(
            "a formula that was never worked out: open the file in a spreadsheet, save it there, and import that",
        );
    }
    ERRORS.contains(&text).then_some("a formula's error is no value: mend the sheet, or empty the cell")
}

/// Why a text is no number and no SID any more: a spreadsheet has written it as 9.71501E+11.
pub(super) fn lost_digits(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let mantissa = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_number = match mantissa.split_once(['.', ',']) {
        Some((whole, part)) => is_digits(whole) && is_digits(part),
        None => is_digits(mantissa),
    };
    (is_number && is_digits(exponent)).then_some(
        "in scientific notation its last digits are lost: show the column as text, or as a number without decimals, in \
         the spreadsheet, and export it again",
    )
}

/// Whether the text looks like another program's word for "nothing".
pub(super) fn is_null_text(text: &str) -> bool {
    text.eq_ignore_ascii_case("null")
}
