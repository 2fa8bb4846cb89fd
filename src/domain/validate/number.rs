//! Whether a text is a telephone number: by libphonenumber's rules with the feature `phone`, by the
//! shape of E.164 without it.

/// What a number is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::domain) enum Judged {
    /// A number in the form that the API wants.
    E164,
    /// A number in another form; this is its E.164.
    Other(String),
    /// No number; the text says why and what to do.
    Invalid(String),
}

/// Judges a number, one without `+` as a number of the country (two letters).
pub(in crate::domain) fn judge(value: &str, country: &str) -> Judged {
    // libphonenumber digs a number out of any text around it; a value is the number or it is wrong.
    if let Some(c) = value.chars().find(|c| !matches!(c, '0'..='9' | '+' | ' ' | '-' | '.' | '(' | ')' | '/')) {
        return Judged::Invalid(format!(
            "`{}` is not part of a number: write it as +<country><number>",
            c.escape_debug()
        ));
    }
    by_plan(value, country)
}

/// What a number is found by: the digits of its E.164 form, so that `+91 98…`, `098…` and `98…` meet where the country is
/// `IN`. The digits as they stand where it is no number by the numbering plan; `None` where there are none.
pub fn number_key(value: &str, country: &str) -> Option<String> {
    let e164 = match judge(value.trim(), country) {
        Judged::Other(e164) => e164,
        Judged::E164 | Judged::Invalid(_) => value.to_owned(),
    };
    let digits: String = e164.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// `+`, a country code and the number: 7 to 15 digits, the first not 0.
fn has_e164_shape(value: &str) -> bool {
    value.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(feature = "phone")]
fn by_plan(value: &str, country: &str) -> Judged {
    use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};

    let region = Region::try_from(country).ok();
    match PhoneNumber::parse(value, region) {
        Ok(number) if number.is_valid() => {
            let e164 = number.format_as(PhoneNumberFormat::E164);
            if has_e164_shape(value) && e164 == value { Judged::E164 } else { Judged::Other(e164.into_owned()) }
        }
        Ok(_) if value.starts_with('+') => {
            Judged::Invalid("no such number in its country's numbering plan: correct it".to_owned())
        }
        Ok(_) => Judged::Invalid(format!("no such number in {country}: correct it, or write +<country><number>")),
        Err(error) => Judged::Invalid(format!("{}: write it as +<country><number>", reason(&error))),
    }
}

#[cfg(feature = "phone")]
fn reason(error: &rlibphonenumber::ParseError) -> &'static str {
    use rlibphonenumber::ParseError as E;
    match error {
        E::InvalidCountryCode => "no such country code",
        E::NotANumber(_) => "not a number",
        E::TooShortAfterIdd | E::TooShortNsn => "too short for a number",
        E::TooLongNsn => "too long for a number",
    }
}

#[cfg(not(feature = "phone"))]
fn by_plan(value: &str, _country: &str) -> Judged {
    if has_e164_shape(value) {
        return Judged::E164;
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let e164 = format!("+{digits}");
    if value.starts_with('+') && has_e164_shape(&e164) {
        return Judged::Other(e164);
    }
    Judged::Invalid("not a number with its country code: write it as +<country><number>".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "phone")]
    #[test]
    fn ways_to_write_a_number_meet() {
        for way in ["+919812345678", "+91 98123-45678", "09812345678", "9812345678", "919812345678", " (0)98123 45678 "]
        {
            assert_eq!(number_key(way, "IN").as_deref(), Some("919812345678"), "{way}");
        }
        assert_ne!(number_key("9812345678", "US").as_deref(), Some("919812345678"));
    }

    #[test]
    fn what_is_no_number_is_found_by_its_digits() {
        assert_eq!(number_key("12", "IN").as_deref(), Some("12"));
        assert_eq!(number_key("none", "IN"), None);
    }
}
