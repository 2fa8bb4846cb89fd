//! From the rows of a CSV file to edits.

use std::borrow::Cow;
use std::collections::HashMap;

use super::build::{Draft, NULL_IS_TEXT, is_null_text, set};
use super::columns::{ColumnUse, Names, Target, may_be_sid};
use super::csv::{CsvError, Rows};
use super::export::{DEFUSED, STATUS, undefused};
use super::json_edits;
use super::report::{Notes, Place};
use crate::domain::{Change, Edit, push_json_text};
use crate::support::text::{counted, truncate};

/// The delimiters that are looked for, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads every row; gives how many there are, and what became of the columns.
pub(super) fn read(
    text: &str,
    names: &Names,
    clear_token: &str,
    notes: &mut Notes,
    take: &mut dyn FnMut(Edit),
) -> (u64, Vec<ColumnUse>) {
    let mut rows = Rows::new(text, delimiter_of(text, names));
    let mut cells = Vec::new();
    let columns = match rows.next_row(&mut cells) {
        Ok(None) => return (0, Vec::new()),
        Ok(Some(line)) => columns_of(&cells, line, names, notes),
        Err(error) => {
            refuse_row(notes, &error);
            return (0, Vec::new());
        }
    };
    if notes.is_refused() {
        return (0, columns);
    }
    let mut reader = RowReader {
        columns: &columns,
        names,
        clear_token,
        notes,
        are_defused: columns.iter().any(|column| [STATUS, DEFUSED].contains(&column.header.as_str())),
        short: Tally::default(),
        empty: Tally::default(),
    };
    let mut count = 0;
    loop {
        match rows.next_row(&mut cells) {
            Ok(None) => break,
            Ok(Some(line)) => reader.row(line, &mut cells).into_iter().for_each(&mut *take),
            Err(error) => refuse_row(reader.notes, &error),
        }
        count += 1;
    }
    reader.finish();
    (count, columns)
}

fn refuse_row(notes: &mut Notes, error: &CsvError) {
    notes.refuse(|| Place { line: error.line, column: error.column }, None, error.message);
}

/// The delimiter whose header has the most columns that mean something, then the most columns.
fn delimiter_of(text: &str, names: &Names) -> u8 {
    let worth = |delimiter: u8| {
        let mut cells = Vec::new();
        // A header with a broken quote is told apart by what stands before it.
        Rows::new(text, delimiter).next_row(&mut cells).ok();
        let known = cells.iter().filter(|cell| names.target(cell) != Target::Unmatched || may_be_sid(cell));
        (known.count(), cells.len())
    };
    // `max_by_key` gives the last of equals, so the likelier come last.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| worth(*delimiter)).unwrap_or(b',')
}

fn columns_of(header: &[Cow<'_, str>], line: u64, names: &Names, notes: &mut Notes) -> Vec<ColumnUse> {
    let mut columns: Vec<_> =
        header.iter().map(|cell| ColumnUse { header: cell.to_string(), target: names.target(cell) }).collect();
    let start = || Place { line, column: 1 };
    if !find_sid(&mut columns) {
        let there = quoted(columns.iter());
        let message = format!("no column for the SID; there are {there}: name one `sid`, or map it to sid");
        notes.refuse(start, None, message);
    }
    for column in names.missing(&columns) {
        let there = quoted(columns.iter());
        notes.refuse(start, None, format!("no column `{column}` to map; there are {there}"));
    }
    refuse_twins(&columns, line, notes);
    let mut unmatched = columns.iter().filter(|c| c.target == Target::Unmatched && !c.header.is_empty()).peekable();
    if unmatched.peek().is_some() {
        let which = quoted(unmatched);
        let message = format!("left out, since no field is named so: {which}. Map them to a field if they matter");
        notes.warn(start, None, message);
    }
    columns
}

/// Whether there is a column for the SID, a column named like one at the worst.
fn find_sid(columns: &mut [ColumnUse]) -> bool {
    if columns.iter().any(|column| column.target == Target::Sid) {
        return true;
    }
    match columns.iter_mut().find(|c| c.target == Target::Unmatched && may_be_sid(&c.header)) {
        Some(second_best) => {
            second_best.target = Target::Sid;
            true
        }
        None => false,
    }
}

/// The headers for a message, short enough for one even when the file is no table at all.
fn quoted<'a>(columns: impl Iterator<Item = &'a ColumnUse>) -> String {
    const NAMED: usize = 20;
    let mut names: Vec<_> =
        columns.take(NAMED + 1).map(|column| format!("`{}`", truncate(&column.header, 40))).collect();
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Two columns for one field: nobody can say which counts.
fn refuse_twins(columns: &[ColumnUse], line: u64, notes: &mut Notes) {
    let mut first: HashMap<&Target, &str> = HashMap::new();
    for (i, column) in columns.iter().enumerate() {
        let what = match &column.target {
            Target::Sid => "the SID",
            Target::Field(field) => field.name(),
            Target::CustomKey(_) => "the same key of custom_field",
            Target::Changes => "the changes",
            Target::Skipped | Target::Unmatched => continue,
        };
        if let Some(twin) = first.insert(&column.target, &column.header) {
            let message = format!("`{twin}` and `{}` both stand for {what}: rename one, or map it to -", column.header);
            notes.refuse(|| Place { line, column: i as u64 + 1 }, Some(&column.header), message);
        }
    }
}

/// Rows alike in something, counted for one warning.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first_line: u64,
}

