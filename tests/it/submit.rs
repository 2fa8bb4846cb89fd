//! The main job: edits in, one outcome for each, failures back in the queue.

use rolodeck::sim::sid_of;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{FAST, Home, SAMPLE, SAMPLE_SIDS, Server};

#[test]
fn the_vendors_sample_gives_one_success_and_two_contacts_not_found() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["import", SAMPLE]).code(0).says("3 added");
    let ran = home.run(&["submit", "--yes", "--format", "jsonl"]).code(4);
    let ran = ran.says("sending 3 edits to account demo1 (http://127.0.0.1:").says("first_name on 3");
    let (outcomes, summary) = ran.outcomes();

    let first = &outcomes[0];
    assert_eq!(first["sid"], SAMPLE_SIDS[0]);
    assert_eq!((&first["status"], &first["code"], &first["echo"]), (&json!("updated"), &json!(200), &json!("matches")));
    assert_eq!(first["changes"], json!({"first_name": "XYZ"}));
    for (outcome, sid) in outcomes[1..].iter().zip(&SAMPLE_SIDS[1..]) {
        assert_eq!((&outcome["sid"], &outcome["status"]), (&json!(sid), &json!("rejected")));
        assert_eq!((&outcome["code"], &outcome["error_code"]), (&json!(404), &json!(1000)));
        assert_eq!((&outcome["description"], &outcome["message"]), (&json!("Contact not found"), &json!("Not Found")));
        assert_eq!(outcome["echo"], "none");
    }
    assert_eq!(outcomes.len(), 3);
    for key in ["planned", "updated", "rejected", "unknown", "not_sent", "requests", "retries"] {
        let expected = json!({"planned": 3, "updated": 1, "rejected": 2, "unknown": 0, "not_sent": 0, "requests": 1, "retries": 0});
        assert_eq!(summary[key], expected[key], "{key}");
    }
    assert_eq!(server.updates(), [(3, Some(207))]);
    assert_eq!(server.first_name(SAMPLE_SIDS[0]).as_deref(), Some("XYZ"));

    assert!(home.queue().is_empty());
    assert_eq!(home.results(), outcomes, "results show what submit showed");
    home.run(&["requeue", "last"]).code(0).says("2 edits of run 1 back in the queue");
    let queue: Vec<_> = home.queue().iter().map(|e| e["sid"].clone()).collect();
    assert_eq!(queue, SAMPLE_SIDS[1..]);
    home.run(&["requeue", "last"]).code(0).says("nothing of run 1 to put back");
    assert_eq!(home.queue().len(), 2, "twice is as good as once");
}

#[test]
fn an_outcome_line_has_the_keys_of_the_contract_in_their_order() {
    let server = Server::calm();
    let ran = Home::at(&server).run(&["submit", SAMPLE, "--yes", "--format", "jsonl"]).code(4);
    let keys = |line: &str| -> Vec<String> {
        let mut at: Vec<_> = serde_json::from_str::<serde_json::Map<String, Value>>(line)
            .unwrap()
            .keys()
            .map(|key| (line.find(&format!("\"{key}\":")).unwrap(), key.clone()))
            .collect();
        at.sort();
        at.into_iter().map(|(_, key)| key).collect()
    };
    let lines: Vec<_> = ran.out.lines().collect();
    let outcome =
        "type run sid status code error_code description message echo attempts batch index request_id changes";
    let summary = "type run planned updated rejected unknown not_sent requests retries elapsed_ms";
    assert_eq!(keys(lines[2]).join(" "), outcome);
    assert_eq!(keys(lines[3]).join(" "), summary);
}

