//! Splits delimited text into rows and cells.
//!
//! Why not the `csv` crate, which the tests hold this against: it reads a quote that is never closed
//! as one huge cell, and text behind a closing quote as part of it. Both lose rows silently.

use std::borrow::Cow;

/// What is no CSV, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CsvError {
    pub(super) line: u64,
    /// The cell of the row, from 1.
    pub(super) column: u64,
    pub(super) message: &'static str,
}

/// Reads row after row. A row ends at LF, CRLF or CR; an empty line is no row.
#[derive(Debug, Clone)]
pub(super) struct Rows<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: u8,
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { text, at: 0, line: 1, delimiter }
    }

    /// Reads the next row into `cells`, and gives the line where it starts; `None` at the end.
    ///
    /// After an error the next call goes on with the next line.
    pub(super) fn next_row(&mut self, cells: &mut Vec<Cow<'a, str>>) -> Result<Option<u64>, CsvError> {
        cells.clear();
        while self.eat_line_end() {}
        if self.peek().is_none() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            let cell = self.cell(cells.len() as u64 + 1)?;
            cells.push(cell);
            if self.peek() == Some(self.delimiter) {
                self.at += 1;
            } else {
                self.eat_line_end();
                return Ok(Some(line));
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat_line_end(&mut self) -> bool {
        let len = match self.rest().as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return false,
        };
        self.at += len;
        self.line += 1;
        true
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
        let opened = self.line;
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.rest();
            let Some(len) = rest.bytes().position(|b| b == b'"') else {
                self.at = self.text.len();
                return Err(CsvError {
                    line: opened,
                    column,
                    message: "the quote that opens here is never closed: close it, or double it if it is meant",
                });
            };
            let part = rest.get(..len).unwrap_or_default();
            self.line += line_ends(part);
            self.at += len + 1;
            if self.peek() == Some(b'"') {
                self.at += 1;
                let text = owned.get_or_insert_default();
                text.push_str(part);
                text.push('"');
                continue;
            }
            if self.peek().is_some_and(|b| b != self.delimiter && b != b'\n' && b != b'\r') {
                let line = self.line;
                self.skip_line();
                return Err(CsvError {
                    line,
                    column,
                    message: "text behind the closing quote: double the quotes inside a quoted cell",
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
    }
}

/// How many lines end in the text. It ends before a quote, so no CRLF is cut in two.
fn line_ends(text: &str) -> u64 {
    let feeds = text.matches('\n').count();
    let lone_returns = text.split('\r').skip(1).filter(|after| !after.starts_with('\n')).count();
    (feeds + lone_returns) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    type Table = Vec<(u64, Vec<String>)>;

    fn read(text: &str) -> Result<Table, CsvError> {
        let mut rows = Rows::new(text, b',');
        let mut cells = Vec::new();
        let mut table = Vec::new();
        while let Some(line) = rows.next_row(&mut cells)? {
            table.push((line, cells.iter().map(ToString::to_string).collect()));
        }
        Ok(table)
    }

    #[rstest]
    #[case("a,b\nc,d\n", &[(1, &["a", "b"]), (2, &["c", "d"])])]
    #[case("a,b\r\nc,d", &[(1, &["a", "b"]), (2, &["c", "d"])])]
    #[case("a,b\rc,d\r", &[(1, &["a", "b"]), (2, &["c", "d"])])]
    #[case("\n\na,b\n\r\n\nc,d\n\n", &[(3, &["a", "b"]), (6, &["c", "d"])])]
    #[case("\"a\nb\r\nc\rd\",x\ne,\"f \"\"g\"\"\"", &[(1, &["a\nb\r\nc\rd", "x"]), (5, &["e", "f \"g\""])])]
    #[case(" a , \"b\"\n,", &[(1, &[" a ", " \"b\""]), (2, &["", ""])])]
    #[case("a\"b,c\"\n\"\",\"\"", &[(1, &["a\"b", "c\""]), (2, &["", ""])])]
    fn rows_and_cells_are_split(#[case] text: &str, #[case] expected: &[(u64, &[&str; 2])]) {
        let expected: Table =
            expected.iter().map(|(line, cells)| (*line, cells.iter().map(ToString::to_string).collect())).collect();
        assert_eq!(read(text), Ok(expected));
    }

    #[rstest]
    #[case("a\n\"b\nc\",\"d\nx\n", 3, 2, "never closed")]
    #[case("a,\"b\"c\n", 1, 2, "behind the closing quote")]
    #[case("\"a\nb\" ,c\n", 2, 1, "behind the closing quote")]
    fn broken_quotes_are_placed(#[case] text: &str, #[case] line: u64, #[case] column: u64, #[case] said: &str) {
        let error = read(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column));
        assert!(error.message.contains(said), "{error:?}");
    }

    #[test]
    fn reading_goes_on_behind_a_broken_row() {
        let mut rows = Rows::new("\"a\"b,c\nd", b',');
        let mut cells = Vec::new();
        assert!(rows.next_row(&mut cells).is_err());
        assert_eq!(rows.next_row(&mut cells), Ok(Some(2)));
        assert_eq!(cells, ["d"]);
    }

    fn by_the_crate(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn good_text_is_split_as_the_crate_splits_it(text in "([a,\n\r é;]|\"[a,\n\r]{0,3}(\"\"){0,2}\"[,\n\r]){0,20}") {
            // A quote inside a plain cell is the one thing that both may see differently at first sight.
            if let Ok(table) = read(&text) {
                prop_assert_eq!(table.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), by_the_crate(&text));
            }
        }

        #[test]
        fn no_text_is_too_strange(text in "[a,\"\n\r]{0,20}") {
            let lines = text.replace("\r\n", "\n").matches(['\n', '\r']).count() as u64 + 1;
            match read(&text) {
                Ok(table) => prop_assert!(table.iter().all(|(line, cells)| *line <= lines && !cells.is_empty())),
                Err(error) => prop_assert!((1..=lines).contains(&error.line)),
            }
        }
    }
}
