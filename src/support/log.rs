//! Lines for the log file, from any floor: what happened, for the engineer who asks the morning after.
//!
//! This is the near end alone. It opens no file: the lines go to whoever [listens](listen), and nowhere before that.
//! A line may name runs, batches and SIDs; it never holds a secret, a value of a contact, or the server's words,
//! which may repeat either.

use std::sync::OnceLock;

use super::clock::now;
use super::text::{harmless, truncate};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Each request; wanted with `-v`.
    Detail,
    /// What a run did.
    Event,
    /// What should not have happened.
    Fault,
}

impl Level {
    /// The word in the file, all of one width.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detail => "detail",
            Self::Event => "event ",
            Self::Fault => "FAULT ",
        }
    }
}

/// A line is cut here: nothing of ours is longer.
const LONGEST: usize = 1000;

struct Listener {
    least: Level,
    take: Box<dyn Fn(String) + Send + Sync>,
}

static LISTENER: OnceLock<Listener> = OnceLock::new();

/// Gives every line from `least` on to `take`, which must return at once. The first listener stays.
pub fn listen(least: Level, take: impl Fn(String) + Send + Sync + 'static) {
    let _ = LISTENER.set(Listener { least, take: Box::new(take) });
}

/// Notes something. `text` is only made where someone listens.
pub fn note(level: Level, text: impl FnOnce() -> String) {
    if let Some(listener) = LISTENER.get().filter(|listener| level >= listener.least) {
        (listener.take)(line(level, &text()));
    }
}

/// The line as it stands in the file: one line, whatever is in the text, so that none can be forged.
fn line(level: Level, text: &str) -> String {
    format!("{} {} {}\n", now(), level.name(), truncate(&harmless(text), LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_harmless() {
        let line = line(Level::Event, "run 1: a\n2026-01-01T00:00:00.000Z FAULT  forged\r\x1b[2J\u{9b}\u{202e}");
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains(['\r', '\x1b', '\u{9b}', '\u{202e}']), "{line}");
        assert!(line[24..].starts_with(" event  run 1: a␊2026"), "{line}");
        assert!(super::line(Level::Fault, &"x".repeat(1 << 20)).len() < 1100);
    }
}
