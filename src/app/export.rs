//! Results as files: CSV in the columns of an import, JSON and JSON lines (SPEC 9), for workstation and command line.
//!
//! It writes into whatever it is given, and reads rows from whoever has them.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::Notice;
use super::causes;
use super::command::refuse;
use super::effect::Effect;
use super::model::Model;
use crate::config::actions::Place;
use crate::domain::{Echo, Outcome, RunId};
use crate::intake::{Cells, CsvColumns, Exporter};
use crate::store::{Mapping, ResultRow, Which};
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

/// Takes one row.
pub type Each<'f, E> = &'f mut dyn FnMut(&ResultRow) -> Result<(), E>;

/// Writes results; gives how many. `each` gives them in order, and more than once: a CSV file names its columns first,
/// those of the files that the edits came from.
pub fn write_results<W: Write, E: From<io::Error>>(
    mut out: W,
    form: Form,
    run: RunId,
    clear_token: &str,
    files: &[Mapping],
    each: impl Fn(Each<'_, E>) -> Result<(), E>,
) -> Result<u64, E> {
    let mut written = 0;
    match form {
        Form::Csv => return write_csv(out, run, columns_of(clear_token, files), each),
        Form::JsonLines => each(&mut |row| {
            if let Some(line) = outcome_line(run, row) {
                written += 1;
                writeln!(out, "{line}")?;
            }
            Ok(())
        })?,
        Form::Json => {
            let mut before = "[\n";
            each(&mut |row| {
                if let Some(line) = outcome_line(run, row) {
                    written += 1;
                    write!(out, "{}{line}", std::mem::replace(&mut before, ",\n"))?;
                }
                Ok(())
            })?;
            writeln!(out, "{}", if written == 0 { "[]" } else { "\n]" })?;
        }
    }
    out.flush()?;
    Ok(written)
}

/// The columns of results of edits from files with these columns.
fn columns_of(clear_token: &str, files: &[Mapping]) -> CsvColumns {
    CsvColumns::new(clear_token).with(&BESIDE).of_files(files)
}

fn write_csv<W: Write, E: From<io::Error>>(
    out: W,
    run: RunId,
    mut columns: CsvColumns,
    each: impl Fn(Each<'_, E>) -> Result<(), E>,
) -> Result<u64, E> {
    each(&mut |row| {
        columns.note(&row.edit());
        Ok(())
    })?;
    let mut exporter = Exporter::csv(out, columns, Cells::Defused)?;
    let (mut written, run) = (0, run.to_string());
    each(&mut |row| {
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
        Ok(exporter.write_with(&row.edit(), &[&status, &code, &error, &description, &run])?)
    })?;
    exporter.finish()?;
    Ok(written)
}

/// The order of the keys is part of the contract.
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
    changes: Box<RawValue>,
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
        changes: RawValue::from_string(row.changes.to_json()).ok()?,
    };
    serde_json::to_string(&line).ok().map(harmless_json)
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
