//! Which field a column header or a JSON key stands for.

use std::borrow::Cow;

use crate::domain::Field;
use crate::support::near::nearest;

/// What a column or key is used for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// It names the contact.
    Sid,
    /// It changes a field.
    Field(Field),
    /// It is one key of `custom_field`.
    CustomKey(String),
    /// It holds the changes of the row as rolodeck's own JSON object.
    Changes,
    /// It is left out on purpose: read-only, of our own making, or mapped to `-`.
    Skipped,
    /// It is left out because nobody knows what it is; a warning names it.
    Unmatched,
}

/// What became of one column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnUse {
    /// The header or key, as it is written.
    pub header: String,
    /// What it is used for.
    pub target: Target,
    /// What an unmatched one may be meant for, by its looks.
    pub maybe: Option<Target>,
}

impl ColumnUse {
    pub(super) fn new(header: &str, target: Target) -> Self {
        let maybe = if target == Target::Unmatched { guess(header) } else { None };
        Self { header: header.to_owned(), target, maybe }
    }
}

impl Target {
    /// The word for it in a mapping: one that [`ImportOptions::map`](super::ImportOptions) takes.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Sid => "sid".into(),
            Self::Field(field) => field.name().into(),
            Self::CustomKey(key) => format!("custom_field.{key}").into(),
            Self::Changes => CHANGES.into(),
            Self::Skipped | Self::Unmatched => "-".into(),
        }
    }
}

/// The names that a column can have, beside the API's own, lower case and without punctuation.
const SYNONYMS: [(Target, &[&str]); 9] = [
    (Target::Sid, &["sid", "contactsid"]),
    (Target::Field(Field::FirstName), &["firstname", "first", "fname", "givenname", "forename"]),
    (Target::Field(Field::LastName), &["lastname", "last", "lname", "surname", "familyname"]),
    (Target::Field(Field::Number), NUMBER),
    (Target::Field(Field::Email), &["email", "emailaddress", "emailid", "mail"]),
    (
        Target::Field(Field::CompanyName),
        &[
            "companyname",
            "company",
            "organisation",
            "organization",
            "organisationname",
            "organizationname",
            "org",
            "employer",
        ],
    ),
    (Target::Field(Field::Tag), &["tag", "tags", "label"]),
    (Target::Field(Field::CustomField), CUSTOM_FIELD),
    (Target::Skipped, &["datecreated", "dateupdated", "accountsid", "uri"]),
];

/// The column of our own exports for changes that a cell can't hold: the empty text, and a text that
/// is the clear token.
pub(super) const CHANGES: &str = "_changes";

const NUMBER: &[&str] = &[
    "number",
    "mobile",
    "mobilenumber",
    "mobileno",
    "mobilephone",
    "phone",
    "phonenumber",
    "phoneno",
    "telephone",
    "telephonenumber",
    "tel",
    "cell",
    "cellphone",
    "contactnumber",
    "contactno",
    "msisdn",
];

const CUSTOM_FIELD: &[&str] = &["customfield", "customfields", "custom"];

const MAYBE_SID: &[&str] = &["id", "contactid"];

/// Finds the targets of names, the user's own mapping first.
#[derive(Debug)]
pub(super) struct Names {
    /// Column and target, as the user gave them.
    map: Vec<(String, Target)>,
}

impl Names {
    /// Takes the user's `COLUMN=FIELD` pairs; the error says which target is no field.
    pub(super) fn new(map: &[(String, String)]) -> Result<Self, String> {
        let map = map.iter().map(|(column, field)| Ok((column.clone(), mapped(field)?)));
        Ok(Self { map: map.collect::<Result<_, String>>()? })
    }

    /// What a name stands for.
    pub(super) fn target(&self, name: &str) -> Target {
        self.target_at(name, None)
    }

    /// What the name of a column stands for; `#3` in the user's mapping is the third one, whatever its name.
    pub(super) fn target_at(&self, name: &str, at: Option<usize>) -> Target {
        let place = at.map(|at| format!("#{}", at + 1));
        let by_place = self.map.iter().find(|(column, _)| Some(column) == place.as_ref());
        let by_name = self.map.iter().find(|(column, _)| column == name);
        let alike = || self.map.iter().find(|(column, _)| is_same(column, name));
        match by_place.or(by_name).or_else(alike) {
            Some((_, target)) => target.clone(),
            None => known(name.trim()).unwrap_or(Target::Unmatched),
        }
    }

