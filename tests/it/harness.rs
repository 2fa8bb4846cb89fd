//! A home and a server for one test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rolodeck::sim::{self, Scenario, Sim, SimOptions, sid_of};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The vendor's own sample, and its three contacts; the first is in every book.
pub const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/vendor_sample_request.txt");
pub const SAMPLE_SIDS: [&str; 3] =
    ["83ba26b7f11c4e75b4043c8b33ceba49", "93ba26b7f11c4e75b4043c8b33ceba59", "73ba26b7f11c4e75b4043c8b33ceba69"];

/// No pace to wait for: the simulator has no limit.
pub const FAST: &str = "--rate=100000";

/// A running simulator.
pub struct Server {
    runtime: Runtime,
    pub sim: Sim,
}

impl Server {
    /// One that works.
    pub fn calm() -> Self {
        Self::with(Scenario::default())
    }

    /// One of the built-in scenarios.
    pub fn named(name: &str) -> Self {
        Self::with(Scenario::named(name).unwrap())
    }

    /// One of a scenario file's text.
    pub fn told(scenario: &str) -> Self {
        Self::with(Scenario::parse(scenario).unwrap())
    }

    /// One with few contacts, beside the vendor's.
    pub fn small(contacts: u64) -> Self {
        Self::start(SimOptions { contacts, ..SimOptions::default() })
    }

    /// One that never answers a request with contact `i` of the book.
    pub fn stuck_at(i: u64) -> Self {
        Self::stalls_at(i, 3_600_000)
    }

    /// One that takes so long to answer a request with contact `i`.
    pub fn stalls_at(i: u64, ms: u64) -> Self {
        Self::told(&format!("[[request]]\nact = {{ stall_before = {{ ms = {ms} }} }}\non = {{ contacts = [{i}] }}"))
    }

    fn with(scenario: Scenario) -> Self {
        Self::start(SimOptions { scenario, ..SimOptions::default() })
    }

    fn start(options: SimOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sim = runtime.block_on(sim::start(options)).unwrap();
        Self { runtime, sim }
    }

    /// The updates that reached it, as (contacts, status).
    pub fn updates(&self) -> Vec<(u64, Option<u16>)> {
        self.sim.log().into_iter().filter(|e| e.method == "PUT").map(|e| (e.edits, e.status)).collect()
    }

    /// Waits until it is done with so many requests.
    pub fn ended(&self, requests: u64) {
        self.runtime.block_on(self.sim.ended(requests));
    }

    /// The first name of contact `sid`.
    pub fn first_name(&self, sid: &str) -> Option<String> {
        self.sim.contact(sid)?["first_name"].as_str().map(str::to_owned)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A request that is stuck on purpose must not hold up the end of the test.
        let runtime =
            std::mem::replace(&mut self.runtime, tokio::runtime::Builder::new_current_thread().build().unwrap());
        runtime.shutdown_background();
    }
}

