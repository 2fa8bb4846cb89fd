//! The terminal as the shell gets it back, and as an editor or another shell has it meanwhile.

use rustix::process::Signal;

use crate::harness::{Launch, Session};

/// The workstation with two edits in its queue.
fn launch(home: &tempfile::TempDir, launch: fn(&[&str]) -> Launch, args: &[&str]) -> Launch {
    launch(args).env("HOME", home.path()).env("ROLODECK_DATA_DIR", home.path().join("data")).size(120, 36)
}

fn with_edits() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("in.csv");
    std::fs::write(&file, "sid,first_name\ns1,Asha\ns2,Ravi\n").unwrap();
    let import = ["import", file.to_str().unwrap()];
    assert!(launch(&home, Launch::rolodeck, &import).start().exit().success());
    home
}

fn is_given_back(session: &Session) -> bool {
    session.is_given_back() && session.is_cooked()
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
    assert!(is_given_back(&session));
}

#[test]
fn a_signal_and_a_failure_give_the_terminal_back_with_every_mode_that_was_wanted() {
    let home = with_edits();
    let config = home.path().join("config.toml");
    std::fs::write(&config, "[ui]\nmouse = true\ntitle = true\n").unwrap();
    let mut session = launch(&home, Launch::rolodeck, &[]).env("ROLODECK_CONFIG", &config).start();
    session.wait_until("the mouse is listened to", |screen| {
        screen.contents().contains("Ravi") && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::PressRelease
    });
    assert!(!session.is_cooked());
    session.signal(Signal::TERM);
    assert_eq!(session.exit().exit_code(), 130);
    assert!(is_given_back(&session));
    session.wait_until("no mouse", |s| s.mouse_protocol_mode() == vt100::MouseProtocolMode::None);
}

#[test]
fn a_terminal_that_cannot_place_its_cursor_is_refused_untouched() {
    let home = with_edits();
    let mut session = launch(&home, Launch::rolodeck, &[]).env("TERM", "dumb").start();
    assert_eq!(session.exit().exit_code(), 2);
    assert!(session.screen().contains("TERM is `dumb`"), "{}", session.screen());
    assert!(is_given_back(&session));
}

#[test]
fn a_suspended_workstation_leaves_the_terminal_to_the_shell_and_comes_back_whole() {
    let home = with_edits();
    let program = env!("CARGO_BIN_EXE_rolodeck");
    let script = format!("set -m; {program}; echo stopped; read key; fg; echo stopped again; read key; fg");
    let mut session = launch(&home, |args| Launch::shell(args[0]), &[&script]).start();
    session.wait_for("Ravi");
    session.keys("\x1a");
    session.wait_until("the shell's screen", |s| !s.alternate_screen() && s.contents().contains("stopped"));
    assert!(is_given_back(&session));
    session.keys("\r");
    session.wait_until("the workstation again", |s| s.alternate_screen() && s.contents().contains("Ravi"));
    assert!(!session.is_cooked());
    session.keys("\x1a");
    session.wait_for("stopped again");
    session.keys("\r");
    session.wait_until("the workstation again", |s| s.alternate_screen() && s.contents().contains("Ravi"));
    session.keys("q");
    assert!(session.exit().success());
    assert!(is_given_back(&session));
}
