//! Finding what is left of a run, and bringing it back: what `submit --resume` does, for the workstation.

use tokio::task::spawn_blocking;

use super::desk::{Desk, Reads};
use super::effects::{Interpreter, text};
use super::works::Subject;
use crate::app::{Answer, Asked, Left, Preview};
use crate::domain::RunId;
use crate::store::{Reader, Rest, RunSummary};
use crate::support::work::Work;

/// What is left of the last unfinished run. At the start only the newest run counts: an older one was seen before.
pub(super) fn find(reads: &Reads, desk: &Desk, asked: Asked) -> Result<Answer, String> {
    let reader = reads.own(&Work::unwatched())?;
    let run = match asked {
        Asked::AtStart => reader.last_run().map_err(text)?.filter(|run| run.state.is_unfinished()),
        Asked::ByHand => reader.last_unfinished().map_err(text)?,
    };
    let left = run.map(|run| left(&reader, desk, &run)).transpose()?;
    Ok(Answer::Rest(asked, left))
}

fn left(reader: &Reader, desk: &Desk, run: &RunSummary) -> Result<Left, String> {
    let Rest { unknown, queued, .. } = reader.rest_of(run.run).map_err(text)?;
    let here = run.account == desk.session.account && run.base_url == desk.base_url;
    let elsewhere = (!here).then(|| format!("{} with profile {}", run.account, run.profile));
    let (unknown, queued) = (unknown.len() as u64, queued.len() as u64);
    let (began, user, planned) = (run.started, run.user.clone(), run.totals.planned);
    Ok(Left { run: run.run, state: run.state, began, user, planned, unknown, queued, elsewhere })
}

impl Interpreter {
    /// Requeues the unknown edits of a run, and plans a send of all that is left of it.
    pub(super) async fn resumed(&self, run: RunId) -> Result<Answer, String> {
        let work = self.works.begin(Subject::Plan, format!("gathering what is left of run {run}"));
        let part = work.clone();
        let Rest { unknown, mut queued, .. } =
            self.reading(move |reads, _| reads.own(&part)?.rest_of(run).map_err(text)).await?;
        if !unknown.is_empty() {
            let seqs = unknown.into_iter().map(|(seq, _)| seq).collect();
            queued.extend(self.desk.store.watched(&work).requeue(run, seqs).await.map_err(text)?.edits);
        }
        let plan = self.reading(move |reads, desk| reads.plan(&work, desk, Some(queued))).await?;
        Ok(Answer::Planned { plan: Preview { resumes: Some(run), marked: false, ..plan }, send: true })
    }

    async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reads, &Desk) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let (reads, desk) = (self.reads.clone(), self.desk.clone());
        spawn_blocking(move || read(&reads, &desk)).await.map_err(|e| e.to_string())?
    }
}
