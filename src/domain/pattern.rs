//! The user's patterns: compiled within limits, with the place of a mistake.

use regex::{Regex, RegexBuilder};

use super::wrong::WrongText;

/// The largest compiled pattern, in bytes: `\w{1000}{1000}` must not take the machine's memory.
const LARGEST: usize = 1 << 20;

/// How the crate indents the pattern, and the caret below it, in its messages.
const INDENT: usize = 4;

/// Compiles a pattern.
pub(super) fn compile(source: &str, ignores_case: bool) -> Result<Regex, WrongText> {
    let built = RegexBuilder::new(source).case_insensitive(ignores_case).size_limit(LARGEST).build();
    built.map_err(|error| {
        let said = error.to_string();
        // The crate draws the pattern with a caret below it; the last line has the reason.
        let reason = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
        WrongText::new(place(source, &said), format!("the pattern is wrong: {reason}"))
    })
}

/// The byte of the pattern that the crate's caret points at.
fn place(source: &str, said: &str) -> usize {
    let caret = said.lines().find(|line| line.trim_start().starts_with('^'));
    let column = caret.and_then(|line| line.find('^')).and_then(|column| column.checked_sub(INDENT));
    column.map_or(0, |column| source.char_indices().nth(column).map_or(source.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a(b", 1)]
    #[case("é(b", 2)]
    #[case("x[", 1)]
    #[case("(?<n>a)(?<n>b)", 3)]
    #[case("\\w{1000}{1000}", 0)]
    fn a_mistake_has_its_place(#[case] source: &str, #[case] at: usize) {
        let error = compile(source, false).unwrap_err();
        assert_eq!(error.at, at, "{error}");
        assert!(error.message.starts_with("the pattern is wrong: ") && error.message.len() > 25, "{error}");
    }
}
