//! What is typed ahead of an answer: held, in its order, until that answer is there.
//!
//! Disk and lines have their moments. Keys typed in one of them were meant for what the screen is about to show; taken at
//! once they would act on what it shows still.

use std::hash::Hash;

use super::causes;
use super::effect::{Effect, KeysFor, Msg};
use super::grid::{Grid, Loaded};
use super::marks::RowKey;
use super::model::{Ctx, Model};
use super::triage::TriageAsk;
use super::update::{run_action, take};
use crate::config::actions::{Action, Place};
use crate::support::key::{Key, KeyCode};

/// What was typed, and what it waits for.
#[derive(Debug)]
pub struct Held {
    until: Until,
    /// What was typed since.
    typed: Vec<Msg>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// What the action needs of the list in focus is read; then it runs.
    List(Action),
    /// A question about failures is answered, with something that takes keys.
    Answer,
    /// Nothing any more.
    Now,
}

/// What an action needs of the list in focus, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// The runs.
    Runs,
    /// Rows to move among, be they those of the view before.
    Rows,
    /// The first rows of the view that was asked for.
    View,
    /// The row under the cursor, whole.
    Row,
    /// Every row of that view.
    All,
}

impl Need {
    const fn of(action: Action) -> Option<Self> {
        use Action::{
            Bottom, Causes, CopyJson, CopySid, Detail, Diff, Down, EditCell, Fix, HalfDown, HalfUp, Mark, MarkAll,
            MarkInvert, MarkRange, MarkSame, Mend, Open, PageDown, PageUp, Replace, Requeue, SetMarked, TakeOut, Top,
            Transform, UndoRun, Up,
        };
        Some(match action {
            Causes | UndoRun => Self::Runs,
            Down | Up | HalfDown | HalfUp | PageDown | PageUp | Top => Self::Rows,
            Mark | MarkRange | TakeOut | Detail | Diff | Replace | Transform | Mend => Self::View,
            EditCell | Open | SetMarked | MarkSame | CopySid | CopyJson => Self::Row,
            Bottom | MarkAll | MarkInvert | Requeue | Fix => Self::All,
            _ => return None,
        })
    }
}

/// Holds an action that needs more of its list than is read; gives whether it did.
pub(super) fn holds(model: &mut Model, action: Action) -> bool {
    let holds = model.dialogs.is_empty() && Need::of(action).is_some_and(|need| is_coming(model, need));
    if holds {
        model.held = Some(Held { until: Until::List(action), typed: Vec::new() });
    }
    holds
}

/// Whether what is needed of the list in focus is still being read.
fn is_coming(model: &Model, need: Need) -> bool {
    if let Some(causes) = causes::shown(model).filter(|_| need > Need::Runs) {
        return causes.grid.loaded == Loaded::No;
    }
    let place = model.place();
    let is_asked = model.waiting.iter().any(|(of, what, _)| (*of, *what) == (place, KeysFor::View));
    match place {
        Place::Queue => lacks(&model.queue, need, is_asked, model.views.0 != model.views.1),
        Place::Results if model.shown_run.is_none() => model.history.loaded == Loaded::No,
        Place::Results => lacks(&model.results, need, is_asked, model.result_order.shows_another()),
        Place::Contacts => {
            let grid = &model.contacts.grid;
            lacks(grid, need, is_asked, !grid.is_narrowed_as_asked())
        }
        Place::History => model.history.loaded == Loaded::No,
        Place::Log => false,
    }
}

/// Whether a list lacks what is needed of it: its keys, while they are being read and those `before` are shown, or its row.
fn lacks<K: RowKey + Hash, R>(grid: &Grid<K, R>, need: Need, is_asked: bool, before: bool) -> bool {
    let keys = match grid.loaded {
        Loaded::No => need > Need::Runs,
        Loaded::First => need == Need::All,
        Loaded::All => before && need > Need::Rows,
    };
    let is_row_missing = need == Need::Row && grid.current_key().is_some() && grid.current().is_none();
    (is_asked && keys) || is_row_missing
}

/// Begins to hold what is typed when one of these questions is about to open something.
pub(super) fn begin(model: &mut Model, effects: &[Effect]) {
    let asks = |effect: &Effect| matches!(effect, Effect::Triage(TriageAsk::Judge(..) | TriageAsk::Preview(..)));
    if effects.iter().any(asks) {
        model.held = Some(Held { until: Until::Answer, typed: Vec::new() });
    }
}

/// Takes what is typed while something is waited for; Esc and ctrl-c wait for nothing and take back what was typed.
pub(super) fn hold(model: &mut Model, msg: Msg) -> Option<Msg> {
    let gives_up = |key: &Key| key.code == KeyCode::Esc || (key.ctrl && key.code == KeyCode::Char('c'));
    if matches!(&msg, Msg::Key(key) if gives_up(key)) {
        model.held = None;
    }
    match (&mut model.held, msg) {
        (Some(held), msg @ (Msg::Key(_) | Msg::Paste { .. })) => {
            held.typed.push(msg);
            None
        }
        (_, msg) => Some(msg),
    }
}

/// The question is answered.
pub(super) fn answered(model: &mut Model) {
    if let Some(held) = model.held.as_mut().filter(|held| held.until == Until::Answer) {
        held.until = Until::Now;
    }
}

/// Takes what was held, when it need not wait any longer.
pub(super) fn release(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let waits = match model.held.as_ref().map(|held| held.until) {
        None | Some(Until::Answer) => true,
        Some(Until::List(action)) => Need::of(action).is_some_and(|need| is_coming(model, need)),
        Some(Until::Now) => false,
    };
    let Some(held) = model.held.take_if(|_| !waits) else { return Vec::new() };
    let mut effects = match held.until {
        Until::List(action) => run_action(model, action, ctx),
        _ => Vec::new(),
    };
    begin(model, &effects);
    for msg in held.typed {
        effects.extend(take(model, msg, ctx));
    }
    effects
}
