//! History and log: which of their rows the words of a filter show.

use super::live::LogLine;
use super::model::Model;
use crate::domain::{RunState, Status};
use crate::store::RunSummary;

/// Shows the runs that the filter of the history passes.
pub(super) fn narrow_history(model: &mut Model) {
    let grid = &model.history;
    let shown = |run: &RunSummary| (!grid.problems || has_problem(run)) && passes(&words_of(run), grid.filter.as_ref());
    let keys = model.runs.iter().enumerate().filter(|(_, run)| shown(run)).map(|(at, _)| at).collect();
    model.history.set_keys(keys);
    let height = model.height(crate::config::actions::Place::History);
    model.history.show_cursor(height);
}

/// Shows the lines that the filter of the log passes.
pub(super) fn narrow_log(model: &mut Model) {
    let grid = &model.log_grid;
    let bad = |line: &LogLine| matches!(line.tone, Some(Status::Rejected | Status::Unknown));
    let shown = |line: &LogLine| {
        (!grid.problems || bad(line)) && (grid.filter.is_none() || passes(&said(line), grid.filter.as_ref()))
    };
    let keys = model.log.iter().enumerate().filter(|(_, line)| shown(line)).map(|(at, _)| at).collect();
    model.log_grid.set_keys(keys);
}

/// Whether a run has something to look into.
fn has_problem(run: &RunSummary) -> bool {
    let t = run.totals;
    t.rejected + t.unknown + t.not_sent > 0 || !matches!(run.state, RunState::Finished | RunState::Running)
}

/// Everything that is searched of a run: number, state, time, profile, account, user, server.
fn words_of(run: &RunSummary) -> String {
    let RunSummary { state, started, profile, account, user, base_url, .. } = run;
    format!("{} {state} {} {profile} {account} {user} {base_url}", run.run, started.local_minute())
}

/// Everything that is searched of a line: its level, its words.
fn said(line: &LogLine) -> String {
    format!("{} {}", level(line), line.text)
}

/// The level of a line, as a filter names it.
pub const fn level(line: &LogLine) -> &'static str {
    match line.tone {
        None => "info",
        Some(Status::Updated) => "ok",
        Some(Status::NotSent) => "wait",
        Some(Status::Unknown) => "warning",
        Some(Status::Rejected) => "error",
    }
}

/// Whether every word of the filter is in the text, without regard to case. A number is found whole: `3` is not in `13`.
fn passes(text: &str, filter: Option<&String>) -> bool {
    let text = text.to_lowercase();
    let has = |word: &str| {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
        } else {
            text.contains(word)
        }
    };
    filter.is_none_or(|filter| filter.to_lowercase().split_whitespace().all(has))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("batch 3", true)]
    #[case("BATCH settled", true)]
    #[case("batch 13", false)]
    #[case("warning 3", true)]
    #[case("", true)]
    #[case("error", false)]
    fn every_word_is_wanted_and_numbers_whole(#[case] filter: &str, #[case] wanted: bool) {
        assert_eq!(passes("warning run 1: batch 3 settled", Some(&filter.to_owned())), wanted);
    }
}
