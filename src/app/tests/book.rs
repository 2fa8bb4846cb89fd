//! The address book in the workstation: pulled beside everything else, and asked who has a number.

use std::time::Duration;

use super::*;
use crate::app::bulk::BulkAsk;
use crate::domain::Contact;
use crate::engine::{PullEvent, PullKind, PullReport, WaitReason};
use crate::store::PullSummary;

fn contact(sid: &str, name: &str) -> Contact {
    let mut contact = Contact::new(Sid::new(sid));
    contact.put(Field::FirstName, name);
    contact.put(Field::Number, "+919812345678");
    contact
}

fn by(field: Field, value: &str) -> Who {
    Who::By(field, value.into())
}

impl Desk {
    fn add(&mut self, text: &str) -> Vec<Effect> {
        self.press("o");
        self.type_text(text);
        self.press("enter")
    }

    fn look_up(&mut self, found: Vec<(Who, Vec<Contact>)>) -> Vec<Effect> {
        self.answer(Answer::Book(BookAnswer::Found(found)))
    }

    fn pull(&mut self, contacts: u64, kind: PullKind) {
        let so_far = PullSummary { contacts, expected: Some(1000), added: contacts, ..PullSummary::NOTHING };
        self.answer(Answer::Book(BookAnswer::Pull(Box::new(PullEvent { so_far, kind }))));
    }

    fn said(&self) -> &str {
        self.model.notice.as_ref().map_or("", |notice| notice.text.as_str())
    }
}

fn ended(state: RunState, cause: Option<&str>) -> PullKind {
    PullKind::Ended(PullReport {
        state,
        requests: 50,
        elapsed_ms: 15_000,
        cause: cause.map(str::to_owned),
        whole: true,
    })
}

#[rstest]
#[case("+919812345678", vec![by(Field::Number, "+919812345678")])]
#[case("098123 45678", vec![by(Field::Number, "098123 45678")])]
#[case("Asha@example.in", vec![by(Field::Email, "Asha@example.in")])]
#[case("9812345678, 9812345679", vec![by(Field::Number, "9812345678"), by(Field::Number, "9812345679")])]
#[case("a@b.in 12ab", vec![by(Field::Email, "a@b.in"), Who::Sid(Sid::new("12ab"))])]
fn contacts_can_be_named_by_what_people_have(#[case] typed: &str, #[case] whos: Vec<Who>) {
    assert_eq!(Desk::with(3).add(typed), [Effect::Book(BookAsk::Find(whos))]);
}

#[test]
fn a_sid_is_never_looked_up_and_one_of_digits_alone_is_no_number() {
    let sid = "83126671114475004380337833649490";
    assert_eq!(Desk::with(3).add(sid), [Effect::Change(LocalChange::Add(Sid::new(sid)))]);
    let mut desk = Desk::with(3);
    assert_eq!(desk.add("12ab 5/6"), []);
    let error = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.clone());
    assert!(error.is_some_and(|(at, said)| at == Some(5) && said.contains("`5/6`")), "the prompt stays and says where");
}

