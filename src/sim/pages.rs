//! Pages: the contacts of the account or of a list, and the lists.

use std::collections::HashMap;

use axum::extract::Query;

use super::answer::{Items, Said};
use super::book::{Book, Column, Contact, Place};
use super::people::uri_hex;
use super::routes::{Answer, Exchange};
use super::scenario::{PageItems, SortBy};
use crate::support::clock::{Timestamp, now};

/// The lists of the account. Contact `i` is in list `i` modulo this.
const LISTS: u64 = 5;
/// Keeps the SIDs of lists apart from those of contacts.
const LIST_SALT: u64 = 0x0115_7000;

/// What a page is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Created,
    Updated,
}

/// What a page is asked for.
struct Asked {
    offset: u64,
    limit: u64,
    order: Order,
    newest_first: bool,
    name: Option<String>,
    /// The lists whose contacts are wanted, by number; without any, all contacts.
    lists: Vec<u64>,
    shows_lists: bool,
}

impl Asked {
    fn of(exchange: &Exchange<'_>) -> Result<Self, Said<'static>> {
        let invalid = |name: &str| Said::new(400, 1002, format!("Invalid parameter: {name}"), "Invalid Parameter");
        let Query(query) =
            Query::<HashMap<String, String>>::try_from_uri(&exchange.parts.uri).map_err(|_| invalid("query"))?;
        let dialect = &exchange.server.dialect;
        let number = |name: &str, default: u64| match query.get(name) {
            Some(text) => text.parse().map_err(|_| invalid(name)),
            None => Ok(default),
        };
        let (order, newest_first) = match query.get("sort_by").map(String::as_str) {
            None | Some("date_created:asc") => (Order::Created, false),
            Some("date_created:desc") => (Order::Created, true),
            Some("date_updated:asc") if dialect.sort_by == SortBy::Updated => (Order::Updated, false),
            Some("date_updated:desc") if dialect.sort_by == SortBy::Updated => (Order::Updated, true),
            Some(_) => return Err(invalid("sort_by")),
        };
        let lists = query.get("list_sids").map_or_else(Vec::new, |sids| sids.split(',').collect());
        let lists = lists.into_iter().map(|sid| list_of_sid(sid).ok_or_else(|| invalid("list_sids")));
        Ok(Self {
            offset: number("offset", 0)?,
            limit: number("limit", dialect.page_size)?.min(dialect.page_size),
            order,
            newest_first,
            name: query.get("name").map(|n| n.to_lowercase()),
            lists: lists.collect::<Result<_, _>>()?,
            shows_lists: query.get("filter").is_some_and(|f| f == "show_list"),
        })
    }

    /// Whether the offset can be jumped to, since every contact is on some page and their order is the book's.
    fn takes_all(&self) -> bool {
        self.name.is_none() && self.lists.is_empty() && self.order == Order::Created
    }

    /// Whether the contact is on some page.
    fn takes(&self, book: &Book, place: Place, contact: &Contact<'_>) -> bool {
        let (first, last) = (contact.values.get(Column::FirstName), contact.values.get(Column::LastName));
        let named = |name: &String| format!("{first} {last}").to_lowercase().contains(name);
        let listed = || book.list_of(place, LISTS).is_some_and(|list| self.lists.contains(&list));
        self.name.as_ref().is_none_or(named) && (self.lists.is_empty() || listed())
    }

    /// The contacts of the page, in its order.
    fn page<'b>(&self, book: &'b Book, now: Timestamp) -> Vec<(Place, Contact<'b>)> {
        let count = book.len();
        let jump = if self.takes_all() { self.offset.min(count) } else { 0 };
        let positions = (jump..count).map(|p| if self.newest_first { count - 1 - p } else { p });
        let found = positions.filter_map(|p| book.at(p)).map(|p| (p, book.read(p, now)));
        let found = found.filter(|(place, contact)| self.takes(book, *place, contact));
        let (skipped, limit) = ((self.offset - jump) as usize, self.limit as usize);
        if self.order == Order::Created {
            return found.skip(skipped).take(limit).collect();
        }
        let mut all: Vec<_> = found.collect();
        // The sort is stable, so contacts changed in the same second stay in the order of the book.
        all.sort_by_key(|(_, contact)| if self.newest_first { -contact.updated } else { contact.updated });
        all.into_iter().skip(skipped).take(limit).collect()
    }
}

/// A page of the account's contacts, or of those of a list.
pub(super) fn contacts(exchange: &Exchange<'_>, list: Option<&str>) -> Answer {
    let mut asked = match Asked::of(exchange) {
        Ok(asked) => asked,
        Err(said) => return exchange.refuse(&said),
    };
    if let Some(sid) = list {
        let Some(list) = list_of_sid(sid) else {
            return exchange.refuse(&Said::new(404, 1000, "List not found", "Not Found"));
        };
        asked.lists = vec![list];
    }
    let mut book = exchange.server.book();
    let mut items = Items::new(exchange.style(), asked.limit as usize);
    let is_bare = exchange.server.dialect.page_items == PageItems::Bare;
    for (place, contact) in asked.page(&book, now()) {
        let lists = asked.shows_lists.then(|| lists_json(book.list_of(place, LISTS)));
        items.listed(&contact, lists.as_deref(), is_bare);
    }
    book.turn_page();
    Answer::json(200, items.envelope(&exchange.head, 200, &exchange.acts, exchange.dice))
}

/// A page of the account's lists.
pub(super) fn lists(exchange: &Exchange<'_>) -> Answer {
    let asked = match Asked::of(exchange) {
        Ok(asked) => asked,
        Err(said) => return exchange.refuse(&said),
    };
    let mut items = Items::new(exchange.style(), LISTS as usize);
    for list in (0..LISTS).skip(asked.offset as usize).take(asked.limit as usize) {
        items.success_raw(&list_json(list));
    }
    Answer::json(200, items.envelope(&exchange.head, 200, &exchange.acts, exchange.dice))
}

fn lists_json(list: Option<u64>) -> String {
    format!("[{}]", list.map(list_json).unwrap_or_default())
}

fn list_json(list: u64) -> String {
    format!(r#"{{"sid":"{}","name":"List {}","tag":"demo"}}"#, list_sid(list), list + 1)
}

fn list_sid(list: u64) -> String {
    uri_hex(LIST_SALT + list)
}

fn list_of_sid(sid: &str) -> Option<u64> {
    (0..LISTS).find(|list| list_sid(*list) == sid)
}
