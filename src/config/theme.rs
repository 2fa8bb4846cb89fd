//! Themes: how each thing with a meaning is painted, named by the meaning and never by a colour.
//!
//! Owns the words of `themes/*.toml` and reads them; knows nothing of the screen, which turns a
//! [`Paint`] into its own kind of style. A wrong file gives an error with a hint, never half a theme.

mod paint;

use std::fs;
use std::path::Path;

pub use paint::{Attribute, Colour, Depth, Paint};

/// What a part of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Untouched values, hints, what matters less.
    Dim,
    /// What draws the eye.
    Accent,
    /// The name of a pane.
    Title,
    /// The mark of the row under the cursor.
    Cursor,
    /// The sign of a marked row.
    Mark,
    /// A match of the search.
    Found,
    /// Updated, matches, valid.
    Ok,
    /// Rejected, an error.
    Bad,
    /// Unknown, a warning.
    Warn,
    /// Not sent, waiting.
    Wait,
    /// A cell that the edit sets.
    Changed,
    /// A cell that the edit clears.
    Cleared,
    /// The frame of a pane.
    Border,
    /// The frame of the pane with the focus.
    BorderFocus,
    /// The top line.
    Header,
    /// A key in the footer.
    Key,
    /// What a key in the footer does.
    Footer,
    /// A production account, and what cannot be taken back.
    Danger,
}

impl Role {
    /// Every role, in the order of the theme files.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Dim,
        Self::Accent,
        Self::Title,
        Self::Cursor,
        Self::Mark,
        Self::Found,
        Self::Ok,
        Self::Bad,
        Self::Warn,
        Self::Wait,
        Self::Changed,
        Self::Cleared,
        Self::Border,
        Self::BorderFocus,
        Self::Header,
        Self::Key,
        Self::Footer,
        Self::Danger,
    ];

    /// The key in a theme file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Accent => "accent",
            Self::Title => "title",
            Self::Cursor => "cursor",
            Self::Mark => "mark",
            Self::Found => "found",
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Wait => "wait",
            Self::Changed => "changed",
            Self::Cleared => "cleared",
            Self::Border => "border",
            Self::BorderFocus => "border_focus",
            Self::Header => "header",
            Self::Key => "key",
            Self::Footer => "footer",
            Self::Danger => "danger",
        }
    }
}

/// The themes in the program, the default first.
const BUILT_IN: [(&str, &str); 6] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("ansi", include_str!("../../themes/ansi.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// A paint for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The name it is chosen by.
    pub name: String,
    /// The background that its colours are chosen for; never painted.
    pub background: Option<Colour>,
    paints: [Paint; Role::ALL.len()],
}

/// Why a theme could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("theme `{theme}`: {message}")]
pub struct ThemeError {
    /// The theme asked for.
    pub theme: String,
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Theme {
    /// The names of the themes in the program, the default first.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The names that can be chosen: the program's, then those of the user's files, by name.
    pub fn names(dir: &Path) -> Vec<String> {
        let files = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let themes = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let mut own: Vec<String> = themes.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        own.retain(|name| Self::built_in_names().all(|known| known != name));
        own.sort();
        Self::built_in_names().map(str::to_owned).chain(own).collect()
    }

    /// The theme of that name: the user's file `DIR/NAME.toml` if it is there, else the program's own.
    pub fn load(name: &str, dir: &Path) -> Result<Self, ThemeError> {
        // A name is a name: `../x` must not reach other files.
        let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let path = dir.join(format!("{name}.toml"));
        let problem = |message: String, hint: String| ThemeError { theme: name.to_owned(), message, hint };
        if is_plain && path.exists() {
            let text = fs::read_to_string(&path).map_err(|e| {
                problem(
                    format!("cannot read {}: {e}", path.display()),
                    "make the file readable, or take it away".into(),
                )
            })?;
            return Self::parse(name, &text);
        }
        Self::built_in(name).unwrap_or_else(|| {
            let names: Vec<_> = Self::built_in_names().collect();
            Err(problem(
                "there is no such theme".into(),
                format!("choose {}, or write {}", names.join(", "), path.display()),
            ))
        })
    }

    /// The program's own theme of that name.
    fn built_in(name: &str) -> Option<Result<Self, ThemeError>> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| Self::parse(name, text))
    }

    /// The theme for a terminal: itself where the colours can be shown, else one that the terminal can show.
    #[must_use]
    pub fn for_depth(self, depth: Depth) -> Self {
        let instead = match depth {
            Depth::True | Depth::Indexed => return self,
            Depth::Sixteen if self.paints.iter().all(Paint::is_within_sixteen) => return self,
            Depth::Sixteen => "ansi",
            Depth::None => "mono",
        };
        match Self::built_in(instead) {
            Some(Ok(theme)) => theme,
            // The program's own files are read by a test; a theme without paints is as plain.
            _ => Self { name: instead.into(), background: None, paints: [Paint::default(); Role::ALL.len()] },
        }
    }

    /// How a role is painted.
    pub fn paint(&self, role: Role) -> Paint {
        // The roles are numbered in the order of ALL, which a test holds.
        self.paints.get(role as usize).copied().unwrap_or_default()
    }

    /// Reads a theme file. Roles it leaves out come from its `base`, or from the default theme.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let problem =
            |message: String, hint: &str| ThemeError { theme: name.to_owned(), message, hint: hint.to_owned() };
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            problem(e.to_string().trim_end().to_owned(), "a line of a theme looks like: accent = \"110 bold\"")
        })?;
        let mut theme = Self::base_of(name, &table)?;
        for (key, value) in &table {
            let Some(value) = value.as_str() else {
                return Err(problem(format!("`{key}` is not a text"), "write it in quotes: accent = \"110 bold\""));
            };
            let wrong = |message| problem(format!("{key} = \"{value}\": {message}"), paint::HINT);
            if key == "background" {
                theme.background = Some(value.parse().map_err(wrong)?);
            } else if let Some(role) = Role::ALL.into_iter().find(|role| role.name() == key) {
                let paint = value.parse().map_err(wrong)?;
                if let Some(place) = theme.paints.get_mut(role as usize) {
                    *place = paint;
                }
            } else if key != "base" {
                let known: Vec<_> = Role::ALL.into_iter().map(Role::name).collect();
                let hint = format!("a theme has base, background, {}", known.join(", "));
                return Err(problem(format!("`{key}` is not known"), &hint));
            }
        }
        Ok(theme)
    }

    /// What a file starts from: its `base`, else the default; the program's own themes say everything.
    fn base_of(name: &str, table: &toml::Table) -> Result<Self, ThemeError> {
        let empty = Self { name: name.to_owned(), background: None, paints: [Paint::default(); Role::ALL.len()] };
        let complete = Role::ALL.iter().all(|role| table.contains_key(role.name()));
        if complete && !table.contains_key("base") {
            return Ok(empty);
        }
        let base = table.get("base").and_then(toml::Value::as_str).unwrap_or("dark");
        match Self::built_in(base) {
            Some(theme) => Ok(Self { name: name.to_owned(), ..theme? }),
            None => Err(ThemeError {
                theme: name.to_owned(),
                message: format!("base = \"{base}\": there is no such theme in the program"),
                hint: format!("choose {}", Self::built_in_names().collect::<Vec<_>>().join(", ")),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
