//! The calls of the API: updates of many and of one, and reads of one. `pages` has the lists.

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;

use super::answer::{Items, Said};
use super::body::{self, Item, Unreadable};
use super::book::{Book, Column, Refused};
use super::pages;
use super::people::uri_hex;
use super::routes::{Answer, Exchange};
use super::scenario::{ContactAct, CustomKey, OddItem};
use crate::support::clock::now;
use crate::support::rng::hash_text;

/// A call, by method and path below the account.
enum Call<'a> {
    UpdateMany,
    UpdateOne(&'a str),
    GetOne(&'a str),
    Contacts,
    Lists,
    ContactsOf(&'a str),
}

/// Performs the call that the request makes.
pub(super) fn perform(exchange: &mut Exchange<'_>) -> Answer {
    match call(exchange) {
        Err(said) => exchange.refuse(&said),
        Ok(Call::UpdateMany) => update_many(exchange),
        Ok(Call::UpdateOne(sid)) => update_one(exchange, sid),
        Ok(Call::GetOne(sid)) => get_one(exchange, sid),
        Ok(Call::Contacts) => pages::contacts(exchange, None),
        Ok(Call::Lists) => pages::lists(exchange),
        Ok(Call::ContactsOf(list)) => pages::contacts(exchange, Some(list)),
    }
}

fn call<'a>(exchange: &Exchange<'a>) -> Result<Call<'a>, Said<'static>> {
    let path = exchange.parts.uri.path().trim_start_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let ["v2", accounts, account, rest @ ..] = segments.as_slice() else {
        return Err(Said::new(404, 1000, "Resource not found", "Not Found"));
    };
    // The vendor's own samples write both `accounts` and `Accounts`.
    if !accounts.eq_ignore_ascii_case("accounts") || *account != exchange.server.account {
        return Err(Said::new(404, 1000, "Account not found", "Not Found"));
    }
    let method = &exchange.parts.method;
    match (rest, method == Method::PUT, method == Method::GET) {
        (["contacts"], true, _) => Ok(Call::UpdateMany),
        (["contacts", sid], true, _) => Ok(Call::UpdateOne(sid)),
        (["contacts", sid], _, true) => Ok(Call::GetOne(sid)),
        (["contacts"], _, true) => Ok(Call::Contacts),
        (["lists"], _, true) => Ok(Call::Lists),
        (["lists", list, "contacts"], _, true) => Ok(Call::ContactsOf(list)),
        (["contacts" | "lists", ..], ..) => Err(Said::new(405, 1004, "Method is not supported", "Method Not Allowed")),
        _ => Err(Said::new(404, 1000, "Resource not found", "Not Found")),
    }
}

fn update_many(exchange: &mut Exchange<'_>) -> Answer {
    let read = json_body(exchange).and_then(|body| Ok(body::read_many(body)?));
    let mut items = match read {
        Ok(items) => items,
        Err(said) => return exchange.refuse(&said),
    };
    let most = exchange.server.dialect.max_contacts;
    if items.len() > most {
        let description = format!("Invalid parameter: contacts (at most {most} in one request)");
        let status = exchange.server.dialect.max_contacts_status;
        return exchange.refuse(&Said::new(status, 1002, description, "Invalid Parameter"));
    }
    match update(exchange, &mut items) {
        Ok(done) => {
            let body = done.envelope(&exchange.head, 207, &exchange.acts, exchange.dice);
            Answer::json(exchange.server.dialect.bulk_status, body)
        }
        Err(said) => exchange.refuse(&said),
    }
}

fn update_one(exchange: &mut Exchange<'_>, sid: &str) -> Answer {
    let read = json_body(exchange).and_then(|body| Ok(body::read_one(body)?));
    let updated = read.and_then(|mut item| {
        item.sid = Some(sid.into());
        update(exchange, &mut [item])
    });
    match updated {
        Ok(done) => Answer::json(done.status(), done.single(&exchange.head, done.status())),
        Err(said) => exchange.refuse(&said),
    }
}

fn json_body<'a>(exchange: &Exchange<'a>) -> Result<&'a [u8], Said<'static>> {
    let content_type = exchange.parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = content_type.split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(exchange.body);
    }
    Err(Said::new(415, 1011, "Unsupported content type", "Unsupported Media Type"))
}

