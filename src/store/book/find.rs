//! Finding contacts in a book.
//!
//! `+book` keeps SQLite from the index on book and SID where all contacts are read: it would read them in the order of their
//! SIDs, all over the file, and sort them again.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{contact_columns, read_contact};
use super::{BookContact, BookId, BookList, BookName, BookState, ContactId, ListId};
use crate::domain::{Cell, Field, Found, Sid, email_key, number_key};
use crate::store::error::StoreError;
use crate::store::order::Sort;
use crate::store::reader::Reader;
use crate::support::clock::Timestamp;

/// How many of several contacts are named: enough to choose from.
const NAMED: i64 = 16;

/// The book of that name, if anything was ever kept in it.
pub(in crate::store) fn book_of(connection: &Connection, name: &BookName) -> Result<Option<BookId>, StoreError> {
    Ok(connection
        .prepare_cached("select id from book where account = ?1 and base_url = ?2")?
        .query_row(params![name.account, name.base_url], |row| row.get(0).map(BookId))
        .optional()?)
}

/// The contact of that SID.
pub(in crate::store) fn contact(
    connection: &Connection,
    book: BookId,
    sid: &Sid,
) -> Result<Option<BookContact>, StoreError> {
    Ok(connection
        .prepare_cached(concat!("select ", contact_columns!(), " from contact c where book = ?1 and sid = ?2"))?
        .query_row(params![book.0, sid.as_str()], read_contact)
        .optional()?)
}

impl Reader {
    /// The book of that name, if anything was ever kept in it.
    pub fn book(&self, name: &BookName) -> Result<Option<BookId>, StoreError> {
        book_of(self.connection(), name)
    }

