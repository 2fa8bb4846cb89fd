//! From thousands of failures of seven causes to an empty list, by keys that the footer and the help name.

use std::process::{Command, Stdio};

use rolodeck::sim::{Scenario, Sim, SimOptions, sid_of, start};

use crate::harness::{Launch, Session};

/// Edits of the run. Four of a hundred fail.
const EDITS: u64 = 100_000;
/// The keys that dealing with all of them may take: one a second for a minute.
const KEYS: usize = 60;

/// Each contact fails once at most, so that what is mended and sent again is taken.
const SERVER: &str = r#"
[[contact]]
act = { reject = { code = 404, error_code = 1000, description = "Contact not found", message = "Not Found" } }
on = { share = 0.012, attempts = 1 }
[[contact]]
act = { reject = { code = 400, error_code = 1002, description = "Invalid parameter: email", message = "Invalid Parameter" } }
on = { share = 0.009, attempts = 1 }
[[contact]]
act = { reject = { code = 400, error_code = 1002, description = "Invalid parameter: tag", message = "Invalid Parameter" } }
on = { share = 0.006, attempts = 1 }
[[contact]]
act = { reject = { code = 409, error_code = 1008, description = "Another contact has this number", message = "Conflict" } }
on = { share = 0.005, attempts = 1 }
[[contact]]
act = { reject = { code = 409, error_code = 1008, description = "Resource was updated by another request", message = "Conflict" } }
on = { share = 0.004, attempts = 1 }
[[contact]]
act = { reject = { code = 503, error_code = 1005, description = "Service is unavailable", message = "Service Unavailable" } }
on = { share = 0.003, attempts = 1 }
[[contact]]
act = { reject = { code = 403, error_code = 1003, description = "Resource belongs to another account", message = "Forbidden" } }
on = { share = 0.002, attempts = 1 }
"#;

/// A simulator and a data directory in which the run is over.
struct Failed {
    runtime: tokio::runtime::Runtime,
    sim: Option<Sim>,
    dir: tempfile::TempDir,
}

impl Failed {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
        let scenario = Scenario::parse(SERVER).unwrap();
        let sim = runtime.block_on(start(SimOptions { contacts: EDITS, scenario, ..SimOptions::default() })).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let config = "profile = \"test\"\n[profiles.test]\nrate = 6000\nbatch_size = 500\nin_flight = 4\nbreaker = 0\n";
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        // Numbers that no contact of the book has.
        let mut csv = String::from("sid,first_name,email,number,tag\n");
        for i in 0..EDITS {
            csv += &format!("{},Asha {i},asha{i}@example.com,+9170{:08},lead\n", sid_of(i), 10_000_000 + i);
        }
        std::fs::write(dir.path().join("contacts.csv"), csv).unwrap();
        let failed = Self { runtime, sim: Some(sim), dir };
        let ran = failed.command(&["submit", failed.path("contacts.csv").as_str(), "--yes"]);
        assert_eq!(ran, Some(4), "some contacts are rejected");
        failed
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let options = SimOptions::default();
        vec![
            ("HOME", self.path("")),
            ("ROLODECK_CONFIG", self.path("config.toml")),
            ("ROLODECK_DATA_DIR", self.path("data")),
            ("ROLODECK_BASE_URL", self.sim.as_ref().unwrap().base_url()),
            ("EXOTEL_ACCOUNT_SID", options.account),
            ("EXOTEL_API_KEY", options.key),
            ("EXOTEL_API_TOKEN", options.token),
        ]
    }

    fn command(&self, args: &[&str]) -> Option<i32> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolodeck"));
        command
            .args(args)
            .env_clear()
            .envs(self.env())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().unwrap().code()
    }

    fn workstation(&self) -> Session {
        self.env()
            .iter()
            .fold(Launch::rolodeck(&[]), |launch, (name, value)| launch.env(name, value))
            .size(120, 36)
            .start()
    }
}

impl Drop for Failed {
    fn drop(&mut self) {
        if let Some(sim) = self.sim.take() {
            self.runtime.block_on(sim.stop());
        }
    }
}