#[test]
fn none_one_and_several_are_three_answers() {
    let mut desk = Desk::with(3);
    let number = by(Field::Number, "9812345678");
    assert_eq!(desk.look_up(vec![(number.clone(), vec![])]), []);
    assert_eq!(desk.said(), "nobody has number 9812345678; `:pull` reads the book anew");

    let email = "a.very.long.name@a.very.long.domain.example.in";
    desk.look_up(vec![(by(Field::Email, email), vec![])]);
    assert!(desk.said().ends_with("`:pull` reads the book anew") && desk.said().len() < 78, "{}", desk.said());

    let one = desk.look_up(vec![(number.clone(), vec![contact("a", "Asha")])]);
    assert_eq!(one, [Effect::Change(LocalChange::Add(Sid::new("a")))]);

    assert_eq!(desk.look_up(vec![(number, vec![contact("a", "Asha"), contact("b", "Ravi")])]), [], "nobody is guessed");
    let Some(Dialog::Pick(pick)) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    let lines: Vec<_> = pick.lines(&desk.model).into_iter().map(|line| (line.name, line.text)).collect();
    assert_eq!(lines[1], ("b".into(), "Ravi · +919812345678".into()));
    assert_eq!(desk.press("j enter"), [Effect::Change(LocalChange::Add(Sid::new("b")))]);
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn of_many_those_found_are_added_and_each_other_is_named() {
    let mut desk = Desk::with(3);
    let added = desk.look_up(vec![
        (by(Field::Number, "1111111"), vec![contact("a", "Asha")]),
        (by(Field::Number, "2222222"), vec![]),
        (by(Field::Email, "x@y.in"), vec![contact("b", "Ravi"), contact("c", "Meera")]),
        (Who::Sid(Sid::new("d")), vec![]),
    ]);
    assert_eq!(added, [Effect::Bulk(BulkAsk::Add(vec![Sid::new("a"), Sid::new("d")]))]);
    let Some(Dialog::Text { notice, .. }) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    for part in ["2 contacts not added", "nobody has number 2222222", "several have email x@y.in: b, c"] {
        assert!(notice.text.contains(part), "{part} in {}", notice.text);
    }
}

#[test]
fn a_pull_shows_how_far_it_is_until_it_is_over() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.command("pull"), [Effect::Book(BookAsk::Pull(PullOf::Book))]);
    assert_eq!(pulling::line(&desk.model).as_deref(), Some("pull: asking the server …"));
    assert_eq!(desk.command("pull"), [], "one at a time");
    assert!(desk.said().contains("under way"));

    desk.pull(0, PullKind::Page);
    desk.ctx.now = Timestamp(desk.ctx.now.0 + 10_000);
    desk.pull(200, PullKind::Page);
    assert_eq!(pulling::line(&desk.model).as_deref(), Some("pull: 200 of about 1,000 contacts (20 %), 40.0 s left"));
    let waits = PullKind::Waiting { reason: WaitReason::AskedByServer, for_: Duration::from_secs(30) };
    desk.pull(200, waits);
    assert!(pulling::line(&desk.model).unwrap().ends_with(": 30.0 s"), "{:?}", pulling::line(&desk.model));

    desk.pull(1000, ended(RunState::Finished, None));
    assert_eq!(pulling::line(&desk.model), None);
    let said = "pulled 1,000 contacts: 1,000 new, 0 changed, 0 gone from the server. 50 requests in 15.0 s.";
    assert_eq!(desk.said(), said);
    assert_eq!(desk.model.log.back().map(|line| line.text.as_str()), Some(said), "it stands in the log too");
    assert_eq!(desk.command("pull-stop"), [], "none is under way");
}

#[test]
fn a_pull_is_stopped_by_its_command_and_says_how_it_goes_on() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.command("pull leads"), [Effect::Book(BookAsk::Pull(PullOf::List("leads".into())))]);
    assert_eq!(desk.command("pull-stop"), [Effect::Book(BookAsk::StopPull)]);
    assert_eq!(pulling::line(&desk.model).as_deref(), Some("stopping the pull …"));
    desk.pull(40, ended(RunState::Cancelled, None));
    assert_eq!(desk.said(), "the pull was stopped behind 40 contacts; `:pull` goes on");

    desk.command("pull");
    desk.pull(0, ended(RunState::Stopped, Some("401 \u{1b}[2J")));
    assert_eq!(desk.said(), "nothing was pulled: 401 ␛[2J");
    desk.command("pull");
    desk.answer(Answer::Book(BookAnswer::PullFailed("another process pulls".into())));
    assert_eq!((desk.said(), &desk.model.pulling), ("the pull failed: another process pulls", &None));
}

#[test]
fn esc_asks_before_it_ends_a_pull_and_only_where_it_has_nothing_else_to_close() {
    let mut desk = Desk::with(3);
    desk.command("pull");
    desk.pull(200, PullKind::Page);
    desk.press("v esc");
    assert!(desk.model.dialogs.is_empty(), "it closed the range");
    assert_eq!(desk.press("esc"), []);
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    assert_eq!(
        (confirm.title.as_str(), confirm.facts[0].1.as_str()),
        ("Stop the pull?", "200 of about 1,000 contacts (20 %)")
    );
    assert_eq!(desk.press("esc"), []);
    assert!(desk.model.dialogs.is_empty() && desk.model.pulling.is_some(), "esc is the safe answer");
    desk.press("esc");
    assert_eq!(desk.press("y"), [Effect::Book(BookAsk::StopPull)]);
    assert_eq!(pulling::line(&desk.model).as_deref(), Some("stopping the pull …"));
    assert_eq!(desk.press("esc"), [], "nobody is asked twice");
}
