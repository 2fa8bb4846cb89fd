//! Laying what an answer showed over what the book has.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{contact_columns, read_contact};
use super::{BookContact, BookId, BookName, ContactId};
use crate::domain::{Contact, Field, email_key, number_key};
use crate::store::error::StoreError;
use crate::support::clock::Timestamp;

/// What became of a contact that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is new to the book.
    Added,
    /// Something of it is otherwise.
    Changed,
    /// It is as the book had it, or the book knew better.
    Same,
}

/// The book of that name, which is made where it is missing.
pub(super) fn book(connection: &Connection, name: &BookName) -> Result<BookId, StoreError> {
    connection
        .prepare_cached("insert or ignore into book (account, base_url) values (?1, ?2)")?
        .execute(params![name.account, name.base_url])?;
    let id = connection
        .prepare_cached("select id from book where account = ?1 and base_url = ?2")?
        .query_row(params![name.account, name.base_url], |row| row.get(0))?;
    Ok(BookId(id))
}

/// Lays contacts into a book, as they were shown at that time; gives the id of each and what became of it. Numbers
/// without a country code are of that country.
pub(super) fn keep(
    connection: &Connection,
    book: BookId,
    contacts: &[Contact],
    seen: Timestamp,
    country: &str,
) -> Result<Vec<(ContactId, Kept)>, StoreError> {
    let mut find = connection.prepare_cached(concat!(
        "select ",
        contact_columns!(),
        " from contact c where book = ?1 and sid = ?2"
    ))?;
    let mut kept = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let before = find.query_row(params![book.0, contact.sid.as_str()], read_contact).optional()?;
        kept.push(match before {
            None => (insert(connection, book, contact, seen, country)?, Kept::Added),
            Some(before) => (before.id, lay_over(connection, &before, contact, seen, country)?),
        });
    }
    Ok(kept)
}

fn insert(
    connection: &Connection,
    book: BookId,
    contact: &Contact,
    seen: Timestamp,
    country: &str,
) -> Result<ContactId, StoreError> {
    connection
        .prepare_cached(
            "insert into contact (book, sid, first_name, last_name, number, email, company_name, tag,
         custom_field, seen) values (?1, ?2, '', '', '', '', '', '', '', ?3)",
        )?
        .execute(params![book.0, contact.sid.as_str(), seen.0])?;
    let id = ContactId(connection.last_insert_rowid());
    write(connection, id, contact, seen, country)?;
    Ok(id)
}

fn lay_over(
    connection: &Connection,
    before: &BookContact,
    contact: &Contact,
    seen: Timestamp,
    country: &str,
) -> Result<Kept, StoreError> {
    if is_older(contact, before, seen) {
        return Ok(Kept::Same);
    }
    if before.contact == *contact {
        connection
            .prepare_cached("update contact set seen = ?2, gone = null where id = ?1")?
            .execute([before.id.0, seen.0])?;
        return Ok(if before.gone.is_some() { Kept::Changed } else { Kept::Same });
    }
    write(connection, before.id, contact, seen, country)?;
    Ok(Kept::Changed)
}

/// Whether the book has it from a later time. Dates of one form compare as texts.
fn is_older(shown: &Contact, before: &BookContact, seen: Timestamp) -> bool {
    match (&shown.updated, &before.contact.updated) {
        (Some(shown), Some(had)) if shown.len() == had.len() => shown < had,
        _ => seen < before.seen,
    }
}

fn write(
    connection: &Connection,
    id: ContactId,
    contact: &Contact,
    seen: Timestamp,
    country: &str,
) -> Result<(), StoreError> {
    let [first, last, number, email, company, tag, custom] = Field::ALL.map(|field| contact.get(field));
    connection
        .prepare_cached(
            "update contact set first_name = ?2, last_name = ?3, number = ?4, email = ?5, company_name = ?6, tag = ?7,
               custom_field = ?8, date_created = ?9, date_updated = ?10, extra = ?11, number_key = ?12, email_key = ?13,
               seen = ?14, gone = null where id = ?1",
        )?
        .execute(params![
            id.0,
            first,
            last,
            number,
            email,
            company,
            tag,
            custom,
            contact.created,
            contact.updated,
            contact.extra,
            number_key(number, country),
            email_key(email),
            seen.0
        ])?;
    let text = [contact.sid.as_str(), first, last, number, email, company, tag, custom].join("\n");
    connection
        .prepare_cached("insert or replace into contact_text (rowid, text) values (?1, ?2)")?
        .execute(params![id.0, text])?;
    Ok(())
}
