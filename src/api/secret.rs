//! The credentials of an account, and what keeps a server from showing them to the world.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};
use secrecy::{ExposeSecret, SecretString};

/// The API key and its token, the user and password of HTTP Basic (API 1).
///
/// The token is wiped from memory when dropped. Neither shows in `Debug`: the key alone opens nothing,
/// but it names an account's credentials and has no business in a log.
#[derive(Clone)]
pub struct Credentials {
    /// The API key.
    pub key: String,
    /// The API token.
    pub token: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(hidden)")
    }
}

/// A text shorter than this is not looked for: it would be found in ordinary words, and it protects nothing.
const SHORTEST: usize = 6;

/// Hides credentials in what a server says, which may repeat the request in an error or send it elsewhere in a
/// `Location`: what is stored, shown and exported comes from there (SPEC 2.5).
///
/// Each letter may be written as JSON, URLs or HTML write it, and the whole may be in base64, as HTTP Basic has it,
/// or within a longer text in base64.
///
/// Nearly every answer has nothing escaped in it. Then few forms are left, which are found many bytes at a time; with all of
/// them this search would be a tenth of the work of a run.
#[derive(Clone)]
pub struct Mask {
    /// Finds every form.
    any: Option<Regex>,
    /// Finds every form that has none of [`ESCAPES`].
    plain: Option<Regex>,
}

/// What every escaped letter begins with.
const ESCAPES: [u8; 3] = *b"\\%&";

impl Mask {
    /// Hides key, token, and both together as HTTP Basic joins them.
    pub fn new(credentials: &Credentials) -> Self {
        let (key, token) = (credentials.key.as_str(), credentials.token.expose_secret());
        let joined = format!("{key}:{token}");
        let secrets = [joined.as_str(), token, key].map(|text| Some(text).filter(|text| text.len() >= SHORTEST));
        let find = |spelled: &Spelling| {
            let patterns = secrets.iter().flatten().flat_map(|text| {
                std::iter::once(written(text, spelled)).chain((0..3).map(|place| in_base64(text, place, spelled)))
            });
            let patterns: Vec<_> = patterns.collect();
            // Its one way to fail is a token of many kilobytes, which no header could carry.
            RegexBuilder::new(&patterns.join("|")).unicode(false).build().ok().filter(|_| !patterns.is_empty())
        };
        Self { any: find(&Spelling::Any), plain: find(&Spelling::Plain) }
    }

    /// Overwrites every secret with stars, where it stands: an answer may be large, so nothing is copied.
    pub fn hide(&self, bytes: &mut [u8]) {
        let Some(secrets) = (if has_escapes(bytes) { &self.any } else { &self.plain }) else { return };
        let mut at = 0;
        while let Some(found) = secrets.find_at(bytes, at).map(|found| found.range()) {
            at = found.end;
            bytes.get_mut(found).unwrap_or_default().fill(b'*');
        }
    }

    /// A text with every secret in it overwritten.
    pub fn hide_text(&self, text: String) -> String {
        let mut bytes = text.into_bytes();
        self.hide(&mut bytes);
        // A secret is whole characters, so stars in its place leave whole characters.
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(hidden)")
    }
}

/// Whether any letter may be escaped. A loop without an early end takes many bytes at a time.
fn has_escapes(bytes: &[u8]) -> bool {
    let [backslash, percent, ampersand] = ESCAPES;
    let is_one = |byte: u8| u8::from(byte == backslash) | u8::from(byte == percent) | u8::from(byte == ampersand);
    bytes.iter().fold(0, |any, byte| any | is_one(*byte)) > 0
}

/// How letters may be spelled.
enum Spelling {
    /// As they are, or escaped, once or more than once.
    Any,
    /// As they are.
    Plain,
}

/// The pattern of a text, in upper or lower case.
fn written(text: &str, spelled: &Spelling) -> String {
    if let Spelling::Plain = spelled {
        return format!("(?i:{})", regex::escape(text));
    }
    let letters = text.chars().map(|c| {
        let code = c as u32;
        let bytes: Vec<_> = c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%(?:25)*{byte:02x}")).collect();
        let units: Vec<_> = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!(r"\\+u{unit:04x}")).collect();
        let (percent, unicode) = (bytes.concat(), units.concat());
        let named = match c {
            '&' => "|&amp;",
            '<' => "|&lt;",
            '>' => "|&gt;",
            '"' => "|&quot;",
            '\'' => "|&apos;",
            _ => "",
        };
        let plain = regex::escape(c.encode_utf8(&mut [0; 4]));
        format!(r"(?:\\*{plain}|{percent}|{unicode}|\\+x{code:02x}|&#0*{code};|&#x0*{code:x};{named})")
    });
    format!("(?i:{})", letters.collect::<String>())
}

/// The pattern of a text in base64, `place` bytes after the start of a group of three. Letters that its
/// neighbours share are left out, since they differ with what stands there.
fn in_base64(text: &str, place: usize, spelled: &Spelling) -> String {
    let shared_before = [0, 2, 3].into_iter().nth(place).unwrap_or_default();
    let whole = (place + text.len()) * 8 / 6;
    let letters = base64(&[&vec![0; place], text.as_bytes()].concat());
    let inner = letters.get(shared_before..whole).unwrap_or_default().chars().map(|c| match (c, spelled) {
        ('+', Spelling::Any) => r"(?:[+-]|%(?:25)*2[Bb]|\\+u002[Bb])".to_owned(),
        ('/', Spelling::Any) => r"(?:\\*/|_|%(?:25)*2[Ff]|\\+u002[Ff])".to_owned(),
        ('+', Spelling::Plain) => "[+-]".to_owned(),
        ('/', Spelling::Plain) => "[/_]".to_owned(),
        (c, _) => c.to_string(),
    });
    // With what is left of the last group.
    format!("{}[A-Za-z0-9+/_-]?=?=?", inner.collect::<String>())
}

