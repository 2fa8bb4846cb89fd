//! What the commands of the queue take.

use clap::{Args, Subcommand};

use super::forms::{ExportFormat, KeepArg, ResultsFormat, SubmitFormat, filter};
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
    /// Decide about edits that were held back since others changed their contacts
    #[command(
        after_help = "A run that reads each contact before it is sent (--snapshot) holds back an edit that would overwrite\n\
        what somebody changed since. It stays queued, and no submit sends it until it is decided: with --keep mine\n\
        it is sent as it is, with --keep theirs it leaves alone what was changed. An edit that is given another\n\
        value there is decided as well.\n\n\
        Exit codes: 0 none is open; 4 some are open."
    )]
    Conflicts {
        /// Which edits.
        #[command(flatten)]
        which: FilterArgs,
        /// Decide about all of these
        #[arg(long, value_enum, value_name = "WHOSE")]
        keep: Option<KeepArg>,
        /// The form of the list
        #[arg(long, value_enum, default_value_t)]
        format: SubmitFormat,
    },
    /// Move a damaged database aside, whole; the next command starts with an empty queue
    SetAside,
}
