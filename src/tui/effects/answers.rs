//! Answers to the questions that only read.

use super::super::desk::{Desk, Reads};
use super::super::{listing, reconcile, resume, undo};
use super::triage;
use crate::app::conflicts::ConflictAnswer;
use crate::app::{Answer, BaseAnswer, BaseAsk, CopyOf, CopyRows, Effect, Notice};
use crate::logbook::bug_report;
use crate::support::work::Work;

/// Answers a question by reading.
#[expect(clippy::panic, reason = "a test asks for it")]
pub(super) fn answer(reads: &Reads, desk: &Desk, work: &Work, effect: Effect) -> Result<Answer, String> {
    Ok(match effect {
        Effect::QueueRows(ids) => {
            let rows = reads.queue_rows(&ids)?;
            Answer::QueueRows(ids, rows)
        }
        Effect::ResultRows { run, seqs } => Answer::ResultRows(run, reads.result_rows(run, &seqs)?),
        Effect::Triage(ask) => Answer::Triage(triage::answer(reads, work, ask)?),
        Effect::Runs => Answer::Runs(reads.window(crate::store::Reader::runs)?),
        Effect::Attempts { run, batch } => {
            Answer::Attempts(run, batch, reads.window(|reader| reader.attempts(run, batch))?)
        }
        Effect::FindRest(asked) => resume::find(reads, desk, asked)?,
        Effect::FindUnknown(run) => reconcile::find(desk, run)?,
        Effect::Base(BaseAsk::Of(row)) => Answer::Base(BaseAnswer::Of(row, Box::new(reads.bases(row)?))),
        Effect::Base(BaseAsk::FindUndo(run)) => Answer::Base(BaseAnswer::Undo(run, undo::find(reads, work, run)?)),
        Effect::Conflicts(_) => Answer::Conflicts(ConflictAnswer::Open(reads.window(crate::store::Reader::conflicts)?)),
        Effect::Reconciled { report, before } => {
            let run = reads.window(|reader| reader.run(report.run))?;
            Answer::Reconciled { report, before, after: run.map_or(before, |run| run.totals) }
        }
        Effect::ReportBug { run, totals, alarm } => {
            let written = bug_report(&desk.log_dir, run, totals, &alarm).map(|path| path.display().to_string());
            Answer::BugReported(alarm, written.map_err(|e| e.to_string()))
        }
        Effect::List(of) => {
            let names = listing::names(desk, &of);
            Answer::Listing(of, names)
        }
        Effect::CopyRows(of, part) => {
            let rows = match of {
                CopyOf::Queue(ids) => CopyRows::Queue(reads.queue_rows(&ids)?),
                CopyOf::Results(run, seqs) => CopyRows::Results(reads.result_rows(run, &seqs)?),
                CopyOf::Contacts(ids) => CopyRows::Contacts(reads.window(|reader| reader.contacts(&ids))?),
            };
            Answer::CopyRows(rows, part)
        }
        Effect::Commands => Answer::Commands(listing::commands(&desk.data_dir)),
        Effect::Panic => panic!("asked for"),
        Effect::Plan { edits, send } => Answer::Planned { plan: reads.plan(work, desk, edits)?, send },
        Effect::Change(_)
        | Effect::Book(_)
        | Effect::Bulk(_)
        | Effect::Import(_)
        | Effect::QueueKeys { .. }
        | Effect::ResultKeys { .. }
        | Effect::Export(_)
        | Effect::KeepCommand(_)
        | Effect::Start { .. }
        | Effect::EditOutside(_)
        | Effect::Resume(_)
        | Effect::Reconcile(_)
        | Effect::Base(BaseAsk::Undo(_))
        | Effect::Remind { .. }
        | Effect::Alarm(..)
        | Effect::StopWork(_)
        | Effect::Control(_)
        | Effect::Copy(_)
        | Effect::Themes
        | Effect::Theme { .. }
        | Effect::Suspend
        | Effect::Quit => Answer::Told(Notice::failed("this is no question; please report it")),
    })
}
