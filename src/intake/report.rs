//! What a reading gives: edits with warnings, or the reasons why the file is refused.

use std::fmt;

use super::columns::ColumnUse;
use super::read::Format;
use crate::domain::Edit;
use crate::support::text::{count, harmless};

/// How many problems and how many warnings are kept in full; the rest is counted.
const KEPT: usize = 20;

/// A file that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The edits in the file's order. Two of one SID are not merged here.
    pub edits: Vec<Edit>,
    /// Rows, lines or objects that were looked at.
    pub rows: u64,
    /// The form that was found or asked for.
    pub format: Format,
    /// What became of each column, or each key of JSON.
    pub columns: Vec<ColumnUse>,
    /// The first warnings.
    pub warnings: Vec<Warning>,
    /// How many warnings there are in all.
    pub warning_count: u64,
}

/// What [`Intake`] says beside the edits, for those who take the edits one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Rows, lines or objects that were looked at.
    pub rows: u64,
    /// The form that was found or asked for.
    pub format: Format,
    /// What became of each column, or each key of JSON.
    pub columns: Vec<ColumnUse>,
    /// The first warnings.
    pub warnings: Vec<Warning>,
    /// How many warnings there are in all.
    pub warning_count: u64,
}

/// Something about a file that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The line of the file, from 1.
    pub line: u64,
    /// In CSV the cell of the row, in JSON the character of the line, from 1.
    pub column: u64,
    /// The column's header, or the key.
    pub field: Option<String>,
    /// What was found and what is made of it.
    pub message: String,
}

/// Why a file can't be imported, at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file, from 1.
    pub line: u64,
    /// In CSV the cell of the row, in JSON the character of the line, from 1.
    pub column: u64,
    /// The column's header, or the key.
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// A file of which nothing is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The file's name, as the caller gave it.
    pub source_name: String,
    /// The first problems, in the file's order.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: u64,
}

/// One problem a line: `file:line:column: field: message`.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = harmless(&self.source_name);
        for (i, problem) in self.problems.iter().enumerate() {
            let before = if i > 0 { "\n" } else { "" };
            write!(f, "{before}{name}:{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n{name}: {} more not listed", count(self.more))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        placed(f, self.line, self.column, self.field.as_deref(), &self.message)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        placed(f, self.line, self.column, self.field.as_deref(), &self.message)
    }
}

fn placed(f: &mut fmt::Formatter<'_>, line: u64, column: u64, field: Option<&str>, message: &str) -> fmt::Result {
    write!(f, "{line}:{column}: ")?;
    if let Some(field) = field {
        write!(f, "{}: ", harmless(field))?;
    }
    // Messages quote the file: what a terminal would obey must not get through.
    f.write_str(&harmless(message))
}

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    /// The place of a byte of the text, by line and character. A line ends at LF, CRLF or CR.
    pub(super) fn of_byte(text: &str, at: usize) -> Self {
        let mut place = Self { line: 1, column: 1 };
        let mut before = ' ';
        for (_, c) in text.char_indices().take_while(|(i, _)| *i < at) {
            match c {
                '\n' if before == '\r' => {}
                '\n' | '\r' => place = Self { line: place.line + 1, column: 1 },
                _ => place.column += 1,
            }
            before = c;
        }
        place
    }
}

/// Collects what there is to say while a file is read, and keeps no more of it than anyone reads.
#[derive(Debug, Default)]
pub(super) struct Notes {
    problems: Vec<Problem>,
    problem_count: u64,
    warnings: Vec<Warning>,
    warning_count: u64,
}

impl Notes {
    /// Refuses the file. The place is asked for only when the problem is kept: finding it takes time.
    pub(super) fn refuse(&mut self, place: impl FnOnce() -> Place, field: Option<&str>, message: impl Into<String>) {
        self.problem_count += 1;
        if self.problems.len() < KEPT {
            let Place { line, column } = place();
            self.problems.push(Problem { line, column, field: field.map(str::to_owned), message: message.into() });
        }
    }

    /// Warns.
    pub(super) fn warn(&mut self, place: impl FnOnce() -> Place, field: Option<&str>, message: impl Into<String>) {
        self.warning_count += 1;
        if self.warnings.len() < KEPT {
            let Place { line, column } = place();
            self.warnings.push(Warning { line, column, field: field.map(str::to_owned), message: message.into() });
        }
    }

    /// Whether the file is refused already.
    pub(super) fn is_refused(&self) -> bool {
        self.problem_count > 0
    }

    /// The end of a reading: its report, or why the file is refused.
    pub(super) fn finish(
        self,
        source_name: &str,
        rows: u64,
        format: Format,
        columns: Vec<ColumnUse>,
    ) -> Result<Reading, Refused> {
        if self.problem_count > 0 {
            let more = self.problem_count - self.problems.len() as u64;
            return Err(Refused { source_name: source_name.to_owned(), problems: self.problems, more });
        }
        Ok(Reading { rows, format, columns, warnings: self.warnings, warning_count: self.warning_count })
    }
}