    /// The columns of the user's mapping that none of these names is.
    pub(super) fn missing<'a>(&'a self, names: &'a [ColumnUse]) -> impl Iterator<Item = &'a str> {
        let is_place = move |column: &str| {
            let at = column.strip_prefix('#').and_then(|n| n.parse::<usize>().ok());
            at.is_some_and(|at| (1..=names.len()).contains(&at))
        };
        let is_there = move |column: &str| is_place(column) || names.iter().any(|name| is_same(column, &name.header));
        self.map.iter().map(|(column, _)| column.as_str()).filter(move |column| !is_there(column))
    }
}

/// Whether the name is used for SIDs by others, as `id`: it is taken for one only where there is no
/// better, since it can as well be a number of the user's own database.
pub(super) fn may_be_sid(name: &str) -> bool {
    MAYBE_SID.contains(&plain(name).as_str())
}

/// The target that the user means: a field by any of its names, a key of `custom_field`, or `-`.
pub(super) fn mapped(field: &str) -> Result<Target, String> {
    match known(field) {
        _ if field == "-" => Ok(Target::Skipped),
        Some(target @ (Target::Sid | Target::Field(_) | Target::CustomKey(_))) => Ok(target),
        _ => {
            let fields = Field::ALL.map(Field::name).join(", ");
            Err(format!(
                "no field `{field}` to map a column to; there are sid, {fields}, custom_field.<key>, and - to leave it out"
            ))
        }
    }
}

/// The target of a name that rolodeck knows by itself.
pub(super) fn known(name: &str) -> Option<Target> {
    if let Some((before, key)) = name.split_once('.')
        && CUSTOM_FIELD.contains(&plain(before).as_str())
        && !key.is_empty()
    {
        return Some(Target::CustomKey(key.to_owned()));
    }
    // Our own exports mark what they add with an underscore: `_status`, `_error`.
    if name.starts_with('_') {
        return Some(if name == CHANGES { Target::Changes } else { Target::Skipped });
    }
    let plain = plain(name);
    SYNONYMS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(target, _)| target.clone())
}

/// What a column may be for, by a slip of the pen in its name or a word in it: `Emial`, `Work phone`.
fn guess(header: &str) -> Option<Target> {
    let all = || SYNONYMS.iter().filter(|(target, _)| *target != Target::Skipped);
    let words: Vec<String> = header.split(|c: char| !c.is_alphanumeric()).map(plain).collect();
    let pairs = words.windows(2).map(<[String]>::concat);
    let parts: Vec<String> = words.iter().cloned().chain(pairs).collect();
    // Short words such as `tel` stand in many others, and mean little by themselves.
    let is_told = |name: &&&str| name.len() > 3 && parts.iter().any(|part| part == *name);
    if let Some((target, _)) = all().find(|(_, names)| names.iter().any(|name| is_told(&name))) {
        return Some(target.clone());
    }
    let whole = plain(header);
    let close = nearest(&whole, &all().flat_map(|(_, names)| names.iter().copied()).collect::<Vec<_>>())?;
    // Short names are close to each other by chance.
    (whole.chars().count() > 4)
        .then(|| all().find(|(_, names)| names.contains(&close)).map(|(target, _)| target.clone()))?
}

/// A key that files with the same columns share, in whatever order, case and punctuation; the columns that rolodeck adds
/// do not count.
pub fn header_set<'a>(headers: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = headers
        .into_iter()
        .filter(|header| !header.starts_with('_'))
        .map(|header| if plain(header).is_empty() { header.trim().to_owned() } else { plain(header) })
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.join("\n")
}

/// Whether two names differ in case and punctuation alone; names of punctuation alone must be equal.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a == b || (plain(a) == plain(b) && !plain(a).is_empty())
}

