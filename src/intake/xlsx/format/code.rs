//! The language of number formats: `#,##0.00;[Red](0)`, `yyyy-mm-dd`.

use crate::intake::xlsx::decimal::Decimal;

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::intake::xlsx) enum Token {
    /// The place of a digit: `0` is always there, `#` and `?` where there is a digit.
    Digit(char),
    Point,
    /// Shown as it is.
    Text(String),
    /// A run of one letter of a date: `yyyy`.
    Date(char, usize),
    /// Hours, minutes or seconds that count on past their end: `[h]`.
    Elapsed(char),
    /// `AM/PM`
    HalfDay,
}

/// A part of a format, for some of the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::intake::xlsx) struct Section {
    pub(super) tokens: Vec<Token>,
    /// Which numbers it is for, where it says so: a comparison and what with.
    condition: Option<(String, String)>,
    pub(super) is_date: bool,
    /// Whether all it does is to put digits in places.
    pub(super) is_plain_digits: bool,
    pub(super) is_grouped: bool,
    /// By how many places the point goes to the right before a number is shown: percent, thousands.
    pub(super) shift: i32,
}

/// The sections of a format. The fourth is for texts, and none of ours.
pub(super) fn sections(code: &str) -> Vec<Section> {
    let mut all = Vec::new();
    let mut rest = Some(code);
    while let Some(code) = rest.filter(|_| all.len() < 3) {
        let (section, behind) = section(code);
        all.push(section);
        rest = behind;
    }
    all
}

/// The section that is for a number, and whether it has its own way of showing that the number is negative.
pub(super) fn choose<'s>(all: &'s [Section], number: &Decimal) -> Option<(&'s Section, bool)> {
    if all.iter().any(|section| section.condition.is_some()) {
        // It only chooses a section, so that a float is good enough.
        let value: f64 = number.clone().plain().parse().ok()?;
        let fits = |section: &&Section| section.condition.as_ref().is_none_or(|condition| holds(condition, value));
        return all.iter().find(fits).map(|section| (section, false));
    }
    let (positive, negative, zero) = (all.first()?, all.get(1), all.get(2));
    Some(match (negative, zero) {
        (_, Some(zero)) if number.is_zero() => (zero, true),
        (Some(negative), _) if number.is_negative && !number.is_zero() => (negative, true),
        _ => (positive, false),
    })
}

fn holds((comparison, with): &(String, String), value: f64) -> bool {
    let Ok(with) = with.parse::<f64>() else { return false };
    let order = value.total_cmp(&with);
    match comparison.as_str() {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<>" => order.is_ne(),
        _ => order.is_eq(),
    }
}

/// Reads a section; gives what stands behind the `;` that ends it.
fn section(code: &str) -> (Section, Option<&str>) {
    let mut section = Section { is_plain_digits: true, ..Section::default() };
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        let next = behind.split_at(behind.chars().next().map_or(0, char::len_utf8));
        rest = match c {
            ';' => {
                section.finish();
                return (section, Some(behind));
            }
            '"' => {
                let (text, behind) = behind.split_once('"').unwrap_or((behind, ""));
                section.text(text);
                behind
            }
            '\\' => {
                section.text(next.0);
                next.1
            }
            // As much room as the next sign takes, or as is left filled with it.
            '_' | '*' => next.1,
            '[' => {
                let (inside, behind) = behind.split_once(']').unwrap_or((behind, ""));
                section.bracket(inside);
                behind
            }
            _ => {
                let len = section.sign(c, rest);
                rest.get(len..).unwrap_or_default()
            }
        };
    }
    section.finish();
    (section, None)
}

impl Section {
    fn text(&mut self, text: &str) {
        self.tokens.push(Token::Text(text.to_owned()));
    }

    /// A colour, a language with the sign of a currency, a condition, or hours that count on.
    fn bracket(&mut self, inside: &str) {
        let lower = inside.to_ascii_lowercase();
        let letter = lower.chars().next().filter(|c| "hms".contains(*c) && lower.chars().all(|other| other == *c));
        if let Some(currency) = inside.strip_prefix('$') {
            self.text(currency.split('-').next().unwrap_or_default());
        } else if let Some(letter) = letter {
            self.tokens.push(Token::Elapsed(letter));
            self.is_date = true;
        } else if inside.starts_with(['<', '>', '=']) {
            let at = inside.find(|c| !matches!(c, '<' | '>' | '=')).unwrap_or(inside.len());
            let (comparison, with) = inside.split_at(at);
            self.condition = Some((comparison.to_owned(), with.trim().to_owned()));
        }
    }

    /// Takes what `rest` begins with; gives its length.
    fn sign(&mut self, c: char, rest: &str) -> usize {
        let is_next = |half: &&&str| rest.get(..half.len()).is_some_and(|start| start.eq_ignore_ascii_case(half));
        if let Some(half) = ["am/pm", "a/p"].iter().find(is_next) {
            self.tokens.push(Token::HalfDay);
            self.is_date = true;
            return half.len();
        }
        match c.to_ascii_lowercase() {
            '0' | '#' | '?' => self.tokens.push(Token::Digit(c)),
            '.' => self.tokens.push(Token::Point),
            letter @ ('y' | 'm' | 'd' | 'h' | 's') => {
                let len = rest.chars().take_while(|other| other.eq_ignore_ascii_case(&c)).count();
                self.tokens.push(Token::Date(letter, len));
                self.is_date = true;
                return len;
            }
            // Scientific notation, and a general number among other signs.
            'e' | 'g' => self.is_plain_digits = false,
            '%' => {
                self.shift += 2;
                self.text("%");
            }
            _ => self.text(rest.get(..c.len_utf8()).unwrap_or_default()),
        }
        c.len_utf8()
    }

    /// Sorts out what the whole section tells: a comma groups digits where more places follow, and divides by a thousand
    /// behind the last one; a slash between places makes a fraction.
    fn finish(&mut self) {
        let is_place = |token: &Token| matches!(token, Token::Digit(_));
        let (Some(first), Some(last)) = (self.tokens.iter().position(is_place), self.tokens.iter().rposition(is_place))
        else {
            return;
        };
        if self.is_date {
            return;
        }
        let mut behind_last = true;
        for (at, token) in self.tokens.iter_mut().enumerate().skip(first) {
            match token {
                Token::Text(text) if text == "," && at < last => {
                    self.is_grouped = true;
                    text.clear();
                }
                Token::Text(text) if text == "," && behind_last => {
                    self.shift -= 3;
                    text.clear();
                }
                Token::Text(text) if text == "/" && at < last => self.is_plain_digits = false,
                _ => behind_last &= at <= last,
            }
        }
    }
}
