//! What is fed, what it begins with, and what must hold whatever it is fed.

use std::io::{Cursor, Write};

use clap::ValueEnum;
use rolodeck::domain::{Edit, Filter, Replace, Template};
use rolodeck::intake::{Format, ImportOptions, edit_to_jsonl, look, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Something that reads what users and other programs write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Tables of text
    Csv,
    /// A JSON document
    Json,
    /// JSON lines
    JsonLines,
    /// The sheet of a workbook
    Xlsx,
    /// The package of a workbook
    Zip,
    /// Files of which nothing is known
    Any,
    /// The language of filters
    Filter,
    /// Templates and patterns of a bulk change
    Template,
}

const CSV: [&str; 5] = [
    "sid,first_name,tag\na,Asha,\"x, \"\"y\"\"\n\"\nb,--,\n",
    "\u{feff}sep=;\r\nContact SID;Mobile;custom_field.plan\r\na;+919876543210;gold\r\nb;9.7E+11;\r\n",
    "Report\n\nid\tE-Mail\tE-Mail\ra\tx@y.in\tx@y.in\r",
    "sid,_changes,_defused\na,\"{\"\"email\"\":\"\"--\"\"}\",\n'=b,,\n",
    "sid|custom_field\na|{\"n\": 1.10}\n",
];
const JSON: [&str; 3] = [
    "[{\"sid\":\"a\",\"tag\":\"x\"} {\"sid\":\"b\",\"custom_field\":{\"a\":[1.0,null]}}]",
    "{\"request_id\":\"1\",\"response\":[{\"code\":200,\"status\":\"success\",\"data\":{\"sid\":\"a\",\"tag\":\"\\u00e9\"}},{\"code\":404}]}",
    "{\"contacts\":[{\"sid\":\"a\",\"number\":9198},{\"id\":\"b\",\"first_name\":null}]}",
];
const LINES: [&str; 2] = [
    "{\"sid\":\"a\",\"changes\":{\"tag\":\"x\",\"email\":null},\"problems\":[]}\n{\"sid\":\"b\"}\r\n{oops\n",
    "{\"type\":\"outcome\",\"sid\":\"a\",\"changes\":{\"tag\":\"y\"}}\n{\"type\":\"summary\",\"run\":1}\n",
];
const SHEETS: [&str; 2] = [
    "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>tag</t></is></c></row>\
     <row r=\"2\"><c r=\"A2\"><v>12</v></c><c r=\"B2\" s=\"1\"><v>45356.5</v></c></row></sheetData></worksheet>",
    "<worksheet><sheetData><row><c t=\"str\"><v>sid</v></c><c t=\"str\"><v>mobile</v></c></row>\
     <row><c t=\"str\"><v>a&amp;_x000D_</v></c><c s=\"2\"><v>9.71501E+11</v></c></row></sheetData></worksheet>",
];
const FILTERS: [&str; 3] =
    ["tag:vip -email: or (number:\"+91 98\" code:404)", "/^a.*b$/ status:rejected", "-first_name:/x|y/ cause:\"a b\""];
const TEMPLATES: [&str; 3] = ["{first_name} {last_name?} {{x}}", "(\\w+) (?<b>.*)", "\\U$1\\E-${b} $$"];

impl Target {
    /// The inputs it begins with.
    pub fn seeds(self) -> Vec<Vec<u8>> {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        match self {
            Self::Csv => texts(&CSV),
            Self::Json => texts(&JSON),
            Self::JsonLines => texts(&LINES),
            Self::Xlsx => texts(&SHEETS),
            Self::Zip => SHEETS.iter().map(|sheet| workbook(sheet.as_bytes())).collect(),
            Self::Any => [CSV.as_slice(), &JSON, &LINES].concat().iter().flat_map(|text| coded(text)).collect(),
            Self::Filter => texts(&FILTERS),
            Self::Template => texts(&TEMPLATES),
        }
    }

