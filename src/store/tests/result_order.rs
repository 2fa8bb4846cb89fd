//! The order of results against a naive sort of their rows.

use proptest::prelude::*;

use super::*;
use crate::domain::{Changes, Echo, Field, Said};
use crate::store::{ResultColumn, ResultRow, Sort};

/// SID, tag (`Some(None)` clears it), and what became of it: status, code, words; `None` is still open.
type Row = (u8, Option<Option<u8>>, (u8, Option<i64>, Option<u8>));

const WORDS: [&str; 3] = ["gone", "Invalid email", "gone away"];

fn outcome((status, code, words): (u8, Option<i64>, Option<u8>)) -> Outcome {
    let status = Status::ALL[usize::from(status)];
    let echo = match (status, words) {
        (Status::Updated, Some(0)) => Echo::Missing,
        (Status::Updated, Some(_)) => Echo::Matches,
        _ => Echo::None,
    };
    let description = words.filter(|_| echo == Echo::None).map(|no| WORDS[usize::from(no)].to_owned());
    Outcome { status, said: Said { code, description, ..Said::default() }, echo, item: None }
}

fn edit((sid, tag, _): Row) -> Edit {
    let mut changes = Changes::default();
    let tag = tag
        .map(|tag| tag.map_or(Change::Clear, |tag| Change::Set(format!("{}t", if tag % 2 == 0 { "a" } else { "B" }))));
    changes.put(Field::Tag, tag);
    Edit { sid: Sid::new(&format!("s{sid}")), changes }
}

/// Where a row stands by a column: the class that comes first, then its value.
fn place(row: &ResultRow, by: ResultColumn) -> (u8, String) {
    let Some(outcome) = row.outcome.as_ref() else {
        return match by {
            ResultColumn::Sid => (0, row.sid.as_str().to_owned()),
            ResultColumn::Field(field) => of_field(row, field),
            _ => (9, String::new()),
        };
    };
    let worst = [Status::Rejected, Status::Unknown, Status::NotSent, Status::Updated];
    let value = match by {
        ResultColumn::Status => worst.iter().position(|status| *status == outcome.status).map(|no| no.to_string()),
        ResultColumn::Code => outcome.said.code.map(|code| code.to_string()),
        ResultColumn::Said if outcome.echo == Echo::None => outcome.said.description.as_ref().map(|d| d.to_lowercase()),
        ResultColumn::Said => Some(format!("echo {}", outcome.echo.name())),
        ResultColumn::Sid => Some(row.sid.as_str().to_owned()),
        ResultColumn::Field(field) => return of_field(row, field),
    };
    (u8::from(value.is_none()), value.unwrap_or_default())
}

/// What a column shows of a row; nothing while it is not settled.
fn shown(row: &ResultRow, column: ResultColumn) -> Option<String> {
    if column == ResultColumn::Sid {
        return Some(row.sid.to_string());
    }
    let outcome = row.outcome.as_ref()?;
    Some(match column {
        ResultColumn::Status => outcome.status.name().to_owned(),
        ResultColumn::Code => format!("{:?}", outcome.said.code),
        _ if outcome.echo == Echo::None => format!("{:?}", outcome.said.description),
        _ => outcome.echo.name().to_owned(),
    })
}

fn of_field(row: &ResultRow, field: Field) -> (u8, String) {
    match row.changes.get(field) {
        Some(Change::Set(value)) => (0, value.to_lowercase()),
        Some(Change::Clear) => (1, String::new()),
        None => (2, String::new()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn results_stand_in_the_order_of_a_column_then_as_they_were_sent(
        rows in prop::collection::btree_map(0u8..250, (prop::option::of(prop::option::of(0u8..4)), (0u8..4, prop::option::of(200i64..203), prop::option::of(0u8..3))), 1..9),
        settled in 0usize..9,
        by in prop::sample::select(ResultColumn::all().collect::<Vec<_>>()),
        descending: bool,
        most in prop::option::of(0u64..12),
    ) {
        // An edit of each contact: two of one would merge.
        let rows: Vec<Row> = rows.into_iter().map(|(sid, (tag, became))| (sid, tag, became)).rev().collect();
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let run = runtime.block_on(async {
            store.import(rows.iter().copied().map(edit).collect::<Vec<_>>(), "x".into()).await.unwrap();
            let (start, journal) = begin(&store, 1).await;
            let reader = store.reader().unwrap();
            for no in 0..start.batches.min(settled as u32) {
                let seq = reader.batch_seqs(start.run, no).unwrap().start;
                journal.settle(no, None, vec![outcome(rows[seq as usize].2)]).await.unwrap();
            }
            start.run
        });
        let reader = store.reader().unwrap();
        let mut wanted = reader.result_rows(run, 0, 99).unwrap();
        wanted.sort_by(|a, b| {
            let ((class, value), (other, against)) = (place(a, by), place(b, by));
            class.cmp(&other).then_with(|| if descending { against.cmp(&value) } else { value.cmp(&against) })
        });
        let wanted: Vec<u64> = wanted.iter().map(|row| row.seq).take(most.map_or(99, |most| most as usize)).collect();
        prop_assert_eq!(reader.sorted_seqs(run, Sort { by, descending }, most).unwrap(), wanted);

        let rows = reader.result_rows(run, 0, 99).unwrap();
        for column in ResultColumn::SHOWN {
            for this in &rows {
                let is_like = |row: &&ResultRow| shown(this, column).is_some() && shown(row, column) == shown(this, column);
                let alike: Vec<u64> = rows.iter().filter(is_like).map(|row| row.seq).collect();
                prop_assert_eq!(reader.seqs_like(run, this.seq, column).unwrap(), alike, "{:?}", column);
            }
        }
    }
}
