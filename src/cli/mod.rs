//! The command line: the same work as the workstation's, for scripts and for one-off jobs.
//!
//! Owns the arguments, the exit codes, the words on standard error and the forms of data on standard output.
//! It never decides what became of an edit, reads no environment, and asks nothing without a terminal. It talks to
//! the store, the importers, the client and the engine below it, and to the user through `console`. It fails
//! with an [`Error`]: a message that says what, where and what to do, and an [`Exit`] for the shell.

mod args;
mod conflicts;
mod connect;
mod console;
mod contacts;
mod error;
mod exit;
mod faults;
mod history;
mod import;
mod keys;
mod manual;
mod overlay;
mod plan;
mod pull;
mod queue;
mod reconcile;
mod report;
mod session;
mod settings;
mod source;
mod submit;
mod themes;
mod undo;

pub use args::{Command, CommandLine, DemoArgs, Global, SimArgs, Work};
pub use connect::{batch_policy, clear_as, client, read_policy, run_policy};
pub use console::{complain, data, say};
pub use error::Error;
pub use exit::Exit;
pub use manual::{completions, man};
pub use session::{Session, rules};
pub use source::finder;

/// Runs a command.
pub async fn run(session: &Session, command: &Work) -> Result<Exit, Error> {
    match command {
        Work::Import(args) => import::import(session, args).await,
        Work::Queue(command) => queue::queue(session, command).await,
        Work::Submit(args) => submit::submit(session, args).await,
        Work::Runs { format } => history::runs(session, *format),
        Work::Results(args) => history::results(session, args),
        Work::Requeue(args) => history::requeue(session, args).await,
        Work::Keys { format } => keys::keys(session, *format),
        Work::Reconcile(args) => reconcile::reconcile(session, args).await,
        Work::Undo(args) => undo::undo(session, args).await,
        Work::Pull(args) => pull::pull(session, args).await,
        Work::Contacts(args) => contacts::contacts(session, args),
        Work::Themes => themes::themes(session),
        Work::Config(command) => settings::config(session, *command).await,
    }
}
