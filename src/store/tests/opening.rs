//! Opening, refusing, locking, and what a restart finds.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;

use super::*;
use crate::support::rng::hash_text;

#[test]
fn the_files_are_the_users_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("a/b");
    let _store = open(&data);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data.clone()), 0o700);
    assert_eq!(mode(data.join("rolodeck.db")), 0o600);
    assert_eq!(mode(data.join("rolodeck.db-wal")), 0o600);
}

#[tokio::test]
async fn a_restart_finds_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.import(vec![tagged("a", "1"), tagged("b", "2")], "x.csv".into()).await.unwrap();
    let before = queued(&store);
    drop(store);
    let store = open(dir.path());
    assert_eq!(queued(&store), before);
    assert_eq!(store.undo().await.unwrap().unwrap(), "import of x.csv: 2 edits");
    drop(store);
    let store = open(dir.path());
    assert!(queued(&store).is_empty());
    store.redo().await.unwrap();
    assert_eq!(queued(&store), before);
}

#[tokio::test]
async fn an_orderly_end_leaves_no_log_to_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let reader = store.reader().unwrap();
    store.add(tagged("a", "1")).await.unwrap();
    assert_eq!(reader.queue_count().unwrap(), 1, "it reads, so the log is not removed with the writer");
    let log = dir.path().join("rolodeck.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    drop(store);
    assert_eq!(fs::metadata(&log).unwrap().len(), 0);
    assert_eq!(reader.queue_count().unwrap(), 1);
}

#[tokio::test]
async fn two_handles_on_one_directory_see_each_others_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (open(dir.path()), open(dir.path()));
    let reader = other.reader().unwrap();
    assert_eq!(reader.queue_count().unwrap(), 0);
    one.add(tagged("a", "1")).await.unwrap();
    assert_eq!(reader.queue_count().unwrap(), 1);
    other.add(tagged("b", "2")).await.unwrap();
    assert_eq!(line(&one), "a=1 b=2");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rolodeck.db");
    let text = "my notes, which are long enough to fill the header of a database ".repeat(50);
    fs::write(&file, &text).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert!(error.to_string().contains("rolodeck.db is not a rolodeck database"), "{error}");
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rolodeck.db");
    Connection::open(&file).unwrap().execute_batch("create table theirs (a); insert into theirs values (1)").unwrap();
    let before = fs::read(&file).unwrap();
    assert!(matches!(Store::open(dir.path()).unwrap_err(), StoreError::Foreign(_)));
    assert_eq!(fs::read(file).unwrap(), before);
}

#[test]
fn a_damaged_database_is_an_error_and_not_started_afresh() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let file = dir.path().join("rolodeck.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[100..4096].fill(0x5a);
    fs::write(&file, &bytes).unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("rolodeck.db is damaged"), "{error}");
    assert_eq!(fs::read(file).unwrap(), bytes);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let connection = Connection::open(dir.path().join("rolodeck.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("newer rolodeck (format 99, this one knows "), "{error}");
}

/// A released migration is history: files in the field were made by it. Add another behind it.
#[test]
fn released_migrations_stay_as_they_are() {
    assert_eq!(hash_text(include_str!("../schema/1.sql")), 10_435_075_087_493_527_090);
}

#[test]
fn a_second_submitter_is_told_who_submits() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (open(dir.path()), open(dir.path()));
    let lock = one.lock_submitter().unwrap();
    let StoreError::Held(held) = other.lock_submitter().unwrap_err() else { panic!("not refused as held") };
    assert_eq!(held.pid, Some(std::process::id()));
    assert!(held.since.is_some());
    assert!(held.to_string().contains(&format!("process {}", std::process::id())), "{held}");
    drop(lock);
    drop(other.lock_submitter().unwrap());
}

#[tokio::test]
async fn a_dead_process_leaves_unknown_what_it_meant_to_send() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store
        .import("abcdefgh".chars().map(|c| tagged(&c.to_string(), "1")).collect::<Vec<_>>(), "x".into())
        .await
        .unwrap();
    let (start, journal) = begin(&store, 2).await;
    journal.intend(0, 1, Timestamp(1000)).await.unwrap();
    journal.settle(0, Some(answer(0, 1)), vec![outcome(Status::Updated), outcome(Status::NotSent)]).await.unwrap();
    journal.intend(1, 1, Timestamp(i64::MAX / 2)).await.unwrap();
    journal.attempt_failed(answer(1, 1)).await.unwrap();
    journal.intend(2, 1, Timestamp(3000)).await.unwrap();
    drop((store, journal));

    let (store, recovery) = Store::open(dir.path()).unwrap();
    assert_eq!(recovery, Recovery { crashed: vec![start.run], unknown: 4, not_sent: 2 });
    let words = ["updated", "not_sent", "unknown", "unknown", "unknown", "unknown", "not_sent", "not_sent"];
    assert_eq!(results(&store, start.run), words);
    assert_eq!(line(&store), "b=1 g=1 h=1");
    let run = store.reader().unwrap().last_run().unwrap().unwrap();
    assert_eq!(run.state, RunState::Crashed);
    assert!(run.totals.balances());
    assert_eq!(run.finished, Some(Timestamp(i64::MAX / 2 + 12)), "the last sign of life");
    let why = store.reader().unwrap().result_rows(run.run, 4, 1).unwrap().remove(0).outcome.unwrap().said.description;
    assert_eq!(why.unwrap(), "the program ended before an answer was recorded");
    drop(store);
    assert_eq!(Store::open(dir.path()).unwrap().1, Recovery::default(), "settled once");
}

/// Settled as something else than what was queued, it stayed; that undo made it alike again is no reason to lose it.
#[tokio::test]
async fn recovery_leaves_alone_what_was_settled_before_the_crash() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add(tagged("a", "1")).await.unwrap();
    let (_, journal) = begin(&store, 2).await;
    store.set_cell(ids(&[1]), Cell::Field(Field::Tag), CellChange::Set("2".into())).await.unwrap();
    journal.settle(0, None, vec![outcome(Status::Updated)]).await.unwrap();
    store.undo().await.unwrap();
    drop((store, journal));
    assert_eq!(line(&open(dir.path())), "a=1");
}

#[tokio::test]
async fn a_run_whose_process_lives_is_not_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let lock = store.lock_submitter().unwrap();
    store.add(tagged("a", "1")).await.unwrap();
    let (start, journal) = begin(&store, 2).await;
    let (other, recovery) = Store::open(dir.path()).unwrap();
    assert_eq!(recovery, Recovery::default());
    journal.settle(0, None, vec![outcome(Status::Updated)]).await.unwrap();
    journal.finish(RunState::Finished, Timestamp(1), 1).await.unwrap();
    assert_eq!(results(&other, start.run), ["updated"]);
    drop(lock);
}

fn answer(batch: u32, attempt: u32) -> AttemptRecord {
    AttemptRecord {
        batch,
        attempt,
        started: Timestamp(0),
        elapsed_ms: 12,
        http_status: Some(207),
        request_id: Some(format!("r{batch}.{attempt}")),
        error: None,
        doubtful: true,
    }
}
