//! Whether a text has the shape of an email address.

use email_address::{EmailAddress, Options};

/// Checks the shape; the error says what to correct.
///
/// On top of the grammar of RFC 5322 it asks for what mail systems ask for: no quoted or non-ASCII
/// name before the `@`, no underscore in the domain, a last label that is not all digits.
pub(super) fn check(value: &str) -> Result<(), String> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(value, options)
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
