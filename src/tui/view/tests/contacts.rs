//! The contacts of the address book at every size, and the tabs where there is little room.

use rstest::rstest;

use super::screens::{assert_picture, press};
use super::*;
use crate::app::contacts::ContactKeys;
use crate::app::{BookAnswer, BookAsk};
use crate::domain::Contact;
use crate::store::{BookContact, BookId, BookState, ContactId};

const PEOPLE: [[&str; 7]; 6] = [
    ["Asha", "Rao", "+919812345678", "asha.rao@example.in", "Acme Traders", "lead", r#"{"city":"Pune","since":2019}"#],
    ["Ravi", "Kumar", "+919812345679", "ravi.kumar@example.in", "Acme Traders", "", ""],
    ["名前です", "", "+819012345678", "", "", "export", ""],
    ["Meera", "", "", "meera@a.rather.long.domain.example.com", "", "lead", ""],
    ["क्षमा", "Joshi", "+919812345680", "", "Joshi & Sons, Wholesale and Retail", "", r#"{"vip":true}"#],
    ["", "", "+919812345681", "", "", "", ""],
];

fn contact(i: i64) -> BookContact {
    let mut contact = Contact::new(Sid::new(&format!("83ba26b7f11c4e75b4043c8b33ceba{i:02}")));
    for (field, value) in Field::ALL.into_iter().zip(PEOPLE[(i as usize - 1) % PEOPLE.len()]) {
        contact.put(field, value);
    }
    BookContact { id: ContactId(i), contact, seen: Timestamp(400_000), gone: None }
}

/// The contacts on the screen, as a pull of ten minutes ago left them.
fn contacts(size: (u16, u16), n: i64) -> Model {
    let mut model = model(size, 3);
    let ids: Vec<_> = (1..=n).map(ContactId).collect();
    let effects = send(&mut model, Msg::Key("3".parse().unwrap()));
    found(&mut model, &effects, ids.clone());
    send(&mut model, Msg::Answer(Answer::Book(BookAnswer::Rows(ids, (1..=n).map(contact).collect()))));
    let pulled = (n > 0).then_some(Timestamp(400_000));
    let state = BookState { book: BookId(1), contacts: n as u64, gone: 0, pulled, looked: None, unfinished: None };
    send(&mut model, Msg::Answer(Answer::Book(BookAnswer::State((n > 0).then_some(state)))));
    model
}

/// Answers the newest question for contacts.
fn found(model: &mut Model, effects: &[Effect], ids: Vec<ContactId>) {
    let token = effects.iter().rev().find_map(|effect| match effect {
        Effect::Book(BookAsk::Keys { token, .. }) => Some(*token),
        _ => None,
    });
    send(model, Msg::Answer(Answer::Book(BookAnswer::Keys(token.unwrap(), Ok(ContactKeys::All(ids))))));
}

#[rstest]
fn contacts_at_every_size(#[values((60, 15), (80, 24), (160, 45))] size: (u16, u16)) {
    let name = |what: &str| format!("{what}-{}x{}", size.0, size.1);
    assert_picture(&name("contacts"), &press(contacts(size, 6), "j space"));
    assert_picture(&name("contacts-empty"), &contacts(size, 0));
    let mut search = press(contacts(size, 6), "l l / a c m");
    let effects = send(&mut search, Msg::Key("e".parse().unwrap()));
    found(&mut search, &effects, vec![ContactId(1), ContactId(2)]);
    assert_picture(&name("contacts-search"), &search);
    assert_picture(&name("contacts-cell"), &press(contacts(size, 6), "l e u"));
}

#[test]
fn how_the_list_is_narrowed_comes_before_how_old_it_is() {
    let mut model = press(contacts((60, 15), 6), "a / a c m");
    let effects = send(&mut model, Msg::Key("e".parse().unwrap()));
    found(&mut model, &effects, vec![ContactId(1)]);
    let text = screen(&model);
    assert!(text.contains("┌ Contacts ──") && text.contains("6 marked · filter acme · 1/1 ┐"), "{text}");
}

#[test]
fn the_far_columns_of_a_contact_come_by_moving_to_them() {
    let text = screen(&press(contacts((80, 24), 6), "$"));
    assert!(text.contains("custom_field") && text.contains(r#"{"city":"Pune","since":2019}"#), "{text}");
    assert!(text.contains("83ba26b…ceba01"), "the SID stays: {text}");
}

#[rstest]
#[case((60, 15), 3, "[1 Queue 3] 2 Res 3 Con 4 His 5 Log")]
#[case((80, 24), 3, "[1 Queue 3] 2 Res 3 Con 4 His 5 Log")]
#[case((84, 24), 3, "[1 Queue 3] 2 Results 3 Contacts 4 History 5 Log")]
#[case((80, 24), 1_000_000, "[1 Queue 1,000,000] 2 Res 3 Con 4 His 5 Log")]
#[case((120, 36), 3, "[1 Queue 3]  2 Results  3 Contacts 500,000  4 History  5 Log")]
fn the_tabs_say_less_where_the_account_needs_the_room(
    #[case] size: (u16, u16),
    #[case] queued: u64,
    #[case] wanted: &str,
) {
    let mut model = model(size, 3);
    model.queued = queued;
    let state = BookState { book: BookId(1), contacts: 500_000, gone: 0, pulled: None, looked: None, unfinished: None };
    send(&mut model, Msg::Answer(Answer::Book(BookAnswer::State(Some(state)))));
    let text = screen(&model);
    let header = text.lines().next().unwrap();
    assert!(header.ends_with(wanted), "{header}");
}
