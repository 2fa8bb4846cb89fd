//! An edit that was held back because somebody else had changed what it would overwrite, until the user has decided.

use std::collections::HashMap;

use super::base::{Base, diff, moved};
use super::edit::{Changes, Edit, EditId, Sid};
use super::field::Field;
use super::{FieldDiff, RunId};

/// An edit in conflict: what its contact was, what it is now, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The edit in the queue.
    pub id: EditId,
    /// The edit as it is queued.
    pub edit: Edit,
    /// What was known of its contact when it was to be sent.
    pub base: Base,
    /// What the contact was when it was read right before the sending.
    pub now: Base,
    /// The run that held it back.
    pub run: RunId,
    /// The fields that it would overwrite; there is always one.
    pub fields: Vec<Field>,
}

/// Whose values a contact in conflict is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Those of the edit: it is sent as it is.
    Mine,
    /// Those that somebody else gave it: the edit leaves these fields alone.
    Theirs,
}

impl Conflict {
    /// The conflict of a queued edit with what was read when a run was about to send it as `held`. There is none where what
    /// it would overwrite was taken out of it since, or set anew: that was done in sight of what was read.
    pub fn of(id: EditId, edit: Edit, held: &Changes, base: Base, now: Base, run: RunId) -> Option<Self> {
        let is_as_held = |d: &FieldDiff<'_>| edit.changes.get(d.field) == held.get(d.field);
        let moved = moved(&edit.changes, &base.contact, &now.contact);
        let fields: Vec<_> = moved.iter().filter(|d| is_as_held(d)).map(|d| d.field).collect();
        (!fields.is_empty()).then_some(Self { id, edit, base, now, run, fields })
    }

    /// Every field that the edit changes, from the three sides.
    pub fn sides(&self) -> Vec<FieldDiff<'_>> {
        diff(&self.edit.changes, Some(&self.base.contact), Some(&self.now.contact))
    }

    /// Whether this edit of its contact, perhaps with others laid over it, is still in it.
    fn is_in(&self, edit: &Edit) -> bool {
        self.fields.iter().any(|field| edit.changes.get(*field) == self.edit.changes.get(*field))
    }

    /// The edit without what it would overwrite.
    pub fn yielded(&self) -> Edit {
        let mut edit = self.edit.clone();
        for field in &self.fields {
            edit.changes.put(*field, None);
        }
        edit
    }
}

/// The conflicts of a queue, to hold its edits against.
#[derive(Debug, Clone, Default)]
pub struct Conflicts(HashMap<Sid, Vec<Conflict>>);

impl Conflicts {
    /// Whether an edit would overwrite what others changed, and nobody has decided that.
    pub fn hold(&self, edit: &Edit) -> bool {
        !self.0.is_empty() && self.0.get(&edit.sid).is_some_and(|known| known.iter().any(|c| c.is_in(edit)))
    }
}

impl FromIterator<Conflict> for Conflicts {
    fn from_iter<I: IntoIterator<Item = Conflict>>(conflicts: I) -> Self {
        let mut by_sid: HashMap<Sid, Vec<Conflict>> = HashMap::new();
        for conflict in conflicts {
            by_sid.entry(conflict.edit.sid.clone()).or_default().push(conflict);
        }
        Self(by_sid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BaseSource, Change, Contact, Sid};
    use crate::support::clock::Timestamp;

    fn seen(tag: &str, email: &str) -> Base {
        let mut contact = Contact::new(Sid::new("a"));
        contact.put(Field::Tag, tag);
        contact.put(Field::Email, email);
        Base { contact, seen: Timestamp(1), source: BaseSource::Book }
    }

    fn edit(tag: Option<&str>) -> Edit {
        let set = |value: &str| Some(Change::Set(value.to_owned()));
        let mut edit = Edit { sid: Sid::new("a"), changes: Changes::default() };
        edit.changes.put(Field::Tag, tag.and_then(set));
        edit.changes.put(Field::Email, set("new@x.in"));
        edit
    }

    /// The conflict of an edit that sets this tag now, and was to set `mine` when it was held back.
    fn conflict(tag: Option<&str>) -> Option<Conflict> {
        let (base, now) = (seen("old", "x@x.in"), seen("theirs", "x@x.in"));
        Conflict::of(EditId(1), edit(tag), &edit(Some("mine")).changes, base, now, RunId(1))
    }

    #[test]
    fn what_others_left_alone_is_no_conflict_and_stays_when_the_edit_yields() {
        let conflict = conflict(Some("mine")).unwrap();
        assert_eq!(conflict.fields, [Field::Tag]);
        assert_eq!(conflict.yielded(), edit(None));
    }

    #[test]
    fn a_field_that_was_set_anew_or_left_out_or_is_as_wanted_is_decided() {
        assert_eq!(conflict(Some("another")), None);
        assert_eq!(conflict(Some("theirs")), None);
        assert_eq!(conflict(None), None);
    }
}
