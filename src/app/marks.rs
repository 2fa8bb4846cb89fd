//! Sets of rows as bits: a million marks are set, turned and counted within a key's time.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::domain::EditId;
use crate::store::ContactId;

/// Words of a block; a block holds the marks of 4096 neighbours.
const WORDS: usize = 64;
/// Rows that a block holds.
const ROWS: u64 = WORDS as u64 * 64;

/// A key that stands for a number, in the same order.
pub trait RowKey: Copy + Ord {
    /// The number.
    fn number(self) -> u64;
    /// The key of that number.
    fn of(number: u64) -> Self;
}

impl RowKey for u64 {
    fn number(self) -> u64 {
        self
    }
    fn of(number: u64) -> Self {
        number
    }
}

impl RowKey for usize {
    fn number(self) -> u64 {
        self as u64
    }
    fn of(number: u64) -> Self {
        number as Self
    }
}

impl RowKey for EditId {
    fn number(self) -> u64 {
        self.0 as u64
    }
    fn of(number: u64) -> Self {
        Self(number as i64)
    }
}

impl RowKey for ContactId {
    fn number(self) -> u64 {
        self.0 as u64
    }
    fn of(number: u64) -> Self {
        Self(number as i64)
    }
}

/// A set of row keys. Neighbours share a block, and no block is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks<K> {
    blocks: BTreeMap<u64, Box<[u64; WORDS]>>,
    keys: PhantomData<K>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { blocks: BTreeMap::new(), keys: PhantomData }
    }
}

/// The block of a number, and the word and the bit in it.
const fn place(number: u64) -> (u64, usize, u64) {
    (number / ROWS, (number % ROWS / 64) as usize, 1 << (number % 64))
}

impl<K: RowKey> Marks<K> {
    /// Whether the key is in it.
    pub fn contains(&self, key: &K) -> bool {
        let (block, word, bit) = place(key.number());
        self.blocks.get(&block).and_then(|words| words.get(word)).is_some_and(|word| word & bit != 0)
    }

    /// Takes the key in, or out where it is in; gives whether it is in now.
    pub fn toggle(&mut self, key: K) -> bool {
        if self.contains(&key) {
            self.turn(&std::iter::once(key).collect());
            return false;
        }
        self.extend([key]);
        true
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.values().flat_map(|words| words.iter()).map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.blocks.clear();
    }

    /// Every key, in order.
    pub fn iter(&self) -> impl Iterator<Item = K> {
        self.blocks.iter().flat_map(|(block, words)| {
            words.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(move |(at, word)| {
                let first = block * ROWS + at as u64 * 64;
                (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| K::of(first + bit))
            })
        })
    }

    /// Takes in all of the other.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, |a, b| a | b);
    }

    /// Takes in those of the other that are out, and out those that are in.
    pub fn turn(&mut self, other: &Self) {
        self.combine(other, |a, b| a ^ b);
        self.blocks.retain(|_, words| words.iter().any(|word| *word != 0));
    }

    /// Takes out all that the other has not.
    pub fn keep(&mut self, other: &Self) {
        self.blocks.retain(|block, words| {
            let Some(others) = other.blocks.get(block) else { return false };
            words.iter_mut().zip(others.iter()).for_each(|(a, b)| *a &= b);
            words.iter().any(|word| *word != 0)
        });
    }

    /// How many are in both.
    pub fn shared(&self, other: &Self) -> usize {
        let pairs = self.blocks.iter().filter_map(|(block, words)| Some((words, other.blocks.get(block)?)));
        pairs.flat_map(|(a, b)| a.iter().zip(b.iter())).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        for (block, others) in &other.blocks {
            let words = self.blocks.entry(*block).or_insert_with(|| Box::new([0; WORDS]));
            words.iter_mut().zip(others.iter()).for_each(|(a, b)| *a = with(*a, *b));
        }
    }
}

impl<K: RowKey> Extend<K> for Marks<K> {
    fn extend<T: IntoIterator<Item = K>>(&mut self, keys: T) {
        let mut keys = keys.into_iter().peekable();
        while let Some(key) = keys.next() {
            let (block, ..) = place(key.number());
            let words = self.blocks.entry(block).or_insert_with(|| Box::new([0; WORDS]));
            let mut next = Some(key);
            // Keys mostly come in order, so that a block is looked for once.
            while let Some(key) = next {
                let (_, at, bit) = place(key.number());
                if let Some(word) = words.get_mut(at) {
                    *word |= bit;
                }
                next = keys.next_if(|key| place(key.number()).0 == block);
            }
        }
    }
}

impl<K: RowKey> FromIterator<K> for Marks<K> {
    fn from_iter<T: IntoIterator<Item = K>>(keys: T) -> Self {
        let mut marks = Self::default();
        marks.extend(keys);
        marks
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// An operation, and what it leaves.
    type Op = (fn(&mut Marks<u64>, &Marks<u64>), Vec<u64>);

    /// Numbers near the borders of words and blocks, and far apart.
    fn numbers() -> impl Strategy<Value = BTreeSet<u64>> {
        let number = prop_oneof![0u64..200, 4090u64..4100, any::<u64>()];
        prop::collection::btree_set(number, 0..40)
    }

    proptest! {
        /// Every operation is that of a plain set.
        #[test]
        fn marks_are_a_set(a in numbers(), b in numbers(), one in 0u64..200) {
            let marks = |set: &BTreeSet<u64>| set.iter().rev().copied().collect::<Marks<u64>>();
            let plain = |marks: &Marks<u64>| marks.iter().collect::<Vec<_>>();
            prop_assert_eq!(plain(&marks(&a)), a.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(marks(&a).len(), a.len());
            prop_assert_eq!(marks(&a).contains(&one), a.contains(&one));
            prop_assert_eq!(marks(&a).shared(&marks(&b)), a.intersection(&b).count());
            let ops: [Op; 3] = [
                (Marks::add, a.union(&b).copied().collect()),
                (Marks::turn, a.symmetric_difference(&b).copied().collect()),
                (Marks::keep, a.intersection(&b).copied().collect()),
            ];
            for (op, wanted) in ops {
                let mut set = marks(&a);
                op(&mut set, &marks(&b));
                prop_assert_eq!(plain(&set), wanted.clone());
                prop_assert_eq!(set.is_empty(), wanted.is_empty());
            }
            let mut set = marks(&a);
            prop_assert_eq!(set.toggle(one), !a.contains(&one));
            prop_assert_eq!(set.contains(&one), !a.contains(&one));
            set.toggle(one);
            prop_assert_eq!(set, marks(&a));
        }
    }
}
