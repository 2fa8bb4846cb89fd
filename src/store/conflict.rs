//! Edits that a run held back since others had changed what they would overwrite: kept until the user decides, and sent by
//! nobody before that.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::base::bases_at;
use super::columns::{columns, read_edit};
use super::error::StoreError;
use super::handle::Store;
use super::key::run_of;
use super::layer::Update;
use super::reader::Reader;
use super::undo::Step;
use crate::domain::{Conflict, EditId, Keep};
use crate::support::text::counted;

/// What a decision did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    /// Edits that are sent as they are.
    pub mine: u64,
    /// Edits that leave alone what others changed, and set the rest.
    pub yielded: u64,
    /// Edits that had nothing else to set, and left the queue.
    pub taken_out: u64,
}

impl Reader {
    /// Every edit in conflict that nobody has decided about, in the order of the queue.
    pub fn conflicts(&self) -> Result<Vec<Conflict>, StoreError> {
        conflicts(self.connection())
    }

    /// The conflict of a queued edit, if it is in one.
    pub fn conflict(&self, id: EditId) -> Result<Option<Conflict>, StoreError> {
        let mut statement = self.connection().prepare_cached("select key from conflict where edit = ?1")?;
        let key: Option<i64> = statement.query_row([id.0], |row| row.get(0)).optional()?;
        key.map_or(Ok(None), |key| conflict(self.connection(), id, key))
    }
}

impl Store {
    /// Decides about these edits, as far as they are in conflict. Where others keep theirs, it is one step of undo.
    pub async fn decide(&self, ids: Vec<EditId>, keep: Keep) -> Result<Decided, StoreError> {
        self.shared().writer.write(move |c| decide(c, &ids, keep)).await
    }
}

fn conflicts(connection: &Connection) -> Result<Vec<Conflict>, StoreError> {
    let mut statement = connection.prepare_cached("select edit, key from conflict order by edit")?;
    let noted: Vec<(i64, i64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let found = noted.into_iter().map(|(id, key)| conflict(connection, EditId(id), key));
    found.filter_map(Result::transpose).collect()
}

fn conflict(connection: &Connection, id: EditId, key: i64) -> Result<Option<Conflict>, StoreError> {
    let edit_at = |sql: &str, id: i64| {
        connection.prepare_cached(sql)?.query_row([id], |row| read_edit(row, 0)).optional().map_err(StoreError::from)
    };
    let edit = edit_at(concat!("select ", columns!(), " from edit where id = ?1"), id.0)?;
    let held = edit_at(concat!("select ", columns!(), " from item where key = ?1"), key)?;
    let bases = bases_at(connection, key)?;
    Ok(match (edit, held, bases.known, bases.read) {
        (Some(edit), Some(held), Some(base), Some(now)) => {
            Conflict::of(id, edit, &held.changes, base, now, run_of(key))
        }
        // It left the queue.
        _ => None,
    })
}

/// Notes that an item was held back since its contact was changed.
pub(super) fn note(connection: &Connection, key: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("insert or replace into conflict (edit, key) select edit, key from item where key = ?1")?
        .execute([key])?;
    Ok(())
}

fn decide(connection: &Connection, ids: &[EditId], keep: Keep) -> Result<Decided, StoreError> {
    let open: HashMap<EditId, Conflict> = conflicts(connection)?.into_iter().map(|c| (c.id, c)).collect();
    let meant: Vec<&Conflict> = ids.iter().filter_map(|id| open.get(id)).collect();
    match keep {
        Keep::Mine => {
            let mut forget = connection.prepare_cached("delete from conflict where edit = ?1")?;
            meant.iter().try_for_each(|conflict| forget.execute([conflict.id.0]).map(drop))?;
            Ok(Decided { mine: meant.len() as u64, ..Decided::default() })
        }
        Keep::Theirs => yield_to_others(connection, &meant),
    }
}

/// The edits leave alone what others changed. An undo brings them back, and their conflicts with them.
fn yield_to_others(connection: &Connection, meant: &[&Conflict]) -> Result<Decided, StoreError> {
    let step = Step::begin(connection)?;
    let mut update = Update::prepare(connection)?;
    let mut decided = Decided::default();
    for conflict in meant {
        let rest = conflict.yielded();
        if rest.changes.is_empty() {
            decided.taken_out += step.take_out(conflict.id.0, conflict.id.0)?;
        } else {
            step.save(conflict.id)?;
            update.run(conflict.id, &rest)?;
            decided.yielded += 1;
        }
    }
    match decided.taken_out + decided.yielded {
        0 => step.abandon()?,
        n => step.finish(&format!("leave {} as others changed them", counted(n, "contact")))?,
    }
    Ok(decided)
}
