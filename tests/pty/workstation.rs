//! The workstation from a user's chair: keys, screens, the shell afterwards.

use std::path::Path;
use std::time::Duration;

use rolodeck::sim::{Scenario, Sim, SimOptions, sid_of, start};
use rustix::process::Signal;

use crate::harness::{Launch, Session};

/// Of the 1,000 edits every 50th names a contact that is not in the book.
const EDITS: u64 = 1000;
const UNKNOWN_EVERY: u64 = 50;
/// The edits that name a contact of the book.
const GOOD: u64 = EDITS - EDITS / UNKNOWN_EVERY;

/// A simulator, and a place for the program's files. Both go with it.
pub struct Bench {
    runtime: tokio::runtime::Runtime,
    sim: Option<Sim>,
    dir: tempfile::TempDir,
}

impl Bench {
    /// With a server that behaves.
    pub fn new() -> Self {
        Self::with(SimOptions::default())
    }

    /// With a server that takes a moment for each of the ten requests, so that a run can be met half-way.
    fn slow() -> Self {
        Self::with(SimOptions { latency: Some(Duration::from_millis(400)), ..SimOptions::default() })
    }

    /// With a simulator that behaves so.
    pub fn told(scenario: Scenario) -> Self {
        Self::with(SimOptions { scenario, ..SimOptions::default() })
    }

    fn with(options: SimOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
        let sim = runtime.block_on(start(SimOptions { contacts: EDITS, ..options })).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let config = "profile = \"test\"\n[profiles.test]\nrate = 6000\nread_rate = 60000\nbatch_size = 100\n";
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        Self { runtime, sim: Some(sim), dir }
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The workstation on it.
    pub fn start(&self) -> Session {
        self.run(&[], "data")
    }

    /// The program with these arguments on it, and this folder of its own.
    pub fn run(&self, args: &[&str], data: &str) -> Session {
        let options = SimOptions::default();
        let base_url = self.sim.as_ref().unwrap().base_url();
        Launch::rolodeck(args)
            .env("HOME", self.path())
            .env("ROLODECK_CONFIG", self.path().join("config.toml"))
            .env("ROLODECK_DATA_DIR", self.path().join(data))
            .env("ROLODECK_BASE_URL", base_url)
            .env("EXOTEL_ACCOUNT_SID", options.account)
            .env("EXOTEL_API_KEY", options.key)
            .env("EXOTEL_API_TOKEN", options.token)
            .size(120, 36)
            .start()
    }

    /// The first name of a contact as the server has it.
    pub fn first_name(&self, i: u64) -> String {
        let contact = self.sim.as_ref().unwrap().contact(&sid_of(i)).unwrap();
        contact["first_name"].as_str().unwrap().to_owned()
    }

    /// With the edits of a CSV file in the queue, imported by hand.
    pub fn start_with_edits(&self) -> Session {
        let mut csv = String::from("sid,first_name,tag\n");
        for i in 0..EDITS {
            let sid = if i % UNKNOWN_EVERY == 0 { format!("{i:032x}") } else { sid_of(i) };
            csv.push_str(&format!("{sid},Asha {i},lead\n"));
        }
        let path = self.path().join("contacts.csv");
        std::fs::write(&path, csv).unwrap();
        let mut session = self.start();
        session.wait_for("The queue is empty");
        session.keys(&format!(":import {}\r", path.display()));
        session.wait_for("1,000 new");
        session.keys("\r");
        session.wait_for("1/1,000");
        session
    }
}

impl Bench {
    /// Sends the queue and gives the workstation when the server has taken the first requests, not all of them.
    fn start_half_way(&self) -> Session {
        let mut session = self.start_with_edits();
        session.keys("W");
        say_yes(&mut session, "Send 1,000 edits?");
        session.wait_until("some outcomes, not all", |screen| {
            let text = screen.contents();
            text.contains(" open") && !text.contains("= 0 updated")
        });
        session
    }

