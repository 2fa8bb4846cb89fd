//! Tables of 80 columns, whatever stands in the cells.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::domain::{Change, Changes, Difference, Echo, Outcome, Said, Status};
use crate::store::ResultRow;
use crate::support::text::{count, fit, harmless, truncate};

/// A column: its header, its width and the side its cells lean to.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Column {
    header: &'static str,
    width: usize,
    is_number: bool,
}

impl Column {
    /// A column of text.
    pub(in crate::cli) const fn text(header: &'static str, width: usize) -> Self {
        Self { header, width, is_number: false }
    }

    /// A column of numbers, which lean right.
    pub(in crate::cli) const fn number(header: &'static str, width: usize) -> Self {
        Self { header, width, is_number: true }
    }
}

/// A table that is written row by row, with its header before the first.
pub(in crate::cli) struct Table<'c, W: Write> {
    out: W,
    columns: &'c [Column],
    rows: u64,
}

impl<'c, W: Write> Table<'c, W> {
    /// A table of these columns.
    pub(in crate::cli) fn new(out: W, columns: &'c [Column]) -> Self {
        Self { out, columns, rows: 0 }
    }

    /// Writes a row.
    pub(in crate::cli) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        if self.rows == 0 {
            let headers: Vec<_> = self.columns.iter().map(|c| c.header).collect();
            self.line(&headers)?;
        }
        self.rows += 1;
        self.line(cells)
    }

    /// How many rows there are so far.
    pub(in crate::cli) fn rows(&self) -> u64 {
        self.rows
    }

    fn line(&mut self, cells: &[&str]) -> io::Result<()> {
        let mut line = String::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = harmless(cell);
            if !line.is_empty() {
                line.push_str("  ");
            }
            if column.is_number {
                let cut = truncate(&cell, column.width);
                let blanks = column.width.saturating_sub(crate::support::text::width(&cut));
                line.extend(std::iter::repeat_n(' ', blanks));
                line.push_str(&cut);
            } else {
                line.push_str(&fit(&cell, column.width));
            }
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// The cells of a result: SID, status, code, and what was said or done.
pub(in crate::cli) fn result_cells(row: &ResultRow) -> [String; 4] {
    let sid = row.sid.as_str().to_owned();
    let Some(outcome) = &row.outcome else {
        return [sid, "open".to_owned(), String::new(), in_words(&row.changes)];
    };
    let code = outcome.said.code.map(|c| c.to_string()).unwrap_or_default();
    [sid, outcome.status.name().to_owned(), code, remark(outcome, &row.changes)]
}

fn difference(Difference { field, wanted, got }: &Difference) -> String {
    let got = got.as_ref().map_or_else(|| "nothing".to_owned(), |got| format!("{got:?}"));
    format!("{field} wanted {wanted:?}, got {got}")
}

fn remark(outcome: &Outcome, changes: &Changes) -> String {
    match (&outcome.echo, outcome.status) {
        (Echo::Differs(differences), Status::Updated) => {
            let fields: Vec<_> = differences.iter().map(difference).collect();
            format!("not as sent: {}", fields.join("; "))
        }
        (Echo::Missing, Status::Updated) => "came back without its values".to_owned(),
        (_, Status::Updated) => in_words(changes),
        _ => said_in_words(&outcome.said),
    }
}

/// What was said, the most telling first.
fn said_in_words(said: &Said) -> String {
    let words = said.description.as_deref().or(said.message.as_deref()).unwrap_or("no reason given");
    match said.error_code {
        Some(code) => format!("{words} ({code})"),
        None => words.to_owned(),
    }
}

/// Changes on one line: `first_name=Asha email cleared`.
pub(in crate::cli) fn in_words(changes: &Changes) -> String {
    let words: Vec<_> = changes
        .iter()
        .map(|(field, change)| match change {
            Change::Set(value) => format!("{field}={value}"),
            Change::Clear => format!("{field} cleared"),
        })
        .collect();
    words.join(" ")
}

/// Counts outcomes that failed alike.
#[derive(Debug, Default)]
pub(in crate::cli) struct Causes(BTreeMap<(Status, Option<i64>, String), u64>);

impl Causes {
    /// Counts an outcome; one that was updated has no cause.
    pub(in crate::cli) fn note(&mut self, outcome: &Outcome) {
        if outcome.status != Status::Updated {
            let cause = (outcome.status, outcome.said.code, said_in_words(&outcome.said));
            *self.0.entry(cause).or_default() += 1;
        }
    }

    /// Writes them, the most frequent first.
    pub(in crate::cli) fn write(self, out: impl Write) -> io::Result<()> {
        let mut causes: Vec<_> = self.0.into_iter().collect();
        causes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let columns = [
            Column::number("EDITS", 7),
            Column::text("STATUS", 8),
            Column::number("CODE", 4),
            Column::text("CAUSE", 55),
        ];
        let mut table = Table::new(out, &columns);
        for ((status, code, words), n) in causes {
            table.row(&[&count(n), status.name(), &code.map(|c| c.to_string()).unwrap_or_default(), &words])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Difference, Field, Sid};
    use crate::support::text::width;

    fn row(sid: &str, status: Status, echo: Echo, description: &str) -> ResultRow {
        let said =
            Said { code: Some(404), error_code: Some(1000), description: Some(description.into()), message: None };
        ResultRow {
            seq: 0,
            sid: Sid::new(sid),
            changes: [(Field::Tag, Change::Set("vip".into()))].into_iter().collect(),
            batch: 0,
            index: 0,
            outcome: Some(Outcome { status, said, echo, item: None }),
            attempts: 1,
            request_id: None,
            handled: None,
            again: None,
            before: None,
        }
    }

    #[test]
    fn no_cell_breaks_the_80_columns_or_reaches_the_terminal_raw() {
        let columns =
            [Column::text("SID", 32), Column::text("STATUS", 8), Column::number("CODE", 4), Column::text("WHAT", 30)];
        let nasty = row(&"名".repeat(40), Status::Rejected, Echo::None, &"\x1b[2J\nlong ".repeat(20));
        let cells = result_cells(&nasty);
        let mut out = Vec::new();
        Table::new(&mut out, &columns).row(&cells.each_ref().map(String::as_str)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn a_value_that_the_server_kept_is_said_beside_updated() {
        let kept = Difference { field: Field::Tag, wanted: "vip".into(), got: Some("Lead".into()) };
        let said = &result_cells(&row("a", Status::Updated, Echo::Differs(vec![kept]), ""))[3];
        assert_eq!(said, r#"not as sent: tag wanted "vip", got "Lead""#);
        assert_eq!(result_cells(&row("a", Status::Updated, Echo::Matches, ""))[3], "tag=vip");
        assert_eq!(
            result_cells(&row("a", Status::Rejected, Echo::None, "Contact not found"))[3],
            "Contact not found (1000)"
        );
    }

    #[test]
    fn causes_are_counted_the_most_frequent_first() {
        let mut causes = Causes::default();
        for (status, words) in
            [(Status::Rejected, "a"), (Status::Rejected, "b"), (Status::Rejected, "b"), (Status::Updated, "")]
        {
            causes.note(row("s", status, Echo::None, words).outcome.as_ref().unwrap());
        }
        let mut out = Vec::new();
        causes.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["2", "rejected", "404", "b", "(1000)"]);
    }
}
