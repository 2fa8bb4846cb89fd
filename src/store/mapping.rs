//! Which columns stood for which fields, by the set of columns that a file had.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{StoreError, broken_value};

/// Columns and the fields they stand for.
pub type Mapping = Vec<(String, String)>;

/// The mapping used last for a file with these columns; empty, where there was none.
pub(super) fn recall(connection: &Connection, headers: &str) -> Result<Mapping, StoreError> {
    let map: Option<String> = connection
        .prepare_cached("select map from mapping where headers = ?1")?
        .query_row([headers], |row| row.get(0))
        .optional()?;
    let Some(map) = map else { return Ok(Mapping::new()) };
    Ok(serde_json::from_str(&map).map_err(|e| broken_value(0, e.to_string()))?)
}

/// Keeps a mapping for the next file with these columns.
pub(super) fn remember(connection: &Connection, headers: &str, map: &Mapping) -> Result<(), StoreError> {
    let map = serde_json::to_string(map).map_err(|e| broken_value(0, e.to_string()))?;
    connection
        .prepare_cached("insert or replace into mapping (headers, map) values (?1, ?2)")?
        .execute(params![headers, map])?;
    Ok(())
}
