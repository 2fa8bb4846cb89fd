//! Causes, requeue and mending: what is asked, what a confirm counts, and what is touched.

use super::*;
use crate::app::mending::{self, Sampled};
use crate::app::results::ResultView;
use crate::domain::{Cause, Echo, How, Mend, Outcome, Remedy, Replace, Transform, Verdict};
use crate::store::{CauseGroup, ResultRow, Which};

fn cause(code: i64, words: &str) -> Cause {
    Cause::read(Status::Rejected, (Some(code), None), words, "none")
}

pub(super) fn group(code: i64, words: &str, count: u64) -> CauseGroup {
    CauseGroup { cause: cause(code, words), count, left: count, times: None }
}

/// A finished run of `n` edits, all rejected, whose results have the focus.
pub(super) fn failed(n: u64) -> Desk {
    let mut desk = Desk::running(n);
    let totals = Totals { planned: n, rejected: n, ..Totals::default() };
    let finished = RunReport { requests: 1, ..report(RunState::Finished, totals) };
    desk.event(EventKind::Finished(finished), totals);
    desk.model.dialogs.clear();
    desk.newest_result_keys((0..n).collect());
    desk.answer(Answer::ResultRows(RunId(1), (0..n).map(rejected).collect()));
    desk
}

pub(super) fn rejected(seq: u64) -> ResultRow {
    let said = Said { code: Some(404), description: Some("Contact not found".into()), ..Said::default() };
    let outcome = Outcome { status: Status::Rejected, said, echo: Echo::None, item: None };
    let edit = row(EditId(seq as i64 + 1)).edit;
    ResultRow {
        seq,
        sid: edit.sid,
        changes: edit.changes,
        batch: 0,
        index: seq as u32,
        outcome: Some(outcome),
        attempts: 1,
        request_id: None,
        handled: None,
        again: None,
        before: None,
    }
}

impl Desk {
    /// Opens the causes of run 1.
    fn causes(&mut self, groups: Vec<CauseGroup>) {
        assert_eq!(self.press("z"), [Effect::Triage(TriageAsk::Groups(RunId(1)))]);
        self.triage(TriageAnswer::Groups(RunId(1), groups));
    }

    fn triage(&mut self, answer: TriageAnswer) -> Vec<Effect> {
        self.answer(Answer::Triage(answer))
    }

    /// Takes the question for verdicts out of the effects, and answers it.
    #[track_caller]
    fn judged(&mut self, effects: &[Effect], judged: Vec<(u64, Verdict)>, sampled: Sampled) -> Scope {
        let [Effect::Triage(TriageAsk::Judge(scope, then))] = effects else { panic!("{effects:?}") };
        self.triage(TriageAnswer::Judged(scope.clone(), then.clone(), judged, sampled));
        scope.clone()
    }

    #[track_caller]
    fn question(&self) -> &Confirm {
        let Some(Dialog::Confirm(confirm)) = self.model.dialogs.last() else {
            panic!("no confirm: {:?}", self.model.dialogs)
        };
        confirm
    }
}

const SID: Verdict = Verdict::NeedsFix(Remedy::Sid);

#[test]
fn a_requeue_counts_every_verdict_and_touches_only_what_it_counted() {
    let mut desk = failed(6);
    let asked = desk.press("R");
    let judged = vec![
        (0, Verdict::AsIs),
        (1, SID),
        (2, Verdict::Quarantined),
        (3, Verdict::Requeued),
        (4, Verdict::AsIs),
        (5, Verdict::ReconcileFirst),
    ];
    assert_eq!(desk.judged(&asked, judged, Sampled::default()).which, Which::Failures);
    let confirm = desk.question();
    assert_eq!(confirm.title, "Requeue 3 edits of run 1?");
    let facts: Vec<_> = confirm.facts.iter().map(|(name, text)| format!("{name}|{}", &text[..8])).collect();
    assert_eq!(facts, ["go back|2 can be", "|1 need a", "stay|1 to rec", "|1 in qua", "|1 requeu"]);
    let change = LocalChange::Requeue { run: RunId(1), seqs: vec![0, 1, 4], mend: Mend::AsTheyAre };
    assert_eq!(desk.press("y"), [Effect::Change(change)]);
}

