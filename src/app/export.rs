//! Results as files: CSV in the columns of an import, JSON and JSON lines (SPEC 9), for workstation and command line.
//!
//! It writes into whatever it is given. Rows are read and become text in pieces, several at once.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::answer::Notice;
use super::causes;
use super::command::refuse;
use super::effect::Effect;
use super::model::Model;
use crate::config::actions::Place;
use crate::domain::{Echo, Outcome, RunId};
use crate::intake::{Cells, CsvColumns, Exporter};
use crate::store::{Chosen, ResultRow, Store, StoreError, Which};
use crate::support::text::{count, harmless_json};

/// What a file of results is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The edits' own columns, and what became of them behind.
    Csv,
    /// An array of objects.
    Json,
    /// An object a line.
    JsonLines,
}

impl Form {
    /// The form of that name, which is also how such a file's name ends.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// The columns of results behind those of the edits.
const BESIDE: [&str; 5] = ["_status", "_code", "_error", "_description", "_run"];

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The results could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Unwritten {
    /// It as the user is told.
    pub fn said(&self, file: &str) -> String {
        match self {
            Self::Store(StoreError::Stopped(_)) => format!("stopped; {file} was not written"),
            Self::Store(error) => error.to_string(),
            Self::Io(error) => format!("{file}: {error}"),
        }
    }
}

/// What stands before the first of several lines, between two, and behind the last.
pub type Around = [&'static str; 3];

/// A line for each.
pub const LINES: Around = ["", "\n", "\n"];

/// Writes results of a store; gives how many.
pub fn write_results<W: Write>(
    mut out: W,
    form: Form,
    clear_token: &str,
    store: &Store,
    chosen: &Chosen<'_>,
) -> Result<u64, Unwritten> {
    let around = match form {
        Form::Csv => return write_csv(out, clear_token, store, chosen),
        Form::Json => ["[\n", ",\n", "\n]\n"],
        Form::JsonLines => LINES,
    };
    let written = write_lines(&mut out, around, store, chosen, |row| outcome_line(chosen.run, row))?;
    if (form, written) == (Form::Json, 0) {
        out.write_all(b"[]\n")?;
        out.flush()?;
    }
    Ok(written)
}

/// Writes the line of each result that has one; gives how many.
pub fn write_lines<W: Write>(
    mut out: W,
    [mut before, between, behind]: Around,
    store: &Store,
    chosen: &Chosen<'_>,
    line: impl Fn(&ResultRow) -> Option<String> + Sync,
) -> Result<u64, Unwritten> {
    let mut written = 0;
    let lay = |(lines, text): &mut (u64, String), row: &ResultRow| {
        if let Some(line) = line(row) {
            text.push_str(if *lines == 0 { "" } else { between });
            text.push_str(&line);
            *lines += 1;
        }
        Ok::<_, Unwritten>(())
    };
    store.fold_results(chosen, Default::default, lay, |(lines, text)| {
        if lines > 0 {
            out.write_all(std::mem::replace(&mut before, between).as_bytes())?;
            out.write_all(text.as_bytes())?;
            written += lines;
        }
        Ok(())
    })?;
    out.write_all(if written == 0 { "" } else { behind }.as_bytes())?;
    out.flush()?;
    Ok(written)
}

/// Reads the results twice: the file names its columns first, those of the files that the edits came from and what else
/// they change.
fn write_csv<W: Write>(out: W, clear_token: &str, store: &Store, chosen: &Chosen<'_>) -> Result<u64, Unwritten> {
    let files = store.reader()?.files_of(chosen.run)?;
    let none = CsvColumns::new(clear_token).with(&BESIDE).of_files(&files);
    let mut columns = none.clone();
    let note = |columns: &mut CsvColumns, row: &ResultRow| {
        columns.note(&row.edit());
        Ok::<_, Unwritten>(())
    };
    store.fold_results(
        chosen,
        || none.clone(),
        note,
        |part| {
            columns.join(part);
            Ok(())
        },
    )?;
    let mut out = Exporter::csv(out, columns.clone(), Cells::Defused)?.finish()?;
    let (mut written, run) = (0, chosen.run.to_string());
    let begun = || (0, Exporter::more_csv(Vec::new(), columns.clone(), Cells::Defused));
    let lay = |(rows, part): &mut (u64, Exporter<Vec<u8>>), row: &ResultRow| {
        *rows += 1;
        Ok::<_, Unwritten>(part.write_with(&row.edit(), &beside(row, &run).each_ref().map(|cell| &**cell))?)
    };
    store.fold_results(chosen, begun, lay, |(rows, part)| {
        written += rows;
        Ok(out.write_all(&part.finish()?)?)
    })?;
    out.flush()?;
    Ok(written)
}

/// The cells of the columns [`BESIDE`].
fn beside<'r>(row: &'r ResultRow, run: &'r str) -> [Cow<'r, str>; 5] {
    let number = |n: Option<i64>| n.map_or(Cow::Borrowed(""), |n| Cow::Owned(n.to_string()));
    let Some(Outcome { status, said, .. }) = &row.outcome else {
        return ["", "", "", "", run].map(Cow::Borrowed);
    };
    let description = Cow::Borrowed(said.description.as_deref().unwrap_or_default());
    [Cow::Borrowed(status.name()), number(said.code), number(said.error_code), description, Cow::Borrowed(run)]
}

/// The order of the keys is part of the contract; behind them are the changes.
#[derive(Serialize)]
struct OutcomeLine<'a> {
    r#type: &'static str,
    run: i64,
    sid: &'a str,
    status: &'static str,
    code: Option<i64>,
    error_code: Option<i64>,
    description: Option<&'a str>,
    message: Option<&'a str>,
    echo: &'static str,
    attempts: u32,
    /// From 1, as people count them.
    batch: u32,
    /// From 0, as in the request's array.
    index: u32,
    request_id: Option<&'a str>,
}

