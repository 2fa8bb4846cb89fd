//! How the bindings are put together: for each action the user's keys for this context, else the user's for all
//! places, else the preset's. What then means two things is a fault, told with both places.

use std::collections::HashMap;
use std::path::Path;

use super::{Binding, Keymap, Lookup, in_words};
use crate::config::ConfigError;
use crate::config::actions::{ACTIONS, Action, ActionRow, Context, Place};
use crate::config::bindings::Bindings;
use crate::config::error::place_of;
use crate::config::preset::Preset;
use crate::support::key::Key;
use crate::support::near::nearest;

/// The table of what holds in every place.
const GLOBAL: &str = "global";

impl Default for Keymap {
    fn default() -> Self {
        Self::standard()
    }
}

impl Keymap {
    /// The keys of `vim` as they are.
    pub fn standard() -> Self {
        Self::preset(Preset::Vim)
    }

    /// The keys of a preset as they are. A key that does not parse is a fault of its table, which a test finds.
    pub fn preset(preset: Preset) -> Self {
        let none = Self { bindings: Vec::new(), meanings: HashMap::new() };
        let source = Source { file: Path::new(""), text: "" };
        Self::layered(preset, &Bindings::default(), &source).unwrap_or(none)
    }

    /// The keys of a preset with the user's bindings over it.
    pub(in crate::config) fn layered(
        preset: Preset,
        bindings: &Bindings,
        source: &Source<'_>,
    ) -> Result<Self, ConfigError> {
        check_names(bindings, source)?;
        let mut keymap = Self { bindings: Vec::new(), meanings: HashMap::new() };
        for row in ACTIONS {
            for context in row.contexts() {
                keymap.bind(preset, bindings, row, context, source)?;
            }
        }
        keymap.can_be_left(source)?;
        Ok(keymap)
    }

    /// Binds one action in one context.
    fn bind(
        &mut self,
        preset: Preset,
        bindings: &Bindings,
        row: &ActionRow,
        context: Context,
        source: &Source<'_>,
    ) -> Result<(), ConfigError> {
        let of = |table| bindings.keys(table, row.name);
        match of(context.name()).or_else(|| of(GLOBAL)) {
            Some(mut own) => own.try_for_each(|(text, at)| self.add(row.action, context, (text, Some(at)), source)),
            None => preset.keys(row).iter().try_for_each(|text| self.add(row.action, context, (text, None), source)),
        }
    }

    fn add(
        &mut self,
        action: Action,
        context: Context,
        (text, at): (&str, Option<usize>),
        source: &Source<'_>,
    ) -> Result<(), ConfigError> {
        let fault = |message: String| source.fault(at.unwrap_or_default(), message);
        let keys = sequence(text).map_err(|e| fault(e.to_string()))?;
        if context == Context::Prompt {
            check_for_prompt(&keys).map_err(|why| fault(format!("`{text}`: {why}")))?;
        }
        let new = Binding { context, action, text: in_words(&keys), keys, at };
        let at_whole = self.lookup(context, &new.keys);
        if at_whole == Lookup::Action(action) {
            // The same key twice is no fault.
            return Ok(());
        }
        let clash =
            |b: &&Binding| b.context == context && (b.keys.starts_with(&new.keys) || new.keys.starts_with(&b.keys));
        if let Some(other) = self.bindings.iter().find(clash) {
            return Err(source.conflict(other, &new));
        }
        for end in 1..new.keys.len() {
            self.meanings.insert((context, new.keys.get(..end).unwrap_or_default().to_vec()), Lookup::Prefix);
        }
        self.meanings.insert((context, new.keys.clone()), Lookup::Action(action));
        self.bindings.push(new);
        Ok(())
    }

    /// Nobody may lock themselves in: every place can be left by a key or by the palette, and every prompt both ways.
    fn can_be_left(&self, source: &Source<'_>) -> Result<(), ConfigError> {
        let is_bound = |action, context| self.keys(action, context).next().is_some();
        for place in Place::ALL {
            if !is_bound(Action::Quit, place.into()) && !is_bound(Action::Palette, place.into()) {
                let message = format!("no key would leave rolodeck from {}", place.title());
                return Err(
                    ConfigError::in_file(source.file, message).hint("leave `quit` or `palette` a key under [keys]")
                );
            }
        }
        if [Action::Accept, Action::Cancel].into_iter().all(|action| is_bound(action, Context::Prompt)) {
            return Ok(());
        }
        Err(ConfigError::in_file(source.file, "no key would close a prompt")
            .hint("leave `accept` and `cancel` a key under [keys.prompt]"))
    }
}

