//! Tests of tables as spreadsheets and other programs write them, and of refused rows.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn tag(sid: &str, tag: &str) -> Edit {
    edit(sid, &[(Field::Tag, Some(tag))])
}

fn with(options: impl FnOnce(&mut ImportOptions)) -> ImportOptions {
    let mut all = named("f");
    options(&mut all);
    all
}

#[rstest]
#[case::excel_semicolons_with_a_mark("\u{feff}SID;Tag\r\na;x\r\nb;y\r\n")]
#[case::a_separator_line("sep=;\r\nSID;Tag\r\na;x\r\nb;y\r\n")]
#[case::old_mac_lines("sid,tag\ra,x\rb,y\r")]
#[case::mixed_lines("sid,tag\r\na,x\nb,y\r")]
#[case::trailing_empty_columns("sid,tag,,\na,x,,\nb,y,,\n")]
#[case::blanks_around_headers(" SID , Tag \na,x\nb,y\n")]
#[case::a_line_break_in_a_header("\"contact\nsid\",tag\na,x\nb,y\n")]
#[case::every_cell_quoted("\"sid\",\"tag\"\n\"a\",\"x\"\n\"b\",\"y\"\n")]
#[case::no_last_line_end("sid,tag\na,x\nb,y")]
#[case::empty_rows_between("sid,tag\n\na,x\n,\n  ,\nb,y\n,,,\n")]
#[case::a_strange_delimiter("sid^tag\na^x\nb^y\n")]
#[case::the_same_twice("sid,tag,Tags\na,x,\nb,,y\n")]
#[case::the_same_names_twice_and_unused("sid,note,tag,note\na,1,x,2\nb,3,y,4\n")]
fn tables_of_many_makers_are_read(#[case] text: &str) {
    assert_eq!(read(text).edits, [tag("a", "x"), tag("b", "y")]);
}

#[test]
fn what_stands_before_the_header_is_left_out_with_a_warning() {
    let intake = read("Contacts of today,,\n\n\"by: me\",,\nsid,tag,size\na,x,1\n");
    assert_eq!(intake.edits, [tag("a", "x")]);
    let said = warnings(&intake);
    assert_eq!(said[0], "1:1: 2 rows before the header left out, beginning `Contacts of today`");
    assert!(said[1].starts_with("4:1: left out, since no field is named so: `size`"), "{said:?}");
}

#[test]
fn values_of_spreadsheets_arrive_byte_for_byte() {
    let values = ["+919876543210", "0987", "'0987", "=1+1", "=\"0123\"", " x ", "1.10", "TRUE", "12/03/2024", "-5"];
    let rows: Vec<_> = values.iter().map(|value| format!("a,\"{}\"\n", value.replace('"', "\"\""))).collect();
    let intake = read(&format!("sid,tag\n{}", rows.concat()));
    assert_eq!(intake.edits, values.map(|value| tag("a", value)));
    let quoted = read("sid,phone\na,'0987\nb,0987\n");
    assert_eq!(quoted.edits[0], edit("a", &[(Field::Number, Some("'0987"))]));
    assert!(warnings(&quoted)[0].contains("this row has an apostrophe"), "{:?}", warnings(&quoted));
}

#[test]
fn what_was_lost_before_never_enters_the_queue() {
    let said = refused("sid,tag,note\na,caf\u{fffd},x\nb,x,\u{fffd}\n");
    assert!(
        said.starts_with("f:2:2: tag: a character was lost here before") && said.ends_with("1 of 2 rows refused"),
        "{said}"
    );
    assert!(refused("[{\"sid\":\"a\",\"tag\":\"\u{fffd}\"}]").contains("was lost here before"));
}

#[test]
fn a_cell_in_a_column_without_a_name_is_told() {
    let intake = read("sid,tag,,\na,x,1,\nb,y,2,3\n");
    assert_eq!(warnings(&intake), ["2:1: 2 rows from here on have a cell in a column without a name: it is left out"]);
}

#[test]
fn a_column_that_looks_like_a_field_is_pointed_out() {
    let said = warnings(&read("sid,tag,Emial,Work phone\na,x,1,2\n"));
    assert!(said[0].contains("`Emial` (perhaps email), `Work phone` (perhaps number)"), "{said:?}");
}

#[test]
fn the_user_names_the_delimiter_the_encoding_and_the_clear_token() {
    let options = with(|o| {
        o.delimiter = Some(b'x');
        o.clear_token = "(none)".to_owned();
    });
    let read = |bytes: &[u8], options: &ImportOptions| read_edits(bytes, options).unwrap().edits;
    assert_eq!(read(b"sidxtag\naxb,c\n", &options), [tag("a", "b,c")]);
    assert_eq!(read(b"sidxtag\nax(none)\n", &options), [edit("a", &[(Field::Tag, None)])]);
    let sjis = with(|o| o.encoding = Some("shift_jis".to_owned()));
    assert_eq!(read(b"sid,tag\na,\x93\xfa\x96\x7b\n", &sjis), [tag("a", "日本")]);
    let said = read_edits(b"sid,tag\na,\x93\n", &sjis).unwrap_err().to_string();
    assert!(said.starts_with("f:2:3: not Shift_JIS (byte 0x93)"), "{said}");
    let utf16: Vec<u8> = "sid,tag\na,é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read_edits(&utf16, &named("f")).unwrap_err().to_string().contains("--encoding utf-16le"));
    assert_eq!(read(&utf16, &with(|o| o.encoding = Some("utf-16le".to_owned()))), [tag("a", "é")]);
}

