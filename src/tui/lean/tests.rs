//! What a terminal shows after a frame, and the bytes that a frame costs.

use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;

const WIDTH: u16 = 24;
const HEIGHT: u16 = 10;

const ATTRIBUTES: [(Modifier, u8); 5] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
];

/// A writer that is a terminal, and counts.
struct Screen {
    terminal: vt100::Parser,
    writes: usize,
    last: Vec<u8>,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        let terminal = vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0);
        Self { terminal, writes: 0, last: Vec::new() }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.last = bytes.to_vec();
        self.terminal.process(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lean(width: u16, height: u16) -> Lean<Screen> {
    Lean::new(Screen::new(width, height))
}

/// A cell as it looks: letters, colours, attributes. On a blank only what shows there counts.
#[derive(Debug, PartialEq)]
struct Seen {
    text: String,
    colours: [vt100::Color; 2],
    attributes: [bool; 5],
}

fn seen(lean: &Lean<Screen>) -> Vec<Seen> {
    let screen = lean.out.terminal.screen();
    let (rows, columns) = screen.size();
    let look = |row, column| {
        let cell = screen.cell(row, column).unwrap();
        let (underline, inverse) = (cell.underline(), cell.inverse());
        let text = cell.contents().trim().to_owned();
        if cell.is_wide_continuation() {
            Seen { text, colours: [vt100::Color::Default; 2], attributes: [true; 5] }
        } else if text.is_empty() {
            let fg = if underline || inverse { cell.fgcolor() } else { vt100::Color::Default };
            Seen { text, colours: [fg, cell.bgcolor()], attributes: [false, false, false, underline, inverse] }
        } else {
            let attributes = [cell.bold(), cell.dim(), cell.italic(), underline, inverse];
            Seen { text, colours: [cell.fgcolor(), cell.bgcolor()], attributes }
        }
    };
    (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| look(row, column))).collect()
}

/// What a terminal shows that is painted cell by cell, every one placed and coloured on its own.
fn painted_plainly(buffer: &Buffer) -> Lean<Screen> {
    let mut lean = lean(buffer.area.width, buffer.area.height);
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let attributes = ATTRIBUTES.into_iter().filter(|(attribute, _)| cell.modifier.contains(*attribute));
            let mut codes: Vec<String> = attributes.map(|(_, code)| code.to_string()).collect();
            for (colour, base) in [(cell.fg, 38), (cell.bg, 48)] {
                codes.extend(match colour {
                    Color::Red => Some(format!("{base};5;1")),
                    Color::LightBlue => Some(format!("{base};5;12")),
                    Color::Indexed(n) => Some(format!("{base};5;{n}")),
                    Color::Rgb(r, g, b) => Some(format!("{base};2;{r};{g};{b}")),
                    _ => None,
                });
            }
            let sgr = codes.join(";");
            let width = crate::support::text::width(cell.symbol()) as u16;
            let symbol = if width == 0 || x + width > buffer.area.width { " " } else { cell.symbol() };
            lean.out.terminal.process(format!("\x1b[{};{}H\x1b[m\x1b[{sgr}m{symbol}", y + 1, x + 1).as_bytes());
            x += width.max(1);
        }
    }
    lean
}

/// Where the terminal shows something else than the frame: cell, what is seen, what was wanted.
fn first_difference(lean: &Lean<Screen>, frame: &Buffer) -> Option<(usize, Seen, Seen)> {
    let cells = seen(lean).into_iter().zip(seen(&painted_plainly(frame))).enumerate();
    cells.map(|(i, (seen, wanted))| (i, seen, wanted)).find(|(_, seen, wanted)| seen != wanted)
}

fn style() -> impl Strategy<Value = Style> {
    let colour = || {
        prop_oneof![
            3 => Just(Color::Reset),
            1 => Just(Color::Red),
            1 => Just(Color::LightBlue),
            1 => Just(Color::Indexed(110)),
            1 => Just(Color::Rgb(1, 200, 30)),
        ]
    };
    let attributes = prop_oneof![3 => Just(0u16), 1 => 0u16..32].prop_map(|bits| {
        let chosen = ATTRIBUTES.into_iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
        chosen.fold(Modifier::empty(), |sum, (_, (attribute, _))| sum | attribute)
    });
    (colour(), colour(), attributes)
        .prop_map(|(fg, bg, attributes)| Style::new().fg(fg).bg(bg).add_modifier(attributes))
}

/// One thing written on a frame: where, what, how.
fn stroke() -> impl Strategy<Value = (u16, u16, &'static str, Style)> {
    const TEXTS: &[&str] = &[
        "a",
        "hello there",
        "名前です",
        "e\u{301}tude",
        " ",
        "                      ",
        "x名 名x",
        "😀!",
        "────────",
        "क्षमा",
        "⌨\u{fe0f}ab",
    ];
    (0..WIDTH, 0..HEIGHT, proptest::sample::select(TEXTS), style())
}

