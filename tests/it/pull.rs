//! The address book: pulled in spite of kills and of others who change it, listed, and never taken for the present.

use std::collections::BTreeMap;

use rolodeck::sim::{VENDOR_SID, number_of, sid_of};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Home, Ran, Server};

/// Others insert and delete all the time.
const CHURN: &str = "[churn]\ninsert_every = 2\ndelete_every = 1\n";

/// A home whose profile reads without a pace to wait for.
fn home(server: &Server) -> Home {
    let mut home = Home::at(server);
    let config = home.file("quick.toml", "[profiles.default]\nread_rate = 100000\nmax_attempts = 2\nbackoff_ms = 1\n");
    home.env.insert("ROLODECK_CONFIG", config);
    home
}

fn contacts(home: &Home, more: &[&str]) -> Vec<Value> {
    home.run(&[&["contacts", "--format=jsonl"], more].concat()).code(0).lines()
}

/// The contacts of the local book by SID; none stands there twice.
#[track_caller]
fn book(home: &Home) -> BTreeMap<String, Value> {
    let lines = contacts(home, &[]);
    let count = lines.len();
    let book: BTreeMap<_, _> = lines.into_iter().map(|line| (line["sid"].as_str().unwrap().to_owned(), line)).collect();
    assert_eq!(book.len(), count, "a contact stands there twice");
    book
}

fn take_away(server: &Server, contacts: std::ops::Range<u64>) {
    for i in contacts {
        server.sim.delete(&sid_of(i));
    }
}

fn reads(server: &Server) -> usize {
    server.sim.log().iter().filter(|entry| entry.method == "GET").count()
}

#[test]
fn whoever_was_there_throughout_is_kept_once_whatever_others_do_and_however_often_it_is_killed() {
    let server = Server::told(CHURN);
    let home = home(&server);
    let mut pull = home.start(&["pull"]);
    for requests in [60, 150, 260] {
        server.ended(requests);
        pull.kill();
        // Nobody reads, and more than a page goes from the top.
        let top = requests * 10;
        take_away(&server, top..top + 30);
        pull = home.start(&["pull", "--resume"]);
    }
    pull.end().code(0).says("going on with the pull").says("contacts: ");

    let book = book(&home);
    let missed: Vec<_> =
        (0..10_000).map(sid_of).filter(|sid| server.sim.contact(sid).is_some() && !book.contains_key(sid)).collect();
    assert!(missed.is_empty(), "{} were missed: {:?}", missed.len(), &missed[..missed.len().min(5)]);
    assert!(reads(&server) < 900, "{} reads for 526 pages", reads(&server));
}

/// The server sorts by `date_updated`: a pull of the changes then reads a page.
#[test]
fn changes_alone_are_read_where_the_server_sorts_by_them_and_everything_where_it_does_not() {
    for (scenario, reads_changes) in [("[dialect]\nsort_by = \"updated\"\n", true), ("", false)] {
        let server = Server::told(scenario);
        let home = home(&server);
        take_away(&server, 100..9950);
        home.run(&["pull", "--changes"]).code(0).says("the whole book is read instead").says("151 contacts: 151 new");
        home.run(&["submit", &home.edits(10, 60), "--yes", "--rate=100000"]).code(0);
        let others = Home::at(&server);
        let theirs = others.file("theirs.csv", &format!("sid,tag\n{},Theirs\n", sid_of(90)));
        others.run(&["submit", &theirs, "--yes", "--rate=100000"]).code(0);
        let new = server.sim.insert();
        server.sim.delete(&sid_of(5));
        let before = reads(&server);
        let ran = home.run(&["pull", "--changes"]).code(0);
        let book = book(&home);
        assert_eq!(book[&sid_of(90)]["tag"], "Theirs");
        if reads_changes {
            // Who went is on no page.
            ran.says("what changed: 1 new, 1 changed; deletions are seen by a whole pull alone");
            assert!(reads(&server) - before < 8, "{} reads", reads(&server) - before);
            assert!(book.contains_key(&new) && book.contains_key(&sid_of(5)));
            home.run(&["contacts"]).code(0).says("what changed since was read");
        } else {
            ran.says("the whole book is read instead").says("1 new, 1 changed, 1 gone");
            assert!(book.contains_key(&new) && !book.contains_key(&sid_of(5)));
        }
    }
}

