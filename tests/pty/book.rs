//! The address book from a user's chair.

use rolodeck::sim::{Scenario, sid_of};

use crate::workstation::{Bench, close_by, say_yes};

/// After some pages the server asks to wait for longer than anybody does; asked anew, it answers.
const HELD_UP: &str = "[[request]]\nact = { refuse = { status = 429, retry_after = 60 } }\n\
                       on = { from = 40, until = 40, method = \"GET\" }\n";

#[test]
fn a_pull_shows_how_far_it_is_is_stopped_by_esc_and_goes_on_where_it_stopped() {
    let bench = Bench::told(Scenario::parse(HELD_UP).unwrap());
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.keys(":pull\r");
    session.wait_until("progress, and what it waits for", |screen| {
        let text = screen.contents();
        text.lines().any(|line| line.contains("pull: ") && line.contains(" of about 1,") && line.contains("again in"))
    });
    // Nothing else is held up: the palette opens over it.
    session.keys(":theme");
    session.wait_for("Choose a theme");
    session.keys("\x03");
    session.wait_for("pull: ");
    session.keys("\x1b");
    session.wait_for("Stop the pull?");
    session.wait_for("of about 1,");
    say_yes(&mut session, "Stop the pull?");
    // The log keeps what is told, whatever else was typed since.
    session.keys("5");
    session.wait_for("the pull was stopped behind ");
    session.keys(":pull\r");
    session.wait_for("pulled 1,001 contacts: ");
    session.wait_for(" 0 gone from the server");
    // The contacts are there, and are narrowed key by key.
    session.keys("3");
    session.wait_for("Contacts, pulled just now");
    session.wait_for("1/1,001");
    session.keys(&format!("/{}", &sid_of(700)[..12]));
    session.wait_for("1/1 ");
    session.keys("\r");
    session.keys("i");
    session.wait_for(&sid_of(700));
    session.wait_for("no run has changed it");
    session.keys("\x1b");
    session.wait_until("the contacts alone", |screen| !screen.contents().contains("no run has changed it"));
    session.keys("\x1b");
    session.wait_for("1/1,001");
    // Of three marked ones two become edits, with what they are known to be; the third is so already.
    session.keys("   $hc\x15VIP\r");
    say_yes(&mut session, "Set tag?");
    session.wait_for("1 Queue 2 ");
    session.keys("1d");
    session.wait_for("Member → VIP");
    session.keys("d");
    session.wait_until("the queue alone", |screen| !screen.contents().contains("Member → VIP"));
    // The lists have names, and once one is pulled a size: its contacts alone are then shown.
    session.keys(":lists\r");
    session.wait_for("never pulled");
    session.keys("\r");
    session.wait_for("pulled 200 contacts: ");
    session.keys(":lists\r");
    session.wait_for("List 1  200 contacts, pulled just now");
    session.keys("\r");
    session.wait_for("Contacts of List 1, pulled just now");
    session.wait_for("1/200");
    session.keys("1");
    session.wait_for("[1 Queue 2]");
    // Who is not known is named.
    session.keys("o+910000000000\r");
    session.wait_for("nobody has number +910000000000; `:pull` reads the book anew");
    session.keys("q");
    assert!(session.exit().success());
}

/// What somebody else changed is not overwritten before the user has seen it and decided.
#[test]
fn a_conflict_is_shown_from_all_sides_and_decided_before_anything_is_overwritten() {
    let bench = Bench::new();
    let config = "profile = \"test\"\n[profiles.test]\nrate = 6000\nread_rate = 60000\nsnapshot = true\n";
    std::fs::write(bench.path().join("config.toml"), config).unwrap();
    let csv = |name: &str, value: &str, contacts: std::ops::Range<u64>| {
        let rows: Vec<_> = contacts.map(|i| format!("{},{value}{i}", sid_of(i))).collect();
        let path = bench.path().join(name);
        std::fs::write(&path, format!("sid,first_name\n{}\n", rows.join("\n"))).unwrap();
        path.display().to_string()
    };
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.keys(":pull\r");
    session.wait_for("pulled 1,001 contacts: ");
    session.keys(&format!(":import {}\r", csv("mine.csv", "Mine", 0..4)));
    session.wait_for("4 new");
    session.keys("\r");
    session.wait_for("[1 Queue 4]");
    let mut other = bench.run(&["submit", &csv("theirs.csv", "Theirs", 1..4), "--yes"], "other");
    assert!(other.exit().success());

    session.keys("W");
    say_yes(&mut session, "Send 4 edits?");
    session.wait_for("3 edits not sent: `:conflicts` decides");
    session.keys(":conflicts\r");
    session.wait_for("meanwhile Theirs1");
    close_by(&mut session, "T", "3 edits in conflict");
    session.keys("1");
    session.wait_for("[1 Queue 0]");
    // Taken back, nothing is decided any more, and nothing is sent.
    session.keys("u");
    session.wait_for("others changed first_name");
    session.keys("W");
    session.wait_for("nothing can be sent: 3 in conflict with what others changed");
    session.keys(":conflicts\r");
    close_by(&mut session, "M", "3 edits in conflict");
    session.wait_until("nothing is in conflict", |screen| !screen.contents().contains("others changed"));
    session.keys("W");
    say_yes(&mut session, "Send 3 edits?");
    session.wait_for("3 planned = 3 updated");
    session.keys("q");
    assert!(session.exit().success());
    assert_eq!((0..4).map(|i| bench.first_name(i)).collect::<Vec<_>>(), ["Mine0", "Mine1", "Mine2", "Mine3"]);
}