#[derive(Debug, Clone)]
enum Act {
    Write(Vec<(u16, u16, &'static str, Style)>),
    Move { top: u16, bottom: u16, by: i16 },
    Wipe,
    Forget,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => proptest::collection::vec(stroke(), 1..8).prop_map(Act::Write),
        4 => (0..HEIGHT - 1, 1..=HEIGHT, -3i16..=3).prop_map(|(top, rows, by)| Act::Move {
            top,
            bottom: (top + rows).min(HEIGHT),
            by,
        }),
        1 => Just(Act::Wipe),
        1 => Just(Act::Forget),
    ]
}

/// The frame after an act.
fn perform(act: &Act, frame: &mut Buffer) {
    match act {
        Act::Write(strokes) => {
            for &(x, y, text, style) in strokes {
                frame.set_string(x, y, text, style);
            }
        }
        &Act::Move { top, bottom, by } if by != 0 && by.unsigned_abs() < bottom - top => {
            scroll::Scroll { top, bottom, by }.apply(frame);
        }
        Act::Wipe => frame.reset(),
        Act::Move { .. } | Act::Forget => {}
    }
    // Terminals differ on bold and dim at once; on this one the order of the codes decides.
    for cell in frame.content.iter_mut().filter(|cell| cell.modifier.contains(Modifier::BOLD)) {
        cell.modifier -= Modifier::DIM;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_frames_show_what_painting_cell_by_cell_shows(acts in proptest::collection::vec(act(), 1..10)) {
        let mut lean = lean(WIDTH, HEIGHT);
        let mut frame = Buffer::empty(Rect::new(0, 0, WIDTH, HEIGHT));
        for act in &acts {
            perform(act, &mut frame);
            if matches!(act, Act::Forget) {
                lean.forget();
            }
            lean.draw(&frame, None).unwrap();
            prop_assert_eq!(first_difference(&lean, &frame), None, "{:?}", frame);
            prop_assert_eq!(lean.draw(&frame, None).unwrap(), 0);
        }
    }
}

fn sid(i: usize) -> String {
    format!("{:016x}{:016x}", crate::support::rng::mix(i as u64), crate::support::rng::mix(!i as u64))
}

/// A grid as the program draws it: header, box, rows with a marker, footer.
fn grid(first: usize, cursor: usize) -> Buffer {
    let mut frame = Buffer::empty(Rect::new(0, 0, 120, 36));
    let (dim, accent) = (Style::new().fg(Color::Indexed(245)), Style::new().fg(Color::Indexed(110)));
    frame.set_string(0, 0, " rolodeck  demo · Mumbai · account demo1", Style::new().bold());
    frame.set_string(0, 1, format!("┌ Queue {} {:>9}/1,000,000 ┐", "─".repeat(90), first + cursor + 1), dim);
    for y in 0..32 {
        let i = first + y;
        let line = y as u16 + 2;
        frame.set_string(0, line, "│", dim);
        frame.set_string(2, line, if y == cursor { "▌" } else { " " }, accent);
        frame.set_string(4, line, sid(i), Style::new());
        frame.set_string(38, line, format!("name {i}"), Style::new());
        frame.set_string(56, line, format!("person{i}@example.com"), accent);
        frame.set_string(90, line, if i.is_multiple_of(3) { "premium" } else { "basic" }, Style::new());
        frame.set_string(119, line, "│", dim);
    }
    frame.set_string(0, 34, format!("└{}┘", "─".repeat(118)), dim);
    frame.set_string(1, 35, "W send  P plan  e edit  ? help", dim);
    frame
}

/// The bytes of going from one frame to another, in one write, and the other is then shown.
fn cost(from: &Buffer, to: &Buffer) -> usize {
    let mut lean = lean(from.area.width, from.area.height);
    lean.draw(from, None).unwrap();
    let writes = lean.out.writes;
    let bytes = lean.draw(to, None).unwrap();
    assert_eq!(lean.out.writes, writes + usize::from(bytes > 0));
    assert_eq!(first_difference(&lean, to), None);
    bytes
}

fn within(bytes: usize, budget: usize) {
    assert!(bytes <= budget, "{bytes} bytes, the budget is {budget}");
}

#[test]
fn an_unchanged_frame_writes_nothing() {
    assert_eq!(cost(&grid(0, 3), &grid(0, 3)), 0);
}

#[test]
fn moving_the_cursor_costs_at_most_64_bytes() {
    within(cost(&grid(500, 3), &grid(500, 4)), 64);
    within(cost(&grid(500, 4), &grid(500, 3)), 64);
}

#[test]
fn scrolling_by_a_row_costs_at_most_250_bytes() {
    within(cost(&grid(500, 31), &grid(501, 31)), 250);
    within(cost(&grid(500, 0), &grid(499, 0)), 250);
}

#[test]
fn a_held_key_over_60_rows_costs_at_most_12_kilobytes() {
    let mut lean = lean(120, 36);
    lean.draw(&grid(500, 10), None).unwrap();
    let rows = (11..=31).map(|cursor| (500, cursor)).chain((501..540).map(|first| (first, 31)));
    within(rows.map(|(first, cursor)| lean.draw(&grid(first, cursor), None).unwrap()).sum(), 12_000);
}

#[test]
fn a_page_costs_at_most_4500_bytes() {
    within(cost(&grid(500, 31), &grid(532, 31)), 4500);
    within(cost(&grid(532, 0), &grid(500, 0)), 4500);
}

#[test]
fn only_large_frames_ask_to_be_shown_at_once() {
    let mut lean = lean(120, 36);
    lean.draw(&grid(0, 0), None).unwrap();
    assert!(lean.out.last.starts_with(BEGIN_LARGE) && lean.out.last.ends_with(END_LARGE));
    lean.draw(&grid(1, 0), None).unwrap();
    assert!(!lean.out.last.starts_with(BEGIN_LARGE) && !lean.out.last.ends_with(END_LARGE));
}

#[test]
fn the_cursor_is_placed_shown_and_hidden() {
    let frame = grid(0, 0);
    let mut lean = lean(120, 36);
    lean.draw(&frame, Some((7, 9))).unwrap();
    assert_eq!(lean.out.terminal.screen().cursor_position(), (9, 7));
    assert_eq!(lean.draw(&frame, Some((7, 9))).unwrap(), 0);
    lean.draw(&frame, Some((8, 9))).unwrap();
    assert_eq!(lean.out.last, b"\x1b[C");
    lean.draw(&frame, None).unwrap();
    assert!(lean.out.terminal.screen().hide_cursor());
}

#[test]
fn another_size_paints_everything() {
    let mut lean = lean(120, 36);
    lean.draw(&grid(0, 0), None).unwrap();
    lean.out.terminal.screen_mut().set_size(10.try_into().unwrap(), 40.try_into().unwrap());
    let mut small = Buffer::empty(Rect::new(0, 0, 40, 10));
    small.set_string(3, 4, "small", Style::new());
    lean.draw(&small, None).unwrap();
    assert_eq!(first_difference(&lean, &small), None);
}

#[test]
fn a_control_character_in_a_cell_is_not_obeyed() {
    let mut frame = Buffer::empty(Rect::new(0, 0, 10, 2));
    frame[(0, 0)].set_symbol("\x1b[2J");
    frame[(1, 0)].set_symbol("\n");
    let mut lean = lean(10, 2);
    lean.draw(&frame, None).unwrap();
    assert_eq!(lean.out.last, "\x1b[m\x1b[H\x1b[2J\u{fffd}\u{fffd}\x1b[?25l".as_bytes());
}

#[test]
fn what_follows_a_glyph_of_doubtful_width_is_painted_at_its_own_place() {
    let mut frame = Buffer::empty(Rect::new(0, 0, 20, 2));
    frame.set_string(2, 1, "👩\u{200d}👧 Asha", Style::new());
    let mut lean = lean(20, 2);
    lean.draw(&Buffer::empty(Rect::new(0, 0, 20, 2)), None).unwrap();
    lean.draw(&frame, None).unwrap();
    assert!(lean.out.last.ends_with("👩\u{200d}👧\x1b[2;5H Asha\x1b[K".as_bytes()));
    // Gone again, it may have left its parts anywhere to the right.
    frame.set_string(2, 1, "..", Style::new());
    lean.draw(&frame, None).unwrap();
    assert!(lean.out.last.ends_with(b".. Asha\x1b[K"));
}

#[test]
fn an_attribute_that_shares_its_end_with_another_survives_it() {
    let mut frame = Buffer::empty(Rect::new(0, 0, 3, 1));
    let dim = Style::new().fg(Color::Indexed(110)).dim();
    frame.set_string(0, 0, "a", dim.bold());
    frame.set_string(1, 0, "b", dim);
    frame.set_string(2, 0, "c", Style::new());
    let mut lean = lean(3, 1);
    lean.draw(&frame, None).unwrap();
    let expected = b"\x1b[1;2;38;5;110ma\x1b[22;2mb\x1b[mc\x1b[?25l";
    assert_eq!(lean.out.last.strip_prefix(CLEAR), Some(&expected[..]));
}

#[test]
fn after_a_failed_write_everything_is_painted() {
    struct Broken(bool, Vec<u8>);
    impl Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 { Err(io::ErrorKind::BrokenPipe.into()) } else { self.1.write(bytes) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let frame = Buffer::with_lines(["abc"]);
    let mut lean = Lean::new(Broken(true, Vec::new()));
    assert!(lean.draw(&frame, None).is_err());
    lean.out.0 = false;
    lean.draw(&frame, None).unwrap();
    assert_eq!(lean.out.1, b"\x1b[m\x1b[H\x1b[2Jabc\x1b[?25l");
}
