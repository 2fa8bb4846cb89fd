//! The command line: every command, flag and help text.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::{Filter, RunId};
use crate::intake::Format;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "rolodeck",
    version,
    about = "A terminal workstation for bulk edits of Exotel contacts",
    long_about = "A terminal workstation for bulk edits of Exotel contacts.\n\n\
        Without a command it opens the workstation. The commands do the same work for scripts: data goes to\n\
        standard output, talk to standard error, and nothing is asked without a terminal.",
    after_help = "Exit codes: 0 done, 2 usage, 3 configuration, 4 some rejected, 5 some unknown,\n\
        6 nothing could be sent, 7 storage, 8 input refused, 70 a bug, 130 interrupted.",
    disable_help_subcommand = true
)]
pub struct CommandLine {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; nothing means the workstation.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The profile of the config file to work with
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub profile: Option<String>,
    /// The config file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// The directory of the queue and the history
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub data_dir: Option<PathBuf>,
    /// Say more on standard error
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it out: the workstation on the built-in simulator, with its data in a temporary directory
    Demo(DemoArgs),
    /// Those that work on the data directory.
    #[command(flatten)]
    Work(Work),
    /// Run the simulator of the contacts API alone, on this machine's loopback
    Sim(SimArgs),
}

/// The commands that work on the data directory.
#[derive(Debug, Subcommand)]
pub enum Work {
    /// Put the edits of a file into the queue
    Import(ImportArgs),
    /// Look at the queue, write it out, check it or empty it
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Send the queue, or the edits of a file
    Submit(SubmitArgs),
    /// List the runs, newest first
    Runs {
        /// The form of the list
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Show what became of every edit of a run
    Results(ResultsArgs),
    /// Put failed edits of a run back in the queue
    Requeue(RequeueArgs),
    /// List every key and what it does, with those of the config file
    Keys {
        /// The form of the list
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Settle the unknown outcomes of a run by reading the contacts back
    Reconcile(ReconcileArgs),
    /// List the themes with a sample of each: the program's own, and those beside the config file
    Themes,
    /// Write, check, find or show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

impl Work {
    /// The command's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Import(_) => "import",
            Self::Queue(_) => "queue",
            Self::Submit(_) => "submit",
            Self::Runs { .. } => "runs",
            Self::Results(_) => "results",
            Self::Requeue(_) => "requeue",
            Self::Keys { .. } => "keys",
            Self::Reconcile(_) => "reconcile",
            Self::Themes => "themes",
            Self::Config(_) => "config",
        }
    }
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Contacts in the simulated address book
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub contacts: u64,
    /// Sample edits in the queue
    #[arg(long, value_name = "N", default_value_t = 240)]
    pub edits: u64,
    /// How the simulated server behaves: a built-in scenario (`list` shows them) or a scenario file
    #[arg(long, value_name = "NAME|FILE", default_value = "demo")]
    pub scenario: String,
    /// Milliseconds that each answer takes, whatever the scenario says
    #[arg(long, value_name = "MS")]
    pub latency: Option<u64>,
}

/// Where edits are read from.
#[derive(Debug, Clone, Default, Args)]
pub struct SourceArgs {
    /// The form of the file; else its name and content tell
    #[arg(long = "format", value_name = "csv|json|jsonl", value_parser = input_format)]
    pub format: Option<Format>,
    /// Take a column for a field, `custom_field.KEY` or `sid`; `-` leaves it out
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = mapping)]
    pub map: Vec<(String, String)>,
}

/// What `import` takes.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A CSV, TSV, JSON or JSON lines file; `-` is standard input
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// How to read it.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Read and check the file, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which edits a command is about.
#[derive(Debug, Clone, Default, Args)]
pub struct FilterArgs {
    /// Only these, as `tag:vip -email:` or `status:rejected code:404`
    #[arg(long, value_name = "EXPR", value_parser = filter, allow_hyphen_values = true)]
    pub filter: Option<Filter>,
}

/// What to do with the queue.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// List the queued edits
    List {
        /// Which edits.
        #[command(flatten)]
        which: FilterArgs,
        /// The form; all but the table are those of `queue export`
        #[arg(long, value_enum, default_value_t)]
        format: ResultsFormat,
    },
    /// Write the queued edits to standard output, so that they can be imported again
    Export {
        /// Which edits.
        #[command(flatten)]
        which: FilterArgs,
        /// The form
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
    },
    /// List what is wrong with the queued edits; exit code 8 when some cannot be sent
    Validate {
        /// Which edits.
        #[command(flatten)]
        which: FilterArgs,
    },
    /// Take edits out of the queue; the workstation can undo it
    Clear {
        /// Which edits.
        #[command(flatten)]
        which: FilterArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Move a damaged database aside, whole; the next command starts with an empty queue
    SetAside,
}

/// What `submit` takes.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// Import this file (`-` is standard input) and send only the contacts it names
    #[arg(
        value_name = "FILE|-",
        long_help = "Import this file (`-` is standard input) into the queue and send the edits of the contacts it \
            names; other edits stay queued. Where a contact had an edit in the queue already, the two are sent as one."
    )]
    pub file: Option<PathBuf>,
    /// Take a column of FILE for a field; `-` leaves it out
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = mapping, requires = "file")]
    pub map: Vec<(String, String)>,
    /// Which edits.
    #[command(flatten)]
    pub which: FilterArgs,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Contacts in a request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub batch_size: Option<u32>,
    /// Requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: Option<u32>,
    /// Requests under way at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    pub in_flight: Option<u32>,
    /// Send this many contacts first, and the others only when these came back as wanted; 0: none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub canary: Option<u32>,
    /// End when more than this percentage of the last contacts failed; 0: never
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(..=100))]
    pub breaker: Option<u32>,
    /// Go on with the last run that did not end; with the queue when there is none
    #[arg(long, conflicts_with = "file")]
    pub resume: bool,
    /// The form of the outcomes
    #[arg(long, value_enum, default_value_t)]
    pub format: SubmitFormat,
}

