//! The address book: what every contact holds now, and the rules of changing one.

use std::borrow::Cow;
use std::collections::HashMap;

use super::body::{Given, Item};
use super::people;
use super::scenario::{Churn, CustomFieldRule, Dialect, EmptyRule, NumberRule};
use crate::support::clock::Timestamp;
use crate::support::rng::mix;

/// More contacts than this would share their numbers.
const MAX_CONTACTS: u64 = 1_000_000_000;

/// A field of a contact that an update can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Column {
    Number,
    FirstName,
    LastName,
    CompanyName,
    Email,
    Tag,
    CustomField,
}

impl Column {
    /// Every column, in the order of the vendor's sample.
    pub(super) const ALL: [Self; 7] =
        [Self::Number, Self::FirstName, Self::LastName, Self::CompanyName, Self::Email, Self::Tag, Self::CustomField];

    /// Its key in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::CompanyName => "company_name",
            Self::Email => "email",
            Self::Tag => "tag",
            Self::CustomField => "custom_field",
        }
    }
}

/// One text for each column. A cleared column holds the empty text; a custom field is JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Values<'a>([Cow<'a, str>; 7]);

impl<'a> Values<'a> {
    pub(super) fn get(&self, column: Column) -> &str {
        self.0.get(column as usize).map_or("", |v| v)
    }

    pub(super) fn set(&mut self, column: Column, value: Cow<'a, str>) {
        if let Some(place) = self.0.get_mut(column as usize) {
            *place = value;
        }
    }
}

/// A contact of the book, by its place: the made-up ones by index, then the vendor's, then those that came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(u64);

/// A contact as it reads now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contact<'a> {
    pub(super) sid: String,
    pub(super) account: &'a str,
    pub(super) uri_hex: String,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// Seconds since 1970.
    pub(super) updated: i64,
    pub(super) values: Values<'a>,
}

/// Why one contact of an update was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// No contact has that SID.
    NotFound,
    /// The item names no contact.
    NoSid,
    /// A value breaks a rule of its column.
    Invalid(Column),
    /// The number belongs to that contact.
    Taken(Place),
}

type Changed = Vec<(Column, Box<str>)>;
type Object = serde_json::Map<String, serde_json::Value>;

/// What differs from the contact as it was made up.
#[derive(Debug, Default)]
struct State {
    writes: u32,
    updated: i64,
    values: Changed,
    /// What reads still give, where they lag behind writes.
    stale: Option<Box<Stale>>,
}

#[derive(Debug)]
struct Stale {
    until: Timestamp,
    updated: i64,
    values: Changed,
}

/// Every contact, and who holds which number.
#[derive(Debug)]
pub(super) struct Book {
    account: String,
    /// How many made-up contacts there were at first.
    contacts: u64,
    dialect: Dialect,
    churn: Churn,
    /// Pages read so far.
    pages: u64,
    /// Contacts that were deleted: where they were in the list of all that there ever were, in order.
    deleted: Vec<u64>,
    /// By place. Contacts that nobody changed take one word each.
    states: Vec<Option<Box<State>>>,
    /// Holders of the numbers that updates have set.
    numbers: HashMap<Box<str>, Place>,
}

impl Book {
    /// A book of `contacts` made-up contacts and the vendor's.
    pub(super) fn new(account: String, contacts: u64, dialect: Dialect, churn: Churn) -> Self {
        let contacts = contacts.min(MAX_CONTACTS);
        let mut states = Vec::new();
        states.resize_with(contacts as usize + 1, || None);
        Self { account, contacts, dialect, churn, pages: 0, deleted: Vec::new(), states, numbers: HashMap::new() }
    }

    /// How many contacts there are.
    pub(super) fn len(&self) -> u64 {
        (self.states.len() - self.deleted.len()) as u64
    }

    /// The contact with that SID.
    pub(super) fn find(&self, sid: &str) -> Option<Place> {
        let index = if sid == people::VENDOR_SID {
            Some(self.contacts)
        } else {
            people::index_of_sid(sid).filter(|i| *i != self.contacts)
        };
        index.map(Place).filter(|place| self.is_there(*place))
    }

