//! Reading unknown outcomes back: what became of them is said, and nothing newer is overwritten.

use rolodeck::sim::sid_of;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{FAST, Home, Ran, SAMPLE_SIDS, Server, assert_balanced};

/// Updates are applied, and never answered well.
const TAKEN: &str = "[[request]]\nact = \"reset_after\"\n";
/// Updates are neither applied nor answered, as far as the first two go.
const LOST_TWICE: &str = "[[request]]\nact = \"reset_before\"\non = { until = 2 }\n";

/// A profile that reads without a pace to wait for, and tries everything twice.
fn quick(home: &Home, more: &str) -> String {
    let profile = "[profiles.default]\nread_rate = 100000\nmax_attempts = 2\nbackoff_ms = 1\n";
    home.file("quick.toml", &format!("{profile}{more}"))
}

/// A home with a run of `edits` whose outcomes are all unknown.
fn unknown(server: &Server, edits: u64) -> (Home, String) {
    let home = Home::at(server);
    let config = quick(&home, "");
    submit(&home, &config, &home.edits(0, edits)).code(5).says("rolodeck reconcile 1");
    (home, config)
}

fn submit(home: &Home, config: &str, file: &str) -> Ran {
    home.run(&["submit", file, "--yes", FAST, "--config", config, "--format=jsonl"])
}

fn reconcile(home: &Home, config: &str) -> Ran {
    home.run(&["reconcile", "1", "--config", config, "--format=jsonl"])
}

fn reads(server: &Server) -> usize {
    server.sim.log().iter().filter(|entry| entry.method == "GET").count()
}

/// The status of every outcome, and what is said of it.
fn said(outcomes: &[Value]) -> Vec<(&str, &str)> {
    outcomes.iter().map(|o| (o["status"].as_str().unwrap(), o["description"].as_str().unwrap_or(""))).collect()
}

#[track_caller]
fn assert_books(home: &Home, run: u64, updated: u64, unknown: u64, not_sent: u64) {
    let runs = home.run(&["runs", "--format=jsonl"]).code(0).lines();
    let run = runs.iter().find(|line| line["run"] == json!(run)).unwrap();
    assert_balanced(run);
    assert_eq!(
        (&run["updated"], &run["unknown"], &run["not_sent"]),
        (&json!(updated), &json!(unknown), &json!(not_sent))
    );
}

#[test]
fn what_was_taken_is_updated() {
    let server = Server::told(TAKEN);
    let (home, config) = unknown(&server, 5);
    let (mut outcomes, summary) = reconcile(&home, &config).code(0).outcomes();
    outcomes.sort_by_key(|o| o["index"].as_u64());
    assert_eq!(said(&outcomes), [("updated", "read back: as wanted"); 5]);
    assert!(outcomes.iter().all(|o| o["echo"] == "matches" && o["code"] == json!(200)));
    assert_eq!((&summary["updated"], &summary["requests"], &summary["retries"]), (&json!(5), &json!(5), &json!(0)));
    assert_eq!(home.results(), outcomes);
    assert_books(&home, 1, 5, 0, 0);
    assert!(home.queue().is_empty());
    // A second one finds nothing and reads nothing.
    let (outcomes, summary) = reconcile(&home, &config).code(0).says("no unknown outcome").outcomes();
    assert!(outcomes.is_empty() && summary["updated"] == json!(5));
    assert_eq!(reads(&server), 5);
}

#[test]
fn what_was_not_taken_is_sent_again() {
    let server = Server::told(LOST_TWICE);
    let (home, config) = unknown(&server, 3);
    let ran = reconcile(&home, &config).code(0).says("3 contacts not as wanted, and back in the queue");
    let (outcomes, summary) = ran.outcomes();
    assert!(
        said(&outcomes)
            .iter()
            .all(|(status, why)| *status == "not_sent" && why.starts_with("read back: first_name is "))
    );
    assert_eq!((&summary["unknown"], &summary["not_sent"]), (&json!(0), &json!(3)));
    assert_eq!(home.queue().len(), 3);
    home.run(&["submit", "--yes", FAST]).code(0);
    assert!((0..3).all(|i| server.first_name(&sid_of(i)).as_deref() == Some("New")));
    assert!(home.queue().is_empty());
}

