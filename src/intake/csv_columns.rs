//! The columns of a CSV file of edits: those of the files that the edits came from, in their order, and behind them what
//! edits change beyond.
//!
//! A header stays as it was as long as nobody can take it for another field: else, and where it is empty or there already,
//! the field's own name stands for it. Columns that an import left out are not among them, since their cells were not
//! kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::build::object_of;
use super::columns::{CHANGES, ColumnUse, Target, is_same, known, mapped};
use super::export::{STATUS, defused};
use super::read::Format;
use super::report::Reading;
use crate::domain::{Change, Changes, Edit, Field, push_json_text};
use crate::support::text::harmless;

/// The columns that a CSV file of edits has. A file names its columns before its first row, so the edits
/// are [noted](Self::note) before they are written, or every column is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvColumns {
    clear_token: String,
    /// The columns of the files that the edits came from, else that of the SID.
    own: Vec<(String, Target)>,
    /// What edits change that no column is for.
    fields: BTreeSet<Field>,
    has_changes: bool,
    has_formulas: bool,
    /// What each row says beside the edit.
    beside: &'static [&'static str],
}

/// The members of a custom field that stand in columns of their own; `None` where one is cleared.
type Members<'k> = BTreeMap<&'k str, Option<String>>;

impl CsvColumns {
    /// The SID alone, to begin with.
    pub fn new(clear_token: &str) -> Self {
        Self { clear_token: clear_token.to_owned(), own: vec![(String::from("sid"), Target::Sid)], ..Self::default() }
    }

    /// Every column that any edit can need.
    pub fn all(clear_token: &str) -> Self {
        Self { fields: Field::ALL.into(), has_changes: true, ..Self::new(clear_token) }
    }

    /// Puts columns behind the edit's own, such as `_status`. A name that begins with `_` is not read back.
    #[must_use]
    pub fn with(self, beside: &'static [&'static str]) -> Self {
        Self { beside, ..self }
    }

    /// Takes the columns of these files, as [`own_columns`] gave them: those of the first, and what others have beyond.
    #[must_use]
    pub fn of_files(mut self, files: &[Vec<(String, String)>]) -> Self {
        self.own.clear();
        for file in files {
            let earlier = self.own.len();
            for (header, field) in file {
                // A header that stood for different fields could not be known again.
                let is_one = files.iter().flatten().all(|(other, of)| other != header || of == field);
                if let Ok(target) = mapped(field) {
                    self.take_column(Some(header.as_str()).filter(|_| is_one), target, earlier);
                }
            }
        }
        if !self.own.iter().any(|(_, target)| *target == Target::Sid) {
            self.own.insert(0, (String::from("sid"), Target::Sid));
        }
        self
    }

    /// Takes a column of a file, unless an earlier file has one for this target already. Two columns of one file for one
    /// field say the same.
    fn take_column(&mut self, header: Option<&str>, target: Target, earlier: usize) {
        let mut others = self.own.iter().enumerate().filter(|(_, (_, other))| *other == target);
        if others.any(|(at, _)| at < earlier || matches!(target, Target::CustomKey(_))) {
            return;
        }
        let is_free = |name: &str| !self.own.iter().any(|(other, _)| is_same(other, name));
        let own = target.name();
        let name = header.filter(|header| says_nothing_else(header, &target) && is_free(header)).unwrap_or(&own);
        if is_free(name) {
            self.own.push((name.to_owned(), target));
        }
    }

    /// Whether [noted](Self::note) edits have a value that a spreadsheet would run.
    pub fn has_formulas(&self) -> bool {
        self.has_formulas
    }

    /// Sees to it that the edit fits in.
    pub fn note(&mut self, edit: &Edit) {
        let mut cells = edit.changes.iter().filter_map(|(_, change)| change.value()).chain([edit.sid.as_str()]);
        self.has_formulas |= cells.any(|cell| matches!(defused(cell), Cow::Owned(_)));
        let is_in_members = self.members(edit).is_some();
        for (field, change) in edit.changes.iter().filter(|(field, _)| *field != Field::CustomField || !is_in_members) {
            if self.cell(change).is_none() {
                self.has_changes = true;
            } else if !self.own.iter().any(|(_, target)| *target == Target::Field(field)) {
                self.fields.insert(field);
            }
        }
    }

    /// Sees to it that whatever fits in the other, which began as this one did, fits in.
    pub fn join(&mut self, other: Self) {
        self.fields.extend(other.fields);
        self.has_changes |= other.has_changes;
        self.has_formulas |= other.has_formulas;
    }

    /// The columns' names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|(name, _)| name.as_str());
        let fields = self.fields.iter().map(|field| field.name());
        own.chain(fields).chain(self.has_changes.then_some(CHANGES)).chain(self.beside.iter().copied())
    }

    /// The names of the columns behind the edit's own.
    pub(super) fn beside(&self) -> &'static [&'static str] {
        self.beside
    }

    /// The cells of an edit; its values are as `ready` makes them.
    pub(super) fn cells<'e>(&'e self, edit: &'e Edit, ready: impl Fn(&str) -> Cow<'_, str>) -> Vec<Cow<'e, str>> {
        let members = self.members(edit);
        let is_elsewhere = |field: Field| field == Field::CustomField && members.is_some();
        let token = || Cow::Borrowed(self.clear_token.as_str());
        let field = |field: Field| match edit.changes.get(field).filter(|_| !is_elsewhere(field)) {
            Some(Change::Clear) => token(),
            Some(change) => made(&ready, self.cell(change).unwrap_or_default()),
            None => Cow::Borrowed(""),
        };
        let own = self.own.iter().map(|(_, target)| match target {
            Target::Sid => made(&ready, edit.sid.as_str()),
            Target::Field(of) => field(*of),
            Target::CustomKey(key) => match members.as_ref().and_then(|members| members.get(key.as_str())) {
                Some(Some(value)) => Cow::Owned(ready(value).into_owned()),
                Some(None) => token(),
                None => Cow::Borrowed(""),
            },
            Target::Changes | Target::Skipped | Target::Unmatched => Cow::Borrowed(""),
        });
        let rest = || {
            let beyond =
                edit.changes.iter().filter(|(field, change)| !is_elsewhere(*field) && self.cell(change).is_none());
            let changes: Changes = beyond.map(|(field, change)| (field, change.clone())).collect();
            Cow::Owned(if changes.is_empty() { String::new() } else { changes.to_json() })
        };
        own.chain(self.fields.iter().map(|of| field(*of))).chain(self.has_changes.then(rest)).collect()
    }

    /// The cell that says the change, if one can.
    fn cell<'c>(&'c self, change: &'c Change) -> Option<&'c str> {
        match change {
            Change::Clear => Some(self.clear_token.as_str()).filter(|token| !token.is_empty()),
            Change::Set(value) => self.text_cell(value),
        }
    }

    fn text_cell<'c>(&self, value: &'c str) -> Option<&'c str> {
        Some(value).filter(|value| !value.is_empty() && *value != self.clear_token)
    }

    /// The custom field of an edit by its members, where the columns for them say all of it, in its order.
    fn members(&self, edit: &Edit) -> Option<Members<'_>> {
        let text = edit.changes.get(Field::CustomField)?.value()?;
        let keys = self.own.iter().filter_map(|(_, target)| match target {
            Target::CustomKey(key) => Some(key.as_str()),
            _ => None,
        });
        let mut keys = keys.peekable();
        keys.peek()?;
        let object: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let (mut said, mut members) = (Vec::new(), Members::new());
        for (key, value) in keys.filter_map(|key| Some((key, object.get(key)?))) {
            let mut json = String::new();
            if value.get() == "null" && !self.clear_token.is_empty() {
                json.push_str("null");
                members.insert(key, None);
            } else {
                let text: String = serde_json::from_str(value.get()).ok()?;
                push_json_text(&mut json, self.text_cell(&text)?);
                members.insert(key, Some(text));
            }
            said.push((key, json));
        }
        // Empty cells say nothing, so an empty object has to stand elsewhere.
        (!said.is_empty() && object_of(said.iter().map(|(key, json)| (*key, json.as_str()))) == text).then_some(members)
    }
}

