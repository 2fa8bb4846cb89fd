//! What to do with an edit that has its outcome: the verdict for a requeue (SPEC 5), and what is mended before it.

use super::cause::{Cause, Remedy};
use super::edit::Edit;
use super::field::{Cell, Field};
use super::outcome::Status;
use super::transform::{Applied, Transform};

/// Whether an edit of a run may go back to the queue, and on what terms. Their order is that of confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Sending it again as it is may well succeed.
    AsIs,
    /// It would fail the same way again until this is done.
    NeedsFix(Remedy),
    /// A later run wrote to the contact: sent again, it would set that back.
    ReconcileFirst,
    /// It failed the same way twice, unchanged.
    Quarantined,
    /// It is back in the queue, or was sent again from there.
    Requeued,
    /// The user gave it up.
    Dropped,
    /// It never left the queue.
    StillQueued,
    /// It is done.
    Never,
}

impl Verdict {
    /// Every verdict by its name in filters, in the order of confirms.
    pub const NAMES: [&'static str; 8] =
        ["as-is", "fix", "reconcile", "quarantined", "requeued", "dropped", "queued", "done"];

    /// Its name in filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsIs => "as-is",
            Self::NeedsFix(_) => "fix",
            Self::ReconcileFirst => "reconcile",
            Self::Quarantined => "quarantined",
            Self::Requeued => "requeued",
            Self::Dropped => "dropped",
            Self::StillQueued => "queued",
            Self::Never => "done",
        }
    }

    /// Whether a requeue takes it.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::AsIs | Self::NeedsFix(_))
    }

    /// Whether a requeue takes it when the user insists.
    pub const fn is_takeable(self) -> bool {
        self.is_taken() || matches!(self, Self::ReconcileFirst | Self::Quarantined)
    }

    /// What it says of an edit, in some words behind a count.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AsIs => "can be sent again as they are",
            Self::NeedsFix(Remedy::Sid) => "need another SID, or fail again",
            Self::NeedsFix(Remedy::Value(Some(Field::Number))) => "need another number, or fail again",
            Self::NeedsFix(Remedy::Value(Some(Field::Email))) => "need another email, or fail again",
            Self::NeedsFix(Remedy::Value(Some(Field::CustomField))) => "need another custom_field, or fail again",
            Self::NeedsFix(Remedy::Outside) => "need their account or credentials mended",
            Self::NeedsFix(_) => "need the value mended that the error names",
            Self::ReconcileFirst => "to reconcile first: a later run wrote to these contacts",
            Self::Quarantined => "in quarantine: failed the same way twice, unchanged",
            Self::Requeued => "requeued already",
            Self::Dropped => "dropped",
            Self::StillQueued => "still in the queue",
            Self::Never => "updated: never again",
        }
    }
}

/// What came after an outcome, and before it, as far as it counts for a requeue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// What was done about it.
    pub handled: Option<Handled>,
    /// It failed the same way before, and was not changed between.
    pub repeated: bool,
    /// A later run has an edit of the same contact.
    pub overtaken: bool,
}

/// What the user did about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It went back to the queue.
    Requeued,
    /// It was given up.
    Dropped,
}

/// The verdict for an outcome (API 5, 7).
///
/// An unknown outcome goes back as it is, since a PUT of fixed values may be repeated: unless a later run wrote to the
/// same contact, whose values it would set back.
pub fn verdict(cause: &Cause, past: Past) -> Verdict {
    match (cause.status, past.handled) {
        (Status::Updated, _) => Verdict::Never,
        (Status::NotSent, _) => Verdict::StillQueued,
        (_, Some(Handled::Requeued)) => Verdict::Requeued,
        (_, Some(Handled::Dropped)) => Verdict::Dropped,
        (Status::Unknown, None) if past.overtaken => Verdict::ReconcileFirst,
        (Status::Unknown, None) => Verdict::AsIs,
        (Status::Rejected, None) if past.repeated => Verdict::Quarantined,
        (Status::Rejected, None) => match cause.advice().remedy {
            Remedy::Resend => Verdict::AsIs,
            remedy => Verdict::NeedsFix(remedy),
        },
    }
}

