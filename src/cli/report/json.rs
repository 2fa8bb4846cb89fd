//! Runs as JSON, one object a line. The order of the keys is part of the contract.

use serde::Serialize;

use crate::domain::{RunId, Totals};
use crate::store::RunSummary;
use crate::support::text::harmless_json;

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
    use crate::domain::RunState;
    use crate::support::clock::Timestamp;

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
