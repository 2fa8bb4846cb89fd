//! What is read: files, standard input, and what is refused.

use rolodeck::sim::sid_of;
use rstest::rstest;
use serde_json::json;

use crate::harness::{FAST, Home, SAMPLE, SAMPLE_SIDS, Server};

#[rstest]
#[case::no_sid("bad.csv", "sid,tag\nabc,vip\n,lead\n", "bad.csv:3:")]
#[case::open_quote("bad.csv", "sid,tag\nabc,\"vip\n", "bad.csv:2:")]
#[case::json("bad.json", "{\"contacts\":[\n{\"sid\":\"abc\",\"tag\":\"x\"},\n{\"sid\":oops}]}", "bad.json:3:")]
#[case::jsonl("bad.jsonl", "{\"sid\":\"abc\",\"tag\":\"x\"}\n{oops\n", "bad.jsonl:2:")]
#[case::nothing("bad.csv", "sid,tag\n", "no edits in it")]
fn a_bad_file_is_refused_whole_with_its_place(#[case] name: &str, #[case] text: &str, #[case] place: &str) {
    let home = Home::bare();
    let file = home.file(name, text);
    home.run(&["import", &file]).code(8).says("nothing was imported").says(place);
    assert!(home.queue().is_empty());
}

#[test]
fn a_missing_file_is_named_with_the_systems_reason() {
    let home = Home::bare();
    home.run(&["import", "/no/such/file.csv"]).code(8).says("/no/such/file.csv").says("No such file");
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let home = Home::bare();
    home.run_with(&["import", "-"], "sid,Given Name,Mobile\nabc,Asha,+919876543210\n").code(0).says("1 added");
    assert_eq!(home.queue()[0]["changes"], json!({"first_name": "Asha", "number": "+919876543210"}));
    home.run_with(&["import", "-"], "sid,tag\n,x\n").code(8).says("standard input:2:");
}

#[test]
fn a_column_can_be_mapped_and_unknown_ones_are_listed() {
    let home = Home::bare();
    let file = home.file("f.csv", "sid,Segment,Plan,Odd\nabc,gold,pro,1\n");
    let map = ["--map", "Segment=tag", "--map", "Plan=custom_field.plan"];
    home.run(&[&["import", &file], &map[..]].concat()).code(0).says("not used: `Odd`");
    assert_eq!(home.queue()[0]["changes"], json!({"tag": "gold", "custom_field": {"plan": "pro"}}));
}

#[test]
fn an_import_merges_and_counts() {
    let home = Home::bare();
    home.run_with(&["import", "-"], "sid,tag,email\na,x,\nb,x,--\n")
        .code(0)
        .says("2 added, 0 merged, 0 unchanged, 0 conflicts");
    let again = "sid,tag,first_name\na,y,Asha\nb,x,\nc,x,\n";
    let dry = home.run_with(&["import", "-", "--dry-run"], again).code(0);
    dry.says("dry run, nothing was imported: 1 added, 1 merged, 1 unchanged, 1 conflict");
    assert_eq!(home.queue().len(), 2);
    home.run_with(&["import", "-"], again).code(0).says("imported: 1 added, 1 merged, 1 unchanged, 1 conflict");
    let queue = home.queue();
    assert_eq!(queue[0]["changes"], json!({"tag": "y", "first_name": "Asha"}));
    assert_eq!(queue[1]["changes"], json!({"tag": "x", "email": null}), "a cleared field is null");
}

#[test]
fn conflicts_are_named_and_the_earlier_value_stays_or_nothing_is_imported_where_that_is_asked_for() {
    let home = Home::bare();
    home.run_with(&["import", "-"], "sid,tag\na,x\n").code(0);
    let file = "sid,tag,first_name\na,y,Asha\nb,1,\nb,2,\n";
    home.run_with(&["import", "-", "--conflicts", "refuse"], file)
        .code(8)
        .says("a: tag: `x` in the queue, `y` in the file")
        .says("b: tag: `1` in one row, `2` in a later one")
        .says("nothing was imported; --conflicts later or earlier says which values to take");
    assert_eq!(home.queue().len(), 1);
    home.run_with(&["import", "-", "--conflicts", "earlier"], file)
        .code(0)
        .says("imported: 1 added, 1 merged, 1 unchanged, 2 conflicts (the earlier value stays)");
    let queue = home.queue();
    assert_eq!(queue[0]["changes"], json!({"tag": "x", "first_name": "Asha"}));
    assert_eq!(queue[1]["changes"], json!({"tag": "1"}));
    home.run_with(&["import", "-", "--conflicts", "refuse"], "sid,tag\nc,1\n").code(0).says("1 added");
}

