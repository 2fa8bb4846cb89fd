//! Commands by name: what `:` offers for what is typed, whether it applies now, and what completes it.
//!
//! The ranking is the project's own: some sixty short names want the start of a name before the start of a word
//! before letters anywhere, and no scores.

use super::applies::why_not;
use super::copying;
use super::effect::Effect;
use super::log_filter::{LEVELS, PARTS};
use super::model::Model;
use super::prompt::PromptKind;
use crate::config::actions::{ACTIONS, Action, Place};
use crate::domain::Filter;
use crate::support::text::{count, counted};

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// Something that nothing completes, or nothing.
    Optional,
    /// A number.
    Number,
    /// A file.
    File,
    /// A folder, or nothing.
    Folder,
    /// The name of a theme.
    Theme,
    /// The number of a run.
    Run,
    /// A filter.
    Filter,
    /// A part of the row under the cursor.
    Part,
}

/// A command beside the actions.
#[derive(Debug)]
pub struct CommandRow {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub argument: Argument,
    /// What it does.
    pub help: &'static str,
}

const fn row(name: &'static str, argument: Argument, help: &'static str) -> CommandRow {
    CommandRow { name, argument, help }
}

/// Commands beside the actions.
#[rustfmt::skip] // one command a line: it is read as a table
pub const COMMANDS: &[CommandRow] = &[
    row("compare", Argument::Run, "What was fixed between two runs, and what fails now: compare A B"),
    row("conflicts", Argument::None, "Decide about edits whose contacts others changed: yours, theirs, or another value"),
    row("columns", Argument::None, "Choose which columns of the queue are shown"),
    row("copy", Argument::Part, "Copy a part of the row, or of the detail that is open: copy PART"),
    row("duplicates", Argument::None, "Show only edits whose contact has another edit in the queue, or all again"),
    row("errors", Argument::None, "List what failed in this sitting: when, while doing what, and why"),
    row("evidence", Argument::Folder, "Write what a support ticket about this run needs: evidence [FOLDER]"),
    row("export", Argument::File, "Write the rows of this view to a file: export FILE [csv|json|jsonl]"),
    row("follow", Argument::None, "Keep the cursor on the newest result of the run under way"),
    row("import", Argument::File, "Import edits from a file: import FILE"),
    row("in-flight", Argument::Number, "Requests at once, now or in the next runs: in-flight N"),
    row("lists", Argument::None, "Name the account's lists with their sizes: look at the contacts of one, or pull it"),
    row("merge-duplicates", Argument::None, "Merge the edits of each contact into one; the later wins per field"),
    row("pull", Argument::Optional, "Read the account's contacts into the local address book, or go on with it: pull [LIST]"),
    row("pull-changes", Argument::None, "Read only what changed since the last pull, where the server sorts by that"),
    row("pull-stop", Argument::None, "Stop reading the account's contacts; the next pull goes on"),
    row("put-back", Argument::None, "List what was taken out of the queue, and put it back"),
    row("rate", Argument::Number, "Requests a minute, now or in the next runs: rate N"),
    row("resume", Argument::None, "Go on with the last run that ended early"),
    row("run", Argument::Run, "Show the results of a run: run N"),
    row("theme", Argument::Theme, "Choose a theme by looking, or by name: theme NAME"),
    row("undo-list", Argument::None, "List every change of the queue, and go back or forward to one"),
];

/// A list that the world must read for a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// What is in a folder, as typed before the last `/`; folders end with `/`.
    Folder(String),
    /// The names of the themes.
    Themes,
}

/// The list for the present completion, and its names once they are read.
#[derive(Debug, Default)]
pub struct Listing {
    pub(super) of: Option<Listed>,
    pub(super) names: Vec<String>,
}

/// What a line of the palette does.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    /// It runs an action.
    Action(Action),
    /// It runs a command.
    Command(&'static CommandRow),
    /// It completes the argument.
    Argument,
}

/// A line of the palette.
#[derive(Debug, Clone)]
pub struct Line {
    /// The name that is typed.
    pub name: String,
    /// The key that does the same.
    pub key: String,
    /// What it does, or why it would do nothing now.
    pub text: String,
    /// Why it would do nothing now, with what to do about it.
    pub why_not: Option<String>,
    /// What it does.
    pub does: Does,
    /// The whole line when it is completed.
    pub completes: String,
}

/// What the typed text may mean, best first: commands and actions, or the arguments of the one that is typed.
pub fn lines(model: &Model, typed: &str) -> Vec<Line> {
    match argument(model, typed) {
        Some((argument, word, rest)) => values(model, argument, &format!("{word} "), rest),
        None => commands(model, typed),
    }
}