/// A value as it goes into a cell, not copied where it goes as it is.
fn made<'v>(ready: &impl Fn(&str) -> Cow<'_, str>, value: &'v str) -> Cow<'v, str> {
    match ready(value) {
        Cow::Borrowed(_) => Cow::Borrowed(value),
        Cow::Owned(made) => Cow::Owned(made),
    }
}

/// Whether a header can be used for the target: by itself it means this or nothing, and no spreadsheet or terminal
/// does anything with it.
fn says_nothing_else(header: &str, target: &Target) -> bool {
    let is_plain = !header.trim().is_empty() && !header.starts_with('#') && harmless(header) == header;
    let is_run = matches!(defused(header), Cow::Owned(_));
    is_plain && !is_run && known(header.trim()).is_none_or(|known| known == *target)
}

/// The columns of a table that say something of its edits, with what they say: what [`CsvColumns::of_files`] takes.
/// JSON has none.
pub fn own_columns(reading: &Reading) -> Vec<(String, String)> {
    if matches!(reading.format, Format::Json | Format::JsonLines) {
        return Vec::new();
    }
    let says = |target: &Target| matches!(target, Target::Sid | Target::Field(_) | Target::CustomKey(_));
    let said = reading.columns.iter().filter(|column| says(&column.target));
    said.map(|column| (column.header.clone(), column.target.name().into_owned())).collect()
}

/// What the headers of a file of results stand for, by the files that its edits may have come from. A header that stood for
/// different fields in them is not among them.
pub fn recalled(columns: &[ColumnUse], files: &[Vec<(String, String)>]) -> Vec<(String, String)> {
    if !columns.iter().any(|column| column.header == STATUS) {
        return Vec::new();
    }
    let meaning = |header: &str| {
        let mut fields = files.iter().flatten().filter(|(other, _)| other == header).map(|(_, field)| field);
        let first = fields.next()?;
        fields.all(|field| field == first).then(|| (header.to_owned(), first.clone()))
    };
    // By its name, and not by what it is taken for: an `id` is taken for the SID where nothing better is known.
    let strange = columns.iter().filter(|column| known(column.header.trim()).is_none());
    strange.filter_map(|column| meaning(&column.header)).collect()
}
