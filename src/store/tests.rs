//! The store on real SQLite files.

mod base;
mod book;
mod bulk;
mod conflict;
mod damage;
mod feed;
mod fold;
mod model;
mod opening;
mod queue;
mod reconcile;
mod result_order;
mod runs;
mod stopped;
mod triage;

use std::path::Path;

use super::*;
use crate::domain::{BatchPolicy, Change, Changes, Edit, EditId, Field, RunId, Sid, Status};

/// An edit that sets these fields; `None` clears one.
fn edit(sid: &str, fields: &[(Field, Option<&str>)]) -> Edit {
    let changes: Changes =
        fields.iter().map(|(f, v)| (*f, v.map_or(Change::Clear, |v| Change::Set(v.to_owned())))).collect();
    Edit { sid: Sid::new(sid), changes }
}

/// An edit that sets the tag.
fn tagged(sid: &str, tag: &str) -> Edit {
    edit(sid, &[(Field::Tag, Some(tag))])
}

fn open(dir: &Path) -> Store {
    Store::open(dir).unwrap().0
}

/// The whole queue: ids and edits.
fn queued(store: &Store) -> Vec<(i64, Edit)> {
    let reader = store.reader().unwrap();
    let mut rows = Vec::new();
    reader
        .each_queued(|row| {
            rows.push((row.id.0, row.edit));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(reader.queue_count().unwrap(), rows.len() as u64, "the count is kept in step");
    assert_eq!(reader.queue_ids().unwrap(), ids(&rows.iter().map(|r| r.0).collect::<Vec<_>>()));
    rows
}

/// The SID and tag of every queued edit, as one line.
fn line(store: &Store) -> String {
    let rows = queued(store);
    let word = |e: &Edit| {
        let tag = match e.changes.get(Field::Tag) {
            Some(Change::Set(tag)) => tag,
            Some(Change::Clear) => "--",
            None => "",
        };
        format!("{}={tag}", e.sid)
    };
    rows.iter().map(|(_, e)| word(e)).collect::<Vec<_>>().join(" ")
}

fn ids(ids: &[i64]) -> Vec<EditId> {
    ids.iter().copied().map(EditId).collect()
}

fn request(edits: Vec<EditId>, max_edits: u32) -> RunRequest {
    RunRequest {
        edits,
        policy: BatchPolicy { max_edits, max_bytes: 1 << 20, canary: 0 },
        profile: "demo".into(),
        account: "demo1".into(),
        base_url: "http://127.0.0.1:1".into(),
        user: "me".into(),
        resumes: None,
    }
}

/// Begins a run of the whole queue.
async fn begin(store: &Store, max_edits: u32) -> (RunStart, RunJournal) {
    let ids = store.reader().unwrap().queue_ids().unwrap();
    let start = store.begin_run(request(ids, max_edits)).await.unwrap();
    (start, store.journal(start.run))
}

fn outcome(status: Status) -> Outcome {
    Outcome::undecided(status, None, "test")
}

/// What became of each edit of a run, `-` while it is open.
fn results(store: &Store, run: RunId) -> Vec<String> {
    let reader = store.reader().unwrap();
    let rows = reader.result_rows(run, 0, reader.result_count(run).unwrap()).unwrap();
    rows.into_iter().map(|r| r.outcome.map_or("-", |o| o.status.name()).to_owned()).collect()
}
