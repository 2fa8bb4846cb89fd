//! Edits that cannot be sent as they are, with the first few by name.

use super::console::say;
use crate::domain::{Edit, Issue, Severity, can_send};
use crate::support::text::{count, counted};

/// How many edits are named; the rest is counted.
const NAMED: usize = 10;

/// What validation found in many edits.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Edits with an error, which are never sent.
    pub errors: u64,
    /// Edits with warnings alone.
    pub warnings: u64,
    named: Vec<String>,
}

impl Faults {
    /// Counts an edit; gives whether it can be sent.
    pub(super) fn note(&mut self, edit: &Edit, issues: &[Issue]) -> bool {
        if can_send(issues) {
            self.warnings += u64::from(!issues.is_empty());
            return true;
        }
        self.errors += 1;
        if self.named.len() < NAMED {
            self.named.extend(issues.iter().find(|i| i.severity == Severity::Error).map(|i| describe(edit, i)));
        }
        false
    }

    /// Names the edits with errors on standard error.
    pub(super) fn tell(&self) {
        if self.errors == 0 {
            return;
        }
        say(&format!("{} with errors, not sent until mended:", counted(self.errors, "edit")));
        self.named.iter().for_each(|line| say(&format!("  {line}")));
        let more = self.errors - self.named.len() as u64;
        if more > 0 {
            say(&format!("  {} more: see `rolodeck queue validate`", count(more)));
        }
    }
}

/// One issue on a line: `SID: field: hint`.
pub(super) fn describe(edit: &Edit, issue: &Issue) -> String {
    let sid = if edit.sid.as_str().is_empty() { "(no SID)" } else { edit.sid.as_str() };
    match issue.field {
        Some(field) => format!("{sid}: {field}: {}", issue.hint),
        None => format!("{sid}: {}", issue.hint),
    }
}
