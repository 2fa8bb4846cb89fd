//! The credentials of an account.

use std::fmt;

use memchr::memmem;
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
#[derive(Clone)]
pub struct Mask(Vec<SecretString>);

impl Mask {
    /// Hides key, token, and both as HTTP Basic carries them; `basic` is the header's value.
    pub fn new(credentials: &Credentials, basic: &str) -> Self {
        let joined = basic.strip_prefix("Basic ").unwrap_or(basic);
        let token = credentials.token.expose_secret();
        // JSON may write a slash with a backslash before it.
        let escaped = token.replace('/', "\\/");
        let mut texts = vec![joined, token, escaped.as_str(), credentials.key.as_str()];
        texts.retain(|text| text.len() >= SHORTEST);
        texts.dedup();
        Self(texts.into_iter().map(SecretString::from).collect())
    }

    /// The bytes with every secret in them replaced by stars.
    pub fn hide(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(bytes, |bytes, secret| replace(bytes, secret.expose_secret().as_bytes()))
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(hidden)")
    }
}

fn replace(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let finder = memmem::Finder::new(secret);
    let Some(mut at) = finder.find(&bytes) else { return bytes };
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    loop {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(b"********");
        rest = from.get(secret.len()..).unwrap_or_default();
        match finder.find(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_key_nor_token() {
        let credentials = Credentials { key: "KEY-1".to_owned(), token: "TOKEN-1".to_owned().into() };
        let shown = format!("{credentials:?} {credentials:#?}");
        assert!(!shown.contains("KEY-1") && !shown.contains("TOKEN-1"), "{shown}");
    }

    #[test]
    fn a_server_that_repeats_credentials_is_not_quoted() {
        let credentials = Credentials { key: "KEY-123".to_owned(), token: "TOK/EN-1".to_owned().into() };
        let mask = Mask::new(&credentials, "Basic S0VZLTEyMzpUT0svRU4tMQ==");
        let said = "bad S0VZLTEyMzpUT0svRU4tMQ==, KEY-123 and TOK/EN-1, as \"TOK\\/EN-1\", TOK/EN-1";
        let shown = String::from_utf8(mask.hide(said.into())).unwrap();
        assert_eq!(shown, "bad ********, ******** and ********, as \"********\", ********");
        assert_eq!(mask.hide(b"nothing here".to_vec()), b"nothing here");
    }
}
