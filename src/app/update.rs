//! The one place where the model changes.

use super::answer::Notice;
use super::applies::{forget_steps, why_not};
use super::bulk::Form;
use super::dialog::Dialog;
use super::effect::{Effect, LocalChange, Msg};
use super::layout::Layout;
use super::model::{Ctx, Model};
use super::moving::{
    back, can_go_back, mark, move_column, move_rows, next_pane, open, show, show_cursors, steps, zoom,
};
use super::over::dialog_action;
use super::prompt::PromptKind;
use super::typing::{on_key, on_paste};
use super::{
    base, bulk, calm, causes, contacts, copying, held, leave, mending, mouse, palette, pick, prompt, pulling,
    reconcile, results, rows, send, triage, work,
};
use crate::config::actions::{Action, Place};
use crate::store::Cell;

/// Takes what happened; gives what the world must do.
pub fn update(model: &mut Model, msg: Msg, ctx: &Ctx) -> Vec<Effect> {
    (model.dirty, model.now) = (true, ctx.now);
    let mut effects = take(model, msg, ctx);
    effects.extend(held::release(model, ctx));
    pulling::note_stop(model, &effects);
    forget_steps(model, &effects);
    effects.extend(calm::show_run(model, ctx));
    effects.extend(causes::wanted(model, &effects));
    effects.extend(rows::wanted(model));
    effects.extend(palette::wanted(model));
    effects
}

/// Takes what happened, or holds it for later.
pub(super) fn take(model: &mut Model, msg: Msg, ctx: &Ctx) -> Vec<Effect> {
    let Some(msg) = held::hold(model, msg) else { return Vec::new() };
    let effects = match msg {
        Msg::Key(key) => on_key(model, key, ctx),
        Msg::Paste { text, cut } => on_paste(model, &text, cut),
        Msg::Mouse { act, x, y } => mouse::on_mouse(model, act, (x, y)),
        Msg::Resize(width, height) => on_resize(model, (width, height)),
        Msg::Engine(event) => send::on_event(model, *event),
        Msg::Answer(answer) => rows::on_answer(model, answer, ctx),
        Msg::Terminate => leave::terminate(model),
        Msg::Overdue(step) => leave::overdue(model, step),
        Msg::Alarm(alarm) => {
            calm::due(model, alarm);
            Vec::new()
        }
    };
    held::begin(model, &effects);
    effects
}

fn on_resize(model: &mut Model, size: (u16, u16)) -> Vec<Effect> {
    model.size = size;
    if !Layout::too_small(size) {
        show_cursors(model);
    }
    Vec::new()
}

pub(super) fn run_action(model: &mut Model, action: Action, ctx: &Ctx) -> Vec<Effect> {
    if let Some(effects) = dialog_action(model, action, ctx) {
        return effects;
    }
    if held::holds(model, action) {
        return Vec::new();
    }
    // Whether there is a step the disk knows best: another program may have made one.
    if !matches!(action, Action::Undo | Action::Redo)
        && let Some(why) = why_not(model, action)
    {
        model.tell(Notice::failed(why));
        return Vec::new();
    }
    if action == Action::Back
        && let Some(stop) = work::stop(model)
    {
        return vec![stop];
    }
    if action == Action::Back && !can_go_back(model) && pulling::ask_stop(model, ctx) {
        return Vec::new();
    }
    if let Some(effects) = causes::run(model, action) {
        return effects;
    }
    match action {
        Action::CancelRest => send::ask_cancel(model, ctx),
        Action::Quit => leave::quit(model, ctx),
        action => run_plain(model, action),
    }
}

/// What an action does that needs no moment of time.
fn run_plain(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = model.height(model.place()) as isize;
    if action == Action::Bottom && results::follows_from_here(model) {
        return results::follow(model);
    }
    if let Some(by) = steps(action, page) {
        return move_rows(model, by);
    }
    match action {
        Action::Send => send::ask_plan(model, true),
        Action::Plan => send::ask_plan(model, false),
        Action::Pause => send::pause(model),
        Action::EditCell => rows::edit_cell(model),
        Action::SetMarked => bulk::open_form(model, Form::Set),
        Action::Replace => bulk::open_form(model, Form::Replace),
        Action::Transform => bulk::open_menu(model),
        Action::Mend => bulk::mend(model),
        Action::Sort => pick::sort_here(model),
        Action::SortBy => {
            pick::open_sort(model);
            Vec::new()
        }
        Action::Requeue => triage::requeue(model),
        Action::Fix => mending::start(model),
        Action::Causes => causes::toggle(model),
        Action::EditOutside => rows::edit_outside(model),
        Action::Add => rows::open(model, PromptKind::Add, ""),
        Action::TakeOut => rows::take_out(model),
        Action::Undo => vec![Effect::Change(LocalChange::Undo)],
        Action::Redo => vec![Effect::Change(LocalChange::Redo)],
        Action::Open => open(model),
        Action::Detail => {
            model.dialogs.push(Dialog::Detail { scroll: 0 });
            Vec::new()
        }
        Action::Diff => {
            model.known = None;
            model.dialogs.push(Dialog::Diff { scroll: 0 });
            Vec::new()
        }
        Action::UndoRun => base::ask_undo(model),
        Action::Zoom => zoom(model),
        Action::Problems => rows::toggle_problems(model),
        Action::Filter => {
            let (place, text) = (model.place(), rows::narrowing(model).0.clone().unwrap_or_default());
            if place == Place::Contacts {
                return contacts::open_search(model, &text);
            }
            rows::open(model, PromptKind::Filter(place), &text)
        }
        Action::Search if model.place() == Place::Contacts => contacts::open_search(model, ""),
        // Few words a row, and few rows: to find is to narrow.
        Action::Search if matches!(model.place(), Place::History | Place::Log) => {
            rows::open(model, PromptKind::Filter(model.place()), "")
        }
        Action::Search => rows::open(model, PromptKind::Search(model.place()), ""),
        Action::SearchNext => rows::next_match(model, true),
        Action::SearchPrev => rows::next_match(model, false),
        Action::CopySid | Action::CopyJson => copying::key(model, action == Action::CopyJson),
        Action::Refresh => reconcile::ask(model),
        Action::NextPane | Action::PrevPane => next_pane(model, action == Action::NextPane),
        Action::ViewQueue => show(model, Place::Queue),
        Action::ViewResults => show(model, Place::Results),
        Action::ViewContacts => show(model, Place::Contacts),
        Action::ViewHistory => show(model, Place::History),
        Action::ViewLog => show(model, Place::Log),
        Action::Back => back(model),
        Action::Palette => rows::open(model, PromptKind::Command, ""),
        Action::Help => {
            model.dialogs.push(Dialog::Help { scroll: 0, filter: String::new() });
            Vec::new()
        }
        Action::Suspend => vec![Effect::Suspend],
        Action::Left | Action::Right | Action::FirstColumn | Action::LastColumn => move_column(model, action),
        action => mark(model, action),
    }
}

/// The position of the column under the cursor of the contacts, else of the queue.
pub(super) fn current_column(model: &Model) -> usize {
    if model.place() == Place::Contacts { model.contacts.grid.column } else { model.queue.column }
}

/// That column.
pub(super) fn current_cell(model: &Model) -> Cell {
    prompt::column(current_column(model))
}
