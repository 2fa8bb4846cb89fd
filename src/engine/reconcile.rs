//! Reconcile: reads back the contacts of unknown edits, paced and retried as a run is.
//!
//! It is a run whose requests read in place of writing, with a batch for each contact: so pace, `Retry-After`, retries,
//! stops, signals and the order of record and word are those of any run. In its totals *updated* are contacts that are
//! as wanted, *not sent* those that are otherwise or were not read, *unknown* those that could not be read.

use std::sync::Arc;

use super::run::{RunHandle, RunPolicy, RunSpec, start};
use crate::api::{ContactReads, ContactsApi};
use crate::domain::{AttemptResult, Batch, Quota, Reply};
use crate::store::{ReadJournal, ReadLog};
use crate::support::log::{self, Level};

/// Starts to read the contacts of unknown edits back.
pub fn reconcile<A: ContactReads, L: ReadLog>(spec: RunSpec, api: Arc<A>, log: Arc<L>, policy: RunPolicy) -> RunHandle {
    log::note(Level::Event, || format!("run {}: {} unknown outcomes are read back", spec.run, spec.planned));
    read(spec, api, log, policy)
}

/// Starts to read contacts.
pub fn read<A: ContactReads, L: ReadLog>(spec: RunSpec, api: Arc<A>, log: Arc<L>, mut policy: RunPolicy) -> RunHandle {
    policy.canary = 0;
    policy.breaker = None;
    let journal = ReadJournal::new(spec.run, spec.planned, log);
    start(spec, Arc::new(Reads(api)), Arc::new(journal), policy)
}

/// Reads where a run would write.
struct Reads<A>(Arc<A>);

impl<A: ContactReads> ContactsApi for Reads<A> {
    async fn update_many(&self, batch: &Batch, _: impl FnOnce(Quota) + Send) -> Reply {
        match batch.items.first() {
            Some(edit) => self.0.read_one(edit).await,
            None => Reply {
                result: AttemptResult::Settled(Vec::new()),
                http_status: None,
                request_id: None,
                quota: Quota::default(),
                notes: Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::super::{EventKind, RunReport, Trip};
    use super::*;
    use crate::domain::{BatchItem, Changes, Outcome, Refusal, RunId, RunState, Said, Sid, Stage, Status};
    use crate::store::StoreError;

    /// Contacts to be read, and what became of each.
    struct Contacts {
        answer: fn(u64, usize) -> AttemptResult,
        reads: Mutex<Vec<(Instant, u64)>>,
        settled: Mutex<Vec<Option<Outcome>>>,
    }

    impl ContactReads for Contacts {
        async fn read_one(&self, edit: &BatchItem) -> Reply {
            let attempt = {
                let mut reads = self.reads.lock().unwrap();
                reads.push((Instant::now(), edit.seq));
                reads.iter().filter(|(_, seq)| *seq == edit.seq).count()
            };
            let result = (self.answer)(edit.seq, attempt);
            let http_status = matches!(result, AttemptResult::Settled(_)).then_some(200);
            Reply { result, http_status, request_id: None, quota: Quota::default(), notes: Vec::new() }
        }
    }

    impl ReadLog for Contacts {
        async fn contact(&self, no: u32) -> Result<Batch, StoreError> {
            let item = BatchItem { seq: no.into(), sid: Sid::new(&format!("c{no}")), changes: Changes::default() };
            Ok(Batch { no, round: 0, items: vec![item] })
        }

        async fn take(&self, no: u32, outcome: &Outcome) -> Result<(), StoreError> {
            let before = self.settled.lock().unwrap()[no as usize].replace(outcome.clone());
            assert!(before.is_none(), "contact {no} was settled twice");
            Ok(())
        }
    }

    fn policy() -> RunPolicy {
        RunPolicy {
            in_flight: 2,
            rate_per_minute: 60,
            max_attempts: 3,
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(30),
            patience: Duration::from_secs(3600),
            seed: 1,
            grace: Duration::from_secs(2),
            canary: 1,
            breaker: Some(super::super::Breaker { window: 1, percent: 1 }),
            on_trip: Trip::End,
        }
    }

    async fn read(count: u32, answer: fn(u64, usize) -> AttemptResult) -> (Arc<Contacts>, RunReport) {
        let settled = Mutex::new(vec![None; count as usize]);
        let contacts = Arc::new(Contacts { answer, reads: Mutex::default(), settled });
        let spec = RunSpec { run: RunId(1), planned: count.into(), batches: count };
        let mut handle = reconcile(spec, Arc::clone(&contacts), Arc::clone(&contacts), policy());
        let mut report = None;
        while let Some(event) = handle.events.recv().await {
            if let EventKind::Finished(finished) = event.kind {
                report = Some(finished);
            }
        }
        (contacts, report.unwrap())
    }

    fn shown(status: Status) -> AttemptResult {
        AttemptResult::Settled(vec![Outcome {
            item: Some("{}".into()),
            ..Outcome::undecided(status, Some(200), "read")
        }])
    }

    #[tokio::test(start_paused = true)]
    async fn reads_are_paced_and_neither_canary_nor_breaker_ends_them() {
        let (contacts, report) =
            read(130, |seq, _| shown(if seq % 2 == 0 { Status::Updated } else { Status::NotSent })).await;
        assert_eq!((report.state, report.requests), (RunState::Finished, 130));
        assert_eq!((report.totals.updated, report.totals.not_sent), (65, 65));
        let reads = contacts.reads.lock().unwrap();
        for pair in reads.windows(61) {
            assert!(pair[60].0 - pair[0].0 >= Duration::from_secs(60), "61 reads in a minute");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_fails_is_tried_again_and_then_given_up() {
        let broken = |seq, attempt| match (seq, attempt) {
            (0, 1) | (1, _) => {
                AttemptResult::Ambiguous { stage: Stage::TimedOut, reason: "timed out".into(), after: None }
            }
            _ => shown(Status::Updated),
        };
        let (contacts, report) = read(3, broken).await;
        assert_eq!((report.requests, report.retries, report.totals.unknown), (6, 3, 1));
        let settled = contacts.settled.lock().unwrap();
        assert!(settled[1].as_ref().unwrap().item.is_none(), "nothing was shown of it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_sign_in_stops_the_reads() {
        let refused = |_, _| AttemptResult::Refused { kind: Refusal::Stop, said: Said::default() };
        let (contacts, report) = read(50, refused).await;
        assert_eq!(report.state, RunState::Stopped);
        assert!(contacts.reads.lock().unwrap().len() <= 2);
    }
}
