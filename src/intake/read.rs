//! Finds out what form a file has, and has it read.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::columns::{ColumnUse, Names};
use super::csv_rows::{self, CsvHow};
use super::encoding::{self, Coded};
use super::json::JsonReader;
use super::report::{Intake, Place, Reading, Refused};
use super::sink::Sink;
use super::text::{Fault, Text};
use super::who::Finder;
use super::{json_document, json_edits, xlsx};
use crate::domain::{Edit, Field, Found};

/// The form of a file of edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Rows of cells, with a header. The delimiter is found out.
    #[default]
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// A sheet of a workbook, with a header.
    Xlsx,
}

impl Format {
    /// Every form, in the order of messages.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::JsonLines, Self::Xlsx];

    /// The word for it on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The form of that name, or of a file name's ending.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// How a file is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The form, where it is known; else the name's ending tells, else the content.
    pub format: Option<Format>,
    /// The cell of a table that means "clear the field".
    pub clear_token: String,
    /// Columns and the fields they stand for, before all that rolodeck knows; `-` leaves a column out.
    pub map: Vec<(String, String)>,
    /// The sheet of a workbook, by name or number; else the first that is not hidden.
    pub sheet: Option<String>,
    /// The encoding of text without a byte order mark; else UTF-8.
    pub encoding: Option<String>,
    /// The delimiter of a CSV file; else it is found out.
    pub delimiter: Option<u8>,
    /// The file's name, for messages and for its ending.
    pub source_name: String,
    /// Whether messages name the flags of the command line, or speak to somebody who chooses on a screen.
    pub names_flags: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            format: None,
            clear_token: "--".to_owned(),
            map: Vec::new(),
            sheet: None,
            encoding: None,
            delimiter: None,
            source_name: "-".to_owned(),
            names_flags: true,
        }
    }
}

/// A file that can be read from its start more than once.
pub trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// Reads every edit of a small file, or says why none of it can be imported.
pub fn read_edits(bytes: &[u8], options: &ImportOptions) -> Result<Intake, Refused> {
    let mut edits = Vec::new();
    let reading = read(&mut io::Cursor::new(bytes), options, None, None, &mut |edit| edits.push(edit))?;
    let Reading { rows, format, columns, warnings, warning_count, .. } = reading.whole(&options.source_name)?;
    Ok(Intake { edits, rows, format, columns, warnings, warning_count })
}

/// Hands over the edits of a file one by one, and writes its refused rows to `rejects`, without holding either. The
/// contacts of rows without a SID are found by `find`, by their number or email.
///
/// A file can turn out to be refused as a whole after edits were handed over: whoever takes them must be able to drop
/// them again. Whether edits count beside refused rows is for the caller to say ([`Reading::whole`]).
pub fn read(
    input: &mut dyn Input,
    options: &ImportOptions,
    mut rejects: Option<&mut dyn Write>,
    mut find: Option<&mut Finder<'_>>,
    take: &mut dyn FnMut(Edit),
) -> Result<Reading, Refused> {
    let mut take = |edit| take(edit);
    // Closures of our own, since the lifetimes of those handed in differ.
    let is_found = find.is_some();
    let mut find = |field: Field, value: &str| match &mut find {
        Some(find) => find(field, value),
        None => Ok(Found::None),
    };
    let find: Option<&mut Finder<'_>> = if is_found { Some(&mut find) } else { None };
    let mut sink = Sink::new(&mut take, rejects.as_mut().map(|out| out as &mut dyn Write), find);
    let Look { format, columns, read_as, .. } = read_into(&mut sink, input, options, false);
    match sink.finish(&options.source_name) {
        Ok(reading) => Ok(Reading { format, columns, ..reading }),
        Err(refused) => Err(Refused { looks_like: read_as.looks_like, ..refused }),
    }
}

/// How a file is read, as found or as asked for: what a user may want otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadAs {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The sheets that are in sight, and the one that is read.
    pub sheets: Vec<String>,
    /// The encoding of a text without a mark that says it.
    pub encoding: Option<&'static str>,
    /// What separates the cells of a text.
    pub delimiter: Option<u8>,
    /// The encoding that it looks like where it can't be read in the one above.
    pub looks_like: Option<&'static str>,
}

