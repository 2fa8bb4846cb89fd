//! Every way out gives the terminal back as the shell had it: screen, line, mouse, pastes, cursor, title.

use rstest::rstest;
use rustix::process::Signal;

use crate::harness::{Launch, Session};
use crate::terminal::{launch, with_edits};

/// The workstation with all that it can ask of a terminal.
pub fn with_everything(home: &tempfile::TempDir, run: fn(&[&str]) -> Launch, args: &[&str]) -> Session {
    let config = home.path().join("config.toml");
    std::fs::write(&config, "[ui]\nmouse = true\ntitle = true\n").unwrap();
    launch(home, run, args).env("ROLODECK_CONFIG", &config).start()
}

#[track_caller]
pub fn wait_for_everything(session: &Session) {
    session.wait_until("the edits, and the mouse listened to", |screen| {
        let mouse = screen.mouse_protocol_mode() == vt100::MouseProtocolMode::PressRelease;
        screen.contents().contains("Ravi") && screen.alternate_screen() && screen.bracketed_paste() && mouse
    });
    session.wait_for_title("rolodeck · ");
    assert!(session.left_behind().contains(&String::from("the modes of the line")));
}

#[rstest]
#[case::quit(|s: &mut Session| s.keys("q"), 0)]
#[case::interrupted(|s: &mut Session| s.signal(Signal::INT), 130)]
#[case::terminated(|s: &mut Session| s.signal(Signal::TERM), 130)]
#[case::told_of_a_hang_up(|s: &mut Session| s.signal(Signal::HUP), 130)]
#[case::a_panic_of_the_loop(|s: &mut Session| s.keys(":panic\r"), 70)]
#[case::a_panic_beside_the_loop(|s: &mut Session| s.keys(":panic aside\r"), 70)]
fn the_terminal_is_given_back(#[case] end: fn(&mut Session), #[case] code: u32) {
    let home = with_edits();
    let mut session = with_everything(&home, Launch::rolodeck, &[]);
    wait_for_everything(&session);
    end(&mut session);
    assert_eq!(session.exit().exit_code(), code);
    session.assert_given_back();
    let reports = session.screen().matches("Report: ").count();
    assert_eq!(reports, usize::from(code == 70), "{}", session.screen());
}

#[test]
fn a_start_that_fails_half_way_gives_the_terminal_back_and_says_why() {
    let home = with_edits();
    let (mut failed_on_screen, mut began) = (0, false);
    // With one more file each time, it fails a step later, until it begins.
    for files in 8..64 {
        let script = format!("ulimit -n {files}; exec {}", env!("CARGO_BIN_EXE_rolodeck"));
        let mut session = with_everything(&home, |args| Launch::shell(args[0]), &[&script]);
        if session.is_seen(|screen| screen.contents().contains("[1 Queue")) {
            session.keys("q");
        }
        began = session.exit().success();
        session.assert_given_back();
        if began {
            break;
        }
        assert!(session.screen().contains("rolodeck"), "no word of why it failed:\n{}", session.screen());
        failed_on_screen += usize::from(session.was_taken());
    }
    assert!(began, "64 files are enough");
    assert!(failed_on_screen > 0, "no start failed after the terminal was taken");
}
