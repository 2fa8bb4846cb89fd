//! What is left of a run that ended before its time: the rules by which it is gone on with.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::error::StoreError;
use super::reader::{Reader, RunSummary};
use crate::domain::{Edit, EditId, RunId, Sid, Status};

/// What is left of a run: its edits that were not sent, which are queued, and those whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rest {
    /// The unknown edits that are not back in the queue, each with its place in the run. They are to be requeued.
    pub unknown: Vec<(u64, Edit)>,
    /// What the queue has for the contacts of this rest, in its order. An edit may have been changed since.
    pub queued: Vec<EditId>,
    /// The contacts of this rest.
    pub sids: HashSet<Sid>,
}

impl Rest {
    /// Whether there is nothing to go on with.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.queued.is_empty()
    }
}

impl Reader {
    /// The newest run that ended before its time, whether or not anything is left of it.
    pub fn last_unfinished(&self) -> Result<Option<RunSummary>, StoreError> {
        Ok(self.runs()?.into_iter().find(|run| run.state.is_unfinished()))
    }

    /// What is left of a run.
    pub fn rest_of(&self, run: RunId) -> Result<Rest, StoreError> {
        let mut rest = Rest::default();
        self.each_result(run, |row| {
            let status = row.outcome.as_ref().map(|o| o.status);
            if matches!(status, Some(Status::Unknown | Status::NotSent)) {
                rest.sids.insert(row.sid.clone());
            }
            if status == Some(Status::Unknown) && row.handled.is_none() {
                rest.unknown.push((row.seq, row.edit()));
            }
            ControlFlow::Continue(())
        })?;
        if !rest.sids.is_empty() {
            self.each_queued(|row| {
                if rest.sids.contains(&row.edit.sid) {
                    rest.queued.push(row.id);
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(rest)
    }
}