impl Tally {
    fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first_line = line;
        }
        self.count += 1;
    }

    fn tell(&self, notes: &mut Notes, what: &str) {
        if self.count > 0 {
            let rows = counted(self.count, "row");
            notes.warn(|| Place { line: self.first_line, column: 1 }, None, format!("{rows} from here on {what}"));
        }
    }
}

struct RowReader<'a> {
    columns: &'a [ColumnUse],
    names: &'a Names,
    clear_token: &'a str,
    notes: &'a mut Notes,
    /// Whether the cells were defused for spreadsheets.
    are_defused: bool,
    /// Rows with fewer cells than the header.
    short: Tally,
    /// Rows with nothing in any cell, as spreadsheets leave behind.
    empty: Tally,
}

impl RowReader<'_> {
    /// Makes an edit of a row. Cells behind the header's last are a mistake when something is in
    /// them; spreadsheets leave empty ones there.
    fn row(&mut self, line: u64, cells: &mut Vec<Cow<'_, str>>) -> Option<Edit> {
        if cells.iter().all(|cell| cell.is_empty()) {
            self.empty.add(line);
            return None;
        }
        if let Some(i) = (self.columns.len()..cells.len()).find(|i| cells.get(*i).is_some_and(|cell| !cell.is_empty()))
        {
            let message = format!(
                "{} in this row, {} in the header: put a cell that has the delimiter in it in quotes",
                counted(cells.len() as u64, "cell"),
                self.columns.len()
            );
            self.notes.refuse(|| Place { line, column: i as u64 + 1 }, None, message);
            return None;
        }
        if cells.len() < self.columns.len() {
            self.short.add(line);
        }
        let mut draft = Draft::default();
        for (i, (column, cell)) in self.columns.iter().zip(cells.drain(..)).enumerate() {
            if !cell.is_empty() {
                let cell = if self.are_defused { restored(cell) } else { cell };
                self.cell(&mut draft, column, Place { line, column: i as u64 + 1 }, cell);
            }
        }
        if !draft.has_name() {
            let at = self.columns.iter().position(|column| column.target == Target::Sid).unwrap_or_default();
            let header = self.columns.get(at).map(|column| column.header.as_str());
            let place = || Place { line, column: at as u64 + 1 };
            self.notes.refuse(place, header, "no SID in this row: fill it in, or take the row out");
            return None;
        }
        match draft.finish() {
            Ok(edit) => Some(edit),
            Err(message) => {
                self.notes.refuse(|| Place { line, column: 1 }, None, message);
                None
            }
        }
    }

    fn cell(&mut self, draft: &mut Draft, column: &ColumnUse, place: Place, cell: Cow<'_, str>) {
        let header = Some(column.header.as_str());
        if matches!(column.target, Target::Field(_) | Target::CustomKey(_)) && is_null_text(&cell) {
            self.notes.warn(|| place, header, NULL_IS_TEXT);
        }
        let is_cleared = cell == self.clear_token;
        match &column.target {
            Target::Sid => {
                draft.name(&cell);
            }
            Target::Field(field) => {
                draft.put(*field, if is_cleared { Change::Clear } else { set(*field, cell) });
            }
            Target::CustomKey(key) => {
                let mut json = String::new();
                if is_cleared {
                    json.push_str("null");
                } else {
                    push_json_text(&mut json, &cell);
                }
                draft.put_key(key, json);
            }
            Target::Changes => json_edits::put_changes(&cell, draft, self.names, self.notes, place, &column.header),
            Target::Skipped | Target::Unmatched => {}
        }
    }

    fn finish(self) {
        self.short.tell(self.notes, "have fewer cells than the header: the fields without a cell are left alone");
        self.empty.tell(self.notes, "have nothing in any cell and are left out");
    }
}

/// A cell as it was before it was written for spreadsheets.
fn restored(cell: Cow<'_, str>) -> Cow<'_, str> {
    match undefused(&cell).len() {
        same if same == cell.len() => cell,
        shorter => Cow::Owned(cell.get(cell.len() - shorter..).unwrap_or_default().to_owned()),
    }
}
