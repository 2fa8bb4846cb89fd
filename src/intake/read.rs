//! Finds out what form a file has, and has it read.

use super::columns::Names;
use super::json::JsonReader;
use super::report::{Intake, Notes, Place, Reading, Refused};
use super::{csv_edits, decode, json_edits};
use crate::domain::Edit;

/// The form of a file of edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Rows of cells, with a header. The delimiter is found out.
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// Every form, in the order of messages.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::JsonLines];

    /// The word for it on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    /// The form of that name, or of a file name's ending.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// How a file is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The form, where it is known; else the name's ending tells, else the content.
    pub format: Option<Format>,
    /// The cell of a CSV file that means "clear the field".
    pub clear_token: String,
    /// Columns and the fields they stand for, before all that rolodeck knows; `-` leaves a column out.
    pub map: Vec<(String, String)>,
    /// The file's name, for messages and for its ending.
    pub source_name: String,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { format: None, clear_token: "--".to_owned(), map: Vec::new(), source_name: "-".to_owned() }
    }
}

/// Reads every edit of a file, or says why none of it can be imported.
pub fn read_edits(bytes: &[u8], options: &ImportOptions) -> Result<Intake, Refused> {
    let mut edits = Vec::new();
    let Reading { rows, format, columns, warnings, warning_count } =
        each_edit(bytes, options, &mut |edit| edits.push(edit))?;
    Ok(Intake { edits, rows, format, columns, warnings, warning_count })
}

/// Hands over the edits of a file one by one, without holding them.
///
/// A file can turn out to be refused after edits were handed over: whoever takes them must be
/// able to drop them again, or read the file twice.
pub fn each_edit(bytes: &[u8], options: &ImportOptions, take: &mut dyn FnMut(Edit)) -> Result<Reading, Refused> {
    let start = || Place { line: 1, column: 1 };
    let mut notes = Notes::default();
    let named = options.format.or_else(|| Format::from_name(options.source_name.rsplit_once('.')?.1));
    let refused = |mut notes: Notes, place: Place, message: String| {
        notes.refuse(|| place, None, message);
        notes.finish(&options.source_name, 0, named.unwrap_or(Format::Csv), Vec::new())
    };
    let text = match decode::decode(bytes) {
        Ok(text) => text,
        Err(error) => return refused(notes, error.place, error.message),
    };
    let names = match Names::new(&options.map) {
        Ok(names) => names,
        Err(message) => return refused(notes, start(), message),
    };
    let format = form_of(&text, named, options.format.is_some());
    let mut edits = 0_u64;
    let mut counting = |edit| {
        edits += 1;
        take(edit);
    };
    let (rows, columns) = match format {
        Format::Csv => csv_edits::read(&text, &names, &options.clear_token, &mut notes, &mut counting),
        Format::Json => json_edits::read_document(&text, &names, &mut notes, &mut counting),
        Format::JsonLines => json_edits::read_lines(&text, &names, &mut notes, &mut counting),
    };
    if edits == 0 && !notes.is_refused() {
        notes.refuse(start, None, "no edits in it");
    }
    notes.finish(&options.source_name, rows, format, columns)
}

/// The form to read the text as. A file named `.json` may well hold JSON lines, so there the content
/// settles it unless the user did.
fn form_of(text: &str, named: Option<Format>, by_user: bool) -> Format {
    match named {
        Some(format) if by_user || format != Format::Json => format,
        None if !text.trim_start().starts_with(['{', '[']) => Format::Csv,
        _ => json_form(text),
    }
}

/// In JSON lines the first line is an object by itself, and others follow.
fn json_form(text: &str) -> Format {
    let mut lines = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    let is_object = |line: &str| {
        let mut reader = JsonReader::new(line);
        reader.peek() == Some(b'{') && reader.value().is_ok() && reader.end().is_ok()
    };
    if lines.next().is_some_and(is_object) && lines.next().is_some() { Format::JsonLines } else { Format::Json }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sid,tag", None, Format::Csv)]
    #[case("[{}]", None, Format::Json)]
    #[case("\n {\"contacts\":\n[", None, Format::Json)]
    #[case("{\n\"contacts\": [\n{}\n{}", None, Format::Json)]
    #[case("{}\r\n\r\n{}\r\n", None, Format::JsonLines)]
    #[case("{\"response\":[\n{}\n{}", None, Format::Json)]
    #[case("{\"contacts\":[{}\n{}]}", None, Format::Json)]
    #[case("{}\n{oops", None, Format::JsonLines)]
    #[case("{}", Some(Format::Json), Format::Json)]
    #[case("{oops\n{}", Some(Format::JsonLines), Format::JsonLines)]
    #[case("{}\n{}", Some(Format::Json), Format::JsonLines)]
    #[case("{x}", Some(Format::Csv), Format::Csv)]
    fn the_form_is_found_out(#[case] text: &str, #[case] named: Option<Format>, #[case] expected: Format) {
        assert_eq!(form_of(text, named, false), expected);
        assert!(Format::ALL.into_iter().all(|format| form_of(text, Some(format), true) == format));
    }

    #[test]
    fn formats_are_known_by_name() {
        assert!(Format::ALL.into_iter().all(|format| Format::from_name(format.name()) == Some(format)));
        assert_eq!(Format::from_name("TSV"), Some(Format::Csv));
        assert_eq!(Format::from_name("xlsx"), None);
    }
}
