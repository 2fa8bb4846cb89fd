//! One JSON document, read piece by piece: an array of edits, `{"contacts":[…]}`, the vendor's answer
//! `{"response":[{"data":{…}}]}`, or one edit.
//!
//! The vendor's own sample lacks the commas between its objects. That is the one leniency, and only there.

use super::columns::{ColumnUse, Names};
use super::json::{JsonError, JsonReader};
use super::json_edits::JsonEdits;
use super::report::Place;
use super::sink::Sink;
use super::text::{Fault, Text};
use crate::support::text::counted;

/// How many lines a message about missing commas names.
const LINES_NAMED: usize = 10;

/// What the values of an array, or a value by itself, are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Each {
    /// Edits.
    Edit,
    /// Items of the vendor's answer.
    Item,
    /// Something beside the edits.
    Other,
}

/// Reads a document; gives the keys of its objects.
pub(super) fn read(text: &mut Text<'_>, names: &Names, sink: &mut Sink<'_>) -> Result<Vec<ColumnUse>, Fault> {
    let mut document = Document { text, edits: JsonEdits::new(names, sink), missing: Vec::new(), missing_count: 0 };
    let read = document.read();
    document.warn_of_missing_commas();
    read?;
    Ok(document.edits.finish())
}

struct Document<'a, 's, 't, 'r> {
    text: &'t mut Text<'r>,
    edits: JsonEdits<'a, 's>,
    /// Where the first commas were missing.
    missing: Vec<Place>,
    missing_count: u64,
}

impl Document<'_, '_, '_, '_> {
    fn read(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            None => return Ok(()),
            Some(b'[') => self.array(Each::Edit)?,
            Some(b'{') if self.is_envelope()? => self.envelope()?,
            Some(_) => self.value(Each::Edit)?,
        }
        match self.peek()? {
            None => Ok(()),
            Some(_) => self.fail("more text behind the JSON: an array or an object ends it"),
        }
    }

    /// Whether the object that comes next holds edits, and is none itself.
    fn is_envelope(&mut self) -> Result<bool, Fault> {
        self.look(|reader| {
            let mut is_found = false;
            let read = reader.object(|reader, at, key| {
                is_found =
                    matches!((key.as_ref(), reader.peek()), ("contacts", Some(b'[')) | ("response", Some(b'[' | b'{')));
                let stop = || JsonError { at, message: String::new() };
                if is_found { Err(stop()) } else { reader.value().map(drop) }
            });
            if is_found { Ok(true) } else { read.map(|()| false) }
        })
    }

    fn envelope(&mut self) -> Result<(), Fault> {
        self.text.skip(1);
        if self.peek()? == Some(b'}') {
            self.text.skip(1);
            return Ok(());
        }
        loop {
            if self.peek()? != Some(b'"') {
                return self.fail("a key in double quotes expected");
            }
            let (key, len) = self.look_at(|reader| reader.string().map(String::from))?;
            self.text.skip(len);
            if self.peek()? != Some(b':') {
                return self.fail("`:` expected after the key");
            }
            self.text.skip(1);
            match (key.as_str(), self.peek()?) {
                ("contacts", Some(b'[')) => self.array(Each::Edit)?,
                ("response", Some(b'[')) => self.array(Each::Item)?,
                ("response", Some(b'{')) => self.value(Each::Item)?,
                _ => self.value(Each::Other)?,
            }
            match self.peek()? {
                Some(b',') => self.behind_comma(b'}')?,
                Some(b'}') => {
                    self.text.skip(1);
                    return Ok(());
                }
                Some(_) => return self.fail("`,` or `}` expected"),
                None => return self.fail("the file ends inside an object: `}` expected"),
            }
        }
    }

    fn array(&mut self, each: Each) -> Result<(), Fault> {
        self.text.skip(1);
        if self.peek()? == Some(b']') {
            self.text.skip(1);
            return Ok(());
        }
        loop {
            self.value(each)?;
            let end = self.text.place(0);
            match self.peek()? {
                Some(b',') => self.behind_comma(b']')?,
                Some(b']') => {
                    self.text.skip(1);
                    return Ok(());
                }
                Some(b'{') => {
                    self.missing_count += 1;
                    if self.missing.len() < LINES_NAMED {
                        self.missing.push(end);
                    }
                }
                Some(_) => return self.fail("`,` or `]` expected"),
                None => return self.fail("the file ends inside an array: `]` expected"),
            }
        }
    }

    /// The next byte after blanks, with the text standing before it.
    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let rest = self.text.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            self.text.skip(blanks);
            if let Some(byte) = self.text.rest().bytes().next() {
                return Ok(Some(byte));
            }
            if !self.text.more()? {
                return Ok(None);
            }
        }
    }

    fn behind_comma(&mut self, closer: u8) -> Result<(), Fault> {
        let place = self.text.place(0);
        self.text.skip(1);
        if self.peek()? == Some(closer) {
            let message = format!("nothing stands between this comma and `{}`: take it out", char::from(closer));
            return Err(Fault { place, message, undecoded: None });
        }
        Ok(())
    }

    /// Reads a value and hands it over.
    fn value(&mut self, each: Each) -> Result<(), Fault> {
        loop {
            let mut reader = JsonReader::new(self.text.rest());
            let read = reader.value();
            let is_sure = self.text.is_end() || !reader.may_be_cut();
            let len = reader.at();
            match read {
                Ok(value) if is_sure => match each {
                    Each::Edit => self.edits.element(self.text, value),
                    Each::Item => self.edits.item(self.text, value),
                    Each::Other => {}
                },
                Err(error) if is_sure => return Err(fault(self.text, error)),
                _ => {
                    self.text.more()?;
                    continue;
                }
            }
            self.text.skip(len);
            return Ok(());
        }
    }

    /// Looks at what comes, however far it reaches, and stays before it.
    fn look<T>(&mut self, read: impl Fn(&mut JsonReader<'_>) -> Result<T, JsonError>) -> Result<T, Fault> {
        self.look_at(read).map(|(seen, _)| seen)
    }

    /// Looks at what comes, and gives its length too.
    fn look_at<T>(&mut self, read: impl Fn(&mut JsonReader<'_>) -> Result<T, JsonError>) -> Result<(T, usize), Fault> {
        loop {
            let mut reader = JsonReader::new(self.text.rest());
            let seen = read(&mut reader);
            if self.text.is_end() || !reader.may_be_cut() {
                let len = reader.at();
                return seen.map(|seen| (seen, len)).map_err(|error| fault(self.text, error));
            }
            self.text.more()?;
        }
    }

    fn fail(&self, message: &str) -> Result<(), Fault> {
        Err(Fault { place: self.text.place(0), message: message.to_owned(), undecoded: None })
    }

    fn warn_of_missing_commas(&mut self) {
        let Some(first) = self.missing.first().copied() else { return };
        let mut lines = self.missing.iter().map(|place| place.line.to_string()).collect::<Vec<_>>().join(", ");
        if self.missing_count > self.missing.len() as u64 {
            lines.push_str(" …");
        }
        let word = if self.missing_count == 1 { "line" } else { "lines" };
        let commas = counted(self.missing_count, "comma");
        let message =
            format!("{commas} missing between objects, at the end of {word} {lines}: read as if they were there");
        self.edits.sink.warn(|| first, None, message);
    }
}

fn fault(text: &Text<'_>, error: JsonError) -> Fault {
    Fault { place: text.place(error.at), message: error.message, undecoded: None }
}
