//! Bases: what contacts were before an edit, as far as it is known.
//!
//! A run that is planned takes along what is known of its contacts. A run that reads before it sends adds what it read, on
//! disk before the edit leaves, and which edits it held back for it. Both stay with the run: whatever the address
//! book learns later, an undo finds what was there before.

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::read_word;
use super::error::StoreError;
use super::journal::RunJournal;
use super::key::{key, keys, seq_of};
use super::reader::Reader;
use crate::domain::{Base, BaseSource, Contact, EditId, Field, RunId};
use crate::support::clock::Timestamp;

/// The columns of a base behind its key and side, in the order of [`read_base`].
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
        let mut bases = Bases::default();
        each(self.connection(), key(run, seq)..key(run, seq + 1), |_, side, base| {
            bases.put(side, base);
            ControlFlow::Continue(())
        })?;
        Ok(bases)
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

    /// What was read of the contact of a queued edit when a run last held it back.
    pub fn held_base(&self, id: EditId) -> Result<Option<Base>, StoreError> {
        let mut statement = self.connection().prepare_cached(concat!(
            "select b.key, b.side, ",
            base_columns!(),
            " from held h join edit e on e.id = h.edit join base b on b.key = h.key and b.side = 1 where h.edit = ?1"
        ))?;
        Ok(statement.query_row([id.0], read_base).optional()?.map(|(_, _, base)| base))
    }
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
        let (seq, side, base) = read_base(row)?;
        if f(seq, side, base).is_break() {
            break;
        }
    }
    Ok(())
}

fn read_base(row: &Row<'_>) -> rusqlite::Result<(u64, Side, Base)> {
    let side = if row.get::<_, i64>(1)? == 0 { Side::Known } else { Side::Read };
    let source = read_word(row, 2, BaseSource::from_name)?.unwrap_or(BaseSource::Book);
    let mut contact = Contact::default();
    contact.updated = row.get(4)?;
    for (column, field) in (5..).zip(Field::ALL) {
        contact.put(field, row.get_ref(column)?.as_str()?);
    }
    Ok((row.get(0).map(seq_of)?, side, Base { contact, seen: Timestamp(row.get(3)?), source }))
}

/// Takes along what is known of the contacts of a run that is planned.
pub(super) fn take_along(connection: &Connection, run: RunId) -> Result<(), StoreError> {
    let is_held: bool = connection.query_row("select exists (select 1 from held)", [], |row| row.get(0))?;
    if !is_held {
        return Ok(());
    }
    connection
        .prepare_cached("delete from held where not exists (select 1 from edit e where e.id = held.edit)")?
        .execute([])?;
    connection
        .prepare_cached(
            "insert or replace into base (key, side, source, first_name, last_name, number, email, company_name, tag,
               custom_field, date_updated, seen)
             select i.key, 0, b.source, b.first_name, b.last_name, b.number, b.email, b.company_name, b.tag,
               b.custom_field, b.date_updated, b.seen
             from item i join held h on h.edit = i.edit join base b on b.key = h.key and b.side = 1
             where i.key >= ?1 and i.key < ?2
               and b.seen > coalesce((select seen from base k where k.key = i.key and k.side = 0), 0)",
        )?
        .execute([keys(run).start, keys(run).end])?;
    Ok(())
}

fn see(
    connection: &Connection,
    key: i64,
    contact: Option<&Contact>,
    at: Timestamp,
    held: Option<&str>,
) -> Result<(), StoreError> {
    if let Some(contact) = contact {
        let mut insert = connection.prepare_cached(
            "insert or replace into base (key, side, source, seen, date_updated, first_name, last_name, number, email,
               company_name, tag, custom_field)
             values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        insert.raw_bind_parameter(1, key)?;
        insert.raw_bind_parameter(2, BaseSource::Snapshot.name())?;
        insert.raw_bind_parameter(3, at.0)?;
        insert.raw_bind_parameter(4, contact.updated.as_deref())?;
        for (parameter, field) in (5..).zip(Field::ALL) {
            insert.raw_bind_parameter(parameter, contact.get(field))?;
        }
        insert.raw_execute()?;
    }
    if let Some(why) = held {
        connection
            .prepare_cached(
                "insert or replace into held (edit, key, why) select edit, key, ?2 from item where key = ?1",
            )?
            .execute(params![key, why])?;
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
