//! Changes of the queue, and their undo.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[tokio::test]
async fn edits_of_one_sid_merge_and_later_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(edit("a", &[(Field::Tag, Some("1")), (Field::Email, None)])).await.unwrap();
    let edits = vec![tagged("b", "2"), tagged("a", "3"), tagged("b", "2"), edit("b", &[(Field::FirstName, Some("B"))])];
    let report = store.import(edits, "x.csv".into()).await.unwrap();
    assert_eq!((report.added, report.merged, report.unchanged, report.conflicts), (1, 2, 1, 1));
    let rows = queued(&store);
    assert_eq!(rows[0], (1, edit("a", &[(Field::Tag, Some("3")), (Field::Email, None)])));
    assert_eq!(rows[1], (2, edit("b", &[(Field::Tag, Some("2")), (Field::FirstName, Some("B"))])));

    assert_eq!(store.undo().await.unwrap().unwrap(), "import of x.csv: 3 edits");
    assert_eq!(queued(&store), [(1, edit("a", &[(Field::Tag, Some("1")), (Field::Email, None)]))]);
    store.redo().await.unwrap();
    assert_eq!(queued(&store), rows);
}

#[tokio::test]
async fn edits_without_a_sid_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let one = store.add(tagged("", "1")).await.unwrap();
    let other = store.add(tagged("", "2")).await.unwrap();
    assert_ne!(one, other);
    assert_eq!(line(&store), "=1 =2");
}

#[tokio::test]
async fn an_edit_of_a_queued_sid_is_added_to_the_queued_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store.add(tagged("a", "1")).await.unwrap();
    assert_eq!(store.add(tagged(" a ", "2")).await.unwrap(), first);
    assert_eq!(line(&store), "a=2");
}

#[rstest]
#[case(Cell::Field(Field::Tag), CellChange::Set("x".into()), 2, "a=x b=x c=x", "set tag on 2 edits")]
#[case(Cell::Field(Field::Tag), CellChange::Clear, 3, "a=-- b=-- c=--", "clear tag on 3 edits")]
#[case(Cell::Field(Field::Tag), CellChange::LeaveAlone, 2, "a= b= c=", "leave tag alone on 2 edits")]
#[case(Cell::Sid, CellChange::Set(" b".into()), 2, "b=1 b=x b=", "set SID on 2 edits")]
#[tokio::test]
async fn a_cell_changes_on_many_edits(
    #[case] cell: Cell,
    #[case] change: CellChange,
    #[case] changed: u64,
    #[case] after: &str,
    #[case] name: &str,
) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let edits = vec![tagged("a", "1"), tagged("b", "x"), edit("c", &[(Field::Email, Some("e"))])];
    store.import(edits, "x".into()).await.unwrap();
    let before = queued(&store);
    assert_eq!(store.set_cell(ids(&[1, 2, 3, 99]), cell, change).await.unwrap(), changed);
    assert_eq!(line(&store), after);
    let then = queued(&store);
    assert_eq!(store.undo().await.unwrap().unwrap(), name);
    assert_eq!(queued(&store), before);
    assert_eq!(store.redo().await.unwrap().unwrap(), name);
    assert_eq!(queued(&store), then);
}

#[tokio::test]
async fn replaced_edits_keep_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(vec![tagged("a", "1"), tagged("b", "2")], "x".into()).await.unwrap();
    let edits = vec![(EditId(1), tagged("z", "9")), (EditId(2), tagged("b", "2")), (EditId(7), tagged("q", "q"))];
    assert_eq!(store.replace(edits, "upper case of tag".into()).await.unwrap(), 1);
    assert_eq!(line(&store), "z=9 b=2");
    // The index on sid knows the new one.
    store.add(tagged("z", "10")).await.unwrap();
    assert_eq!(line(&store), "z=10 b=2");
    store.undo().await.unwrap();
    assert_eq!(store.undo().await.unwrap().unwrap(), "upper case of tag on 1 edit");
    assert_eq!(line(&store), "a=1 b=2");
}

#[tokio::test]
async fn edits_taken_out_come_back_to_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import("abcde".chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    assert_eq!(store.take_out(ids(&[4, 1, 2, 77])).await.unwrap(), 3);
    assert_eq!(line(&store), "c=1 e=1");
    assert_eq!(store.undo().await.unwrap().unwrap(), "take out 3 edits");
    assert_eq!(line(&store), "a=1 b=1 c=1 d=1 e=1");
}

