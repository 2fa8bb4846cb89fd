//! Damaged files, files in the way, and locks of other processes: refused by name, and nothing is overwritten.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use rstest::rstest;
use rusqlite::Connection;

use super::*;

/// Enough that the queue has inner pages.
const EDITS: usize = 3000;

fn database(dir: &Path) -> PathBuf {
    dir.join("rolodeck.db")
}

/// A data directory after an orderly end.
async fn filled(dir: &Path) {
    let store = open(dir);
    store.import((0..EDITS).map(|i| tagged(&format!("{i:032}"), "1")).collect::<Vec<_>>(), "x".into()).await.unwrap();
}

/// A data directory as a power cut leaves it: the last edit is in the log, and not in the database.
async fn cut_off(dir: &Path) {
    let live = tempfile::tempdir().unwrap();
    filled(live.path()).await;
    let store = open(live.path());
    store.add(tagged("a", "1")).await.unwrap();
    fs::create_dir_all(dir).unwrap();
    for name in ["rolodeck.db", "rolodeck.db-wal"] {
        fs::copy(live.path().join(name), dir.join(name)).unwrap();
    }
}

/// Writes garbage over this share of the file, in hundredths.
fn scribble(path: &Path, from: usize, to: usize) {
    let mut bytes = fs::read(path).unwrap();
    let length = bytes.len();
    bytes[length * from / 100..length * to / 100].fill(0x5a);
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

/// What is in the files of the database, whatever it is called. (An empty log holds nothing.)
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .filter(|(name, _)| name.starts_with("rolodeck.db") && !name.ends_with("-shm"))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect()
}

#[rstest]
#[case::the_head(|path: &Path| scribble(path, 0, 5), "is not a rolodeck database")]
#[case::all_but_the_first_bytes(|path: &Path| {
    let head = fs::read(path).unwrap()[..100].to_vec();
    scribble(path, 0, 100);
    let mut bytes = fs::read(path).unwrap();
    bytes[..100].copy_from_slice(&head);
    fs::write(path, bytes).unwrap();
}, "is damaged")]
#[case::the_end(|path: &Path| scribble(path, 60, 100), "is damaged")]
#[case::half_of_it_cut_off(|path: &Path| cut(path, fs::metadata(path).unwrap().len() / 2), "is damaged")]
#[case::all_but_a_bit_cut_off(|path: &Path| cut(path, 70), "rolodeck.db is")]
#[tokio::test]
async fn a_damaged_database_is_refused_and_moved_aside_whole(#[case] damage: fn(&Path), #[case] says: &str) {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    damage(&database(dir.path()));
    refused_and_moved_aside(dir.path(), says);
}

/// SQLite would delete the log, and with it what is on disk.
#[rstest]
#[case::emptied(|path: &Path| cut(path, 0))]
#[case::gone(|path: &Path| fs::remove_file(path).unwrap())]
#[tokio::test]
async fn a_log_without_its_database_is_kept(#[case] damage: fn(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    cut_off(dir.path()).await;
    damage(&database(dir.path()));
    refused_and_moved_aside(dir.path(), "it is empty, but its log is not");
}

/// What is in the log is laid into a sound file only.
#[rstest]
#[case::from_the_head_on(0, "is not a rolodeck database")]
#[case::behind_the_tables(30, "is damaged")]
#[tokio::test]
async fn the_log_of_a_damaged_database_is_kept_beside_it(#[case] from: usize, #[case] says: &str) {
    let dir = tempfile::tempdir().unwrap();
    cut_off(dir.path()).await;
    scribble(&database(dir.path()), from, 100);
    refused_and_moved_aside(dir.path(), says);
}

#[test]
fn a_directory_in_the_place_of_the_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(database(dir.path())).unwrap();
    fs::write(database(dir.path()).join("notes"), "mine").unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("rolodeck.db is not a rolodeck database"), "{error}");
    let aside = set_aside(dir.path(), Patience::default()).unwrap();
    assert_eq!(fs::read_to_string(aside.join("notes")).unwrap(), "mine");
    open(dir.path());
}