/// The letters and digits of a name, lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn target(name: &str) -> Target {
        Names::new(&[]).unwrap().target(name)
    }

    #[rstest]
    #[case("sid", Target::Sid)]
    #[case("Contact SID", Target::Sid)]
    #[case("First Name", Target::Field(Field::FirstName))]
    #[case("firstName", Target::Field(Field::FirstName))]
    #[case("given name", Target::Field(Field::FirstName))]
    #[case("Surname", Target::Field(Field::LastName))]
    #[case("mobile", Target::Field(Field::Number))]
    #[case("Phone No.", Target::Field(Field::Number))]
    #[case("E-Mail", Target::Field(Field::Email))]
    #[case("organisation", Target::Field(Field::CompanyName))]
    #[case("Company", Target::Field(Field::CompanyName))]
    #[case("Tags", Target::Field(Field::Tag))]
    #[case("custom_field", Target::Field(Field::CustomField))]
    #[case("Custom Field.Plan.Name", Target::CustomKey("Plan.Name".to_owned()))]
    #[case("date_created", Target::Skipped)]
    #[case("_error", Target::Skipped)]
    #[case("_changes", Target::Changes)]
    #[case("changes", Target::Unmatched)]
    #[case("id", Target::Unmatched)]
    #[case("shoe size", Target::Unmatched)]
    #[case("", Target::Unmatched)]
    fn headers_are_matched(#[case] header: &str, #[case] expected: Target) {
        assert_eq!(target(header), expected);
    }

    #[test]
    fn every_field_is_known_by_its_own_name() {
        assert!(Field::ALL.into_iter().all(|field| target(field.name()) == Target::Field(field)));
    }

    #[test]
    fn the_users_mapping_goes_first() {
        let pairs = [("Shoe size", "custom_field.shoe"), ("E-Mail", "-"), ("who", "Contact SID")];
        let names = Names::new(&pairs.map(|(c, f)| (c.to_owned(), f.to_owned()))).unwrap();
        assert_eq!(names.target("shoe_size"), Target::CustomKey("shoe".to_owned()));
        assert_eq!(names.target("email"), Target::Skipped);
        assert_eq!(names.target("who"), Target::Sid);
        let seen = [ColumnUse::new("WHO", Target::Sid)];
        assert_eq!(names.missing(&seen).collect::<Vec<_>>(), ["Shoe size", "E-Mail"]);
    }

    #[rstest]
    #[case("Custmer Emial", None)]
    #[case("Emial", Some(Target::Field(Field::Email)))]
    #[case("Frist Name", Some(Target::Field(Field::FirstName)))]
    #[case("Work phone", Some(Target::Field(Field::Number)))]
    #[case("Customer e-mail address", Some(Target::Field(Field::Email)))]
    #[case("Compny", Some(Target::Field(Field::CompanyName)))]
    #[case("Shoe size", None)]
    #[case("ref", None)]
    #[case("", None)]
    fn a_strange_header_may_look_like_one_that_is_known(#[case] header: &str, #[case] expected: Option<Target>) {
        assert_eq!(guess(header), expected);
    }

    #[test]
    fn a_column_is_mapped_by_its_place_too() {
        let names = Names::new(&[("#2".to_owned(), "-".to_owned()), ("#9".to_owned(), "tag".to_owned())]).unwrap();
        assert_eq!(names.target_at("email", Some(0)), Target::Field(Field::Email));
        assert_eq!(names.target_at("email", Some(1)), Target::Skipped);
        let seen = [ColumnUse::new("email", Target::Skipped), ColumnUse::new("email", Target::Skipped)];
        assert_eq!(names.missing(&seen).collect::<Vec<_>>(), ["#9"]);
    }

    #[test]
    fn a_set_of_headers_has_no_order_and_no_case() {
        assert_eq!(header_set(["SID", "First Name", "_error", "#"]), header_set(["#", "first_name", "sid", ""]));
        assert_ne!(header_set(["sid", "a"]), header_set(["sid", "b"]));
    }

    #[test]
    fn names_of_punctuation_are_told_apart() {
        let names = Names::new(&[("#".to_owned(), "tag".to_owned())]).unwrap();
        assert_eq!([names.target("#"), names.target("?")], [Target::Field(Field::Tag), Target::Unmatched]);
    }

    #[test]
    fn a_mapping_to_no_field_is_refused() {
        for field in ["colour", "uri", "id", "_changes", ""] {
            let error = Names::new(&[("a".to_owned(), field.to_owned())]).unwrap_err();
            assert!(error.contains(&format!("no field `{field}`")) && error.contains("company_name"), "{error}");
        }
    }
}
