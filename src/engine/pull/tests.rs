//! Tests of the walk: a book that others change under it, servers that fail, and words from outside.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::domain::{AttemptResult, Quota, Refusal, Reply, Said, Stage};
use crate::engine::{Cancel, RunControl, Trip};
use crate::store::{BookName, Store};
use crate::support::rng::mix;

/// What the server does with a read: its number, and the list of contacts, which it may change.
type Server = Box<dyn FnMut(u64, &mut Vec<u32>) -> Option<AttemptResult> + Send>;

/// A server that has its contacts as a list.
struct Book {
    contacts: Mutex<Vec<u32>>,
    reads: Mutex<Vec<(Instant, u64)>>,
    server: Mutex<Server>,
}

impl Book {
    fn new(
        contacts: u32,
        server: impl FnMut(u64, &mut Vec<u32>) -> Option<AttemptResult> + Send + 'static,
    ) -> Arc<Self> {
        let contacts = Mutex::new((0..contacts).collect());
        Arc::new(Self { contacts, reads: Mutex::default(), server: Mutex::new(Box::new(server)) })
    }

    fn calm(contacts: u32) -> Arc<Self> {
        Self::new(contacts, |_, _| None)
    }

    fn reads(&self) -> usize {
        self.reads.lock().unwrap().len()
    }
}

fn sid(contact: u32) -> Sid {
    Sid::new(&format!("c{contact:05}"))
}

fn reply(result: AttemptResult) -> Reply {
    let http_status = matches!(result, AttemptResult::Settled(_)).then_some(200);
    Reply { result, http_status, request_id: None, quota: Quota::default(), notes: Vec::new() }
}

impl BookReads for Book {
    async fn contacts(&self, _: Option<&Sid>, offset: u64) -> Listing<Contact> {
        let mut reads = self.reads.lock().unwrap();
        reads.push((Instant::now(), offset));
        let mut contacts = self.contacts.lock().unwrap();
        if let Some(result) = (self.server.lock().unwrap())(reads.len() as u64, &mut contacts) {
            return reply(result).into();
        }
        let page = contacts.iter().skip(offset as usize).take(PAGE as usize);
        let records = page.map(|c| Some(Contact::new(sid(*c)))).collect();
        Listing { reply: reply(AttemptResult::Settled(Vec::new())), records }
    }

    async fn newest(&self, _: u64) -> Listing<Contact> {
        let said = Said { code: Some(400), ..Said::default() };
        reply(AttemptResult::Refused { kind: Refusal::Split, said }).into()
    }

    async fn lists(&self, offset: u64) -> Listing<ListName> {
        let all = (0..27_u32).map(|i| Some(ListName { sid: sid(i), name: format!("List {i}") }));
        let records = all.skip(offset as usize).take(PAGE as usize).collect();
        Listing { reply: reply(AttemptResult::Settled(Vec::new())), records }
    }
}

pub(super) fn policy(rate_per_minute: u32) -> RunPolicy {
    RunPolicy {
        in_flight: 2,
        rate_per_minute,
        max_attempts: 3,
        backoff_base: Duration::from_millis(500),
        backoff_cap: Duration::from_secs(30),
        patience: Duration::from_secs(3600),
        seed: 1,
        grace: Duration::from_secs(2),
        canary: 0,
        breaker: None,
        on_trip: Trip::End,
    }
}

pub(super) fn name() -> BookName {
    BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() }
}

pub(super) fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(dir.path()).unwrap().0
}

/// Starts a pull, or goes on with the unfinished one.
async fn start(store: &Store, book: &Arc<Book>, rate: u32) -> PullHandle {
    let pull = match store.reader().unwrap().unfinished_pull(&name(), None).unwrap() {
        Some(cut) => store.resume_pull(&cut, "IN").unwrap(),
        None => store.begin_pull(name(), None, "IN").await.unwrap(),
    };
    let so_far = pull.summary().unwrap();
    super::pull(Arc::clone(book), pull, so_far, policy(rate))
}

/// Listens to the end.
pub(super) async fn end(handle: &mut PullHandle) -> (PullReport, PullSummary) {
    while let Some(event) = handle.events.recv().await {
        if let PullKind::Ended(report) = event.kind {
            return (report, event.so_far);
        }
    }
    panic!("the pull ended without a word")
}

