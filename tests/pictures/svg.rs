//! A frame of the program as SVG, in the colours of a theme.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use rolodeck::support::text::width;

/// Size of a column and a row, of the letters, and of the margin around everything.
const COLUMN: f32 = 8.4;
const ROW: f32 = 18.0;
const LETTERS: f32 = 14.0;
const MARGIN: f32 = 12.0;
/// How far the foot of the letters is below the top of their row.
const FOOT: f32 = 13.5;

/// The signs of frames; each takes one column.
const FRAME: [char; 6] = ['─', '│', '┌', '┐', '└', '┘'];

/// What the terminal has where nothing is painted.
#[derive(Clone, Copy)]
pub struct Paper {
    /// The letters.
    pub ink: [u8; 3],
    /// The ground.
    pub ground: [u8; 3],
}

/// Cells side by side that look alike.
struct Run {
    text: String,
    column: usize,
    columns: usize,
    look: (Color, Color, Modifier),
}

/// Draws a frame, with the cursor as a terminal shows it.
pub fn draw(buffer: &Buffer, cursor: Option<(u16, u16)>, paper: Paper, title: &str) -> String {
    let (columns, rows) = (f32::from(buffer.area.width), f32::from(buffer.area.height));
    let (wide, high) = (columns * COLUMN + 2.0 * MARGIN, rows * ROW + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" \
         role=\"img\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{LETTERS}\" \
         xml:space=\"preserve\" fill=\"none\">\n",
        hex(paper.ground)
    );
    let row_cells = usize::from(buffer.area.width).max(1);
    for (y, cells) in buffer.content.chunks(row_cells).enumerate() {
        for run in runs(cells) {
            paint(&mut svg, &run, y, paper);
        }
    }
    if let Some((x, y)) = cursor {
        let (x, y, ink) = (MARGIN + f32::from(x) * COLUMN, MARGIN + f32::from(y) * ROW, hex(paper.ink));
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{COLUMN}\" height=\"{ROW}\" fill=\"{ink}\" fill-opacity=\"0.3\"/>"
        );
    }
    svg + "</g>\n</svg>\n"
}

fn runs(cells: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while let Some(cell) = cells.get(x) {
        let columns = width(cell.symbol()).max(1);
        let look = (cell.fg, cell.bg, cell.modifier);
        match runs.last_mut() {
            Some(last) if last.look == look && last.column + last.columns == x => {
                last.text.push_str(cell.symbol());
                last.columns += columns;
            }
            _ => runs.push(Run { text: cell.symbol().to_owned(), column: x, columns, look }),
        }
        x += columns;
    }
    runs
}

fn paint(svg: &mut String, run: &Run, row: usize, paper: Paper) {
    let (fg, bg, marks) = run.look;
    let (mut ink, mut ground) = (rgb(fg), rgb(bg));
    if marks.contains(Modifier::REVERSED) {
        (ink, ground) = (Some(ground.unwrap_or(paper.ground)), Some(ink.unwrap_or(paper.ink)));
    }
    let (top, long) = (MARGIN + row as f32 * ROW, run.columns as f32 * COLUMN);
    if let Some(ground) = ground {
        let x = MARGIN + run.column as f32 * COLUMN;
        let fill = hex(ground);
        let _ = writeln!(svg, "<rect x=\"{x:.1}\" y=\"{top}\" width=\"{long:.1}\" height=\"{ROW}\" fill=\"{fill}\"/>");
    }
    let fill = hex(ink.unwrap_or(paper.ink));
    let frame = lines(run, top);
    if !frame.is_empty() {
        let _ = writeln!(svg, "<path d=\"{}\" stroke=\"{fill}\"/>", frame.trim_end());
    }
    let letters = run.text.replace(FRAME, " ");
    let text = letters.trim();
    if text.is_empty() {
        return;
    }
    // Blanks at the ends are not drawn; the others hold their place by the length that is set.
    let before = width(&letters) - width(letters.trim_start());
    let (x, long) = (MARGIN + (run.column + before) as f32 * COLUMN, width(text) as f32 * COLUMN);
    let mut more = String::new();
    for (mark, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.7\""),
    ] {
        more += if marks.contains(mark) { attribute } else { "" };
    }
    let foot = top + FOOT;
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{foot}\" textLength=\"{long:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{fill}\"{more}>{text}</text>"
    );
}

/// The frames in a run, as lines that meet: fonts leave gaps between rows.
fn lines(run: &Run, top: f32) -> String {
    let (middle, bottom) = (top + ROW / 2.0, top + ROW);
    let mut path = String::new();
    for (i, sign) in run.text.chars().enumerate() {
        let left = MARGIN + (run.column + i) as f32 * COLUMN;
        let (centre, right) = (left + COLUMN / 2.0, left + COLUMN);
        let _ = match sign {
            '─' => write!(path, "M{left:.1} {middle}H{right:.1} "),
            '│' => write!(path, "M{centre:.1} {top}V{bottom} "),
            '┌' => write!(path, "M{centre:.1} {bottom}V{middle}H{right:.1} "),
            '┐' => write!(path, "M{left:.1} {middle}H{centre:.1}V{bottom} "),
            '└' => write!(path, "M{centre:.1} {top}V{middle}H{right:.1} "),
            '┘' => write!(path, "M{left:.1} {middle}H{centre:.1}V{top} "),
            _ => Ok(()),
        };
    }
    path
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The colour as a terminal of 256 colours shows it; `None` = its own.
fn rgb(colour: Color) -> Option<[u8; 3]> {
    let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
    Some(match colour {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(n @ 16..=231) => [level((n - 16) / 36), level((n - 16) / 6 % 6), level((n - 16) % 6)],
        Color::Indexed(n @ 232..) => [8 + (n - 232) * 10; 3],
        _ => return None,
    })
}
