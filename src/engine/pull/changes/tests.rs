//! Tests of the look at what changed: servers that sort, that do not, and that say they do.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::domain::{AttemptResult, Field, ListName, Quota, Refusal, Reply, RunState, Said};
use crate::engine::pull::tests::{end, name, open, policy};
use crate::engine::{PullReport, pull};
use crate::store::Store;
use crate::support::rng::mix;

/// How a server takes the order that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Sorts,
    Refuses,
    /// It gives them in the order in which they came.
    Ignores,
    /// Its dates have no zone.
    Zoneless,
}

/// The contacts of a server in the order in which they came: their numbers, and when each was changed, in seconds.
type Contacts = Vec<(u32, i64)>;

struct Server {
    manner: Manner,
    contacts: Mutex<Contacts>,
    /// What others do after each page of changes, by its number.
    others: fn(u64, &mut Contacts),
    pages: Mutex<u64>,
}

fn reply(result: AttemptResult) -> Reply {
    Reply { result, http_status: Some(200), request_id: None, quota: Quota::default(), notes: Vec::new() }
}

impl Server {
    fn page(&self, contacts: &Contacts, offset: u64) -> Listing<Contact> {
        let read = |(number, changed): &(u32, i64)| {
            let mut contact = Contact::new(sid(*number));
            let date = Timestamp(changed * 1000).to_string();
            contact.updated =
                Some(if self.manner == Manner::Zoneless { date.trim_end_matches('Z').to_owned() } else { date });
            contact.put(Field::Tag, &changed.to_string());
            Some(contact)
        };
        let records = contacts.iter().skip(offset as usize).take(PAGE as usize).map(read).collect();
        Listing { reply: reply(AttemptResult::Settled(Vec::new())), records }
    }

    /// Changes a contact, as of that second.
    fn change(&self, number: u32, at: i64) {
        self.contacts.lock().unwrap().iter_mut().filter(|(n, _)| *n == number).for_each(|(_, changed)| *changed = at);
    }
}

impl BookReads for Server {
    async fn contacts(&self, _: Option<&Sid>, offset: u64) -> Listing<Contact> {
        self.page(&self.contacts.lock().unwrap(), offset)
    }

    async fn newest(&self, offset: u64) -> Listing<Contact> {
        if self.manner == Manner::Refuses {
            let said = Said { code: Some(400), ..Said::default() };
            return reply(AttemptResult::Refused { kind: Refusal::Split, said }).into();
        }
        let mut contacts = self.contacts.lock().unwrap();
        let mut sorted = contacts.clone();
        if self.manner != Manner::Ignores {
            sorted.sort_by_key(|(_, changed)| -changed);
        }
        let page = self.page(&sorted, offset);
        let mut pages = self.pages.lock().unwrap();
        *pages += 1;
        (self.others)(*pages, &mut contacts);
        page
    }

    async fn lists(&self, _: u64) -> Listing<ListName> {
        reply(AttemptResult::Settled(Vec::new())).into()
    }
}

fn sid(number: u32) -> Sid {
    Sid::new(&format!("c{number:05}"))
}

/// When the contacts began to come, in seconds, and a time long after they had come, so that nothing lags.
const MADE: i64 = 1_500_000_000;
const LATER: i64 = MADE + 1_000_000;

/// A server of 200 contacts, changed a minute after one another, that were pulled.
async fn pulled(manner: Manner, others: fn(u64, &mut Contacts)) -> (tempfile::TempDir, Store, Arc<Server>) {
    let contacts = Mutex::new((0..200).map(|n| (n, MADE + i64::from(n) * 60)).collect());
    let server = Arc::new(Server { manner, contacts, others: |_, _| {}, pages: Mutex::new(0) });
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let log = store.begin_pull(name(), None, "IN").await.unwrap();
    let so_far = log.summary().unwrap();
    let (report, _) = end(&mut pull(Arc::clone(&server), log, so_far, policy(100_000))).await;
    assert_eq!(report.state, RunState::Finished);
    let contacts = Mutex::new(server.contacts.lock().unwrap().clone());
    (dir, store, Arc::new(Server { manner, contacts, others, pages: Mutex::new(0) }))
}

/// Looks at what changed.
async fn look(store: &Store, server: &Arc<Server>) -> (PullReport, PullSummary) {
    let log = store.begin_changes(name(), "IN").unwrap();
    end(&mut changes(Arc::clone(server), log, policy(100_000))).await
}