#[test]
fn a_submitted_file_leaves_other_edits_queued() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["import", &home.edits(0, 3)]).code(0);
    let file = home.file("one.csv", &format!("sid,tag\n{},vip\n", sid_of(1)));
    let (outcomes, _) = home.run(&["submit", &file, "--yes", "--format", "jsonl"]).code(0).outcomes();
    assert_eq!(outcomes.len(), 1);
    // What was queued for that contact goes with it.
    assert_eq!(outcomes[0]["changes"], json!({"first_name": "New", "tag": "vip"}));
    let queue: Vec<_> = home.queue().iter().map(|e| e["sid"].clone()).collect();
    assert_eq!(queue, [sid_of(0), sid_of(2)]);
}

#[test]
fn edits_with_errors_and_hidden_ones_stay_queued_and_are_named() {
    let server = Server::calm();
    let home = Home::at(&server);
    let [good, bad, hidden] = [0, 1, 2].map(sid_of);
    let file = home.file("f.csv", &format!("sid,email,tag\n{good},a@example.com,x\n{bad},nonsense,x\n{hidden},,y\n"));
    home.run(&["import", &file]).code(0).says("1 edit with errors, not sent until mended:").says(&bad);
    let ran = home.run(&["submit", "--yes", "--format", "jsonl", "--filter", "tag:x"]).code(0);
    let ran = ran.says("1 edit with errors, not sent until mended:").says(&format!("{bad}: email:"));
    assert_eq!(ran.outcomes().0.len(), 1);
    assert_eq!(home.queue().len(), 2);
    home.run(&["queue", "validate"]).code(8).says("1 with errors");
}

#[test]
fn a_wrong_token_stops_the_run_and_every_edit_stays_queued() {
    let server = Server::calm();
    let mut home = Home::at(&server);
    home.env.insert("EXOTEL_API_TOKEN", "wrong-token-7".into());
    let ran = home.run(&["submit", SAMPLE, "--yes", "--format", "jsonl"]).code(6).says("still queued");
    let (outcomes, summary) = ran.outcomes();
    assert_eq!((&summary["planned"], &summary["not_sent"]), (&json!(3), &json!(3)));
    assert!(outcomes.len() == 3 && outcomes.iter().all(|o| o["status"] == "not_sent"));
    assert_eq!(home.queue().len(), 3);
    assert!(!ran.err.contains("wrong-token-7") && !ran.out.contains("wrong-token-7"));
}

#[test]
fn no_connection_stops_the_run_and_every_edit_stays_queued() {
    let server = Server::calm();
    let mut home = Home::at(&server);
    let config = "[profiles.default]\nmax_attempts = 1\nbackoff_ms = 1\n";
    let config = home.file("c.toml", config);
    // Port 1 of loopback: nobody listens there.
    home.env.insert("ROLODECK_BASE_URL", "http://127.0.0.1:1".into());
    home.run(&["submit", SAMPLE, "--yes", "--config", &config]).code(6);
    assert_eq!(home.queue().len(), 3);
}

#[test]
fn without_credentials_nothing_is_touched() {
    let mut home = Home::at(&Server::calm());
    home.env.remove("EXOTEL_API_TOKEN");
    home.run(&["submit", SAMPLE, "--yes"]).code(3).says("EXOTEL_API_TOKEN");
    home.env.remove("EXOTEL_API_KEY");
    home.run(&["submit", SAMPLE, "--yes"]).code(3).says("EXOTEL_API_KEY").says("EXOTEL_API_TOKEN");
    home.env.remove("EXOTEL_ACCOUNT_SID");
    home.run(&["submit", SAMPLE, "--yes"]).code(3).says("EXOTEL_ACCOUNT_SID");
    assert!(home.queue().is_empty(), "the file was not imported");
}

#[test]
fn nothing_is_sent_unasked() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["submit", SAMPLE]).code(2).says("add --yes");
    assert!(home.queue().is_empty());
    assert!(server.updates().is_empty());
}