/// What `results` takes.
#[derive(Debug, Args)]
pub struct ResultsArgs {
    /// The number of a run
    #[arg(value_name = "RUN|last", default_value = "last", value_parser = run_ref)]
    pub run: RunRef,
    /// Which results.
    #[command(flatten)]
    pub which: FilterArgs,
    /// The form
    #[arg(long, value_enum, default_value_t)]
    pub format: ResultsFormat,
}

/// What `requeue` takes.
#[derive(Debug, Args)]
pub struct RequeueArgs {
    /// The number of a run
    #[arg(value_name = "RUN|last", default_value = "last", value_parser = run_ref)]
    pub run: RunRef,
    /// Which results; without it every failed one.
    #[command(flatten)]
    pub which: FilterArgs,
}

/// What `reconcile` takes.
#[derive(Debug, Args)]
#[command(after_help = "A contact that is as wanted makes its edit updated. Any other edit goes back in the queue\n\
        as not sent, unless a later edit of its contact was sent. Nothing is written to the server.\n\n\
        Exit codes: 0 nothing is unknown any more, even if some edits are queued again; 5 some are\n\
        still unknown; 6 stopped (sign-in, connection).")]
pub struct ReconcileArgs {
    /// The number of a run
    #[arg(value_name = "RUN|last", default_value = "last", value_parser = run_ref)]
    pub run: RunRef,
    /// The form of the outcomes
    #[arg(long, value_enum, default_value_t)]
    pub format: SubmitFormat,
}

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Write a config file with every key, its default and what it does; an existing file is left alone
    Init,
    /// Check the config file, the profile and where its credentials come from
    Check,
    /// Print where the config file and the data are
    Path,
    /// Print the settings in use
    Show,
}

/// What `sim` takes.
#[derive(Debug, Args)]
pub struct SimArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Contacts in the address book
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub contacts: u64,
    /// How it behaves: a built-in scenario (`list` shows them) or a scenario file
    #[arg(long, value_name = "NAME|FILE", default_value = "calm")]
    pub scenario: String,
    /// Chooses whom the faults hit
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Milliseconds that each answer takes, whatever the scenario says
    #[arg(long, value_name = "MS")]
    pub latency: Option<u64>,
    /// The account it serves
    #[arg(long, value_name = "SID", default_value = "demo1")]
    pub account: String,
    /// Write a line of JSON for each request to this file
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// A run by its number, or the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunRef {
    /// The newest.
    Last,
    /// That one.
    Number(RunId),
}

/// Forms of `queue export`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A table with a header
    #[default]
    Csv,
    /// One array
    Json,
    /// One object a line
    Jsonl,
}

/// Forms of `submit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SubmitFormat {
    /// A table of what failed, and a summary
    #[default]
    Human,
    /// One outcome a line as it comes, then a summary line
    Jsonl,
}

/// Forms of `runs` and `keys`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    #[default]
    Human,
    /// One array
    Json,
    /// One object a line
    Jsonl,
}

/// Forms of `results` and `queue list`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ResultsFormat {
    /// A table
    #[default]
    Human,
    /// A table with a header, that can be imported again
    Csv,
    /// One array
    Json,
    /// One outcome a line
    Jsonl,
}

fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text)
        .map_err(|e| format!("at character {}: {}", text.get(..e.at).unwrap_or(text).chars().count() + 1, e.message))
}

fn input_format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| "csv, json and jsonl can be read".to_owned())
}

fn mapping(text: &str) -> Result<(String, String), String> {
    // The field has no `=` in its name, a column may.
    let (column, field) = text.rsplit_once('=').ok_or("write COLUMN=FIELD, as Mobile=number")?;
    Ok((column.to_owned(), field.to_owned()))
}

fn run_ref(text: &str) -> Result<RunRef, String> {
    if text == "last" {
        return Ok(RunRef::Last);
    }
    let number = text.parse().map_err(|_| "write a run's number, as `rolodeck runs` lists them, or `last`")?;
    Ok(RunRef::Number(RunId(number)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rstest::rstest;

    use super::*;

    fn parse(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(std::iter::once("rolodeck").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[rstest]
    #[case("submit --batch-size 0")]
    #[case("submit --batch-size 5001")]
    #[case("submit --rate 0")]
    #[case("submit --in-flight 51")]
    #[case("submit f.csv --resume")]
    #[case("submit --map A=tag")]
    #[case("results first")]
    #[case("queue")]
    #[case("queue list --filter (")]
    #[case("import f.csv --map Mobile")]
    #[case("import f.xlsx --format xlsx")]
    #[case("nonsense")]
    #[case("results --filter -")]
    fn wrong_usage_is_exit_2(#[case] line: &str) {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn global_flags_stand_anywhere() {
        let line = parse("results 7 --profile p --data-dir /d").unwrap();
        assert_eq!(line.global.profile.as_deref(), Some("p"));
        assert!(matches!(
            line.command,
            Some(Command::Work(Work::Results(ResultsArgs { run: RunRef::Number(RunId(7)), .. })))
        ));
    }

    #[test]
    fn a_column_may_have_an_equals_sign() {
        assert_eq!(mapping("a=b=tag"), Ok(("a=b".into(), "tag".into())));
    }
}
