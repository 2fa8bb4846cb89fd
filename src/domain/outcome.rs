//! What became of an edit in a run.

use std::fmt;

use super::field::Field;

/// What became of one edit (SPEC 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The server said so, for this contact beyond doubt.
    Updated,
    /// The server refused this contact.
    Rejected,
    /// Sent, and no answer that can be trusted.
    Unknown,
    /// Never sent, or known not to have been taken: still in the queue.
    NotSent,
}

impl Status {
    /// Every status, in the order of totals.
    pub const ALL: [Self; 4] = [Self::Updated, Self::Rejected, Self::Unknown, Self::NotSent];

    /// The word in JSON, filters and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A field that the server returned otherwise than wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// What was sent; empty text for a cleared field.
    pub wanted: String,
    /// What came back, `None` where the answer lacks the field.
    pub got: Option<String>,
}

/// The contact as the server returned it, beside what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Echo {
    /// Every changed field came back as wanted.
    Matches,
    /// The server kept or changed a value.
    Differs(Vec<Difference>),
    /// Success without the contact in it.
    Missing,
    /// No echo to expect: nothing was updated.
    #[default]
    None,
}

impl Echo {
    /// The word in JSON and filters.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::Differs(_) => "differs",
            Self::Missing => "missing",
            Self::None => "none",
        }
    }
}

/// What was said of an item: its codes and words, the server's or ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The item's `code`, an HTTP status; for a refused request its own status.
    pub code: Option<i64>,
    /// `error_data.code`, as 1000 for "not found".
    pub error_code: Option<i64>,
    /// `error_data.description`, or our reason for an unknown outcome.
    pub description: Option<String>,
    /// `error_data.message`.
    pub message: Option<String>,
}

/// What became of one edit, with all that was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub status: Status,
    /// The codes and words. A success has its `code` here too.
    pub said: Said,
    /// What came back of the contact.
    pub echo: Echo,
    /// The item of the answer as JSON text, for the detail view; `None` where none is placed here.
    pub item: Option<String>,
}

impl Outcome {
    /// An outcome that we decide without an answer of the server.
    pub fn undecided(status: Status, code: Option<i64>, why: impl Into<String>) -> Self {
        Self {
            status,
            said: Said { code, description: Some(why.into()), ..Said::default() },
            echo: Echo::None,
            item: None,
        }
    }
}

/// How many edits of a run stand where. Settled ones add up to at most `planned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Edits in the run's plan.
    pub planned: u64,
    /// Settled as updated.
    pub updated: u64,
    /// Settled as rejected.
    pub rejected: u64,
    /// Settled as unknown.
    pub unknown: u64,
    /// Settled as not sent.
    pub not_sent: u64,
}

impl Totals {
    /// Totals of a run that has just been planned.
    pub fn planned(planned: u64) -> Self {
        Self { planned, ..Self::default() }
    }

    /// Counts `n` more edits as settled so.
    pub fn add(&mut self, status: Status, n: u64) {
        *self.slot(status) += n;
    }

    /// How many are settled so.
    pub fn of(&self, status: Status) -> u64 {
        match status {
            Status::Updated => self.updated,
            Status::Rejected => self.rejected,
            Status::Unknown => self.unknown,
            Status::NotSent => self.not_sent,
        }
    }

    fn slot(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Updated => &mut self.updated,
            Status::Rejected => &mut self.rejected,
            Status::Unknown => &mut self.unknown,
            Status::NotSent => &mut self.not_sent,
        }
    }

    /// Edits with an outcome.
    pub fn settled(&self) -> u64 {
        Status::ALL.into_iter().map(|s| self.of(s)).sum()
    }

    /// Edits without an outcome yet; 0 when more settled than were planned.
    pub fn open(&self) -> u64 {
        self.planned.saturating_sub(self.settled())
    }

    /// Whether planned = updated + rejected + unknown + not sent (SPEC 2.3), as every finished run must.
    pub fn balances(&self) -> bool {
        self.planned == self.settled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_balance_only_when_every_edit_is_settled_once() {
        let mut totals = Totals::planned(3);
        totals.add(Status::Updated, 1);
        totals.add(Status::Rejected, 1);
        assert!(!totals.balances());
        assert_eq!(totals.open(), 1);
        totals.add(Status::NotSent, 1);
        assert!(totals.balances());
        totals.add(Status::Unknown, 1);
        assert!(!totals.balances());
    }

    #[test]
    fn words_are_read_back() {
        assert!(Status::ALL.into_iter().all(|s| Status::from_name(s.name()) == Some(s)));
    }
}
