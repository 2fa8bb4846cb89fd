//! Failures from their causes to the end of their requeues.

use super::*;
use crate::domain::{Cause, Handled, How, Mend, Remedy, Said, Transform, Verdict};
use crate::store::{Again, CauseGroup, Which};

fn said(status: Status, code: i64, words: &str) -> Outcome {
    Outcome {
        status,
        said: Said { code: Some(code), description: Some(words.to_owned()), ..Said::default() },
        echo: crate::domain::Echo::None,
        item: None,
    }
}

fn fine() -> Outcome {
    Outcome { echo: crate::domain::Echo::Matches, ..said(Status::Updated, 200, "") }
}

fn gone(words: &str) -> Outcome {
    said(Status::Rejected, 404, words)
}

/// Sends the whole queue in batches of two, with these outcomes in order.
async fn run_of(store: &Store, outcomes: &[Outcome]) -> RunId {
    let (start, journal) = begin(store, 2).await;
    assert_eq!(start.planned, outcomes.len() as u64);
    for (no, part) in (0..).zip(outcomes.chunks(2)) {
        journal.intend(no, 1, Timestamp(i64::from(no) * 100)).await.unwrap();
        let record = AttemptRecord {
            batch: no,
            attempt: 1,
            started: Timestamp(i64::from(no) * 100),
            elapsed_ms: 7,
            http_status: Some(207),
            request_id: None,
            error: None,
            doubtful: false,
        };
        journal.settle(no, Some(record), part.to_vec()).await.unwrap();
    }
    journal.finish(RunState::Finished, Timestamp(999), 9).await.unwrap();
    start.run
}

async fn queue_of(sids: &str) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(sids.chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    (dir, store)
}

fn verdicts(store: &Store, run: RunId, which: &Which) -> Vec<(u64, &'static str)> {
    let judged = store.reader().unwrap().verdicts(run, which).unwrap();
    judged.into_iter().map(|(seq, verdict)| (seq, verdict.name())).collect()
}

fn groups(store: &Store, run: RunId) -> Vec<(String, u64, u64)> {
    let groups = store.reader().unwrap().causes(run).unwrap();
    groups.into_iter().map(|g| (g.cause.to_string(), g.count, g.left)).collect()
}

#[tokio::test]
async fn outcomes_alike_are_one_group_and_all_groups_are_the_books() {
    let (_dir, store) = queue_of("abcdefgh").await;
    let run = run_of(
        &store,
        &[
            gone("Contact 123 not found"),
            fine(),
            gone("Contact 4567 not found"),
            said(Status::Unknown, 500, "reset"),
            said(Status::Rejected, 400, "Contact 1 not found"),
            fine(),
            Outcome { echo: crate::domain::Echo::Missing, ..fine() },
            gone("Contact 9 not found"),
        ],
    )
    .await;
    let reader = store.reader().unwrap();
    let groups = reader.causes(run).unwrap();
    let shown: Vec<_> = groups.iter().map(|g| (g.cause.to_string(), g.count, g.left)).collect();
    let line = |text: &str, count, left| (text.to_owned(), count, left);
    assert_eq!(
        shown,
        [
            line("rejected 404 Contact # not found", 3, 3),
            line("updated 200 echo missing", 1, 0),
            line("rejected 400 Contact # not found", 1, 1),
            line("unknown 500 reset", 1, 1),
            line("updated", 2, 0),
        ]
    );
    assert_eq!(groups[0].times, Some((Timestamp(7), Timestamp(307))), "in the first batch, and in the last");
    assert_eq!(groups[3].times, Some((Timestamp(107), Timestamp(107))));
    let places = |group: &CauseGroup| reader.seqs_of(run, &group.cause).unwrap();
    assert_eq!(groups.iter().map(places).collect::<Vec<_>>(), [vec![0, 2, 7], vec![6], vec![4], vec![3], vec![1, 5]]);
    assert_eq!(reader.result_seqs(run, true).unwrap(), [0, 2, 3, 4, 6, 7]);
}

