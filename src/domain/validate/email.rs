//! Whether a text has the shape of an email address.

use email_address::{EmailAddress, Options};

/// Checks the shape; the error says what to correct.
///
/// On top of the grammar of RFC 5322 it asks for what mail systems ask for: no quoted or non-ASCII
/// name before the `@`, no underscore in the domain, a last label that is not all digits.
pub(super) fn check(value: &str) -> Result<(), String> {
    if is_usual(value) {
        return Ok(());
    }
    EmailAddress::parse_with_options(value, options())
        .map_err(|error| format!("not an email address ({}): write one such as name@example.com", reason(&error)))?;
    let (local, domain) = value.rsplit_once('@').unwrap_or((value, ""));
    let wrong = if local.starts_with('"') {
        "the name before the @ is quoted"
    } else if !local.is_ascii() {
        "the name before the @ has a letter that is not ASCII"
    } else if domain.contains('_') {
        "a domain has no underscore"
    } else if domain.rsplit('.').next().is_some_and(|tld| tld.bytes().all(|b| b.is_ascii_digit())) {
        "a domain does not end in a number"
    } else {
        return Ok(());
    };
    Err(format!("not an email address ({wrong}): write one such as name@example.com"))
}

fn options() -> Options {
    Options::default().with_required_tld().without_display_text().without_domain_literal()
}

/// Whether it is of the plainest shape, which is good beyond doubt: nearly all are, and the grammar takes ten times as long.
fn is_usual(value: &str) -> bool {
    let has_words = |text: &str, longest: usize, sign: fn(u8) -> bool| {
        let is_word = |word: &str| !word.is_empty() && word.len() <= longest && word.bytes().all(sign);
        text.split('.').all(is_word)
    };
    value.split_once('@').is_some_and(|(local, domain)| {
        local.len() <= 64
            && domain.len() <= 64
            && has_words(local, 64, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            && has_words(domain, 63, |b| b.is_ascii_alphanumeric())
            && domain.rsplit_once('.').is_some_and(|(_, tld)| tld.bytes().all(|b| b.is_ascii_alphabetic()))
    })
}

fn reason(error: &email_address::Error) -> &'static str {
    use email_address::Error as E;
    match error {
        E::MissingSeparator => "there is no @",
        E::LocalPartEmpty => "nothing stands before the @",
        E::LocalPartTooLong => "more than 64 bytes stand before the @",
        E::DomainEmpty => "nothing stands after the @",
        E::DomainTooLong | E::SubDomainTooLong => "the domain is too long",
        E::SubDomainEmpty => "the domain has two dots in a row, or one at its end",
        E::DomainTooFew => "the domain has no dot",
        E::UnsupportedDisplayName | E::MissingDisplayName | E::MissingEndBracket => {
            "write the address without a name or <>"
        }
        E::UnsupportedDomainLiteral => "the domain is an IP address",
        _ => "a character that does not belong there",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle is the grammar.
        #[test]
        fn what_is_usual_is_good(value in "[aZ9._-]{0,5}@?[aZ9.-]{0,6}(\\.[a-z0-9]{0,3})?") {
            prop_assert!(!is_usual(&value) || EmailAddress::parse_with_options(&value, options()).is_ok(), "{}", value);
        }
    }

    #[test]
    fn ordinary_addresses_are_usual() {
        assert!(is_usual("shiva@exotel.in") && is_usual("first.last-1@mail.example.co.uk"));
        assert!(!is_usual("a@b") && !is_usual("a@x.123") && !is_usual("a@b.com,c@d.com"));
    }
}
