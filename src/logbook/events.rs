//! What a run tells, as lines of the log. Reasons are left out: they may hold the server's words. The status and the
//! request id of each answer are noted where it is received.

use crate::engine::{Cancel, EngineEvent, EventKind, RunReport, WaitReason};
use crate::support::clock::human_duration;
use crate::support::log::{self, Level};

/// Notes an event of a run.
pub fn note_event(event: &EngineEvent) {
    log::note(level(&event.kind), || format!("run {}: {}", event.run, in_words(event)));
}

fn level(kind: &EventKind) -> Level {
    match kind {
        EventKind::Finished(report) if !report.totals.balances() => Level::Fault,
        // There is one before nearly every request.
        EventKind::Waiting { reason: WaitReason::Rate { .. }, .. } => Level::Detail,
        _ => Level::Event,
    }
}

fn in_words(event: &EngineEvent) -> String {
    let totals = event.totals;
    match &event.kind {
        EventKind::Started { batches } => format!("started, {} edits in {batches} requests", totals.planned),
        EventKind::BatchSent { batch, attempt, edits } => {
            format!("request {}, attempt {attempt}: on its way with {edits} edits", batch + 1)
        }
        EventKind::AttemptFailed { batch, attempt, again_in, .. } => {
            let again = again_in.map(|wait| format!("; again in {}", human_duration(wait.as_millis() as u64)));
            format!("request {}, attempt {attempt}: failed{}", batch + 1, again.unwrap_or_default())
        }
        EventKind::Split { batch, parts, .. } => {
            format!("request {}: goes on as requests {} to {}", batch + 1, parts.start + 1, parts.end)
        }
        EventKind::BatchSettled { batch, attempt, elapsed_ms, notes } => format!(
            "request {}, attempt {attempt}: settled after {} with {} notes; so far {}",
            batch + 1,
            human_duration(*elapsed_ms),
            notes.len(),
            books(event)
        ),
        EventKind::Waiting { reason, for_ } => {
            format!("waits {}: {reason}", human_duration(for_.as_millis() as u64))
        }
        EventKind::Paused { why: None } => "paused".to_owned(),
        EventKind::Paused { why: Some(_) } => "paused itself: the canary or the breaker".to_owned(),
        EventKind::Resumed => "goes on".to_owned(),
        EventKind::Tuned { rate_per_minute, in_flight } => {
            format!("now {rate_per_minute} requests a minute, {in_flight} at once")
        }
        EventKind::Cancelling(Cancel::Drain) => "is being ended; requests under way are awaited".to_owned(),
        EventKind::Cancelling(Cancel::Abort) => "is being ended; requests under way are given up".to_owned(),
        EventKind::Finished(report) => ended(report, event),
    }
}

fn ended(report: &RunReport, event: &EngineEvent) -> String {
    let RunReport { state, requests, retries, elapsed_ms, totals, .. } = report;
    let took = human_duration(*elapsed_ms);
    let alarm = if totals.balances() { "" } else { "; THE BOOKS DO NOT BALANCE" };
    format!("{state} after {took}, {requests} requests, {retries} of them retries: {}{alarm}", books(event))
}

fn books(event: &EngineEvent) -> String {
    let t = event.totals;
    format!(
        "{} planned = {} updated + {} rejected + {} unknown + {} not sent + {} open",
        t.planned,
        t.updated,
        t.rejected,
        t.unknown,
        t.not_sent,
        t.open()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RunId, RunState, Totals};
    use crate::support::clock::Timestamp;

    fn said(kind: EventKind) -> String {
        let totals = Totals { planned: 3, updated: 1, rejected: 0, unknown: 0, not_sent: 1 };
        in_words(&EngineEvent { run: RunId(7), seq: 1, at: Timestamp(0), totals, kind })
    }

    #[test]
    fn the_servers_words_stay_out() {
        let words = "duplicate of +919876543210, Asha Rao".to_owned();
        let kinds = [
            EventKind::AttemptFailed { batch: 2, attempt: 1, reason: words.clone(), again_in: None },
            EventKind::Split { batch: 2, parts: 4..6, reason: words.clone() },
            EventKind::BatchSettled { batch: 2, attempt: 1, elapsed_ms: 10, notes: vec![words.clone()] },
            EventKind::Paused { why: Some(words.clone()) },
            EventKind::Finished(RunReport {
                run: RunId(7),
                state: RunState::Stopped,
                totals: Totals::planned(3),
                requests: 1,
                retries: 0,
                elapsed_ms: 10,
                odd_echoes: 0,
                alarm: None,
                cause: Some(words),
            }),
        ];
        for kind in kinds {
            let said = said(kind);
            assert!(!said.contains("Asha") && !said.contains("98765"), "{said}");
        }
    }

    #[test]
    fn lines_count_requests_as_people_do() {
        let split = said(EventKind::Split { batch: 2, parts: 4..6, reason: String::new() });
        assert_eq!(split, "request 3: goes on as requests 5 to 6");
        let settled = said(EventKind::BatchSettled { batch: 2, attempt: 1, elapsed_ms: 10, notes: Vec::new() });
        assert_eq!(
            settled,
            "request 3, attempt 1: settled after 10 ms with 0 notes; so far 3 planned = 1 updated + 0 rejected + 0 unknown + 1 not sent + 1 open"
        );
    }
}
