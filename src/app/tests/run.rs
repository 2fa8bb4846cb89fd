//! A run that is steered, left, gone on with, and what is said at its end.

use super::*;
use crate::engine::{Cancel, RunControl, WaitReason};

fn left(state: RunState, unknown: u64, queued: u64) -> Left {
    let (began, user, planned) = (Timestamp(0), String::from("asha"), 400);
    Left { run: RunId(7), state, began, user, planned, unknown, queued, elsewhere: None }
}

impl Desk {
    fn found(&mut self, asked: Asked, left: Option<Left>) -> Vec<Effect> {
        self.answer(Answer::Rest(asked, left))
    }

    fn notice(&self) -> &str {
        self.model.notice.as_ref().map_or("", |notice| &notice.text)
    }

    fn confirm(&self) -> &Confirm {
        match self.model.dialogs.last() {
            Some(Dialog::Confirm(confirm)) => confirm,
            other => panic!("no confirm: {other:?}"),
        }
    }

    fn finish(&mut self, report: RunReport) -> Vec<Effect> {
        let totals = report.totals;
        self.event(EventKind::Finished(report), totals)
    }

    /// The text of the dialog, or the notice.
    fn told(&self) -> String {
        match self.model.dialogs.last() {
            Some(Dialog::Text { notice, .. }) => notice.text.clone(),
            _ => self.notice().to_owned(),
        }
    }
}

#[rstest]
#[case(RunState::Crashed)]
#[case(RunState::Cancelled)]
#[case(RunState::Broken)]
fn a_run_that_broke_off_is_offered_planned_and_sent_as_its_rest(#[case] state: RunState) {
    let mut desk = Desk::with(3);
    assert_eq!(desk.found(Asked::AtStart, Some(left(state, 20, 380))), []);
    let facts = &desk.confirm().facts;
    assert!(facts.iter().any(|(name, value)| name == "unknown" && value.starts_with("20,")), "{facts:?}");
    assert!(facts.iter().any(|(name, value)| name == "not sent" && value.starts_with("380,")), "{facts:?}");
    assert_eq!(desk.press("y"), [Effect::Resume(RunId(7))]);
    let plan = Preview { edits: vec![EditId(2), EditId(3)], resumes: Some(RunId(7)), ..Preview::default() };
    let effects = desk.answer(Answer::Planned { plan, send: true });
    assert!(matches!(effects.first(), Some(Effect::QueueKeys { .. })), "requeued edits are shown: {effects:?}");
    assert!(desk.confirm().facts.iter().any(|(_, value)| value == "with run 7"));
    let send = Effect::Start { edits: vec![EditId(2), EditId(3)], resumes: Some(RunId(7)) };
    assert_eq!(desk.press("y"), [send]);
}

#[rstest]
#[case("n")]
#[case("enter")]
#[case("esc")]
fn an_offer_that_is_not_taken_leaves_everything_and_does_not_come_again(#[case] key: &str) {
    let mut desk = Desk::with(3);
    desk.found(Asked::AtStart, Some(left(RunState::Crashed, 1, 2)));
    assert_eq!(desk.press(key), []);
    desk.found(Asked::AtStart, Some(left(RunState::Crashed, 1, 2)));
    assert!(desk.model.dialogs.is_empty());
    // But it may be asked for.
    assert_eq!(desk.command("resume"), [Effect::FindRest(Asked::ByHand)]);
    desk.found(Asked::ByHand, Some(left(RunState::Crashed, 1, 2)));
    assert_eq!(desk.press("y"), [Effect::Resume(RunId(7))]);
}

#[rstest]
#[case(RunState::Stopped)]
#[case(RunState::Tripped)]
fn a_run_that_was_ended_for_a_reason_is_named_but_not_pressed(#[case] state: RunState) {
    let mut desk = Desk::with(3);
    desk.found(Asked::AtStart, Some(left(state, 0, 380)));
    assert!(desk.model.dialogs.is_empty());
    assert!(desk.notice().contains("380 not sent; `:resume` goes on"), "{}", desk.notice());
}

