//! A parsed filter, and whether a row passes it.

use std::fmt;

use regex::Regex;

use crate::domain::{Cause, Change, Changes, Field, Issue, Outcome, Said, Sid, Status};

/// A filter, ready to be asked. The empty filter passes every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(pub(super) Node);

/// What a filter looks at: a row of the queue or of the results, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct FilterRow<'a> {
    /// The SID.
    pub sid: &'a str,
    /// What the edit changes.
    pub changes: &'a Changes,
    /// What is wrong with it. May be empty when [`Filter::asks_for_problems`] says no.
    pub problems: &'a [Issue],
    /// The status by name, where there is an outcome.
    pub status: Option<&'a str>,
    /// The codes and words of the outcome.
    pub said: Option<&'a Said>,
    /// The echo by name.
    pub echo: Option<&'a str>,
    /// The verdict for a requeue by name.
    pub verdict: Option<&'a str>,
}

impl<'a> FilterRow<'a> {
    /// A row that was never sent.
    pub fn queued(sid: &'a str, changes: &'a Changes, problems: &'a [Issue]) -> Self {
        Self { sid, changes, problems, status: None, said: None, echo: None, verdict: None }
    }

    /// A row of a run, with its outcome and its verdict once it is settled.
    pub fn result(sid: &'a Sid, changes: &'a Changes, outcome: Option<&'a Outcome>, verdict: Option<&'a str>) -> Self {
        Self {
            sid: sid.as_str(),
            changes,
            problems: &[],
            status: outcome.map(|outcome| outcome.status.name()),
            said: outcome.map(|outcome| &outcome.said),
            echo: outcome.map(|outcome| outcome.echo.name()),
            verdict,
        }
    }
}

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Every part passes; none at all passes too.
    All(Vec<Node>),
    /// Some part passes.
    Any(Vec<Node>),
    Not(Box<Node>),
    /// The column has something in it.
    Has(Key),
    /// The column, or with `None` some column, has the pattern in it.
    Text(Option<Key>, Pattern),
}

/// A column that a filter can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Sid,
    Field(Field),
    Cleared,
    Problem,
    Status,
    Code,
    Error,
    Cause,
    Echo,
    Verdict,
}

impl Filter {
    /// The names of the columns that a filter can name.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        Key::all().map(Key::name)
    }
}

impl Key {
    /// Every key, in the order of messages.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Sid).chain(Field::ALL.map(Self::Field)).chain([
            Self::Cleared,
            Self::Problem,
            Self::Status,
            Self::Code,
            Self::Error,
            Self::Cause,
            Self::Echo,
            Self::Verdict,
        ])
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sid => "sid",
            Self::Field(field) => field.name(),
            Self::Cleared => "cleared",
            Self::Problem => "problem",
            Self::Status => "status",
            Self::Code => "code",
            Self::Error => "error",
            Self::Cause => "cause",
            Self::Echo => "echo",
            Self::Verdict => "verdict",
        }
    }
}

/// A text or regex to be found.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) source: String,
    pub(super) kind: PatternKind,
    pub(super) regex: Regex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatternKind {
    Text,
    Regex,
}

/// Patterns are alike when they were written alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.source == other.source
    }
}

impl Eq for Pattern {}

impl Filter {
    /// Whether the row passes.
    pub fn matches(&self, row: &FilterRow<'_>) -> bool {
        self.0.matches(row)
    }

    /// Texts that every row that passes has in some column, so that an index can name the rows worth a look. What else
    /// the filter wants is not in them.
    pub fn needs(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        self.0.needs(&mut texts);
        texts
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.0 == Node::All(Vec::new())
    }

    /// Whether it passes nothing that was updated as wanted, nor what is not settled: then the problems alone, which an
    /// index finds, need to be looked at.
    pub fn finds_problems_alone(&self) -> bool {
        self.0.finds_problems_alone()
    }

    /// Whether it names verdicts, and so what a requeue leaves alone.
    pub fn asks_for_verdict(&self) -> bool {
        self.0.asks_for(Key::Verdict)
    }

    /// Whether the answer depends on a row's problems, which cost time to find.
    pub fn asks_for_problems(&self) -> bool {
        self.0.asks_for(Key::Problem)
    }
}

