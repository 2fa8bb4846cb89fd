//! A contact as the server showed it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::echo::{is_empty, text};
use super::edit::{Change, Changes, Sid};
use super::field::Field;

/// A contact as the server showed it. What it does not have is the empty text, in `custom_field` too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// Its name.
    pub sid: Sid,
    /// When it was created, as the server writes it.
    pub created: Option<String>,
    /// When it was last changed, as the server writes it.
    pub updated: Option<String>,
    /// Fields of the server's that are not known here, as a JSON object.
    pub extra: Option<String>,
    values: [String; Field::ALL.len()],
}

impl Contact {
    /// A contact of which nothing else is known.
    pub fn new(sid: Sid) -> Self {
        Self { sid, ..Self::default() }
    }

    /// Reads a contact from its JSON; `None` for what is no object with a SID.
    pub fn from_json(json: &str) -> Option<Self> {
        let mut parts: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        let mut take = |name: &str| parts.remove(name).map(RawValue::get).filter(|raw| !is_empty(raw));
        let mut contact = Self::new(Sid::new(&text(take("sid")?)));
        for field in Field::ALL {
            if let Some(raw) = take(field.name()) {
                contact.put(field, &text(raw));
            }
        }
        // What one table of the vendor's page calls `custom_field`.
        if let Some(raw) = take("custom") {
            contact.put(Field::CustomField, &text(raw));
        }
        contact.created = take("date_created").map(|raw| text(raw).into_owned());
        contact.updated = take("date_updated").map(|raw| text(raw).into_owned());
        // The account is the book's, and the address of a contact is made from its SID (API 3).
        take("account_sid");
        take("uri");
        contact.extra = (!parts.is_empty()).then(|| serde_json::to_string(&parts).ok()).flatten();
        (!contact.sid.as_str().is_empty()).then_some(contact)
    }

    /// The value of a field; a custom field is the text of a JSON object.
    pub fn get(&self, field: Field) -> &str {
        self.values.get(field as usize).map_or("", String::as_str)
    }

    /// Puts the value of a field.
    pub fn put(&mut self, field: Field, value: &str) {
        if let Some(place) = self.values.get_mut(field as usize) {
            value.clone_into(place);
        }
    }

    /// The changes that would give another contact what this one has; what is empty here is left alone.
    pub fn as_changes(&self) -> Changes {
        let set = |(field, value): (Field, &str)| (!value.is_empty()).then(|| (field, Change::Set(value.to_owned())));
        self.values().filter_map(set).collect()
    }

    /// Every field with its value.
    pub fn values(&self) -> impl Iterator<Item = (Field, &str)> {
        Field::ALL.into_iter().zip(self.values.iter().map(String::as_str))
    }
}

/// Who has a number or an email, in the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nobody.
    None,
    /// One contact.
    One(Sid),
    /// Several contacts, of which the first few: which of them is meant is not for us to say.
    Several(Vec<Sid>),
}

/// A list of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListName {
    /// Its SID.
    pub sid: Sid,
    /// Its name.
    pub name: String,
}

/// The lists that are meant by a SID or a name: the one of that SID, else every one of that name, whatever its case.
pub fn lists_meant<'l>(wanted: &str, lists: &'l [ListName]) -> Vec<&'l ListName> {
    match lists.iter().find(|list| list.sid.as_str() == wanted) {
        Some(list) => vec![list],
        None => lists.iter().filter(|list| list.name.eq_ignore_ascii_case(wanted)).collect(),
    }
}

/// What an email is found by: two that differ in case alone are one. `None` for what is no address.
pub fn email_key(email: &str) -> Option<String> {
    let email = email.trim();
    email.contains('@').then(|| email.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_read_with_all_that_it_says() {
        let contact = Contact::from_json(
            r#"{"sid":"ab","number":"+919812345678","first_name":"é\"x","email":null,"tag":"","custom_field":{"n":1.10},
                "company_name":7,"date_created":"2017-11-30T11:22:39Z","uri":"/v2/x","account_sid":"a","z":[1],
                "score":0.10}"#,
        )
        .unwrap();
        let values: Vec<_> = contact.values().filter(|(_, value)| !value.is_empty()).collect();
        assert_eq!(
            values,
            [
                (Field::FirstName, "é\"x"),
                (Field::Number, "+919812345678"),
                (Field::CompanyName, "7"),
                (Field::CustomField, r#"{"n":1.10}"#),
            ]
        );
        assert_eq!((contact.created.as_deref(), contact.updated), (Some("2017-11-30T11:22:39Z"), None));
        assert_eq!(contact.extra.as_deref(), Some(r#"{"score":0.10,"z":[1]}"#));
    }

    #[rstest::rstest]
    #[case("[]")]
    #[case("null")]
    #[case("{}")]
    #[case(r#"{"sid":null}"#)]
    #[case(r#"{"sid":" "}"#)]
    #[case("<html>")]
    fn what_names_no_contact_is_none(#[case] json: &str) {
        assert_eq!(Contact::from_json(json), None);
    }

    #[test]
    fn an_empty_object_is_an_empty_custom_field() {
        let contact = Contact::from_json(r#"{"sid":"a","custom_field":{ }}"#).unwrap();
        assert_eq!((contact.get(Field::CustomField), contact.extra.as_ref()), ("", None));
    }

    #[test]
    fn emails_meet_whatever_their_case() {
        assert_eq!(email_key(" Asha@Example.IN "), email_key("asha@example.in"));
        assert_eq!(email_key("asha"), None);
    }
}
