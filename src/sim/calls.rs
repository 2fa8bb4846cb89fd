//! The calls of the API: updates of many and of one, reads, and the lists.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;

use super::answer::{Items, Said};
use super::body::{self, Item, Unreadable};
use super::book::{Book, Column, Contact, Place, Refused};
use super::people::uri_hex;
use super::routes::{Answer, Exchange};
use super::scenario::{ContactAct, CustomKey, OddItem};
use crate::support::clock::now;
use crate::support::rng::hash_text;

/// The most that a page of a list holds.
const PAGE: u64 = 20;
/// The lists of the account. Contact `i` is in list `i` modulo this.
const LISTS: u64 = 5;
/// Keeps the SIDs of lists apart from those of contacts.
const LIST_SALT: u64 = 0x0115_7000;

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
        Ok(Call::Contacts) => page(exchange, contacts_page),
        Ok(Call::Lists) => page(exchange, lists_page),
        Ok(Call::ContactsOf(list)) => match (0..LISTS).find(|k| list_sid(*k) == list) {
            Some(k) => page(exchange, |book, items, asked| list_page(book, items, asked, k)),
            None => exchange.refuse(&Said::new(404, 1000, "List not found", "Not Found")),
        },
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

/// What a list call asks for. `list_sids` and `filter` are accepted and do nothing.
struct Asked {
    offset: u64,
    limit: u64,
    newest_first: bool,
    name: Option<String>,
}

impl Asked {
    fn of(exchange: &Exchange<'_>) -> Result<Self, Said<'static>> {
        let invalid = |name: &str| Said::new(400, 1002, format!("Invalid parameter: {name}"), "Invalid Parameter");
        let Query(query) = Query::<HashMap<String, String>>::try_from_uri(&exchange.parts.uri)
            .map_err(|_| Said::new(400, 1002, "Invalid parameter: query", "Invalid Parameter"))?;
        let number = |name: &str, default: u64| match query.get(name) {
            Some(text) => text.parse().map_err(|_| invalid(name)),
            None => Ok(default),
        };
        let newest_first = match query.get("sort_by").map(String::as_str) {
            None | Some("date_created:asc") => false,
            Some("date_created:desc") => true,
            Some(_) => return Err(invalid("sort_by")),
        };
        Ok(Self {
            offset: number("offset", 0)?,
            limit: number("limit", PAGE)?.min(PAGE),
            newest_first,
            name: query.get("name").map(|n| n.to_lowercase()),
        })
    }

    /// Whether a name was asked for and this contact does not have it.
    fn leaves_out(&self, contact: &Contact<'_>) -> bool {
        let (first, last) = (contact.values.get(Column::FirstName), contact.values.get(Column::LastName));
        self.name.as_ref().is_some_and(|name| !format!("{first} {last}").to_lowercase().contains(name))
    }

    /// Writes the contacts at these places that the page asked for holds.
    fn write(&self, items: &mut Items, book: &Book, count: u64, place: impl Fn(u64) -> Option<Place>) {
        let now = now();
        // With no name to compare, the offset can be jumped to.
        let jump = if self.name.is_some() { 0 } else { self.offset.min(count) };
        let positions = (jump..count).map(|p| if self.newest_first { count - 1 - p } else { p });
        let found = positions.filter_map(place).map(|p| book.read(p, now)).filter(|c| !self.leaves_out(c));
        for contact in found.skip((self.offset - jump) as usize).take(self.limit as usize) {
            items.success(&contact, None);
        }
    }
}

fn page(exchange: &Exchange<'_>, fill: impl FnOnce(&Book, &mut Items, &Asked)) -> Answer {
    let asked = match Asked::of(exchange) {
        Ok(asked) => asked,
        Err(said) => return exchange.refuse(&said),
    };
    let mut items = Items::new(exchange.style(), PAGE as usize);
    fill(&exchange.server.book(), &mut items, &asked);
    Answer::json(200, items.envelope(&exchange.head, 200, &exchange.acts, exchange.dice))
}

fn contacts_page(book: &Book, items: &mut Items, asked: &Asked) {
    asked.write(items, book, book.len(), |p| book.at(p));
}

/// Contact `i` is at position `i + 1` of the book, behind the vendor's, which is in no list.
fn list_page(book: &Book, items: &mut Items, asked: &Asked, list: u64) {
    let count = (book.len() - 1).saturating_sub(list).div_ceil(LISTS);
    asked.write(items, book, count, |p| book.at(1 + list + p * LISTS));
}

fn lists_page(_: &Book, items: &mut Items, asked: &Asked) {
    for k in (0..LISTS).skip(asked.offset as usize).take(asked.limit as usize) {
        let (sid, name) = (list_sid(k), format!("List {}", k + 1));
        items.success_raw(&format!(r#"{{"sid":"{sid}","name":"{name}","tag":"demo"}}"#));
    }
}

fn list_sid(k: u64) -> String {
    uri_hex(LIST_SALT + k)
}