/// What a first look at a file shows, without reading it whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The form of the file.
    pub format: Format,
    /// What becomes of each column of a table; nothing for JSON.
    pub columns: Vec<ColumnUse>,
    /// The first rows behind the header, as they are.
    pub samples: Vec<Vec<String>>,
    /// How it is read, as found or asked for.
    pub read_as: ReadAs,
    /// Why the file is refused as it is to be read, where that shows already.
    pub refused: Option<Refused>,
}

/// Looks at the header of a table and its first rows. A column by which contacts can be found names them as well as their SID.
pub fn look(input: &mut dyn Input, options: &ImportOptions) -> Look {
    let mut take = |_| {};
    let mut find = |_: Field, _: &str| Ok(Found::None);
    let mut sink = Sink::new(&mut take, None, Some(&mut find));
    let look = read_into(&mut sink, input, options, true);
    let is_refused = sink.is_refused();
    Look { refused: sink.finish(&options.source_name).err().filter(|_| is_refused), ..look }
}

/// Reads a file as far as it goes; a fault is told to the sink.
fn read_into(sink: &mut Sink<'_>, input: &mut dyn Input, options: &ImportOptions, only_samples: bool) -> Look {
    let mut look = Look { format: options.format.unwrap_or_default(), ..Look::default() };
    let read = Names::new(&options.map)
        .map_err(|message| Fault { place: Place::START, message, undecoded: None })
        .and_then(|names| read_as_found(input, options, &names, sink, only_samples, &mut look));
    if let Err(mut fault) = read {
        if let Some((other, advice)) = fault.undecoded.and_then(|at| advice(input, at, options.names_flags).ok()) {
            look.read_as.looks_like = Some(other);
            if options.encoding.is_none() {
                fault.message = format!("{}: {advice}", fault.message);
            }
        }
        sink.refuse_file(fault.place, None, fault.message);
    }
    look
}

fn read_as_found(
    input: &mut dyn Input,
    options: &ImportOptions,
    names: &Names,
    sink: &mut Sink<'_>,
    only_samples: bool,
    found: &mut Look,
) -> Result<(), Fault> {
    let head = head(input).map_err(|e| unreadable(&e))?;
    let named = options.format.or_else(|| Format::from_name(options.source_name.rsplit_once('.')?.1));
    if options.format == Some(Format::Xlsx) || (options.format.is_none() && xlsx::is_zip(&head)) {
        found.format = Format::Xlsx;
        (found.columns, found.samples) = xlsx::read(input, options, names, only_samples, sink, &mut found.read_as)?;
        return Ok(());
    }
    let refused = |message: String| Fault { place: Place::START, message, undecoded: None };
    if let Some(what) = foreign(&head) {
        return Err(refused(what.to_owned()));
    }
    let coded = encoding::find(&head, options.encoding.as_deref(), options.names_flags);
    if coded.is_err() {
        found.read_as.looks_like = encoding::unmarked(&head).map(encoding_rs::Encoding::name);
        found.read_as.encoding = found.read_as.looks_like.and(Some(encoding_rs::UTF_8.name()));
    }
    let Coded { encoding, mark } = coded.map_err(refused)?;
    found.read_as.encoding = (mark == 0).then_some(encoding.name());
    input.seek(SeekFrom::Start(mark as u64)).map_err(|e| unreadable(&e))?;
    let mut input = input;
    let mut text = Text::new(&mut input, encoding);
    found.format = form_of(&mut text, named.filter(|format| *format != Format::Xlsx), options.format.is_some())?;
    match found.format {
        Format::Csv | Format::Xlsx => {
            let ImportOptions { clear_token, delimiter, .. } = options;
            let how = CsvHow { names, clear_token, delimiter: *delimiter, only_samples };
            (found.columns, found.samples) = csv_rows::read(&mut text, &how, sink, &mut found.read_as.delimiter)?;
        }
        Format::Json | Format::JsonLines if only_samples => {}
        Format::Json => found.columns = json_document::read(&mut text, names, sink)?,
        Format::JsonLines => found.columns = json_edits::read_lines(&mut text, names, sink)?,
    }
    Ok(())
}

