//! Tests of reading workbooks, written here part by part as other programs write them.

use std::io::{Cursor, Write};

use rstest::rstest;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::domain::{Change, Edit, Field, Sid};
use crate::intake::{Intake, Refused, read_edits};

const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of these sheets: name, more attributes, and the rows' XML.
fn workbook(sheets: &[(&str, &str, &str)], shared: &str, styles: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, text: String| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let link = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{TYPES}/{kind}\" Target=\"{target}\"/>")
    };
    put("_rels/.rels", format!("<Relationships>{}</Relationships>", link("rId1", "officeDocument", "xl/workbook.xml")));
    let (mut list, mut links) =
        (String::new(), link("s", "sharedStrings", "sharedStrings.xml") + &link("t", "styles", "/xl/styles.xml"));
    for (i, (name, more, rows)) in sheets.iter().enumerate() {
        list += &format!("<sheet name=\"{name}\" sheetId=\"{i}\" {more} r:id=\"rId{i}\"/>");
        links += &link(&format!("rId{i}"), "worksheet", &format!("worksheets/sheet{i}.xml"));
        put(&format!("xl/worksheets/sheet{i}.xml"), format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"));
    }
    put("xl/workbook.xml", format!("<workbook xmlns:r=\"r\"><sheets>{list}</sheets></workbook>"));
    put("xl/_rels/workbook.xml.rels", format!("<Relationships>{links}</Relationships>"));
    put("xl/sharedStrings.xml", format!("<sst>{shared}</sst>"));
    put("xl/styles.xml", styles.to_owned());
    zip.finish().unwrap().into_inner()
}

/// Rows of texts that stand in the cells themselves.
fn rows(rows: &[&[&str]]) -> String {
    let row = |row: &&[&str]| {
        let cells: Vec<_> = row.iter().map(|cell| format!("<c t=\"inlineStr\"><is><t>{cell}</t></is></c>")).collect();
        format!("<row>{}</row>", cells.concat())
    };
    rows.iter().map(row).collect()
}

fn options(sheet: Option<&str>) -> ImportOptions {
    ImportOptions { sheet: sheet.map(str::to_owned), source_name: "f.xlsx".to_owned(), ..ImportOptions::default() }
}

fn read_sheet(bytes: &[u8], sheet: Option<&str>) -> Result<Intake, Refused> {
    read_edits(bytes, &options(sheet))
}

fn tag(sid: &str, value: &str) -> Edit {
    Edit { sid: Sid::new(sid), changes: [(Field::Tag, Change::Set(value.to_owned()))].into_iter().collect() }
}

#[test]
fn cells_of_every_kind_are_read_as_they_are_shown() {
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/><numFmt numFmtId=\"165\" formatCode=\"00000\"/></numFmts>\
        <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>";
    let shared = "<si><t>sid</t></si><si><t>tag</t></si><si><r><t xml:space=\"preserve\">a &amp; </t></r><r><t>b</t></r><rPh><t>x</t></rPh></si>";
    let cell = |row: u32, cell: &str| {
        format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>s{row}</t></is></c>{cell}</row>")
    };
    let sheet = [
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>".to_owned(),
        cell(3, "<c r=\"B3\" t=\"s\"><v>2</v></c>"),
        cell(4, "<c r=\"B4\"><v>919876543210123456789</v></c>"),
        cell(5, "<c r=\"B5\" s=\"1\"><v>45356</v></c>"),
        cell(6, "<c r=\"B6\" s=\"2\"><v>123</v></c>"),
        cell(7, "<c r=\"B7\" t=\"b\"><v>1</v></c>"),
        cell(8, "<c r=\"B8\" t=\"str\"><f>A1&amp;\"x\"</f><v>of a formula</v></c>"),
        cell(9, "<c r=\"B9\" t=\"inlineStr\"><is><t>a_x000D_b_x</t></is></c>"),
        cell(10, "<c r=\"B10\"><v>1.1000000000000001</v></c>"),
    ];
    let intake = read_sheet(&workbook(&[("One", "", &sheet.concat())], shared, styles), None).unwrap();
    let shown = ["a & b", "919876543210123456789", "05/03/2024", "00123", "TRUE", "of a formula", "a\rb_x", "1.1"];
    let expected: Vec<_> = (3..).zip(shown).map(|(row, value)| tag(&format!("s{row}"), value)).collect();
    assert_eq!((intake.edits, intake.warning_count), (expected, 0));
}

#[test]
fn sheets_are_chosen_by_name_by_number_and_by_sense() {
    let notes = rows(&[&["read me"], &["first"]]);
    let [one, two] = ["x", "y"].map(|value| rows(&[&["Report"], &["sid", "tag"], &["a", value]]));
    let book = workbook(
        &[("Notes", "", &notes), ("Data &lt;1&gt;", "", &one), ("Old", "state=\"hidden\"", &two)],
        "",
        "<styleSheet/>",
    );
    let found = read_sheet(&book, None).unwrap();
    assert_eq!(found.edits, [tag("a", "x")]);
    assert_eq!(found.warnings[0].message, "sheet `Data <1>` is read; there are `Notes` too: --sheet names another");
    for asked in ["Old", " old ", "3"] {
        assert_eq!(read_sheet(&book, Some(asked)).unwrap().edits, [tag("a", "y")], "{asked}");
    }
    let said = read_sheet(&book, Some("New")).unwrap_err().to_string();
    assert_eq!(said, "f.xlsx:1:1: no sheet `New`; there are `Notes`, `Data <1>`, `Old`");
}

