//! Which edits of the queue are shown, and in what order: read beside the screen, the first of them first.

use super::desk::{Reads, step};
use super::effects::text;
use crate::app::QueueView;
use crate::app::marks::Marks;
use crate::domain::{EditId, Filter, FilterRow, Issue, IssueCode, Severity, validate};
use crate::store::{QueuedEdit, Reader, Sort};
use crate::support::work::Work;

mod results;
#[cfg(test)]
mod tests;

/// Rows that fill any screen; of a longer list they come at once.
const FIRST: usize = 300;

/// Where a problem stands among others: errors, what failed before, warnings; then by what it is.
type Kind = (u8, Option<IssueCode>);

impl Reads {
    /// The keys of a view. `first` gets those of a screen as soon as they are known.
    pub(super) fn queue_keys(
        &self,
        work: &Work,
        view: &QueueView,
        first: &mut dyn FnMut(Vec<EditId>),
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
        // What the order is to be is known only when all are found.
        let mut found = Found { keys: Vec::new(), first: view.sort.is_none().then_some(first) };
        work.expect(reader.queue_count().map_err(text)?);
        let mut take = |row: &QueuedEdit| {
            let issues = if view.problems || filter.as_ref().is_some_and(Filter::asks_for_problems) {
                validate(&row.edit, &self.rules)
            } else {
                Vec::new()
            };
            let seen = FilterRow::queued(row.edit.sid.as_str(), &row.edit.changes, &issues);
            let kind = if view.problems { kind(row, &issues) } else { Some((0, None)) };
            if let Some(kind) = kind.filter(|_| filter.as_ref().is_none_or(|filter| filter.matches(&seen))) {
                found.push(kind, row.id);
            }
            step(work)
        };
        if view.duplicates {
            let ids = reader.duplicates().map_err(text)?;
            reader.queue_rows(&ids).map_err(text)?.iter().take_while(|row| take(row).is_continue()).count();
        } else {
            reader.each_queued(|row| take(&row)).map_err(text)?;
        }
        work.check().map_err(|stopped| stopped.to_string())?;
        let keys = found.in_order();
        match view.sort {
            Some(sort) => sorted(&reader, sort, &keys),
            None => Ok(keys),
        }
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

/// What kind of problem a row has, if one; that a number changes is none to look into.
fn kind(row: &QueuedEdit, issues: &[Issue]) -> Option<Kind> {
    let worst = |severity| {
        let of = issues.iter().filter(|issue| issue.severity == severity && issue.code != IssueCode::NumberChange);
        of.map(|issue| issue.code).min()
    };
    if let Some(code) = worst(Severity::Error) {
        return Some((0, Some(code)));
    }
    if row.origin.is_some() {
        return Some((1, None));
    }
    worst(Severity::Warning).map(|code| (2, Some(code)))
}
