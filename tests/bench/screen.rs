//! The workstation on a terminal, beside a long queue: what a user waits for, and what the line carries.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rolodeck::support::text::count;

use super::Fallible;
use super::harness::{Launch, Session};
use super::jobs::print;
use super::measure::{median, now, peak_of};
use super::server::{ACCOUNT, KEY, TOKEN};

/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (120, 36);
/// How often an act is done; the median counts.
const TIMES: usize = 15;
/// What is written within this time of the last output belongs to the act.
const TAIL: Duration = Duration::from_millis(150);
/// How long an act may take to be seen at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it is watched while nothing is to be done.
const IDLE: Duration = Duration::from_secs(10);
/// Keys typed while something long goes on, and the time between two of them.
const KEYS: usize = 100;
const BETWEEN: Duration = Duration::from_millis(10);

/// Where the queue is, and how many edits it has.
pub struct Desk<'a> {
    pub home: &'a Path,
    pub data: &'a Path,
    pub edits: u64,
    /// The file that they came from.
    pub file: &'a Path,
}

impl Desk<'_> {
    /// Measures everything.
    pub fn measure(&self) -> Fallible<()> {
        let (columns, rows) = SIZE;
        print(&format!("the workstation at {columns}×{rows} beside {} edits", count(self.edits)));
        self.starts()?;
        let mut seat = self.open();
        seat.session.wait_for(&self.at(1));
        self.moves(&mut seat);
        seat.idle()?;
        self.narrows(&mut seat);
        seat.changes();
        seat.types_while("all is sorted", "ss");
        seat.types_while("all is filtered", "ffirst_name:/7$/\r");
        seat.asks_to_set("Late");
        seat.types_while("a field of all is set", "y");
        seat.act(&format!(":import {}\r", self.file.display()), "one step of undo");
        seat.types_while("the file is imported over it", "\r");
        line("peak of memory after all this", &format!("{:.0} MiB", seat.peak_mib()?));
        Ok(())
    }

    fn open(&self) -> Seat {
        let (columns, rows) = SIZE;
        let launch = Launch::rolodeck(&[]).size(columns, rows).env("HOME", self.home);
        let launch = launch.env("ROLODECK_DATA_DIR", self.data).env("ROLODECK_BASE_URL", "http://127.0.0.1:9");
        let launch = launch.env("EXOTEL_ACCOUNT_SID", ACCOUNT).env("EXOTEL_API_KEY", KEY);
        Seat { session: launch.env("EXOTEL_API_TOKEN", TOKEN).start() }
    }

    /// What the border says when the cursor is on that row.
    fn at(&self, row: u64) -> String {
        format!(" {}/{} ", count(row), count(self.edits))
    }

    /// From the start of the program to its first rows, and what it then takes of memory.
    fn starts(&self) -> Fallible<()> {
        let (mut paint, mut whole, mut peak) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..5 {
            let begun = now();
            let seat = self.open();
            seat.session.wait_for("First 0");
            paint.push(begun.elapsed().as_secs_f64() * 1000.0);
            seat.session.wait_for(&self.at(1));
            whole.push(begun.elapsed().as_secs_f64() * 1000.0);
            seat.settle();
            peak.push(seat.peak_mib()?);
        }
        line("first rows", &format!("{:.0} ms; with the count {:.0} ms", median(paint), median(whole)));
        line("peak of memory then", &format!("{:.0} MiB", median(peak)));
        Ok(())
    }

    /// Down the screen, over its edge, by pages, to the end, and with the key held.
    fn moves(&self, seat: &mut Seat) {
        let (screen, down) = (u64::from(SIZE.1), "j");
        let mut row = 1;
        let step = |seat: &mut Seat, row: &mut u64| {
            *row += 1;
            seat.act(down, &self.at(*row))
        };
        let took: Vec<_> = (0..TIMES).map(|_| step(seat, &mut row)).collect();
        tell("cursor down", &took);
        while row < screen {
            step(seat, &mut row);
        }
        let took: Vec<_> = (0..TIMES).map(|_| step(seat, &mut row)).collect();
        tell("scroll one row", &took);
        let before = seat.session.bytes_written();
        for _ in 0..60 {
            seat.session.keys(down);
            thread::park_timeout(Duration::from_millis(33));
        }
        seat.settle();
        line("held down ×60", &format!("{} bytes", count((seat.session.bytes_written() - before) as u64)));
        let took: Vec<_> = (0..TIMES).map(|_| seat.act("\u{6}", "")).collect();
        tell("page", &took);
        let took: Vec<_> = (0..TIMES)
            .map(|_| {
                seat.act("gg", &self.at(1));
                seat.act("G", &self.at(self.edits))
            })
            .collect();
        tell("to the end", &took);
    }

    /// To the one row that matches, near the end, and the first screens of filters and orders.
    fn narrows(&self, seat: &mut Seat) {
        seat.act("gg", &self.at(1));
        let late = self.edits * 9 / 10;
        tell("search at 90 %", &[seat.act(&format!("/person{late}@\r"), &self.at(late + 1))]);
        seat.act("gg", &self.at(1));
        for (what, filter, first) in [
            ("filter, every tenth matches", "first_name:/7$/", String::from("First 7 ")),
            ("filter, one late row matches", &format!("email:person{late}@"), format!("First {late}")),
        ] {
            tell(what, &[seat.first_screen(&format!("f\u{15}{filter}\r"), &first)]);
            seat.act("\u{1b}", &format!("/{} ", count(self.edits)));
        }
        seat.act("gg", &self.at(1));
        let last = format!("First {}", (0..self.edits).map(|i| i.to_string()).max().unwrap_or_default());
        tell("sort, the other way round", &[seat.first_screen("lss", &last)]);
        seat.first_screen("sgg", "First 0");
    }
}

