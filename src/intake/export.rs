//! Edits as CSV, JSON or JSON lines, so that reading them again gives the same edits.
//!
//! - JSON lines: `{"sid":"…","changes":{"first_name":"X","email":null},"problems":[…]}` a line, null for a
//!   cleared field. JSON: the same objects in an array.
//! - CSV: the SID and a column for each field in use; an empty cell leaves the field alone, the clear
//!   token clears it. What a cell can't say, a field set to the empty text or to the clear token
//!   itself, stands in a last column `_changes` as JSON; without such an edit there is no such column.
//!
//! Cells are defused (see [`defused`]) where the caller asks for it. Such a file tells itself by its column [`STATUS`]
//! or [`DEFUSED`], and its cells are read back as they were.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::columns::CHANGES;
use crate::domain::{Change, Changes, Edit, Field, Issue, Severity, push_json_text};
use crate::support::text::{harmless, harmless_json};

/// The columns that a CSV file of edits has. A file names its columns before its first row, so the edits
/// are [noted](Self::note) before they are written, or every column is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvColumns {
    clear_token: String,
    fields: BTreeSet<Field>,
    has_changes: bool,
    has_formulas: bool,
    /// What each row says beside the edit.
    beside: &'static [&'static str],
}

impl CsvColumns {
    /// The SID alone, to begin with.
    pub fn new(clear_token: &str) -> Self {
        Self { clear_token: clear_token.to_owned(), fields: BTreeSet::new(), ..Self::default() }
    }

    /// Every column that any edit can need.
    pub fn all(clear_token: &str) -> Self {
        Self { clear_token: clear_token.to_owned(), fields: Field::ALL.into(), has_changes: true, ..Self::default() }
    }

    /// Puts columns behind the edit's own, such as `_status`. A name that begins with `_` is not read back.
    #[must_use]
    pub fn with(self, beside: &'static [&'static str]) -> Self {
        Self { beside, ..self }
    }

    /// Whether [noted](Self::note) edits have a value that a spreadsheet would run.
    pub fn has_formulas(&self) -> bool {
        self.has_formulas
    }

    /// Sees to it that the edit fits in.
    pub fn note(&mut self, edit: &Edit) {
        let mut cells = edit.changes.iter().filter_map(|(_, change)| change.value()).chain([edit.sid.as_str()]);
        self.has_formulas |= cells.any(|cell| matches!(defused(cell), Cow::Owned(_)));
        for (field, change) in edit.changes.iter() {
            match self.cell(change) {
                Some(_) => self.fields.insert(field),
                None => std::mem::replace(&mut self.has_changes, true),
            };
        }
    }

    /// The columns' names.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.fields.iter().map(|field| field.name());
        std::iter::once("sid")
            .chain(fields)
            .chain(self.has_changes.then_some(CHANGES))
            .chain(self.beside.iter().copied())
    }

    /// The cell that says the change, if one can.
    fn cell<'c>(&'c self, change: &'c Change) -> Option<&'c str> {
        match change {
            Change::Clear => Some(self.clear_token.as_str()).filter(|token| !token.is_empty()),
            Change::Set(value) => Some(value.as_str()).filter(|value| !value.is_empty() && *value != self.clear_token),
        }
    }
}

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
        let mut writer = Box::new(csv::Writer::from_writer(out));
        writer.write_record(columns.names())?;
        Ok(Self(Form::Csv { writer, columns, cells }))
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
    let ready = |value| if cells == Cells::Defused { defused(value) } else { Cow::Borrowed(value) };
    writer.write_field(ready(edit.sid.as_str()).as_bytes())?;
    for field in &columns.fields {
        let cell = match edit.changes.get(*field) {
            Some(Change::Clear) => Cow::Borrowed(columns.clear_token.as_str()),
            Some(change) => ready(columns.cell(change).unwrap_or_default()),
            None => Cow::Borrowed(""),
        };
        writer.write_field(cell.as_bytes())?;
    }
    if columns.has_changes {
        let beyond_cells = edit.changes.iter().filter(|(_, change)| columns.cell(change).is_none());
        let changes: Changes = beyond_cells.map(|(field, change)| (field, change.clone())).collect();
        writer.write_field(if changes.is_empty() { String::new() } else { changes.to_json() })?;
    }
    // As many as the header has, whatever the caller brings: a ragged file could not be read back.
    for i in 0..columns.beside.len() {
        // What stands here is for reading, and is often looked at with `cat`.
        let cell = harmless(ready(beside.get(i).copied().unwrap_or_default()).as_ref()).into_owned();
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
    out.push_str(&edit.changes.to_json());
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
