//! What the server changed last, laid into the book: without a walk through all of it.
//!
//! It is known up to which of the server's own dates the book has seen every change, from the walk before. What was deleted
//! is on no page, so that only a walk through everything finds it.

use std::sync::Arc;

use rusqlite::params;

use super::keep::{self, Kept};
use super::{BookName, Pull};
use crate::domain::Contact;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::reader::Reader;
use crate::support::clock::Timestamp;

/// A look at what changed, under way.
#[derive(Debug, Clone)]
pub struct Changes {
    store: Store,
    name: BookName,
    /// The country of numbers without a country code.
    country: Arc<str>,
    since: Option<Timestamp>,
}

impl Store {
    /// Begins a look at what changed in a book.
    pub fn begin_changes(&self, name: BookName, country: &str) -> Result<Changes, StoreError> {
        let since = self.reader()?.seen_up_to(&name)?;
        Ok(Changes { store: self.clone(), name, country: country.into(), since })
    }
}

impl Reader {
    /// Up to when, by the server's dates, every change is in a book; `None` where no walk through all of it has told.
    fn seen_up_to(&self, name: &BookName) -> Result<Option<Timestamp>, StoreError> {
        let Some(book) = self.book(name)? else { return Ok(None) };
        let newest =
            self.connection().query_row("select newest from book where id = ?1", [book.0], |row| row.get(0))?;
        Ok(Option::<i64>::map(newest, Timestamp))
    }
}

impl Changes {
    /// Up to when, by the server's dates, every change is known.
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Lays contacts into the book, as they were shown at that time; gives how many are new to it, and how many it had
    /// otherwise.
    pub async fn keep(&self, contacts: Vec<Contact>, seen: Timestamp) -> Result<(u64, u64), StoreError> {
        let Self { name, country, .. } = self.clone();
        let shared = self.store.shared();
        shared
            .writer
            .write(move |c| {
                let book = keep::book(c, &name)?;
                let kept = keep::keep(c, book, &contacts, seen, &country)?;
                let count = |what| kept.iter().filter(|(_, kept)| *kept == what).count() as u64;
                Ok((count(Kept::Added), count(Kept::Changed)))
            })
            .await
    }

    /// Ends the look: every change up to that date of the server is known now.
    pub async fn finish(&self, newest: Timestamp, looked: Timestamp) -> Result<(), StoreError> {
        let name = self.name.clone();
        let shared = self.store.shared();
        shared
            .writer
            .write(move |c| {
                let book = keep::book(c, &name)?;
                c.execute(
                    "update book set newest = max(coalesce(newest, 0), ?2), looked = ?3 where id = ?1",
                    params![book.0, newest.0, looked.0],
                )?;
                Ok(())
            })
            .await
    }

    /// The walk through the whole book that is needed in its place: the one that was cut short, else a new one.
    pub async fn whole(&self) -> Result<Pull, StoreError> {
        match self.store.reader()?.unfinished_pull(&self.name, None)? {
            Some(cut) => self.store.resume_pull(&cut, &self.country),
            None => self.store.begin_pull(self.name.clone(), None, &self.country).await,
        }
    }
}
