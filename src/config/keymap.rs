//! Which keys mean which action, in each context: a preset, with the user's own bindings over it.

mod layers;

use std::collections::HashMap;

pub(super) use layers::Source;

use super::actions::{ACTIONS, Action, ActionRow, Context};
use crate::support::key::Key;

/// What a key, or the keys pressed so far, mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// They mean this.
    Action(Action),
    /// They begin a sequence.
    Prefix,
    /// They mean nothing here.
    Nothing,
}

/// The keys of one action in one context.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    context: Context,
    action: Action,
    keys: Vec<Key>,
    /// The keys as they are written: `g g`.
    text: String,
    /// Where the config file says so; `None` for the preset.
    at: Option<usize>,
}

/// The bindings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of the table of actions.
    bindings: Vec<Binding>,
    meanings: HashMap<(Context, Vec<Key>), Lookup>,
}

/// What a key would mean after those pressed so far.
#[derive(Debug, Clone)]
pub struct Next {
    /// The key, or the keys that are left of the sequence.
    pub keys: String,
    /// What they do.
    pub row: &'static ActionRow,
}

/// An action with its keys, and where these hold.
#[derive(Debug, Clone)]
pub struct LiveRow {
    /// The action.
    pub row: &'static ActionRow,
    /// Where it has these keys.
    pub contexts: Vec<Context>,
    /// The keys; none when it is unbound.
    pub keys: Vec<String>,
}

impl Keymap {
    /// What the keys pressed so far mean.
    pub fn lookup(&self, context: impl Into<Context>, keys: &[Key]) -> Lookup {
        self.meanings.get(&(context.into(), keys.to_vec())).copied().unwrap_or(Lookup::Nothing)
    }

    /// What keys that mean nothing in a place mean in another one.
    pub fn elsewhere(&self, keys: &[Key]) -> Option<&'static ActionRow> {
        let is_meant = |b: &&Binding| matches!(b.context, Context::In(_)) && b.keys == keys;
        self.bindings.iter().find(is_meant)?.action.row()
    }

    /// The keys of an action in a context, the first of them the one to show.
    pub fn keys(&self, action: Action, context: impl Into<Context>) -> impl Iterator<Item = &str> {
        let context = context.into();
        let own = self.bindings.iter().filter(move |b| b.context == context && b.action == action);
        own.map(|binding| binding.text.as_str())
    }

    /// How to tell a user of an action: its key here, or anywhere where it does not work here, else its command.
    pub fn name(&self, action: Action, context: impl Into<Context>) -> String {
        let context = context.into();
        let works_here = action.row().is_some_and(|row| row.contexts().any(|of| of == context));
        let elsewhere = || self.bindings.iter().find(|b| b.action == action && !works_here).map(|b| b.text.as_str());
        let key = self.keys(action, context).next().or_else(elsewhere).map(str::to_owned);
        key.unwrap_or_else(|| format!(":{}", action.name()))
    }

    /// A sentence with `<undo>` in it, where the key of that action is to stand.
    pub fn fill(&self, context: impl Into<Context>, sentence: &'static str) -> String {
        let context = context.into();
        let mut filled = String::new();
        let mut rest = sentence;
        while let Some((before, (name, after))) = rest.split_once('<').and_then(|(b, r)| Some((b, r.split_once('>')?)))
        {
            filled.push_str(before);
            filled += &Action::from_name(name).map_or_else(|| format!("<{name}>"), |action| self.name(action, context));
            rest = after;
        }
        filled + rest
    }

    /// What may follow the keys pressed so far, in the order of the table of actions.
    pub fn following(&self, context: impl Into<Context>, pressed: &[Key]) -> Vec<Next> {
        let context = context.into();
        let rest = |b: &Binding| Some(b.keys.strip_prefix(pressed).filter(|rest| !rest.is_empty())?.to_vec());
        self.bindings
            .iter()
            .filter(|b| b.context == context)
            .filter_map(|b| Some(Next { keys: in_words(&rest(b)?), row: b.action.row()? }))
            .collect()
    }

    /// Every action with its keys; one that has other keys elsewhere has a row for these.
    pub fn table(&self) -> Vec<LiveRow> {
        let mut table: Vec<LiveRow> = Vec::new();
        for row in ACTIONS {
            let start = table.len();
            for context in row.contexts() {
                let keys: Vec<String> = self.keys(row.action, context).map(str::to_owned).collect();
                match table.iter_mut().skip(start).find(|known| known.keys == keys) {
                    Some(known) => known.contexts.push(context),
                    None => table.push(LiveRow { row, contexts: vec![context], keys }),
                }
            }
        }
        table
    }
}

/// Keys as they are written in a sequence.
pub fn in_words(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
