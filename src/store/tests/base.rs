//! What contacts were before: from the address book, from reads, and from what a run left.

use std::collections::HashMap;

use super::*;
use crate::domain::{BaseSource, Contact, Echo};

fn name() -> BookName {
    BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() }
}

pub(super) fn contact(sid: &str, tag: &str) -> Contact {
    let mut contact = Contact::new(Sid::new(sid));
    contact.put(Field::Tag, tag);
    contact
}

async fn keep(store: &Store, contacts: &[(&str, &str)], seen: i64) {
    let contacts = contacts.iter().map(|(sid, tag)| contact(sid, tag)).collect();
    store.keep_contacts(name(), contacts, Timestamp(seen), "IN".into()).await.unwrap();
}

fn updated(sid: &str, tag: &str) -> Outcome {
    let item = format!(r#"{{"code":200,"status":"success","data":{{"sid":"{sid}","tag":"{tag}"}}}}"#);
    Outcome { status: Status::Updated, said: crate::domain::Said::default(), echo: Echo::Matches, item: Some(item) }
}

#[tokio::test]
async fn a_run_takes_its_bases_from_the_book_and_keeps_them_when_the_book_learns_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    keep(&store, &[("a", "old"), ("b", "new")], 5).await;
    store.import(["a", "b", "c"].map(|sid| tagged(sid, "new")), "x".into()).await.unwrap();
    let reader = store.reader().unwrap();
    let mut no_ops = reader.no_ops(reader.book(&name()).unwrap().unwrap());
    // The first are looked up, the others held against fingerprints first.
    for _ in 0..3 {
        assert_eq!(["a", "b", "c"].map(|sid| no_ops.holds(&tagged(sid, "new")).unwrap()), [false, true, false]);
    }
    let base = reader.queued_base(EditId(1), &name()).unwrap().unwrap();
    assert_eq!((base.source, base.seen, base.contact.get(Field::Tag)), (BaseSource::Book, Timestamp(5), "old"));
    let elsewhere = BookName { account: "demo2".into(), ..name() };
    assert_eq!(reader.queued_base(EditId(1), &elsewhere).unwrap(), None);

    let (start, journal) = begin(&store, 9).await;
    journal.settle(0, None, vec![updated("a", "new"), updated("b", "new"), updated("c", "new")]).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(9), 1).await.unwrap();
    keep(&store, &[("a", "new"), ("b", "new"), ("c", "new")], 10).await;
    let plan = reader.plan_undo(start.run, &HashMap::new()).unwrap();
    assert_eq!((plan.back.len(), plan.restored, plan.skipped.len()), (1, 1, 1), "{plan:?}");
    assert_eq!(plan.skipped[0], (Sid::new("c"), Skip::NoBase));
    store.undo_run(start.run, plan.back).await.unwrap();
    assert_eq!(line(&store), "a=old");
    assert_eq!(store.undo().await.unwrap().unwrap(), "undo of run 1: 1 edit");
}

#[tokio::test]
async fn the_newer_base_counts_and_a_held_edit_is_not_sent_when_its_batch_crashes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(["a", "b", "c"].map(|sid| tagged(sid, "mine")), "x".into()).await.unwrap();
    let (start, journal) = begin(&store, 9).await;
    journal.see(0, Some(contact("a", "old")), Timestamp(3), None).await.unwrap();
    journal.see(1, Some(contact("b", "theirs")), Timestamp(4), Some("changed".into())).await.unwrap();
    journal.intend(0, 1, Timestamp(5)).await.unwrap();
    drop((journal, store));

    let (store, recovery) = Store::open(dir.path()).unwrap();
    assert_eq!((recovery.unknown, recovery.not_sent), (2, 1), "the request did not carry what was held back");
    assert_eq!(results(&store, start.run), ["unknown", "not_sent", "unknown"]);
    assert_eq!(line(&store), "b=mine");
    let reader = store.reader().unwrap();
    assert!(reader.run(start.run).unwrap().unwrap().totals.balances());
    assert_eq!(reader.bases(start.run, 0).unwrap().before().unwrap().contact.get(Field::Tag), "old");
    let of = |id| reader.queued_base(EditId(id), &name()).unwrap();
    assert_eq!(of(2).unwrap().contact.get(Field::Tag), "theirs", "somebody was told of it");
    keep(&store, &[("b", "older")], 2).await;
    assert_eq!(of(2).unwrap().source, BaseSource::Snapshot);
    keep(&store, &[("b", "newest")], 7).await;
    assert_eq!(of(2).unwrap().contact.get(Field::Tag), "newest");
    let (again, _) = begin(&store, 9).await;
    let bases = reader.bases(again.run, 0).unwrap();
    assert_eq!(bases.known.unwrap().contact.get(Field::Tag), "newest");
}
