//! The mouse, where the user wants it: the wheel scrolls, a click chooses a row.

use super::dialog::{Dialog, scroll};
use super::effect::Effect;
use super::layout::{Area, RUN_ROWS};
use super::model::Model;
use super::moving::{move_rows, show};
use crate::config::actions::Place;

/// Rows that one step of the wheel goes.
const STEP: isize = 3;

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAct {
    /// The left button went down.
    Press,
    /// The wheel turned away from the user.
    WheelUp,
    /// The wheel turned towards the user.
    WheelDown,
}

/// Takes what the mouse did. A prompt or a question is answered by keys alone.
pub(super) fn on_mouse(model: &mut Model, act: MouseAct, at: (u16, u16)) -> Vec<Effect> {
    if model.prompt.is_some() || matches!(model.dialogs.last(), Some(Dialog::Confirm(_))) {
        return Vec::new();
    }
    let by = match act {
        MouseAct::Press => return press(model, at),
        MouseAct::WheelUp => -STEP,
        MouseAct::WheelDown => STEP,
    };
    if model.dialogs.last_mut().and_then(Dialog::scroll).is_some() {
        scroll(model, by);
        return Vec::new();
    }
    let Some((place, _)) = under(model, at) else { return Vec::new() };
    let mut effects = if place == model.place() { Vec::new() } else { show(model, place) };
    effects.extend(move_rows(model, by));
    effects
}

fn press(model: &mut Model, at: (u16, u16)) -> Vec<Effect> {
    let (true, Some((place, area))) = (model.dialogs.is_empty(), under(model, at)) else { return Vec::new() };
    let mut effects = if place == model.place() { Vec::new() } else { show(model, place) };
    // Below the frame and the headings, and in the results below the lines about the run.
    let above = area.y + if place == Place::Results { 2 + RUN_ROWS } else { 2 };
    let height = model.height(place);
    if let Some(row) = at.1.checked_sub(above).map(usize::from).filter(|row| *row < height) {
        match place {
            Place::Queue => model.queue.move_to(model.queue.top + row, height),
            Place::Results => model.results.move_to(model.results.top + row, height),
            Place::Contacts => model.contacts.grid.move_to(model.contacts.grid.top + row, height),
            Place::History => model.history.move_to(model.history.top + row, height),
            Place::Log => model.log_grid.move_to(model.log_grid.top + row, height),
        }
        effects.extend(move_rows(model, 0));
    }
    effects
}

/// The place that is shown there, and its area.
fn under(model: &Model, (x, y): (u16, u16)) -> Option<(Place, Area)> {
    let layout = model.layout();
    let parts = [
        (Place::Queue, layout.queue),
        (Place::Results, layout.results),
        (Place::Contacts, layout.contacts),
        (model.place(), layout.whole),
    ];
    parts.into_iter().find_map(|(place, area)| {
        let area = area?;
        let inside = (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y);
        inside.then_some((place, area))
    })
}
