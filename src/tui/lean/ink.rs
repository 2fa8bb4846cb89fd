//! The bytes of a frame under way: the terminal's cursor, its pen, and the shortest way to change them.

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::columns::Column;
use super::scroll::Scroll;

/// Attributes that show on a blank.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// Unchanged columns up to which writing them again may be shorter than jumping over them.
const SHORT_GAP: u16 = 8;

/// How a glyph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    fg: Color,
    bg: Color,
    attributes: Modifier,
}

impl Look {
    /// The terminal's own colours, no attribute.
    pub const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, attributes: Modifier::empty() };

    pub fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, attributes: cell.modifier }
    }

    /// The part that shows on a blank.
    pub fn on_blank(self) -> Self {
        let attributes = self.attributes & SEEN_ON_BLANK;
        Self { fg: if attributes.is_empty() { Color::Reset } else { self.fg }, bg: self.bg, attributes }
    }
}

/// The frame's bytes, and the state of the terminal after them.
#[derive(Debug)]
pub(super) struct Ink {
    pub bytes: Vec<u8>,
    width: u16,
    /// Column and row of the cursor; none when terminals may disagree.
    at: Option<(u16, u16)>,
    pen: Look,
    /// Whether the terminal erases columns, goes to a column, moves lines and ends single attributes.
    pub edits: bool,
}

impl Default for Ink {
    fn default() -> Self {
        Self { bytes: Vec::with_capacity(64 << 10), width: 0, at: None, pen: Look::PLAIN, edits: true }
    }
}

impl Ink {
    /// Takes note that the terminal was cleared, with the cursor at the top left.
    pub fn cleared(&mut self, width: u16) {
        (self.width, self.at, self.pen) = (width, Some((0, 0)), Look::PLAIN);
    }

