//! Answers that cannot be trusted: an outcome never lands on the wrong contact.

use std::collections::HashSet;

use rolodeck::sim::sid_of;
use rstest::rstest;

use crate::harness::{FAST, Home, Server};

/// Half of the answers lack their last item.
const SHORT: &str = "[[request]]\nact = 'short'\non = { share = 0.5 }";

/// The server's book is the oracle: it knows which contacts exist and which were changed, whatever it answered.
#[rstest]
#[case::shuffled(Server::named("shuffled"))]
#[case::an_item_too_few(Server::told(SHORT))]
#[case::an_item_too_many(Server::told("[[request]]\nact = 'long'\non = { share = 0.5 }"))]
#[case::foreign_sid(Server::named("foreign-sid"))]
#[case::odd_envelopes(Server::named("odd-envelopes"))]
#[case::values_kept(Server::named("ignored-fields"))]
fn no_outcome_is_put_on_the_wrong_contact(#[case] server: Server) {
    let home = Home::at(&server);
    let missing: HashSet<_> = (0..20).map(|i| format!("{:032x}", 0xdead_0000_u64 + i)).collect();
    let mut rows: Vec<_> = (0..180).map(sid_of).chain(missing.iter().cloned()).collect();
    rows.sort();
    let file = home.edits_of(&rows);
    let ran = home.run(&["submit", &file, "--yes", FAST, "--batch-size=10", "--format=jsonl"]);
    let (outcomes, summary) = ran.outcomes();

    let mut sids: Vec<_> = outcomes.iter().map(|o| o["sid"].as_str().unwrap().to_owned()).collect();
    sids.sort();
    assert_eq!(sids, rows, "every edit has one outcome");
    for outcome in &outcomes {
        let (sid, status) = (outcome["sid"].as_str().unwrap(), outcome["status"].as_str().unwrap());
        match status {
            "updated" => {
                assert!(!missing.contains(sid), "{outcome}");
                let is_new = server.first_name(sid).as_deref() == Some("New");
                assert_eq!(outcome["echo"] == "matches", is_new, "{outcome}");
            }
            "rejected" => assert!(missing.contains(sid) && outcome["code"] == 404, "{outcome}"),
            _ => assert_eq!(status, "unknown", "{outcome}"),
        }
    }
    let expected = if summary["unknown"].as_u64() > Some(0) { 5 } else { 4 };
    ran.code(expected);
}

#[test]
fn a_resume_sends_the_queue_and_what_the_last_run_left_unknown() {
    let server = Server::told(SHORT);
    let mut home = Home::at(&server);
    home.run(&["submit", &home.edits(0, 60), "--yes", FAST, "--batch-size=10"]).code(5).says("submit --resume");
    let unknown = home.results().iter().filter(|o| o["status"] == "unknown").count();
    home.run(&["import", &home.edits(100, 103)]).code(0);
    let calm = Server::calm();
    home.move_to(&calm);
    let planned = |home: &Home| {
        let plan = &home.run(&["submit", "--resume", "--dry-run", "--format=jsonl"]).code(0).lines()[0];
        plan["edits"].as_u64().unwrap() as usize
    };
    assert_eq!(planned(&home), unknown + 3);
    home.env.insert("EXOTEL_ACCOUNT_SID", "demo2".into());
    assert_eq!(planned(&home), 3, "the run was another account's");
    home.env.insert("EXOTEL_ACCOUNT_SID", "demo1".into());

    let ran = home.run(&["submit", "--resume", "--yes", FAST, "--format=jsonl"]).code(0);
    let (outcomes, _) = ran.says("the whole queue, and").outcomes();
    assert_eq!(outcomes.len(), unknown + 3);
    let is_new = |i| [&server, &calm].iter().any(|s| s.first_name(&sid_of(i)).as_deref() == Some("New"));
    assert!((0..60).chain(100..103).all(is_new));
    home.run(&["submit", "--resume", "--yes"]).code(0).says("nothing to send");
}

#[test]
fn unknown_outcomes_come_back_and_are_settled_by_sending_again() {
    let server = Server::told(SHORT);
    let mut home = Home::at(&server);
    home.run(&["submit", &home.edits(0, 60), "--yes", FAST, "--batch-size=10"]).code(5).says("rolodeck requeue 1");
    let unknown = home.results().iter().filter(|o| o["status"] == "unknown").count();
    assert!(unknown > 0);
    home.run(&["requeue", "last"]).code(0).says("can be sent again as they are");
    assert_eq!(home.queue().len(), unknown);
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["submit", "--yes", FAST]).code(0);
    assert!(home.queue().is_empty());
}
