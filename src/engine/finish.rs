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
        let mut alarm = match &self.curtain {
            Some(Curtain::Alarm(alarm)) => Some(alarm.clone()),
            _ => None,
        };
        let mut alarms = Vec::new();
        if self.ledger.lost() == 0 && alarm.is_none() {
            match self.close(state, elapsed_ms).await {
                Ok(None) => {}
                Ok(differ) => alarm = differ,
                Err(error) => alarms.push(error),
            }
        }
        let totals = self.ledger.totals();
        if !totals.balances() {
            let open = counted(totals.open(), "edit");
            alarms.push(format!("{open} without a recorded outcome; the next start settles them"));
        }
        if !alarms.is_empty() || alarm.is_some() {
            state = RunState::Broken;
        }
        let causes: Vec<_> = cause.into_iter().chain(alarm.clone()).chain(alarms).collect();
        let (run, requests, retries) = (self.spec.run, self.requests, self.retries);
        let odd_echoes = self.watch.odd_echoes();
        let cause = (!causes.is_empty()).then(|| causes.join("; "));
        self.tell(EventKind::Finished(RunReport {
            run,
            state,
            totals,
            odd_echoes,
            requests,
            retries,
            elapsed_ms,
            cause,
            alarm,
        }));
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
            Some(Curtain::Tripped(cause)) => (RunState::Tripped, Some(cause.clone())),
            Some(Curtain::Broken(cause)) => (RunState::Broken, Some(cause.clone())),
            Some(Curtain::Alarm(_)) => (RunState::Broken, None),
            None => (RunState::Finished, None),
        }
    }

    /// Has the journal close its books, and compares them with ours; says so if they differ.
    async fn close(&mut self, state: RunState, elapsed_ms: u64) -> Result<Option<String>, String> {
        let log = Arc::clone(&self.log);
        // A task of its own, so that a journal that panics is an error here and not a silent end.
        let closing = tokio::spawn(async move { log.finish(state, clock::now(), elapsed_ms).await });
        let theirs = closing.await.map_err(|e| e.to_string()).and_then(|r| r.map_err(|e| e.to_string()));
        let theirs = theirs.map_err(|error| format!("the end of the run could not be recorded: {error}"))?;
        let ours = self.ledger.close();
        Ok((theirs != ours).then(|| books_differ(ours, theirs)))
    }
}

/// The alarm of books that differ.
pub(super) fn books_differ(ours: Totals, theirs: Totals) -> String {
    format!("the books differ: {}, but the journal has {}", say(ours), say(theirs))
}

fn say(totals: Totals) -> String {
    let Totals { planned, updated, rejected, unknown, not_sent } = totals;
    format!("{planned} planned = {updated} updated + {rejected} rejected + {unknown} unknown + {not_sent} not sent")
}
