//! What is wrong with an edit: errors keep it from being sent, warnings do not (SPEC 3).

use super::edit::{Change, Edit, Sid};
use super::field::Field;

mod email;
mod number;

pub use number::number_key;
pub(super) use number::{Judged, judge};

#[cfg(test)]
mod tests;

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The edit can be sent, and the user should know.
    Warning,
    /// The edit stays in the queue and is never sent.
    Error,
}

/// What an issue is, as one word for filters and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueCode {
    /// There is no SID.
    SidMissing,
    /// The SID has a character that no SID has.
    SidNotSendable,
    /// The SID is not 32 lowercase hex digits, as every one seen so far is.
    SidUnusual,
    /// The edit changes no field.
    NoChange,
    /// A value holds a control character.
    ControlCharacter,
    /// A value is longer than the configured limit.
    TooLong,
    /// A value is set to the empty text, which is not the same as cleared.
    SetEmpty,
    /// A value is the text `NULL`.
    TextNull,
    /// The email has not the shape of an address.
    EmailShape,
    /// The email has capital letters, though addresses are compared as small ones nearly everywhere.
    EmailCase,
    /// The value begins or ends with a blank.
    EdgeBlank,
    /// The number is none, by the numbering plan.
    NumberInvalid,
    /// The number is one, but not written as E.164.
    NumberForm,
    /// The number changes, which can collide with another contact.
    NumberChange,
    /// `custom_field` is not the text of a JSON object.
    CustomFieldNotObject,
}

impl IssueCode {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SidMissing => "sid-missing",
            Self::SidNotSendable => "sid-not-sendable",
            Self::SidUnusual => "sid-unusual",
            Self::NoChange => "no-change",
            Self::ControlCharacter => "control-character",
            Self::TooLong => "too-long",
            Self::SetEmpty => "set-empty",
            Self::TextNull => "text-null",
            Self::EmailShape => "email-shape",
            Self::EmailCase => "email-case",
            Self::EdgeBlank => "edge-blank",
            Self::NumberInvalid => "number-invalid",
            Self::NumberForm => "number-form",
            Self::NumberChange => "number-change",
            Self::CustomFieldNotObject => "custom-field-not-object",
        }
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::SidUnusual
            | Self::SetEmpty
            | Self::TextNull
            | Self::EmailCase
            | Self::EdgeBlank
            | Self::NumberForm
            | Self::NumberChange => Severity::Warning,
            Self::SidMissing
            | Self::SidNotSendable
            | Self::NoChange
            | Self::ControlCharacter
            | Self::TooLong
            | Self::EmailShape
            | Self::NumberInvalid
            | Self::CustomFieldNotObject => Severity::Error,
        }
    }
}

/// One thing that is wrong with an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is; always the severity of its code.
    pub severity: Severity,
    /// Where it is; `None` stands for the SID or the edit as a whole.
    pub field: Option<Field>,
    /// What it is.
    pub code: IssueCode,
    /// What is wrong and what to do, as a sentence without a full stop.
    pub hint: String,
}

/// What validation depends on, from the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The country of numbers without a country code, as two letters.
    pub default_country: String,
    /// The most characters that a value may have, where the user set a limit.
    pub max_chars: Option<usize>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { default_country: "IN".to_owned(), max_chars: None }
    }
}

/// Whether an edit with these issues may be sent.
pub fn can_send(issues: &[Issue]) -> bool {
    issues.iter().all(|issue| issue.severity < Severity::Error)
}

/// Everything wrong with the edit, the SID first and then field by field.
pub fn validate(edit: &Edit, rules: &Rules) -> Vec<Issue> {
    let mut found = Findings { field: None, issues: Vec::new() };
    check_sid(&edit.sid, &mut found);
    if edit.changes.is_empty() {
        found.add(IssueCode::NoChange, "the edit changes nothing: set or clear a field, or take it out");
    }
    for (field, change) in edit.changes.iter() {
        found.field = Some(field);
        match change {
            Change::Set(value) => check_value(field, value, rules, &mut found),
            Change::Clear if field == Field::Number => found.add(
                IssueCode::NumberChange,
                "the number is cleared: the server may refuse a contact without one, check that it is meant",
            ),
            Change::Clear => {}
        }
    }
    found.issues
}

/// The issues found so far, and the field being looked at.
struct Findings {
    field: Option<Field>,
    issues: Vec<Issue>,
}