/// The contacts of the local book that are not gone; each stands there once, since its key is its SID.
fn kept(store: &Store) -> BTreeSet<Sid> {
    let reader = store.reader().unwrap();
    let mut sids = BTreeSet::new();
    let book = reader.book(&name()).unwrap().unwrap();
    reader
        .each_contact(book, |c| {
            if c.gone.is_none() {
                assert!(sids.insert(c.contact.sid), "a contact stands there twice");
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    sids
}

#[rstest::rstest]
#[case(0)]
#[case(1)]
#[case(2)]
#[case(19)]
#[case(20)]
#[case(21)]
#[case(39)]
#[case(400)]
#[tokio::test(start_paused = true)]
async fn a_book_of_any_size_is_read_to_its_end(#[case] contacts: u32) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::calm(contacts);
    let (report, so_far) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!((report.state, so_far.contacts), (RunState::Finished, u64::from(contacts)));
    assert_eq!(kept(&store), (0..contacts).map(sid).collect());
    let pages = u64::from(contacts) / (PAGE - 1) + 2;
    assert!(report.requests <= pages + 12, "{} requests for {pages} pages, the survey included", report.requests);
}

/// Inserts anywhere, deletes anywhere, and three deaths: whoever was there throughout is there, once.
#[tokio::test(start_paused = true)]
async fn whoever_was_there_throughout_is_kept_whatever_others_do() {
    for seed in 0..12_u64 {
        let dir = tempfile::tempdir().unwrap();
        let mut fresh = 10_000;
        let book = Book::new(500, move |read, contacts| {
            let dice = |salt: u64| mix(seed ^ (read << 8) ^ (salt << 40));
            for salt in 0..dice(0) % 4 {
                contacts.remove((dice(salt + 1) % contacts.len() as u64) as usize);
            }
            if dice(9) % 3 == 0 {
                fresh += 1;
                // Mostly at the end, as new contacts come; now and then in the midst.
                let at = if dice(10) % 4 == 0 { (dice(11) % contacts.len() as u64) as usize } else { contacts.len() };
                contacts.insert(at, fresh);
            }
            None
        });
        for death in 1..=3_u64 {
            let store = open(&dir);
            let mut handle = start(&store, &book, 100_000).await;
            let pages = 2 + mix(seed ^ death) % 8;
            for _ in 0..pages {
                handle.events.recv().await.unwrap();
            }
            handle.control.send(RunControl::Cancel(Cancel::Abort));
            end(&mut handle).await;
            // While nobody reads, half a page and more goes from the top.
            book.contacts.lock().unwrap().drain(..(mix(seed ^ death) % 30) as usize);
        }
        let store = open(&dir);
        let (report, _) = end(&mut start(&store, &book, 100_000).await).await;
        assert_eq!(report.state, RunState::Finished, "seed {seed}: {:?}", report.cause);
        let throughout: BTreeSet<_> =
            book.contacts.lock().unwrap().iter().filter(|c| **c < 500).map(|c| sid(*c)).collect();
        let kept = kept(&store);
        let missed: Vec<_> = throughout.difference(&kept).collect();
        assert!(missed.is_empty(), "seed {seed}: {missed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_went_is_marked_by_the_next_pull() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::calm(50);
    end(&mut start(&store, &book, 100_000).await).await;
    book.contacts.lock().unwrap().retain(|c| c % 10 != 3);
    let (_, so_far) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!((so_far.gone, so_far.added, so_far.expected), (5, 0, Some(45)));
    assert_eq!(kept(&store), (0..50).filter(|c| c % 10 != 3).map(sid).collect());
}

#[tokio::test(start_paused = true)]
async fn reads_are_paced() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::calm(1500);
    let (report, _) = end(&mut start(&store, &book, 60).await).await;
    assert_eq!(report.state, RunState::Finished);
    let reads = book.reads.lock().unwrap();
    for pair in reads.windows(61) {
        assert!(pair[60].0 - pair[0].0 >= Duration::from_secs(60), "61 reads in a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn how_much_is_left_is_found_out_and_then_known() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::calm(1500);
    let mut handle = start(&store, &book, 100_000).await;
    let mut expected = None;
    while let Some(event) = handle.events.recv().await {
        if !matches!(event.kind, PullKind::Ended(_)) {
            expected = event.so_far.expected.or(expected);
        }
    }
    assert!(expected.is_some_and(|n| (1500..1600).contains(&n)), "{expected:?}");
    let again = store.begin_pull(name(), None, "IN").await.unwrap();
    assert_eq!(again.summary().unwrap().expected, Some(1500), "the last pull has told");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_is_tried_again_and_one_that_always_fails_stops_the_pull() {
    let timed_out = || AttemptResult::Ambiguous { stage: Stage::TimedOut, reason: "timed out".into(), after: None };
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::new(50, move |read, _| (read % 2 == 1).then(timed_out));
    let (report, so_far) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!((report.state, so_far.contacts), (RunState::Finished, 50));

    let book = Book::new(50, move |read, _| (read > 2).then(timed_out));
    let (report, so_far) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!((report.state, so_far.at, report.requests), (RunState::Stopped, 38, 6));
    assert_eq!(report.cause.as_deref(), Some("given up after 3 attempts: timed out"));
    assert_eq!(kept(&store).len(), 50, "nobody is gone because of it");
}

#[tokio::test(start_paused = true)]
async fn a_refused_sign_in_stops_it_at_once() {
    let said = Said { code: Some(401), description: Some("Authentication failed".into()), ..Said::default() };
    let book = Book::new(50, move |_, _| Some(AttemptResult::Refused { kind: Refusal::Stop, said: said.clone() }));
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let (report, _) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!((report.state, report.requests), (RunState::Stopped, 2));
    assert_eq!(report.cause.as_deref(), Some("401: Authentication failed"));
}

#[tokio::test(start_paused = true)]
async fn pages_without_an_order_stop_it() {
    // Every page has contacts that nobody has seen, so none begins with one that was.
    let mut fresh = 1000;
    let book = Book::new(100, move |_, contacts| {
        for contact in contacts {
            fresh += 1;
            *contact = fresh;
        }
        None
    });
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let (report, _) = end(&mut start(&store, &book, 100_000).await).await;
    assert_eq!(report.state, RunState::Stopped);
    assert_eq!(report.cause.as_deref(), Some("the pages of the server do not follow one another"));
}

#[tokio::test(start_paused = true)]
async fn a_paused_pull_reads_nothing_until_it_is_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let book = Book::calm(100);
    let mut handle = start(&store, &book, 100_000).await;
    handle.control.send(RunControl::Pause);
    while handle.events.recv().await.unwrap().kind != PullKind::Paused {}
    let reads = book.reads();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(book.reads() <= reads + 1, "one was under way");
    handle.control.send(RunControl::Resume);
    let (report, so_far) = end(&mut handle).await;
    assert_eq!((report.state, so_far.contacts), (RunState::Finished, 100));
}

#[tokio::test(start_paused = true)]
async fn every_list_is_read_once() {
    let lists = lists(&*Book::calm(0), policy(100_000)).await.unwrap();
    assert_eq!(lists.len(), 27);
    assert_eq!(lists[26].name, "List 26");
}
