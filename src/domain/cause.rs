//! Causes: what outcomes alike have in common, what each means at this API, and what to do about it (SPEC 5, API 5).

use std::fmt;

use super::field::Field;
use super::outcome::{Outcome, Said, Status};

/// What outcomes alike have in common: status, codes, and a description whose numbers, ids and quoted values are folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The verdict.
    pub status: Status,
    /// The item's code.
    pub code: Option<i64>,
    /// The vendor's own code.
    pub error_code: Option<i64>,
    /// What was said, folded; of a success what is wrong with its echo. Empty where there is nothing to say.
    pub description: String,
}

impl Cause {
    /// The cause of an outcome; `echo` is the name of its [`super::Echo`].
    pub fn of(status: Status, said: &Said, echo: &str) -> Self {
        let words = said.description.as_deref().or(said.message.as_deref()).unwrap_or_default();
        Self::read(status, (said.code, said.error_code), words, echo)
    }

    /// The cause of an outcome whose columns are at hand: description, or message where there is none.
    pub fn read(status: Status, (code, error_code): (Option<i64>, Option<i64>), words: &str, echo: &str) -> Self {
        let description = match (status, echo) {
            (Status::Updated, "differs" | "missing") => format!("echo {echo}"),
            (Status::Updated, _) => String::new(),
            _ => folded(words),
        };
        Self { status, code, error_code, description }
    }

    /// The field that the description names.
    pub fn field(&self) -> Option<Field> {
        let text = self.description.to_lowercase();
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let named = |names: &[&str]| words().any(|word| names.contains(&word));
        let by_name = Field::ALL.into_iter().find(|field| named(&[field.name()]));
        by_name.or_else(|| {
            [
                (Field::FirstName, "first name"),
                (Field::LastName, "last name"),
                (Field::CompanyName, "company"),
                (Field::CustomField, "custom"),
            ]
            .into_iter()
            .find(|(_, phrase)| text.contains(phrase))
            .map(|(field, _)| field)
            .or_else(|| named(&["phone", "mobile", "contact_number"]).then_some(Field::Number))
        })
    }

    /// What it means and what to do.
    pub fn advice(&self) -> Advice {
        let row = ADVICE.iter().find(|row| row.is_for(self));
        row.map_or(OTHERWISE, |row| row.advice).with_field(self.field())
    }
}

impl From<&Outcome> for Cause {
    fn from(outcome: &Outcome) -> Self {
        Self::of(outcome.status, &outcome.said, outcome.echo.name())
    }
}

/// On one line, as filters find it: `rejected 404 1000 Contact not found`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.name())?;
        for code in [self.code, self.error_code].into_iter().flatten() {
            write!(f, " {code}")?;
        }
        if self.description.is_empty() { Ok(()) } else { write!(f, " {}", self.description) }
    }
}

/// What may be done about a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// Send the edits again as they are.
    Resend,
    /// Correct a value, of this field where it is known.
    Value(Option<Field>),
    /// Correct the SID, or give the edits up.
    Sid,
    /// Something outside of the edits: account, credentials, network.
    Outside,
    /// Read the contacts back.
    Reconcile,
    /// There is nothing to do.
    Nothing,
}

impl Remedy {
    /// It in a few words, about one edit.
    pub fn words(self) -> String {
        match self {
            Self::Resend => String::from("requeue it as it is"),
            Self::Value(Some(field)) => format!("correct {field}, or leave it out"),
            Self::Value(None) => String::from("correct what the error names"),
            Self::Sid => String::from("correct the SID, or drop it"),
            Self::Outside => String::from("mend account or network, then requeue it"),
            Self::Reconcile => String::from("read it back, or requeue it"),
            Self::Nothing => String::from("nothing to do"),
        }
    }
}

/// What a cause means at this API, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// The same for the program.
    pub remedy: Remedy,
}

impl Advice {
    const fn new(remedy: Remedy, means: &'static str, todo: &'static str) -> Self {
        Self { means, todo, remedy }
    }

    /// With the field that the words of the server name, where the table does not know it.
    const fn with_field(self, field: Option<Field>) -> Self {
        match self.remedy {
            Remedy::Value(None) => Self { remedy: Remedy::Value(field), ..self },
            _ => self,
        }
    }
}

/// A row of the table: the causes it is for, and the advice.
struct Row {
    status: Status,
    /// First and last code; `None` = any, also none.
    codes: Option<(i64, i64)>,
    error_code: Option<i64>,
    /// What the description must hold, in lower case.
    words: &'static str,
    advice: Advice,
}

impl Row {
    fn is_for(&self, cause: &Cause) -> bool {
        self.status == cause.status
            && self.codes.is_none_or(|(first, last)| cause.code.is_some_and(|code| (first..=last).contains(&code)))
            && (self.error_code.is_none() || self.error_code == cause.error_code)
            && (self.words.is_empty() || cause.description.to_lowercase().contains(self.words))
    }
}

const fn rejected(code: i64, error_code: Option<i64>, words: &'static str, advice: Advice) -> Row {
    Row { status: Status::Rejected, codes: Some((code, code)), error_code, words, advice }
}

