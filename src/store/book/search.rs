//! Which contacts of a book pass a filter.
//!
//! The index of three characters names those that may, as far as the filter has texts of three characters or more; each
//! is then held against the filter itself, so that the index changes nothing but the time. Without such texts all are
//! read.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use rusqlite::params;

use super::rows::{contact_columns, read_contact, read_values_over};
use super::{BookContact, BookId, BookList, ContactId};
use crate::domain::{Changes, Filter, FilterRow};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::pieces::{PIECE, in_pieces, pieces_of};
use crate::store::reader::Reader;

/// Triples of characters that are asked for at most: more of them cost more than they spare.
const MOST_TRIPLES: usize = 12;

impl Reader {
    /// Gives every contact of a book that the filter passes, in order, until told to stop.
    pub fn search_contacts(
        &self,
        book: BookId,
        filter: &Filter,
        mut f: impl FnMut(BookContact) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut passing = |found| pass(filter, found, &mut f);
        let Some(query) = query(&filter.needs()) else { return self.each_contact(book, passing) };
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            contact_columns!(),
            " from contact_text t cross join contact c on c.id = t.rowid
             where contact_text match ?1 and c.book = ?2 order by t.rowid"
        ))?;
        let mut rows = statement.query(params![query, book.0])?;
        while let Some(row) = rows.next()? {
            if passing(read_contact(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Gives every contact of a list that the filter passes, in order, until told to stop.
    pub fn search_members(
        &self,
        list: &BookList,
        filter: &Filter,
        mut f: impl FnMut(BookContact) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.each_member(list, |found| pass(filter, found, &mut f))
    }
}

impl Store {
    /// Gives the ids of the contacts of a book that the filter passes, in order: of those that are there or of those that are
    /// gone. Where the index cannot help, pieces of the book are read, several at once.
    pub fn search_contact_ids(
        &self,
        book: BookId,
        filter: &Filter,
        gone: bool,
        mut take: impl FnMut(ContactId),
    ) -> Result<(), StoreError> {
        let reader = self.reader()?;
        if query(&filter.needs()).is_some() {
            return reader.search_contacts(book, filter, |found| {
                if found.gone.is_some() == gone {
                    take(found.id);
                }
                ControlFlow::Continue(())
            });
        }
        let Some((first, last)) = reader.contact_ends()? else { return Ok(()) };
        let start = |piece: usize| first + (piece * PIECE) as i64;
        let begin = || Ok((self.reader()?, filter.clone()));
        let make = |(reader, filter): &(Reader, Filter), piece| {
            self.work().breathe()?;
            reader.passing(book, filter, gone, start(piece)..start(piece + 1))
        };
        in_pieces(pieces_of((last - first) as usize + 1), begin, make, |ids: Vec<ContactId>| {
            ids.into_iter().for_each(&mut take);
            Ok(())
        })
    }
}

impl Reader {
    /// The first and the last id of all books.
    fn contact_ends(&self) -> Result<Option<(i64, i64)>, StoreError> {
        let mut ends =
            self.connection().prepare_cached("select (select min(id) from contact), (select max(id) from contact)")?;
        let ends: (Option<i64>, Option<i64>) = ends.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1))
    }

    /// The contacts of a book with these ids that the filter passes. Each lies where the one before it lay.
    fn passing(
        &self,
        book: BookId,
        filter: &Filter,
        gone: bool,
        ids: Range<i64>,
    ) -> Result<Vec<ContactId>, StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            contact_columns!(),
            " from contact c where id >= ?1 and id < ?2 and +book = ?3 and (gone is not null) = ?4 order by id"
        ))?;
        let mut rows = statement.query(params![ids.start, ids.end, book.0, gone])?;
        let (mut found, mut changes) = (Vec::new(), Changes::default());
        while let Some(row) = rows.next()? {
            let sid = read_values_over(row, &mut changes)?;
            if filter.matches(&FilterRow::queued(sid, &changes, &[])) {
                found.push(ContactId(row.get(0)?));
            }
        }
        Ok(found)
    }
}

/// Gives a contact on if it passes the filter.
fn pass(filter: &Filter, found: BookContact, f: &mut impl FnMut(BookContact) -> ControlFlow<()>) -> ControlFlow<()> {
    let changes = found.contact.as_changes();
    let row = FilterRow::queued(found.contact.sid.as_str(), &changes, &[]);
    if filter.matches(&row) { f(found) } else { ControlFlow::Continue(()) }
}

/// The question to the index, where one can be asked. It keeps no positions, so a text is asked for by its triples.
fn query(texts: &[&str]) -> Option<String> {
    let mut triples = BTreeSet::new();
    for text in texts {
        let chars: Vec<char> = text.chars().collect();
        triples.extend(chars.windows(3).map(|triple| triple.iter().collect::<String>()));
    }
    let quoted: Vec<_> =
        triples.iter().take(MOST_TRIPLES).map(|triple| format!("\"{}\"", triple.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}
