//! The three standard streams: data out, talk beside it, answers in.

use std::io::{self, BufRead, BufWriter, IsTerminal, Stdout, Write};

use super::error::Error;
use super::exit::Exit;
use crate::support::text::harmless;

/// Standard output for data.
pub type Data = BufWriter<Shown<Stdout>>;

/// Standard output for data. Whoever writes flushes at the end, to learn of a closed pipe.
pub fn data() -> Data {
    let out = io::stdout();
    let is_terminal = out.is_terminal();
    BufWriter::with_capacity(64 * 1024, Shown { out, is_terminal, cut: Vec::new() })
}

/// What is written, as it is for a program. A terminal gets it harmless: a value may hold what it would obey.
#[derive(Debug)]
pub struct Shown<W> {
    out: W,
    is_terminal: bool,
    /// The first bytes of a letter whose others are still to come.
    cut: Vec<u8>,
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.out.write(bytes);
        }
        self.cut.extend_from_slice(bytes);
        let end = match std::str::from_utf8(&self.cut) {
            Err(odd) if odd.error_len().is_none() => odd.valid_up_to(),
            _ => self.cut.len(),
        };
        let cut = self.cut.split_off(end);
        let whole = std::mem::replace(&mut self.cut, cut);
        for piece in String::from_utf8_lossy(&whole).split_inclusive(['\n', '\t']) {
            let (text, layout) = piece.split_at(piece.trim_end_matches(['\n', '\t']).len());
            self.out.write_all(harmless(text).as_bytes())?;
            self.out.write_all(layout.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Says something to the user on standard error, line by line, harmlessly. Nobody listening is no error.
pub fn say(text: &str) {
    let mut err = io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(err, "{}", harmless(line));
    }
}

/// Says why a command failed.
pub fn complain(error: &Error) {
    if !error.message.is_empty() {
        say(&format!("rolodeck: {}", error.message));
    }
}

/// Whether there is someone to ask: the question goes to standard error, the answer comes from standard
/// input, so both must be a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question and gives the answer without the blanks around it.
pub fn ask(question: &str) -> Result<String, Error> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{} ", harmless(question)).and_then(|()| err.flush());
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|e| Error::new(Exit::Interrupted, format!("the answer cannot be read: {e}")))?;
    Ok(answer.trim().to_owned())
}

/// The rewritten last line of a terminal: how far a run is. Without a terminal it stays silent.
#[derive(Debug)]
pub struct Progress {
    is_shown: bool,
    has_line: bool,
}

impl Progress {
    /// A progress line on standard error.
    pub fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal(), has_line: false }
    }

    /// Shows the line in place of the one before.
    pub fn show(&mut self, line: &str) {
        if self.is_shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K{}", harmless(line));
            self.has_line = true;
        }
    }

    /// Takes the line away, so that something else can be said.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.has_line) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_nothing_to_obey_and_a_program_every_byte() {
        let text = "é,\u{1b}[31m\tz\u{9b}m\n";
        let written = |is_terminal, at_once: usize| {
            let mut shown = Shown { out: Vec::new(), is_terminal, cut: Vec::new() };
            text.as_bytes().chunks(at_once).for_each(|part| shown.write_all(part).unwrap());
            String::from_utf8(shown.out).unwrap()
        };
        for at_once in [1, 2, 3, 100] {
            assert_eq!(written(true, at_once), "é,␛[31m\tz\u{fffd}m\n");
            assert_eq!(written(false, at_once), text);
        }
    }
}
