//! The user's clipboard, through the terminal (OSC 52): it works over SSH, where no other way does.

use std::io::{self, Write};

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

/// Terminals cut or drop more than this.
const LARGEST: usize = 74_994;

/// Puts a text on the clipboard; gives why not, for people.
///
/// The terminal never answers, so whether it obeyed cannot be known; tmux passes it on only when wrapped.
pub fn copy(text: &str, tmux: bool, out: &mut impl Write) -> io::Result<Result<(), String>> {
    if text.len() > LARGEST {
        return Ok(Err(String::from("too long for the terminal's clipboard; `rolodeck results` exports it")));
    }
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence).map_err(io::Error::other)?;
    if tmux {
        sequence = format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"));
    }
    out.write_all(sequence.as_bytes())?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_encoded_and_tmux_gets_it_wrapped() {
        let mut plain = Vec::new();
        copy("sid", false, &mut plain).unwrap().unwrap();
        assert_eq!(plain, b"\x1b]52;c;c2lk\x1b\\");
        let mut wrapped = Vec::new();
        copy("sid", true, &mut wrapped).unwrap().unwrap();
        assert!(wrapped.starts_with(b"\x1bPtmux;\x1b\x1b]52;c;c2lk") && wrapped.ends_with(b"\x1b\\"));
    }

    #[test]
    fn too_much_is_not_sent_in_part() {
        let mut out = Vec::new();
        assert!(copy(&"x".repeat(LARGEST + 1), false, &mut out).unwrap().is_err());
        assert!(out.is_empty());
    }
}
