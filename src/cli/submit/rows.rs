//! The results that a printer prints, by the batches that the engine names.

use super::super::error::Error;
use super::super::history;
use crate::domain::RunId;
use crate::store::{Reader, ResultRow, StoreError};

/// Which results of a run are printed.
#[derive(Debug)]
pub(in crate::cli) enum Rows {
    /// All of them, in the batches of the run.
    Sent,
    /// Those at these places, which are read back: each is a batch of its own.
    ReadBack(Vec<u64>),
}

impl Rows {
    /// The results of a batch that settled.
    pub(super) fn of_batch(&self, reader: &Reader, run: RunId, batch: u32) -> Result<Vec<ResultRow>, StoreError> {
        match self {
            Self::Sent => reader.batch_results(run, batch),
            Self::ReadBack(seqs) => {
                seqs.get(batch as usize).map_or(Ok(Vec::new()), |seq| reader.result_rows(run, *seq, 1))
            }
        }
    }

    /// Gives all of them with their batches, until `f` fails.
    pub(super) fn each(
        &self,
        reader: &Reader,
        run: RunId,
        mut f: impl FnMut(u32, &ResultRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Sent => history::each(reader, run, None, |row| f(row.batch, row)),
            Self::ReadBack(seqs) => (0..).zip(seqs).try_for_each(|(batch, seq)| {
                reader.result_rows(run, *seq, 1)?.iter().try_for_each(|row| f(batch, row))
            }),
        }
    }
}
