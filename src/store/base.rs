//! Bases: what contacts were before an edit, as far as it is known.
//!
//! A run that is planned takes along what is known of its contacts. A run that reads before it sends adds what it read, on
//! disk before the edit leaves, and which edits it held back for it. Both stay with the run: whatever the address
//! book learns later, an undo finds what was there before. What is held back since others changed it waits for a decision
//! (see [`conflict`]).

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use super::book::{BookId, BookName};
use super::columns::read_word;
use super::conflict;
use super::error::StoreError;
use super::journal::RunJournal;
use super::key::{key, keys, seq_of};
use super::reader::Reader;
use crate::domain::{Base, BaseSource, Contact, EditId, Field, RunId, Sid};
use crate::support::clock::Timestamp;

/// The columns of a base, in the order of [`bind_base`] and [`read_base`].
macro_rules! columns {
    () => {
        "source, seen, date_updated, first_name, last_name, number, email, company_name, tag, custom_field"
    };
}
/// The same, with the short name of their table.
macro_rules! base_columns {
    () => {
        "b.source, b.seen, b.date_updated, b.first_name, b.last_name, b.number, b.email, b.company_name, b.tag, b.custom_field"
    };
}

/// Where a run keeps what it reads before it sends. What a call returned is on disk.
pub trait BaseLog: Send + Sync + 'static {
    /// What was known of these edits when the run was planned, by their places in it.
    fn known(&self, seqs: Range<u64>) -> Result<Vec<(u64, Base)>, StoreError>;

    /// Records the contact of an edit as it was read, where it was there, and why the edit is held back, if it is.
    fn see(
        &self,
        seq: u64,
        contact: Option<Contact>,
        at: Timestamp,
        held: Option<String>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl BaseLog for RunJournal {
    fn known(&self, seqs: Range<u64>) -> Result<Vec<(u64, Base)>, StoreError> {
        let mut known = Vec::new();
        self.read(|reader, run| {
            each(reader.connection(), key(run, seqs.start)..key(run, seqs.end), |seq, side, base| {
                if side == Side::Known {
                    known.push((seq, base));
                }
                ControlFlow::Continue(())
            })
        })?;
        Ok(known)
    }

    async fn see(
        &self,
        seq: u64,
        contact: Option<Contact>,
        at: Timestamp,
        held: Option<String>,
    ) -> Result<(), StoreError> {
        self.write(move |connection, run| see(connection, key(run, seq), contact.as_ref(), at, held.as_deref())).await
    }
}

/// Which of the two bases that an item may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Known,
    Read,
}

/// What a run knows of the contact of one of its edits from before it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bases {
    /// What was known when the run was planned.
    pub known: Option<Base>,
    /// What was read right before it was to be sent.
    pub read: Option<Base>,
}

impl Bases {
    /// The newest: what the contact was before the edit.
    pub fn before(&self) -> Option<&Base> {
        self.read.as_ref().or(self.known.as_ref())
    }

    pub(super) fn into_before(self) -> Option<Base> {
        self.read.or(self.known)
    }

    fn put(&mut self, side: Side, base: Base) {
        match side {
            Side::Known => self.known = Some(base),
            Side::Read => self.read = Some(base),
        }
    }
}

impl Reader {
    /// What is known of the contact of one edit of a run.
    pub fn bases(&self, run: RunId, seq: u64) -> Result<Bases, StoreError> {
        bases_at(self.connection(), key(run, seq))
    }

    /// Whether anything is known of any contact of a run from before it was sent.
    pub fn has_bases(&self, run: RunId) -> Result<bool, StoreError> {
        let mut any = false;
        each(self.connection(), keys(run), |_, _, _| {
            any = true;
            ControlFlow::Break(())
        })?;
        Ok(any)
    }

    /// How many edits a run held back because of what it read.
    pub fn held_in(&self, run: RunId) -> Result<u64, StoreError> {
        let mut statement =
            self.connection().prepare_cached("select count(*) from held where key >= ?1 and key < ?2")?;
        let held: i64 = statement.query_row([keys(run).start, keys(run).end], |row| row.get(0))?;
        Ok(held as u64)
    }

    /// What is known of the contact of a queued edit: the newer of what the address book has, and of what is known of the
    /// edit alone.
    pub fn queued_base(&self, id: EditId, book: &BookName) -> Result<Option<Base>, StoreError> {
        let Some(queued) = self.queue_rows(&[id])?.pop() else { return Ok(None) };
        let kept = match self.book(book)? {
            Some(book) => self.book_base(&queued.edit.sid, book)?,
            None => None,
        };
        Ok([kept, self.own_base(id)?].into_iter().flatten().max_by_key(|base| base.seen))
    }

    /// What an address book knows of a contact.
    pub fn book_base(&self, sid: &Sid, book: BookId) -> Result<Option<Base>, StoreError> {
        let kept = self.contact(book, sid)?.filter(|kept| kept.gone.is_none());
        Ok(kept.map(|c| Base { contact: c.contact, seen: c.seen, source: BaseSource::Book }))
    }

    fn own_base(&self, id: EditId) -> Result<Option<Base>, StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select ",
            base_columns!(),
            " from edit_base b join edit e on e.id = b.edit where b.edit = ?1"
        ))?;
        Ok(statement.query_row([id.0], |row| read_base(row, 0)).optional()?)
    }
}

/// What a run knows of the contact of one of its items.
pub(super) fn bases_at(connection: &Connection, key: i64) -> Result<Bases, StoreError> {
    let mut bases = Bases::default();
    each(connection, key..key + 1, |_, side, base| {
        bases.put(side, base);
        ControlFlow::Continue(())
    })?;
    Ok(bases)
}

