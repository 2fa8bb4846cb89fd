//! Find and replace by a pattern, with captures and case folding.

use regex::{Captures, Regex};

use crate::domain::pattern;
use crate::domain::wrong::WrongText;

/// A pattern, and what stands in for each of its matches.
#[derive(Debug, Clone)]
pub struct Replace {
    find: Regex,
    /// As typed: by these two are alike.
    source: (String, String),
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
    Fold(Fold),
}

/// From where on letters are folded, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Upper,
    Lower,
    UpperNext,
    LowerNext,
    End,
}

/// Replacements are alike when they were written alike.
impl PartialEq for Replace {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Replace {}

impl Replace {
    /// Reads a pattern. It minds case, unless it begins with `(?i)`.
    pub fn pattern(find: &str) -> Result<Regex, WrongText> {
        if find.is_empty() {
            return Err(WrongText::new(0, "a pattern to look for is missing"));
        }
        pattern::compile(find, false)
    }

    /// Reads what stands in for the matches of a pattern; the grammar is in the documentation of this module.
    pub fn new(find: Regex, with: &str) -> Result<Self, WrongText> {
        let pieces = Reader { find: &find, text: with, at: 0, plain: String::new(), pieces: Vec::new() }.read()?;
        let source = (find.as_str().to_owned(), with.to_owned());
        Ok(Self { find, source, pieces })
    }

    /// The text with every match replaced; `None` where there is none.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len() + 16);
        let mut copied = 0;
        let mut found = false;
        for captures in self.find.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            found = true;
            out.push_str(text.get(copied..whole.start()).unwrap_or_default());
            self.expand(&captures, &mut out);
            copied = whole.end();
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        found.then_some(out)
    }

    fn expand(&self, captures: &Captures<'_>, out: &mut String) {
        let mut folding = Folding { all: Fold::End, next: None };
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => folding.push(text, out),
                Piece::Group(no) => folding.push(captures.get(*no).map_or("", |group| group.as_str()), out),
                Piece::Fold(Fold::End) => folding = Folding { all: Fold::End, next: None },
                Piece::Fold(fold @ (Fold::UpperNext | Fold::LowerNext)) => folding.next = Some(*fold),
                Piece::Fold(fold) => folding.all = *fold,
            }
        }
    }
}

/// How the letters that come are folded.
struct Folding {
    all: Fold,
    next: Option<Fold>,
}

impl Folding {
    fn push(&mut self, text: &str, out: &mut String) {
        for c in text.chars() {
            match self.next.take().unwrap_or(self.all) {
                Fold::Upper | Fold::UpperNext => out.extend(c.to_uppercase()),
                Fold::Lower | Fold::LowerNext => out.extend(c.to_lowercase()),
                Fold::End => out.push(c),
            }
        }
    }
}

struct Reader<'a> {
    find: &'a Regex,
    text: &'a str,
    at: usize,
    plain: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Vec<Piece>, WrongText> {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '$' => self.group()?,
                '\\' => self.escape()?,
                c => self.plain(c, c.len_utf8()),
            }
        }
        self.flush();
        Ok(self.pieces)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn plain(&mut self, c: char, bytes: usize) {
        self.plain.push(c);
        self.at += bytes;
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.plain)));
        }
    }

    fn piece(&mut self, piece: Piece, bytes: usize) {
        self.flush();
        self.pieces.push(piece);
        self.at += bytes;
    }

    fn group(&mut self) -> Result<(), WrongText> {
        let after = self.rest().get(1..).unwrap_or_default();
        if after.starts_with('$') {
            self.plain('$', 2);
            return Ok(());
        }
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (name, bytes) = match after.strip_prefix('{') {
            Some(inner) => match inner.split_once('}') {
                Some((name, _)) => (name, name.len() + 3),
                None => return Err(WrongText::new(self.at, "this `${` is not closed: add `}`")),
            },
            None if digits > 0 => (after.get(..digits).unwrap_or_default(), digits + 1),
            None => {
                let message = "a group's number or `{name}` is missing behind this `$`; `$$` is the character itself";
                return Err(WrongText::new(self.at, message));
            }
        };
        let no = self.number(name).map_err(|message| WrongText::new(self.at, message))?;
        self.piece(Piece::Group(no), bytes);
        Ok(())
    }

    fn number(&self, name: &str) -> Result<usize, String> {
        let last = self.find.captures_len() - 1;
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
            return match name.parse() {
                Ok(no) if no <= last => Ok(no),
                _ if last == 0 => Err(String::from("the pattern has no group: put `(` and `)` around what to keep")),
                _ => Err(format!("the pattern has no group {name}: its last is {last}")),
            };
        }
        let names = || self.find.capture_names().flatten();
        self.find.capture_names().position(|group| group == Some(name)).ok_or_else(|| match names().next() {
            None => format!("the pattern has no group `{name}`: write `(?<{name}>…)` in it"),
            Some(_) => format!("the pattern has no group `{name}`; it has {}", names().collect::<Vec<_>>().join(", ")),
        })
    }

    fn escape(&mut self) -> Result<(), WrongText> {
        let fold = match self.rest().chars().nth(1) {
            Some('\\') => {
                self.plain('\\', 2);
                return Ok(());
            }
            Some('U') => Fold::Upper,
            Some('L') => Fold::Lower,
            Some('u') => Fold::UpperNext,
            Some('l') => Fold::LowerNext,
            Some('E') => Fold::End,
            Some(c) if c.is_ascii_digit() => {
                return Err(WrongText::new(self.at, format!("a group is `${c}` here")));
            }
            _ => {
                let message = "behind `\\` stands U, L, u, l or E to fold case; `\\\\` is the character itself";
                return Err(WrongText::new(self.at, message));
            }
        };
        self.piece(Piece::Fold(fold), 2);
        Ok(())
    }
}
