//! What can be chosen at each stage of an import: its lines, and what each of them does.

use super::settling::{self, Settle};
use super::{Counted, Import, Source, Stage};
use crate::domain::Field;
use crate::intake::{ColumnUse, ReadAs, Target};
use crate::support::text::{count, counted};

/// How a file can be read otherwise than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Another sheet of the workbook.
    Sheet,
    /// As text in another encoding.
    Encoding,
    /// Cells set apart by something else.
    Delimiter,
}

/// What a line does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Does {
    /// Opens the choice of what this column is.
    Column(usize),
    /// Counts what would come of it.
    Count,
    /// Makes the column that.
    Become(Target),
    /// Opens the choice of another way to read.
    Way(Way),
    /// Reads it that way.
    Read(Way, String),
    /// Imports it.
    Import { keeps_refused: bool },
    /// Settles what it leaves to the user, or opens a list of that.
    Settle(Settle),
    /// Shows all reasons and warnings.
    Reasons,
    /// Goes back to the columns.
    Columns,
    /// Imports nothing.
    Close,
}

/// A line that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// What it is.
    pub name: String,
    /// What is there, or what it does.
    pub text: String,
    pub(super) does: Does,
}

pub(super) fn line(name: &str, text: &str, does: Does) -> ImportLine {
    ImportLine { name: name.to_owned(), text: text.to_owned(), does }
}

/// So many reasons and warnings have room below the lines.
const FEW: usize = 1;

/// The way that it is read at present.
pub(super) const NOW: &str = "as it is read now";

/// Encodings to choose from, besides the one that the bytes look like.
const ENCODINGS: [&str; 14] = [
    "UTF-8",
    "windows-1252",
    "UTF-16LE",
    "UTF-16BE",
    "windows-1250",
    "windows-1251",
    "windows-1254",
    "windows-1256",
    "ISO-8859-2",
    "KOI8-R",
    "Shift_JIS",
    "GBK",
    "Big5",
    "EUC-KR",
];

/// Delimiters to choose from, by the names that they are shown with.
const DELIMITERS: [(&str, u8); 6] =
    [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("bar", b'|'), ("colon", b':'), ("caret", b'^')];

/// The delimiter of that name; one without a name is itself.
pub(super) fn delimiter(name: &str) -> Option<u8> {
    let known = DELIMITERS.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign);
    known.or_else(|| name.bytes().next())
}

fn delimiter_name(sign: u8) -> String {
    let known = DELIMITERS.iter().find(|(_, known)| *known == sign);
    known.map_or_else(|| char::from(sign).to_string(), |(name, _)| (*name).to_owned())
}

impl Import {
    /// The lines to choose from.
    pub fn lines(&self) -> Vec<ImportLine> {
        match &self.stage {
            Stage::Busy(..) => Vec::new(),
            Stage::Mapping => {
                let columns = self.look.columns.iter().enumerate();
                let mut lines: Vec<_> =
                    columns.map(|(at, column)| line(&column.header, &used_for(column), Does::Column(at))).collect();
                if !lines.is_empty() {
                    lines.push(line("go on", "count what would come of it", Does::Count));
                }
                lines.extend(ways(&self.look.read_as));
                lines
            }
            Stage::Choosing(at) => targets(self.look.columns.get(*at))
                .into_iter()
                .map(|target| {
                    let text = if target == Target::Skipped { "leave it out" } else { "" };
                    line(&target.name(), text, Does::Become(target))
                })
                .collect(),
            Stage::Reading(way, _) => values(*way, &self.look.read_as)
                .into_iter()
                .map(|(name, text)| line(&name, text, Does::Read(*way, name.clone())))
                .collect(),
            Stage::Preview(counted) => self.preview_lines(counted),
            Stage::Settling(question, counted) => settling::lines(self, *question, counted),
        }
    }

