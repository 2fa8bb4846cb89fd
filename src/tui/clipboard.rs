//! What is told to the terminal in strings: the user's clipboard (OSC 52), which works over SSH where nothing else
//! does, the window's title, and a notification. The terminal never answers, so whether it obeyed cannot be known.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use crate::support::text::harmless;

/// Terminals cut or drop more than this.
const LARGEST: usize = 74_994;

/// What GNU screen takes in one string.
const SCREEN_CHUNK: usize = 240;

/// What stands between the program and the terminal, and passes strings on only when they are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mux {
    /// Nothing.
    #[default]
    None,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Mux {
    /// What the environment tells, by `TMUX`, `STY` and `TERM`.
    pub fn detect(tmux: Option<&str>, sty: Option<&str>, term: Option<&str>) -> Self {
        if tmux.is_some() || term.is_some_and(|term| term.starts_with("tmux")) {
            Self::Tmux
        } else if sty.is_some() {
            Self::Screen
        } else {
            Self::None
        }
    }

    /// The sequence in the wrapping that passes it on.
    fn wrapped(self, sequence: &str) -> String {
        match self {
            Self::None => sequence.to_owned(),
            Self::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
            Self::Screen => {
                let parts = sequence.as_bytes().chunks(SCREEN_CHUNK).map(String::from_utf8_lossy);
                parts.fold(String::new(), |all, part| all + "\x1bP" + &part + "\x1b\\")
            }
        }
    }
}

/// The bytes that put a text on the clipboard; or why not, for people.
pub fn copy(text: &str, mux: Mux) -> Result<String, String> {
    if text.len() > LARGEST {
        return Err(String::from(
            "not copied: longer than the 73 KiB that terminals take; `rolodeck results` exports it",
        ));
    }
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence).map_err(|e| e.to_string())?;
    // The shorter end of a string, since screen's own wrapping ends with the longer one.
    let sequence = sequence.trim_end_matches("\x1b\\").to_owned() + "\x07";
    Ok(match mux {
        // tmux takes it itself or hands it through, by two settings of which either may be off.
        Mux::Tmux => mux.wrapped(&sequence) + &sequence,
        mux => mux.wrapped(&sequence),
    })
}

/// The bytes that name the window.
pub fn title(text: &str) -> String {
    format!("\x1b]2;{}\x07", harmless(text))
}

/// The bytes that make the terminal notify its user.
pub fn notification(text: &str, mux: Mux) -> String {
    mux.wrapped(&format!("\x1b]9;{}\x07", harmless(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_encoded_and_wrapped_for_what_stands_between() {
        assert_eq!(copy("sid", Mux::None).unwrap(), "\x1b]52;c;c2lk\x07");
        let plain = "\x1b]52;c;c2lk\x07";
        assert_eq!(copy("sid", Mux::Tmux).unwrap(), format!("\x1bPtmux;\x1b{plain}\x1b\\{plain}"));
        assert_eq!(copy("sid", Mux::Screen).unwrap(), format!("\x1bP{plain}\x1b\\"));
    }

    #[test]
    fn screen_gets_a_long_text_in_parts_that_it_puts_together_again() {
        let text = "x".repeat(1000);
        let wrapped = copy(&text, Mux::Screen).unwrap();
        let parts: Vec<&str> = wrapped.split_terminator("\x1b\\").collect();
        assert!(parts.iter().all(|part| part.len() <= SCREEN_CHUNK + 2), "{parts:?}");
        let inside: String = parts.iter().map(|part| part.strip_prefix("\x1bP").unwrap()).collect();
        assert_eq!(inside, copy(&text, Mux::None).unwrap());
    }

    #[test]
    fn too_much_is_not_sent_in_part() {
        assert!(copy(&"x".repeat(LARGEST + 1), Mux::None).unwrap_err().contains("73 KiB"));
    }

    #[test]
    fn a_title_cannot_end_early() {
        assert_eq!(title("a\x07b\x1b\\c"), "\x1b]2;a␇b␛\\c\x07");
    }

    #[test]
    fn what_stands_between_is_known_by_its_variables() {
        assert_eq!(Mux::detect(Some("/tmp/tmux"), None, None), Mux::Tmux);
        assert_eq!(Mux::detect(None, Some("1.pts"), Some("screen")), Mux::Screen);
        assert_eq!(Mux::detect(None, None, Some("xterm")), Mux::None);
    }
}
