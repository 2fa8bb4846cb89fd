//! `rolodeck runs`, `results` and `requeue`: what became of earlier submits.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::args::{ListFormat, RequeueArgs, ResultsArgs, ResultsFormat};
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::report::{Column, Table, result_cells, run_line};
use super::session::{Session, find_run};
use crate::app::evidence::{self, Case, Mask};
use crate::app::export::{Form, LINES, Unwritten, write_lines, write_results};
use crate::config::Profile;
use crate::domain::{Filter, RunId, RunState, Totals, Verdict};
use crate::store::{Chosen, Reader, RequeueReport, ResultRow, RunSummary, Store, Which};
use crate::support::clock::human_duration;
use crate::support::text::{count, counted};

const RUNS: [Column; 8] = [
    Column::number("RUN", 4),
    Column::text("STARTED", 16),
    Column::text("STATE", 9),
    Column::text("PROFILE", 9),
    Column::number("UPDATED", 8),
    Column::number("REJECT", 6),
    Column::number("UNKN", 5),
    Column::number("UNSENT", 7),
];

/// The columns of results.
pub(super) const RESULTS: [Column; 4] =
    [Column::text("SID", 32), Column::text("STATUS", 8), Column::number("CODE", 4), Column::text("WHAT", 30)];

/// Lists the runs.
pub(super) fn runs(session: &Session, format: ListFormat) -> Result<Exit, Error> {
    let (_store, reader) = session.open()?;
    let runs = reader.runs()?;
    let mut out = data();
    match format {
        ListFormat::Human => {
            let mut table = Table::new(&mut out, &RUNS);
            runs.iter().try_for_each(|run| table.row(&run_cells(run).each_ref().map(String::as_str)))?;
        }
        ListFormat::Json => array(&mut out, runs.iter().map(run_line))?,
        ListFormat::Jsonl => runs.iter().try_for_each(|run| writeln!(out, "{}", run_line(run)))?,
    }
    out.flush()?;
    if runs.is_empty() {
        say("there is no run yet; `rolodeck submit` makes one.");
    }
    Ok(Exit::Done)
}

fn run_cells(run: &RunSummary) -> [String; 8] {
    let Totals { updated, rejected, unknown, not_sent, .. } = run.totals;
    [
        run.run.to_string(),
        run.started.local_minute(),
        run.state.to_string(),
        run.profile.clone(),
        count(updated),
        count(rejected),
        count(unknown),
        count(not_sent),
    ]
}

pub(super) fn array(out: &mut impl Write, lines: impl Iterator<Item = String>) -> Result<(), Error> {
    let mut before = "[\n";
    for line in lines {
        write!(out, "{before}{line}")?;
        before = ",\n";
    }
    writeln!(out, "{}", if before == "[\n" { "[]" } else { "\n]" })?;
    Ok(())
}

/// Shows the results of a run.
pub(super) fn results(session: &Session, args: &ResultsArgs) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    let (store, reader) = session.open()?;
    let run = find_run(&reader, args.run)?;
    let filter = args.which.filter.as_ref();
    if let Some(folder) = &args.evidence {
        return bundle(&store, &reader, &run, folder, settings(&profile));
    }
    let mut shown = 0;
    let mut out = data();
    let chosen = Chosen { run: run.run, seqs: None, filter };
    let written = |out, form| write_results(out, form, &config.clear_token, &store, &chosen);
    match args.format {
        ResultsFormat::Human => {
            let mut table = Table::new(&mut out, &RESULTS);
            each(&reader, run.run, filter, |row| {
                shown += 1;
                Ok(table.row(&result_cells(row).each_ref().map(String::as_str))?)
            })?;
        }
        ResultsFormat::Jsonl => shown = written(&mut out, Form::JsonLines)?,
        ResultsFormat::Json => shown = written(&mut out, Form::Json)?,
        ResultsFormat::Csv => shown = written(&mut out, Form::Csv)?,
    }
    out.flush()?;
    say(&sentence(&run, shown));
    Ok(Exit::Done)
}

