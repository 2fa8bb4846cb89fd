//! A key as a terminal sends it, and its name in the keymap, the help and the footer.
//!
//! A terminal cannot tell every combination apart: ctrl-i is Tab, ctrl-m is Enter, ctrl-[ is Esc, and
//! shift is told only by the letter's case or by shift-tab. The type holds what can be told, no more.

use std::fmt;
use std::str::FromStr;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character, with shift already in it: `g`, `G`, `$`.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// Every named key: the first name is the one that is printed.
const NAMES: [(&str, KeyCode); 27] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("ins", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("pgdown", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("plus", KeyCode::Char('+')),
    ("minus", KeyCode::Char('-')),
    ("comma", KeyCode::Char(',')),
];

/// One press of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Control was held.
    pub ctrl: bool,
    /// Alt was held, or Esc came just before.
    pub alt: bool,
}

impl Key {
    /// The key alone.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character alone.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A character with control.
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: true, alt: false }
    }

    /// The character that the key types into a text, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self {
            Self { code: KeyCode::Char(c), ctrl: false, alt: false } => Some(c),
            _ => None,
        }
    }
}

impl From<KeyCode> for Key {
    fn from(code: KeyCode) -> Self {
        Self::plain(code)
    }
}

/// Why a key's name was not understood, as a sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

impl FromStr for Key {
    type Err = KeyError;

    /// Reads `g`, `G`, `ctrl-d`, `shift-tab`, `space`, `f1`, `alt-x`; names in any case.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut key = Self::plain(KeyCode::Esc);
        let mut rest = text;
        loop {
            if let Some(after) = strip_modifier(rest, "ctrl") {
                (key.ctrl, rest) = (true, after);
            } else if let Some(after) = strip_modifier(rest, "alt") {
                (key.alt, rest) = (true, after);
            } else {
                break;
            }
        }
        key.code = code(rest).ok_or_else(|| unknown(text))?;
        if key.ctrl
            && let KeyCode::Char(c) = key.code
        {
            key.code = KeyCode::Char(ctrl_letter(text, c)?);
        }
        Ok(key)
    }
}

/// What follows `ctrl-` or `ctrl+`, if something does.
fn strip_modifier<'a>(text: &'a str, modifier: &str) -> Option<&'a str> {
    let head = text.get(..modifier.len())?;
    let rest = text.get(modifier.len()..)?.strip_prefix(['-', '+'])?;
    (head.eq_ignore_ascii_case(modifier) && !rest.is_empty()).then_some(rest)
}

fn code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    let named = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    named.or_else(|| {
        let number: u8 = name.strip_prefix(['f', 'F'])?.parse().ok()?;
        (1..=24).contains(&number).then_some(KeyCode::F(number))
    })
}

/// The letter under control as terminals send it, or why none can.
fn ctrl_letter(text: &str, c: char) -> Result<char, KeyError> {
    let c = c.to_ascii_lowercase();
    let same = match c {
        'i' => "tab",
        'm' => "enter",
        '[' => "esc",
        'a'..='z' | ' ' | '\\' | ']' | '^' | '_' => return Ok(c),
        _ => {
            return Err(KeyError(format!("terminals cannot send `{text}`; choose a letter with ctrl, or another key")));
        }
    };
    Err(KeyError(format!("terminals send `{text}` as {same}; write `{same}`")))
}

fn unknown(text: &str) -> KeyError {
    let shifted = text.to_ascii_lowercase().contains("shift");
    KeyError(if shifted {
        format!("terminals do not tell `{text}`; write the character it types, such as `G`, or `shift-tab`")
    } else {
        format!("no key is called `{text}`; keys are written like g, G, ctrl-d, space, enter, esc, pgdn, f1")
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match self.code {
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::Char(c) if c != ' ' => write!(f, "{c}"),
            named => f.write_str(NAMES.iter().find(|(_, code)| *code == named).map_or("?", |(name, _)| name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("g", Key::char('g'), "g")]
    #[case("G", Key::char('G'), "G")]
    #[case("-", Key::char('-'), "-")]
    #[case("+", Key::char('+'), "+")]
    #[case("é", Key::char('é'), "é")]
    #[case("ctrl-d", Key::ctrl('d'), "ctrl-d")]
    #[case("Ctrl+D", Key::ctrl('d'), "ctrl-d")]
    #[case("ctrl-space", Key::ctrl(' '), "ctrl-space")]
    #[case("space", Key::char(' '), "space")]
    #[case("plus", Key::char('+'), "+")]
    #[case("shift-tab", KeyCode::BackTab.into(), "shift-tab")]
    #[case("BackTab", KeyCode::BackTab.into(), "shift-tab")]
    #[case("Enter", KeyCode::Enter.into(), "enter")]
    #[case("PageDown", KeyCode::PageDown.into(), "pgdn")]
    #[case("F12", KeyCode::F(12).into(), "f12")]
    #[case("f", Key::char('f'), "f")]
    #[case("alt--", Key { code: KeyCode::Char('-'), ctrl: false, alt: true }, "alt--")]
    #[case("ctrl-alt-x", Key { code: KeyCode::Char('x'), ctrl: true, alt: true }, "ctrl-alt-x")]
    #[case("ctrl-left", Key { code: KeyCode::Left, ctrl: true, alt: false }, "ctrl-left")]
    fn a_name_is_read_and_printed_back(#[case] text: &str, #[case] key: Key, #[case] printed: &str) {
        assert_eq!(text.parse(), Ok(key));
        assert_eq!(key.to_string(), printed);
        assert_eq!(printed.parse(), Ok(key));
    }

    #[rstest]
    #[case("ctrl-i", "write `tab`")]
    #[case("ctrl-m", "write `enter`")]
    #[case("ctrl-1", "cannot send `ctrl-1`")]
    #[case("shift-up", "shift-tab")]
    #[case("f0", "no key is called `f0`")]
    #[case("", "no key is called ``")]
    #[case("ctrl-", "no key is called `ctrl-`")]
    #[case("hyper-x", "no key is called")]
    fn a_name_that_no_terminal_sends_says_what_to_write(#[case] text: &str, #[case] said: &str) {
        let error = text.parse::<Key>().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }

    #[test]
    fn only_a_bare_character_types() {
        assert_eq!(Key::char('x').typed(), Some('x'));
        assert_eq!(Key::ctrl('x').typed(), None);
        assert_eq!(Key::plain(KeyCode::Enter).typed(), None);
    }
}
