//! Laying edits into the queue: a new one at its end, one of a queued SID over the last edit of that SID.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::clash::{Clash, Side};
use super::columns::{WIDTH, bind_edit, columns, read_edit};
use super::error::StoreError;
use super::queue::resize;
use super::undo::Step;
use crate::domain::{Edit, EditId, Sid};
use crate::support::rng::{ByHash, hash_text};

/// What became of an edit that was laid into the queue.
pub(super) enum Laid {
    /// It stands in a row of its own.
    Added(EditId),
    /// It was laid over this one.
    Merged(EditId),
    /// This one says it already.
    Unchanged(EditId),
}

/// How a queued SID is found. The table has no index on it (see `schema/1.sql`).
pub(super) enum Lookup {
    /// By reading the queue from its end: for one edit.
    Scan,
    /// By the hashes of all queued SIDs, each with the last edit that has it: for many edits.
    ByHash(Box<Sids>),
}

/// In how many parts the SIDs are kept. A part that grows is copied: as a whole they would take half as much memory again.
const PARTS: usize = 16;

/// The last queued edit of each SID, by the hash of the SID.
#[derive(Default)]
pub(super) struct Sids([HashMap<u64, EditId, ByHash>; PARTS]);

impl Sids {
    fn get(&self, sid: &str) -> Option<EditId> {
        let hash = hash_text(sid);
        self.0.get(part(hash))?.get(&hash).copied()
    }

    fn put(&mut self, sid: &str, edit: EditId) {
        let hash = hash_text(sid);
        if let Some(part) = self.0.get_mut(part(hash)) {
            part.insert(hash, edit);
        }
    }
}

/// The part of a hash, by bits from its middle: a map uses those at both ends.
const fn part(hash: u64) -> usize {
    (hash >> 40) as usize % PARTS
}

impl Lookup {
    /// Reads the SIDs of the whole queue: 0.2 s and 40 MB for a million.
    pub(super) fn by_hash(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached("select id, sid from edit order by id")?;
        let mut rows = statement.query([])?;
        let mut sids = Sids::default();
        while let Some(row) = rows.next()? {
            sids.put(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, EditId(row.get(0)?));
        }
        Ok(Self::ByHash(Box::new(sids)))
    }
}

/// The step that lays edits into the queue.
pub(super) struct Layer<'c> {
    step: Step<'c>,
    lookup: Lookup,
    scan: CachedStatement<'c>,
    read: CachedStatement<'c>,
    insert: CachedStatement<'c>,
    update: Update<'c>,
    /// The first and last id added; the one writer gives them out without a gap.
    added: Option<(i64, i64)>,
}

impl<'c> Layer<'c> {
    pub(super) fn begin(connection: &'c Connection, lookup: Lookup) -> Result<Self, StoreError> {
        Self::on(Step::begin(connection)?, lookup)
    }

    /// Lays edits in this step.
    pub(super) fn on(step: Step<'c>, lookup: Lookup) -> Result<Self, StoreError> {
        let connection = step.connection();
        Ok(Self {
            step,
            lookup,
            scan: connection.prepare_cached("select id from edit where sid = ?1 order by id desc limit 1")?,
            read: connection.prepare_cached(concat!("select ", columns!(), " from edit where id = ?1"))?,
            insert: connection.prepare_cached(concat!(
                "insert into edit (",
                columns!(),
                ", origin)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?,
            update: Update::prepare(connection)?,
            added: None,
        })
    }

    /// The number of the step under way.
    pub(super) fn step(&self) -> i64 {
        self.step.id()
    }

    /// Lays one edit; `settle` says which value a field gets that has two. An edit without a SID names no contact yet, so
    /// it never merges.
    pub(super) fn lay(
        &mut self,
        edit: &Edit,
        origin: Option<i64>,
        mut settle: impl FnMut(Clash) -> Side,
    ) -> Result<Laid, StoreError> {
        let Some((id, before)) = self.queued(&edit.sid)? else { return Ok(Laid::Added(self.add(edit, origin)?)) };
        let is_new = self.added.is_some_and(|(first, _)| id.0 >= first);
        let mut merged = before.clone();
        merged.changes.merge_by(&edit.changes, |field, earlier, later| {
            let (sid, earlier, later) = (edit.sid.clone(), earlier.clone(), later.clone());
            settle(Clash { sid, field, earlier, later, was_queued: !is_new }) == Side::Later
        });
        if merged == before {
            return Ok(Laid::Unchanged(id));
        }
        if !is_new {
            self.step.save(id)?;
        }
        self.update.run(id, &merged)?;
        Ok(Laid::Merged(id))
    }

    /// Whether an edit of this SID may be queued; by its hash it can be taken for another, as good as never.
    pub(super) fn may_have(&self, sid: &Sid) -> bool {
        match &self.lookup {
            Lookup::Scan => true,
            Lookup::ByHash(sids) => sids.get(sid.as_str()).is_some(),
        }
    }

    /// The last queued edit of this SID.
    fn queued(&mut self, sid: &Sid) -> Result<Option<(EditId, Edit)>, StoreError> {
        if sid.as_str().is_empty() {
            return Ok(None);
        }
        if let Lookup::ByHash(sids) = &self.lookup {
            let Some(id) = sids.get(sid.as_str()) else { return Ok(None) };
            let edit = self.read.query_row([id.0], |row| read_edit(row, 0))?;
            if edit.sid == *sid {
                return Ok(Some((id, edit)));
            }
            // Another SID with the same hash: as good as never.
        }
        let Some(id) = self.scan.query_row([sid.as_str()], |row| row.get(0)).optional()? else { return Ok(None) };
        Ok(Some((EditId(id), self.read.query_row([id], |row| read_edit(row, 0))?)))
    }

    fn add(&mut self, edit: &Edit, origin: Option<i64>) -> Result<EditId, StoreError> {
        bind_edit(&mut self.insert, 1, edit)?;
        self.insert.raw_bind_parameter(WIDTH + 1, origin)?;
        self.insert.raw_execute()?;
        let id = self.step.connection().last_insert_rowid();
        self.added = Some((self.added.map_or(id, |(first, _)| first), id));
        if let Lookup::ByHash(sids) = &mut self.lookup {
            sids.put(edit.sid.as_str(), EditId(id));
        }
        Ok(EditId(id))
    }

    /// The first and the last id of the edits that are new.
    pub(super) fn added(&self) -> Option<(i64, i64)> {
        self.added
    }

    /// Ends the step under this name.
    pub(super) fn finish(self, name: &str) -> Result<(), StoreError> {
        if let Some((first, last)) = self.added {
            self.step.moved(first, last)?;
            resize(self.step.connection(), last - first + 1)?;
        }
        self.step.finish(name)
    }

    /// Ends a step that changed nothing.
    pub(super) fn abandon(self) -> Result<(), StoreError> {
        self.step.abandon()
    }
}

/// The statement that gives a queued edit other values.
pub(super) struct Update<'c>(CachedStatement<'c>);

impl<'c> Update<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self(connection.prepare_cached(concat!(
            "update edit set (",
            columns!(),
            ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) where id = ?10"
        ))?))
    }

    pub(super) fn run(&mut self, id: EditId, edit: &Edit) -> Result<(), StoreError> {
        bind_edit(&mut self.0, 1, edit)?;
        self.0.raw_bind_parameter(WIDTH + 1, id.0)?;
        self.0.raw_execute()?;
        Ok(())
    }
}