/// The kind of argument being typed, the command before it, and what is typed of it.
fn argument<'t>(model: &Model, typed: &'t str) -> Option<(Argument, &'t str, &'t str)> {
    let (word, rest) = typed.trim_start().split_once(' ')?;
    let argument = match commands(model, word).first()?.does {
        Does::Command(row) => row.argument,
        Does::Action(Action::Filter) => Argument::Filter,
        _ => Argument::None,
    };
    (argument != Argument::None).then_some((argument, word, rest.trim_start()))
}

/// Commands and actions for a word: the better match first, of equals what applies now.
pub(super) fn commands(model: &Model, typed: &str) -> Vec<Line> {
    let word = typed.split_whitespace().next().unwrap_or("").to_lowercase();
    let commands = COMMANDS.iter().map(|row| (row.name, row.help, Does::Command(row)));
    let actions = ACTIONS.iter().filter(|row| !row.places.is_empty());
    let actions = actions.map(|row| (row.name, row.help, Does::Action(row.action)));
    let mut found: Vec<(u8, Line)> = commands
        .chain(actions)
        .filter_map(|(name, help, does)| Some((rank(name, help, &word)?, line(model, name, help, does))))
        .collect();
    found.sort_by_key(|(rank, line)| (*rank, line.why_not.is_some()));
    found.into_iter().map(|(_, line)| line).collect()
}

fn line(model: &Model, name: &str, help: &str, does: Does) -> Line {
    let (key, why_not, ends) = match does {
        Does::Action(action) => (model.live_key(action), why_not(model, action), ""),
        Does::Command(row) if row.name == "resume" && model.is_running() => {
            (String::new(), Some(model.keyed("a run is under way; `<pause>` pauses it and goes on with it")), "")
        }
        Does::Command(row) => (String::new(), None, if row.argument == Argument::None { "" } else { " " }),
        Does::Argument => (String::new(), None, ""),
    };
    let text = why_not.as_deref().map_or(help, |why| why.split(';').next().unwrap_or(why)).to_owned();
    Line { name: name.to_owned(), key, text, why_not, does, completes: format!("{name}{ends}") }
}

/// How well a word fits a name; less is better.
fn rank(name: &str, help: &str, word: &str) -> Option<u8> {
    let initials = || name.split('-').filter_map(|part| part.chars().next()).collect::<String>();
    let mut letters = name.chars();
    Some(match word {
        word if name == word => 0,
        word if name.starts_with(word) => 1,
        word if name.split('-').any(|part| part.starts_with(word)) || initials().starts_with(word) => 2,
        word if name.contains(word) => 3,
        word if help.to_lowercase().split(' ').any(|part| part.starts_with(word)) => 4,
        word if word.chars().all(|c| letters.any(|n| n == c)) => 5,
        _ => return None,
    })
}

/// Arguments that begin as typed, then those that hold it.
fn values(model: &Model, argument: Argument, head: &str, typed: &str) -> Vec<Line> {
    let (before, last) = match argument {
        Argument::File | Argument::Folder => typed.split_at(folder(typed).len()),
        Argument::Filter => typed.split_at(typed.rfind([' ', '(', '-']).map_or(0, |at| at + 1)),
        _ => ("", typed),
    };
    let names: Vec<(String, String)> = match argument {
        Argument::File | Argument::Folder | Argument::Theme if model.listing.of == listed(argument, typed) => {
            model.listing.names.iter().map(|name| (name.clone(), String::new())).collect()
        }
        Argument::Run => model.runs.iter().map(about).collect(),
        Argument::Part => {
            copying::parts(model).iter().map(|part| (part.name.to_owned(), part.help.to_owned())).collect()
        }
        Argument::Filter if model.place() == Place::Log => log_parts(last),
        Argument::Filter if !last.contains(':') => {
            Filter::keys().map(|key| (format!("{key}:"), String::new())).collect()
        }
        _ => Vec::new(),
    };
    let word = last.to_lowercase();
    let hidden = |name: &str| name.starts_with('.') && !last.starts_with('.');
    let rank = |name: &str| {
        let name = name.to_lowercase();
        if name.starts_with(&word) { Some(0) } else { name.contains(&word).then_some(1) }
    };
    let mut found: Vec<(u8, Line)> = names
        .into_iter()
        .filter(|(name, _)| !hidden(name))
        .filter_map(|(name, text)| {
            let completes = format!("{head}{before}{name}");
            let line = Line { name, key: String::new(), text, why_not: None, does: Does::Argument, completes };
            Some((rank(&line.name)?, line))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, line)| line).collect()
}

/// What a filter of the log may go on with.
fn log_parts(last: &str) -> Vec<(String, String)> {
    let of_level = |level: &str| (format!("level:{level}"), String::new());
    if last.starts_with("level:") {
        return LEVELS.into_iter().map(of_level).collect();
    }
    PARTS.into_iter().map(|(part, help)| (part.to_owned(), help.to_owned())).collect()
}

