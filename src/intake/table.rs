//! From the rows of a table, whatever file they come from, to edits.

use std::borrow::Cow;
use std::collections::HashMap;

use super::build::{Draft, NULL_IS_TEXT, damage, is_null_text, lost_digits, set};
use super::columns::{ColumnUse, Names, Target, may_be_sid};
use super::export::{DEFUSED, STATUS, undefused};
use super::header::{SEARCHED, find_header, is_header};
use super::json_edits;
use super::report::{Place, Problem};
use super::sink::{Raw, Sink};
use super::who::KEYS;
use crate::domain::{Change, Edit, Field, push_json_text};
use crate::support::text::{counted, truncate};

/// How many rows are samples.
const SAMPLES: usize = 3;

/// What became of the columns, and the first rows as they are where only those were wanted.
pub(super) type Columns = (Vec<ColumnUse>, Vec<Vec<String>>);

/// A table being read. Rows before its header are kept until that is found.
pub(super) struct Table<'a, 's> {
    names: &'a Names,
    clear_token: &'a str,
    /// What separates the cells; none in a sheet, where no row is too short.
    delimiter: Option<u8>,
    sink: &'a mut Sink<'s>,
    /// The rows that came before a header was found.
    early: Vec<(u64, Vec<Cow<'static, str>>)>,
    columns: Option<Vec<ColumnUse>>,
    /// The first rows behind the header, where no more than these is wanted.
    samples: Option<Vec<Vec<String>>>,
    /// Whether the cells were defused for spreadsheets.
    are_defused: bool,
    /// Rows with fewer cells than the header.
    short: Tally,
    /// Rows with nothing in any cell, as spreadsheets leave behind.
    empty: Tally,
    /// Numbers with an apostrophe before them, which spreadsheets mark text with.
    quoted: Tally,
    /// Cells of columns without a name.
    nameless: Tally,
}

impl<'a, 's> Table<'a, 's> {
    pub(super) fn new(names: &'a Names, clear_token: &'a str, delimiter: Option<u8>, sink: &'a mut Sink<'s>) -> Self {
        Self {
            names,
            clear_token,
            delimiter,
            sink,
            early: Vec::new(),
            columns: None,
            samples: None,
            are_defused: false,
            short: Tally::default(),
            empty: Tally::default(),
            quoted: Tally::default(),
            nameless: Tally::default(),
        }
    }

    /// Reads no further than the first rows behind the header, and makes no edits of them.
    pub(super) fn only_samples(self) -> Self {
        Self { samples: Some(Vec::new()), ..self }
    }

