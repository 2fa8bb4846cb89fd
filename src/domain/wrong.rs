//! What is wrong with a text that the user typed, and where.

use std::fmt;

use crate::support::text::{harmless, width};

/// What is wrong with a typed text (a filter, a pattern, a template), and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongText {
    /// The byte of the text that the message is about; at most the text's length.
    pub at: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl WrongText {
    /// Says what is wrong at a byte of the text.
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The text with a caret below the place, and the message behind it.
    pub fn drawn(&self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        format!("\n  {}\n  {}^ {}", harmless(text), " ".repeat(width(&harmless(before))), self.message)
    }

    /// The same within a longer text, in which the wrong one begins at that byte.
    #[must_use]
    pub fn within(self, begins: usize) -> Self {
        Self { at: self.at + begins, ..self }
    }
}

impl fmt::Display for WrongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.at, self.message)
    }
}

impl std::error::Error for WrongText {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_place_as_the_terminal_draws_it() {
        let drawn = WrongText::new("名 x\u{1b}".len(), "why").drawn("名 x\u{1b}(");
        assert_eq!(drawn, "\n  名 x␛(\n       ^ why");
    }
}
