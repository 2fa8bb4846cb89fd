//! Tests of JSON documents and JSON lines.

use super::*;

fn tags() -> [Edit; 2] {
    [edit("a", &[(Field::Tag, Some("x"))]), edit("b", &[(Field::Tag, Some("y"))])]
}

#[rstest]
#[case(r#"[{"sid":"a","tag":"x"},{"sid":"b","tag":"y"}]"#, Format::Json)]
#[case(r#"{"note":[1],"contacts":[{"sid":"a","tag":"x"},{"sid":"b","tag":"y"}]}"#, Format::Json)]
#[case("{\"sid\":\"a\",\"tag\":\"x\"}\r\n\r\n {\"tag\":\"y\",\"sid\":\"b\"} \r\n", Format::JsonLines)]
#[case(r#"[{"sid":"a","changes":{"tag":"x"},"problems":[{"a":1}]},{"type":"outcome","status":"rejected","code":404,"sid":"b","changes":{"tag":"y"}}]"#, Format::Json)]
#[case(r#"{"http_code":207,"response":[{"code":200,"status":"success","data":{"sid":"a","tag":"x","uri":"/v2","date_created":"2017"}},{"data":{"sid":"b","tag":"y"}}]}"#, Format::Json)]
#[case(
    "{\"sid\":\"a\",\"changes\":{\"tag\":\"x\"}}\n{\"sid\":\"b\",\"changes\":{\"tag\":\"y\"}}\n{\"type\":\"summary\",\"run\":1}\n",
    Format::JsonLines
)]
fn every_form_gives_the_same_edits(#[case] text: &str, #[case] format: Format) {
    let intake = read(text);
    assert_eq!(intake.edits, tags());
    assert_eq!((intake.format, warnings(&intake)), (format, vec![]));
}

#[test]
fn one_object_is_one_edit() {
    assert_eq!(read("{\n\"sid\": \"a\",\n\"tag\": \"x\"}").edits, tags()[..1]);
    assert_eq!(read(r#"{"response":{"code":200,"data":{"sid":"a","tag":"x"}}}"#).edits, tags()[..1]);
}

#[test]
fn the_vendors_sample_is_read_with_one_warning() {
    let text = include_str!("../../../tests/contract/vendor_sample_request.txt");
    let intake = read(text);
    let names = ["XYZ", "ABC", "LMN"];
    let expected: Vec<_> =
        SIDS.iter().zip(names).map(|(sid, name)| edit(sid, &[(Field::FirstName, Some(name))])).collect();
    assert_eq!(intake.edits, expected);
    assert_eq!(
        warnings(&intake),
        ["6:10: 2 commas missing between objects, at the end of lines 6, 10: read as if they were there"]
    );
}

#[test]
fn the_vendors_sample_answer_gives_the_updated_contact() {
    let text = r#"{"response":[
        {"code":404,"status":"failure","error_data":{"code":1000}},
        {"code":409,"status":"failure","data":{"sid":"other","tag":"z"}},
        {"code":"409","data":{"sid":"other","tag":"z"}},
        {"code":"200","status":"success","data":{"sid":"a","account_sid":"Exotel","tag":"x"}}]}"#;
    let intake = read(text);
    assert_eq!(intake.edits, tags()[..1]);
    assert_eq!(warnings(&intake), ["2:9: 3 items of the answer without an updated contact: left out"]);
}

