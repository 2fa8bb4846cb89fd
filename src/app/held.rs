//! What is typed ahead of an answer: held, in its order, until that answer is there.
//!
//! Disk and lines have their moments. Keys typed in one of them were meant for what the screen is about to show; taken at
//! once they would act on what it shows still.

use super::effect::{Effect, Msg};
use super::grid::Grid;
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
    /// The row under the cursor is read; then the action that needs it runs.
    Row(Action),
    /// A question about failures is answered, with something that takes keys.
    Answer,
    /// Nothing any more.
    Now,
}

/// Holds an action that needs the row under the cursor while that is being read; gives whether it did.
pub(super) fn holds(model: &mut Model, action: Action) -> bool {
    use Action::{CopyJson, CopySid, EditCell, Fix, MarkSame, Open, SetMarked};
    let needs_row = matches!(action, EditCell | Open | SetMarked | MarkSame | CopySid | CopyJson | Fix);
    let holds = needs_row && model.dialogs.is_empty() && is_row_coming(model);
    if holds {
        model.held = Some(Held { until: Until::Row(action), typed: Vec::new() });
    }
    holds
}

fn is_row_coming(model: &Model) -> bool {
    fn coming<K: super::marks::RowKey + std::hash::Hash, R>(grid: &Grid<K, R>) -> bool {
        grid.current_key().is_some() && grid.current().is_none()
    }
    match model.place() {
        Place::Queue => coming(&model.queue),
        Place::Results => coming(&model.results),
        // What is shown may still be what was found before.
        Place::Contacts => coming(&model.contacts.grid) || !model.contacts.grid.is_narrowed_as_asked(),
        Place::History | Place::Log => false,
    }
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
        Some(Until::Row(_)) => is_row_coming(model),
        Some(Until::Now) => false,
    };
    let Some(held) = model.held.take_if(|_| !waits) else { return Vec::new() };
    let mut effects = match held.until {
        Until::Row(action) => run_action(model, action, ctx),
        _ => Vec::new(),
    };
    begin(model, &effects);
    for msg in held.typed {
        effects.extend(take(model, msg, ctx));
    }
    effects
}
