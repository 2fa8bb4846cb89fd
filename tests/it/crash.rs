//! Power cuts and signals in the middle of a run: nothing is lost, nothing is guessed.

use std::collections::BTreeMap;

use rolodeck::sim::sid_of;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{FAST, Home, Running, Server, assert_balanced};

const EDITS: u64 = 400;
/// The run gets stuck in its 11th request of 20 contacts.
const STUCK: u64 = 200;

/// A run of 400 edits with half of its outcomes printed, and its 11th request never to be answered.
fn half_way(home: &Home) -> Running {
    home.run(&["import", &home.edits(0, EDITS)]).code(0);
    let mut run = home.start(&["submit", "--yes", FAST, "--batch-size=20", "--in-flight=1", "--format=jsonl"]);
    assert_eq!(run.read(STUCK as usize).len(), STUCK as usize);
    run
}

fn by_status(lines: &[Value]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line["status"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// Every contact is updated on one of the servers, and no edit is left.
#[track_caller]
fn assert_all_updated(home: &Home, servers: [&Server; 2]) {
    assert!(home.queue().is_empty());
    for sid in (0..EDITS).map(sid_of) {
        assert!(servers.iter().any(|s| s.first_name(&sid).as_deref() == Some("New")), "{sid}");
    }
}

#[test]
fn a_power_cut_loses_nothing_and_resume_goes_on() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    half_way(&home).kill();

    let calm = Server::calm();
    home.move_to(&calm);
    let runs = home.run(&["runs", "--format", "jsonl"]).code(0).says("run 1 did not end");
    let run = &runs.lines()[0];
    assert_eq!((&run["state"], &run["planned"], &run["updated"]), (&json!("crashed"), &json!(EDITS), &json!(STUCK)));
    assert_balanced(run);
    let results = home.results();
    assert_eq!(results.len() as u64, EDITS);
    let counts = by_status(&results);
    let unknown = counts.get("unknown").copied().unwrap_or(0);
    assert!(unknown == 0 || unknown == 20, "at most the one request under way: {counts:?}");
    assert_eq!(home.queue().len() as u64, EDITS - STUCK - unknown, "what was not sent is queued");

    let plan = &home.run(&["submit", "--resume", "--dry-run", "--format=jsonl"]).code(0).lines()[0];
    assert_eq!(plan["edits"], json!(EDITS - STUCK), "unsent and unknown ones alike");
    let ran = home.run(&["submit", "--resume", "--yes", FAST, "--format=jsonl"]).code(0).says("going on with run 1");
    let (outcomes, _) = ran.outcomes();
    assert_eq!(by_status(&outcomes), BTreeMap::from([("updated".to_owned(), EDITS - STUCK)]));
    assert_all_updated(&home, [&stuck, &calm]);
    home.run(&["submit", "--resume", "--yes"]).code(0).says("nothing to send");
}

#[test]
fn resume_leaves_edits_of_other_contacts_alone() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    half_way(&home).kill();
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["import", &home.edits(500, 503)]).code(0);
    home.run(&["submit", "--resume", "--yes", FAST]).code(0);
    assert_eq!(home.queue().len(), 3);
    // Nothing is left of the run: now it is about the queue.
    home.run(&["submit", "--resume", "--yes", FAST]).code(0).says("the whole queue");
    assert_all_updated(&home, [&stuck, &calm]);
}

#[test]
fn a_second_signal_gives_up_what_is_under_way() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    let mut run = half_way(&home);
    run.signal(Signal::TERM);
    run.wait_for("once more gives them up");
    run.signal(Signal::INT);
    let ran = run.end().code(130).says("still queued");
    let (rest, summary) = ran.outcomes();
    assert_eq!(summary["updated"], json!(STUCK));
    assert_eq!(rest.len() as u64, EDITS - STUCK, "every planned edit has its line");
    assert!(by_status(&rest).keys().all(|status| status == "unknown" || status == "not_sent"));

    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["submit", "--resume", "--yes", FAST]).code(0);
    assert_all_updated(&home, [&stuck, &calm]);
}

#[test]
fn a_signal_lets_the_request_under_way_end() {
    let slow = Server::stalls_at(STUCK, 3000);
    let mut home = Home::at(&slow);
    let run = half_way(&home);
    run.signal(Signal::TERM);
    let ran = run.end().code(130).says("rolodeck submit --resume");
    let (_, summary) = ran.outcomes();
    assert_eq!(summary["unknown"], json!(0), "it was awaited");
    assert!(summary["not_sent"].as_u64() > Some(0), "the rest was not sent: {summary}");
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["submit", "--resume", "--yes", FAST]).code(0);
    assert_all_updated(&home, [&slow, &calm]);
}

#[test]
fn the_second_submitter_is_told_who_holds_the_queue() {
    let stuck = Server::stuck_at(STUCK);
    let home = Home::at(&stuck);
    let run = half_way(&home);
    home.run(&["submit", "--yes"]).code(7).says(&format!("process {}", run.id()));
    // Looking is free.
    assert_eq!(home.run(&["runs", "--format=jsonl"]).code(0).lines()[0]["state"], "running");
    run.kill();
}
