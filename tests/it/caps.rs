//! Answers without an end: each attempt ends in doubt, and memory stays where it was.

use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use rstest::rstest;

use crate::harness::{Home, Running};
use crate::wire::{Line, Wire, answer, home};

const MIB: usize = 1 << 20;

/// Writes until the client has had enough, or `most` bytes are out.
fn pour(line: &mut dyn Line, piece: &[u8], most: usize) {
    let mut sent = 0;
    while sent < most && line.write_all(piece).is_ok() {
        sent += piece.len();
    }
}

fn large(line: &mut dyn Line) {
    let length = 300 * MIB;
    let _ = write!(line, "HTTP/1.1 207 X\r\ncontent-length: {length}\r\n\r\n{{\"response\":[\"");
    pour(line, &vec![b'x'; 64 << 10], length);
}

fn endless(line: &mut dyn Line) {
    let _ = line.write_all(b"HTTP/1.1 207 X\r\ntransfer-encoding: chunked\r\n\r\n");
    pour(line, &[b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat(), usize::MAX);
}

/// As many items as a body can hold.
fn items(line: &mut dyn Line) {
    let body = format!("{{\"response\":[{}0]}}", "0,".repeat(7 * MIB));
    let _ = line.write_all(&answer(207, "", body));
}

/// One long text for every edit of the batch, with a byte that is no UTF-8 in each place.
fn words(line: &mut dyn Line) {
    let mut body = b"{\"http_code\":409,\"error_data\":{\"description\":\"".to_vec();
    body.resize(15 * MIB, 0xff);
    body.extend_from_slice(b"\"},\"response\":null}");
    let _ = line.write_all(&answer(409, "", body));
}

fn headers(line: &mut dyn Line) {
    let _ = line.write_all(b"HTTP/1.1 207 X\r\n");
    pour(line, format!("x: {}\r\n", "y".repeat(4000)).as_bytes(), usize::MAX);
}

/// 300 MiB of blanks in 2 MiB, packed before anybody waits for them.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| bomb(300));

fn packed(line: &mut dyn Line) {
    let bomb = &*BOMB;
    let _ = line.write_all(b"HTTP/1.1 207 X\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n");
    let _ = line.write_all(&[format!("{:x}\r\n", bomb.len()).as_bytes(), bomb, b"\r\n0\r\n\r\n"].concat());
}

/// A byte now and then, for as long as the client listens.
fn drip(line: &mut dyn Line) {
    let _ = line.write_all(b"HTTP/1.1 207 X\r\ncontent-length: 1000000\r\n\r\n");
    while line.write_all(b" ").is_ok() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

type Act = fn(&mut dyn Line);

/// The time-out of a request, in seconds, that no machine is too slow for.
const LONG: u32 = 120;

#[rstest]
#[case::large(large, LONG, "larger than", 4)]
#[case::endless(endless, LONG, "larger than", 4)]
#[case::packed(packed, LONG, "larger than", 4)]
#[case::items(items, LONG, "more than 10000 items", 4)]
#[case::headers(headers, LONG, "no answer came", 4)]
// What times out twice is halved, until every eighth has timed out.
#[case::drip(drip, 3, "timed out", 2 * 16)]
fn an_answer_without_an_end_leaves_doubt_and_memory_alone(
    #[case] act: Act,
    #[case] timeout: u32,
    #[case] said: &str,
    #[case] requests: u64,
) {
    LazyLock::force(&BOMB);
    let (most, home, running) = peak(act, timeout, 1000);
    let ran = running.end().code(5);
    let (outcomes, summary) = ran.outcomes();
    assert_eq!((summary["unknown"].as_u64(), summary["planned"].as_u64()), (Some(1000), Some(1000)));
    let words = outcomes[0]["description"].as_str().unwrap();
    assert!(words.contains(said), "{words}");
    // Each try of each of the two batches.
    assert_eq!(home.run(&["runs", "--format", "jsonl"]).code(0).lines()[0]["requests"], requests);
    assert_small(most);
}

/// What is said of a batch stands in each of its edits.
#[test]
fn a_megabyte_of_words_is_not_kept_a_thousand_times() {
    // Four batches, since none is tried again.
    let (most, _home, running) = peak(words, LONG, 2000);
    let (outcomes, _) = running.end().outcomes();
    assert!(outcomes.iter().all(|outcome| outcome["description"].as_str().is_some_and(|d| d.len() < 3000)));
    assert_small(most);
}

#[track_caller]
fn assert_small(most: u64) {
    let (normal, _home, running) = peak(|line| _ = line.write_all(&answer(500, "", "{}")), LONG, 1000);
    running.end();
    assert!(most < normal + 64 * 1024, "{most} KiB, and {normal} KiB for an ordinary answer");
}

/// Sends batches of 500, two at once, to a server that does so to the first two requests, and holds the next two until
/// the most memory so far is known, in KiB. The program goes on then, to the same answers.
fn peak(act: Act, timeout: u32, edits: u64) -> (u64, Home, Running) {
    let (held, holding) = channel();
    let (let_go, gate): (Sender<()>, _) = channel();
    let (held, gate) = (Mutex::new(held), Mutex::new(gate));
    let server = Wire::new(move |number, _, line| {
        if number >= 2 {
            let _ = held.lock().unwrap().send(());
            // Lasts until the other end is dropped.
            let _ = gate.lock().unwrap().recv();
        }
        act(line);
    });
    let profile = format!("timeout = {timeout}\nrate = 100000\nbackoff_ms = 1\nbreaker = 0\n");
    let home = home(&server.http(), &profile);
    let config = std::fs::read_to_string(home.path("c.toml")).unwrap().replace("max_attempts = 1", "max_attempts = 2");
    let config = home.file("c.toml", &config);
    let file = home.edits(0, edits);
    let running = home.start(&["submit", &file, "--yes", "--format", "jsonl", "--config", &config]);
    for _ in 0..2 {
        holding.recv().unwrap();
    }
    let most = most_memory(running.id());
    drop(let_go);
    (most, home, running)
}

/// The most resident memory that the process has had, in KiB.
fn most_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// So many MiB of blanks, in gzip with one fixed Huffman block.
fn bomb(mib: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with the fixed codes.
    bits.push(0b011, 3);
    bits.literal(b' ');
    for _ in 0..mib * MIB / 258 {
        // Length 258 is code 285, which is 1100_0101 in the fixed table; distance 1 is 00000.
        bits.push_reversed(0b1100_0101, 8);
        bits.push(0, 5);
    }
    // The end of the block.
    bits.push(0, 7);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.bytes());
    out.extend([0; 8]);
    out
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for i in 0..count {
            if self.used.is_multiple_of(8) {
                self.out.push(0);
            }
            let bit = (value >> i & 1) as u8;
            *self.out.last_mut().unwrap() |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// Huffman codes are packed from their first bit on.
    fn push_reversed(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|i| self.push(value >> i & 1, 1));
    }

    fn literal(&mut self, byte: u8) {
        self.push_reversed(0x30 + u32::from(byte), 8);
    }

    fn bytes(self) -> Vec<u8> {
        self.out
    }
}
