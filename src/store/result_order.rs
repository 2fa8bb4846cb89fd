//! The results of a run in the order of a column.

use super::columns::bit;
use super::error::StoreError;
use super::key::{key, keys, seq_of};
use super::order::Sort;
use super::reader::Reader;
use crate::domain::{Field, RunId};

/// A column that results are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultColumn {
    /// What became of the edit: what needs a look first.
    Status,
    /// The code of its answer.
    Code,
    /// The contact.
    Sid,
    /// The error, else the echo.
    Said,
    /// What was to be set in a field.
    Field(Field),
}

impl ResultColumn {
    /// Those that have a column of their own on the screen, from the left.
    pub const SHOWN: [Self; 4] = [Self::Status, Self::Code, Self::Sid, Self::Said];

    /// Every column.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::SHOWN.into_iter().chain(Field::ALL.map(Self::Field))
    }

    /// The name of the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Code => "code",
            Self::Sid => "sid",
            Self::Said => "error or echo",
            Self::Field(field) => field.name(),
        }
    }

    /// What it is sorted by, of `outcome` or else of `item`.
    const fn value(self) -> &'static str {
        match self {
            Self::Status => {
                "case status when 'rejected' then 0 when 'unknown' then 1 when 'not_sent' then 2 else 3 end"
            }
            Self::Code => "code",
            Self::Sid => "sid",
            Self::Said => "case echo when 'none' then coalesce(description, message) else 'echo ' || echo end",
            Self::Field(field) => field.name(),
        }
    }
}

impl Reader {
    /// The places of a run's results in this order, or the first of them: by the column, then as they were sent. Letters are
    /// compared without case (of ASCII). What has nothing in the column comes last, whichever way: first what clears the
    /// field; what is not settled after all.
    pub fn sorted_seqs(&self, run: RunId, sort: Sort<ResultColumn>, most: Option<u64>) -> Result<Vec<u64>, StoreError> {
        let value = sort.by.value();
        let way = if sort.descending { "desc" } else { "asc" };
        let ordered = format!("{value} is not null order by {value} collate nocase {way}, key");
        let parts = match sort.by {
            ResultColumn::Sid => vec![("item", ordered)],
            ResultColumn::Field(field) => {
                let without =
                    ["<>", "="].map(|is| format!("{value} is null and cleared & {} {is} 0 order by key", bit(field)));
                [ordered].into_iter().chain(without).map(|part| ("item", part)).collect()
            }
            _ => {
                let open = String::from("not exists (select 1 from outcome o where o.key = item.key) order by key");
                vec![("outcome", ordered), ("outcome", format!("{value} is null order by key")), ("item", open)]
            }
        };
        let most = most.and_then(|most| usize::try_from(most).ok());
        let mut seqs = Vec::new();
        for (table, part) in parts {
            let limit = match most.map(|most| most - seqs.len()) {
                Some(0) => break,
                Some(left) => format!(" limit {left}"),
                // Without a limit SQLite sorts in a quicker way.
                None => String::new(),
            };
            let sql = format!("select key from {table} where key >= ?1 and key < ?2 and {part}{limit}");
            let mut statement = self.connection().prepare_cached(&sql)?;
            let mut rows = statement.query([keys(run).start, keys(run).end])?;
            while let Some(row) = rows.next()? {
                seqs.push(row.get(0).map(seq_of)?);
            }
        }
        Ok(seqs)
    }

    /// The places of the results of a run that have in a column what this one has.
    pub fn seqs_like(&self, run: RunId, seq: u64, column: ResultColumn) -> Result<Vec<u64>, StoreError> {
        let value = column.value();
        let table = match column {
            ResultColumn::Sid | ResultColumn::Field(_) => "item",
            _ => "outcome",
        };
        let sql = format!(
            "select key from {table} where key >= ?1 and key < ?2 and {value} is (select {value} from {table} where key = ?3)
             and exists (select 1 from {table} where key = ?3)"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let keys = [keys(run).start, keys(run).end, key(run, seq)];
        let seqs = statement.query_map(keys, |row| row.get(0).map(seq_of))?;
        Ok(seqs.collect::<Result<_, _>>()?)
    }
}