#[tokio::test]
async fn edits_taken_out_are_put_back_whatever_was_done_since_and_undo_takes_them_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import("abcde".chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    store.take_out(ids(&[1, 2, 4, 5])).await.unwrap();
    store.take_out(ids(&[3])).await.unwrap();
    store.add(tagged("f", "1")).await.unwrap();
    let taken = store.reader().unwrap().taken_out().unwrap();
    let told: Vec<_> = taken.iter().map(|out| (out.name.as_str(), out.sids.len())).collect();
    assert_eq!(told, [("take out 1 edit", 1), ("take out 4 edits", 3)]);
    assert_eq!(taken[1].sids, ["a", "b", "d"].map(Sid::new));
    assert_eq!(store.put_back(taken[1].step).await.unwrap(), 4);
    assert_eq!(line(&store), "a=1 b=1 d=1 e=1 f=1");
    assert_eq!(store.put_back(taken[1].step).await.unwrap(), 0, "they are back already");
    assert_eq!(store.reader().unwrap().taken_out().unwrap(), taken[..1]);
    for (step, then) in [
        ("put back 4 edits", "f=1"),
        ("add f", ""),
        ("take out 1 edit", "c=1"),
        ("take out 4 edits", "a=1 b=1 c=1 d=1 e=1"),
    ] {
        assert_eq!(store.undo().await.unwrap().unwrap(), step);
        assert_eq!(line(&store), then);
    }
    for _ in 0..4 {
        store.redo().await.unwrap();
    }
    assert_eq!(line(&store), "a=1 b=1 d=1 e=1 f=1");
    // What could be redone is forgotten; what was taken out before stays there.
    store.undo().await.unwrap();
    store.add(tagged("g", "1")).await.unwrap();
    assert_eq!(store.put_back(taken[1].step).await.unwrap(), 4);
    assert_eq!(line(&store), "a=1 b=1 d=1 e=1 f=1 g=1");
}

#[tokio::test]
async fn an_undo_that_is_stopped_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import("abcde".chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    store.set_cell(ids(&[1, 2, 3, 4, 5]), Cell::Field(Field::Tag), CellChange::Set("2".into())).await.unwrap();
    let before = queued(&store);
    let work = crate::support::work::Work::unwatched();
    work.stopper().stop();
    let watched = store.watched(&work);
    assert!(matches!(watched.undo().await, Err(StoreError::Stopped(_))));
    assert!(matches!(watched.go_to_step(0).await, Err(StoreError::Stopped(_))));
    assert_eq!(queued(&store), before);
    store.undo().await.unwrap();
    assert!(matches!(watched.redo().await, Err(StoreError::Stopped(_))));
    assert_eq!(store.redo().await.unwrap().as_deref(), Some("set tag on 5 edits"));
    assert_eq!(queued(&store), before);
}

#[tokio::test]
async fn what_changes_nothing_is_no_step_and_keeps_redo() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(store.undo().await.unwrap(), None);
    store.add(tagged("a", "1")).await.unwrap();
    store.add(tagged("b", "1")).await.unwrap();
    store.undo().await.unwrap();
    store.add(tagged("a", "1")).await.unwrap();
    store.import(vec![tagged("a", "1")], "x".into()).await.unwrap();
    store.import(vec![], "x".into()).await.unwrap();
    store.set_cell(ids(&[1]), Cell::Field(Field::Tag), CellChange::Set("1".into())).await.unwrap();
    store.set_cell(ids(&[1]), Cell::Sid, CellChange::LeaveAlone).await.unwrap();
    store.take_out(ids(&[9])).await.unwrap();
    assert_eq!(store.redo().await.unwrap().unwrap(), "add b");
    assert_eq!(line(&store), "a=1 b=1");
    assert_eq!(store.redo().await.unwrap(), None);
}

#[tokio::test]
async fn a_new_change_ends_redo() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(tagged("a", "1")).await.unwrap();
    store.undo().await.unwrap();
    store.add(tagged("b", "1")).await.unwrap();
    assert_eq!(store.redo().await.unwrap(), None);
    assert_eq!(queued(&store)[0].0, 2, "an id is never used twice");
}

#[tokio::test]
async fn windows_are_read_in_the_order_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import("abcd".chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    let reader = store.reader().unwrap();
    let rows = reader.queue_rows(&ids(&[3, 9, 1])).unwrap();
    assert_eq!(rows.iter().map(|r| r.edit.sid.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    assert_eq!(reader.queue_ids_after(EditId(1), 2).unwrap(), ids(&[2, 3]));
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,12}", any::<String>(), Just("{oops".into()), Just("{\"n\":1.10}".into()), Just("a\0b".into())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the text, cleared or set or untouched: what is read is what was written.
    #[test]
    fn any_edit_comes_back_exactly(sid in any_text(), cells in prop::collection::vec(prop::option::of(prop::option::of(any_text())), 7)) {
        let changes = Field::ALL.into_iter().zip(cells).filter_map(|(f, cell)| Some((f, cell?.map_or(Change::Clear, Change::Set))));
        let edit = Edit { sid: Sid::new(&sid), changes: changes.collect() };
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let id = store.add(edit.clone()).await.unwrap();
            let (start, journal) = begin(&store, 5).await;
            assert_eq!(queued(&store), [(id.0, edit.clone())]);
            let item = journal.load_batch(0).await.unwrap().items.remove(0);
            assert_eq!((item.sid, item.changes), (edit.sid.clone(), edit.changes.clone()));
            let row = store.reader().unwrap().batch_results(start.run, 0).unwrap().remove(0);
            assert_eq!((row.sid, row.changes), (edit.sid, edit.changes));
        });
    }
}
