//! Mending a value: what validation complains of and can be put right without asking.

use super::{e164, letters};
use crate::domain::edit::Sid;
use crate::domain::field::{Cell, Field};

/// The value mended; `None` where nothing can be mended without asking.
pub(super) fn mend(cell: Cell, text: &str, country: &str) -> Option<String> {
    let mended = match cell {
        Cell::Sid => lower_sid(text)?,
        Cell::Field(Field::CustomField) => one_line(text),
        Cell::Field(Field::Number) => e164(&tidied(text), country).ok()?,
        Cell::Field(Field::Email) => tidied(text).to_lowercase(),
        Cell::Field(_) => tidied(text),
    };
    // A value of blanks alone is for the user to judge: cleared or left alone?
    (!mended.is_empty() && mended != text).then_some(mended)
}

/// Without blanks at the ends; with control characters in it, tidied.
fn tidied(text: &str) -> String {
    let text = text.trim();
    if text.contains(char::is_control) { letters::tidy(text) } else { text.to_owned() }
}

/// The SID in small letters, where it then is a usual one.
fn lower_sid(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    Sid::new(&lower).is_usual().then_some(lower)
}

/// JSON on one line: between its tokens a line break is a blank, and within a text it can't stand.
fn one_line(text: &str) -> String {
    text.trim().replace(['\r', '\n'], " ")
}
