//! Which signs the screen is drawn with: lines and ticks, or ASCII where the font or the locale has no more.

use serde::{Deserialize, Serialize};

use super::Environment;

/// What the config says of the signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Borders {
    /// As terminal and locale seem to allow.
    #[default]
    Auto,
    /// Thin lines, ticks and arrows.
    Light,
    /// `+`, `-` and `|`.
    Ascii,
}

/// What the terminal can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// Everything.
    #[default]
    Light,
    /// Letters of every language, but no lines and signs: a poor font.
    Ascii,
    /// ASCII alone: the bytes of anything else would be taken for something else.
    AsciiOnly,
}

impl Glyphs {
    /// The signs by the config, else by `TERM` and the locale. The terminal is not asked.
    ///
    /// Without any locale set UTF-8 is assumed: that is how programs mostly run in containers.
    pub fn choose(borders: Borders, env: &Environment) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env.get(name));
        let is_utf8 = locale.is_none_or(|name| {
            let name = name.to_ascii_lowercase();
            name.contains("utf-8") || name.contains("utf8")
        });
        let term = env.get("TERM").unwrap_or_default();
        let has_poor_font = matches!(term, "linux" | "ansi" | "cons25" | "dumb") || term.starts_with("vt");
        match borders {
            Borders::Light => Self::Light,
            _ if !is_utf8 => Self::AsciiOnly,
            Borders::Auto if !has_poor_font => Self::Light,
            Borders::Auto | Borders::Ascii => Self::Ascii,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Borders::Auto, "xterm-256color", &[("LANG", "en_IN.UTF-8")], Glyphs::Light)]
    #[case(Borders::Auto, "xterm-256color", &[], Glyphs::Light)]
    #[case(Borders::Auto, "linux", &[("LANG", "C.utf8")], Glyphs::Ascii)]
    #[case(Borders::Auto, "vt100", &[], Glyphs::Ascii)]
    #[case(Borders::Auto, "xterm", &[("LANG", "de_DE.ISO-8859-1")], Glyphs::AsciiOnly)]
    #[case(Borders::Auto, "xterm", &[("LC_ALL", "C"), ("LANG", "en_IN.UTF-8")], Glyphs::AsciiOnly)]
    #[case(Borders::Ascii, "xterm", &[("LANG", "en_IN.UTF-8")], Glyphs::Ascii)]
    #[case(Borders::Ascii, "xterm", &[("LANG", "C")], Glyphs::AsciiOnly)]
    #[case(Borders::Light, "linux", &[("LANG", "C")], Glyphs::Light)]
    fn the_signs_follow_config_terminal_and_locale(
        #[case] borders: Borders,
        #[case] term: &str,
        #[case] locale: &[(&str, &str)],
        #[case] glyphs: Glyphs,
    ) {
        let variables = locale.iter().copied().chain([("TERM", term)]);
        let env = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(Glyphs::choose(borders, &env), glyphs);
    }
}