/// An outcome as `submit`, `results` and exports give it; `None` while the edit has none.
pub fn outcome_line(run: RunId, row: &ResultRow) -> Option<String> {
    let Outcome { status, said, echo, .. } = row.outcome.as_ref()?;
    let line = OutcomeLine {
        r#type: "outcome",
        run: run.0,
        sid: row.sid.as_str(),
        status: status.name(),
        code: said.code,
        error_code: said.error_code,
        description: said.description.as_deref(),
        message: said.message.as_deref(),
        echo: Echo::name(echo),
        attempts: row.attempts,
        batch: row.batch + 1,
        index: row.index,
        request_id: row.request_id.as_deref(),
    };
    let mut json = serde_json::to_string(&line).ok()?;
    // The changes are JSON already, and their key is the last.
    json.pop();
    json.push_str(",\"changes\":");
    row.changes.push_json(&mut json);
    json.push('}');
    Some(harmless_json(json))
}

/// What the world is asked about a file of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportAsk {
    /// Write these results of a run to a file that is not there yet.
    Results(RunId, Which, PathBuf, Form),
    /// Write what a support ticket about a run needs into a new folder; without a name, one beside the others.
    Evidence(RunId, Option<PathBuf>),
}

/// Runs `export FILE [FORMAT]`: the marked rows, the cause under the cursor, or the rows of the view.
pub(super) fn command(model: &mut Model, argument: &str) -> Vec<Effect> {
    let named = argument.rsplit_once(' ').and_then(|(file, form)| Some((file.trim(), Form::from_name(form)?)));
    let by_end = || Some((argument, Form::from_name(argument.rsplit_once('.')?.1)?));
    let Some((file, form)) = named.or_else(by_end) else {
        return refuse(model, "export", argument, "name a .csv, .json or .jsonl file, or the form behind the name");
    };
    if model.place() == Place::Contacts {
        return refuse(model, "export", argument, "in a shell, `rolodeck contacts --format csv` writes the contacts");
    }
    let Some(run) = model.shown_run else {
        return refuse(model, "export", argument, "there is no run yet; results are what is exported");
    };
    let grid = &model.results;
    let which = if !grid.marks.is_empty() {
        Which::At(grid.marks.iter().collect())
    } else if let Some(group) = causes::shown(model).and_then(causes::Causes::current) {
        Which::Cause(group.cause.clone())
    } else {
        // A file has them as they were sent, however they are sorted here.
        let mut seqs = grid.keys().to_vec();
        seqs.sort_unstable();
        Which::At(seqs)
    };
    vec![Effect::Export(ExportAsk::Results(run, which, file.into(), form))]
}

/// Runs `evidence [FOLDER]`.
pub(super) fn evidence(model: &mut Model, argument: &str) -> Vec<Effect> {
    let Some(run) = model.shown_run else {
        return refuse(model, "evidence", argument, "there is no run yet");
    };
    let folder = (!argument.is_empty()).then(|| argument.into());
    vec![Effect::Export(ExportAsk::Evidence(run, folder))]
}

/// What is told at the end.
pub fn told(rows: u64, path: &str) -> Notice {
    Notice::done(format!("{} written to {path}", if rows == 1 { String::from("1 row") } else { count(rows) + " rows" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, Field, Said, Sid, Status};

    fn row(outcome: Option<Outcome>) -> ResultRow {
        let custom = Change::Set("{\"n\":1.10}".to_owned());
        ResultRow {
            seq: 0,
            sid: Sid::new("93ba"),
            changes: [(Field::Email, Change::Clear), (Field::CustomField, custom)].into_iter().collect(),
            batch: 0,
            index: 1,
            outcome,
            attempts: 2,
            request_id: None,
            handled: None,
            again: None,
            before: None,
        }
    }

    #[test]
    fn an_outcome_has_the_keys_of_the_contract_in_their_order() {
        let said = Said {
            code: Some(404),
            error_code: Some(1000),
            description: Some("Contact not found".into()),
            message: Some("Not Found".into()),
        };
        let outcome = Outcome { status: Status::Rejected, said, echo: Echo::None, item: None };
        assert_eq!(
            outcome_line(RunId(3), &row(Some(outcome))).unwrap(),
            r#"{"type":"outcome","run":3,"sid":"93ba","status":"rejected","code":404,"error_code":1000,"description":"Contact not found","message":"Not Found","echo":"none","attempts":2,"batch":1,"index":1,"request_id":null,"changes":{"email":null,"custom_field":{"n":1.10}}}"#
        );
        assert_eq!(outcome_line(RunId(3), &row(None)), None);
    }

    #[test]
    fn the_form_is_told_by_the_name_or_behind_it() {
        for (name, form) in [("csv", Form::Csv), ("JSON", Form::Json), ("ndjson", Form::JsonLines)] {
            assert_eq!(Form::from_name(name), Some(form));
        }
        assert_eq!(Form::from_name("xlsx"), None);
    }
}