/// Reads a file, and gives its reading, its edits and its refused rows.
fn sorted_out(text: &str, options: &ImportOptions) -> (Reading, Vec<Edit>, String) {
    let (mut edits, mut rejects) = (Vec::new(), Vec::new());
    let reading =
        read_whole(&mut Cursor::new(text), options, Some(&mut rejects), None, &mut |edit| edits.push(edit)).unwrap();
    (reading, edits, String::from_utf8(rejects).unwrap())
}

#[test]
fn refused_rows_are_written_in_the_columns_of_the_input() {
    let text = "sid;mobile;tag\na;1E+5;\"x;\ny\"\nb;1;x\n;2;\nc;3;4;5\n";
    let (reading, edits, rejects) = sorted_out(text, &named("f.csv"));
    assert_eq!((reading.rows, reading.refused, edits.len()), (4, 3, 1));
    let lines: Vec<_> = rejects.lines().collect();
    assert_eq!(lines[0], "sid;mobile;tag;_error");
    assert!(lines[1] == "a;1E+5;\"x;" && lines[2].starts_with("y\";mobile: in scientific notation"), "{rejects}");
    assert_eq!(lines[3], ";2;;sid: no SID in this row: fill it in, or take the row out");
    assert!(lines[4].starts_with("c;3;4;") && lines[4].ends_with(";5"), "{rejects}");
    let mended = "sid;mobile;tag;_error\na;100000;x;mobile: lost\n";
    assert_eq!(read(mended).edits, [edit("a", &[(Field::Number, Some("100000")), (Field::Tag, Some("x"))])]);
}

#[test]
fn refused_objects_are_written_with_the_reason() {
    let text = "{\"sid\":\"a\",\"tag\":\"x\"}\n{\"tag\": \"y\"}\n{oops\n{}\n";
    let (reading, edits, rejects) = sorted_out(text, &named("f.jsonl"));
    assert_eq!((reading.rows, reading.refused, edits.len()), (4, 3, 1));
    let lines: Vec<serde_json::Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["tag"], "y");
    assert_eq!(lines[1]["_text"], "{oops");
    assert!(lines.iter().all(|line| line["_error"].as_str().unwrap().len() > 10), "{rejects}");
}

#[test]
fn a_look_shows_columns_and_rows_and_reads_no_further() {
    let text = format!("sid;Segment;Emial\na;gold;x\nb;\"red\n\";\nc;;\nd;;\n{}", "\"".repeat(200_001));
    let look = look(&mut Cursor::new(text), &named("f"));
    let targets: Vec<_> = look.columns.iter().map(|column| (&column.target, &column.maybe)).collect();
    let email = Some(Target::Field(Field::Email));
    assert_eq!(targets, [(&Target::Sid, &None), (&Target::Unmatched, &None), (&Target::Unmatched, &email)]);
    assert_eq!(look.samples, [["a", "gold", "x"], ["b", "red\n", ""], ["c", "", ""]]);
    assert_eq!(look.refused, None);
}

#[test]
fn a_look_shows_the_columns_of_a_table_without_sids() {
    let seen = |text: &str| look(&mut Cursor::new(text.to_owned()), &named("f"));
    let look = seen("name,city\nAsha,Pune\n");
    assert!(look.refused.unwrap().to_string().contains("no column for the SID"));
    assert_eq!(seen("name,phone\nAsha,1\n").refused, None, "a contact may be found by its number");
    assert_eq!((look.columns.len(), look.samples.len()), (2, 1));
}

/// Numbers below `n`, in no order, the same for the same seed.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut at = seed;
    move |n| {
        at += 1;
        crate::support::rng::mix(at) % n
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Files are read 64 KiB at a time: whatever stands at a seam, nothing of it is lost.
    #[test]
    fn long_files_are_read_like_short_ones(seed: u64) {
        let mut dice = dice(seed);
        let (mut csv, mut json, mut lines) = (String::from("sid,tag\r\n"), String::from("{\"contacts\":["), String::new());
        let mut expected = Vec::new();
        let long = [0, 3, 40, 900, 70_000];
        while csv.len() < 400_000 {
            let len = long[dice(5) as usize];
            let len = 1 + dice(1 + len);
            let value: String =
                (0..len).map(|_| ['a', '"', '\r', '\n', ',', 'é', '😀', ' '][dice(8) as usize]).collect();
            let sid = format!("s{}", expected.len());
            csv += &format!("{sid},\"{}\"{}", value.replace('"', "\"\""), ["\n", "\r\n", "\r"][dice(3) as usize]);
            let object = edit_to_jsonl(&tag(&sid, &value), &[]);
            json += &format!("{}{object}", if expected.is_empty() { "" } else { [",", " , ", "\n"][dice(3) as usize] });
            lines += &format!("{object}\n");
            expected.push(tag(&sid, &value));
        }
        json += "], \"more\": [1]}";
        prop_assert_eq!(&read(&csv).edits, &expected);
        prop_assert_eq!(&read(&json).edits, &expected);
        prop_assert_eq!(&read(&lines).edits, &expected);
        let rows = ::csv::ReaderBuilder::new().from_reader(csv.as_bytes()).into_records().count();
        prop_assert_eq!(rows, expected.len());
    }
}
