//! Which results of a run are shown, and in what order: read beside the screen, the first of them first.

use super::FIRST;
use crate::app::marks::Marks;
use crate::app::results::ResultView;
use crate::domain::{Filter, RunId};
use crate::store::{Chosen, ResultRow, StoreError};
use crate::support::work::Work;
use crate::tui::desk::Reads;
use crate::tui::effects::text;

impl Reads {
    /// The keys of a view. `first` gets those of a screen as soon as they are known.
    pub(in crate::tui) fn result_keys(
        &self,
        work: &Work,
        run: RunId,
        view: &ResultView,
        first: &mut dyn FnMut(Vec<u64>),
    ) -> Result<Vec<u64>, String> {
        let filter = view.filter.as_deref().map(Filter::parse).transpose().map_err(|wrong| wrong.to_string())?;
        let reader = self.own(work)?;
        if let (Some(sort), false) = (view.sort, view.is_narrow()) {
            let some = reader.sorted_seqs(run, sort, Some(FIRST as u64)).map_err(text)?;
            if some.len() < FIRST {
                return Ok(some);
            }
            first(some);
            return reader.sorted_seqs(run, sort, None).map_err(text);
        }
        let among_problems = view.problems || filter.as_ref().is_some_and(Filter::finds_problems_alone);
        let mut keys = reader.result_seqs(run, among_problems).map_err(text)?;
        if let Some(filter) = filter {
            let mut found = Vec::new();
            // What the order is to be is known only when all are found.
            let mut first = view.sort.is_none().then_some(first);
            let take = |part: Vec<u64>| {
                found.extend(part);
                if found.len() >= FIRST
                    && let Some(first) = first.take()
                {
                    first(found.clone());
                }
                Ok(())
            };
            let chosen = Chosen { run, seqs: Some(&keys), filter: Some(&filter) };
            let lay = |seqs: &mut Vec<u64>, row: &ResultRow| {
                seqs.push(row.seq);
                Ok::<_, StoreError>(())
            };
            self.watched(work).fold_results(&chosen, Vec::new, lay, take).map_err(text)?;
            keys = found;
        }
        let Some(sort) = view.sort else { return Ok(keys) };
        let wanted: Marks<u64> = keys.iter().copied().collect();
        let mut sorted = reader.sorted_seqs(run, sort, None).map_err(text)?;
        sorted.retain(|seq| wanted.contains(seq));
        Ok(sorted)
    }

    /// The last of these results that belongs to a batch.
    pub(in crate::tui) fn newest(&self, run: RunId, batch: u32, keys: &[u64]) -> Option<u64> {
        let of = self.window(|reader| reader.batch_seqs(run, batch)).ok()?;
        keys.iter().copied().filter(|seq| of.contains(seq)).max()
    }
}