impl Findings {
    fn add(&mut self, code: IssueCode, hint: impl Into<String>) {
        self.issues.push(Issue { severity: code.severity(), field: self.field, code, hint: hint.into() });
    }
}

fn check_sid(sid: &Sid, found: &mut Findings) {
    if sid.is_usual() {
        return;
    }
    if sid.as_str().is_empty() {
        found.add(IssueCode::SidMissing, "there is no SID: give the contact's SID");
    } else if !sid.is_sendable() {
        found.add(IssueCode::SidNotSendable, "a SID has letters, digits, `_` and `-` alone: correct it");
    } else {
        found.add(IssueCode::SidUnusual, "a SID is usually 32 lowercase hex digits: check that it is whole");
    }
}

fn check_value(field: Field, value: &str, rules: &Rules, found: &mut Findings) {
    if let Some(limit) = rules.max_chars
        && value.len() > limit
    {
        let chars = value.chars().count();
        if chars > limit {
            found.add(IssueCode::TooLong, format!("{chars} characters, {limit} are allowed: shorten it"));
        }
    }
    if field == Field::CustomField {
        return check_custom_field(value, found);
    }
    if value.is_empty() {
        found.add(IssueCode::SetEmpty, "the value is the empty text: clear the field instead if that is meant");
    }
    if value.eq_ignore_ascii_case("null") {
        found.add(IssueCode::TextNull, "the value is the text NULL: clear the field instead if that is meant");
    }
    if let Some(hint) = control_character(value) {
        return found.add(IssueCode::ControlCharacter, hint);
    }
    match field {
        Field::Email if !value.is_empty() => {
            if let Err(hint) = email::check(value) {
                found.add(IssueCode::EmailShape, hint);
            } else if value.contains(|c: char| c.is_ascii_uppercase()) {
                found.add(IssueCode::EmailCase, "the email has capital letters: write it in small ones");
            }
        }
        Field::Number => {
            found.add(IssueCode::NumberChange, "the number changes: it is refused if another contact has it");
            if !value.is_empty() {
                check_number(value, rules, found);
            }
        }
        _ if value.trim().len() < value.len() && !value.is_empty() => {
            found.add(IssueCode::EdgeBlank, "the value begins or ends with a blank: take it off");
        }
        _ => {}
    }
}

fn check_number(value: &str, rules: &Rules, found: &mut Findings) {
    match judge(value, &rules.default_country) {
        Judged::E164 => {}
        Judged::Other(e164) => found.add(
            IssueCode::NumberForm,
            format!("it is sent as written, its E.164 form is {e164}: write that to be sure"),
        ),
        Judged::Invalid(hint) => found.add(IssueCode::NumberInvalid, hint),
    }
}

/// Says which control character stands where, if one does.
fn control_character(value: &str) -> Option<String> {
    // Bytes first, all of them, many at a time: a value without a byte below space, DEL or the lead byte of
    // U+0080..U+009F has none.
    let odd = |b: u8| u8::from(b < b' ') | u8::from(b == 0x7f) | u8::from(b == 0xc2);
    if value.bytes().fold(0, |any, b| any | odd(b)) == 0 {
        return None;
    }
    let (at, c) = value.chars().enumerate().find(|(_, c)| c.is_control())?;
    let name = match c {
        '\n' | '\r' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        _ => format!("the control character U+{:04X}", u32::from(c)),
    };
    Some(format!("{name} is character {} of the value: take it out", at + 1))
}

fn check_custom_field(value: &str, found: &mut Findings) {
    match serde_json::from_str::<&serde_json::value::RawValue>(value.trim()) {
        Err(error) => found.add(
            IssueCode::CustomFieldNotObject,
            format!("not JSON at {}: write a JSON object such as {{\"key\":\"value\"}}", place(&error)),
        ),
        Ok(_) if !value.trim_start().starts_with('{') => found.add(
            IssueCode::CustomFieldNotObject,
            "JSON, but not an object: write an object such as {\"key\":\"value\"}",
        ),
        // JSON allows a line break between tokens, but JSON lines do not.
        Ok(_) if value.trim().contains(['\n', '\r']) => {
            found.add(IssueCode::ControlCharacter, "the JSON has line breaks: write it on one line");
        }
        Ok(_) => {}
    }
}

/// Line, column and reason of a JSON error.
fn place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    format!("line {} column {} ({reason})", error.line(), error.column())
}