#[test]
fn a_contact_is_kept_with_all_its_values_and_says_when_it_was_seen() {
    let server = Server::small(40);
    let home = home(&server);
    home.run(&["contacts"]).code(0).says("no address book of account demo1");
    home.run(&["pull"]).code(0).says("41 contacts: 41 new, 0 changed, 0 gone from the server.");
    let book = book(&home);
    let vendor = server.sim.contact(VENDOR_SID).unwrap();
    for key in ["first_name", "number", "email", "company_name", "tag", "custom_field", "date_created", "date_updated"]
    {
        assert_eq!(book[VENDOR_SID][key], vendor[key], "{key}");
    }
    assert!(book[VENDOR_SID]["seen"].as_str().unwrap().ends_with('Z') && book[VENDOR_SID]["gone"].is_null());
    home.run(&["contacts"]).code(0).says("41 contacts, as the server had them ");

    let filtered = contacts(&home, &["--filter", &format!("number:{}", &number_of(7)[1..])]);
    assert_eq!(filtered.iter().map(|c| &c["sid"]).collect::<Vec<_>>(), [&json!(sid_of(7))]);
}

#[test]
fn who_went_is_marked_and_not_dropped() {
    let server = Server::small(40);
    let home = home(&server);
    home.run(&["pull"]).code(0);
    server.sim.delete(&sid_of(3));
    let new = server.sim.insert();
    home.run(&["pull"]).code(0).says("41 contacts: 1 new, 0 changed, 1 gone from the server.");
    assert!(book(&home).contains_key(&new) && !book(&home).contains_key(&sid_of(3)));
    let gone = contacts(&home, &["--gone"]);
    assert_eq!((gone.len(), &gone[0]["sid"]), (1, &json!(sid_of(3))));
    assert!(gone[0]["gone"].is_string());
}

