//! Edits in from files, edits out to files (SPEC 3).
//!
//! Owns the forms that a queue of edits can have outside: CSV with any of four delimiters, JSON
//! (an array, `{"contacts":[…]}`, the vendor's answer, one object) and JSON lines. It never guesses at
//! damage: bytes that are not text, a row without a SID or a quote that is never closed refuse
//! the whole file, each with its line and column, and nothing is imported. It opens no file,
//! asks nothing and prints nothing: bytes come in, edits and messages go out. It talks to the domain
//! alone. Reading fails with [`Refused`], writing with the error of what is written to.
//!
//! What a value is, in every form: its text, byte for byte. Only these are touched:
//! - SIDs lose the blanks around them;
//! - a `custom_field` object loses the blanks between its tokens when it comes as JSON, or when
//!   it stands on several lines. Its numbers and strings stay as they are written.

mod build;
mod columns;
mod csv;
mod csv_edits;
mod decode;
mod export;
mod json;
mod json_edits;
mod read;
mod report;

#[cfg(test)]
mod tests;

pub use columns::{ColumnUse, Target};
pub use export::{Cells, CsvColumns, DEFUSED, Exporter, defused, edit_to_jsonl};
pub use read::{Format, ImportOptions, each_edit, read_edits};
pub use report::{Intake, Problem, Reading, Refused, Warning};
