//! Splits delimited text into rows and cells.
//!
//! Why not the `csv` crate, which the tests hold this against: it reads a quote that is never closed
//! as one huge cell, and text behind a closing quote as part of it. Both lose rows silently.

use std::borrow::Cow;

/// What is no CSV, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CsvError {
    /// The byte of the text.
    pub(super) at: usize,
    /// The cell of the row, from 1.
    pub(super) column: u64,
    pub(super) message: &'static str,
    /// Where the next line begins; none, where the rest of the text is part of the mistake.
    pub(super) next: Option<usize>,
}

/// How many bytes of line ends the text begins with: an empty line is no row.
pub(super) fn line_ends(text: &str) -> usize {
    text.len() - text.trim_start_matches(['\n', '\r']).len()
}

/// Splits the first row of a text into `cells`, and gives its length with the end of its line. A row ends at LF, CRLF or CR.
///
/// Where it touches the end of the text, it may go on in what comes behind.
pub(super) fn row<'a>(text: &'a str, delimiter: u8, cells: &mut Vec<Cow<'a, str>>) -> Result<usize, CsvError> {
    cells.clear();
    let mut row = Row { text, at: 0, delimiter };
    loop {
        let cell = row.cell(cells.len() as u64 + 1)?;
        cells.push(cell);
        if row.peek() == Some(delimiter) {
            row.at += 1;
        } else {
            row.eat_line_end();
            return Ok(row.at);
        }
    }
}

struct Row<'a> {
    text: &'a str,
    at: usize,
    delimiter: u8,
}

impl<'a> Row<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat_line_end(&mut self) {
        self.at += match self.rest().as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
    }

    fn cell(&mut self, column: u64) -> Result<Cow<'a, str>, CsvError> {
        if self.peek() == Some(b'"') { self.quoted(column) } else { Ok(Cow::Borrowed(self.plain())) }
    }

    /// Takes the text up to the end of the cell.
    fn plain(&mut self) -> &'a str {
        let rest = self.rest();
        let delimiter = self.delimiter;
        let len = rest.bytes().position(|b| b == delimiter || b == b'\n' || b == b'\r').unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn quoted(&mut self, column: u64) -> Result<Cow<'a, str>, CsvError> {
        let opened = self.at;
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.rest();
            let Some(len) = rest.bytes().position(|b| b == b'"') else {
                return Err(CsvError {
                    at: opened,
                    column,
                    message: "the quote that opens here is never closed: close it, or double it if it is meant",
                    next: None,
                });
            };
            let part = rest.get(..len).unwrap_or_default();
            self.at += len + 1;
            if self.peek() == Some(b'"') {
                self.at += 1;
                let text = owned.get_or_insert_default();
                text.push_str(part);
                text.push('"');
                continue;
            }
            if self.peek().is_some_and(|b| b != self.delimiter && b != b'\n' && b != b'\r') {
                let at = self.at;
                self.skip_line();
                return Err(CsvError {
                    at,
                    column,
                    message: "text behind the closing quote: double the quotes inside a quoted cell",
                    next: Some(self.at),
                });
            }
            return Ok(match owned {
                None => Cow::Borrowed(part),
                Some(text) => Cow::Owned(text + part),
            });
        }
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += rest.bytes().position(|b| b == b'\n' || b == b'\r').unwrap_or(rest.len());
        self.eat_line_end();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    type Table = Vec<Vec<String>>;

    fn read(text: &str) -> Result<Table, CsvError> {
        let (mut at, mut cells, mut table) = (line_ends(text), Vec::new(), Vec::new());
        while at < text.len() {
            let rest = &text[at..];
            let len = row(rest, b',', &mut cells).map_err(|e| CsvError { at: at + e.at, ..e })?;
            table.push(cells.iter().map(ToString::to_string).collect());
            at += len + line_ends(&rest[len..]);
        }
        Ok(table)
    }

    #[rstest]
    #[case("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]])]
    #[case("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]])]
    #[case("a,b\rc,d\r", &[&["a", "b"], &["c", "d"]])]
    #[case("\n\na,b\n\r\n\nc,d\n\n", &[&["a", "b"], &["c", "d"]])]
    #[case("\"a\nb\r\nc\rd\",x\ne,\"f \"\"g\"\"\"", &[&["a\nb\r\nc\rd", "x"], &["e", "f \"g\""]])]
    #[case(" a , \"b\"\n,", &[&[" a ", " \"b\""], &["", ""]])]
    #[case("a\"b,c\"\n\"\",\"\"", &[&["a\"b", "c\""], &["", ""]])]
    fn rows_and_cells_are_split(#[case] text: &str, #[case] expected: &[&[&str; 2]]) {
        let expected: Table = expected.iter().map(|cells| cells.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(read(text), Ok(expected));
    }

    #[rstest]
    #[case("a\n\"b\nc\",\"d\nx\n", 8, 2, "never closed")]
    #[case("a,\"b\"c\n", 5, 2, "behind the closing quote")]
    #[case("\"a\nb\" ,c\n", 5, 1, "behind the closing quote")]
    fn broken_quotes_are_placed(#[case] text: &str, #[case] at: usize, #[case] column: u64, #[case] said: &str) {
        let error = read(text).unwrap_err();
        assert_eq!((error.at, error.column), (at, column));
        assert!(error.message.contains(said), "{error:?}");
    }

    #[test]
    fn reading_goes_on_behind_a_broken_row() {
        let text = "\"a\"b,c\nd";
        let error = row(text, b',', &mut Vec::new()).unwrap_err();
        assert_eq!(&text[error.next.unwrap()..], "d");
    }

    fn by_the_crate(text: &str) -> Table {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn good_text_is_split_as_the_crate_splits_it(text in "([a,\n\r é;]|\"[a,\n\r]{0,3}(\"\"){0,2}\"[,\n\r]){0,20}") {
            // A quote inside a plain cell is the one thing that both may see differently at first sight.
            if let Ok(table) = read(&text) {
                prop_assert_eq!(table, by_the_crate(&text));
            }
        }

        #[test]
        fn no_text_is_too_strange(text in "[a,\"\n\r]{0,20}") {
            match read(&text) {
                Ok(table) => prop_assert!(table.iter().all(|cells| !cells.is_empty())),
                Err(error) => prop_assert!(error.at < text.len() && error.column > 0),
            }
        }
    }
}
