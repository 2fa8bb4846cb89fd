//! Which columns of a grid fit on the screen, and how wide they are.

use crate::domain::Field;

/// The most columns that a field gets.
const WIDEST: u16 = 28;
/// Columns between two fields.
const GAP: u16 = 2;

/// A column on the screen: which field (`None` = what is wrong), where, and how wide.
pub(super) struct Column {
    pub(super) field: Option<Field>,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// The width of a column, from its heading and the widths of what stands in it.
pub(super) fn fitted(heading: u16, widths: impl Iterator<Item = u16>) -> u16 {
    heading.max(widths.max().unwrap_or(0)).min(WIDEST)
}

/// The columns between two places of the screen, so that the one of the cursor is among them. Where not all have room,
/// those that are not used are left out, until the cursor comes to them.
pub(super) fn fit(
    mut widths: Vec<(Field, u16)>,
    here: Option<Field>,
    used: impl Fn(Field) -> bool,
    (start, end): (u16, u16),
) -> Vec<Column> {
    let room = usize::from(end.saturating_sub(start));
    let needed = |widths: &[(Field, u16)]| widths.iter().map(|(_, width)| usize::from(*width + GAP)).sum::<usize>();
    if needed(&widths) > room {
        widths.retain(|(field, _)| here == Some(*field) || used(*field));
    }
    let cursor = widths.iter().position(|(field, _)| Some(*field) == here).unwrap_or(0);
    // Scroll by whole columns until the cursor's column fits.
    let mut skip = 0;
    while skip < cursor && widths.get(skip..=cursor).is_some_and(|shown| needed(shown) > room) {
        skip += 1;
    }
    let mut x = start;
    let mut columns = Vec::new();
    for (field, width) in widths.into_iter().skip(skip) {
        if x + width.min(6) > end {
            break;
        }
        columns.push(Column { field: Some(field), x, width: width.min(end - x) });
        x += width + GAP;
    }
    columns
}

/// Where the next column would begin.
pub(super) fn behind(columns: &[Column], start: u16) -> u16 {
    columns.last().map_or(start, |last| last.x + last.width + GAP)
}
