//! The help: what the keys mean here, then what they mean elsewhere, narrowed by what is looked for.

use super::applies::why_not;
use super::dialog::Dialog;
use super::layout::dialog_columns;
use super::model::Model;
use super::prompt::PromptKind;
use crate::config::actions::{ACTIONS, ActionRow, Context, Group};
use crate::support::text::wrapped;

/// Columns of the help, where the screen has so many.
const COLUMNS: u16 = 92;

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    /// The name of a group, or a sentence.
    Heading(String),
    /// A key.
    Key {
        /// The keys of the action.
        keys: String,
        /// What it does.
        text: String,
        /// Whether it would do something now.
        applies: bool,
    },
    /// An empty line between groups.
    Blank,
}

/// What is looked for in the help: what is being typed, else what was.
pub fn filter(model: &Model) -> &str {
    match (&model.prompt, model.dialogs.last()) {
        (Some(prompt), _) if prompt.kind == PromptKind::Help => prompt.text(),
        (_, Some(Dialog::Help { filter, .. })) => filter,
        _ => "",
    }
}

/// Every line: first what works in this place by its groups, then other places, then typing.
pub fn lines(model: &Model) -> Vec<HelpLine> {
    let place = model.place();
    let words: Vec<String> = filter(model).to_lowercase().split_whitespace().map(str::to_owned).collect();
    let here = |row: &ActionRow| row.places.contains(&place);
    let mut lines = Vec::new();
    for group in Group::ALL.into_iter().filter(|group| *group != Group::Prompt) {
        let rows = ACTIONS.iter().filter(|row| row.group == group && here(row));
        section(&mut lines, group.title(), rows.map(|row| key_line(model, row, place.into())), &words);
    }
    if place == crate::config::actions::Place::Log {
        section(&mut lines, "In a filter of the log", log_filter_lines(), &words);
    }
    let elsewhere = ACTIONS.iter().filter(|row| !here(row) && !row.places.is_empty());
    let elsewhere = elsewhere.filter_map(|row| Some(key_line(model, row, row.contexts().next()?)));
    section(&mut lines, "In other places", elsewhere, &words);
    let typing = ACTIONS.iter().filter(|row| row.group == Group::Prompt);
    section(&mut lines, Group::Prompt.title(), typing.map(|row| key_line(model, row, Context::Prompt)), &words);
    if lines.is_empty() {
        lines.push(HelpLine::Heading(format!("nothing matches `{}`", filter(model))));
    }
    lines.into_iter().flat_map(|line| broken(line, columns(model))).collect()
}

fn section<'a>(
    lines: &mut Vec<HelpLine>,
    title: &str,
    rows: impl Iterator<Item = (HelpLine, &'a str)>,
    words: &[String],
) {
    let found: Vec<HelpLine> = rows.filter(|(line, name)| matches(line, name, words)).map(|(line, _)| line).collect();
    if found.is_empty() {
        return;
    }
    if !lines.is_empty() {
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Heading(title.to_owned()));
    lines.extend(found);
}

fn key_line(model: &Model, row: &ActionRow, context: Context) -> (HelpLine, &'static str) {
    let keys = model.session.keymap.keys(row.action, context).collect::<Vec<_>>().join("  ");
    let why_not = if context == Context::Prompt { None } else { why_not(model, row.action) };
    let short = why_not.as_deref().map(|why| why.split(';').next().unwrap_or(why));
    let text = short.map_or_else(|| row.help.to_owned(), |why| format!("{} ({why})", row.help));
    (HelpLine::Key { keys, text, applies: why_not.is_none() }, row.name)
}

/// What a filter of the log is made of.
fn log_filter_lines() -> impl Iterator<Item = (HelpLine, &'static str)> {
    let line = |part: &str, text: &str| HelpLine::Key { keys: part.to_owned(), text: text.to_owned(), applies: true };
    super::log_filter::PARTS.into_iter().map(move |(part, text)| (line(part, text), "filter"))
}

fn matches(line: &HelpLine, name: &str, words: &[String]) -> bool {
    let HelpLine::Key { keys, text, .. } = line else { return true };
    let text = format!("{name} {text}").to_lowercase();
    words.iter().all(|word| text.contains(word) || keys.split("  ").any(|key| key.eq_ignore_ascii_case(word)))
}

/// Columns of the help, and those of its keys.
pub fn columns(model: &Model) -> (u16, u16) {
    let all = dialog_columns(model.size.0, COLUMNS);
    (all, all / 5)
}

/// A line broken where its keys or its text do not fit in their columns.
fn broken(line: HelpLine, (all, column): (u16, u16)) -> Vec<HelpLine> {
    let HelpLine::Key { keys, text, applies } = line else { return vec![line] };
    let mut keys = wrapped(&keys, usize::from(column.saturating_sub(2))).into_iter();
    let mut texts = wrapped(&text, usize::from(all - column)).into_iter();
    let rows = keys.len().max(texts.len());
    let mut next = || (keys.next().unwrap_or_default(), texts.next().unwrap_or_default());
    (0..rows).map(|_| next()).map(|(keys, text)| HelpLine::Key { keys, text, applies }).collect()
}
