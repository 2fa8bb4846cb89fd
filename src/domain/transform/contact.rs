//! What a transform makes of a contact: the edit that brings it about.

use super::{Applied, Transform};
use crate::domain::contact::Contact;
use crate::domain::edit::{Change, Edit};
use crate::domain::field::Field;

impl Transform {
    /// The edit that changes a contact so, with nothing in it that the contact has already. To leave a field alone, or to
    /// empty one that is empty, changes nothing; nor does anything change the SID of a contact.
    pub fn edit_of(&self, contact: &Contact) -> Applied {
        let before = as_edit(contact);
        let after = match self.apply(&before) {
            Applied::Changed(after) => after,
            other => return other,
        };
        let is_new = |field: &Field, change: &Change| change.value().unwrap_or("") != contact.get(*field);
        let changes = after.changes.iter().filter(|(field, change)| is_new(field, change));
        let edit = Edit { sid: before.sid, changes: changes.map(|(field, change)| (field, change.clone())).collect() };
        if edit.changes.is_empty() { Applied::Unchanged } else { Applied::Changed(edit) }
    }
}

/// The edit that sets all that a contact has.
pub(super) fn as_edit(contact: &Contact) -> Edit {
    Edit { sid: contact.sid.clone(), changes: contact.as_changes() }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::{Cell, How, On, Replace, Sid, Tally, validate::Rules};

    fn contact() -> Contact {
        let mut contact = Contact::new(Sid::new("a"));
        contact.put(Field::FirstName, "Asha");
        contact.put(Field::Tag, " lead ");
        contact
    }

    fn here(field: Field, how: How) -> Transform {
        Transform::cell(Cell::Field(field), how)
    }

    fn set(text: &str) -> How {
        How::Set(text.into())
    }

    #[rstest]
    #[case(here(Field::Tag, set("vip")), r#"{"tag":"vip"}"#)]
    #[case(here(Field::Tag, How::Trim), r#"{"tag":"lead"}"#)]
    #[case(here(Field::Tag, How::Clear), r#"{"tag":null}"#)]
    #[case(here(Field::LastName, How::Copy(Cell::Field(Field::FirstName))), r#"{"last_name":"Asha"}"#)]
    #[case(Transform { on: On::All, how: How::Mend("IN".into()) }, r#"{"tag":"lead"}"#)]
    fn the_edit_has_what_becomes_otherwise_and_nothing_else(#[case] transform: Transform, #[case] changes: &str) {
        let Applied::Changed(edit) = transform.edit_of(&contact()) else { panic!("{transform:?}") };
        assert_eq!((edit.sid.as_str(), edit.changes.to_json().as_str()), ("a", changes));
        let mut tally = Tally::default();
        tally.take_contact(&transform, &contact(), &Rules::default());
        assert_eq!((tally.changed, tally.samples.len()), (1, 1));
    }

    #[rstest]
    #[case(here(Field::FirstName, set("Asha")))]
    #[case(here(Field::FirstName, How::LeaveAlone))]
    #[case(here(Field::Email, How::Clear))]
    #[case(here(Field::Email, set("")))]
    #[case(here(Field::Email, How::Upper))]
    #[case(Transform::cell(Cell::Sid, set("b")))]
    #[case(here(Field::FirstName, How::Replace(Replace::new(Replace::pattern("x").unwrap(), "y").unwrap())))]
    fn what_the_contact_has_already_is_no_change(#[case] transform: Transform) {
        assert_eq!(transform.edit_of(&contact()), Applied::Unchanged);
        let mut tally = Tally::default();
        tally.take_contact(&transform, &contact(), &Rules::default());
        assert_eq!((tally.changed, tally.unchanged), (0, 1));
    }
}
