//! The cells of a sheet, row by row.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::format::NumberFormat;
use super::package::Workbook;
use super::xml::{attribute, each_event, push_text, unescaped};
use crate::intake::build::NO_RESULT;

/// The last column of a sheet is XFD.
const MOST_COLUMNS: usize = 16_384;

/// Gives the rows that have something in them, with their number, until `each` has seen enough.
pub(super) fn rows<R: BufRead>(
    from: R,
    book: &Workbook,
    each: &mut dyn FnMut(u64, &[Cow<'_, str>]) -> bool,
) -> Result<(), String> {
    let mut sheet =
        Rows { book, row: 0, cells: Vec::new(), cell: Cell::default(), text: String::new(), is_inside: false };
    each_event(from, |event| {
        match event {
            Event::Start(element) => sheet.open(element)?,
            Event::Empty(element) => {
                // An empty cell or row counts as one that was passed over.
                match element.local_name().as_ref() {
                    b"c" => sheet.begin_cell(element)?,
                    b"row" => sheet.begin_row(element),
                    part => sheet.cell.note(part),
                }
            }
            Event::End(element) => match element.local_name().as_ref() {
                b"v" | b"t" => sheet.is_inside = false,
                b"c" => sheet.end_cell()?,
                b"row" if !sheet.cells.is_empty() => return Ok(each(sheet.row.max(1), &sheet.cells)),
                b"sheetData" => return Ok(false),
                _ => {}
            },
            event if sheet.is_inside => push_text(&mut sheet.text, event)?,
            _ => {}
        }
        Ok(true)
    })
}

/// A cell before its value is known.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: Kind,
    style: usize,
    has_formula: bool,
    has_value: bool,
}

impl Cell {
    /// Notes a part of the cell.
    fn note(&mut self, part: &[u8]) {
        self.has_formula |= part == b"f";
        self.has_value |= part == b"v";
    }
}

/// How the value of a cell is written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Number,
    Shared,
    Text,
    Bool,
    /// As it stands: the name of an error, a date in ISO form.
    Plain,
}

struct Rows<'b> {
    book: &'b Workbook,
    row: u64,
    /// The cells of the row up to the last that has something in it.
    cells: Vec<Cow<'b, str>>,
    cell: Cell,
    text: String,
    /// Whether what comes is text of the cell.
    is_inside: bool,
}

impl Rows<'_> {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        match element.local_name().as_ref() {
            b"row" => self.begin_row(element),
            b"c" => self.begin_cell(element)?,
            b"v" | b"t" => self.is_inside = true,
            _ => {}
        }
        self.cell.note(element.local_name().as_ref());
        Ok(())
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) {
        let said = attribute(element, b"r").and_then(|row| row.parse().ok()).filter(|row| *row > 0);
        self.row = said.unwrap_or(self.row.saturating_add(1));
        self.cells.clear();
        self.cell = Cell::default();
    }

    fn begin_cell(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let (mut place, mut kind, mut style) = (None, Kind::Number, 0);
        // Millions of cells: their attributes are looked at once, and as bytes.
        for attribute in element.attributes().flatten() {
            match attribute.key.as_ref() {
                b"r" => place = column(&attribute.value),
                b"s" => {
                    style = std::str::from_utf8(&attribute.value).ok().and_then(|s| s.parse().ok()).unwrap_or_default();
                }
                b"t" => {
                    kind = match attribute.value.as_ref() {
                        b"s" => Kind::Shared,
                        b"str" | b"inlineStr" => Kind::Text,
                        b"b" => Kind::Bool,
                        b"e" | b"d" => Kind::Plain,
                        _ => Kind::Number,
                    }
                }
                _ => {}
            }
        }
        let column = place.unwrap_or(self.cell.column + 1);
        if column > MOST_COLUMNS {
            return Err(format!("row {} has a cell beyond column XFD, the last there is", self.row));
        }
        self.cell = Cell { column, kind, style, ..Cell::default() };
        self.text.clear();
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), String> {
        let book = self.book;
        let raw = self.text.trim();
        let value = match self.cell.kind {
            // Whoever wrote the file left it to a spreadsheet to work it out.
            _ if self.cell.has_formula && !self.cell.has_value => Cow::Borrowed(NO_RESULT),
            Kind::Shared => {
                let text = raw.parse().ok().and_then(|at: usize| book.shared.get(at));
                Cow::Borrowed(
                    text.ok_or_else(|| format!("row {}: the workbook lacks the text {raw}", self.row))?.as_ref(),
                )
            }
            Kind::Text => Cow::Owned(unescaped(&self.text)),
            Kind::Bool => Cow::Borrowed(if raw == "1" || raw == "true" { "TRUE" } else { "FALSE" }),
            Kind::Plain => Cow::Owned(raw.to_owned()),
            Kind::Number => {
                let format = book.styles.get(self.cell.style).unwrap_or(&NumberFormat::Plain);
                Cow::Owned(format.show(raw, book.is_1904))
            }
        };
        if !value.is_empty() {
            let at = self.cell.column.saturating_sub(1);
            if self.cells.len() <= at {
                self.cells.resize(at + 1, Cow::Borrowed(""));
            }
            if let Some(cell) = self.cells.get_mut(at) {
                *cell = value;
            }
        }
        Ok(())
    }
}

/// The number of the column in a cell's place, as `AB12`, from 1.
fn column(place: &[u8]) -> Option<usize> {
    let letters =
        place.iter().map_while(|b| b.is_ascii_alphabetic().then(|| usize::from(b.to_ascii_uppercase() - b'A') + 1));
    let column = letters.fold(0_usize, |column, letter| column.saturating_mul(26).saturating_add(letter));
    (column > 0).then_some(column)
}
