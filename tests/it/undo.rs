//! Contacts read before they are sent, and runs taken back: the simulator's book is the oracle.

use std::collections::BTreeMap;

use rolodeck::sim::sid_of;
use serde_json::{Value, json};

use crate::harness::{FAST, Home, Ran, SAMPLE_SIDS, Server, assert_balanced};

/// A profile that reads without a pace to wait for.
fn quick(home: &Home) -> String {
    home.file("quick.toml", "[profiles.default]\nread_rate = 100000\nmax_attempts = 2\nbackoff_ms = 1\n")
}

fn submit(home: &Home, args: &[&str]) -> Ran {
    let config = quick(home);
    home.run(&[&["submit", "--yes", FAST, "--config", &config, "--format=jsonl"], args].concat())
}

/// Sends with a read of each contact before it.
fn submit_reading(home: &Home, file: &str) -> Ran {
    submit(home, &[file, "--snapshot"])
}

fn undo(home: &Home, run: &str, args: &[&str]) -> Ran {
    let config = quick(home);
    home.run(&[&["undo", run, "--config", &config, "--format=jsonl"], args].concat())
}

/// Every field of a contact as the server has it.
fn fields(server: &Server, sid: &str) -> BTreeMap<String, Value> {
    let contact = server.sim.contact(sid).unwrap();
    let own = |(key, _): &(&String, &Value)| !["date_updated", "uri"].contains(&key.as_str());
    contact.as_object().unwrap().iter().filter(own).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn methods(server: &Server) -> Vec<String> {
    server.sim.log().into_iter().map(|entry| entry.method).collect()
}

/// A file that sets three fields of contacts `from..to`, one of them to nothing.
fn three_fields(home: &Home, from: u64, to: u64) -> String {
    let rows: Vec<_> = (from..to).map(|i| format!("{},New {i},--,\"{{\"\"k\"\":{i}}}\"\n", sid_of(i))).collect();
    home.file("three.csv", &["sid,first_name,tag,custom_field\n".to_owned(), rows.concat()].concat())
}

/// Another client of the account, with a home of its own.
fn another(server: &Server, csv: &str) {
    let home = Home::at(server);
    let file = home.file("theirs.csv", csv);
    home.run(&["submit", &file, "--yes", FAST]).code(0);
}

#[test]
fn an_undo_restores_exactly_the_contacts_that_nobody_changed_since() {
    let server = Server::calm();
    let home = Home::at(&server);
    let before: Vec<_> = (0..60).map(|i| fields(&server, &sid_of(i))).collect();
    submit_reading(&home, &three_fields(&home, 0, 60)).code(0);
    assert!((0..60).all(|i| fields(&server, &sid_of(i)) != before[i as usize]));

    // Others write over the run on every fifth, and beside it on every seventh contact.
    let over: Vec<_> = (0..60).filter(|i| i % 5 == 0).collect();
    let beside: Vec<_> = (0..60).filter(|i| i % 7 == 3 && i % 5 != 0).collect();
    let rows =
        |of: &[u64], value: &str| of.iter().map(|i| [&sid_of(*i), ",", value, "\n"].concat()).collect::<String>();
    another(&server, &format!("sid,tag\n{}", rows(&over, "theirs")));
    another(&server, &format!("sid,last_name\n{}", rows(&beside, "Theirs")));
    let between: Vec<_> = (0..60).map(|i| fields(&server, &sid_of(i))).collect();
    let puts = server.updates().len();

    let ran = undo(&home, "1", &[]).code(4).says("48 queued, 12 left alone").says("nothing is sent yet");
    let mut lines = ran.lines();
    let books = lines.pop().unwrap();
    assert_eq!((&books["queued"], &books["skipped"], &books["assumed"]), (&json!(48), &json!(12), &json!(0)));
    let left_alone: Vec<_> = lines.iter().map(|line| line["sid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(left_alone, over.iter().map(|i| sid_of(*i)).collect::<Vec<_>>());
    assert!(lines.iter().all(|line| line["why"] == "changed" && line["description"] == "changed since the run: tag"));
    assert_eq!(server.updates().len(), puts, "nothing was sent");
    assert_eq!(home.queue().len(), 48);

    submit(&home, &[]).code(0);
    for i in 0..60 {
        let mut expected = if over.contains(&i) { between[i as usize].clone() } else { before[i as usize].clone() };
        if beside.contains(&i) {
            expected.insert("last_name".into(), json!("Theirs"));
        }
        assert_eq!(fields(&server, &sid_of(i)), expected, "contact {i}");
    }
    // What is as before needs no undo.
    let again = undo(&home, "1", &[]).code(4).says("48 as before the run already, 12 left alone");
    assert_eq!(again.lines().pop().unwrap()["queued"], json!(0));
}

#[test]
fn an_undo_is_one_step_and_is_itself_undone() {
    let server = Server::calm();
    let home = Home::at(&server);
    let names: Vec<_> = (0..5).map(|i| server.first_name(&sid_of(i))).collect();
    submit_reading(&home, &home.edits(0, 5)).code(0);
    undo(&home, "1", &[]).code(0).says("undo of run 1: 5 queued");
    undo(&home, "1", &[]).code(0).says("undo of run 1: 5 queued before");
    assert_eq!(home.queue().len(), 5);
    // The undo knows what it takes back, so it is sent as a run that can be undone, without a snapshot.
    submit(&home, &[]).code(0);
    assert_eq!((0..5).map(|i| server.first_name(&sid_of(i))).collect::<Vec<_>>(), names);
    undo(&home, "2", &[]).code(0);
    submit(&home, &[]).code(0);
    assert!((0..5).all(|i| server.first_name(&sid_of(i)).as_deref() == Some("New")));
}

#[test]
fn a_run_without_bases_is_politely_refused() {
    let server = Server::calm();
    let home = Home::at(&server);
    submit(&home, &[&home.edits(0, 3)]).code(0);
    let ran = undo(&home, "1", &[]).code(8).says("run 1 can't be undone").says("rolodeck submit --snapshot");
    assert_eq!(ran.lines().len(), 4, "each contact and the books: {}", ran.out);
    assert!(home.queue().is_empty());
    assert!(!methods(&server).contains(&"GET".to_owned()), "there was nothing to read for");
    undo(&home, "7", &[]).code(2).says("there is no run 7");
}

#[test]
fn without_reads_it_says_what_it_assumes_and_trusts_no_later_run() {
    let server = Server::calm();
    let home = Home::at(&server);
    submit_reading(&home, &home.edits(0, 6)).code(0);
    let later = home.file("later.csv", &format!("sid,first_name\n{},Later\n", sid_of(2)));
    submit(&home, &[&later]).code(0);
    let reads = methods(&server).iter().filter(|method| *method == "GET").count();
    let ran = undo(&home, "1", &["--unread"]).code(4).says("5 contacts taken to be as the run left them, unread");
    assert_eq!(ran.lines()[0]["description"], "sent again later, in run 2");
    assert_eq!(methods(&server).iter().filter(|method| *method == "GET").count(), reads);
    // Somebody writes meanwhile: sent with reads, the undo holds back where that shows.
    another(&server, &format!("sid,first_name\n{},Theirs\n", sid_of(4)));
    let (outcomes, summary) = submit(&home, &["--snapshot"]).code(4).outcomes();
    assert_eq!((&summary["updated"], &summary["not_sent"]), (&json!(4), &json!(1)));
    let held = outcomes.iter().find(|o| o["status"] == "not_sent").unwrap();
    assert_eq!(held["sid"], json!(sid_of(4)));
    assert_eq!(server.first_name(&sid_of(4)).as_deref(), Some("Theirs"));
}

#[test]
fn what_others_changed_is_held_back_and_sent_by_decision_alone() {
    let server = Server::calm();
    let home = Home::at(&server);
    submit_reading(&home, &home.edits(0, 4)).code(0);
    undo(&home, "1", &["--unread"]).code(0);
    another(&server, &format!("sid,first_name\n{},Theirs\n{},Also\n", sid_of(1), sid_of(3)));
    let puts = server.updates().len();
    let (outcomes, _) = submit(&home, &["--snapshot"]).code(4).says("2 edits not sent and still queued").outcomes();
    let words = |sid: String| outcomes.iter().find(|o| o["sid"] == json!(sid)).unwrap()["description"].clone();
    assert_eq!(
        words(sid_of(1)),
        json!(
            "changed since the edit was made: first_name was \"New\" and is \"Theirs\"; `:conflicts` or `rolodeck queue \
             conflicts` decides"
        )
    );
    assert_eq!(server.updates().len(), puts + 1);
    assert_eq!(server.updates().last().unwrap().0, 2, "the request carried the others alone");
    assert_eq!(home.queue().len(), 2);
    // Nobody has decided: no submit sends it, with or without reads, and each says so.
    for args in [&[][..], &["--snapshot"]] {
        let (_, summary) = submit(&home, args).code(4).says("2 edits in conflict").outcomes();
        assert_eq!(summary["planned"], 0);
    }
    let plan = &home.run(&["submit", "--dry-run", "--format=jsonl"]).code(0).lines()[0];
    assert_eq!((&plan["edits"], &plan["conflicts"]), (&json!(0), &json!(2)));
    assert_eq!(server.first_name(&sid_of(1)).as_deref(), Some("Theirs"));

    // Both are listed with all that is known; one is overwritten, and what changes meanwhile holds it back once more.
    let listed = home.run(&["queue", "conflicts", "--format=jsonl"]).code(4).says("2 edits in conflict").lines();
    let old = listed[0]["fields"][0]["wanted"].clone();
    let sides = json!([{"field": "first_name", "base": "New", "now": "Theirs", "wanted": old, "conflict": true}]);
    assert_eq!((&listed[0]["sid"], &listed[0]["fields"]), (&json!(sid_of(1)), &sides));
    home.run(&["queue", "conflicts"]).code(4).shows("! first_name  New → ").shows("meanwhile Theirs");
    let this = format!("sid:{}", sid_of(1));
    home.run(&["queue", "conflicts", "--keep=mine", "--filter", &this]).code(0).says("1 edit sent as queued");
    another(&server, &format!("sid,first_name\n{},Third\n", sid_of(1)));
    submit(&home, &["--snapshot"]).code(4).says("1 edit not sent");
    assert_eq!(server.first_name(&sid_of(1)).as_deref(), Some("Third"));
    home.run(&["queue", "conflicts", "--keep=mine", "--filter", &this]).code(0);
    // What is decided is sent beside what is not, which is still no success.
    submit(&home, &["--snapshot"]).code(4).says("1 edit in conflict");
    assert_eq!(json!(server.first_name(&sid_of(1))), old);
    home.run(&["queue", "conflicts", "--keep=theirs"]).code(0).says("others keep theirs on 1 contact: 1 taken out");
    home.run(&["queue", "conflicts"]).code(0).says("no edit is in conflict");
    assert_eq!(server.first_name(&sid_of(3)).as_deref(), Some("Also"));
    assert!(home.queue().is_empty());
    home.run(&["runs", "--format=jsonl"]).code(0).lines().iter().for_each(assert_balanced);
}

#[test]
fn each_contact_is_read_before_its_request_and_the_plan_counts_the_reads() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["import", &home.edits(0, 30)]).code(0);
    let plan = &home.run(&["submit", "--dry-run", "--snapshot", "--format=jsonl"]).code(0).lines()[0];
    assert_eq!((&plan["reads"], &plan["requests"]), (&json!(30), &json!(1)));
    assert_eq!(plan["at_least_ms"], json!(29 * 60_000 / 200), "the reads take longest");
    let plain = &home.run(&["submit", "--dry-run", "--format=jsonl"]).code(0).lines()[0];
    assert_eq!((&plain["reads"], &plain["at_least_ms"]), (&json!(0), &json!(0)));

    let (_, summary) = submit(&home, &["--snapshot", "--batch-size=10", "--in-flight=1"])
        .code(0)
        .says("30 contacts read before")
        .outcomes();
    assert_eq!((&summary["updated"], &summary["requests"]), (&json!(30), &json!(3)));
    let log = server.sim.log();
    assert_eq!(log.iter().filter(|e| e.method == "GET").count(), 30, "each contact once");
    for (nth, at) in log.iter().enumerate().filter(|(_, e)| e.method == "PUT").map(|(at, _)| at).enumerate() {
        let reads = log[..at].iter().filter(|e| e.method == "GET").count();
        assert!(reads >= 10 * (nth + 1), "request {nth} after {reads} reads");
    }
}

#[test]
fn a_contact_that_is_gone_is_told_and_one_that_can_not_be_read_is_not_sent() {
    let server =
        Server::told("[[request]]\nact = { refuse = { status = 500 } }\non = { method = \"GET\", contacts = [2] }\n");
    let home = Home::at(&server);
    let sids = [sid_of(1), SAMPLE_SIDS[1].to_owned(), sid_of(2)];
    let ran = submit_reading(&home, &home.edits_of(&sids)).code(4).says("1 contact not found when read");
    let (outcomes, _) = ran.outcomes();
    let of = |sid: &str| outcomes.iter().find(|o| o["sid"] == json!(sid)).unwrap();
    assert_eq!(of(&sids[0])["status"], "updated");
    assert_eq!((&of(&sids[1])["status"], &of(&sids[1])["code"]), (&json!("rejected"), &json!(404)));
    assert_eq!(of(&sids[2])["status"], "not_sent");
    assert!(
        of(&sids[2])["description"].as_str().unwrap().starts_with("its contact could not be read before it was sent")
    );
    assert_eq!(home.queue().len(), 1);
}

#[test]
fn a_refused_sign_in_of_the_reads_stops_the_run() {
    let server = Server::told("[[request]]\nact = { refuse = { status = 401 } }\non = { method = \"GET\" }\n");
    let home = Home::at(&server);
    submit_reading(&home, &home.edits(0, 30)).code(6).says("contacts could not be read before");
    assert!(server.updates().is_empty());
    assert_eq!(home.queue().len(), 30);
}

/// What was read is on disk before its request leaves; what was not sent is queued, and a held edit is never unknown.
#[test]
fn killed_in_the_middle_nothing_is_lost_and_what_was_sent_can_be_undone() {
    let server = Server::told("latency_ms = 2");
    let home = Home::at(&server);
    let before: Vec<_> = (0..60).map(|i| fields(&server, &sid_of(i))).collect();
    home.run(&["import", &home.edits(0, 60)]).code(0);
    let config = quick(&home);
    let args = [
        "submit",
        "--resume",
        "--yes",
        "--snapshot",
        FAST,
        "--batch-size=10",
        "--in-flight=2",
        "--format=jsonl",
        "--config",
        &config,
    ];
    for ended in [15, 48, 75] {
        let run = home.start(&args);
        server.ended(ended);
        run.kill();
    }
    assert_eq!(submit(&home, &["--resume", "--snapshot"]).code, 0);
    assert!(home.queue().is_empty());
    assert!((0..60).all(|i| server.first_name(&sid_of(i)).as_deref() == Some("New")));
    let runs = home.run(&["runs", "--format=jsonl"]).code(0).lines();
    runs.iter().for_each(assert_balanced);
    // The runs are taken back from the last to the first. A contact whose answer was lost is unknown in its run, and was
    // sent again in the next, whose base is then the run's own value.
    let mut unknown = 0;
    for run in &runs {
        let ran = undo(&home, &run["run"].to_string(), &[]);
        assert!([0, 4].contains(&ran.code), "{ran:?}");
        unknown += ran.lines().iter().filter(|line| line["why"] == "unknown").count();
        submit(&home, &[]);
    }
    let restored = (0..60).filter(|i| fields(&server, &sid_of(*i)) == before[*i as usize]).count();
    assert!(restored + unknown >= 60, "{restored} restored, {unknown} unknown");
    assert!(restored > 20, "{restored} restored");
}