/// Tables and actions must exist, and an action must have a meaning where it is bound.
fn check_names(bindings: &Bindings, source: &Source<'_>) -> Result<(), ConfigError> {
    for ((table, at), rows) in bindings.tables() {
        let context = Context::ALL.into_iter().find(|context| context.name() == table);
        if context.is_none() && table != GLOBAL {
            let known: Vec<_> = [GLOBAL].into_iter().chain(Context::ALL.map(Context::name)).collect();
            return Err(source.unknown(at, &format!("there is no place `{table}` with keys"), table, &known));
        }
        for (name, at) in rows {
            let Some(row) = ACTIONS.iter().find(|row| row.name == name) else {
                let known: Vec<_> = ACTIONS.iter().map(|row| row.name).collect();
                return Err(source.unknown(at, &format!("there is no action `{name}`"), name, &known));
            };
            let fits = context.map_or(!row.places.is_empty(), |context| row.contexts().any(|c| c == context));
            if !fits {
                let places: Vec<_> = row.contexts().map(|c| format!("[keys.{}]", c.name())).collect();
                let message = format!("`{name}` means nothing in [keys.{table}]");
                return Err(source.fault(at, message).hint(format!("write it in {}", places.join(" or "))));
            }
        }
    }
    Ok(())
}

/// In a prompt a character is typed, and nothing waits for a second key.
fn check_for_prompt(keys: &[Key]) -> Result<(), &'static str> {
    match keys {
        [key] if key.typed().is_none() => Ok(()),
        [_] => Err("this key types a character, and a prompt must be able to type it; take one with ctrl"),
        _ => Err("in a prompt one key must do"),
    }
}

/// The keys of a text such as `g g`.
pub(super) fn sequence(text: &str) -> Result<Vec<Key>, crate::support::key::KeyError> {
    text.split(' ').map(str::parse).collect()
}

/// The config file, for saying where something stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) struct Source<'a> {
    /// Its name.
    pub(in crate::config) file: &'a Path,
    /// What is in it.
    pub(in crate::config) text: &'a str,
}

impl Source<'_> {
    fn fault(&self, at: usize, message: String) -> ConfigError {
        ConfigError { place: Some(place_of(self.text, at)), ..ConfigError::in_file(self.file, message) }
    }

    fn unknown(&self, at: usize, message: &str, wrong: &str, known: &[&str]) -> ConfigError {
        let hint = match nearest(wrong, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.len() < 10 => format!("known here: {}", known.join(", ")),
            None => "`rolodeck keys` lists them".to_owned(),
        };
        self.fault(at, message.to_owned()).hint(hint)
    }

    /// Two bindings that cannot both hold. What the user wrote last is told as the culprit.
    fn conflict(&self, one: &Binding, other: &Binding) -> ConfigError {
        let (first, last) = if one.at > other.at { (other, one) } else { (one, other) };
        let title = |b: &Binding| b.action.name();
        let begins = |b: &Binding| if first.keys == last.keys { String::new() } else { format!(" as `{}`", b.text) };
        let there = match first.at {
            Some(at) => {
                let (line, column) = place_of(self.text, at);
                format!("{}:{line}:{column}", self.file.display())
            }
            None => format!("the default binding of {} in {}", title(first), first.context.name()),
        };
        let shared = if first.keys.len() < last.keys.len() { first } else { last };
        let message = format!(
            "`{}` would mean two things in {}: {}{} here, and {}{} by {there}",
            shared.text,
            first.context.name(),
            title(last),
            begins(last),
            title(first),
            begins(first),
        );
        let hint = format!("take another key for one of them, or none: {} = []", title(first));
        self.fault(last.at.unwrap_or_default(), message).hint(hint)
    }
}
