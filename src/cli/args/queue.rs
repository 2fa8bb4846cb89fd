//! What the commands of the queue take.

use clap::{Args, Subcommand};

use super::forms::{ExportFormat, ResultsFormat, filter};
use crate::domain::Filter;

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
        /// The form: for people, or each problem with its edit, field, code and hint
        #[arg(long, value_enum, default_value_t)]
        format: ResultsFormat,
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