/// Base64 without padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|group| {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).filter_map(move |i| LETTERS.chars().nth((bits >> (18 - 6 * i)) as usize & 63))
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const KEY: &str = "KEY-123";
    const TOKEN: &str = "TOK/EN+\"é1";

    fn hidden(said: &str) -> String {
        let mask = Mask::new(&Credentials { key: KEY.to_owned(), token: TOKEN.into() });
        mask.hide_text(said.to_owned())
    }

    #[test]
    fn debug_shows_neither_key_nor_token() {
        let credentials = Credentials { key: "KEY-1".to_owned(), token: "TOKEN-1".to_owned().into() };
        let shown = format!("{credentials:?} {credentials:#?} {:?}", Mask::new(&credentials));
        assert!(!shown.contains("KEY-1") && !shown.contains("TOKEN-1"), "{shown}");
    }

    #[rstest]
    #[case::plain("TOK/EN+\"é1")]
    #[case::in_other_letters("tok/en+\"é1")]
    #[case::json(r#"TOK\/EN+\"é1"#)]
    #[case::json_in_json(r#"TOK\\/EN+\\\"é1"#)]
    #[case::json_codes(r"\u0054\u004fK\u002FEN+\u0022\u00e91")]
    #[case::json_codes_in_json(r"\\u0054OK/EN+\\u0022\\u00E91")]
    #[case::url("TOK%2FEN%2b%22%C3%A91")]
    #[case::url_in_url("TOK%252FEN%252B%2522%25C3%25A91")]
    #[case::html("TOK&#47;EN&#x2b;&quot;&#xe9;1")]
    #[case::string_codes(r"\x54OK/EN\x2b\x22é1")]
    #[case::mixed(r"T\u004fK%2FEN+&#34;é1")]
    #[case::base64("VE9LL0VOKyLDqTE")]
    #[case::key("KEY-123")]
    #[case::key_base64("S0VZLTEyMw==")]
    #[case::both("KEY-123:TOK/EN+\"é1")]
    #[case::basic("S0VZLTEyMzpUT0svRU4rIsOpMQ==")]
    #[case::basic_url("S0VZLTEyMzpUT0svRU4rIsOpMQ%3D%3D")]
    #[case::basic_url_alphabet("S0VZLTEyMzpUT0svRU4rIsOpMQ")]
    fn a_secret_is_hidden_however_it_is_written(#[case] form: &str) {
        let shown = hidden(&format!(r#"{{"a":"bad {form}, really"}}"#));
        let kept = shown.replace('*', "").replace("%3D", "");
        assert_eq!(kept, r#"{"a":"bad , really"}"#, "{shown}");
    }

    #[test]
    fn base64_of_a_longer_text_is_hidden_at_any_place() {
        // `x`, `xy` and `xyz` before the token, `!` behind it.
        for around in ["eFRPSy9FTisiw6kxIQ", "eHlUT0svRU4rIsOpMSE", "eHl6VE9LL0VOKyLDqTEh"] {
            let shown = hidden(&format!("<{around}>"));
            assert!(shown.contains("*********") && shown.len() == around.len() + 2, "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let said = "KEY-124 TOKEN VE9LL1 \u{fffd} %54%4f";
        assert_eq!(hidden(said), said);
        // Nothing to look for, so nothing is found.
        let mask = Mask::new(&Credentials { key: "k".to_owned(), token: "t".into() });
        assert_eq!(mask.hide_text("k:t kt".to_owned()), "k:t kt");
    }

    proptest! {
        /// The oracle looks for every form, escaped or not.
        #[test]
        fn without_escapes_the_quick_look_finds_what_the_slow_one_does(
            pieces in prop::collection::vec(prop_oneof![
                "[a-zA-Z0-9 .:{}\",+/=_-]{0,8}",
                prop::sample::select(vec![KEY, "key-123", TOKEN, "Tok/eN+\"é1", "VE9LL0VOKyLDqTE", "PSy9FTisiw6kx",
                    "0ZS-LL0VOKyLDqTE", "S0VZLTEyMzpUT0svRU4rIsOpMQ=="]).prop_map(str::to_owned),
            ], 0..6),
            flips in prop::collection::vec(any::<prop::sample::Index>(), 0..2),
        ) {
            let mut text = pieces.concat().into_bytes();
            for flip in flips.iter().filter(|_| !pieces.concat().is_empty()) {
                let at = flip.index(text.len());
                text[at] ^= 0x20;
            }
            prop_assume!(!has_escapes(&text));
            let quick = Mask::new(&Credentials { key: KEY.to_owned(), token: TOKEN.into() });
            let slow = Mask { plain: quick.any.clone(), ..quick.clone() };
            let (mut by_quick, mut by_slow) = (text.clone(), text);
            quick.hide(&mut by_quick);
            slow.hide(&mut by_slow);
            prop_assert_eq!(by_quick, by_slow);
        }
    }

    #[test]
    fn base64_is_that_of_others() {
        for (bytes, letters) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob\u{ff}", "Zm9vYsO/")] {
            assert_eq!(base64(bytes.as_bytes()), letters);
        }
    }
}
