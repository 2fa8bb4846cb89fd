//! Answers that no page of the vendor's shows, and limits that it does not name.

use super::*;

async fn bulk(scenario: &str) -> (Sim, Heard) {
    let sim = simulate(scenario).await;
    let heard = Caller::of(&sim).put(tag_body(0..3, "New")).await;
    (sim, heard)
}

fn act(act: &str) -> String {
    format!("[[request]]\nact = {act}\n")
}

/// What each answer becomes; all of them were performed.
#[rstest::rstest]
#[case::repeat("\"repeat\"", |a: Value| a["response"][2] == a["response"][0] && a["response"][1] != a["response"][0])]
#[case::http_code("{ http_code = { code = 500 } }", |a: Value| a["http_code"] == 500 && a["response"][2]["code"] == 200)]
#[case::bare("\"bare\"", |a: Value| a[2]["data"]["tag"] == "New")]
#[case::nested("\"nested\"", |a: Value| a["data"]["response"][2]["data"]["tag"] == "New")]
#[case::huge("{ huge = { bytes = 100000 } }", |a: Value| a["response"][2]["data"]["tag"] == "New")]
#[case::gzip("\"gzip\"", |a: Value| a["response"][2]["data"]["tag"] == "New")]
#[case::many_headers("{ many_headers = { count = 50 } }", |a: Value| a["response"][2]["data"]["tag"] == "New")]
#[tokio::test]
async fn an_odd_answer_is_odd_and_nothing_else(#[case] odd: &str, #[case] is_so: fn(Value) -> bool) {
    let (sim, heard) = bulk(&act(odd)).await;
    assert_eq!(heard.status, 207);
    assert!(is_so(heard.json()), "{}", &heard.text[..200]);
    assert_eq!(sim.writes(&sid_of(2)), 1);
}

#[tokio::test]
async fn a_huge_answer_has_its_bytes_and_many_headers_their_number() {
    let (_sim, heard) = bulk(&act("{ huge = { bytes = 100000 } }")).await;
    assert_eq!(heard.text.len(), 100_000);
    let (_sim, heard) = bulk(&act("{ many_headers = { count = 50 } }")).await;
    assert_eq!(heard.headers.keys().filter(|name| name.as_str().starts_with("x-filler-")).count(), 50);
    let (_sim, heard) = bulk(&act("\"bom\"")).await;
    assert!(heard.text.trim_start_matches('\u{feff}').starts_with('{'));
}

#[tokio::test]
async fn a_packed_answer_is_packed_on_the_wire() {
    let sim = simulate(&act("\"gzip\"")).await;
    let (heard, _) = put_raw(&sim, &tag_body([1], "New")).await;
    let body = heard.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(String::from_utf8_lossy(&heard[..body]).contains("content-encoding: gzip"));
    assert_eq!(heard[body..body + 2], [0x1f, 0x8b]);
}

#[tokio::test]
async fn a_truncated_head_ends_inside_the_head() {
    let sim = simulate(&act("\"truncate_head\"")).await;
    let (heard, _) = put_raw(&sim, &tag_body([1], "New")).await;
    let text = String::from_utf8_lossy(&heard);
    assert!(text.starts_with("HTTP/1.1 207") && !text.contains("\r\n\r\n"), "{text}");
    assert_eq!(sim.writes(&sid_of(1)), 1);
}

#[rstest::rstest]
#[case("null", "null")]
#[case("text", "\"OK\"")]
#[case("empty", "{}")]
#[case("failed_success", r#"{"code":200,"status":"failure"}"#)]
#[case("successful_failure", r#"{"code":400,"status":"success"}"#)]
#[case("no_data", r#"{"code":200,"data":null,"status":"success"}"#)]
#[case("no_sid", r#"{"code":200,"data":{"sid":"","tag":"New"},"status":"success"}"#)]
#[tokio::test]
async fn an_odd_item_is_odd_and_its_contact_is_changed(#[case] odd: &str, #[case] expected: &str) {
    let (sim, heard) = bulk(&format!("[[contact]]\nact = {{ odd = \"{odd}\" }}\non = {{ contacts = [1] }}")).await;
    let answer = heard.json();
    let (item, expected): (&Value, Value) = (&answer["response"][1], serde_json::from_str(expected).unwrap());
    assert_holds(item, &expected);
    assert_eq!(answer["response"][2]["data"]["sid"], sid_of(2), "its neighbours are as ever");
    assert_eq!(sim.writes(&sid_of(1)), 1);
}

/// Whether the value has all that is expected, and what is not an object is the same.
#[track_caller]
fn assert_holds(value: &Value, expected: &Value) {
    match expected.as_object().filter(|keys| !keys.is_empty()) {
        Some(keys) => keys.iter().for_each(|(key, expected)| assert_holds(&value[key], expected)),
        None => assert_eq!(value, expected),
    }
}

#[tokio::test]
async fn a_redirect_says_where_to() {
    let sim = simulate(&act("{ refuse = { status = 302, shape = \"html\" } }")).await;
    let caller = Caller::built(&sim, |b| b.redirect(reqwest::redirect::Policy::none()));
    let heard = caller.put(tag_body([1], "New")).await;
    assert_eq!((heard.status, heard.header("location")), (302, "https://moved.example.com/"));
    assert_eq!(sim.writes(&sid_of(1)), 0);
}

#[tokio::test]
async fn too_many_contacts_are_refused_as_the_dialect_says() {
    for status in [400, 413] {
        let text = format!("[dialect]\nmax_contacts = 2\nmax_contacts_status = {status}\n");
        let (sim, heard) = bulk(&text).await;
        assert_eq!(heard.status, status);
        assert_eq!(heard.json()["response"]["error_data"]["code"], 1002);
        assert_eq!(Caller::of(&sim).put(tag_body(0..2, "New")).await.status, 207);
    }
}

#[rstest::rstest]
#[case("both", true, true)]
#[case("retry_after", true, false)]
#[case("x_ratelimit", false, true)]
#[case("none", false, false)]
#[tokio::test]
async fn a_limit_is_told_as_the_scenario_says(#[case] headers: &str, #[case] after: bool, #[case] quota: bool) {
    let text = format!("[rate_limit]\nrequests = 1\nwindow_ms = 600000\nheaders = \"{headers}\"\n");
    let (sim, first) = bulk(&text).await;
    let second = Caller::of(&sim).put(tag_body(0..3, "New")).await;
    assert_eq!((first.status, second.status), (207, 429));
    assert_eq!((first.header("retry-after"), !second.header("retry-after").is_empty()), ("", after));
    for heard in [first, second] {
        assert_eq!(!heard.header("x-ratelimit-remaining").is_empty(), quota);
    }
}

#[tokio::test]
async fn the_port_closes_with_the_request_told() {
    let sim = simulate("closes_at = 2").await;
    let caller = Caller::of(&sim);
    for i in 0..2 {
        assert_eq!(caller.put(tag_body([i], "New")).await.status, 207);
    }
    // The door is shut a moment after the answer.
    while TcpStream::connect(sim.addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(caller.try_put(tag_body([3], "New")).await.is_err());
    assert_eq!(sim.writes(&sid_of(3)), 0);
}

#[tokio::test]
async fn what_is_refused_for_a_while_works_again() {
    let sim = simulate("[[request]]\nact = { refuse = { status = 401 } }\non = { from = 2, until = 3 }").await;
    let caller = Caller::of(&sim);
    let mut statuses = Vec::new();
    for i in 0..4 {
        statuses.push(caller.put(tag_body([i], "New")).await.status);
    }
    assert_eq!(statuses, [207, 401, 401, 207]);
}