/// A user who reads the screen before each key.
struct User {
    session: Session,
    typed: usize,
}

impl User {
    fn keys(&mut self, keys: &str) {
        self.typed += keys.chars().count();
        self.session.keys(keys);
    }

    /// Asks what may be done about the cause, and chooses.
    fn fix(&mut self, choice: &str) {
        self.keys("F");
        self.session.wait_for("Fix ");
        self.keys(choice);
    }

    /// Says yes to what is asked. A confirm is deaf at first: only the key that it hears counts.
    fn yes(&mut self, title: &str) {
        self.typed += 1;
        crate::workstation::say_yes(&mut self.session, title);
    }

    /// Goes to a cause; they are in the order of their numbers.
    fn on(&mut self, cause: &str) {
        self.session.wait_until(cause, |screen| {
            let lines: Vec<String> = screen.contents().lines().map(str::to_owned).collect();
            lines.iter().any(|line| line.contains('▸') && line.contains(cause))
        });
    }

    /// How many failures are left to do, of the cause under the cursor.
    fn is_done(&self, cause: &str) {
        self.session.wait_until("nothing left of the cause", |screen| {
            screen.contents().lines().any(|line| line.contains(cause) && line.contains(" · "))
        });
    }
}

#[test]
fn seven_causes_are_dealt_with_in_a_minute_of_keys() {
    let failed = Failed::new();
    let mut user = User { session: failed.workstation(), typed: 0 };
    user.session.wait_for("[1 Queue 0]");
    user.keys("2");
    user.session.wait_for("Results of run 1");
    user.keys("z");
    user.session.wait_for("left to do");

    // Contacts that are not there are dropped: the first choice.
    user.on("Contact not found");
    user.fix("\r");
    user.yes("failures of run 1?");
    user.is_done("Contact not found");

    // A field that is wrong is left out, or gets another value.
    user.keys("j");
    user.on("Invalid parameter: email");
    user.fix("l");
    user.yes("Leave email out on");
    user.is_done("Invalid parameter: email");
    user.keys("j");
    user.on("Invalid parameter: tag");
    user.fix("snew\r");
    user.yes("Set tag on");
    user.is_done("Invalid parameter: tag");
    user.keys("j");
    user.on("Another contact has this number");
    user.fix("l");
    user.yes("Leave number out on");
    user.is_done("Another contact has this number");

    // What passes by itself goes back as it is.
    user.keys("j");
    user.on("updated by another request");
    user.keys("R");
    user.yes("Requeue ");
    user.is_done("updated by another request");
    user.keys("j");
    user.on("Service is unavailable");
    user.keys("R");
    user.yes("Requeue ");
    user.is_done("Service is unavailable");
    user.keys("j");
    user.on("another account");
    user.fix("\r");
    user.yes("failures of run 1?");
    user.session.wait_for("nothing left to do");

    // All that went back is taken now.
    user.keys("W");
    user.yes("Send ");
    user.session.wait_for("Results of run 2");
    user.session.wait_for(" 1 Queue 0 ");
    user.session.wait_for("100 %  finished");
    assert!(user.typed <= KEYS, "{} keys", user.typed);
    user.session.keys("q");
    assert!(user.session.exit().success());

    let output = Command::new(env!("CARGO_BIN_EXE_rolodeck"))
        .args(["runs", "--format", "jsonl"])
        .env_clear()
        .envs(failed.env())
        .output()
        .unwrap();
    let runs: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let n = |run: &serde_json::Value, what: &str| run[what].as_u64().unwrap();
    let balances = |run: &serde_json::Value| {
        n(run, "planned") == n(run, "updated") + n(run, "rejected") + n(run, "unknown") + n(run, "not_sent")
    };
    assert!(runs.iter().all(balances), "{runs:?}");
    let (second, first) = (&runs[0], &runs[1]);
    assert!((EDITS / 30..EDITS / 20).contains(&n(first, "rejected")), "about four of a hundred failed: {first}");
    assert_eq!(n(second, "planned"), n(second, "updated"), "what was mended is taken: {second}");
}
