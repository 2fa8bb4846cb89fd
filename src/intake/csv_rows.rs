//! The rows of a CSV file, read piece by piece.

use super::columns::Names;
use super::csv::{self, CsvError};
use super::header;
use super::report::Place;
use super::sink::Sink;
use super::table::{Columns, Table};
use super::text::{Fault, Text};

/// How much of a file is looked at for its delimiter.
const HEAD: usize = 64 << 10;

/// How a CSV file is read.
pub(super) struct CsvHow<'a> {
    pub(super) names: &'a Names,
    pub(super) clear_token: &'a str,
    /// The delimiter, where the user says it.
    pub(super) delimiter: Option<u8>,
    /// Whether the header and a few rows are enough.
    pub(super) only_samples: bool,
}

/// Reads every row; gives what became of the columns, and tells the delimiter.
pub(super) fn read(
    text: &mut Text<'_>,
    how: &CsvHow<'_>,
    sink: &mut Sink<'_>,
    found: &mut Option<u8>,
) -> Result<Columns, Fault> {
    let (delimiter, said) = header::delimiter(text.ahead(HEAD)?, how.names, how.delimiter);
    text.skip(said);
    *found = Some(delimiter);
    let mut table = Table::new(how.names, how.clear_token, Some(delimiter), sink);
    if how.only_samples {
        table = table.only_samples();
    }
    loop {
        let blank = csv::line_ends(text.rest());
        text.skip(blank);
        if text.rest().is_empty() {
            if text.more()? {
                continue;
            }
            return Ok(table.finish());
        }
        if !row(text, delimiter, &mut table)? {
            return Ok(table.finish());
        }
    }
}

/// Reads one row; gives whether there is any use in another.
fn row(text: &mut Text<'_>, delimiter: u8, table: &mut Table<'_, '_>) -> Result<bool, Fault> {
    loop {
        let (line, mut cells) = (text.place(0).line, Vec::new());
        let read = csv::row(text.rest(), delimiter, &mut cells);
        let end = match &read {
            Ok(len) => Some(*len),
            Err(error) => error.next,
        };
        // It may go on behind what is there.
        if !text.is_end() && end.is_none_or(|end| end == text.rest().len()) {
            drop(cells);
            text.more()?;
            continue;
        }
        return match read {
            Ok(len) => {
                let goes_on = table.row(line, &cells);
                text.skip(len);
                Ok(goes_on)
            }
            Err(CsvError { at, column, message, next: Some(next) }) => {
                let place = Place { column, ..text.place(at) };
                table.broken(place, message, text.rest().get(..next).unwrap_or_default());
                text.skip(next);
                Ok(true)
            }
            Err(CsvError { at, column, message, next: None }) => {
                Err(Fault { place: Place { column, ..text.place(at) }, message: message.to_owned(), undecoded: None })
            }
        };
    }
}