#[tokio::test]
async fn a_chain_of_requeues_is_followed_to_its_end_and_what_fails_alike_twice_is_held_back() {
    let (_dir, store) = queue_of("ab").await;
    let first = run_of(&store, &[gone("Contact 1 not found"), gone("Contact 2 not found")]).await;
    store.requeue(first, vec![0, 1]).await.unwrap();
    let row = |run, seq| store.reader().unwrap().result_rows(run, seq, 1).unwrap().remove(0);
    assert_eq!((row(first, 0).handled, row(first, 0).again), (Some(Handled::Requeued), None));
    // One is changed before it is sent again.
    let changed = store.reader().unwrap().queue_ids().unwrap()[1];
    store.set_cell(vec![changed], Cell::Field(Field::Tag), CellChange::Set("2".into())).await.unwrap();

    let second = run_of(&store, &[gone("Contact 3 not found"), gone("Contact 4 not found")]).await;
    assert_eq!(row(first, 0).again, Some(Again { run: second, seq: 0, status: Some(Status::Rejected) }));
    let before = row(second, 0).before.unwrap();
    assert_eq!((before.run, before.seq, before.same), (first, 0, true));
    assert!(!row(second, 1).before.unwrap().same, "it was another edit");
    assert_eq!(verdicts(&store, second, &Which::Failures), [(0, "quarantined"), (1, "fix")]);
    assert_eq!(verdicts(&store, first, &Which::Failures), [(0, "requeued"), (1, "requeued")]);

    // The chain goes on, and the first run knows how it ended.
    store.requeue(second, vec![0, 1]).await.unwrap();
    let third = run_of(&store, &[fine(), gone("Contact 4 not found")]).await;
    assert_eq!(row(first, 0).again, Some(Again { run: third, seq: 0, status: Some(Status::Updated) }));
    assert_eq!(verdicts(&store, third, &Which::At(vec![1, 0, 1])), [(0, "done"), (1, "quarantined")]);
    for run in [first, second, third] {
        assert!(store.reader().unwrap().run(run).unwrap().unwrap().totals.balances());
    }
}

#[tokio::test]
async fn failing_in_another_way_is_no_quarantine() {
    let (_dir, store) = queue_of("a").await;
    let first = run_of(&store, &[said(Status::Rejected, 503, "busy")]).await;
    assert_eq!(verdicts(&store, first, &Which::Failures), [(0, "as-is")]);
    store.requeue(first, vec![0]).await.unwrap();
    let second = run_of(&store, &[gone("Contact not found")]).await;
    assert_eq!(
        store.reader().unwrap().verdicts(second, &Which::Failures).unwrap(),
        [(0, Verdict::NeedsFix(Remedy::Sid))]
    );
}

#[tokio::test]
async fn an_unknown_edit_is_read_back_first_where_a_later_run_wrote_to_its_contact() {
    let (_dir, store) = queue_of("abc").await;
    let unknown = said(Status::Unknown, 500, "reset");
    let first = run_of(&store, &[unknown.clone(), unknown.clone(), unknown]).await;
    assert_eq!(verdicts(&store, first, &Which::Failures), [(0, "as-is"), (1, "as-is"), (2, "as-is")]);
    store.add(tagged("b", "newer")).await.unwrap();
    store.add(tagged("c", "newer")).await.unwrap();
    run_of(&store, &[fine(), said(Status::NotSent, 0, "the run ended")]).await;
    assert_eq!(verdicts(&store, first, &Which::Failures), [(0, "as-is"), (1, "reconcile"), (2, "as-is")]);
}

