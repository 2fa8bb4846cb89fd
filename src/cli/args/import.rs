//! How files of edits are read.

use std::path::PathBuf;

use clap::Args;

use super::forms::{OnConflict, delimiter, encoding, input_format, mapping};
use crate::intake::Format;

/// How a file is read, for every command that reads one.
#[derive(Debug, Clone, Default, Args)]
pub struct SourceArgs {
    /// Take a column for a field, `custom_field.KEY` or `sid`; `-` leaves it out; `#3` is the third column
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = mapping, requires = "file")]
    pub map: Vec<(String, String)>,
    /// The sheet of a workbook, by name or number; else the first that is not hidden
    #[arg(long, value_name = "SHEET", requires = "file")]
    pub sheet: Option<String>,
    /// The encoding of a file that is not UTF-8 and has no byte order mark, as windows-1252
    #[arg(long, value_name = "NAME", value_parser = encoding, requires = "file")]
    pub encoding: Option<String>,
    /// The sign between the cells of a CSV file, or `tab`; else it is found out
    #[arg(long, value_name = "SIGN", value_parser = delimiter, requires = "file")]
    pub delimiter: Option<u8>,
    /// The cell that clears a field; else the config file's `clear_token`
    #[arg(long, value_name = "TEXT", requires = "file", allow_hyphen_values = true)]
    pub clear_token: Option<String>,
}

/// What `import` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "The names of columns are matched to fields; --map says what is not. It is remembered for the next\n\
        file with the same columns. A row that cannot be read refuses the whole file, exit code 8, unless\n\
        --reject-file takes such rows: mended there, they import again."
)]
pub struct ImportArgs {
    /// A CSV, TSV, XLSX, JSON or JSON lines file; `-` is standard input
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// The form of the file; else its name and content tell
    #[arg(long, value_name = "csv|json|jsonl|xlsx", value_parser = input_format)]
    pub format: Option<Format>,
    /// How to read it.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Write rows that cannot be read to this file, with the reason in `_error`, and import the others
    #[arg(long, value_name = "FILE")]
    pub reject_file: Option<PathBuf>,
    /// Where a field has another value before, in the queue or an earlier row: which one it gets
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    pub conflicts: OnConflict,
    /// Read and check the file, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}
