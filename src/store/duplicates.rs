//! Edits of one contact beside each other. Imports and additions merge, so they come from a SID that was edited.

use std::collections::{BTreeMap, HashSet};

use rusqlite::Connection;

use super::error::StoreError;
use super::reader::Reader;
use crate::domain::EditId;
use crate::support::rng::{ByHash, hash_text};

/// The edits of each SID that stands more than once, in the order of the queue; the groups in that of their first.
///
/// Two readings: the first keeps a number for each SID, 8 MB for a million, and the second the few that stood twice.
pub(super) fn groups(connection: &Connection) -> Result<Vec<Vec<EditId>>, StoreError> {
    let twice = hashes_seen_twice(connection)?;
    if twice.is_empty() {
        return Ok(Vec::new());
    }
    let mut by_sid: BTreeMap<String, Vec<EditId>> = BTreeMap::new();
    let mut statement = connection.prepare_cached("select id, sid from edit order by id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sid = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        if !sid.is_empty() && twice.contains(&hash_text(sid)) {
            by_sid.entry(sid.to_owned()).or_default().push(EditId(row.get(0)?));
        }
    }
    // Different SIDs with the same hash are alone in their groups.
    let mut groups: Vec<_> = by_sid.into_values().filter(|ids| ids.len() > 1).collect();
    groups.sort_unstable_by_key(|ids| ids.first().copied());
    Ok(groups)
}

fn hashes_seen_twice(connection: &Connection) -> Result<HashSet<u64, ByHash>, StoreError> {
    let mut statement = connection.prepare_cached("select sid from edit")?;
    let mut rows = statement.query([])?;
    let mut hashes: Vec<u64> = Vec::new();
    while let Some(row) = rows.next()? {
        hashes.push(hash_text(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?));
    }
    hashes.sort_unstable();
    let mut twice = HashSet::default();
    for pair in hashes.windows(2) {
        if let [a, b] = pair
            && a == b
        {
            twice.insert(*a);
        }
    }
    Ok(twice)
}

impl Reader {
    /// Every edit whose SID stands in the queue more than once, those of one SID together.
    pub fn duplicates(&self) -> Result<Vec<EditId>, StoreError> {
        Ok(groups(self.connection())?.concat())
    }
}
