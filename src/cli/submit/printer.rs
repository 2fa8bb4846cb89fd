//! What a run prints while it goes: outcomes on standard output, talk and progress beside it.

use std::collections::HashSet;
use std::io::Write;
use std::sync::mpsc::Receiver;

use super::super::args::SubmitFormat;
use super::super::connect::DRAIN;
use super::super::console::{Data, Progress, data, say};
use super::super::error::Error;
use super::super::history::{self, RESULTS};
use super::super::report::{Causes, Table, result_cells, summary_line};
use super::rows::Rows;
use crate::app::export::outcome_line;
use crate::domain::{RunId, Status, Totals};
use crate::engine::{Cancel, EngineEvent, EventKind, RunReport};
use crate::store::{Reader, ResultRow};
use crate::support::clock::{Timestamp, human_duration};
use crate::support::text::{count, counted, harmless};

/// Failed edits that the table names; the rest is counted by cause.
const NAMED: u64 = 20;

/// The least time between two progress lines, in milliseconds.
const PROGRESS_MS: u64 = 100;

/// Prints one run, or the reading back of its unknown edits.
pub(in crate::cli) struct Printer {
    reader: Reader,
    run: RunId,
    rows: Rows,
    format: SubmitFormat,
    is_verbose: bool,
    out: Data,
    /// The first error of writing; from there on nothing more is written.
    failed: Result<(), Error>,
    /// The batches whose outcomes are written, and how many those are.
    written: HashSet<u32>,
    lines: u64,
    progress: Progress,
    shown_at: Timestamp,
}

impl Printer {
    /// A printer of that run.
    pub(in crate::cli) fn new(reader: Reader, run: RunId, rows: Rows, format: SubmitFormat, is_verbose: bool) -> Self {
        Self {
            reader,
            run,
            rows,
            format,
            is_verbose,
            out: data(),
            failed: Ok(()),
            written: HashSet::new(),
            lines: 0,
            progress: Progress::new(),
            shown_at: Timestamp::default(),
        }
    }

    /// Prints until the run is over. A closed or full output does not end the talk.
    pub(in crate::cli) fn print(mut self, events: &Receiver<EngineEvent>) -> Result<(), Error> {
        while let Ok(event) = events.recv() {
            self.talk(&event);
            if self.failed.is_ok() {
                self.failed = self.write(&event.kind);
            }
        }
        self.progress.clear();
        self.failed
    }

    fn write(&mut self, kind: &EventKind) -> Result<(), Error> {
        match (kind, self.format) {
            (EventKind::BatchSettled { batch, .. }, SubmitFormat::Jsonl) => {
                self.written.insert(*batch);
                // Read back from the store: what is shown is recorded.
                let rows = self.rows.of_batch(&self.reader, self.run, *batch)?;
                self.lines += rows.len() as u64;
                rows.iter().try_for_each(|row| self.line(row))?;
                Ok(self.out.flush()?)
            }
            (EventKind::Finished(report), SubmitFormat::Jsonl) => self.last_lines(report),
            (EventKind::Finished(report), SubmitFormat::Human) => self.tables(report),
            _ => Ok(()),
        }
    }

    fn line(&mut self, row: &ResultRow) -> Result<(), Error> {
        match outcome_line(self.run, row) {
            Some(line) => Ok(writeln!(self.out, "{line}")?),
            None => Ok(()),
        }
    }

    /// The edits that no request carried, then the summary.
    fn last_lines(&mut self, report: &RunReport) -> Result<(), Error> {
        if self.lines < report.totals.planned {
            let Self { reader, rows, out, written, run, .. } = self;
            rows.each(reader, *run, |batch, row| {
                if written.contains(&batch) {
                    return Ok(());
                }
                outcome_line(*run, row).map_or(Ok(()), |line| Ok(writeln!(out, "{line}")?))
            })?;
        }
        let work = [report.requests, report.retries, report.elapsed_ms];
        writeln!(self.out, "{}", summary_line(Some(self.run), self.books(report)?, work))?;
        Ok(self.out.flush()?)
    }

    /// The books of the run. A report of reads counts what was read alone.
    fn books(&self, report: &RunReport) -> Result<Totals, Error> {
        Ok(match self.rows {
            Rows::Sent => report.totals,
            Rows::ReadBack(_) => self.reader.run(self.run)?.map_or(report.totals, |run| run.totals),
        })
    }

