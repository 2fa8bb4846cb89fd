//! Reading unknown outcomes back: what `rolodeck reconcile` does, for the workstation.

use std::sync::Arc;

use super::desk::Desk;
use super::effects::{Begun, Interpreter, text};
use crate::app::Answer;
use crate::domain::RunId;
use crate::store::{RunStart, StoreError};

/// How many contacts of a run there are to read back, and whether it was sent as somebody else.
pub(super) fn find(desk: &Desk, run: RunId) -> Result<Answer, String> {
    let reads = desk.store.reconcile(run).map_err(text)?.edits().into();
    let summary = desk.store.reader().and_then(|reader| reader.run(run)).map_err(text)?;
    let other = summary.filter(|of| (of.account.as_str(), &of.base_url) != (&desk.session.account, &desk.base_url));
    let elsewhere = other.map(|of| format!("{} at {} with profile {}", of.account, of.base_url, of.profile));
    Ok(Answer::Unknown { run, reads, elsewhere })
}

impl Interpreter {
    /// Gets ready to read the unknown outcomes of a run back. A profile that may not send may read.
    pub(super) async fn reading_back(&self, run: RunId) -> Result<Begun, String> {
        let client = (self.desk.connect)().await?;
        let lock = self.desk.store.lock_submitter().map_err(text)?;
        let log = self.desk.store.reconcile(run).map_err(text)?;
        if log.edits() == 0 {
            return Err(format!("run {run} has no unknown outcome any more"));
        }
        let before = self.desk.store.reader().and_then(|reader| reader.run(run)).map_err(text)?;
        let before = before.ok_or_else(|| text(StoreError::NoSuchRun(run)))?.totals;
        let start = RunStart { run, planned: log.edits().into(), batches: log.edits() };
        Ok(Begun { start, client: Arc::new(client), lock, reads: Some((log, before)) })
    }
}