/// The tags of the local book.
fn kept(store: &Store) -> BTreeMap<Sid, String> {
    let (reader, mut kept) = (store.reader().unwrap(), BTreeMap::new());
    reader
        .each_contact(reader.book(&name()).unwrap().unwrap(), |c| {
            kept.insert(c.contact.sid.clone(), c.contact.get(Field::Tag).to_owned());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    kept
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_read_in_a_page_or_two_and_the_next_look_goes_on_from_there() {
    let (_dir, store, server) = pulled(Manner::Sorts, |_, _| {}).await;
    for (n, number) in [7, 150, 3].into_iter().enumerate() {
        server.change(number, LATER + n as i64);
    }
    server.contacts.lock().unwrap().push((900, LATER + 9));
    let (report, so_far) = look(&store, &server).await;
    assert_eq!((report.state, report.whole, report.requests), (RunState::Finished, false, 1));
    assert_eq!((so_far.added, so_far.changed), (1, 3));
    assert_eq!(kept(&store)[&sid(900)], (LATER + 9).to_string());
    assert_eq!(kept(&store)[&sid(3)], (LATER + 2).to_string());
    let (_, so_far) = look(&store, &server).await;
    assert_eq!((so_far.added, so_far.changed), (0, 0));
    assert!(store.reader().unwrap().book_state(&name()).unwrap().unwrap().looked.is_some());
}

/// The answers to our own runs are newer than what others did before them: knowing those proves nothing about these.
#[tokio::test(start_paused = true)]
async fn changes_that_are_known_hide_none_below_them() {
    let (_dir, store, server) = pulled(Manner::Sorts, |_, _| {}).await;
    server.change(5, LATER);
    let ours: Vec<_> = (100..180).collect();
    let mut echoes = Vec::new();
    for number in ours {
        server.change(number, LATER + i64::from(number));
        let mut contact = Contact::new(sid(number));
        contact.updated = Some(Timestamp((LATER + i64::from(number)) * 1000).to_string());
        contact.put(Field::Tag, &(LATER + i64::from(number)).to_string());
        echoes.push(contact);
    }
    store.keep_contacts(name(), echoes, clock::now(), "IN".into()).await.unwrap();
    let (_, so_far) = look(&store, &server).await;
    assert_eq!((so_far.changed, &kept(&store)[&sid(5)]), (1, &LATER.to_string()));
}

#[rstest::rstest]
#[case(Manner::Refuses)]
#[case(Manner::Ignores)]
#[case(Manner::Zoneless)]
#[tokio::test(start_paused = true)]
async fn a_server_that_can_not_tell_has_its_whole_book_read(#[case] manner: Manner) {
    let (_dir, store, server) = pulled(manner, |_, _| {}).await;
    server.change(7, LATER);
    server.contacts.lock().unwrap().retain(|(number, _)| *number != 9);
    let (report, so_far) = look(&store, &server).await;
    assert_eq!((report.state, report.whole), (RunState::Finished, true));
    assert_eq!((so_far.contacts, so_far.changed, so_far.gone), (199, 1, 1));
}

/// Bulk imports give thousands of contacts one date, so that a page in any order is sorted.
#[tokio::test(start_paused = true)]
async fn a_server_without_an_order_is_found_out_also_where_its_first_pages_seem_to_have_one() {
    let (_dir, store, server) = pulled(Manner::Ignores, |_, _| {}).await;
    server.contacts.lock().unwrap().iter_mut().take(60).for_each(|(_, changed)| *changed = MADE);
    let log = store.begin_pull(name(), None, "IN").await.unwrap();
    let so_far = log.summary().unwrap();
    end(&mut pull(Arc::clone(&server), log, so_far, policy(100_000))).await;
    assert!(store.begin_changes(name(), "IN").unwrap().since().is_some(), "its first page was sorted");
    server.change(150, LATER);
    let (report, so_far) = look(&store, &server).await;
    assert_eq!((report.whole, so_far.changed), (true, 1));
}

/// Others change and delete contacts while it reads: what was changed before it began is found all the same.
#[tokio::test(start_paused = true)]
async fn whatever_others_do_meanwhile_what_was_changed_before_is_found() {
    let others = |page: u64, contacts: &mut Contacts| {
        for salt in 0..3 {
            let dice = mix((page << 8) ^ salt) as usize % contacts.len();
            if salt == 2 {
                contacts[dice].1 = LATER * 2 + page as i64;
            } else {
                contacts.remove(dice);
            }
        }
    };
    let (_dir, store, server) = pulled(Manner::Sorts, others).await;
    for number in (0..200).filter(|number| number % 2 == 0) {
        server.change(number, LATER + i64::from(number));
    }
    let (report, _) = look(&store, &server).await;
    assert_eq!((report.state, report.whole), (RunState::Finished, false));
    let kept = kept(&store);
    let there = server.contacts.lock().unwrap().clone();
    let missed: Vec<_> = there.iter().filter(|(n, at)| *at < LATER * 2 && kept[&sid(*n)] != at.to_string()).collect();
    assert!(missed.is_empty(), "{missed:?}");
    // What was changed while it read is found by the next one.
    let quiet =
        Server { manner: Manner::Sorts, contacts: Mutex::new(there.clone()), others: |_, _| {}, pages: Mutex::new(0) };
    look(&store, &Arc::new(quiet)).await;
    assert!(there.iter().all(|(n, at)| self::kept(&store)[&sid(*n)] == at.to_string()));
}

#[tokio::test(start_paused = true)]
async fn without_a_whole_pull_before_it_everything_is_read() {
    let contacts = Mutex::new((0..50).map(|n| (n, MADE + i64::from(n))).collect());
    let server = Arc::new(Server { manner: Manner::Sorts, contacts, others: |_, _| {}, pages: Mutex::new(0) });
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let log = store.begin_changes(name(), "IN").unwrap();
    let mut handle = changes(Arc::clone(&server), log, policy(100_000));
    let PullKind::Whole(why) = handle.events.recv().await.unwrap().kind else { panic!("it does not say so") };
    assert_eq!(why, "it is not known up to when the book has every change");
    let (report, so_far) = end(&mut handle).await;
    assert_eq!((report.whole, so_far.contacts), (true, 50));
    let (report, _) = look(&store, &server).await;
    assert!(!report.whole);
}
