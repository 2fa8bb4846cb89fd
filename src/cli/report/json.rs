//! Outcomes and runs as JSON, one object a line. The order of the keys is part of the contract.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::{Echo, Outcome, RunId, Totals};
use crate::store::{ResultRow, RunSummary};
use crate::support::text::harmless_json;

#[derive(Serialize)]
struct OutcomeLine<'a> {
    r#type: &'static str,
    run: i64,
    sid: &'a str,
    status: &'static str,
    code: Option<i64>,
    error_code: Option<i64>,
    description: Option<&'a str>,
    message: Option<&'a str>,
    echo: &'static str,
    attempts: u32,
    /// From 1, as people count them.
    batch: u32,
    /// From 0, as in the request's array.
    index: u32,
    request_id: Option<&'a str>,
    changes: Box<RawValue>,
}

/// An outcome as `submit` and `results` give it; `None` while the edit has none.
pub(in crate::cli) fn outcome_line(run: RunId, row: &ResultRow) -> Option<String> {
    let Outcome { status, said, echo, .. } = row.outcome.as_ref()?;
    to_json(&OutcomeLine {
        r#type: "outcome",
        run: run.0,
        sid: row.sid.as_str(),
        status: status.name(),
        code: said.code,
        error_code: said.error_code,
        description: said.description.as_deref(),
        message: said.message.as_deref(),
        echo: Echo::name(echo),
        attempts: row.attempts,
        batch: row.batch + 1,
        index: row.index,
        request_id: row.request_id.as_deref(),
        changes: RawValue::from_string(row.changes.to_json()).ok()?,
    })
}

#[derive(Serialize)]
struct SummaryLine {
    r#type: &'static str,
    run: Option<i64>,
    planned: u64,
    updated: u64,
    rejected: u64,
    unknown: u64,
    not_sent: u64,
    requests: u64,
    retries: u64,
    elapsed_ms: u64,
}

impl SummaryLine {
    fn new(run: Option<RunId>, totals: Totals, [requests, retries, elapsed_ms]: [u64; 3]) -> Self {
        let Totals { planned, updated, rejected, unknown, not_sent } = totals;
        let run = run.map(|r| r.0);
        Self { r#type: "summary", run, planned, updated, rejected, unknown, not_sent, requests, retries, elapsed_ms }
    }
}

/// The last line of `submit`; `run` is `None` when there was nothing to send.
pub(in crate::cli) fn summary_line(run: Option<RunId>, totals: Totals, work: [u64; 3]) -> String {
    to_json(&SummaryLine::new(run, totals, work)).unwrap_or_default()
}

#[derive(Serialize)]
struct RunLine<'a> {
    #[serde(flatten)]
    summary: SummaryLine,
    started: String,
    finished: Option<String>,
    profile: &'a str,
    account: &'a str,
    state: &'static str,
}

/// A run as `runs` gives it.
pub(in crate::cli) fn run_line(run: &RunSummary) -> String {
    let work = [run.requests, run.retries, run.elapsed_ms];
    let line = RunLine {
        summary: SummaryLine::new(Some(run.run), run.totals, work),
        started: run.started.to_string(),
        finished: run.finished.map(|t| t.to_string()),
        profile: &run.profile,
        account: &run.account,
        state: run.state.name(),
    };
    to_json(&line).unwrap_or_default()
}

/// None of these values can fail to become JSON: their keys are texts and their numbers whole.
fn to_json(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok().map(harmless_json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, Field, RunState, Said, Sid, Status};
    use crate::support::clock::Timestamp;

    fn row(outcome: Option<Outcome>) -> ResultRow {
        let custom = Change::Set("{\"n\":1.10}".to_owned());
        ResultRow {
            seq: 0,
            sid: Sid::new("93ba"),
            changes: [(Field::Email, Change::Clear), (Field::CustomField, custom)].into_iter().collect(),
            batch: 0,
            index: 1,
            outcome,
            attempts: 2,
            request_id: None,
            requeued: false,
        }
    }

    #[test]
    fn an_outcome_has_the_keys_of_the_contract_in_their_order() {
        let said = Said {
            code: Some(404),
            error_code: Some(1000),
            description: Some("Contact not found".into()),
            message: Some("Not Found".into()),
        };
        let outcome = Outcome { status: Status::Rejected, said, echo: Echo::None, item: None };
        assert_eq!(
            outcome_line(RunId(3), &row(Some(outcome))).unwrap(),
            r#"{"type":"outcome","run":3,"sid":"93ba","status":"rejected","code":404,"error_code":1000,"description":"Contact not found","message":"Not Found","echo":"none","attempts":2,"batch":1,"index":1,"request_id":null,"changes":{"email":null,"custom_field":{"n":1.10}}}"#
        );
        assert_eq!(outcome_line(RunId(3), &row(None)), None);
    }

    #[test]
    fn a_summary_and_a_run_have_theirs() {
        let totals = Totals { planned: 3, updated: 1, rejected: 2, unknown: 0, not_sent: 0 };
        let numbers =
            r#""planned":3,"updated":1,"rejected":2,"unknown":0,"not_sent":0,"requests":1,"retries":0,"elapsed_ms":12"#;
        assert_eq!(
            summary_line(Some(RunId(1)), totals, [1, 0, 12]),
            format!(r#"{{"type":"summary","run":1,{numbers}}}"#)
        );
        let run = RunSummary {
            run: RunId(1),
            state: RunState::Crashed,
            started: Timestamp(0),
            finished: None,
            profile: "p".into(),
            account: "a".into(),
            base_url: "https://x".into(),
            user: "u".into(),
            totals,
            batches: 1,
            requests: 1,
            retries: 0,
            elapsed_ms: 12,
            resumes: None,
        };
        let rest =
            r#""started":"1970-01-01T00:00:00.000Z","finished":null,"profile":"p","account":"a","state":"crashed""#;
        assert_eq!(run_line(&run), format!(r#"{{"type":"summary","run":1,{numbers},{rest}}}"#));
    }
}
