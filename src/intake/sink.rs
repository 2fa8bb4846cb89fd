//! Where a reader puts what it finds: edits, refused rows, warnings. It counts all, and keeps no more than anyone reads.

use std::borrow::Cow;
use std::io::{self, Write};

use super::build::Draft;
use super::json::compact;
use super::report::{KEPT, Place, Problem, Reading, Refused, Warning};
use super::who::{self, Finder};
use crate::domain::{Edit, push_json_text};

/// A row as it stands in the file.
pub(super) enum Raw<'a> {
    /// The cells of a table.
    Cells(&'a [Cow<'a, str>]),
    /// An object, or what should have been one.
    Json(&'a str),
}

/// Takes what is found in one file.
pub(super) struct Sink<'s> {
    take: &'s mut (dyn FnMut(Edit) + 's),
    rejects: Option<Rejects<'s>>,
    /// Finds the contacts of rows without a SID.
    find: Option<&'s mut Finder<'s>>,
    problems: Vec<Problem>,
    problem_count: u64,
    warnings: Vec<Warning>,
    warning_count: u64,
    rows: u64,
    refused: u64,
    /// Whether the file as a whole is refused.
    is_refused: bool,
}

impl<'s> Sink<'s> {
    /// Hands edits to `take`, and writes refused rows to `rejects`.
    pub(super) fn new(
        take: &'s mut (dyn FnMut(Edit) + 's),
        rejects: Option<&'s mut (dyn Write + 's)>,
        find: Option<&'s mut Finder<'s>>,
    ) -> Self {
        Self {
            take,
            rejects: rejects.map(Rejects::new),
            find,
            problems: Vec::new(),
            problem_count: 0,
            warnings: Vec::new(),
            warning_count: 0,
            rows: 0,
            refused: 0,
            is_refused: false,
        }
    }

    /// Names the columns that refused rows have.
    pub(super) fn begin_table(&mut self, header: &[Cow<'_, str>], delimiter: u8) {
        if let Some(rejects) = &mut self.rejects {
            rejects.begin_table(header, delimiter);
        }
    }

    /// Whether a contact can be found by something else than its SID.
    pub(super) fn finds(&self) -> bool {
        self.find.is_some()
    }

    /// Names the contact of a draft without a SID, or says why it cannot be named; `None` where nobody can be found.
    pub(super) fn name(&mut self, draft: &mut Draft) -> Option<Result<(), String>> {
        let find = self.find.as_mut()?;
        Some(who::name(draft, *find))
    }

    /// Takes an edit.
    pub(super) fn edit(&mut self, edit: Edit) {
        self.rows += 1;
        (self.take)(edit);
    }

    /// Refuses a row for all that is wrong with it.
    pub(super) fn refuse_row(&mut self, problems: Vec<Problem>, raw: &Raw<'_>) {
        self.rows += 1;
        self.refused += 1;
        if let Some(rejects) = &mut self.rejects {
            rejects.row(raw, &problems);
        }
        self.keep(problems);
    }

    /// Refuses the whole file.
    pub(super) fn refuse_file(&mut self, place: Place, field: Option<&str>, message: impl Into<String>) {
        self.is_refused = true;
        self.keep([place.problem(field, message)]);
    }

    /// Warns. The place is asked for only when the warning is kept: finding it takes time.
    pub(super) fn warn(&mut self, place: impl FnOnce() -> Place, field: Option<&str>, message: impl Into<String>) {
        self.warning_count += 1;
        if self.warnings.len() < KEPT {
            let Place { line, column } = place();
            self.warnings.push(Warning { line, column, field: field.map(str::to_owned), message: message.into() });
        }
    }

    /// Whether the file as a whole is refused.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// The end of a reading: its report, or why the whole file is refused.
    pub(super) fn finish(mut self, source_name: &str) -> Result<Reading, Refused> {
        if self.rows == 0 && !self.is_refused {
            self.refuse_file(Place::START, None, "no edits in it");
        }
        if let Err(e) = self.rejects.map_or(Ok(()), Rejects::finish) {
            self.problems.insert(0, Place::START.problem(None, format!("the refused rows cannot be written: {e}")));
            self.problem_count += 1;
            self.is_refused = true;
        }
        if self.is_refused {
            let more = self.problem_count - self.problems.len() as u64;
            return Err(Refused {
                source_name: source_name.to_owned(),
                problems: self.problems,
                more,
                rows: None,
                looks_like: None,
            });
        }
        Ok(Reading {
            rows: self.rows,
            refused: self.refused,
            problems: self.problems,
            problem_count: self.problem_count,
            warnings: self.warnings,
            warning_count: self.warning_count,
            ..Reading::default()
        })
    }

    fn keep(&mut self, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            self.problem_count += 1;
            if self.problems.len() < KEPT {
                self.problems.push(problem);
            }
        }
    }
}