const fn passing(first: i64, last: i64, means: &'static str) -> Row {
    let advice = Advice::new(Remedy::Resend, means, "Nothing is wrong with the edits: requeue them as they are.");
    Row { status: Status::Rejected, codes: Some((first, last)), error_code: None, words: "", advice }
}

const fn with_status(status: Status, words: &'static str, advice: Advice) -> Row {
    Row { status, codes: None, error_code: None, words, advice }
}

/// The advice for what the table does not know.
const OTHERWISE: Advice = Advice::new(
    Remedy::Value(None),
    "The server refused it, in words of its own.",
    "Correct what the error names, or leave that field out of the edits.",
);

const CONCURRENT: Advice = Advice::new(
    Remedy::Resend,
    "Somebody changed the contact at the same moment.",
    "Look at who else writes to this account, then requeue as they are.",
);

/// From the narrow to the wide: the first row that is for a cause counts (API 5 and 7).
#[rustfmt::skip] // it is read as a table
const ADVICE: &[Row] = &[
    rejected(404, None, "", Advice::new(Remedy::Sid,
        "This account has no contact with that SID: deleted, mistyped, or of another account or region.",
        "Correct the SID, drop these edits, or export them and look the numbers up in the address book.")),
    rejected(400, Some(1001), "", Advice::new(Remedy::Value(None),
        "A parameter that must be there is missing.",
        "Give the field that the error names a value.")),
    rejected(400, Some(1002), "", Advice::new(Remedy::Value(None),
        "A value was refused; the description names its field.",
        "Correct the value, or leave that field out of the edits.")),
    rejected(400, Some(1007), "", Advice::new(Remedy::Value(Some(Field::CustomField)),
        "The server could not read the request: one value has the wrong JSON type, nearly always in custom_field.",
        "Correct custom_field, or leave it out of the edits.")),
    rejected(403, Some(1003), "", Advice::new(Remedy::Sid,
        "The contact belongs to another account.",
        "Check the account of the profile; drop these edits, or send them from that account.")),
    rejected(409, None, "another request", CONCURRENT),
    rejected(409, None, "concurrent", CONCURRENT),
    rejected(409, None, "", Advice::new(Remedy::Value(Some(Field::Number)),
        "The number is another contact's already.",
        "Change the number, or leave it out of the edits.")),
    rejected(401, None, "", Advice::new(Remedy::Outside,
        "The credentials were not accepted, or the account lives in the other region.",
        "Check key, token and region, then requeue as they are.")),
    rejected(402, None, "", Advice::new(Remedy::Outside,
        "The account's balance is too low.",
        "Top the account up, then requeue as they are.")),
    rejected(403, None, "", Advice::new(Remedy::Outside,
        "The account may not do this, or not from this address.",
        "Check the account's rights and its list of allowed addresses, then requeue as they are.")),
    rejected(413, None, "", Advice::new(Remedy::Value(Some(Field::CustomField)),
        "The contact alone is larger than the server takes.",
        "Shorten custom_field, or leave it out of the edits.")),
    rejected(405, None, "", Advice::new(Remedy::Outside,
        "The server does not know this call: perhaps the wrong base URL, or a proxy.",
        "Check region and base_url of the profile, then requeue as they are.")),
    rejected(415, None, "", Advice::new(Remedy::Outside,
        "The server did not take the content type: a proxy changed it on the way.",
        "Look at the proxy, then requeue as they are.")),
    passing(408, 408, "The server waited too long for the request."),
    passing(425, 425, "The server was not ready to take it."),
    passing(429, 429, "The account sent more than its rate allows; everything else of the account counts too."),
    passing(500, 599, "The server failed, or something before it."),
    with_status(Status::Unknown, "", Advice::new(Remedy::Reconcile,
        "Sent, but without an answer that can be trusted: it may have been taken, or not.",
        "Read the contacts back, or requeue: an update to fixed values may be sent twice.")),
    with_status(Status::NotSent, "", Advice::new(Remedy::Nothing,
        "Never sent: these edits are still in the queue.",
        "Send the queue when the reason is gone.")),
    with_status(Status::Updated, "echo missing", Advice::new(Remedy::Nothing,
        "The server said yes, and did not show the contact.",
        "Look at some of them in the account.")),
    with_status(Status::Updated, "echo", Advice::new(Remedy::Nothing,
        "The server said yes, and kept or changed a value.",
        "The detail shows wanted and got; the field may be read-only on this account, or is trimmed.")),
    with_status(Status::Updated, "", Advice::new(Remedy::Nothing, "Done as wanted.", "Nothing to do.")),
];