#[test]
fn what_is_held_back_goes_by_itself_alone() {
    let mut desk = failed(2);
    let asked = desk.press("R");
    desk.judged(&asked, vec![(0, Verdict::Quarantined), (1, Verdict::Dropped)], Sampled::default());
    assert_eq!(desk.question().title, "Requeue 1 edit of run 1 all the same?");
    let change = LocalChange::Requeue { run: RunId(1), seqs: vec![0], mend: Mend::AsTheyAre };
    assert_eq!(desk.press("y"), [Effect::Change(change)]);
    let asked = desk.press("R");
    desk.judged(&asked, vec![(0, Verdict::Requeued), (1, Verdict::Dropped)], Sampled::default());
    assert!(desk.model.dialogs.is_empty());
    assert_eq!(desk.model.notice.as_ref().unwrap().text, "nothing to requeue: 1 requeued already, 1 dropped");
}

#[test]
fn marked_rows_that_a_filter_hides_are_named() {
    let mut desk = failed(4);
    desk.press("space space");
    desk.model.results.filter = Some("x".into());
    desk.model.results.set_keys(vec![1, 2]);
    let asked = desk.press("R");
    let scope = desk.judged(&asked, vec![(0, Verdict::AsIs), (1, Verdict::AsIs)], Sampled::default());
    assert_eq!(scope.which, Which::At(vec![0, 1]));
    assert!(desk.question().facts.contains(&("hidden".into(), "1 of the marked ones, by the filter".into())));
}

#[test]
fn without_marks_a_filter_says_what_is_taken() {
    let mut desk = failed(4);
    desk.model.results.filter = Some("x".into());
    desk.model.results.set_keys(vec![1, 3]);
    let asked = desk.press("R");
    assert_eq!(desk.judged(&asked, vec![(1, Verdict::AsIs)], Sampled::default()).which, Which::At(vec![1, 3]));
}

#[test]
fn keys_act_on_the_cause_under_the_cursor() {
    let mut desk = failed(6);
    desk.causes(vec![group(404, "Contact not found", 4), group(400, "email", 2)]);
    let asked = desk.press("j R");
    let scope = desk.judged(&asked, vec![(4, Verdict::AsIs)], Sampled::default());
    assert_eq!(scope.which, Which::Cause(cause(400, "email")));
    desk.press("n");
    // A mark marks all rows of the cause.
    assert_eq!(desk.press("k space"), [Effect::Triage(TriageAsk::Mark(RunId(1), cause(404, "Contact not found")))]);
    desk.triage(TriageAnswer::Marked(RunId(1), vec![0, 1, 2, 3]));
    assert_eq!(desk.model.results.marks.len(), 4);
    // Enter shows its rows, by a filter like any other; esc shows all again.
    let effects = desk.press("enter");
    let filter = "cause:\"rejected 400 email\"";
    assert!(
        matches!(&effects[..], [Effect::ResultKeys { view: ResultView { filter: Some(f), problems: false, .. }, .. }] if f == filter),
        "{effects:?}"
    );
    assert!(desk.model.causes.is_none());
    assert!(matches!(&desk.press("esc")[..], [Effect::ResultKeys { view: ResultView { filter: None, .. }, .. }]));
}

#[test]
fn the_cursor_stays_on_its_cause_when_the_groups_are_read_again() {
    let mut desk = failed(6);
    desk.causes(vec![group(404, "gone", 4), group(400, "email", 2)]);
    desk.press("j");
    desk.triage(TriageAnswer::Groups(RunId(1), vec![group(400, "email", 5), group(404, "gone", 4)]));
    assert_eq!(desk.model.causes.as_ref().unwrap().current().unwrap().count, 5);
    // A change of the queue reads results and groups anew.
    let effects = desk.answer(Answer::Changed(Notice::done("done")));
    assert!(effects.contains(&Effect::Triage(TriageAsk::Groups(RunId(1)))), "{effects:?}");
    desk.press("z");
    assert!(desk.model.causes.is_none());
}

fn by(field: Field, how: How) -> Mend {
    Mend::By(Transform::cell(Cell::Field(field), how))
}

fn sampled() -> Sampled {
    Sampled { first: vec![row(EditId(1)).edit], fields: vec![(Field::Email, 2), (Field::FirstName, 1)] }
}

fn mended(desk: &mut Desk, keys: &str) -> Vec<Effect> {
    let asked = desk.press("F");
    desk.judged(&asked, vec![(0, SID), (1, Verdict::Quarantined), (2, Verdict::Dropped)], sampled());
    desk.press(keys)
}

