//! Imports that are fed while their file is read.

use super::*;
use crate::domain::Contact;
use crate::support::clock::Timestamp;

/// Feeds these edits, on a thread as a reader does, and then ends as told.
async fn feed(
    store: &Store,
    edits: Vec<Edit>,
    purpose: Purpose,
    end: impl FnOnce(Feed) + Send + 'static,
) -> Result<ImportReport, StoreError> {
    settled(store, edits, purpose, Choices::default(), end).await
}

/// The same with a choice of which values stay.
async fn settled(
    store: &Store,
    edits: Vec<Edit>,
    purpose: Purpose,
    choices: Choices,
    end: impl FnOnce(Feed) + Send + 'static,
) -> Result<ImportReport, StoreError> {
    let (mut feed, report) = store.feed(String::from("f.csv"), purpose, Some(name()), choices);
    let reader = std::thread::spawn(move || {
        for edit in edits {
            feed.give(edit);
        }
        end(feed);
    });
    let report = report.await;
    reader.join().unwrap();
    report
}

fn many() -> Vec<Edit> {
    (0..1000).map(|i| tagged(&format!("s{i}"), "x")).collect()
}

fn name() -> BookName {
    BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() }
}

#[tokio::test]
async fn what_changes_nothing_by_the_address_book_is_left_out_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let contact = |sid: &str, tag: &str| {
        let mut contact = Contact::new(Sid::new(sid));
        contact.put(Field::Tag, tag);
        contact
    };
    let contacts = ["a", "b", "c"].map(|sid| contact(sid, "x")).to_vec();
    store.keep_contacts(name(), contacts, Timestamp(1), "IN".into()).await.unwrap();
    store.add(tagged("b", "queued")).await.unwrap();
    let edits = vec![
        tagged("a", "x"),
        tagged("b", "x"),
        tagged("c", "y"),
        tagged("d", "x"),
        Edit { sid: Sid::new("a"), ..Edit::default() },
    ];
    let report = feed(&store, edits, Purpose::Import, Feed::finish).await.unwrap();
    assert_eq!((report.added, report.merged, report.unchanged, report.known), (3, 1, 1, 1));
    assert_eq!(line(&store), "b=x c=y d=x a=", "one that was queued is gone over, and one of nothing is no change");
}

#[tokio::test]
async fn all_that_is_fed_is_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(tagged("s7", "old")).await.unwrap();
    let report = feed(&store, many(), Purpose::Import, Feed::finish).await.unwrap();
    assert_eq!((report.added, report.merged, report.conflicts), (999, 1, 1));
    assert_eq!(queued(&store).len(), 1000);
    assert_eq!(store.undo().await.unwrap().as_deref(), Some("import of f.csv: 1,000 edits"));
    assert_eq!(line(&store), "s7=old");
}

#[tokio::test]
async fn an_import_given_up_leaves_nothing_and_redo_still_works() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(tagged("a", "x")).await.unwrap();
    store.undo().await.unwrap();
    let report = feed(&store, many(), Purpose::Import, drop).await;
    assert!(matches!(report, Err(StoreError::Stopped(_))), "{report:?}");
    assert_eq!(line(&store), "");
    assert_eq!(store.redo().await.unwrap().as_deref(), Some("add a"));
}

#[tokio::test]
async fn a_rehearsal_counts_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import([tagged("s1", "x"), tagged("s2", "y")], String::from("before")).await.unwrap();
    let before = queued(&store);
    // What waits behind it shares its transaction, and is kept.
    let (rehearsed, added) =
        tokio::join!(feed(&store, many(), Purpose::Rehearsal, Feed::finish), store.add(tagged("z", "z")),);
    let rehearsed = rehearsed.unwrap();
    let counts = (rehearsed.added, rehearsed.merged, rehearsed.unchanged, rehearsed.conflicts);
    assert_eq!(counts, (998, 1, 1, 1));
    added.unwrap();
    assert_eq!(queued(&store)[..2], before);
    assert_eq!(feed(&store, many(), Purpose::Import, Feed::finish).await.unwrap(), rehearsed);
}

/// A queue with an edit of a, and a file with three rows of a and two of b.
async fn in_conflict() -> (tempfile::TempDir, Store, Vec<Edit>) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(edit("a", &[(Field::Tag, Some("queued")), (Field::Email, Some("e"))])).await.unwrap();
    let rows = vec![
        tagged("a", "1"),
        tagged("b", "1"),
        edit("a", &[(Field::Tag, Some("2")), (Field::Email, None)]),
        tagged("b", "2"),
        tagged("a", "queued"),
    ];
    (dir, store, rows)
}

