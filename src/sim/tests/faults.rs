//! Faults as a client meets them, and the log as an oracle.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::sim::LogEntry;

fn act(act: &str) -> String {
    format!("[[request]]\nact = {act}\non = {{ attempts = 1 }}\n")
}

/// The log without what depends on time and order.
fn facts(sim: &Sim) -> BTreeSet<String> {
    let entries = sim.log().into_iter().map(|e| LogEntry { at_ms: 0, ..e });
    entries.map(|e| serde_json::to_string(&e).unwrap()).collect()
}

#[tokio::test]
async fn a_reset_after_has_applied_and_a_reset_before_has_not() {
    for (name, applied) in [("\"reset_before\"", 0), ("\"reset_after\"", 1)] {
        let sim = simulate(&act(name)).await;
        let (heard, end) = put_raw(&sim, &tag_body([5], "New")).await;
        assert_eq!(heard, b"", "{name}");
        assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{name}");
        assert_eq!(sim.writes(&sid_of(5)), applied, "{name}");

        let again = Caller::of(&sim).put(tag_body([5], "New")).await;
        assert_eq!(again.status, 207);
        assert_eq!(sim.writes(&sid_of(5)), applied + 1);
        let log: Vec<_> =
            sim.log().into_iter().map(|e| (e.attempt, e.status, u32::try_from(e.applied).unwrap())).collect();
        assert_eq!(log, [(1, None, applied), (2, Some(207), 1)]);
    }
}

#[tokio::test]
async fn a_truncated_answer_ends_inside_its_body() {
    for contacts in [1, 200] {
        let sim = simulate(&act("\"truncate\"")).await;
        let (heard, _) = put_raw(&sim, &tag_body(0..contacts, "New")).await;
        let text = String::from_utf8_lossy(&heard).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("the head is whole");
        let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
        assert!(!body.is_empty() && body.len() < length.parse().unwrap(), "{head}");
        assert_eq!(sim.writes(&sid_of(0)), 1);
        assert_eq!(Caller::of(&sim).put(tag_body(0..contacts, "New")).await.status, 207);
    }
}

#[tokio::test]
async fn a_malformed_answer_is_whole_and_not_json() {
    let sim = simulate(&act("\"malform\"")).await;
    let heard = Caller::of(&sim).put(tag_body([1, 2], "New")).await;
    assert_eq!(heard.status, 207);
    assert!(serde_json::from_str::<Value>(&heard.text).is_err());
    assert_eq!(sim.writes(&sid_of(2)), 1);
}

#[tokio::test]
async fn an_answer_in_drops_arrives_whole() {
    let sim = simulate(&act("{ drip = { bytes = 300, every_ms = 1 } }")).await;
    let heard = Caller::of(&sim).put(tag_body(0..20, "New")).await;
    assert_eq!(heard.json()["response"].as_array().unwrap().len(), 20);
    assert_eq!(sim.log()[0].fault.as_deref(), Some("drip"));
}

#[tokio::test]
async fn a_shuffled_answer_has_the_same_items_in_another_order() {
    let sim = simulate("[[request]]\nact = \"shuffle\"").await;
    for contacts in [2, 3, 50] {
        let answer = Caller::of(&sim).put(tag_body(0..contacts, "New")).await.json();
        let sids: Vec<_> =
            answer["response"].as_array().unwrap().iter().map(|i| i["data"]["sid"].as_str().unwrap()).collect();
        let sent: Vec<_> = (0..contacts).map(sid_of).collect();
        assert_ne!(sids, sent);
        assert_eq!(sids.into_iter().collect::<BTreeSet<_>>(), sent.iter().map(String::as_str).collect());
    }
}

#[rstest::rstest]
#[case("html", "text/html", "<html>")]
#[case("text", "text/plain", "Bad Gateway: ")]
#[case("empty", "text/plain", "")]
#[case("rest_exception", "application/json", "{\"RestException\":{\"Status\":502,")]
#[tokio::test]
async fn a_proxy_answers_in_its_own_words(#[case] shape: &str, #[case] kind: &str, #[case] start: &str) {
    let sim = simulate(&act(&format!("{{ refuse = {{ status = 502, shape = \"{shape}\" }} }}"))).await;
    let heard = Caller::of(&sim).put(tag_body([1], "New")).await;
    assert_eq!((heard.status, heard.header("content-type")), (502, kind));
    assert!(heard.text.starts_with(start), "{}", heard.text);
    assert_eq!(heard.text.is_empty(), start.is_empty());
    assert_eq!(sim.writes(&sid_of(1)), 0);
}

