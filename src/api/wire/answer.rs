//! Reading an answer, whatever its shape (API 4, 5).
//!
//! Every part stays unread text until it is asked for, so that a surprise in one item costs that item
//! alone, and a run of a million edits builds no trees out of hundreds of megabytes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::lenient::{Raw, int, object, owned, text};
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
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::api) struct Contact<'a> {
    #[serde(borrow)]
    sid: Raw<'a>,
    #[serde(borrow)]
    first_name: Raw<'a>,
    #[serde(borrow)]
    last_name: Raw<'a>,
    #[serde(borrow)]
    number: Raw<'a>,
    #[serde(borrow)]
    email: Raw<'a>,
    #[serde(borrow)]
    company_name: Raw<'a>,
    #[serde(borrow)]
    tag: Raw<'a>,
    #[serde(borrow)]
    custom_field: Raw<'a>,
    /// What one table of the vendor's page calls `custom_field`.
    #[serde(borrow)]
    custom: Raw<'a>,
}

impl<'a> Contact<'a> {
    /// Its SID.
    pub(in crate::api) fn sid(&self) -> Option<Cow<'a, str>> {
        text(self.sid)
    }

    /// The JSON text of a field.
    pub(in crate::api) fn field(&self, field: Field) -> Option<&'a str> {
        let raw = match field {
            Field::FirstName => self.first_name,
            Field::LastName => self.last_name,
            Field::Number => self.number,
            Field::Email => self.email,
            Field::CompanyName => self.company_name,
            Field::Tag => self.tag,
            Field::CustomField => self.custom_field.or(self.custom),
        };
        raw.map(RawValue::get)
    }

    /// Whether it has no field at all, only perhaps a SID.
    pub(in crate::api) fn is_bare(&self) -> bool {
        Field::ALL.into_iter().all(|field| self.field(field).is_none())
    }
}

/// Reads an answer; the error is for people and says what came instead of one.
pub(in crate::api) fn read_answer(body: &str) -> Result<Answer<'_>, String> {
    let json = body.trim_start_matches('\u{feff}').trim();
    if !json.starts_with('{') {
        return Err(not_json(json));
    }
    // Nearly every answer has a list of items; reading it as one at once spares a walk through all of it.
    if let Ok(envelope) = serde_json::from_str::<Envelope<'_, Few<'_>>>(json) {
        let (mut answer, Few { items, more }) = envelope.open();
        if more {
            return Err(format!("an answer with more than {MOST_ITEMS} items"));
        }
        answer.items = items.into_iter().map(read_item).collect();
        return Ok(answer);
    }
    let envelope = serde_json::from_str::<Envelope<'_, Raw<'_>>>(json)
        .map_err(|error| format!("an answer that does not parse ({error})"))?;
    let (mut answer, response) = envelope.open();
    match object::<RawItem<'_, Raw<'_>>>(response) {
        Some(RawItem { error: Some(error), .. }) => answer.error = words(Some(error)),
        Some(item) if item.code.is_some() || item.status.is_some() => answer.items.extend(response.map(read_item)),
        _ => {}
    }
    Ok(answer)
}

/// Twice what a batch can hold. An answer with more is none to any request of ours, and reading each of ten
/// million empty items would take gigabytes.
const MOST_ITEMS: usize = 10_000;

/// A list of items, as far as it can be an answer of ours.
#[derive(Default)]
struct Few<'a> {
    items: Vec<&'a RawValue>,
    more: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Few<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for List<'a> {
            type Value = Few<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<'a>, A::Error> {
                let mut few = Few::default();
                while few.items.len() < MOST_ITEMS {
                    let Some(item) = list.next_element()? else { return Ok(few) };
                    few.items.push(item);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    few.more = true;
                }
                Ok(few)
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// Reads an item. Where its contact is as it should be, both are read in one walk; a surprise in the contact costs a
/// second one, and the contact.
fn read_item(raw: &RawValue) -> Item<'_> {
    if let Some(item) = object::<RawItem<'_, Option<Whole<'_>>>>(Some(raw)) {
        return item.read(raw, |data| data.map(|Whole(contact)| contact));
    }
    match object::<RawItem<'_, Raw<'_>>>(Some(raw)) {
        Some(item) => item.read(raw, object),
        None => Item { json: raw.get(), says: Says::Unclear, said: Said::default(), contact: None },
    }
}