#[test]
fn the_field_that_the_error_names_is_left_out_in_three_keys() {
    let mut desk = failed(3);
    desk.causes(vec![group(400, "email is invalid", 3)]);
    let leave = by(Field::Email, How::LeaveAlone);
    assert_eq!(mended(&mut desk, "l"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], leave.clone()))]);
    let first = vec![("sid1".into(), "a@@b".into(), "(left alone)".into())];
    let preview = mending::Preview { seqs: vec![0, 1], changed: 1, empty: 1, first, ..mending::Preview::default() };
    desk.triage(TriageAnswer::Previewed(RunId(1), leave.clone(), preview));
    assert_eq!(desk.question().title, "Leave email out on 2 edits of run 1, and requeue?");
    assert!(desk.question().facts.contains(&("sid1".into(), "a@@b → (left alone)".into())));
    assert_eq!(
        desk.press("y"),
        [Effect::Change(LocalChange::Requeue { run: RunId(1), seqs: vec![0, 1], mend: leave })]
    );
}

#[test]
fn another_value_is_typed_and_another_field_can_be_chosen() {
    let mut desk = failed(3);
    desk.causes(vec![group(400, "email is invalid", 3)]);
    assert_eq!(mended(&mut desk, "s"), []);
    desk.type_text("a@b.co");
    let set = by(Field::Email, How::Set("a@b.co".into()));
    assert_eq!(desk.press("enter"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], set.clone()))]);
    desk.triage(TriageAnswer::Previewed(RunId(1), set, mending::Preview { same: 2, ..mending::Preview::default() }));
    let clear = by(Field::FirstName, How::Clear);
    assert_eq!(mended(&mut desk, "f c"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], clear))]);
}

#[test]
fn contacts_that_are_not_there_can_be_dropped() {
    let mut desk = failed(3);
    desk.causes(vec![group(404, "Contact not found", 3)]);
    assert_eq!(mended(&mut desk, "enter"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], Mend::Drop))]);
    let preview = mending::Preview { seqs: vec![0, 1], empty: 2, ..mending::Preview::default() };
    desk.triage(TriageAnswer::Previewed(RunId(1), Mend::Drop, preview));
    assert_eq!(desk.question().title, "Drop 2 failures of run 1?");
    assert_eq!(desk.press("y"), [Effect::Change(LocalChange::Drop { run: RunId(1), seqs: vec![0, 1] })]);
}

#[test]
fn one_wrong_sid_is_typed_anew() {
    let mut desk = failed(1);
    desk.causes(vec![group(404, "Contact not found", 1)]);
    let asked = desk.press("F");
    desk.judged(&asked, vec![(0, SID)], sampled());
    assert_eq!(desk.press("i"), []);
    desk.type_text("a b");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.model.prompt.as_ref().is_some_and(|prompt| prompt.error.is_some()));
    desk.press("backspace backspace");
    desk.type_text("9");
    let sid = Mend::By(Transform::cell(Cell::Sid, How::Set("a9".into())));
    assert_eq!(desk.press("enter"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0], sid))]);
}

#[test]
fn a_pattern_is_replaced_or_says_what_is_wrong_with_it() {
    let mut desk = failed(3);
    desk.causes(vec![group(400, "email is invalid", 3)]);
    mended(&mut desk, "p");
    desk.type_text("@@");
    assert_eq!(desk.press("enter"), []);
    let error = |desk: &Desk| desk.model.prompt.as_ref().unwrap().error.clone().unwrap();
    assert!(error(&desk).1.contains("what it becomes is missing"), "{:?}", error(&desk));
    desk.type_text(" => @$9");
    assert_eq!(desk.press("enter"), []);
    assert_eq!(error(&desk).0, Some(7), "the byte of the group that there is not");
    desk.press("backspace backspace");
    let replace = Replace::new(Replace::pattern("@@").unwrap(), "@").unwrap();
    let mend = by(Field::Email, How::Replace(replace));
    assert_eq!(desk.press("enter"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], mend))]);
}

#[test]
fn what_needs_no_question_is_mended_in_three_keys() {
    let mut desk = failed(3);
    desk.causes(vec![group(400, "email is invalid", 3)]);
    let tidy = by(Field::Email, How::Mend(desk.model.session.rules.default_country.clone()));
    assert_eq!(mended(&mut desk, "m"), [Effect::Triage(TriageAsk::Preview(RunId(1), vec![0, 1], tidy))]);
}

