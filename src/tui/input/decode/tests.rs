//! The decoder against what terminals send, whole and cut at every place.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// The events of the chunks, with a pause after the last.
fn events(chunks: &[&[u8]]) -> Vec<InputEvent> {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, |e| out.push(e));
    }
    decoder.quiet(|e| out.push(e));
    assert!(matches!(decoder.pending(), Pending::Nothing | Pending::Late));
    out
}

/// The keys by name, a paste as its text in quotes.
fn said(chunks: &[&[u8]]) -> String {
    let words: Vec<String> = events(chunks)
        .into_iter()
        .map(|event| match event {
            InputEvent::Key(key) => key.to_string(),
            InputEvent::Paste { text, cut } => format!("{text:?}{}", if cut { " cut" } else { "" }),
            InputEvent::Mouse { act, x, y } => format!("{act:?}@{x},{y}"),
            InputEvent::Hangup => "hangup".into(),
        })
        .collect();
    words.join(" ")
}

#[rstest]
#[case(b"jG$ ", "j G $ space")]
#[case(b"\x04\x03\x00\x1f", "ctrl-d ctrl-c ctrl-space ctrl-_")]
#[case(b"\r\t\x7f\x08\n", "enter tab backspace ctrl-h ctrl-j")]
#[case(b"\x1b[A\x1bOB\x1b[5~\x1b[6~", "up down pgup pgdn")]
#[case(b"\x1b[H\x1bOF\x1b[1~\x1b[4~\x1b[3~\x1b[2~", "home end home end delete insert")]
#[case(b"\x1b[Z\x1bOP\x1b[11~\x1b[[A\x1b[24~", "shift-tab f1 f1 f1 f12")]
#[case(b"\x1b[1;5C\x1b[1;2A", "ctrl-right up")]
#[case(b"\x1bx\x1b\xc3\xa9", "alt-x alt-é")]
#[case("é名".as_bytes(), "é 名")]
#[case(b"\x1b", "esc")]
#[case(b"\x1b\x1b", "esc esc")]
#[case(b"\x1b\x1b[A", "esc up")]
#[case(b"\x1b[97;5u\x1b[27u\x1b[97;1:3u", "ctrl-a esc")]
#[case(b"\x1b[<0;12;30M\x1b[<64;1;1M\x1b[<65;1;1M", "Press@11,29 WheelUp@0,0 WheelDown@0,0")]
fn keys_are_told_by_name(#[case] bytes: &[u8], #[case] expected: &str) {
    assert_eq!(said(&[bytes]), expected);
}

/// The keys of parts between which an Esc is given up waiting for.
fn said_late(parts: &[&str]) -> String {
    let mut decoder = Decoder::default();
    let mut words = Vec::new();
    for part in parts {
        let mut note = |event| match event {
            InputEvent::Key(key) => words.push(key.to_string()),
            other => words.push(format!("{other:?}")),
        };
        decoder.feed(part.as_bytes(), &mut note);
        if !matches!(decoder.pending(), Pending::Part | Pending::Late) {
            decoder.quiet(&mut note);
        }
    }
    decoder.quiet(|_| ());
    words.join(" ")
}

#[rstest]
#[case::a_cut_arrow(&["\x1b", "[B", "j"], "esc down j")]
#[case::cut_in_three(&["\x1b", "[", "B"], "esc down")]
#[case::keypad(&["\x1b", "O", "B"], "esc down")]
#[case::typed_after_escape(&["\x1b", "j", "["], "esc j [")]
fn the_rest_of_a_sequence_that_comes_too_late_is_never_typed(#[case] parts: &[&str], #[case] expected: &str) {
    assert_eq!(said_late(parts), expected);
}

#[test]
fn a_bracket_after_escape_is_the_key_when_nothing_follows_it() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    let mut note = |event| keys.push(event);
    decoder.feed(b"\x1b", &mut note);
    decoder.quiet(&mut note);
    decoder.feed(b"[", &mut note);
    decoder.quiet(&mut note);
    assert_eq!(keys, [InputEvent::Key(KeyCode::Esc.into()), InputEvent::Key(Key::char('['))]);
}

