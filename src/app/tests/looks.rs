//! Zoom, other sizes, and the list of themes.

use super::*;

#[test]
fn zoom_gives_a_pane_the_screen_and_esc_shares_it_again() {
    let mut desk = Desk::with(40);
    update(&mut desk.model, Msg::Resize(160, 45), &desk.ctx);
    desk.press("G +");
    assert!(desk.model.hides_panes() && desk.model.layout().results.is_none());
    desk.press("2");
    assert!(desk.model.layout().queue.is_none(), "the zoom goes with the focus");
    desk.press("1 esc");
    assert!(!desk.model.zoomed && desk.model.place() == Place::Queue);
    assert_eq!(desk.model.queue.cursor, 39);
    desk.press("+ +");
    assert!(!desk.model.zoomed);
}

#[test]
fn a_screen_with_one_pane_has_nothing_to_zoom_and_esc_keeps_its_meaning() {
    let mut desk = Desk::with(3);
    desk.press("2 +");
    assert!(!desk.model.zoomed && desk.model.notice.is_some());
    desk.press("esc");
    assert_eq!(desk.model.place(), Place::Queue);
}

#[test]
fn another_size_and_back_keeps_cursor_and_scroll() {
    let mut desk = Desk::with(300);
    desk.press("G k k k k");
    let before = (desk.model.queue.cursor, desk.model.queue.top);
    for size in [(200, 60), (60, 15), (20, 4), (80, 24)] {
        update(&mut desk.model, Msg::Resize(size.0, size.1), &desk.ctx);
        assert_eq!(desk.model.queue.cursor, before.0);
    }
    assert_eq!(desk.model.queue.top, before.1);
}

fn theme(name: &str, keep: bool) -> Effect {
    Effect::Theme { name: name.into(), keep }
}

fn with_themes() -> Desk {
    let mut desk = Desk::with(1);
    assert_eq!(desk.press(": t h e m e enter"), [Effect::Themes]);
    let names = ["dark", "light", "mono"].map(String::from).to_vec();
    desk.answer(Answer::Themes { names, before: "light".into(), note: None });
    desk
}

#[test]
fn moving_over_a_theme_shows_it_and_enter_keeps_it() {
    let mut desk = with_themes();
    assert_eq!(desk.press("j"), [theme("mono", false)]);
    assert_eq!(desk.press("g g"), [theme("dark", false)]);
    assert_eq!(desk.press("enter"), [theme("dark", true)]);
    assert!(desk.model.dialogs.is_empty());
}

#[rstest]
#[case("esc")]
#[case("q")]
fn leaving_the_themes_brings_back_the_one_before(#[case] key: &str) {
    let mut desk = with_themes();
    assert_eq!(desk.press(&format!("k {key}")), [theme("dark", false), theme("light", false)]);
    assert!(desk.model.dialogs.is_empty());
}
