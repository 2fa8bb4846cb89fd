//! Changes of the queue, and what to tell of them.

use std::path::{Path, PathBuf};

use super::super::works::Subject;
use super::{Heard, Interpreter, text};
use crate::app::{Answer, LocalChange, Msg, Notice};
use crate::config::actions::Place;
use crate::domain::{Cell, Edit, EditId, Keep};
use crate::store::{CellChange, Decided};
use crate::support::text::{count, counted};
use crate::support::work::Work;

impl Interpreter {
    pub(super) fn change(&self, change: LocalChange) {
        let this = self.clone();
        let doing = doing(&change);
        let is_of_values = matches!(change, LocalChange::SetCell { cell: Cell::Field(_), .. });
        let work = self.works.begin(Subject::Own, doing.clone());
        tokio::spawn(async move {
            let answer =
                match change {
                    LocalChange::Add(sid) => {
                        this.desk.store.add(Edit { sid, ..Edit::default() }).await.map(Answer::Added).map_err(text)
                    }
                    change => this.changed(&work, change).await.map(Notice::done).map(|notice| {
                        if is_of_values { Answer::ValuesChanged(notice) } else { Answer::Changed(notice) }
                    }),
                };
            let answer = answer.unwrap_or_else(|why| Answer::Changed(Notice::error(doing, why)));
            let _ = this.tell.send(Heard::Msg(Msg::Answer(answer)));
        });
    }

    /// Decides about edits in conflict.
    pub(super) fn decide(&self, edits: Vec<EditId>, keep: Keep) {
        let this = self.clone();
        tokio::spawn(async move {
            let answer = match this.desk.store.decide(edits, keep).await {
                Ok(decided) => Notice::done(this.decided(decided)),
                Err(error) => Notice::error("deciding about conflicts", text(error)),
            };
            this.answer(Answer::Changed(answer));
        });
    }

    fn decided(&self, Decided { mine, yielded, taken_out }: Decided) -> String {
        if mine > 0 {
            return counted(mine, "edit") + &self.keyed(" decided: `<send>` overwrites what others set");
        }
        let gone =
            if taken_out > 0 { format!(", {} had nothing else to set", count(taken_out)) } else { String::new() };
        format!("others keep theirs on {}{gone}", counted(yielded + taken_out, "contact"))
            + &self.keyed("; `<undo>` undoes")
    }

    /// Changes the queue; gives what to tell.
    async fn changed(&self, work: &Work, change: LocalChange) -> Result<String, String> {
        let store = self.desk.store.watched(work);
        let said = match change {
            LocalChange::SetCell { edits, cell, change } => {
                let what = match &change {
                    CellChange::Set(_) => "set",
                    CellChange::Clear => "cleared",
                    CellChange::LeaveAlone => "left alone",
                };
                let n = store.set_cell(edits, cell, change).await.map_err(text)?;
                if n == 0 { String::from("nothing changed") } else { format!("{what} on {}", counted(n, "edit")) }
            }
            LocalChange::Replace(edits) => {
                let n = store.replace(edits, String::from("an editor")).await.map_err(text)?;
                format!("changed {}{}", counted(n, "edit"), self.keyed("; `<undo>` undoes"))
            }
            LocalChange::TakeOut(edits) => {
                let n = store.take_out(edits).await.map_err(text)?;
                format!(
                    "took {} out of the queue{}",
                    counted(n, "edit"),
                    self.keyed("; `<undo>` or `:put-back` brings them back")
                )
            }
            LocalChange::Undo => store
                .undo()
                .await
                .map_err(text)?
                .map_or_else(|| String::from("nothing to undo"), |s| format!("undid: {s}")),
            LocalChange::Redo => store
                .redo()
                .await
                .map_err(text)?
                .map_or_else(|| String::from("nothing to redo"), |s| format!("redid: {s}")),
            LocalChange::Add(sid) => return Err(format!("{sid}: an addition has an answer of its own")),
            LocalChange::Drop { run, seqs } => {
                let n = store.drop_failures(run, seqs).await.map_err(text)?;
                format!("{} given up{}", counted(n, "failure"), self.keyed("; in the queue, `<undo>` brings them back"))
            }
            LocalChange::Requeue { run, seqs, mend } => {
                let report = store.requeue_mended(run, seqs, mend).await.map_err(text)?;
                let mut said = format!("{} back in the queue", counted(report.requeued, "edit"));
                if report.dropped > 0 {
                    said += &format!(", {} given up", count(report.dropped));
                }
                if report.merged > 0 {
                    said += &format!(", {} joined an edit queued since", count(report.merged));
                }
                if report.already > 0 {
                    said += &format!(", {} there already", count(report.already));
                }
                said + &self.keyed("; `<view-queue>` shows it, `<undo>` undoes")
            }
        };
        Ok(said)
    }

    /// A sentence with the keys that the user has for its actions.
    fn keyed(&self, sentence: &'static str) -> String {
        self.desk.session.keymap.fill(Place::Queue, sentence)
    }
}

/// What a change is doing, while it takes long.
fn doing(change: &LocalChange) -> String {
    let edits = |doing: &str, n: usize| format!("{doing} {}", counted(n as u64, "edit"));
    match change {
        LocalChange::SetCell { edits: ids, .. } => edits("changing", ids.len()),
        LocalChange::Replace(replaced) => edits("changing", replaced.len()),
        LocalChange::TakeOut(ids) => edits("taking out", ids.len()),
        LocalChange::Add(_) => String::from("adding an edit"),
        LocalChange::Undo => String::from("undoing"),
        LocalChange::Redo => String::from("doing again"),
        LocalChange::Drop { run, .. } => format!("giving up failures of run {run}"),
        LocalChange::Requeue { run, .. } => format!("putting edits of run {run} back in the queue"),
    }
}

/// `~/` is the home directory, as in a shell.
pub(in crate::tui) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
