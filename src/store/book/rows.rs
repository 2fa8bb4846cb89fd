//! A contact as columns.

use rusqlite::Row;

use super::{BookContact, ContactId};
use crate::domain::{Changes, Contact, Field, Sid};
use crate::support::clock::Timestamp;

/// The columns of a contact in `contact c`, in the order of [`read_contact`].
macro_rules! contact_columns {
    () => {
        "c.id, c.sid, c.first_name, c.last_name, c.number, c.email, c.company_name, c.tag, c.custom_field,
         c.date_created, c.date_updated, c.extra, c.seen, c.gone"
    };
}
pub(super) use contact_columns;

/// Reads a contact from the first columns.
pub(super) fn read_contact(row: &Row<'_>) -> rusqlite::Result<BookContact> {
    let mut contact = Contact::new(Sid::new(row.get_ref(1)?.as_str()?));
    for (i, field) in Field::ALL.into_iter().enumerate() {
        contact.put(field, row.get_ref(2 + i)?.as_str()?);
    }
    contact.created = row.get(9)?;
    contact.updated = row.get(10)?;
    contact.extra = row.get(11)?;
    let gone: Option<i64> = row.get(13)?;
    Ok(BookContact { id: ContactId(row.get(0)?), contact, seen: Timestamp(row.get(12)?), gone: gone.map(Timestamp) })
}

/// Reads what [`Contact::as_changes`] makes of the contact into the room of other changes; gives its SID.
pub(super) fn read_values_over<'r>(row: &'r Row<'_>, changes: &mut Changes) -> rusqlite::Result<&'r str> {
    for (i, field) in Field::ALL.into_iter().enumerate() {
        match row.get_ref(2 + i)?.as_str()? {
            "" => _ = changes.put(field, None),
            value => changes.set(field, value),
        }
    }
    Ok(row.get_ref(1)?.as_str()?)
}
