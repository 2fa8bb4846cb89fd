//! Tests of CSV files.

use super::*;

#[rstest]
#[case(",")]
#[case(";")]
#[case("\t")]
#[case("|")]
fn every_delimiter_is_found(#[case] delimiter: &str) {
    let text =
        "First Name,Contact SID,E-Mail,mobile,Organisation\nAsha,a,a@b.in,+919876543210,X\n".replace(',', delimiter);
    let expected = [
        (Field::FirstName, Some("Asha")),
        (Field::Email, Some("a@b.in")),
        (Field::Number, Some("+919876543210")),
        (Field::CompanyName, Some("X")),
    ];
    let intake = read(&text);
    assert_eq!(intake.edits, [edit("a", &expected)]);
    assert_eq!((intake.rows, intake.format, intake.warning_count), (1, Format::Csv, 0));
}

#[test]
fn the_delimiter_is_the_one_that_makes_sense_of_the_header() {
    let intake = read("sid;\"company, or organisation, or, any\";tag\na;x;y\n");
    assert_eq!(intake.edits, [edit("a", &[(Field::Tag, Some("y"))])]);
}

#[test]
fn a_cell_is_set_cleared_or_left_alone() {
    let intake = read("sid,first_name,last_name,tag\n a ,X,--,\nb,--,, -- \n");
    let expected = [
        edit("a", &[(Field::FirstName, Some("X")), (Field::LastName, None)]),
        edit("b", &[(Field::FirstName, None), (Field::Tag, Some(" -- "))]),
    ];
    assert_eq!(intake.edits, expected);
    let options = ImportOptions { clear_token: "(none)".to_owned(), ..named("f") };
    let intake = read_edits(b"sid,first_name,last_name\na,--,(none)\n", &options).unwrap();
    assert_eq!(intake.edits, [edit("a", &[(Field::FirstName, Some("--")), (Field::LastName, None)])]);
}

#[test]
fn cells_arrive_byte_for_byte() {
    let intake = read("sid,first_name,last_name,tag\r\na,\" x \"\"y\"\" \",\"1\r\n2\", e\u{301},\r\n");
    let expected =
        [(Field::FirstName, Some(" x \"y\" ")), (Field::LastName, Some("1\r\n2")), (Field::Tag, Some(" e\u{301}"))];
    assert_eq!(intake.edits, [edit("a", &expected)]);
}