impl Desk {
    /// What was copied, and what the user was told.
    fn copies(&mut self, command: &str) -> (String, String) {
        let copied = self.command(command).into_iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        });
        let told = self.model.notice.as_ref().map_or_else(String::new, |notice| notice.text.clone());
        (copied.unwrap_or_default(), told)
    }
}

#[test]
fn any_part_of_a_result_is_copied_also_from_its_detail_and_a_part_that_is_not_there_says_why() {
    let mut desk = failed(2);
    let copied = |text: &str, told: &str| (text.to_owned(), told.to_owned());
    assert_eq!(desk.copies("copy sid"), copied("sid1", "copied the SID"));
    let error = "code 404\nContact not found";
    assert_eq!(desk.copies("copy error"), copied(error, "copied codes and words of the error"));
    desk.press("i");
    assert_eq!(desk.copies("copy ca").0, "rejected 404 Contact not found", "as much of a name as tells it from others");
    assert!(matches!(desk.model.dialogs[..], [Dialog::Detail { .. }]), "the detail stays open");
    assert!(desk.copies("copy detail").0.contains("response item\nnone can be placed on this contact"));
    desk.press("esc");
    assert_eq!(desk.copies("copy response").0, "");
    let wrong = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.clone()).unwrap();
    assert_eq!(wrong.1, "no response item can be placed on this contact");
    desk.press("esc");
    // What is not read yet is read first.
    let asked = desk.command("copy attempts");
    assert!(asked.contains(&Effect::Attempts { run: RunId(1), batch: 0 }), "{asked:?}");
    let record = crate::domain::AttemptRecord {
        batch: 0,
        attempt: 1,
        started: Timestamp(0),
        elapsed_ms: 20,
        http_status: Some(207),
        request_id: Some("r-17".into()),
        error: None,
        doubtful: false,
    };
    let effects = desk.answer(Answer::Attempts(RunId(1), 0, vec![record]));
    assert!(
        matches!(&effects[..], [Effect::Copy(text)] if text.contains("HTTP 207 in 20 ms\nrequest r-17")),
        "{effects:?}"
    );
}

#[test]
fn the_parts_are_completed_and_of_a_cause_there_is_one() {
    let mut desk = failed(2);
    let names = |desk: &Desk| {
        let typed = desk.model.prompt.as_ref().map_or("", Prompt::text);
        palette_lines(&desk.model, typed).into_iter().map(|line| line.name).collect::<Vec<_>>()
    };
    desk.press(":");
    desk.type_text("copy re");
    assert_eq!(names(&desk), ["request", "response"]);
    desk.press("esc");
    desk.causes(vec![group(404, "Contact not found", 2)]);
    desk.press(":");
    desk.type_text("copy ");
    assert_eq!(names(&desk), ["cause"]);
    desk.press("esc");
    assert_eq!(desk.copies("copy cause").0, "rejected 404 Contact not found");
}

#[test]
fn a_copy_takes_every_marked_row_one_a_line() {
    let mut desk = failed(4);
    desk.press("space space j");
    let [Effect::CopyRows(of, part)] = &desk.press("y")[..] else { panic!("the marked rows are read") };
    assert_eq!(*of, CopyOf::Results(RunId(1), vec![0, 1]));
    let rows = CopyRows::Results(vec![rejected(0), rejected(1)]);
    let copied = desk.answer(Answer::CopyRows(rows.clone(), *part));
    assert_eq!(copied, [Effect::Copy("sid1\nsid2\n".into())]);
    assert_eq!(desk.model.notice.as_ref().unwrap().text, "copied the SID of 2 rows");

    let [Effect::CopyRows(_, part)] = &desk.command("copy error")[..] else { panic!("the marked rows are read") };
    let copied = desk.answer(Answer::CopyRows(rows, *part));
    assert_eq!(copied, [Effect::Copy("code 404  Contact not found\n".repeat(2))]);

    assert_eq!(desk.command("copy attempts"), [], "of one row at a time");
    desk.press("esc i");
    assert!(desk.press("y").contains(&Effect::Copy("sid4".into())), "an open detail is about one row");
}

#[test]
fn more_rows_than_a_terminal_takes_are_not_copied_and_it_is_said() {
    let mut desk = failed(2001);
    desk.press("a");
    assert_eq!(desk.press("y"), []);
    assert!(desk.model.notice.as_ref().unwrap().text.contains("2,001 rows are too many to copy"));
}
