//! Bulk changes: what one does to an edit, and what it would do to many (SPEC 3).
//!
//! A [`Transform`] looks at one edit alone, so that a million edits change one by one, and the same edit always
//! becomes the same. It works on what the queue holds: a field that an edit leaves alone has no value here, and stays
//! alone unless the transform gives it one ([`How::Set`], a template, a copy).
//!
//! ```text
//! template    = { text | "{{" | "}}" | "{" column [ "?" ] "}" }      `?`: empty where the column is not set
//! replacement = { text | "$" number | "${" number-or-name "}" | "$$" | "\\" | case }
//! case        = "\U" upper | "\L" lower, until "\E" · "\u" upper | "\l" lower, the next letter
//! ```
//!
//! Owns the languages and the changes. It never panics on any text, and talks to nothing outside the domain. It fails
//! with a [`WrongText`](super::WrongText), which has the byte where the text went wrong.

mod contact;
mod letters;
mod mend;
mod replace;
mod tally;
mod template;
#[cfg(test)]
mod tests;

pub use replace::Replace;
pub use tally::{Sample, Tally};
pub use template::Template;

use super::edit::{Change, Edit, Sid};
use super::field::Cell;
use super::validate::{Judged, judge};

/// A change of one column, or of all, wherever it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transform {
    /// Where.
    pub on: On,
    /// What.
    pub how: How,
}

/// The columns that a transform changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// One.
    Cell(Cell),
    /// Every one that the edit changes, and the SID.
    All,
}

/// What a transform does to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It gets this value.
    Set(String),
    /// It is cleared.
    Clear,
    /// It is not changed any more.
    LeaveAlone,
    /// What a pattern finds is replaced.
    Replace(Replace),
    /// It gets a value made of others.
    Template(Template),
    /// It gets the value of another column.
    Copy(Cell),
    /// Blanks at both ends go.
    Trim,
    /// Control characters and blanks in a row become one blank, those at both ends go.
    Tidy,
    /// All letters become capital.
    Upper,
    /// All letters become small.
    Lower,
    /// Each word gets a capital first letter, and small others.
    Title,
    /// A telephone number becomes E.164; one without a country code is one of this country.
    E164(String),
    /// What can be mended is: blanks, control characters, the form of a number of this country, capitals in an email.
    Mend(String),
}

/// What a transform makes of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// The edit is as it was.
    Unchanged,
    /// It becomes this.
    Changed(Edit),
    /// It stays as it was, since the value cannot be made; the text says why.
    Impossible(String),
}

impl Transform {
    /// A change of one column.
    pub const fn cell(cell: Cell, how: How) -> Self {
        Self { on: On::Cell(cell), how }
    }

    /// What becomes of an edit.
    pub fn apply(&self, edit: &Edit) -> Applied {
        let mut after = edit.clone();
        let mut why = None;
        for cell in self.cells() {
            match self.how.change(edit, cell) {
                Ok(None) => {}
                Ok(Some(change)) => put(&mut after, cell, change),
                Err(reason) => why = why.or(Some(reason)),
            }
        }
        match why {
            _ if after != *edit => Applied::Changed(after),
            None => Applied::Unchanged,
            Some(why) => Applied::Impossible(why),
        }
    }

    /// The columns that it may change.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let on = self.on;
        Cell::all().filter(move |cell| on == On::All || on == On::Cell(*cell))
    }

    /// What it does, for the list of undo: `set tag`, `trim all columns`.
    pub fn name(&self) -> String {
        let on = match self.on {
            On::Cell(Cell::Sid) => "SID",
            On::Cell(cell) => cell.name(),
            On::All => "all columns",
        };
        match &self.how {
            How::Set(_) => format!("set {on}"),
            How::Clear => format!("clear {on}"),
            How::LeaveAlone => format!("leave {on} alone"),
            How::Replace(_) => format!("replace in {on}"),
            How::Template(_) => format!("template in {on}"),
            How::Copy(from) => format!("copy {} to {on}", from.name()),
            How::Trim => format!("trim {on}"),
            How::Tidy => format!("tidy {on}"),
            How::Upper => format!("upper case of {on}"),
            How::Lower => format!("lower case of {on}"),
            How::Title => format!("title case of {on}"),
            How::E164(_) => format!("E.164 in {on}"),
            How::Mend(_) => format!("mend {on}"),
        }
    }
}

/// What becomes of a column: nothing (`None`), or this; the inner `None` leaves it alone.
type Becomes = Result<Option<Option<Change>>, String>;

impl How {
    fn change(&self, edit: &Edit, cell: Cell) -> Becomes {
        let set = |text: String| Ok(Some(Some(Change::Set(text))));
        let mapped = |f: &dyn Fn(&str) -> String| Ok(value(edit, cell).map(|text| Some(Change::Set(f(text)))));
        match self {
            Self::Set(text) => set(text.clone()),
            Self::Clear => Ok(Some(Some(Change::Clear))),
            Self::LeaveAlone => Ok(Some(None)),
            Self::Replace(replace) => {
                Ok(value(edit, cell).and_then(|text| replace.apply(text)).map(|text| Some(Change::Set(text))))
            }
            Self::Template(template) => set(template.fill(edit)?),
            Self::Copy(from) => set(needed(edit, *from)?.to_owned()),
            Self::Trim => mapped(&|text| text.trim().to_owned()),
            Self::Tidy => mapped(&letters::tidy),
            Self::Upper => mapped(&str::to_uppercase),
            Self::Lower => mapped(&str::to_lowercase),
            Self::Title => mapped(&letters::title),
            Self::E164(country) => match value(edit, cell) {
                None => Ok(None),
                Some(text) => e164(text, country).map(|e164| Some(Some(Change::Set(e164)))),
            },
            Self::Mend(country) => {
                Ok(value(edit, cell).and_then(|text| mend::mend(cell, text, country)).map(|t| Some(Change::Set(t))))
            }
        }
    }
}

/// The text of a column, where the edit has one.
fn value(edit: &Edit, cell: Cell) -> Option<&str> {
    match cell {
        Cell::Sid => Some(edit.sid.as_str()).filter(|sid| !sid.is_empty()),
        Cell::Field(field) => edit.changes.get(field).and_then(Change::value),
    }
}

/// The text of a column, or that there is none.
fn needed(edit: &Edit, cell: Cell) -> Result<&str, String> {
    value(edit, cell).ok_or_else(|| match cell {
        Cell::Field(field) if edit.changes.get(field).is_some() => format!("{field} is cleared, so it has no value"),
        cell => format!("{} is not set", cell.name()),
    })
}

/// The number as E.164.
fn e164(text: &str, country: &str) -> Result<String, String> {
    let text = text.trim();
    match judge(text, country) {
        Judged::E164 => Ok(text.to_owned()),
        Judged::Other(e164) => Ok(e164),
        Judged::Invalid(why) => Err(why),
    }
}

/// Gives a column what it becomes. A SID is never left alone, only empty.
fn put(edit: &mut Edit, cell: Cell, change: Option<Change>) {
    match (cell, change) {
        (Cell::Field(field), change) => {
            edit.changes.put(field, change);
        }
        (Cell::Sid, Some(change)) => edit.sid = Sid::new(change.value().unwrap_or_default()),
        (Cell::Sid, None) => {}
    }
}