    /// What is thrown in.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &[
                "\"", "\"\"", ",", ";", "\t", "\r\n", "\r", "sid", "--", "NULL", "\u{fffd}", "#N/A", "_changes", "{}",
                "é😀",
            ],
            Self::Json | Self::JsonLines => &[
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\"",
                "\\",
                "\\ud83d",
                "\\u0000",
                "null",
                "1e9",
                "-",
                "\"sid\"",
                "\"contacts\":[",
                "\n",
            ],
            Self::Xlsx => &[
                "<",
                ">",
                "/>",
                "</c>",
                "<c r=\"XFD9\">",
                "<row>",
                "<v>",
                "&amp;",
                "&#x0;",
                "<![CDATA[",
                "]]>",
                "_x0000_",
                " t=\"s\"",
                "1E-400",
                "9",
            ],
            Self::Zip => &["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "\0\0\0\0", "xl/"],
            Self::Any => &["\u{feff}", "\0", "PK\u{3}\u{4}", "{", "[", "\n", "sid"],
            Self::Filter => &["(", ")", "\"", "/", "\\", ":", "-", "or", "tag:", "status:", "é", " "],
            Self::Template => &["{", "}", "?", "(", ")", "[", "\\", "$", "\\U", "\\E", "${", "first_name", "é", "*"],
        }
    }

    /// Feeds an input; an error says what does not hold.
    pub fn take(self, input: &[u8]) -> Result<(), String> {
        let text = || String::from_utf8_lossy(input).into_owned();
        match self {
            Self::Csv => import(input, Some(Format::Csv)),
            Self::Json => import(input, Some(Format::Json)),
            Self::JsonLines => import(input, Some(Format::JsonLines)),
            Self::Xlsx => import(&workbook(input), Some(Format::Xlsx)),
            Self::Zip => import(input, Some(Format::Xlsx)),
            Self::Any => import(input, None),
            Self::Filter => {
                let text = text();
                let place = Filter::parse(&text).err().map(|wrong| wrong.at);
                place.map_or(Ok(()), |at| inside(&text, at))
            }
            Self::Template => {
                let text = text();
                let (find, with) = text
                    .split_at(text.len() / 2 + (0..4).find(|i| text.is_char_boundary(text.len() / 2 + i)).unwrap_or(0));
                if let Ok(find) = Replace::pattern(find) {
                    let _ = Replace::new(find, with);
                }
                let place = Template::parse(&text).err().map(|wrong| wrong.at);
                place.map_or(Ok(()), |at| inside(&text, at))
            }
        }
    }
}

/// A mistake stands in the text, at a character.
fn inside(text: &str, at: usize) -> Result<(), String> {
    if text.is_char_boundary(at) { Ok(()) } else { Err(format!("a mistake at {at} of {} bytes", text.len())) }
}

/// The books of a reading balance, and what was read is written and read again as it is.
fn import(bytes: &[u8], format: Option<Format>) -> Result<(), String> {
    let options = ImportOptions { format, source_name: String::from("f"), ..ImportOptions::default() };
    let _ = look(&mut Cursor::new(bytes), &options);
    let (edits, refused) = match taken(bytes, &options) {
        Ok(taken) => taken,
        Err(problems) if problems > 0 => return Ok(()),
        Err(_) => return Err(String::from("refused without a reason")),
    };
    let lines: String = edits.iter().flat_map(|edit| [edit_to_jsonl(edit, &[]), String::from("\n")]).collect();
    if lines.contains('\u{fffd}') {
        return Err(String::from("a lost character came through"));
    }
    let options = ImportOptions { format: Some(Format::JsonLines), ..options };
    match taken(lines.as_bytes(), &options) {
        Ok((again, 0)) if again.len() == edits.len() && again.iter().zip(&edits).all(|(a, b)| a.sid == b.sid) => Ok(()),
        Err(_) if edits.is_empty() && refused > 0 => Ok(()),
        other => Err(format!("{lines} is read again as {other:?}")),
    }
}

/// The edits of a file and how many rows are refused; or how many problems the whole file has.
fn taken(bytes: &[u8], options: &ImportOptions) -> Result<(Vec<Edit>, u64), usize> {
    let (mut edits, mut rejects) = (Vec::new(), Vec::new());
    let out: &mut dyn Write = &mut rejects;
    let reading = read(&mut Cursor::new(bytes), options, Some(out), None, &mut |edit| edits.push(edit));
    let reading = reading.map_err(|refused| refused.problems.len())?;
    assert_eq!(reading.rows, edits.len() as u64 + reading.refused, "the books");
    assert_eq!(reading.refused > 0, !rejects.is_empty(), "refused rows are written");
    assert!(reading.problems.iter().all(|problem| problem.line > 0 && problem.column > 0), "every problem has a place");
    Ok((edits, reading.refused))
}

/// A text in the encodings that carry a mark, and in one that does not.
fn coded(text: &str) -> [Vec<u8>; 3] {
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    let latin = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'));
    [text.as_bytes().to_vec(), [0xff, 0xfe].into_iter().chain(utf16).collect(), latin.collect()]
}

/// A workbook with this sheet.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let link = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{TYPES}/{kind}\" Target=\"{target}\"/>")
    };
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"200\" formatCode=\"#,##0.0;[Red](0)\"/></numFmts>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/><xf numFmtId=\"200\"/></cellXfs></styleSheet>";
    let parts = [
        ("_rels/.rels", format!("<Relationships>{}</Relationships>", link("a", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", String::from("<workbook><sheets><sheet name=\"S\" r:id=\"a\"/></sheets></workbook>")),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships>{}{}{}</Relationships>",
                link("a", "worksheet", "s.xml"),
                link("b", "sharedStrings", "t.xml"),
                link("c", "styles", "u.xml")
            ),
        ),
        ("xl/t.xml", String::from("<sst><si><t>sid</t></si></sst>")),
        ("xl/u.xml", String::from(styles)),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let how = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut put = |name: &str, bytes: &[u8]| zip.start_file(name, how).is_ok() && zip.write_all(bytes).is_ok();
    let is_put = parts.iter().all(|(name, text)| put(name, text.as_bytes())) && put("xl/s.xml", sheet);
    assert!(is_put, "a package in memory can be written");
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}