    /// The contact at a position of the list: the order of `date_created`, which the vendor's contact opens.
    pub(super) fn at(&self, position: u64) -> Option<Place> {
        // Of the deleted ones, those before it: the k-th counts when fewer than k others lie between it and the top.
        let (mut before, mut end) = (0, self.deleted.len());
        while before < end {
            let middle = usize::midpoint(before, end);
            match self.deleted.get(middle) {
                Some(gone) if gone - middle as u64 <= position => before = middle + 1,
                _ => end = middle,
            }
        }
        self.ever_at(position + before as u64)
    }

    /// The contact at a position in the list of all that there ever were.
    fn ever_at(&self, position: u64) -> Option<Place> {
        let place = match position {
            0 => self.contacts,
            p if p <= self.contacts => p - 1,
            p => p,
        };
        (place < self.states.len() as u64).then_some(Place(place))
    }

    /// Where a contact is in the list of all that there ever were.
    fn position(&self, place: Place) -> u64 {
        match place.0 {
            i if i == self.contacts => 0,
            i if i < self.contacts => i + 1,
            i => i,
        }
    }

    fn is_there(&self, place: Place) -> bool {
        place.0 < self.states.len() as u64 && self.deleted.binary_search(&self.position(place)).is_err()
    }

    /// A made-up contact comes, at the end of the list; gives its place.
    pub(super) fn insert(&mut self) -> Place {
        self.states.push(None);
        Place(self.states.len() as u64 - 1)
    }

    /// A contact goes.
    pub(super) fn delete(&mut self, place: Place) {
        let position = self.position(place);
        if let Err(at) = self.deleted.binary_search(&position) {
            self.deleted.insert(at, position);
        }
    }

    /// A page was read, and others do what the scenario says.
    pub(super) fn turn_page(&mut self) {
        self.pages += 1;
        let is_due = |every: u64| every > 0 && self.pages.is_multiple_of(every);
        let (inserts, deletes) = (is_due(self.churn.insert_every), is_due(self.churn.delete_every));
        if inserts {
            self.insert();
        }
        if deletes && let Some(place) = self.at(mix(self.pages) % self.len().max(1)) {
            self.delete(place);
        }
    }

    /// The lists that a contact is in, by number: contact `i` is in list `i` modulo their count, the vendor's in none.
    pub(super) fn list_of(&self, place: Place, lists: u64) -> Option<u64> {
        (place.0 != self.contacts).then(|| place.0 % lists)
    }

