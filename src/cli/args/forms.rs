//! Values of flags: forms of output, and texts that are read into something.

use clap::ValueEnum;

use crate::domain::{Filter, RunId};
use crate::intake::{Format, is_encoding};

/// A run by its number, or the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunRef {
    /// The newest.
    Last,
    /// That one.
    Number(RunId),
}

/// Forms of `queue export`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A table with a header
    #[default]
    Csv,
    /// One array
    Json,
    /// One object a line
    Jsonl,
}

/// What an import does with a field that has another value before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OnConflict {
    /// The file's value wins, of several rows the last
    #[default]
    Later,
    /// The value that is queued stays, of several rows the first
    Earlier,
    /// Nothing is imported
    Refuse,
}

/// Forms of `submit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SubmitFormat {
    /// A table of what failed, and a summary
    #[default]
    Human,
    /// One outcome a line as it comes, then a summary line
    Jsonl,
}

/// Whose values a contact in conflict is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeepArg {
    /// Those of the edit: the next submit sends it as it is
    Mine,
    /// Those of others: the edit leaves them alone, and leaves the queue where it sets nothing else
    Theirs,
}

/// Forms of `runs` and `keys`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    #[default]
    Human,
    /// One array
    Json,
    /// One object a line
    Jsonl,
}

/// Forms of `results` and `queue list`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ResultsFormat {
    /// A table
    #[default]
    Human,
    /// A table with a header, that can be imported again
    Csv,
    /// One array
    Json,
    /// One outcome a line
    Jsonl,
}

pub(super) fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|wrong| wrong.drawn(text))
}

pub(super) fn input_format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| "csv, json, jsonl and xlsx can be read".to_owned())
}

pub(super) fn mapping(text: &str) -> Result<(String, String), String> {
    // The field has no `=` in its name, a column may.
    let (column, field) = text.rsplit_once('=').ok_or("write COLUMN=FIELD, as Mobile=number")?;
    Ok((column.to_owned(), field.to_owned()))
}

pub(super) fn encoding(text: &str) -> Result<String, String> {
    if is_encoding(text) {
        Ok(text.to_owned())
    } else {
        Err("write its name, as windows-1252, shift_jis or utf-16le".into())
    }
}

pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [sign]) if sign.is_ascii() && !matches!(sign, b'"' | b'\n' | b'\r') => Ok(*sign),
        _ => Err("write one sign, as ; or |, or `tab`".into()),
    }
}

pub(super) fn run_ref(text: &str) -> Result<RunRef, String> {
    if text == "last" {
        return Ok(RunRef::Last);
    }
    let number = text.parse().map_err(|_| "write a run's number, as `rolodeck runs` lists them, or `last`")?;
    Ok(RunRef::Number(RunId(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_sign() {
        assert_eq!((delimiter(";"), delimiter("tab"), delimiter("\\t")), (Ok(b';'), Ok(b'\t'), Ok(b'\t')));
        assert!(["", "ab", "\"", "é", "\n"].iter().all(|text| delimiter(text).is_err()));
    }

    #[test]
    fn a_column_may_have_an_equals_sign() {
        assert_eq!(mapping("a=b=tag"), Ok(("a=b".into(), "tag".into())));
    }
}