#[test]
fn rows_are_refused_by_their_number_in_the_sheet() {
    let sheet = "<row r=\"4\"><c r=\"B4\" t=\"str\"><v>sid</v></c><c r=\"C4\" t=\"str\"><v>mobile</v></c></row>\
        <row r=\"9\"><c r=\"B9\" t=\"str\"><v>a</v></c><c r=\"C9\"><v>9.71501E+11</v></c></row>\
        <row r=\"12\"><c r=\"B12\" t=\"str\"><v>a</v></c><c r=\"C12\" t=\"e\"><v>#N/A</v></c></row>\
        <row r=\"13\"><c r=\"B13\" t=\"str\"><v>a</v></c><c r=\"C13\"><f>1+1</f></c></row>\
        <row r=\"14\"><c r=\"B14\" t=\"str\"><v>a</v></c><c r=\"C14\" t=\"str\"><f>\"\"</f><v></v></c></row>";
    let said = read_sheet(&workbook(&[("S", "", sheet)], "", "<styleSheet/>"), None).unwrap_err().to_string();
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("f.xlsx:9:3: mobile: in scientific notation"), "{said}");
    assert!(lines[1].starts_with("f.xlsx:12:3: mobile: a formula's error"), "{said}");
    assert!(lines[2].starts_with("f.xlsx:13:3: mobile: a formula that was never worked out"), "{said}");
    assert_eq!(lines[3], "f.xlsx: 3 of 4 rows refused", "a formula may give nothing");
}

#[test]
fn rows_with_impossible_numbers_are_counted_from_the_one_before() {
    let row = |r: &str| format!("<row r=\"{r}\"><c r=\"A1\" t=\"str\"><v>sid</v></c></row>");
    let sheet = row("18446744073709551615") + "<row><c/></row>" + &row("0") + &rows(&[&["", "x"]]);
    let said = read_sheet(&workbook(&[("S", "", &sheet)], "", "<styleSheet/>"), None).unwrap_err().to_string();
    assert!(said.starts_with("f.xlsx:18446744073709551615:2: 2 cells in this row"), "{said}");
}

#[test]
fn a_sheet_may_claim_any_size() {
    let mut sheet = String::from("<dimension ref=\"A1:XFD1048576\"/>");
    sheet += &rows(&[&["sid", "tag"], &["a", "x"]]);
    sheet += &"<row s=\"1\"/><row><c s=\"1\"/><c/></row>".repeat(100_000);
    sheet += "<row r=\"1048576\"><c r=\"XFD1048576\"/></row>";
    let intake = read_sheet(&workbook(&[("S", "", &sheet)], "", "<styleSheet/>"), None).unwrap();
    assert_eq!((intake.edits, intake.rows, intake.warning_count), (vec![tag("a", "x")], 1, 0));
}

#[rstest]
#[case::no_zip(b"PK\x03\x04rubbish".to_vec(), "no workbook, or a damaged one")]
#[case::no_workbook({
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.csv", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap().into_inner()
}, "no Excel workbook")]
#[case::beyond_the_last_column(workbook(&[("S", "", "<row><c r=\"ZZZZ1\"><v>1</v></c></row>")], "", "<a/>"), "beyond column XFD")]
#[case::a_text_too_few(workbook(&[("S", "", "<row><c t=\"s\"><v>7</v></c></row>")], "", "<a/>"), "lacks the text 7")]
#[case::no_sheet(workbook(&[], "", "<a/>"), "no sheet")]
#[case::nothing(workbook(&[("S", "", "")], "", "<a/>"), "no edits in it")]
fn a_damaged_workbook_is_refused(#[case] bytes: Vec<u8>, #[case] said: &str) {
    let refused = read_sheet(&bytes, None).unwrap_err().to_string();
    assert!(refused.contains(said), "{refused}");
}

#[test]
fn a_workbook_is_known_whatever_its_name() {
    let book = workbook(&[("S", "", &rows(&[&["sid", "tag"], &["a", "x"]]))], "", "<styleSheet/>");
    let named = ImportOptions { source_name: "f.csv".to_owned(), ..ImportOptions::default() };
    assert_eq!(read_edits(&book, &named).unwrap().edits, [tag("a", "x")]);
}

#[test]
fn a_cut_workbook_never_panics() {
    let book = workbook(&[("S", "", &rows(&[&["sid", "tag"], &["a", "x"]]))], "<si><t>x</t></si>", "<styleSheet/>");
    for end in 0..book.len() {
        let _refused = read_sheet(&book[..end], None).is_err();
        let mut broken = book.clone();
        broken[end] ^= 0x55;
        let _read = read_sheet(&broken, None);
    }
}