/// A description without what differs from contact to contact: numbers and ids become `#`, addresses and quoted
/// values `…`. The quoted name of a field stays, since it tells causes apart.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let (taken, put) = match quoted(rest, before) {
            Some(inner) if is_name(inner) => (inner.len() + 2, rest.get(..inner.len() + 2).unwrap_or_default()),
            Some(inner) => {
                out.push(c);
                out.push('…');
                (inner.len() + 2, rest.get(inner.len() + 1..inner.len() + 2).unwrap_or_default())
            }
            None if is_wordy(c) => {
                let word = rest.split(|c: char| !is_wordy(c)).next().unwrap_or_default();
                // What ends a sentence is no part of a number.
                let word = word.trim_end_matches(['.', '-', ':', '+']);
                if word.is_empty() {
                    (c.len_utf8(), rest.get(..c.len_utf8()).unwrap_or_default())
                } else {
                    (word.len(), fold_word(word))
                }
            }
            None => (c.len_utf8(), rest.get(..c.len_utf8()).unwrap_or_default()),
        };
        out.push_str(put);
        before = rest.get(..taken).and_then(|text| text.chars().next_back()).unwrap_or(' ');
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// The text between quotes that open here. An apostrophe within a word opens none.
fn quoted(rest: &str, before: char) -> Option<&str> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = rest.get(1..)?.split(quote).next()?;
    (!before.is_alphanumeric() && rest.len() > inner.len() + 1).then_some(inner)
}

/// Whether a quoted text is the name of a field, or of a member: letters and underscores.
fn is_name(text: &str) -> bool {
    Field::from_name(text).is_some()
        || (text.contains('_') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}

fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '+' | '-' | ':')
}

fn fold_word(word: &str) -> &str {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let is_id =
        digits > 0 && word.len() >= 8 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match word {
        word if word.contains('@') && letters > 0 => "…",
        _ if is_id || (digits > 0 && letters == 0) => "#",
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Contact not found", "Contact not found")]
    #[case("Contact 83ba26b7f11c4e75b4043c8b33ceba49 not found.", "Contact # not found.")]
    #[case("Invalid number +919876543210", "Invalid number #")]
    #[case("took 12.5 of 30 s", "took # of # s")]
    #[case("email 'asha@example.com' is invalid", "email '…' is invalid")]
    #[case("email asha@example.com is invalid", "email … is invalid")]
    #[case("'first_name' is too long", "'first_name' is too long")]
    #[case("can't read the value", "can't read the value")]
    #[case("value \"x", "value \"x")]
    #[case("tag \"Ü 4\" not allowed", "tag \"…\" not allowed")]
    #[case("utf8 only", "utf8 only")]
    #[case("", "")]
    fn what_differs_from_contact_to_contact_is_folded(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(folded(text), wanted);
    }

    proptest! {
        /// Folding ends, never panics, and has nothing left to fold in what it made of two numbers in a row.
        #[test]
        fn texts_that_differ_in_a_number_fold_alike(head in "[a-z ]{0,12}", a in 0u64.., b in 0u64.., tail in "\\PC{0,20}") {
            let text = |n: u64| format!("{head} {n} {tail}");
            prop_assert_eq!(folded(&text(a)), folded(&text(b)));
        }
    }

    fn cause(status: Status, code: i64, error_code: i64, words: &str) -> Cause {
        Cause::read(status, (Some(code), Some(error_code)), words, "none")
    }

    #[rstest]
    #[case(cause(Status::Rejected, 404, 1000, "Contact not found"), Remedy::Sid)]
    #[case(cause(Status::Rejected, 400, 1002, "Invalid parameter: email"), Remedy::Value(Some(Field::Email)))]
    #[case(cause(Status::Rejected, 400, 1002, "Mobile is invalid"), Remedy::Value(Some(Field::Number)))]
    #[case(
        cause(Status::Rejected, 400, 1007, "Request body could not be parsed"),
        Remedy::Value(Some(Field::CustomField))
    )]
    #[case(cause(Status::Rejected, 409, 1008, "Duplicate contact"), Remedy::Value(Some(Field::Number)))]
    #[case(cause(Status::Rejected, 409, 1008, "Resource was updated by another request"), Remedy::Resend)]
    #[case(cause(Status::Rejected, 503, 1005, "Service is unavailable"), Remedy::Resend)]
    #[case(cause(Status::Rejected, 403, 1003, "Foreign"), Remedy::Sid)]
    #[case(cause(Status::Rejected, 403, 1, "Not allowed"), Remedy::Outside)]
    #[case(cause(Status::Rejected, 418, 1, "tag is odd"), Remedy::Value(Some(Field::Tag)))]
    #[case(cause(Status::Unknown, 0, 0, "reset"), Remedy::Reconcile)]
    fn each_cause_has_its_remedy(#[case] cause: Cause, #[case] remedy: Remedy) {
        assert_eq!(cause.advice().remedy, remedy, "{cause}");
    }

    #[test]
    fn every_row_of_the_table_can_be_reached() {
        for (at, row) in ADVICE.iter().enumerate() {
            let cause = Cause {
                status: row.status,
                code: row.codes.map(|(first, _)| first),
                error_code: row.error_code,
                description: row.words.to_owned(),
            };
            assert_eq!(ADVICE.iter().position(|row| row.is_for(&cause)), Some(at), "hidden by an earlier row: {cause}");
        }
    }
}
