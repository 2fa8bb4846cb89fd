//! Edits as CSV, JSON or JSON lines, so that reading them again gives the same edits.
//!
//! - JSON lines: `{"sid":"…","changes":{"first_name":"X","email":null},"problems":[…]}` a line, null for a
//!   cleared field. JSON: the same objects in an array.
//! - CSV: the columns of the files that the edits came from where those are known ([`CsvColumns`]), else the SID and a
//!   column for each field in use; an empty cell leaves the field alone, the clear token clears it. What a cell
//!   can't say, a field set to the empty text or to the clear token itself, stands in a last column `_changes` as
//!   JSON; without such an edit there is no such column.
//!
//! Cells are defused (see [`defused`]) where the caller asks for it. Such a file tells itself by its column [`STATUS`]
//! or [`DEFUSED`], and its cells are read back as they were.

use std::borrow::Cow;
use std::io::{self, Write};

use super::csv_columns::CsvColumns;
use crate::domain::{Edit, Issue, Severity, push_json_text};
use crate::support::text::{harmless, harmless_json};

/// The column that every file of results has, and no other file: its cells are defused.
pub const STATUS: &str = "_status";

/// The column, empty, of any other file whose cells are defused.
pub const DEFUSED: &str = "_defused";

/// Whether cells that a spreadsheet would run are made harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// Every value is written as it is.
    AsTheyAre,
    /// Values go through [`defused`].
    Defused,
}

impl Cells {
    fn ready(self, value: &str) -> Cow<'_, str> {
        if self == Self::Defused { defused(value) } else { Cow::Borrowed(value) }
    }
}

/// Writes edits one after another. Nothing is complete before [`finish`](Self::finish).
#[derive(Debug)]
pub struct Exporter<W: Write>(Form<W>);

#[derive(Debug)]
enum Form<W: Write> {
    Csv { writer: Box<csv::Writer<W>>, columns: CsvColumns, cells: Cells },
    Json { out: W, is_first: bool },
    JsonLines { out: W },
}

impl<W: Write> Exporter<W> {
    /// Begins a CSV file with its header.
    pub fn csv(out: W, columns: CsvColumns, cells: Cells) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns.names())?;
        Ok(Self::of_csv(writer, columns, cells))
    }

    /// Goes on with a CSV file that was begun elsewhere with these columns.
    pub fn more_csv(out: W, columns: CsvColumns, cells: Cells) -> Self {
        Self::of_csv(csv::Writer::from_writer(out), columns, cells)
    }

    fn of_csv(writer: csv::Writer<W>, columns: CsvColumns, cells: Cells) -> Self {
        Self(Form::Csv { writer: Box::new(writer), columns, cells })
    }

    /// Begins a JSON array.
    pub fn json(mut out: W) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self(Form::Json { out, is_first: true }))
    }

    /// Begins JSON lines.
    pub fn json_lines(out: W) -> Self {
        Self(Form::JsonLines { out })
    }

    /// Writes an edit with what is wrong with it; CSV has no place for the latter.
    pub fn write(&mut self, edit: &Edit, problems: &[Issue]) -> io::Result<()> {
        match &mut self.0 {
            Form::Csv { writer, columns, cells } => write_row(writer, columns, *cells, edit, &[]),
            Form::Json { out, is_first } => {
                let before = if std::mem::take(is_first) { "\n" } else { ",\n" };
                write!(out, "{before}{}", edit_to_jsonl(edit, problems))
            }
            Form::JsonLines { out } => writeln!(out, "{}", edit_to_jsonl(edit, problems)),
        }
    }

    /// Writes an edit with the cells of the columns [beside](CsvColumns::with) it, which CSV alone has.
    pub fn write_with(&mut self, edit: &Edit, beside: &[&str]) -> io::Result<()> {
        match &mut self.0 {
            Form::Csv { writer, columns, cells } => write_row(writer, columns, *cells, edit, beside),
            Form::Json { .. } | Form::JsonLines { .. } => self.write(edit, &[]),
        }
    }

    /// Ends the file, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        let mut out = match self.0 {
            Form::Csv { writer, .. } => writer.into_inner().map_err(csv::IntoInnerError::into_error)?,
            Form::Json { mut out, .. } => {
                out.write_all(b"\n]\n")?;
                out
            }
            Form::JsonLines { out } => out,
        };
        out.flush()?;
        Ok(out)
    }
}

fn write_row<W: Write>(
    writer: &mut csv::Writer<W>,
    columns: &CsvColumns,
    cells: Cells,
    edit: &Edit,
    beside: &[&str],
) -> io::Result<()> {
    for cell in columns.cells(edit, |value| cells.ready(value)) {
        writer.write_field(cell.as_bytes())?;
    }
    // As many as the header has, whatever the caller brings: a ragged file could not be read back.
    for i in 0..columns.beside().len() {
        // What stands here is for reading, and is often looked at with `cat`.
        let cell = harmless(&cells.ready(beside.get(i).copied().unwrap_or_default())).into_owned();
        writer.write_field(cell.as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    Ok(())
}

/// An edit as one line of JSON, without the line's end.
pub fn edit_to_jsonl(edit: &Edit, problems: &[Issue]) -> String {
    let mut out = String::from("{\"sid\":");
    push_json_text(&mut out, edit.sid.as_str());
    out.push_str(",\"changes\":");
    edit.changes.push_json(&mut out);
    out.push_str(",\"problems\":[");
    for (i, issue) in problems.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_issue(&mut out, issue);
    }
    out.push_str("]}");
    harmless_json(out)
}

fn push_issue(out: &mut String, issue: &Issue) {
    out.push_str("{\"severity\":");
    push_json_text(out, if issue.severity == Severity::Error { "error" } else { "warning" });
    out.push_str(",\"field\":");
    match issue.field {
        Some(field) => push_json_text(out, field.name()),
        None => out.push_str("null"),
    }
    out.push_str(",\"code\":");
    push_json_text(out, issue.code.name());
    out.push_str(",\"hint\":");
    push_json_text(out, &issue.hint);
    out.push('}');
}

/// The cell with an apostrophe before it where a spreadsheet would run it as a formula.
///
/// Plain numbers with a sign stay: `+919876543210` is no formula that could do harm. A cell that has such an
/// apostrophe already gets one more, so that reading the file always gives back what was there.
pub fn defused(cell: &str) -> Cow<'_, str> {
    let is_plain_number = cell
        .strip_prefix(['+', '-'])
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if would_run(cell) && !is_plain_number { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell as it was before [`defused`]: what a file of results says.
pub fn undefused(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| would_run(rest)).unwrap_or(cell)
}

/// Whether a spreadsheet takes the cell for a formula, apostrophes before it aside. Some trim blanks first, and some
/// take the full-width signs for the plain ones.
fn would_run(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}
