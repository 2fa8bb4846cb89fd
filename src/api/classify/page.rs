//! What the answer to the read of a page proves.
//!
//! Records come in items, as the contacts of an update do, or bare; the page in its envelope, or bare. A page without a
//! record is the end of a walk, so it has to say so: an answer that only lacks its records is none.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Answer, AttemptResult, Exchange, Quota, Reply, Says, Stage, Timestamp, Told, by_status, is_taken, judge,
    read_answer, refusal_words, told_status, unread,
};
use crate::api::Listing;

/// Judges an exchange that read a page; `read` reads a record from its JSON. Total over every status and every body.
pub fn classify_page<T>(exchange: Exchange<'_>, now: Timestamp, read: impl Fn(&str) -> Option<T>) -> Listing<T> {
    let mut records = Vec::new();
    let reply = judge(exchange, now, |told, body| answered(told, body, &mut |json| records.push(read(json))));
    Listing { reply, records }
}

fn answered(told: Told<'_>, body: &str, record: &mut dyn FnMut(&str)) -> Reply {
    if is_taken(told.status)
        && let Ok(bare) = serde_json::from_str::<Vec<&RawValue>>(body)
    {
        for item in bare {
            record(inside(item.get()));
        }
        return settled(told, None, told.quota);
    }
    let answer = match read_answer(body) {
        Ok(answer) => answer,
        Err(instead) => return unread(told, Stage::Unreadable, &instead),
    };
    let mut notes = Vec::new();
    let status = told_status(told.status, &answer, &mut notes);
    if !is_taken(status) || !is_page(&answer, body) {
        let result = by_status(Told { status, ..told }, Stage::Unreadable, refusal_words(&answer));
        let http_status = Some(told.status);
        return Reply { result, http_status, request_id: answer.request_id, quota: told.quota, notes };
    }
    for item in &answer.items {
        record(inside(item.json));
    }
    Reply { notes, ..settled(told, answer.request_id, told.quota) }
}

fn settled(told: Told<'_>, request_id: Option<String>, quota: Quota) -> Reply {
    let result = AttemptResult::Settled(Vec::new());
    Reply { result, http_status: Some(told.status), request_id, quota, notes: Vec::new() }
}

/// Whether the answer has a list of records, be it empty, and not a refusal in the place of one.
fn is_page(answer: &Answer<'_>, body: &str) -> bool {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        response: Option<&'a RawValue>,
    }
    let is_refusal = |says| matches!(says, Says::Failure);
    match answer.items.as_slice() {
        [] => serde_json::from_str::<Envelope<'_>>(body.trim_start_matches('\u{feff}'))
            .is_ok_and(|envelope| envelope.response.is_some_and(|response| response.get().starts_with('['))),
        items => !items.iter().all(|item| is_refusal(item.says)),
    }
}

/// The record in its item, else the item itself.
fn inside(item: &str) -> &str {
    #[derive(Deserialize)]
    struct Item<'a> {
        #[serde(borrow)]
        data: Option<&'a RawValue>,
    }
    serde_json::from_str::<Item<'_>>(item).ok().and_then(|item| item.data).map_or(item, RawValue::get)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use rstest::rstest;

    use super::super::Body;
    use super::*;
    use crate::domain::{Contact, Refusal};

    fn page(status: u16, body: &str) -> Listing<Contact> {
        let headers = HeaderMap::new();
        let exchange = Exchange::Answered { status, headers: &headers, body: Body::Whole(body.as_bytes()) };
        classify_page(exchange, Timestamp(0), Contact::from_json)
    }

    fn sids(listing: &Listing<Contact>) -> Vec<&str> {
        assert!(matches!(listing.reply.result, AttemptResult::Settled(_)), "{:?}", listing.reply.result);
        listing.records.iter().map(|c| c.as_ref().map_or("?", |c| c.sid.as_str())).collect()
    }

    #[rstest]
    #[case::items(include_str!("../../../tests/contract/get_200_page_of_contacts.json"))]
    #[case::bare_records(
        r#"{"http_code":200,"response":[{"sid":"83ba26b7f11c4e75b4043c8b33ceba49"},
        {"sid":"93ba26b7f11c4e75b4043c8b33ceba59","status":"active"}]}"#
    )]
    #[case::no_envelope(
        r#"[{"sid":"83ba26b7f11c4e75b4043c8b33ceba49"},
        {"code":200,"data":{"sid":"93ba26b7f11c4e75b4043c8b33ceba59"}}]"#
    )]
    fn a_page_is_read_in_every_form(#[case] body: &str) {
        let listing = page(200, body);
        assert_eq!(sids(&listing), ["83ba26b7f11c4e75b4043c8b33ceba49", "93ba26b7f11c4e75b4043c8b33ceba59"]);
    }

    #[test]
    fn a_record_that_cannot_be_read_keeps_its_place() {
        let body = r#"{"response":[{"code":200,"status":"success","data":{"sid":"a"}},null,{"code":500,"data":null}]}"#;
        assert_eq!(sids(&page(200, body)), ["a", "?", "?"]);
    }

    #[rstest]
    #[case(include_str!("../../../tests/contract/get_200_page_empty.json"))]
    #[case("[]")]
    fn an_empty_page_is_a_page(#[case] body: &str) {
        assert!(sids(&page(200, body)).is_empty());
    }

    #[rstest]
    #[case(r#"{"http_code":200,"response":null}"#)]
    #[case(r#"{"http_code":200}"#)]
    #[case("{}")]
    #[case("")]
    #[case("<html></html>")]
    fn what_lacks_its_records_is_no_page(#[case] body: &str) {
        let result = page(200, body).reply.result;
        assert!(matches!(result, AttemptResult::Ambiguous { stage: Stage::Unreadable, .. }), "{result:?}");
    }

    #[rstest]
    #[case(401, include_str!("../../../tests/contract/refused_401_credentials.json"), Refusal::Stop)]
    #[case(200, include_str!("../../../tests/contract/refused_401_credentials.json"), Refusal::Stop)]
    #[case(404, include_str!("../../../tests/contract/refused_404_account.json"), Refusal::Astray)]
    fn a_refusal_is_one_however_it_is_wrapped(#[case] status: u16, #[case] body: &str, #[case] kind: Refusal) {
        let result = page(status, body).reply.result;
        assert!(matches!(result, AttemptResult::Refused { kind: k, .. } if k == kind), "{result:?}");
    }
}
