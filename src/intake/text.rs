//! The text of a file, decoded piece by piece, with the place of what is being read.
//!
//! A reader looks at [`rest`](Text::rest). Where that ends too early it asks for [`more`](Text::more) and looks again from
//! the same place; what it has understood it [skips](Text::skip). So no more of a file is held than one row, or
//! one object, and what was read ahead.

use std::io::{ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::report::Place;

/// How many bytes are read at a time, at least.
const CHUNK: usize = 64 << 10;

/// The longest row or object. A quote that is never closed would take in the rest of any file.
const LONGEST: usize = 64 << 20;

/// Why a file can't be read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) message: String,
    /// The bytes that are no text in the encoding, if that is why: their place in the file.
    pub(super) undecoded: Option<u64>,
}

/// A file being read.
pub(super) struct Text<'r> {
    input: &'r mut dyn Read,
    decoder: Decoder,
    encoding: &'static Encoding,
    /// The bytes read last, behind the last few of those before them.
    bytes: Vec<u8>,
    /// How many bytes of the file came before `bytes`.
    before: u64,
    /// What is decoded and not dropped yet.
    decoded: String,
    /// Where in it the rest begins.
    at: usize,
    /// The place of the rest.
    place: Place,
    /// Whether a carriage return came right before the rest: a line feed belongs to it.
    after_return: bool,
    is_end: bool,
}

impl<'r> Text<'r> {
    /// Reads bytes of this encoding, without a byte order mark.
    pub(super) fn new(input: &'r mut dyn Read, encoding: &'static Encoding) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoding,
            bytes: Vec::new(),
            before: 0,
            decoded: String::new(),
            at: 0,
            place: Place { line: 1, column: 1 },
            after_return: false,
            is_end: false,
        }
    }

    /// What was read ahead.
    pub(super) fn rest(&self) -> &str {
        self.decoded.get(self.at..).unwrap_or_default()
    }

    /// Whether the rest ends where the file ends.
    pub(super) fn is_end(&self) -> bool {
        self.is_end
    }

    /// Makes the rest at least twice as long; gives whether there was more.
    pub(super) fn more(&mut self) -> Result<bool, Fault> {
        if self.is_end {
            return Ok(false);
        }
        if self.rest().len() >= LONGEST {
            let message = "nothing ends here within 64 MiB: a quote or a bracket is not closed".to_owned();
            return Err(Fault { place: self.place, message, undecoded: None });
        }
        self.decoded.drain(..self.at);
        self.at = 0;
        self.read(CHUNK.max(self.decoded.len()))?;
        Ok(true)
    }

    /// Reads ahead until this much is there, or the file ends.
    pub(super) fn ahead(&mut self, len: usize) -> Result<&str, Fault> {
        while self.rest().len() < len && self.more()? {}
        Ok(self.rest())
    }

    /// Goes on behind so much of the rest.
    pub(super) fn skip(&mut self, len: usize) {
        let skipped = self.decoded.get(self.at..self.at + len).unwrap_or_default();
        (self.place, self.after_return) = behind(self.place, self.after_return, skipped);
        self.at += skipped.len();
    }

    /// The place of a byte of the rest, by line and character. A line ends at LF, CRLF or CR.
    pub(super) fn place(&self, at: usize) -> Place {
        let before = self.rest().get(..at).unwrap_or_else(|| self.rest());
        behind(self.place, self.after_return, before).0
    }

    fn read(&mut self, len: usize) -> Result<(), Fault> {
        // Whoever asks what was no text wants to see bytes that a piece before may have had.
        let kept = self.bytes.len().min(4);
        let dropped = self.bytes.len() - kept;
        self.before += dropped as u64;
        self.bytes.drain(..dropped);
        self.bytes.resize(kept + len, 0);
        let mut filled = kept;
        while filled < self.bytes.len() {
            match self.input.read(self.bytes.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => {
                    self.is_end = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    let place = self.place(self.rest().len());
                    return Err(Fault { place, message: format!("the file cannot be read: {e}"), undecoded: None });
                }
            }
        }
        self.bytes.truncate(filled);
        let source = self.bytes.get(kept..).unwrap_or_default();
        let longest = self.decoder.max_utf8_buffer_length_without_replacement(source.len());
        self.decoded.reserve(longest.unwrap_or(source.len() * 3));
        let (result, read) = self.decoder.decode_to_string_without_replacement(source, &mut self.decoded, self.is_end);
        match result {
            DecoderResult::Malformed(bad, after) => {
                Err(self.malformed(kept + read, usize::from(bad), usize::from(after)))
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
        }
    }

    fn malformed(&mut self, read: usize, bad: usize, after: usize) -> Fault {
        self.is_end = true;
        let at = read.saturating_sub(bad + after);
        let byte = self.bytes.get(at).copied().unwrap_or_default();
        Fault {
            place: self.place(self.rest().len()),
            message: format!("not {} (byte 0x{byte:02X})", self.encoding.name()),
            undecoded: Some(self.before + at as u64),
        }
    }
}

/// The place behind a piece of text, and whether that ends in a carriage return.
fn behind(place: Place, after_return: bool, text: &str) -> (Place, bool) {
    let Some(last) = text.as_bytes().last() else { return (place, after_return) };
    let is_returned = *last == b'\r';
    let mut lines = text.bytes().filter(|b| *b == b'\n').count();
    if after_return || text.contains('\r') {
        let pairs = text.matches("\r\n").count() + usize::from(after_return && text.starts_with('\n'));
        lines = lines + text.matches('\r').count() - pairs;
    }
    let last_line = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    let chars = last_line.chars().count() as u64;
    let is_new = lines > 0 || last_line.len() < text.len();
    let column = if is_new { 1 + chars } else { place.column + chars };
    (Place { line: place.line + lines as u64, column }, is_returned)
}
