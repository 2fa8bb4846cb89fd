//! The simulator answers as the bodies under `tests/contract` say.

use super::*;

/// A contract body.
macro_rules! contract {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/", $name))
    };
}
pub(super) use contract;

const THREE: &str = contract!("request_three_contacts.json");

pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Blanks the request id and the dates of change, which no two answers share.
fn steady(mut answer: Value) -> Value {
    if let Some(id) = answer.get_mut("request_id") {
        assert!(id.as_str().is_some_and(|t| t.len() == 32 && t.bytes().all(|b| b.is_ascii_hexdigit())), "{id}");
        *id = "…".into();
    }
    let blank = |item: &mut Value| {
        if let Some(date) = item.pointer_mut("/data/date_updated") {
            assert!(date.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{date}");
            *date = "…".into();
        }
    };
    match answer.get_mut("response") {
        Some(Value::Array(items)) => items.iter_mut().for_each(blank),
        Some(item) => blank(item),
        None => {}
    }
    answer
}

/// The same with every value inside `data` blanked: what is left is the shape.
pub(super) fn shape(answer: Value) -> Value {
    fn blank(data: &mut Value) {
        for value in data.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
            *value = if value.is_object() { "an object".into() } else { "a text".into() };
        }
    }
    let mut answer = steady(answer);
    match answer.get_mut("response") {
        Some(Value::Array(items)) => items.iter_mut().filter_map(|i| i.get_mut("data")).for_each(blank),
        Some(item) => item.get_mut("data").into_iter().for_each(blank),
        None => {}
    }
    answer
}

#[tokio::test]
async fn the_vendors_sample_gets_the_vendors_answer() {
    let sim = simulate("").await;
    let heard = Caller::of(&sim).put(THREE).await;
    assert_eq!(heard.status, 207);
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(steady(heard.json()), steady(parsed(contract!("vendor_sample_answer.json"))));
}

#[tokio::test]
async fn the_sample_as_printed_lacks_its_commas_and_does_not_parse() {
    let sim = simulate("").await;
    let heard = Caller::of(&sim).put(contract!("vendor_sample_request.txt")).await;
    let answer = heard.json();
    assert_eq!((heard.status, &answer["response"]["error_data"]["code"]), (400, &Value::from(1007)));
    assert_eq!(sim.writes(VENDOR_SID), 0);
}

#[rstest::rstest]
#[case("[dialect]\nfailed_data = \"null\"", contract!("answer_207_failed_items_with_null_data.json"))]
#[case("[[request]]\nact = \"short\"", contract!("answer_207_one_item_short.json"))]
#[case("[[request]]\nact = \"long\"", contract!("answer_207_one_item_too_many.json"))]
#[case("[[request]]\nact = \"metadata_missing\"", contract!("answer_207_metadata_missing.json"))]
#[case("[[request]]\nact = \"metadata_lying\"", contract!("answer_207_metadata_disagrees.json"))]
#[case("[[request]]\nact = \"text_codes\"", contract!("answer_207_codes_as_strings.json"))]
#[case("[[request]]\nact = \"response_null\"", contract!("answer_207_response_null.json"))]
#[tokio::test]
async fn odd_answers_have_the_shape_of_the_contract(#[case] scenario: &str, #[case] contract: &str) {
    let sim = simulate(scenario).await;
    let heard = Caller::of(&sim).put(THREE).await;
    assert_eq!(heard.status, 207);
    assert_eq!(shape(heard.json()), shape(parsed(contract)));
    assert_eq!(sim.writes(VENDOR_SID), 1, "all of them are applied");
}

#[rstest::rstest]
#[case("object", contract!("refused_400_contacts_mandatory_object.json"))]
#[case("array", contract!("refused_400_contacts_mandatory_array.json"))]
#[case("rest_exception", contract!("refused_400_rest_exception.json"))]
#[case("response_error", contract!("refused_400_response_error.json"))]
#[tokio::test]
async fn a_body_without_contacts_is_refused_in_every_shape(#[case] refusal: &str, #[case] contract: &str) {
    let sim = simulate(&format!("[dialect]\nrefusal = \"{refusal}\"")).await;
    let heard = Caller::of(&sim).put(contract!("request_without_contacts.json")).await;
    assert_eq!(heard.status, 400);
    assert_eq!(steady(heard.json()), steady(parsed(contract)));
}

#[rstest::rstest]
#[case(403, contract!("refused_403_foreign_resource.json"))]
#[case(429, contract!("refused_429_envelope.json"))]
#[case(503, contract!("refused_503_envelope.json"))]
#[tokio::test]
async fn a_refusal_out_of_nowhere_has_the_shape_of_the_contract(#[case] status: u16, #[case] contract: &str) {
    let sim = simulate(&format!("[[request]]\nact = {{ refuse = {{ status = {status} }} }}")).await;
    let heard = Caller::of(&sim).put(THREE).await;
    assert_eq!(heard.status, status);
    assert_eq!(steady(heard.json()), steady(parsed(contract)));
}

#[tokio::test]
async fn a_proxys_error_page_is_the_contracts_byte_for_byte() {
    let sim = simulate("[[request]]\nact = { refuse = { status = 502, shape = \"html\" } }").await;
    assert_eq!(Caller::of(&sim).put(THREE).await.text, contract!("refused_502_html.html"));
}