    /// What a book holds and how old it is. It counts, which takes tens of milliseconds for a large book.
    pub fn book_state(&self, name: &BookName) -> Result<Option<BookState>, StoreError> {
        let Some(book) = self.book(name)? else { return Ok(None) };
        let (contacts, gone) = self.connection().query_row(
            "select count(*), count(gone) from contact where +book = ?1",
            [book.0],
            |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64)),
        )?;
        let pulled: Option<i64> = self.connection().query_row(
            "select max(finished) from pull where book = ?1 and list is null and state = 'done'",
            [book.0],
            |row| row.get(0),
        )?;
        let looked: Option<i64> =
            self.connection().query_row("select looked from book where id = ?1", [book.0], |row| row.get(0))?;
        let looked = looked.filter(|looked| pulled.is_none_or(|pulled| pulled < *looked));
        let unfinished = self.unfinished_pull(name, None)?;
        let [pulled, looked] = [pulled, looked].map(|at| at.map(Timestamp));
        Ok(Some(BookState { book, contacts: contacts - gone, gone, pulled, looked, unfinished }))
    }

    /// The contact of that SID.
    pub fn contact(&self, book: BookId, sid: &Sid) -> Result<Option<BookContact>, StoreError> {
        contact(self.connection(), book, sid)
    }

    /// These contacts, in the order asked for.
    pub fn contacts(&self, ids: &[ContactId]) -> Result<Vec<BookContact>, StoreError> {
        let mut contacts = Vec::with_capacity(ids.len());
        self.each_contact_of(ids, |contact| {
            contacts.push(contact);
            ControlFlow::Continue(())
        })?;
        Ok(contacts)
    }

    /// Gives these contacts, in the order asked for, until told to stop.
    pub fn each_contact_of(
        &self,
        ids: &[ContactId],
        mut f: impl FnMut(BookContact) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            contact_columns!(),
            " from contact c where id = ?1"
        ))?;
        for id in ids {
            let found = statement.query_row([id.0], read_contact).optional()?;
            if found.is_some_and(|contact| f(contact).is_break()) {
                break;
            }
        }
        Ok(())
    }

    /// The ids of the contacts of a book in order, of those that are there or of those that are gone; at most `count`.
    pub fn contact_ids(&self, book: BookId, gone: bool, count: Option<u64>) -> Result<Vec<ContactId>, StoreError> {
        let count = count.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1);
        let mut statement = self.connection().prepare_cached(
            "select id from contact where +book = ?1 and (gone is not null) = ?2 order by id limit ?3",
        )?;
        let ids = statement.query_map(params![book.0, gone, count], |row| row.get(0).map(ContactId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The ids of the contacts of a book in the order of a column, of those that are there or of those that are gone. Letters
    /// are compared without case (of ASCII); who has nothing there comes last, whichever way.
    pub fn sorted_contacts(&self, book: BookId, gone: bool, sort: Sort) -> Result<Vec<ContactId>, StoreError> {
        let column = sort.by.name();
        let way = if sort.descending { "desc" } else { "asc" };
        let nothing = if sort.by == Cell::Field(Field::CustomField) { "in ('', '{}')" } else { "= ''" };
        let sql = format!(
            "select id from contact where +book = ?1 and (gone is not null) = ?2
             order by {column} {nothing}, {column} collate nocase {way}, id"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let ids = statement.query_map(params![book.0, gone], |row| row.get(0).map(ContactId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The contacts of a book that have in a column what this one has.
    pub fn contacts_like(&self, id: ContactId, cell: Cell) -> Result<Vec<ContactId>, StoreError> {
        let column = cell.name();
        let sql = format!(
            "select c.id from contact c, contact this
             where this.id = ?1 and +c.book = this.book and c.{column} = this.{column} order by c.id"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let ids = statement.query_map([id.0], |row| row.get(0).map(ContactId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Gives every contact of a book in order, until told to stop.
    pub fn each_contact(
        &self,
        book: BookId,
        mut f: impl FnMut(BookContact) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            contact_columns!(),
            " from contact c where +book = ?1 order by id"
        ))?;
        let mut rows = statement.query([book.0])?;
        while let Some(row) = rows.next()? {
            if f(read_contact(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The lists of a book by name, with how many of its contacts each has.
    pub fn lists(&self, book: BookId) -> Result<Vec<BookList>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select l.id, l.sid, l.name, l.walked, (select count(*) from member m where m.list = l.id)
             from list l where l.book = ?1 order by l.name, l.sid",
        )?;
        let lists = statement.query_map([book.0], |row| {
            Ok(BookList {
                id: ListId(row.get(0)?),
                sid: Sid::new(row.get_ref(1)?.as_str()?),
                name: row.get(2)?,
                pulled: row.get::<_, Option<i64>>(3)?.map(Timestamp),
                members: row.get::<_, i64>(4)? as u64,
            })
        })?;
        Ok(lists.collect::<Result<_, _>>()?)
    }

    /// Gives every contact of a list in order, until told to stop.
    pub fn each_member(
        &self,
        list: &BookList,
        mut f: impl FnMut(BookContact) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            contact_columns!(),
            " from member m join contact c on c.id = m.contact where m.list = ?1 order by m.contact"
        ))?;
        let mut rows = statement.query([list.id.0])?;
        while let Some(row) = rows.next()? {
            if f(read_contact(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The contacts that have this number, however it is written, in order.
    pub fn contacts_with_number(
        &self,
        book: BookId,
        number: &str,
        country: &str,
    ) -> Result<Vec<ContactId>, StoreError> {
        let Some(key) = number_key(number, country) else { return Ok(Vec::new()) };
        let mut statement = self
            .connection()
            .prepare_cached("select id from contact where book = ?1 and number_key = ?2 order by id")?;
        let ids = statement.query_map(params![book.0, key], |row| row.get(0).map(ContactId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Who has this number, however it is written (without a country code it is one of that country), or this email,
    /// whatever its case. Nobody is found by another field.
    pub fn find_contact(&self, book: BookId, by: Field, value: &str, country: &str) -> Result<Found, StoreError> {
        let (key, sql) = match by {
            Field::Number => (
                number_key(value, country),
                "select sid from contact where book = ?1 and number_key = ?2 and gone is null limit ?3",
            ),
            Field::Email => (
                email_key(value),
                "select sid from contact where book = ?1 and email_key = ?2 and gone is null limit ?3",
            ),
            _ => (None, ""),
        };
        key.map_or(Ok(Found::None), |key| self.holders(sql, book, &key))
    }

    fn holders(&self, sql: &str, book: BookId, key: &str) -> Result<Found, StoreError> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let sids = statement.query_map(params![book.0, key, NAMED], |row| Ok(Sid::new(row.get_ref(0)?.as_str()?)))?;
        let mut sids = sids.collect::<Result<Vec<_>, _>>()?;
        Ok(match (sids.pop(), sids.is_empty()) {
            (None, _) => Found::None,
            (Some(only), true) => Found::One(only),
            (Some(last), false) => {
                sids.push(last);
                Found::Several(sids)
            }
        })
    }
}
