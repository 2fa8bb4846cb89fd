//! Tests of the judge: the shapes of API 4 and 5, and bytes that have no shape.

use proptest::prelude::*;
use reqwest::header::{HeaderName, HeaderValue};
use rstest::rstest;

use super::*;
use crate::domain::{Change, Difference, Field, Sid};

const A: &str = "83ba26b7f11c4e75b4043c8b33ceba49";
const B: &str = "93ba26b7f11c4e75b4043c8b33ceba59";
const C: &str = "73ba26b7f11c4e75b4043c8b33ceba69";

/// The batch of the vendor's page: three contacts get a first name.
fn batch() -> Batch {
    batch_of(&[A, B, C])
}

fn batch_of(sids: &[&str]) -> Batch {
    let item = |(seq, sid): (usize, &&str)| BatchItem {
        seq: seq as u64,
        sid: Sid::new(sid),
        changes: [(Field::FirstName, Change::Set("XYZ".to_owned()))].into_iter().collect(),
    };
    Batch { no: 0, round: 0, items: sids.iter().enumerate().map(item).collect() }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let header = |(n, v): &(&str, &str)| (HeaderName::try_from(*n).unwrap(), HeaderValue::from_str(v).unwrap());
    pairs.iter().map(header).collect()
}

fn judge_bytes(batch: &Batch, status: u16, body: &[u8]) -> Reply {
    let headers = headers(&[("retry-after", "9"), ("location", "https://elsewhere.example/")]);
    classify(batch, Exchange::Answered { status, headers: &headers, body: Body::Whole(body) }, Timestamp(0))
}

fn judge(status: u16, body: &str) -> Reply {
    judge_bytes(&batch(), status, body.as_bytes())
}

/// One word for each edit: updated, rejected, unknown, `not_sent`.
fn statuses(reply: &Reply) -> Vec<&'static str> {
    match &reply.result {
        AttemptResult::Settled(outcomes) => outcomes.iter().map(|o| o.status.name()).collect(),
        other => panic!("not settled: {other:?}"),
    }
}

fn outcomes(reply: Reply) -> Vec<Outcome> {
    match reply.result {
        AttemptResult::Settled(outcomes) => outcomes,
        other => panic!("not settled: {other:?}"),
    }
}

/// What the engine will do about a reply, in one word.
fn way(reply: &Reply) -> &'static str {
    match &reply.result {
        AttemptResult::Settled(_) => "settled",
        AttemptResult::Retryable { unreachable: false, .. } => "later",
        AttemptResult::Retryable { unreachable: true, .. } => "unreachable",
        AttemptResult::Ambiguous { .. } => "perhaps",
        AttemptResult::Refused { kind: Refusal::Stop, .. } => "stop",
        AttemptResult::Refused { kind: Refusal::Split, .. } => "split",
        AttemptResult::Refused { kind: Refusal::Astray, .. } => "astray",
        AttemptResult::Refused { kind: Refusal::Whole, .. } => "whole",
    }
}

/// The words that a person sees first.
fn words(reply: &Reply) -> String {
    match &reply.result {
        AttemptResult::Settled(_) => String::new(),
        AttemptResult::Retryable { reason, .. } | AttemptResult::Ambiguous { reason, .. } => reason.clone(),
        AttemptResult::Refused { said, .. } => said.description.clone().unwrap_or_default(),
    }
}

fn ok(sid: &str) -> String {
    format!(
        r#"{{"code":200,"error_data":null,"status":"success","data":{{"sid":"{sid}","number":"+67420336456","first_name":"XYZ","custom_field":{{}}}}}}"#
    )
}

fn bad(code: u16) -> String {
    format!(
        r#"{{"code":{code},"error_data":{{"code":1000,"description":"Contact not found","message":"Not Found"}},"status":"failure"}}"#
    )
}