#[tokio::test]
async fn a_mend_changes_what_goes_back_and_gives_up_what_has_nothing_left() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let edits = [
        edit("a", &[(Field::Email, Some("x")), (Field::Tag, Some("t"))]),
        edit("b", &[(Field::Email, Some("y"))]),
        edit("c", &[(Field::Tag, Some("t"))]),
    ];
    store.import(edits, "x".into()).await.unwrap();
    let refused = said(Status::Rejected, 400, "email is invalid");
    let run = run_of(&store, &[refused.clone(), refused.clone(), refused]).await;
    let report = store
        .requeue_mended(run, vec![0, 1, 2], Mend::By(Transform::cell(Cell::Field(Field::Email), How::LeaveAlone)))
        .await
        .unwrap();
    assert_eq!((report.requeued, report.dropped, report.same), (1, 1, 1));
    assert_eq!(queued(&store).into_iter().map(|(_, edit)| edit).collect::<Vec<_>>(), [tagged("a", "t")]);
    assert_eq!(verdicts(&store, run, &Which::Failures), [(0, "requeued"), (1, "dropped"), (2, "fix")]);
    assert_eq!(groups(&store, run), [("rejected 400 email is invalid".to_owned(), 3, 1)]);
    assert_eq!(store.undo().await.unwrap().unwrap(), "fix and requeue of 2 edits from run 1");
    assert_eq!(groups(&store, run), [("rejected 400 email is invalid".to_owned(), 3, 3)]);
    assert_eq!(queued(&store), []);
}

#[tokio::test]
async fn failures_are_given_up_and_undo_brings_them_back() {
    let (_dir, store) = queue_of("abc").await;
    let run = run_of(&store, &[gone("x"), fine(), said(Status::Unknown, 500, "reset")]).await;
    assert_eq!(store.drop_failures(run, vec![0, 1, 2]).await.unwrap(), 2, "what was updated is no failure");
    assert_eq!(store.drop_failures(run, vec![0]).await.unwrap(), 0, "once is enough");
    assert_eq!(store.requeue(run, vec![0]).await.unwrap().already, 1);
    let cause = Cause::from(&gone("x"));
    assert_eq!(verdicts(&store, run, &Which::Cause(cause)), [(0, "dropped")]);
    assert_eq!(store.undo().await.unwrap().unwrap(), "giving up 2 failures of run 1");
    assert_eq!(verdicts(&store, run, &Which::Failures), [(0, "fix"), (2, "as-is")]);
    store.redo().await.unwrap();
    assert_eq!(verdicts(&store, run, &Which::Failures), [(0, "dropped"), (2, "dropped")]);
}

#[tokio::test]
async fn two_runs_are_compared_by_their_contacts() {
    let (_dir, store) = queue_of("abcde").await;
    let first = run_of(&store, &[gone("x"), gone("x"), gone("x"), fine(), fine()]).await;
    store.requeue(first, vec![0, 1]).await.unwrap();
    store.add(tagged("d", "2")).await.unwrap();
    store.add(tagged("e", "2")).await.unwrap();
    store.add(tagged("f", "2")).await.unwrap();
    let second = run_of(&store, &[fine(), gone("x"), gone("y"), fine(), said(Status::NotSent, 0, "ended")]).await;
    let found = store.reader().unwrap().compare(first, second).unwrap();
    assert_eq!((found.fixed, found.still, found.new, found.left, found.fine), (1, 1, 1, 1, 1));
}

#[tokio::test]
async fn the_history_of_a_contact_has_every_run_that_it_was_in() {
    let (_dir, store) = queue_of("ab").await;
    let first = run_of(&store, &[gone("x"), fine()]).await;
    store.add(tagged("a", "2")).await.unwrap();
    let second = run_of(&store, &[fine()]).await;
    let history = store.reader().unwrap().history_of(&Sid::new("a")).unwrap();
    let seen: Vec<_> = history.iter().map(|(run, row)| (*run, row.outcome.as_ref().unwrap().status)).collect();
    assert_eq!(seen, [(second, Status::Updated), (first, Status::Rejected)]);
}