#[test]
fn a_dry_run_shows_the_request_and_changes_nothing() {
    let server = Server::calm();
    let mut home = Home::at(&server);
    home.run(&["import", &home.edits(0, 2)]).code(0);
    let before = home.queue();
    let ran = home.run(&["submit", SAMPLE, "--dry-run"]).code(0);
    for shown in [
        "demo1",
        "3 edits in 1 request",
        "first_name on 3",
        "2 of other contacts",
        "/v2/accounts/demo1/contacts",
        SAMPLE_SIDS[2],
    ] {
        assert!(ran.out.contains(shown), "{shown}\n{}", ran.out);
    }
    assert!(ran.out.contains("Authorization: Basic ********") && !ran.out.contains("demo-token"));
    assert_eq!(home.queue(), before);
    assert!(server.updates().is_empty());
    // It needs no credentials, since it sends nothing.
    home.env.remove("EXOTEL_API_TOKEN");
    let plan = &home.run(&["submit", "--dry-run", "--format", "jsonl", "--batch-size", "1"]).code(0).lines()[0];
    assert_eq!((&plan["edits"], &plan["requests"]), (&json!(2), &json!(2)));
    assert_eq!(plan["first_request"]["body"], json!({"contacts": [{"sid": sid_of(0), "first_name": "New"}]}));
}

#[test]
fn an_empty_queue_is_no_failure() {
    let ran = Home::at(&Server::calm()).run(&["submit", "--yes", "--format", "jsonl"]).code(0).says("nothing to send");
    let (outcomes, summary) = ran.outcomes();
    assert!(outcomes.is_empty());
    assert_eq!((&summary["run"], &summary["planned"]), (&Value::Null, &json!(0)));
}

#[test]
fn batches_are_of_the_size_asked_for() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["submit", &home.edits(0, 25), "--yes", FAST, "--batch-size=10", "--in-flight=1"]).code(0);
    assert_eq!(server.updates(), [(10, Some(207)), (10, Some(207)), (5, Some(207))]);
}

#[test]
fn a_busy_server_is_asked_again_until_every_contact_is_updated() {
    let server = Server::named("reset-after");
    let home = Home::at(&server);
    let config = home.file("c.toml", "[profiles.default]\nbackoff_ms = 1\n");
    let ran =
        home.run(&["submit", &home.edits(0, 30), "--yes", FAST, "--config", &config, "--format", "jsonl"]).code(0);
    let (outcomes, summary) = ran.outcomes();
    assert_eq!((&summary["updated"], &summary["retries"]), (&json!(30), &json!(1)));
    assert!(outcomes.iter().all(|o| o["attempts"] == 2));
}

/// A server that is always busy, or busy for the request that holds contact 25.
#[rstest]
#[case::for_all("", 6, 0, 30)]
#[case::for_the_last_batch("on = { contacts = [25] }", 4, 20, 10)]
fn a_server_that_stays_busy_is_no_success(
    #[case] on: &str,
    #[case] code: i32,
    #[case] updated: u64,
    #[case] not_sent: u64,
) {
    let server = Server::told(&format!("[[request]]\nact = {{ refuse = {{ status = 429 }} }}\n{on}"));
    let home = Home::at(&server);
    let config = home.file("c.toml", "[profiles.default]\nbackoff_ms = 1\nmax_attempts = 2\n");
    let args =
        ["submit", &home.edits(0, 30), "--yes", FAST, "--batch-size=10", "--config", &config, "--format", "jsonl"];
    let ran = home.run(&args).code(code).says("still queued");
    let (_, summary) = ran.outcomes();
    assert_eq!((&summary["updated"], &summary["not_sent"]), (&json!(updated), &json!(not_sent)));
    assert_eq!(home.queue().len() as u64, not_sent);
}

#[test]
fn a_read_only_profile_sends_nothing() {
    let server = Server::calm();
    let home = Home::at(&server);
    let config = home.file("c.toml", "profile = 'audit'\n[profiles.audit]\nread_only = true\n");
    home.run(&["submit", SAMPLE, "--yes", "--config", &config]).code(3).says("read_only");
    assert!(server.updates().is_empty());
}
