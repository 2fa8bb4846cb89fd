//! Which edits of the queue are shown, and in what order: read beside the screen, the first of them first.

use std::ops::Range;

use super::desk::{Reads, step};
use super::effects::text;
use crate::app::QueueView;
use crate::app::grid::ProblemCounts;
use crate::app::marks::Marks;
use crate::domain::{Edit, EditId, Filter, FilterRow, Issue, IssueCode, Rules, Severity, validate};
use crate::store::{PIECE, QueuedEdit, Reader, Sort, in_pieces, pieces_of};
use crate::support::work::Work;

mod results;
#[cfg(test)]
mod tests;

/// Rows that fill any screen; of a longer list they come at once.
const FIRST: usize = 300;

/// Where a problem stands among others: errors, what failed before, warnings; then by what it is.
type Kind = (u8, Option<IssueCode>);
/// That of all rows where nobody asks for problems.
const PLAIN: Kind = (0, None);

impl Reads {
    /// The keys of a view. `first` gets those of a screen as soon as they are known.
    pub(super) fn queue_keys(
        &self,
        work: &Work,
        view: &QueueView,
        first: &mut dyn FnMut(Vec<EditId>),
        counts: &mut ProblemCounts,
    ) -> Result<Vec<EditId>, String> {
        let filter = view.filter.as_deref().map(Filter::parse).transpose().map_err(|wrong| wrong.to_string())?;
        let reader = self.own(work)?;
        if filter.is_none() && !view.problems && !view.duplicates {
            let some = match view.sort {
                None => reader.queue_ids_after(EditId(i64::MIN), FIRST as u64).map_err(text)?,
                Some(sort) => reader.sorted_ids(sort, Some(FIRST as u64)).map_err(text)?,
            };
            if some.len() < FIRST {
                return Ok(some);
            }
            first(some);
            return match view.sort {
                None => reader.queue_ids().map_err(text),
                Some(sort) => reader.sorted_ids(sort, None).map_err(text),
            };
        }
        let in_conflict: Marks<EditId> = if view.problems {
            reader.conflicts().map_err(text)?.into_iter().map(|conflict| conflict.id).collect()
        } else {
            Marks::default()
        };
        let lens = Lens { filter, problems: view.problems, rules: self.rules() };
        // What the order is to be is known only when all are found.
        let mut found = Found { keys: Vec::new(), first: view.sort.is_none().then_some(first) };
        work.expect(reader.queue_count().map_err(text)?);
        let mut take = |row: &QueuedEdit| {
            if let Some(kind) = lens.sees(&row.edit, row.origin.is_some(), in_conflict.contains(&row.id)) {
                found.push(kind, row.id);
            }
            step(work)
        };
        if view.duplicates {
            let ids = reader.duplicates().map_err(text)?;
            reader.queue_rows(&ids).map_err(text)?.iter().take_while(|row| take(row).is_continue()).count();
        } else if view.problems {
            reader.each_queued(|row| take(&row)).map_err(text)?;
        } else {
            self.look_at_all(work, &lens, &reader, &mut found)?;
        }
        work.check().map_err(|stopped| stopped.to_string())?;
        if view.problems {
            found.keys.iter().for_each(|(kind, _)| count(counts, *kind));
        }
        let keys = found.in_order();
        match view.sort {
            Some(sort) => sorted(&reader, sort, &keys),
            None => Ok(keys),
        }
    }
}

impl Reads {
    /// Looks at every edit of the queue, at several parts of a long one at once.
    fn look_at_all(&self, work: &Work, lens: &Lens<'_>, reader: &Reader, found: &mut Found<'_>) -> Result<(), String> {
        let Some((EditId(first), EditId(last))) = reader.queue_ends().map_err(text)? else { return Ok(()) };
        let start = |piece: usize| EditId(first + (piece * PIECE) as i64);
        let begin = || Ok((self.own(work)?, lens.clone()));
        let make = |(reader, lens): &(Reader, Lens<'_>), piece| {
            let mut ids = Vec::new();
            lens.look(work, reader, start(piece)..start(piece + 1), |id| ids.push(id)).map(|()| ids)
        };
        in_pieces(pieces_of((last - first) as usize + 1), begin, make, |ids: Vec<EditId>| {
            for id in ids {
                found.push(PLAIN, id);
            }
            Ok(())
        })
    }
}

/// What is looked for. Each thread has its own: to share a pattern costs more than to copy it.
#[derive(Clone)]
struct Lens<'a> {
    filter: Option<Filter>,
    problems: bool,
    rules: &'a Rules,
}

impl Lens<'_> {
    /// As what an edit is shown, if it is; `failed` says that it failed before, `undecided` that it is in conflict.
    fn sees(&self, edit: &Edit, failed: bool, undecided: bool) -> Option<Kind> {
        let asks = self.problems || self.filter.as_ref().is_some_and(Filter::asks_for_problems);
        let issues = if asks { validate(edit, self.rules) } else { Vec::new() };
        let kind = if self.problems { kind(failed, undecided, &issues)? } else { PLAIN };
        let row = FilterRow::queued(edit.sid.as_str(), &edit.changes, &issues);
        self.filter.as_ref().is_none_or(|filter| filter.matches(&row)).then_some(kind)
    }

    /// Gives the edits that are seen of those with these ids, until the work is to be stopped.
    fn look(
        &self,
        work: &Work,
        reader: &Reader,
        ids: Range<EditId>,
        mut take: impl FnMut(EditId),
    ) -> Result<(), String> {
        let look = |id, edit: &Edit| {
            if self.sees(edit, false, false).is_some() {
                take(id);
            }
            step(work)
        };
        reader.each_edit(ids, look).map_err(text)
    }
}

/// The keys found so far.
struct Found<'f> {
    keys: Vec<(Kind, EditId)>,
    first: Option<&'f mut dyn FnMut(Vec<EditId>)>,
}

impl Found<'_> {
    fn push(&mut self, kind: Kind, id: EditId) {
        self.keys.push((kind, id));
        if self.keys.len() == FIRST {
            let keys = self.in_order();
            if let Some(first) = self.first.take() {
                first(keys);
            }
        }
    }

    /// Those of one kind together; else they stay as they came.
    fn in_order(&self) -> Vec<EditId> {
        let mut keys = self.keys.clone();
        keys.sort_by_key(|(kind, _)| *kind);
        keys.into_iter().map(|(_, id)| id).collect()
    }
}

/// Some edits in the order of a column.
fn sorted(reader: &Reader, sort: Sort, keys: &[EditId]) -> Result<Vec<EditId>, String> {
    let wanted: Marks<EditId> = keys.iter().copied().collect();
    let mut ids = reader.sorted_ids(sort, None).map_err(text)?;
    ids.retain(|id| wanted.contains(id));
    Ok(ids)
}

/// Counts a row with a problem.
const fn count(counts: &mut ProblemCounts, kind: Kind) {
    match kind {
        (0, _) => counts.errors += 1,
        (1, _) => counts.failed += 1,
        _ => counts.warnings += 1,
    }
}

/// What kind of problem a row has, if one; that a number changes is none to look into.
fn kind(failed: bool, undecided: bool, issues: &[Issue]) -> Option<Kind> {
    let worst = |severity| {
        let of = issues.iter().filter(|issue| issue.severity == severity && issue.code != IssueCode::NumberChange);
        of.map(|issue| issue.code).min()
    };
    if let Some(code) = worst(Severity::Error) {
        return Some((0, Some(code)));
    }
    if undecided {
        return Some((0, None));
    }
    if failed {
        return Some((1, None));
    }
    worst(Severity::Warning).map(|code| (2, Some(code)))
}