impl From<Unreadable> for Said<'static> {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::NoContacts => Said::new(400, 1001, "Contacts is mandatory", "Missing Mandatory Parameter"),
            Unreadable::Broken(detail) => {
                let description = format!("Request body could not be parsed: {detail}");
                Said::new(400, 1007, description, "Invalid Request Body")
            }
        }
    }
}

/// Changes the contacts one by one, as the faults allow; an error sinks them all unchanged.
fn update(exchange: &mut Exchange<'_>, items: &mut [Item<'_>]) -> Result<Items, Said<'static>> {
    let server = exchange.server;
    exchange.arrived.entry.edits = items.len() as u64;
    if server.dialect.custom_key == CustomKey::Custom {
        items.iter_mut().for_each(Item::read_custom);
    }
    let mut acts = Vec::new();
    if server.faults.any_of_contacts() {
        acts = server.faults.of_contacts(exchange.visit.number, items.iter().map(|i| i.sid.as_deref().unwrap_or("")));
    }
    for act in acts.iter().flatten() {
        exchange.arrived.fault(act.name());
    }
    if acts.iter().flatten().any(|a| **a == ContactAct::Poison) {
        return Err(Said::new(400, 1007, "Request body could not be parsed", "Invalid Request Body"));
    }
    let mut done = Items::new(exchange.style(), items.len());
    let now = now();
    let mut book = server.book();
    for (i, item) in items.iter_mut().enumerate() {
        let acts = acts.get(i).map_or(&[][..], Vec::as_slice);
        if let Some(said) = acts.iter().find_map(|act| rejection(act)) {
            done.failure(&said, None);
            continue;
        }
        for act in acts {
            forget_ignored(act, item);
        }
        match book.update(item, now) {
            Ok(place) => {
                exchange.arrived.entry.applied += 1;
                let foreign = acts.contains(&&ContactAct::ForeignSid).then(|| foreign_sid(item));
                match acts.iter().find_map(|act| odd(act)) {
                    Some(odd) => done.odd(&book.contact(place), odd),
                    None => done.success(&book.contact(place), foreign.as_deref()),
                }
            }
            Err(refused) => fail(&mut done, &book, &refused),
        }
    }
    Ok(done)
}

fn rejection(act: &ContactAct) -> Option<Said<'_>> {
    match act {
        ContactAct::Reject(r) => Some(Said::new(r.code, r.error_code, r.description.as_str(), &r.message)),
        _ => None,
    }
}

fn odd(act: &ContactAct) -> Option<OddItem> {
    match act {
        ContactAct::Odd(odd) => Some(*odd),
        _ => None,
    }
}

fn forget_ignored(act: &ContactAct, item: &mut Item<'_>) {
    if let ContactAct::Ignore { fields } = act {
        for column in fields.as_deref().unwrap_or(&Column::ALL) {
            item.forget(*column);
        }
    }
}

/// A SID like any other that belongs to no contact.
fn foreign_sid(item: &Item<'_>) -> String {
    uri_hex(hash_text(item.sid.as_deref().unwrap_or("")))
}

fn fail(done: &mut Items, book: &Book, refused: &Refused) {
    match refused {
        Refused::NotFound => done.failure(&Said::new(404, 1000, "Contact not found", "Not Found"), None),
        Refused::NoSid => done.failure(&Said::new(400, 1001, "Sid is mandatory", "Missing Mandatory Parameter"), None),
        Refused::Invalid(column) => {
            let description = format!("Invalid parameter: {}", column.name());
            done.failure(&Said::new(400, 1002, description, "Invalid Parameter"), None);
        }
        Refused::Taken(holder) => {
            done.failure(&Said::new(409, 1008, "Duplicate contact", "Conflict"), Some(&book.contact(*holder)));
        }
    }
}

fn get_one(exchange: &Exchange<'_>, sid: &str) -> Answer {
    let book = exchange.server.book();
    let mut items = Items::new(exchange.style(), 1);
    match book.find(sid) {
        Some(place) => items.success(&book.read(place, now()), None),
        None => fail(&mut items, &book, &Refused::NotFound),
    }
    Answer::json(items.status(), items.single(&exchange.head, items.status()))
}
