//! Reading an answer, whatever its shape (API 4, 5).
//!
//! It is walked once, and every part stays unread text until it is asked for: a surprise in one item costs that item
//! alone, and a run of a million edits builds no trees out of hundreds of megabytes.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::lenient::{Raw, int, object, owned, text};
use super::walk::{Members, Walk};
use crate::domain::{Field, Said};

/// An answer of the API, as far as it can be read.
#[derive(Debug, Default)]
pub(in crate::api) struct Answer<'a> {
    /// The `request_id`.
    pub(in crate::api) request_id: Option<String>,
    /// The status as the body tells it: `http_code`, or that of a `RestException`.
    pub(in crate::api) http_code: Option<i64>,
    /// The counts of `metadata`.
    pub(in crate::api) metadata: Metadata,
    /// The items of `response`, an object there being one item.
    pub(in crate::api) items: Vec<Item<'a>>,
    /// What is said of the request as a whole, where it was refused.
    pub(in crate::api) error: Said,
}

/// The server's own counts of its items, each where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::api) struct Metadata {
    pub(in crate::api) total: Option<i64>,
    pub(in crate::api) success: Option<i64>,
    pub(in crate::api) failed: Option<i64>,
}

/// One item of an answer.
#[derive(Debug)]
pub(in crate::api) struct Item<'a> {
    /// Its own text.
    pub(in crate::api) json: &'a str,
    /// What it says of its contact.
    pub(in crate::api) says: Says,
    /// Its codes and words.
    pub(in crate::api) said: Said,
    /// Its `data`.
    pub(in crate::api) contact: Option<Contact<'a>>,
}

/// What an item says of its contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Says {
    /// `code` 200 and `status` `success`.
    Success,
    /// An error `code`, or `status` `failure`, and no word against it.
    Failure,
    /// It contradicts itself, says too little, or is no item at all.
    Unclear,
}

impl Says {
    fn new(code: Option<i64>, status: Option<&str>) -> Self {
        let is = |word: &str| status.is_some_and(|s| s.trim().eq_ignore_ascii_case(word));
        match code {
            Some(200) if is("success") => Self::Success,
            Some(400..=599) if !is("success") => Self::Failure,
            None if is("failure") => Self::Failure,
            _ => Self::Unclear,
        }
    }
}

/// The contact in an item; each field is JSON text, and `null` is as good as absent.
#[derive(Debug, Default)]
pub(in crate::api) struct Contact<'a>([Raw<'a>; CONTACT.len()]);

/// The members of a contact that are read: its SID, its fields in their order, and what one table of the vendor's page
/// calls `custom_field`.
const CONTACT: [&str; 9] =
    ["sid", "first_name", "last_name", "number", "email", "company_name", "tag", "custom_field", "custom"];

impl<'a> Contact<'a> {
    /// Its SID.
    pub(in crate::api) fn sid(&self) -> Option<Cow<'a, str>> {
        text(self.0.first().copied()?)
    }

    /// The JSON text of a field.
    pub(in crate::api) fn field(&self, field: Field) -> Option<&'a str> {
        let value = *self.0.get(1 + field as usize)?;
        if field == Field::CustomField { value.or(self.0.last().copied().flatten()) } else { value }
    }

    /// Whether it has no field at all, only perhaps a SID.
    pub(in crate::api) fn is_bare(&self) -> bool {
        Field::ALL.into_iter().all(|field| self.field(field).is_none())
    }
}

/// Reads the contact that stands where its item belongs, as in the answer to a read; `None` where none does. It is taken for
/// an item of success: that it is shown says so.
pub(in crate::api) fn read_shown(body: &str) -> Option<Item<'_>> {
    let json = body.trim_start_matches('\u{feff}').trim();
    let [response] = object(Some(json), ["response"])?;
    let fields = object(response, CONTACT)?;
    let said = Said { code: Some(200), ..Said::default() };
    Some(Item { json: response?, says: Says::Success, said, contact: Some(Contact(fields)) })
}