#[tokio::test]
async fn retry_after_comes_as_seconds_or_as_a_date() {
    let sim = simulate(&act("{ refuse = { status = 429, retry_after = 7 } }")).await;
    let heard = Caller::of(&sim).put(tag_body([1], "New")).await;
    assert_eq!((heard.status, heard.header("retry-after")), (429, "7"));
    assert_eq!(heard.header("x-ratelimit-remaining"), "0");

    let sim = simulate(&act("{ refuse = { status = 503, retry_after = 60, as_date = true } }")).await;
    let before = crate::support::clock::now().0 / 1000;
    let heard = Caller::of(&sim).put(tag_body([1], "New")).await;
    let date = jiff::fmt::rfc2822::parse(heard.header("retry-after")).unwrap().timestamp().as_second();
    assert!(date >= before + 60, "{}", heard.header("retry-after"));
    assert!(heard.header("retry-after").ends_with(" GMT"));
}

#[tokio::test]
async fn the_servers_own_limit_lets_in_its_number_and_says_where_one_stands() {
    let sim = simulate("[rate_limit]\nrequests = 2\nwindow_ms = 600000").await;
    let caller = Caller::of(&sim);
    let mut seen = Vec::new();
    for i in 0..3 {
        let heard = caller.put(tag_body([i], "New")).await;
        assert_eq!(heard.header("x-ratelimit-limit"), "2");
        let wait: u64 = heard.header("retry-after").parse().unwrap_or(0);
        assert!(wait <= 600);
        seen.push((heard.status, heard.header("x-ratelimit-remaining").to_owned(), wait > 0));
    }
    assert_eq!(seen, [(207, "1".into(), false), (207, "0".into(), false), (429, "0".into(), true)]);
    assert_eq!(sim.log()[2].fault.as_deref(), Some("rate_limit"));
    assert_eq!(sim.writes(&sid_of(2)), 0);
}

#[tokio::test]
async fn credentials_expire_with_the_request_told() {
    let sim = simulate("auth_expires_at = 3").await;
    let caller = Caller::of(&sim);
    let mut statuses = Vec::new();
    for i in 0..4 {
        statuses.push(caller.put(tag_body([i], "New")).await.status);
    }
    assert_eq!(statuses, [207, 207, 401, 401]);
}

#[tokio::test]
async fn faults_of_contacts_hit_their_items() {
    let sim = simulate(
        "[[contact]]\nact = \"foreign_sid\"\non = { contacts = [1] }\n\
         [[contact]]\nact = { ignore = { fields = [\"tag\"] } }\non = { contacts = [2] }\n\
         [[contact]]\nact = { reject = { code = 409, error_code = 1008, description = \"Busy\", message = \"Conflict\" } }\n\
         on = { contacts = [3], attempts = 1 }\n",
    )
    .await;
    let caller = Caller::of(&sim);
    let answer = caller.put(tag_body(1..=3, "New")).await.json();
    let items = answer["response"].as_array().unwrap();
    let foreign = items[0]["data"]["sid"].as_str().unwrap();
    assert!(foreign.len() == 32 && foreign != sid_of(1));
    assert_eq!(sim.contact(foreign), None);
    assert_eq!(sim.contact(&sid_of(1)).unwrap()["tag"], "New");
    assert_eq!((&items[1]["code"], items[1]["data"]["tag"] == "New"), (&Value::from(200), false));
    assert_eq!(items[2]["error_data"]["description"], "Busy");
    assert_eq!(sim.log()[0].fault.as_deref(), Some("foreign_sid+ignore+reject"));

    let again = caller.put(tag_body([3], "New")).await.json();
    assert_eq!(again["response"][0]["status"], "success", "rejected once only");
}

