//! The command line: every command, flag and help text.

mod book;
mod forms;
mod import;
mod queue;
mod runs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use book::{ContactsArgs, PullArgs};
pub use forms::{ExportFormat, KeepArg, ListFormat, OnConflict, ResultsFormat, RunRef, SubmitFormat};
pub use import::{ImportArgs, SourceArgs};
pub use queue::{FilterArgs, QueueCommand};
pub use runs::{ReconcileArgs, RequeueArgs, ResultsArgs, SubmitArgs, UndoArgs};

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
    /// Write the completions of a shell to standard output
    #[command(after_help = "For this session of bash: source <(rolodeck completions bash)\n\
        For good, in fish: rolodeck completions fish > ~/.config/fish/completions/rolodeck.fish")]
    Completions {
        /// The shell
        #[arg(value_name = "SHELL", value_enum)]
        shell: Shell,
    },
    /// Write the manual page of rolodeck, or of one of its commands, to standard output
    #[command(after_help = "To read it: rolodeck man queue export | man -l -")]
    Man {
        /// A command, as `submit` or `queue export`
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
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
    /// Put the edits that take a run back into the queue; nothing is sent
    Undo(UndoArgs),
    /// Read the account's contacts into the local address book
    Pull(PullArgs),
    /// List the contacts of the local address book
    Contacts(ContactsArgs),
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
            Self::Undo(_) => "undo",
            Self::Pull(_) => "pull",
            Self::Contacts(_) => "contacts",
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rstest::rstest;

    use super::*;
    use crate::domain::RunId;

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
    #[case("import f.ods --format ods")]
    #[case("import f.csv --delimiter ab")]
    #[case("import f.csv --encoding klingon")]
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
}
