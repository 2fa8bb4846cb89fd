//! Keys typed while the row, or the choice, that they are meant for is still being read.

use super::reconcile::past_run;
use super::triage::{failed, rejected};
use super::*;
use crate::app::mending::Sampled;
use crate::domain::Verdict;

/// A long queue whose cursor has just gone to the end, with the question for the rows there.
fn at_the_end() -> (Desk, Vec<EditId>) {
    let mut desk = Desk::with(10_000);
    let [Effect::QueueRows(asked)] = &desk.press("G")[..] else { panic!("the rows at the end are asked for") };
    let asked = asked.clone();
    (desk, asked)
}

impl Desk {
    fn rows(&mut self, asked: Vec<EditId>) -> Vec<Effect> {
        let rows = asked.iter().copied().map(row).collect();
        self.answer(Answer::QueueRows(asked, rows))
    }
}

#[test]
fn keys_typed_before_the_row_is_read_go_into_its_cell() {
    let (mut desk, asked) = at_the_end();
    desk.press("right e x x enter");
    assert!(desk.model.prompt.is_none(), "the cell is not read yet");
    let effects = desk.rows(asked);
    let [Effect::Change(LocalChange::SetCell { edits, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(edits, &[EditId(10_000)]);
}

#[test]
fn pasted_text_waits_in_its_place() {
    let (mut desk, asked) = at_the_end();
    desk.press("right e");
    update(&mut desk.model, Msg::Paste { text: "Ada".into(), cut: false }, &desk.ctx);
    desk.press("!");
    desk.rows(asked);
    assert!(desk.model.prompt.as_ref().unwrap().text().ends_with("Ada!"));
}

#[test]
fn esc_takes_back_what_was_typed_ahead() {
    let (mut desk, asked) = at_the_end();
    desk.press("e x esc x");
    assert!(desk.model.prompt.is_none());
    let effects = desk.rows(asked);
    assert!(desk.model.prompt.is_none(), "{effects:?}");
}

#[test]
fn a_failure_takes_back_what_was_typed_ahead() {
    let (mut desk, asked) = at_the_end();
    desk.press("e x");
    desk.answer(Answer::Told(Notice::failed("the queue could not be read")));
    desk.rows(asked);
    assert!(desk.model.prompt.is_none());
}

#[test]
fn a_row_that_is_gone_holds_nothing_for_ever() {
    let (mut desk, asked) = at_the_end();
    desk.press("y");
    let effects = desk.answer(Answer::QueueRows(asked, Vec::new()));
    let Some(Effect::QueueKeys { token, .. }) = effects.first() else { panic!("{effects:?}") };
    desk.answer(Answer::QueueKeys(*token, KeysFor::View, Ok(Vec::new())));
    assert_eq!(desk.press(":").len(), 0);
    assert!(desk.model.prompt.is_some(), "keys are taken again");
}

/// The answer to a question for verdicts.
#[track_caller]
fn judged(asked: &[Effect]) -> TriageAnswer {
    let [Effect::Triage(TriageAsk::Judge(scope, then))] = asked else { panic!("{asked:?}") };
    TriageAnswer::Judged(scope.clone(), then.clone(), vec![(0, Verdict::AsIs)], Sampled::default())
}

#[test]
fn keys_typed_ahead_of_the_ways_to_mend_choose_there() {
    let mut desk = failed(3);
    let asked = desk.press("F x");
    let judged = judged(&asked);
    let effects = desk.answer(Answer::Triage(judged));
    assert!(matches!(effects[..], [Effect::Triage(TriageAsk::Preview(..))]), "`x` drops them: {effects:?}");
}

#[test]
fn keys_typed_ahead_never_confirm() {
    let mut desk = failed(3);
    let asked = desk.press("R y");
    let judged = judged(&asked);
    assert_eq!(desk.answer(Answer::Triage(judged)), []);
    assert!(matches!(desk.model.dialogs.last(), Some(Dialog::Confirm(_))));
}

#[test]
fn the_row_of_a_result_is_waited_for_too() {
    let mut desk = failed(1000);
    desk.model.results.clear();
    desk.model.results.set_keys((0..1000).collect());
    assert!(!desk.press("y").iter().any(|effect| matches!(effect, Effect::Copy(_))));
    let effects = desk.answer(Answer::ResultRows(RunId(1), (0..60).map(rejected).collect()));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(_))), "{effects:?}");
}

#[test]
fn keys_typed_ahead_of_the_history_open_the_run_that_they_go_to() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.press("4 G enter"), [Effect::Runs]);
    let runs: Vec<_> = [2, 1].map(|run| past_run(run, Totals::default())).into();
    desk.answer(Answer::Runs(runs));
    assert_eq!(desk.model.shown_run, Some(RunId(1)), "the oldest is the last");
}

#[test]
fn keys_typed_ahead_of_the_causes_act_on_the_cause_that_they_go_to() {
    let mut desk = failed(6);
    assert_eq!(desk.press("z j R"), [Effect::Triage(TriageAsk::Groups(RunId(1)))]);
    let groups = ["Contact not found", "email"].map(|words| super::triage::group(404, words, 3));
    let effects = desk.answer(Answer::Triage(TriageAnswer::Groups(RunId(1), groups.to_vec())));
    let [Effect::Triage(TriageAsk::Judge(scope, _))] = &effects[..] else { panic!("{effects:?}") };
    assert!(format!("{:?}", scope.which).contains("email"), "{scope:?}");
}

#[test]
fn marking_all_waits_for_the_rows_of_the_filter() {
    let mut desk = Desk::with(3);
    let asked = desk.press("f a enter");
    let Some(Effect::QueueKeys { token, .. }) = asked.first() else { panic!("{asked:?}") };
    desk.press("a");
    assert_eq!(desk.model.queue.marks.len(), 0, "what is shown is what was shown before");
    desk.answer(Answer::QueueKeys(*token, KeysFor::View, Ok(vec![EditId(2)])));
    assert_eq!(desk.model.queue.marks.iter().collect::<Vec<_>>(), [EditId(2)]);
}

#[test]
fn a_list_that_cannot_be_read_holds_nothing_for_ever() {
    let mut desk = Desk::with(3);
    let asked = desk.press("f a enter");
    let Some(Effect::QueueKeys { token, .. }) = asked.first() else { panic!("{asked:?}") };
    desk.press("x");
    desk.answer(Answer::QueueKeys(*token, KeysFor::View, Err("disk".into())));
    desk.press(":");
    assert!(desk.model.prompt.is_some(), "keys are taken again");
}
