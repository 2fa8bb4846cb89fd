//! What the queue would hold after an import or a requeue, in memory alone: for dry runs.
//!
//! It follows the store's rules: an edit goes over the last queued edit of its SID, one without a SID stands by itself,
//! and what changes nothing by the address book comes in only where it goes over a queued edit.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use crate::domain::{Edit, Sid};
use crate::store::{BookId, ImportReport, NoOps, Reader, StoreError};

/// The queued edits of some contacts, with others laid over or under them.
#[derive(Default)]
pub(super) struct Overlay<'r> {
    /// What changes nothing on its contact, where a book knows.
    no_ops: Option<NoOps<'r>>,
    edits: Vec<Edit>,
    last: HashMap<Sid, usize>,
    /// How many of them are queued.
    pub queued: u64,
    /// What an import would report.
    pub report: ImportReport,
}

impl<'r> Overlay<'r> {
    /// Takes the queued edits of these contacts, else all of them.
    pub(super) fn of(
        reader: &'r Reader,
        sids: Option<&HashSet<Sid>>,
        book: Option<BookId>,
    ) -> Result<Self, StoreError> {
        let mut overlay = Self { no_ops: book.map(|book| reader.no_ops(book)), ..Self::default() };
        reader.each_queued(|queued| {
            if sids.is_none_or(|sids| sids.contains(&queued.edit.sid)) {
                overlay.queued += 1;
                overlay.push(queued.edit);
            }
            ControlFlow::Continue(())
        })?;
        Ok(overlay)
    }

    fn push(&mut self, edit: Edit) {
        if !edit.sid.as_str().is_empty() {
            self.last.insert(edit.sid.clone(), self.edits.len());
        }
        self.edits.push(edit);
    }

    fn queued(&mut self, sid: &Sid) -> Option<&mut Edit> {
        self.last.get(sid).and_then(|at| self.edits.get_mut(*at))
    }

    /// Lays an edit over the queued one, as an import does: it wins.
    pub(super) fn lay_over(&mut self, edit: Edit) -> Result<(), StoreError> {
        let Some(queued) = self.last.get(&edit.sid).and_then(|at| self.edits.get_mut(*at)) else {
            let is_no_op = self.no_ops.as_mut().map_or(Ok(false), |no_ops| no_ops.holds(&edit))?;
            if is_no_op && !edit.changes.is_empty() {
                self.report.unchanged += 1;
                self.report.known += 1;
            } else {
                self.report.added += 1;
                self.push(edit);
            }
            return Ok(());
        };
        let before = queued.changes.clone();
        let conflicts = queued.changes.merge(&edit.changes).len() as u64;
        if queued.changes == before {
            self.report.unchanged += 1;
        } else {
            self.report.merged += 1;
            self.report.conflicts += conflicts;
        }
        Ok(())
    }

    /// Lays an edit under the queued one, as a requeue does: the queued one wins.
    pub(super) fn lay_under(&mut self, edit: Edit) {
        match self.queued(&edit.sid) {
            None => self.push(edit),
            Some(queued) => {
                let mut merged = edit.changes;
                merged.merge(&queued.changes);
                queued.changes = merged;
            }
        }
    }

    /// The edits in the queue's order.
    pub(super) fn into_edits(self) -> Vec<Edit> {
        self.edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, Field};

    fn edit(sid: &str, tag: &str) -> Edit {
        Edit { sid: Sid::new(sid), changes: [(Field::Tag, Change::Set(tag.to_owned()))].into_iter().collect() }
    }

    fn tags(overlay: Overlay<'_>) -> Vec<String> {
        overlay.into_edits().iter().map(|e| e.changes.to_json()).collect()
    }

    #[test]
    fn an_import_wins_and_is_counted_as_the_store_counts() {
        let mut overlay = Overlay::default();
        for (sid, tag) in [("a", "1"), ("a", "1"), ("a", "2"), ("", "3"), ("", "3")] {
            overlay.lay_over(edit(sid, tag)).unwrap();
        }
        let expected = ImportReport { added: 3, merged: 1, unchanged: 1, conflicts: 1, ..ImportReport::default() };
        assert_eq!(overlay.report, expected);
        assert_eq!(tags(overlay), [r#"{"tag":"2"}"#, r#"{"tag":"3"}"#, r#"{"tag":"3"}"#]);
    }

    #[test]
    fn a_requeue_yields_to_the_queue() {
        let mut overlay = Overlay::default();
        overlay.push(edit("a", "queued"));
        overlay.lay_under(edit("a", "failed"));
        overlay.lay_under(edit("b", "failed"));
        assert_eq!(tags(overlay), [r#"{"tag":"queued"}"#, r#"{"tag":"failed"}"#]);
    }
}