    /// The contact with all its changes.
    pub(super) fn contact(&self, place: Place) -> Contact<'_> {
        let state = self.state(place);
        self.contact_with(place, state.map(|s| (s.updated, &s.values)))
    }

    /// The contact as a read at `now` gives it, which may lag behind the last write.
    pub(super) fn read(&self, place: Place, now: Timestamp) -> Contact<'_> {
        match self.state(place).and_then(|s| s.stale.as_deref()) {
            Some(stale) if now < stale.until => self.contact_with(place, Some((stale.updated, &stale.values))),
            _ => self.contact(place),
        }
    }

    /// How often updates have changed this contact.
    pub(super) fn writes(&self, place: Place) -> u32 {
        self.state(place).map_or(0, |s| s.writes)
    }

    /// Changes one contact, wholly or not at all.
    pub(super) fn update(&mut self, item: &Item<'_>, now: Timestamp) -> Result<Place, Refused> {
        let sid = item.sid.as_deref().ok_or(Refused::NoSid)?;
        let place = self.find(sid).ok_or(Refused::NotFound)?;
        let mut changes = Changed::new();
        for (column, given) in item.given() {
            if let Some(value) = self.accept(place, column, given)? {
                changes.push((column, value));
            }
        }
        self.apply(place, changes, now);
        Ok(place)
    }

    fn contact_with<'a>(&'a self, place: Place, changed: Option<(i64, &'a Changed)>) -> Contact<'a> {
        let i = place.0;
        let (sid, uri_hex, created, mut values) = if i == self.contacts {
            let (sid, uri_hex) = (people::VENDOR_SID.to_owned(), people::VENDOR_URI_HEX.to_owned());
            (sid, uri_hex, people::VENDOR_CREATED, people::vendor_values())
        } else {
            (people::sid_of(i), people::uri_hex(i), people::created(i), people::values_of(i))
        };
        let mut updated = created;
        if let Some((at, changes)) = changed {
            updated = at.max(created);
            for (column, value) in changes {
                values.set(*column, Cow::Borrowed(value));
            }
        }
        Contact { sid, account: &self.account, uri_hex, created, updated, values }
    }

    fn state(&self, place: Place) -> Option<&State> {
        self.states.get(place.0 as usize)?.as_deref()
    }

    /// The value to store, or `None` where the rules say that the old one stays.
    fn accept(&self, place: Place, column: Column, given: &Given<'_>) -> Result<Option<Box<str>>, Refused> {
        match given {
            Given::Absent => Ok(None),
            Given::Null => cleared(column, self.dialect.null),
            Given::Text(text) if text.is_empty() => cleared(column, self.dialect.empty_text),
            Given::Text(text) => self.accept_text(place, column, text),
            Given::Object(new) => Ok(Some(self.custom_field(place, new))),
        }
    }

    fn accept_text(&self, place: Place, column: Column, text: &str) -> Result<Option<Box<str>>, Refused> {
        let too_long = self.dialect.max_length.is_some_and(|max| text.chars().count() > max);
        let valid = match column {
            Column::Email => is_email(text),
            Column::Number => is_number(text),
            _ => true,
        };
        if too_long || !valid {
            return Err(Refused::Invalid(column));
        }
        if column == Column::Number {
            match self.dialect.number {
                NumberRule::Editable => {}
                NumberRule::Keep => return Ok(None),
                NumberRule::Refuse => return Err(Refused::Invalid(column)),
            }
            if let Some(holder) = self.holder(text).filter(|h| *h != place) {
                return Err(Refused::Taken(holder));
            }
        }
        Ok(Some(text.into()))
    }

    /// The contact that has this number now.
    fn holder(&self, number: &str) -> Option<Place> {
        if let Some(place) = self.numbers.get(number) {
            return Some(*place).filter(|place| self.is_there(*place));
        }
        let made_up = people::index_of_number(number).filter(|i| *i != self.contacts).map(Place);
        let vendors = Place(self.contacts);
        let place = made_up.or_else(|| (people::vendor_values().get(Column::Number) == number).then_some(vendors))?;
        if !self.is_there(place) {
            return None;
        }
        let moved_on = self.state(place).is_some_and(|s| s.values.iter().any(|(c, _)| *c == Column::Number));
        (!moved_on).then_some(place)
    }

    fn custom_field(&self, place: Place, new: &str) -> Box<str> {
        let contact = match self.dialect.custom_field {
            CustomFieldRule::Replace => return new.into(),
            CustomFieldRule::Merge => self.contact(place),
        };
        let mut merged: Object = serde_json::from_str(contact.values.get(Column::CustomField)).unwrap_or_default();
        merged.extend(serde_json::from_str::<Object>(new).unwrap_or_default());
        serde_json::Value::Object(merged).to_string().into()
    }

    fn apply(&mut self, place: Place, changes: Changed, now: Timestamp) {
        let Some(slot) = self.states.get_mut(place.0 as usize) else { return };
        let state = slot.get_or_insert_with(Box::default);
        if self.dialect.read_lag_ms > 0 && state.stale.as_ref().is_none_or(|s| s.until <= now) {
            let until = Timestamp(now.0 + self.dialect.read_lag_ms as i64);
            state.stale = Some(Box::new(Stale { until, updated: state.updated, values: state.values.clone() }));
        }
        state.writes += 1;
        // Never the same second twice, so that each write can be seen to move the date.
        state.updated = (now.0 / 1000).max(state.updated + 1);
        for (column, value) in changes {
            if column == Column::Number {
                self.numbers.insert(value.clone(), place);
            }
            if let Some((_, old)) = state.values.iter_mut().find(|(c, _)| *c == column) {
                if column == Column::Number && *old != value {
                    self.numbers.remove(old);
                }
                *old = value;
            } else {
                state.values.reserve_exact(1);
                state.values.push((column, value));
            }
        }
    }
}

fn cleared(column: Column, rule: EmptyRule) -> Result<Option<Box<str>>, Refused> {
    match rule {
        EmptyRule::Keep => Ok(None),
        // A contact without a number cannot be called: no source says that it may be cleared.
        EmptyRule::Clear if column != Column::Number => Ok(Some("".into())),
        EmptyRule::Clear | EmptyRule::Refuse => Err(Refused::Invalid(column)),
    }
}

fn is_email(text: &str) -> bool {
    let blank = text.chars().any(char::is_whitespace);
    !blank && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
