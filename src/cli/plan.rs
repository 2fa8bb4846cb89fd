//! What a submit would do: which edits, in how many requests, and what stays behind and why.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use super::error::Error;
use super::faults::Faults;
use crate::domain::{
    Base, Batch, BatchItem, BatchPolicy, Conflicts, Edit, EditId, Field, Filter, FilterRow, Rules, Sid, SidMark, place,
    validate,
};
use crate::store::{BookId, BookName, NoOps, Reader, StoreError};
use crate::support::text::count;

/// How many rows are read from the queue at a time.
const CHUNK: usize = 1000;

/// Which of the queued edits are meant.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Only of these contacts.
    pub sids: Option<HashSet<Sid>>,
    /// Only what it matches.
    pub filter: Option<Filter>,
    /// The address book that knows what changes nothing, and what contacts are.
    pub book: Option<(BookName, BookId)>,
}

/// The edits of a submit.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The edits to send; none where they are not queued yet.
    pub ids: Vec<EditId>,
    /// How many edits are to be sent.
    pub edits: u64,
    /// Queued edits of contacts that are not meant.
    pub others: u64,
    /// Edits that the filter hides.
    pub hidden: u64,
    /// Edits with errors.
    pub faults: Faults,
    /// Edits that change nothing, by the address book.
    pub no_ops: u64,
    /// Edits that would overwrite what others changed, which nobody has decided.
    pub conflicts: u64,
    /// How many of the edits touch each field.
    pub fields: BTreeMap<Field, u64>,
    /// The first edits to send, each with what its contact is as far as that is known.
    pub first: Vec<(Edit, Option<Base>)>,
}

/// How many edits a plan shows beside their bases.
const SHOWN: usize = 10;

/// How the edits of a plan fall into requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many requests there are.
    pub batches: u32,
    /// The first one.
    pub first: Batch,
}

