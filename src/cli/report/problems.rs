//! What is wrong with edits, one problem a line.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::args::ResultsFormat;
use crate::domain::{EditId, Issue, Severity, Sid};
use crate::support::text::{harmless, harmless_json};

/// One problem. The order of the keys is part of the contract.
#[derive(Serialize)]
struct Problem<'a> {
    edit: i64,
    sid: &'a str,
    field: Option<&'static str>,
    severity: &'static str,
    code: &'static str,
    hint: &'a str,
}

/// Writes problems in one of the forms.
pub(in crate::cli) enum Problems<W: Write> {
    /// For people.
    Human(W),
    /// A table for a spreadsheet.
    Csv(Box<csv::Writer<W>>),
    /// JSON: one array, or one object a line. Whether it is an array, and whether something stands in it.
    Json {
        /// Where to.
        out: W,
        /// Whether it is one array.
        array: bool,
        /// What stands before the next object.
        before: &'static str,
    },
}

impl<W: Write> Problems<W> {
    /// Begins to write.
    pub(in crate::cli) fn begin(mut out: W, format: ResultsFormat) -> io::Result<Self> {
        Ok(match format {
            ResultsFormat::Human => Self::Human(out),
            ResultsFormat::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(["edit", "sid", "field", "severity", "code", "hint"])?;
                Self::Csv(Box::new(csv))
            }
            ResultsFormat::Json => {
                out.write_all(b"[")?;
                Self::Json { out, array: true, before: "\n" }
            }
            ResultsFormat::Jsonl => Self::Json { out, array: false, before: "" },
        })
    }

    /// Writes a problem of an edit.
    pub(in crate::cli) fn write(&mut self, edit: EditId, sid: &Sid, issue: &Issue) -> io::Result<()> {
        let problem = Problem {
            edit: edit.0,
            sid: sid.as_str(),
            field: issue.field.map(crate::domain::Field::name),
            severity: if issue.severity == Severity::Error { "error" } else { "warning" },
            code: issue.code.name(),
            hint: &issue.hint,
        };
        match self {
            Self::Human(out) => {
                let sid = if problem.sid.is_empty() { "(no SID)" } else { problem.sid };
                let Problem { field, severity, code, hint, .. } = problem;
                let line = format!("{severity}: {sid}: {}: {code}: {hint}", field.unwrap_or("sid"));
                writeln!(out, "{}", harmless(&line))
            }
            Self::Csv(csv) => {
                let Problem { edit, sid, field, severity, code, hint } = problem;
                let sid = harmless(sid);
                Ok(csv.write_record([&edit.to_string(), &*sid, field.unwrap_or(""), severity, code, hint])?)
            }
            Self::Json { out, array, before } => {
                let json = harmless_json(serde_json::to_string(&problem)?);
                write!(out, "{before}{json}{}", if *array { "" } else { "\n" })?;
                *before = if *array { ",\n" } else { "" };
                Ok(())
            }
        }
    }

    /// Ends, with everything written.
    pub(in crate::cli) fn finish(self) -> io::Result<()> {
        match self {
            Self::Human(mut out) | Self::Json { mut out, array: false, .. } => out.flush(),
            Self::Csv(mut csv) => csv.flush(),
            Self::Json { mut out, .. } => {
                out.write_all(b"\n]\n")?;
                out.flush()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, Edit, Field, Rules, validate};

    fn written(format: ResultsFormat) -> String {
        let changes = [(Field::Email, Change::Set("x\u{1b}".into()))].into_iter().collect();
        let edit = Edit { sid: Sid::new(""), changes };
        let mut out = Vec::new();
        let mut problems = Problems::begin(&mut out, format).unwrap();
        for issue in validate(&edit, &Rules::default()) {
            problems.write(EditId(7), &edit.sid, &issue).unwrap();
        }
        problems.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_form_names_edit_field_problem_and_hint() {
        let human = written(ResultsFormat::Human);
        assert!(human.starts_with("error: (no SID): sid: sid-missing: there is no SID"), "{human}");
        assert!(human.contains("\nerror: (no SID): email: control-character: the control character U+001B"), "{human}");
        let csv = written(ResultsFormat::Csv);
        assert!(csv.starts_with("edit,sid,field,severity,code,hint\n7,,,error,sid-missing,"), "{csv}");
        let lines = written(ResultsFormat::Jsonl);
        let line = r#"{"edit":7,"sid":"","field":"email","severity":"error","code":"control-character","hint":"#;
        assert!(lines.lines().any(|found| found.starts_with(line)), "{lines}");
        let array: serde_json::Value = serde_json::from_str(&written(ResultsFormat::Json)).unwrap();
        assert_eq!(array.as_array().map(Vec::len), Some(2));
    }
}
