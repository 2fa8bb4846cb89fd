//! Everything the address book knows of a contact, as lines of text with a meaning.

use super::detail::{Line, Tone, in_run, json_lines};
use super::model::Model;
use super::triage::ContactHistory;
use crate::domain::Field;
use crate::store::BookContact;
use crate::support::clock::{Timestamp, human_age};
use crate::support::text::harmless;

/// The contact under the cursor.
pub(super) fn lines(model: &Model) -> Vec<Line> {
    let Some(row) = model.contacts.grid.current() else { return vec![(Tone::Dim, String::from("no contact here"))] };
    let contact = &row.contact;
    let mut lines = vec![named("sid", contact.sid.as_str())];
    for (field, value) in contact.values() {
        match value {
            "" => lines.push((Tone::Dim, format!("{:<14}(empty)", field.name()))),
            json if field == Field::CustomField => {
                lines.push((Tone::Plain, String::from(field.name())));
                lines.extend(json_lines(json));
            }
            value => lines.push(named(field.name(), value)),
        }
    }
    lines.extend(ages(model, row));
    if let Some(extra) = &contact.extra {
        lines.push((Tone::Heading, String::from("other fields of the server's")));
        lines.extend(json_lines(extra));
    }
    lines.extend(history(model, row));
    lines
}

/// When it came, changed, was seen, and went. The server's own dates stand as it writes them.
fn ages(model: &Model, row: &BookContact) -> Vec<Line> {
    let now = model.contacts.book.as_ref().map(|(_, at)| *at);
    let ago = |at: Timestamp| now.map_or_else(|| at.local_minute(), |now| human_age(now.since(at)));
    let mut lines = Vec::new();
    lines.extend(row.contact.created.as_deref().map(|at| named("created", at)));
    lines.extend(row.contact.updated.as_deref().map(|at| named("changed", at)));
    lines.push(named("seen", &ago(row.seen)));
    lines.extend(row.gone.map(|at| (Tone::Warn, format!("{:<14}from the server; found so {}", "gone", ago(at)))));
    lines
}

/// What runs did to it, the newest first, once they are read.
fn history(model: &Model, row: &BookContact) -> Vec<Line> {
    let known = model.contact_history.as_ref().filter(|known| known.sid == row.contact.sid);
    let Some(ContactHistory { runs: Some(runs), .. }) = known else { return Vec::new() };
    let heading = if runs.is_empty() { "no run has changed it" } else { "the contact in runs" };
    let lines = runs.iter().map(|(run, row)| in_run(*run, row));
    std::iter::once((Tone::Heading, String::from(heading))).chain(lines).collect()
}

fn named(name: &str, value: &str) -> Line {
    (Tone::Plain, format!("{name:<14}{}", harmless(value)))
}
