//! Which field a column header or a JSON key stands for.

use crate::domain::Field;

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
        let by_user = |exactly: bool| {
            let mut map = self.map.iter();
            map.find(|(column, _)| if exactly { column == name } else { is_same(column, name) })
        };
        match by_user(true).or_else(|| by_user(false)) {
            Some((_, target)) => target.clone(),
            None => known(name).unwrap_or(Target::Unmatched),
        }
    }

    /// The columns of the user's mapping that none of these names is.
    pub(super) fn missing<'a>(&'a self, names: &'a [ColumnUse]) -> impl Iterator<Item = &'a str> {
        let is_there = |column: &str| names.iter().any(|name| is_same(column, &name.header));
        self.map.iter().map(|(column, _)| column.as_str()).filter(move |column| !is_there(column))
    }
}

/// Whether the name is used for SIDs by others, as `id`: it is taken for one only where there is no
/// better, since it can as well be a number of the user's own database.
pub(super) fn may_be_sid(name: &str) -> bool {
    MAYBE_SID.contains(&plain(name).as_str())
}

/// The target that the user means: a field by any of its names, a key of `custom_field`, or `-`.
fn mapped(field: &str) -> Result<Target, String> {
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
fn known(name: &str) -> Option<Target> {
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

/// Whether two names differ in case and punctuation alone; names of punctuation alone must be equal.
fn is_same(a: &str, b: &str) -> bool {
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
        let seen = [ColumnUse { header: "WHO".to_owned(), target: Target::Sid }];
        assert_eq!(names.missing(&seen).collect::<Vec<_>>(), ["Shoe size", "E-Mail"]);
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
