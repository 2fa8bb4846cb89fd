//! Disks that are full, locked, damaged or not ours to write: exit code 7, a message that helps, and nothing lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rolodeck::sim::sid_of;
use rstest::rstest;
use rusqlite::Connection;

use crate::harness::{FAST, Home, Ran, Server, assert_balanced, program};

/// Every command that opens the queue.
const LOOKING: [&[&str]; 3] = [&["queue", "list"], &["runs"], &["results"]];

/// Runs the program with a limit on the size of its files, in blocks of 512 bytes (of 1 KiB in some shells).
fn run_limited(home: &Home, blocks: u32, args: &[&str]) -> Ran {
    // Without the trap the signal ends the process before it sees the error.
    home.start_after(&format!("trap '' XFSZ; ulimit -f {blocks}"), args).end()
}

#[test]
fn an_import_that_does_not_fit_is_refused_whole() {
    let home = Home::bare();
    home.run(&["import", &home.edits(0, 3)]).code(0);
    let large = home.edits(10, 20_010);
    run_limited(&home, 1024, &["import", &large]).code(7).says("rolodeck.db cannot be written").says("Free some space");
    assert_eq!(home.queue().len(), 3);
    home.run(&["import", &large]).code(0);
    assert_eq!(home.queue().len(), 20_003);
}

#[test]
fn a_run_whose_disk_fills_up_stops_sending_and_loses_nothing() {
    const EDITS: u64 = 2000;
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["import", &home.edits(0, EDITS)]).code(0);
    let submit = ["submit", "--resume", "--yes", FAST, "--batch-size=10", "--in-flight=2", "--format=jsonl"];
    let ran = run_limited(&home, 4096, &submit).code(7).says("could not be recorded").says("cannot be written");
    let sent = server.updates().len() as u64;
    assert!(sent > 0 && sent < EDITS / 10, "it stopped in the middle: {sent} requests");
    let told = ran.out.lines().filter(|line| line.contains("\"updated\"")).count();
    assert!(told > 0, "{}", ran.out);

    // The next start closes the books.
    let run = &home.run(&["runs", "--format=jsonl"]).code(0).lines()[0];
    assert_balanced(run);
    let n = |key: &str| run[key].as_u64().unwrap();
    // Two requests under way, two whose answers came and could not be recorded, and two whose intents were recorded ahead
    // and could not be taken back.
    assert!(n("unknown") <= 6 * 10, "{run}");
    assert_eq!(n("updated") + n("unknown") + n("not_sent"), EDITS);
    assert_eq!(home.queue().len() as u64, n("not_sent"));
    for row in home.results() {
        let is_new = server.first_name(row["sid"].as_str().unwrap()).as_deref() == Some("New");
        let may_be = match row["status"].as_str().unwrap() {
            "updated" => is_new,
            "not_sent" => !is_new,
            status => status == "unknown",
        };
        assert!(may_be, "{row}");
    }
    home.run(&submit).code(0);
    assert!((0..EDITS).map(sid_of).all(|sid| server.first_name(&sid).as_deref() == Some("New")));
}

