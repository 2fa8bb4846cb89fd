//! Where everything stands on the screen: pure geometry, used by update and view alike.

use crate::config::actions::Place;

/// A block of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// The block without its frame of one cell.
    #[must_use]
    pub const fn inside(self) -> Self {
        Self {
            x: self.x + 1,
            y: self.y + 1,
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }
}

/// The smallest screen on which everything has its place (SPEC 8).
pub const SMALLEST: (u16, u16) = (60, 15);
/// From this width queue and results stand side by side.
const WIDE: u16 = 140;
/// From this height a wide screen has a detail pane below the results.
const TALL: u16 = 30;
/// Rows of the detail pane.
const DETAIL: u16 = 14;
/// Columns of the detail pane beside the contacts.
const CARD: u16 = 52;
/// From this height a screen that is not wide has queue and results one above the other.
const STACKED: u16 = 50;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// The line at the top: what this is, on which account.
    pub header: Area,
    /// The queue.
    pub queue: Option<Area>,
    /// The results.
    pub results: Option<Area>,
    /// The contacts.
    pub contacts: Option<Area>,
    /// The detail of the row under the cursor.
    pub detail: Option<Area>,
    /// History or log, which take the whole body.
    pub whole: Option<Area>,
    /// What the next key acts on, and the keys of this place.
    pub footer: Area,
}

impl Layout {
    /// The layout for a screen and the place that has the focus; zoomed, that place has the whole body.
    pub fn of(size: (u16, u16), place: Place, zoomed: bool) -> Self {
        let (width, height) = size;
        let header = Area { x: 0, y: 0, width, height: 1.min(height) };
        let footer = Area { x: 0, y: height.saturating_sub(2), width, height: 2.min(height) };
        let body = Area { x: 0, y: 1, width, height: height.saturating_sub(3) };
        let base = Self { header, footer, ..Self::default() };
        match place {
            Place::History | Place::Log => Self { whole: Some(body), ..base },
            Place::Contacts if width >= WIDE => Self::beside(base, body),
            Place::Contacts => Self { contacts: Some(body), ..base },
            Place::Queue | Place::Results if width >= WIDE && !zoomed => Self::wide(base, body),
            Place::Queue | Place::Results if height >= STACKED && !zoomed => Self::stacked(base, body),
            Place::Queue => Self { queue: Some(body), ..base },
            Place::Results => Self { results: Some(body), ..base },
        }
    }

    fn wide(base: Self, body: Area) -> Self {
        let left = body.width / 2;
        let queue = Area { width: left, ..body };
        let right = Area { x: left, width: body.width - left, ..body };
        if body.height < TALL {
            return Self { queue: Some(queue), results: Some(right), ..base };
        }
        let results = Area { height: right.height - DETAIL, ..right };
        let detail = Area { y: right.y + results.height, height: DETAIL, ..right };
        Self { queue: Some(queue), results: Some(results), detail: Some(detail), ..base }
    }

    /// The contacts, and at their right the detail of one.
    fn beside(base: Self, body: Area) -> Self {
        let contacts = Area { width: body.width - CARD, ..body };
        let detail = Area { x: contacts.width, width: CARD, ..body };
        Self { contacts: Some(contacts), detail: Some(detail), ..base }
    }

    fn stacked(base: Self, body: Area) -> Self {
        let above = body.height / 2;
        let queue = Area { height: above, ..body };
        let results = Area { y: body.y + above, height: body.height - above, ..body };
        Self { queue: Some(queue), results: Some(results), ..base }
    }

    /// Whether queue and results share the screen.
    pub const fn is_shared(&self) -> bool {
        self.queue.is_some() && self.results.is_some()
    }

    /// Whether a list shares its lines with another pane.
    pub fn is_side_by_side(&self) -> bool {
        self.queue.zip(self.results).is_some_and(|(queue, results)| queue.y == results.y)
            || (self.contacts.is_some() && self.detail.is_some())
    }

    /// Whether the screen is too small for its parts.
    pub const fn too_small(size: (u16, u16)) -> bool {
        size.0 < SMALLEST.0 || size.1 < SMALLEST.1
    }

    /// Rows that a list has in an area with a frame and a line of column headings.
    pub fn list_rows(area: Option<Area>) -> usize {
        area.map_or(1, |a| usize::from(a.inside().height.saturating_sub(1))).max(1)
    }
}

/// Columns of a dialog of text, where the screen has so many: longer lines are hard to read.
pub const TEXT_COLUMNS: u16 = 76;
/// What is left of the panes on the two sides of a dialog is worth seeing from so many columns on.
const SLIVERS: u16 = 12;

/// Columns inside a dialog that wants so many: all of a screen that would else show slivers beside it.
pub const fn dialog_columns(screen: u16, wanted: u16) -> u16 {
    let all = screen.saturating_sub(4);
    if wanted + SLIVERS > all { all } else { wanted }
}

/// Rows inside a dialog that has all the room between header and footer.
pub const fn dialog_rows(screen: u16) -> usize {
    screen.saturating_sub(5) as usize
}

/// Rows at the top of the results that tell of the run: its totals, its progress, its pace.
pub const RUN_ROWS: u16 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_screen_shows_one_list_and_a_large_one_both() {
        let small = Layout::of((80, 24), Place::Results, false);
        assert_eq!((small.queue, small.detail), (None, None));
        assert_eq!(small.results.map(|a| (a.y, a.height)), Some((1, 21)));
        let wide = Layout::of((160, 45), Place::Queue, false);
        assert_eq!(wide.queue.map(|a| a.width), Some(80));
        assert_eq!(wide.results.map(|a| (a.x, a.height)), Some((80, 28)));
        assert!(wide.detail.is_some());
        let tall = Layout::of((100, 60), Place::Results, false);
        assert_eq!(tall.queue.map(|a| (a.y, a.height)), Some((1, 28)));
        assert_eq!(tall.results.map(|a| (a.y, a.height)), Some((29, 29)));
    }

    #[test]
    fn zoomed_the_place_with_the_focus_has_what_all_shared() {
        for size in [(160, 45), (100, 60)] {
            let zoomed = Layout::of(size, Place::Results, true);
            assert!(!zoomed.is_shared() && Layout::of(size, Place::Results, false).is_shared());
            assert_eq!(zoomed.results.map(|a| (a.width, a.height)), Some((size.0, size.1 - 3)));
        }
    }

    #[test]
    fn parts_never_overlap_nor_leave_the_screen() {
        for (w, h) in [(60, 15), (80, 24), (100, 61), (140, 30), (160, 45), (300, 100)] {
            for place in Place::ALL {
                let l = Layout::of((w, h), place, false);
                let parts: Vec<Area> = [l.queue, l.results, l.contacts, l.detail, l.whole]
                    .into_iter()
                    .flatten()
                    .chain([l.header, l.footer])
                    .collect();
                let cells: u32 = parts.iter().map(|a| u32::from(a.width) * u32::from(a.height)).sum();
                assert_eq!(cells, u32::from(w) * u32::from(h), "{w}x{h} {place:?}");
            }
        }
    }
}