#[test]
fn people_get_a_table_and_the_books() {
    let server = Server::told(LOST_TWICE);
    let (home, config) = unknown(&server, 2);
    let ran = home
        .run(&["reconcile", "--config", &config])
        .code(0)
        .says("reading 2 contacts of run 1 back from account demo1");
    assert!(ran.out.contains("  not_sent   200  read back: first_name is \""), "{}", ran.out);
    let books =
        "2 unknown edits read back: 2 edits = 0 updated, 0 rejected, 0 unknown, 2 not sent; 2 requests, 0 retries";
    assert!(ran.out.contains(books), "{}", ran.out);
}

#[test]
fn a_contact_that_is_gone_is_queued_and_said_to_be() {
    let server = Server::told("[[request]]\nact = \"reset_before\"\n");
    let home = Home::at(&server);
    let config = quick(&home, "");
    submit(&home, &config, &home.edits_of(&[SAMPLE_SIDS[1].to_owned()])).code(5);
    let (outcomes, _) = reconcile(&home, &config).code(0).outcomes();
    assert_eq!(said(&outcomes), [("not_sent", "read back: the contact was not found")]);
    assert_eq!((&outcomes[0]["code"], &outcomes[0]["error_code"]), (&json!(404), &json!(1000)));
    assert_eq!(home.queue().len(), 1);
}

#[rstest]
#[case::server_error("{ refuse = { status = 500 } }", 2)]
#[case::no_json("\"malform\"", 2)]
#[case::broken_off("\"truncate\"", 2)]
#[case::busy("{ refuse = { status = 429 } }", 2)]
#[case::refused("{ refuse = { status = 405 } }", 1)]
#[case::redirect("{ refuse = { status = 302 } }", 1)]
fn what_cannot_be_read_stays_unknown(#[case] act: &str, #[case] tries: usize) {
    let server =
        Server::told(&format!("{TAKEN}[[request]]\nact = {act}\non = {{ method = \"GET\", contacts = [1] }}\n"));
    let (home, config) = unknown(&server, 2);
    let (outcomes, summary) = reconcile(&home, &config).code(5).says("1 edit still unknown").outcomes();
    let mut said = said(&outcomes);
    said.sort_unstable();
    assert!(said[0].0 == "unknown" && said[0].1.starts_with("could not be read back: "), "{said:?}");
    assert_eq!(said[1].0, "updated");
    assert_eq!((reads(&server), &summary["unknown"]), (1 + tries, &json!(1)));
    assert!(home.queue().is_empty(), "an edit that may have been taken is not queued by itself");
}

#[rstest]
fn a_stop_leaves_the_rest_unknown(#[values(401, 402, 403)] status: u16) {
    let server = Server::told(&format!(
        "{TAKEN}[[request]]\nact = {{ refuse = {{ status = {status} }} }}\non = {{ method = \"GET\" }}\n"
    ));
    let (home, config) = unknown(&server, 30);
    let (outcomes, summary) =
        reconcile(&home, &config).code(6).says("was stopped").says("30 edits still unknown").outcomes();
    assert_eq!((outcomes.len(), &summary["unknown"]), (30, &json!(30)));
    assert!(reads(&server) <= 2, "at most those under way");
    assert_books(&home, 1, 0, 30, 0);
}

#[test]
fn without_a_connection_nothing_changes() {
    // The second sending of the batch was the last that the server heard.
    let server = Server::told(&format!("closes_at = 2\n{TAKEN}"));
    let (home, config) = unknown(&server, 3);
    let ran = reconcile(&home, &config).code(6).says("no connection");
    assert_eq!(ran.outcomes().1["unknown"], json!(3));
}

#[test]
fn a_later_edit_of_the_contact_is_never_overwritten() {
    let server = Server::told(LOST_TWICE);
    let (home, config) = unknown(&server, 2);
    let newer = home.file("newer.csv", &format!("sid,first_name\n{},Newer\n", sid_of(0)));
    submit(&home, &config, &newer).code(0);
    let (outcomes, summary) = reconcile(&home, &config).code(5).outcomes();
    let of = |i| outcomes.iter().find(|o| o["sid"] == json!(sid_of(i))).unwrap();
    assert_eq!(of(0)["status"], "unknown");
    let why = of(0)["description"].as_str().unwrap();
    assert!(why.contains("first_name is \"Newer\"") && why.contains("sent in run 2"), "{why}");
    assert_eq!(of(1)["status"], "not_sent");
    assert_eq!((&summary["unknown"], &summary["not_sent"]), (&json!(1), &json!(1)));
    home.run(&["submit", "--yes", FAST]).code(0);
    assert_eq!(server.first_name(&sid_of(0)).as_deref(), Some("Newer"));
    assert_eq!(server.first_name(&sid_of(1)).as_deref(), Some("New"));
}

