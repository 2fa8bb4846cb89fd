//! Pictures of edits in conflict, and of edits beside what is known of their contacts.

use rstest::rstest;

use super::screens::{assert_picture, press};
use super::*;
use crate::app::conflicts::ConflictAnswer;
use crate::domain::{Base, BaseSource, Conflict, Contact};

fn base(source: BaseSource, seen: i64, values: &[(Field, &str)]) -> Base {
    let mut contact = Contact::default();
    for (field, value) in values {
        contact.put(*field, value);
    }
    Base { contact, seen: Timestamp(seen), source }
}

/// The edit of a row, whose contact others gave another email.
fn conflict(i: i64) -> Conflict {
    let edit = queue_row(i).edit;
    let held = edit.changes.clone();
    let was = [(Field::FirstName, "Aasha"), (Field::Email, "asha.rao@example.com"), (Field::Tag, "lead")];
    let now = [(Field::FirstName, "Aasha"), (Field::Email, "rao@example.in"), (Field::Tag, "lead")];
    let (base, now) = (base(BaseSource::Book, 400_000, &was), base(BaseSource::Snapshot, 940_000, &now));
    Conflict::of(EditId(i), edit, &held, base, now, RunId(7)).unwrap()
}

#[rstest]
#[case((60, 15))]
#[case((80, 24))]
#[case((120, 36))]
fn conflicts_are_listed_above_the_one_under_the_cursor_from_all_sides(#[case] size: (u16, u16)) {
    let mut model = model(size, 12);
    let open = (1..=9).filter(|i| *i != 2).map(conflict).collect();
    send(&mut model, Msg::Answer(Answer::Conflicts(ConflictAnswer::Open(open))));
    let (columns, rows) = size;
    assert_picture(&format!("conflicts-{columns}x{rows}"), &press(model, "j j"));
}

/// A day later the base is stale; an edit in conflict says so before all else.
#[test]
fn a_row_says_what_others_changed_and_how_old_a_stale_base_is() {
    let mut model = model((120, 36), 0);
    let ids: Vec<_> = (1..=4).map(EditId).collect();
    let Effect::QueueKeys { token, .. } = model.ask_queue_keys() else { panic!() };
    send(&mut model, Msg::Answer(Answer::QueueKeys(token, KeysFor::View, Ok(ids.clone()))));
    let mut rows: Vec<_> = (1..=4).map(queue_row).collect();
    rows[0].conflict = Some(Box::new(conflict(1)));
    rows[2].base = Some(Box::new(base(BaseSource::Book, -200_000_000, &[])));
    rows[3].base = rows[2].base.clone();
    send(&mut model, Msg::Answer(Answer::QueueRows(ids, rows)));
    let text = screen(&model);
    assert!(text.contains("others changed email"), "{text}");
    assert!(text.lines().any(|line| line.contains("Asha 4") && line.contains("base seen 2 days ago")), "{text}");
    let text = screen(&press(model, "j j i"));
    assert!(text.contains("base       stale: in the address book, 55 h 50 m old"), "{text}");
}
