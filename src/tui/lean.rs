//! The screen as few bytes: what changed since the last frame, in one write.
//!
//! Owns what the terminal shows, where its cursor stands and which colours it writes in; never asks
//! the terminal, never decides what to show. An unchanged frame writes nothing. A block of rows that
//! moved up or down is moved by the terminal itself. A failed write forgets what is shown, so the next
//! frame paints everything.
//!
//! Writing blocks while the terminal or the line is slow. [`Painter`](super::painter::Painter) keeps
//! that away from the runtime and drops the frames that were not yet begun.
//!
//! ratatui's marks for cells under images (`Skip`, `ForcedWidth`) are not honoured: no image is shown.

mod columns;
mod ink;
mod scroll;

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};

use columns::{Column, columns};
use ink::{Ink, Look};

use super::dialect::Dialect;

/// Frames above this many bytes are shown at once by terminals that can (DEC mode 2026); for smaller
/// ones its 16 bytes would cost more than a torn frame.
const LARGE: usize = 2048;
const BEGIN_LARGE: &[u8] = b"\x1b[?2026h";
const END_LARGE: &[u8] = b"\x1b[?2026l";

/// Plain colours, home, everything cleared.
const CLEAR: &[u8] = b"\x1b[m\x1b[H\x1b[2J";

/// Blanks in the middle of a line from which erasing and moving on is shorter than writing them.
const ERASE_PAYS: u16 = 10;

/// A terminal's screen behind a writer.
#[derive(Debug)]
pub struct Lean<W> {
    out: W,
    ink: Ink,
    /// What the terminal shows; none when that is not known.
    shown: Option<Buffer>,
    /// Whether the terminal's cursor is visible; none when that is not known.
    cursor_on: Option<bool>,
    dialect: Dialect,
}

impl<W: Write> Lean<W> {
    /// A screen of which nothing is known yet.
    pub fn new(out: W) -> Self {
        Self { out, ink: Ink::default(), shown: None, cursor_on: None, dialect: Dialect::XTERM }
    }

    /// Keeps to what a terminal understands.
    #[must_use]
    pub fn speaking(mut self, dialect: Dialect) -> Self {
        (self.dialect, self.ink.edits) = (dialect, dialect.edits);
        self
    }

    /// Writes what is no part of a frame and moves no cursor: a title, the clipboard, the bell.
    pub fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Makes the next frame paint everything: after a resize, a suspend, an editor, or on ctrl-l.
    pub fn forget(&mut self) {
        self.shown = None;
        self.cursor_on = None;
    }

    /// Shows a frame, with the cursor at a column and row or hidden; gives the bytes written.
    pub fn draw(&mut self, next: &Buffer, cursor: Option<(u16, u16)>) -> io::Result<usize> {
        self.ink.bytes.clear();
        self.ink.bytes.extend_from_slice(BEGIN_LARGE);
        let mut shown = self.take_shown(next);
        if let Some(scroll) = scroll::find(&shown, next) {
            scroll.apply(&mut shown);
            self.ink.scroll(scroll, next.area.height);
        }
        let width = usize::from(next.area.width).max(1);
        let rows = shown.content.chunks_exact_mut(width).zip(next.content.chunks_exact(width));
        for (y, (old, new)) in (0..).zip(rows) {
            if old != new {
                paint_row(&mut self.ink, y, &columns(old), &columns(new));
                old.clone_from_slice(new);
            }
        }
        self.place_cursor(cursor);
        let written = self.send();
        match written {
            Ok(_) => self.shown = Some(shown),
            Err(_) => self.forget(),
        }
        written
    }

    /// What the terminal shows, after clearing it where that is not known or of another size.
    fn take_shown(&mut self, next: &Buffer) -> Buffer {
        match self.shown.take() {
            Some(shown) if shown.area == next.area => shown,
            _ => {
                self.ink.bytes.extend_from_slice(CLEAR);
                self.ink.cleared(next.area.width);
                Buffer::empty(next.area)
            }
        }
    }

    fn place_cursor(&mut self, cursor: Option<(u16, u16)>) {
        if let Some((x, y)) = cursor {
            self.ink.go(x, y);
        }
        if self.cursor_on != Some(cursor.is_some()) {
            self.cursor_on = Some(cursor.is_some());
            self.ink.bytes.extend_from_slice(if cursor.is_some() { b"\x1b[?25h" } else { b"\x1b[?25l" });
        }
    }

    /// Sends the frame by one write; nothing when it is empty.
    fn send(&mut self) -> io::Result<usize> {
        let bytes = &mut self.ink.bytes;
        let large = self.dialect.modes && bytes.len() > LARGE + BEGIN_LARGE.len();
        if large {
            bytes.extend_from_slice(END_LARGE);
        }
        let frame = bytes.get(if large { 0 } else { BEGIN_LARGE.len() }..).unwrap_or_default();
        if !frame.is_empty() {
            self.out.write_all(frame)?;
            self.out.flush()?;
        }
        Ok(frame.len())
    }
}

/// Paints what differs in a row, from left to right, so that a wide glyph half overwritten is
/// completed by the glyph that follows it.
fn paint_row(ink: &mut Ink, y: u16, old: &[Column<'_>], new: &[Column<'_>]) {
    let width = new.len();
    // A glyph on whose width terminals disagree may have reached or left columns to its right.
    let mut spread = false;
    let mut x = 0;
    while let Some(column) = new.get(x) {
        let glyph = x..(x + usize::from(column.width)).min(width);
        let differs = old.get(glyph.clone()) != new.get(glyph.clone());
        if differs || spread {
            let blanks = new.iter().skip(x).take_while(|c| c.is_plain_blank()).count();
            if x + blanks == width && (spread || stale(old, new, x..width) > 3) {
                ink.clear_to_end(x as u16, y, new);
                return;
            }
            let to_erase = if spread { blanks } else { stale(old, new, x..x + blanks) };
            if ink.edits && to_erase as u16 > ERASE_PAYS {
                ink.erase(x as u16, y, to_erase as u16, new);
                x += to_erase;
                continue;
            }
            spread |= column.is_doubtful() || old.get(glyph.clone()).is_some_and(|o| o.iter().any(Column::is_doubtful));
            ink.glyph(x as u16, y, column, new);
        }
        x = glyph.end;
    }
}

/// Columns from the start of the range to the last one that differs.
fn stale(old: &[Column<'_>], new: &[Column<'_>], range: std::ops::Range<usize>) -> usize {
    let from = range.start;
    range.rev().find(|&x| old.get(x) != new.get(x)).map_or(0, |last| last + 1 - from)
}

/// The cells of a row, none where the row is not on the screen.
fn row(buffer: &Buffer, y: usize) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    buffer.content.get(y * width..(y + 1) * width).unwrap_or_default()
}

#[cfg(test)]
mod tests;
