//! A window on a long list: the keys of all rows, the rows near the cursor, the marks.
//!
//! The list may hold a million keys; only rows near the screen are held whole. Whatever moves the cursor
//! asks nothing of the disk: missing rows are named by [`Grid::missing`] and come later.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::marks::{Marks, RowKey};

/// Rows kept around the screen on each side, in screens. Moves by a page then never show a gap.
const SCREENS_AROUND: usize = 2;

/// How far the keys of a list are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// Not yet.
    No,
    /// The first of them, to fill the screen.
    First,
    /// All.
    All,
}

/// Edits with a problem, each counted once by the worst of its problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProblemCounts {
    /// Those that can't be sent.
    pub errors: u64,
    /// Those that failed in a run before.
    pub failed: u64,
    /// Those that only deserve a look.
    pub warnings: u64,
}

/// A list of rows of which a window is loaded.
#[derive(Debug, Clone)]
pub struct Grid<K, R> {
    /// The keys of the rows shown, in order.
    keys: Vec<K>,
    /// The same keys, for what asks about all of them at once.
    shown: Marks<K>,
    rows: HashMap<K, R>,
    /// Position of the cursor among `keys`.
    pub cursor: usize,
    /// Position of the first row on the screen.
    pub top: usize,
    /// The column under the cursor.
    pub column: usize,
    /// Marked keys, also of rows that a filter hides.
    pub marks: Marks<K>,
    /// Where a range of marks began.
    pub anchor: Option<usize>,
    /// The filter in force.
    pub filter: Option<String>,
    /// Whether only problems are shown.
    pub problems: bool,
    /// The filter and *problems only* that the keys were read with.
    narrowed: (Option<String>, bool),
    /// How far the keys are read.
    pub loaded: Loaded,
    /// Whether the next keys begin at the top.
    pub(super) goes_to_top: bool,
}

impl<K, R> Default for Grid<K, R> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            shown: Marks::default(),
            rows: HashMap::new(),
            cursor: 0,
            top: 0,
            column: 0,
            marks: Marks::default(),
            anchor: None,
            filter: None,
            problems: false,
            narrowed: (None, false),
            loaded: Loaded::No,
            goes_to_top: false,
        }
    }
}

impl<K: RowKey + Hash, R> Grid<K, R> {
    /// How many rows are shown, loaded or not.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no row is shown.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of all rows shown.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// The key at a position.
    pub fn key(&self, at: usize) -> Option<K> {
        self.keys.get(at).copied()
    }

    /// The row at a position, when it is loaded.
    pub fn row(&self, at: usize) -> Option<&R> {
        self.rows.get(self.keys.get(at)?)
    }

    /// The key under the cursor.
    pub fn current_key(&self) -> Option<K> {
        self.key(self.cursor)
    }

    /// The row under the cursor, when it is loaded.
    pub fn current(&self) -> Option<&R> {
        self.row(self.cursor)
    }

    /// Loaded rows, in no order.
    pub fn loaded_rows(&self) -> impl Iterator<Item = &R> {
        self.rows.values()
    }

    /// Whether rows are hidden by a filter or by *problems only*.
    pub fn is_narrowed(&self) -> bool {
        self.filter.is_some() || self.problems
    }

    /// Takes the keys anew. The cursor stays on its row where that is still shown, else at its place.
    pub fn set_keys(&mut self, keys: Vec<K>) {
        let current = self.current_key();
        let offset = self.cursor.saturating_sub(self.top);
        let found = current.and_then(|key| position(&keys, key, self.cursor));
        self.cursor = found.unwrap_or(self.cursor).min(keys.len().saturating_sub(1));
        self.top = self.cursor.saturating_sub(offset);
        if std::mem::take(&mut self.goes_to_top) {
            (self.cursor, self.top) = (0, 0);
        }
        // A range that is being chosen keeps its beginning.
        let begun = self.anchor.and_then(|at| Some((at, self.key(at)?)));
        self.anchor = begun.and_then(|(at, key)| position(&keys, key, at));
        self.shown = keys.iter().copied().collect();
        self.keys = keys;
        self.loaded = Loaded::All;
        self.narrowed = (self.filter.clone(), self.problems);
    }

    /// The filter and *problems only* of the rows shown.
    pub fn narrowed(&self) -> (Option<&String>, bool) {
        (self.narrowed.0.as_ref(), self.narrowed.1)
    }

    /// Whether the rows are those of the present filter and *problems only*, and not of the one before.
    pub fn is_narrowed_as_asked(&self) -> bool {
        self.narrowed.1 == self.problems && self.narrowed.0 == self.filter
    }