/// `error_data`, or an `error` like it: an object, sometimes only a text. The description is shown
/// first, so a lone message takes its place.
fn words(raw: Raw<'_>) -> Said {
    let Some(words) = object::<Words<'_>>(raw) else {
        return Said { description: owned(raw), ..Said::default() };
    };
    let (description, message) = (owned(words.description), owned(words.message));
    let (description, message) = if description.is_none() { (message, None) } else { (description, message) };
    Said { code: None, error_code: int(words.code), description, message }
}

fn counts(raw: Raw<'_>) -> Metadata {
    object::<Counts<'_>>(raw).map_or_else(Metadata::default, |counts| Metadata {
        total: int(counts.total),
        success: int(counts.success),
        failed: int(counts.failed),
    })
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

/// The outermost object, with `response` as a list or still unread.
#[derive(Deserialize)]
struct Envelope<'a, R> {
    #[serde(borrow)]
    request_id: Raw<'a>,
    #[serde(borrow)]
    http_code: Raw<'a>,
    #[serde(borrow)]
    metadata: Raw<'a>,
    response: R,
    #[serde(borrow)]
    error_data: Raw<'a>,
    #[serde(borrow)]
    error: Raw<'a>,
    #[serde(borrow)]
    message: Raw<'a>,
    #[serde(borrow, rename = "RestException")]
    exception: Raw<'a>,
}

impl<'a, R> Envelope<'a, R> {
    /// The answer without its items, and `response`.
    fn open(self) -> (Answer<'a>, R) {
        let mut error = words(self.error_data.or(self.error));
        let mut http_code = int(self.http_code);
        if let Some(exception) = object::<RestException<'_>>(self.exception) {
            http_code = http_code.or(int(exception.status));
            error.error_code = int(exception.code);
            error.description = owned(exception.message);
        }
        if error.description.is_none() {
            error.description = owned(self.message);
        }
        let answer = Answer {
            request_id: owned(self.request_id),
            http_code,
            metadata: counts(self.metadata),
            items: Vec::new(),
            error,
        };
        (answer, self.response)
    }
}

/// An item, with its contact read or still unread.
#[derive(Deserialize)]
struct RawItem<'a, D> {
    #[serde(borrow)]
    code: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
    #[serde(borrow)]
    error_data: Raw<'a>,
    #[serde(borrow)]
    error: Raw<'a>,
    data: D,
}

impl<'a, D> RawItem<'a, D> {
    fn read(self, raw: &'a RawValue, contact: impl FnOnce(D) -> Option<Contact<'a>>) -> Item<'a> {
        let code = int(self.code);
        let says = Says::new(code, text(self.status).as_deref());
        let said = Said { code, ..words(self.error_data.or(self.error)) };
        Item { json: raw.get(), says, said, contact: contact(self.data) }
    }
}

/// A contact that is an object; serde alone would read one from an array too.
struct Whole<'a>(Contact<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Whole<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Object<'a> {
            type Value = Whole<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Whole<'a>, A::Error> {
                Contact::deserialize(MapAccessDeserializer::new(map)).map(Whole)
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

#[derive(Deserialize)]
struct Words<'a> {
    #[serde(borrow)]
    code: Raw<'a>,
    #[serde(borrow)]
    description: Raw<'a>,
    #[serde(borrow)]
    message: Raw<'a>,
}

#[derive(Deserialize)]
struct Counts<'a> {
    #[serde(borrow)]
    total: Raw<'a>,
    #[serde(borrow)]
    success: Raw<'a>,
    #[serde(borrow)]
    failed: Raw<'a>,
}

#[derive(Deserialize)]
struct RestException<'a> {
    #[serde(borrow, rename = "Status")]
    status: Raw<'a>,
    #[serde(borrow, rename = "Code")]
    code: Raw<'a>,
    #[serde(borrow, rename = "Message")]
    message: Raw<'a>,
}
