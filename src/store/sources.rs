//! Which columns the files had that edits came from, so that results can have the same.
//!
//! The ids that an import gives follow one another, so a stretch of them is kept, and nothing with the edits themselves.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{StoreError, broken_value};
use super::key::keys;
use super::mapping::Mapping;
use super::reader::Reader;
use crate::domain::{EditId, RunId};

/// Keeps where the edits with these ids came from.
pub(super) fn keep(connection: &Connection, first: i64, last: i64, columns: &Mapping) -> Result<(), StoreError> {
    let columns = serde_json::to_string(columns).map_err(|e| broken_value(0, e.to_string()))?;
    connection.prepare_cached("insert or ignore into file_columns (columns) values (?1)")?.execute([&columns])?;
    let id: i64 = connection
        .prepare_cached("select id from file_columns where columns = ?1")?
        .query_row([&columns], |row| row.get(0))?;
    put(connection, Stretch { first, last, columns: id })
}

fn put(connection: &Connection, Stretch { first, last, columns }: Stretch) -> Result<(), StoreError> {
    connection
        .prepare_cached("insert into came_from (first, last, columns) values (?1, ?2, ?3)")?
        .execute(params![first, last, columns])?;
    Ok(())
}

/// Edits with ids that follow one another, from files with the same columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    first: i64,
    last: i64,
    columns: i64,
}

/// The stretches of a queue, in the order of their ids.
struct Stretches(Vec<Stretch>);

impl Stretches {
    fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached("select first, last, columns from came_from order by first")?;
        let read = statement
            .query_map([], |row| Ok(Stretch { first: row.get(0)?, last: row.get(1)?, columns: row.get(2)? }))?;
        Ok(Self(read.collect::<Result<_, _>>()?))
    }

    /// The ids around this one that are alike in where they came from, and the columns of their file.
    fn around(&self, id: i64) -> (i64, i64, Option<i64>) {
        let behind = self.0.partition_point(|stretch| stretch.first <= id);
        let before = behind.checked_sub(1).and_then(|at| self.0.get(at));
        match before {
            Some(stretch) if id <= stretch.last => (stretch.first, stretch.last, Some(stretch.columns)),
            _ => {
                let from = before.map_or(i64::MIN, |stretch| stretch.last + 1);
                (from, self.0.get(behind).map_or(i64::MAX, |stretch| stretch.first - 1), None)
            }
        }
    }
}

/// Gives edits that stand for others, such as requeued ones, the columns of those.
pub(super) struct Heirs<'c> {
    connection: &'c Connection,
    known: Stretches,
    pending: Option<Stretch>,
}

impl<'c> Heirs<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self { connection, known: Stretches::read(connection)?, pending: None })
    }

    /// The new edit stands for the old one. New ones come in the order of their ids.
    pub(super) fn add(&mut self, EditId(new): EditId, EditId(old): EditId) -> Result<(), StoreError> {
        let (_, _, columns) = self.known.around(old);
        match (&mut self.pending, columns) {
            (Some(pending), Some(columns)) if pending.columns == columns && pending.last + 1 == new => {
                pending.last = new;
            }
            (_, columns) => {
                self.flush()?;
                self.pending = columns.map(|columns| Stretch { first: new, last: new, columns });
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.flush()
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.pending.take().map_or(Ok(()), |stretch| put(self.connection, stretch))
    }
}

impl Reader {
    /// The columns of the files that the edits of a run came from, as they were kept, in the order of the edits.
    pub fn files_of(&self, run: RunId) -> Result<Vec<Mapping>, StoreError> {
        let stretches = Stretches::read(self.connection())?;
        if stretches.0.is_empty() {
            return Ok(Vec::new());
        }
        // Edits stand in a run in the order of their ids, so there are few steps from one stretch to the next.
        let mut next = self.connection().prepare_cached(
            "select key, edit from item where key >= ?1 and key < ?2 and not (edit between ?3 and ?4) order by key limit 1",
        )?;
        let (mut at, mut first, mut last) = (keys(run).start, 1, 0);
        let mut found: Vec<i64> = Vec::new();
        while let Some((key, edit)) = next
            .query_row([at, keys(run).end, first, last], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            .optional()?
        {
            let columns;
            (first, last, columns) = stretches.around(edit);
            at = key;
            found.extend(columns.filter(|columns| !found.contains(columns)));
        }
        found.into_iter().map(|columns| self.columns_of_file(columns)).collect()
    }

    /// The columns of every file that edits came from, the oldest first.
    pub fn files(&self) -> Result<Vec<Mapping>, StoreError> {
        let mut statement = self.connection().prepare_cached("select columns from file_columns order by id")?;
        let texts = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        texts.iter().map(|text| read(text)).collect()
    }

    fn columns_of_file(&self, id: i64) -> Result<Mapping, StoreError> {
        let text: String = self
            .connection()
            .prepare_cached("select columns from file_columns where id = ?1")?
            .query_row([id], |row| row.get(0))?;
        read(&text)
    }
}

fn read(text: &str) -> Result<Mapping, StoreError> {
    Ok(serde_json::from_str(text).map_err(|e| broken_value(0, e.to_string()))?)
}