impl Plan {
    /// Plans the queue.
    pub(super) fn of_queue(reader: &Reader, selection: &Selection, rules: &Rules) -> Result<Self, StoreError> {
        let mut plan = Self::default();
        let mut known = Known::of(reader, selection)?;
        let mut failed = Ok(());
        reader.each_edit(.., |id, edit| {
            match plan.takes(edit, selection, rules, &mut known) {
                Ok(true) => plan.ids.push(id),
                Ok(false) => {}
                Err(error) => failed = Err(error),
            }
            if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        failed?;
        for id in plan.ids.iter().take(SHOWN) {
            let base = selection.book.as_ref().map_or(Ok(None), |(name, _)| reader.queued_base(*id, name))?;
            plan.first.extend(reader.queue_rows(&[*id])?.into_iter().map(|queued| (queued.edit, base.clone())));
        }
        Ok(plan)
    }

    /// Plans edits that are not in the queue, and gives those to be sent.
    pub(super) fn of_edits(
        reader: &Reader,
        edits: Vec<Edit>,
        selection: &Selection,
        rules: &Rules,
    ) -> Result<(Self, Vec<Edit>), StoreError> {
        let mut known = Known::of(reader, selection)?;
        let mut plan = Self::default();
        let mut taken = Vec::new();
        for edit in edits {
            if plan.takes(&edit, selection, rules, &mut known)? {
                if plan.first.len() < SHOWN {
                    let book = selection.book.as_ref();
                    let base = book.map_or(Ok(None), |(_, book)| reader.book_base(&edit.sid, *book))?;
                    plan.first.push((edit.clone(), base));
                }
                taken.push(edit);
            }
        }
        Ok((plan, taken))
    }

    /// Counts an edit; gives whether it is to be sent.
    fn takes(
        &mut self,
        edit: &Edit,
        selection: &Selection,
        rules: &Rules,
        known: &mut Known<'_>,
    ) -> Result<bool, StoreError> {
        if selection.sids.as_ref().is_some_and(|sids| !sids.contains(&edit.sid)) {
            self.others += 1;
            return Ok(false);
        }
        let issues = validate(edit, rules);
        let row = FilterRow::queued(edit.sid.as_str(), &edit.changes, &issues);
        if selection.filter.as_ref().is_some_and(|filter| !filter.matches(&row)) {
            self.hidden += 1;
            return Ok(false);
        }
        if !self.faults.note(edit, &issues) {
            return Ok(false);
        }
        if known.conflicts.hold(edit) {
            self.conflicts += 1;
            return Ok(false);
        }
        if known.is_no_op(edit)? {
            self.no_ops += 1;
            return Ok(false);
        }
        self.edits += 1;
        for (field, _) in edit.changes.iter() {
            *self.fields.entry(field).or_default() += 1;
        }
        Ok(true)
    }

    /// The fields touched, for people: `first_name on 200, tag on 40`.
    pub(super) fn fields_touched(&self) -> String {
        self.fields.iter().map(|(field, n)| format!("{field} on {}", count(*n))).collect::<Vec<_>>().join(", ")
    }

    /// What stays behind, for people: one reason an entry.
    pub(super) fn left_out(&self) -> Vec<String> {
        [
            (self.faults.errors, "with errors"),
            (self.hidden, "hidden by the filter"),
            (self.others, "of other contacts, which stay queued"),
            (self.no_ops, "that change nothing by the address book, which stay queued"),
            (self.conflicts, "in conflict with what others changed: `rolodeck queue conflicts` decides"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| format!("{} {why}", count(n)))
        .collect()
    }
}

/// What is known of the contacts of a plan.
struct Known<'r> {
    no_ops: Option<NoOps<'r>>,
    conflicts: Conflicts,
}

impl<'r> Known<'r> {
    fn of(reader: &'r Reader, selection: &Selection) -> Result<Self, StoreError> {
        let conflicts = reader.conflicts()?.into_iter().collect();
        Ok(Self { no_ops: selection.book.as_ref().map(|(_, book)| reader.no_ops(*book)), conflicts })
    }

    /// Whether the address book, where there is one, knows that an edit changes nothing.
    fn is_no_op(&mut self, edit: &Edit) -> Result<bool, StoreError> {
        self.no_ops.as_mut().map_or(Ok(false), |no_ops| no_ops.holds(edit))
    }
}

impl Shape {
    /// The requests of queued edits.
    pub(super) fn of_queued(reader: &Reader, ids: &[EditId], policy: BatchPolicy) -> Result<Self, Error> {
        // An iterator can't fail: it ends at the first error, which is looked at behind it.
        let mut failed = Ok(());
        let rows = ids.chunks(CHUNK).map_while(|ids| reader.queue_rows(ids).map_err(|e| failed = Err(e)).ok());
        let shape = Self::of(rows.flatten().map(|queued| queued.edit), policy);
        failed?;
        Ok(shape)
    }

    /// The requests of these edits.
    pub(super) fn of(edits: impl IntoIterator<Item = Edit>, policy: BatchPolicy) -> Self {
        let mut items = Vec::new();
        let sized = edits.into_iter().map(|edit| (size(&edit), edit));
        let Ok(batches) = place(
            sized,
            policy,
            |(bytes, edit)| (SidMark::of(edit.sid.as_str()), *bytes),
            |slot, (_, edit)| {
                if slot.batch == 0 {
                    items.push(BatchItem { seq: u64::from(slot.index), sid: edit.sid, changes: edit.changes });
                }
                Ok::<(), std::convert::Infallible>(())
            },
        );
        Self { batches, first: Batch { no: 0, round: 0, items } }
    }
}

/// The bytes of an edit in a request, near enough for a plan.
fn size(edit: &Edit) -> usize {
    edit.changes.to_json().len() + edit.sid.as_str().len() + 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Change;
    use crate::store::Store;

    fn edit(sid: &str, field: Field, value: &str) -> Edit {
        Edit { sid: Sid::new(sid), changes: [(field, Change::Set(value.to_owned()))].into_iter().collect() }
    }

    #[test]
    fn every_edit_is_sent_or_left_out_for_one_reason() {
        let edits = vec![
            edit("aaa", Field::Tag, "vip"),
            edit("bbb", Field::Email, "no address"),
            edit("ccc", Field::FirstName, "Asha"),
            edit("ddd", Field::Tag, "vip"),
        ];
        let selection = Selection {
            sids: Some(["aaa", "bbb", "ccc"].map(Sid::new).into()),
            filter: Some(Filter::parse("tag: or email:").unwrap()),
            book: None,
        };
        let dir = tempfile::tempdir().unwrap();
        let reader = Store::open(dir.path()).unwrap().0.reader().unwrap();
        let (plan, taken) = Plan::of_edits(&reader, edits, &selection, &Rules::default()).unwrap();
        assert_eq!((plan.edits, plan.faults.errors, plan.hidden, plan.others), (1, 1, 1, 1));
        assert_eq!(taken, [edit("aaa", Field::Tag, "vip")]);
        assert_eq!(plan.fields_touched(), "tag on 1");
        assert_eq!(
            plan.left_out(),
            ["1 with errors", "1 hidden by the filter", "1 of other contacts, which stay queued"]
        );
    }

    #[test]
    fn the_shape_counts_requests_and_shows_the_first() {
        let edits = (0..5).map(|i| edit(&format!("s{i}"), Field::Tag, "x"));
        let shape = Shape::of(edits, BatchPolicy { max_edits: 2, max_bytes: 10_000, canary: 0 });
        assert_eq!(shape.batches, 3);
        assert_eq!(shape.first.items.iter().map(|i| i.sid.as_str()).collect::<Vec<_>>(), ["s0", "s1"]);
    }
}
