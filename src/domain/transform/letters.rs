//! Case and blanks of a text.

/// Each word with a capital first letter and small others. A word ends where something stands that is no letter,
/// digit or apostrophe; behind an initial and an apostrophe a name begins again: `D'Souza`, but `Don't`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Letters of the word so far; at an apostrophe they begin again where they were one.
    let mut letters = 0;
    for c in text.chars() {
        if c.is_alphanumeric() {
            if letters == 0 {
                out.extend(c.to_uppercase());
            } else {
                out.extend(c.to_lowercase());
            }
            letters += 1;
            continue;
        }
        out.push(c);
        let is_apostrophe = matches!(c, '\'' | '\u{2019}');
        if !(is_apostrophe && letters != 1 || is_mark(c)) {
            letters = 0;
        }
    }
    out
}

/// What sits on its letter without being alphabetic, and joiners within words: combining marks, and in Indic scripts
/// viramas and nuktas.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{900}'..='\u{963}' | '\u{966}'..='\u{dff}')
}

/// One blank between words and none at the ends; control characters count as blanks.
pub(super) fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
