//! Sending a batch on in parts, when the server refused it as a whole.
//!
//! A batch is halved, and its halves again, until the guilty edits stand alone. With `k` guilty edits of `n` that takes
//! at most `2·k·⌈log2 n⌉ + 1` requests, since at each level no more than `k` parts are refused.
//!
//! Where every part down to the eighths is refused for the same cause, the edits are hardly to blame: the batch is given
//! up after these 15 requests. The sixteenths wait until the eighths are answered.
//!
//! Where both halves are taken though the whole was not, the size was to blame: no later batch is sent larger than such
//! a half. A 413 says as much by itself, of the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::worker::Page;
use crate::domain::{AttemptRecord, AttemptResult, Part, Refusal, Said, Stage};

/// How often a batch is halved before it may be given up.
const LEVELS: u32 = 3;

/// Where a batch comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descent {
    /// The batch of the plan, or one that was cut to size, that was halved first.
    pub(super) root: u32,
    /// The batch that this is a half of; itself for a root.
    pub(super) parent: u32,
    /// How often the root was halved to come here.
    pub(super) level: u32,
}

impl Descent {
    pub(super) const fn root(no: u32) -> Self {
        Self { root: no, parent: no, level: 0 }
    }

    /// Where a half of batch `no` comes from, which comes from here.
    pub(super) const fn half_of(self, no: u32) -> Self {
        Self { root: self.root, parent: no, level: self.level + 1 }
    }
}

/// How a batch is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// In halves, to find out which one is to blame; with where the whole went wrong, where it was no refusal.
    Halves(Option<Stage>),
    /// To the size that the server takes.
    ToSize,
}

/// A batch that goes on in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) parts: Vec<Part>,
    pub(super) cut: Cut,
    /// Why, for people.
    pub(super) reason: String,
    /// Why a request that carried the whole may have been taken, if one may.
    pub(super) doubt: Option<String>,
}

impl Split {
    /// The numbers of the parts.
    pub(super) fn numbers(&self) -> Range<u32> {
        let first = self.parts.first().map_or(0, |part| part.no);
        first..first + self.parts.len() as u32
    }

    /// What the journal writes of it.
    pub(super) fn page(&self, no: u32, record: Option<AttemptRecord>) -> Page {
        Page::Split { no, record, doubt: self.doubt.clone(), parts: self.parts.clone() }
    }
}

/// A refusal of a batch as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// What makes two of them alike.
    pub(super) cause: String,
    /// The server's words, where it was an answer.
    pub(super) said: Option<Said>,
    /// Why, for people.
    pub(super) reason: String,
}

/// How a part ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The server took it, whatever it says of the single edits.
    Taken,
    /// It was refused as a whole, for this cause.
    Refused(String),
    /// It was given up.
    GivenUp,
}

/// A batch that was refused as a whole, and its parts.
#[derive(Debug)]
struct Family {
    /// The first refusal.
    refusal: Refused,
    /// Whether nothing but refusals for its cause came since.
    alike: bool,
    /// Parts of the first levels that are not answered.
    pending: u32,
    /// Batches one half of which was taken.
    half_taken: BTreeSet<u32>,
}

/// The refused batches of a run, and what was learned from them.
#[derive(Debug, Default)]
pub(super) struct Families {
    by_root: BTreeMap<u32, Family>,
    /// The most edits, and bytes, that a request may have.
    most_edits: Option<usize>,
    most_bytes: Option<usize>,
}

impl Families {
    /// A batch was refused, and goes on in halves.
    pub(super) fn refused(&mut self, descent: Descent, refusal: &Refused) {
        let family = self.by_root.entry(descent.root).or_insert_with(|| Family {
            refusal: refusal.clone(),
            alike: true,
            pending: 1,
            half_taken: BTreeSet::new(),
        });
        family.alike &= family.refusal.cause == refusal.cause;
        if descent.level <= LEVELS {
            family.pending = family.pending.saturating_sub(1);
        }
        if descent.level < LEVELS {
            family.pending += 2;
        }
    }

    /// A part ended, and does not go on in halves.
    pub(super) fn ended(&mut self, descent: Descent, edits: usize, end: &End) {
        let Some(family) = self.by_root.get_mut(&descent.root) else { return };
        family.alike &= matches!(end, End::Refused(cause) if *cause == family.refusal.cause);
        if descent.level <= LEVELS {
            family.pending = family.pending.saturating_sub(1);
        }
        if *end == End::Taken && !family.half_taken.insert(descent.parent) {
            self.most_edits = Some(self.most_edits.map_or(edits, |most| most.min(edits)));
        }
    }

    /// Whether a part may be sent now.
    pub(super) fn may_go(&self, descent: Descent) -> bool {
        descent.level <= LEVELS || self.by_root.get(&descent.root).is_none_or(|family| !family.alike)
    }

    /// The refusal that all parts of the first levels met alike, if they did.
    pub(super) fn hopeless(&self, root: u32) -> Option<&Refused> {
        self.by_root.get(&root).filter(|family| family.alike && family.pending == 0).map(|family| &family.refusal)
    }

    /// Whether it is open if a refusal is about the contents or about everything that is sent.
    pub(super) fn are_puzzled(&self) -> bool {
        self.by_root.values().any(|family| family.alike && family.pending > 0)
    }

    /// A request of so many bytes was too large (413): the halves, which go next, are what may be right.
    pub(super) fn too_large(&mut self, bytes: usize) {
        let half = bytes.div_ceil(2);
        self.most_bytes = Some(self.most_bytes.map_or(half, |most| most.min(half)));
    }

    /// Into how many parts a batch must be cut that the server is known not to take, and why; `None` when it may go.
    pub(super) fn oversize(&self, edits: usize, bytes: usize) -> Option<(usize, String)> {
        let by_edits = self.most_edits.filter(|most| edits > *most);
        let by_bytes = self.most_bytes.filter(|most| bytes > *most);
        let (parts, most) = match (by_edits, by_bytes) {
            (Some(most), _) => (edits.div_ceil(most), format!("{most} contacts")),
            (None, Some(most)) => (bytes.div_ceil(most.max(1)).min(edits), format!("{most} bytes")),
            (None, None) => return None,
        };
        (edits > 1).then(|| (parts.max(2), format!("the server was seen to take at most {most} in a request")))
    }
}

/// Cuts `edits` into so many parts of nearly equal size, numbered from `first` on.
pub(super) fn cut(edits: usize, parts: usize, first: u32) -> Vec<Part> {
    let (each, more) = (edits / parts, edits % parts);
    (0..parts)
        .map(|i| Part { no: first + i as u32, edits: each + usize::from(i < more) })
        .filter(|p| p.edits > 0)
        .collect()
}

/// What an attempt says of its whole batch, should it be the last one.
pub(super) fn end(result: &AttemptResult) -> End {
    match result {
        AttemptResult::Settled(_) => End::Taken,
        AttemptResult::Refused { kind: Refusal::Split, said } => End::Refused(cause(said)),
        AttemptResult::Ambiguous { stage, .. } => End::Refused(format!("{stage:?}")),
        AttemptResult::Refused { .. } | AttemptResult::Retryable { .. } => End::GivenUp,
    }
}

/// What makes two refusals alike: the codes, and the words but for the numbers in them, which may be places and ids.
fn cause(said: &Said) -> String {
    let words = said.description.as_deref().or(said.message.as_deref()).unwrap_or_default();
    let words: String = words.chars().filter(|c| !c.is_ascii_digit()).collect();
    format!("{:?} {:?} {words}", said.code, said.error_code)
}

#[cfg(test)]
mod tests;
