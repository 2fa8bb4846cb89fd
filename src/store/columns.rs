//! An edit as columns: the same nine wherever an edit is kept (queue, undo log, runs).
//!
//! A set field stands in its column, a cleared one is `null` with its bit in `cleared`, an untouched one is `null`
//! alone. So any text comes back exactly, and SQL can copy and compare edits.

use rusqlite::{Row, Statement};

use super::error::broken_value;
use crate::domain::{Change, Changes, Edit, Field, Sid};

/// The columns of an edit, in the order of [`bind_edit`] and [`read_edit`].
macro_rules! columns {
    () => {
        "sid, first_name, last_name, number, email, company_name, tag, custom_field, cleared"
    };
}
/// The columns of an edit, each with its table's short name before it.
macro_rules! columns_of {
    ($t:literal) => {
        concat!(
            $t,
            ".sid, ",
            $t,
            ".first_name, ",
            $t,
            ".last_name, ",
            $t,
            ".number, ",
            $t,
            ".email, ",
            $t,
            ".company_name, ",
            $t,
            ".tag, ",
            $t,
            ".custom_field, ",
            $t,
            ".cleared"
        )
    };
}
pub(super) use {columns, columns_of};

/// How many columns an edit takes.
pub(super) const WIDTH: usize = 9;

/// The bit of a field in `cleared`.
pub(super) fn bit(field: Field) -> i64 {
    let place = Field::ALL.into_iter().position(|f| f == field).unwrap_or_default();
    1 << place
}

/// Binds an edit to the parameters from `first` on.
pub(super) fn bind_edit(statement: &mut Statement<'_>, first: usize, edit: &Edit) -> rusqlite::Result<()> {
    let mut cleared = 0;
    statement.raw_bind_parameter(first, edit.sid.as_str())?;
    for (i, field) in Field::ALL.into_iter().enumerate() {
        let change = edit.changes.get(field);
        if change == Some(&Change::Clear) {
            cleared |= 1 << i;
        }
        statement.raw_bind_parameter(first + 1 + i, change.and_then(Change::value))?;
    }
    statement.raw_bind_parameter(first + WIDTH - 1, cleared)
}

/// Reads an edit from the columns from `first` on.
pub(super) fn read_edit(row: &Row<'_>, first: usize) -> rusqlite::Result<Edit> {
    let mut changes = Changes::default();
    each_change(row, first, |field, value| {
        changes.put(field, Some(value.map_or(Change::Clear, |value| Change::Set(value.to_owned()))));
    })?;
    Ok(Edit { sid: read_sid(row, first)?, changes })
}

/// Reads an edit into the room of another.
pub(super) fn read_edit_over(row: &Row<'_>, first: usize, edit: &mut Edit) -> rusqlite::Result<()> {
    edit.sid = read_sid(row, first)?;
    read_changes_over(row, first, &mut edit.changes)
}

/// Reads the changes of an edit, whose columns begin at `first`, into the room of others.
pub(super) fn read_changes_over(row: &Row<'_>, first: usize, changes: &mut Changes) -> rusqlite::Result<()> {
    let cleared: i64 = row.get(first + WIDTH - 1)?;
    for (i, field) in Field::ALL.into_iter().enumerate() {
        match row.get_ref(first + 1 + i)?.as_str_or_null()? {
            Some(value) => changes.set(field, value),
            None => _ = changes.put(field, (cleared & (1 << i) != 0).then_some(Change::Clear)),
        }
    }
    Ok(())
}

/// Reads a text, or none, into the room of another.
pub(super) fn read_text_over(row: &Row<'_>, column: usize, text: &mut Option<String>) -> rusqlite::Result<()> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(value) => {
            let text = text.get_or_insert_default();
            text.clear();
            text.push_str(value);
        }
        None => *text = None,
    }
    Ok(())
}

/// Reads the SID of an edit.
pub(super) fn read_sid(row: &Row<'_>, first: usize) -> rusqlite::Result<Sid> {
    Ok(Sid::new(row.get_ref(first)?.as_str()?))
}

/// Gives every changed field of an edit with its value, `None` where it is cleared.
pub(super) fn each_change<'r>(
    row: &'r Row<'_>,
    first: usize,
    mut f: impl FnMut(Field, Option<&'r str>),
) -> rusqlite::Result<()> {
    let cleared: i64 = row.get(first + WIDTH - 1)?;
    for (i, field) in Field::ALL.into_iter().enumerate() {
        let value = row.get_ref(first + 1 + i)?.as_str_or_null()?;
        if value.is_some() || cleared & (1 << i) != 0 {
            f(field, value);
        }
    }
    Ok(())
}

/// Reads a word of a closed set, such as a status.
pub(super) fn read_word<T>(
    row: &Row<'_>,
    column: usize,
    from_name: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let Some(word) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
    from_name(word).map(Some).ok_or_else(|| broken_value(column, format!("unknown word {word:?}")))
}
