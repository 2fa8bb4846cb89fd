//! What is wrong with the configuration, where, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::support::near::nearest;

/// A fault of the configuration or the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, where one is to blame.
    pub file: Option<PathBuf>,
    /// Line and column in it, from 1.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ConfigError {
    /// A fault that no file is to blame for.
    pub fn new(message: impl Into<String>) -> Self {
        Self { file: None, place: None, message: message.into(), hint: None }
    }

    /// A fault of a file.
    pub fn in_file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: Some(file.to_owned()), ..Self::new(message) }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A fault that TOML found in the text of a file.
    pub(super) fn of_toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let (message, hint) = friendly(error.message());
        Self { file: Some(file.to_owned()), place: error.span().map(|span| place_of(text, span.start)), message, hint }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if let Some((line, column)) = self.place {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Line and column, from 1, of a byte of the text.
pub(super) fn place_of(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

/// Turns serde's words for an unknown key or value into a plain sentence and a hint.
fn friendly(message: &str) -> (String, Option<String>) {
    let message = message.lines().next().unwrap_or_default();
    let kind = match message {
        m if m.starts_with("unknown field `") => "key",
        m if m.starts_with("unknown variant `") => "value",
        m => return (m.to_owned(), None),
    };
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default();
    let known: Vec<_> = quoted.collect();
    let hint = match nearest(wrong, &known) {
        Some(near) if !near.is_empty() => format!("did you mean `{near}`?"),
        _ => format!("known here: {}", known.iter().map(|word| in_quotes(word)).collect::<Vec<_>>().join(", ")),
    };
    (format!("unknown {kind} `{wrong}`"), Some(hint))
}

/// A word as it stands in a list of words: an empty one would not be seen.
fn in_quotes(word: &str) -> &str {
    if word.is_empty() { "\"\"" } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_letters_not_bytes() {
        assert_eq!(place_of("a = 1\né = 2\n", 6), (2, 1));
        assert_eq!(place_of("é = x", 5), (1, 5));
    }
}