#[test]
fn an_offer_never_talks_over_what_is_being_typed() {
    let mut desk = Desk::with(3);
    desk.press("l e");
    desk.found(Asked::AtStart, Some(left(RunState::Crashed, 1, 2)));
    assert!(desk.model.dialogs.is_empty() && desk.model.prompt.is_some());
}

#[test]
fn a_run_of_another_account_is_not_gone_on_with_here() {
    let mut desk = Desk::with(3);
    let left = Left { elsewhere: Some("acme2 with profile live2".into()), ..left(RunState::Crashed, 1, 2) };
    desk.found(Asked::ByHand, Some(left));
    assert!(desk.model.dialogs.is_empty());
    assert!(desk.notice().contains("acme2 with profile live2"), "{}", desk.notice());
}

#[test]
fn nothing_left_is_silence_at_the_start_and_a_word_when_asked() {
    for nothing in [None, Some(left(RunState::Crashed, 0, 0))] {
        let mut desk = Desk::with(3);
        desk.found(Asked::AtStart, nothing.clone());
        assert_eq!(desk.notice(), "");
        desk.found(Asked::ByHand, nothing);
        assert!(desk.notice().contains("nothing is left"), "{}", desk.notice());
        assert!(desk.model.dialogs.is_empty());
    }
}

#[test]
fn the_pace_of_the_run_under_way_is_changed_at_once() {
    let mut desk = Desk::running(3);
    desk.command("rate");
    assert_eq!(desk.model.prompt.as_ref().map(Prompt::text), Some("30"), "the present value");
    desk.press("ctrl-u");
    assert_eq!(desk.press("1 2 0 enter"), [Effect::Control(RunControl::Rate(120))]);
    desk.event(EventKind::Tuned { rate_per_minute: 120, in_flight: 2 }, Totals::planned(3));
    assert_eq!(desk.model.live.as_ref().map(|live| live.rate), Some(120));
    assert_eq!(desk.model.session.rate, 30, "the next run has its own");
}

#[test]
fn between_runs_the_pace_is_set_for_the_next_one() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.command("in-flight 8"), []);
    assert!(desk.notice().contains("8 requests at once for the runs of this session"), "{}", desk.notice());
    desk.answer(Answer::Started { run: RunId(1), planned: 3, batches: 1 });
    assert_eq!(desk.model.live.as_ref().map(|live| live.in_flight), Some(8));
}

#[rstest]
#[case("rate 0", "1 to 100,000")]
#[case("rate 100001", "1 to 100,000")]
#[case("rate fast", "1 to 100,000")]
#[case("in-flight 51", "1 to 50")]
#[case("in-flight -1", "1 to 50")]
fn a_pace_out_of_range_is_refused_with_the_range(#[case] typed: &str, #[case] range: &str) {
    let mut desk = Desk::running(3);
    assert_eq!(desk.command(typed), []);
    let error = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.as_ref()).map(|(_, text)| text.as_str());
    assert!(error.is_some_and(|text| text.contains(range)), "{error:?}");
}

#[test]
fn quitting_asks_then_drains_then_gives_up_then_ends() {
    let mut desk = Desk::running(3);
    assert_eq!(desk.press("q"), []);
    let effects = desk.press("y");
    let [Effect::Control(RunControl::Cancel(Cancel::Drain)), Effect::Remind { leaving, after_ms }] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(leaving, Leaving::Draining);
    let effects = update(&mut desk.model, Msg::Overdue(leaving), &desk.ctx);
    let [Effect::Control(RunControl::Cancel(Cancel::Abort)), Effect::Remind { leaving, after_ms: rest }] = effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(after_ms + rest < 10_000, "a service manager kills after ten seconds");
    // What was overdue before is no news.
    assert_eq!(update(&mut desk.model, Msg::Overdue(Leaving::Draining), &desk.ctx), []);
    assert_eq!(update(&mut desk.model, Msg::Overdue(leaving), &desk.ctx), [Effect::Quit]);
}