#[test]
fn custom_keys_become_one_object_of_texts() {
    let intake = read("sid,custom_field.plan,Custom Field.zip\na,gold,00123\nb,,--\nc,,\"\"\"\"\n");
    let expected = [
        edit("a", &[(Field::CustomField, Some(r#"{"plan":"gold","zip":"00123"}"#))]),
        edit("b", &[(Field::CustomField, Some(r#"{"zip":null}"#))]),
        edit("c", &[(Field::CustomField, Some(r#"{"zip":"\""}"#))]),
    ];
    assert_eq!(intake.edits, expected);
}

#[test]
fn a_custom_field_cell_holds_json() {
    let intake =
        read("sid,custom_field\na,\"{\"\"n\"\": 12345678901234567890.10}\"\nb,\"{\n\"\"a\"\": 1\n}\"\nc,{oops\n");
    let expected = [
        edit("a", &[(Field::CustomField, Some(r#"{"n": 12345678901234567890.10}"#))]),
        edit("b", &[(Field::CustomField, Some(r#"{"a":1}"#))]),
        edit("c", &[(Field::CustomField, Some("{oops"))]),
    ];
    assert_eq!(intake.edits, expected);
    let both = refused("sid,custom_field,custom_field.a\nx,{},\ny,{},1\n");
    assert!(both.starts_with("f:3:1: custom_field is given as a whole and key by key"), "{both}");
}

#[test]
fn unmatched_columns_are_named_and_read_only_ones_are_not() {
    let intake = read("sid,Shoe size,tag,date_created,uri,colour,_error\na,42,x,2017,/v2,red,no\n");
    assert_eq!(intake.edits, [edit("a", &[(Field::Tag, Some("x"))])]);
    assert_eq!(
        warnings(&intake),
        ["1:1: left out, since no field is named so: `Shoe size`, `colour`. Map them to a field if they matter"]
    );
    let targets: Vec<_> = intake.columns.iter().map(|column| &column.target).collect();
    assert_eq!(targets[..4], [&Target::Sid, &Target::Unmatched, &Target::Field(Field::Tag), &Target::Skipped]);
}

#[test]
fn the_users_mapping_wins() {
    let map = [("Shoe size", "custom_field.shoe"), ("tag", "-"), ("who", "sid")];
    let map = map.map(|(column, field)| (column.to_owned(), field.to_owned())).to_vec();
    let options = ImportOptions { map, ..named("f") };
    let intake = read_edits(b"who,Shoe size,tag\na,42,x\n", &options).unwrap();
    assert_eq!(intake.edits, [edit("a", &[(Field::CustomField, Some(r#"{"shoe":"42"}"#))])]);
    assert_eq!(intake.warning_count, 0);
    let refused = read_edits(b"sid,size\na,42\n", &options).unwrap_err().to_string();
    assert!(refused.contains("f:1:1: no column `Shoe size` to map; there are `sid`, `size`"), "{refused}");
}

#[test]
fn an_id_is_the_sid_only_where_there_is_no_better() {
    assert_eq!(read("id,tag\na,x\n").edits, [edit("a", &[(Field::Tag, Some("x"))])]);
    let intake = read("id,sid,tag\n7,a,x\n");
    assert_eq!(intake.edits, [edit("a", &[(Field::Tag, Some("x"))])]);
    assert!(warnings(&intake)[0].contains("`id`"));
}

#[rstest]
#[case("tag\nx\n", "f:1:1: no column for the SID; there are `tag`")]
#[case("sid,mobile,phone\na,1,2\n", "f:2:3: phone: another column stands for number too, and says something else")]
#[case("sid,Contact SID\na,b\n", "f:2:2: Contact SID: another column stands for the SID too")]
#[case("sid,phone\na,9.71501E+11\n", "f:2:2: phone: in scientific notation its last digits are lost")]
#[case("sid,phone\na,\"9,71501e11\"\n", "f:2:2: phone: in scientific notation")]
#[case("sid,tag\n8.3E+31,x\n", "f:2:1: sid: in scientific notation")]
#[case("sid,tag\na,#N/A\n", "f:2:2: tag: a formula's error is no value")]
#[case("tag,sid\nx,a\ny,\nz, \n", "f:3:2: sid: no SID in this row")]
#[case("sid,tag\na,x\nb,y,z\n", "f:3:3: 3 cells in this row, 2 in the header")]
#[case("sid,tag\na,\"x\nb,y\n", "f:2:2: the quote that opens here is never closed")]
#[case("sid,tag\n\"a\nb\",\"x\" y\n", "f:3:2: text behind the closing quote")]
#[case("sid,tag,\"x\na,x\n", "f:1:3: the quote that opens here is never closed")]
fn damage_is_refused_with_its_place(#[case] text: &str, #[case] expected: &str) {
    let refused = refused(text);
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn a_file_that_is_no_table_gives_a_short_message() {
    let refused = refused(&format!("{}{}", "word ".repeat(1000), ",x".repeat(1000)));
    assert!(refused.ends_with("`x`, …: name one `sid`, or map it to sid") && refused.len() < 400, "{refused}");
}

#[test]
fn every_refused_row_is_told() {
    let refused = refused("sid,tag\n,x\na,y\n,z\n\"b\"c,w\n");
    let places: Vec<_> = refused.lines().map(|line| &line[..6]).collect();
    assert_eq!(places, ["f:2:1:", "f:4:1:", "f:5:1:", "f: 3 o"]);
}

#[test]
fn ragged_and_empty_rows_lose_nothing() {
    let intake = read("sid,first_name,tag\n\na\nb,X\n,,\nc,Y,z\nd,,w,,\n");
    let expected = [
        edit("a", &[]),
        edit("b", &[(Field::FirstName, Some("X"))]),
        edit("c", &[(Field::FirstName, Some("Y")), (Field::Tag, Some("z"))]),
        edit("d", &[(Field::Tag, Some("w"))]),
    ];
    assert_eq!(intake.edits, expected);
    assert_eq!(
        warnings(&intake),
        [
            "3:1: 2 rows from here on have fewer cells than the header: the fields without a cell are left alone",
            "5:1: this row has nothing in any cell: left out",
        ]
    );
}

#[test]
fn lines_are_those_of_the_file() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["sid,tag", "a,\"1", "2\"", "", ",x", ""].join(end);
        assert!(refused(&text).starts_with("f:5:1: sid: no SID"), "{}", refused(&text));
    }
}
