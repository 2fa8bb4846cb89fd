//! `rolodeck queue`: the queue listed, written out, checked and emptied.

use std::io::Write;
use std::ops::ControlFlow;

use super::args::{ExportFormat, FilterArgs, QueueCommand, ResultsFormat};
use super::conflicts::conflicts;
use super::console::{ask, can_ask, data, say};
use super::error::Error;
use super::exit::Exit;
use super::report::{Column, Problems, Table, in_words};
use super::session::{Session, must_ask, patience, rules};
use crate::domain::{Filter, FilterRow, Issue, Rules, can_send, validate};
use crate::intake::{Cells, CsvColumns, DEFUSED, Exporter};
use crate::store::{QueuedEdit, Reader, StoreError, set_aside};
use crate::support::text::{count, counted};

const LIST: [Column; 3] = [Column::text("SID", 32), Column::text("CHANGES", 37), Column::text("PROBLEM", 7)];

/// Runs one of the commands of the queue.
pub(super) async fn queue(session: &Session, command: &QueueCommand) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    let rules = rules(&profile);
    match command {
        QueueCommand::List { which, format } => match export_format(*format) {
            None => list(session, &rules, which),
            Some(format) => export(session, &rules, which, format, &config.clear_token),
        },
        QueueCommand::Export { which, format } => export(session, &rules, which, *format, &config.clear_token),
        QueueCommand::Validate { which, format } => check(session, &rules, which, *format),
        QueueCommand::Clear { which, yes } => clear(session, &rules, which, *yes).await,
        QueueCommand::Conflicts { which, keep, format } => conflicts(session, &rules, which, *keep, *format).await,
        QueueCommand::SetAside => move_aside(session),
    }
}

/// Gives the queued edits that the filter passes, with their issues, until `f` fails.
fn each(
    reader: &Reader,
    rules: &Rules,
    filter: Option<&Filter>,
    mut f: impl FnMut(&QueuedEdit, &[Issue]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut result = Ok(());
    reader.each_queued(|queued| {
        let issues = validate(&queued.edit, rules);
        let row = FilterRow::queued(queued.edit.sid.as_str(), &queued.edit.changes, &issues);
        if filter.is_none_or(|filter| filter.matches(&row)) {
            result = f(&queued, &issues);
        }
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    result
}

fn export_format(format: ResultsFormat) -> Option<ExportFormat> {
    match format {
        ResultsFormat::Human => None,
        ResultsFormat::Csv => Some(ExportFormat::Csv),
        ResultsFormat::Json => Some(ExportFormat::Json),
        ResultsFormat::Jsonl => Some(ExportFormat::Jsonl),
    }
}

fn list(session: &Session, rules: &Rules, which: &FilterArgs) -> Result<Exit, Error> {
    let (_store, reader) = session.open()?;
    let mut out = data();
    let mut table = Table::new(&mut out, &LIST);
    each(&reader, rules, which.filter.as_ref(), |queued, issues| {
        let problem = match issues {
            [] => "",
            issues if can_send(issues) => "warning",
            _ => "error",
        };
        Ok(table.row(&[queued.edit.sid.as_str(), &in_words(&queued.edit.changes), problem])?)
    })?;
    let shown = table.rows();
    out.flush()?;
    say(&match reader.queue_count()? {
        0 => "the queue is empty.".to_owned(),
        all if all == shown => format!("{} queued.", counted(all, "edit")),
        all => format!("{} of {} shown.", count(shown), counted(all, "queued edit")),
    });
    Ok(Exit::Done)
}

fn export(
    session: &Session,
    rules: &Rules,
    which: &FilterArgs,
    format: ExportFormat,
    clear_token: &str,
) -> Result<Exit, Error> {
    let (_store, reader) = session.open()?;
    let filter = which.filter.as_ref();
    let mut exporter = match format {
        ExportFormat::Json => Exporter::json(data())?,
        ExportFormat::Jsonl => Exporter::json_lines(data()),
        ExportFormat::Csv => {
            let mut columns = CsvColumns::new(clear_token);
            each(&reader, rules, filter, |queued, _| {
                columns.note(&queued.edit);
                Ok(())
            })?;
            // The column tells the next import to take the cells as they were.
            let (columns, cells) = if columns.has_formulas() {
                (columns.with(&[DEFUSED]), Cells::Defused)
            } else {
                (columns, Cells::AsTheyAre)
            };
            Exporter::csv(data(), columns, cells)?
        }
    };
    let mut written = 0;
    each(&reader, rules, filter, |queued, issues| {
        written += 1;
        Ok(exporter.write(&queued.edit, issues)?)
    })?;
    exporter.finish()?;
    say(&format!("{} written.", counted(written, "edit")));
    Ok(Exit::Done)
}

/// Lists what is wrong with the queue, errors and warnings.
fn check(session: &Session, rules: &Rules, which: &FilterArgs, format: ResultsFormat) -> Result<Exit, Error> {
    let (_store, reader) = session.open()?;
    let mut out = Problems::begin(data(), format)?;
    let [mut edits, mut errors, mut warnings] = [0_u64; 3];
    each(&reader, rules, which.filter.as_ref(), |queued, issues| {
        edits += 1;
        match issues {
            [] => {}
            issues if can_send(issues) => warnings += 1,
            _ => errors += 1,
        }
        for issue in issues {
            out.write(queued.id, &queued.edit.sid, issue)?;
        }
        Ok(())
    })?;
    out.finish()?;
    say(&format!(
        "{} checked: {} with errors (not sent until they are mended), {} with warnings.",
        counted(edits, "edit"),
        count(errors),
        count(warnings)
    ));
    Ok(if errors == 0 { Exit::Done } else { Exit::Refused })
}

async fn clear(session: &Session, rules: &Rules, which: &FilterArgs, yes: bool) -> Result<Exit, Error> {
    if !yes && !can_ask() {
        return Err(must_ask("queue clear"));
    }
    let (store, reader) = session.open()?;
    let mut ids = Vec::new();
    each(&reader, rules, which.filter.as_ref(), |queued, _| {
        ids.push(queued.id);
        Ok(())
    })?;
    let meant = counted(ids.len() as u64, "edit");
    if ids.is_empty() {
        say("no edit to take out.");
        return Ok(Exit::Done);
    }
    if !yes && !is_yes(&ask(&format!("Take {meant} out of the queue? [y/N]"))?) {
        return Err(Error::new(Exit::Interrupted, "the queue is as it was"));
    }
    // An edit that a run under way has copied is sent all the same, so it would only seem to be taken out.
    let lock = store.lock_submitter();
    let _lock = lock.map_err(|e| Error::new(Exit::Storage, format!("the queue is as it was: {e}")))?;
    let taken = store.take_out(ids).await?;
    say(&format!("{} taken out of the queue; `u` in the workstation brings them back.", counted(taken, "edit")));
    Ok(Exit::Done)
}

/// Moves a damaged database out of the way.
fn move_aside(session: &Session) -> Result<Exit, Error> {
    let kept = set_aside(&session.paths.data_dir, patience()).map_err(|e| match e {
        StoreError::Sound(_) => Error::usage(e.to_string()),
        e => e.into(),
    })?;
    say(&format!(
        "kept as {path}; the queue and the history are empty now. `sqlite3 {path} .recover` writes what can still be \
         read of it, as SQL.",
        path = kept.display()
    ));
    Ok(Exit::Done)
}

/// Whether an answer means yes.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes")
}
