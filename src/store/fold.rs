//! Results of a run read in pieces, several at once.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::error::StoreError;
use super::handle::Store;
use super::pieces::{PIECE, in_pieces, pieces_of};
use super::reader::Reader;
use super::results::{Item, ResultRow, stretches};
use crate::domain::{Filter, RunId};

/// Some results of a run.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The run.
    pub run: RunId,
    /// Their places in order; `None` = all.
    pub seqs: Option<&'a [u64]>,
    /// What they pass besides.
    pub filter: Option<&'a Filter>,
}

impl Chosen<'_> {
    /// How many are looked at.
    fn count(&self, reader: &Reader) -> Result<usize, StoreError> {
        self.seqs.map_or_else(|| Ok(reader.result_count(self.run)? as usize), |seqs| Ok(seqs.len()))
    }

    /// The places of a piece.
    fn piece(&self, no: usize, count: usize) -> Cow<'_, [u64]> {
        let places = no * PIECE..count.min((no + 1) * PIECE);
        match self.seqs {
            Some(seqs) => Cow::Borrowed(seqs.get(places).unwrap_or_default()),
            None => Cow::Owned(places.map(|place| place as u64).collect()),
        }
    }
}

impl Store {
    /// Lays the chosen results, piece by piece, into parts that are `begun`, and gives the parts in order. The results have
    /// no [`Outcome::item`](crate::domain::Outcome::item). Each is a step of the work that watches the store, if any does.
    pub fn fold_results<P: Send, E: From<StoreError> + Send>(
        &self,
        chosen: &Chosen<'_>,
        begun: impl Fn() -> P + Sync,
        lay: impl Fn(&mut P, &ResultRow) -> Result<(), E> + Sync,
        mut take: impl FnMut(P) -> Result<(), E>,
    ) -> Result<(), E> {
        let (count, work) = (chosen.count(&self.reader()?)?, self.work());
        work.expect(count as u64);
        let begin = || Ok((self.reader()?, chosen.filter.cloned()));
        let make = |(reader, filter): &(Reader, Option<Filter>), no| {
            let (seqs, mut part, mut laid) = (chosen.piece(no, count), begun(), Ok(()));
            reader.results(chosen.run, stretches(&seqs), Item::Left, &mut |row| {
                if filter.as_ref().is_none_or(|filter| filter.matches(&row.seen())) {
                    laid = lay(&mut part, row);
                }
                if laid.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            work.step(seqs.len() as u64).map_err(StoreError::from)?;
            laid.map(|()| part)
        };
        in_pieces(pieces_of(count), begin, make, &mut take)
    }
}
