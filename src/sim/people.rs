//! The contacts that nobody typed: contact `i` of the book, made up from its index alone.
//!
//! Nothing is stored for a contact until it is changed, so a book of ten million starts at once. SIDs and numbers
//! can be turned back into the index, which is how they are looked up. They do not depend on the seed of the
//! faults: sample edits written for one run fit every other.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::book::{Column, Values};
use crate::support::rng::{mix, mix_all};

/// The contact of the vendor's documentation page. It is in every book, so the page's sample body gives one
/// success and two contacts that are not found.
pub const VENDOR_SID: &str = "83ba26b7f11c4e75b4043c8b33ceba49";

/// The hex in the `uri` of the vendor's contact: not its SID.
pub(super) const VENDOR_URI_HEX: &str = "4675ce5f21994bcca8cf07c7e0426be7";

/// The second of 2017-11-30T11:22:39Z, when the vendor's contact was created. The others follow second by second.
pub(super) const VENDOR_CREATED: i64 = 1_512_040_959;

/// Keeps these SIDs apart from other uses of the same mixing.
const SID_SALT: u64 = 0x0051_D5A1_7ED5_1D00;

/// Indian mobile numbers `+919xxxxxxxxx`: the nine free digits.
const NUMBERS: u64 = 1_000_000_000;
/// Odd and no multiple of 5, so that multiplying permutes the nine digits.
const NUMBER_STEP: u64 = 387_420_489;
/// Multiplying by it undoes multiplying by [`NUMBER_STEP`], modulo [`NUMBERS`].
const NUMBER_STEP_INVERSE: u64 = 513_180_409;
const NUMBER_START: u64 = 820_336_456;

const FIRST: [&str; 24] = [
    "Aarav",
    "Aditi",
    "Arjun",
    "Deepa",
    "Farhan",
    "Gauri",
    "Harish",
    "Ishaan",
    "Jaya",
    "Kabir",
    "Lakshmi",
    "Meera",
    "Nikhil",
    "Ananya",
    "Pooja",
    "Rahul",
    "Sanjay",
    "Tara",
    "Usha",
    "Vikram",
    "Zoë",
    "José",
    "प्रिया",
    "அருண்",
];
const LAST: [&str; 20] = [
    "Agarwal",
    "Banerjee",
    "Chopra",
    "Das",
    "D'Souza",
    "Fernandes",
    "Gupta",
    "Iyer",
    "Jain",
    "Kapoor",
    "Menon",
    "Nair",
    "Patel",
    "Rao",
    "Reddy",
    "Sharma",
    "Singh",
    "Thomas",
    "Varma",
    "Müller",
];
const COMPANIES: [&str; 12] = [
    "Acme Logistics",
    "Bluebird Retail",
    "Chai & Co",
    "Deccan Foods",
    "Evergreen Power",
    "Falcon Freight",
    "Ganga Textiles",
    "Himalaya Tours",
    "Indus Software",
    "Jasmine Clinics",
    "Kaveri Motors",
    "Lotus Bank",
];
const TAGS: [&str; 5] = ["Member", "Lead", "Customer", "Partner", "VIP"];
const CITIES: [&str; 6] = ["Bengaluru", "Mumbai", "Pune", "Chennai", "Delhi", "Kochi"];

/// The SID of contact `i`: 32 lowercase hex digits.
pub fn sid_of(i: u64) -> String {
    let high = mix_all(&[SID_SALT, i]);
    format!("{high:016x}{:016x}", i ^ mix(high))
}

/// The index that [`sid_of`] turned into this SID.
pub(super) fn index_of_sid(sid: &str) -> Option<u64> {
    if sid.len() != 32 || !sid.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let high = u64::from_str_radix(sid.get(..16)?, 16).ok()?;
    let low = u64::from_str_radix(sid.get(16..)?, 16).ok()?;
    let i = low ^ mix(high);
    (mix_all(&[SID_SALT, i]) == high).then_some(i)
}

