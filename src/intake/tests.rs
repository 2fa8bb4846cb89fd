//! Tests of reading and writing files of edits, through the public functions alone.

use rstest::rstest;

use super::read as read_whole;
use super::*;
use crate::domain::{Change, Changes, Edit, Field, Sid};

mod csv_files;
mod json_files;
mod odd_tables;
mod round_trip;

const SIDS: [&str; 3] =
    ["83ba26b7f11c4e75b4043c8b33ceba49", "93ba26b7f11c4e75b4043c8b33ceba59", "73ba26b7f11c4e75b4043c8b33ceba69"];

fn edit(sid: &str, changes: &[(Field, Option<&str>)]) -> Edit {
    let changes: Changes =
        changes.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect();
    Edit { sid: Sid::new(sid), changes }
}

fn named(source_name: &str) -> ImportOptions {
    ImportOptions { source_name: source_name.to_owned(), ..ImportOptions::default() }
}

fn read(text: &str) -> Intake {
    read_edits(text.as_bytes(), &named("f")).unwrap_or_else(|refused| panic!("{text}\n{refused}"))
}

fn refused(text: &str) -> String {
    read_edits(text.as_bytes(), &named("f")).map(|intake| intake.edits).unwrap_err().to_string()
}

fn warnings(intake: &Intake) -> Vec<String> {
    intake.warnings.iter().map(ToString::to_string).collect()
}

#[rstest]
#[case("")]
#[case("\n\n")]
#[case("sid,tag\n")]
#[case("sid\n,\n")]
#[case("[]")]
#[case("{\"contacts\":[]}")]
#[case("{\"response\":[{\"code\":404,\"status\":\"failure\",\"data\":null}]}")]
fn a_file_without_edits_is_refused(#[case] text: &str) {
    assert_eq!(refused(text), "f:1:1: no edits in it");
}

#[test]
fn the_name_tells_the_form_and_the_user_knows_better() {
    let text = b"{\"sid\":\"a\",\"tag\":\"x\"}";
    let expected = [edit("a", &[(Field::Tag, Some("x"))])];
    for name in ["c.json", "c.JSONL", "c.txt", "-"] {
        assert_eq!(read_edits(text, &named(name)).unwrap().edits, expected, "{name}");
    }
    assert!(read_edits(text, &named("c.csv")).is_err());
    let options = ImportOptions { format: Some(Format::Json), ..named("c.csv") };
    assert_eq!(read_edits(text, &options).unwrap().edits, expected);
}

#[test]
fn utf16_and_byte_order_marks_are_read() {
    let text = "sid\ttag\na\té\n";
    let expected = [edit("a", &[(Field::Tag, Some("é"))])];
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_edits(&[&[0xff, 0xfe], utf16.as_slice()].concat(), &named("f")).unwrap().edits, expected);
    assert_eq!(read(&format!("\u{feff}{text}")).edits, expected);
    assert_eq!(read("\u{feff}[{\"sid\":\"a\",\"tag\":\"é\"}]").edits, expected);
}

#[test]
fn legacy_bytes_are_refused_with_their_place() {
    let refused = read_edits(b"sid,tag\na,caf\xe9\n", &named("old.csv")).unwrap_err().to_string();
    let expected = "old.csv:2:6: not UTF-8 (byte 0xE9): it looks like windows-1252, in which this reads `café`: if that is \
                    right, name it with --encoding windows-1252; else save the file as UTF-8";
    assert_eq!(refused, expected);
    let options = ImportOptions { encoding: Some("windows-1252".to_owned()), ..named("old.csv") };
    assert_eq!(
        read_edits(b"sid,tag\na,caf\xe9\n", &options).unwrap().edits,
        [edit("a", &[(Field::Tag, Some("café"))])]
    );
}

#[test]
fn a_refusal_lists_the_first_problems_and_counts_the_rest() {
    let text = format!("sid,tag\n{}", ",x\n".repeat(25));
    let refused = read_edits(text.as_bytes(), &named("f.csv")).unwrap_err();
    assert_eq!((refused.problems.len(), refused.more), (20, 5));
    assert!(refused.to_string().ends_with("\nf.csv: 5 more not listed\nf.csv: 25 of 25 rows refused"), "{refused}");
}

#[test]
fn warnings_are_capped_and_counted() {
    let intake = read(&format!("sid,tag\n{}", "a,NULL\n".repeat(25)));
    assert_eq!((intake.warnings.len(), intake.warning_count, intake.edits.len()), (20, 25, 25));
    assert_eq!(intake.edits[0], edit("a", &[(Field::Tag, Some("NULL"))]));
}

#[test]
fn escapes_in_a_file_do_not_reach_the_terminal() {
    let refused = refused("\u{1b}[2J,\u{1b}]0;x\u{7}\na,b\n");
    assert!(refused.contains("no column for the SID") && !refused.contains('\u{1b}'), "{refused}");
}

#[test]
fn a_refused_file_may_have_handed_edits_over() {
    let mut taken = 0;
    let text = b"sid,tag\na,x\n,y\nb,z\n";
    let reading = read_whole(&mut std::io::Cursor::new(text), &named("f"), None, None, &mut |_| taken += 1).unwrap();
    assert_eq!((taken, reading.rows, reading.refused), (2, 3, 1));
    assert!(reading.whole("f").is_err());
}
