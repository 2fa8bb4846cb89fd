//! The credentials of an account.

use std::fmt;

use secrecy::SecretString;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_key_nor_token() {
        let credentials = Credentials { key: "KEY-1".to_owned(), token: "TOKEN-1".to_owned().into() };
        let shown = format!("{credentials:?} {credentials:#?}");
        assert!(!shown.contains("KEY-1") && !shown.contains("TOKEN-1"), "{shown}");
    }
}
