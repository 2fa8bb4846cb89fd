//! What the work costs: imports and submits by the built program, against a simulator in a process of its own; and what the
//! workstation costs its user and the line.
//!
//! ```sh
//! cargo bench                                          # all jobs, a million edits each
//! cargo bench -- submit --edits 100000 --rounds 5
//! cargo bench -- --against OTHER --baselines SCRIPT    # other programs, run in turn with this one
//! ```
//!
//! Absolute figures move between machines, and on a busy one from minute to minute. So rivals run in turn with
//! the program, round by round, and what counts is the median of the ratios of neighbours. `--against` takes another build of
//! rolodeck. `--baselines` takes a Python script that sends the same file by other means: it is called as
//! `SCRIPT KIND URL CSV BATCH IN_FLIGHT` and prints one line of JSON with `contacts_per_s`, `cpu_s` and `rss_mib`.

#[path = "../pty/harness.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the terminal of the tests"
)]
mod harness;
mod jobs;
mod measure;
mod results;
mod screen;
mod server;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// A fault of the bench ends it with its message.
type Fallible<T> = Result<T, Box<dyn Error>>;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Job {
    /// A file of edits into an empty queue
    Import,
    /// The whole queue to a server that answers at once
    Submit,
    /// A tenth of the edits to a server that takes 150 ms for each answer
    Paced,
    /// A run of so many edits looked at: its rows, causes, filters, orders and exports
    Results,
    /// Commands that should end before anybody has noticed, beside a long queue
    Start,
    /// The workstation on a terminal, beside a long queue
    Screen,
}

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Measures what imports, submits and the workstation cost")]
struct Options {
    /// The jobs; all, if none is named
    #[arg(value_enum)]
    jobs: Vec<Job>,
    /// Edits in the queue
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    edits: u64,
    /// How often each program does each job
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Another build of rolodeck to compare with
    #[arg(long, value_name = "PROGRAM")]
    against: Option<PathBuf>,
    /// A Python script that submits by other means
    #[arg(long, value_name = "SCRIPT")]
    baselines: Option<PathBuf>,
    /// The kinds of client that the script is asked for
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', default_value = "requests,aiohttp")]
    kinds: Vec<String>,
    /// The Python that runs the script
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Be the simulator of another bench, with answers that take so many milliseconds
    #[arg(long, value_name = "MS", hide = true)]
    serve: Option<u64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Fallible<()> {
    let options = Options::parse();
    match options.serve {
        Some(latency) => server::serve(latency, options.edits),
        None => jobs::run(&options),
    }
}
