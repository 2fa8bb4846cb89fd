//! What is read: files, standard input, and what is refused.

use rolodeck::sim::sid_of;
use rstest::rstest;
use serde_json::json;

use crate::harness::{Home, SAMPLE};

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
