//! What a number looks like in its cell: number formats, as far as they show digits or a date.
//!
//! A date without a format of the user's own is shown as 2024-03-05, whatever the computer's country. What rounds digits
//! away for good (scientific notation, fractions) is not followed: the number is shown whole.

mod code;
mod date;

#[cfg(test)]
mod tests;

use code::{Section, Token, sections};

use super::decimal::Decimal;

/// How the numbers of a cell are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// As they are.
    Plain,
    /// By a format's sections: for positive and negative numbers and zero, or each for what it says.
    Sections(Vec<Section>),
}

impl NumberFormat {
    /// The format of that number, or of its own code.
    pub(super) fn new(id: u32, code: Option<&str>) -> Self {
        match code.or_else(|| built_in(id)) {
            Some(code) if !code.eq_ignore_ascii_case("general") && code != "@" => Self::Sections(sections(code)),
            _ => Self::Plain,
        }
    }

    /// Shows a number that is written like this.
    pub(super) fn show(&self, raw: &str, is_1904: bool) -> String {
        let Some(number) = Decimal::parse(raw) else { return raw.to_owned() };
        let Self::Sections(all) = self else { return number.plain() };
        let Some((section, has_own_sign)) = code::choose(all, &number) else { return number.plain() };
        if section.is_date {
            return date::show(&section.tokens, &number, is_1904).unwrap_or_else(|| number.plain());
        }
        if !section.is_plain_digits {
            return number.plain();
        }
        let sign = if number.is_negative && !has_own_sign { "-" } else { "" };
        digits(section, number, sign)
    }
}

/// The formats that workbooks name by number alone.
fn built_in(id: u32) -> Option<&'static str> {
    Some(match id {
        1 => "0",
        2 => "0.00",
        3 | 37 | 38 => "#,##0",
        4 | 39 | 40 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        14 | 27..=31 | 36 | 50..=58 => "yyyy-mm-dd",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 | 32..=35 => "h:mm:ss",
        22 => "yyyy-mm-dd h:mm",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        _ => return None,
    })
}

/// Puts the digits of a number in their places.
fn digits(section: &Section, number: Decimal, sign: &str) -> String {
    let tokens = &section.tokens;
    let point = tokens.iter().position(|token| *token == Token::Point).unwrap_or(tokens.len());
    let (before, behind) = tokens.split_at(point);
    let places = behind.iter().filter(|token| matches!(token, Token::Digit(_))).count();
    let number = number.shifted(section.shift).rounded(places);
    let sign = if number.is_zero() { "" } else { sign };
    let whole = whole_digits(before, &number.whole, section.is_grouped);
    format!("{sign}{whole}{}", part_digits(behind, &number.part)).trim().to_owned()
}

/// The digits before the point, from the last to the first; the first place takes all that are left.
fn whole_digits(tokens: &[Token], digits: &str, is_grouped: bool) -> String {
    let first = tokens.iter().position(|token| matches!(token, Token::Digit(_)));
    let mut whole = Whole { left: digits.to_owned(), is_grouped, count: 0, pieces: Vec::new() };
    for (at, token) in tokens.iter().enumerate().rev() {
        match token {
            Token::Digit(place) => {
                whole.put_one(*place == '0');
                if first == Some(at) {
                    whole.put_all();
                }
            }
            Token::Text(text) => whole.pieces.push(text.clone()),
            _ => {}
        }
    }
    whole.put_all();
    whole.pieces.into_iter().rev().collect()
}

/// The digits before the point, while they are put in their places.
struct Whole {
    left: String,
    is_grouped: bool,
    count: usize,
    /// What is shown, the last first.
    pieces: Vec<String>,
}

impl Whole {
    fn put_one(&mut self, is_needed: bool) {
        let Some(digit) = self.left.pop().or(is_needed.then_some('0')) else { return };
        if self.is_grouped && self.count > 0 && self.count.is_multiple_of(3) {
            self.pieces.push(",".to_owned());
        }
        self.count += 1;
        self.pieces.push(digit.to_string());
    }

    fn put_all(&mut self) {
        while !self.left.is_empty() {
            self.put_one(false);
        }
    }
}

/// The point and the digits behind it.
fn part_digits(tokens: &[Token], digits: &str) -> String {
    let mut digits = digits.trim_end_matches('0').chars();
    let mut out = String::new();
    for token in tokens {
        match token {
            Token::Digit(place) => out.extend(digits.next().or((*place == '0').then_some('0'))),
            Token::Text(text) => out += text,
            _ => {}
        }
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) { format!(".{out}") } else { out }
}
