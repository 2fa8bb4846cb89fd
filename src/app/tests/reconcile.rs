//! Reading unknown outcomes back, from the key to the last word.

use super::*;
use crate::store::RunSummary;

/// The history has one run, with this many unknown outcomes of ten.
pub(super) fn with_unknown(unknown: u64) -> Desk {
    let mut desk = Desk::with(1);
    desk.model.session.read_rate = 200;
    desk.answer(Answer::Runs(vec![past_run(1, books(10 - unknown, unknown, 0))]));
    desk.press("2");
    desk
}

/// A run of an earlier sitting.
pub(super) fn past_run(run: i64, totals: Totals) -> RunSummary {
    RunSummary {
        run: RunId(run),
        state: RunState::Finished,
        started: Timestamp(0),
        finished: None,
        profile: "live".into(),
        account: "acme1".into(),
        base_url: String::new(),
        user: String::new(),
        totals,
        batches: 1,
        requests: 1,
        retries: 0,
        elapsed_ms: 1,
        resumes: None,
    }
}

fn books(updated: u64, unknown: u64, not_sent: u64) -> Totals {
    Totals { planned: 10, updated, rejected: 0, unknown, not_sent }
}

fn found(desk: &mut Desk, reads: u64, elsewhere: Option<&str>) {
    desk.answer(Answer::Unknown { run: RunId(1), reads, elsewhere: elsewhere.map(str::to_owned) });
}

fn notice(desk: &Desk) -> (bool, &str) {
    let notice = desk.model.notice.as_ref().unwrap();
    (notice.failed, &notice.text)
}

#[test]
fn unknown_outcomes_are_read_back_after_a_confirm_that_says_what_is_read() {
    let mut desk = with_unknown(5);
    assert_eq!(desk.press("ctrl-r"), [Effect::FindUnknown(RunId(1))]);
    found(&mut desk, 5, None);
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("no confirm") };
    assert_eq!(confirm.title, "Read 5 contacts of run 1 back?");
    let said = confirm.facts.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("\n");
    assert!(said.contains("account acme1") && said.contains("reads 5, about 1.5 s at 200 a minute"), "{said}");
    assert_eq!(desk.press("y"), [Effect::Reconcile(RunId(1))]);

    desk.answer(Answer::Reading { run: RunId(1), reads: 5, before: books(5, 5, 0) });
    assert!(desk.model.is_running());
    desk.press("ctrl-r X");
    let Some(Dialog::Confirm(cancel)) = desk.model.dialogs.last() else { panic!("it can be stopped") };
    assert!(cancel.facts[0].1.ends_with("stays unknown"), "{:?}", cancel.facts);
    desk.press("n");

    let totals = Totals { planned: 5, updated: 3, rejected: 0, unknown: 1, not_sent: 1 };
    let report = RunReport { totals, ..report(RunState::Finished, None) };
    let effects = desk.event(EventKind::Finished(report.clone()), totals);
    let before = books(5, 5, 0);
    assert!(effects.contains(&Effect::Reconciled { report: Box::new(report.clone()), before }), "{effects:?}");
    assert!(desk.model.live.is_none(), "its figures are not those of the run");
    desk.answer(Answer::Reconciled { report: Box::new(report), before, after: books(8, 1, 1) });
    assert_eq!(notice(&desk), (true, "run 1, read back: 3 updated, 1 back in the queue, 1 still unknown"));
}

#[test]
fn where_nothing_is_unknown_the_rows_are_read_again() {
    for mut desk in [with_unknown(0), Desk::with(1)] {
        let effects = desk.press("ctrl-r");
        assert!(effects.contains(&Effect::Runs) && !effects.contains(&Effect::FindUnknown(RunId(1))), "{effects:?}");
    }
    // In the queue the key is about the queue.
    let mut desk = with_unknown(5);
    desk.press("1");
    assert!(desk.press("ctrl-r").contains(&Effect::Runs));
}

#[test]
fn what_is_queued_again_or_was_sent_elsewhere_is_not_read() {
    let mut desk = with_unknown(5);
    found(&mut desk, 0, None);
    assert!(desk.model.dialogs.is_empty() && notice(&desk).1.contains("back in the queue already"));
    found(&mut desk, 5, Some("other1 with profile x"));
    assert!(desk.model.dialogs.is_empty() && notice(&desk).1.contains("sent as other1"));
}

#[rstest]
#[case(RunState::Cancelled, "cut short: 2 updated, 3 still unknown; `ctrl-r` goes on")]
#[case(
    RunState::Stopped,
    "401: no\nCheck the API key and the token, and the region: that of another account answers alike.\n\n2 updated, 3 still unknown. When the cause is gone"
)]
fn an_early_end_says_what_is_left(#[case] state: RunState, #[case] says: &str) {
    let mut desk = with_unknown(5);
    let totals = Totals { planned: 5, updated: 2, rejected: 0, unknown: 0, not_sent: 3 };
    let report = Box::new(RunReport { totals, ..report(state, Some("401: no")) });
    desk.answer(Answer::Reconciled { report, before: books(5, 5, 0), after: books(7, 3, 0) });
    let told = match desk.model.dialogs.last() {
        Some(Dialog::Text { notice, .. }) => notice.text.clone(),
        _ => notice(&desk).1.to_owned(),
    };
    assert!(told.contains(says), "{told}");
}

fn report(state: RunState, cause: Option<&str>) -> RunReport {
    RunReport {
        run: RunId(1),
        state,
        totals: Totals::planned(5),
        odd_echoes: 0,
        requests: 5,
        retries: 0,
        elapsed_ms: 100,
        cause: cause.map(str::to_owned),
        alarm: None,
    }
}
