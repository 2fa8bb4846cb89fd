//! Edits in from files, edits out to files (SPEC 3).
//!
//! Owns the forms that a queue of edits can have outside: CSV with any delimiter, sheets of XLSX workbooks, JSON
//! (an array, `{"contacts":[…]}`, the vendor's answer, one object) and JSON lines. A file is [read](read()) piece by
//! piece, with no more of it in memory than a row or an object and what was read ahead. It never guesses at
//! damage: a row without a SID, whose contact is not found by its number or email either, is refused with its line and column, and bytes that are not text, or a quote that is
//! never closed, refuse the whole file. It opens no file,
//! asks nothing and prints nothing: bytes come in, edits and messages go out. It talks to the domain
//! alone. Reading fails with [`Refused`], writing with the error of what is written to.
//!
//! What a value is, in every form: its text, byte for byte. Only these are touched:
//! - SIDs lose the blanks around them;
//! - a number of a workbook is shown by its cell's format, digit by digit and never through a float;
//! - a `custom_field` object loses the blanks between its tokens when it comes as JSON, or when
//!   it stands on several lines. Its numbers and strings stay as they are written.

mod build;
mod columns;
mod csv;
mod csv_columns;
mod csv_rows;
mod encoding;
mod export;
mod header;
mod json;
mod json_document;
mod json_edits;
mod read;
mod report;
mod sink;
mod table;
mod text;
mod who;
mod xlsx;

#[cfg(test)]
mod tests;

pub use columns::{ColumnUse, Target, header_set};
pub use csv_columns::{CsvColumns, own_columns, recalled};
pub use encoding::is_encoding;
pub use export::{Cells, DEFUSED, Exporter, defused, edit_to_jsonl};
pub use read::{Format, ImportOptions, Input, Look, ReadAs, look, read, read_edits};
pub use report::{Intake, Problem, Reading, Refused, Warning};
pub use who::Finder;
