//! The engine on the real journal: what it tells is what a reader finds there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::fake::{busy, policy, refused, settled, timeout, until};
use crate::api::ContactsApi;
use crate::domain::{Batch, BatchPolicy, Change, Edit, Field, Quota, Refusal, Reply, RunState, Sid, Status, Totals};
use crate::engine::{Cancel, EventKind, RunControl, RunPolicy, RunReport, RunSpec, start};
use crate::store::{RunRequest, RunSummary, Store};

/// Answers at once, by batch and by how many requests came before.
struct Server<F>(F, AtomicU32);

impl<F: Fn(&Batch, u32) -> Option<Reply> + Send + Sync + 'static> ContactsApi for Server<F> {
    async fn update_many(&self, batch: &Batch, _: impl FnOnce(Quota) + Send) -> Reply {
        match (self.0)(batch, self.1.fetch_add(1, Ordering::Relaxed)) {
            Some(reply) => reply,
            None => std::future::pending().await,
        }
    }
}

/// A queue of these SIDs in batches of three, run against a server; `word` is said once the first batch is out.
async fn submit(
    sids: &str,
    policy: RunPolicy,
    word: Option<RunControl>,
    answers: impl Fn(&Batch, u32) -> Option<Reply> + Send + Sync + 'static,
) -> (tempfile::TempDir, Store, RunReport, RunSummary) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().0;
    let edit = |sid: char| Edit {
        sid: Sid::new(&sid.to_string()),
        changes: [(Field::Tag, Change::Set(String::from("x")))].into_iter().collect(),
    };
    store.import(sids.chars().map(edit).collect::<Vec<_>>(), String::from("import")).await.unwrap();
    let request = RunRequest {
        edits: store.reader().unwrap().queue_ids().unwrap(),
        policy: BatchPolicy { max_edits: 3, max_bytes: 1 << 20, canary: 0 },
        profile: String::from("demo"),
        account: String::from("demo1"),
        base_url: String::from("http://127.0.0.1"),
        user: String::from("me"),
        resumes: None,
    };
    let plan = store.begin_run(request).await.unwrap();
    let spec = RunSpec { run: plan.run, planned: plan.planned, batches: plan.batches };
    let server = Arc::new(Server(answers, AtomicU32::new(0)));
    let mut handle = start(spec, server, Arc::new(store.journal(plan.run)), policy);
    if let Some(word) = word {
        until(&mut handle, |k| matches!(k, EventKind::BatchSent { .. })).await;
        handle.control.send(word);
    }
    let EventKind::Finished(report) = until(&mut handle, |k| matches!(k, EventKind::Finished(_))).await else {
        panic!()
    };
    let summary = store.reader().unwrap().run(plan.run).unwrap().unwrap();
    assert_eq!((summary.state, summary.totals), (report.state, report.totals));
    assert_eq!((summary.requests, summary.retries), (report.requests, report.retries));
    (dir, store, report, summary)
}

fn quick() -> RunPolicy {
    RunPolicy { backoff_base: Duration::ZERO, in_flight: 1, ..policy() }
}

#[tokio::test]
async fn a_run_with_retries_and_failures_is_on_disk_as_it_is_told() {
    let (_dir, store, report, summary) = submit("abcdefghi", quick(), None, |batch, n| {
        Some(match (batch.no, n) {
            (0, 0) => timeout(),
            (1, _) => settled(&[Status::Updated, Status::Rejected, Status::Unknown]),
            (2, _) => busy(503, Some(Duration::ZERO)),
            _ => settled(&[Status::Updated; 3]),
        })
    })
    .await;
    assert_eq!(report.state, RunState::Finished);
    assert_eq!(report.totals, Totals { planned: 9, updated: 4, rejected: 1, unknown: 1, not_sent: 3 });
    assert_eq!((report.requests, report.retries), (6, 3));
    let reader = store.reader().unwrap();
    let attempts = |batch| reader.attempts(summary.run, batch).unwrap();
    assert_eq!(attempts(0).iter().map(|a| a.error.as_deref()).collect::<Vec<_>>(), [Some("timed out"), None]);
    assert_eq!(attempts(2).len(), 3);
    assert_eq!(reader.queue_count().unwrap(), 3, "what was not sent is still queued");
}

#[tokio::test]
async fn a_stopped_run_leaves_its_rest_in_the_queue() {
    let (_dir, store, report, _) = submit("abcdefghi", quick(), None, |batch, _| {
        Some(if batch.no == 1 { refused(Refusal::Stop, 401) } else { settled(&[Status::Updated; 3]) })
    })
    .await;
    assert_eq!((report.state, report.cause.as_deref()), (RunState::Stopped, Some("401: no")));
    assert_eq!(store.reader().unwrap().queue_count().unwrap(), 6);
}

#[tokio::test]
async fn an_aborted_run_has_its_unknowns_recorded() {
    let word = RunControl::Cancel(Cancel::Abort);
    let policy = RunPolicy { grace: Duration::ZERO, ..quick() };
    let (_dir, store, report, summary) = submit("abcdef", policy, Some(word), |_, _| None).await;
    assert_eq!(report.state, RunState::Cancelled);
    assert_eq!(report.totals, Totals { planned: 6, unknown: 3, not_sent: 3, ..Totals::default() });
    let rows = store.reader().unwrap().batch_results(summary.run, 0).unwrap();
    assert!(rows.iter().all(|r| r.outcome.as_ref().is_some_and(|o| o.status == Status::Unknown)));
}