/// A run by its number, and what tells it from others.
fn about(run: &crate::store::RunSummary) -> (String, String) {
    let failed = run.totals.rejected + run.totals.unknown;
    let failed = if failed > 0 { format!(", {} failed", count(failed)) } else { String::new() };
    let text =
        format!("{} · {} · {}{failed}", run.started.local_minute(), run.state, counted(run.totals.planned, "edit"));
    (run.run.to_string(), text)
}

/// The path up to its last `/`.
fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("")
}

/// The list that an argument is completed from.
fn listed(argument: Argument, typed: &str) -> Option<Listed> {
    match argument {
        Argument::File | Argument::Folder => Some(Listed::Folder(folder(typed).to_owned())),
        Argument::Theme => Some(Listed::Themes),
        _ => None,
    }
}

/// Asks for the list that the completion needs now. It is read anew for each prompt.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    let Some(prompt) = model.prompt.as_ref().filter(|prompt| prompt.kind == PromptKind::Command) else {
        model.listing = Listing::default();
        return None;
    };
    let needed = argument(model, prompt.text()).and_then(|(argument, _, typed)| listed(argument, typed))?;
    if model.listing.of.as_ref() == Some(&needed) {
        return None;
    }
    model.listing = Listing { of: Some(needed.clone()), names: Vec::new() };
    Some(Effect::List(needed))
}

/// Takes the names of a list, if it is still the one that is needed.
pub(super) fn listed_names(model: &mut Model, of: &Listed, names: Vec<String>) {
    if model.listing.of.as_ref() == Some(of) {
        model.listing.names = names;
    }
}

/// Completes what is typed: the chosen line, else the best.
pub(super) fn complete(model: &mut Model) {
    let Some(prompt) = &model.prompt else { return };
    let completed = match prompt.kind {
        PromptKind::Command => {
            lines(model, prompt.text()).into_iter().nth(prompt.chosen.unwrap_or(0)).map(|line| line.completes)
        }
        PromptKind::Filter(_) | PromptKind::Search(_) => {
            values(model, Argument::Filter, "", prompt.text()).into_iter().next().map(|line| line.completes)
        }
        _ => None,
    };
    if let (Some(prompt), Some(text)) = (&mut model.prompt, completed) {
        prompt.put(text);
    }
}

/// Goes to the line above or below; above the first are the earlier commands.
pub(super) fn choose(model: &mut Model, by: isize) {
    let Some(prompt) = model.prompt.as_ref().filter(|prompt| prompt.kind == PromptKind::Command) else { return };
    let lines = lines(model, prompt.text());
    // Of commands the best is chosen from the start; an argument stays as typed until one is chosen.
    let is_argument = lines.first().is_none_or(|line| matches!(line.does, Does::Argument));
    let at = prompt.chosen.or((!is_argument).then_some(0));
    let Some(prompt) = &mut model.prompt else { return };
    match (at, by < 0) {
        (None | Some(0), true) if !(is_argument && at.is_some()) => prompt.recall_older(&model.commands),
        (Some(0), true) => prompt.chosen = None,
        (_, false) if prompt.recalled.is_some() => prompt.recall_newer(&model.commands),
        (at, _) => {
            let next = at.map_or(0, |at| at.saturating_add_signed(by));
            prompt.chosen = lines.len().checked_sub(1).map(|last| next.min(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str) -> Vec<String> {
        commands(&Model::default(), typed).into_iter().map(|line| line.name).collect()
    }

    #[test]
    fn the_start_of_a_name_comes_before_initials_before_letters_and_the_help_is_searched_too() {
        assert_eq!(names("the").first().map(String::as_str), Some("theme"));
        assert_eq!(names("pd").first().map(String::as_str), Some("page-down"));
        assert_eq!(names("pane").first().map(String::as_str), Some("next-pane"));
        assert!(names("rq").contains(&"requeue".to_owned()));
        assert!(names("shell").contains(&"suspend".to_owned()), "its help says so");
        assert!(names("zzz").is_empty());
        assert!(!names("").contains(&"accept".to_owned()), "keys of prompts are no commands");
    }

    #[test]
    fn what_applies_now_comes_before_its_equals_and_the_others_say_why_not() {
        let lines = commands(&Model::default(), "p");
        let first_not = lines.iter().position(|line| line.why_not.is_some()).unwrap();
        let pause = lines.iter().position(|line| line.name == "pause").unwrap();
        assert!(lines[..first_not].iter().any(|line| line.name == "palette") && pause >= first_not);
        assert_eq!(lines[pause].text, "no run is under way");
        let exact = commands(&Model::default(), "pause");
        assert_eq!(exact[0].name, "pause", "a name in full goes before everything");
    }
}
