//! Runs: planning, settling, ending, requeueing.

use super::*;
use crate::domain::{Difference, Echo, Said};

async fn queue_of(sids: &str) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(sids.chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
    (dir, store)
}

fn answer(batch: u32, attempt: u32, error: Option<&str>) -> AttemptRecord {
    AttemptRecord {
        batch,
        attempt,
        started: Timestamp(i64::from(attempt) * 100),
        elapsed_ms: 7,
        http_status: Some(207),
        request_id: Some(format!("r{batch}.{attempt}")),
        error: error.map(str::to_owned),
        doubtful: true,
    }
}

#[tokio::test]
async fn a_plan_holds_the_edits_as_they_were() {
    let (_dir, store) = queue_of("abc").await;
    store.set_cell(ids(&[3]), Cell::Sid, CellChange::Set("a".into())).await.unwrap();
    let start = store.begin_run(request(ids(&[1, 2, 99, 3]), 5)).await.unwrap();
    assert_eq!((start.planned, start.batches), (3, 2), "two edits of one SID need two batches");
    store.set_cell(ids(&[1, 2, 3]), Cell::Field(Field::Tag), CellChange::Clear).await.unwrap();
    let journal = store.journal(start.run);
    let first = journal.load_batch(0).await.unwrap();
    assert_eq!((first.no, first.round, first.items.len()), (0, 0, 2));
    assert_eq!(first.items[1].changes, tagged("b", "1").changes);
    let second = journal.load_batch(1).await.unwrap();
    assert_eq!((second.round, second.items[0].seq, second.items[0].sid.as_str()), (1, 2, "a"));
    assert!(matches!(journal.load_batch(2).await.unwrap_err(), StoreError::NoSuchBatch(_, 2)));
}

#[tokio::test]
async fn settled_edits_leave_the_queue_and_the_others_stay() {
    let (_dir, store) = queue_of("abcde").await;
    let (start, journal) = begin(&store, 5).await;
    store.set_cell(ids(&[5]), Cell::Field(Field::Email), CellChange::Set("new".into())).await.unwrap();
    journal.intend(0, 1, Timestamp(5)).await.unwrap();
    let outcomes = [Status::Updated, Status::Rejected, Status::Unknown, Status::NotSent, Status::Updated];
    journal.settle(0, Some(answer(0, 1, None)), outcomes.map(outcome).to_vec()).await.unwrap();
    assert_eq!(line(&store), "d=1 e=1", "not sent, and changed since it was sent");
    let totals = journal.finish(RunState::Finished, Timestamp(99), 42).await.unwrap();
    assert_eq!((totals.updated, totals.rejected, totals.unknown, totals.not_sent), (2, 1, 1, 1));
    let run = store.reader().unwrap().run(start.run).unwrap().unwrap();
    assert_eq!((run.state, run.finished, run.elapsed_ms), (RunState::Finished, Some(Timestamp(99)), 42));
    assert_eq!((run.totals, run.requests, run.retries, run.batches), (totals, 1, 0, 1));
    assert_eq!((run.profile.as_str(), run.account.as_str(), run.user.as_str()), ("demo", "demo1", "me"));
}

#[tokio::test]
async fn a_batch_settles_once_and_whole() {
    let (_dir, store) = queue_of("ab").await;
    let (start, journal) = begin(&store, 5).await;
    let short = journal.settle(0, None, vec![outcome(Status::Updated)]).await.unwrap_err();
    assert!(matches!(short, StoreError::WrongCount { edits: 2, given: 1, .. }), "{short}");
    journal.intend(0, 1, Timestamp(1)).await.unwrap();
    journal.settle(0, None, vec![outcome(Status::Rejected), outcome(Status::NotSent)]).await.unwrap();
    let before = results(&store, start.run);
    let again = journal
        .settle(0, Some(answer(0, 1, None)), vec![outcome(Status::Updated), outcome(Status::Updated)])
        .await
        .unwrap_err();
    assert!(matches!(again, StoreError::AlreadySettled(_, 0)), "{again}");
    assert_eq!(results(&store, start.run), before);
    assert_eq!(line(&store), "b=1");
    let run = store.reader().unwrap().last_run().unwrap().unwrap();
    assert_eq!((run.totals.rejected, run.totals.not_sent, run.totals.updated), (1, 1, 0));
    assert_eq!(
        store.reader().unwrap().attempts(start.run, 0).unwrap()[0].error.as_deref(),
        Some("no answer is recorded")
    );
}