#[test]
fn another_process_that_writes_is_waited_for_with_a_word() {
    let home = Home::bare();
    home.run(&["import", &home.edits(0, 3)]).code(0);
    let other = Connection::open(home.path("data/rolodeck.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let mut import = home.start(&["import", &home.edits(3, 5)]);
    import.wait_for("waiting for another process that writes");
    other.execute_batch("rollback").unwrap();
    import.end().code(0).says("2 added");
    assert_eq!(home.queue().len(), 5);
}

#[test]
fn a_damaged_database_is_moved_aside_in_one_step() {
    let home = Home::bare();
    home.run(&["import", &home.edits(0, 3)]).code(0);
    home.run(&["queue", "set-aside"]).code(2).says("rolodeck.db is not damaged; it stays where it is");
    let database = home.path("data/rolodeck.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[1000..].fill(0x5a);
    fs::write(&database, &bytes).unwrap();
    for command in LOOKING {
        home.run(command).code(7).says("rolodeck.db is damaged").says("`rolodeck queue set-aside`");
    }
    home.run(&["import", &home.edits(0, 3)]).code(7);
    home.run(&["queue", "set-aside"]).code(0).says("kept as").says("rolodeck.db.damaged-1");
    assert!(fs::read(home.path("data/rolodeck.db.damaged-1")).unwrap() == bytes);
    assert!(home.queue().is_empty());
}

#[rstest]
#[case::below_a_file("taken/data", "cannot create")]
#[case::a_file("taken", "cannot create")]
#[case::no_file_system("/proc/rolodeck", "cannot create /proc/rolodeck")]
fn a_place_that_cannot_be_a_data_directory_is_named(#[case] place: &str, #[case] says: &str) {
    let mut home = Home::bare();
    home.file("taken", "mine");
    home.env.insert("ROLODECK_DATA_DIR", home.path(place).display().to_string());
    home.run(&["queue", "list"]).code(7).says(says);
    home.run(&["import", &home.edits(0, 3)]).code(7).says(says);
    assert_eq!(fs::read_to_string(home.path("taken")).unwrap(), "mine");
}

/// As a user who may read everything there and write nothing: root may write always.
fn run_as_guest(home: &Home, args: &[&str]) -> Ran {
    if !rustix::process::geteuid().is_root() {
        return home.run(args);
    }
    // The program may stand where a guest cannot go.
    let copy = home.path("rolodeck");
    if !copy.exists() {
        fs::copy(program(), &copy).unwrap();
    }
    home.spawn(Command::new(copy).args(args).uid(65_534).gid(65_534).current_dir("/")).end()
}

#[rstest]
#[case::of_the_database(0o444, 0o555)]
#[case::of_the_directory(0o666, 0o555)]
fn a_disk_that_may_only_be_read_is_told(#[case] file: u32, #[case] directory: u32) {
    let home = Home::bare();
    home.run(&["import", &home.edits(0, 3)]).code(0);
    let set = |name: &str, mode| fs::set_permissions(home.path(name), Permissions::from_mode(mode)).unwrap();
    set("", 0o755);
    set("data/rolodeck.db", file);
    set("data", directory);
    let before = fs::read(home.path("data/rolodeck.db")).unwrap();
    let import = ["import", &home.edits(3, 5)];
    for command in LOOKING.into_iter().chain([&import[..]]) {
        run_as_guest(&home, command).code(7).says("rolodeck.db cannot be opened for writing").says("--data-dir");
    }
    assert!(fs::read(home.path("data/rolodeck.db")).unwrap() == before);
    set("data", 0o755);
    set("data/rolodeck.db", 0o600);
    assert_eq!(home.queue().len(), 3);
}

#[test]
fn books_that_differ_end_the_run_with_an_alarm_and_a_report() {
    // Slow enough for the first books to be compared while most batches are still to be sent.
    let server = Server::told("latency_ms = 20");
    let home = Home::at(&server);
    home.run(&["import", &home.edits(0, 600)]).code(0);
    let meddler = "create trigger meddler after update of updated on run
                   begin update run set rejected = rejected + 1 where id = new.id; end";
    Connection::open(home.path("data/rolodeck.db")).unwrap().execute_batch(meddler).unwrap();
    let ran = home.run(&["submit", "--yes", FAST, "--batch-size=20", "--in-flight=1"]).code(70);
    let ran = ran.says("bug in rolodeck").says("the books differ").says("Compare some contacts");
    assert!(server.updates().len() < 30, "the run ends with the first books that are compared, not with the last");
    let (_, report) = ran.err.trim_end().rsplit_once(": ").unwrap();
    assert_eq!(fs::metadata(report).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(report).unwrap();
    assert!(text.contains("run 1: the books differ") && !text.contains(&sid_of(0)), "{text}");
}