#[rstest]
#[case::background(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\")]
#[case::background_bel(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07")]
#[case::unknown_osc(b"\x1b]52;c;QUJD\x07")]
#[case::attributes(b"\x1b[?62;22c")]
#[case::attributes_2(b"\x1b[>0;276;0c")]
#[case::attributes_3(b"\x1bP!|00000000\x1b\\")]
#[case::mode(b"\x1b[?2026;2$y")]
#[case::cursor(b"\x1b[12;40R")]
#[case::version(b"\x1bP>|XTerm(370)\x1b\\")]
#[case::focus(b"\x1b[I\x1b[O")]
#[case::mouse_release_and_drag(b"\x1b[<0;12;30m\x1b[<32;12;31M")]
#[case::odd_head(b"\x1b[;5A")]
#[case::nonsense(b"\x1b[1;2;3;4;5z")]
fn replies_are_dropped_and_never_typed(#[case] reply: &[u8]) {
    for at in 0..=reply.len() {
        let (head, tail) = reply.split_at(at);
        assert_eq!(said(&[head, tail, b"j"]), "j", "cut at {at}");
    }
}

#[test]
fn an_escape_and_a_pause_are_the_key_and_what_follows_is_typed() {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    decoder.feed(b"\x1b", |e| out.push(e));
    assert_eq!((decoder.pending(), out.len()), (Pending::Escape, 0));
    decoder.quiet(|e| out.push(e));
    decoder.feed(b"j", |e| out.push(e));
    assert_eq!(out, [InputEvent::Key(KeyCode::Esc.into()), InputEvent::Key(Key::char('j'))]);
}

#[test]
fn a_sequence_that_never_ends_is_dropped_after_the_pause() {
    for part in [&b"\x1b["[..], b"\x1bO", b"\x1b[1;", b"\x1b]11;rgb", b"\xe5\x90"] {
        assert_eq!(said(&[part]), "", "{part:?}");
    }
}

#[test]
fn a_broken_sequence_does_not_take_the_next_key_along() {
    assert_eq!(said(&[b"\x1b[1;\x03"]), "ctrl-c");
    assert_eq!(said(&[b"\xe5j\xff\x1b[A"]), "j up");
    assert_eq!(said(&[b"\x1b]11;rgb\x1b[A"]), "up");
    let endless = [&b"\x1b]11;"[..], &[b'x'; SEQUENCE_LIMIT - 5]].concat();
    assert_eq!(said(&[&endless, b"j"]), "j");
}

#[test]
fn a_paste_is_one_event_with_the_line_ends_of_files() {
    assert_eq!(said(&[b"a\x1b[200~q\rW\r\nX\x1b[A\x1b[201\x1b[201~b"]), "a \"q\\nW\\nX\\u{1b}[A\\u{1b}[201\" b");
}

#[test]
fn a_paste_waits_for_its_end_however_long_the_pause() {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    decoder.feed(b"\x1b[200~rm", |e| out.push(e));
    decoder.quiet(|e| out.push(e));
    decoder.feed(b" -rf\x1b[201~", |e| out.push(e));
    assert_eq!(out, [InputEvent::Paste { text: "rm -rf".into(), cut: false }]);
}

#[test]
fn a_long_paste_is_cut_at_a_character_and_says_so() {
    let text = "é".repeat(PASTE_LIMIT / 2);
    assert_eq!(pasted(&text), (text.clone(), false));
    let longer = format!("x{text}");
    let (kept, cut) = pasted(&longer);
    assert!(cut && longer.starts_with(&kept));
    assert_eq!(kept.len(), PASTE_LIMIT - 1);
}

fn pasted(text: &str) -> (String, bool) {
    match events(&[PASTE_START, text.as_bytes(), PASTE_END]).as_slice() {
        [InputEvent::Paste { text, cut }] => (text.clone(), *cut),
        other => panic!("{} events", other.len()),
    }
}

fn sequences() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        b"j",
        b"\x1b[A",
        b"\x1bOP",
        b"\x1b[15~",
        b"\x1b[200~a\x1b[B\x1b[201~",
        b"\x1b]11;rgb:0/0/0\x1b\\",
        b"\x1b[?1;2c",
        b"\xe5\x90\x8d",
        b"\x1b\xc3\xa9",
        b"\r",
    ];
    proptest::collection::vec(proptest::sample::select(known), 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_stream_cut_anywhere_gives_the_same_events(stream in sequences(), cuts in proptest::collection::vec(1usize..7, 0..40)) {
        let mut chunks = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        chunks.push(rest);
        prop_assert_eq!(events(&chunks), events(&[&stream]));
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        events(&[&bytes]);
    }
}
