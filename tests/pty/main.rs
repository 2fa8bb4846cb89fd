//! The program on a real terminal: what only a terminal can show.

#[cfg(test)]
mod book;
#[cfg(test)]
mod compose;
#[cfg(test)]
mod exits;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod line;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod triage;
#[cfg(test)]
mod workstation;

use harness::Launch;
use rustix::process::Signal;

#[test]
fn the_harness_types_and_sees_the_screen() {
    let mut session =
        Launch::shell("printf 'name? '; read name; printf '\\033[2J\\033[3;5Hhello %s' \"$name\"").start();
    session.wait_for("name?");
    session.keys("Asha\r");
    session.wait_until("a greeting on the third row", |screen| {
        screen.rows(4, 40).nth(2).is_some_and(|row| row.starts_with("hello Asha"))
    });
    assert!(session.exit().success());
    assert!(session.bytes_written() > 20);
}

#[test]
fn the_harness_gives_size_environment_and_signals() {
    let script = "trap 'stty size' WINCH; trap 'echo told; exit 3' TERM; stty size; env | sort | tr '\\n' ' '; \
                  while :; do read line || :; done";
    let mut session = Launch::shell(script).size(60, 15).env("ROLODECK_PROFILE", "demo").start();
    session.wait_for("15 60");
    session.wait_for("ROLODECK_PROFILE=demo");
    session.resize(100, 30);
    session.wait_for("30 100");
    session.signal(Signal::TERM);
    session.wait_for("told");
    assert_eq!(session.exit().exit_code(), 3);
}

#[test]
fn the_harness_pastes_in_brackets() {
    let mut session = Launch::shell("stty -echo; echo ready; read text; echo \"$text\" | cat -v").start();
    session.wait_for("ready");
    session.paste("two words");
    session.keys("\r");
    session.exit();
    assert!(session.screen().contains("^[[200~two words^[[201~"), "{}", session.screen());
}

#[test]
fn the_program_starts_and_ends_on_a_terminal() {
    assert!(Launch::rolodeck(&["--version"]).start().exit().success());
}

#[test]
fn the_harness_hangs_up() {
    let mut session =
        Launch::shell("trap 'echo size' WINCH; trap 'exit 9' HUP; echo ready; while :; do read l; done").start();
    session.wait_for("ready");
    session.hang_up();
    assert_eq!(session.exit().exit_code(), 9);
}
