//! Which edits change nothing, as far as a book knows.
//!
//! A few are looked up one by one. Of many, most change something: so the book is read once from its first page to its last,
//! and a fingerprint of each contact kept, 16 bytes. Only what agrees with that is looked up, which is what changes nothing.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::BookId;
use super::find::contact;
use crate::domain::{Edit, Field, is_no_op};
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::support::rng::{ByHash, hash_text};

/// Edits that are looked up before the book is read: that takes as long as so many look-ups, for a large book.
const FEW: u64 = if cfg!(test) { 3 } else { 20_000 };

/// Tells which edits change nothing.
#[derive(Debug)]
pub struct NoOps<'c> {
    connection: &'c Connection,
    book: BookId,
    asked: u64,
    prints: Option<Prints>,
}

impl<'c> NoOps<'c> {
    pub(in crate::store) const fn new(connection: &'c Connection, book: BookId) -> Self {
        Self { connection, book, asked: 0, prints: None }
    }

    /// Whether this one changes nothing on its contact, as the book has it.
    pub fn holds(&mut self, edit: &Edit) -> Result<bool, StoreError> {
        self.asked += 1;
        if self.asked > FEW {
            let prints = match self.prints.take() {
                Some(prints) => prints,
                None => Prints::of(self.connection, self.book)?,
            };
            let may_be = prints.agree(edit);
            self.prints = Some(prints);
            if !may_be {
                return Ok(false);
            }
        }
        let known = contact(self.connection, self.book, &edit.sid)?.filter(|known| known.gone.is_none());
        Ok(known.is_some_and(|known| is_no_op(&edit.changes, &known.contact)))
    }
}

impl Reader {
    /// Tells which edits change nothing, as far as a book knows.
    pub fn no_ops(&self, book: BookId) -> NoOps<'_> {
        NoOps::new(self.connection(), book)
    }
}

/// The fields whose texts are compared as they are, in the order of the columns below.
const PLAIN: [Field; 5] = [Field::FirstName, Field::LastName, Field::Email, Field::CompanyName, Field::Tag];
/// Bits of each of them in a fingerprint.
const BITS: u32 = 12;

/// Fingerprints of contacts, by the hashes of their SIDs.
#[derive(Debug)]
struct Prints(HashMap<u64, u64, ByHash>);

impl Prints {
    fn of(connection: &Connection, book: BookId) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(
            "select sid, first_name, last_name, email, company_name, tag from contact where +book = ?1 and gone is null",
        )?;
        let contacts: i64 = connection.query_row("select count(*) from contact", [], |row| row.get(0))?;
        // A map that grows takes half as much room again while it is copied.
        let mut prints = HashMap::with_capacity_and_hasher(contacts as usize, ByHash::default());
        let mut rows = statement.query(params![book.0])?;
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let mut print = 0;
            for (field, column) in (0..).zip(1..=PLAIN.len()) {
                print |= part(field, text(column)?);
            }
            prints.insert(hash_text(text(0)?), print);
        }
        Ok(Self(prints))
    }

    /// Whether an edit may change nothing.
    fn agree(&self, Edit { sid, changes }: &Edit) -> bool {
        let Some(print) = self.0.get(&hash_text(sid.as_str())) else { return false };
        (0..).zip(PLAIN).all(|(at, field)| match changes.get(field) {
            None => true,
            Some(change) => print & mask(at) == part(at, change.value().unwrap_or_default()),
        })
    }
}

/// The bits of a field.
const fn mask(at: u32) -> u64 {
    ((1 << BITS) - 1) << (at * BITS)
}

/// The part of a fingerprint that a text is.
fn part(at: u32, text: &str) -> u64 {
    (hash_text(text) << (at * BITS)) & mask(at)
}
