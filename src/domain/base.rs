//! A contact's values before an edit, and what follows from them: the diff, what somebody else changed meanwhile, and the
//! edit that takes a change back.
//!
//! Three sides are compared, field by field: the *base*, seen before the edit; the contact *now*; and what is *wanted*.
//! A field that an edit leaves alone is nobody's business: two people may change two fields of one contact.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::contact::Contact;
use super::echo::{is_empty, same_json, same_number};
use super::edit::{Change, Changes};
use super::field::Field;
use crate::support::clock::Timestamp;

/// Where a base was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseSource {
    /// In the local address book, which is as old as its last pull.
    Book,
    /// In a read right before the edit was to be sent.
    Snapshot,
    /// In what a run left, as its answers showed it.
    Run,
}

impl BaseSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Book, Self::Snapshot, Self::Run];

    /// The word in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Snapshot => "snapshot",
            Self::Run => "run",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// A contact before an edit (SPEC 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// What it held.
    pub contact: Contact,
    /// When it was seen.
    pub seen: Timestamp,
    /// Where.
    pub source: BaseSource,
}

/// The age from which a base is stale: others work every day.
const STALE_MS: u64 = 24 * 60 * 60 * 1000;

impl Base {
    /// Whether it is so old that the contact may well be otherwise by now.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now.since(self.seen) >= STALE_MS
    }
}

/// How a field stands that an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stand {
    /// The edit gives it another value than it has, and nobody else did.
    Changes,
    /// It has the wanted value.
    Same,
    /// Somebody gave it another value since the base was seen: sending would overwrite what nobody looked at.
    Moved,
}

/// A field that an edit changes, from all sides. Where there is no value, and where a side is not known, is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldDiff<'a> {
    /// The field.
    pub field: Field,
    /// What the base has.
    pub base: &'a str,
    /// What the contact has now.
    pub now: &'a str,
    /// What it is to have.
    pub wanted: &'a str,
    /// How it stands.
    pub stand: Stand,
}

/// Whether two values of a field are the same: numbers may be written in two ways, and a `custom_field` is compared as JSON,
/// every key of it.
pub fn same(field: Field, a: &str, b: &str) -> bool {
    let is_nothing = |value: &str| value.is_empty() || field == Field::CustomField && is_empty(value);
    a == b
        || is_nothing(a) && is_nothing(b)
        || match field {
            Field::Number => same_number(a, b) || same_number(b, a),
            Field::CustomField => same_json(a, b),
            _ => false,
        }
}

/// Every field that an edit changes, with the value that it is to have.
fn wanted(changes: &Changes) -> impl Iterator<Item = (Field, &str)> {
    changes.values().map(|(field, value)| (field, value.unwrap_or_default()))
}

/// Compares what an edit changes with the base and with the contact now, as far as each is known. Without either, every
/// field is one that changes.
pub fn diff<'a>(changes: &'a Changes, base: Option<&'a Contact>, now: Option<&'a Contact>) -> Vec<FieldDiff<'a>> {
    let field_diff = |(field, wanted): (Field, &'a str)| {
        let of = |contact: Option<&'a Contact>| contact.map_or("", |contact| contact.get(field));
        let is_wanted = |contact: &Contact| same(field, contact.get(field), wanted);
        let stand = match (base, now) {
            (_, Some(now)) if is_wanted(now) => Stand::Same,
            (Some(base), Some(now)) if !same(field, base.get(field), now.get(field)) => Stand::Moved,
            (Some(base), None) if is_wanted(base) => Stand::Same,
            _ => Stand::Changes,
        };
        FieldDiff { field, base: of(base), now: of(now), wanted, stand }
    };
    wanted(changes).map(field_diff).collect()
}

/// The contact that an answer's item shows, if it shows one.
pub fn shown(item: &str) -> Option<Contact> {
    let parts: HashMap<&str, &RawValue> = serde_json::from_str(item).ok()?;
    Contact::from_json(parts.get("data")?.get())
}

/// Whether an edit changes nothing on this contact.
pub fn is_no_op(changes: &Changes, contact: &Contact) -> bool {
    wanted(changes).all(|(field, wanted)| same(field, contact.get(field), wanted))
}

/// The fields that somebody else changed between the base and now, and that an edit would overwrite.
pub fn moved<'a>(changes: &'a Changes, base: &'a Contact, now: &'a Contact) -> Vec<FieldDiff<'a>> {
    diff(changes, Some(base), Some(now)).into_iter().filter(|d| d.stand == Stand::Moved).collect()
}

/// What undoing an updated edit takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversal {
    /// These changes set the base values again; a field that had none becomes clear.
    Edit(Changes),
    /// The contact has its base values.
    Nothing,
    /// Somebody changed these fields since the run: they are not the run's to take back.
    Changed(Vec<Field>),
}

/// How to take an updated edit back. `echo` is the contact as the run left it, where the server showed it: it may have kept
/// or changed a value. `now` is the contact at present; without it, it is taken to be as the run left it.
pub fn reverse(changes: &Changes, echo: Option<&Contact>, base: &Contact, now: Option<&Contact>) -> Reversal {
    let mut back = Changes::default();
    let mut changed = Vec::new();
    for (field, wanted) in wanted(changes) {
        let before = base.get(field);
        let left = echo.map_or(wanted, |echo| echo.get(field));
        let present = now.map_or(left, |now| now.get(field));
        if same(field, present, before) {
            continue;
        }
        if same(field, present, left) {
            back.put(field, Some(restore(field, before)));
        } else {
            changed.push(field);
        }
    }
    match (changed.is_empty(), back.is_empty()) {
        (false, _) => Reversal::Changed(changed),
        (true, true) => Reversal::Nothing,
        (true, false) => Reversal::Edit(back),
    }
}

/// The change that gives a field this value again.
fn restore(field: Field, value: &str) -> Change {
    match field {
        _ if value.is_empty() => Change::Clear,
        // A server may write its JSON on several lines, an edit holds it on one. Line breaks stand between tokens alone.
        Field::CustomField => Change::Set(value.replace(['\n', '\r'], " ")),
        _ => Change::Set(value.to_owned()),
    }
}

#[cfg(test)]
mod tests;