#[tokio::test]
async fn an_ended_run_takes_nothing_more() {
    let (_dir, store) = queue_of("abc").await;
    let (start, journal) = begin(&store, 1).await;
    journal.intend(0, 1, Timestamp(1)).await.unwrap();
    journal.settle(0, Some(answer(0, 1, None)), vec![outcome(Status::Updated)]).await.unwrap();
    let totals = journal.finish(RunState::Stopped, Timestamp(9), 9).await.unwrap();
    assert!(totals.balances());
    assert_eq!(totals.not_sent, 2);
    assert_eq!(results(&store, start.run), ["updated", "not_sent", "not_sent"]);
    assert!(matches!(journal.intend(1, 1, Timestamp(1)).await.unwrap_err(), StoreError::RunOver(_)));
    assert!(journal.settle(1, None, vec![outcome(Status::Updated)]).await.is_err());
    let again = journal.finish(RunState::Finished, Timestamp(10), 10).await.unwrap_err();
    assert!(matches!(again, StoreError::RunOver(_)));
    assert_eq!(store.reader().unwrap().run(start.run).unwrap().unwrap().state, RunState::Stopped);
    assert_eq!(line(&store), "b=1 c=1");
}

#[tokio::test]
async fn a_withdrawn_intent_leaves_no_trace() {
    let (dir, store) = queue_of("ab").await;
    let (start, journal) = begin(&store, 1).await;
    let failed = AttemptRecord { doubtful: false, ..answer(0, 1, Some("429: too many requests")) };
    journal.intend(0, 1, Timestamp(100)).await.unwrap();
    journal.attempt_failed(failed.clone()).await.unwrap();
    for (batch, attempt) in [(0, 2), (1, 1)] {
        journal.intend(batch, attempt, Timestamp(200)).await.unwrap();
        journal.withdraw(batch, attempt).await.unwrap();
        journal.withdraw(batch, attempt).await.unwrap();
    }
    // One that was answered can't be taken back.
    journal.withdraw(0, 1).await.unwrap();
    let reader = store.reader().unwrap();
    let run = reader.last_run().unwrap().unwrap();
    assert_eq!((run.requests, run.retries), (1, 0));
    assert_eq!(reader.attempts(start.run, 0).unwrap(), [failed]);
    // A crash from here on leaves nothing in doubt.
    drop((reader, journal, store));
    let (store, recovery) = Store::open(dir.path()).unwrap();
    assert_eq!((recovery.unknown, recovery.not_sent), (0, 2));
    assert_eq!(line(&store), "a=1 b=1");
}

#[tokio::test]
async fn attempts_are_kept_with_their_answers() {
    let (_dir, store) = queue_of("ab").await;
    let (start, journal) = begin(&store, 1).await;
    journal.intend(0, 1, Timestamp(100)).await.unwrap();
    assert!(matches!(journal.intend(0, 1, Timestamp(100)).await.unwrap_err(), StoreError::WrongAttempt(..)));
    assert!(matches!(journal.intend(5, 1, Timestamp(100)).await.unwrap_err(), StoreError::WrongAttempt(..)));
    let (first, second) = (answer(0, 1, Some("429: too many requests")), answer(0, 2, None));
    journal.attempt_failed(first.clone()).await.unwrap();
    assert!(matches!(journal.attempt_failed(first.clone()).await.unwrap_err(), StoreError::WrongAttempt(..)));
    journal.intend(0, 2, Timestamp(200)).await.unwrap();
    journal.settle(0, Some(second.clone()), vec![outcome(Status::Updated)]).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(300), 1).await.unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.attempts(start.run, 0).unwrap(), [first, second]);
    let rows = reader.result_rows(start.run, 0, 9).unwrap();
    assert_eq!((rows[0].attempts, rows[0].request_id.as_deref()), (2, Some("r0.2")));
    assert_eq!((rows[1].attempts, rows[1].request_id.as_deref(), rows[1].batch, rows[1].index), (0, None, 1, 0));
    let run = reader.last_run().unwrap().unwrap();
    assert_eq!((run.requests, run.retries), (2, 1));
}

