//! A row as the terminal shows it: each column with the glyph that covers it.

use ratatui::buffer::{Cell, CellWidth};

use super::Look;

/// One column of a row. Two that are equal look alike, even where their cells differ in what cannot be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column<'a> {
    /// How many columns left of this one the glyph begins.
    pub offset: u16,
    /// Columns that the glyph takes.
    pub width: u16,
    /// What is written for the glyph.
    pub symbol: &'a str,
    /// How it is written.
    pub look: Look,
}

impl Column<'_> {
    /// Whether erasing gives it.
    pub fn is_plain_blank(&self) -> bool {
        self.symbol == " " && self.look == Look::PLAIN
    }

    /// Whether terminals may disagree on the glyph's width: emoji of several parts, Indic conjuncts.
    ///
    /// A letter with accents is not among them: accents take no column anywhere.
    pub fn is_doubtful(&self) -> bool {
        !self.symbol.is_ascii() && self.symbol.chars().skip(1).any(|c| !('\u{300}'..='\u{36f}').contains(&c))
    }
}

/// The columns of a row of cells.
pub(super) fn columns(cells: &[Cell]) -> Vec<Column<'_>> {
    let mut out = Vec::with_capacity(cells.len());
    while let Some(cell) = cells.get(out.len()) {
        let room = (cells.len() - out.len()) as u16;
        let (symbol, width) = written(cell.symbol(), room);
        let look = if symbol == " " { Look::of(cell).on_blank() } else { Look::of(cell) };
        out.extend((0..width).map(|offset| Column { offset, width, symbol, look }));
    }
    out
}

/// What is written for a cell, and its width. A control character never reaches the terminal.
fn written(symbol: &str, room: u16) -> (&str, u16) {
    if symbol.chars().any(char::is_control) {
        return ("\u{fffd}", 1);
    }
    match symbol.cell_width() {
        0 => (" ", 1),
        width if width > room => (" ", 1),
        width => (symbol, width),
    }
}
