//! What an exchange with the server proves (API 4, 5, 7): one total function.
//!
//! The transport status, the body's `http_code` and the item codes can all differ. The order of trust:
//!
//! 1. **Items decide** when the request was taken (2xx), when one of them is a success, or when the request
//!    was refused for good but each edit has its own item: they speak of contacts, the rest speaks of requests.
//! 2. Else **the status decides**: the transport's, unless that is a 2xx and the body tells of an error
//!    (a gateway that wraps a refusal in a 200). The difference is noted.
//! 3. A taken request without any item proves nothing: it is ambiguous, and may be sent again.
//!
//! An item is *updated* with code 200 and status `success`, *rejected* with an error code or status
//! `failure`; one that contradicts itself is *unknown*. Items are placed by `domain::align` alone.

use std::borrow::Cow;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};

use super::retry_after::{quota, retry_after};
use super::wire::{Answer, Contact, Item, Says, read_answer, read_shown};
use crate::domain::{
    AttemptResult, Batch, BatchItem, Doubt, Echo, Mark, Outcome, Quota, Refusal, Reply, Said, Stage, Status, align,
    echo,
};
use crate::support::clock::Timestamp;
use crate::support::text::counted;

mod page;
mod read;
pub use page::classify_page;
pub use read::classify_read;

/// How an exchange with the server went.
#[derive(Debug, Clone, Copy)]
pub enum Exchange<'a> {
    /// No connection: surely nothing was sent.
    NotConnected {
        /// Why, for people.
        reason: &'a str,
    },
    /// Perhaps sent, and no answer came.
    NoAnswer {
        /// Where it went wrong.
        stage: Stage,
        /// Why, for people.
        reason: &'a str,
    },
    /// An answer came.
    Answered {
        /// The status of the transport.
        status: u16,
        /// The headers.
        headers: &'a HeaderMap,
        /// The body, as far as it came.
        body: Body<'a>,
    },
}

/// The body of an answer.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It broke off, came too slowly, or was too large.
    Lost {
        /// Where it went wrong.
        stage: Stage,
        /// Why, for people.
        why: &'a str,
    },
}

/// Judges an exchange about a batch. Total over every status and every body.
pub fn classify(batch: &Batch, exchange: Exchange<'_>, now: Timestamp) -> Reply {
    judge(exchange, now, |told, body| answered(batch, told, body))
}

/// Answers from this length on take a while to judge. A refusal of a whole request is shorter, whatever status it hides
/// behind.
const LONG: usize = 16 << 10;

/// What the server still takes, where a long answer is here whole, to a request that was taken, and asks for no wait.
pub(super) fn long_and_taken(exchange: Exchange<'_>, now: Timestamp) -> Option<Quota> {
    match exchange {
        Exchange::Answered { status: 200..=299, headers, body: Body::Whole(bytes) }
            if bytes.len() >= LONG && !headers.contains_key(RETRY_AFTER) =>
        {
            Some(quota(headers, now))
        }
        _ => None,
    }
}

/// Judges an exchange; `answered` judges an answer whose body is whole.
fn judge(exchange: Exchange<'_>, now: Timestamp, answered: impl FnOnce(Told<'_>, &str) -> Reply) -> Reply {
    match exchange {
        Exchange::NotConnected { reason } => {
            let reason = format!("no connection: {reason}");
            unanswered(AttemptResult::Retryable { reason, after: None, unreachable: true })
        }
        Exchange::NoAnswer { stage, reason } => {
            let reason = format!("sent, and no answer came: {reason}");
            unanswered(AttemptResult::Ambiguous { stage, reason, after: None })
        }
        Exchange::Answered { status, headers, body } => {
            let told = Told { status, headers, after: retry_after(headers, now), quota: quota(headers, now) };
            match body {
                Body::Whole(bytes) => answered(told, &text(bytes)),
                Body::Lost { stage, why } => unread(told, stage, why),
            }
        }
    }
}

/// The body as text. Nearly every one is sound as it stands, which is sooner seen than mended.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// What an answer says beside its body.
#[derive(Clone, Copy)]
struct Told<'a> {
    status: u16,
    headers: &'a HeaderMap,
    after: Option<Duration>,
    quota: Quota,
}