fn line(what: &str, told: &str) {
    print(&format!("  {what:<34}{told}"));
}

/// What an act took: milliseconds until it was seen, and bytes.
type Took = (f64, f64);

fn tell(what: &str, took: &[Took]) {
    let (ms, bytes) = (median(took.iter().map(|took| took.0)), median(took.iter().map(|took| took.1)));
    line(what, &format!("{ms:.1} ms, {} bytes", count(bytes as u64)));
}

/// A workstation, and the keyboard before it.
struct Seat {
    session: Session,
}

impl Seat {
    /// Presses keys, and waits until a text is there, or anything where it is empty, and the screen is at rest.
    fn act(&mut self, keys: &str, until: &str) -> Took {
        let (before, begun) = (self.session.bytes_written(), now());
        self.session.keys(keys);
        if until.is_empty() {
            self.session.writes_within(PATIENCE);
        }
        self.session.wait_for(until);
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        self.settle();
        (ms, (self.session.bytes_written() - before) as f64)
    }

    /// Presses keys, and waits until the list begins with a row that has this text.
    fn first_screen(&mut self, keys: &str, text: &str) -> Took {
        let (before, begun) = (self.session.bytes_written(), now());
        self.session.keys(keys);
        self.session.wait_until(&format!("{text} at the top"), |screen| {
            screen.rows(0, SIZE.0).nth(3).is_some_and(|row| row.contains(text))
        });
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        self.settle();
        (ms, (self.session.bytes_written() - before) as f64)
    }

    fn settle(&self) {
        while self.session.writes_within(TAIL) {}
    }

    /// One field of all edits, and back.
    fn changes(&mut self) {
        self.asks_to_set("Lead");
        tell("set one field of all", &[self.act("y", "`u` undoes")]);
        tell("undo that", &[self.act("u", "undid")]);
    }

    /// As far as the confirm of a change of all edits.
    fn asks_to_set(&mut self, name: &str) {
        self.act("Va0llc", "Set last_name");
        self.act(&format!("\u{15}{name}"), name);
        self.act("\r", " y ");
    }

    fn idle(&self) -> Fallible<()> {
        let (bytes, ticks, waits) = (self.session.bytes_written(), self.session.cpu_ticks(), self.waits()?);
        thread::park_timeout(IDLE);
        let (bytes, ticks) = (self.session.bytes_written() - bytes, self.session.cpu_ticks() - ticks);
        // A thread that is not needed any more ends after a while; that is no waking up.
        let since = |(thread, n): (OsString, u64)| waits.get(&thread).map(|before| n - before);
        let wakes: u64 = self.waits()?.into_iter().filter_map(since).sum();
        line("idle for 10 s", &format!("{bytes} bytes, {} ms of CPU, {wakes} wake-ups", ticks * 10));
        Ok(())
    }

    /// Types into a line while something long goes on, and tells how long each letter took to be seen.
    fn types_while(&mut self, what: &str, begin: &str) {
        self.session.keys(begin);
        self.session.keys("o");
        let mut text = String::new();
        let mut took = Vec::new();
        for n in 0..KEYS {
            let letter = char::from(b'a' + (n % 26) as u8);
            // The line is short; it is begun anew before it scrolls.
            if n % 26 == 0 {
                self.session.keys("\u{15}");
                text.clear();
            }
            text.push(letter);
            let begun = now();
            self.session.keys(letter.encode_utf8(&mut [0; 4]));
            self.session.wait_for(&text);
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
            thread::park_timeout(BETWEEN);
        }
        self.session.keys("\u{15}\u{1b}");
        took.sort_by(f64::total_cmp);
        let at = |share: usize| took.get((took.len() * share / 100).min(took.len() - 1)).copied().unwrap_or_default();
        line(&format!("a key while {what}"), &format!("{:.1} ms, 99 of 100 within {:.1} ms", at(50), at(98)));
        self.settle();
        self.session.keys("\u{1b}");
        self.settle();
    }

    fn peak_mib(&self) -> Fallible<f64> {
        Ok(peak_of(self.session.pid()).ok_or("this system does not tell the memory of a process")? as f64 / 1024.0)
    }

    /// How often each of its threads began to wait for something.
    fn waits(&self) -> Fallible<HashMap<OsString, u64>> {
        let mut waits = HashMap::new();
        for task in fs::read_dir(format!("/proc/{}/task", self.session.pid()))? {
            let task = task?;
            let status = fs::read_to_string(task.path().join("status"))?;
            let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            waits.insert(task.file_name(), count.ok_or("no count of waits")?.trim().parse()?);
        }
        Ok(waits)
    }
}
