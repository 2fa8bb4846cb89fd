//! `rolodeck submit`: from the queue, or a file, to the outcome of every edit.
//!
//! Owns the order of the steps: everything that can fail without the queue (settings, credentials, the file) goes
//! first, then the import, the plan, the question, the run. It never judges an answer and keeps no outcome: the
//! engine sends, the store records, and what is printed is read back from the store. It fails with an [`Error`]
//! whose exit code says how far it came.

mod listen;
mod preview;
mod printer;
mod rows;

use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use super::args::{SubmitArgs, SubmitFormat};
use super::connect::{batch_policy, client, read_policy, run_policy};
use super::console::{ask, can_ask, data, say};
use super::error::Error;
use super::exit::Exit;
use super::import::{recall_mapping, remember_mapping, summary, tell_reading};
use super::overlay::Overlay;
use super::plan::{Plan, Selection, Shape};
use super::queue::is_yes;
use super::report::summary_line;
use super::session::{Session, must_ask, rules};
use super::source::{Checked, Source, finder};
use crate::api::Client;
use crate::config::{Config, Profile, sign_in};
use crate::domain::{Edit, RunId, RunState, Sid, Totals, stop_remedy};
use crate::engine::{self, RunReport, RunSpec};
use crate::logbook::bug_report;
use crate::store::{BookId, BookName, Choices, Purpose, Reader, Rest, RunRequest, Store};
use crate::support::text::{counted, harmless};

pub(super) use listen::{Signals, listen};
pub(super) use printer::Printer;
pub(super) use rows::Rows;

/// Sends edits, or with `--dry-run` shows what would be sent.
pub(super) async fn submit(session: &Session, args: &SubmitArgs) -> Result<Exit, Error> {
    let (config, mut profile) = session.settings()?;
    profile.batch_size = args.batch_size.unwrap_or(profile.batch_size);
    profile.rate = args.rate.unwrap_or(profile.rate);
    profile.in_flight = args.in_flight.unwrap_or(profile.in_flight);
    profile.canary = args.canary.unwrap_or(profile.canary);
    profile.breaker = args.breaker.unwrap_or(profile.breaker);
    profile.snapshot |= args.snapshot;
    if args.dry_run {
        return dry_run(session, args, &config, &profile);
    }
    profile.may_send()?;
    profile.account()?;
    if !args.yes && !can_ask() {
        return Err(must_ask("submit"));
    }
    let client = client(&profile, sign_in(&profile, &session.env, Stdio::inherit()).await?)?;
    let (store, reader) = session.open()?;
    let file = read_file(&store, args, &config, &profile)?;
    let _lock = store.lock_submitter()?;
    let aim = Aim::take(&store, &reader, args, &profile, file).await?;
    let plan = aim.plan(&reader, args, &profile)?;
    plan.faults.tell();
    if plan.edits == 0 {
        return nothing_to_send(&plan, args.format);
    }
    if args.yes {
        say(&preview::in_a_line(&plan, &profile));
    } else {
        confirm(&reader, &plan, &profile)?;
    }
    let request = RunRequest {
        edits: plan.ids,
        policy: batch_policy(&profile),
        profile: profile.name.clone(),
        account: profile.account_sid.clone(),
        base_url: profile.base_url.clone(),
        user: session.user(),
        resumes: aim.resumes,
    };
    let undecided = plan.conflicts;
    let report = run(&store, request, client, &profile, |run| {
        Printer::new(reader, run, Rows::Sent, args.format, session.verbose)
    })
    .await?;
    if let Some(alarm) = &report.alarm {
        return Err(alarming(&report, alarm, &session.paths.log_dir));
    }
    // The run is over and told; that the book is not the newest is no failure of it.
    if let Err(error) = store.keep_echoes(report.run, &profile.default_country).await {
        say(&format!("the address book does not know of this run: {error}"));
    }
    match conclude(&report, store.reader()?.held_in(report.run)?)? {
        Exit::Done if undecided > 0 => Err(left_undecided(undecided)),
        exit => Ok(exit),
    }
}

/// A file to submit, checked, with the contacts it names.
struct Named {
    source: Source,
    /// The set of its columns.
    headers: String,
    checked: Checked,
    sids: HashSet<Sid>,
}