#[tokio::test]
async fn credentials_account_and_content_type_are_checked() {
    let sim = simulate("").await;
    let caller = Caller::of(&sim);
    let url = format!("{}/contacts", caller.account);
    let json = ("Content-Type", "application/json");
    let ask = |url: &str, token, kind: (&str, &str)| {
        caller.send(caller.http.put(url).basic_auth(KEY, Some(token)).header(kind.0, kind.1).body(THREE))
    };
    let wrong_token = ask(&url, "other", json).await.unwrap();
    let wrong_account = ask(&url.replace(ACCOUNT, "other"), TOKEN, json).await.unwrap();
    let wrong_type = ask(&url, TOKEN, ("Content-Type", "text/plain")).await.unwrap();
    let nobody = caller.send(caller.http.get(&url)).await.unwrap();
    for (heard, status, contract) in [
        (wrong_token, 401, contract!("refused_401_credentials.json")),
        (wrong_account, 404, contract!("refused_404_account.json")),
        (wrong_type, 415, contract!("refused_415_content_type.json")),
    ] {
        assert_eq!(heard.status, status);
        assert_eq!(steady(heard.json()), steady(parsed(contract)));
    }
    assert_eq!(nobody.status, 401);
    let with_charset = ask(&url, TOKEN, ("Content-Type", "application/json; charset=utf-8")).await.unwrap();
    assert_eq!(with_charset.status, 207);
}

#[tokio::test]
async fn too_large_a_body_and_too_many_contacts_are_refused_unread() {
    let sim = simulate("[dialect]\nmax_contacts = 3\nmax_body_bytes = 400").await;
    let caller = Caller::of(&sim);
    let many = caller.put(tag_body(0..4, "a")).await;
    let answer = many.json();
    assert_eq!((many.status, &answer["response"]["error_data"]["code"]), (400, &Value::from(1002)));
    let large = caller.put(tag_body(0..4, &"long".repeat(100))).await;
    assert_eq!(large.status, 413);
    assert_eq!(steady(large.json()), steady(parsed(contract!("refused_413_too_large.json"))));
    assert_eq!(sim.writes(&sid_of(0)), 0);
}

#[tokio::test]
async fn one_value_of_the_wrong_type_sinks_the_batch() {
    let sim = simulate("").await;
    let heard = Caller::of(&sim).put(contract!("request_value_of_wrong_type.json")).await;
    let answer = heard.json();
    assert_eq!((heard.status, &answer["response"]["error_data"]["code"]), (400, &Value::from(1007)));
    assert!(answer.to_string().contains("first_name must be a string"), "{answer}");
    assert_eq!(sim.writes(VENDOR_SID), 0);
}

#[tokio::test]
async fn an_invalid_value_and_a_taken_number_fail_their_item_alone() {
    let sim = simulate("").await;
    let body = serde_json::json!({"contacts": [
        {"sid": sid_of(1), "email": "no-at.example"},
        {"sid": sid_of(2), "number": "+67420336456"},
        {"sid": sid_of(3), "tag": "ok"},
        {"first_name": "nobody"},
    ]});
    let heard = Caller::of(&sim).put(body.to_string()).await;
    let answer = heard.json();
    assert_eq!(answer["metadata"], serde_json::json!({"failed": 3, "total": 4, "success": 1}));
    let mixed = parsed(contract!("answer_207_mixed_updated_404_400.json"));
    assert_eq!(answer["response"][0], mixed["response"][2]);
    let conflict = parsed(contract!("answer_207_conflict_carries_other_contact.json"));
    assert_eq!(answer["response"][1]["error_data"], conflict["response"][1]["error_data"]);
    assert_eq!(answer["response"][1]["data"]["sid"], VENDOR_SID);
    assert_eq!(answer["response"][2]["data"]["tag"], "ok");
    assert_eq!(answer["response"][3]["error_data"]["code"], 1001);
}

#[tokio::test]
async fn a_nested_custom_field_comes_back_digit_by_digit() {
    let sim = simulate("").await;
    let heard = Caller::of(&sim).put(contract!("request_custom_field_nested.json")).await;
    assert!(heard.text.contains("12345678901234567890"), "{}", heard.text);
}

#[rstest::rstest]
#[case("", "", "{}")]
#[case("[dialect]\ncleared_reads = \"null\"", "null", "null")]
#[tokio::test]
async fn cleared_fields_read_as_the_dialect_says(#[case] scenario: &str, #[case] email: &str, #[case] custom: &str) {
    let sim = simulate(scenario).await;
    let body = format!(r#"{{"contacts":[{{"sid":"{VENDOR_SID}","email":"","custom_field":null}}]}}"#);
    let answer = Caller::of(&sim).put(body).await.json();
    let data = &answer["response"][0]["data"];
    assert_eq!(data["email"], if email.is_empty() { Value::from("") } else { Value::Null });
    assert_eq!(data["custom_field"].to_string(), custom);
}

#[tokio::test]
async fn one_contact_can_be_read_and_updated() {
    let sim = simulate("").await;
    let caller = Caller::of(&sim);
    let found = caller.get(&format!("/contacts/{VENDOR_SID}")).await;
    assert_eq!(found.status, 200);
    assert_eq!(shape(found.json()), shape(parsed(contract!("get_200_one_contact.json"))));
    let missing = caller.get("/contacts/93ba26b7f11c4e75b4043c8b33ceba59").await;
    assert_eq!(missing.status, 404);
    assert_eq!(steady(missing.json()), steady(parsed(contract!("get_404_one_contact.json"))));

    let path = format!("/contacts/{}", sid_of(4));
    let changed = caller.send(caller.put_request(&path, r#"{"tag":"One"}"#.into())).await.unwrap();
    assert_eq!((changed.status, &changed.json()["response"]["data"]["tag"]), (200, &Value::from("One")));
    assert_eq!(caller.get(&path).await.json()["response"]["data"]["tag"], "One");
    assert_eq!(sim.contact(&sid_of(4)).unwrap()["tag"], "One");
}
