//! Getting edits into shape, from a user's chair: a change of all of them, found again the next day and taken back.

use rolodeck::sim::Scenario;

use crate::workstation::{Bench, say_yes};

#[test]
fn a_bulk_change_is_seen_made_sorted_and_taken_back_after_a_restart() {
    let bench = Bench::told(Scenario::default());
    let mut session = bench.start_with_edits();
    session.keys("lar");
    session.wait_for("Replace in first_name, on 1,000 marked edits");
    session.keys(r"Asha (\d+)");
    session.keys("\t");
    session.keys(r"\U$1 asha");
    session.wait_for("→ 7 ASHA");
    session.wait_for("1,000 change");
    session.keys("\r");
    say_yes(&mut session, "Replace in first_name?");
    session.wait_for("replace in first_name on 1,000 edits");
    session.keys("ss");
    session.wait_for("by first_name ↓");
    session.wait_for("999 ASHA");
    session.keys("q");
    assert!(session.exit().success());

    let mut session = bench.start();
    session.wait_for("0 ASHA");
    session.keys(":undo-list\r");
    session.wait_for("the queue is here");
    session.keys("j\r");
    session.wait_for("undid 1 change");
    session.wait_for("Asha 0");
    session.keys("Vf");
    session.keys("first_name:\"asha 999\"\r");
    session.wait_for("1/1 ");
    session.keys("q");
    assert!(session.exit().success());
}

#[test]
fn edits_of_one_contact_are_told_merged_and_apart_again() {
    let bench = Bench::told(Scenario::default());
    let mut session = bench.start_with_edits();
    // The second edit gets the SID of the first, as a slip of the hand does.
    session.keys("j0e");
    session.keys("\u{15}");
    session.keys(&"0".repeat(32));
    session.keys("\r");
    session.wait_for("another edit of this contact");
    session.keys(":duplicates\r");
    session.wait_for("duplicates only");
    session.wait_for("2/2");
    session.keys(":merge-duplicates\r");
    say_yes(&mut session, "Merge 2 edits of the same contacts?");
    session.wait_for("merged 2 edits into 1");
    session.keys("\u{1b}");
    session.wait_for("/999");
    session.keys("u");
    session.wait_for("/1,000");
    session.keys("q");
    assert!(session.exit().success());
}

#[test]
fn a_conflict_of_an_import_is_settled_and_what_is_taken_out_is_put_back() {
    let bench = Bench::told(Scenario::default());
    let file = |name: &str, rows: &str| {
        let path = bench.path().join(name);
        std::fs::write(&path, format!("sid,tag\n{rows}")).unwrap();
        path.display().to_string()
    };
    let (one, two) = (file("one.csv", "a1,old\nb1,old\n"), file("two.csv", "a1,new\nb1,new\nc1,new\n"));
    let mut session = bench.start();
    session.wait_for("The queue is empty");
    session.keys(&format!(":import {one}\r"));
    session.wait_for("2 new");
    session.keys("\r");
    session.wait_for("imported: 2 added");
    session.keys(&format!(":import {two}\r"));
    session.wait_for("settle 2 conflicts");
    session.keys("j\r");
    session.wait_for("Which value stays?");
    session.wait_for("queued  old");
    session.keys(" ");
    session.wait_for("earlier: old");
    session.keys("\u{1b}");
    session.wait_for("as you chose");
    session.keys("\r");
    session.wait_for("imported: 1 added, 1 merged, 1 with another value before, 1 kept as before");
    // Three of them, and the queue has the keys: the import went on beside it.
    session.wait_until("the values", |screen| {
        let has = |sid, tag| screen.contents().lines().any(|line| line.contains(sid) && line.contains(tag));
        has("a1", "old") && has("b1", "new") && has("c1", "new")
    });
    session.keys("x");
    session.wait_for("took 1 edit out of the queue");
    session.wait_for("1/2");
    session.keys("jx");
    session.wait_for("1/1");
    session.keys(":put-back\r");
    session.wait_for("Put back what was taken out");
    session.wait_for("a1");
    session.keys("j\r");
    session.wait_for("put 1 edit back");
    session.wait_for("/2");
    session.keys("q");
    assert!(session.exit().success());
}