fn unanswered(result: AttemptResult) -> Reply {
    Reply { result, http_status: None, request_id: None, quota: Quota::default(), notes: Vec::new() }
}

/// Judges an answer that has no readable body: its status is all there is.
fn unread(told: Told<'_>, stage: Stage, why: &str) -> Reply {
    let said = Said { description: Some(why.to_owned()), ..Said::default() };
    Reply {
        result: by_status(told, stage, said),
        http_status: Some(told.status),
        request_id: None,
        quota: told.quota,
        notes: Vec::new(),
    }
}

fn answered(batch: &Batch, told: Told<'_>, body: &str) -> Reply {
    let answer = match read_answer(body) {
        Ok(answer) => answer,
        Err(instead) => return unread(told, Stage::Unreadable, &instead),
    };
    let mut notes = Vec::new();
    let status = told_status(told.status, &answer, &mut notes);
    let result = if items_decide(batch, status, &answer.items) {
        note_counts(&answer, &mut notes);
        AttemptResult::Settled(settle(batch, &answer.items, &mut notes))
    } else {
        by_status(Told { status, ..told }, Stage::Unreadable, refusal_words(&answer))
    };
    Reply { result, http_status: Some(told.status), request_id: answer.request_id, quota: told.quota, notes }
}

/// The status that counts: the transport's, unless it is a 2xx and the body tells of an error.
fn told_status(status: u16, answer: &Answer<'_>, notes: &mut Vec<String>) -> u16 {
    let Some(http_code) = answer.http_code else {
        return status;
    };
    let body = u16::try_from(http_code).unwrap_or(0);
    if is_taken(status) && is_taken(body) || body == status {
        return status;
    }
    notes.push(format!("the answer came with HTTP {status}, and its http_code is {http_code}"));
    if is_taken(status) && (400..600).contains(&body) { body } else { status }
}

fn is_taken(status: u16) -> bool {
    (200..300).contains(&status)
}

fn items_decide(batch: &Batch, status: u16, items: &[Item<'_>]) -> bool {
    let one_each = items.len() == batch.items.len();
    !items.is_empty()
        && (is_taken(status)
            || items.iter().any(|item| item.says == Says::Success)
            || one_each && matches!(meaning(status), Meaning::Refused(Refusal::Whole | Refusal::Astray)))
}

/// What a status means for the request as a whole (API 7).
enum Meaning {
    Later,
    Perhaps,
    Refused(Refusal),
}

fn meaning(status: u16) -> Meaning {
    match status {
        429 | 503 => Meaning::Later,
        401..=403 => Meaning::Refused(Refusal::Stop),
        400 | 413 => Meaning::Refused(Refusal::Split),
        408 | 425 => Meaning::Perhaps,
        300..400 | 404..=406 | 410 | 415 | 421 | 426 => Meaning::Refused(Refusal::Astray),
        400..500 => Meaning::Refused(Refusal::Whole),
        // 5xx may have been taken before it failed. A 2xx comes here without outcomes.
        _ => Meaning::Perhaps,
    }
}

/// What the status says; `stage` is where a request that was taken went wrong, since no outcome came of it.
fn by_status(told: Told<'_>, stage: Stage, words: Said) -> AttemptResult {
    let Told { status, headers, after, .. } = told;
    let reason = reason(status, words.description.as_deref());
    match meaning(status) {
        Meaning::Later => AttemptResult::Retryable { reason, after, unreachable: false },
        Meaning::Perhaps => {
            let stage = if is_taken(status) { stage } else { Stage::Failed };
            AttemptResult::Ambiguous { stage, reason, after }
        }
        Meaning::Refused(kind) => {
            let description = if (300..400).contains(&status) {
                redirect(status, headers)
            } else {
                words.description.unwrap_or(reason)
            };
            let said = Said { code: Some(i64::from(status)), description: Some(description), ..words };
            AttemptResult::Refused { kind, said }
        }
    }
}

/// A status in words: `HTTP 502 Bad Gateway: an HTML page: …`.
fn reason(status: u16, description: Option<&str>) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    let mut reason = name.map_or_else(|| format!("HTTP {status}"), |name| format!("HTTP {status} {name}"));
    match description {
        Some(words) => {
            reason.push_str(": ");
            reason.push_str(words);
        }
        None if is_taken(status) => reason.push_str(": an answer without an outcome for any contact"),
        None => {}
    }
    reason
}

