//! What is written is read back as it was.

use proptest::prelude::*;

use super::*;
use crate::domain::{Rules, validate};

fn csv(edits: &[Edit], columns: CsvColumns, cells: Cells) -> String {
    let mut exporter = Exporter::csv(Vec::new(), columns, cells).unwrap();
    for edit in edits {
        exporter.write(edit, &[]).unwrap();
    }
    String::from_utf8(exporter.finish().unwrap()).unwrap()
}

fn fitting(edits: &[Edit], clear_token: &str) -> CsvColumns {
    let mut columns = CsvColumns::new(clear_token);
    for edit in edits {
        columns.note(edit);
    }
    columns
}

fn json(edits: &[Edit], mut exporter: Exporter<Vec<u8>>) -> String {
    for edit in edits {
        exporter.write(edit, &validate(edit, &Rules::default())).unwrap();
    }
    String::from_utf8(exporter.finish().unwrap()).unwrap()
}

#[test]
fn csv_has_the_columns_in_use() {
    let edits = [
        edit("a", &[(Field::Tag, Some("x, \"y\"\n")), (Field::Email, None)]),
        edit("b", &[(Field::Number, Some("+919876543210"))]),
    ];
    let expected = "sid,number,email,tag\na,,--,\"x, \"\"y\"\"\n\"\nb,+919876543210,,\n";
    assert_eq!(csv(&edits, fitting(&edits, "--"), Cells::AsTheyAre), expected);
    let odd = [edit("a", &[(Field::Tag, Some("")), (Field::Email, Some("--"))])];
    assert_eq!(
        csv(&odd, fitting(&odd, "--"), Cells::AsTheyAre),
        "sid,_changes\na,\"{\"\"email\"\":\"\"--\"\",\"\"tag\"\":\"\"\"\"}\"\n"
    );
}

#[test]
fn json_has_the_changes_and_the_problems() {
    let edits = [edit(
        "b a",
        &[(Field::FirstName, Some("X")), (Field::Email, None), (Field::CustomField, Some("{\"n\":1.0}"))],
    )];
    let line = r#"{"sid":"b a","changes":{"first_name":"X","email":null,"custom_field":{"n":1.0}},"problems":[{"severity":"error","field":null,"code":"sid-not-sendable","hint":"a SID has letters, digits, `_` and `-` alone: correct it"}]}"#;
    assert_eq!(json(&edits, Exporter::json_lines(Vec::new())), format!("{line}\n"));
    assert_eq!(json(&edits, Exporter::json(Vec::new()).unwrap()), format!("[\n{line}\n]\n"));
    assert_eq!(json(&[], Exporter::json(Vec::new()).unwrap()), "[\n]\n");
}

#[rstest]
#[case("=1+2", "'=1+2")]
#[case("+1+2", "'+1+2")]
#[case("-cmd|x", "'-cmd|x")]
#[case("@SUM(A1)", "'@SUM(A1)")]
#[case("\t=1", "'\t=1")]
#[case("\r=1", "'\r=1")]
#[case("+919876543210", "+919876543210")]
#[case("-5", "-5")]
#[case("-", "'-")]
#[case("\n=1", "'\n=1")]
#[case(" =1", "' =1")]
#[case("＝1+2", "'＝1+2")]
#[case("＋1", "'＋1")]
#[case("－1", "'－1")]
#[case("＠SUM(A1)", "'＠SUM(A1)")]
#[case("plain=1", "plain=1")]
#[case("", "")]
fn formulas_are_defused_and_numbers_are_not(#[case] cell: &str, #[case] expected: &str) {
    assert_eq!(defused(cell), expected);
}

#[test]
fn defusing_spares_the_clear_token() {
    let edits = [edit("a", &[(Field::FirstName, Some("=1+2")), (Field::Email, None)])];
    assert_eq!(csv(&edits, fitting(&edits, "--"), Cells::Defused), "sid,first_name,email\na,'=1+2,--\n");
}

