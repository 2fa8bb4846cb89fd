//! The contacts: narrowed while one types, kept in their place, and asked for no more than the newest question.

use std::sync::Arc;

use super::*;
use crate::app::bulk::{BulkAnswer, BulkAsk, Subjects};
use crate::app::contacts::{ContactKeys, ContactsView, age, name};
use crate::app::same::{SameAs, SameRows};
use crate::domain::{Contact, How, Tally, Transform};
use crate::engine::{PullEvent, PullKind, PullReport};
use crate::store::{BookContact, BookId, BookList, BookState, ContactId, ListId, PullSummary, Sort};

fn ids(n: i64) -> Vec<ContactId> {
    (1..=n).map(ContactId).collect()
}

fn contact(id: ContactId) -> BookContact {
    let mut contact = Contact::new(Sid::new(&format!("c{}", id.0)));
    contact.put(Field::FirstName, &format!("Asha {}", id.0));
    contact.put(Field::Tag, "lead");
    BookContact { id, contact, seen: Timestamp(1000), gone: None }
}

/// The newest question for keys among effects.
fn asked(effects: &[Effect]) -> Option<(u64, ContactsView)> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Book(BookAsk::Keys { token, view }) => Some((*token, view.clone())),
        _ => None,
    })
}

impl Desk {
    /// With the contacts on the screen, `n` of them.
    fn with_contacts(n: i64) -> Self {
        let mut desk = Self::with(3);
        let effects = desk.press("3");
        assert!(effects.contains(&Effect::Book(BookAsk::State)), "{effects:?}");
        let (token, view) = asked(&effects).unwrap();
        assert_eq!(view, ContactsView::default());
        desk.keys_come(token, ContactKeys::All(ids(n)));
        desk
    }

    /// Answers a question for keys, and the question for rows that follows.
    fn keys_come(&mut self, token: u64, keys: ContactKeys) {
        for effect in self.answer(Answer::Book(BookAnswer::Keys(token, Ok(keys)))) {
            if let Effect::Book(BookAsk::Rows(ids)) = effect {
                let rows = ids.iter().copied().map(contact).collect();
                self.answer(Answer::Book(BookAnswer::Rows(ids, rows)));
            }
        }
    }

    /// Types into the open prompt; gives the newest question for keys.
    fn types(&mut self, text: &str) -> Option<(u64, ContactsView)> {
        let effects: Vec<_> = text.chars().flat_map(|c| self.press(&c.to_string())).collect();
        asked(&effects)
    }
}

fn view(filter: &str) -> ContactsView {
    ContactsView { filter: Some(filter.into()), ..ContactsView::default() }
}

#[test]
fn every_key_of_a_search_asks_anew_and_only_the_newest_answer_counts() {
    let mut desk = Desk::with_contacts(5);
    desk.press("G /");
    let (first, seen) = desk.types("a").unwrap();
    assert_eq!(seen, view("a"));
    let (second, seen) = desk.types("s").unwrap();
    assert_eq!(seen, view("as"));
    desk.keys_come(first, ContactKeys::All(ids(1)));
    assert_eq!(desk.model.contacts.grid.len(), 5, "the answer to `a` comes too late");
    desk.keys_come(second, ContactKeys::First(vec![ContactId(2), ContactId(3)]));
    assert_eq!(
        (desk.model.contacts.grid.len(), desk.model.contacts.grid.cursor),
        (2, 0),
        "from the first that is found"
    );
    desk.press("enter");
    desk.press("j");
    desk.keys_come(second, ContactKeys::All(vec![ContactId(2), ContactId(3), ContactId(4)]));
    let grid = &desk.model.contacts.grid;
    assert_eq!((grid.len(), grid.current_key()), (3, Some(ContactId(3))), "what comes later moves no cursor");
}

#[test]
fn what_is_no_filter_yet_changes_nothing_until_enter_says_what_is_wrong() {
    let mut desk = Desk::with_contacts(5);
    desk.press("f");
    let (_, seen) = desk.types("tag").unwrap();
    assert_eq!(seen, view("tag"));
    assert_eq!(desk.types(":(").map(|(_, view)| view), Some(view("tag:")), "`tag:` is one, `tag:(` is none");
    assert_eq!(asked(&desk.press("enter")), None);
    let error = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.clone());
    assert!(error.is_some(), "it stays open");
}

