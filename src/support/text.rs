//! Text that is safe and measured before it reaches a terminal.
//!
//! Names, errors and file contents come from elsewhere: an escape sequence in them must be shown,
//! never obeyed, and a wide letter must not shift the columns.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that the text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with everything that a terminal would obey made visible.
///
/// C0 controls and DEL become their control pictures (`␛`, `␊`), C1 controls and the characters that
/// reorder or hide text (bidi marks, zero-width space, line separators) become `�`. Joiners
/// inside emoji stay, since they only shape.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text) || text.chars().all(|c| shown(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// Whether there is nothing but printable ASCII, which is looked at many bytes at once.
fn is_plain_ascii(text: &str) -> bool {
    let plain = |chunk: &[u8]| chunk.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    text.as_bytes().chunks(64).all(plain)
}

fn shown(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => '\u{fffd}',
        _ => c,
    }
}

/// JSON with everything that a terminal would obey escaped: the same values, and nothing to obey.
///
/// Outside of its texts JSON is plain ASCII, so whatever is escaped stands in a text; line ends are kept as layout.
pub fn harmless_json(json: String) -> String {
    if is_plain_ascii(&json) || json.chars().all(|c| c == '\n' || shown(c) == c) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if c == '\n' || shown(c) == c {
            out.push(c);
        } else {
            let units = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>();
            out.push_str(&units.concat());
        }
    }
    out
}

/// The text cut to at most `columns`, at a grapheme border, with `…` where something was cut.
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    // A byte never takes more than a column of its own, so a short text needs no measuring.
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut out = String::with_capacity(columns * 2);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let w = width(grapheme);
        if used + w > room {
            break;
        }
        used += w;
        out.push_str(grapheme);
    }
    out.push('…');
    Cow::Owned(out)
}

/// The text from a column on, at a grapheme border.
pub fn from_column(text: &str, column: usize) -> &str {
    let mut used = 0;
    let cut = text.grapheme_indices(true).find(|(_, grapheme)| {
        let begins = used;
        used += width(grapheme);
        begins >= column
    });
    cut.and_then(|(at, _)| text.get(at..)).unwrap_or("")
}

/// The text cut or filled with blanks to exactly `columns`.
pub fn fit(text: &str, columns: usize) -> String {
    let cut = truncate(text, columns);
    let missing = columns.saturating_sub(width(&cut));
    let mut out = cut.into_owned();
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// A count with its thousands set apart: `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// A count with its noun: `1 edit`, `1,200 edits`.
pub fn counted(n: u64, one: &str) -> String {
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// How many bytes stand in a JSON string as they are, from the first on: those before a quote, a backslash or a control
/// character.
pub fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = ONES << 7;
    // Eight bytes at a time. The lowest top bit that is left is that of the first such byte; higher ones may be left for
    // nothing.
    let mut len = 0;
    while let Some(eight) = bytes.get(len..).and_then(<[u8]>::first_chunk) {
        let eight = u64::from_le_bytes(*eight);
        let holds = |byte: u8| {
            let zeros = eight ^ (ONES * u64::from(byte));
            zeros.wrapping_sub(ONES) & !zeros
        };
        let control = eight.wrapping_sub(ONES * u64::from(b' ')) & !eight;
        let found = (holds(b'"') | holds(b'\\') | control) & TOPS;
        if found != 0 {
            return len + found.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    let rest = bytes.get(len..).unwrap_or_default();
    len + rest.iter().take_while(|byte| **byte >= b' ' && **byte != b'"' && **byte != b'\\').count()
}

/// A line broken between words, or within one that is wider than the room.
pub fn wrapped(line: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = String::new();
    for piece in line.split(' ').flat_map(|word| pieces(word, columns)) {
        if !last.is_empty() && width(&last) + 1 + width(&piece) > columns {
            lines.push(std::mem::take(&mut last));
        }
        last += if last.is_empty() { "" } else { " " };
        last += &piece;
    }
    lines.push(last);
    lines
}

/// A word cut into pieces that have room; nearly always one.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for grapheme in word.graphemes(true) {
        match pieces.last_mut() {
            Some(last) if width(last) + width(grapheme) <= columns.max(2) => last.push_str(grapheme),
            _ => pieces.push(grapheme.to_owned()),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_shown_not_obeyed() {
        assert_eq!(harmless("a\x1b[2Jb\u{9b}c\u{202e}"), "a␛[2Jb\u{fffd}c\u{fffd}");
        assert!(matches!(harmless("plain ✓ 名"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_is_escaped_and_stays_what_it_was() {
        let text = "é\u{9b}\u{202e}\u{7f}\u{e0041}✓";
        let json = harmless_json(serde_json::to_string(&[text]).unwrap());
        assert_eq!(json, r#"["é\u009b\u202e\u007f\udb40\udc41✓"]"#);
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
    }

    #[test]
    fn cutting_keeps_graphemes_whole() {
        assert_eq!(truncate("名前です", 5), "名前…");
        assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(truncate("abc", 3), "abc");
        assert_eq!(truncate("abc", 0), "");
    }

    #[test]
    fn a_text_from_a_column_on_begins_with_a_whole_grapheme() {
        assert_eq!(from_column("abc", 1), "bc");
        assert_eq!(from_column("e\u{301}tude", 1), "tude");
        assert_eq!(from_column("名前です", 3), "です");
        assert_eq!(from_column("👩\u{200d}👧x", 1), "x");
        assert_eq!(from_column("abc", 3), "");
    }

    #[test]
    fn fitted_text_has_the_width_asked_for() {
        for text in ["", "abc", "名前です", "👩‍👩‍👧‍👦 family", "e\u{301}"] {
            for columns in 0..8 {
                assert_eq!(width(&fit(text, columns)), columns, "{text:?} in {columns}");
            }
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([count(0), count(999), count(1000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "edit"), "1 edit");
        assert_eq!(counted(2, "edit"), "2 edits");
    }

    proptest! {
        #[test]
        fn the_plain_part_of_a_text_is_found(text in "[ -~é\u{0}-\u{1f}\u{7f}]{0,40}") {
            let is_plain = |byte: &u8| serde_json::to_string(&char::from(*byte)).unwrap().len() == 3 || !byte.is_ascii();
            let exact = text.as_bytes().iter().position(|byte| !is_plain(byte)).unwrap_or(text.len());
            prop_assert_eq!(plain_len(text.as_bytes()), exact);
        }
    }
}
