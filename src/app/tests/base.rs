//! What contacts were before: the diff of a row, and the undo of a run.

use super::*;
use crate::app::base::{BaseAnswer, BaseAsk, RowOf, UndoPreview};
use crate::app::diff;
use crate::domain::{Base, BaseSource, Contact, Echo, Outcome};
use crate::store::{Bases, ResultRow};

fn base(source: BaseSource, seen: i64, values: &[(Field, &str)]) -> Base {
    let mut contact = Contact::default();
    for (field, value) in values {
        contact.put(*field, value);
    }
    Base { contact, seen: Timestamp(seen), source }
}

/// The text of the diff, its first line (the SID) left out.
fn shown(desk: &Desk) -> Vec<String> {
    diff::lines(&desk.model).into_iter().skip(1).map(|(_, line)| line).filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_diff_of_an_edit_shows_its_base_with_its_age_and_follows_the_cursor() {
    let mut desk = Desk::with(2);
    assert_eq!(desk.press("d"), [Effect::Base(BaseAsk::Of(RowOf::Queue(EditId(1))))]);
    let known = Some(base(BaseSource::Book, desk.ctx.now.0 - 60_000, &[(Field::FirstName, "Asha")]));
    desk.answer(Answer::Base(BaseAnswer::Of(RowOf::Queue(EditId(1)), Box::new(Bases { known, read: None }))));
    let lines = shown(&desk);
    assert!(lines[0].starts_with("base  in the address book, 1 m 00 s old ("), "{lines:?}");
    assert!(lines[1].starts_with("  first_name  Asha → "), "{lines:?}");
    // Of the next row nothing is known.
    assert_eq!(desk.press("j"), [Effect::Base(BaseAsk::Of(RowOf::Queue(EditId(2))))]);
    desk.answer(Answer::Base(BaseAnswer::Of(RowOf::Queue(EditId(2)), Box::default())));
    let lines = shown(&desk);
    assert!(lines[0].starts_with("base  not known"), "{lines:?}");
    assert!(lines[1].starts_with("  first_name  ? → "), "{lines:?}");
    assert_eq!(desk.press("d"), []);
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn what_an_edit_does_not_change_is_marked() {
    let mut desk = Desk::with(1);
    desk.press("d");
    let wanted =
        desk.model.queue.current().unwrap().edit.changes.get(Field::FirstName).unwrap().value().unwrap().to_owned();
    let known = Some(base(BaseSource::Book, 0, &[(Field::FirstName, &wanted)]));
    desk.answer(Answer::Base(BaseAnswer::Of(RowOf::Queue(EditId(1)), Box::new(Bases { known, read: None }))));
    let lines = shown(&desk);
    assert!(lines[1].starts_with("= first_name"), "{lines:?}");
    assert_eq!(lines[2], "= this edit changes nothing");
}

/// The results show one row with this outcome.
fn with_result(outcome: Outcome) -> Desk {
    let mut desk = super::reconcile::with_unknown(0);
    let token = desk.model.asked;
    desk.answer(Answer::ResultKeys(token, KeysFor::View, Ok(vec![0])));
    let changes = [(Field::Tag, Change::Set("vip".into())), (Field::Email, Change::Clear)].into_iter().collect();
    let row = ResultRow {
        seq: 0,
        sid: Sid::new("aaa"),
        changes,
        batch: 0,
        index: 0,
        outcome: Some(outcome),
        attempts: 0,
        request_id: None,
        handled: None,
        again: None,
        before: None,
    };
    desk.answer(Answer::ResultRows(RunId(1), vec![row]));
    desk
}

#[test]
fn a_result_shows_what_was_there_what_was_there_then_and_what_came_back() {
    let held = Outcome::undecided(Status::NotSent, None, "changed since the edit was made");
    let mut desk = with_result(held);
    assert_eq!(desk.press("d"), [Effect::Base(BaseAsk::Of(RowOf::Run(RunId(1), 0)))]);
    let known = Some(base(BaseSource::Book, 0, &[(Field::Tag, "old")]));
    let read = Some(base(BaseSource::Snapshot, 0, &[(Field::Tag, "theirs")]));
    desk.answer(Answer::Base(BaseAnswer::Of(RowOf::Run(RunId(1), 0), Box::new(Bases { known, read }))));
    let lines = shown(&desk);
    assert!(lines[1].starts_with("then  in a read before the sending"), "{lines:?}");
    assert_eq!(
        lines[2..],
        [
            "= email  (none) → (cleared)",
            "! tag    old    → vip",
            "         meanwhile theirs",
            "= the contact has this value already",
            "not sent  changed since the edit was made",
        ]
    );

    let item = r#"{"code":200,"status":"success","data":{"sid":"aaa","tag":"VIP"}}"#;
    let difference = crate::domain::Difference { field: Field::Tag, wanted: "vip".into(), got: Some("VIP".into()) };
    let echo = Echo::Differs(vec![difference]);
    let mut desk =
        with_result(Outcome { status: Status::Updated, said: Said::default(), echo, item: Some(item.to_owned()) });
    desk.press("d");
    desk.answer(Answer::Base(BaseAnswer::Of(RowOf::Run(RunId(1), 0), Box::default())));
    let lines = shown(&desk);
    assert_eq!(lines[lines.len() - 2..], ["echo  differs: wanted → got", "  tag  vip → VIP"]);
}

fn preview() -> UndoPreview {
    UndoPreview {
        back: 48,
        assumed: 48,
        restored: 2,
        skipped: vec![("not known what it was before".into(), 10)],
        blind: false,
    }
}

#[test]
fn the_undo_of_a_run_is_asked_for_with_all_that_it_does_and_leaves() {
    let mut desk = super::reconcile::with_unknown(0);
    assert_eq!(desk.press("B"), [Effect::Base(BaseAsk::FindUndo(RunId(1)))]);
    desk.answer(Answer::Base(BaseAnswer::Undo(RunId(1), preview())));
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("no confirm") };
    assert_eq!(confirm.title, "Build the undo of run 1?");
    let said = confirm.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
    assert_eq!(
        said,
        [
            "contacts: 48 get their values from before again",
            "assumed: 48 are as the run left them: not read since",
            "as before: 2 already",
            "left alone: 10 not known what it was before",
            "then: in the queue, as one step of undo; nothing is sent",
        ]
    );
    assert_eq!(desk.press("n"), []);
    // In the history it is about the run under the cursor.
    desk.press("4");
    assert_eq!(desk.press("B"), [Effect::Base(BaseAsk::FindUndo(RunId(1)))]);
    desk.answer(Answer::Base(BaseAnswer::Undo(RunId(1), preview())));
    assert_eq!(desk.press("y"), [Effect::Base(BaseAsk::Undo(RunId(1)))]);
}

#[rstest]
#[case(UndoPreview { blind: true, skipped: vec![("not known what it was before".into(), 3)], ..UndoPreview::default() },
    "snapshot = true")]
#[case(UndoPreview { restored: 3, ..UndoPreview::default() }, "its contacts are as before already")]
#[case(UndoPreview { skipped: vec![("its outcome is unknown".into(), 2)], ..UndoPreview::default() },
    "it changed nothing; 2 contacts left alone")]
fn an_undo_of_nothing_says_why(#[case] preview: UndoPreview, #[case] why: &str) {
    let mut desk = super::reconcile::with_unknown(0);
    desk.press("B");
    desk.answer(Answer::Base(BaseAnswer::Undo(RunId(1), preview)));
    let told = match desk.model.dialogs.last() {
        Some(Dialog::Text { notice, .. }) => notice.text.clone(),
        _ => desk.model.notice.as_ref().unwrap().text.clone(),
    };
    assert!(told.contains(why), "{told}");
    assert!(!desk.model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Confirm(_))));
}