#[test]
fn esc_gives_a_search_up_and_then_shows_everything_again() {
    let mut desk = Desk::with_contacts(5);
    desk.press("/");
    let (token, _) = desk.types("as").unwrap();
    desk.keys_come(token, ContactKeys::All(ids(2)));
    desk.press("enter");
    desk.press("/");
    desk.types("x");
    let effects = desk.press("esc");
    assert_eq!(asked(&effects).map(|(_, view)| view), Some(view("as")), "the search before is back");
    let effects = desk.press("esc");
    assert_eq!(asked(&effects).map(|(_, view)| view), Some(ContactsView::default()));
    assert_eq!(desk.model.place(), Place::Contacts);
    desk.press("esc");
    assert_eq!(desk.model.place(), Place::Queue);
}

#[test]
fn the_same_list_read_again_stays_as_it_is_until_all_of_it_is_there() {
    let mut desk = Desk::with_contacts(5);
    desk.press("j j space");
    let (token, _) = asked(&desk.press("1 3")).unwrap();
    desk.keys_come(token, ContactKeys::First(ids(2)));
    assert_eq!(desk.model.contacts.grid.len(), 5);
    desk.keys_come(token, ContactKeys::All(ids(6)));
    let grid = &desk.model.contacts.grid;
    assert_eq!((grid.len(), grid.current_key(), grid.marks.len()), (6, Some(ContactId(4)), 1));
}

#[test]
fn a_search_that_fails_leaves_what_was_shown_and_says_why() {
    let mut desk = Desk::with_contacts(5);
    desk.press("/");
    let (token, _) = desk.types("as").unwrap();
    desk.answer(Answer::Book(BookAnswer::Keys(token, Err("the disk is gone".into()))));
    assert_eq!((desk.model.contacts.grid.len(), &desk.model.contacts.grid.filter), (5, &None));
    assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), Some("the disk is gone"));
}

#[test]
fn gone_contacts_are_shown_apart_and_a_contact_says_how_old_it_is() {
    let mut desk = Desk::with_contacts(5);
    let gone = ContactsView { gone: true, ..ContactsView::default() };
    assert_eq!(asked(&desk.press("!")).map(|(_, view)| view), Some(gone));
    desk.press("!");
    let state = BookState {
        book: BookId(1),
        contacts: 5,
        gone: 0,
        pulled: Some(Timestamp(1000)),
        looked: None,
        unfinished: None,
    };
    desk.ctx.now = Timestamp(1000 + 7_800_000);
    desk.answer(Answer::Book(BookAnswer::State(Some(state))));
    assert_eq!(age(&desk.model).as_deref(), Some("pulled 2 hours ago"));
    let effects = desk.press("i");
    assert!(effects.contains(&Effect::Triage(TriageAsk::History(Sid::new("c1")))), "{effects:?}");
    let text: Vec<_> = detail::lines(&desk.model).into_iter().map(|(_, line)| line).collect();
    assert_eq!(text[..2], ["sid           c1", "first_name    Asha 1"]);
    assert!(text.iter().any(|line| line.starts_with("seen          2 hours ago")), "{text:?}");
    desk.answer(Answer::Triage(TriageAnswer::History(Sid::new("c1"), Vec::new())));
    let text: Vec<_> = detail::lines(&desk.model).into_iter().map(|(_, line)| line).collect();
    assert_eq!(text.last().map(String::as_str), Some("no run has changed it"));
}

#[test]
fn the_end_of_a_pull_reads_the_contacts_again_and_the_first_of_them_come_at_once() {
    let mut desk = Desk::with_contacts(0);
    desk.command("pull");
    let event = |kind| PullEvent { so_far: PullSummary { contacts: 20, ..PullSummary::NOTHING }, kind };
    let effects = desk.answer(Answer::Book(BookAnswer::Pull(Box::new(event(PullKind::Page)))));
    let (token, _) = asked(&effects).unwrap();
    desk.keys_come(token, ContactKeys::All(ids(20)));
    let effects = desk.answer(Answer::Book(BookAnswer::Pull(Box::new(event(PullKind::Page)))));
    assert_eq!(asked(&effects), None, "nothing moves under the user while it goes on");
    let report = PullReport { state: RunState::Finished, requests: 2, elapsed_ms: 10, cause: None, whole: true };
    let effects = desk.answer(Answer::Book(BookAnswer::Pull(Box::new(event(PullKind::Ended(report))))));
    assert!(asked(&effects).is_some() && effects.contains(&Effect::Book(BookAsk::State)), "{effects:?}");
}