fn envelope(items: &[String]) -> String {
    format!(r#"{{"request_id":"r1","method":"PUT","http_code":207,"response":[{}]}}"#, items.join(","))
}

/// The answer as the vendor's page shows it.
const VENDORS_ANSWER: &str = r#"{
  "request_id":"a325d397a29f49698113ad56715dcf23",
  "method":"PUT",
  "http_code":207,
  "metadata":
     {
       "failed":2,
       "total":3,
       "success":1
     },
  "response":[
     {
       "code":200,
       "error_data":null,
       "status":"success",
       "data":{
           "sid":"83ba26b7f11c4e75b4043c8b33ceba49",
           "date_created":"2017-11-30T11:22:39Z",
           "date_updated":"2017-12-05T14:24:11Z",
           "account_sid":"Exotel",
           "number":"+67420336456",
           "first_name":"XYZ",
           "last_name":"ABC",
           "company_name":"Exotel",
           "email":"shiva@exotel.in",
           "tag":"Member",
           "custom_field":{ "key":{ "a":"b", "c":[1,2,3] } },
           "uri":"/v2/Accounts/Exotel/Contacts/4675ce5f21994bcca8cf07c7e0426be7"
        }
      },
   {
     "code":404,
     "error_data":
        {
           "code":1000,
           "description":"Contact not found",
           "message":"Not Found"
        },
     "status":"failure"
   },
   {
     "code":404,
     "error_data":
       {
          "code":1000,
          "description":"Contact not found",
          "message":"Not Found"
       },
     "status":"failure"
   }
]
}"#;

#[test]
fn the_vendors_own_answer_is_understood() {
    let reply = judge(207, VENDORS_ANSWER);
    assert_eq!(reply.request_id.as_deref(), Some("a325d397a29f49698113ad56715dcf23"));
    assert_eq!(statuses(&reply), ["updated", "rejected", "rejected"]);
    assert!(reply.notes.is_empty(), "{:?}", reply.notes);
    assert_eq!(outcomes(reply)[0].echo, Echo::Matches);
}

#[test]
fn each_edit_gets_what_was_said_of_it() {
    let reply = judge(207, &envelope(&[ok(A), bad(404), bad(409)]));
    assert_eq!((reply.http_status, reply.request_id.as_deref(), reply.notes.len()), (Some(207), Some("r1"), 0));
    let outcomes = outcomes(reply);
    assert_eq!(
        outcomes[0],
        Outcome {
            status: Status::Updated,
            said: Said { code: Some(200), ..Said::default() },
            echo: Echo::Matches,
            item: Some(ok(A))
        }
    );
    assert_eq!(
        outcomes[2],
        Outcome {
            status: Status::Rejected,
            said: Said {
                code: Some(409),
                error_code: Some(1000),
                description: Some("Contact not found".to_owned()),
                message: Some("Not Found".to_owned()),
            },
            echo: Echo::None,
            item: Some(bad(409)),
        }
    );
}

/// One item for the last contact of the batch, the others being plain successes.
#[rstest]
#[case::plain(r#"{"code":200,"status":"success","data":{"sid":"SID","first_name":"XYZ"}}"#, "updated")]
#[case::code_as_text(r#"{"code":"200","status":"Success","data":{"sid":"SID"}}"#, "updated")]
#[case::no_data(r#"{"code":200,"status":"success"}"#, "updated")]
#[case::data_null(r#"{"code":200,"status":"success","data":null}"#, "updated")]
#[case::not_found(r#"{"code":404,"status":"failure"}"#, "rejected")]
#[case::failure_code_as_text(r#"{"code":"404","status":"failure","data":null}"#, "rejected")]
#[case::no_code(r#"{"status":"failure","error_data":"nope"}"#, "rejected")]
#[case::no_status(r#"{"code":409}"#, "rejected")]
#[case::too_many(r#"{"code":429,"status":"failure"}"#, "rejected")]
#[case::broken(r#"{"code":503,"status":"failure"}"#, "rejected")]
#[case::anothers_data(r#"{"code":409,"status":"failure","data":{"sid":"someone else"}}"#, "rejected")]
#[case::code_200_but_failure(r#"{"code":200,"status":"failure","data":{"sid":"SID"}}"#, "unknown")]
#[case::success_but_404(r#"{"code":404,"status":"success","data":{"sid":"SID"}}"#, "unknown")]
#[case::accepted_is_not_updated(r#"{"code":202,"status":"success","data":{"sid":"SID"}}"#, "unknown")]
#[case::code_200_alone(r#"{"code":200,"data":{"sid":"SID"}}"#, "unknown")]
#[case::success_alone(r#"{"status":"success","data":{"sid":"SID"}}"#, "unknown")]
#[case::empty("{}", "unknown")]
#[case::null("null", "unknown")]
#[case::a_number("7", "unknown")]
#[case::a_list("[200,\"success\"]", "unknown")]
#[case::foreign(r#"{"code":200,"status":"success","data":{"sid":"foreign"}}"#, "unknown")]
fn an_item_is_taken_at_its_word_and_no_further(#[case] item: &str, #[case] status: &str) {
    let reply = judge(207, &envelope(&[ok(A), ok(B), item.replace("SID", C)]));
    assert_eq!(statuses(&reply), ["updated", "updated", status]);
}