    /// The first failures by name, all by cause, and the books.
    fn tables(&mut self, report: &RunReport) -> Result<(), Error> {
        self.progress.clear();
        let books = self.books(report)?;
        let Self { reader, rows, out, run, .. } = self;
        let mut causes = Causes::default();
        let mut failures = 0;
        let mut table = Table::new(&mut *out, &RESULTS);
        if report.totals.updated < report.totals.planned {
            rows.each(reader, *run, |_, row| {
                let Some(outcome) = row.outcome.as_ref().filter(|o| o.status != Status::Updated) else { return Ok(()) };
                failures += 1;
                causes.note(outcome);
                if failures <= NAMED {
                    table.row(&result_cells(row).each_ref().map(String::as_str))?;
                }
                Ok(())
            })?;
        }
        if failures > NAMED {
            writeln!(
                out,
                "… and {} more: `rolodeck results {run} --filter -status:updated`\n",
                count(failures - NAMED)
            )?;
            causes.write(&mut *out)?;
        }
        if report.odd_echoes > 0 {
            writeln!(
                out,
                "{} did not come back as sent: `rolodeck results {run} --filter 'status:updated -echo:matches'`",
                counted(report.odd_echoes, "updated contact"),
            )?;
        }
        writeln!(
            out,
            "run {run}, {}: {}; {}, {} in {}",
            match rows {
                Rows::Sent => report.state.to_string(),
                Rows::ReadBack(seqs) => format!("{} read back", counted(seqs.len() as u64, "unknown edit")),
            },
            history::in_words(books),
            counted(report.requests, "request"),
            if report.retries == 1 { "1 retry".to_owned() } else { format!("{} retries", count(report.retries)) },
            human_duration(report.elapsed_ms)
        )?;
        Ok(out.flush()?)
    }

    /// Says what people want to know while the run goes.
    fn talk(&mut self, event: &EngineEvent) {
        match &event.kind {
            EventKind::BatchSettled { batch, notes, .. } => {
                for note in notes {
                    self.remark(&format!("request {}: {note}", batch + 1));
                }
            }
            EventKind::AttemptFailed { batch, attempt, reason, again_in } if self.is_verbose => {
                let again = again_in.map(|wait| format!("; again in {}", human_duration(wait.as_millis() as u64)));
                self.remark(&format!(
                    "request {}, attempt {attempt}: {reason}{}",
                    batch + 1,
                    again.unwrap_or_default()
                ));
            }
            EventKind::Waiting { reason, for_ } if self.is_verbose => {
                self.remark(&format!("waiting {}: {reason}", human_duration(for_.as_millis() as u64)));
            }
            EventKind::Split { batch, parts, reason } if self.is_verbose => {
                self.remark(&format!("request {} goes on as {} requests: {reason}", batch + 1, parts.len()));
            }
            EventKind::Cancelling(Cancel::Drain) => {
                let stays = if matches!(self.rows, Rows::Sent) { "queued" } else { "unknown" };
                self.remark(&format!(
                    "ending: requests under way are awaited for {}, the rest stays {stays}; once more gives them up.",
                    human_duration(DRAIN.as_millis() as u64)
                ));
            }
            EventKind::Cancelling(Cancel::Abort) => self.remark("giving up the requests under way."),
            _ => {}
        }
        self.show_progress(event);
    }

    fn remark(&mut self, text: &str) {
        self.progress.clear();
        // One line, whatever the server's words in it.
        say(&harmless(text));
    }

    fn show_progress(&mut self, event: &EngineEvent) {
        let waiting = match &event.kind {
            EventKind::Waiting { reason, for_ } => {
                format!("; waiting {}: {reason}", human_duration(for_.as_millis() as u64))
            }
            _ if event.at.since(self.shown_at) < PROGRESS_MS => return,
            _ => String::new(),
        };
        self.shown_at = event.at;
        let Totals { planned, rejected, unknown, .. } = event.totals;
        let line = format!(
            "run {}: {} of {}, {} rejected, {} unknown{waiting}",
            self.run,
            count(event.totals.settled()),
            counted(planned, "edit"),
            count(rejected),
            count(unknown)
        );
        self.progress.show(&line);
    }
}