#[test]
fn what_is_typed_ahead_of_a_search_waits_for_the_contact_that_it_finds() {
    let mut desk = Desk::with_contacts(5);
    desk.press("/");
    let (token, _) = desk.types("as").unwrap();
    assert_eq!(desk.press("enter y"), [], "the first of all contacts is not what is meant");
    let effects = desk.answer(Answer::Book(BookAnswer::Keys(token, Ok(ContactKeys::All(vec![ContactId(3)])))));
    assert!(effects.contains(&Effect::Copy("c3".into())), "{effects:?}");
}

fn these(ids: &[i64]) -> Subjects {
    Subjects::Contacts(Arc::new(ids.iter().copied().map(ContactId).collect()))
}

fn set_tag(text: &str) -> Transform {
    Transform::cell(Cell::Field(Field::Tag), How::Set(text.into()))
}

fn bulk_asks(effects: Vec<Effect>) -> Vec<BulkAsk> {
    effects.into_iter().filter_map(|effect| if let Effect::Bulk(ask) = effect { Some(ask) } else { None }).collect()
}

#[test]
fn a_cell_of_a_contact_is_typed_over_what_it_has_and_becomes_an_edit() {
    let mut desk = Desk::with_contacts(5);
    desk.press("j e");
    assert_eq!(desk.model.prompt.as_ref().map(Prompt::text), Some("Asha 2"));
    desk.press("ctrl-u X");
    let name = Transform::cell(Cell::Field(Field::FirstName), How::Set("X".into()));
    assert_eq!(bulk_asks(desk.press("tab")), [BulkAsk::Apply { of: these(&[2]), transform: name }]);
    let cell = desk.model.prompt.as_ref().map(|prompt| prompt.kind.clone());
    assert_eq!(cell, Some(PromptKind::Cell { of: these(&[2]), cell: Cell::Field(Field::LastName) }), "tab goes on");
    desk.press("esc 0");
    assert_eq!(desk.press("e"), []);
    assert!(desk.model.notice.as_ref().is_some_and(|notice| notice.text.contains("keeps its SID")));
}

#[test]
fn a_change_of_marked_contacts_is_seen_counted_and_asked_about_and_queues_edits() {
    let mut desk = Desk::with_contacts(5);
    desk.press("space space 0 l l l l l l");
    let asked = bulk_asks(desk.press("c"));
    assert!(matches!(&asked[..], [BulkAsk::Preview { of, .. }] if *of == these(&[1, 2])), "{asked:?}");
    desk.press("ctrl-u");
    let asked = bulk_asks(desk.press("v i p"));
    let Some(BulkAsk::Preview { token, of, transform }) = asked.last() else { panic!("{asked:?}") };
    assert_eq!((of, transform), (&these(&[1, 2]), &set_tag("vip")));
    let tally = Tally { changed: 2, ..Tally::default() };
    desk.answer(Answer::Bulk(BulkAnswer::Tally { token: *token, tally, complete: true }));
    assert_eq!(bulk_asks(desk.press("enter")), []);
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    assert_eq!((confirm.title.as_str(), confirm.facts[0].1.as_str()), ("Set tag?", "2 contacts"));
    assert!(confirm.facts.iter().any(|(_, fact)| fact.contains("nothing is sent yet")), "{:?}", confirm.facts);
    assert_eq!(bulk_asks(desk.press("y")), [BulkAsk::Apply { of: these(&[1, 2]), transform: set_tag("vip") }]);
    let effects = desk.answer(Answer::Bulk(BulkAnswer::Over(Notice::done("2 edits queued"))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::QueueKeys { .. })), "the queue is read again");
    assert_eq!(desk.press("u"), [Effect::Change(LocalChange::Undo)], "undone from here too");
}

