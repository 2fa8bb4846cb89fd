//! The terminal as the shell gets it back, and as an editor or another shell has it meanwhile.

use rstest::rstest;

use crate::exits::{wait_for_everything, with_everything};
use crate::harness::Launch;

/// A program with that home.
pub fn launch(home: &tempfile::TempDir, launch: fn(&[&str]) -> Launch, args: &[&str]) -> Launch {
    launch(args).env("HOME", home.path()).env("ROLODECK_DATA_DIR", home.path().join("data")).size(120, 36)
}

/// A home with two edits in its queue.
pub fn with_edits() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("in.csv");
    std::fs::write(&file, "sid,first_name\ns1,Asha\ns2,Ravi\n").unwrap();
    let import = ["import", file.to_str().unwrap()];
    assert!(launch(&home, Launch::rolodeck, &import).start().exit().success());
    home
}

#[test]
fn an_editor_changes_edits_as_one_step_of_undo_and_gives_the_terminal_back() {
    let home = with_edits();
    let editor = "/bin/sh -c 'stty -a | grep -q -- -icanon || sed -i s/Ravi/Uma/ $1; sed -i s/Asha/Noor/ $1' editor";
    let mut session = launch(&home, Launch::rolodeck, &[]).env("VISUAL", editor).start();
    session.wait_for("Ravi");
    session.keys("*E");
    session.wait_for("changed 2 edits");
    session.wait_until("both names changed", |s| s.contents().contains("Uma") && s.contents().contains("Noor"));
    session.keys("u");
    session.wait_until("both names back", |s| s.contents().contains("Ravi") && s.contents().contains("Asha"));
    session.keys("q");
    assert!(session.exit().success());
    session.assert_given_back();
}

#[test]
fn a_terminal_that_cannot_place_its_cursor_is_refused_untouched() {
    let home = with_edits();
    let mut session = launch(&home, Launch::rolodeck, &[]).env("TERM", "dumb").start();
    assert_eq!(session.exit().exit_code(), 2);
    assert!(session.screen().contains("TERM is `dumb`"), "{}", session.screen());
    session.assert_given_back();
}

#[rstest]
#[case("xterm")]
#[case("xterm-16color")]
#[case("screen")]
#[case("tmux-256color")]
#[case("linux")]
#[case("vt100")]
fn a_terminal_gets_what_it_knows_and_is_asked_nothing(#[case] term: &str) {
    let home = with_edits();
    let mut session = launch(&home, Launch::rolodeck, &[]).env("TERM", term).start();
    // Nothing answers here: a program that asked its terminal would wait, or fail in the harness, which knows no question.
    session.wait_for("Ravi");
    session.keys("je\x15Uma\r");
    session.wait_for("set on 1 edit");
    session.keys("?");
    session.wait_for("Keys in Queue");
    session.keys("qq");
    assert!(session.exit().success());
    session.assert_given_back();
}

#[test]
fn text_of_disputed_width_leaves_the_frame_where_it_is() {
    let home = with_edits();
    let names =
        ["👩‍👩‍👧‍👦 family", "🇮🇳🇫🇷 flags", "山田太郎", "e\u{301}\u{323} combined", "שלום עולם", "♥️ ☎ ①", "नमस्ते", "👍🏽 thumbs"];
    let lines: Vec<_> = (0..).zip(names).map(|(i, name)| format!("u{i},{name}")).collect();
    let file = home.path().join("odd.csv");
    std::fs::write(&file, format!("sid,first_name\n{}\n", lines.join("\n"))).unwrap();
    let import = ["import", file.to_str().unwrap()];
    assert!(launch(&home, Launch::rolodeck, &import).start().exit().success());
    let mut session = launch(&home, Launch::rolodeck, &[]).size(80, 24).start();
    // As painted at first, and after the cursor has gone over every row.
    for keys in ["", "jjjjjjjjjj", "gg"] {
        session.keys(keys);
        let cursor = if keys.starts_with('j') { "10/10" } else { "1/10" };
        session.wait_until("all rows, each in its frame", |screen| {
            let sign = |y: u16, x| screen.cell(y, x).unwrap().contents();
            let rows: Vec<_> = (0..24).filter(|y| sign(*y, 0) == "│" && sign(*y, 3) == "u").collect();
            let ends = rows.iter().all(|y| sign(*y, 79) == "│");
            screen.contents().contains(cursor) && rows.len() >= names.len() && ends
        });
    }
    session.keys("q");
    assert!(session.exit().success());
}

#[test]
fn a_suspended_workstation_leaves_the_terminal_to_the_shell_and_comes_back_whole() {
    let home = with_edits();
    let program = env!("CARGO_BIN_EXE_rolodeck");
    let script = format!("set -m; {program}; echo stopped; read key; fg; echo stopped again; read key; fg");
    let mut session = with_everything(&home, |args| Launch::shell(args[0]), &[&script]);
    wait_for_everything(&session);
    session.keys("\x1a");
    session.wait_until("the shell's screen", |s| !s.alternate_screen() && s.contents().contains("stopped"));
    session.assert_given_back();
    session.keys("\r");
    wait_for_everything(&session);
    session.keys("\x1a");
    session.wait_for("stopped again");
    session.assert_given_back();
    session.keys("\r");
    wait_for_everything(&session);
    session.keys("q");
    assert!(session.exit().success());
    session.assert_given_back();
}
