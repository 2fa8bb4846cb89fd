//! The fields of a contact that an update may touch (API 3).

use std::fmt;

/// A field of a contact that can be set or cleared. Its number is its place in [`Field::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `first_name`
    FirstName,
    /// `last_name`
    LastName,
    /// `number`, E.164; risky to change, since it can collide with another contact (409).
    Number,
    /// `email`
    Email,
    /// `company_name`
    CompanyName,
    /// `tag`: one tag.
    Tag,
    /// `custom_field`: a JSON object.
    CustomField,
}

impl Field {
    /// Every field, in the order of the grid and of exports.
    pub const ALL: [Self; 7] =
        [Self::FirstName, Self::LastName, Self::Number, Self::Email, Self::CompanyName, Self::Tag, Self::CustomField];

    /// The name in requests, answers, files and filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Number => "number",
            Self::Email => "email",
            Self::CompanyName => "company_name",
            Self::Tag => "tag",
            Self::CustomField => "custom_field",
        }
    }

    /// The field of exactly that name. Files are matched more freely: see `intake`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}

/// A column of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// The SID.
    Sid,
    /// A field.
    Field(Field),
}

impl Cell {
    /// Every column, the SID first.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Sid).chain(Field::ALL.map(Self::Field))
    }

    /// The column of a field; that of no field is the SID.
    pub const fn of(field: Option<Field>) -> Self {
        match field {
            Some(field) => Self::Field(field),
            None => Self::Sid,
        }
    }

    /// The name of the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sid => "sid",
            Self::Field(field) => field.name(),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
