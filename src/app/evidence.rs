//! The evidence for a support ticket: what the vendor's support asks for, and no value of any contact.
//!
//! Values are replaced by hashes that are alike where the values were, so that "the same value failed everywhere" can
//! still be seen. Their key is drawn for each bundle and thrown away: nobody can try values out against them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::export::outcome_line;
use crate::domain::{AttemptRecord, Cause, Change, Changes, RunId};
use crate::store::{CauseGroup, Reader, ResultRow, RunSummary, StoreError};
use crate::support::text::{count, harmless};

/// What is read of a run for its evidence.
#[derive(Debug)]
pub struct Case {
    /// The run.
    pub run: RunSummary,
    /// Its causes.
    pub causes: Vec<CauseGroup>,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptRecord>,
    /// Name and value of each setting that counts; secrets are none of them.
    pub settings: Vec<(String, String)>,
}

impl Case {
    /// Reads what the evidence of a run is made of.
    pub fn read(reader: &Reader, run: RunId, settings: Vec<(String, String)>) -> Result<Self, StoreError> {
        let summary = reader.run(run)?.ok_or(StoreError::NoSuchRun(run))?;
        Ok(Self { run: summary, causes: reader.causes(run)?, attempts: reader.all_attempts(run)?, settings })
    }
}

/// What makes values unrecognisable, alike values alike.
#[derive(Debug, Default)]
pub struct Mask(RandomState);

impl Mask {
    /// The row as a line of JSON, its values masked, and without the server's words where they may quote one.
    pub fn line(&self, run: RunId, row: &ResultRow) -> Option<String> {
        let mut masked = row.clone();
        masked.changes = self.changes(&row.changes);
        if let Some(outcome) = &mut masked.outcome {
            let cause = Cause::from(&*outcome);
            outcome.said.description = Some(self.without(&row.changes, &cause.description)).filter(|d| !d.is_empty());
            outcome.said.message = outcome.said.message.as_ref().map(|m| self.without(&row.changes, m));
        }
        outcome_line(run, &masked)
    }

    fn changes(&self, changes: &Changes) -> Changes {
        let mask = |change: &Change| match change {
            Change::Set(value) => Change::Set(self.value(value)),
            Change::Clear => Change::Clear,
        };
        changes.iter().map(|(field, change)| (field, mask(change))).collect()
    }

    /// The hash of a value, and its length, which limits on lengths make worth knowing.
    fn value(&self, value: &str) -> String {
        format!("#{:016x} ({} characters)", self.0.hash_one(value), value.chars().count())
    }

    /// A text of the server without the values that were sent.
    fn without(&self, changes: &Changes, text: &str) -> String {
        let values = changes.values().filter_map(|(_, value)| value.filter(|value| value.chars().count() > 2));
        values.fold(text.to_owned(), |text, value| text.replace(value, &self.value(value)))
    }
}

/// The file that is read first.
pub fn summary(case: &Case) -> String {
    let Case { run, causes, attempts, settings } = case;
    let t = run.totals;
    let finished = run.finished.map_or_else(|| String::from("-"), |at| at.to_string());
    let mut text = format!(
        "Evidence of run {}\n\naccount   {}\nserver    {}\nstarted   {}\nfinished  {finished}\nstate     {}\n\
         edits     {} planned = {} updated + {} rejected + {} unknown + {} not sent\nrequests  {}, of them {} again\n\n",
        run.run,
        harmless(&run.account),
        harmless(&run.base_url),
        run.started,
        run.state,
        count(t.planned),
        count(t.updated),
        count(t.rejected),
        count(t.unknown),
        count(t.not_sent),
        count(run.requests),
        count(run.retries),
    );
    text.push_str("Causes (edits, cause)\n");
    for group in causes {
        text += &format!("{:>9}  {}\n", count(group.count), harmless(&group.cause.to_string()));
    }
    text.push_str("\nAnswers (requests, status)\n");
    for (status, n) in statuses(attempts) {
        text += &format!("{:>9}  {}\n", count(n), status.map_or_else(|| String::from("none"), |s| s.to_string()));
    }
    text.push_str("\nSettings\n");
    for (name, value) in settings {
        text += &format!("{name:<14}{}\n", harmless(value));
    }
    text + "\nattempts.csv   every request: when it was sent, how long it took, its request id\n\
            failures.jsonl every contact that was not updated as wanted; values are hashes, alike where they were\n"
}

/// How often each status was answered, in their order.
fn statuses(attempts: &[AttemptRecord]) -> Vec<(Option<u16>, u64)> {
    let mut counts: HashMap<Option<u16>, u64> = HashMap::new();
    for attempt in attempts {
        *counts.entry(attempt.http_status).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// Every attempt as CSV. Our own words and the server's may hold commas and quotes.
pub fn attempts_csv(attempts: &[AttemptRecord]) -> String {
    let mut text = String::from("batch,attempt,started,elapsed_ms,http_status,request_id,error\n");
    for a in attempts {
        let status = a.http_status.map_or_else(String::new, |s| s.to_string());
        let quoted =
            |t: Option<&String>| t.map_or_else(String::new, |t| format!("\"{}\"", harmless(t).replace('"', "\"\"")));
        text += &format!(
            "{},{},{},{},{status},{},{}\n",
            a.batch + 1,
            a.attempt,
            a.started,
            a.elapsed_ms,
            quoted(a.request_id.as_ref()),
            quoted(a.error.as_ref())
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Echo, Field, Outcome, Said, Sid, Status};

    fn row(email: &str, words: &str) -> ResultRow {
        let said = Said {
            code: Some(400),
            description: Some(words.to_owned()),
            message: Some(words.to_owned()),
            ..Said::default()
        };
        ResultRow {
            seq: 0,
            sid: Sid::new("sid1"),
            changes: [(Field::Email, Change::Set(email.to_owned())), (Field::Tag, Change::Clear)].into_iter().collect(),
            batch: 0,
            index: 0,
            outcome: Some(Outcome { status: Status::Rejected, said, echo: Echo::None, item: None }),
            attempts: 1,
            request_id: Some("r1".into()),
            handled: None,
            again: None,
            before: None,
        }
    }

    #[test]
    fn values_are_gone_also_from_what_the_server_said_and_alike_ones_stay_alike() {
        let mask = Mask::default();
        let line = |email: &str| mask.line(RunId(1), &row(email, &format!("{email} is no address"))).unwrap();
        let lines = [line("asha rao"), line("asha rao"), line("ravi")];
        assert!(lines.iter().all(|line| !line.contains("asha") && !line.contains("ravi")), "{lines:?}");
        assert!(lines[0].contains("(8 characters)") && lines[0].contains(r#""request_id":"r1""#), "{}", lines[0]);
        assert!(lines[0].contains("is no address") && lines[0].contains(r#""tag":null"#), "{}", lines[0]);
        assert_eq!(lines[0], lines[1]);
        let hash = |line: &str| line.split_once("\"email\":\"").unwrap().1[..17].to_owned();
        assert_ne!(hash(&lines[0]), hash(&lines[2]));
        assert_ne!(Mask::default().line(RunId(1), &row("asha rao", "x")), mask.line(RunId(1), &row("asha rao", "x")));
    }
}
