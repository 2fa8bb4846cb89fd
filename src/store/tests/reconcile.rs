//! Settling unknown edits by what was read back.

use super::*;
use crate::domain::{Difference, Echo, Said};

/// Runs of one batch each, one letter a contact, all of whose outcomes are unknown.
async fn unknown_runs(runs: &[&str]) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for (tag, sids) in (1..).zip(runs) {
        let edits: Vec<_> = sids.chars().map(|c| tagged(&c.to_string(), &tag.to_string())).collect();
        store.import(edits, "x".into()).await.unwrap();
        let (_, journal) = begin(&store, 9).await;
        journal.intend(0, 1, Timestamp(1)).await.unwrap();
        journal.settle(0, None, vec![outcome(Status::Unknown); sids.len()]).await.unwrap();
        journal.finish(RunState::Finished, Timestamp(2), 1).await.unwrap();
    }
    assert_eq!(line(&store), "");
    (dir, store)
}

/// What a read showed: the tag, or no contact.
fn read(wanted: &str, got: Option<&str>) -> Outcome {
    let item = Some("{}".to_owned());
    let said = |text: String| Said { code: Some(200), description: Some(text), ..Said::default() };
    match got {
        Some(got) if got == wanted => {
            Outcome { status: Status::Updated, said: said("as wanted".into()), echo: Echo::Matches, item }
        }
        Some(got) => {
            let difference = Difference { field: Field::Tag, wanted: wanted.into(), got: Some(got.into()) };
            let echo = Echo::Differs(vec![difference]);
            Outcome { status: Status::NotSent, said: said(format!("tag is {got}")), echo, item }
        }
        None => Outcome { item, ..Outcome::undecided(Status::NotSent, Some(404), "not found") },
    }
}

fn totals(store: &Store, run: i64) -> [u64; 4] {
    let totals = store.reader().unwrap().run(RunId(run)).unwrap().unwrap().totals;
    assert!(totals.balances(), "{totals:?}");
    Status::ALL.map(|status| totals.of(status))
}

fn words(store: &Store, run: i64, seq: u64) -> String {
    let rows = store.reader().unwrap().result_rows(RunId(run), seq, 1).unwrap();
    rows[0].outcome.clone().unwrap().said.description.unwrap()
}

/// The unknown edits of a run, and the journal that the engine sees of them.
fn reading(store: &Store, run: RunId) -> (Arc<Reconcile>, ReadJournal<Reconcile>) {
    let log = Arc::new(store.reconcile(run).unwrap());
    let journal = ReadJournal::new(run, log.edits().into(), Arc::clone(&log));
    (log, journal)
}

#[tokio::test]
async fn each_edit_is_settled_by_what_was_read() {
    let (_dir, store) = unknown_runs(&["abcd"]).await;
    let (log, journal) = reading(&store, RunId(1));
    assert_eq!((log.edits(), log.seqs()), (4, vec![0, 1, 2, 3]));
    assert_eq!(journal.load_batch(2).await.unwrap().items[0].sid.as_str(), "c");
    journal.settle(0, None, vec![read("1", Some("1"))]).await.unwrap();
    assert_eq!(totals(&store, 1), [1, 0, 3, 0], "recorded one by one");
    journal.settle(1, None, vec![read("1", Some("old"))]).await.unwrap();
    journal.settle(2, None, vec![read("1", None)]).await.unwrap();
    journal.settle(3, None, vec![Outcome::undecided(Status::Unknown, None, "HTTP 500")]).await.unwrap();
    assert_eq!(results(&store, RunId(1)), ["updated", "not_sent", "not_sent", "unknown"]);
    assert_eq!(totals(&store, 1), [1, 0, 1, 2]);
    assert_eq!(line(&store), "b=1 c=1");
    assert_eq!(words(&store, 1, 3), "could not be read back: HTTP 500");
    let books = journal.finish(RunState::Finished, Timestamp(1), 1).await.unwrap();
    assert!(books.balances());
    assert_eq!(store.reconcile(RunId(1)).unwrap().seqs(), [3], "the next one goes on with what is left");

    // All of it is one change of the queue, and what is queued is not put back twice.
    assert_eq!(store.requeue(RunId(1), vec![1]).await.unwrap().already, 1);
    assert_eq!(store.undo().await.unwrap().unwrap(), "reconcile of run 1");
    assert_eq!(line(&store), "");
    store.redo().await.unwrap();
    assert_eq!(line(&store), "b=1 c=1");
}