#[track_caller]
fn refused_and_moved_aside(dir: &Path, says: &str) {
    let before = contents(dir);
    for _ in 0..2 {
        let error = Store::open(dir).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(error.contains(dir.to_str().unwrap()) && error.contains("rolodeck queue set-aside"), "{error}");
        assert!(contents(dir) == before, "it was touched");
    }
    let aside = set_aside(dir, Patience::default()).unwrap();
    assert_eq!(aside, dir.join("rolodeck.db.damaged-1"));
    let name = |old: &String| old.replacen("rolodeck.db", "rolodeck.db.damaged-1", 1);
    assert!(
        contents(dir) == before.iter().map(|(old, bytes)| (name(old), bytes.clone())).collect(),
        "it is kept whole"
    );
    assert!(queued(&open(dir)).is_empty());
    // A second one takes another name.
    fs::write(database(dir), "no database at all").unwrap();
    assert_eq!(set_aside(dir, Patience::default()).unwrap(), dir.join("rolodeck.db.damaged-2"));
}

/// The ends of the tables are sound, so it shows when the rows between them are read.
#[tokio::test]
async fn damage_in_the_middle_is_told_when_it_is_met() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    scribble(&database(dir.path()), 75, 85);
    let store = open(dir.path());
    let reader = store.reader().unwrap();
    let read = reader.each_queued(|_| ControlFlow::Continue(())).unwrap_err();
    assert!(read.is_damage() && read.to_string().contains("rolodeck.db in the data directory is damaged"), "{read}");
    let all = (1..=EDITS as i64).map(EditId).collect();
    let written = store.take_out(all).await.unwrap_err();
    assert!(written.is_damage() && written.to_string().contains(dir.path().to_str().unwrap()), "{written}");
    drop((reader, store));
    set_aside(dir.path(), Patience::default()).unwrap();
    assert!(queued(&open(dir.path())).is_empty());
}

#[tokio::test]
async fn a_sound_database_is_not_moved() {
    let dir = tempfile::tempdir().unwrap();
    let none = set_aside(dir.path(), Patience::default()).unwrap_err().to_string();
    assert!(none.starts_with("cannot find") && none.contains("rolodeck.db"), "{none}");
    filled(dir.path()).await;
    assert!(matches!(set_aside(dir.path(), Patience::default()), Err(StoreError::Sound(_))));
    scribble(&database(dir.path()), 0, 100);
    let lock = SubmitterLock::take(&dir.path().join("submit.lock")).unwrap();
    assert!(matches!(set_aside(dir.path(), Patience::default()), Err(StoreError::Held(_))));
    drop(lock);
    assert_eq!(contents(dir.path()).len(), 1);
}

/// Waits for a moment only.
const HASTY: Patience = Patience { limit: Duration::from_millis(20), word: |_| {} };

#[track_caller]
fn is_locked(error: &StoreError, dir: &Path) {
    let said = error.to_string();
    assert!(said.contains(&format!("{} is locked", database(dir).display())), "{said}");
    assert!(said.contains("fuser"), "{said}");
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(dir.path(), HASTY).unwrap().0;
    store.add(tagged("a", "1")).await.unwrap();
    let other = Connection::open(database(dir.path())).unwrap();
    other.execute_batch("begin immediate").unwrap();
    is_locked(&store.add(tagged("b", "2")).await.unwrap_err(), dir.path());
    assert_eq!(line(&store), "a=1", "who only reads is not held up");
    other.execute_batch("rollback").unwrap();
    store.add(tagged("b", "2")).await.unwrap();
    assert_eq!(line(&store), "a=1 b=2");
}

#[tokio::test]
async fn a_database_that_another_program_has_for_itself_is_named() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let other = Connection::open(database(dir.path())).unwrap();
    other.execute_batch("pragma locking_mode = exclusive; begin exclusive").unwrap();
    is_locked(&Store::open_with(dir.path(), HASTY).unwrap_err(), dir.path());
    is_locked(&set_aside(dir.path(), HASTY).unwrap_err(), dir.path());
    drop(other);
    open(dir.path());
}
