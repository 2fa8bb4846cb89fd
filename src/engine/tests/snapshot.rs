//! Contacts that are read before their edits are sent: what is held back stays out of every request, and in its place.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::fake::{policy, until};
use crate::api::{ContactReads, ContactsApi};
use crate::domain::{
    AttemptResult, Batch, BatchItem, BatchPolicy, Change, Contact, Echo, Edit, Field, Outcome, Quota, Refusal, Reply,
    RunState, Said, Sid, Stage, Status,
};
use crate::engine::{Cancel, EventKind, RunControl, RunReport, RunSpec, start_reading};
use crate::store::{BookName, RunRequest, Store};
use crate::support::clock::Timestamp;

/// A server whose contacts have capital names where somebody changed them since the book saw them.
#[derive(Default)]
struct Server {
    reads: Mutex<Vec<String>>,
    /// The SIDs of each request, joined.
    puts: Mutex<Vec<String>>,
    /// Contacts that sink every request.
    poison: &'static str,
    /// How many requests time out first.
    time_outs: usize,
    /// Whether a read never ends.
    is_stuck: bool,
}

fn reply(result: AttemptResult) -> Reply {
    Reply { result, http_status: Some(200), request_id: None, quota: Quota::default(), notes: Vec::new() }
}

fn item(sid: &str, tag: &str) -> String {
    format!(r#"{{"code":200,"status":"success","data":{{"sid":"{sid}","tag":"{tag}"}}}}"#)
}

impl ContactReads for Server {
    async fn read_one(&self, edit: &BatchItem) -> Reply {
        let sid = edit.sid.as_str();
        self.reads.lock().unwrap().push(sid.to_owned());
        if self.is_stuck {
            std::future::pending::<()>().await;
        }
        let tag = if sid.chars().all(char::is_uppercase) { "theirs" } else { "old" };
        let outcome = Outcome { item: Some(item(sid, tag)), ..Outcome::undecided(Status::NotSent, Some(200), "read") };
        reply(AttemptResult::Settled(vec![outcome]))
    }
}

impl ContactsApi for Server {
    async fn update_many(&self, batch: &Batch, _: impl FnOnce(Quota) + Send) -> Reply {
        let sids: String = batch.items.iter().map(|item| item.sid.as_str()).collect();
        let nth = {
            let mut puts = self.puts.lock().unwrap();
            puts.push(sids.clone());
            puts.len()
        };
        if nth <= self.time_outs {
            let reason = String::from("timed out");
            return reply(AttemptResult::Ambiguous { stage: Stage::BrokenOff, reason, after: None });
        }
        if sids.contains(|c| self.poison.contains(c)) {
            let said = Said { code: Some(400), ..Said::default() };
            return reply(AttemptResult::Refused { kind: Refusal::Split, said });
        }
        let updated = |edit: &BatchItem| Outcome {
            status: Status::Updated,
            said: Said::default(),
            echo: Echo::Matches,
            item: Some(item(edit.sid.as_str(), "new")),
        };
        reply(AttemptResult::Settled(batch.items.iter().map(updated).collect()))
    }
}

/// Sends an edit of each of these contacts, in batches of eight, all of which the address book saw before; gives each
/// contact with what became of it.
async fn send(sids: &str, server: Server, word: Option<RunControl>) -> (Arc<Server>, RunReport, String) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().0;
    let name = BookName { account: "demo1".into(), base_url: "http://127.0.0.1".into() };
    let seen = |sid: char| {
        let mut contact = Contact::new(Sid::new(&sid.to_string()));
        contact.put(Field::Tag, "old");
        contact
    };
    store.keep_contacts(name, sids.chars().map(seen).collect(), Timestamp(1), "IN".into()).await.unwrap();
    let edit = |sid: char| Edit {
        sid: Sid::new(&sid.to_string()),
        changes: [(Field::Tag, Change::Set(String::from("new")))].into_iter().collect(),
    };
    store.import(sids.chars().map(edit).collect::<Vec<_>>(), String::from("x")).await.unwrap();
    let request = RunRequest {
        edits: store.reader().unwrap().queue_ids().unwrap(),
        policy: BatchPolicy { max_edits: 8, max_bytes: 1 << 20, canary: 0 },
        profile: String::from("demo"),
        account: String::from("demo1"),
        base_url: String::from("http://127.0.0.1"),
        user: String::from("me"),
        resumes: None,
    };
    let plan = store.begin_run(request).await.unwrap();
    let spec = RunSpec { run: plan.run, planned: plan.planned, batches: plan.batches };
    let (server, journal) = (Arc::new(server), Arc::new(store.journal(plan.run)));
    let policy = crate::engine::RunPolicy { backoff_base: Duration::from_millis(1), ..policy() };
    let mut handle = start_reading(spec, Arc::clone(&server), journal, policy.clone(), policy);
    if let Some(word) = word {
        until(&mut handle, |kind| matches!(kind, EventKind::Started { .. })).await;
        while server.reads.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        handle.control.send(word);
    }
    let EventKind::Finished(report) = until(&mut handle, |kind| matches!(kind, EventKind::Finished(_))).await else {
        panic!()
    };
    let reader = store.reader().unwrap();
    assert_eq!(reader.run(plan.run).unwrap().unwrap().totals, report.totals);
    assert!(report.totals.balances(), "{report:?}");
    let rows = reader.result_rows(plan.run, 0, 99).unwrap();
    let of = |row: &crate::store::ResultRow| {
        let outcome = row.outcome.as_ref().unwrap();
        let is_held = outcome.said.description.as_deref().is_some_and(|why| why.starts_with("changed since"));
        assert_eq!(is_held, row.sid.as_str().chars().all(char::is_uppercase) && report.state == RunState::Finished);
        format!("{}={}", row.sid, if is_held { "held" } else { outcome.status.name() })
    };
    let became = rows.iter().map(of).collect::<Vec<_>>().join(" ");
    (server, report, became)
}

