//! The causes of a run: outcomes alike as one line each, in the place of the results (SPEC 5).

use super::dialog::Dialog;
use super::effect::Effect;
use super::grid::Grid;
use super::model::Model;
use super::moving::steps;
use super::rows;
use super::triage::TriageAsk;
use crate::config::actions::{Action, Place};
use crate::domain::{Cause, Filter, RunId};
use crate::store::CauseGroup;

/// Rows below the causes that say what the one under the cursor means, of so many rows in all. A screen with a detail pane
/// says it there. On a small one the causes have all rows: what one means is said where it is mended.
pub fn advice_rows(model: &Model, rows: usize) -> u16 {
    if rows < 10 || model.layout().detail.is_some() { 0 } else { 5 }
}

/// The causes shown.
#[derive(Debug, Clone)]
pub struct Causes {
    /// The run that they are of.
    pub run: RunId,
    /// The groups, the most frequent first.
    pub groups: Vec<CauseGroup>,
    /// The cursor: only its numbers are used.
    pub grid: Grid<usize, ()>,
}

impl Causes {
    /// The group under the cursor.
    pub fn current(&self) -> Option<&CauseGroup> {
        self.groups.get(self.grid.cursor)
    }

    /// Edits of all groups.
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// Failures that nobody did anything about.
    pub fn left(&self) -> u64 {
        self.groups.iter().map(|group| group.left).sum()
    }
}

/// The causes, while they are what the results show.
pub fn shown(model: &Model) -> Option<&Causes> {
    model.causes.as_ref().filter(|_| model.place() == Place::Results)
}

/// Rows of the causes on the screen.
pub fn height(model: &Model) -> usize {
    let rows = model.height(Place::Results);
    rows - usize::from(advice_rows(model, rows))
}

/// Shows the causes instead of the rows, or the rows again.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.shown_run.filter(|_| model.causes.is_none()) else {
        model.causes = None;
        return Vec::new();
    };
    model.causes = Some(Causes { run, groups: Vec::new(), grid: Grid::default() });
    vec![Effect::Triage(TriageAsk::Groups(run))]
}

/// Asks for the groups again whenever the results are read again.
pub(super) fn wanted(model: &mut Model, effects: &[Effect]) -> Option<Effect> {
    let causes = model.causes.as_mut()?;
    let run = model.shown_run?;
    let again = effects.iter().any(|effect| matches!(effect, Effect::ResultKeys { .. }));
    if causes.run != run {
        *causes = Causes { run, groups: Vec::new(), grid: Grid::default() };
    } else if !again {
        return None;
    }
    Some(Effect::Triage(TriageAsk::Groups(run)))
}

/// Takes the groups; the cursor stays on its cause.
pub(super) fn take(model: &mut Model, run: RunId, groups: Vec<CauseGroup>) {
    let height = height(model);
    let Some(causes) = model.causes.as_mut().filter(|causes| causes.run == run) else { return };
    let current = causes.current().map(|group| group.cause.clone());
    let at = current.and_then(|cause| groups.iter().position(|group| group.cause == cause));
    causes.grid.set_keys((0..groups.len()).collect());
    causes.groups = groups;
    causes.grid.move_to(at.unwrap_or(causes.grid.cursor), height);
}

/// What an action means while the causes are shown; `None` = what it means anyway.
pub(super) fn run(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    shown(model).filter(|_| model.dialogs.is_empty())?;
    let height = height(model);
    let causes = model.causes.as_mut()?;
    if let Some(by) = steps(action, height as isize) {
        causes.grid.move_by(by, height);
        return Some(Vec::new());
    }
    let here = causes.current().map(|group| group.cause.clone());
    match (action, here) {
        (Action::Back, _) => {
            model.causes = None;
            Some(Vec::new())
        }
        (Action::Open, Some(cause)) => Some(open(model, &cause)),
        (Action::Mark, Some(cause)) => {
            let run = causes.run;
            causes.grid.move_by(1, height);
            Some(vec![Effect::Triage(TriageAsk::Mark(run, cause))])
        }
        // What is about single rows shows them.
        (
            Action::Detail
            | Action::Filter
            | Action::Search
            | Action::SearchNext
            | Action::SearchPrev
            | Action::Problems
            | Action::Sort
            | Action::SortBy
            | Action::MarkRange
            | Action::MarkAll
            | Action::MarkInvert
            | Action::MarkSame,
            _,
        ) => {
            model.causes = None;
            None
        }
        _ => None,
    }
}

/// Shows the rows of a cause: a filter like any other.
pub(super) fn open(model: &mut Model, cause: &Cause) -> Vec<Effect> {
    let others: Vec<String> =
        model.causes.iter().flat_map(|c| &c.groups).map(|group| group.cause.to_string()).collect();
    model.results.filter = Some(filter_of(cause, &others));
    model.results.problems = false;
    model.causes = None;
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Detail { .. }));
    rows::reload(model, Place::Results)
}

/// The filter that finds this cause and none of the others: its text, or a pattern where another's text has it in it.
fn filter_of(cause: &Cause, others: &[String]) -> String {
    let text = cause.to_string();
    let plain = format!("cause:\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let lower = text.to_lowercase();
    let alone = others.iter().all(|other| *other == text || !other.to_lowercase().contains(&lower));
    if alone && Filter::parse(&plain).is_ok() {
        return plain;
    }
    format!("cause:/^{}$/", regex::escape(&text).replace('/', "\\/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Changes, Echo, FilterRow, Outcome, Said, Sid, Status};

    #[test]
    fn the_filter_of_a_cause_finds_it_and_no_longer_one() {
        let words = ["Invalid email", "Invalid email domain", "a \"b\\c/d", "(x", "Invalid"];
        let outcomes: Vec<Outcome> = words
            .iter()
            .map(|words| Outcome {
                status: Status::Rejected,
                said: Said { code: Some(400), description: Some((*words).to_owned()), ..Said::default() },
                echo: Echo::None,
                item: None,
            })
            .collect();
        let causes: Vec<Cause> = outcomes.iter().map(Cause::from).collect();
        let texts: Vec<String> = causes.iter().map(Cause::to_string).collect();
        let (sid, changes) = (Sid::new("a"), Changes::default());
        for cause in &causes {
            let filter = Filter::parse(&filter_of(cause, &texts)).unwrap();
            let found: Vec<_> = outcomes
                .iter()
                .filter(|outcome| filter.matches(&FilterRow::result(&sid, &changes, Some(outcome), None)))
                .map(Cause::from)
                .collect();
            assert_eq!(found, std::slice::from_ref(cause), "{filter}");
        }
    }
}
