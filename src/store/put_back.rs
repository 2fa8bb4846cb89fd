//! What was taken out of the queue, and putting it back whatever was done since.
//!
//! Undo would take back all later changes too. An edit put back has its old place and its old id, so that it is the same edit
//! for its origin, its base and the file that it came from.

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::reader::Reader;
use super::undo::{Step, spans, unshelve};
use crate::domain::Sid;
use crate::support::text::counted;

/// How many takings out are listed.
const LISTED: i64 = 100;

/// How many contacts of each are named.
const NAMED: usize = 3;

/// A change that took edits out of the queue, which are out still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOut {
    /// Its number.
    pub step: i64,
    /// What it did, as `take out 3 edits`.
    pub name: String,
    /// The first of the contacts.
    pub sids: Vec<Sid>,
}

impl Reader {
    /// The changes whose edits can be put back, newest first.
    pub fn taken_out(&self) -> Result<Vec<TakenOut>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "select id, name from step where not undone and exists (
               select 1 from span p join shelf s on s.id between p.first and p.last and s.step = p.step
               where p.step = step.id and p.shelf is null)
             order by id desc limit ?1",
        )?;
        let steps = statement.query_map([LISTED], |row| Ok((row.get(0)?, row.get(1)?)))?;
        steps
            .map(|found| {
                let (step, name) = found?;
                Ok(TakenOut { step, name, sids: first_sids(connection, step)? })
            })
            .collect()
    }
}

fn first_sids(connection: &Connection, step: i64) -> Result<Vec<Sid>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select s.sid from span p join shelf s on s.id between p.first and p.last and s.step = p.step
         where p.step = ?1 order by s.id limit ?2",
    )?;
    let sids = statement.query_map([step, NAMED as i64], |row| Ok(Sid::new(row.get_ref(0)?.as_str()?)))?;
    Ok(sids.collect::<Result<_, _>>()?)
}

/// Puts the edits back that this step took out, as a step of its own; gives how many there were.
pub(super) fn put_back(connection: &Connection, step: i64) -> Result<u64, StoreError> {
    let stands = connection
        .prepare_cached("select 1 from step where id = ?1 and not undone")?
        .query_row([step], |_| Ok(()))
        .optional()?;
    if stands.is_none() {
        return Ok(0);
    }
    let own = Step::begin(connection)?;
    let mut back = 0;
    for span in spans(connection, step)? {
        let came = unshelve(connection, &span)?;
        if came > 0 {
            own.moved_from(&span)?;
        }
        back += came;
    }
    match back {
        0 => own.abandon()?,
        n => own.finish(&format!("put back {}", counted(n, "edit")))?,
    }
    Ok(back)
}