#[test]
fn an_edit_queued_meanwhile_wins() {
    let server = Server::told(LOST_TWICE);
    let (home, config) = unknown(&server, 1);
    home.run(&["import", &home.file("newer.csv", &format!("sid,first_name,tag\n{},Newer,vip\n", sid_of(0)))]).code(0);
    reconcile(&home, &config).code(0);
    let queue = home.queue();
    assert_eq!((queue.len(), &queue[0]["changes"]), (1, &json!({"first_name": "Newer", "tag": "vip"})));
}

#[test]
fn killed_in_the_middle_it_goes_on_where_it_was() {
    let server = Server::told(&format!(
        "{TAKEN}[[request]]\nact = {{ stall_before = {{ ms = 3600000 }} }}\non = {{ method = \"GET\", contacts = [4], attempts = 1 }}\n"
    ));
    let (home, config) = unknown(&server, 8);
    let slow = quick(&home, "in_flight = 1\n");
    let mut run = home.start(&["reconcile", "--config", &slow, "--format=jsonl"]);
    run.read(4);
    run.kill();
    assert_books(&home, 1, 4, 4, 0);
    let (outcomes, summary) = reconcile(&home, &config).code(0).outcomes();
    assert_eq!((outcomes.len(), &summary["updated"]), (4, &json!(8)), "the first four are not read again");
}

#[test]
fn a_signal_ends_it_with_what_was_read_recorded() {
    let server = Server::told(&format!(
        "{TAKEN}[[request]]\nact = {{ stall_before = {{ ms = 3600000 }} }}\non = {{ method = \"GET\", contacts = [4] }}\n"
    ));
    let (home, _) = unknown(&server, 8);
    let slow = quick(&home, "in_flight = 1\n");
    // A lost connection would be ignored where the tests themselves run under `nohup`.
    for (signal, unread) in [(Signal::TERM, 8), (Signal::INT, 4)] {
        let mut run = home.start(&["reconcile", "--config", &slow, "--format=jsonl", "1"]);
        run.wait_for(&format!("reading {unread} contacts"));
        // Two updates, and the reads that are answered.
        server.ended(2 + 4);
        run.signal(signal);
        run.wait_for("once more gives them up");
        run.signal(Signal::INT);
        run.end().code(130).says("4 edits still unknown; go on with `rolodeck reconcile 1`");
        assert_books(&home, 1, 4, 4, 0);
    }
}

#[test]
fn another_account_or_server_is_refused_before_any_read() {
    let server = Server::told(TAKEN);
    let (mut home, config) = unknown(&server, 1);
    home.env.insert("EXOTEL_ACCOUNT_SID", "other1".into());
    reconcile(&home, &config).code(3).says("run 1 was sent to account demo1").says("is account other1");
    home.env.insert("EXOTEL_ACCOUNT_SID", "demo1".into());
    let elsewhere = Server::calm();
    home.move_to(&elsewhere);
    reconcile(&home, &config).code(3).says(&server.sim.base_url());
    assert_eq!((reads(&server), reads(&elsewhere)), (0, 0));
}

#[test]
fn a_profile_that_only_reads_can_reconcile() {
    let server = Server::told(TAKEN);
    let (home, _) = unknown(&server, 1);
    let config = quick(&home, "read_only = true\n");
    reconcile(&home, &config).code(0);
    assert_books(&home, 1, 1, 0, 0);
}

#[test]
fn one_process_at_a_time_settles() {
    let server = Server::told(&format!(
        "{TAKEN}[[request]]\nact = {{ stall_before = {{ ms = 3600000 }} }}\non = {{ method = \"GET\" }}\n"
    ));
    let (home, config) = unknown(&server, 1);
    let mut run = home.start(&["reconcile", "--config", &config]);
    run.wait_for("reading 1 contact");
    let who = format!("process {}, since 20", run.id());
    reconcile(&home, &config).code(7).says(&who);
    home.run(&["submit", "--yes"]).code(7).says(&who);
    run.kill();
}

#[test]
fn a_server_that_asks_for_quiet_gets_it() {
    let server = Server::told(&format!(
        "{TAKEN}[[request]]\nact = {{ refuse = {{ status = 429, retry_after = 1 }} }}\n\
         on = {{ method = \"GET\", attempts = 1, contacts = [0] }}\n"
    ));
    let (home, config) = unknown(&server, 4);
    let ran = home.run(&["reconcile", "--config", &config, "-v"]).code(0).says("the server asked to wait");
    assert!(ran.out.contains("5 requests, 1 retry"), "{}", ran.out);
}
