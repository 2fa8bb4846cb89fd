//! The undo of a run, built for the workstation from what the run knows. It reads nothing from the server.

use std::collections::{BTreeMap, HashMap};

use super::desk::Reads;
use super::effects::{Heard, Interpreter, text};
use crate::app::{Answer, Msg, Notice, UndoPreview};
use crate::config::actions::Place;
use crate::domain::RunId;
use crate::store::{Skip, UndoPlan};
use crate::support::text::{count, counted};
use crate::support::work::Work;

/// What an undo of a run would do.
pub(super) fn find(reads: &Reads, work: &Work, run: RunId) -> Result<UndoPreview, String> {
    let plan = plan(reads, work, run)?;
    let mut reasons = BTreeMap::<String, u64>::new();
    for (_, why) in &plan.skipped {
        // The fields differ from contact to contact.
        let reason = if let Skip::Changed(_) = why { "changed since the run".to_owned() } else { why.in_words() };
        *reasons.entry(reason).or_default() += 1;
    }
    Ok(UndoPreview {
        back: plan.back.len() as u64,
        assumed: plan.assumed(),
        restored: plan.restored,
        skipped: reasons.into_iter().collect(),
        blind: plan.is_blind(),
    })
}

fn plan(reads: &Reads, work: &Work, run: RunId) -> Result<UndoPlan, String> {
    reads.own(work)?.plan_undo(run, &HashMap::new()).map_err(text)
}

impl Interpreter {
    /// Lays the undo of a run into the queue.
    pub(super) fn undo_run(&self, run: RunId) {
        let this = self.clone();
        tokio::spawn(async move {
            let answer = match this.undone(run).await {
                Ok(said) => Notice::done(said),
                Err(why) => Notice::error(format!("building the undo of run {run}"), why),
            };
            let _ = this.tell.send(Heard::Msg(Msg::Answer(Answer::Changed(answer))));
        });
    }

    async fn undone(&self, run: RunId) -> Result<String, String> {
        let reads = self.reads.clone();
        let plan = tokio::task::spawn_blocking(move || plan(&reads, &Work::unwatched(), run))
            .await
            .map_err(|e| e.to_string())??;
        let laid = self.desk.store.undo_run(run, plan.back).await.map_err(text)?;
        let mut said = format!("undo of run {run}: {} in the queue", counted(laid.queued, "edit"));
        for (n, what) in [(laid.merged, "joined an edit queued since"), (laid.already, "there already")] {
            if n > 0 {
                said += &format!(", {} {what}", count(n));
            }
        }
        Ok(said + &self.desk.session.keymap.fill(Place::Queue, "; `<view-queue>` shows it, `<undo>` takes it out"))
    }
}
