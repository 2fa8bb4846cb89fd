//! Case and blanks of a text.

/// Each word with a capital first letter and small others. A word ends where something stands that is no letter,
/// digit or apostrophe; behind an initial and an apostrophe a name begins again: `D'Souza`, but `Don't`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Letters of the word so far; at an apostrophe they begin again where they were one.
    let mut letters = 0;
    for c in text.chars() {
        if c.is_alphanumeric() {
            if letters == 0 { out.extend(c.to_uppercase()) } else { out.extend(c.to_lowercase()) }
            letters += 1;
            continue;
        }
        out.push(c);
        letters = match c {
            '\'' | '\u{2019}' if letters == 1 => 0,
            '\'' | '\u{2019}' => letters,
            // A mark sits on its letter, and joiners stand within words.
            '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' => letters,
            c if is_mark(c) => letters,
            _ => 0,
        };
    }
    out
}

/// Vowel signs and other marks of Indic scripts that are not alphabetic by themselves: viramas and nuktas.
const fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x0900..=0x0DFF) && !matches!(c as u32, 0x0964 | 0x0965)
}

/// One blank between words and none at the ends; control characters count as blanks.
pub(super) fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
