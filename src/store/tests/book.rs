//! The address book: what a pull keeps, what it must not miss, and who has a number.

use std::ops::ControlFlow;

use super::*;
use crate::domain::{Contact, Filter, FilterRow, Found, ListName};
use crate::support::clock::{self, Timestamp};

fn name() -> BookName {
    BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() }
}

fn contact(sid: &str, fields: &[(Field, &str)]) -> Contact {
    let mut contact = Contact::new(Sid::new(sid));
    for (field, value) in fields {
        contact.put(*field, value);
    }
    contact
}

/// A page at this place of contacts of these names.
fn page(at: u64, sids: &[&str]) -> Page {
    let contacts = sids.iter().map(|sid| contact(sid, &[(Field::FirstName, sid)])).collect();
    // A moment ago: what was seen in the millisecond in which a later pull starts counts as seen during it.
    let seen = Timestamp(clock::now().0 - 1);
    Page { is_first: at == 0, next: at + sids.len() as u64 - 1, seen, contacts }
}

/// Whether a page joined, and how many of its contacts were new.
async fn joined(pull: &Pull, page: Page) -> (bool, u64) {
    let joined = pull.page(page).await.unwrap();
    (joined.joined, joined.new)
}

/// The contacts of the book, `-` before those that are gone.
fn book(store: &Store) -> String {
    let reader = store.reader().unwrap();
    let mut sids = Vec::new();
    if let Some(book) = reader.book(&name()).unwrap() {
        reader
            .each_contact(book, |c| {
                sids.push(format!("{}{}", if c.gone.is_some() { "-" } else { "" }, c.contact.sid));
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    sids.join(" ")
}

async fn keep(store: &Store, contacts: Vec<Contact>, seen: i64) -> u64 {
    store.keep_contacts(name(), contacts, Timestamp(seen), "IN".into()).await.unwrap()
}

#[tokio::test]
async fn a_pull_keeps_each_contact_once_and_marks_what_it_does_not_come_by() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store.begin_pull(name(), None, "IN").await.unwrap();
    assert_eq!(joined(&first, page(0, &["a", "b", "c"])).await, (true, 3));
    assert_eq!(joined(&first, page(2, &["c", "d"])).await, (true, 1));
    let done = first.finish().await.unwrap();
    assert_eq!((done.contacts, done.added, done.changed, done.gone, done.pages), (4, 4, 0, 0, 2));

    let second = store.begin_pull(name(), None, "IN").await.unwrap();
    second.page(page(0, &["a", "c", "e"])).await.unwrap();
    let done = second.finish().await.unwrap();
    assert_eq!((done.contacts, done.added, done.gone), (3, 1, 2));
    assert_eq!(book(&store), "a -b c -d e");

    let third = store.begin_pull(name(), None, "IN").await.unwrap();
    third.page(page(0, &["a", "b", "c", "e"])).await.unwrap();
    third.finish().await.unwrap();
    assert_eq!(book(&store), "a b c -d e", "one that is there again is not gone");
}

#[tokio::test]
async fn a_page_that_does_not_join_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let pull = store.begin_pull(name(), None, "IN").await.unwrap();
    pull.page(page(0, &["a", "b"])).await.unwrap();
    assert_eq!(joined(&pull, page(1, &["d", "e"])).await, (false, 0));
    assert_eq!(book(&store), "a b");
    assert_eq!(joined(&pull, page(1, &[])).await, (false, 0), "nor an empty one");
}

#[tokio::test]
async fn a_pull_that_was_cut_short_is_gone_on_with_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let pull = store.begin_pull(name(), None, "IN").await.unwrap();
    pull.page(page(0, &["a", "b"])).await.unwrap();
    drop((pull, store));

    let store = open(dir.path());
    let cut = store.reader().unwrap().unfinished_pull(&name(), None).unwrap().unwrap();
    assert_eq!((cut.at, cut.contacts), (1, 2));
    let pull = store.resume_pull(&cut, "IN").unwrap();
    assert_eq!(joined(&pull, page(1, &["b", "c"])).await, (true, 1));
    assert_eq!(pull.finish().await.unwrap().contacts, 3);
    assert_eq!(store.reader().unwrap().unfinished_pull(&name(), None).unwrap(), None);
}

