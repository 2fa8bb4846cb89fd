//! A finished frame in ASCII, for terminals that draw no more.
//!
//! Views paint the signs that look best. Each has one of ASCII that takes its column, so that nothing moves.

use ratatui::buffer::Buffer;

use crate::config::Glyphs;

/// Replaces what the terminal cannot draw.
pub(super) fn reduce(buffer: &mut Buffer, glyphs: Glyphs) {
    if glyphs == Glyphs::Light {
        return;
    }
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        if let Some(sign) = ascii(cell.symbol()) {
            cell.set_symbol(sign);
        } else if glyphs == Glyphs::AsciiOnly {
            cell.set_symbol("?");
        }
    }
}

/// The stand-in of a sign that views paint; none for what comes from elsewhere.
fn ascii(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "─" | "▏" | "▎" | "▍" | "▃" | "▄" | "▅" => "-",
        "│" => "|",
        "┌" | "┐" | "└" | "┘" | "✓" => "+",
        "▸" | "→" => ">",
        "•" => "*",
        "✗" => "x",
        "↩" => "<",
        "↓" => "v",
        "…" => "~",
        "╌" | "·" => ".",
        "█" => "#",
        "━" | "▌" | "▋" | "▊" | "▉" => "=",
        "▁" | "▂" => "_",
        "▆" | "▇" => "^",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(text: &str, glyphs: Glyphs) -> String {
        let mut buffer = Buffer::with_lines([text]);
        reduce(&mut buffer, glyphs);
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn signs_become_ascii_and_names_only_where_they_must() {
        let text = "│▸ ✓ Zoë 名 …";
        assert_eq!(reduced(text, Glyphs::Light), "│▸ ✓ Zoë 名  …");
        assert_eq!(reduced(text, Glyphs::Ascii), "|> + Zoë 名  ~");
        assert_eq!(reduced(text, Glyphs::AsciiOnly), "|> + Zo? ?  ~");
    }
}
