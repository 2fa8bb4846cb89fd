//! A line that is slow, or stands still.

use std::ops::ControlFlow;
use std::time::Duration;

use rolodeck::store::Store;

use crate::workstation::Bench;

/// What the system takes from a program before somebody reads it, and the frames that may be on their way beside it.
const TAKEN_AHEAD: usize = 64 << 10;
const FRAMES: usize = 16 << 10;

fn is_queued(store: &Store, sid: &str) -> bool {
    let mut found = false;
    let read = store.reader().unwrap().each_queued(|row| {
        found |= row.edit.sid.as_str() == sid;
        ControlFlow::Continue(())
    });
    read.unwrap();
    found
}

#[test]
fn a_line_that_stands_still_holds_up_no_key_and_is_given_no_old_frames_later() {
    let bench = Bench::new();
    let mut session = bench.start_with_edits();
    let store = Store::open(&bench.path().join("data")).unwrap().0;
    session.hold(true);
    let before = session.bytes_written();
    // Whole screens, a hundred of them at the least: several times what the system takes.
    for _ in 0..1500 {
        session.keys("Ggg");
    }
    session.keys("oTyped-blind\r");
    // Nobody has seen a byte of it when it is on disk.
    let typed = (0..2400).any(|_| {
        session.writes_within(Duration::from_millis(50));
        is_queued(&store, "Typed-blind")
    });
    assert!(typed, "keys wait for the line");
    session.hold(false);
    session.wait_until("the newest screen", |screen| {
        let text = screen.contents();
        text.contains("Typed-blind") && text.contains("/1,001")
    });
    let late = session.bytes_written() - before;
    assert!(late < TAKEN_AHEAD + FRAMES, "{late} bytes of old frames came first");
    session.keys("q");
    assert!(session.exit().success());
    session.assert_given_back();
}

/// What a typed key, and a row that is gone to, may cost each: a line of 8 kB/s then carries a hundred of the one a
/// second, and thirty of the other.
const KEY: usize = 64;
const ROW: usize = 250;

#[test]
fn on_a_slow_line_a_cell_is_typed_and_rows_are_gone_through_without_a_backlog() {
    let bench = Bench::new();
    let mut session = bench.start_with_edits();
    session.keys("le");
    session.wait_for("first_name: set");
    session.slow_down();
    let before = session.bytes_written();
    let text = "A name that is longer than most, typed at the end of a bad line";
    for word in text.split_inclusive(' ') {
        session.keys(word);
        session.wait_for(word.trim_end());
    }
    let typed = session.bytes_written() - before;
    assert!(typed <= KEY * text.len(), "{typed} bytes for {} keys", text.len());
    session.keys("\r");
    session.wait_for("set on 1 edit");
    let before = session.bytes_written();
    session.keys(&"j".repeat(300));
    session.wait_for(" 301/1,000");
    let gone = session.bytes_written() - before;
    assert!(gone <= ROW * 300, "{gone} bytes for 300 rows");
    session.keys("q");
    assert!(session.exit().success());
    session.assert_given_back();
}
