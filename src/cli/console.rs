//! The three standard streams: data out, talk beside it, answers in.

use std::io::{self, BufRead, BufWriter, IsTerminal, Stdout, Write};

use super::error::Error;
use super::exit::Exit;
use crate::support::text::harmless;

/// Standard output for data. Whoever writes flushes at the end, to learn of a closed pipe.
pub fn data() -> BufWriter<Stdout> {
    BufWriter::with_capacity(64 * 1024, io::stdout())
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