/// The first bytes of a file.
fn head(input: &mut dyn Input) -> io::Result<Vec<u8>> {
    input.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    input.take(512).read_to_end(&mut head)?;
    Ok(head)
}

fn unreadable(error: &io::Error) -> Fault {
    Fault { place: Place::START, message: format!("the file cannot be read: {error}"), undecoded: None }
}

/// What a file is that is no text and no workbook, where its first bytes say so.
fn foreign(head: &[u8]) -> Option<&'static str> {
    let lower = head.to_ascii_lowercase();
    let start = lower.trim_ascii_start();
    match head {
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            Some("an old or an encrypted Excel file: save it as .xlsx without a password, or as CSV, and import that")
        }
        [0x1f, 0x8b, ..] => Some("packed with gzip: unpack it and import that"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF: export the table as CSV or XLSX and import that"),
        _ if [b"<!doctype html".as_slice(), b"<html", b"<table", b"<?xml"].iter().any(|tag| start.starts_with(tag)) => {
            Some("a web page or XML, whatever its name says: save the table as CSV or XLSX and import that")
        }
        _ => None,
    }
}

/// The encoding that bytes look like that are none in another, and what to do about them.
fn advice(input: &mut dyn Input, at: u64, names_flags: bool) -> io::Result<(&'static str, String)> {
    let from = at.saturating_sub(64);
    input.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    input.take(1 << 20).read_to_end(&mut bytes)?;
    let (before, after) = bytes.split_at(((at - from) as usize).min(bytes.len()));
    Ok(encoding::advice(&String::from_utf8_lossy(before), after, names_flags))
}

/// The form to read the text as. A file named `.json` may well hold JSON lines, so there the content
/// settles it unless the user did.
fn form_of(text: &mut Text<'_>, named: Option<Format>, by_user: bool) -> Result<Format, Fault> {
    match named {
        Some(format) if by_user || format != Format::Json => return Ok(format),
        _ => {}
    }
    // Blanks before the first sign may be as long as they like.
    while text.rest().trim_start().is_empty() && text.more()? {}
    if named.is_none() && !text.rest().trim_start().starts_with(['{', '[']) {
        return Ok(Format::Csv);
    }
    json_form(text)
}

/// In JSON lines the first line is an object by itself, and others follow.
fn json_form(text: &mut Text<'_>) -> Result<Format, Fault> {
    const LONGEST_LINE: usize = 1 << 20;
    let is_object = |line: &str| {
        let mut reader = JsonReader::new(line);
        reader.peek() == Some(b'{') && reader.value().is_ok() && reader.end().is_ok()
    };
    loop {
        let start = text.rest().trim_start();
        let (first, behind) = start.split_once(['\n', '\r']).unwrap_or((start, ""));
        if !behind.trim_start().is_empty() || start.len() > LONGEST_LINE {
            return Ok(if is_object(first) { Format::JsonLines } else { Format::Json });
        }
        if !text.more()? {
            return Ok(Format::Json);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn form(text: &str, named: Option<Format>, by_user: bool) -> Format {
        let mut input = text.as_bytes();
        form_of(&mut Text::new(&mut input, encoding_rs::UTF_8), named, by_user).unwrap()
    }

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
        assert_eq!(form(text, named, false), expected);
        assert!(Format::ALL.into_iter().all(|format| form(text, Some(format), true) == format));
    }

    #[test]
    fn formats_are_known_by_name() {
        assert!(Format::ALL.into_iter().all(|format| Format::from_name(format.name()) == Some(format)));
        assert_eq!((Format::from_name("TSV"), Format::from_name("xls")), (Some(Format::Csv), None));
    }

    #[rstest]
    #[case(b"\xd0\xcf\x11\xe0\xa1\xb1", "old or an encrypted Excel")]
    #[case(b"\x1f\x8b\x08", "gzip")]
    #[case(b"%PDF-1.7", "PDF")]
    #[case(b"\n <HTML><table>", "web page")]
    fn what_is_no_table_is_called_by_its_name(#[case] bytes: &[u8], #[case] said: &str) {
        let refused = read_edits(bytes, &ImportOptions::default()).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