    /// Writes a glyph of a row.
    pub fn glyph(&mut self, x: u16, y: u16, column: &Column<'_>, row: &[Column<'_>]) {
        self.reach(x, y, row);
        self.pen_for(column);
        self.bytes.extend_from_slice(column.symbol.as_bytes());
        let end = x + column.width;
        // Past the last column terminals disagree on where the cursor stands.
        self.at = (end < self.width && !column.is_doubtful()).then_some((end, y));
    }

    /// Makes the rest of the line plain blanks.
    pub fn clear_to_end(&mut self, x: u16, y: u16, row: &[Column<'_>]) {
        self.reach(x, y, row);
        self.plain_background();
        self.bytes.extend_from_slice(b"\x1b[K");
    }

    /// Makes some columns plain blanks; the cursor stays before them.
    pub fn erase(&mut self, x: u16, y: u16, count: u16, row: &[Column<'_>]) {
        self.reach(x, y, row);
        self.plain_background();
        Step::Csi(count, b'X').write(&mut self.bytes);
    }

    /// Moves a block of rows, whose freed rows become plain blanks.
    pub fn scroll(&mut self, scroll: Scroll, height: u16) {
        self.plain_background();
        let Scroll { top, bottom, by } = scroll;
        let margins = bottom < height || !self.edits;
        if margins {
            self.put(format_args!("\x1b[{};{bottom}r", top + 1));
            // Some terminals go to the top left now, some to the top of the margins.
            self.at = None;
        }
        if self.edits {
            // Deleting and inserting lines, since the Linux console cannot scroll by a count.
            self.go(0, top);
            Step::Csi(by.unsigned_abs(), if by > 0 { b'M' } else { b'L' }).write(&mut self.bytes);
        } else {
            // Past the margin, line by line: what every terminal with margins does.
            self.go(0, if by > 0 { bottom - 1 } else { top });
            let step: &[u8] = if by > 0 { b"\n" } else { b"\x1bM" };
            self.bytes.extend(step.repeat(usize::from(by.unsigned_abs())));
        }
        if margins {
            self.bytes.extend_from_slice(b"\x1b[r");
            self.at = Some((0, 0));
        }
    }

    /// Moves the cursor by the shortest way.
    pub fn go(&mut self, x: u16, y: u16) {
        if self.at == Some((x, y)) {
            return;
        }
        let steps = self.at.map(|from| steps(from, (x, y), self.edits));
        let absolute = match (x, y) {
            (0, 0) => 3,
            (0, _) => 3 + digits(y + 1),
            _ => 4 + digits(y + 1) + digits(x + 1),
        };
        match (steps, x, y) {
            (Some([across, down]), ..) if across.len() + down.len() < absolute => {
                across.write(&mut self.bytes);
                down.write(&mut self.bytes);
            }
            (_, 0, 0) => self.bytes.extend_from_slice(b"\x1b[H"),
            (_, 0, _) => self.put(format_args!("\x1b[{}H", y + 1)),
            _ => self.put(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
        self.at = Some((x, y));
    }

    /// Moves the cursor within a row that is being painted: over a short gap by writing it again.
    fn reach(&mut self, x: u16, y: u16, row: &[Column<'_>]) {
        if let Some((from, line)) = self.at
            && line == y
            && from < x
            && x - from <= SHORT_GAP
            && let Some(gap) = row.get(usize::from(from)..usize::from(x))
            && gap.iter().all(|column| column.symbol.len() == 1 && self.writes(column))
            && gap.len() <= Step::Csi(x - from, b'C').len()
        {
            self.bytes.extend(gap.iter().flat_map(|column| column.symbol.as_bytes()));
            self.at = Some((x, y));
        }
        self.go(x, y);
    }

    /// Whether the pen, as it is, writes the column as it looks.
    fn writes(&self, column: &Column<'_>) -> bool {
        column.look == if column.symbol == " " { self.pen.on_blank() } else { self.pen }
    }

    fn pen_for(&mut self, column: &Column<'_>) {
        if !self.writes(column) {
            self.set_pen(column.look);
        }
    }

    /// Makes erasing leave plain blanks.
    fn plain_background(&mut self) {
        if self.pen.on_blank() != Look::PLAIN {
            self.set_pen(Look::PLAIN);
        }
    }

    fn set_pen(&mut self, look: Look) {
        let mut change = Codes::default();
        change.change(self.pen, look);
        let mut anew = Codes::default();
        anew.0.extend_from_slice(b"0");
        anew.change(Look::PLAIN, look);
        let Codes(codes) = if anew.0.len() < change.0.len() || !self.edits { anew } else { change };
        self.bytes.extend_from_slice(b"\x1b[");
        // `ESC [ m` is the reset.
        if codes != b"0" {
            self.bytes.extend_from_slice(&codes);
        }
        self.bytes.push(b'm');
        self.pen = look;
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a Vec does not fail.
        let _ = self.bytes.write_fmt(text);
    }
}

/// A part of a cursor movement.
#[derive(Debug, Clone, Copy)]
enum Step {
    Stay,
    Repeat(u16, u8),
    Csi(u16, u8),
}

impl Step {
    fn len(self) -> usize {
        match self {
            Self::Stay => 0,
            Self::Repeat(n, _) => usize::from(n),
            Self::Csi(1, _) => 3,
            Self::Csi(n, _) => 3 + digits(n),
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Stay => {}
            Self::Repeat(n, byte) => out.extend(std::iter::repeat_n(byte, usize::from(n))),
            Self::Csi(1, end) => out.extend_from_slice(&[0x1b, b'[', end]),
            Self::Csi(n, end) => {
                let _ = write!(out, "\x1b[{n}{}", char::from(end));
            }
        }
    }

    fn shorter(self, other: Self) -> Self {
        if other.len() < self.len() { other } else { self }
    }
}

/// The steps between two places: along the row first, then along the column.
fn steps((from_x, from_y): (u16, u16), (x, y): (u16, u16), edits: bool) -> [Step; 2] {
    let to_column = |step: Step| if edits { step.shorter(Step::Csi(x + 1, b'G')) } else { step };
    let across = match x.cmp(&from_x) {
        std::cmp::Ordering::Equal => Step::Stay,
        _ if x == 0 => Step::Repeat(1, b'\r'),
        std::cmp::Ordering::Greater => to_column(Step::Csi(x - from_x, b'C')),
        std::cmp::Ordering::Less => {
            let back = from_x - x;
            to_column(Step::Repeat(back, b'\x08').shorter(Step::Csi(back, b'D')))
        }
    };
    let down = match y.cmp(&from_y) {
        std::cmp::Ordering::Equal => Step::Stay,
        // In raw mode a line feed keeps the column, and here it never meets the bottom.
        std::cmp::Ordering::Greater => Step::Repeat(y - from_y, b'\n').shorter(Step::Csi(y - from_y, b'B')),
        std::cmp::Ordering::Less => Step::Csi(from_y - y, b'A'),
    };
    [across, down]
}

fn digits(n: u16) -> usize {
    n.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The numbers of one `ESC [ … m`.
#[derive(Debug, Default)]
struct Codes(Vec<u8>);

impl Codes {
    fn change(&mut self, from: Look, to: Look) {
        let mut kept = from.attributes;
        for (off, group) in [
            (22, Modifier::BOLD | Modifier::DIM),
            (23, Modifier::ITALIC),
            (24, Modifier::UNDERLINED),
            (25, Modifier::SLOW_BLINK | Modifier::RAPID_BLINK),
            (27, Modifier::REVERSED),
            (28, Modifier::HIDDEN),
            (29, Modifier::CROSSED_OUT),
        ] {
            // One code ends a whole group, so what stays of the group is set again below.
            if (kept - to.attributes).intersects(group) {
                self.push(off);
                kept -= group;
            }
        }
        for (on, attribute) in [
            (1, Modifier::BOLD),
            (2, Modifier::DIM),
            (3, Modifier::ITALIC),
            (4, Modifier::UNDERLINED),
            (5, Modifier::SLOW_BLINK),
            (6, Modifier::RAPID_BLINK),
            (7, Modifier::REVERSED),
            (8, Modifier::HIDDEN),
            (9, Modifier::CROSSED_OUT),
        ] {
            if (to.attributes - kept).contains(attribute) {
                self.push(on);
            }
        }
        if from.fg != to.fg {
            self.colour(to.fg, 30);
        }
        if from.bg != to.bg {
            self.colour(to.bg, 40);
        }
    }

    /// A colour, of the letters with base 30, of the background with base 40.
    fn colour(&mut self, colour: Color, base: u8) {
        match colour {
            Color::Reset => self.push(base + 9),
            Color::Black => self.push(base),
            Color::Red => self.push(base + 1),
            Color::Green => self.push(base + 2),
            Color::Yellow => self.push(base + 3),
            Color::Blue => self.push(base + 4),
            Color::Magenta => self.push(base + 5),
            Color::Cyan => self.push(base + 6),
            Color::Gray => self.push(base + 7),
            Color::DarkGray => self.push(base + 60),
            Color::LightRed => self.push(base + 61),
            Color::LightGreen => self.push(base + 62),
            Color::LightYellow => self.push(base + 63),
            Color::LightBlue => self.push(base + 64),
            Color::LightMagenta => self.push(base + 65),
            Color::LightCyan => self.push(base + 66),
            Color::White => self.push(base + 67),
            Color::Indexed(n) => [base + 8, 5, n].into_iter().for_each(|code| self.push(code)),
            Color::Rgb(r, g, b) => [base + 8, 2, r, g, b].into_iter().for_each(|code| self.push(code)),
        }
    }

    fn push(&mut self, code: u8) {
        if !self.0.is_empty() {
            self.0.push(b';');
        }
        let _ = write!(self.0, "{code}");
    }
}