    fn preview_lines(&self, counted: &Counted) -> Vec<ImportLine> {
        let good = counted.rows - counted.refused;
        let mut lines = Vec::new();
        if good > 0 {
            let rows = if counted.refused > 0 {
                format!("import the other {}", self::counted(good, "row"))
            } else {
                String::from("import")
            };
            lines.push(line(&rows, "one step of undo", Does::Import { keeps_refused: false }));
            if counted.refused > 0 && matches!(self.source, Source::File(_)) {
                let name = format!("the same, and keep the {} refused in a file", count(counted.refused));
                lines.push(line(&name, "beside it, to mend", Does::Import { keeps_refused: true }));
            }
        }
        lines.extend(settling::openers(self, counted));
        if counted.problems.len() + counted.warnings.len() > FEW {
            lines.push(line("read all reasons", "", Does::Reasons));
        }
        if !self.look.columns.is_empty() {
            lines.push(line("change the columns", "", Does::Columns));
        }
        lines.extend(ways(&self.look.read_as));
        lines.push(line("close", "nothing is imported", Does::Close));
        lines
    }
}

/// How it is read, where that can be changed.
fn ways(read_as: &ReadAs) -> Vec<ImportLine> {
    let ReadAs { sheet, sheets, encoding, delimiter, looks_like } = read_as;
    let mut lines = Vec::new();
    if let Some(sheet) = sheet.as_ref().filter(|_| sheets.len() > 1) {
        lines.push(line("sheet", &format!("{sheet}, one of {}", count(sheets.len() as u64)), Does::Way(Way::Sheet)));
    }
    match (encoding, looks_like) {
        (Some(encoding), Some(other)) => {
            let text = format!("not {encoding}; it looks like {other}");
            lines.push(line("encoding", &text, Does::Way(Way::Encoding)));
        }
        (Some(encoding), None) => lines.push(line("encoding", encoding, Does::Way(Way::Encoding))),
        (None, _) => {}
    }
    if let Some(sign) = delimiter {
        lines.push(line("delimiter", &delimiter_name(*sign), Does::Way(Way::Delimiter)));
    }
    lines
}

/// The ways to choose from, the present one marked.
fn values(way: Way, read_as: &ReadAs) -> Vec<(String, &'static str)> {
    let now = match way {
        Way::Sheet => read_as.sheet.clone(),
        Way::Encoding => read_as.encoding.map(str::to_owned).filter(|_| read_as.looks_like.is_none()),
        Way::Delimiter => read_as.delimiter.map(delimiter_name),
    };
    let names: Vec<String> = match way {
        Way::Sheet => read_as.sheets.clone(),
        Way::Encoding => {
            let all = read_as.looks_like.into_iter().chain(read_as.encoding).chain(ENCODINGS);
            let mut names: Vec<String> = Vec::new();
            for name in all.filter(|name| now.is_some() || read_as.encoding != Some(*name)) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            names
        }
        Way::Delimiter => DELIMITERS.iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    let text = |name: &String| {
        if Some(name) == now.as_ref() {
            NOW
        } else if way == Way::Encoding && read_as.looks_like == Some(name.as_str()) {
            "what it looks like"
        } else {
            ""
        }
    };
    names.into_iter().map(|name| (name.clone(), text(&name))).collect()
}

/// What a column is used for, in words.
fn used_for(column: &ColumnUse) -> String {
    match (&column.target, &column.maybe) {
        (Target::Unmatched, Some(maybe)) => format!("not used (perhaps {})", maybe.name()),
        (Target::Unmatched, None) => String::from("not used"),
        (Target::Skipped, _) => String::from("left out"),
        (target, _) => target.name().into_owned(),
    }
}

/// What a column can be; what it may be meant for comes first.
pub(super) fn targets(column: Option<&ColumnUse>) -> Vec<Target> {
    let header = column.map_or("", |column| column.header.as_str());
    let mut all: Vec<Target> = column.and_then(|column| column.maybe.clone()).into_iter().collect();
    all.push(Target::Sid);
    all.extend(Field::ALL.map(Target::Field));
    if !header.trim().is_empty() {
        all.push(Target::CustomKey(header.trim().to_owned()));
    }
    all.push(Target::Skipped);
    let mut seen = Vec::new();
    all.retain(|target| !seen.contains(target) && (seen.push(target.clone()), true).1);
    all
}
