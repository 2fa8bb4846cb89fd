//! Small pictures of each painter.

use proptest::prelude::*;
use ratatui::style::Color;

use super::*;
use crate::config::theme::{Depth, Theme};

fn buffer(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

fn styles() -> Styles {
    Styles::new(Theme::parse("dark", std::path::Path::new("dark.toml"), "").unwrap(), Depth::Indexed)
}

/// The rows as text, without blanks at the end.
fn shown(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        let mut out = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            out.push_str(buffer[(x, y)].symbol());
            x += buffer[(x, y)].symbol().cell_width().max(1);
        }
        out.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect()
}

#[test]
fn a_text_is_cut_to_its_room_and_shown_harmlessly() {
    let mut b = buffer(12, 4);
    assert_eq!(text(&mut b, 0, 0, 8, "abc", Style::new()), 3);
    assert_eq!(text(&mut b, 0, 1, 6, "名前です", Style::new()), 5);
    assert_eq!(text(&mut b, 0, 2, 12, "a\x1b[2Jb\n", Style::new()), 7);
    assert_eq!(text(&mut b, 9, 3, 8, "abcdef", Style::new()), 3);
    assert_eq!(shown(&b), ["abc", "名前…", "a␛[2Jb␊", "         ab…"]);
}

#[test]
fn numbers_stand_against_the_right() {
    let mut b = buffer(10, 2);
    text_right(&mut b, 1, 0, 8, "1,200", Style::new());
    text_right(&mut b, 1, 1, 4, "1,200", Style::new());
    assert_eq!(shown(&b), ["    1,200", " 1,2…"]);
}

#[test]
fn pieces_follow_each_other_with_their_own_styles() {
    let mut b = buffer(9, 1);
    let red = Style::new().fg(Color::Red);
    assert_eq!(pieces(&mut b, 0, 0, 9, &[("ok ", Style::new()), ("bad", red), (" more", Style::new())]), 9);
    assert_eq!(shown(&b), ["ok bad m…"]);
    assert_eq!((b[(2, 0)].fg, b[(3, 0)].fg), (Color::Reset, Color::Red));
}

#[test]
fn a_pane_has_its_name_and_position_in_the_frame() {
    let mut b = buffer(24, 3);
    let inner = pane(&mut b, Rect::new(0, 0, 24, 3), "Queue", "12/1,000", Focus::Here, &styles());
    assert_eq!(inner, Rect::new(1, 1, 22, 1));
    assert_eq!(
        shown(&b),
        [
            "┌ Queue ───── 12/1,000 ┐", //
            "│                      │",
            "└──────────────────────┘",
        ]
    );
    assert_eq!(b[(0, 0)].fg, styles().of(Role::BorderFocus).fg.unwrap());
}

#[test]
fn a_narrow_pane_gives_up_the_position_and_then_the_name() {
    let mut b = buffer(18, 2);
    pane(&mut b, Rect::new(0, 0, 18, 2), "Queue", "12/1,000", Focus::Elsewhere, &styles());
    assert_eq!(shown(&b)[0], "┌ Queue ─────────┐");
    let mut b = buffer(8, 2);
    pane(&mut b, Rect::new(0, 0, 8, 2), "Results", "1/2", Focus::Elsewhere, &styles());
    assert_eq!(shown(&b)[0], "┌ Res… ┐");
}

#[test]
fn a_dialog_is_centred_over_what_was_there() {
    let mut b = buffer(29, 3);
    for y in 0..3 {
        text(&mut b, 0, y, 29, "名名名名名名名名名名名名名名.", Style::new());
    }
    let inner = dialog(&mut b, Rect::new(0, 0, 29, 3), 6, 1, "Send", &styles());
    text(&mut b, inner.x, inner.y, inner.width, "really?", Style::new());
    let seen = ["名名名名 ┌ Send ──┐ 名名名名.", "名名名名 │ reall… │ 名名名名.", "名名名名 └────────┘ 名名名名."];
    assert_eq!(shown(&b), seen);
}

#[test]
fn a_dialog_beside_which_only_slivers_were_left_takes_them_too() {
    let mut b = buffer(20, 3);
    dialog(&mut b, Rect::new(0, 0, 20, 3), 6, 1, "Send", &styles());
    assert_eq!(shown(&b)[0], "┌ Send ────────────┐");
}

#[test]
fn a_bar_grows_by_eighths_and_is_full_only_at_the_end() {
    let mut b = buffer(4, 6);
    for (y, part) in [0, 1, 500, 516, 999, 1000].into_iter().enumerate() {
        bar(&mut b, 0, y as u16, 4, part, 1000, Style::new());
    }
    assert_eq!(shown(&b), ["", "", "██", "██", "███▉", "████"]);
    bar(&mut b, 0, 0, 4, 3, 0, Style::new());
    bar(&mut b, 0, 1, 4, u64::MAX / 3, u64::MAX, Style::new());
    assert_eq!(shown(&b)[..2], ["", "█▎"]);
}

#[test]
fn hints_that_do_not_fit_are_left_out_whole() {
    let all = [("W", "send"), ("P", "plan"), ("?", "help")];
    let mut b = buffer(24, 2);
    assert_eq!(hints(&mut b, 1, 0, 22, &all, &styles()), 3);
    assert_eq!(hints(&mut b, 1, 1, 21, &all, &styles()), 2);
    assert_eq!(shown(&b), [" W send  P plan  ? help", " W send  P plan"]);
}

proptest! {
    #[test]
    fn nothing_is_painted_outside_the_buffer(
        (x, y, w, h) in (0u16..12, 0u16..6, 0u16..14, 0u16..8),
        title in "[a-z名 ]{0,12}",
    ) {
        let (mut b, styles) = (buffer(10, 5), styles());
        let area = Rect::new(x, y, w, h);
        pane(&mut b, area, &title, "1/2", Focus::Here, &styles);
        dialog(&mut b, area, 4, 2, &title, &styles);
        text_right(&mut b, x, y, w, &title, Style::new());
        bar(&mut b, x, y, w, 1, 3, Style::new());
        hints(&mut b, x, y, w, &[("a", &title)], &styles);
        clear(&mut b, area);
    }
}
