//! Bulk changes, duplicates, orders and the list of steps.

use proptest::prelude::*;

use super::*;
use crate::domain::{How, Replace, Template, Transform};
use crate::support::work::Work;

const ON: Cell = Cell::Field(Field::Tag);

async fn with(edits: Vec<Edit>) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(edits, "x".into()).await.unwrap();
    (dir, store)
}

/// Renames an edit, which is how two edits of one contact come about.
async fn rename(store: &Store, id: i64, sid: &str) {
    store.set_cell(ids(&[id]), Cell::Sid, CellChange::Set(sid.into())).await.unwrap();
}

#[tokio::test]
async fn a_transform_is_one_step_that_says_what_it_did_and_undo_takes_it_back() {
    let (_dir, store) = with(vec![tagged("a", "x1"), tagged("b", "y"), edit("c", &[]), tagged("d", "1x1")]).await;
    let before = queued(&store);
    let nine = Replace::new(Replace::pattern("x?1").unwrap(), r"<\U$0>").unwrap();
    let report = store.transform(ids(&[1, 2, 3, 4, 9]), Transform::cell(ON, How::Replace(nine))).await.unwrap();
    assert_eq!(report, BulkReport { changed: 2, impossible: 0, why: None });
    assert_eq!(line(&store), "a=<X1> b=y c= d=<1><X1>");
    assert_eq!(store.undo().await.unwrap().unwrap(), "replace in tag on 2 edits");
    assert_eq!(queued(&store), before);
    store.redo().await.unwrap();
    assert_eq!(line(&store), "a=<X1> b=y c= d=<1><X1>");
}

#[tokio::test]
async fn what_cannot_be_made_stays_and_is_counted_with_its_reason() {
    let (_dir, store) = with(vec![tagged("a", "1"), edit("b", &[(Field::Email, None)])]).await;
    let template = Template::parse("{tag}-{sid}").unwrap();
    let report = store.transform(ids(&[1, 2]), Transform::cell(ON, How::Template(template))).await.unwrap();
    assert_eq!(report, BulkReport { changed: 1, impossible: 1, why: Some("tag is not set".into()) });
    assert_eq!(line(&store), "a=1-a b=");
}

#[tokio::test]
async fn a_stop_changes_nothing_and_leaves_no_step() {
    let edits: Vec<_> = (0..25_000).map(|n| tagged(&format!("s{n}"), "x")).collect();
    let (_dir, store) = with(edits).await;
    let all_ids = store.reader().unwrap().queue_ids().unwrap();
    for how in [How::Upper, How::Set("y".into())] {
        let work = Work::unwatched();
        work.stopper().stop();
        let stopped = store.watched(&work).transform(all_ids.clone(), Transform::cell(ON, how)).await;
        assert!(matches!(stopped, Err(StoreError::Stopped(_))));
    }
    assert_eq!(store.reader().unwrap().ids_with(ON, Some(&Change::Set("x".into()))).unwrap().len(), 25_000);
    assert_eq!(store.undo().await.unwrap().unwrap(), "import of x: 25,000 edits");
}

#[tokio::test]
async fn edits_of_one_contact_are_found_and_merge_into_the_first_and_later_wins() {
    let edits = vec![
        edit("a", &[(Field::Tag, Some("1")), (Field::Email, None)]),
        tagged("b", "2"),
        tagged("c", "3"),
        tagged("", "5"),
        tagged("", "6"),
    ];
    let (_dir, store) = with(edits).await;
    let reader = store.reader().unwrap();
    assert_eq!(reader.duplicates().unwrap(), []);
    assert_eq!(store.merge_duplicates().await.unwrap(), MergeReport::default());
    rename(&store, 3, "a").await;
    assert_eq!(reader.duplicates().unwrap(), ids(&[1, 3]));
    let before = queued(&store);
    let foreseen = reader.merge_report().unwrap();
    assert_eq!(foreseen, MergeReport { contacts: 1, merged: 1, conflicts: 1 });
    assert_eq!(queued(&store), before, "to foresee is not to do");
    assert_eq!(store.merge_duplicates().await.unwrap(), foreseen);
    assert_eq!(line(&store), "a=3 b=2 =5 =6");
    assert_eq!(queued(&store)[0].1.changes.get(Field::Email), Some(&Change::Clear));
    assert_eq!(store.undo().await.unwrap().unwrap(), "merge 2 edits of the same contacts");
    assert_eq!(queued(&store), before);
}

#[tokio::test]
async fn the_list_of_steps_survives_a_restart_and_one_can_go_to_any_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for tag in ["1", "2", "3"] {
        store.import(vec![tagged("a", tag)], "x".into()).await.unwrap();
    }
    store.undo().await.unwrap();
    drop(store);
    let store = open(dir.path());
    let steps = store.reader().unwrap().steps().unwrap();
    assert_eq!(steps.iter().map(|step| step.undone).collect::<Vec<_>>(), [true, false, false]);
    assert!(steps.iter().all(|step| step.name == "import of x: 1 edit"));
    assert_eq!(store.go_to_step(0).await.unwrap(), (2, 0));
    assert_eq!(line(&store), "");
    assert_eq!(store.go_to_step(steps[0].id).await.unwrap(), (0, 3));
    assert_eq!(line(&store), "a=3");
    assert_eq!(store.go_to_step(steps[2].id).await.unwrap(), (2, 0));
    assert_eq!(line(&store), "a=1");
    assert_eq!(store.go_to_step(steps[2].id).await.unwrap(), (0, 0));
}

/// A value, a clearing, or nothing.
fn any_change() -> impl Strategy<Value = Option<Option<String>>> {
    prop::option::of(prop::option::weighted(0.8, "[a-cA-C\u{e9}]{0,3}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Orders and equal values are those of a naive sort of all rows.
    #[test]
    fn orders_and_equal_values_are_those_of_a_naive_model(
        tags in prop::collection::vec(any_change(), 0..12),
        descending: bool,
        most in prop::option::of(0u64..14),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let edits: Vec<Edit> = tags.iter().enumerate().map(|(n, tag)| {
            let change = tag.as_ref().map(|tag| (Field::Tag, tag.as_deref()));
            edit(&format!("s{n}"), &Vec::from_iter(change))
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.import(edits, "x".into())).unwrap();
        let rows = queued(&store);
        let tag = |edit: &Edit| edit.changes.get(Field::Tag).cloned();

        let mut wanted = Vec::new();
        let mut set: Vec<_> = rows.iter().filter_map(|(id, e)| {
            let tag = e.changes.get(Field::Tag)?.value()?.to_ascii_lowercase();
            Some((tag, *id))
        }).collect();
        set.sort_by(|a, b| if descending { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
        wanted.extend(set.into_iter().map(|(_, id)| id));
        wanted.extend(rows.iter().filter(|(_, e)| tag(e) == Some(Change::Clear)).map(|(id, _)| *id));
        wanted.extend(rows.iter().filter(|(_, e)| tag(e).is_none()).map(|(id, _)| *id));
        wanted.truncate(most.unwrap_or(99) as usize);
        let reader = store.reader().unwrap();
        prop_assert_eq!(reader.sorted_ids(Sort { by: ON, descending }, most).unwrap(), ids(&wanted));

        for (_, row) in &rows {
            let like: Vec<_> = rows.iter().filter(|(_, e)| tag(e) == tag(row)).map(|(id, _)| *id).collect();
            prop_assert_eq!(reader.ids_with(ON, tag(row).as_ref()).unwrap(), ids(&like));
        }
    }
}
