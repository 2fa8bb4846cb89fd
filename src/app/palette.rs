//! Commands by name: what `:` offers for what is typed.

use crate::config::actions::{ACTIONS, ActionRow};

/// Commands beside the actions; most take an argument.
pub const COMMANDS: [(&str, &str); 5] = [
    ("import", "Import edits from a file: import FILE"),
    ("in-flight", "Requests at once, now or in the next runs: in-flight N"),
    ("rate", "Requests a minute, now or in the next runs: rate N"),
    ("resume", "Go on with the last run that ended early"),
    ("theme", "Use another theme: theme NAME (dark, light, high-contrast, colour-blind, ansi16, mono)"),
];

/// A line of the palette.
#[derive(Debug, Clone, Copy)]
pub enum Match {
    /// An action of the table.
    Action(&'static ActionRow),
    /// A command with its description.
    Command(&'static str, &'static str),
}

impl Match {
    /// The name that is typed.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Action(row) => row.name,
            Self::Command(name, _) => name,
        }
    }

    /// What it does.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Action(row) => row.help,
            Self::Command(_, help) => help,
        }
    }
}

/// What the typed text may mean, best first: names that begin with it, then names that hold it, then
/// names that hold its letters in order.
pub fn matches(typed: &str) -> Vec<Match> {
    let word = typed.split(' ').next().unwrap_or("").to_lowercase();
    let mut found: Vec<(u8, Match)> = COMMANDS
        .iter()
        .map(|(name, help)| Match::Command(name, help))
        .chain(ACTIONS.iter().filter(|row| !row.places.is_empty()).map(Match::Action))
        .filter_map(|m| Some((rank(m.name(), &word)?, m)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, m)| m).collect()
}

fn rank(name: &str, word: &str) -> Option<u8> {
    if name.starts_with(word) {
        return Some(0);
    }
    if name.contains(word) {
        return Some(1);
    }
    let mut rest = name.chars();
    word.chars().all(|c| rest.any(|n| n == c)).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_name_comes_before_letters_within_it() {
        let names: Vec<_> = matches("the").iter().map(Match::name).collect();
        assert_eq!(names.first(), Some(&"theme"));
        assert!(matches("rq").iter().any(|m| m.name() == "requeue"));
        assert!(matches("zzz").is_empty());
        assert_eq!(matches("import a b.csv").first().map(Match::name), Some("import"));
    }
}
