//! Tests of the address book: what an update changes, and what it refuses.

use super::*;
use crate::sim::body::read_many;
use crate::sim::people::{VENDOR_SID, number_of, sid_of};
use crate::sim::scenario::Scenario;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn book(dialect: &str) -> Book {
    let scenario = Scenario::parse(&format!("[dialect]\n{dialect}\n")).unwrap();
    Book::new("demo1".into(), 100, scenario.dialect, scenario.churn)
}

/// Sends `{"sid": …, <fields>}` and gives the contact's value of a column afterwards.
fn put(book: &mut Book, sid: &str, fields: &str, now: Timestamp) -> Result<Place, Refused> {
    let body = format!(r#"{{"contacts":[{{"sid":"{sid}",{fields}}}]}}"#);
    let items = read_many(body.as_bytes()).unwrap();
    book.update(&items[0], now)
}

fn value(book: &Book, sid: &str, column: Column) -> String {
    book.contact(book.find(sid).unwrap()).values.get(column).to_owned()
}

#[test]
fn what_an_update_does_not_name_stays() {
    let mut book = book("");
    let sid = sid_of(7);
    let before = book.contact(book.find(&sid).unwrap()).values.clone();
    let (number, email) = (before.get(Column::Number).to_owned(), before.get(Column::Email).to_owned());
    put(&mut book, &sid, r#""first_name":"Asha","tag":"New""#, NOW).unwrap();
    assert_eq!(value(&book, &sid, Column::FirstName), "Asha");
    assert_eq!(value(&book, &sid, Column::Tag), "New");
    assert_eq!(value(&book, &sid, Column::Number), number);
    assert_eq!(value(&book, &sid, Column::Email), email);
}

#[test]
fn every_write_moves_the_date_and_is_counted() {
    let mut book = book("");
    let place = put(&mut book, &sid_of(3), r#""tag":"a""#, NOW).unwrap();
    let first = book.contact(place).updated;
    put(&mut book, &sid_of(3), r#""tag":"a""#, NOW).unwrap();
    assert_eq!((first, book.contact(place).updated), (NOW.0 / 1000, NOW.0 / 1000 + 1));
    assert_eq!(book.writes(place), 2);
}

#[rstest::rstest]
#[case("", r#""email":"""#, "")]
#[case("", r#""email":null"#, "")]
#[case("empty_text = \"keep\"", r#""email":"""#, "shiva@exotel.in")]
#[case("null = \"keep\"", r#""email":null"#, "shiva@exotel.in")]
#[case("null = \"keep\"", r#""email":"""#, "")]
fn clearing_does_what_the_dialect_says(#[case] dialect: &str, #[case] fields: &str, #[case] email: &str) {
    let mut book = book(dialect);
    put(&mut book, VENDOR_SID, fields, NOW).unwrap();
    assert_eq!(value(&book, VENDOR_SID, Column::Email), email);
}

#[rstest::rstest]
#[case("", r#""email":"no-at.example""#, Column::Email)]
#[case("", r#""email":"a b@example.in""#, Column::Email)]
#[case("", r#""email":"@example.in""#, Column::Email)]
#[case("", r#""number":"12""#, Column::Number)]
#[case("", r#""number":"+91 98765 43210""#, Column::Number)]
#[case("", r#""number":"""#, Column::Number)]
#[case("null = \"refuse\"", r#""tag":null"#, Column::Tag)]
#[case("empty_text = \"refuse\"", r#""custom_field":"""#, Column::CustomField)]
#[case("number = \"refuse\"", r#""number":"+919876543210""#, Column::Number)]
#[case("max_length = 3", r#""tag":"four""#, Column::Tag)]
fn a_refused_value_changes_nothing(#[case] dialect: &str, #[case] fields: &str, #[case] column: Column) {
    let mut book = book(dialect);
    let first = r#""first_name":"Ab""#;
    assert_eq!(put(&mut book, VENDOR_SID, &format!("{first},{fields}"), NOW), Err(Refused::Invalid(column)));
    assert_eq!(value(&book, VENDOR_SID, Column::FirstName), "XYZ");
}

#[test]
fn contacts_outside_the_book_are_not_found() {
    let mut book = book("");
    for sid in [sid_of(100), "93ba26b7f11c4e75b4043c8b33ceba59".into(), "x".into()] {
        assert_eq!(put(&mut book, &sid, r#""tag":"a""#, NOW), Err(Refused::NotFound), "{sid}");
    }
    assert!(put(&mut book, &sid_of(99), r#""tag":"a""#, NOW).is_ok());
}

#[test]
fn a_number_has_one_holder_and_becomes_free_when_it_changes() {
    let mut book = book("");
    let [a, b, c] = [1, 2, 3].map(sid_of);
    let number = |n: &str| format!(r#""number":"{n}""#);
    let second = book.find(&b).unwrap();
    assert_eq!(put(&mut book, &a, &number(&number_of(2)), NOW), Err(Refused::Taken(second)));
    assert!(put(&mut book, &b, &number(&number_of(2)), NOW).is_ok(), "its own number is no conflict");
    put(&mut book, &b, &number("+14155550100"), NOW).unwrap();
    assert_eq!(put(&mut book, &c, &number("+14155550100"), NOW), Err(Refused::Taken(second)));
    put(&mut book, &a, &number(&number_of(2)), NOW).unwrap();
    put(&mut book, &b, &number("+14155550111"), NOW).unwrap();
    put(&mut book, &c, &number("+14155550100"), NOW).unwrap();
    let vendor = book.find(VENDOR_SID).unwrap();
    assert_eq!(put(&mut book, &a, &number("+67420336456"), NOW), Err(Refused::Taken(vendor)));
}

#[rstest::rstest]
#[case("", r#"{"key":{"d":1}}"#)]
#[case("custom_field = \"merge\"", r#"{"key":{"d":1},"other":"x"}"#)]
fn a_custom_field_is_replaced_or_merged(#[case] dialect: &str, #[case] after: &str) {
    let mut book = book(dialect);
    put(&mut book, VENDOR_SID, r#""custom_field":{"other":"x"}"#, NOW).unwrap();
    put(&mut book, VENDOR_SID, r#""custom_field":{"key":{"d":1}}"#, NOW).unwrap();
    assert_eq!(value(&book, VENDOR_SID, Column::CustomField), after);
}

#[test]
fn reads_lag_behind_writes_when_told_to() {
    let mut book = book("read_lag_ms = 2000");
    let place = put(&mut book, VENDOR_SID, r#""tag":"New""#, NOW).unwrap();
    let tag = |book: &Book, ms| book.read(place, Timestamp(NOW.0 + ms)).values.get(Column::Tag).to_owned();
    assert_eq!([tag(&book, 0), tag(&book, 1999), tag(&book, 2000)], ["Member", "Member", "New"]);
    assert_eq!(value(&book, VENDOR_SID, Column::Tag), "New", "the echo of the update is fresh");
}

#[test]
fn the_list_goes_by_date_of_creation() {
    let book = book("");
    let dates: Vec<i64> = (0..book.len()).map(|p| book.contact(book.at(p).unwrap()).created).collect();
    assert_eq!(dates.len(), 101);
    assert!(dates.is_sorted());
    assert_eq!(book.at(101), None);
}

/// The oracle keeps the list as a list.
#[test]
fn the_list_closes_where_contacts_go_and_grows_at_its_end() {
    let mut book = book("");
    let mut oracle: Vec<String> = std::iter::once(VENDOR_SID.to_owned()).chain((0..100).map(sid_of)).collect();
    for turn in 0..60_u64 {
        let at = mix(turn) % book.len();
        let sid = oracle.remove(at as usize);
        book.delete(book.find(&sid).unwrap());
        assert_eq!(book.find(&sid), None);
        if turn % 3 == 0 {
            let place = book.insert();
            oracle.push(book.contact(place).sid);
        }
        let list: Vec<_> = (0..book.len()).map(|p| book.contact(book.at(p).unwrap()).sid).collect();
        assert_eq!(list, oracle);
        assert_eq!(book.at(book.len()), None);
    }
}

#[test]
fn the_number_of_a_contact_that_went_is_free() {
    let mut book = book("");
    let number = format!(r#""number":"{}""#, number_of(2));
    assert!(put(&mut book, &sid_of(1), &number, NOW).is_err());
    book.delete(book.find(&sid_of(2)).unwrap());
    assert!(put(&mut book, &sid_of(1), &number, NOW).is_ok());
}
