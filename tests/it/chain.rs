//! A chain of runs: sent, requeued, sent, requeued, read back and taken back. After each step every book balances, in the
//! history, in each form of the results, and between runs and queue.

use std::collections::BTreeMap;

use rolodeck::sim::sid_of;
use serde_json::{Value, json};

use crate::harness::{FAST, Home, Ran, Server, assert_balanced};

/// The first batch is taken twice and never answered (among the 17 requests of the first run); three contacts are refused, and one of them once more, for another
/// reason.
const SERVER: &str = r#"
[[request]]
act = "reset_after"
on = { contacts = [2], until = 17 }
[[contact]]
act = { reject = { code = 404, error_code = 1000, description = "Contact not found", message = "Not Found" } }
on = { contacts = [4, 7, 10], attempts = 1 }
[[contact]]
act = { reject = { code = 409, error_code = 1008, description = "Another contact has this number", message = "Conflict" } }
on = { contacts = [10], attempts = 2 }
"#;

/// Updated, rejected, unknown and not sent.
type Books = [u64; 4];

const STATUSES: [&str; 4] = ["updated", "rejected", "unknown", "not_sent"];

struct Chain {
    home: Home,
    config: String,
}

impl Chain {
    fn run(&self, args: &[&str]) -> Ran {
        self.home.run(&[args, &["--config", &self.config]].concat())
    }

    fn submit(&self, args: &[&str]) -> Ran {
        self.run(&[&["submit", "--yes", FAST, "--batch-size=3", "--in-flight=1"], args].concat())
    }

    /// The books of every run, the first one first, and how many edits wait: as every form of them says.
    #[track_caller]
    fn assert_books(&self, books: &[Books], queued: usize) {
        let runs = self.run(&["runs", "--format=jsonl"]).code(0).lines();
        assert_eq!(runs.len(), books.len());
        for (run, wanted) in (1..).zip(books) {
            let summary = runs.iter().find(|line| line["run"] == json!(run)).unwrap();
            assert_balanced(summary);
            let said = STATUSES.map(|status| summary[status].as_u64().unwrap());
            assert_eq!(said, *wanted, "run {run} in the history");
            assert_eq!(self.counted(run), *wanted, "results of run {run}");
            assert_eq!(self.exported(run), *wanted, "run {run} as CSV");
        }
        assert_eq!(self.home.queue().len(), queued);
    }

    /// The outcomes of a run, counted one by one.
    fn counted(&self, run: u64) -> Books {
        let results = self.run(&["results", &run.to_string(), "--format=jsonl"]).code(0).lines();
        books_of(results.iter().map(|line| line["status"].as_str().unwrap()))
    }

    /// The same from the file that a spreadsheet opens.
    fn exported(&self, run: u64) -> Books {
        let text = self.run(&["results", &run.to_string(), "--format=csv"]).code(0).out;
        let (header, rows) = text.split_once('\n').unwrap();
        let at = header.trim_end().split(',').position(|name| name == "_status").unwrap();
        books_of(rows.lines().map(|row| row.split(',').nth(at).unwrap()))
    }

    /// What became of each contact last: of those that several runs sent, in the last of them.
    fn ends(&self, runs: u64) -> BTreeMap<String, String> {
        let results = (1..=runs).flat_map(|run| self.run(&["results", &run.to_string(), "--format=jsonl"]).lines());
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        results.map(|line| (text(&line, "sid"), text(&line, "status"))).collect()
    }
}

fn books_of<'s>(statuses: impl Iterator<Item = &'s str>) -> Books {
    let mut books = Books::default();
    for status in statuses {
        books[STATUSES.iter().position(|known| *known == status).unwrap()] += 1;
    }
    books
}

#[test]
fn the_books_balance_over_a_chain_of_requeues_a_reconcile_and_an_undo() {
    let server = Server::told(SERVER);
    let home = Home::at(&server);
    let config = home.file("c.toml", "[profiles.default]\nread_rate = 100000\nmax_attempts = 2\nbackoff_ms = 1\n");
    let file = home.edits(0, 12);
    let before: Vec<_> = (0..12).map(|i| server.first_name(&sid_of(i))).collect();
    let chain = Chain { home, config };

    chain.submit(&[&file, "--snapshot"]).code(5);
    chain.assert_books(&[[6, 3, 3, 0]], 0);

    chain.run(&["requeue", "1", "--filter", "status:rejected"]).code(0);
    chain.assert_books(&[[6, 3, 3, 0]], 3);

    chain.submit(&[]).code(4);
    chain.assert_books(&[[6, 3, 3, 0], [2, 1, 0, 0]], 0);

    chain.run(&["requeue", "2"]).code(0);
    chain.submit(&[]).code(0);
    chain.assert_books(&[[6, 3, 3, 0], [2, 1, 0, 0], [1, 0, 0, 0]], 0);

    chain.run(&["reconcile", "1"]).code(0);
    let books = [[9, 3, 0, 0], [2, 1, 0, 0], [1, 0, 0, 0]];
    chain.assert_books(&books, 0);
    assert!(chain.ends(3).len() == 12 && chain.ends(3).values().all(|status| status == "updated"));

    chain.run(&["undo", "1"]).code(0);
    chain.assert_books(&books, 9);
    chain.submit(&[]).code(0);
    chain.assert_books(&[books[0], books[1], books[2], [9, 0, 0, 0]], 0);
    let after = |i: u64| server.first_name(&sid_of(i));
    for i in 0..12 {
        let wanted = if [4, 7, 10].contains(&i) { Some(String::from("New")) } else { before[i as usize].clone() };
        assert_eq!(after(i), wanted, "contact {i}");
    }
}
