//! Text that would command a terminal, forge a line or run in a spreadsheet is shown, never obeyed.

use rstest::rstest;
use serde_json::Value;

use crate::harness::Home;
use crate::wire::{Wire, answer, home};

/// Escape sequences (CSI, OSC 52, DCS), C1 controls, bidi overrides, invisible letters, line ends and a NUL.
const NASTY: &str = "=cmd()\u{1b}[2J\u{1b}]52;c;aGk=\u{7}\u{1b}P+q\u{9b}31m\u{9d}0;x\u{9c}\u{202e}evil\u{2066}\u{200b}\u{e0041}\r\nrolodeck: all is well\r\u{0}\u{8}\u{7f}\u{85}\u{2028}end";

/// The text within JSON.
fn quoted() -> String {
    serde_json::to_string(NASTY).unwrap()
}

fn items(_: &str) -> Vec<u8> {
    let q = quoted();
    let body = format!(
        r#"{{"request_id":{q},"metadata":{{"total":5}},"response":[{{"code":200,"status":"success","data":{{"sid":"s1","first_name":{q}}}}},{{"code":400,"status":"failure","error_data":{{"code":1,"description":{q},"message":{q}}}}}]}}"#
    );
    answer(207, "", body)
}

fn refused(_: &str) -> Vec<u8> {
    answer(404, "", format!(r#"{{"error_data":{{"description":{}}}}}"#, quoted()))
}

fn stopped(_: &str) -> Vec<u8> {
    answer(403, "", format!(r#"{{"message":{}}}"#, quoted()))
}

fn page(_: &str) -> Vec<u8> {
    answer(500, "", format!("<html><title>{NASTY}</title>"))
}

fn no_utf8(_: &str) -> Vec<u8> {
    let mut body = br#"{"response":[{"code":400,"status":"failure","error_data":{"description":""#.to_vec();
    body.extend([0x9b, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf5]);
    body.extend(br#""}}]}"#);
    answer(400, "", body)
}

fn long(_: &str) -> Vec<u8> {
    let words = serde_json::to_string(&NASTY.repeat(10_000)).unwrap();
    answer(404, "", format!(r#"{{"error_data":{{"description":{words}}}}}"#))
}

#[rstest]
#[case::in_items(items)]
#[case::in_a_refusal(refused)]
#[case::in_a_stop(stopped)]
#[case::in_a_page(page)]
#[case::no_utf8(no_utf8)]
#[case::long(long)]
fn a_servers_words_are_shown_harmlessly(#[case] say: fn(&str) -> Vec<u8>) {
    let server = Wire::new(move |_, request, line| _ = line.write_all(&say(request)));
    let home = home(&server.http(), "");
    let file = home.edits_of(&["s1".to_owned(), "s2".to_owned()]);
    let ran = home.run(&["submit", &file, "--yes", "-v"]);
    assert_harmless("submit", &ran.out);
    assert_harmless("submit", &ran.err);
    for format in ["human", "csv", "json", "jsonl"] {
        let ran = home.run(&["results", "--format", format]).code(0);
        assert_harmless(format, &ran.out);
        assert_harmless(format, &ran.err);
    }
    let ran = home.run(&["submit", "--yes", "--format", "jsonl", "-v"]);
    assert_harmless("jsonl", &ran.out);
    assert_harmless("jsonl", &ran.err);
    let log = std::fs::read_to_string(home.path("data/logs/rolodeck.log")).unwrap();
    assert_harmless("log", &log);
}

/// Nothing but printable text, and no line that the words begin.
#[track_caller]
fn assert_harmless(what: &str, text: &str) {
    let bad = text.chars().find(|&c| {
        c != '\n' && c.is_control()
            || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    });
    assert!(bad.is_none(), "{what} has {bad:?} in\n{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("rolodeck: all is well")), "{what}: a forged line in\n{text}");
}

#[test]
fn json_is_exact_all_the_same() {
    let server = Wire::new(move |_, request, line| _ = line.write_all(&items(request)));
    let home = home(&server.http(), "");
    let file = home.edits_of(&["s1".to_owned(), "s2".to_owned()]);
    let submitted = home.run(&["submit", &file, "--yes", "--format", "jsonl"]).code(4).outcomes().0;
    let array: Value = serde_json::from_str(&home.run(&["results", "--format", "json"]).code(0).out).unwrap();
    let outcomes = [submitted[1].clone(), array[1].clone(), home.results()[1].clone()];
    for outcome in outcomes {
        assert_eq!((outcome["description"].as_str(), outcome["message"].as_str()), (Some(NASTY), Some(NASTY)));
    }
    let csv = home.run(&["results", "--format", "csv", "--filter", "status:rejected"]).code(0).out;
    assert!(csv.contains("'=cmd()␛[2J"), "{csv}");
}

/// Values of the user's own files: tables show them harmlessly, JSON gives them back to the letter.
#[test]
fn cells_of_a_file_are_shown_harmlessly() {
    let home = Home::bare();
    let line = format!(r#"{{"sid":"s1","first_name":{},"custom_field":{{"k":{}}}}}"#, quoted(), quoted());
    let file = home.file("nasty.jsonl", &line);
    let ran = home.run(&["import", &file]);
    assert_harmless("import", &ran.err);
    for command in [&["queue", "list"][..], &["queue", "validate"], &["queue", "export", "--format", "jsonl"]] {
        let ran = home.run(command);
        assert_harmless(command[1], &ran.out);
        assert_harmless(command[1], &ran.err);
    }
    let queued = &home.queue()[0]["changes"];
    assert_eq!((queued["first_name"].as_str(), queued["custom_field"]["k"].as_str()), (Some(NASTY), Some(NASTY)));
}

#[test]
fn an_exported_queue_runs_no_formula_and_imports_again_as_it_was() {
    let home = Home::bare();
    let file = home.file("f.csv", "sid,first_name,tag\ns1,=cmd(),＠x\ns2,'=quoted,-1\n");
    home.run(&["import", &file]).code(0);
    let queued = home.queue();
    let csv = home.run(&["queue", "export", "--format", "csv"]).code(0).out;
    assert_eq!(csv, "sid,first_name,tag,_defused\ns1,'=cmd(),'＠x,\ns2,''=quoted,-1,\n");
    let other = Home::bare();
    other.run_with(&["import", "-"], &csv).code(0);
    assert_eq!(other.queue(), queued);
}

/// Letters that can be sent and still turn a line around or hide in it.
#[test]
fn a_dry_run_shows_what_would_be_sent_harmlessly() {
    let mut home = Home::bare();
    home.env.insert("ROLODECK_PROFILE", "p\u{1b}[2J\u{202e}".into());
    let file = home.file("f.csv", "sid,first_name\ns1,a\u{202e}b\u{200b}c\u{e0041}\n");
    let config = home.file("c.toml", "[profiles.\"p\\u001b[2J\\u202e\"]\n");
    for format in ["human", "jsonl"] {
        let ran = home.run(&["submit", &file, "--dry-run", "--format", format, "--config", &config]).code(0);
        assert_harmless(format, &ran.out);
        assert_harmless(format, &ran.err);
        assert!(ran.out.contains("first_name"), "{}", ran.out);
    }
}

#[rstest]
#[case::sid("sid,first_name\n\"a\u{1b}[2J\u{9b}\u{202e}\",x\n")]
#[case::header("sid,\"a\u{1b}]0;x\u{7}\u{9d}\u{202e}\"\ns1,x\n")]
#[case::number("sid,number\ns1,\"+91\u{1b}[2J\u{202e}\"\n")]
fn a_file_with_a_nasty_cell_is_told_harmlessly(#[case] csv: &str) {
    let home = Home::bare();
    let file = home.file("f\u{1b}[2J\u{202e}\u{9b}.csv", csv);
    for command in [
        &["import", file.as_str()][..],
        &["import", &file, "--map", "a\u{1b}[2J=tag"],
        &["queue", "list"],
        &["queue", "validate"],
    ] {
        let ran = home.run(command);
        assert_harmless("import", &ran.out);
        assert_harmless("import", &ran.err);
    }
}

#[rstest]
#[case("[profiles.default]\naccount_sid = \"a\\u001b[2J\\u009b\\u202e\"\n")]
#[case("[profiles.default]\n\"ra\\u001b[2J\\u009b\\u202ete\" = 1\n")]
#[case("[profiles.default]\nbase_url = \"http://\\u001b[2J\\u009b\\u202e/\"\n")]
#[case(
    "[ui]\ntheme = \"\\u001b[2J\\u009b\\u202e\"\n[profiles.default]\nca_file = \"\\u001b[2J\\u009b\"\naccount_sid='a'\n"
)]
fn settings_are_told_harmlessly(#[case] config: &str) {
    let mut home = Home::bare();
    home.env.insert("EXOTEL_API_KEY", "demo-key".into());
    home.env.insert("EXOTEL_API_TOKEN", "demo-token".into());
    let file = home.file("c\u{1b}[2J\u{9b}.toml", config);
    for command in [
        &["config", "check", "--config", &file][..],
        &["config", "show", "--config", &file],
        &["config", "path", "--config", &file],
        &["submit", "--yes", "--config", &file],
    ] {
        let ran = home.run(command);
        assert_harmless(command[1], &ran.out);
        assert_harmless(command[1], &ran.err);
    }
}
