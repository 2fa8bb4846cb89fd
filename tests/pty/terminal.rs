//! The terminal as the shell gets it back, and as an editor or another shell has it meanwhile.

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