#[tokio::test]
async fn an_outcome_comes_back_exactly() {
    let (_dir, store) = queue_of("abc").await;
    let (start, journal) = begin(&store, 5).await;
    let differs = Outcome {
        status: Status::Updated,
        said: Said { code: Some(200), ..Said::default() },
        echo: Echo::Differs(vec![
            Difference { field: Field::Tag, wanted: "\"é\u{0}".into(), got: None },
            Difference { field: Field::CustomField, wanted: "{}".into(), got: Some("{\"a\":1}".into()) },
        ]),
        item: Some("{\"code\":200}".into()),
    };
    let refused = Outcome {
        status: Status::Rejected,
        said: Said {
            code: Some(404),
            error_code: Some(1000),
            description: Some("Contact not found".into()),
            message: Some("Not Found".into()),
        },
        echo: Echo::None,
        item: None,
    };
    let matches = Outcome { echo: Echo::Matches, ..outcome(Status::Updated) };
    let outcomes = vec![differs, refused, matches];
    journal.settle(0, None, outcomes.clone()).await.unwrap();
    let reader = store.reader().unwrap();
    let rows = reader.batch_results(start.run, 0).unwrap();
    assert_eq!(rows.into_iter().map(|r| r.outcome.unwrap()).collect::<Vec<_>>(), outcomes);
    assert_eq!(reader.result_seqs(start.run, false).unwrap(), [0, 1, 2]);
    assert_eq!(reader.result_seqs(start.run, true).unwrap(), [0, 1]);
}

#[tokio::test]
async fn the_rest_of_a_run_is_what_was_not_sent_or_is_unknown_and_still_wanted() {
    let (_dir, store) = queue_of("abcdef").await;
    let (start, journal) = begin(&store, 2).await;
    journal.settle(0, None, vec![outcome(Status::Updated), outcome(Status::Unknown)]).await.unwrap();
    journal.settle(1, None, vec![outcome(Status::Unknown), outcome(Status::Rejected)]).await.unwrap();
    journal.finish(RunState::Crashed, Timestamp(1), 1).await.unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.last_unfinished().unwrap().map(|run| run.run), Some(start.run));

    let rest = reader.rest_of(start.run).unwrap();
    assert_eq!(
        rest.unknown.iter().map(|(seq, edit)| (*seq, edit.sid.as_str())).collect::<Vec<_>>(),
        [(1, "b"), (2, "c")]
    );
    assert_eq!(rest.queued, ids(&[5, 6]), "what was not sent never left the queue");

    // One unknown edit is back, one that was not sent is taken out, and another contact is queued since.
    let report = store.requeue(start.run, vec![1]).await.unwrap();
    store.take_out(ids(&[5])).await.unwrap();
    store.add(tagged("z", "new")).await.unwrap();
    let rest = reader.rest_of(start.run).unwrap();
    assert_eq!(rest.unknown.len(), 1);
    assert_eq!(rest.queued, [&ids(&[6])[..], &report.edits].concat());

    store.requeue(start.run, vec![2]).await.unwrap();
    let all = reader.rest_of(start.run).unwrap().queued;
    store.take_out(all).await.unwrap();
    assert!(reader.rest_of(start.run).unwrap().is_empty());
}

#[tokio::test]
async fn undoing_an_import_passes_over_what_was_sent() {
    let (_dir, store) = queue_of("abc").await;
    store.set_cell(ids(&[1, 2, 3]), Cell::Field(Field::Tag), CellChange::Set("2".into())).await.unwrap();
    let start = store.begin_run(request(ids(&[2]), 5)).await.unwrap();
    store.journal(start.run).settle(0, None, vec![outcome(Status::Updated)]).await.unwrap();
    assert_eq!(store.undo().await.unwrap().unwrap(), "set tag on 3 edits");
    assert_eq!(line(&store), "a=1 c=1");
    assert_eq!(store.undo().await.unwrap().unwrap(), "import of x: 3 edits");
    assert_eq!(line(&store), "");
    store.redo().await.unwrap();
    store.redo().await.unwrap();
    assert_eq!(line(&store), "a=2 c=2");
}