fn redirect(status: u16, headers: &HeaderMap) -> String {
    let to = headers.get(LOCATION).and_then(|l| l.to_str().ok()).unwrap_or("an address it does not name");
    format!(
        "HTTP {status} redirects to {to}; redirects are never followed, so check the region or base_url of the profile"
    )
}

/// What is said of a refused request: of it as a whole, else by its first item.
fn refusal_words(answer: &Answer<'_>) -> Said {
    match answer.items.first() {
        Some(item) if answer.error == Said::default() => item.said.clone(),
        _ => answer.error.clone(),
    }
}

/// One outcome for each edit of the batch.
fn settle(batch: &Batch, items: &[Item<'_>], notes: &mut Vec<String>) -> Vec<Outcome> {
    let sids: Vec<_> = batch.items.iter().map(|item| item.sid.as_str()).collect();
    let names: Vec<_> = items.iter().map(|item| item.contact.as_ref().and_then(Contact::sid)).collect();
    let marks: Vec<_> = items
        .iter()
        .zip(&names)
        .map(|(item, sid)| match item.says {
            Says::Failure => Mark::Failure,
            Says::Success | Says::Unclear => Mark::Anchor(sid.as_deref()),
        })
        .collect();
    let alignment = align(&sids, &marks);
    let doubt = alignment.doubt.map(say_doubt);
    let outcomes: Vec<_> = batch
        .items
        .iter()
        .zip(alignment.places)
        .map(|(edit, place)| match place.and_then(|index| items.get(index)) {
            Some(item) => outcome(edit, item),
            None => Outcome::undecided(Status::Unknown, None, doubt.clone().unwrap_or_default()),
        })
        .collect();
    notes.extend(doubt);
    outcomes
}

fn say_doubt(doubt: Doubt) -> String {
    match doubt {
        Doubt::Length { sent, got } => format!(
            "the answer has {} for {}, so not every item can be placed",
            counted(got as u64, "item"),
            counted(sent as u64, "edit")
        ),
        Doubt::Unnamed { index } => {
            format!("item {} of the answer does not name its contact, so not every item can be placed", index + 1)
        }
        Doubt::Elsewhere { index } => {
            format!(
                "item {} of the answer names another contact than was sent there, so its order proves nothing",
                index + 1
            )
        }
    }
}

fn outcome(edit: &BatchItem, item: &Item<'_>) -> Outcome {
    let item_json = Some(item.json.to_owned());
    let (status, echo, said) = match item.says {
        Says::Success => (Status::Updated, echo_of(edit, item), item.said.clone()),
        Says::Failure => (Status::Rejected, Echo::None, item.said.clone()),
        Says::Unclear => {
            let why = "the item of the answer contradicts itself or says too little".to_owned();
            (Status::Unknown, Echo::None, Said { description: Some(why), ..item.said.clone() })
        }
    };
    Outcome { status, said, echo, item: item_json }
}

fn echo_of(edit: &BatchItem, item: &Item<'_>) -> Echo {
    match &item.contact {
        Some(contact) if !contact.is_bare() => echo(&edit.changes, |field| contact.field(field)),
        _ => Echo::Missing,
    }
}

/// Notes where the server's counts are not those of its items.
fn note_counts(answer: &Answer<'_>, notes: &mut Vec<String>) {
    let count = |says: Says| answer.items.iter().filter(|item| item.says == says).count() as i64;
    let total = answer.items.len() as i64;
    let success = count(Says::Success);
    let told = answer.metadata;
    let counts =
        [("total", told.total, total), ("success", told.success, success), ("failed", told.failed, total - success)];
    for (name, told, counted) in counts {
        if let Some(told) = told.filter(|told| *told != counted) {
            notes.push(format!("metadata says {name} {told}, but the items make it {counted}; the items count"));
        }
    }
}

#[cfg(test)]
mod tests;