#[tokio::test]
async fn a_poison_record_sinks_whatever_holds_it() {
    let sim = simulate("[[contact]]\nact = \"poison\"\non = { contacts = [7] }").await;
    let caller = Caller::of(&sim);
    assert_eq!(caller.put(tag_body(0..10, "New")).await.status, 400);
    assert_eq!(sim.writes(&sid_of(0)), 0);
    assert_eq!(caller.put(tag_body(0..7, "New")).await.status, 207);
    assert_eq!(caller.put(tag_body(7..8, "New")).await.status, 400);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults_whatever_the_order() {
    let flaky = || {
        simulate_with("", |o| {
            o.scenario = Scenario::named("flaky").unwrap();
            o.latency = Some(Duration::ZERO);
        })
    };
    let bodies: Vec<String> = (0..60).map(|i| tag_body(i * 10..i * 10 + 10, "New")).collect();
    let (orderly, hasty) = (flaky().await, flaky().await);
    let caller = Caller::of(&orderly);
    for body in &bodies {
        for _ in 0..3 {
            // A reset is an answer here.
            let _ = caller.try_put(body.clone()).await;
        }
    }
    let caller = Caller::of(&hasty);
    let mut tasks = tokio::task::JoinSet::new();
    for body in bodies.iter().rev() {
        let (caller, body) = (caller.clone(), body.clone());
        tasks.spawn(async move {
            for _ in 0..3 {
                let _ = caller.try_put(body.clone()).await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(facts(&orderly), facts(&hasty));
    let hit = orderly.log().iter().filter(|e| e.fault.is_some()).count();
    assert!((20..120).contains(&hit), "{hit} of 180");

    let other = simulate_with("", |o| {
        o.scenario = Scenario::named("flaky").unwrap();
        o.latency = Some(Duration::ZERO);
        o.seed = 2;
    })
    .await;
    let caller = Caller::of(&other);
    for body in &bodies {
        let _ = caller.try_put(body.clone()).await;
    }
    let first = |sim: &Sim| -> Vec<_> { sim.log().into_iter().filter(|e| e.attempt == 1).map(|e| e.fault).collect() };
    assert_ne!(first(&orderly), first(&other));
}

#[tokio::test]
async fn a_client_that_leaves_is_logged_without_a_status() {
    let sim = simulate(&act("{ stall_after = { ms = 3600000 } }")).await;
    let caller = Caller::of(&sim);
    let asking = tokio::spawn(async move { caller.try_put(tag_body([5], "New")).await });
    while sim.writes(&sid_of(5)) == 0 {
        tokio::task::yield_now().await;
    }
    asking.abort();
    sim.ended(1).await;
    let entry = sim.log().remove(0);
    assert_eq!((entry.status, entry.edits, entry.applied), (None, 1, 1));
}

#[tokio::test]
async fn the_log_file_holds_what_the_log_holds() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("requests.jsonl");
    let sim = simulate_with("auth_expires_at = 3", |o| o.log = Some(file.clone())).await;
    let caller = Caller::of(&sim);
    for body in [tag_body(0..3, "New"), "{".into(), tag_body(0..3, "Late")] {
        caller.put(body).await;
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let read: Vec<LogEntry> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(read, sim.log());
    let told: Vec<_> = read.iter().map(|e| (e.edits, e.applied, e.status)).collect();
    assert_eq!(told, [(3, 3, Some(207)), (0, 0, Some(400)), (0, 0, Some(401))]);
    assert_eq!(read[0].path, format!("/v2/accounts/{ACCOUNT}/contacts"));
}

#[tokio::test]
async fn http_2_is_spoken_on_the_same_port() {
    let sim = simulate("").await;
    let caller = Caller::built(&sim, reqwest::ClientBuilder::http2_prior_knowledge);
    assert_eq!(caller.put(tag_body(0..3, "New")).await.status, 207);
    assert_eq!(Caller::of(&sim).put(tag_body(0..3, "New")).await.status, 207);
}

#[tokio::test]
async fn the_demo_needs_a_second_try_for_one_request() {
    let sim = simulate_with("", |o| {
        o.scenario = Scenario::named("demo").unwrap();
        o.latency = Some(Duration::ZERO);
    })
    .await;
    let caller = Caller::of(&sim);
    let mut statuses = Vec::new();
    for from in [0, 500, 500] {
        statuses.push(caller.put(tag_body(from..from + 500, "New")).await.status);
    }
    assert_eq!(statuses, [207, 503, 207]);
}

#[tokio::test]
async fn a_stopped_simulator_takes_no_more_connections() {
    let sim = simulate("").await;
    let caller = Caller::of(&sim);
    assert_eq!(caller.put(tag_body([1], "New")).await.status, 207);
    let addr = sim.addr;
    sim.stop().await;
    assert!(TcpStream::connect(addr).await.is_err());
}
