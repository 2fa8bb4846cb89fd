//! What to do with an edit that has its outcome: the verdict for a requeue (SPEC 5).

use super::outcome::{Said, Status};

/// Whether an edit of a run may go back to the queue, and on what terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Sending it again as it is may well succeed.
    AsIs,
    /// It would fail the same way again; the text says what to mend.
    NeedsFix(&'static str),
    /// It never left the queue.
    StillQueued,
    /// It is done.
    Never,
}

impl Verdict {
    /// Whether a requeue takes it.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::AsIs | Self::NeedsFix(_))
    }
}

/// The verdict for an outcome.
///
/// A rejection is judged by its item code first (API 5, 7): retryable codes go back as they are. An unknown
/// outcome goes back as it is too, since a PUT of fixed values may be repeated.
pub fn verdict(status: Status, said: &Said) -> Verdict {
    match status {
        Status::Updated => Verdict::Never,
        Status::NotSent => Verdict::StillQueued,
        Status::Unknown => Verdict::AsIs,
        Status::Rejected => rejected(said.code),
    }
}

fn rejected(code: Option<i64>) -> Verdict {
    match code {
        Some(408 | 425 | 429 | 500..=599) => Verdict::AsIs,
        Some(404) => Verdict::NeedsFix("no such contact: correct the SID, or take the edit out"),
        Some(409) => Verdict::NeedsFix("collides with another contact: change the number"),
        Some(401..=403) => Verdict::NeedsFix("not allowed: check the account and its credentials"),
        Some(413) => Verdict::NeedsFix("too large: shorten custom_field"),
        _ => Verdict::NeedsFix("a value was refused: correct the field that the error names"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Status::Updated, Some(200), false)]
    #[case(Status::NotSent, None, false)]
    #[case(Status::Unknown, None, true)]
    #[case(Status::Rejected, Some(404), true)]
    #[case(Status::Rejected, Some(503), true)]
    #[case(Status::Rejected, None, true)]
    fn failures_are_taken_and_successes_never(#[case] status: Status, #[case] code: Option<i64>, #[case] taken: bool) {
        assert_eq!(verdict(status, &Said { code, ..Said::default() }).is_taken(), taken);
    }

    #[test]
    fn retryable_codes_go_back_as_they_are() {
        for code in [408, 425, 429, 500, 503] {
            assert_eq!(verdict(Status::Rejected, &Said { code: Some(code), ..Said::default() }), Verdict::AsIs);
        }
        assert!(matches!(
            verdict(Status::Rejected, &Said { code: Some(404), ..Said::default() }),
            Verdict::NeedsFix(_)
        ));
    }
}