#[test]
fn a_list_is_looked_at_once_it_was_pulled_and_pulled_where_it_never_was() {
    let mut desk = Desk::with_contacts(5);
    assert_eq!(desk.command("lists"), [Effect::Book(BookAsk::Lists)]);
    let list = |id, pulled| BookList {
        id: ListId(id),
        sid: Sid::new(&format!("l{id}")),
        name: format!("List {id}"),
        pulled,
        members: 2,
    };
    let known = vec![list(1, None), list(2, Some(desk.ctx.now))];
    desk.answer(Answer::Book(BookAnswer::Lists(known.clone())));
    let Some(Dialog::Pick(pick)) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    let lines: Vec<_> = pick.lines(&desk.model).into_iter().map(|line| (line.name, line.text)).collect();
    assert_eq!(lines[0], ("List 1".into(), "never pulled".into()));
    assert_eq!(lines[1], ("List 2".into(), "2 contacts, pulled just now".into()));
    let (token, view) = asked(&desk.press("j enter")).unwrap();
    assert_eq!(view.list.as_ref(), Some(&known[1]));
    desk.keys_come(token, ContactKeys::All(ids(2)));
    assert_eq!((desk.model.contacts.grid.len(), name(&desk.model).as_str()), (2, "Contacts of List 2"));
    let (token, view) = asked(&desk.press("esc")).unwrap();
    assert_eq!(view.list, None, "all of them again");
    desk.keys_come(token, ContactKeys::All(ids(5)));

    desk.answer(Answer::Book(BookAnswer::Lists(known.clone())));
    assert_eq!(desk.press("enter"), [Effect::Book(BookAsk::Pull(PullOf::List("l1".into())))]);
    desk.model.pulling = None;
    desk.answer(Answer::Book(BookAnswer::Lists(known)));
    assert_eq!(desk.press("j ctrl-r"), [Effect::Book(BookAsk::Pull(PullOf::List("l2".into())))], "once more");
}

#[test]
fn contacts_are_read_again_when_asked_and_are_no_results_to_export() {
    let mut desk = Desk::with_contacts(5);
    assert!(asked(&desk.press("ctrl-r")).is_some());
    assert_eq!(desk.command("export a.csv"), []);
    let error = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.clone());
    assert!(error.is_some_and(|(_, why)| why.contains("rolodeck contacts")));
}

#[test]
fn a_column_of_contacts_sorts_up_then_down_then_not_and_its_same_values_are_marked() {
    let mut desk = Desk::with_contacts(5);
    let tag = |descending| Some(Sort { by: Cell::Field(Field::Tag), descending });
    desk.press("0 l l l l l l");
    let (token, view) = asked(&desk.press("s")).unwrap();
    assert_eq!(view.sort, tag(false));
    desk.keys_come(token, ContactKeys::All([4, 1, 2, 3, 5].map(ContactId).to_vec()));
    assert_eq!(desk.model.contacts.grid.current_key(), Some(ContactId(4)), "what comes first is what one sorts for");
    let asks = bulk_asks(desk.press("="));
    let [BulkAsk::Same(token, of)] = &asks[..] else { panic!("{asks:?}") };
    assert_eq!(*of, SameAs::Contacts(ContactId(4), Cell::Field(Field::Tag)));
    let rows = SameRows::Contacts([1, 4, 99].map(ContactId).to_vec());
    desk.answer(Answer::Bulk(BulkAnswer::Same { token: *token, column: of.column(), rows }));
    assert_eq!(desk.model.contacts.grid.target(), [ContactId(1), ContactId(4)], "those shown");
    assert!(desk.model.queue.marks.is_empty());
    assert_eq!(asked(&desk.press("s")).unwrap().1.sort, tag(true));
    assert_eq!(asked(&desk.press("s")).unwrap().1.sort, None);
    let by_name = Some(Sort { by: Cell::Field(Field::FirstName), descending: false });
    assert_eq!(asked(&desk.press("S j j enter")).unwrap().1.sort, by_name);
    assert_eq!(desk.model.sort, None, "the queue has an order of its own");
}

#[test]
fn while_a_book_is_pulled_its_count_follows_and_its_age_stays() {
    let mut desk = Desk::with_contacts(5);
    let now = desk.ctx.now;
    let state = |contacts| BookState {
        book: BookId(1),
        contacts,
        gone: 0,
        pulled: Some(Timestamp(now.0 - 3_600_000)),
        looked: Some(Timestamp(now.0 - 60_000)),
        unfinished: None,
    };
    desk.answer(Answer::Book(BookAnswer::State(Some(state(5)))));
    assert_eq!(age(&desk.model).unwrap(), "pulled 1 hour ago, changes 1 minute ago");
    desk.command("pull");
    let page = |added| {
        let so_far = PullSummary { added, contacts: 100, ..PullSummary::NOTHING };
        Answer::Book(BookAnswer::Pull(Box::new(PullEvent { so_far, kind: PullKind::Page })))
    };
    assert!(desk.answer(page(3)).contains(&Effect::Book(BookAsk::State)), "contacts came");
    assert!(!desk.answer(page(3)).contains(&Effect::Book(BookAsk::State)), "none came");
    assert!(age(&desk.model).unwrap().ends_with(", now again"), "{:?}", age(&desk.model));
}
