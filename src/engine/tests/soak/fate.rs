//! What the server did with every edit that it was sent, whatever it said of it.

use std::collections::BTreeMap;

use crate::domain::{Change, Changes, Field, Sid};

/// What became of one edit of a run at the server.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    /// Requests that carried it.
    pub(super) sent: u32,
    /// Whether it was taken.
    pub(super) applied: bool,
    /// Whether an answer said so, in an item that names it.
    pub(super) told: bool,
    /// The words of a refusal of it alone.
    pub(super) refusal: Option<String>,
    /// The words of every refusal of a request that carried it.
    pub(super) refused_with: Vec<String>,
    /// Whether an answer was lost, or could not be read in full.
    pub(super) doubt: bool,
}

/// The contacts as the server has them.
#[derive(Debug, Default)]
pub(super) struct Book(BTreeMap<Sid, BTreeMap<Field, String>>);

impl Book {
    pub(super) fn field(&self, sid: &Sid, field: Field) -> &str {
        self.0.get(sid).and_then(|contact| contact.get(&field)).map_or("", String::as_str)
    }

    /// Makes the changes, but for the fields that this server does not change.
    pub(super) fn apply(&mut self, sid: &Sid, changes: &Changes, keeps: impl Fn(Field) -> bool) {
        let contact = self.0.entry(sid.clone()).or_default();
        for (field, change) in changes.iter().filter(|(field, _)| !keeps(*field)) {
            match change {
                Change::Set(value) => contact.insert(field, value.clone()),
                Change::Clear => contact.remove(&field),
            };
        }
    }

    /// The contact as JSON.
    pub(super) fn json(&self, sid: &Sid) -> String {
        let mut json = format!("{{\"sid\":\"{sid}\"");
        for (field, value) in self.0.get(sid).into_iter().flatten() {
            let quote = if *field == Field::CustomField { "" } else { "\"" };
            json += &format!(",\"{field}\":{quote}{value}{quote}");
        }
        json + "}"
    }

    /// Whether it holds what these changes want of a field.
    pub(super) fn has(&self, sid: &Sid, field: Field, change: &Change) -> bool {
        self.field(sid, field) == change.value().unwrap_or_default()
    }
}
