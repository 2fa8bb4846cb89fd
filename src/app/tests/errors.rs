//! What went wrong, and where it can be read later.

use super::*;
use crate::app::pick::{Pick, PickOf};

impl Desk {
    fn fails(&mut self, during: &str, text: &str) {
        self.answer(Answer::Told(Notice::error(during, text)));
    }

    fn listed(&self) -> Vec<(String, String)> {
        match self.model.dialogs.last() {
            Some(Dialog::Pick(pick)) => pick.lines(&self.model).into_iter().map(|l| (l.name, l.text)).collect(),
            other => panic!("no list: {other:?}"),
        }
    }
}

#[test]
fn errors_are_kept_with_time_cause_and_remedy_until_somebody_looks() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.model.errors.mark(), None);
    desk.fails("planning", "the database is locked; close the other program");
    desk.press("j");
    desk.fails("writing a.csv", "Not written\n\na.csv: no space left\nMake room, and export again.");
    desk.press("esc k k x");
    assert_eq!(desk.model.errors.mark().as_deref(), Some("! 2 errors · :errors"));
    desk.command("errors");
    assert_eq!(desk.model.errors.mark(), None, "they are looked at");
    let listed = desk.listed();
    let times: Vec<&str> = listed.iter().map(|(name, _)| &name[..8]).collect();
    assert!(times[0] > times[1], "the newest stands first: {listed:?}");
    assert!(listed[0].0.ends_with("writing a.csv") && listed[1].0.ends_with("planning"), "{listed:?}");
    assert_eq!(listed[0].1, "Not written a.csv: no space left Make room, and export again.");
}

#[test]
fn an_error_is_shown_in_full_and_copied() {
    let mut desk = Desk::with(3);
    desk.fails("planning", "the database is locked; close the other program");
    desk.command("errors");
    assert!(matches!(&desk.press("y")[..], [Effect::Copy(text)] if text.contains("while planning")));
    desk.press("enter");
    let Some(Dialog::Text { notice, .. }) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    assert!(notice.text.contains("while planning\n\nthe database is locked; close"), "{}", notice.text);
    let text = notice.text.clone();
    assert_eq!(desk.press("y"), [Effect::Copy(text)]);
    desk.press("esc");
    assert!(matches!(desk.model.dialogs.last(), Some(Dialog::Pick(Pick { of: PickOf::Errors(_), .. }))));
    desk.press("esc");
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn a_key_that_does_nothing_and_a_rejected_contact_are_no_errors() {
    let mut desk = Desk::running(3);
    desk.press("R p p");
    let totals = Totals { planned: 3, updated: 1, rejected: 2, ..Totals::default() };
    desk.event(EventKind::Finished(report(RunState::Finished, totals)), totals);
    assert_eq!(desk.model.errors.mark(), None);
    desk.command("errors");
    assert!(desk.model.dialogs.is_empty());
    assert!(desk.model.notice.as_ref().is_some_and(|notice| notice.text.contains("nothing went wrong")));
}

#[test]
fn a_run_that_was_stopped_is_an_error() {
    let mut desk = Desk::running(3);
    let totals = Totals { planned: 3, not_sent: 3, ..Totals::default() };
    let cause = Some(String::from("401: the key or token is wrong"));
    desk.event(EventKind::Finished(RunReport { cause, ..report(RunState::Stopped, totals) }), totals);
    desk.press("esc");
    desk.command("errors");
    assert!(desk.listed()[0].1.contains("401: the key or token is wrong"), "{:?}", desk.listed());
}