    /// Goes back to the filter and *problems only* of the rows shown, when the keys of others could not be read.
    pub fn narrow_back(&mut self) {
        (self.filter, self.problems) = self.narrowed.clone();
    }

    /// Takes rows that were read.
    pub fn put_rows(&mut self, rows: impl IntoIterator<Item = (K, R)>) {
        self.rows.extend(rows);
    }

    /// Forgets rows far from the screen, where many are loaded.
    pub fn forget_far(&mut self, height: usize) {
        let around = self.around(height);
        if self.rows.len() > 4 * around.len() {
            let near: HashSet<K> = self.keys.get(around).unwrap_or_default().iter().copied().collect();
            self.rows.retain(|key, _| near.contains(key));
        }
    }

    /// Takes out everything: another run, another queue.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Keys near the screen whose rows are not loaded. Empty while enough is loaded around the
    /// screen, so that most moves ask for nothing.
    pub fn missing(&self, height: usize) -> Vec<K> {
        let visible = self.keys.get(self.top..self.end(height)).unwrap_or_default();
        if !self.keys.is_empty() && visible.iter().all(|key| self.rows.contains_key(key)) && !self.nearly_out(height) {
            return Vec::new();
        }
        self.keys
            .get(self.around(height))
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|key| !self.rows.contains_key(key))
            .collect()
    }

    /// Every key near the screen, to read their rows again, which are shown as they were until then. Other rows are
    /// forgotten: they may be others now.
    pub fn read_again(&mut self, height: usize) -> Vec<K> {
        let near = self.keys.get(self.around(height)).unwrap_or_default().to_vec();
        let kept: HashSet<&K> = near.iter().collect();
        self.rows.retain(|key, _| kept.contains(key));
        near
    }

    fn end(&self, height: usize) -> usize {
        (self.top + height).min(self.keys.len())
    }

    fn around(&self, height: usize) -> std::ops::Range<usize> {
        let margin = SCREENS_AROUND * height;
        let start = self.top.saturating_sub(margin).min(self.keys.len());
        start..(self.top + height + margin).min(self.keys.len())
    }

    /// Whether the next page up or down is not loaded whole.
    fn nearly_out(&self, height: usize) -> bool {
        let first = self.top.saturating_sub(height);
        let last = (self.top + 2 * height).min(self.keys.len()).saturating_sub(1);
        [first, last].into_iter().any(|at| self.key(at).is_some_and(|key| !self.rows.contains_key(&key)))
    }

    /// Has the cursor go to the first row when the keys are read again, instead of staying on its row.
    pub fn to_top(&mut self) {
        self.goes_to_top = true;
    }

    /// Moves the cursor by rows; a step that scrolls goes ahead by so many rows more.
    pub fn move_ahead(&mut self, by: isize, height: usize, ahead: usize) {
        let (cursor, top) = (self.cursor, self.top);
        self.move_by(by, height);
        if self.cursor.abs_diff(cursor) > ahead {
            return;
        }
        if self.top > top {
            self.top = (self.top + ahead).min(self.cursor);
        } else if self.top < top {
            self.top = self.top.saturating_sub(ahead);
        }
        self.show_cursor(height);
    }

    /// Moves the cursor by rows, and the screen as little as that needs.
    pub fn move_by(&mut self, by: isize, height: usize) {
        self.move_to(self.cursor.saturating_add_signed(by), height);
    }

    /// Puts the cursor at a position, or at the last row.
    pub fn move_to(&mut self, at: usize, height: usize) {
        self.cursor = at.min(self.keys.len().saturating_sub(1));
        self.show_cursor(height);
    }

    /// Scrolls until the cursor is on a screen of that height.
    pub fn show_cursor(&mut self, height: usize) {
        let height = height.max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
        self.top = self.top.min(self.keys.len().saturating_sub(height));
    }

    /// Marks or unmarks the row under the cursor and goes down.
    pub fn toggle_mark(&mut self, height: usize) {
        if let Some(key) = self.current_key() {
            self.marks.toggle(key);
            self.move_by(1, height);
        }
    }

    /// Begins a range at the cursor, or ends it by marking its rows.
    pub fn range(&mut self) {
        match self.anchor.take() {
            None => self.anchor = Some(self.cursor),
            Some(anchor) => {
                let (first, last) = (anchor.min(self.cursor), anchor.max(self.cursor));
                self.marks.extend(self.keys.get(first..=last).unwrap_or_default().iter().copied());
            }
        }
    }

    /// Whether a position lies in the range being chosen.
    pub fn in_range(&self, at: usize) -> bool {
        self.anchor.is_some_and(|anchor| (anchor.min(self.cursor)..=anchor.max(self.cursor)).contains(&at))
    }

    /// Marks every row shown.
    pub fn mark_all(&mut self) {
        self.marks.add(&self.shown);
    }

    /// Marks those of these rows that are shown; gives how many are.
    pub fn mark_shown(&mut self, keys: Vec<K>) -> usize {
        let mut found: Marks<K> = keys.into_iter().collect();
        found.keep(&self.shown);
        self.marks.add(&found);
        found.len()
    }

    /// Forgets the marks of rows that are not shown: they are gone.
    pub fn forget_hidden_marks(&mut self) {
        self.marks.keep(&self.shown);
    }

    /// Forgets the marks of rows that are not among these, shown or not.
    pub fn forget_marks_beside(&mut self, keys: Vec<K>) {
        self.marks.keep(&keys.into_iter().collect());
    }

    /// How many of these rows are not shown.
    pub fn hidden(&self, keys: &Marks<K>) -> usize {
        keys.len().saturating_sub(keys.shared(&self.shown))
    }

    /// Marks the rows shown that are not marked, and unmarks the others.
    pub fn invert_marks(&mut self) {
        self.marks.turn(&self.shown);
    }

    /// Marks of rows that are not shown.
    pub fn hidden_marks(&self) -> usize {
        self.hidden(&self.marks)
    }

    /// What an action takes: the marked rows, else the row under the cursor.
    pub fn target(&self) -> Vec<K> {
        if self.marks.is_empty() {
            return self.current_key().into_iter().collect();
        }
        self.marks.iter().collect()
    }
}

