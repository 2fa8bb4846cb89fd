//! Edits that were held back since others changed their contacts, and the decision about them.

use super::base::contact;
use super::*;
use crate::domain::{Conflict, Keep};

/// A store whose run 1 held back `b` and `c`, which others changed; `a` was sent. Each edit sets a tag, that of `c` an
/// email too.
async fn held(dir: &Path) -> Store {
    let store = open(dir);
    let seen = ["a", "b", "c"].map(|sid| contact(sid, "old")).to_vec();
    let name = BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() };
    store.keep_contacts(name, seen, Timestamp(1), "IN".into()).await.unwrap();
    let both = edit("c", &[(Field::Tag, Some("mine")), (Field::Email, Some("c@x.in"))]);
    store.import([tagged("a", "mine"), tagged("b", "mine"), both], "x".into()).await.unwrap();
    let (_, journal) = begin(&store, 9).await;
    journal.see(0, Some(contact("a", "old")), Timestamp(3), None).await.unwrap();
    for (seq, sid) in [(1, "b"), (2, "c")] {
        journal.see(seq, Some(contact(sid, "theirs")), Timestamp(4), Some("changed".into())).await.unwrap();
    }
    let outcomes = [Status::Updated, Status::NotSent, Status::NotSent].map(outcome);
    journal.settle(0, None, outcomes.to_vec()).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(9), 1).await.unwrap();
    store
}

/// The contacts in conflict, with what they were, what they are, and what they are to be.
fn open_ones(store: &Store) -> Vec<String> {
    let sides = |conflict: Conflict| {
        let sides = conflict.sides().into_iter().find(|d| d.field == Field::Tag).unwrap();
        format!("{}: {} {} {}", conflict.edit.sid, sides.base, sides.now, sides.wanted)
    };
    store.reader().unwrap().conflicts().unwrap().into_iter().map(sides).collect()
}

const B: EditId = EditId(2);
const C: EditId = EditId(3);

#[tokio::test]
async fn a_conflict_is_open_with_all_its_sides_until_it_is_decided_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    drop(held(dir.path()).await);
    let store = open(dir.path());
    assert_eq!(open_ones(&store), ["b: old theirs mine", "c: old theirs mine"]);
    let decided = store.decide(vec![B, EditId(1)], Keep::Mine).await.unwrap();
    assert_eq!((decided.mine, open_ones(&store)), (1, vec!["c: old theirs mine".to_owned()]));
    assert_eq!(line(&store), "b=mine c=mine", "the edit stays as it is");
    let base = store.reader().unwrap().queued_base(B, &BookName::default()).unwrap().unwrap();
    assert_eq!(base.contact.get(Field::Tag), "theirs", "what was seen is the base of the next sending");
}

#[tokio::test]
async fn where_others_keep_theirs_the_rest_of_an_edit_stays_and_an_undo_opens_the_conflict_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = held(dir.path()).await;
    let before = queued(&store);
    let decided = store.decide(vec![B, C], Keep::Theirs).await.unwrap();
    assert_eq!((decided.yielded, decided.taken_out), (1, 1));
    assert_eq!(queued(&store), [(3, edit("c", &[(Field::Email, Some("c@x.in"))]))]);
    assert!(open_ones(&store).is_empty());
    assert_eq!(store.undo().await.unwrap().unwrap(), "leave 2 contacts as others changed them");
    assert_eq!((queued(&store), open_ones(&store).len()), (before, 2));
    store.redo().await.unwrap();
    assert!(open_ones(&store).is_empty());
}

#[tokio::test]
async fn another_value_decides_and_a_second_decision_finds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = held(dir.path()).await;
    store.set_cell(vec![C], Cell::Field(Field::Email), CellChange::Clear).await.unwrap();
    assert_eq!(open_ones(&store).len(), 2, "the field beside it decides nothing");
    store.set_cell(vec![C], Cell::Field(Field::Tag), CellChange::Set("both".into())).await.unwrap();
    assert_eq!(open_ones(&store), ["b: old theirs mine"]);
    store.take_out(vec![B]).await.unwrap();
    assert!(open_ones(&store).is_empty());
    assert_eq!(store.decide(vec![B, C], Keep::Theirs).await.unwrap(), Decided::default());
    assert_eq!(store.undo().await.unwrap().unwrap(), "take out 1 edit", "nothing was done, so there is no step");
}