/// What is changed on failed edits before they go back to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// Nothing.
    AsTheyAre,
    /// This change, as in the queue.
    By(Transform),
    /// They are given up.
    Drop,
}

/// What became of an edit that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// It goes back like this.
    Edit(Edit),
    /// The mend does not concern it: it stays where it is.
    Same,
    /// It would change nothing any more: there is nothing left to send.
    Empty,
}

impl Mend {
    /// Mends an edit. Only one that changes the field is concerned: no edit gains a field that it had not.
    pub fn apply(&self, edit: &Edit) -> Mended {
        let transform = match self {
            Self::AsTheyAre => return Mended::Edit(edit.clone()),
            Self::Drop => return Mended::Empty,
            Self::By(transform) => transform,
        };
        let concerns = |cell| match cell {
            Cell::Sid => true,
            Cell::Field(field) => edit.changes.get(field).is_some(),
        };
        match transform.apply(edit) {
            Applied::Changed(mended) if transform.cells().any(concerns) => {
                if mended.changes.is_empty() {
                    Mended::Empty
                } else {
                    Mended::Edit(mended)
                }
            }
            _ => Mended::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::{Change, Changes, How, Sid};

    fn cause(status: Status, code: Option<i64>) -> Cause {
        Cause::read(status, (code, None), "words", "none")
    }

    #[rstest]
    #[case(Status::Updated, Some(200), Verdict::Never)]
    #[case(Status::NotSent, None, Verdict::StillQueued)]
    #[case(Status::Unknown, None, Verdict::AsIs)]
    #[case(Status::Rejected, Some(404), Verdict::NeedsFix(Remedy::Sid))]
    #[case(Status::Rejected, Some(503), Verdict::AsIs)]
    #[case(Status::Rejected, Some(429), Verdict::AsIs)]
    #[case(Status::Rejected, None, Verdict::NeedsFix(Remedy::Value(None)))]
    fn an_outcome_alone_has_its_verdict(#[case] status: Status, #[case] code: Option<i64>, #[case] wanted: Verdict) {
        assert_eq!(verdict(&cause(status, code), Past::default()), wanted);
    }

    #[test]
    fn what_came_before_and_after_counts_for_failures_alone() {
        let past = |handled, repeated, overtaken| Past { handled, repeated, overtaken };
        let rejected = cause(Status::Rejected, Some(503));
        let unknown = cause(Status::Unknown, None);
        assert_eq!(verdict(&rejected, past(None, true, true)), Verdict::Quarantined);
        assert_eq!(verdict(&rejected, past(None, false, true)), Verdict::AsIs);
        assert_eq!(verdict(&unknown, past(None, true, true)), Verdict::ReconcileFirst);
        assert_eq!(verdict(&unknown, past(Some(Handled::Requeued), true, true)), Verdict::Requeued);
        assert_eq!(verdict(&rejected, past(Some(Handled::Dropped), true, true)), Verdict::Dropped);
        assert_eq!(verdict(&cause(Status::Updated, Some(200)), past(None, true, true)), Verdict::Never);
    }

    #[test]
    fn a_mend_concerns_only_edits_that_change_the_field() {
        let edit = |pairs: &[(Field, &str)]| {
            let changes: Changes = pairs.iter().map(|(f, v)| (*f, Change::Set((*v).to_owned()))).collect();
            Edit { sid: Sid::new("a"), changes }
        };
        let both = edit(&[(Field::Email, "x"), (Field::Tag, "t")]);
        let by = |how| Mend::By(Transform::cell(Cell::Field(Field::Email), how));
        let leave = by(How::LeaveAlone);
        assert_eq!(leave.apply(&both), Mended::Edit(edit(&[(Field::Tag, "t")])));
        assert_eq!(leave.apply(&edit(&[(Field::Email, "x")])), Mended::Empty);
        assert_eq!(leave.apply(&edit(&[(Field::Tag, "t")])), Mended::Same);
        let set = by(How::Set("x".into()));
        assert_eq!(set.apply(&both), Mended::Same, "it has that value already");
        assert_eq!(set.apply(&edit(&[(Field::Tag, "t")])), Mended::Same);
    }
}
