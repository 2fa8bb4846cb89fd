//! From the text of a filter to the filter.

use super::matching::{Filter, Key, Node, Pattern, PatternKind};
use crate::domain::pattern;
use crate::domain::wrong::WrongText;

/// How deep parentheses may nest: more is a mistake, and the parser calls itself for each.
const MAX_DEPTH: usize = 64;

impl Filter {
    /// Reads a filter; the grammar is in the documentation of this module.
    pub fn parse(text: &str) -> Result<Self, WrongText> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        parser.skip_blanks();
        if parser.rest().is_empty() {
            return Ok(Self(Node::All(Vec::new())));
        }
        let node = parser.either()?;
        if parser.rest().is_empty() { Ok(Self(node)) } else { Err(parser.error("this `)` closes nothing")) }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, message: impl Into<String>) -> WrongText {
        WrongText::new(self.at, message)
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.rest().starts_with(c);
        if eaten {
            self.at += c.len_utf8();
        }
        eaten
    }

    /// Takes the word if it is the next one, with the blanks behind it.
    fn eat_word(&mut self, word: &str) -> bool {
        let next = self.word();
        let eaten = next.eq_ignore_ascii_case(word);
        if eaten {
            self.at += next.len();
            self.skip_blanks();
        }
        eaten
    }

    /// The text up to a blank or a parenthesis.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        rest.split(|c: char| c.is_whitespace() || c == '(' || c == ')').next().unwrap_or_default()
    }

    fn either(&mut self) -> Result<Node, WrongText> {
        let mut parts = vec![self.all()?];
        while self.eat_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Node, WrongText> {
        let mut parts = vec![self.not()?];
        loop {
            let next = self.rest();
            if next.is_empty() || next.starts_with(')') || self.word().eq_ignore_ascii_case("or") {
                return Ok(one_or(parts, Node::All));
            }
            self.eat_word("and");
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Node, WrongText> {
        let mut turned = 0_usize;
        while self.eat('-') {
            turned += 1;
        }
        let part = self.term()?;
        self.skip_blanks();
        Ok(match part {
            part if turned.is_multiple_of(2) => part,
            Node::Not(inner) => *inner,
            part => Node::Not(Box::new(part)),
        })
    }

    fn term(&mut self) -> Result<Node, WrongText> {
        let word = self.word();
        if self.rest().starts_with('(') {
            return self.group();
        }
        if ["or", "and"].iter().any(|w| word.eq_ignore_ascii_case(w)) {
            return Err(self.error(format!("`{word}` stands between two parts; quote it to look for the word")));
        }
        match self.key()? {
            None => Ok(Node::Text(None, self.value(None)?)),
            Some(key) if self.word().is_empty() => Ok(Node::Has(key)),
            Some(key) => Ok(Node::Text(Some(key), self.value(Some(key))?)),
        }
    }

    fn group(&mut self) -> Result<Node, WrongText> {
        let opened = self.at;
        self.eat('(');
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("more than {MAX_DEPTH} parentheses in each other")));
        }
        self.skip_blanks();
        let node = self.either()?;
        self.depth -= 1;
        if self.eat(')') {
            return Ok(node);
        }
        Err(WrongText::new(opened, "this `(` is not closed: add `)`".to_owned()))
    }

    /// Takes `key:`. Something like `12:30` is no key but a word.
    fn key(&mut self) -> Result<Option<Key>, WrongText> {
        let Some((name, _)) = self.word().split_once(':') else {
            return Ok(None);
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') {
            return Ok(None);
        }
        let Some(key) = Key::all().find(|key| key.name().eq_ignore_ascii_case(name)) else {
            let known: Vec<_> = Key::all().map(Key::name).collect();
            let known = known.join(", ");
            return Err(self.error(format!("no field `{name}`; there are {known}. Quote it to look for the text")));
        };
        self.at += name.len() + 1;
        Ok(Some(key))
    }

    fn value(&mut self, key: Option<Key>) -> Result<Pattern, WrongText> {
        let at = self.at;
        if self.eat('"') {
            return text_pattern(self.until('"', at)?, key, at);
        }
        if self.eat('/') {
            let written = self.rest();
            let source = self.until('/', at)?;
            let compiled = compile(source.clone(), PatternKind::Regex, &source, 0);
            return compiled.map_err(|wrong| WrongText { at: as_written(written, wrong.at), ..wrong }.within(at + 1));
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.error("something to look for is missing here"));
        }
        self.at += word.len();
        text_pattern(word.to_owned(), key, at)
    }

    /// Takes the text up to the closing quote or slash. A backslash keeps the closer in the text; in
    /// a pattern every other backslash belongs to the pattern.
    fn until(&mut self, closer: char, opened: usize) -> Result<String, WrongText> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped)) if escaped == closer || (closer == '"' && escaped == '\\') => out.push(escaped),
                    Some((_, other)) => out.extend(['\\', other]),
                    None => break,
                },
                _ if c == closer => {
                    self.at += i + c.len_utf8();
                    return Ok(out);
                }
                _ => out.push(c),
            }
        }
        Err(WrongText::new(opened, format!("this `{closer}` is not closed: add `{closer}`")))
    }
}

/// Where a byte of a pattern stands as it is written, with a backslash before each slash in it.
fn as_written(written: &str, at: usize) -> usize {
    let mut left = at;
    let mut chars = written.char_indices();
    while let Some((i, c)) = chars.next() {
        let (first, second) = (c.len_utf8(), if c == '\\' { chars.next() } else { None });
        let len = match second {
            Some((_, '/')) => 1,
            Some((_, other)) => first + other.len_utf8(),
            None => first,
        };
        if left < len {
            return if left == 0 { i } else { i + first };
        }
        left -= len;
    }
    written.len()
}

fn text_pattern(source: String, key: Option<Key>, at: usize) -> Result<Pattern, WrongText> {
    let is_number = !source.is_empty() && source.bytes().all(|b| b.is_ascii_digit());
    let pattern = regex::escape(&source);
    // `error:100` must not find 1000; in the words around, a number stands alone just as well.
    let pattern = match key {
        Some(Key::Code | Key::Error) if is_number => format!(r"\b{pattern}\b"),
        _ => pattern,
    };
    compile(source, PatternKind::Text, &pattern, at)
}

fn compile(source: String, kind: PatternKind, pattern: &str, at: usize) -> Result<Pattern, WrongText> {
    let regex = pattern::compile(pattern, true).map_err(|wrong| wrong.within(at))?;
    Ok(Pattern { source, kind, regex })
}

/// The part itself where it is alone.
fn one_or(mut parts: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}
