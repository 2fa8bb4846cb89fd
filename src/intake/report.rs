//! What a reading gives: edits with warnings, or the reasons why the file is refused.

use std::fmt;

use super::columns::ColumnUse;
use super::read::Format;
use crate::domain::Edit;
use crate::support::text::{count, counted, harmless};

/// How many problems and how many warnings are kept in full; the rest is counted.
pub(super) const KEPT: usize = 20;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Rows, lines or objects that hold something: each is an edit or is refused.
    pub rows: u64,
    /// The rows that are refused.
    pub refused: u64,
    /// What is wrong with the first of them.
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problem_count: u64,
    /// The form that was found or asked for.
    pub format: Format,
    /// What became of each column, or each key of JSON.
    pub columns: Vec<ColumnUse>,
    /// The first warnings.
    pub warnings: Vec<Warning>,
    /// How many warnings there are in all.
    pub warning_count: u64,
}

impl Reading {
    /// The reading, where no row of the file is refused; else why nothing is imported.
    pub fn whole(self, source_name: &str) -> Result<Self, Refused> {
        if self.refused == 0 {
            return Ok(self);
        }
        let more = self.problem_count - self.problems.len() as u64;
        let rows = Some((self.refused, self.rows));
        Err(Refused { source_name: source_name.to_owned(), problems: self.problems, more, rows, looks_like: None })
    }
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
    /// How many rows are refused, and of how many; `None` where the file cannot be read as a whole.
    pub rows: Option<(u64, u64)>,
    /// The encoding that it looks like, where it is no text in the one that it was read in.
    pub looks_like: Option<&'static str>,
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
        if let Some((refused, rows)) = self.rows {
            write!(f, "\n{name}: {} of {} refused", count(refused), counted(rows, "row"))?;
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
    /// Where every file begins.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// A problem here.
    pub(super) fn problem(self, field: Option<&str>, message: impl Into<String>) -> Problem {
        let Self { line, column } = self;
        Problem { line, column, field: field.map(str::to_owned), message: message.into() }
    }
}