#[tokio::test]
async fn a_new_pull_leaves_the_unfinished_one_and_its_marks() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store.begin_pull(name(), None, "IN").await.unwrap();
    first.page(page(0, &["a", "b"])).await.unwrap();
    let second = store.begin_pull(name(), None, "IN").await.unwrap();
    let open = store.reader().unwrap().unfinished_pull(&name(), None).unwrap().unwrap();
    assert_eq!((open.id, open.at), (second.id(), 0));
    assert!(!second.page(page(1, &["b", "c"])).await.unwrap().joined, "what another pull saw joins nothing");
}

#[tokio::test]
async fn a_list_has_marks_of_its_own_and_makes_nobody_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let whole = store.begin_pull(name(), None, "IN").await.unwrap();
    whole.page(page(0, &["a", "b", "c"])).await.unwrap();
    whole.finish().await.unwrap();
    let list = ListName { sid: Sid::new("l"), name: "Leads".into() };
    let pull = store.begin_pull(name(), Some(list.clone()), "IN").await.unwrap();
    assert_eq!(pull.summary().unwrap().list, Some(list.sid.clone()));
    assert!(!pull.page(page(1, &["b"])).await.unwrap().joined, "the whole book's marks join nothing here");
    assert_eq!(pull.page(page(0, &["a", "b"])).await.unwrap().new, 2);
    assert_eq!(pull.finish().await.unwrap().contacts, 2);
    assert_eq!(book(&store), "a b c");
}

#[tokio::test]
async fn an_older_answer_does_not_take_back_what_a_newer_one_said() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let at = |updated: &str, tag: &str| {
        let mut contact = contact("a", &[(Field::Tag, tag)]);
        contact.updated = Some(updated.into());
        contact
    };
    let (old, new) = (at("2026-01-01T00:00:00Z", "old"), at("2026-01-01T00:00:09Z", "new"));
    assert_eq!(keep(&store, vec![old.clone()], 1).await, 1);
    assert_eq!(keep(&store, vec![new.clone()], 2).await, 1);
    assert_eq!(keep(&store, vec![old], 3).await, 0, "a read that lags");
    let reader = store.reader().unwrap();
    let book = reader.book(&name()).unwrap().unwrap();
    let kept = reader.contact(book, &Sid::new("a")).unwrap().unwrap();
    assert_eq!((kept.contact, kept.seen), (new, Timestamp(2)));
}

#[tokio::test]
async fn none_one_and_several_are_three_answers() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let contacts = vec![
        contact("a", &[(Field::Number, "+919812345678"), (Field::Email, "Asha@Example.in")]),
        contact("b", &[(Field::Number, "098123 45679"), (Field::Email, "b@example.in")]),
        contact("c", &[(Field::Number, "9812345679")]),
    ];
    keep(&store, contacts, 1).await;
    let reader = store.reader().unwrap();
    let book = reader.book(&name()).unwrap().unwrap();
    let number = |text| reader.find_contact(book, Field::Number, text, "IN").unwrap();
    let email = |text| reader.find_contact(book, Field::Email, text, "IN").unwrap();
    assert_eq!(number("09812345678"), Found::One(Sid::new("a")));
    assert_eq!(number("+91 98123 45679"), Found::Several(vec![Sid::new("b"), Sid::new("c")]));
    assert_eq!(number("+91 98123 45670"), Found::None);
    assert_eq!(email("ASHA@example.in"), Found::One(Sid::new("a")));
    assert_eq!(email("nobody@example.in"), Found::None);

    // The one that stays when the other is gone is the one meant.
    let pull = store.begin_pull(name(), None, "IN").await.unwrap();
    pull.page(page(0, &["a", "b"])).await.unwrap();
    pull.finish().await.unwrap();
    assert_eq!(number("+919812345679"), Found::None, "both were changed or are gone");
}

