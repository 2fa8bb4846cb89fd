//! Results in pieces, held against a reading of one after another.

use super::*;
use crate::domain::Filter;
use crate::store::{Chosen, ResultRow};
use crate::support::work::Work;

/// A run of so many edits, every third of them refused.
async fn ran(store: &Store, edits: u64) -> RunId {
    store
        .import((0..edits).map(|i| edit(&format!("s{i}"), &[(Field::Tag, Some("x"))])).collect::<Vec<_>>(), "t".into())
        .await
        .unwrap();
    let (start, journal) = begin(store, 4).await;
    for batch in 0..start.batches {
        let places = store.reader().unwrap().batch_seqs(start.run, batch).unwrap();
        let status = |seq| if seq % 3 == 2 { Status::Rejected } else { Status::Updated };
        journal.settle(batch, None, places.map(|seq| outcome(status(seq))).collect::<Vec<_>>()).await.unwrap();
    }
    start.run
}

/// The places that a fold gives, piece by piece.
fn folded(store: &Store, chosen: &Chosen<'_>) -> Result<Vec<Vec<u64>>, StoreError> {
    let mut pieces = Vec::new();
    let lay = |seqs: &mut Vec<u64>, row: &ResultRow| {
        seqs.push(row.seq);
        Ok::<_, StoreError>(())
    };
    store.fold_results(chosen, Vec::new, lay, |piece| {
        pieces.push(piece);
        Ok(())
    })?;
    Ok(pieces)
}

#[tokio::test]
async fn pieces_give_the_chosen_results_in_order_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let run = ran(&store, 20).await;
    let rejected = Filter::parse("status:rejected").unwrap();
    let some = [1, 2, 3, 7, 8, 11, 12, 19];
    for seqs in [None, Some(&some[..]), Some(&[][..])] {
        for filter in [None, Some(&rejected)] {
            let all: Vec<u64> = seqs.map_or_else(|| (0..20).collect(), <[u64]>::to_vec);
            let wanted: Vec<_> = all.into_iter().filter(|seq| filter.is_none() || seq % 3 == 2).collect();
            let pieces = folded(&store, &Chosen { run, seqs, filter }).unwrap();
            assert_eq!(pieces.concat(), wanted, "{seqs:?} {filter:?}");
        }
    }
}

#[tokio::test]
async fn a_fold_that_is_stopped_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let run = ran(&store, 20).await;
    let work = Work::unwatched();
    work.stopper().stop();
    let folded = folded(&store.watched(&work), &Chosen { run, seqs: None, filter: None });
    assert!(matches!(folded, Err(StoreError::Stopped(_))), "{folded:?}");
}