fn each(
    connection: &Connection,
    items: Range<i64>,
    mut f: impl FnMut(u64, Side, Base) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "select b.key, b.side, ",
        base_columns!(),
        " from base b where b.key >= ?1 and b.key < ?2 order by b.key"
    ))?;
    let mut rows = statement.query([items.start, items.end])?;
    while let Some(row) = rows.next()? {
        let side = if row.get::<_, i64>(1)? == 0 { Side::Known } else { Side::Read };
        if f(row.get(0).map(seq_of)?, side, read_base(row, 2)?).is_break() {
            break;
        }
    }
    Ok(())
}

fn read_base(row: &Row<'_>, first: usize) -> rusqlite::Result<Base> {
    let source = read_word(row, first, BaseSource::from_name)?.unwrap_or(BaseSource::Book);
    let mut contact = Contact::default();
    contact.updated = row.get(first + 2)?;
    for (column, field) in (first + 3..).zip(Field::ALL) {
        contact.put(field, row.get_ref(column)?.as_str()?);
    }
    Ok(Base { contact, seen: Timestamp(row.get(first + 1)?), source })
}

/// Takes along what is known of the contacts of a run that is planned: from the address book, and of edits alone where that
/// is the newer.
pub(super) fn take_along(connection: &Connection, run: RunId, book: &BookName) -> Result<(), StoreError> {
    let known = connection
        .prepare_cached("select id from book where account = ?1 and base_url = ?2")?
        .query_row(params![book.account, book.base_url], |row| row.get::<_, i64>(0))
        .optional()?;
    if let Some(book) = known {
        connection
            .prepare_cached(concat!(
                "insert into base (key, side, ",
                columns!(),
                ") select i.key, 0, 'book', c.seen, c.date_updated, c.first_name, c.last_name, c.number, c.email,
                   c.company_name, c.tag, c.custom_field
                 from item i cross join contact c on c.book = ?3 and c.sid = i.sid
                 where i.key >= ?1 and i.key < ?2 and c.gone is null"
            ))?
            .execute([keys(run).start, keys(run).end, book])?;
    }
    if is_empty(connection)? {
        return Ok(());
    }
    connection
        .prepare_cached("delete from edit_base where not exists (select 1 from edit e where e.id = edit_base.edit)")?
        .execute([])?;
    connection
        .prepare_cached(concat!(
            "insert or replace into base (key, side, ",
            columns!(),
            ") select i.key, 0, ",
            base_columns!(),
            " from item i join edit_base b on b.edit = i.edit
             where i.key >= ?1 and i.key < ?2
               and b.seen >= coalesce((select seen from base k where k.key = i.key and k.side = 0), 0)"
        ))?
        .execute([keys(run).start, keys(run).end])?;
    Ok(())
}

/// Whether no queued edit has a base of its own, as is the rule.
fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("select not exists (select 1 from edit_base)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn see(
    connection: &Connection,
    key: i64,
    contact: Option<&Contact>,
    at: Timestamp,
    held: Option<&str>,
) -> Result<(), StoreError> {
    if let Some(contact) = contact {
        let mut insert = connection.prepare_cached(concat!(
            "insert or replace into base (key, side, ",
            columns!(),
            ") values (?11, 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        ))?;
        bind_base(&mut insert, contact, BaseSource::Snapshot, at)?;
        insert.raw_bind_parameter(11, key)?;
        insert.raw_execute()?;
    }
    if let Some(why) = held {
        connection
            .prepare_cached("insert or replace into held (key, why) values (?1, ?2)")?
            .execute(params![key, why])?;
        connection
            .prepare_cached(concat!(
                "insert or replace into edit_base (edit, ",
                columns!(),
                ") select i.edit, ",
                base_columns!(),
                " from base b join item i on i.key = b.key where b.key = ?1 and b.side = 1"
            ))?
            .execute([key])?;
    }
    // One that could not be read is tried again; what was changed wants a decision.
    if contact.is_some() && held.is_some() {
        conflict::note(connection, key)?;
    }
    Ok(())
}

/// Notes how a run left the contact of a queued edit.
pub(super) fn note_left(
    connection: &Connection,
    id: EditId,
    contact: &Contact,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(concat!(
        "insert or replace into edit_base (edit, ",
        columns!(),
        ") values (?11, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    ))?;
    bind_base(&mut insert, contact, BaseSource::Run, at)?;
    insert.raw_bind_parameter(11, id.0)?;
    insert.raw_execute()?;
    Ok(())
}

/// Binds a base to the first ten parameters.
fn bind_base(
    statement: &mut Statement<'_>,
    contact: &Contact,
    source: BaseSource,
    at: Timestamp,
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(1, source.name())?;
    statement.raw_bind_parameter(2, at.0)?;
    statement.raw_bind_parameter(3, contact.updated.as_deref())?;
    for (parameter, field) in (4..).zip(Field::ALL) {
        statement.raw_bind_parameter(parameter, contact.get(field))?;
    }
    Ok(())
}

/// Those of these items that a run held back and that have no outcome, each with why.
pub(super) fn held_among(connection: &Connection, items: &Range<i64>) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select key, why from held where key >= ?1 and key < ?2
           and not exists (select 1 from outcome o where o.key = held.key) order by key",
    )?;
    let held = statement.query_map([items.start, items.end], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(held.collect::<Result<_, _>>()?)
}
