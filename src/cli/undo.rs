//! `rolodeck undo`: the edits that take a run back, laid into the queue. Nothing is sent.
//!
//! Only a contact that is still as the run left it is taken back, so each is read first; that writes nothing, and works with
//! a `read_only` profile. `--unread` spares the reads and takes the contacts to be as the run left them.

use std::collections::HashMap;
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use serde::Serialize;

use super::args::{SubmitFormat, UndoArgs};
use super::connect::{client, read_policy};
use super::console::{Progress, data, say};
use super::error::Error;
use super::exit::Exit;
use super::reconcile::same_account;
use super::report::{Column, Table};
use super::session::{Session, find_run};
use super::submit::{Signals, listen};
use crate::config::sign_in;
use crate::domain::{RunId, RunState, Sid};
use crate::engine::{self, EngineEvent, RunSpec};
use crate::store::{Now, Present, Reader, RunSummary, Skip, Store, UndoReport};
use crate::support::text::{count, counted, harmless, harmless_json};

const SKIPPED: [Column; 2] = [Column::text("SID", 32), Column::text("LEFT ALONE BECAUSE", 40)];

/// Builds the edits that take a run back.
pub(super) async fn undo(session: &Session, args: &UndoArgs) -> Result<Exit, Error> {
    let (store, reader) = session.open()?;
    let run = find_run(&reader, args.run)?;
    if run.state == RunState::Running {
        return Err(Error::new(Exit::Storage, format!("run {} is under way: wait for its end, or cancel it", run.run)));
    }
    let present = if args.unread { HashMap::new() } else { read(session, &store, &reader, &run).await? };
    let mut plan = reader.plan_undo(run.run, &present)?;
    let is_blind = plan.is_blind();
    let assumed = plan.assumed();
    let laid = store.undo_run(run.run, std::mem::take(&mut plan.back)).await?;
    let done = Done { run: run.run, laid, assumed, restored: plan.restored, skipped: plan.skipped };
    print(&done, args.format)?;
    if is_blind { Err(blind(done.run)) } else { Ok(conclude(&done)) }
}

/// What was done.
struct Done {
    run: RunId,
    laid: UndoReport,
    assumed: u64,
    restored: u64,
    skipped: Vec<(Sid, Skip)>,
}

/// Reads the contacts that would be taken back.
async fn read(session: &Session, store: &Store, reader: &Reader, run: &RunSummary) -> Result<HashMap<u64, Now>, Error> {
    let undoable = reader.undoable(run.run)?;
    if undoable.is_empty() {
        return Ok(HashMap::new());
    }
    let (_, profile) = session.settings()?;
    same_account(run, &profile)?;
    let client = client(&profile, sign_in(&profile, &session.env, Stdio::inherit()).await?)?;
    // Nothing is sent meanwhile that would make old news of what is read.
    let _lock = store.lock_submitter()?;
    let signals = Signals::listen()?;
    let contacts = counted(undoable.len() as u64, "contact");
    say(&format!(
        "reading {contacts} of run {} from account {}, at {} reads a minute.",
        run.run, profile.account_sid, profile.read_rate
    ));
    let present = Arc::new(Present::new(run.run, undoable));
    let spec = RunSpec { run: run.run, planned: present.contacts().into(), batches: present.contacts() };
    let handle = engine::read(spec, Arc::new(client), Arc::clone(&present), read_policy(&profile, run.run));
    let show = |events: &_| {
        show_progress(events);
        Ok(())
    };
    let report = listen(handle, show, signals).await?;
    let cause = harmless(report.cause.as_deref().unwrap_or("no reason given")).into_owned();
    match report.state {
        RunState::Finished => Ok(present.seen()),
        RunState::Cancelled => Err(Error::new(Exit::Interrupted, "nothing was queued")),
        RunState::Stopped => {
            Err(Error::new(Exit::NothingSent, format!("the contacts could not be read: {cause}; nothing was queued")))
        }
        _ => Err(Error::new(Exit::Bug, format!("the contacts could not be read: {cause}; nothing was queued"))),
    }
}

fn show_progress(events: &Receiver<EngineEvent>) {
    let mut progress = Progress::new();
    while let Ok(event) = events.recv() {
        let (read, all) = (event.totals.settled(), event.totals.planned);
        progress.show(&format!("{} of {} read", count(read), counted(all, "contact")));
    }
    progress.clear();
}

#[derive(Serialize)]
struct SkippedLine<'a> {
    r#type: &'static str,
    run: i64,
    sid: &'a str,
    why: &'static str,
    description: String,
}

#[derive(Serialize)]
struct UndoLine {
    r#type: &'static str,
    run: i64,
    queued: u64,
    merged: u64,
    already: u64,
    restored: u64,
    assumed: u64,
    skipped: u64,
}

/// Lists the contacts that are left alone, and says what was queued.
fn print(done: &Done, format: SubmitFormat) -> Result<(), Error> {
    let mut out = data();
    let &Done { run, laid: UndoReport { queued, merged, already }, assumed, restored, .. } = done;
    let skipped = done.skipped.len() as u64;
    match format {
        SubmitFormat::Human => {
            let mut table = Table::new(&mut out, &SKIPPED);
            done.skipped.iter().try_for_each(|(sid, why)| table.row(&[sid.as_str(), &why.in_words()]))?;
        }
        SubmitFormat::Jsonl => {
            for (sid, why) in &done.skipped {
                let (why, description) = (Skip::name(why), why.in_words());
                let line = SkippedLine { r#type: "skipped", run: run.0, sid: sid.as_str(), why, description };
                line_of(&mut out, &line)?;
            }
            let run = run.0;
            line_of(&mut out, &UndoLine { r#type: "undo", run, queued, merged, already, restored, assumed, skipped })?;
        }
    }
    out.flush()?;
    Ok(())
}

fn line_of(out: &mut impl Write, line: &impl Serialize) -> Result<(), Error> {
    Ok(writeln!(out, "{}", harmless_json(serde_json::to_string(line).unwrap_or_default()))?)
}

/// Nothing is known of the contacts from before the run.
fn blind(run: RunId) -> Error {
    Error::new(
        Exit::Refused,
        format!(
            "run {run} can't be undone: it is not known what its contacts were before it. Next time \
             `rolodeck submit --snapshot`, or snapshot = true in the profile, reads each contact before it is sent"
        ),
    )
}

/// The exit code, with what was done in words.
fn conclude(done: &Done) -> Exit {
    let Done { run, laid, assumed, restored, skipped } = done;
    let parts = [
        (laid.queued, "queued"),
        (laid.merged, "joined to edits queued already, whose values stay"),
        (laid.already, "queued before"),
        (*restored, "as before the run already"),
        (skipped.len() as u64, "left alone"),
    ];
    let parts: Vec<_> =
        parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(n))).collect();
    say(&match parts.as_slice() {
        [] => format!("run {run} updated nothing: there is nothing to undo."),
        parts => format!("undo of run {run}: {}.", parts.join(", ")),
    });
    if *assumed > 0 {
        say(&format!(
            "{} taken to be as the run left them, unread; `rolodeck submit --snapshot` looks at each before it is sent.",
            counted(*assumed, "contact")
        ));
    }
    if laid.queued + laid.merged + laid.already > 0 {
        say("nothing is sent yet: `rolodeck submit` sends it, `u` in the workstation takes it out of the queue.");
    }
    if skipped.is_empty() { Exit::Done } else { Exit::Rejected }
}
