//! An outcome as columns: `status, code, error_code, description, message, echo, differences, item`.

use std::iter::repeat_n;

use rusqlite::{Connection, Row, Statement};
use serde::{Deserialize, Serialize};

use super::columns::{read_text_over, read_word};
use super::error::broken_value;
use crate::domain::{Difference, Echo, Field, Outcome, Said, Status};

/// The columns of an outcome in `outcome o`, in the order of [`read_outcome`].
macro_rules! outcome_columns {
    () => {
        outcome_columns!("o.item")
    };
    ($item:literal) => {
        concat!("o.status, o.code, o.error_code, o.description, o.message, o.echo, o.differences, ", $item)
    };
}
pub(super) use outcome_columns;

/// A difference as stored.
#[derive(Serialize, Deserialize)]
struct StoredDifference {
    field: String,
    wanted: String,
    got: Option<String>,
}

/// How many outcomes are inserted by one statement: each has its price, whatever it does.
const ROWS: usize = 25;

/// The columns of an inserted outcome, its key among them.
const WIDTH: usize = 9;

/// Inserts the outcomes of items whose keys follow one another; gives how many had none before.
pub(super) fn insert_outcomes(connection: &Connection, first: i64, outcomes: &[Outcome]) -> rusqlite::Result<usize> {
    let (mut keys, mut inserted) = (first.., 0);
    for rows in outcomes.chunks(ROWS) {
        let values: Vec<_> = repeat_n("(?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.len()).collect();
        let mut insert = connection.prepare_cached(&format!(
            "insert into outcome (key, status, code, error_code, description, message, echo, differences, item)
             values {} on conflict do nothing",
            values.join(", ")
        ))?;
        for (row, (outcome, key)) in rows.iter().zip(&mut keys).enumerate() {
            bind_outcome(&mut insert, 1 + row * WIDTH, key, outcome)?;
        }
        inserted += insert.raw_execute()?;
    }
    Ok(inserted)
}

fn bind_outcome(insert: &mut Statement<'_>, first: usize, key: i64, outcome: &Outcome) -> rusqlite::Result<()> {
    let said = &outcome.said;
    insert.raw_bind_parameter(first, key)?;
    insert.raw_bind_parameter(first + 1, outcome.status.name())?;
    insert.raw_bind_parameter(first + 2, said.code)?;
    insert.raw_bind_parameter(first + 3, said.error_code)?;
    insert.raw_bind_parameter(first + 4, said.description.as_deref())?;
    insert.raw_bind_parameter(first + 5, said.message.as_deref())?;
    insert.raw_bind_parameter(first + 6, outcome.echo.name())?;
    insert.raw_bind_parameter(first + 7, differences_json(&outcome.echo))?;
    insert.raw_bind_parameter(first + 8, outcome.item.as_deref())
}

/// The differences as JSON, `None` where there are none.
pub(super) fn differences_json(echo: &Echo) -> Option<String> {
    let Echo::Differs(differences) = echo else { return None };
    let stored: Vec<_> = differences
        .iter()
        .map(|d| StoredDifference { field: d.field.name().into(), wanted: d.wanted.clone(), got: d.got.clone() })
        .collect();
    serde_json::to_string(&stored).ok()
}

/// Reads an outcome from the columns from `first` on; `None` where the edit has none yet.
pub(super) fn read_outcome(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Outcome>> {
    let mut outcome = None;
    read_outcome_over(row, first, &mut outcome)?;
    Ok(outcome)
}

/// Reads an outcome, as [`read_outcome`] does, into the room of another.
pub(super) fn read_outcome_over(row: &Row<'_>, first: usize, outcome: &mut Option<Outcome>) -> rusqlite::Result<()> {
    let Some(status) = read_word(row, first, Status::from_name)? else {
        *outcome = None;
        return Ok(());
    };
    let outcome =
        outcome.get_or_insert_with(|| Outcome { status, said: Said::default(), echo: Echo::None, item: None });
    outcome.status = status;
    read_words_over(row, first + 1, &mut outcome.said)?;
    outcome.echo = match row.get_ref(first + 5)?.as_str()? {
        "matches" => Echo::Matches,
        "missing" => Echo::Missing,
        "differs" => Echo::Differs(read_differences(row, first + 6)?),
        _ => Echo::None,
    };
    read_text_over(row, first + 7, &mut outcome.item)
}

/// Reads the first five columns of an outcome.
pub(super) fn read_said(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<(Status, Said)>> {
    let Some(status) = read_word(row, first, Status::from_name)? else { return Ok(None) };
    let mut said = Said::default();
    read_words_over(row, first + 1, &mut said)?;
    Ok(Some((status, said)))
}

fn read_words_over(row: &Row<'_>, first: usize, said: &mut Said) -> rusqlite::Result<()> {
    said.code = row.get(first)?;
    said.error_code = row.get(first + 1)?;
    read_text_over(row, first + 2, &mut said.description)?;
    read_text_over(row, first + 3, &mut said.message)
}

fn read_differences(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Difference>> {
    let text = row.get_ref(column)?.as_str_or_null()?.unwrap_or("[]");
    let stored: Vec<StoredDifference> = serde_json::from_str(text).map_err(|e| broken_value(column, e.to_string()))?;
    stored
        .into_iter()
        .map(|d| {
            let field = Field::from_name(&d.field)
                .ok_or_else(|| broken_value(column, format!("unknown field {:?}", d.field)))?;
            Ok(Difference { field, wanted: d.wanted, got: d.got })
        })
        .collect()
}
