//! Answers about failures: their causes, their verdicts, and what a mend would do.

use std::ops::ControlFlow;

use super::super::desk::Reads;
use super::text;
use crate::app::mending::{Preview, SHOWN, Sampled};
use crate::app::{TriageAnswer, TriageAsk};
use crate::domain::{Cell, Change, Edit, Field, Mend, Mended, RunId, Verdict, can_send, validate};
use crate::store::Reader;
use crate::support::work::Work;

/// Answers by reading. What may take long has a connection of its own.
pub(super) fn answer(reads: &Reads, work: &Work, ask: TriageAsk) -> Result<TriageAnswer, String> {
    let reader = reads.own(work)?;
    Ok(match ask {
        TriageAsk::Groups(run) => TriageAnswer::Groups(run, reader.causes(run).map_err(text)?),
        TriageAsk::Mark(run, cause) => TriageAnswer::Marked(run, reader.seqs_of(run, &cause).map_err(text)?),
        TriageAsk::Judge(scope, then) => {
            let judged = reader.verdicts(scope.run, &scope.which).map_err(text)?;
            let sampled = sampled(&reader, scope.run, &judged)?;
            TriageAnswer::Judged(scope, then, judged, sampled)
        }
        TriageAsk::History(sid) => {
            let runs = reader.history_of(&sid).map_err(text)?;
            TriageAnswer::History(sid, runs)
        }
        TriageAsk::Compare(first, second) => {
            TriageAnswer::Compared(first, second, reader.compare(first, second).map_err(text)?)
        }
        TriageAsk::Preview(run, seqs, mend) => {
            let preview = preview(reads, &reader, run, &seqs, &mend)?;
            TriageAnswer::Previewed(run, mend, preview)
        }
    })
}

fn sampled(reader: &Reader, run: RunId, judged: &[(u64, Verdict)]) -> Result<Sampled, String> {
    let seqs: Vec<u64> = judged.iter().filter(|(_, v)| v.is_takeable()).map(|(seq, _)| *seq).collect();
    let mut sampled = Sampled::default();
    let mut counts = [0; Field::ALL.len()];
    reader
        .each_result_at(run, &seqs, |row| {
            for (field, _) in row.changes.iter() {
                if let Some(n) = counts.get_mut(field as usize) {
                    *n += 1;
                }
            }
            if sampled.first.len() < SHOWN {
                sampled.first.push(row.edit());
            }
            ControlFlow::Continue(())
        })
        .map_err(text)?;
    sampled.fields = Field::ALL.into_iter().zip(counts).filter(|(_, n)| *n > 0).collect();
    sampled.fields.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Ok(sampled)
}

fn preview(reads: &Reads, reader: &Reader, run: RunId, seqs: &[u64], mend: &Mend) -> Result<Preview, String> {
    let mut preview = Preview::default();
    reader
        .each_result_at(run, seqs, |row| {
            let edit = row.edit();
            match mend.apply(&edit) {
                Mended::Same => preview.same += 1,
                Mended::Empty => {
                    preview.empty += 1;
                    preview.seqs.push(row.seq);
                }
                Mended::Edit(mended) => {
                    preview.changed += 1;
                    preview.seqs.push(row.seq);
                    preview.invalid += u64::from(!can_send(&validate(&mended, reads.rules())));
                    if preview.first.len() < SHOWN {
                        let (before, after) = differing(mend, &edit, &mended);
                        preview.first.push((edit.sid.as_str().to_owned(), before, after));
                    }
                }
            }
            ControlFlow::Continue(())
        })
        .map_err(text)?;
    Ok(preview)
}

/// What a mend changes on an edit: before, and after.
fn differing(mend: &Mend, before: &Edit, after: &Edit) -> (String, String) {
    let shown = |edit: &Edit, cell| match cell {
        Cell::Sid => edit.sid.to_string(),
        Cell::Field(field) => match edit.changes.get(field) {
            Some(Change::Set(value)) => value.clone(),
            Some(Change::Clear) => String::from("CLEARED"),
            None => String::from("(left alone)"),
        },
    };
    let Mend::By(transform) = mend else { return Default::default() };
    let cell = transform.cells().next().unwrap_or(Cell::Sid);
    (shown(before, cell), shown(after, cell))
}
