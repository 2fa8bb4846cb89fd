//! A strict JSON reader that knows where it is.
//!
//! Why not `serde_json`: numbers must stay the text they are, and a problem in the tenth field of an
//! object needs its line and column. The tests hold it against `serde_json`.

use std::borrow::Cow;

/// How deep values may nest, as in `serde_json`: the reader calls itself for each level.
const MAX_DEPTH: usize = 127;

/// What is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonError {
    /// The byte of the text.
    pub(super) at: usize,
    pub(super) message: String,
}

type Result<T> = std::result::Result<T, JsonError>;

/// A value with its place in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// The byte where it starts.
    pub(super) at: usize,
    /// Its text, as written.
    pub(super) raw: &'a str,
    pub(super) kind: Kind<'a>,
}

/// What a value is. Numbers and what is in arrays are in the value's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Null,
    Bool,
    Number,
    Text(Cow<'a, str>),
    Array,
    Object(Vec<Member<'a>>),
}

/// A key with its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    /// The byte where the key starts.
    pub(super) at: usize,
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
}

/// Reads values one after another.
pub(super) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> JsonReader<'a> {
    /// Reads from the start of the text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Whether the text may end too early for what was read last: it may go on in what comes behind.
    pub(super) fn may_be_cut(&self) -> bool {
        // The longest that has to stand together is a surrogate pair, `\uD83D\uDE00`.
        const LOOKED_AT: usize = 12;
        self.at + LOOKED_AT >= self.text.len()
    }

    /// The next byte after blanks, with the reader standing before it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// The byte where the reader stands.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Makes sure that nothing but blanks is left.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fail("more text behind the JSON: an array or an object ends it"),
        }
    }

    /// Reads an array, with `element` reading each element.
    fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.open(b'[')?;
        if self.eat(b']') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek() {
                Some(b',') => self.next_after_comma(b']')?,
                Some(b']') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(());
                }
                Some(_) => return self.fail("`,` or `]` expected"),
                None => return self.fail("the file ends inside an array: `]` expected"),
            }
        }
    }

    /// Reads an object, with `member` reading the value of each key.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, usize, Cow<'a, str>) -> Result<()>,
    ) -> Result<()> {
        self.open(b'{')?;
        if self.eat(b'}') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            let next = self.peek();
            let key_at = self.at;
            if next != Some(b'"') {
                return self.fail("a key in double quotes expected");
            }
            let key = self.string()?;
            if !self.eat(b':') {
                return self.fail("`:` expected after the key");
            }
            member(self, key_at, key)?;
            match self.peek() {
                Some(b',') => self.next_after_comma(b'}')?,
                Some(b'}') => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(());
                }
                Some(_) => return self.fail("`,` or `}` expected"),
                None => return self.fail("the file ends inside an object: `}` expected"),
            }
        }
    }

    /// Reads a value of any kind.
    pub(super) fn value(&mut self) -> Result<Value<'a>> {
        let first = self.peek();
        let at = self.at;
        let kind = match first {
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'{') => {
                let mut members = Vec::new();
                self.object(|reader, at, key| {
                    members.push(Member { at, key, value: reader.value()? });
                    Ok(())
                })?;
                Kind::Object(members)
            }
            Some(b'[') => {
                self.array(|reader| reader.value().map(drop))?;
                Kind::Array
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b't') => self.word("true", Kind::Bool)?,
            Some(b'f') => self.word("false", Kind::Bool)?,
            Some(_) => return self.fail("a value expected: a text in double quotes, a number, null, an object"),
            None => return self.fail("the file ends where a value is expected"),
        };
        Ok(Value { at, raw: self.text.get(at..self.at).unwrap_or_default(), kind })
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(JsonError { at: self.at, message: message.into() })
    }

    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    fn open(&mut self, byte: u8) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail(format!("nested more than {MAX_DEPTH} deep"));
        }
        if self.eat(byte) { Ok(()) } else { self.fail(format!("`{}` expected", char::from(byte))) }
    }

    fn next_after_comma(&mut self, closer: u8) -> Result<()> {
        let comma = self.at;
        self.at += 1;
        if self.peek() == Some(closer) {
            let message = format!("nothing stands between this comma and `{}`: take it out", char::from(closer));
            return Err(JsonError { at: comma, message });
        }
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Result<Kind<'a>> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.fail(format!("`{word}` or a text in double quotes expected"));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == start { self.fail("a digit expected") } else { Ok(()) }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Result<Kind<'a>> {
        let bytes = self.text.as_bytes();
        let next = |at: usize| bytes.get(at).copied();
        self.at += usize::from(next(self.at) == Some(b'-'));
        if next(self.at) == Some(b'0') {
            self.at += 1;
            if next(self.at).is_some_and(|b| b.is_ascii_digit()) {
                return self.fail("a number does not start with 0: put it in double quotes");
            }
        } else {
            self.digits()?;
        }
        if next(self.at) == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(next(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(next(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    /// Reads a text whose quote is next, borrowed where it has no escapes.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>> {
        let opened = self.at;
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let plain = self.plain_run();
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    let text = owned.get_or_insert_default();
                    text.push_str(plain);
                    text.push(c);
                }
                Some(_) => {
                    return self.fail(
                        "a control character inside a text: write it as \\n, \\t or \\u00XX, or close the quote before",
                    );
                }
                None => return Err(JsonError { at: opened, message: "this quote is never closed".to_owned() }),
            }
        }
    }

    /// Takes what stands before the next quote, backslash or control character.
    fn plain_run(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < b' ').unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn escape(&mut self) -> Result<char> {
        let start = self.at;
        let code = self.text.as_bytes().get(self.at + 1).copied();
        self.at += 2;
        Ok(match code {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                return Err(JsonError {
                    at: start,
                    message: "JSON has no such escape: write \\\\ for a backslash".to_owned(),
                });
            }
        })
    }

    /// The character of `\u` and its four hex digits, or of two of these that make a surrogate pair.
    fn unicode_escape(&mut self, start: usize) -> Result<char> {
        let first = self.hex4(start)?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
            self.at += 2;
            units.push(self.hex4(start)?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(JsonError { at: start, message: "half a surrogate pair is no character".to_owned() }),
        }
    }

    fn hex4(&mut self, start: usize) -> Result<u16> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|d| u16::from_str_radix(d, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| JsonError { at: start, message: "four hex digits follow \\u".to_owned() })
    }
}

/// The text of a JSON value without the blanks between its tokens.
pub(super) fn compact(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut in_text = false;
    let mut escaped = false;
    for c in raw.chars() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_text = c == '"';
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
