//! What is printed: forms, widths, closed pipes, the demo and the simulator's own command.

use std::io::{BufRead as _, Read as _};

use rolodeck::sim::sid_of;
use rustix::process::Signal;

use crate::harness::{Home, SAMPLE, Server};

#[test]
fn tables_fit_80_columns_and_are_harmless() {
    let server = Server::calm();
    let home = Home::at(&server);
    let file =
        home.file("f.csv", &format!("sid,first_name\n{},\"Zoë \u{9b}2J{}\"\nnone,x\n", sid_of(0), "名".repeat(60)));
    let listed = home.run(&["import", &file]).code(0);
    assert!(!listed.err.contains('\u{9b}'));
    for args in [&["queue", "list"][..], &["submit", "--yes"], &["results"], &["runs"]] {
        let ran = home.run(args);
        assert!(!ran.out.contains(['\x1b', '\u{9b}']), "{args:?}\n{}", ran.out);
        // The last line of submit is a sentence.
        let table = ran.out.lines().filter(|line| !line.starts_with("run "));
        assert!(table.clone().count() > 0, "{args:?}");
        assert!(table.into_iter().all(|line| rolodeck::support::text::width(line) <= 80), "{args:?}\n{}", ran.out);
    }
}

#[test]
fn results_as_csv_import_again_and_run_no_formula() {
    let server = Server::calm();
    let home = Home::at(&server);
    let file = home.file("f.csv", "sid,first_name\nnone1,=cmd()\nnone2,Asha\n");
    home.run(&["submit", &file, "--yes"]).code(4);
    let csv = home.run(&["results", "--format", "csv", "--filter", "status:rejected"]).code(0).out;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "sid,first_name,_status,_code,_error,_description,_run");
    assert_eq!(lines[1], "none1,'=cmd(),rejected,404,1000,Contact not found,1");
    home.run_with(&["import", "-"], &csv).code(0).says("2 added");
}

#[test]
fn runs_and_results_filter_and_say_what_they_hide() {
    let server = Server::calm();
    let home = Home::at(&server);
    home.run(&["results"]).code(2).says("there is no run yet");
    home.run(&["submit", SAMPLE, "--yes"]).code(4);
    let failed = home.run(&["results", "1", "--filter", "-status:updated", "--format", "json"]).code(0);
    let failed: serde_json::Value = serde_json::from_str(&failed.says("1 edit not shown").out).unwrap();
    assert_eq!(failed.as_array().unwrap().len(), 2);
    home.run(&["results", "7"]).code(2).says("there is no run 7");
    let run = &home.run(&["runs", "--format", "jsonl"]).code(0).lines()[0];
    assert_eq!((run["state"].as_str(), run["account"].as_str()), (Some("finished"), Some("demo1")));
    assert!(run["started"].as_str() <= run["finished"].as_str());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = Home::bare();
    home.run(&["import", &home.edits(0, 20_000)]).code(0);
    let mut export = home.start(&["queue", "export", "--format", "jsonl"]);
    assert_eq!(export.read(1).len(), 1);
    let ran = export.close_output();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn a_run_goes_on_when_nobody_reads_its_outcomes() {
    let server = Server::calm();
    let home = Home::at(&server);
    let file = home.edits(0, 200);
    let mut run = home.start(&["submit", &file, "--yes", "--rate=100000", "--batch-size=5", "--format=jsonl"]);
    assert_eq!(run.read(1).len(), 1);
    assert_eq!(run.close_output().code, 0);
    assert_eq!(home.results().len(), 200);
    assert!(home.queue().is_empty());
}

#[test]
fn the_demo_plays_without_a_terminal() {
    let ran = Home::bare().run(&["demo", "--edits", "60", "--latency", "0"]).code(0);
    let ran = ran.says("$ rolodeck submit --yes").says("back in the queue");
    assert!(ran.out.contains("Contact not found (1000)") && ran.out.contains("updated"), "{}", ran.out);
}

#[test]
fn the_simulator_says_how_to_reach_it_and_ends_on_a_signal() {
    let mut home = Home::bare();
    let mut sim = home.start(&["sim", "--contacts", "10", "--log", &home.path("log").display().to_string()]);
    let mut line = String::new();
    sim.out.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    // It is used with the very lines that it prints.
    for said in sim.err.by_ref().lines().map(Result::unwrap).skip(1).take(4) {
        let (name, value) = said.strip_prefix("export ").unwrap().split_once('=').unwrap();
        home.env.insert(Box::leak(name.to_owned().into_boxed_str()), value.to_owned());
    }
    assert_eq!(home.env["ROLODECK_BASE_URL"], url);
    home.run(&["submit", SAMPLE, "--yes"]).code(4);
    assert_eq!(std::fs::read_to_string(home.path("log")).unwrap().lines().count(), 1);
    sim.signal(Signal::TERM);
    assert_eq!(sim.end().code, 0);
}

#[test]
fn wrong_usage_says_so() {
    let home = Home::bare();
    home.run(&["sumbit"]).code(2).says("submit");
    home.run(&["submit", "--batch-size", "0"]).code(2).says("1..=5000");
    home.run(&["queue", "list", "--filter", "tag:("]).code(2).says("^ something to look for is missing here");
    home.run(&[]).code(2).says("needs a terminal");
    home.run(&["sim", "--scenario", "nonsense"]).code(2).says("no scenario is called");
    assert!(home.run(&["--help"]).code(0).out.contains("Exit codes"));
    assert!(home.run(&["--version"]).code(0).out.starts_with("rolodeck "));
}
