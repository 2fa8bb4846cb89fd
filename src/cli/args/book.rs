//! What the commands of the address book take.

use clap::Args;

use super::forms::ResultsFormat;
use super::queue::FilterArgs;

/// What `pull` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "It reads 20 contacts a request, paced by `read_rate`, and writes nothing to the server. Where it\n\
        stops, by a signal or a failure, `--resume` goes on. Contacts that the server does not have any more\n\
        are marked as gone, and kept.\n\n\
        Exit codes: 0 all of it was read; 6 stopped (sign-in, connection); 130 interrupted."
)]
pub struct PullArgs {
    /// Only the contacts of this list of the account, by its SID or its name
    #[arg(long, value_name = "SID")]
    pub list: Option<String>,
    /// Go on with the last pull that did not come to its end
    #[arg(long)]
    pub resume: bool,
    /// Read only what changed since the last pull, where the server sorts by that; deletions are not seen
    #[arg(long, conflicts_with_all = ["list", "resume"])]
    pub changes: bool,
}

/// What `contacts` takes.
#[derive(Debug, Args)]
pub struct ContactsArgs {
    /// Which contacts.
    #[command(flatten)]
    pub which: FilterArgs,
    /// Only the contacts of this list, by its SID or its name, as it was pulled
    #[arg(long, value_name = "SID")]
    pub list: Option<String>,
    /// The contacts that the server does not have any more, in place of the others
    #[arg(long)]
    pub gone: bool,
    /// List the account's lists
    #[arg(long, conflicts_with_all = ["filter", "list", "gone"])]
    pub lists: bool,
    /// The form
    #[arg(long, value_enum, default_value_t)]
    pub format: ResultsFormat,
}