/// A home directory with what the program is told by its environment.
pub struct Home {
    dir: tempfile::TempDir,
    pub env: BTreeMap<&'static str, String>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    /// A home that knows no account.
    pub fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut home = Self { dir, env: BTreeMap::new() };
        home.env.insert("HOME", home.path("").display().to_string());
        home.env.insert("ROLODECK_DATA_DIR", home.path("data").display().to_string());
        home
    }

    /// A home whose account is on that server.
    pub fn at(server: &Server) -> Self {
        let mut home = Self::bare();
        home.env.insert("EXOTEL_ACCOUNT_SID", "demo1".into());
        home.env.insert("EXOTEL_API_KEY", "demo-key".into());
        home.env.insert("EXOTEL_API_TOKEN", "demo-token".into());
        home.move_to(server);
        home
    }

    /// The account moves to another server.
    pub fn move_to(&mut self, server: &Server) {
        self.env.insert("ROLODECK_BASE_URL", server.sim.base_url());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the home.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A CSV file that gives contacts `from..to` of the book the first name `New`.
    pub fn edits(&self, from: u64, to: u64) -> String {
        self.edits_of(&(from..to).map(sid_of).collect::<Vec<_>>())
    }

    /// A CSV file that gives these contacts the first name `New`.
    pub fn edits_of(&self, sids: &[String]) -> String {
        self.file("edits.csv", &["sid,first_name\n", &sids.join(",New\n"), ",New\n"].concat())
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    /// Runs it with this on standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let output = assert_cmd::Command::new(program())
            .args(args)
            .env_clear()
            .envs(&self.env)
            .current_dir(self.dir.path())
            .write_stdin(input)
            .timeout(Duration::from_secs(60))
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the program and leaves it running.
    pub fn start(&self, args: &[&str]) -> Running {
        self.spawn(Command::new(program()).args(args))
    }

    /// Starts it from a shell that does something first, as `ulimit` or `trap`.
    pub fn start_after(&self, first: &str, args: &[&str]) -> Running {
        self.spawn(Command::new("sh").args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]).arg(program()).args(args))
    }

    /// Starts this command as the program is started.
    pub fn spawn(&self, command: &mut Command) -> Running {
        let mut child = command
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        Running { child: Guard(child), out, err }
    }

    /// The queue as JSON lines.
    pub fn queue(&self) -> Vec<Value> {
        self.run(&["queue", "export", "--format", "jsonl"]).code(0).lines()
    }

    /// The outcomes of the last run.
    pub fn results(&self) -> Vec<Value> {
        self.run(&["results", "last", "--format", "jsonl"]).code(0).lines()
    }
}

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rolodeck"))
}

impl Ran {
    /// The same, if it ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The same, if it said this on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "not said: {text}\nstderr:\n{}", self.err);
        self
    }

    /// The same, if it wrote this on standard output.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.out.contains(text), "not shown: {text}\nstdout:\n{}", self.out);
        self
    }

    /// Standard output as JSON lines.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The outcomes of a submit, and its summary behind them.
    #[track_caller]
    pub fn outcomes(&self) -> (Vec<Value>, Value) {
        let mut lines = self.lines();
        let summary = lines.pop().expect("a summary");
        assert_eq!(summary["type"], "summary", "{summary}");
        assert!(lines.iter().all(|line| line["type"] == "outcome"));
        assert_balanced(&summary);
        (lines, summary)
    }
}

/// planned = updated + rejected + unknown + not sent.
#[track_caller]
pub fn assert_balanced(summary: &Value) {
    let n = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!(n("planned"), n("updated") + n("rejected") + n("unknown") + n("not_sent"), "{summary}");
}

/// A program under way; it is killed when the test ends.
pub struct Running {
    child: Guard,
    pub out: BufReader<std::process::ChildStdout>,
    pub err: BufReader<std::process::ChildStderr>,
}

impl Running {
    /// Waits for so many lines on standard output.
    pub fn read(&mut self, lines: usize) -> Vec<String> {
        self.out.by_ref().lines().take(lines).map(Result::unwrap).collect()
    }

    /// Waits for a line on standard error that has this in it.
    pub fn wait_for(&mut self, text: &str) {
        assert!(self.err.by_ref().lines().any(|line| line.unwrap().contains(text)), "never said: {text}");
    }

    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.0), signal).unwrap();
    }

    /// Waits for its end; gives the code and the rest of its output.
    pub fn end(mut self) -> Ran {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.err.read_to_string(&mut err).unwrap();
        Ran { code: self.child.0.wait().unwrap().code().unwrap_or(-1), out, err }
    }

    /// Closes the pipe of its standard output, and waits for its end.
    pub fn close_output(self) -> Ran {
        let Self { mut child, out, mut err } = self;
        drop(out);
        let mut said = String::new();
        err.read_to_string(&mut said).unwrap();
        Ran { code: child.0.wait().unwrap().code().unwrap_or(-1), out: String::new(), err: said }
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.0.kill().unwrap();
        self.child.0.wait().unwrap();
    }
}

/// Ends the process with the test.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
