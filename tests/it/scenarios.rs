//! Every scenario of `tests/scenarios`, played by the real program against the real simulator.
//!
//! A scenario says what the server does, and in its tables `[job]` and `[expect]` what the client is to do and what
//! must come of it (see `told.rs`). Whatever it expects, some things always hold, and are checked for all of them
//! against the server's own book and log (see `judge.rs`); and no edit is ever lost: on a server that works, all
//! contacts that exist end up updated.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rolodeck::sim::{LogEntry, sid_of};
use rstest::rstest;
use serde_json::Value;

use crate::harness::{FAST, Home, Ran, Server};

mod judge;
mod told;

use told::{Expect, Job, Shape, Told};

/// One scenario, once for each shape of its job.
#[rstest]
fn scenario(#[files("tests/scenarios/*.toml")] path: PathBuf) {
    let text = std::fs::read_to_string(&path).unwrap();
    let told = Told::read(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // Most of the time is spent waiting for a server that is slow on purpose.
    let faults: Vec<String> = thread::scope(|scope| {
        let plays: Vec<_> = told.shapes().iter().map(|shape| scope.spawn(|| play(&text, &told, *shape))).collect();
        plays.into_iter().flat_map(|play| play.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}: {}\n{}", path.display(), told.about, faults.join("\n"));
}

/// What was to be done, and all that is known of how it went.
struct Play<'a> {
    job: Job,
    expect: Expect,
    server: &'a Server,
    ran: Ran,
    outcomes: Vec<Value>,
    summary: Value,
    /// The run as `runs` tells it.
    run: Value,
    /// The updates that reached the server.
    log: Vec<LogEntry>,
    /// The contacts whose edits are queued afterwards.
    queue: Vec<String>,
}

/// Plays a scenario; gives what did not come as expected.
fn play(text: &str, told: &Told, shape: Shape) -> Vec<String> {
    let name = shape.name();
    let (job, expect) = match told.of(shape) {
        Ok(both) => both,
        Err(error) => return vec![format!("  {name}: {error}")],
    };
    let server = Server::told(text);
    let mut home = Home::at(&server);
    let config = home.file("config.toml", &job.config());
    let edits = home.file("edits.csv", &job.edits_csv());
    let mut args = vec!["submit", &edits, "--yes", "--format=jsonl", "--config", &config];
    args.extend(job.flags.iter().map(String::as_str));
    let ran = home.run(&args);
    let Some((outcomes, summary)) = read(&ran) else {
        return vec![format!("  {name}: exit {} without a summary\n{}", ran.code, ran.err)];
    };
    let requests = summary["requests"].as_u64().unwrap_or(0);
    await_log(&server, requests.saturating_sub(expect.unseen.most()));
    let run = home.run(&["runs", "--format=jsonl"]).code(0).lines().swap_remove(0);
    let queue = home.queue().iter().map(|edit| edit["sid"].as_str().unwrap().to_owned()).collect();
    let log = server.sim.log().into_iter().filter(|entry| entry.method == "PUT").collect();
    let play = Play { job, expect, server: &server, ran, outcomes, summary, run, log, queue };
    let mut faults = judge::faults(&play);
    if faults.is_empty() {
        faults.extend(finish_elsewhere(&play, &mut home));
    }
    if !faults.is_empty() {
        let mut seen = format!("    seen: {}\n", play.summary);
        for entry in play.log.iter().take(40) {
            let (edits, applied, attempt) = (entry.edits, entry.applied, entry.attempt);
            let fault = entry.fault.as_deref().unwrap_or("-");
            let _ = writeln!(
                seen,
                "    {} ms: {edits} edits, {applied} applied, sending {attempt}, {:?}, {fault}",
                entry.at_ms, entry.status
            );
        }
        faults.push(format!("{seen}    said: {}", play.ran.err.trim().replace('\n', "\n    ")));
    }
    faults.into_iter().map(|fault| format!("  {name}: {fault}")).collect()
}

/// The outcomes and the summary of a submit.
fn read(ran: &Ran) -> Option<(Vec<Value>, Value)> {
    let mut lines: Vec<Value> = ran.out.lines().map(serde_json::from_str).collect::<Result<_, _>>().ok()?;
    let summary = lines.pop().filter(|line| line["type"] == "summary")?;
    Some((lines, summary))
}

/// A request whose client left is logged a moment later.
fn await_log(server: &Server, requests: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // Too few of them are told as a fault of the scenario.
    let _ = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), server.sim.ended(requests)).await });
}

/// No edit is lost: what a run left open is done on a server that works.
fn finish_elsewhere(play: &Play<'_>, home: &mut Home) -> Vec<String> {
    let left: Vec<_> = play.outcomes.iter().filter(|o| o["status"] != "updated").collect();
    if left.is_empty() || play.expect.hopeless {
        return Vec::new();
    }
    let calm = Server::calm();
    home.move_to(&calm);
    home.run(&["requeue", "last"]).code(0);
    let ran = home.run(&["submit", "--yes", FAST, "--format=jsonl"]);
    let Some((outcomes, _)) = read(&ran) else { return vec![format!("the second run says {}", ran.err)] };
    let mut faults = Vec::new();
    if outcomes.len() != left.len() {
        faults.push(format!("of {} edits left, {} are in the second run", left.len(), outcomes.len()));
    }
    for outcome in outcomes {
        let missing = calm.sim.contact(outcome["sid"].as_str().unwrap()).is_none();
        if outcome["status"] != if missing { "rejected" } else { "updated" } {
            faults.push(format!("in the end {outcome}"));
        }
    }
    faults.truncate(5);
    if !home.queue().is_empty() {
        faults.push("in the end edits are queued".to_owned());
    }
    faults
}

/// The SID of the contact at a place of the job: of the book, or of no contact.
fn sid_at(job: &Job, place: u64) -> String {
    if job.missing.contains(&place) { format!("{:032x}", 0xdead_0000_u64 + place) } else { sid_of(place) }
}