#[tokio::test]
async fn failures_go_back_to_the_queue_and_know_where_they_failed() {
    let (_dir, store) = queue_of("abcdef").await;
    let (start, journal) = begin(&store, 10).await;
    let mut outcomes =
        [Status::Updated, Status::Rejected, Status::Unknown, Status::NotSent, Status::Rejected, Status::Rejected]
            .map(outcome)
            .to_vec();
    outcomes[1].said.code = Some(404);
    journal.settle(0, None, outcomes).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(1), 1).await.unwrap();
    store.add(edit("e", &[(Field::Tag, Some("newer"))])).await.unwrap();
    assert_eq!(line(&store), "d=1 e=newer");

    let report = store.requeue(start.run, vec![4, 2, 0, 1, 1, 3, 50]).await.unwrap();
    assert_eq!((report.requeued, report.merged, report.already, report.never), (2, 1, 1, 1));
    assert_eq!(line(&store), "d=1 e=newer b=1 c=1");
    let reader = store.reader().unwrap();
    let rows = reader.queue_rows(&report.edits).unwrap();
    assert_eq!(rows.iter().map(|r| r.edit.sid.as_str()).collect::<Vec<_>>(), ["b", "c", "e"]);
    let origin = rows[0].origin.clone().unwrap();
    assert_eq!((origin.run, origin.seq, origin.status, origin.said.code), (start.run, 1, Status::Rejected, Some(404)));
    let requeued = |reader: &Reader| {
        reader.result_rows(start.run, 0, 9).unwrap().iter().map(|r| r.handled.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(requeued(&reader), [false, true, true, false, true, false]);

    let again = store.requeue(start.run, vec![1, 2, 4]).await.unwrap();
    assert_eq!((again.requeued, again.merged, again.already), (0, 0, 3));
    assert_eq!(store.undo().await.unwrap().unwrap(), "requeue of 3 edits from run 1");
    assert_eq!(line(&store), "d=1 e=newer");
    assert_eq!(requeued(&reader), [false; 6]);
    assert_eq!(store.requeue(start.run, vec![1]).await.unwrap().requeued, 1, "it may be requeued again");
}

#[tokio::test]
async fn a_requeued_edit_gives_a_queued_one_the_fields_it_lacks() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(edit("a", &[(Field::Tag, Some("old")), (Field::Email, None)])).await.unwrap();
    let (start, journal) = begin(&store, 10).await;
    journal.settle(0, None, vec![outcome(Status::Unknown)]).await.unwrap();
    let newer = edit("a", &[(Field::Tag, Some("new")), (Field::FirstName, Some("A"))]);
    let id = store.add(newer.clone()).await.unwrap();
    assert_eq!(store.requeue(start.run, vec![0]).await.unwrap().edits, [id]);
    let merged = edit("a", &[(Field::Tag, Some("new")), (Field::FirstName, Some("A")), (Field::Email, None)]);
    assert_eq!(queued(&store), [(id.0, merged)]);
    store.undo().await.unwrap();
    assert_eq!(queued(&store), [(id.0, newer)]);
}

#[tokio::test]
async fn one_command_that_fails_takes_no_other_with_it() {
    let (_dir, store) = queue_of("abcd").await;
    let (start, journal) = begin(&store, 1).await;
    let settle = |batch, outcomes: usize| journal.settle(batch, None, vec![outcome(Status::Updated); outcomes]);
    // Asked for together, they share a transaction.
    let (a, wrong, c, d) = tokio::join!(settle(0, 1), settle(1, 2), settle(2, 1), settle(9, 1));
    assert!(a.is_ok() && c.is_ok());
    assert!(wrong.is_err() && d.is_err());
    assert_eq!(results(&store, start.run), ["updated", "-", "updated", "-"]);
    assert_eq!(line(&store), "b=1 d=1");
}
