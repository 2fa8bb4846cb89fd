//! What the answer to the read of one contact proves about an edit whose outcome is unknown (SPEC 9).
//!
//! It settles the edit only when it shows the contact that was asked for, or says of that contact that it does not
//! exist: then the outcome is *updated* or *not sent*, with the item of the answer. Whatever else comes leaves the edit
//! unknown, at once or after another try.

use super::{
    Answer, AttemptResult, BatchItem, Contact, Echo, Exchange, Item, Outcome, Refusal, Reply, Said, Says, Stage,
    Status, Timestamp, Told, by_status, echo_of, is_taken, judge, read_answer, read_shown, refusal_words, told_status,
    unread,
};
use crate::domain::Difference;
use crate::support::text::{counted, truncate};

/// Fields that are named in what was read.
const NAMED: usize = 3;
/// Columns that a value takes there.
const VALUE: usize = 40;

/// Judges an exchange that read the contact of an edit back. Total over every status and every body. A reply that
/// settles has one outcome.
pub fn classify_read(edit: &BatchItem, exchange: Exchange<'_>, now: Timestamp) -> Reply {
    let reply = judge(exchange, now, |told, body| answered(edit, told, body));
    match reply.result {
        // A refusal of the read says nothing of the edit, and the same read would be refused again.
        AttemptResult::Refused { kind: Refusal::Split | Refusal::Whole | Refusal::Astray, said } => {
            let outcome = Outcome { said, ..Outcome::undecided(Status::Unknown, None, "") };
            Reply { result: AttemptResult::Settled(vec![outcome]), ..reply }
        }
        _ => reply,
    }
}

fn answered(edit: &BatchItem, told: Told<'_>, body: &str) -> Reply {
    let answer = match read_answer(body) {
        Ok(answer) => answer,
        Err(instead) => return unread(told, Stage::Unreadable, &instead),
    };
    let mut notes = Vec::new();
    let status = told_status(told.status, &answer, &mut notes);
    let bare = read_shown(body).filter(|item| item.contact.as_ref().is_some_and(|contact| contact.sid().is_some()));
    let result = judge_item(edit, Told { status, ..told }, &answer, bare.as_ref());
    Reply { result, http_status: Some(told.status), request_id: answer.request_id, quota: told.quota, notes }
}

fn judge_item(edit: &BatchItem, told: Told<'_>, answer: &Answer<'_>, bare: Option<&Item<'_>>) -> AttemptResult {
    match answer.items.as_slice() {
        // A contact may have a `status` of its own, and then looks like an item that says too little.
        [] | [Item { says: Says::Unclear, .. }]
            if is_taken(told.status)
                && let Some(item) = bare =>
        {
            shown(edit, item)
        }
        [item] if item.says == Says::Success && is_taken(told.status) => shown(edit, item),
        [item] if is_gone(item) && (is_taken(told.status) || told.status == 404) => gone(item),
        _ => by_status(told, Stage::Unreadable, refusal_words(answer)),
    }
}

/// The contact as it is now, beside what the edit wanted.
fn shown(edit: &BatchItem, item: &Item<'_>) -> AttemptResult {
    let names_it = |contact: &Contact<'_>| contact.sid().is_some_and(|sid| sid == edit.sid.as_str());
    if !item.contact.as_ref().is_some_and(|contact| names_it(contact) && !contact.is_bare()) {
        let reason = "the answer does not show the contact that was asked for".to_owned();
        return AttemptResult::Ambiguous { stage: Stage::Unreadable, reason, after: None };
    }
    let echo = echo_of(edit, item);
    let (status, description) = match &echo {
        Echo::Differs(differences) => (Status::NotSent, as_read(differences)),
        _ => (Status::Updated, "read back: as wanted".to_owned()),
    };
    let said = Said { description: Some(description), ..item.said.clone() };
    AttemptResult::Settled(vec![Outcome { status, said, echo, item: Some(item.json.to_owned()) }])
}

/// What was read where it is not what was wanted: `first_name is "Asha", tag is empty`.
fn as_read(differences: &[Difference]) -> String {
    let one = |d: &Difference| match d.got.as_deref() {
        None | Some("") => format!("{} is empty", d.field),
        Some(got) => format!("{} is {:?}", d.field, truncate(got, VALUE)),
    };
    let mut words: Vec<_> = differences.iter().take(NAMED).map(one).collect();
    if differences.len() > NAMED {
        words.push(format!("and {} more", counted((differences.len() - NAMED) as u64, "field")));
    }
    format!("read back: {}", words.join(", "))
}

fn is_gone(item: &Item<'_>) -> bool {
    item.says == Says::Failure && item.said.code == Some(404)
}

/// No such contact; or no such account, which every other read would be told as well.
fn gone(item: &Item<'_>) -> AttemptResult {
    let words = item.said.description.as_deref().unwrap_or_default();
    if words.to_ascii_lowercase().contains("account") {
        return AttemptResult::Refused { kind: Refusal::Stop, said: item.said.clone() };
    }
    let said = Said { description: Some("read back: the contact was not found".to_owned()), ..item.said.clone() };
    let item = Some(item.json.to_owned());
    AttemptResult::Settled(vec![Outcome { said, item, ..Outcome::undecided(Status::NotSent, None, "") }])
}

#[cfg(test)]
mod tests;