/// Writes what a support ticket needs into a new folder, that only the user can read.
fn bundle(
    store: &Store,
    reader: &Reader,
    run: &RunSummary,
    folder: &Path,
    settings: Vec<(String, String)>,
) -> Result<Exit, Error> {
    let case = Case::read(reader, run.run, settings)?;
    let shown = folder.display().to_string();
    let write = || -> Result<(), Unwritten> {
        DirBuilder::new().mode(0o700).create(folder)?;
        fs::write(folder.join("README.txt"), evidence::summary(&case))?;
        fs::write(folder.join("attempts.csv"), evidence::attempts_csv(&case.attempts))?;
        let out = File::create_new(folder.join("failures.jsonl"))?;
        let (seqs, mask) = (reader.result_seqs(run.run, true)?, Mask::default());
        let chosen = Chosen { run: run.run, seqs: Some(&seqs), filter: None };
        write_lines(out, LINES, store, &chosen, |row| mask.line(run.run, row)).map(drop)
    };
    write().map_err(|e| Error::new(Exit::Storage, e.said(&shown)))?;
    say(&format!("evidence of run {} written to {}; no value of a contact is in it.", run.run, shown));
    Ok(Exit::Done)
}

/// The settings that count for support, without secrets.
fn settings(profile: &Profile) -> Vec<(String, String)> {
    let of = |name: &str, value: String| (name.to_owned(), value);
    vec![
        of("version", env!("CARGO_PKG_VERSION").to_owned()),
        of("profile", profile.name.clone()),
        of("batch_size", profile.batch_size.to_string()),
        of("rate", format!("{} a minute", profile.rate)),
        of("in_flight", profile.in_flight.to_string()),
        of("custom_key", profile.custom_key.clone()),
    ]
}

/// The run's books in a sentence.
fn sentence(run: &RunSummary, shown: u64) -> String {
    let took = human_duration(run.elapsed_ms);
    let hidden = match run.totals.planned - shown.min(run.totals.planned) {
        0 => String::new(),
        n => format!(" {} not shown.", counted(n, "edit")),
    };
    let open = match (run.totals.open(), run.state) {
        (0, _) => String::new(),
        (n, RunState::Running) => format!(" {} to go.", count(n)),
        (n, _) => format!(" {} without an outcome; the next submit settles them.", counted(n, "edit")),
    };
    format!("run {}, {}: {} in {took}.{open}{hidden}", run.run, run.state, in_words(run.totals))
}

/// Totals as people read them.
pub(super) fn in_words(totals: Totals) -> String {
    let Totals { planned, updated, rejected, unknown, not_sent } = totals;
    format!(
        "{} = {} updated, {} rejected, {} unknown, {} not sent",
        counted(planned, "edit"),
        count(updated),
        count(rejected),
        count(unknown),
        count(not_sent)
    )
}

/// Gives the results that the filter passes, until `f` fails.
pub(super) fn each(
    reader: &Reader,
    run: RunId,
    filter: Option<&Filter>,
    mut f: impl FnMut(&ResultRow) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut result = Ok(());
    reader.each_result(run, |row| {
        if filter.is_none_or(|filter| filter.matches(&row.seen())) {
            result = f(row);
        }
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result
}

/// Puts failed edits of a run back in the queue: all that may go, or those that the filter passes. What is held back goes
/// only where the filter asks for it by its verdict.
pub(super) async fn requeue(session: &Session, args: &RequeueArgs) -> Result<Exit, Error> {
    let (store, reader) = session.open()?;
    let run = find_run(&reader, args.run)?.run;
    let filter = args.which.filter.as_ref();
    let which = if filter.is_none() {
        Which::Failures
    } else {
        let mut seqs = Vec::new();
        each(&reader, run, filter, |row| {
            seqs.push(row.seq);
            Ok(())
        })?;
        Which::At(seqs)
    };
    let insists = filter.is_some_and(Filter::asks_for_verdict);
    let goes = |verdict: Verdict| verdict.is_taken() || insists && verdict.is_takeable();
    let mut seqs = Vec::new();
    let mut counts = BTreeMap::<Verdict, u64>::new();
    for (seq, verdict) in reader.verdicts(run, &which)? {
        *counts.entry(verdict).or_default() += 1;
        if goes(verdict) {
            seqs.push(seq);
        }
    }
    let report = store.requeue(run, seqs).await?;
    for (verdict, n) in counts {
        let stays = if goes(verdict) { "" } else { "left alone: " };
        say(&format!("{stays}{} {}", count(n), verdict.words()));
    }
    say(&told(run, &report));
    Ok(Exit::Done)
}

fn told(run: RunId, report: &RequeueReport) -> String {
    let RequeueReport { requeued, merged, .. } = report;
    match (requeued + merged, merged) {
        (0, _) => format!("nothing of run {run} to put back."),
        (n, 0) => format!("{} of run {run} back in the queue.", counted(n, "edit")),
        (n, merged) => format!(
            "{} of run {run} back in the queue, {} joined to edits queued meanwhile, whose values stay.",
            counted(n, "edit"),
            count(*merged)
        ),
    }
}