#[tokio::test]
async fn a_book_is_that_of_its_account_and_says_how_old_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    keep(&store, vec![contact("a", &[]), contact("b", &[])], 1).await;
    let other = BookName { account: "other".into(), ..name() };
    let reader = store.reader().unwrap();
    assert_eq!(reader.book_state(&other).unwrap(), None);
    let state = reader.book_state(&name()).unwrap().unwrap();
    assert_eq!((state.contacts, state.gone, state.pulled), (2, 0, None));
    let pull = store.begin_pull(name(), None, "IN").await.unwrap();
    pull.page(page(0, &["a"])).await.unwrap();
    let cut = reader.book_state(&name()).unwrap().unwrap();
    assert_eq!((cut.pulled, cut.unfinished.map(|p| p.contacts)), (None, Some(1)));
    pull.finish().await.unwrap();
    let state = reader.book_state(&name()).unwrap().unwrap();
    assert_eq!((state.contacts, state.gone, state.unfinished), (1, 1, None));
    assert!(state.pulled.is_some());
}

#[tokio::test]
async fn the_contacts_that_are_there_are_listed_apart_from_those_that_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for sids in [["a", "b", "c", "d"].as_slice(), &["a", "c", "e"]] {
        let pull = store.begin_pull(name(), None, "IN").await.unwrap();
        pull.page(page(0, sids)).await.unwrap();
        pull.finish().await.unwrap();
    }
    let reader = store.reader().unwrap();
    let of = reader.book(&name()).unwrap().unwrap();
    let listed = |gone, count| {
        let ids = reader.contact_ids(of, gone, count).unwrap();
        let rows = reader.contacts(&ids).unwrap();
        rows.into_iter().map(|row| row.contact.sid.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed(false, None), "a c e");
    assert_eq!(listed(false, Some(2)), "a c");
    assert_eq!(listed(true, None), "b d");
}

