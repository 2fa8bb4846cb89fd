//! What the commands of runs take.

use std::path::PathBuf;

use clap::Args;

use super::forms::{ResultsFormat, RunRef, SubmitFormat, run_ref};
use super::{FilterArgs, SourceArgs};

/// What `submit` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct SubmitArgs {
    /// Import this file (`-` is standard input) and send only the contacts it names
    #[arg(
        value_name = "FILE|-",
        long_help = "Import this file (`-` is standard input) into the queue and send the edits of the contacts it \
            names; other edits stay queued. Where a contact had an edit in the queue already, the two are sent as one."
    )]
    pub file: Option<PathBuf>,
    /// How FILE is read.
    #[command(flatten)]
    pub source: SourceArgs,
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
    /// Read each contact before it is sent: `undo` can take the run back, and no change of others is overwritten
    #[arg(long)]
    pub snapshot: bool,
    /// Go on with the last run that did not end; when there is none, with the queue and what the last run left unknown
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
    /// Write what a support ticket needs into this new folder instead: request ids, times, codes; values as hashes
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["format", "filter"])]
    pub evidence: Option<PathBuf>,
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

/// What `undo` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Each contact is read first, at read_rate. One that is still as the run left it gets an edit that sets\n\
        its values from before the run again. The others are listed and left alone. What a contact was before is\n\
        known where the run was sent with --snapshot (snapshot = true in the profile).\n\n\
        Exit codes: 0 all that the run updated is taken back; 4 some contacts are left alone; 6 the\n\
        contacts could not be read; 8 nothing is known of the contacts before the run."
)]
pub struct UndoArgs {
    /// The number of a run
    #[arg(value_name = "RUN|last", value_parser = run_ref)]
    pub run: RunRef,
    /// Do not read the contacts: take them to be as the run left them
    #[arg(long)]
    pub unread: bool,
    /// The form of the list of contacts that are left alone
    #[arg(long, value_enum, default_value_t)]
    pub format: SubmitFormat,
}
