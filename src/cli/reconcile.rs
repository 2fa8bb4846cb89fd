//! `rolodeck reconcile`: what became of the unknown edits of a run, by reading their contacts back.
//!
//! It writes nothing to the server, so it asks nothing and works with a `read_only` profile. What is read is recorded
//! contact by contact: interrupted, it goes on where it was.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;

use super::args::{ReconcileArgs, SubmitFormat};
use super::connect::{client, read_policy};
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::report::summary_line;
use super::session::{Session, find_run};
use super::submit::{Printer, Rows, Signals, cure, listen};
use crate::config::{Profile, sign_in};
use crate::domain::{RunId, RunState, Totals};
use crate::engine::{self, RunReport, RunSpec};
use crate::store::{Reader, RunSummary};
use crate::support::text::{counted, harmless};

/// Reads the contacts of unknown edits back and settles the edits.
pub(super) async fn reconcile(session: &Session, args: &ReconcileArgs) -> Result<Exit, Error> {
    let (_, profile) = session.settings()?;
    let (store, reader) = session.open()?;
    let _lock = store.lock_submitter()?;
    let before = find_run(&reader, args.run)?;
    let run = before.run;
    let log = store.reconcile(run)?;
    if log.edits() == 0 {
        return nothing_unknown(&before, args.format);
    }
    same_account(&before, &profile)?;
    let client = client(&profile, sign_in(&profile, &session.env, Stdio::inherit()).await?)?;
    // Heard before a word is said, so that a signal never ends the process in its middle.
    let signals = Signals::listen()?;
    let reads = counted(log.edits().into(), "contact");
    say(&format!(
        "reading {reads} of run {run} back from account {}, at {} reads a minute.",
        profile.account_sid, profile.read_rate
    ));
    let printer = Printer::new(store.reader()?, run, Rows::ReadBack(log.seqs()), args.format, session.verbose);
    let spec = RunSpec { run, planned: log.edits().into(), batches: log.edits() };
    let handle = engine::reconcile(spec, Arc::new(client), Arc::new(log), read_policy(&profile, run));
    let report = listen(handle, move |events| printer.print(events), signals).await?;
    let after = books(&reader, run)?;
    conclude(&report, after.not_sent - before.totals.not_sent, store.reconcile(run)?.edits().into())
}

/// What another account or another server says of these contacts proves nothing.
pub(super) fn same_account(run: &RunSummary, profile: &Profile) -> Result<(), Error> {
    if (run.account.as_str(), run.base_url.as_str()) == (profile.account()?, profile.base_url.as_str()) {
        return Ok(());
    }
    Err(Error::new(
        Exit::Config,
        format!(
            "run {} was sent to account {} at {}, and profile `{}` is account {} at {}; nothing was read. Choose the \
             profile of the run (it was `{}`) with --profile",
            run.run, run.account, run.base_url, profile.name, profile.account_sid, profile.base_url, run.profile
        ),
    ))
}

fn books(reader: &Reader, run: RunId) -> Result<Totals, Error> {
    Ok(reader.run(run)?.map(|run| run.totals).unwrap_or_default())
}

fn nothing_unknown(run: &RunSummary, format: SubmitFormat) -> Result<Exit, Error> {
    let queued = match run.totals.unknown {
        0 => "",
        _ => " that is not back in the queue already",
    };
    say(&format!("run {} has no unknown outcome{queued}: nothing to read back.", run.run));
    if format == SubmitFormat::Jsonl {
        let mut out = data();
        writeln!(out, "{}", summary_line(Some(run.run), run.totals, [0; 3]))?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

/// The exit code, with advice. `back` edits went into the queue, and `unknown` ones stay as they were.
fn conclude(report: &RunReport, back: u64, unknown: u64) -> Result<Exit, Error> {
    let RunReport { run, cause, .. } = report;
    if back > 0 {
        say(&format!(
            "{} not as wanted, and back in the queue: `rolodeck submit` sends again.",
            counted(back, "contact")
        ));
    }
    let cause = harmless(cause.as_deref().unwrap_or("no reason given"));
    let stay = format!("{} still unknown", counted(unknown, "edit"));
    let failed = |exit, message| Err(Error::new(exit, message));
    match report.state {
        RunState::Stopped => failed(
            Exit::NothingSent,
            format!("the reading back of run {run} was stopped: {cause}; {stay}{}", cure(&cause)),
        ),
        RunState::Cancelled => failed(
            Exit::Interrupted,
            format!("the reading back of run {run} was interrupted: {stay}; go on with `rolodeck reconcile {run}`"),
        ),
        RunState::Broken if report.alarm.is_some() => failed(Exit::Bug, format!("run {run}: {cause}; {stay}")),
        RunState::Broken => failed(Exit::Storage, format!("what was read could not be recorded: {cause}; {stay}")),
        _ if unknown > 0 => {
            say(&format!("{stay}: see `rolodeck results {run} --filter status:unknown`."));
            Ok(Exit::Unknown)
        }
        _ => Ok(Exit::Done),
    }
}