fn read_file(store: &Store, args: &SubmitArgs, config: &Config, profile: &Profile) -> Result<Option<Named>, Error> {
    let Some(path) = &args.file else { return Ok(None) };
    let find = finder(store.reader()?, profile)?;
    let mut source = Source::open(path, &args.source, None, &config.clear_token, find)?;
    let headers = recall_mapping(&mut source, &store.reader()?)?;
    let mut sids = HashSet::new();
    let checked = source.check(&rules(profile), |sid| _ = sids.insert(sid))?;
    Ok(Some(Named { source, headers, checked, sids }))
}

/// Which edits a submit is about, and the run that it goes on with.
#[derive(Default)]
struct Aim {
    sids: Option<HashSet<Sid>>,
    resumes: Option<RunId>,
}

impl Aim {
    /// Imports the file, or brings back the unknown edits of the run to resume.
    async fn take(
        store: &Store,
        reader: &Reader,
        args: &SubmitArgs,
        profile: &Profile,
        file: Option<Named>,
    ) -> Result<Self, Error> {
        if let Some(Named { source, headers, checked, sids }) = file {
            tell_reading(source.name(), &checked);
            let map = source.options.map.clone();
            let book = Some(book_name(profile));
            let (_, report) = source.import(store, rules(profile), Purpose::Import, book, Choices::default()).await?;
            remember_mapping(store, headers, map).await?;
            say(&summary("imported", &report, &checked.reading));
            return Ok(Self { sids: Some(sids), resumes: None });
        }
        let Some(Resumed { run, unknown, sids }) = find_rest(reader, args.resume, profile)? else {
            return Ok(Self::default());
        };
        if !unknown.is_empty() {
            store.requeue(run, unknown.into_iter().map(|(seq, _)| seq).collect()).await?;
        }
        Ok(Self { sids, resumes: Some(run) })
    }

    fn plan(&self, reader: &Reader, args: &SubmitArgs, profile: &Profile) -> Result<Plan, Error> {
        let (sids, filter) = (self.sids.clone(), args.which.filter.clone());
        let selection = Selection { sids, filter, book: book(reader, profile)? };
        Ok(Plan::of_queue(reader, &selection, &rules(profile))?)
    }
}

/// What a resume goes on with.
struct Resumed {
    run: RunId,
    /// Its unknown edits, which are sent again.
    unknown: Vec<(u64, Edit)>,
    /// The contacts that it is about; `None` for the whole queue.
    sids: Option<HashSet<Sid>>,
}

/// What is left of the last run that did not end, when it is wanted; says which run it is, or that there is none. Then it
/// is about the whole queue, and about what the last run left unknown.
///
/// A run of another account or server is not gone on with: its contacts are not this one's.
fn find_rest(reader: &Reader, is_wanted: bool, profile: &Profile) -> Result<Option<Resumed>, Error> {
    if !is_wanted {
        return Ok(None);
    }
    if let Some(run) = reader.last_unfinished()? {
        let rest = reader.rest_of(run.run)?;
        if !rest.is_empty() {
            if !profile.account_sid.is_empty() && run.account != profile.account_sid {
                return Err(Error::new(
                    Exit::Config,
                    format!(
                        "run {} was sent to account {} with profile {}, and profile {} is account {}: go on with it by \
                         `--profile {}`, or send the whole queue without `--resume`",
                        run.run, run.account, run.profile, profile.name, profile.account_sid, run.profile
                    ),
                ));
            }
            say(&format!("going on with run {} ({}).", run.run, run.state));
            return Ok(Some(Resumed { run: run.run, unknown: rest.unknown, sids: Some(rest.sids) }));
        }
    }
    let last = reader.last_run()?.filter(|run| run.account == profile.account_sid);
    if let Some(run) = last.map(|run| run.run) {
        let Rest { unknown, .. } = reader.rest_of(run)?;
        if !unknown.is_empty() {
            let again = counted(unknown.len() as u64, "unknown edit");
            say(&format!("no run was cut short: this is about the whole queue, and {again} of run {run}."));
            return Ok(Some(Resumed { run, unknown, sids: None }));
        }
    }
    say("no run is left to go on with: this is about the whole queue.");
    Ok(None)
}

fn book_name(profile: &Profile) -> BookName {
    BookName { account: profile.account_sid.clone(), base_url: profile.base_url.clone() }
}

/// The address book of the profile's account, if there is one.
fn book(reader: &Reader, profile: &Profile) -> Result<Option<(BookName, BookId)>, Error> {
    let name = book_name(profile);
    Ok(reader.book(&name)?.map(|book| (name, book)))
}

