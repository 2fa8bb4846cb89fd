//! Themes: how each thing with a meaning is painted, named by the meaning and never by a colour.
//!
//! Owns the words of `themes/*.toml` and reads them; knows nothing of the screen, which turns a
//! [`Paint`] into its own kind of style. A wrong file gives an error with a hint, never half a theme.

mod paint;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::ConfigError;
use super::error::place_of;
use crate::support::near::nearest;

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

    /// The user's file for a theme, in the directory of themes.
    pub fn file(name: &str, dir: &Path) -> PathBuf {
        dir.join(format!("{name}.toml"))
    }

    /// The theme of that name: the user's file `DIR/NAME.toml` if it is there, else the program's own.
    pub fn load(name: &str, dir: &Path) -> Result<Self, ConfigError> {
        // A name is a name: `../x` must not reach other files.
        let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let file = Self::file(name, dir);
        if is_plain && file.exists() {
            let text = fs::read_to_string(&file)
                .map_err(|e| ConfigError::in_file(&file, format!("cannot be read: {e}")).hint("make it readable"))?;
            return Self::parse(name, &file, &text);
        }
        Self::built_in(name).unwrap_or_else(|| {
            let names = Self::names(dir);
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = match nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("choose {}, or write {}", known.join(", "), file.display()),
            };
            Err(ConfigError::new(format!("there is no theme `{name}`")).hint(hint))
        })
    }

    /// The program's own theme of that name.
    fn built_in(name: &str) -> Option<Result<Self, ConfigError>> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(name, &Self::file(name, Path::new("themes")), text))
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
            _ => Self::plain(instead),
        }
    }

    /// How a role is painted.
    pub fn paint(&self, role: Role) -> Paint {
        // The roles are numbered in the order of ALL, which a test holds.
        self.paints.get(role as usize).copied().unwrap_or_default()
    }

    /// Reads the text of a theme file. Roles it leaves out come from its `base`, or from the default theme.
    pub fn parse(name: &str, file: &Path, text: &str) -> Result<Self, ConfigError> {
        let table: BTreeMap<Spanned<String>, Spanned<toml::Value>> =
            toml::from_str(text).map_err(|e| ConfigError::of_toml(file, text, &e).hint(EXAMPLE))?;
        let wrong = |place: Range<usize>, message: String, hint: &str| ConfigError {
            place: Some(place_of(text, place.start)),
            ..ConfigError::in_file(file, message).hint(hint)
        };
        let mut values = Vec::new();
        for (key, value) in &table {
            let Some(words) = value.get_ref().as_str() else {
                return Err(wrong(value.span(), format!("`{}` is not a text", key.get_ref()), EXAMPLE));
            };
            values.push((key, value.span(), words));
        }
        let base = values.iter().find(|(key, ..)| key.get_ref() == "base");
        let mut theme = match base {
            Some((_, place, base)) => Self::built_in(base).unwrap_or_else(|| {
                let hint = format!("choose {}", Self::built_in_names().collect::<Vec<_>>().join(", "));
                Err(wrong(place.clone(), format!("there is no theme `{base}` in the program"), &hint))
            })?,
            // The program's own themes say everything, the default one too.
            None if Role::ALL.iter().all(|role| values.iter().any(|(key, ..)| key.get_ref() == role.name())) => {
                Self::plain("")
            }
            None => Self::built_in("dark").unwrap_or_else(|| Ok(Self::plain("")))?,
        };
        name.clone_into(&mut theme.name);
        for (key, place, words) in values {
            let colours = |message| wrong(place.clone(), message, paint::HINT);
            if key.get_ref() == "background" {
                theme.background = Some(words.parse().map_err(colours)?);
            } else if let Some(role) = Role::ALL.into_iter().find(|role| role.name() == key.get_ref()) {
                let paint = words.parse().map_err(colours)?;
                if let Some(place) = theme.paints.get_mut(role as usize) {
                    *place = paint;
                }
            } else if key.get_ref() != "base" {
                return Err(wrong(key.span(), format!("unknown role `{}`", key.get_ref()), &roles_like(key.get_ref())));
            }
        }
        Ok(theme)
    }

    /// A theme without paints.
    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), background: None, paints: [Paint::default(); Role::ALL.len()] }
    }
}

/// What a line of a theme looks like.
const EXAMPLE: &str = "a line of a theme looks like: accent = \"110 bold\"";

/// What an unknown role may have meant.
fn roles_like(word: &str) -> String {
    let known: Vec<&str> = ["base", "background"].into_iter().chain(Role::ALL.into_iter().map(Role::name)).collect();
    match nearest(word, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a theme has {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests;
