//! Days and times of a spreadsheet: a number of days since the end of 1899, with the time as its part.

use super::code::Token;
use crate::intake::xlsx::decimal::Decimal;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The milliseconds of a day.
const DAY: u64 = 86_400_000;

/// The day behind 31 December 9999, the last there is.
const END: u64 = 2_958_466;

/// A point in time, taken apart.
struct Moment {
    year: u64,
    month: u64,
    day: u64,
    weekday: u64,
    /// Milliseconds since the first day began.
    elapsed: u64,
}

/// Shows a number as a date or time; `None` for one that no calendar has.
pub(super) fn show(tokens: &[Token], number: &Decimal, is_1904: bool) -> Option<String> {
    // `ss.0`: a point behind seconds, with a place for each digit.
    let has_parts = tokens.iter().any(|token| matches!(token, Token::Digit(_)));
    let moment = moment(number, is_1904, if has_parts { 1 } else { 1000 })?;
    let Moment { elapsed, .. } = moment;
    let is_half = tokens.contains(&Token::HalfDay);
    let thousandths = format!("{:03}", elapsed % 1000);
    let mut parts = thousandths.chars();
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Date(letter, len) => out += &part(*letter, *len, &moment, is_half, is_minute(tokens, at)),
            Token::Elapsed('h') => out += &(elapsed / 3_600_000).to_string(),
            Token::Elapsed('m') => out += &(elapsed / 60_000).to_string(),
            Token::Elapsed(_) => out += &(elapsed / 1000).to_string(),
            Token::HalfDay => out += if elapsed % DAY < DAY / 2 { "AM" } else { "PM" },
            Token::Text(text) => out += text,
            Token::Point => out.push('.'),
            Token::Digit(_) => out.push(parts.next().unwrap_or('0')),
        }
    }
    Some(out.trim().to_owned())
}

/// Whether the `m` here means minutes: right behind hours, or right before seconds.
fn is_minute(tokens: &[Token], at: usize) -> bool {
    let is_letter = |token: &&Token| matches!(token, Token::Date(..) | Token::Elapsed(_));
    let before = tokens.iter().take(at).rev().find(is_letter);
    let behind = tokens.iter().skip(at + 1).find(is_letter);
    matches!(before, Some(Token::Date('h', _) | Token::Elapsed('h')))
        || matches!(behind, Some(Token::Date('s', _) | Token::Elapsed('s')))
}

fn part(letter: char, len: usize, moment: &Moment, is_half: bool, is_minute: bool) -> String {
    let number = |value: u64| if len == 1 { value.to_string() } else { format!("{value:02}") };
    let name = |names: &[&str], at: u64, letters: usize| -> String {
        names.get(at as usize).map_or_else(String::new, |name| name.chars().take(letters).collect())
    };
    let hour = moment.elapsed / 3_600_000 % 24;
    match (letter, len) {
        ('y', 1 | 2) => format!("{:02}", moment.year % 100),
        ('y', _) => format!("{:04}", moment.year),
        ('m', _) if is_minute => number(moment.elapsed / 60_000 % 60),
        ('m', 1 | 2) => number(moment.month),
        ('m', 3) => name(&MONTHS, moment.month - 1, 3),
        ('m', 5) => name(&MONTHS, moment.month - 1, 1),
        ('m', _) => name(&MONTHS, moment.month - 1, usize::MAX),
        ('d', 1 | 2) => number(moment.day),
        ('d', 3) => name(&WEEKDAYS, moment.weekday, 3),
        ('d', _) => name(&WEEKDAYS, moment.weekday, usize::MAX),
        ('h', _) if is_half => number((hour + 11) % 12 + 1),
        ('h', _) => number(hour),
        _ => number(moment.elapsed / 1000 % 60),
    }
}

/// Takes a number apart, rounded to so many milliseconds.
fn moment(number: &Decimal, is_1904: bool, step: u64) -> Option<Moment> {
    /// The digits of a day's part that count, as a number of 15 digits at most.
    const PARTS: u128 = 1_000_000_000_000_000;
    if number.is_negative && !number.is_zero() {
        return None;
    }
    let days: u64 = if number.whole.is_empty() { 0 } else { number.whole.parse().ok()? };
    let part: u128 = format!("{:0<15}", number.part.get(..15).unwrap_or(&number.part)).parse().ok()?;
    let steps = (part * u128::from(DAY / step) + PARTS / 2) / PARTS;
    let elapsed = days.checked_mul(DAY).filter(|_| days < END)? + steps as u64 * step;
    let days = elapsed / DAY;
    // A spreadsheet counts a 29 February 1900, which never was.
    if !is_1904 && days == 60 {
        return Some(Moment { year: 1900, month: 2, day: 29, weekday: 3, elapsed });
    }
    let since_1900 = if is_1904 { days + 1462 } else { days };
    // Days since 1 March of the year 0: the calendar is counted best from there.
    let counted = since_1900 + 693_899 + u64::from(since_1900 < 60);
    let (year, month, day) = civil(counted);
    Some(Moment { year, month, day, weekday: (counted + 3) % 7, elapsed })
}

/// The date so many days after 1 March of the year 0.
const fn civil(days: u64) -> (u64, u64, u64) {
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let year = year + era * 400;
    if month >= 10 { (year + 1, month - 9, day - first + 1) } else { (year, month + 3, day - first + 1) }
}