#[test]
fn a_second_key_or_signal_gives_up_at_once() {
    let given_up = |effects: &[Effect]| effects.contains(&Effect::Control(RunControl::Cancel(Cancel::Abort)));
    let mut desk = Desk::running(3);
    desk.press("q y");
    assert!(given_up(&desk.press("q")));
    let mut desk = Desk::running(3);
    update(&mut desk.model, Msg::Terminate, &desk.ctx);
    assert!(given_up(&update(&mut desk.model, Msg::Terminate, &desk.ctx)));
    assert_eq!(update(&mut desk.model, Msg::Terminate, &desk.ctx), [], "the run still has its last word");
}

#[test]
fn cancelling_the_rest_twice_gives_up_what_is_under_way() {
    let mut desk = Desk::running(3);
    assert_eq!(desk.press("X y"), [Effect::Control(RunControl::Cancel(Cancel::Drain))]);
    desk.event(EventKind::Cancelling(Cancel::Drain), Totals::planned(3));
    assert_eq!(desk.press("X"), []);
    assert!(desk.confirm().title.contains("Give up"), "{:?}", desk.confirm());
    assert_eq!(desk.press("y"), [Effect::Control(RunControl::Cancel(Cancel::Abort))]);
}

#[test]
fn the_program_ends_with_the_run_that_it_left() {
    let mut desk = Desk::running(3);
    desk.press("q y");
    let totals = Totals { planned: 3, not_sent: 3, ..Totals::default() };
    assert!(desk.finish(report(RunState::Cancelled, totals)).contains(&Effect::Quit));
}

#[test]
fn a_run_that_paused_itself_says_why_and_the_same_key_goes_on() {
    let mut desk = Desk::running(3);
    let why = String::from("101 of the last 200 contacts failed");
    desk.event(EventKind::Paused { why: Some(why.clone()) }, Totals::planned(3));
    assert_eq!(desk.model.live.as_ref().and_then(|live| live.paused.clone()), Some(PausedBy::Run(why)));
    assert_eq!(desk.press("p"), [Effect::Control(RunControl::Resume)]);
}

#[test]
fn a_split_is_in_the_log_with_its_reason() {
    let mut desk = Desk::running(3);
    desk.event(EventKind::Split { batch: 0, parts: 1..3, reason: "refused with 413".into() }, Totals::planned(3));
    let line = &desk.model.log.back().unwrap().text;
    assert_eq!(line, "run 1: batch 1 goes on as 2 batches: refused with 413");
}

#[test]
fn the_waits_of_the_pace_are_on_the_run_and_not_in_the_log() {
    let mut desk = Desk::running(3);
    let second = std::time::Duration::from_secs(1);
    desk.event(EventKind::Waiting { reason: WaitReason::Rate { per_minute: 12 }, for_: second }, Totals::planned(3));
    assert_eq!(desk.model.live.as_ref().and_then(|live| live.held_to), Some(12));
    assert!(desk.model.log.is_empty());
    desk.event(EventKind::Waiting { reason: WaitReason::AskedByServer, for_: second }, Totals::planned(3));
    assert_eq!(desk.model.log.len(), 1);
    assert_eq!(desk.press("5 enter"), []);
    assert!(desk.told().contains("waiting 1.0 s: the server asked to wait"), "a long line opens whole");
}

#[test]
fn a_disk_that_is_written_again_is_no_longer_waited_for() {
    let mut desk = Desk::running(3);
    let second = std::time::Duration::from_secs(1);
    desk.event(EventKind::Waiting { reason: WaitReason::Journal, for_: second }, Totals::planned(3));
    assert!(desk.model.live.as_ref().is_some_and(|live| live.waiting.is_some()));
    let settled = EventKind::BatchSettled { batch: 0, attempt: 1, elapsed_ms: 20, notes: Vec::new() };
    desk.event(settled, Totals { planned: 3, updated: 3, ..Totals::default() });
    assert!(desk.model.live.as_ref().is_some_and(|live| live.waiting.is_none()));
}