/// The number of contact `i`, in E.164, as long as nobody changed it.
pub fn number_of(i: u64) -> String {
    format!("+919{:09}", (i % NUMBERS * NUMBER_STEP + NUMBER_START) % NUMBERS)
}

/// The index that [`number_of`] turned into this number.
pub(super) fn index_of_number(number: &str) -> Option<u64> {
    let digits = number.strip_prefix("+919").filter(|d| d.len() == 9 && d.bytes().all(|b| b.is_ascii_digit()))?;
    let n: u64 = digits.parse().ok()?;
    let back = (n + NUMBERS - NUMBER_START) % NUMBERS;
    Some(back * NUMBER_STEP_INVERSE % NUMBERS)
}

/// When contact `i` was created, in seconds since 1970.
pub(super) fn created(i: u64) -> i64 {
    VENDOR_CREATED + 1 + i as i64
}

/// The `uri` hex of a contact: like the vendor's, not its SID.
pub(super) fn uri_hex(i: u64) -> String {
    let high = mix_all(&[i, SID_SALT]);
    format!("{high:016x}{:016x}", mix(high))
}

/// The values of contact `i` before anyone changes them.
pub(super) fn values_of(i: u64) -> Values<'static> {
    let dice = mix_all(&[i, 1]);
    let first = pick(&FIRST, dice);
    let last = pick(&LAST, dice >> 8);
    let mut values = Values::default();
    values.set(Column::Number, Cow::Owned(number_of(i)));
    values.set(Column::FirstName, Cow::Borrowed(first));
    values.set(Column::LastName, Cow::Borrowed(last));
    values.set(Column::CompanyName, Cow::Borrowed(pick(&COMPANIES, dice >> 16)));
    values.set(Column::Email, Cow::Owned(email(first, i)));
    values.set(Column::Tag, Cow::Borrowed(pick(&TAGS, dice >> 24)));
    let city = pick(&CITIES, dice >> 32);
    values.set(Column::CustomField, Cow::Owned(format!(r#"{{"city":"{city}","since":{}}}"#, 2010 + i % 15)));
    values
}

/// The values of the vendor's contact, as its page shows them.
pub(super) fn vendor_values() -> Values<'static> {
    let mut values = Values::default();
    for (column, value) in Column::ALL.into_iter().zip([
        "+67420336456",
        "XYZ",
        "ABC",
        "Exotel",
        "shiva@exotel.in",
        "Member",
        r#"{"key":{"a":"b","c":[1,2,3]}}"#,
    ]) {
        values.set(column, Cow::Borrowed(value));
    }
    values
}

/// `aditi.42@example.in`; letters that an address cannot carry become `x`.
fn email(first: &str, i: u64) -> String {
    let mut text: String =
        first.chars().map(|c| if c.is_ascii_alphabetic() { c.to_ascii_lowercase() } else { 'x' }).collect();
    // Writing to a String cannot fail.
    let _ = write!(text, ".{i}@example.in");
    text
}

fn pick<'a>(from: &[&'a str], dice: u64) -> &'a str {
    from.get((dice & 0xff) as usize % from.len().max(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sids_and_numbers_lead_back_to_their_contact() {
        for i in (0..2_000).chain([999_999, 9_999_999, 999_999_999]) {
            assert_eq!(index_of_sid(&sid_of(i)), Some(i));
            assert_eq!(index_of_number(&number_of(i)), Some(i));
        }
    }

    #[test]
    fn other_texts_lead_nowhere() {
        let upper = sid_of(3).to_uppercase();
        for sid in
            [VENDOR_SID, "", "zz", &upper, "00000000000000000000000000000000", "+3ba26b7f11c4e75b4043c8b33ceba49"]
        {
            assert_eq!(index_of_sid(sid), None, "{sid}");
        }
        for number in ["", "+91", "+67420336456", "+9190000000", "+91900000000x", "919000000000"] {
            assert_eq!(index_of_number(number), None, "{number}");
        }
    }

    #[test]
    fn a_sid_looks_like_the_vendors() {
        let sid = sid_of(0);
        assert_eq!(sid.len(), VENDOR_SID.len());
        assert!(sid.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }
}
