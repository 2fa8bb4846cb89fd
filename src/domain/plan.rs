//! How edits are put into batches.

use std::collections::HashSet;

use super::edit::{Changes, Sid, is_plain};
use super::field::Field;
use crate::support::rng::{ByHash, hash_text};

/// The edits of one PUT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number within the run, from 0.
    pub no: u32,
    /// Its round: it may only be sent when every batch of earlier rounds is settled, because
    /// it holds a SID that an earlier round holds too.
    pub round: u32,
    /// Its edits, in the order in which they are sent.
    pub items: Vec<BatchItem>,
}

/// An edit within a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// Its place within the run, from 0.
    pub seq: u64,
    /// The contact.
    pub sid: Sid,
    /// What changes.
    pub changes: Changes,
}

/// How large a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchPolicy {
    /// Edits in a batch, 1 to 5000 (API 6).
    pub max_edits: u32,
    /// Bytes of JSON in a batch; an edit larger than that stands alone.
    pub max_bytes: usize,
    /// A batch ends with this edit, so that so many can be sent before all others; 0 = none.
    pub canary: u64,
}

/// Where an edit is sent: its batch, its place in it, and the batch's round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Number of the batch within the run, from 0.
    pub batch: u32,
    /// Place within the batch, from 0.
    pub index: u32,
    /// Round of the batch, from 0.
    pub round: u32,
}

/// Puts edits into batches in their order, a SID at most once in a batch, and gives each with its slot
/// to `emit`; gives the number of batches. It ends at the first error of `emit`.
///
/// An edit whose SID already has one in this round waits for the next: with several batches
/// in flight, the later of two edits of one contact must not overtake the earlier. `key` gives the mark of
/// an edit's SID and its size in bytes.
pub fn place<T, E>(
    edits: impl IntoIterator<Item = T>,
    policy: BatchPolicy,
    key: impl Fn(&T) -> (SidMark, usize),
    mut emit: impl FnMut(Slot, T) -> Result<(), E>,
) -> Result<u32, E> {
    let mut open = Open::default();
    let mut deferred = Vec::new();
    for edit in edits {
        place_one(edit, policy, &key, &mut open, &mut deferred, &mut emit)?;
    }
    while !deferred.is_empty() {
        open.next_round();
        for edit in std::mem::take(&mut deferred) {
            place_one(edit, policy, &key, &mut open, &mut deferred, &mut emit)?;
        }
    }
    Ok(open.batches())
}

fn place_one<T, E>(
    edit: T,
    policy: BatchPolicy,
    key: &impl Fn(&T) -> (SidMark, usize),
    open: &mut Open,
    deferred: &mut Vec<T>,
    emit: &mut impl FnMut(Slot, T) -> Result<(), E>,
) -> Result<(), E> {
    let (sid, bytes) = key(&edit);
    if open.holds(sid) {
        deferred.push(edit);
        return Ok(());
    }
    let slot = open.take(bytes, policy);
    emit(slot, edit)
}

/// Counts the batches of edits as they come, by the rules of [`place`], and keeps none of them.
#[derive(Debug)]
pub struct BatchCount {
    policy: BatchPolicy,
    open: Open,
    deferred: Vec<(SidMark, usize)>,
}

impl BatchCount {
    /// Counts batches of this size.
    pub fn new(policy: BatchPolicy) -> Self {
        Self { policy, open: Open::default(), deferred: Vec::new() }
    }

    /// Takes the next edit, by the mark of its SID and its size in bytes.
    pub fn add(&mut self, sid: SidMark, bytes: usize) {
        if self.open.holds(sid) {
            self.deferred.push((sid, bytes));
        } else {
            self.open.take(bytes, self.policy);
        }
    }

    /// How many batches there are.
    pub fn batches(mut self) -> u32 {
        while !self.deferred.is_empty() {
            self.open.next_round();
            for (sid, bytes) in std::mem::take(&mut self.deferred) {
                self.add(sid, bytes);
            }
        }
        self.open.batches()
    }
}

/// A part of a batch that is sent on in parts: a batch of its own from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its number within the run.
    pub no: u32,
    /// How many edits it has. The parts of a batch hold its edits in their order.
    pub edits: usize,
}

/// The bytes that an edit takes in a request, near enough for filling batches: `{"sid":"…","tag":"…"},`. A field that
/// is cleared has no value.
pub fn json_len<'a>(sid: &str, changes: impl IntoIterator<Item = (Field, Option<&'a str>)>) -> usize {
    sid.len() + 11 + changes.into_iter().map(|(field, value)| change_len(field, value)).sum::<usize>()
}

/// The part of [`json_len`] that is one change's.
pub fn change_len(field: Field, value: Option<&str>) -> usize {
    let value = match value {
        None => 4,
        Some(object) if field == Field::CustomField => object.len(),
        Some(text) => escaped_len(text) + 2,
    };
    field.name().len() + value + 4
}