#[test]
fn books_that_differ_raise_an_alarm_with_a_report() {
    let mut desk = Desk::running(3);
    let alarm = String::from("the books differ: 3 planned, but the journal has 2");
    let totals = Totals { planned: 3, updated: 3, ..Totals::default() };
    let cause = Some(alarm.clone());
    let effects = desk.finish(RunReport { alarm: Some(alarm.clone()), cause, ..report(RunState::Broken, totals) });
    assert!(effects.contains(&Effect::ReportBug { run: RunId(1), totals, alarm: alarm.clone() }), "{effects:?}");
    desk.answer(Answer::BugReported(alarm.clone(), Ok("/logs/bug-1.txt".into())));
    let told = desk.told();
    for part in ["ALARM", &alarm, "/logs/bug-1.txt", "compare some contacts"] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    desk.answer(Answer::BugReported(alarm, Err("no space left".into())));
    assert!(desk.told().contains("no space left"));
}

#[rstest]
#[case(RunState::Broken, "the database failed: disk full", &["it can't be recorded", "disk full", "Nothing is lost", "start rolodeck again"])]
#[case(RunState::Stopped, "401: the key or token is wrong", &["was stopped", "401", "3 edits not sent", ":resume"])]
fn an_end_that_needs_an_eye_opens_a_dialog(#[case] state: RunState, #[case] cause: &str, #[case] parts: &[&str]) {
    let mut desk = Desk::running(3);
    let totals = Totals { planned: 3, not_sent: 3, ..Totals::default() };
    desk.finish(RunReport { cause: Some(cause.into()), ..report(state, totals) });
    assert!(!desk.model.dialogs.is_empty());
    let told = desk.told();
    for part in parts {
        assert!(told.contains(part), "{part} in\n{told}");
    }
}

#[rstest]
#[case(0, 3, "3 updated contacts did not come back as sent: `!` shows them")]
#[case(2, 1, "2 failed, 1 did not come back as sent: `!` shows them")]
#[case(2, 0, "2 failed: `z` says why, `F` mends them")]
fn the_end_counts_failures_and_odd_echoes(#[case] rejected: u64, #[case] odd_echoes: u64, #[case] said: &str) {
    let mut desk = Desk::running(10);
    let totals = Totals { planned: 10, updated: 10 - rejected, rejected, ..Totals::default() };
    desk.finish(RunReport { odd_echoes, ..report(RunState::Finished, totals) });
    assert!(desk.notice().contains(said), "{}", desk.notice());
}

#[test]
fn the_detail_sets_wanted_and_got_below_each_other() {
    use crate::domain::{Difference, Echo, Outcome};
    let mut desk = Desk::running(1);
    let differ = |field, wanted: &str, got: Option<&str>| Difference {
        field,
        wanted: wanted.into(),
        got: got.map(str::to_owned),
    };
    let differences = vec![
        differ(Field::FirstName, "Asha", Some("Ravi")),
        differ(Field::Email, "", Some("old@example.com")),
        differ(Field::Tag, "lead", None),
    ];
    let outcome = Outcome {
        status: Status::Updated,
        said: Said { code: Some(200), ..Said::default() },
        echo: Echo::Differs(differences),
        item: None,
    };
    let row = crate::store::ResultRow {
        seq: 0,
        sid: Sid::new("sid1"),
        changes: row(EditId(1)).edit.changes,
        batch: 0,
        index: 0,
        outcome: Some(outcome),
        attempts: 1,
        request_id: None,
        handled: None,
        again: None,
        before: None,
    };
    desk.model.results.set_keys(vec![0]);
    desk.answer(Answer::ResultRows(RunId(1), vec![row]));
    let text: Vec<String> = detail::lines(&desk.model).into_iter().map(|(_, text)| text).collect();
    let at = text.iter().position(|line| line.contains("differs")).unwrap();
    let wanted = [
        "           first_name  Asha      → Ravi",
        "           email       (cleared) → old@example.com",
        "           tag         lead      → (nothing)",
    ];
    assert_eq!(text[at + 1..at + 4], wanted);
}
