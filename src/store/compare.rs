//! Two runs beside each other: what was mended between them, and what was not.

use std::collections::HashMap;

use super::columns::read_word;
use super::error::StoreError;
use super::key::keys;
use super::reader::Reader;
use crate::domain::{RunId, Status};

/// How the contacts of a run fared in another, each counted once, by its last edit in each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Failed in the first, updated in the second.
    pub fixed: u64,
    /// Failed in both.
    pub still: u64,
    /// Failed in the second, and not in the first.
    pub new: u64,
    /// Failed in the first, and not sent in the second.
    pub left: u64,
    /// Failed in neither, and sent in both.
    pub fine: u64,
}

impl Reader {
    /// Compares two runs.
    pub fn compare(&self, first: RunId, second: RunId) -> Result<Comparison, StoreError> {
        let before = self.fared(first)?;
        let after = self.fared(second)?;
        let mut found = Comparison::default();
        for (sid, failed) in &before {
            match (failed, after.get(sid)) {
                (true, Some(true)) => found.still += 1,
                (true, Some(false)) => found.fixed += 1,
                (true, None) => found.left += 1,
                (false, Some(false)) => found.fine += 1,
                (false, _) => {}
            }
        }
        let had_failed = |sid: &String| before.get(sid).copied().unwrap_or_default();
        found.new = after.iter().filter(|(sid, failed)| **failed && !had_failed(sid)).count() as u64;
        Ok(found)
    }

    /// Whether each contact of a run failed in it; those that were not sent are left out.
    fn fared(&self, run: RunId) -> Result<HashMap<String, bool>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select i.sid, o.status from item i join outcome o on o.key = i.key
             where i.key >= ?1 and i.key < ?2 order by i.key",
        )?;
        let mut rows = statement.query([keys(run).start, keys(run).end])?;
        let mut fared = HashMap::new();
        while let Some(row) = rows.next()? {
            match read_word(row, 1, Status::from_name)? {
                Some(Status::NotSent) | None => {}
                Some(status) => {
                    fared.insert(row.get(0)?, status != Status::Updated);
                }
            }
        }
        Ok(fared)
    }
}
