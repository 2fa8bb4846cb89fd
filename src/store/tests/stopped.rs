//! Changes and reads that are stopped half-way.

use std::ops::ControlFlow;

use super::*;
use crate::support::work::Work;

fn edits(n: u64) -> impl Iterator<Item = Edit> {
    (0..n).map(|i| tagged(&format!("s{i}"), "old"))
}

#[tokio::test]
async fn a_stopped_change_is_not_done_at_all_and_the_next_one_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let stopped = |e: StoreError| assert!(matches!(e, StoreError::Stopped(_)), "{e}");
    store.import(edits(20_000), "before".into()).await.unwrap();
    let before = store.reader().unwrap().queue_ids().unwrap();

    // Its items end before their time.
    let work = Work::unwatched();
    let stopper = work.stopper();
    let more = (0..50_000).map(move |i| {
        if i == 30_000 {
            stopper.stop();
        }
        tagged(&format!("more{i}"), "new")
    });
    stopped(store.watched(&work).import(work.over(more), "more".into()).await.unwrap_err());
    // One long statement.
    let watched = store.watched(&work);
    let set = CellChange::Set("new".into());
    stopped(watched.set_cell(before.clone(), Cell::Field(Field::Tag), set.clone()).await.unwrap_err());
    stopped(watched.undo().await.unwrap_err());
    stopped(watched.reader().unwrap().queue_ids().unwrap_err());

    let reader = store.reader().unwrap();
    assert_eq!(reader.queue_ids().unwrap(), before);
    let first = reader.queue_rows(&before[..1]).unwrap().remove(0).edit;
    assert_eq!(first, tagged("s0", "old"));
    // What waits behind it, or comes later, is not part of it.
    let (late, early) = (before[1..].to_vec(), before[..1].to_vec());
    let (one, two) = tokio::join!(
        watched.set_cell(late.clone(), Cell::Field(Field::Tag), set.clone()),
        store.set_cell(early, Cell::Field(Field::Tag), set.clone()),
    );
    assert_eq!((one.is_err(), two.unwrap()), (true, 1));
    assert_eq!(store.watched(&Work::unwatched()).set_cell(late, Cell::Field(Field::Tag), set).await.unwrap(), 19_999);
    assert!(store.undo().await.unwrap().unwrap().starts_with("set tag on 19,999"));
}

#[tokio::test]
async fn a_stopped_reader_fails_in_the_middle_of_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(edits(20_000), "before".into()).await.unwrap();
    let work = Work::unwatched();
    let reader = store.watched(&work).reader().unwrap();
    let mut seen = 0;
    let ended = reader.each_queued(|_| {
        seen += 1;
        if seen == 1000 {
            work.stopper().stop();
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(ended, Err(StoreError::Stopped(_))), "{ended:?}");
    assert!((1000..20_000).contains(&seen), "{seen}");
}

#[tokio::test]
async fn work_whose_change_is_done_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let work = Work::unwatched();
    let stopper = work.stopper();
    store.watched(&work).import(edits(10), "x".into()).await.unwrap();
    drop(work);
    assert!(stopper.is_over());
}