/// The oracle reads every contact and holds it against the filter.
#[tokio::test]
async fn a_search_finds_what_a_walk_through_the_book_finds() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let names = ["Asha", "ASHA\"s", "Zoë Müller", "प्रिया", "a'b", "NULL"];
    let contacts = names.iter().enumerate().map(|(i, name)| {
        let (sid, email) = (format!("sid{i}"), format!("{i}@example.in"));
        contact(&sid, &[(Field::FirstName, name), (Field::Email, &email), (Field::CustomField, r#"{"city":"Pune"}"#)])
    });
    keep(&store, contacts.collect(), 1).await;
    // A value that was changed is found by what it is now, and no longer by what it was.
    keep(&store, vec![contact("sid5", &[(Field::FirstName, "Ravi")])], 2).await;
    let reader = store.reader().unwrap();
    let book = reader.book(&name()).unwrap().unwrap();
    for text in [
        "",
        "asha",
        "ASHA",
        "sha\"",
        "zoë",
        "MÜLLER",
        "प्रिया",
        "a'b",
        "as",
        "null",
        "ravi",
        "example",
        "email:3@ex",
        "-asha",
        "asha or ravi",
        "pune -zoë",
        "city",
        "/^asha$/",
        "sid3",
        "first_name:asha email:0",
        "nobody",
    ] {
        let filter = Filter::parse(text).or_else(|_| Filter::parse(&format!("\"{}\"", text.replace('"', "\\\""))));
        let filter = filter.unwrap();
        let mut found = Vec::new();
        reader
            .search_contacts(book, &filter, |c| {
                found.push(c.contact.sid);
                ControlFlow::Continue(())
            })
            .unwrap();
        let mut expected = Vec::new();
        reader
            .each_contact(book, |c| {
                let changes = c.contact.as_changes();
                if filter.matches(&FilterRow::queued(c.contact.sid.as_str(), &changes, &[])) {
                    expected.push(c.contact.sid);
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(found, expected, "{text}");
        let (mut ids, mut of_them) = (Vec::new(), Vec::new());
        store.search_contact_ids(book, &filter, false, |id| ids.push(id)).unwrap();
        store.search_contact_ids(book, &filter, true, |id| ids.push(id)).unwrap();
        reader.contacts(&ids).unwrap().into_iter().for_each(|c| of_them.push(c.contact.sid));
        assert_eq!(of_them, expected, "{text}, by ids");
    }
}

/// The rule itself, contact by contact, is the oracle of what is told by look-ups, and by fingerprints behind the first few.
#[tokio::test]
async fn what_changes_nothing_is_told_alike_by_look_ups_and_by_fingerprints() {
    use crate::domain::is_no_op;
    use crate::support::rng::mix;
    const VALUES: [&str; 4] = ["", "a", "A", "b"];
    const NUMBERS: [&str; 3] = ["+919812345678", "+91 98123 45678", "+919812345679"];
    const OBJECTS: [&str; 4] = ["{}", r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, r#"{"a":2}"#];
    let pick = |field, dice: u64| match field {
        Field::Number => NUMBERS[dice as usize % 3],
        Field::CustomField => OBJECTS[dice as usize % 4],
        _ => VALUES[dice as usize % 4],
    };
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let contacts: Vec<Contact> = (0..20_u64)
        .map(|i| {
            let mut contact = Contact::new(Sid::new(&format!("c{i}")));
            for (salt, field) in (1..).zip(Field::ALL) {
                contact.put(field, pick(field, mix(i << 8 | salt)));
            }
            contact
        })
        .collect();
    let name = BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() };
    store.keep_contacts(name.clone(), contacts.clone(), Timestamp(1), "IN".into()).await.unwrap();
    let reader = store.reader().unwrap();
    let book = reader.book(&name).unwrap().unwrap();
    let (mut no_ops, mut found) = (reader.no_ops(book), 0);
    for i in 0..3000_u64 {
        let dice = |salt: u64| mix((i << 16) ^ salt);
        let mut changes = Changes::default();
        for (salt, field) in (1..).zip(Field::ALL) {
            if dice(salt) % 5 == 0 {
                let value = pick(field, dice(salt + 20));
                changes.put(field, Some(if value.is_empty() { Change::Clear } else { Change::Set(value.to_owned()) }));
            }
        }
        let sid = Sid::new(&format!("c{}", dice(99) % 25));
        let expected = contacts.iter().find(|c| c.sid == sid).is_some_and(|c| is_no_op(&changes, c));
        found += u32::from(expected && !changes.is_empty());
        let edit = Edit { sid, changes };
        assert_eq!(no_ops.holds(&edit).unwrap(), expected, "{edit:?}");
        assert_eq!(reader.no_ops(book).holds(&edit).unwrap(), expected, "{edit:?}");
    }
    assert!(found > 100, "{found} change nothing");
}

#[tokio::test]
async fn contacts_are_in_the_order_of_a_column_and_found_by_what_they_have_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let tags = ["b", "", "A", "a", "c", ""];
    let contacts = (0..).zip(tags).map(|(i, tag)| contact(&format!("c{i}"), &[(Field::Tag, tag)])).collect();
    store.keep_contacts(name(), contacts, Timestamp(1), "IN".into()).await.unwrap();
    // Those of another account are nobody's business.
    let other = BookName { account: "demo2".into(), ..name() };
    store.keep_contacts(other, vec![contact("x", &[(Field::Tag, "a")])], Timestamp(1), "IN".into()).await.unwrap();
    let reader = store.reader().unwrap();
    let book = reader.book(&name()).unwrap().unwrap();
    let of = |ids: Vec<ContactId>| -> Vec<String> {
        reader.contacts(&ids).unwrap().into_iter().map(|c| c.contact.sid.to_string()).collect()
    };
    let by = |cell, descending| of(reader.sorted_contacts(book, false, Sort { by: cell, descending }).unwrap());
    assert_eq!(by(Cell::Field(Field::Tag), false), ["c2", "c3", "c0", "c4", "c1", "c5"]);
    assert_eq!(by(Cell::Field(Field::Tag), true), ["c4", "c0", "c2", "c3", "c1", "c5"], "the empty ones stay last");
    assert_eq!(by(Cell::Sid, true), ["c5", "c4", "c3", "c2", "c1", "c0"]);
    let third = reader.contact(book, &Sid::new("c3")).unwrap().unwrap().id;
    assert_eq!(of(reader.contacts_like(third, Cell::Field(Field::Tag)).unwrap()), ["c3"], "letters as they are");
    let first = reader.contact(book, &Sid::new("c1")).unwrap().unwrap().id;
    assert_eq!(of(reader.contacts_like(first, Cell::Field(Field::Tag)).unwrap()), ["c1", "c5"]);
}
