//! Finds the header of a table, and what its cells are separated by.

use std::borrow::Cow;

use super::columns::{Names, Target, may_be_sid};
use super::csv;

/// How many rows are looked at for a header: reports have titles, dates and empty rows before theirs.
pub(super) const SEARCHED: usize = 50;

/// The delimiters that are looked for first, the likelier first.
const LIKELY: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Those that are looked for when none of the likely ones makes sense.
const UNLIKELY: [u8; 9] = [b':', b'^', b'~', b'!', b'#', b'/', b'*', 0x1f, 0x01];

/// Whether the row names a SID.
pub(super) fn is_header(names: &Names, cells: &[Cow<'_, str>]) -> bool {
    cells.iter().enumerate().any(|(i, cell)| names.target_at(cell, Some(i)) == Target::Sid && !is_place(names, cell, i))
}

/// Whether the column is known by its place alone, which any row has.
fn is_place(names: &Names, cell: &str, i: usize) -> bool {
    names.target(cell) != names.target_at(cell, Some(i))
}

/// Which of the first rows is the header: the first that names a SID, else the first with a column that may hold SIDs
/// beside one that is known, else the one with the most columns that are known.
pub(super) fn find_header<'c>(names: &Names, rows: impl Iterator<Item = &'c [Cow<'c, str>]>) -> usize {
    let rows: Vec<_> = rows.collect();
    let known = |cells: &[Cow<'_, str>]| cells.iter().filter(|cell| names.target(cell) != Target::Unmatched).count();
    let has_id = |cells: &[Cow<'_, str>]| cells.iter().any(|cell| may_be_sid(cell));
    if let Some(at) = rows.iter().position(|cells| is_header(names, cells)) {
        return at;
    }
    if let Some(at) = rows.iter().position(|cells| has_id(cells) && known(cells) > 0) {
        return at;
    }
    // The last of equals would win.
    rows.iter().enumerate().rev().max_by_key(|(_, cells)| known(cells)).map_or(0, |(at, _)| at)
}

/// The delimiter, and how much of the text says it: spreadsheets write `sep=;` before the table.
pub(super) fn delimiter(text: &str, names: &Names, asked: Option<u8>) -> (u8, usize) {
    let (said, len) = said(text).map_or((None, 0), |(said, len)| (Some(said), len));
    let rest = text.get(len..).unwrap_or_default();
    (asked.or(said).unwrap_or_else(|| found(rest, names)), len)
}

/// The delimiter of a first line such as `sep=;`.
fn said(text: &str) -> Option<(u8, usize)> {
    let line = text.split(['\n', '\r']).next()?;
    let bare = line.trim().trim_matches('"');
    let sign = bare.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| bare.as_bytes().get(4))?;
    (bare.len() == 5).then_some((*sign, line.len()))
}

/// The delimiter whose header has the most columns that mean something, then the most columns.
fn found(text: &str, names: &Names) -> u8 {
    let worth = |delimiter: u8| {
        let mut rows = Vec::new();
        let mut at = csv::line_ends(text);
        while rows.len() < SEARCHED && at < text.len() {
            let (rest, mut cells) = (text.get(at..).unwrap_or_default(), Vec::new());
            let read = csv::row(rest, delimiter, &mut cells);
            rows.push(cells);
            // A header with a broken quote is told apart by what stands before it.
            match read {
                Ok(len) => at += len + csv::line_ends(rest.get(len..).unwrap_or_default()),
                Err(error) => at += error.next.unwrap_or(rest.len()),
            }
        }
        let header = rows.get(find_header(names, rows.iter().map(Vec::as_slice)));
        let Some(cells) = header else { return (false, 0, 0) };
        let known = cells.iter().filter(|cell| names.target(cell) != Target::Unmatched || may_be_sid(cell)).count();
        (is_header(names, cells), known, cells.len())
    };
    // `max_by_key` gives the last of equals, so the likelier come last.
    let best = |among: &[u8]| among.iter().rev().map(|d| (worth(*d), *d)).max_by_key(|(worth, _)| *worth);
    match best(&LIKELY) {
        Some(((true, 2.., _), delimiter)) => delimiter,
        likely => match best(&UNLIKELY) {
            Some(((true, 2.., _), delimiter)) => delimiter,
            _ => likely.map_or(b',', |(_, delimiter)| delimiter),
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sid,tag\n", b',')]
    #[case("sid;company, or organisation;tag\n", b';')]
    #[case("Report, of today\n\n\"made by; me\"\nsid|tag|email\n", b'|')]
    #[case("sid\ttag\n", b'\t')]
    #[case("sid^tag\n", b'^')]
    #[case("sid\u{1f}tag\n", 0x1f)]
    #[case("sid\nabc\n", b',')]
    #[case("sid:x\n", b',')]
    #[case("", b',')]
    fn the_delimiter_is_the_one_that_makes_sense(#[case] text: &str, #[case] expected: u8) {
        assert_eq!(delimiter(text, &Names::new(&[]).unwrap(), None), (expected, 0));
    }

    #[rstest]
    #[case("sep=;\r\nsid;tag\n", (b';', 5))]
    #[case("\"sep=|\"\nsid|tag\n", (b'|', 7))]
    #[case("SEP=,\nsid;tag\n", (b',', 5))]
    #[case("sep=\nsid;tag\n", (b';', 0))]
    fn a_spreadsheet_says_it_before_the_table(#[case] text: &str, #[case] expected: (u8, usize)) {
        assert_eq!(delimiter(text, &Names::new(&[]).unwrap(), None), expected);
    }

    #[rstest]
    #[case(&["title", "", "sid,tag", "a,x"], 2)]
    #[case(&["id,name,phone", "1,x,2"], 0)]
    #[case(&["first name,phone", "Asha,1"], 0)]
    #[case(&["words", "first name,phone,size", "Asha,1,2"], 1)]
    #[case(&["a", "b"], 0)]
    fn the_header_is_found_behind_a_preamble(#[case] rows: &[&str], #[case] expected: usize) {
        let rows: Vec<Vec<Cow<'_, str>>> = rows.iter().map(|row| row.split(',').map(Cow::Borrowed).collect()).collect();
        assert_eq!(find_header(&Names::new(&[]).unwrap(), rows.iter().map(Vec::as_slice)), expected);
    }
}