/// The position of a key, looked for near `guess` first.
fn position<K: Copy + Eq>(keys: &[K], key: K, guess: usize) -> Option<usize> {
    if keys.get(guess) == Some(&key) {
        return Some(guess);
    }
    keys.iter().position(|k| *k == key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(n: u64) -> Grid<u64, String> {
        let mut grid = Grid::default();
        grid.set_keys((0..n).collect());
        grid
    }

    #[test]
    fn the_cursor_stays_on_its_row_when_rows_before_it_go() {
        let mut grid = grid(10);
        grid.move_to(5, 4);
        grid.set_keys(vec![3, 4, 5, 6]);
        assert_eq!(grid.current_key(), Some(5));
        grid.set_keys(vec![0]);
        assert_eq!(grid.current_key(), Some(0));
    }

    #[test]
    fn marks_survive_a_filter_and_the_hidden_ones_are_counted() {
        let mut grid = grid(10);
        grid.mark_all();
        grid.problems = true;
        grid.set_keys(vec![1, 2]);
        assert_eq!(grid.hidden_marks(), 8);
        assert_eq!(grid.target().len(), 10);
        grid.invert_marks();
        assert_eq!(grid.target().len(), 8);
    }

    #[test]
    fn a_range_marks_both_its_ends_upwards_too() {
        let mut grid = grid(10);
        grid.move_to(6, 5);
        grid.range();
        grid.move_to(4, 5);
        assert!(grid.in_range(5) && !grid.in_range(7));
        grid.range();
        assert_eq!(grid.target(), [4, 5, 6]);
    }

    #[test]
    fn rows_are_asked_for_before_they_are_needed() {
        let mut grid = grid(1000);
        let first = grid.missing(10);
        assert_eq!(first, (0..30).collect::<Vec<_>>());
        grid.put_rows(first.into_iter().map(|k| (k, k.to_string())));
        assert!(grid.missing(10).is_empty());
        grid.move_by(21, 10);
        assert_eq!(grid.missing(10).first(), Some(&30));
        assert!((grid.top..grid.top + 10).all(|at| grid.row(at).is_some()));
    }

    proptest! {
        /// Whatever the moves, the cursor is on a row and on the screen.
        #[test]
        fn the_cursor_is_always_on_the_screen(n in 0u64..50, height in 1usize..20, moves in prop::collection::vec(-30isize..30, 0..40)) {
            let mut grid = grid(n);
            for by in moves {
                grid.move_by(by, height);
                prop_assert!(grid.cursor < (n as usize).max(1));
                prop_assert!(grid.top <= grid.cursor && grid.cursor < grid.top + height);
                prop_assert!(grid.top == 0 || grid.top + height <= n as usize);
            }
        }
    }
}