#[rstest]
#[case("csv")]
#[case("json")]
#[case("jsonl")]
fn an_export_imports_again_as_it_was(#[case] format: &str) {
    let home = Home::bare();
    let file = format!("sid,first_name,email,custom_field\n{},=1+1,--,\"{{\"\"n\"\":1.10}}\"\n", sid_of(0));
    home.run_with(&["import", "-"], &file).code(0);
    let before = home.queue();
    let exported = home.run(&["queue", "export", "--format", format]).code(0).out;
    assert_eq!(home.run(&["queue", "list", "--format", format]).code(0).out, exported);
    home.run(&["queue", "clear", "--yes"]).code(0).says("1 edit taken out");
    assert!(home.queue().is_empty());
    home.run_with(&["import", "-"], &exported).code(0).says("1 added");
    assert_eq!(home.queue(), before);
}

#[test]
fn the_vendors_page_is_read_with_a_warning() {
    let home = Home::bare();
    home.run(&["import", SAMPLE]).code(0).says("vendor_sample_request.txt:6:10: 2 commas missing");
    assert_eq!(home.queue().len(), 3);
}

#[test]
fn emptying_the_queue_asks() {
    let home = Home::bare();
    home.run(&["import", SAMPLE]).code(0);
    home.run(&["queue", "clear"]).code(2).says("add --yes");
    home.run(&["queue", "clear", "--yes", "--filter", "first_name:xyz"]).code(0).says("1 edit taken out");
    assert_eq!(home.queue().len(), 2);
}

#[test]
fn refused_rows_go_to_a_file_and_come_back_mended() {
    let home = Home::bare();
    let file = home.file("f.csv", "sid;mobile;tag\na;+919876543210;x\nb;9.71501E+11;y\n;;z\n");
    let rejects = home.path("rejects.csv").display().to_string();
    home.run(&["import", &file]).code(8).says("f.csv:3:2: mobile: in scientific notation").says("2 of 3 rows refused");
    home.run(&["import", &file, "--dry-run"])
        .code(8)
        .says("1 added, 0 merged, 0 unchanged, 0 conflicts; 2 refused; 3 rows");
    assert!(home.queue().is_empty());
    let partly = home.run(&["import", &file, "--reject-file", &rejects]).code(0);
    partly
        .says("imported: 1 added, 0 merged, 0 unchanged, 0 conflicts; 2 refused; 3 rows in all")
        .says("2 rows refused, written to");
    let written = std::fs::read_to_string(&rejects).unwrap();
    assert!(written.starts_with("sid;mobile;tag;_error\nb;9.71501E+11;y;"), "{written}");
    std::fs::write(&rejects, written.replace("9.71501E+11", "+919876543211").replace("\n;;z", "\nc;;z")).unwrap();
    home.run(&["import", &rejects]).code(0).says("2 added");
    assert_eq!(home.queue().len(), 3);
}

#[test]
fn a_file_of_refused_rows_alone_imports_nothing() {
    let home = Home::bare();
    let (file, rejects) = (home.file("f.csv", "sid,tag\n,x\n"), home.path("rejects.csv").display().to_string());
    home.run(&["import", &file, "--reject-file", &rejects]).code(8).says("nothing was imported").says("no SID");
    assert_eq!(std::fs::read_to_string(&rejects).unwrap().lines().count(), 2);
    home.run(&["import", &file, "--reject-file", &file]).code(2).says("is the file to import");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "sid,tag\n,x\n");
}

