//! History and log: which of their rows the words of a filter show.

use super::live::LogLine;
use super::log_filter::{LogFilter, has_word};
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
    let filter = grid.filter.as_ref().and_then(|filter| LogFilter::parse(filter).ok());
    let shown = |line: &LogLine| {
        let bad = matches!(line.tone, Some(Status::Rejected | Status::Unknown));
        (!grid.problems || bad) && filter.as_ref().is_none_or(|filter| filter.matches(line))
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

/// Whether every word of the filter is in the text.
fn passes(text: &str, filter: Option<&String>) -> bool {
    filter.is_none_or(|filter| filter.split_whitespace().all(|word| has_word(text, word)))
}
