//! Edits in conflict, decided one by one and all alike.

use super::*;
use crate::app::conflicts::{ConflictAnswer, ConflictAsk};
use crate::app::diff;
use crate::domain::{Base, BaseSource, Conflict, Contact, Keep};

fn seen(source: BaseSource, name: &str) -> Base {
    let mut contact = Contact::default();
    contact.put(Field::FirstName, name);
    Base { contact, seen: Timestamp(0), source }
}

/// Edit `id` of the desk, whose contact others gave another name.
pub(super) fn conflict(id: i64) -> Conflict {
    let edit = row(EditId(id)).edit;
    let held = edit.changes.clone();
    let (base, now) = (seen(BaseSource::Book, "Asha"), seen(BaseSource::Snapshot, "Usha"));
    Conflict::of(EditId(id), edit, &held, base, now, RunId(1)).unwrap()
}

/// A desk of three edits, all in conflict, with the list of them open.
fn deciding() -> Desk {
    let mut desk = Desk::with(3);
    assert_eq!(desk.command("conflicts"), [Effect::Conflicts(ConflictAsk::List)]);
    desk.answer(Answer::Conflicts(ConflictAnswer::Open([1, 2, 3].map(conflict).to_vec())));
    desk
}

fn decided(ids: &[i64], keep: Keep) -> Vec<Effect> {
    vec![Effect::Conflicts(ConflictAsk::Decide(ids.iter().copied().map(EditId).collect(), keep))]
}

#[test]
fn each_is_decided_by_a_key_and_the_list_closes_with_the_last() {
    let mut desk = deciding();
    let lines: Vec<_> = diff::conflict_lines(&conflict(1), Timestamp(0)).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines[2..], ["! first_name  Asha → name 1", "              meanwhile Usha"]);
    assert_eq!(desk.press("j m"), decided(&[2], Keep::Mine));
    assert_eq!(desk.press("t"), decided(&[3], Keep::Theirs), "the next one came under the cursor");
    assert_eq!(desk.press("t"), decided(&[1], Keep::Theirs));
    assert!(desk.model.dialogs.is_empty());
}

#[rstest]
#[case("M", Keep::Mine)]
#[case("T", Keep::Theirs)]
fn all_are_decided_alike(#[case] key: &str, #[case] keep: Keep) {
    let mut desk = deciding();
    assert_eq!(desk.press(key), decided(&[1, 2, 3], keep));
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn a_key_typed_before_the_list_is_seen_decides_nothing_and_esc_leaves_them_open() {
    let mut desk = deciding();
    desk.ctx.now = Timestamp(desk.ctx.now.0 + 100);
    assert_eq!(update(&mut desk.model, Msg::Key("M".parse().unwrap()), &desk.ctx), []);
    assert_eq!(desk.press("esc"), []);
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn another_value_is_typed_in_the_cell_that_is_in_conflict() {
    let mut desk = deciding();
    desk.press("j e ctrl-u");
    desk.type_text("both");
    let change = CellChange::Set("both".into());
    let set = LocalChange::SetCell { edits: vec![EditId(2)], cell: Cell::Field(Field::FirstName), change };
    assert_eq!(desk.press("enter"), [Effect::Change(set)]);
    assert_eq!((desk.model.queue.current_key(), desk.model.queue.column), (Some(EditId(2)), 1));
}

#[test]
fn that_there_is_none_is_said() {
    let mut desk = Desk::with(1);
    desk.command("conflicts");
    desk.answer(Answer::Conflicts(ConflictAnswer::Open(Vec::new())));
    assert!(desk.model.dialogs.is_empty());
    assert!(desk.model.notice.as_ref().is_some_and(|notice| notice.text.starts_with("no edit is in conflict")));
}
