//! Reads the bodies of updates, as strictly as the vendor's server is known to.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::book::Column;

/// What an item says about one column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Given<'a> {
    /// Nothing: the column stays as it is.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A text, perhaps empty.
    Text(Cow<'a, str>),
    /// A JSON object, as it was written.
    Object(&'a str),
}

/// One contact of an update.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Item<'a> {
    /// The contact meant.
    pub(super) sid: Option<Cow<'a, str>>,
    given: [Given<'a>; 7],
    /// What stands under `custom`, the key that one table of the vendor's gives for `custom_field`.
    custom: Given<'a>,
}

impl<'a> Item<'a> {
    /// What it says, column by column.
    pub(super) fn given(&self) -> impl Iterator<Item = (Column, &Given<'a>)> {
        Column::ALL.into_iter().zip(&self.given)
    }

    /// Forgets what it says about a column.
    pub(super) fn forget(&mut self, column: Column) {
        self.put(column, Given::Absent);
    }

    /// Reads the custom field under `custom` and not under `custom_field`.
    pub(super) fn read_custom(&mut self) {
        let custom = std::mem::take(&mut self.custom);
        self.put(Column::CustomField, custom);
    }

    fn put(&mut self, column: Column, given: Given<'a>) {
        if let Some(place) = self.given.get_mut(column as usize) {
            *place = given;
        }
    }
}

/// Why a body cannot be used as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It lacks the list of contacts, or the list is empty.
    NoContacts,
    /// It is not JSON, or a value in it has the wrong type.
    Broken(String),
}

/// The contacts of a bulk update.
pub(super) fn read_many(body: &[u8]) -> Result<Vec<Item<'_>>, Unreadable> {
    #[derive(Deserialize)]
    struct Wrapper<'a> {
        #[serde(borrow)]
        contacts: Option<Vec<Item<'a>>>,
    }
    let wrapper: Wrapper<'_> = read(body)?;
    wrapper.contacts.filter(|c| !c.is_empty()).ok_or(Unreadable::NoContacts)
}

/// The bare contact of a single update.
pub(super) fn read_one(body: &[u8]) -> Result<Item<'_>, Unreadable> {
    read(body)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|e| Unreadable::Broken(e.to_string()))?;
    serde_json::from_str(text).map_err(|e| Unreadable::Broken(e.to_string()))
}

/// The keys of a contact that the server knows; others are ignored, as read-only ones are.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Sid,
    Number,
    FirstName,
    LastName,
    CompanyName,
    Email,
    Tag,
    CustomField,
    Custom,
    #[serde(other)]
    Other,
}

impl Key {
    /// The column it names; `None` for the SID, for `custom` and for what is ignored.
    fn column(&self) -> Option<Column> {
        Some(match self {
            Self::Sid | Self::Custom | Self::Other => return None,
            Self::Number => Column::Number,
            Self::FirstName => Column::FirstName,
            Self::LastName => Column::LastName,
            Self::CompanyName => Column::CompanyName,
            Self::Email => Column::Email,
            Self::Tag => Column::Tag,
            Self::CustomField => Column::CustomField,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;
        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Item<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a contact")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item<'de>, A::Error> {
                let mut item = Item::default();
                while let Some(key) = map.next_key::<Key>()? {
                    match (&key, key.column()) {
                        (Key::Sid, _) => item.sid = sid(map.next_value()?)?,
                        (Key::Custom, _) => item.custom = given(Column::CustomField, map.next_value()?)?,
                        (_, Some(column)) => item.put(column, given(column, map.next_value()?)?),
                        (_, None) => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(item)
            }
        }
        deserializer.deserialize_map(ItemVisitor)
    }
}

fn sid<E: serde::de::Error>(raw: &RawValue) -> Result<Option<Cow<'_, str>>, E> {
    match raw.get().as_bytes().first() {
        Some(b'"') => text(raw).map(Some),
        Some(b'n') => Ok(None),
        _ => Err(E::custom("sid must be a string")),
    }
}

/// The value of a column, told apart by its first letter: JSON needs no more.
fn given<E: serde::de::Error>(column: Column, raw: &RawValue) -> Result<Given<'_>, E> {
    match (raw.get().as_bytes().first(), column) {
        (Some(b'n'), _) => Ok(Given::Null),
        (Some(b'{'), Column::CustomField) => Ok(Given::Object(raw.get())),
        (Some(b'"'), Column::CustomField) if raw.get() == "\"\"" => Ok(Given::Text(Cow::Borrowed(""))),
        (_, Column::CustomField) => Err(E::custom("custom_field must be an object")),
        (Some(b'"'), _) => text(raw).map(Given::Text),
        _ => Err(E::custom(format_args!("{} must be a string", column.name()))),
    }
}

/// The text of a JSON string, borrowed where nothing in it is escaped.
fn text<E: serde::de::Error>(raw: &RawValue) -> Result<Cow<'_, str>, E> {
    let quoted = raw.get();
    match quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(quoted).map(Cow::Owned).map_err(E::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_empty_and_set_are_told_apart() {
        let items = read_many(
            br#"{"contacts":[{"sid":"a","email":null,"tag":"","last_name":"\u00e9\"x","custom_field":{"k":[1]}}]}"#,
        );
        let item = &items.unwrap()[0];
        assert_eq!(item.sid.as_deref(), Some("a"));
        let given: Vec<_> = item.given().filter(|(_, g)| **g != Given::Absent).collect();
        assert_eq!(
            given,
            [
                (Column::LastName, &Given::Text("é\"x".into())),
                (Column::Email, &Given::Null),
                (Column::Tag, &Given::Text("".into())),
                (Column::CustomField, &Given::Object(r#"{"k":[1]}"#)),
            ]
        );
    }

    #[test]
    fn read_only_and_unknown_keys_are_ignored() {
        let items = read_many(br#"{"contacts":[{"sid":"a","uri":7,"date_created":{},"shoe":[1]}],"more":1}"#).unwrap();
        assert!(items[0].given().all(|(_, g)| *g == Given::Absent));
    }

    #[rstest::rstest]
    #[case("{}")]
    #[case(r#"{"contacts":null}"#)]
    #[case(r#"{"contacts":[]}"#)]
    fn a_missing_list_is_named(#[case] body: &str) {
        assert_eq!(read_many(body.as_bytes()), Err(Unreadable::NoContacts));
    }

    #[rstest::rstest]
    #[case("")]
    #[case("[]")]
    #[case(r#"{"contacts":[{"sid":"a"}"#)]
    #[case(r#"{"contacts":[{"sid":"a"} {"sid":"b"}]}"#)]
    #[case(r#"{"contacts":{"sid":"a"}}"#)]
    #[case(r#"{"contacts":["a"]}"#)]
    #[case(r#"{"contacts":[{"sid":1}]}"#)]
    #[case(r#"{"contacts":[{"sid":"a","tag":1}]}"#)]
    #[case(r#"{"contacts":[{"sid":"a","custom_field":"x"}]}"#)]
    #[case(r#"{"contacts":[{"sid":"a","custom_field":[]}]}"#)]
    #[case(r#"{"contacts":[{"sid":"a","tag":{}}]}"#)]
    fn one_bad_value_breaks_the_whole_body(#[case] body: &str) {
        assert!(matches!(read_many(body.as_bytes()), Err(Unreadable::Broken(_))));
    }

    #[test]
    fn bytes_that_are_not_utf_8_do_not_parse() {
        assert!(matches!(read_many(b"{\"contacts\":[{\"sid\":\"\xff\"}]}"), Err(Unreadable::Broken(_))));
    }
}