#[test]
fn an_unclear_item_is_kept_for_the_detail_view() {
    let item = r#"{"code":404,"status":"success","error_data":{"description":"?"}}"#.to_owned();
    let outcome = outcomes(judge(207, &envelope(&[ok(A), ok(B), item.clone()]))).remove(2);
    assert_eq!((outcome.item, outcome.said.code), (Some(item), Some(404)));
    assert!(outcome.said.description.unwrap().contains("contradicts itself"));
}

#[test]
fn shuffled_items_find_their_contacts_and_the_doubt_is_told() {
    let reply = judge(207, &envelope(&[bad(404), ok(A), ok(B)]));
    assert_eq!(statuses(&reply), ["updated", "updated", "rejected"]);
    assert_eq!(
        reply.notes,
        ["item 2 of the answer names another contact than was sent there, so its order proves nothing"]
    );

    let reply = judge(207, &envelope(&[bad(404), ok(A), bad(400)]));
    assert_eq!(statuses(&reply), ["updated", "unknown", "unknown"]);
    let outcomes = outcomes(reply);
    assert_eq!((outcomes[1].said.code, outcomes[1].item.as_ref()), (None, None));
    assert!(outcomes[1].said.description.as_ref().unwrap().contains("order proves nothing"));
}

#[test]
fn an_answer_of_another_length_is_told() {
    let reply = judge(207, &envelope(&[ok(A), bad(404)]));
    assert_eq!(statuses(&reply), ["updated", "unknown", "unknown"]);
    assert_eq!(reply.notes, ["the answer has 2 items for 3 edits, so not every item can be placed"]);
}

#[test]
fn the_echo_tells_what_the_server_kept() {
    let item = ok(C).replace("XYZ", "old");
    let bare = r#"{"code":200,"status":"success","data":{"sid":"B"}}"#.replace('B', B);
    let outcomes = outcomes(judge(207, &envelope(&[ok(A), bare, item])));
    let difference = Difference { field: Field::FirstName, wanted: "XYZ".to_owned(), got: Some("old".to_owned()) };
    assert_eq!(outcomes[1].echo, Echo::Missing);
    assert_eq!(outcomes[2].echo, Echo::Differs(vec![difference]));
    assert_eq!(outcomes[2].status, Status::Updated);
}

#[rstest]
#[case::agrees(r#"{"failed":1,"total":"3","success":2}"#, &[])]
#[case::lacks_failed(r#"{"total":3,"success":2}"#, &[])]
#[case::lies(r#"{"failed":0,"total":3,"success":3}"#, &["metadata says success 3, but", "metadata says failed 0, but"])]
#[case::null("null", &[])]
#[case::odd("[1]", &[])]
fn metadata_that_disagrees_is_shown_and_not_believed(#[case] metadata: &str, #[case] notes: &[&str]) {
    let body =
        envelope(&[ok(A), ok(B), bad(404)]).replace("\"response\"", &format!("\"metadata\":{metadata},\"response\""));
    let reply = judge(207, &body);
    assert_eq!(statuses(&reply), ["updated", "updated", "rejected"]);
    assert_eq!(reply.notes.len(), notes.len(), "{:?}", reply.notes);
    assert!(reply.notes.iter().zip(notes).all(|(note, start)| note.starts_with(start)), "{:?}", reply.notes);
}

