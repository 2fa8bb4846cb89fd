//! Power cuts and signals in the middle of a run: nothing is lost, nothing is guessed.

use std::collections::BTreeMap;

use rolodeck::sim::sid_of;
use rstest::rstest;
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

/// The next submit, on a server that works, goes on with the run and leaves nothing.
#[track_caller]
fn goes_on_from(first: &Server, home: &mut Home) {
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["submit", "--resume", "--yes", FAST]).code(0);
    assert_all_updated(home, [first, &calm]);
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
    // The one under way, and two whose intents were recorded ahead of it.
    assert!([0, 20, 40, 60].contains(&unknown), "at most three batches: {counts:?}");
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
fn a_run_of_another_account_is_not_gone_on_with() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    half_way(&home).kill();
    let calm = Server::calm();
    home.move_to(&calm);
    home.env.insert("EXOTEL_ACCOUNT_SID", "demo2".into());
    for how in ["--yes", "--dry-run"] {
        home.run(&["submit", "--resume", how]).code(3).says("run 1 was sent to account demo1").says("is account demo2");
    }
    home.env.insert("EXOTEL_ACCOUNT_SID", "demo1".into());
    goes_on_from(&stuck, &mut home);
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

    goes_on_from(&stuck, &mut home);
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
    goes_on_from(&slow, &mut home);
}

/// The request under way never ends, so the program has to.
#[test]
fn one_signal_is_enough_when_the_server_hangs() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    let run = half_way(&home);
    run.signal(Signal::TERM);
    let ran = run.end().code(130).says("20 edits perhaps taken by the server (unknown), 180 edits not sent");
    let (_, summary) = ran.outcomes();
    assert_eq!((&summary["updated"], &summary["unknown"]), (&json!(STUCK), &json!(20)));

    goes_on_from(&stuck, &mut home);
}

#[test]
fn a_hang_up_ends_a_run_but_not_under_nohup() {
    let slow = Server::stalls_at(STUCK, 1500);
    let submit = ["submit", "--yes", FAST, "--batch-size=20", "--in-flight=1", "--format=jsonl"];
    // A shell can't take up again what was ignored when it began, as under `nohup cargo test`.
    let heed = "env --default-signal=HUP true && exec env --default-signal=HUP \"$0\" \"$@\"; trap - HUP";
    for (first, code, not_sent) in [("trap '' HUP", 0, 0), (heed, 130, 100)] {
        let home = Home::at(&slow);
        home.run(&["import", &home.edits(STUCK - 20, STUCK + 120)]).code(0);
        let mut run = home.start_after(first, &submit);
        run.read(20);
        run.signal(Signal::HUP);
        let (_, summary) = run.end().code(code).outcomes();
        assert_eq!((&summary["unknown"], &summary["not_sent"]), (&json!(0), &json!(not_sent)), "{first}");
    }
}

#[test]
fn the_second_submitter_is_told_who_holds_the_queue() {
    let stuck = Server::stuck_at(STUCK);
    let mut home = Home::at(&stuck);
    let run = half_way(&home);
    let who = format!("process {}, since 20", run.id());
    home.run(&["submit", "--yes"]).code(7).says(&who);
    // What the run has copied would be sent all the same.
    home.run(&["queue", "clear", "--yes"]).code(7).says(&who).says("the queue is as it was");
    assert_eq!(home.queue().len() as u64, EDITS - STUCK);
    // Looking is free.
    assert_eq!(home.run(&["runs", "--format=jsonl"]).code(0).lines()[0]["state"], "running");
    run.kill();
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["submit", "--resume", "--yes", FAST]).code(0);
    home.run(&["queue", "clear", "--yes"]).code(0);
}

/// When a process is killed.
enum Moment {
    /// It has said this.
    Said(&'static str),
    /// It has printed so many lines.
    Printed(usize),
    /// The server has answered so many requests.
    Answered(u64),
}

impl Moment {
    fn await_in(&self, run: &mut Running, server: &Server) {
        match *self {
            Self::Said(text) => run.wait_for(text),
            Self::Printed(lines) => _ = run.read(lines),
            Self::Answered(requests) => server.ended(requests),
        }
    }
}

/// Contacts of the book, and every tenth one that is not in it.
fn mixed(edits: u64) -> Vec<String> {
    (0..edits).map(|i| if i % 10 == 7 { format!("{:032x}", 0xdead_0000 + i) } else { sid_of(i) }).collect()
}

/// The server's book is the oracle: it knows which contacts exist, and which were changed.
#[rstest]
#[case::before_the_first_request(Moment::Said("sending"))]
#[case::after_the_first_answer(Moment::Answered(1))]
#[case::after_the_first_outcome(Moment::Printed(1))]
#[case::after_the_first_batch(Moment::Printed(10))]
#[case::after_the_fifth_answer(Moment::Answered(5))]
#[case::after_61_outcomes(Moment::Printed(61))]
#[case::after_the_eleventh_answer(Moment::Answered(11))]
#[case::after_149_outcomes(Moment::Printed(149))]
#[case::after_the_nineteenth_answer(Moment::Answered(19))]
#[case::after_230_outcomes(Moment::Printed(230))]
#[case::after_the_last_answer(Moment::Answered(30))]
#[case::after_the_last_outcome(Moment::Printed(300))]
#[case::after_the_summary(Moment::Printed(301))]
fn killed_at_any_moment_nothing_is_lost_or_mistaken(#[case] moment: Moment) {
    let server = Server::told("latency_ms = 3");
    let home = Home::at(&server);
    let sids = mixed(300);
    home.run(&["import", &home.edits_of(&sids)]).code(0);
    let submit = ["submit", "--resume", "--yes", FAST, "--batch-size=10", "--in-flight=3", "--format=jsonl"];
    // The second one goes on with what the first left, and is killed as well.
    for moment in [moment, Moment::Printed(35)] {
        let mut run = home.start(&submit);
        moment.await_in(&mut run, &server);
        run.kill();
    }
    let ended = home.run(&submit).code;
    assert!(ended == 4 || ended == 0, "some are not in the book: exit {ended}");

    assert!(home.queue().is_empty());
    let mut settled = BTreeMap::<String, Vec<(String, Value)>>::new();
    for run in home.run(&["runs", "--format=jsonl"]).code(0).lines() {
        assert_balanced(&run);
        let results = home.run(&["results", &run["run"].to_string(), "--format=jsonl"]).code(0).lines();
        assert_eq!(results.len() as u64, run["planned"].as_u64().unwrap());
        for row in results.into_iter().filter(|row| row["status"] == "updated" || row["status"] == "rejected") {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            settled.entry(text("sid")).or_default().push((text("status"), row["code"].clone()));
        }
    }
    for (i, sid) in sids.iter().enumerate() {
        let in_book = i % 10 != 7;
        let is = if in_book { ("updated".to_owned(), json!(200)) } else { ("rejected".to_owned(), json!(404)) };
        assert_eq!(settled.remove(sid), Some(vec![is]), "edit {i} settles once, and as it is");
        assert_eq!(server.first_name(sid).as_deref(), in_book.then_some("New"), "edit {i}");
    }
    assert!(settled.is_empty(), "{settled:?}");
}