#[test]
fn a_mapping_is_remembered_for_the_same_columns() {
    let home = Home::bare();
    home.run_with(&["import", "-", "--map", "Segment=tag"], "sid,Segment\na,gold\n").code(0);
    home.run_with(&["import", "-"], "SEGMENT,sid,_error\nred,b,x\n")
        .code(0)
        .says("mapped as the last time: Segment=tag");
    home.run_with(&["import", "-"], "sid,Segment,more\nc,blue,1\n").code(0).says("not used: `Segment`, `more`");
    assert_eq!(home.queue()[1]["changes"], json!({"tag": "red"}));
    assert_eq!(home.queue()[2]["changes"], json!({}));
}

#[test]
fn a_submit_of_a_file_knows_the_mapping_of_its_import_and_keeps_its_own() {
    let server = Server::calm();
    let home = Home::at(&server);
    let csv = |name: &str, header: &str, i: u64| home.file(name, &format!("{header}\n{},Vip\n", sid_of(i)));
    home.run(&["import", &csv("a.csv", "sid,Segment", 0), "--map", "Segment=tag"]).code(0);
    home.run(&["queue", "clear", "--yes"]).code(0);
    let plan = home.run(&["submit", &csv("b.csv", "sid,Segment", 1), "--dry-run"]).code(0);
    assert!(plan.err.contains("mapped as the last time: Segment=tag"), "{}", plan.err);
    home.run(&["submit", &csv("b.csv", "sid,Segment", 1), "--yes", FAST]).code(0);
    assert_eq!(server.sim.contact(&sid_of(1)).unwrap()["tag"], "Vip");
    home.run(&["submit", &csv("c.csv", "sid,Kind", 2), "--yes", FAST, "--map", "Kind=tag"]).code(0);
    home.run(&["import", &csv("d.csv", "sid,Kind", 3)]).code(0).says("mapped as the last time: Kind=tag");
}

#[test]
fn the_user_says_how_a_file_is_to_be_read() {
    let home = Home::bare();
    let file = home.path("f.csv").display().to_string();
    std::fs::write(&file, b"sid/tag/email\na/caf\xe9/(none)\n").unwrap();
    home.run(&["import", &file]).code(8).says("looks like windows-1252").says("--encoding windows-1252");
    let how = ["--encoding", "windows-1252", "--delimiter", "/", "--clear-token", "(none)"];
    home.run(&[&["import", &file], &how[..]].concat()).code(0).says("1 added");
    assert_eq!(home.queue()[0]["changes"], json!({"tag": "café", "email": null}));
}

#[test]
fn results_have_the_columns_of_the_file_and_import_again_without_being_told_anything() {
    let server = Server::calm();
    let home = Home::at(&server);
    // The first contact is in the book, the others are not.
    let [there, gone, too] = SAMPLE_SIDS;
    let file =
        home.file("list.csv", &format!("Vorname,Kunde,Notes,Plan\nAsha,{there},x,pro\n=Ravi,{gone},y,\n,{too},z,--\n"));
    let map = ["--map", "Vorname=first_name", "--map", "Kunde=sid", "--map", "Plan=custom_field.plan"];
    home.run(&[&["import", &file], &map[..]].concat()).code(0).says("3 added");
    let before = home.queue();
    home.run(&["submit", "--yes", FAST]).code(4);
    let failed = home.run(&["results", "last", "--filter", "status:rejected", "--format", "csv"]).code(0).out;
    let lines: Vec<_> = failed.lines().collect();
    assert_eq!(lines[0], "Vorname,Kunde,Plan,_status,_code,_error,_description,_run");
    assert_eq!(lines[1], format!("'=Ravi,{gone},,rejected,404,1000,Contact not found,1"));
    assert_eq!(lines[2], format!(",{too},--,rejected,404,1000,Contact not found,1"));
    home.run_with(&["import", "-"], &failed).code(0).says("2 added");
    let changes =
        |queue: &[serde_json::Value]| -> Vec<_> { queue.iter().map(|edit| edit["changes"].clone()).collect() };
    assert_eq!(changes(&home.queue()), changes(&before[1..]));
}