impl Node {
    fn matches(&self, row: &FilterRow<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row)),
            Self::Not(part) => !part.matches(row),
            Self::Has(key) => any_text(row, *key, &mut |_| true),
            Self::Text(Some(key), pattern) => any_text(row, *key, &mut |text| pattern.is_in(text)),
            Self::Text(None, pattern) => any_text_of_row(row, &mut |text| pattern.is_in(text)),
        }
    }

    fn needs<'a>(&'a self, texts: &mut Vec<&'a str>) {
        match self {
            Self::All(parts) => parts.iter().for_each(|part| part.needs(texts)),
            Self::Text(None | Some(Key::Sid | Key::Field(_)), pattern) if pattern.kind == PatternKind::Text => {
                texts.push(&pattern.source);
            }
            Self::Any(_) | Self::Not(_) | Self::Has(_) | Self::Text(..) => {}
        }
    }

    fn finds_problems_alone(&self) -> bool {
        // What the columns of a plain success hold: `code` is 200 in each, see `Outcome`.
        let misses = |pattern: &Pattern, texts: &[&str]| texts.iter().all(|text| !pattern.is_in(text));
        match self {
            Self::All(parts) => parts.iter().any(Self::finds_problems_alone),
            Self::Any(parts) => !parts.is_empty() && parts.iter().all(Self::finds_problems_alone),
            Self::Text(Some(Key::Status), pattern) => misses(pattern, &["updated"]),
            Self::Text(Some(Key::Cause), pattern) => misses(pattern, &["updated", "updated 200"]),
            Self::Text(Some(Key::Code), pattern) => misses(pattern, &["200"]),
            Self::Text(Some(Key::Echo), pattern) => misses(pattern, &["matches", "none"]),
            Self::Text(Some(Key::Verdict), pattern) => misses(pattern, &["done"]),
            _ => false,
        }
    }

    fn asks_for(&self, wanted: Key) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.asks_for(wanted)),
            Self::Not(part) => part.asks_for(wanted),
            Self::Has(key) | Self::Text(Some(key), _) => *key == wanted,
            Self::Text(None, _) => false,
        }
    }
}

impl Pattern {
    fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Whether `test` holds for a text of some column, but for problems and the cause: they are made of
/// words that stand nowhere in the row.
fn any_text_of_row(row: &FilterRow<'_>, test: &mut dyn FnMut(&str) -> bool) -> bool {
    test(row.sid)
        || row.changes.iter().any(|(_, change)| change.value().is_some_and(&mut *test))
        || [Key::Status, Key::Code, Key::Error, Key::Echo].into_iter().any(|key| any_text(row, key, test))
}

/// Whether `test` holds for a text of the column.
fn any_text(row: &FilterRow<'_>, key: Key, test: &mut dyn FnMut(&str) -> bool) -> bool {
    match key {
        Key::Sid => !row.sid.is_empty() && test(row.sid),
        Key::Field(field) => row.changes.get(field).and_then(Change::value).is_some_and(test),
        Key::Cleared => row.changes.iter().any(|(field, change)| *change == Change::Clear && test(field.name())),
        Key::Problem => row.problems.iter().any(|issue| test(issue.code.name()) || test(&issue.hint)),
        Key::Status => row.status.is_some_and(test),
        Key::Echo => row.echo.is_some_and(test),
        Key::Verdict => row.verdict.is_some_and(test),
        Key::Code => row.said.and_then(|said| said.code).is_some_and(|code| test(&code.to_string())),
        Key::Error => row.said.is_some_and(|said| any_error_text(said, test)),
        Key::Cause => cause(row).is_some_and(|cause| test(&cause)),
    }
}

fn any_error_text(said: &Said, test: &mut dyn FnMut(&str) -> bool) -> bool {
    said.error_code.is_some_and(|code| test(&code.to_string()))
        || said.description.as_deref().is_some_and(&mut *test)
        || said.message.as_deref().is_some_and(test)
}

/// What outcomes alike have in common (SPEC 1), on one line: `rejected 404 1000 Contact not found`.
fn cause(row: &FilterRow<'_>) -> Option<String> {
    let cause = Cause::of(Status::from_name(row.status?)?, row.said?, row.echo.unwrap_or_default());
    Some(cause.to_string())
}

/// The filter as text that parses to the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => join(f, parts, " "),
            Self::Any(parts) => join(f, parts, " or "),
            Self::Not(part) => write!(f, "-{}", Grouped(part)),
            Self::Has(key) => write!(f, "{}:", key.name()),
            Self::Text(Some(key), pattern) => write!(f, "{}:{pattern}", key.name()),
            Self::Text(None, pattern) => pattern.fmt(f),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Node], between: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        fmt::Display::fmt(&Grouped(part), f)?;
    }
    Ok(())
}

/// A part, in parentheses where it is itself made of parts.
struct Grouped<'a>(&'a Node);

impl fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Node::All(_) | Node::Any(_) => write!(f, "({})", self.0),
            part => fmt::Display::fmt(part, f),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PatternKind::Text => write!(f, "\"{}\"", self.source.replace('\\', "\\\\").replace('"', "\\\"")),
            PatternKind::Regex => write!(f, "/{}/", self.source.replace('/', "\\/")),
        }
    }
}