/// Runs the plan to its end, and prints what becomes of it.
async fn run(
    store: &Store,
    request: RunRequest,
    client: Client,
    profile: &Profile,
    printer: impl FnOnce(RunId) -> Printer,
) -> Result<RunReport, Error> {
    // Heard from here on: a signal must not end the process between the plan and the first request.
    let signals = Signals::listen()?;
    let start = store.begin_run(request).await?;
    let spec = RunSpec { run: start.run, planned: start.planned, batches: start.batches };
    let (client, journal) = (Arc::new(client), Arc::new(store.journal(start.run)));
    let policy = run_policy(profile, start.run);
    let handle = if profile.snapshot {
        engine::start_reading(spec, client, journal, policy, read_policy(profile, start.run))
    } else {
        engine::start(spec, client, journal, policy)
    };
    let printer = printer(start.run);
    listen(handle, move |events| printer.print(events), signals).await
}

/// The end of a run whose books differ: a bug, with a report for whoever can mend it.
fn alarming(report: &RunReport, alarm: &str, log_dir: &Path) -> Error {
    let place = match bug_report(log_dir, report.run, report.totals, alarm) {
        Ok(path) => format!("the report for the maintainers, without any contact in it: {}", path.display()),
        Err(e) => format!("no report could be written in {}: {e}", log_dir.display()),
    };
    let message = format!(
        "run {} was ended because of a bug in rolodeck: {alarm}. Its figures are not to be trusted; its edits are kept. \
         Compare some contacts with the server before you send again.\n{place}",
        report.run
    );
    Error::new(Exit::Bug, message)
}

/// What to do about the cause of a stop, as one more sentence.
pub(super) fn cure(cause: &str) -> String {
    stop_remedy(cause).map_or_else(String::new, |remedy| format!(". {remedy}"))
}

/// The exit code of a run, with advice; `held` edits were not sent because of what was read of their contacts.
fn conclude(report: &RunReport, held: u64) -> Result<Exit, Error> {
    let RunReport { run, totals, cause, .. } = report;
    let cause = harmless(cause.as_deref().unwrap_or("no reason given"));
    let mut rest = Vec::new();
    if totals.unknown > 0 {
        rest.push(format!("{} perhaps taken by the server (unknown)", counted(totals.unknown, "edit")));
    }
    rest.push(format!("{} not sent and still queued", counted(totals.not_sent, "edit")));
    let rest = rest.join(", ");
    let failed = |exit, message| Err(Error::new(exit, message));
    match report.state {
        RunState::Stopped => {
            failed(Exit::NothingSent, format!("run {run} was stopped: {cause}; {rest}{}", cure(&cause)))
        }
        RunState::Tripped => failed(
            Exit::Rejected,
            format!(
                "run {run} was ended: {cause}; {rest}. See `rolodeck results {run}`; go on with `rolodeck submit --resume`"
            ),
        ),
        RunState::Broken => failed(Exit::Storage, format!("run {run} was ended, it could not be recorded: {cause}")),
        RunState::Cancelled => failed(
            Exit::Interrupted,
            format!("run {run} was interrupted: {rest}; go on with `rolodeck submit --resume`"),
        ),
        _ if totals.unknown > 0 => {
            say(&format!(
                "unknown outcomes: `rolodeck reconcile {run}` reads the contacts back; `rolodeck requeue {run}` puts the \
                 edits in the queue again, and `rolodeck submit --resume` sends them again."
            ));
            Ok(Exit::Unknown)
        }
        _ if totals.rejected > 0 => {
            say(&format!(
                "rejected: see `rolodeck results {run}`; `rolodeck requeue {run}` brings them back to be mended."
            ));
            Ok(Exit::Rejected)
        }
        _ if held > 0 && held == totals.not_sent => Err(held_back(report)),
        _ if totals.not_sent > 0 => given_up(report),
        _ => Ok(Exit::Done),
    }
}

/// The end of a run that held edits back. Every contact is not updated, so this is no success.
fn held_back(report: &RunReport) -> Error {
    let RunReport { run, totals, .. } = report;
    let message = format!(
        "run {run}: {} not sent and still queued, since their contacts were changed by others or could not be read. \
         `rolodeck results {run} --filter status:not_sent` says what; `rolodeck queue conflicts` decides about what others \
         changed, `rolodeck submit` tries the others again",
        counted(totals.not_sent, "edit")
    );
    Error::new(Exit::Rejected, message)
}

