//! How long it takes to look at a large run: its rows, its causes, a filter, an order, a file of all.
//!
//! The run is written into a store directly, as a send would leave it; then the library is asked what the workstation
//! asks.

use std::time::Instant;

use rolodeck::app::export::{Form, write_results};
use rolodeck::domain::{
    AttemptRecord, BatchPolicy, Change, Echo, Edit, Field, Filter, Outcome, RunId, RunState, Said, Sid, Status,
};
use rolodeck::sim::sid_of;
use rolodeck::store::{Chosen, ResultColumn, ResultRow, RunLog, RunRequest, Sort, Store, StoreError};
use rolodeck::support::clock::Timestamp;

use super::Fallible;
use super::jobs::{BATCH, print};

/// Rows that a screen shows first, and the rows around it.
const FIRST: usize = 300;

/// One of so many edits fails.
const FAILS: u64 = 25;

/// What failures say.
const CAUSES: [(i64, &str); 7] = [
    (404, "Contact not found"),
    (400, "Invalid parameter: email"),
    (400, "Invalid parameter: tag"),
    (409, "Another contact has this number"),
    (409, "Resource was updated by another request"),
    (503, "Service is unavailable"),
    (403, "Resource belongs to another account"),
];

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

/// Prints how long each look takes.
pub fn run(edits: u64, rounds: usize) -> Fallible<()> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path())?.0;
    let run = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(seed(&store, edits))?;
    let reader = store.reader()?;
    print(&format!("a run of {edits} edits, one of {FAILS} failed, of {} causes", CAUSES.len()));
    for round in 1..=rounds {
        let timed = |what: &str, look: &dyn Fn() -> Fallible<usize>| -> Fallible<()> {
            let begun = now();
            let rows = look()?;
            print(&format!("round {round}, {what:<34} {:>8.1} ms, {rows} rows", begun.elapsed().as_secs_f64() * 1e3));
            Ok(())
        };
        timed("open", &|| {
            let seqs = reader.result_seqs(run, false)?;
            Ok(reader.result_rows(run, 0, FIRST as u64)?.len().min(seqs.len()))
        })?;
        timed("causes", &|| Ok(reader.causes(run)?.len()))?;
        timed("problems only", &|| Ok(reader.result_seqs(run, true)?.len()))?;
        for filter in ["status:rejected", "code:404", "status:updated", "tag:member", "first 99999"] {
            timed(&format!("filter {filter}, first screen"), &|| filtered(&store, run, filter, FIRST))?;
            timed(&format!("filter {filter}, all"), &|| filtered(&store, run, filter, usize::MAX))?;
        }
        for by in [ResultColumn::Status, ResultColumn::Code, ResultColumn::Sid, ResultColumn::Field(Field::Email)] {
            let sort = Sort { by, descending: true };
            let name = by.name();
            timed(&format!("by {name}, first screen"), &|| {
                Ok(reader.sorted_seqs(run, sort, Some(FIRST as u64))?.len())
            })?;
            timed(&format!("by {name}, all"), &|| Ok(reader.sorted_seqs(run, sort, None)?.len()))?;
        }
        for (form, name) in [(Form::Csv, "csv"), (Form::JsonLines, "jsonl")] {
            timed(&format!("export as {name}"), &|| exported(&store, run, form))?;
        }
    }
    Ok(())
}

/// A run of so many edits, settled batch by batch.
async fn seed(store: &Store, edits: u64) -> Fallible<RunId> {
    let edit = |i: u64| {
        let set = |text: String| Change::Set(text);
        let changes = [
            (Field::FirstName, set(format!("First {i}"))),
            (Field::LastName, set(format!("Last {i}"))),
            (Field::Email, set(format!("person{i}@example.com"))),
            (Field::CompanyName, set(String::from("Acme Logistics"))),
            (Field::Tag, set(String::from("Member"))),
        ];
        Edit { sid: Sid::new(&sid_of(i)), changes: changes.into_iter().collect() }
    };
    store.import((0..edits).map(edit).collect::<Vec<_>>(), String::from("the bench")).await?;
    let request = RunRequest {
        edits: store.reader()?.queue_ids()?,
        policy: BatchPolicy { max_edits: BATCH as u32, max_bytes: 1 << 20, canary: 0 },
        profile: String::from("bench"),
        account: String::from("bench1"),
        base_url: String::from("http://127.0.0.1:9"),
        user: String::from("bench"),
        resumes: None,
    };
    let start = store.begin_run(request).await?;
    let journal = store.journal(start.run);
    let reader = store.reader()?;
    for no in 0..start.batches {
        let at = Timestamp(1000 * i64::from(no));
        journal.intend(no, 1, at).await?;
        let outcomes: Vec<Outcome> = reader.batch_seqs(start.run, no)?.map(outcome).collect();
        let record = AttemptRecord {
            batch: no,
            attempt: 1,
            started: at,
            elapsed_ms: 150,
            http_status: Some(207),
            request_id: Some(format!("request-{no}")),
            error: None,
            doubtful: false,
        };
        journal.settle(no, Some(record), outcomes).await?;
    }
    journal.finish(RunState::Finished, Timestamp(0), 1).await?;
    Ok(start.run)
}

fn outcome(seq: u64) -> Outcome {
    let (status, code, description, echo) = if seq.is_multiple_of(FAILS) {
        let (code, words) = CAUSES.get((seq / FAILS) as usize % CAUSES.len()).copied().unwrap_or_default();
        (Status::Rejected, code, Some(words.to_owned()), Echo::None)
    } else {
        (Status::Updated, 200, None, Echo::Matches)
    };
    let item =
        Some(format!("{{\"code\":{code},\"data\":{{\"sid\":\"{}\",\"first_name\":\"First {seq}\"}}}}", sid_of(seq)));
    Outcome { status, said: Said { code: Some(code), description, ..Said::default() }, echo, item }
}

/// How many results a filter finds, or the first of them.
fn filtered(store: &Store, run: RunId, filter: &str, most: usize) -> Fallible<usize> {
    let filter = Filter::parse(filter).map_err(|wrong| wrong.to_string())?;
    let seqs = store.reader()?.result_seqs(run, filter.finds_problems_alone())?;
    let chosen = Chosen { run, seqs: Some(&seqs), filter: Some(&filter) };
    let mut found = 0;
    let lay = |part: &mut usize, _: &ResultRow| {
        *part += 1;
        Ok::<_, Seen>(())
    };
    let looked = store.fold_results(
        &chosen,
        || 0,
        lay,
        |part| {
            found += part;
            if found < most { Ok(()) } else { Err(Seen::Enough) }
        },
    );
    match looked {
        Err(Seen::Failed(error)) => Err(error.into()),
        Ok(()) | Err(Seen::Enough) => Ok(found),
    }
}

/// Why a look ended before all was read.
enum Seen {
    Enough,
    Failed(StoreError),
}

impl From<StoreError> for Seen {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn exported(store: &Store, run: RunId, form: Form) -> Fallible<usize> {
    let chosen = Chosen { run, seqs: None, filter: None };
    Ok(write_results(std::io::sink(), form, "--", store, &chosen)? as usize)
}