#[rstest]
#[case(200, "perhaps")]
#[case(204, "perhaps")]
#[case(207, "perhaps")]
#[case(301, "astray")]
#[case(302, "astray")]
#[case(307, "astray")]
#[case(400, "split")]
#[case(401, "stop")]
#[case(402, "stop")]
#[case(403, "stop")]
#[case(404, "astray")]
#[case(405, "astray")]
#[case(408, "perhaps")]
#[case(409, "whole")]
#[case(413, "split")]
#[case(415, "astray")]
#[case(425, "perhaps")]
#[case(429, "later")]
#[case(500, "perhaps")]
#[case(502, "perhaps")]
#[case(503, "later")]
#[case(504, "perhaps")]
#[case(522, "perhaps")]
#[case(999, "perhaps")]
fn without_items_the_status_decides_whatever_the_body(#[case] status: u16, #[case] expected: &str) {
    let bodies = [
        "",
        " \n",
        "null",
        "plain text",
        "<html><head><title>Oops</title></head></html>",
        "{}",
        r#"{"response":null}"#,
        r#"{"response":[]}"#,
        r#"{"response":{}}"#,
        r#"{"http_code":207,"response":[{"code":200,"sta"#,
        r#"{"response":{"error":{"code":1002,"message":"bad"}}}"#,
        r#"["r1",207,null,[{"code":200,"status":"success"}],null,null,null,null]"#,
    ];
    for body in bodies {
        let reply = judge(status, body);
        assert_eq!(way(&reply), expected, "{status} {body:?}");
        assert_eq!(reply.http_status, Some(status));
        assert!(!words(&reply).is_empty());
    }
    let headers = HeaderMap::new();
    let lost = Exchange::Answered {
        status,
        headers: &headers,
        body: Body::Lost { stage: Stage::BrokenOff, why: "the answer broke off" },
    };
    assert_eq!(way(&classify(&batch(), lost, Timestamp(0))), expected);
}

#[rstest]
#[case::wrapped(401, r#"{"request_id":"r9","http_code":401,"response":{"code":401,"status":"failure","error_data":{"code":1010,"description":"Authentication failed","message":"Unauthorized"}}}"#, "Authentication failed", Some(1010))]
#[case::in_a_list(400, r#"{"http_code":"400","response":[{"code":"400","status":"failure","error_data":{"code":"1001","description":"Contacts is mandatory"}}]}"#, "Contacts is mandatory", Some(1001))]
#[case::rest_exception(
    403,
    r#"{"RestException":{"Status":403,"Message":"Not from this address","Code":"1003"}}"#,
    "Not from this address",
    Some(1003)
)]
#[case::response_error(400, r#"{"response":{"error":{"code":1007,"message":"Bad JSON"}}}"#, "Bad JSON", Some(1007))]
#[case::bare_message(401, r#"{"message":"No key"}"#, "No key", None)]
#[case::html(403, "<!doctype html><TITLE>\n Forbidden \n</TITLE>", "an HTML page: Forbidden", None)]
#[case::html_untitled(403, "<html>", "an HTML page", None)]
#[case::text(401, "\n go away \nplease", "a text: go away", None)]
#[case::nothing(413, "{}", "HTTP 413 Payload Too Large", None)]
#[case::redirect(
    302,
    "",
    "HTTP 302 redirects to https://elsewhere.example/; redirects are never followed, so check the region or base_url of the profile",
    None
)]
fn a_refusal_says_the_description_first(
    #[case] status: u16,
    #[case] body: &str,
    #[case] description: &str,
    #[case] error_code: Option<i64>,
) {
    match judge(status, body).result {
        AttemptResult::Refused { said, .. } => assert_eq!(
            (said.code, said.description.as_deref(), said.error_code),
            (Some(i64::from(status)), Some(description), error_code)
        ),
        other => panic!("{other:?}"),
    }
}

/// A gateway that wraps a refusal in a 200 must not look like a success, nor like an empty answer.
#[rstest]
#[case(r#"{"http_code":401,"response":{"code":401,"status":"failure"}}"#, "stop")]
#[case(r#"{"http_code":"400","response":null}"#, "split")]
#[case(r#"{"RestException":{"Status":429,"Message":"slow down"}}"#, "later")]
#[case(r#"{"http_code":500}"#, "perhaps")]
fn an_error_inside_a_200_counts_as_that_error(#[case] body: &str, #[case] expected: &str) {
    let reply = judge(200, body);
    assert_eq!((way(&reply), reply.notes.len()), (expected, 1), "{:?}", reply.notes);
}

#[test]
fn a_success_among_the_items_outweighs_a_status_of_the_request() {
    for status in [400, 401, 404, 429, 500, 503] {
        let reply = judge(status, &envelope(&[ok(A), bad(404), bad(404)]));
        assert_eq!(statuses(&reply), ["updated", "rejected", "rejected"]);
        assert_eq!(reply.notes, [format!("the answer came with HTTP {status}, and its http_code is 207")]);
    }
}

