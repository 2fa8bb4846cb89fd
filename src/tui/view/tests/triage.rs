//! Pictures of what a user sees between a run with failures and an empty list.

use rstest::rstest;

use super::screens::{assert_picture, press};
use super::*;
use crate::app::mending::Sampled;
use crate::app::{TriageAnswer, TriageAsk};
use crate::domain::{Cause, Handled, Remedy, Verdict};
use crate::store::{Again, Before, CauseGroup};

fn group(status: Status, code: i64, error_code: i64, words: &str, (count, left): (u64, u64)) -> CauseGroup {
    let times = Some((Timestamp(1_000_000), Timestamp(1_090_000)));
    CauseGroup { cause: Cause::read(status, (Some(code), Some(error_code)), words, "none"), count, left, times }
}

/// The results of a run with seven causes, which are shown.
fn with_causes(size: (u16, u16)) -> Model {
    let mut model = with_results(size);
    let totals = Totals { planned: 100_000, updated: 96_200, rejected: 3500, unknown: 300, not_sent: 0 };
    let run = run(7, RunState::Finished, totals);
    (model.live, model.runs) = (None, vec![run]);
    model = press(model, "z");
    let mut groups = vec![
        group(Status::Rejected, 404, 1000, "Contact not found", (1600, 1600)),
        group(Status::Rejected, 400, 1002, "Invalid value '…' for email", (900, 900)),
        group(Status::Rejected, 409, 1008, "Number belongs to another contact", (600, 12)),
        group(Status::Rejected, 503, 1005, "Service is unavailable", (400, 0)),
        group(Status::Unknown, 500, 0, "the connection was reset after # s", (300, 300)),
    ];
    let fine = Cause { status: Status::Updated, code: None, error_code: None, description: String::new() };
    groups.push(CauseGroup { cause: fine, count: 96_200, left: 0, times: None });
    send(&mut model, Msg::Answer(Answer::Triage(TriageAnswer::Groups(RunId(7), groups))));
    model
}

/// What `F` asks about the second cause, answered.
fn mending(size: (u16, u16)) -> Model {
    let mut model = press(with_causes(size), "j");
    let effects = send(&mut model, Msg::Key("F".parse().unwrap()));
    let [Effect::Triage(TriageAsk::Judge(scope, then)), ..] = &effects[..] else { panic!("{effects:?}") };
    let value = Verdict::NeedsFix(Remedy::Value(Some(Field::Email)));
    let judged = vec![(1, value), (2, value), (3, Verdict::Quarantined), (4, Verdict::Requeued)];
    let sampled = Sampled {
        first: vec![queue_row(2).edit, queue_row(1).edit],
        fields: vec![(Field::Email, 3), (Field::FirstName, 3)],
    };
    let answer = TriageAnswer::Judged(scope.clone(), then.clone(), judged, sampled);
    send(&mut model, Msg::Answer(Answer::Triage(answer)));
    model
}

#[rstest]
fn causes_and_what_is_done_about_them(#[values((60, 15), (80, 24), (120, 36), (160, 45))] size: (u16, u16)) {
    let (width, height) = size;
    assert_picture(&format!("causes-{width}x{height}"), &with_causes(size));
    assert_picture(&format!("mending-{width}x{height}"), &mending(size));
}

#[test]
fn sorted_and_followed_results_say_so_in_their_border() {
    let mut model = press(with_results((80, 24)), "l s");
    let sorted = model.waiting.iter().find(|(place, ..)| *place == Place::Results).map(|asked| asked.2).unwrap();
    send(&mut model, Msg::Answer(Answer::ResultKeys(sorted, KeysFor::View, Ok(vec![0, 1]))));
    let mut model = press(model, "G G");
    model.results.marks.extend([0]);
    assert_picture("results-sorted", &model);
}

#[test]
fn a_result_says_what_was_done_about_it_and_how_that_ended() {
    let mut model = with_results((80, 24));
    let failed = || result(1, Status::Rejected, 404, "Contact not found");
    let mut said = |row: ResultRow| {
        send(&mut model, Msg::Answer(Answer::ResultRows(RunId(7), vec![row])));
        screen(&model).lines().find(|line| line.contains("rejected 404")).unwrap().to_owned()
    };
    let again = |status| Some(Again { run: RunId(9), seq: 0, status });
    let requeued = ResultRow { handled: Some(Handled::Requeued), ..failed() };
    assert!(said(requeued.clone()).contains("↩ requeued"));
    assert!(said(ResultRow { again: again(Some(Status::Updated)), ..requeued.clone() }).contains("↩ updated in run 9"));
    assert!(said(ResultRow { again: again(None), ..requeued }).contains("↩ on its way in run 9"));
    assert!(said(ResultRow { handled: Some(Handled::Dropped), ..failed() }).contains("↩ dropped"));
    let twice = Before { run: RunId(3), seq: 0, same: true };
    assert!(said(ResultRow { before: Some(twice), ..failed() }).contains("quarantined"));
}