/// Writes refused rows in the input's own columns, with what is wrong in a last one, `_error`: mended, they import again.
struct Rejects<'s> {
    out: &'s mut (dyn Write + 's),
    /// The header of a table that nothing was written of yet.
    header: Vec<String>,
    columns: usize,
    delimiter: u8,
    is_begun: bool,
    written: io::Result<()>,
}

impl<'s> Rejects<'s> {
    fn new(out: &'s mut (dyn Write + 's)) -> Self {
        Self { out, header: Vec::new(), columns: 0, delimiter: b',', is_begun: false, written: Ok(()) }
    }

    fn begin_table(&mut self, header: &[Cow<'_, str>], delimiter: u8) {
        self.header = header.iter().map(ToString::to_string).collect();
        self.columns = header.len();
        self.delimiter = delimiter;
    }

    fn row(&mut self, raw: &Raw<'_>, problems: &[Problem]) {
        if self.written.is_ok() {
            self.written = self.write(raw, &reason(problems));
        }
    }

    fn write(&mut self, raw: &Raw<'_>, reason: &str) -> io::Result<()> {
        match raw {
            Raw::Cells(cells) => {
                if !std::mem::replace(&mut self.is_begun, true) {
                    let header = std::mem::take(&mut self.header);
                    self.record(header.iter().map(String::as_str).chain(["_error"]))?;
                }
                // Cells beyond the header's stand behind the reason, where they stay in sight.
                let own = (0..self.columns).map(|i| cells.get(i).map_or("", Cow::as_ref));
                let beyond = cells.iter().skip(self.columns).map(Cow::as_ref);
                let record: Vec<&str> = own.chain([reason]).chain(beyond).collect();
                self.record(record)
            }
            Raw::Json(text) => writeln!(self.out, "{}", with_reason(text, reason)),
        }
    }

    fn record<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(&mut *self.out);
        writer.write_record(cells)?;
        writer.flush()
    }

    fn finish(self) -> io::Result<()> {
        self.written?;
        self.out.flush()
    }
}

/// All that is wrong with a row, in a cell.
fn reason(problems: &[Problem]) -> String {
    let said = problems.iter().map(|problem| match &problem.field {
        Some(field) => format!("{field}: {}", problem.message),
        None => problem.message.clone(),
    });
    said.collect::<Vec<_>>().join("; ")
}

/// An object with one more member, or text that is none as a member itself.
fn with_reason(text: &str, reason: &str) -> String {
    let compacted = compact(text);
    let is_object = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && compacted.starts_with('{');
    let mut out = String::new();
    if is_object {
        out.push_str(compacted.strip_suffix('}').unwrap_or(&compacted));
        if out.len() > 1 {
            out.push(',');
        }
    } else {
        out.push_str("{\"_text\":");
        push_json_text(&mut out, text);
        out.push(',');
    }
    out.push_str("\"_error\":");
    push_json_text(&mut out, reason);
    out.push('}');
    out
}
