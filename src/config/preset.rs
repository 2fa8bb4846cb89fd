//! The keys to begin with: a preset, over which the user's own bindings lie.

use serde::{Deserialize, Serialize};

use super::actions::{Action, ActionRow};

/// The bindings before the user changes any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Letters move and act: `j`, `k`, `g g`.
    #[default]
    Vim,
    /// Control moves: `ctrl-n`, `ctrl-p`, `ctrl-v`; `ctrl-g` goes back.
    Emacs,
}

/// Where `emacs` differs. What has no single key that every terminal and tmux passes on has another one beside it.
const EMACS: &[(Action, &[&str])] = &[
    (Action::Down, &["ctrl-n", "down"]),
    (Action::Up, &["ctrl-p", "up"]),
    (Action::Left, &["ctrl-b", "left"]),
    (Action::Right, &["ctrl-f", "right"]),
    (Action::PageDown, &["ctrl-v", "pgdn"]),
    (Action::PageUp, &["pgup", "alt-v"]),
    (Action::Top, &["home", "alt-<"]),
    (Action::Bottom, &["end", "alt->"]),
    (Action::FirstColumn, &["ctrl-a", "0"]),
    (Action::LastColumn, &["ctrl-e", "$"]),
    (Action::MarkRange, &["v", "ctrl-space"]),
    (Action::MarkAll, &["a", "ctrl-x h"]),
    (Action::Search, &["/", "ctrl-s"]),
    (Action::CopySid, &["y", "alt-w"]),
    (Action::Undo, &["u", "ctrl-_", "ctrl-x u"]),
    (Action::NextPane, &["tab", "ctrl-x o"]),
    (Action::Palette, &[":", "alt-x"]),
    (Action::Back, &["ctrl-g", "esc"]),
    (Action::Suspend, &["ctrl-z", "ctrl-x ctrl-z"]),
    (Action::Quit, &["q", "ctrl-c", "ctrl-x ctrl-c"]),
    (Action::Cancel, &["ctrl-g", "esc", "ctrl-c"]),
    (Action::DeleteWord, &["ctrl-w", "alt-backspace"]),
];

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 2] = [Self::Vim, Self::Emacs];

    /// The keys of an action.
    pub fn keys(self, row: &ActionRow) -> &'static [&'static str] {
        let own = EMACS.iter().find(|(action, _)| self == Self::Emacs && *action == row.action);
        own.map_or(row.keys, |(_, keys)| keys)
    }
}
