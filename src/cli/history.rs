//! `rolodeck runs`, `results` and `requeue`: what became of earlier submits.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use super::args::{ListFormat, RequeueArgs, ResultsArgs, ResultsFormat};
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::report::{Column, Table, outcome_line, result_cells, run_line};
use super::session::{Session, find_run};
use crate::domain::{Echo, Edit, Filter, FilterRow, Outcome, RunId, RunState, Totals, Verdict, verdict};
use crate::intake::{Cells, CsvColumns, Exporter};
use crate::store::{Reader, RequeueReport, ResultRow, RunSummary};
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

const BESIDE: [&str; 5] = ["_status", "_code", "_error", "_description", "_run"];

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
    let (config, _) = session.settings()?;
    let (_store, reader) = session.open()?;
    let run = find_run(&reader, args.run)?;
    let filter = args.which.filter.as_ref();
    let mut shown = 0;
    let mut out = data();
    match args.format {
        ResultsFormat::Human => {
            let mut table = Table::new(&mut out, &RESULTS);
            each(&reader, run.run, filter, |row| {
                shown += 1;
                Ok(table.row(&result_cells(row).each_ref().map(String::as_str))?)
            })?;
        }
        ResultsFormat::Jsonl => each(&reader, run.run, filter, |row| {
            shown += 1;
            outcome_line(run.run, row).map_or(Ok(()), |line| Ok(writeln!(out, "{line}")?))
        })?,
        ResultsFormat::Json => {
            let mut before = "[\n";
            each(&reader, run.run, filter, |row| {
                shown += 1;
                let Some(line) = outcome_line(run.run, row) else { return Ok(()) };
                write!(out, "{before}{line}")?;
                before = ",\n";
                Ok(())
            })?;
            writeln!(out, "{}", if before == "[\n" { "[]" } else { "\n]" })?;
        }
        ResultsFormat::Csv => shown = csv(&reader, run.run, filter, &config.clear_token)?,
    }
    out.flush()?;
    say(&sentence(&run, shown));
    Ok(Exit::Done)
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

/// Writes the edits with their outcomes beside them.
fn csv(reader: &Reader, run: RunId, filter: Option<&Filter>, clear_token: &str) -> Result<u64, Error> {
    let mut columns = CsvColumns::new(clear_token).with(&BESIDE);
    let edit_of = |row: &ResultRow| Edit { sid: row.sid.clone(), changes: row.changes.clone() };
    each(reader, run, filter, |row| {
        columns.note(&edit_of(row));
        Ok(())
    })?;
    let mut exporter = Exporter::csv(data(), columns, Cells::Defused)?;
    let mut written = 0;
    each(reader, run, filter, |row| {
        written += 1;
        let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        let [status, code, error, description] = match &row.outcome {
            Some(Outcome { status, said, .. }) => [
                status.name().to_owned(),
                number(said.code),
                number(said.error_code),
                said.description.clone().unwrap_or_default(),
            ],
            None => Default::default(),
        };
        exporter.write_with(&edit_of(row), &[&status, &code, &error, &description, &run.to_string()])?;
        Ok(())
    })?;
    exporter.finish()?;
    Ok(written)
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
        if filter.is_none_or(|filter| passes(filter, &row)) {
            result = f(&row);
        }
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result
}

fn passes(filter: &Filter, row: &ResultRow) -> bool {
    let outcome = row.outcome.as_ref();
    filter.matches(&FilterRow {
        sid: row.sid.as_str(),
        changes: &row.changes,
        problems: &[],
        status: outcome.map(|o| o.status.name()),
        said: outcome.map(|o| &o.said),
        echo: outcome.map(|o| Echo::name(&o.echo)),
    })
}

/// Puts failed edits of a run back in the queue.
pub(super) async fn requeue(session: &Session, args: &RequeueArgs) -> Result<Exit, Error> {
    let (store, reader) = session.open()?;
    let run = find_run(&reader, args.run)?.run;
    let mut seqs = Vec::new();
    let mut counts = BTreeMap::<Verdict, u64>::new();
    each(&reader, run, args.which.filter.as_ref(), |row| {
        let Some(outcome) = &row.outcome else { return Ok(()) };
        let verdict = verdict(outcome.status, &outcome.said);
        // Without a filter every failed edit is meant; one that the filter names is told why it stays.
        if verdict.is_taken() || args.which.filter.is_some() {
            seqs.push(row.seq);
        }
        if verdict.is_taken() && !row.requeued {
            *counts.entry(verdict).or_default() += 1;
        }
        Ok(())
    })?;
    let report = store.requeue(run, seqs).await?;
    for (verdict, n) in counts {
        say(&format!("{}: {}", counted(n, "edit"), advice(verdict)));
    }
    say(&told(run, &report));
    Ok(Exit::Done)
}

fn advice(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AsIs => "can be sent again as they are",
        Verdict::NeedsFix(what) => what,
        Verdict::StillQueued => "are still queued",
        Verdict::Never => "are done",
    }
}

fn told(run: RunId, report: &RequeueReport) -> String {
    let RequeueReport { requeued, merged, already, never, .. } = report;
    let back = match requeued + merged {
        0 => format!("nothing of run {run} to put back"),
        n => format!("{} of run {run} back in the queue", counted(n, "edit")),
    };
    let others = [
        (merged, "joined to edits queued meanwhile, whose values stay"),
        (already, "queued already"),
        (never, "updated, so left alone"),
    ];
    let others = others.into_iter().filter(|(n, _)| **n > 0).map(|(n, what)| format!("{} {what}", count(*n)));
    std::iter::once(back).chain(others).collect::<Vec<_>>().join(", ") + "."
}
