//! Closing the books of a run.

use std::sync::Arc;

use tokio::time::Instant;

use super::dispatcher::{Curtain, Dispatcher};
use super::event::{EventKind, RunReport};
use crate::api::ContactsApi;
use crate::domain::{RunState, Totals};
use crate::store::RunLog;
use crate::support::clock;
use crate::support::text::counted;

impl<A: ContactsApi, L: RunLog> Dispatcher<A, L> {
    /// Closes the books and says how the run ended.
    ///
    /// Books with a hole are not closed: closing would count a batch as not sent though it may have
    /// been taken. The next start finds its intent without an outcome, and settles it as unknown.
    pub(super) async fn finish(mut self) {
        let elapsed_ms = Instant::now().duration_since(self.begun).as_millis() as u64;
        let (mut state, cause) = self.verdict();
        let mut alarms = Vec::new();
        if self.ledger.lost() == 0 {
            alarms.extend(self.close(state, elapsed_ms).await.err());
        }
        let totals = self.ledger.totals();
        if !totals.balances() {
            let open = counted(totals.open(), "edit");
            alarms.push(format!("{open} without a recorded outcome; the next start settles them"));
        }
        if !alarms.is_empty() {
            state = RunState::Broken;
        }
        let causes: Vec<_> = cause.into_iter().chain(alarms).collect();
        let (run, requests, retries) = (self.spec.run, self.requests, self.retries);
        let cause = (!causes.is_empty()).then(|| causes.join("; "));
        self.tell(EventKind::Finished(RunReport { run, state, totals, requests, retries, elapsed_ms, cause }));
    }

    fn verdict(&self) -> (RunState, Option<String>) {
        let totals = self.ledger.totals();
        match &self.curtain {
            // A cancel that came too late to keep anything from ending well is none.
            Some(Curtain::Cancelled) if totals.balances() && totals.unknown + totals.not_sent == 0 => {
                (RunState::Finished, None)
            }
            Some(Curtain::Cancelled) => (RunState::Cancelled, None),
            Some(Curtain::Stopped(cause)) => (RunState::Stopped, Some(cause.clone())),
            Some(Curtain::Broken(cause)) => (RunState::Broken, Some(cause.clone())),
            None => (RunState::Finished, None),
        }
    }

    /// Has the journal close its books, and compares them with ours.
    async fn close(&mut self, state: RunState, elapsed_ms: u64) -> Result<(), String> {
        let log = Arc::clone(&self.log);
        // A task of its own, so that a journal that panics is an error here and not a silent end.
        let closing = tokio::spawn(async move { log.finish(state, clock::now(), elapsed_ms).await });
        let theirs = closing.await.map_err(|e| e.to_string()).and_then(|r| r.map_err(|e| e.to_string()));
        let theirs = theirs.map_err(|error| format!("the end of the run could not be recorded: {error}"))?;
        let ours = self.ledger.close();
        if theirs == ours {
            Ok(())
        } else {
            Err(format!("the books differ: {}, but the journal has {}", say(ours), say(theirs)))
        }
    }
}

fn say(totals: Totals) -> String {
    let Totals { planned, updated, rejected, unknown, not_sent } = totals;
    format!("{planned} planned = {updated} updated + {rejected} rejected + {unknown} unknown + {not_sent} not sent")
}
