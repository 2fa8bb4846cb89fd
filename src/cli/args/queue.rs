//! What the commands of the queue take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::forms::{ExportFormat, ResultsFormat, filter, input_format, mapping};
use crate::domain::Filter;
use crate::intake::Format;

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