#[test]
fn values_keep_their_text() {
    let text = r#"[{"sid":83, "number":919876543210123456789, "last_name":1.50, "email":null, "first_name":"\u00e9 \n",
        "custom_field": { "n" : 12345678901234567890.10 , "a b" : [ 1e400 ] } },
        {"sid":"b","custom_field":"{\"a\": 1}","custom_field.b":1}]"#;
    let refused = refused(text);
    assert!(refused.starts_with("f:3:9: custom_field is given as a whole and key by key"), "{refused}");
    let intake = read(&text.replace(r#","custom_field.b":1"#, ""));
    let expected = [
        edit(
            "83",
            &[
                (Field::Number, Some("919876543210123456789")),
                (Field::LastName, Some("1.50")),
                (Field::Email, None),
                (Field::FirstName, Some("é \n")),
                (Field::CustomField, Some(r#"{"n":12345678901234567890.10,"a b":[1e400]}"#)),
            ],
        ),
        edit("b", &[(Field::CustomField, Some("{\"a\": 1}"))]),
    ];
    assert_eq!(intake.edits, expected);
}

#[test]
fn keys_are_matched_like_headers() {
    let intake =
        read(r#"[{"id":"a","firstName":"X","custom_field.n":1.0,"custom_field.t":"é","shoe":1},{"sid":"b","shoe":2}]"#);
    let expected = [
        edit("a", &[(Field::FirstName, Some("X")), (Field::CustomField, Some(r#"{"n":1.0,"t":"é"}"#))]),
        edit("b", &[]),
    ];
    assert_eq!(intake.edits, expected);
    assert_eq!(
        warnings(&intake),
        ["1:70: shoe: left out, since no field is named so: map it to a field if it matters"]
    );
    let options = ImportOptions {
        map: vec![("shoe".to_owned(), "tag".to_owned()), ("x".to_owned(), "-".to_owned())],
        ..named("f")
    };
    let intake = read_edits(br#"{"sid":"a","shoe":"x"}"#, &options).unwrap();
    assert_eq!(intake.edits, tags()[..1]);
    assert_eq!(warnings(&intake), ["1:1: x: no object has this key, which was to be mapped"]);
}

#[test]
fn the_later_of_two_keys_counts() {
    let intake = read("{\"sid\":\"b\",\"tag\":\"é\",\n\"tag\":\"x\",\"sid\":\"a\"}");
    assert_eq!(intake.edits, tags()[..1]);
    assert_eq!(
        warnings(&intake),
        [
            "2:1: tag: given twice in one object: the later one counts",
            "2:11: sid: given twice in one object: the later one counts",
        ]
    );
}

#[rstest]
#[case("[{\"sid\":\"a\",\n \"tag\":true}]", "f:2:8: tag: true or false is no tag: write a text")]
#[case(r#"[{"sid":"a","tag":["x"]}]"#, "f:1:19: tag: an array is no tag")]
#[case(r#"[{"sid":"a","first_name":{}}]"#, "f:1:26: first_name: an object is no first_name")]
#[case(r#"[{"sid":"a","custom_field":[]}]"#, "f:1:28: custom_field: an array is no custom_field")]
#[case(r#"[{"sid":"a","custom_field":7}]"#, "f:1:28: custom_field: a number is no custom_field")]
#[case(r#"[{"sid":["a"]}]"#, "f:1:9: sid: an array is no SID")]
#[case(r#"[{"tag":"x"}]"#, "f:1:2: no SID in this object")]
#[case(r#"[{"sid":null}]"#, "f:1:2: no SID in this object")]
#[case(r#"{"é":1,"sid":" "}"#, "f:1:1: no SID in this object")]
#[case("[{\"sid\":\"a\"},\n7]", "f:2:1: a number is no edit")]
#[case("[{\"sid\":\"a\"}\n", "f:2:1: the file ends inside an array")]
#[case("[{\"sid\":\"a\"}] x", "f:1:15: more text behind the JSON")]
#[case("{\"sid\":\"a\"}\n{\"sid\":\"b\",}\n{\"sid\":\"c\"} {}\n", "f:2:11: nothing stands between this comma")]
fn mistakes_are_refused_with_their_place(#[case] text: &str, #[case] expected: &str) {
    let refused = refused(text);
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn a_broken_line_does_not_hide_the_next() {
    let refused = refused("{\"sid\":\"a\"}\r\n{\"sid\":\"b}\r\n{\"sid\":\"c\"}\r\n[]\r\n");
    let places: Vec<_> = refused.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["f:2:8", "f:4:1", "f"]);
}

#[test]
fn a_missing_comma_is_forgiven_between_edits_alone() {
    assert!(refused(r#"[{"sid":"a","custom_field":{"n":[1 2]}}]"#).starts_with("f:1:36: `,` or `]` expected"));
    assert!(refused(r#"[{"sid":"a" "tag":"x"}]"#).starts_with("f:1:13: `,` or `}` expected"));
}
