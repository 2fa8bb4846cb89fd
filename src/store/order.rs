//! The queue in the order of a column, and the edits with one value in it.

use super::columns::bit;
use super::error::StoreError;
use super::reader::Reader;
use crate::domain::{Cell, Change, EditId};

/// An order of the queue, or of results: by a column, then as it was queued. Letters are compared without case (of ASCII);
/// edits that clear the column come after all that set it, and those that leave it alone last, whichever way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort<C = Cell> {
    /// The column.
    pub by: C,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Reader {
    /// The ids of the queue in this order, or the first of them.
    pub fn sorted_ids(&self, sort: Sort, most: Option<u64>) -> Result<Vec<EditId>, StoreError> {
        let column = sort.by.name();
        let way = if sort.descending { "desc" } else { "asc" };
        let set = format!("{column} is not null order by {column} collate nocase {way}, id");
        let mut parts = vec![set];
        if let Cell::Field(field) = sort.by {
            parts.extend(
                ["<>", "="].map(|is| format!("{column} is null and cleared & {} {is} 0 order by id", bit(field))),
            );
        }
        let mut ids = Vec::new();
        for part in parts {
            let left = most.map_or(-1, |most| most as i64 - ids.len() as i64);
            if left == 0 {
                break;
            }
            // Without a limit SQLite sorts in a quicker way.
            let limit = if left < 0 { String::new() } else { format!(" limit {left}") };
            let mut statement =
                self.connection().prepare_cached(&format!("select id from edit where {part}{limit}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                ids.push(EditId(row.get(0)?));
            }
        }
        Ok(ids)
    }

    /// The edits that have exactly this in a column; `None` = they leave it alone.
    pub fn ids_with(&self, cell: Cell, change: Option<&Change>) -> Result<Vec<EditId>, StoreError> {
        let (column, mask) = match cell {
            Cell::Sid => ("sid", 0),
            Cell::Field(field) => (field.name(), bit(field)),
        };
        let value = change.and_then(Change::value);
        let cleared = if change == Some(&Change::Clear) { mask } else { 0 };
        let sql = format!("select id from edit where {column} is ?1 and cleared & ?2 = ?3 order by id");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let ids = statement.query_map(rusqlite::params![value, mask, cleared], |row| Ok(EditId(row.get(0)?)))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}