/// The bytes of a text in JSON, without its quotes.
fn escaped_len(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    let more = |b: u8| if b < 0x20 { 5 } else { usize::from(b == b'"' || b == b'\\') };
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// Tells SIDs apart in 8 bytes, for a million of them; two SIDs with one mark only cost the second one a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SidMark(u64);

impl SidMark {
    /// The mark of a SID, given its text.
    pub fn of(sid: &str) -> Self {
        Self(hash_text(sid))
    }
}

/// In how many parts the SIDs of a round are kept, by bits that the sets do not go by. A part that grows is copied: as a
/// whole they would take half as much memory again.
const PARTS: usize = 16;

/// The batch being filled, and the SIDs of its round.
#[derive(Debug, Default)]
struct Open {
    seen: [HashSet<SidMark, ByHash>; PARTS],
    batch: u32,
    round: u32,
    edits: u32,
    bytes: usize,
    placed: u64,
}

impl Open {
    fn holds(&mut self, sid: SidMark) -> bool {
        let part = self.seen.get_mut((sid.0 >> 40) as usize % PARTS);
        part.is_some_and(|seen| !seen.insert(sid))
    }

    fn take(&mut self, bytes: usize, policy: BatchPolicy) -> Slot {
        let full = self.edits >= policy.max_edits.max(1) || self.bytes.saturating_add(bytes) > policy.max_bytes;
        if (full || self.placed == policy.canary) && self.edits > 0 {
            self.close();
        }
        let slot = Slot { batch: self.batch, index: self.edits, round: self.round };
        self.edits += 1;
        self.bytes += bytes;
        self.placed += 1;
        slot
    }

    fn close(&mut self) {
        self.batch += 1;
        self.edits = 0;
        self.bytes = 0;
    }

    fn next_round(&mut self) {
        if self.edits > 0 {
            self.close();
        }
        self.round += 1;
        self.seen.iter_mut().for_each(HashSet::clear);
    }

    fn batches(&self) -> u32 {
        self.batch + u32::from(self.edits > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::Change;

    fn placed(sids: &[u8], max_edits: u32, max_bytes: usize) -> (u32, Vec<(Slot, usize)>) {
        let edits: Vec<_> = sids.iter().enumerate().map(|(i, s)| (i, Sid::new(&s.to_string()), 10)).collect();
        let mut out = Vec::new();
        let batches = place(
            edits,
            BatchPolicy { max_edits, max_bytes, canary: 0 },
            |e| (SidMark::of(e.1.as_str()), e.2),
            |slot, e| {
                out.push((slot, e.0));
                Ok::<(), Infallible>(())
            },
        )
        .unwrap();
        (batches, out)
    }

    #[test]
    fn batches_fill_up_in_order() {
        let (batches, slots) = placed(&[1, 2, 3, 4, 5], 2, 1000);
        assert_eq!(batches, 3);
        let at: Vec<_> = slots.iter().map(|(s, _)| (s.batch, s.index)).collect();
        assert_eq!(at, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]);
    }

    #[test]
    fn an_edit_larger_than_a_batch_stands_alone() {
        assert_eq!(placed(&[1, 2, 3], 500, 5).0, 3);
    }

    #[test]
    fn the_canary_ends_with_a_batch_of_its_own() {
        let edits: Vec<_> = (0..7).map(|i| Sid::new(&i.to_string())).collect();
        let policy = BatchPolicy { max_edits: 2, max_bytes: 1000, canary: 3 };
        let mut at = Vec::new();
        place(
            edits,
            policy,
            |sid| (SidMark::of(sid.as_str()), 1),
            |slot, _| {
                at.push((slot.batch, slot.index));
                Ok::<_, Infallible>(())
            },
        )
        .unwrap();
        assert_eq!(at, [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1)]);
    }

    #[test]
    fn the_bytes_of_an_edit_are_those_of_its_json() {
        let changes = [
            (Field::Tag, Change::Set("a \"quoted\" é".into())),
            (Field::Email, Change::Clear),
            (Field::CustomField, Change::Set("{\"a\":1}".into())),
        ];
        let changes: Changes = changes.into_iter().collect();
        let json = format!("{{\"sid\":\"abc\",{},", &changes.to_json()[1..]);
        assert_eq!(json_len("abc", changes.values()), json.len());
    }

    #[test]
    fn nothing_needs_no_batch() {
        assert_eq!(placed(&[], 2, 100).0, 0);
    }

    proptest! {
        /// The oracle looks at the finished batches alone.
        #[test]
        fn every_batch_is_lawful(sids in prop::collection::vec(0u8..12, 0..80), max in 1u32..7, bytes in 1usize..60) {
            let (batches, slots) = placed(&sids, max, bytes);
            let mut count = BatchCount::new(BatchPolicy { max_edits: max, max_bytes: bytes, canary: 0 });
            for sid in &sids {
                count.add(SidMark::of(&sid.to_string()), 10);
            }
            prop_assert_eq!(count.batches(), batches);
            let mut by_batch: BTreeMap<u32, Vec<(u32, u32, usize)>> = BTreeMap::new();
            for (slot, edit) in &slots {
                by_batch.entry(slot.batch).or_default().push((slot.index, slot.round, *edit));
            }
            // Each edit once, batches numbered without a gap.
            let mut all: Vec<_> = slots.iter().map(|s| s.1).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..sids.len()).collect::<Vec<_>>());
            prop_assert_eq!(by_batch.keys().copied().collect::<Vec<_>>(), (0..batches).collect::<Vec<_>>());
            let mut last_round = 0;
            for items in by_batch.values() {
                prop_assert!(items.len() <= max as usize && (items.len() == 1 || items.len() * 10 <= bytes));
                prop_assert!(items.iter().enumerate().all(|(i, it)| it.0 as usize == i && it.1 == items[0].1));
                let mut seen: Vec<_> = items.iter().map(|it| sids[it.2]).collect();
                seen.sort_unstable();
                seen.dedup();
                prop_assert_eq!(seen.len(), items.len());
                prop_assert!(items[0].1 >= last_round);
                last_round = items[0].1;
            }
            // Edits of one SID go out in their order, each in a later round.
            for sid in 0u8..12 {
                let mut mine: Vec<_> = slots.iter().filter(|s| sids[s.1] == sid).map(|s| (s.1, s.0.round)).collect();
                mine.sort_unstable();
                prop_assert!(mine.windows(2).all(|w| w[0].1 < w[1].1));
            }
        }
    }
}