    /// Starts again, goes on with the run as offered, and looks at the server's own book.
    fn go_on(&self) {
        let mut session = self.start();
        say_yes(&mut session, "Run 1 was cut short. Go on with it?");
        session.wait_for("with run 1");
        say_yes(&mut session, "edits?");
        session.wait_for("finished");
        session.keys("q");
        assert!(session.exit().success());
        let sim = self.sim.as_ref().unwrap();
        let updated = |i: &u64| sim.contact(&sid_of(*i)).unwrap().to_string().contains(&format!("\"Asha {i}\""));
        let taken = (0..EDITS).filter(|i| i % UNKNOWN_EVERY != 0).filter(updated).count();
        assert_eq!(taken as u64, GOOD, "every edit reached the server");
        // And nobody is asked again.
        let mut again = self.start();
        again.wait_for("[1 Queue 0]");
        again.keys("4");
        again.wait_for("1/2");
        assert!(!again.screen().contains("cut short"), "{}", again.screen());
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(sim) = self.sim.take() {
            self.runtime.block_on(sim.stop());
        }
    }
}

/// Answers the confirm on the screen. It is deaf for a moment after it opened, so a `y` may have to be said again.
pub fn say_yes(session: &mut Session, title: &str) {
    close_by(session, "y", title);
}

/// Presses a key that closes what is on the screen until it is gone, since that is deaf for a moment after it opened.
pub fn close_by(session: &mut Session, key: &str, title: &str) {
    session.wait_for(title);
    for _ in 0..200 {
        session.keys(key);
        if session.is_gone_soon(title) {
            return;
        }
    }
    panic!("it stays: {title}");
}

#[test]
fn what_is_typed_before_the_last_row_is_read_goes_into_its_cell() {
    let bench = Bench::new();
    let mut session = bench.start_with_edits();
    // In one piece, as over a slow line: the row at the end is not read when `e` comes.
    session.keys("Gle\u{15}Typed-ahead\r");
    session.wait_until("the text in the last row", |screen| {
        let text = screen.contents();
        text.contains("1,000/1,000") && text.contains("Typed-ahead")
    });
    session.keys("q");
    assert!(session.exit().success());
}

#[test]
fn a_thousand_edits_are_imported_changed_sent_and_their_failures_sent_again() {
    let bench = Bench::new();
    let mut session = bench.start_with_edits();
    // One cell: down to the second edit, right to first_name, edit, replace, enter.
    session.keys("jle\x15Changed here\r");
    session.wait_for("set on 1 edit");
    session.wait_for("Changed here");
    session.keys("W");
    say_yes(&mut session, "Send 1,000 edits?");
    session.wait_for("20 failed:");
    session.wait_for("1,000 planned = ");
    session.keys("!");
    session.wait_for("problems only · 1/20");
    session.wait_for("Contact not found");
    session.keys("R");
    say_yes(&mut session, "Requeue 20 edits of run 1?");
    session.wait_for("20 edits back in the queue");
    session.keys("1");
    session.wait_for("[1 Queue 20]");
    session.wait_for("404 Contact not found");
    session.keys("W");
    say_yes(&mut session, "Send 20 edits?");
    session.wait_for("20 planned = ");
    session.wait_for("20 failed:");
    session.keys("R");
    session.wait_for("failed the same way twice");
    say_yes(&mut session, "Requeue 20 edits of run 2 all the same?");
    session.wait_for("20 edits back in the queue");
    session.keys("q");
    assert!(session.exit().success());

    // Everything is still there for the next start.
    let mut again = bench.start();
    again.wait_for("[1 Queue 20]");
    again.keys("4");
    again.wait_for("1/2");
    again.keys("G\r");
    again.wait_for("Results of run 1");
    again.wait_for("980 updated");
    again.keys("q");
    assert!(again.exit().success());
    let changed = bench.sim.as_ref().unwrap().contact(&sid_of(1)).unwrap();
    assert!(changed.to_string().contains("Changed here"), "{changed}");
}

#[test]
fn keys_of_the_config_file_are_those_of_screen_and_prompt_and_a_prefix_says_what_follows() {
    let bench = Bench::new();
    let config = bench.path().join("config.toml");
    let mut text = std::fs::read_to_string(&config).unwrap();
    text.push_str("[keys.global]\nquit = 'ctrl-x q'\nhelp = []\n[keys.prompt]\ncancel = 'ctrl-g'\n");
    std::fs::write(&config, text).unwrap();
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.wait_for("ctrl-x q quit");
    // The old keys do nothing: the new one, pressed after them, is what opens the prompt and what quits.
    session.keys("q\x03o");
    session.wait_for("SIDs, numbers or emails");
    session.keys("\x1b\x03abc\x07\x18");
    session.wait_until("what may follow", |screen| {
        screen.contents().contains("ctrl-x …") && screen.contents().contains("q quit")
    });
    session.keys("q");
    assert!(session.exit().success());
}

#[test]
fn the_palette_completes_a_file_says_why_a_command_does_nothing_and_knows_it_the_next_time() {
    let bench = Bench::new();
    std::fs::write(bench.path().join("some contacts.csv"), "sid,tag\n83ba26b7f11c4e75b4043c8b33ceba01,lead\n").unwrap();
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.keys(":pause\r");
    session.wait_until("the reason beside the command", |screen| {
        screen.contents().lines().any(|line| line.contains(":pause") && line.contains("no run is under way"))
    });
    session.keys("\x15imp\t~/som");
    session.wait_for("some contacts.csv");
    session.keys("\t");
    session.wait_for(":import ~/some contacts.csv");
    session.keys("\r");
    session.wait_for("1 new");
    session.keys("\r");
    session.wait_for("imported: 1 added");
    session.keys("q");
    assert!(session.exit().success());
    let mut again = bench.start();
    again.wait_for("[1 Queue 1]");
    again.keys(":");
    again.wait_for("Commands");
    again.keys("\x1b[A");
    again.wait_for(":import ~/some contacts.csv");
    again.keys("\x03q");
    assert!(again.exit().success());
}

#[test]
fn an_idle_workstation_writes_nothing() {
    let bench = Bench::new();
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    // The first screen may come in two frames; then nothing can be awaited any more: that nothing happens is what is to
    // be seen, and only time can show it.
    while session.writes_within(Duration::from_millis(300)) {}
    assert!(!session.writes_within(Duration::from_secs(3)));
    session.keys("q");
    assert!(session.exit().success());
    session.assert_given_back();
}

#[test]
fn a_run_whose_program_was_killed_is_offered_and_gone_on_with() {
    let bench = Bench::slow();
    let mut session = bench.start_half_way();
    session.signal(Signal::KILL);
    session.exit();
    bench.go_on();
}

#[test]
fn a_run_whose_terminal_hung_up_is_recorded_offered_and_gone_on_with() {
    let bench = Bench::slow();
    let mut session = bench.start_half_way();
    session.hang_up();
    assert_eq!(session.exit().exit_code(), 130);
    // What was under way when the terminal went was awaited.
    let sent: u64 = bench.sim.as_ref().unwrap().log().iter().map(|entry| entry.edits).sum();
    assert!(sent < EDITS, "the rest was not sent");
    bench.go_on();
}

#[test]
fn a_paste_is_never_run_as_keys_and_a_change_of_size_keeps_the_cursor_on_its_edit() {
    let bench = Bench::new();
    let mut session = bench.start_with_edits();
    session.paste("WyX");
    session.wait_for("Pasted text is never run as keys");
    session.keys(&"j".repeat(24));
    let sid = sid_of(24);
    for (columns, rows) in [(120, 36), (60, 15), (50, 10), (60, 15), (120, 36)] {
        session.resize(columns, rows);
        // A SID is shortened on a narrow screen: the row of another size does not count.
        let row = if columns < 120 { format!("▸ {}…", &sid[..7]) } else { format!("▸ {sid}") };
        if columns < 60 {
            session.wait_for("rolodeck needs 60x15");
        } else {
            session.wait_until("the 25th edit", |s| s.contents().contains("25/1,000") && s.contents().contains(&row));
        }
    }
    session.keys("q");
    assert!(session.exit().success());
    assert!(bench.sim.as_ref().unwrap().log().is_empty());
}

#[test]
fn unknown_outcomes_are_read_back_from_the_results() {
    // Every update is applied, and its connection reset.
    let bench = Bench::told(Scenario::named("reset-for-ever").unwrap());
    let config = "profile = \"test\"\n[profiles.test]\nread_rate = 100000\nmax_attempts = 1\nbreaker = 0\n";
    std::fs::write(bench.path().join("config.toml"), config).unwrap();
    std::fs::write(bench.path().join("two.csv"), format!("sid,tag\n{},vip\n{},vip\n", sid_of(1), sid_of(2))).unwrap();
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.keys(&format!(":import {}\r", bench.path().join("two.csv").display()));
    session.wait_for("2 new");
    session.keys("\r");
    session.wait_for("1/2");
    session.keys("W");
    say_yes(&mut session, "Send 2 edits?");
    session.wait_for("ctrl-r reconcile");
    session.keys("\x12");
    say_yes(&mut session, "Read 2 contacts of run 1 back?");
    session.wait_for("2 planned = 2 updated + 0 rejected + 0 unknown");
    session.keys("5");
    session.wait_for("run 1, read back: finished: 2 updated");
    session.keys("q");
    assert!(session.exit().success());
}