#[test]
fn failures_one_each_are_told_apart_unless_halves_may_do_better() {
    let body = envelope(&[bad(404), bad(409), bad(404)]);
    let codes: Vec<_> = outcomes(judge(404, &body)).into_iter().map(|o| o.said.code.unwrap()).collect();
    assert_eq!(codes, [404, 409, 404]);
    assert_eq!(way(&judge(400, &body)), "split");
    assert_eq!(way(&judge(401, &body)), "stop");
}

#[test]
fn a_single_edit_is_answered_by_an_object_too() {
    let one = batch_of(&[A]);
    for (item, expected) in [(ok(A), "updated"), (bad(404), "rejected"), (ok(B), "unknown")] {
        let body = format!(r#"{{"http_code":200,"response":{item}}}"#);
        assert_eq!(statuses(&judge_bytes(&one, 200, body.as_bytes())), [expected]);
    }
}

#[test]
fn a_wait_is_passed_on_where_sending_again_makes_sense() {
    let wait = Some(Duration::from_secs(9));
    assert!(matches!(judge(429, "").result, AttemptResult::Retryable { after, .. } if after == wait));
    assert!(matches!(judge(500, "").result, AttemptResult::Ambiguous { after, .. } if after == wait));
}

#[test]
fn no_connection_is_not_sent_and_no_answer_is_doubt() {
    let reply = |exchange| classify(&batch(), exchange, Timestamp(0));
    assert_eq!(way(&reply(Exchange::NotConnected { reason: "refused" })), "unreachable");
    let reply = reply(Exchange::NoAnswer { stage: Stage::TimedOut, reason: "timed out" });
    assert_eq!((way(&reply), words(&reply).as_str()), ("perhaps", "sent, and no answer came: timed out"));
}

#[test]
fn a_byte_that_is_no_utf_8_costs_its_own_item_alone() {
    let mut body = envelope(&[ok(A), ok(B), bad(404)]).into_bytes();
    let at = body.windows(3).position(|w| w == b"XYZ").unwrap();
    body[at] = 0xff;
    let outcomes = outcomes(judge_bytes(&batch(), 207, &body));
    assert!(matches!(outcomes[0].echo, Echo::Differs(_)) && outcomes[1].echo == Echo::Matches);
}

/// Parts of bodies, so that random ones come near to real ones.
fn body_part() -> impl Strategy<Value = String> {
    let parts = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "200",
        "\"200\"",
        "404",
        "1e999",
        "-",
        "\\u0000",
        "\u{feff}",
        "<title>",
        "</title>",
        "\"code\":",
        "\"status\":",
        "\"success\"",
        "\"failure\"",
        "\"data\":",
        "\"sid\":",
        "\"response\":",
        "\"error\":",
        "\"error_data\":",
        "\"http_code\":",
        "\"metadata\":",
        "\"RestException\":",
        "\"custom_field\":",
    ];
    prop_oneof![prop::sample::select(parts.to_vec()).prop_map(str::to_owned), Just(ok(A)), Just(bad(404)), ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_judged(status in 0u16..1100, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        judge_bytes(&batch(), status, &bytes);
    }

    /// Whatever is settled has one outcome for each edit, and an update only where a success names the contact.
    #[test]
    fn near_misses_of_an_answer_never_claim_too_much(
        status in prop::sample::select(vec![200u16, 207, 400, 404, 500]),
        parts in prop::collection::vec(body_part(), 0..25),
        wrapped in any::<bool>(),
    ) {
        let mut body = parts.concat();
        if wrapped {
            body = envelope(&parts);
        }
        if let AttemptResult::Settled(outcomes) = judge(status, &body).result {
            prop_assert_eq!(outcomes.len(), 3);
            let updated = outcomes.iter().filter(|o| o.status == Status::Updated).count();
            prop_assert!(updated <= body.matches("success").count());
        }
    }

    #[test]
    fn an_answer_cut_short_is_never_settled(items in prop::collection::vec(any::<bool>(), 3), at in 0.0f64..1.0) {
        let items: Vec<_> = items.iter().zip([A, B, C]).map(|(good, sid)| if *good { ok(sid) } else { bad(404) }).collect();
        let body = envelope(&items);
        let cut = (body.len() as f64 * at) as usize;
        prop_assert_eq!(way(&judge(207, &body[..cut])), "perhaps");
    }
}