#[tokio::test]
async fn each_field_with_two_values_is_told_once_and_gets_the_one_that_is_chosen() {
    let (_dir, store, rows) = in_conflict().await;
    let told = feed(&store, rows.clone(), Purpose::Rehearsal, Feed::finish).await.unwrap();
    let set = |value: &str| Change::Set(value.to_owned());
    let conflict =
        |sid: &str, field, earlier, later, was_queued| Clash { sid: Sid::new(sid), field, earlier, later, was_queued };
    let expected = [
        conflict("a", Field::Tag, set("queued"), set("queued"), true),
        conflict("a", Field::Email, set("e"), Change::Clear, true),
        conflict("b", Field::Tag, set("1"), set("2"), false),
    ];
    assert_eq!((told.told.as_slice(), told.more, told.conflicts, told.kept), (&expected[..], 0, 5, 0));

    let keeps = |sid: &str, field| ((Sid::new(sid), field), Side::Earlier);
    let choices = Choices { rest: Side::Later, each: [keeps("a", Field::Tag), keeps("b", Field::Tag)].into() };
    let report = settled(&store, rows, Purpose::Import, choices, Feed::finish).await.unwrap();
    assert_eq!((report.added, report.merged, report.unchanged), (1, 1, 3), "every row is in the books");
    assert_eq!(line(&store), "a=queued b=1");
    assert_eq!(queued(&store)[0].1.changes.get(Field::Email), Some(&Change::Clear));
    store.undo().await.unwrap();
    assert_eq!(line(&store), "a=queued");
}

#[tokio::test]
async fn what_was_there_before_may_stay_in_every_field() {
    let (_dir, store, rows) = in_conflict().await;
    let choices = Choices { rest: Side::Earlier, ..Choices::default() };
    let report = settled(&store, rows, Purpose::Import, choices, Feed::finish).await.unwrap();
    assert_eq!(report.conflicts, report.kept);
    assert_eq!(line(&store), "a=queued b=1");
    assert_eq!(queued(&store)[0].1.changes.get(Field::Email), Some(&Change::Set("e".into())));
}

#[tokio::test]
async fn an_import_may_be_given_up_for_a_conflict() {
    let (_dir, store, rows) = in_conflict().await;
    let report = feed(&store, rows, Purpose::WithoutConflict, Feed::finish).await.unwrap();
    assert_eq!(report.conflicts, 5);
    assert_eq!(line(&store), "a=queued");
    let report = feed(&store, vec![tagged("c", "1")], Purpose::WithoutConflict, Feed::finish).await.unwrap();
    assert_eq!((report.added, report.conflicts), (1, 0));
    assert_eq!(store.undo().await.unwrap().as_deref(), Some("import of f.csv: 1 edit"));
}

#[tokio::test]
async fn a_mapping_is_kept_for_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let map: Mapping = vec![("Segment".into(), "tag".into()), ("a=b".into(), "-".into())];
    {
        let store = open(dir.path());
        assert!(store.reader().unwrap().mapping("sid").unwrap().is_empty());
        store.remember_mapping("sid".into(), vec![("x".into(), "-".into())]).await.unwrap();
        store.remember_mapping("sid".into(), map.clone()).await.unwrap();
    }
    assert_eq!(open(dir.path()).reader().unwrap().mapping("sid").unwrap(), map);
}

#[tokio::test]
async fn a_run_knows_the_columns_of_the_files_that_its_edits_came_from_also_over_requeues() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let columns = |header: &str| -> Mapping { vec![(header.into(), "sid".into()), ("Segment".into(), "tag".into())] };
    let from = |header: &'static str, sid: &'static str| {
        let (mut feed, report) = store.feed(String::from("f"), Purpose::Import, None, Choices::default());
        feed.have_columns(columns(header));
        feed.give(tagged(sid, "x"));
        feed.give(tagged(&format!("{sid}2"), "x"));
        feed.finish();
        report
    };
    from("Kunde", "a").await.unwrap();
    store.add(tagged("typed", "x")).await.unwrap();
    from("Id", "b").await.unwrap();
    from("Kunde", "c").await.unwrap();
    let (run, journal) = begin(&store, 3).await;
    let reader = store.reader().unwrap();
    assert_eq!(reader.files_of(run.run).unwrap(), [columns("Kunde"), columns("Id")]);
    assert_eq!(reader.files().unwrap().len(), 2, "the same columns are kept once");
    fail_all(&run, &journal).await;
    // Only those of the second file, and what was typed.
    store.requeue(run.run, vec![2, 3, 4]).await.unwrap();
    let (second, journal) = begin(&store, 3).await;
    assert_eq!(reader.files_of(second.run).unwrap(), [columns("Id")]);
    fail_all(&second, &journal).await;
    store.requeue(second.run, vec![1, 2]).await.unwrap();
    let (third, _) = begin(&store, 3).await;
    assert_eq!((third.planned, reader.files_of(third.run).unwrap()), (2, vec![columns("Id")]));
}

/// Has every batch of a run rejected.
async fn fail_all(run: &RunStart, journal: &RunJournal) {
    for batch in 0..run.batches {
        let edits = journal.load_batch(batch).await.unwrap().items.len();
        journal.settle(batch, None, vec![outcome(Status::Rejected); edits]).await.unwrap();
    }
}