/// The end of a submit that left edits in conflict where they are. Every contact is not updated, so this is no success.
fn left_undecided(edits: u64) -> Error {
    let edits = counted(edits, "edit");
    let message = format!("{edits} in conflict with what others changed: `rolodeck queue conflicts` lists and decides");
    Error::new(Exit::Rejected, message)
}

/// The end of a run whose server was too busy for some of it until the attempts were used up. Every contact is not
/// updated, so this is no success; and when nothing at all was taken, nothing could be sent.
fn given_up(report: &RunReport) -> Result<Exit, Error> {
    let RunReport { run, totals, .. } = report;
    let edits = counted(totals.not_sent, "edit");
    let message = format!(
        "run {run}: the server did not take {edits} until the attempts were used up; not sent and still queued: \
         `rolodeck results {run}` says why, `rolodeck submit` sends again"
    );
    Err(Error::new(if totals.not_sent == totals.planned { Exit::NothingSent } else { Exit::Rejected }, message))
}

fn nothing_to_send(plan: &Plan, format: SubmitFormat) -> Result<Exit, Error> {
    let left_out = plan.left_out().join(", ");
    say(&if left_out.is_empty() {
        "nothing to send: the queue is empty.".to_owned()
    } else {
        format!("nothing to send: {left_out}.")
    });
    if format == SubmitFormat::Jsonl {
        use std::io::Write;
        let mut out = data();
        writeln!(out, "{}", summary_line(None, Totals::default(), [0; 3]))?;
        out.flush()?;
    }
    if plan.conflicts > 0 { Err(left_undecided(plan.conflicts)) } else { Ok(Exit::Done) }
}

/// Shows what is about to be sent and asks; a production account wants its name typed.
fn confirm(reader: &Reader, plan: &Plan, profile: &Profile) -> Result<(), Error> {
    let shape = Shape::of_queued(reader, &plan.ids, batch_policy(profile))?;
    say(&preview::in_words(plan, &shape, profile));
    let agreed = if profile.production {
        ask(&format!("This is a production account. Type its name, {}, to send:", profile.account_sid))?
            == profile.account_sid
    } else {
        is_yes(&ask("Send? [y/N]")?)
    };
    if agreed { Ok(()) } else { Err(Error::new(Exit::Interrupted, "nothing was sent; the edits are queued")) }
}

/// Shows what a submit would send. It changes nothing: a file is laid over the queue in memory.
fn dry_run(session: &Session, args: &SubmitArgs, config: &Config, profile: &Profile) -> Result<Exit, Error> {
    let (store, reader) = session.open()?;
    let file = read_file(&store, args, config, profile)?;
    let policy = batch_policy(profile);
    let filter = args.which.filter.clone();
    let rest = find_rest(&reader, args.resume, profile)?;
    let book = book(&reader, profile)?;
    let id = book.as_ref().map(|(_, id)| *id);
    let over = match (file, rest) {
        (Some(Named { mut source, checked, sids, .. }), _) => {
            tell_reading(source.name(), &checked);
            let mut overlay = Overlay::of(&reader, Some(&sids), id)?;
            let mut laid = Ok(());
            source.each(|edit| {
                if laid.is_ok() {
                    laid = overlay.lay_over(edit);
                }
            })?;
            laid?;
            say(&summary("dry run, nothing was imported", &overlay.report, &checked.reading));
            Some(overlay)
        }
        (None, Some(resumed)) => {
            let mut overlay = Overlay::of(&reader, resumed.sids.as_ref(), id)?;
            resumed.unknown.into_iter().for_each(|(_, edit)| overlay.lay_under(edit));
            Some(overlay)
        }
        (None, None) => None,
    };
    let selection = Selection { sids: None, filter, book };
    let (plan, shape) = if let Some(overlay) = over {
        let others = reader.queue_count()? - overlay.queued;
        let (plan, edits) = Plan::of_edits(&reader, overlay.into_edits(), &selection, &rules(profile))?;
        (Plan { others, ..plan }, Shape::of(edits, policy))
    } else {
        let plan = Plan::of_queue(&reader, &selection, &rules(profile))?;
        let shape = Shape::of_queued(&reader, &plan.ids, policy)?;
        (plan, shape)
    };
    plan.faults.tell();
    preview::print(&plan, &shape, profile, args.format)?;
    Ok(Exit::Done)
}