#[test]
fn failed_rows_import_again_as_they_are() {
    let edits = [edit("a", &[(Field::Tag, Some("x")), (Field::Email, None)])];
    let columns = fitting(&edits, "--").with(&["_status", "_code", "_error"]);
    let mut exporter = Exporter::csv(Vec::new(), columns, Cells::Defused).unwrap();
    exporter.write_with(&edits[0], &["rejected", "404", "=not, found"]).unwrap();
    exporter.write(&edits[0], &[]).unwrap();
    let text = String::from_utf8(exporter.finish().unwrap()).unwrap();
    assert_eq!(text, "sid,email,tag,_status,_code,_error\na,--,x,rejected,404,\"'=not, found\"\na,--,x,,,\n");
    let intake = read(&text);
    assert_eq!((intake.edits, intake.warning_count), ([edits[0].clone(), edits[0].clone()].to_vec(), 0));
}

#[test]
fn what_a_spreadsheet_would_run_comes_back_from_results_as_it_was() {
    let values = ["=1+1", "'=1+1", "''=x", "'q", "-x", "@x", "+919876543210", "'+1", "\tx", "'"];
    let edits: Vec<Edit> = values.iter().map(|value| edit("a", &[(Field::Tag, Some(*value))])).collect();
    let mut exporter = Exporter::csv(Vec::new(), fitting(&edits, "--").with(&["_status"]), Cells::Defused).unwrap();
    for edit in &edits {
        exporter.write_with(edit, &["rejected"]).unwrap();
    }
    let text = String::from_utf8(exporter.finish().unwrap()).unwrap();
    assert!(text.contains("'=1+1") && !text.contains(",=1+1") && !text.contains(",@x"), "{text}");
    assert_eq!(read(&text).edits, edits);
}

fn results_of(edits: &[Edit], files: &[Vec<(String, String)>]) -> String {
    let mut columns = CsvColumns::new("--").with(&["_status"]).of_files(files);
    for edit in edits {
        columns.note(edit);
    }
    let mut exporter = Exporter::csv(Vec::new(), columns, Cells::Defused).unwrap();
    for edit in edits {
        exporter.write_with(edit, &["rejected"]).unwrap();
    }
    String::from_utf8(exporter.finish().unwrap()).unwrap()
}

fn file(columns: &[(&str, &str)]) -> Vec<(String, String)> {
    columns.iter().map(|(header, field)| ((*header).to_owned(), (*field).to_owned())).collect()
}

#[test]
fn results_have_the_columns_of_the_file_and_behind_them_what_was_added() {
    let own =
        file(&[("E-Mail", "email"), ("Kunde", "sid"), ("Plan", "custom_field.plan"), ("Stadt", "custom_field.city")]);
    let edits = [
        edit("a", &[(Field::Email, None), (Field::CustomField, Some("{\"plan\":\"=pro\",\"city\":null}"))]),
        edit("b", &[(Field::Email, Some("x@y.in")), (Field::CustomField, Some("{\"city\":\"Pune\"}"))]),
    ];
    let text = results_of(&edits, std::slice::from_ref(&own));
    assert_eq!(text, "E-Mail,Kunde,Plan,Stadt,_status\n--,a,'=pro,--,rejected\nx@y.in,b,,Pune,rejected\n");
    // What the columns of the file cannot say as it is stands behind.
    let edits = [
        edit("a", &[(Field::Tag, Some("vip")), (Field::CustomField, Some("{\"city\":\"Pune\",\"plan\":\"pro\"}"))]),
        edit("b", &[(Field::CustomField, Some("{\"plan\":7}")), (Field::Email, Some(""))]),
        edit("c", &[(Field::CustomField, Some("{\"plan\":\"\\u0041\"}"))]),
        edit("d", &[(Field::CustomField, Some("{}"))]),
    ];
    let expected = "E-Mail,Kunde,Plan,Stadt,tag,custom_field,_changes,_status\n\
                    ,a,,,vip,\"{\"\"city\"\":\"\"Pune\"\",\"\"plan\"\":\"\"pro\"\"}\",,rejected\n\
                    ,b,,,,\"{\"\"plan\"\":7}\",\"{\"\"email\"\":\"\"\"\"}\",rejected\n\
                    ,c,,,,\"{\"\"plan\"\":\"\"\\u0041\"\"}\",,rejected\n\
                    ,d,,,,{},,rejected\n";
    assert_eq!(results_of(&edits, &[own]), expected);
}

