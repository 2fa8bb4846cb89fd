//! Which results of a run are shown, in what order, and how the cursor follows what a run brings in.
//!
//! Rows that come in never move the row under the cursor. Only who follows is taken along: to the last row shown of the
//! batch that settled last.

use super::causes;
use super::effect::{Effect, KeysFor};
use super::grid::Loaded;
use super::model::Model;
use super::moving::show;
use super::{answer::Notice, rows};
use crate::config::actions::Place;
use crate::store::{ResultColumn, Sort};

/// Which results of a run are shown, and in what order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultView {
    /// The filter, as typed.
    pub filter: Option<String>,
    /// Only results that are not a plain success.
    pub problems: bool,
    /// The order; as they were sent where there is none.
    pub sort: Option<Sort<ResultColumn>>,
}

impl ResultView {
    /// Whether it leaves results out.
    pub const fn is_narrow(&self) -> bool {
        self.filter.is_some() || self.problems
    }
}

/// What comes before the keys of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultsAnswer {
    /// The first keys of a view, to fill a screen; all of them come later.
    First(Vec<u64>),
    /// The newest row of the view, for who follows.
    Newest(u64),
}

/// How the results are shown, besides their filter.
#[derive(Debug, Default)]
pub struct ResultOrder {
    /// The order; as they were sent where there is none.
    pub sort: Option<Sort<ResultColumn>>,
    /// Whether the cursor follows what the run brings in.
    pub follow: bool,
    /// The row that the cursor goes to when the keys are read again.
    go_to: Option<u64>,
    /// The view whose keys were read last, and the one asked for since.
    views: (Option<ResultView>, Option<ResultView>),
}

impl ResultOrder {
    /// Whether all rows shown are of the view before the one asked for.
    pub(super) fn shows_another(&self) -> bool {
        self.views.0 != self.views.1
    }
}

impl Model {
    /// Asks for the keys of the results shown.
    pub fn ask_result_keys(&mut self) -> Option<Effect> {
        let run = self.shown_run?;
        let token = self.question(Place::Results, KeysFor::View);
        let view = ResultView {
            filter: self.results.filter.clone(),
            problems: self.results.problems,
            sort: self.result_order.sort,
        };
        self.result_order.views.1 = Some(view.clone());
        let newest = self.running().filter(|_| self.result_order.follow).and_then(|live| live.newest);
        Some(Effect::ResultKeys { token, what: KeysFor::View, run, view, newest })
    }

    /// Whether rows come in that can be followed.
    fn brings_in(&self) -> bool {
        self.running().is_some_and(|live| live.reads.is_none() && Some(live.run) == self.shown_run)
    }
}

/// Takes what comes before the keys.
pub(super) fn on_answer(model: &mut Model, token: u64, answer: ResultsAnswer) -> Vec<Effect> {
    if !model.waiting.contains(&(Place::Results, KeysFor::View, token)) {
        return Vec::new();
    }
    match answer {
        ResultsAnswer::Newest(seq) => {
            if model.result_order.follow {
                model.result_order.go_to = Some(seq);
            }
        }
        // The same view read again keeps its rows until all are there.
        ResultsAnswer::First(keys) if model.result_order.shows_another() => {
            let current = model.results.current_key();
            if !model.results.goes_to_top && !keys.iter().any(|key| Some(*key) == current) {
                model.result_order.go_to = model.result_order.go_to.or(current);
                model.results.to_top();
            }
            let effects = show_keys(model, keys);
            model.results.loaded = Loaded::First;
            return effects;
        }
        ResultsAnswer::First(_) => {}
    }
    Vec::new()
}

/// Takes the keys, or why there are none.
pub(super) fn take_keys(model: &mut Model, keys: Result<Vec<u64>, String>) -> Vec<Effect> {
    match keys {
        Ok(keys) => {
            let order = &mut model.result_order;
            order.views.0.clone_from(&order.views.1);
            if model.results.loaded == Loaded::First && model.results.cursor > 0 && !order.follow {
                // The cursor was moved since: it stays.
                order.go_to = None;
            }
            let effects = show_keys(model, keys);
            model.result_order.go_to = None;
            effects
        }
        Err(why) => {
            model.tell(Notice::error("reading the results", why));
            view_back(model).into_iter().collect()
        }
    }
}

/// Goes back to the view whose rows were all shown; it is read again where some of another took its place.
fn view_back(model: &mut Model) -> Option<Effect> {
    let order = &mut model.result_order;
    order.views.1.clone_from(&order.views.0);
    let ResultView { filter, problems, sort } = order.views.0.clone()?;
    order.sort = sort;
    (model.results.filter, model.results.problems) = (filter, problems);
    if model.results.loaded == Loaded::First { model.ask_result_keys() } else { None }
}

/// Shows these rows, with the cursor where it was or where it is to go.
fn show_keys(model: &mut Model, keys: Vec<u64>) -> Vec<Effect> {
    model.results.set_keys(keys);
    let height = model.height(Place::Results);
    model.results.show_cursor(height);
    let wanted = model.result_order.go_to;
    if let Some(at) = wanted.and_then(|seq| model.results.keys().iter().position(|key| *key == seq)) {
        model.results.move_to(at, height);
    }
    let seqs = model.results.read_again(height);
    match model.shown_run {
        Some(run) if !seqs.is_empty() => vec![Effect::ResultRows { run, seqs }],
        _ => Vec::new(),
    }
}

/// Shows the rows in another order, what comes first at the top: for that one sorts.
pub(super) fn sort(model: &mut Model, sort: Option<Sort<ResultColumn>>) -> Vec<Effect> {
    model.result_order.sort = sort;
    model.result_order.follow = false;
    model.results.to_top();
    model.ask_result_keys().into_iter().collect()
}

/// The column under the cursor.
pub(super) fn column(model: &Model) -> ResultColumn {
    ResultColumn::SHOWN.get(model.results.column).copied().unwrap_or(ResultColumn::Status)
}

/// Whether `G` follows: it is pressed where it went, or when it follows already.
pub(super) fn follows_from_here(model: &Model) -> bool {
    let at_end = model.results.cursor + 1 >= model.results.len();
    model.place() == Place::Results && causes::shown(model).is_none() && model.brings_in() && at_end
}

/// Has the cursor go with what comes in.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    if !model.brings_in() {
        model.tell(Notice::failed("only a run under way brings in rows to follow"));
        return Vec::new();
    }
    let mut effects = show(model, Place::Results);
    model.causes = None;
    model.result_order.follow = true;
    effects.extend(rows::reload(model, Place::Results));
    effects
}
