//! The filter of the log: levels, batches and runs by name, and words anywhere in a line.
//!
//! Its parts are set apart by blanks, and a line must have all of them: `level:warning,error`, `batch:3` (also typed
//! `batch 3`), `run:2`, and words without regard to case, a number whole; a `-` before a part turns it round.

use super::live::LogLine;
use crate::domain::Status;

/// What a filter of the log may begin with, and what is meant, for the help and for completion.
pub const PARTS: [(&str, &str); 4] = [
    ("level:", "these levels of info, ok, wait, warning, error: level:ok,wait"),
    ("batch:", "only what is about this batch: batch:3"),
    ("run:", "only what is about this run: run:2"),
    ("-", "only what has not the part behind it: -level:ok"),
];

/// Every level.
pub const LEVELS: [&str; 5] = ["info", "ok", "wait", "warning", "error"];

/// The level of a line, as a filter names it.
pub const fn level(line: &LogLine) -> &'static str {
    match line.tone {
        None => "info",
        Some(Status::Updated) => "ok",
        Some(Status::NotSent) => "wait",
        Some(Status::Unknown) => "warning",
        Some(Status::Rejected) => "error",
    }
}

/// A filter of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    is_not: bool,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Levels(Vec<&'static str>),
    Batch(u32),
    Run(i64),
    Word(String),
}

/// What is wrong with a filter, and at which byte.
pub type Wrong = (usize, String);

impl LogFilter {
    /// Reads a filter as it is typed.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut parts: Vec<Part> = Vec::new();
        for (at, word) in words(text) {
            let lower = word.to_lowercase();
            if let Some(Part { wanted, .. }) = parts.last_mut()
                && *wanted == Wanted::Word(String::from("batch"))
                && let Ok(batch) = lower.parse()
            {
                // `batch 3`, as a line of the log says it.
                *wanted = Wanted::Batch(batch);
                continue;
            }
            let (is_not, bare) = lower
                .strip_prefix('-')
                .filter(|rest| !rest.is_empty())
                .map_or((false, lower.as_str()), |rest| (true, rest));
            let at = at + usize::from(is_not);
            parts.push(Part { is_not, wanted: wanted(bare, at)? });
        }
        Ok(Self(parts))
    }

    /// Whether a line has all parts.
    pub fn matches(&self, line: &LogLine) -> bool {
        self.0.iter().all(|part| part.wanted.is_in(line) != part.is_not)
    }
}

/// The words of a text, each with the byte where it begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = text.char_indices().filter(|(at, c)| {
        !c.is_whitespace()
            && text.get(..*at).is_none_or(|before| before.chars().next_back().is_none_or(char::is_whitespace))
    });
    starts.filter_map(|(at, _)| Some((at, text.get(at..)?.split_whitespace().next()?)))
}

fn wanted(word: &str, at: usize) -> Result<Wanted, Wrong> {
    let number =
        |digits: &str, of: &str| digits.parse().map_err(|_| (at + of.len() + 1, format!("a {of} is a number: {of}:3")));
    match word.split_once(':') {
        Some(("level", names)) => {
            let mut found = Vec::new();
            let mut behind = at + "level:".len();
            for name in names.split(',') {
                let level = LEVELS.into_iter().find(|level| *level == name);
                found.push(level.ok_or_else(|| (behind, format!("a level is one of {}", LEVELS.join(", "))))?);
                behind += name.len() + 1;
            }
            Ok(Wanted::Levels(found))
        }
        Some(("batch", digits)) => Ok(Wanted::Batch(number(digits, "batch")?)),
        Some(("run", digits)) => Ok(Wanted::Run(i64::from(number(digits, "run")?))),
        _ => Ok(Wanted::Word(word.to_owned())),
    }
}

impl Wanted {
    fn is_in(&self, line: &LogLine) -> bool {
        match self {
            Self::Levels(levels) => levels.contains(&level(line)),
            Self::Batch(batch) => line.batch.is_some_and(|of| of + 1 == *batch),
            Self::Run(run) => line.run.is_some_and(|of| of.0 == *run),
            Self::Word(word) => has_word(&format!("{} {}", level(line), line.text), word),
        }
    }
}

/// Whether a text has a word, without regard to case. A number is found whole: `3` is not in `13`.
pub fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
    }
    text.contains(&word)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::RunId;
    use crate::support::clock::Timestamp;

    fn line(tone: Option<Status>, batch: Option<u32>, text: &str) -> LogLine {
        LogLine { at: Timestamp(0), tone, run: Some(RunId(1)), batch, text: text.to_owned() }
    }

    #[rstest]
    #[case("", true)]
    #[case("batch:3", true)]
    #[case("batch 3", true)]
    #[case("BATCH 3 settled", true)]
    #[case("batch:13", false)]
    #[case("batch 13", false)]
    #[case("batch:30", false)]
    #[case("level:warning", true)]
    #[case("level:ok,warning", true)]
    #[case("level:error", false)]
    #[case("-level:error run:1", true)]
    #[case("-batch:3", false)]
    #[case("-batch 3", false)]
    #[case("run:2", false)]
    #[case("30", true)]
    #[case("3", true)]
    #[case("reset", true)]
    #[case("-reset", false)]
    #[case("ok", false)]
    fn every_part_is_wanted_and_numbers_are_exact(#[case] filter: &str, #[case] wanted: bool) {
        let line = line(Some(Status::Unknown), Some(2), "run 1: batch 3 settled in 30 ms; reset");
        assert_eq!(LogFilter::parse(filter).unwrap().matches(&line), wanted);
    }

    #[test]
    fn a_number_in_the_words_of_a_line_is_not_its_batch() {
        let other = line(None, Some(0), "run 1: batch 1 goes on as 3 batches");
        assert!(!LogFilter::parse("batch 3").unwrap().matches(&other));
        assert!(!LogFilter::parse("batch:3").unwrap().matches(&line(None, None, "run 1: 3 edits in 3 batches")));
    }

    #[rstest]
    #[case("level:", 6, "a level is one of info, ok, wait, warning, error")]
    #[case("x level:ok,loud", 11, "a level is one of")]
    #[case("batch:three", 6, "a batch is a number: batch:3")]
    #[case("-run:", 5, "a run is a number")]
    fn what_is_wrong_is_pointed_at(#[case] filter: &str, #[case] at: usize, #[case] why: &str) {
        let wrong = LogFilter::parse(filter).unwrap_err();
        assert_eq!(wrong.0, at);
        assert!(wrong.1.starts_with(why), "{}", wrong.1);
    }
}
