//! The thread over a pipe that stands for the terminal.

use std::io::Write;

use super::*;
use crate::support::key::KeyCode;

fn over_a_pipe() -> (Input, PipeWriter) {
    let (terminal, keyboard) = io::pipe().unwrap();
    (Input::read_from(terminal.into(), ESCAPE_WAIT).unwrap(), keyboard)
}

#[tokio::test]
async fn a_lone_escape_arrives_without_another_key() {
    let (mut input, mut keyboard) = over_a_pipe();
    keyboard.write_all(b"\x1b").unwrap();
    assert_eq!(input.next().await, Some(InputEvent::Key(KeyCode::Esc.into())));
}

#[tokio::test]
async fn a_hangup_is_told_once_and_ends_the_thread() {
    let (mut input, mut keyboard) = over_a_pipe();
    keyboard.write_all(b"q").unwrap();
    drop(keyboard);
    assert_eq!(input.next().await, Some(InputEvent::Key(Key::char('q'))));
    assert_eq!(input.next().await, Some(InputEvent::Hangup));
    assert_eq!(input.next().await, None);
    input.thread.take().unwrap().join().unwrap();
}

#[tokio::test]
async fn a_stopped_reader_leaves_what_comes_next_to_others() {
    let (terminal, mut keyboard) = io::pipe().unwrap();
    let mut input = Input::read_from(terminal.try_clone().unwrap().into(), ESCAPE_WAIT).unwrap();
    keyboard.write_all(b"a").unwrap();
    assert_eq!(input.next().await, Some(InputEvent::Key(Key::char('a'))));
    drop(input);
    keyboard.write_all(b"b").unwrap();
    let mut again = Input::read_from(terminal.into(), ESCAPE_WAIT).unwrap();
    assert_eq!(again.next().await, Some(InputEvent::Key(Key::char('b'))));
}

#[test]
fn a_reader_that_nobody_listens_to_can_be_stopped() {
    let (input, mut keyboard) = over_a_pipe();
    // More than the channel holds, so that the thread waits in it.
    keyboard.write_all(&[b'j'; CAPACITY * 2]).unwrap();
    drop(input);
}