#[rstest]
#[case::two_files("SID=sid;Mail=email|email=email;sid=sid;Label=tag", "SID,Mail,Label")]
#[case::no_sid("Mobile=number", "sid,Mobile")]
#[case::another_fields_name("sid=sid;Company=tag;_x=email", "sid,tag,email")]
#[case::no_name("sid=sid;=tag;#2=email;=x()=number", "sid,tag,email,number")]
#[case::twice("sid=sid;mail=email;Mail=email;E-Mail=email", "sid,mail,email")]
#[case::hostile("sid=sid;\u{1b}[2J=tag", "sid,tag")]
fn a_header_never_says_anything_else(#[case] files: &'static str, #[case] expected: &str) {
    let column = |text: &'static str| text.rsplit_once('=').unwrap();
    let files: Vec<_> =
        files.split('|').map(|columns| file(&columns.split(';').map(column).collect::<Vec<_>>())).collect();
    assert_eq!(results_of(&[], &files).trim_end(), format!("{expected},_status"));
}

#[test]
fn the_headers_of_results_are_known_by_the_files_they_came_from() {
    let columns = |text: &str| look(&mut std::io::Cursor::new(text.to_owned()), &named("f.csv")).columns;
    let files =
        [file(&[("Kunde", "sid"), ("Ort", "custom_field.city"), ("Art", "tag")]), file(&[("Art", "company_name")])];
    let expected = file(&[("Kunde", "sid"), ("Ort", "custom_field.city")]);
    assert_eq!(recalled(&columns("Kunde,Ort,Art,email,_status\n"), &files), expected, "Art may be either");
    assert_eq!(recalled(&columns("Kunde,Ort\n"), &files), []);
}

/// Any text, and often the texts that a form could trip over.
fn text() -> impl Strategy<Value = String> {
    let traps = [
        "",
        "--",
        "-",
        "NULL",
        "null",
        " x ",
        "\"",
        "\"\"",
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "\u{feff}x",
        "=1",
        "+919876543210",
        "{}",
        "{\"a\":[1.0,\"b c\"]}",
        "[1]",
        "{oops",
        "\u{0}",
        "\\",
        "a\"b,c\nd",
        "é😀",
    ];
    // What was lost before is refused: see `what_was_lost_before_never_enters_the_queue`.
    let any_text = any::<String>().prop_map(|text| text.replace(char::REPLACEMENT_CHARACTER, "?"));
    prop_oneof![any_text, proptest::sample::select(traps.to_vec()).prop_map(str::to_owned), "[,;\"\n\r a-]{0,6}"]
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let change = prop_oneof![3 => text().prop_map(Change::Set), 1 => Just(Change::Clear)];
    let changes = proptest::collection::vec((proptest::sample::select(Field::ALL.to_vec()), change), 0..7);
    let sid =
        prop_oneof![3 => "[0-9a-f]{32}".boxed(), 1 => text().prop_filter("a SID", |s| !s.trim().is_empty()).boxed()];
    (sid, changes).prop_map(|(sid, changes)| Edit { sid: Sid::new(&sid), changes: changes.into_iter().collect() })
}

/// A `custom_field` that is an object is the same object however it is spaced; every other text is itself.
fn spaced_alike(mut edits: Vec<Edit>) -> Vec<Edit> {
    for edit in &mut edits {
        if let Some(Change::Set(text)) = edit.changes.get(Field::CustomField)
            && text.trim_start().starts_with('{')
            && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
        {
            let compact = super::super::json::compact(text);
            edit.changes.put(Field::CustomField, Some(Change::Set(compact)));
        }
    }
    edits
}