/// Reads an answer; the error is for people and says what came instead of one.
pub(in crate::api) fn read_answer(body: &str) -> Result<Answer<'_>, String> {
    let json = body.trim_start_matches('\u{feff}').trim();
    if !json.starts_with('{') {
        return Err(not_json(json));
    }
    let mut items = Vec::new();
    let mut walk = Walk::new(json);
    let envelope = walk.members(ENVELOPE, |walk, member| match member {
        RESPONSE if walk.peek() == Some(b'[') => walk.text_of(|walk| walk.elements(|walk| read_next(walk, &mut items))),
        _ => walk.value(),
    });
    let Some(envelope) = envelope.filter(|envelope| !envelope.twice && walk.is_over()) else {
        let error = serde_json::from_str::<IgnoredAny>(json).err();
        let error = error.map_or_else(|| "a name stands twice in it".to_owned(), |error| error.to_string());
        return Err(format!("an answer that does not parse ({error})"));
    };
    if items.len() > MOST_ITEMS {
        return Err(format!("an answer with more than {MOST_ITEMS} items"));
    }
    let [request_id, http_code, metadata, response, error_data, error, message, exception] = envelope.values;
    let mut answer = Answer {
        request_id: owned(request_id),
        http_code: int(http_code),
        metadata: counts(metadata),
        items,
        error: words(error_data.or(error)),
    };
    if let Some([status, code, words]) = object(exception, ["Status", "Code", "Message"]) {
        answer.http_code = answer.http_code.or(int(status));
        answer.error.error_code = int(code);
        answer.error.description = owned(words);
    }
    if answer.error.description.is_none() {
        answer.error.description = owned(message);
    }
    match object(response, ["error", "code", "status"]) {
        Some([Some(error), ..]) => answer.error = words(Some(error)),
        Some([None, code, status]) if code.is_some() || status.is_some() => {
            answer.items.extend(response.and_then(|json| read_item(&mut Walk::new(json))));
        }
        _ => {}
    }
    Ok(answer)
}

/// The members of an answer that are read.
const ENVELOPE: [&str; 8] =
    ["request_id", "http_code", "metadata", "response", "error_data", "error", "message", "RestException"];
/// The place of the items among them.
const RESPONSE: usize = 3;

/// The members of an item that are read.
const ITEM: [&str; 5] = ["code", "status", "error_data", "error", "data"];
/// The place of the contact among them.
const DATA: usize = 4;

/// Twice what a batch can hold. An answer with more is none to any request of ours, and reading each of ten
/// million empty items would take gigabytes.
const MOST_ITEMS: usize = 10_000;

/// Reads the next of the items, as long as they can be an answer of ours.
fn read_next<'a>(walk: &mut Walk<'a>, items: &mut Vec<Item<'a>>) -> Option<()> {
    if items.len() > MOST_ITEMS {
        return walk.value().map(drop);
    }
    items.push(read_item(walk)?);
    Some(())
}

/// Reads the next item; what is no object is no item, and says nothing.
fn read_item<'a>(walk: &mut Walk<'a>) -> Option<Item<'a>> {
    let (mut members, mut contact) = (None, None);
    let json = walk.text_of(|walk| {
        if walk.peek() != Some(b'{') {
            return walk.value().map(drop);
        }
        members = Some(walk.members(ITEM, |walk, member| match member {
            DATA if walk.peek() == Some(b'{') => walk.text_of(|walk| {
                let found = walk.members(CONTACT, |walk, _| walk.value())?;
                contact = (!found.twice).then_some(Contact(found.values));
                Some(())
            }),
            _ => walk.value(),
        })?);
        Some(())
    })?;
    let Some(Members { values: [code, status, error_data, error, _], twice: false }) = members else {
        return Some(Item { json, says: Says::Unclear, said: Said::default(), contact: None });
    };
    let code = int(code);
    let says = Says::new(code, text(status).as_deref());
    Some(Item { json, says, said: Said { code, ..words(error_data.or(error)) }, contact })
}

/// `error_data`, or an `error` like it: an object, sometimes only a text. The description is shown
/// first, so a lone message takes its place.
fn words(raw: Raw<'_>) -> Said {
    let Some([code, description, message]) = object(raw, ["code", "description", "message"]) else {
        return Said { description: owned(raw), ..Said::default() };
    };
    let (description, message) = (owned(description), owned(message));
    let (description, message) = if description.is_none() { (message, None) } else { (description, message) };
    Said { code: None, error_code: int(code), description, message }
}

fn counts(raw: Raw<'_>) -> Metadata {
    let [total, success, failed] = object(raw, ["total", "success", "failed"]).unwrap_or_default();
    Metadata { total: int(total), success: int(success), failed: int(failed) }
}

/// What came instead of a JSON object, for people.
fn not_json(body: &str) -> String {
    match body.chars().next() {
        None => "an empty answer".to_owned(),
        Some('<') => title(body).map_or_else(|| "an HTML page".to_owned(), |title| format!("an HTML page: {title}")),
        Some(_) => format!("a text: {}", first_words(body)),
    }
}

fn title(html: &str) -> Option<String> {
    // Lower case in ASCII keeps every byte where it is.
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower.get(start..)?.find("</title>")?;
    Some(first_words(html.get(start..end)?)).filter(|title| !title.is_empty())
}

/// The beginning of the first line that says something.
fn first_words(text: &str) -> String {
    text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_contact_are_read_in_their_order() {
        assert_eq!(CONTACT[1..8], Field::ALL.map(Field::name));
    }
}
