//! Which contacts of a book pass a filter.
//!
//! The index of three characters names those that may, as far as the filter has texts of three characters or more; each
//! is then held against the filter itself, so that the index changes nothing but the time. Without such texts all are
//! read.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rusqlite::params;

use super::rows::{contact_columns, read_contact};
use super::{BookContact, BookId, BookList};
use crate::domain::{Filter, FilterRow};
use crate::store::error::StoreError;
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