    /// Takes a row; gives whether there is any use in another.
    pub(super) fn row(&mut self, line: u64, cells: &[Cow<'_, str>]) -> bool {
        if let Some(columns) = self.columns.take() {
            self.read(&columns, line, cells);
            self.columns = Some(columns);
        } else {
            self.early.push((line, cells.iter().map(|cell| Cow::Owned(cell.to_string())).collect()));
            if is_header(self.names, cells) || self.early.len() == SEARCHED {
                self.begin();
            }
        }
        match &self.samples {
            Some(samples) => samples.len() < SAMPLES,
            None => !self.sink.is_refused(),
        }
    }

    /// Takes a row that can't be split into cells.
    pub(super) fn broken(&mut self, place: Place, message: &str, raw: &str) {
        self.sink.refuse_row(vec![place.problem(None, message)], &Raw::Cells(&[Cow::Borrowed(raw.trim_end())]));
    }

    /// The end of the table; gives what became of its columns, and the samples.
    pub(super) fn finish(mut self) -> Columns {
        if self.columns.is_none() && !self.early.is_empty() {
            self.begin();
        }
        self.short.tell(self.sink, "fewer cells than the header: the fields without a cell are left alone");
        self.empty.tell(self.sink, "nothing in any cell: left out");
        self.quoted.tell(self.sink, "an apostrophe before the number, as spreadsheets mark text: kept as it is");
        self.nameless.tell(self.sink, "a cell in a column without a name: it is left out");
        (self.columns.unwrap_or_default(), self.samples.unwrap_or_default())
    }

    /// Takes the header among the rows so far, and then the rows behind it.
    fn begin(&mut self) {
        let rows = std::mem::take(&mut self.early);
        let at = find_header(self.names, rows.iter().map(|(_, cells)| cells.as_slice()));
        let Some((line, header)) = rows.get(at) else { return };
        if let Some((first, cells)) = rows.first().filter(|_| at > 0) {
            let start = cells.iter().find(|cell| !cell.is_empty()).map_or("", Cow::as_ref);
            let message = format!(
                "{} before the header left out, beginning `{}`",
                counted(at as u64, "row"),
                truncate(start, 40)
            );
            self.sink.warn(|| Place { line: *first, column: 1 }, None, message);
        }
        let columns = self.columns_of(header, *line);
        self.sink.begin_table(header, self.delimiter.unwrap_or(b','));
        self.are_defused = columns.iter().any(|column| [STATUS, DEFUSED].contains(&column.header.as_str()));
        if self.samples.is_some() || !self.sink.is_refused() {
            rows.iter().skip(at + 1).for_each(|(line, cells)| self.read(&columns, *line, cells));
        }
        self.columns = Some(columns);
    }

    fn columns_of(&mut self, header: &[Cow<'_, str>], line: u64) -> Vec<ColumnUse> {
        let target = |(i, cell): (usize, &Cow<'_, str>)| ColumnUse::new(cell, self.names.target_at(cell, Some(i)));
        let mut columns: Vec<_> = header.iter().enumerate().map(target).collect();
        let start = Place { line, column: 1 };
        let can_be_found = |c: &ColumnUse| matches!(&c.target, Target::Field(field) if KEYS.contains(field));
        let is_found = self.sink.finds() && columns.iter().any(can_be_found);
        if !find_sid(&mut columns) && !is_found {
            let message = format!(
                "no column for the SID; there are {}: name one `sid`, or map it to sid",
                quoted(columns.iter())
            );
            self.sink.refuse_file(start, None, message);
        }
        for column in self.names.missing(&columns) {
            let message = format!("no column `{column}` to map; there are {}", quoted(columns.iter()));
            self.sink.refuse_file(start, None, message);
        }
        self.warn_of_twins(&columns, line);
        let mut unmatched =
            columns.iter().filter(|c| c.target == Target::Unmatched && !c.header.trim().is_empty()).peekable();
        if unmatched.peek().is_some() {
            let which = quoted(unmatched);
            let message = format!("left out, since no field is named so: {which}. Map them to a field if they matter");
            self.sink.warn(|| start, None, message);
        }
        columns
    }

    /// Two columns for one thing: no harm as long as they do not differ.
    fn warn_of_twins(&mut self, columns: &[ColumnUse], line: u64) {
        let mut first: HashMap<&Target, &str> = HashMap::new();
        for (i, column) in columns.iter().enumerate() {
            let Some(what) = what(&column.target) else { continue };
            if let Some(twin) = first.insert(&column.target, &column.header) {
                let message = format!(
                    "`{twin}` and `{}` both stand for {what}: a row where they differ is refused; map one of them to - (as \
                     `#{}=-`, by its place) if that is not meant",
                    column.header,
                    i + 1
                );
                self.sink.warn(|| Place { line, column: i as u64 + 1 }, Some(&column.header), message);
            }
        }
    }

    fn read(&mut self, columns: &[ColumnUse], line: u64, cells: &[Cow<'_, str>]) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return self.empty.add(line);
        }
        if let Some(samples) = &mut self.samples {
            samples.push(cells.iter().map(ToString::to_string).collect());
            return;
        }
        match self.edit(columns, line, cells) {
            Ok(edit) => self.sink.edit(edit),
            Err(problems) => self.sink.refuse_row(problems, &Raw::Cells(cells)),
        }
    }

    /// Makes an edit of a row. Cells behind the header's last are a mistake when something is in
    /// them; spreadsheets leave empty ones there.
    fn edit(&mut self, columns: &[ColumnUse], line: u64, cells: &[Cow<'_, str>]) -> Result<Edit, Vec<Problem>> {
        let place = |i: usize| Place { line, column: i as u64 + 1 };
        if let Some(i) = (columns.len()..cells.len()).find(|i| cells.get(*i).is_some_and(|cell| !cell.is_empty())) {
            let message = format!(
                "{} in this row, {} in the header: put a cell that has the delimiter in it in quotes",
                counted(cells.len() as u64, "cell"),
                columns.len()
            );
            return Err(vec![place(i).problem(None, message)]);
        }
        if cells.len() < columns.len() && self.delimiter.is_some() {
            self.short.add(line);
        }
        let mut draft = Draft::default();
        let mut problems = Vec::new();
        for (i, (column, cell)) in columns.iter().zip(cells).enumerate().filter(|(_, (_, cell))| !cell.is_empty()) {
            let cell = if self.are_defused { undefused(cell) } else { cell };
            if let Err(message) = self.cell(&mut draft, column, place(i), cell) {
                problems.push(place(i).problem(Some(&column.header), message));
            }
        }
        if !draft.has_name() && problems.is_empty() {
            let found = self.sink.name(&mut draft);
            let found = found.unwrap_or_else(|| Err("no SID in this row: fill it in, or take the row out".to_owned()));
            if let Err(message) = found {
                let by_key = Some(&draft).filter(|_| self.sink.finds());
                let at = names_contact(columns, by_key).unwrap_or_default();
                let header = columns.get(at).map(|column| column.header.as_str());
                problems.push(place(at).problem(header, message));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        draft.finish().map_err(|message| vec![place(0).problem(None, message)])
    }

    fn cell(&mut self, draft: &mut Draft, column: &ColumnUse, place: Place, cell: &str) -> Result<(), String> {
        let Some(what) = what(&column.target) else {
            if column.target == Target::Unmatched && column.header.trim().is_empty() {
                self.nameless.add(place.line);
            }
            return Ok(());
        };
        if let Some(why) = damage(cell) {
            return Err(why.to_owned());
        }
        if matches!(column.target, Target::Field(_) | Target::CustomKey(_)) && is_null_text(cell) {
            self.sink.warn(|| place, Some(&column.header), NULL_IS_TEXT);
        }
        let is_cleared = cell == self.clear_token;
        let is_twice = match &column.target {
            Target::Sid => {
                if let Some(why) = lost_sid(cell) {
                    return Err(why.to_owned());
                }
                draft.name(cell).is_some_and(|before| before.as_str() != cell.trim())
            }
            Target::Field(field) => {
                if *field == Field::Number {
                    self.look_at_number(place.line, cell)?;
                }
                let change = if is_cleared { Change::Clear } else { set(*field, Cow::Borrowed(cell)) };
                draft.put(*field, change.clone()).is_some_and(|before| before != change)
            }
            Target::CustomKey(key) => {
                let mut json = String::new();
                if is_cleared {
                    json.push_str("null");
                } else {
                    push_json_text(&mut json, cell);
                }
                draft.put_key(key, json.clone()).is_some_and(|before| before != json)
            }
            Target::Changes => {
                json_edits::put_changes(cell, draft, self.names)?;
                false
            }
            Target::Skipped | Target::Unmatched => false,
        };
        if is_twice {
            return Err(format!("another column stands for {what} too, and says something else: map one of them to -"));
        }
        Ok(())
    }

    fn look_at_number(&mut self, line: u64, cell: &str) -> Result<(), String> {
        if let Some(why) = lost_digits(cell) {
            return Err(why.to_owned());
        }
        if cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(|c: char| c == '+' || c.is_ascii_digit())) {
            self.quoted.add(line);
        }
        Ok(())
    }
}

/// The column that says who is meant: the first with something in it that a contact can be found by, else that of SIDs.
fn names_contact(columns: &[ColumnUse], draft: Option<&Draft>) -> Option<usize> {
    let is = |target: &Target| columns.iter().position(|column| column.target == *target);
    let is_given = |field: &Field| draft.is_some_and(|draft| draft.value(*field).is_some());
    let by_key = KEYS.into_iter().filter(is_given).find_map(|field| is(&Target::Field(field)));
    by_key.or_else(|| is(&Target::Sid))
}

/// Why a SID is none any more. Digits with an `e` among them are one.
pub(super) fn lost_sid(text: &str) -> Option<&'static str> {
    lost_digits(text).filter(|_| text.contains(['.', ',', '+']))
}

/// What a column says, for messages; nothing where it is not used.
fn what(target: &Target) -> Option<&'static str> {
    match target {
        Target::Sid => Some("the SID"),
        Target::Field(field) => Some(field.name()),
        Target::CustomKey(_) => Some("the same key of custom_field"),
        Target::Changes => Some("the changes"),
        Target::Skipped | Target::Unmatched => None,
    }
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

/// The headers for a message, short enough for one even when the file is no table at all. One that looks like another
/// says so.
fn quoted<'a>(columns: impl Iterator<Item = &'a ColumnUse>) -> String {
    const NAMED: usize = 20;
    let name = |column: &ColumnUse| match &column.maybe {
        Some(target) => format!("`{}` (perhaps {})", truncate(&column.header, 40), target.name()),
        None => format!("`{}`", truncate(&column.header, 40)),
    };
    let mut names: Vec<_> = columns.take(NAMED + 1).map(name).collect();
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Rows alike in something, counted for one warning.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first_line: u64,
    last_line: u64,
}

impl Tally {
    fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first_line = line;
        }
        // Several cells of one row count once.
        self.count += u64::from(self.count == 0 || self.last_line != line);
        self.last_line = line;
    }

    fn tell(&self, sink: &mut Sink<'_>, what: &str) {
        if self.count > 0 {
            let rows = match self.count {
                1 => String::from("this row has"),
                n => format!("{} from here on have", counted(n, "row")),
            };
            sink.warn(|| Place { line: self.first_line, column: 1 }, None, format!("{rows} {what}"));
        }
    }
}
