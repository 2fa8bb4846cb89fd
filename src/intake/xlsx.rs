//! Workbooks: which sheet is meant, and what its cells show.
//!
//! Owns the parts of the package and the choice of the sheet. Sheets are read as a stream, whatever size they claim to
//! have; the shared texts alone are held whole. Numbers stay decimal text from end to end.

mod decimal;
mod format;
mod package;
mod sheet;
mod xml;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::columns::Names;
use super::header::{SEARCHED, is_header};
use super::read::{ImportOptions, Input, ReadAs};
use super::report::Place;
use super::sink::Sink;
use super::table::{Columns, Table};
use super::text::Fault;
use package::{Package, Sheet};

/// Whether a file begins as a zip does.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// Reads the rows of the sheet that is meant; gives what became of its columns.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ImportOptions,
    names: &Names,
    only_samples: bool,
    sink: &mut Sink<'_>,
    read_as: &mut ReadAs,
) -> Result<Columns, Fault> {
    let fault = |message: String| Fault { place: Place::START, message, undecoded: None };
    let mut package = Package::open(input).map_err(fault)?;
    let book = package.workbook().map_err(fault)?;
    let sheet = match &options.sheet {
        Some(asked) => asked_for(&book.sheets, asked).map_err(fault)?,
        None => likely(&mut package, &book, names).map_err(fault)?,
    };
    read_as.sheets =
        book.sheets.iter().filter(|s| !s.is_hidden || s.name == sheet.name).map(|s| s.name.clone()).collect();
    read_as.sheet = Some(sheet.name.clone());
    let others: Vec<_> =
        book.sheets.iter().filter(|s| !s.is_hidden && s.name != sheet.name).map(|s| format!("`{}`", s.name)).collect();
    if options.sheet.is_none() && !others.is_empty() {
        let hint = if options.names_flags { ": --sheet names another" } else { "" };
        let message = format!("sheet `{}` is read; there are {} too{hint}", sheet.name, others.join(", "));
        sink.warn(|| Place::START, None, message);
    }
    let mut table = Table::new(names, &options.clear_token, None, sink);
    if only_samples {
        table = table.only_samples();
    }
    package.rows(&sheet.path, &book, &mut |line, cells| table.row(line, cells)).map_err(fault)?;
    Ok(table.finish())
}

/// The sheet of that name, else of that number.
fn asked_for<'b>(sheets: &'b [Sheet], asked: &str) -> Result<&'b Sheet, String> {
    let by_name = sheets.iter().find(|sheet| sheet.name == asked);
    let alike = || sheets.iter().find(|sheet| sheet.name.trim().to_lowercase() == asked.trim().to_lowercase());
    let by_number = || asked.parse::<usize>().ok().and_then(|n| sheets.get(n.checked_sub(1)?));
    by_name.or_else(alike).or_else(by_number).ok_or_else(|| {
        let there: Vec<_> = sheets.iter().map(|sheet| format!("`{}`", sheet.name)).collect();
        format!("no sheet `{asked}`; there are {}", there.join(", "))
    })
}

/// The first sheet in sight that has a column for the SID, else the first in sight.
fn likely<'b>(package: &mut Package<'_>, book: &'b package::Workbook, names: &Names) -> Result<&'b Sheet, String> {
    let in_sight: Vec<&Sheet> = book.sheets.iter().filter(|sheet| !sheet.is_hidden).collect();
    if in_sight.len() > 1 {
        for sheet in &in_sight {
            let (mut is_found, mut seen) = (false, 0);
            package.rows(&sheet.path, book, &mut |_, cells: &[Cow<'_, str>]| {
                seen += 1;
                is_found = is_header(names, cells);
                !is_found && seen < SEARCHED
            })?;
            if is_found {
                return Ok(sheet);
            }
        }
    }
    in_sight.first().copied().or(book.sheets.first()).ok_or_else(|| "the workbook has no sheet".to_owned())
}