#[tokio::test]
async fn without_an_answer_that_shows_it_nothing_is_settled() {
    let (_dir, store) = unknown_runs(&["ab"]).await;
    let (_, journal) = reading(&store, RunId(1));
    let bare = |status| Outcome::undecided(status, None, "given up");
    journal.settle(0, None, vec![bare(Status::NotSent)]).await.unwrap();
    journal.settle(1, None, vec![bare(Status::Updated)]).await.unwrap();
    assert_eq!(totals(&store, 1), [0, 0, 2, 0]);
    assert_eq!(line(&store), "");
    assert!(journal.settle(0, None, Vec::new()).await.is_err());
    assert!(journal.settle(7, None, vec![read("1", Some("1"))]).await.is_err());
}

#[tokio::test]
async fn an_edit_that_was_sent_later_is_not_overwritten() {
    let (_dir, store) = unknown_runs(&["ab", "a", "c"]).await;
    let (log, journal) = reading(&store, RunId(1));
    assert_eq!(log.edits(), 2);
    journal.settle(0, None, vec![read("1", Some("2"))]).await.unwrap();
    journal.settle(1, None, vec![read("1", Some("old"))]).await.unwrap();
    assert_eq!(totals(&store, 1), [0, 0, 1, 1]);
    assert!(words(&store, 1, 0).contains("tag is 2; a later edit of this contact was sent in run 2"));
    assert_eq!(line(&store), "b=1");
    // If it matches, it is updated all the same.
    let (_, journal) = reading(&store, RunId(1));
    journal.settle(0, None, vec![read("1", Some("1"))]).await.unwrap();
    assert_eq!(totals(&store, 1), [1, 0, 0, 1]);
}

#[tokio::test]
async fn a_later_place_of_the_same_run_counts_and_an_unsent_edit_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(vec![tagged("a", "1"), tagged("b", "1"), tagged("x", "1")], "x".into()).await.unwrap();
    store.set_cell(ids(&[3]), Cell::Sid, CellChange::Set("a".into())).await.unwrap();
    let (_, journal) = begin(&store, 9).await;
    journal.settle(0, None, vec![outcome(Status::Unknown); 2]).await.unwrap();
    journal.settle(1, None, vec![outcome(Status::Updated)]).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(1), 1).await.unwrap();
    store.add(tagged("b", "2")).await.unwrap();
    let (_, journal) = begin(&store, 9).await;
    journal.settle(0, None, vec![outcome(Status::NotSent)]).await.unwrap();
    journal.finish(RunState::Stopped, Timestamp(1), 1).await.unwrap();

    let (_, journal) = reading(&store, RunId(1));
    journal.settle(0, None, vec![read("1", Some("old"))]).await.unwrap();
    journal.settle(1, None, vec![read("1", Some("old"))]).await.unwrap();
    assert!(words(&store, 1, 0).contains("sent in run 1"));
    assert_eq!(results(&store, RunId(1)), ["unknown", "not_sent", "updated"]);
    assert_eq!(line(&store), "b=2", "the queued edit wins");
}

#[tokio::test]
async fn what_was_requeued_is_left_to_its_requeue() {
    let (_dir, store) = unknown_runs(&["ab"]).await;
    let (_, journal) = reading(&store, RunId(1));
    store.requeue(RunId(1), vec![0]).await.unwrap();
    assert_eq!(store.reconcile(RunId(1)).unwrap().seqs(), [1]);
    // Requeued while it was being read.
    journal.settle(0, None, vec![read("1", Some("old"))]).await.unwrap();
    assert_eq!(line(&store), "a=1");
    assert_eq!(totals(&store, 1), [0, 0, 1, 1]);
}
