//! A block of rows that moved, found by comparing two frames.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use ratatui::buffer::{Buffer, Cell};

use super::row;

/// Cells that a move must save: it costs about 17 bytes itself, and a terminal some work.
const WORTH: i64 = 24;

/// Rows `top..bottom` move up by `by`, or down when it is negative; the freed rows become blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub by: i16,
}

impl Scroll {
    /// Moves the rows as the terminal will.
    pub fn apply(self, shown: &mut Buffer) {
        let width = usize::from(shown.area.width);
        let count = usize::from(self.by.unsigned_abs()) * width;
        let Some(block) = shown.content.get_mut(usize::from(self.top) * width..usize::from(self.bottom) * width) else {
            return;
        };
        let freed = if self.by > 0 {
            block.rotate_left(count);
            block.len() - count..block.len()
        } else {
            block.rotate_right(count);
            0..count
        };
        if let Some(freed) = block.get_mut(freed) {
            freed.fill(Cell::EMPTY);
        }
    }
}

/// The move that saves most, if one is worth its bytes.
///
/// Rows vote for a distance by reappearing there unchanged. The block is then the one that leaves the
/// fewest cells to paint, so it takes in rows that moved and changed a little: the old and the new
/// cursor row.
pub(super) fn find(shown: &Buffer, next: &Buffer) -> Option<Scroll> {
    let height = usize::from(next.area.height);
    let changed: Vec<usize> = (0..height).filter(|&y| row(shown, y) != row(next, y)).collect();
    // Two rows that moved and one that came in are the least that can pay.
    if changed.len() < 3 {
        return None;
    }
    let distance = elected(&changed, shown, next)?;
    let moved = distance.unsigned_abs();
    let saved = |y: usize, before: &[Cell]| differing(row(next, y), row(shown, y)) - differing(row(next, y), before);
    // Cells saved in the rows above each, where rows receive the row that moves there, and where they are freed.
    let received = sums(height, |y| y.checked_add_signed(distance).map_or(0, |source| saved(y, row(shown, source))));
    let freed = sums(height, |y| saved(y, &[]));
    let between = |sums: &[i64], from: usize, to: usize| Some(sums.get(to)? - sums.get(from)?);

    let mut best = (WORTH, None);
    for top in 0..height {
        for bottom in top + moved + 1..=height {
            let gain = if distance > 0 {
                between(&received, top, bottom - moved)? + between(&freed, bottom - moved, bottom)?
            } else {
                between(&freed, top, top + moved)? + between(&received, top + moved, bottom)?
            };
            if gain > best.0 {
                best = (gain, Some(Scroll { top: top as u16, bottom: bottom as u16, by: distance as i16 }));
            }
        }
    }
    best.1
}

/// The distance, upwards, at which most of the changed rows are found in the old frame.
fn elected(changed: &[usize], shown: &Buffer, next: &Buffer) -> Option<isize> {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let hashed = |buffer| -> Vec<(usize, u64)> {
        let rows = changed.iter().map(|&y| (y, row(buffer, y)));
        rows.filter(|(_, cells)| differing(cells, &[]) > 0).map(|(y, cells)| (y, hasher.hash_one(cells))).collect()
    };
    let (old, new) = (hashed(shown), hashed(next));
    let mut votes: HashMap<isize, u32> = HashMap::new();
    for (y, hash) in &new {
        for (source, _) in old.iter().filter(|(_, old)| old == hash) {
            *votes.entry(*source as isize - *y as isize).or_default() += 1;
        }
    }
    let (distance, votes) = votes.into_iter().max_by_key(|(distance, votes)| (*votes, -distance.abs(), *distance))?;
    (votes >= 2).then_some(distance)
}

/// Sums of the values before each index, from 0 to the sum of all.
fn sums(count: usize, value: impl Fn(usize) -> i64) -> Vec<i64> {
    let mut out = vec![0];
    out.extend((0..count).scan(0, |sum, y| {
        *sum += value(y);
        Some(*sum)
    }));
    out
}

/// Cells of a row that differ from what was there before; nothing stands for a blank row.
fn differing(cells: &[Cell], before: &[Cell]) -> i64 {
    let before = before.iter().chain(std::iter::repeat(&Cell::EMPTY));
    cells.iter().zip(before).filter(|(cell, before)| cell != before).count() as i64
}