#[tokio::test]
async fn what_is_held_back_is_in_no_request_and_keeps_its_place() {
    let (server, report, became) = send("aBcDe", Server::default(), None).await;
    assert_eq!(became, "a=updated B=held c=updated D=held e=updated");
    assert_eq!(*server.puts.lock().unwrap(), ["ace"]);
    assert_eq!((report.totals.updated, report.totals.not_sent, report.requests), (3, 2, 1));
}

#[tokio::test]
async fn a_batch_that_is_held_back_whole_takes_no_request() {
    let (server, report, became) = send("ABCDEFGHi", Server::default(), None).await;
    assert!(became.ends_with("H=held i=updated"), "{became}");
    assert_eq!(*server.puts.lock().unwrap(), ["i"]);
    assert_eq!((report.state, report.requests), (RunState::Finished, 1));
}

#[tokio::test]
async fn halves_of_a_refused_batch_hold_back_the_same_edits() {
    let (server, _, became) = send("aBcDeFgH", Server { poison: "g", ..Server::default() }, None).await;
    assert_eq!(became, "a=updated B=held c=updated D=held e=updated F=held g=rejected H=held");
    let puts = server.puts.lock().unwrap();
    assert!(puts.iter().all(|sids| !sids.contains(char::is_uppercase)), "{puts:?}");
    assert_eq!(server.reads.lock().unwrap().len(), 8, "each contact is read once");
}

#[tokio::test]
async fn a_second_attempt_reads_nothing_again_and_one_given_up_does_not_touch_what_was_held() {
    let (server, _, became) = send("aBc", Server { time_outs: 2, ..Server::default() }, None).await;
    assert_eq!(became, "a=updated B=held c=updated");
    assert_eq!((server.puts.lock().unwrap().len(), server.reads.lock().unwrap().len()), (3, 3));
    let (_, _, became) = send("aBc", Server { time_outs: 99, ..Server::default() }, None).await;
    assert_eq!(became, "a=unknown B=held c=unknown");
}

#[tokio::test]
async fn a_cancel_while_contacts_are_read_sends_nothing_and_does_not_wait_for_them() {
    let cancel = RunControl::Cancel(Cancel::Drain);
    let (server, report, became) = send("abc", Server { is_stuck: true, ..Server::default() }, Some(cancel)).await;
    assert_eq!((report.state, became.as_str()), (RunState::Cancelled, "a=not_sent b=not_sent c=not_sent"));
    assert!(server.puts.lock().unwrap().is_empty());
}