#[test]
fn what_the_book_exports_changes_nothing_when_it_is_imported() {
    let server = Server::small(5);
    let home = home(&server);
    home.run(&["pull"]).code(0);
    let csv = home.file("book.csv", &home.run(&["contacts", "--format=csv"]).code(0).out);
    home.run(&["import", &csv, "--dry-run"]).code(0).says("0 added, 0 merged, 6 unchanged (by the address book)");
    home.run(&["import", &csv]).code(0).says("0 added, 0 merged, 6 unchanged (by the address book)");
    assert_eq!(home.queue(), Vec::<Value>::new());

    // One value is otherwise: that row is queued, with all that it says.
    let text = std::fs::read_to_string(&csv).unwrap();
    let changed = home.file("changed.csv", &text.replacen("Pooja", "Puja", 1));
    home.run(&["import", &changed]).code(0).says("1 added, 0 merged, 5 unchanged");
    let queue = home.queue();
    let (edit, book) = (&queue[0], book(&home));
    let sid = edit["sid"].as_str().unwrap();
    assert_eq!(edit["changes"]["first_name"], "Puja");
    assert_eq!(edit["changes"]["number"], book[sid]["number"]);
    assert_eq!(edit["changes"]["custom_field"], book[sid]["custom_field"]);
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_submitted_file_leaves_out_what_changes_nothing_and_its_plan_shows_what_changes() {
    let server = Server::small(5);
    let home = home(&server);
    home.run(&["pull"]).code(0);
    let name = |i: u64| server.first_name(&sid_of(i)).unwrap();
    let csv = home.file("some.csv", &format!("sid,first_name\n{},{}\n{},New\n", sid_of(1), name(1), sid_of(2)));
    let said = "1 added, 0 merged, 1 unchanged (by the address book)";
    let plan = &home.run(&["submit", &csv, "--dry-run", "--format=jsonl"]).code(0).says(said).lines()[0];
    let wanted = json!([{"field": "first_name", "base": name(2), "wanted": "New"}]);
    let beside = &plan["first_contacts"];
    assert_eq!(beside.as_array().map(Vec::len), Some(1), "{plan}");
    assert_eq!((&beside[0]["sid"], &beside[0]["base_from"]), (&json!(sid_of(2)), &json!("book")));
    assert_eq!((&beside[0]["fields"], &plan["edits"], &plan["no_ops"]), (&wanted, &json!(1), &json!(0)));
    let arrow = format!("first_name  {} → New", name(2));
    home.run(&["submit", &csv, "--dry-run"]).code(0).shows(&arrow).shows("in the address book");
    assert!(home.queue().is_empty(), "a dry run queues nothing");

    home.run(&["submit", &csv, "--yes", "--rate=100000"]).code(0).says(said);
    assert!(home.queue().is_empty(), "what changes nothing never came into the queue");
    // Everything is as it is to be: nothing is queued, and it says so.
    let again =
        home.run(&["submit", &csv, "--yes"]).code(0).says("0 added, 0 merged, 2 unchanged (by the address book)");
    again.says("nothing to send");
    assert!(home.queue().is_empty());
}

#[test]
fn lists_are_named_and_can_be_pulled_by_name() {
    let server = Server::small(40);
    let home = home(&server);
    home.run(&["pull", "--list", "Nobody"]).code(2).says("has no list `Nobody`").says("List 3");
    home.run(&["pull", "--list", "list 2"]).code(0).says("8 contacts: 8 new");
    let lists = home.run(&["contacts", "--lists", "--format=jsonl"]).code(0).lines();
    let sizes: Vec<_> = lists.iter().map(|l| (l["name"].as_str().unwrap(), l["contacts"].as_u64())).collect();
    assert_eq!(sizes, [("List 1", None), ("List 2", Some(8)), ("List 3", None), ("List 4", None), ("List 5", None)]);

    home.run(&["pull"]).code(0).says("41 contacts: 33 new");
    let members: Vec<_> = contacts(&home, &["--list", "List 2"]).iter().map(|c| c["sid"].clone()).collect();
    assert_eq!(members, (0..8).map(|i| json!(sid_of(i * 5 + 1))).collect::<Vec<_>>());
    home.run(&["contacts", "--list", "List 3"]).code(2).says("was never pulled");
}

#[test]
fn a_signal_ends_it_and_says_how_to_go_on() {
    let server = Server::told("latency_ms = 5");
    let home = home(&server);
    let pull = home.start(&["pull"]);
    server.ended(20);
    pull.signal(Signal::INT);
    pull.end().code(130).says("go on with `rolodeck pull --resume`");
    home.run(&["contacts"]).code(0).says("is unfinished");
    home.run(&["pull", "--resume"]).code(0).says("10,001 contacts");
}

#[test]
fn a_refused_sign_in_reads_nothing() {
    let server = Server::small(40);
    let mut home = home(&server);
    home.env.insert("EXOTEL_API_TOKEN", "wrong".into());
    let said: Ran = home.run(&["pull"]);
    said.code(6).says("nothing was read: 401");
    home.env.remove("EXOTEL_API_TOKEN");
    home.run(&["pull"]).code(3);
}

#[test]
fn busy_servers_and_broken_pages_are_tried_again() {
    let server = Server::told(
        "[[request]]\nact = { refuse = { status = 503 } }\non = { method = \"GET\", share = 0.05, attempts = 1 }\n\
         [[request]]\nact = \"truncate\"\non = { method = \"GET\", share = 0.05, attempts = 1 }\n\
         [[request]]\nact = \"bare\"\non = { method = \"GET\", share = 0.3 }\n\
         [dialect]\npage_size = 7\npage_items = \"bare\"\n",
    );
    let home = home(&server);
    take_away(&server, 300..10_000);
    home.run(&["pull"]).code(0).says("301 contacts");
    assert_eq!(book(&home).len(), 301);
}

/// The numbers of contacts as others write them: +91, a leading 0, none.
fn written(i: u64) -> String {
    let national = number_of(i)[3..].to_owned();
    match i % 3 {
        0 => format!("+91 {national}"),
        1 => format!("0{national}"),
        _ => national,
    }
}

#[test]
fn rows_with_a_number_or_an_email_find_their_contact_and_others_are_named() {
    let server = Server::small(40);
    let home = home(&server);
    let mut rows: Vec<String> = (0..30).map(written).collect();
    rows.push("+919999999999".into());
    let csv = home.file("numbers.csv", &format!("Mobile,First Name\n{},New\n", rows.join(",New\n")));
    home.run(&["import", &csv]).code(8).says("`rolodeck pull` makes one");

    home.run(&["pull"]).code(0);
    home.run(&["import", &csv])
        .code(8)
        .says("32:1: Mobile: no contact of the address book has the number +919999999999");
    let refused = home.path("refused.csv").display().to_string();
    home.run(&["import", &csv, "--reject-file", &refused]).code(0).says("30 added").says("1 row refused");
    assert!(std::fs::read_to_string(&refused).unwrap().contains("+919999999999,New,"));
    let queue = home.queue();
    let named: Vec<_> = queue.iter().map(|e| e["sid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(named, (0..30).map(sid_of).collect::<Vec<_>>());
    assert!(queue.iter().all(|e| e["changes"] == json!({"first_name": "New"})), "the number is no change");

    let email = book(&home)[&sid_of(35)]["email"].as_str().unwrap().to_uppercase();
    let jsonl = home.file("email.jsonl", &json!({"email": email, "tag": "New"}).to_string());
    home.run(&["submit", &jsonl, "--yes", "--rate=100000"]).code(0);
    assert_eq!(server.sim.contact(&sid_of(35)).unwrap()["tag"], "New");
}

#[test]
fn the_book_learns_from_the_answers_to_a_run() {
    let server = Server::small(40);
    let home = home(&server);
    home.run(&["pull"]).code(0);
    home.run(&["submit", &home.edits(3, 5), "--yes", "--rate=100000"]).code(0);
    let book = book(&home);
    for i in [2, 3, 4] {
        assert_eq!(book[&sid_of(i)]["first_name"] == "New", i > 2);
        assert_eq!(book[&sid_of(i)]["date_updated"], server.sim.contact(&sid_of(i)).unwrap()["date_updated"]);
    }
    // The next pull finds nothing that the book does not know.
    home.run(&["pull"]).code(0).says("41 contacts: 0 new, 0 changed, 0 gone");
}
