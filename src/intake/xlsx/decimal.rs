//! Numbers as the digits they are written with.

/// How many digits a spreadsheet keeps; those behind them are noise of its arithmetic.
const KEPT: usize = 15;

/// How many digits programs write of a number that they round for show.
const ROUNDED: usize = 6;

/// A number in decimal digits, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) is_negative: bool,
    /// The digits before the point; none for 0.5.
    pub(super) whole: String,
    /// The digits behind it.
    pub(super) part: String,
}

impl Decimal {
    /// Reads a number as a workbook writes it. `None` for what is none, and for one with so large an exponent that its
    /// digits would be made up.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + part.len() == 0 || !is_digits(whole) || !is_digits(part) {
            return None;
        }
        let number = Self { is_negative, whole: whole.to_owned(), part: part.to_owned() };
        // With a larger exponent, zeros would stand where the digits may have been lost. Some programs leave the last zeros
        // of every number out: where there are more digits than a rounded one has, those are all.
        let lacks_zeros_alone = whole.len() + part.len() > ROUNDED && whole.len() as i32 + exponent <= KEPT as i32;
        let is_known = (exponent <= part.len() as i32 && exponent >= -400) || lacks_zeros_alone;
        is_known.then(|| number.shifted(exponent))
    }

    /// The number times ten to the power of `by`.
    pub(super) fn shifted(mut self, by: i32) -> Self {
        for _ in 0..by.max(0) {
            let digit = if self.part.is_empty() { '0' } else { self.part.remove(0) };
            self.whole.push(digit);
        }
        for _ in 0..(-by).max(0) {
            let digit = self.whole.pop().unwrap_or('0');
            self.part.insert(0, digit);
        }
        self.whole = self.whole.trim_start_matches('0').to_owned();
        self
    }

    /// The number with at most so many digits behind the point, half rounded up.
    pub(super) fn rounded(mut self, places: usize) -> Self {
        let rounds_up = self.part.as_bytes().get(places).is_some_and(|digit| *digit >= b'5');
        self.part.truncate(places);
        if rounds_up {
            let mut digits: Vec<u8> = self.whole.bytes().chain(self.part.bytes()).collect();
            let mut carry = true;
            for digit in digits.iter_mut().rev() {
                carry = *digit == b'9';
                *digit = if carry { b'0' } else { *digit + 1 };
                if !carry {
                    break;
                }
            }
            if carry {
                digits.insert(0, b'1');
            }
            let text = String::from_utf8(digits).unwrap_or_default();
            let (whole, part) = text.split_at(text.len() - self.part.len());
            (self.whole, self.part) = (whole.to_owned(), part.to_owned());
        }
        self
    }

    /// Whether it is 0.
    pub(super) fn is_zero(&self) -> bool {
        self.whole.bytes().chain(self.part.bytes()).all(|digit| digit == b'0')
    }

    /// The number as a cell without a format shows it: what is behind the digits that are kept is left out, and no
    /// digit before the point is ever touched.
    pub(super) fn plain(self) -> String {
        let zeros = if self.whole.is_empty() { self.part.len() - self.part.trim_start_matches('0').len() } else { 0 };
        let places = KEPT.saturating_sub(self.whole.len()) + zeros;
        let number = if self.part.len() > places { self.rounded(places) } else { self };
        let part = number.part.trim_end_matches('0');
        let sign = if number.is_negative && !number.is_zero() { "-" } else { "" };
        let whole = if number.whole.is_empty() { "0" } else { &number.whole };
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", "0")]
    #[case("-0", "0")]
    #[case("007", "7")]
    #[case("1.50", "1.5")]
    #[case("-1.5", "-1.5")]
    #[case("919876543210", "919876543210")]
    #[case("919876543210123456789", "919876543210123456789")]
    #[case("9.19876543211E+11", "919876543211")]
    #[case("9.19876543210E11", "919876543210")]
    #[case("9.1987654321E11", "919876543210")]
    #[case("9.198765E11", "919876500000")]
    #[case("1.1000000000000001", "1.1")]
    #[case("0.30000000000000004", "0.3")]
    #[case("0.99999999999999999", "1")]
    #[case("1E-3", "0.001")]
    #[case("12345678.9", "12345678.9")]
    fn numbers_are_shown_as_digits(#[case] raw: &str, #[case] shown: &str) {
        assert_eq!(Decimal::parse(raw).unwrap().plain(), shown);
    }

    #[rstest]
    #[case("9.71501E+11")]
    #[case("9.19876E11")]
    #[case("9.1987654321E+15")]
    #[case("1E+20")]
    #[case("x")]
    #[case("")]
    #[case("1e9999999999")]
    fn no_digit_is_made_up(#[case] raw: &str) {
        assert_eq!(Decimal::parse(raw), None);
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_integers(n in 0_u64..1_000_000_000_000, places in 0_usize..6) {
            let number = Decimal::parse(&format!("{}.{:06}", n / 1_000_000, n % 1_000_000)).unwrap().shifted(0);
            let unit = 10_u64.pow(6 - places as u32);
            let expected = (n + unit / 2) / unit;
            let rounded = number.rounded(places);
            prop_assert_eq!(format!("0{}{}", rounded.whole, rounded.part).parse::<u64>().unwrap(), expected);
        }
    }
}