fn read_as(text: &str, format: Format, clear_token: &str) -> Vec<Edit> {
    let options = ImportOptions { format: Some(format), clear_token: clear_token.to_owned(), ..named("f") };
    let intake = read_edits(text.as_bytes(), &options).unwrap_or_else(|refused| panic!("{text:?}\n{refused}"));
    spaced_alike(intake.edits)
}

proptest! {
    #[test]
    fn csv_is_read_back(edits in proptest::collection::vec(any_edit(), 1..5), token in prop_oneof![Just("--"), Just(""), Just("\"x\n")], all: bool) {
        let columns = if all { CsvColumns::all(token) } else { fitting(&edits, token) };
        let text = csv(&edits, columns, Cells::AsTheyAre);
        prop_assert_eq!(read_as(&text, Format::Csv, token), spaced_alike(edits), "{}", text);
    }

    /// Whatever the files had, the results of their edits are read back, once their headers are known.
    #[test]
    fn results_are_read_back(
        edits in proptest::collection::vec(any_edit(), 1..5),
        headers in proptest::collection::vec(proptest::sample::select(vec!["sid", "Id", "Mail", "tag", "Company", "", "#1", "k.x", "Ort", "É", "=1"]), 1..6),
        fields in proptest::collection::vec(proptest::sample::select(vec!["sid", "email", "tag", "company_name", "custom_field", "custom_field.a", "custom_field.b c"]), 6),
    ) {
        let own: Vec<_> = headers.iter().zip(&fields).map(|(header, field)| ((*header).to_owned(), (*field).to_owned())).collect();
        let text = results_of(&edits, std::slice::from_ref(&own));
        let seen = look(&mut std::io::Cursor::new(text.clone()), &named("f.csv"));
        let options = ImportOptions { map: recalled(&seen.columns, std::slice::from_ref(&own)), ..named("f.csv") };
        let read = read_edits(text.as_bytes(), &options).unwrap_or_else(|refused| panic!("{text:?}\n{refused}"));
        prop_assert_eq!(spaced_alike(read.edits), spaced_alike(edits), "{}", text);
    }

    #[test]
    fn json_is_read_back(edits in proptest::collection::vec(any_edit(), 1..5)) {
        let text = json(&edits, Exporter::json(Vec::new()).unwrap());
        prop_assert_eq!(read_as(&text, Format::Json, "--"), spaced_alike(edits.clone()), "{}", text);
        let lines = json(&edits, Exporter::json_lines(Vec::new()));
        prop_assert_eq!(lines.lines().count(), edits.len());
        prop_assert_eq!(read_as(&lines, Format::JsonLines, "--"), spaced_alike(edits), "{}", lines);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in any::<Vec<u8>>(), format in proptest::option::of(proptest::sample::select(Format::ALL.to_vec()))) {
        let _read = read_edits(&bytes, &ImportOptions { format, ..named("f") });
    }

    #[test]
    fn no_file_is_too_strange(text in "(sid|tag|a|,|;|\n|\r|\"|\\{|\\}|\\[|\\]|:|1|null|\"sid\":\"a\"|\"contacts\":|\"response\":|\"data\":|\\\\| ){0,40}") {
        let read = read_edits(text.as_bytes(), &named("f"));
        let lines = text.replace("\r\n", "\n").matches(['\n', '\r']).count() as u64 + 1;
        match read {
            Ok(intake) => prop_assert!(intake.rows >= intake.edits.len() as u64),
            Err(refused) => {
                prop_assert!(!refused.problems.is_empty());
                prop_assert!(refused.rows.is_none_or(|(refused, rows)| (1..=rows).contains(&refused)));
                prop_assert!(refused.problems.iter().all(|p| (1..=lines).contains(&p.line) && p.column >= 1), "{}", refused);
            }
        }
    }
}
