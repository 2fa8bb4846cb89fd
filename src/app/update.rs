//! The one place where the model changes.

use super::applies::why_not;
use super::dialog::{DEAF_MS, Dialog};
use super::effect::{Effect, LocalChange, Msg, Notice};
use super::grid::Grid;
use super::layout::Layout;
use super::model::{Ctx, Model};
use super::prompt::{COLUMNS, PromptKind};
use super::{command, help, leave, mouse, pace, palette, prompt, reconcile, rows, send, themes};
use crate::config::actions::{Action, Context, Place};
use crate::config::keymap::Lookup;
use crate::store::Cell;
use crate::support::key::{Key, KeyCode};

/// Takes what happened; gives what the world must do.
pub fn update(model: &mut Model, msg: Msg, ctx: &Ctx) -> Vec<Effect> {
    model.dirty = true;
    let mut effects = match msg {
        Msg::Key(key) => on_key(model, key, ctx),
        Msg::Paste { text, cut } => on_paste(model, &text, cut),
        Msg::Mouse { act, x, y } => mouse::on_mouse(model, act, (x, y)),
        Msg::Resize(width, height) => on_resize(model, (width, height)),
        Msg::Engine(event) => send::on_event(model, *event),
        Msg::Answer(answer) => rows::on_answer(model, answer, ctx),
        Msg::Terminate => leave::terminate(model),
        Msg::Overdue(step) => leave::overdue(model, step),
    };
    effects.extend(rows::wanted(model));
    effects.extend(palette::wanted(model));
    effects
}

fn on_resize(model: &mut Model, size: (u16, u16)) -> Vec<Effect> {
    model.size = size;
    if !Layout::too_small(size) {
        show_cursors(model);
    }
    Vec::new()
}

/// Keeps the cursors on the screen after the panes changed their heights.
fn show_cursors(model: &mut Model) {
    let heights = Place::ALL.map(|place| model.height(place));
    let [queue, results, history, log] = heights;
    model.queue.show_cursor(queue);
    model.results.show_cursor(results);
    model.history.show_cursor(history);
    model.log_grid.show_cursor(log);
}

/// Gives the pane with the focus the whole screen, or shares it again.
fn zoom(model: &mut Model) -> Vec<Effect> {
    if !model.zoomed && !model.layout().is_shared() {
        model.tell(Notice::done("this pane has the whole screen already; a larger terminal shows more"));
        return Vec::new();
    }
    model.zoomed = !model.zoomed;
    show_cursors(model);
    Vec::new()
}

fn on_paste(model: &mut Model, text: &str, cut: bool) -> Vec<Effect> {
    if let Some(prompt) = &mut model.prompt {
        prompt.paste(text, cut);
    } else if let Some(Dialog::Confirm(confirm)) = model.dialogs.last_mut() {
        if confirm.want.is_some() {
            confirm.typed.push_str(text.trim());
        }
    } else {
        model.refuse("Pasted text is never run as keys. `<add>` adds an edit, `:import FILE` a whole file.");
    }
    Vec::new()
}

fn on_key(model: &mut Model, key: Key, ctx: &Ctx) -> Vec<Effect> {
    if model.prompt.is_some() {
        model.pending.clear();
        return prompt_key(model, key, ctx);
    }
    if let Some(Dialog::Confirm(confirm)) = model.dialogs.last() {
        model.pending.clear();
        return if ctx.now.since(confirm.opened) < DEAF_MS { Vec::new() } else { confirm_key(model, key) };
    }
    model.notice = None;
    model.pending.push(key);
    let mut meaning = model.session.keymap.lookup(model.place(), &model.pending);
    if meaning == Lookup::Nothing && !model.dialogs.is_empty() {
        // A dialog can have keys that its place has not: the search of the help, in a place without one.
        meaning = model.session.keymap.lookup(Place::Queue, &model.pending);
    }
    if meaning == Lookup::Prefix {
        return Vec::new();
    }
    model.pending.clear();
    if let Lookup::Action(action) = meaning { run_action(model, action, ctx) } else { Vec::new() }
}

fn confirm_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let meaning = model.session.keymap.lookup(Context::Prompt, &[key]);
    let Some(Dialog::Confirm(confirm)) = model.dialogs.last_mut() else { return Vec::new() };
    let said_yes = match (&confirm.want, key.code) {
        _ if meaning == Lookup::Action(Action::Cancel) => Some(false),
        (None, KeyCode::Char('y')) => Some(true),
        (_, KeyCode::Esc) | (None, KeyCode::Char('n' | 'q') | KeyCode::Enter) => Some(false),
        (Some(want), KeyCode::Enter) => (*want == confirm.typed).then_some(true),
        (Some(_), KeyCode::Backspace) => {
            confirm.typed.pop();
            None
        }
        (Some(_), KeyCode::Char(c)) if !key.ctrl && !key.alt => {
            confirm.typed.push(c);
            None
        }
        _ => None,
    };
    let Some(said_yes) = said_yes else { return Vec::new() };
    let Some(Dialog::Confirm(confirm)) = model.dialogs.pop() else { return Vec::new() };
    if !said_yes {
        return Vec::new();
    }
    if confirm.quits { leave::next(model) } else { confirm.effects }
}

fn prompt_key(model: &mut Model, key: Key, ctx: &Ctx) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    match prompt.take(key, &model.session.keymap) {
        prompt::Typed::Goes => {
            if prompt.kind == PromptKind::Help {
                scroll_help(model, isize::MIN / 2);
            }
            Vec::new()
        }
        prompt::Typed::Given => {
            model.prompt = None;
            Vec::new()
        }
        prompt::Typed::Choose(by) => {
            palette::choose(model, by);
            Vec::new()
        }
        prompt::Typed::Done => submit_prompt(model, ctx),
        prompt::Typed::Next => {
            if !matches!(prompt.kind, PromptKind::Cell { in_place: true, .. }) {
                palette::complete(model);
                return Vec::new();
            }
            let effects = submit_prompt(model, ctx);
            if model.prompt.is_none() && model.queue.column + 1 < COLUMNS {
                model.queue.column += 1;
                rows::edit_cell(model, false);
            }
            effects
        }
    }
}

/// Takes what the prompt holds. A prompt whose text is wrong stays open and says why.
fn submit_prompt(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let Some(prompt) = model.prompt.take() else { return Vec::new() };
    let text = prompt.text().to_owned();
    match prompt.kind.clone() {
        PromptKind::Cell { edits, cell, .. } => rows::set_cell(model, edits, cell, &text),
        PromptKind::Add => rows::add(model, prompt, &text),
        PromptKind::Filter(place) => rows::set_filter(model, place, prompt, &text),
        PromptKind::Search(place) => rows::start_search(model, place, prompt, &text),
        PromptKind::Command => command::run(model, prompt, ctx),
        PromptKind::Help => {
            if let Some(Dialog::Help { filter, .. }) = model.dialogs.last_mut() {
                *filter = text;
            }
            Vec::new()
        }
        PromptKind::Pace(knob) => pace::set(model, knob, prompt),
    }
}

pub(super) fn run_action(model: &mut Model, action: Action, ctx: &Ctx) -> Vec<Effect> {
    if let Some(effects) = dialog_action(model, action) {
        return effects;
    }
    if let Some(why) = why_not(model, action) {
        model.tell(Notice::failed(why));
        return Vec::new();
    }
    match action {
        Action::CancelRest => send::ask_cancel(model, ctx),
        Action::Requeue => send::ask_requeue(model, ctx),
        Action::Quit => leave::quit(model, ctx),
        action => run_plain(model, action),
    }
}

/// What the keys of moving mean while a dialog is open; `None` when none is.
fn dialog_action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = usize::from(model.size.1.saturating_sub(8)).max(1) as isize;
    if matches!(model.dialogs.last(), Some(Dialog::Help { .. })) {
        return Some(help_action(model, action, page));
    }
    let top = model.dialogs.last_mut()?;
    if matches!(top, Dialog::Themes(_)) && action != Action::Suspend {
        return Some(themes::run(model, action, steps(action, page)));
    }
    if let Some(by) = steps(action, page)
        && !matches!(top, Dialog::Detail { .. })
    {
        if let Some(scroll) = top.scroll() {
            *scroll = scroll.saturating_add_signed(by);
        }
        return Some(Vec::new());
    }
    match action {
        Action::Quit | Action::Back | Action::Open | Action::Plan => {
            model.dialogs.pop();
            Some(Vec::new())
        }
        Action::Detail if matches!(top, Dialog::Detail { .. }) => {
            model.dialogs.pop();
            Some(Vec::new())
        }
        // In the detail, j and k go through the rows; the page keys scroll its text.
        Action::Down | Action::Up => Some(move_rows(model, if action == Action::Down { 1 } else { -1 })),
        action if steps(action, page).is_some() => {
            if let Some(scroll) = top.scroll() {
                *scroll = scroll.saturating_add_signed(steps(action, page).unwrap_or(0));
            }
            Some(Vec::new())
        }
        // What sends, or copies, closes the dialog and does it.
        Action::Send | Action::Requeue | Action::CopySid | Action::CopyJson | Action::Pause | Action::Suspend => {
            if !matches!(action, Action::CopySid | Action::CopyJson | Action::Suspend) {
                model.dialogs.clear();
            }
            None
        }
        _ => Some(Vec::new()),
    }
}

/// What the keys mean in the help.
fn help_action(model: &mut Model, action: Action, page: isize) -> Vec<Effect> {
    let Some(Dialog::Help { filter, .. }) = model.dialogs.last_mut() else { return Vec::new() };
    match action {
        Action::Search | Action::Filter => {
            let text = filter.clone();
            return rows::open(model, PromptKind::Help, &text);
        }
        Action::Back if !filter.is_empty() => filter.clear(),
        Action::Back | Action::Quit | Action::Help | Action::Open => {
            model.dialogs.pop();
        }
        Action::Suspend => return vec![Effect::Suspend],
        action => {
            if let Some(by) = steps(action, page) {
                scroll_help(model, by);
            }
        }
    }
    Vec::new()
}

/// Scrolls the help, never past its last screen.
fn scroll_help(model: &mut Model, by: isize) {
    let last = help::last_top(model);
    if let Some(scroll) = model.dialogs.last_mut().and_then(Dialog::scroll) {
        *scroll = scroll.saturating_add_signed(by).min(last);
    }
}

/// How many rows an action moves.
const fn steps(action: Action, page: isize) -> Option<isize> {
    Some(match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::HalfDown => page / 2,
        Action::HalfUp => -(page / 2),
        Action::PageDown => page,
        Action::PageUp => -page,
        Action::Top => isize::MIN / 2,
        Action::Bottom => isize::MAX / 2,
        _ => return None,
    })
}

pub(super) fn move_rows(model: &mut Model, by: isize) -> Vec<Effect> {
    let place = model.place();
    let height = model.height(place);
    match place {
        Place::Queue => model.queue.move_by(by, height),
        Place::Results => model.results.move_by(by, height),
        Place::History => model.history.move_by(by, height),
        Place::Log => model.log_grid.move_by(by, height),
    }
    Vec::new()
}

/// What an action does that needs no moment of time.
fn run_plain(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = model.height(model.place()) as isize;
    if let Some(by) = steps(action, page) {
        return move_rows(model, by);
    }
    match action {
        Action::Send => send::ask_plan(model, true),
        Action::Plan => send::ask_plan(model, false),
        Action::Pause => send::pause(model),
        Action::EditCell => rows::edit_cell(model, false),
        Action::SetMarked => rows::edit_cell(model, true),
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
        Action::Zoom => zoom(model),
        Action::Problems => rows::toggle_problems(model),
        Action::Filter => {
            let (place, text) = (model.place(), rows::narrowing(model).0.clone().unwrap_or_default());
            rows::open(model, PromptKind::Filter(place), &text)
        }
        Action::Search => rows::open(model, PromptKind::Search(model.place()), ""),
        Action::SearchNext => rows::next_match(model, true),
        Action::SearchPrev => rows::next_match(model, false),
        Action::CopySid | Action::CopyJson => rows::copy(model, action == Action::CopyJson),
        Action::Refresh => reconcile::ask(model),
        Action::NextPane | Action::PrevPane => next_pane(model, action == Action::NextPane),
        Action::ViewQueue => show(model, Place::Queue),
        Action::ViewResults => show(model, Place::Results),
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

fn mark(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.height(model.place());
    if action == Action::MarkSame {
        return rows::mark_same(model);
    }
    match model.place() {
        Place::Queue => mark_in(&mut model.queue, action, height),
        Place::Results => mark_in(&mut model.results, action, height),
        Place::History | Place::Log => {}
    }
    Vec::new()
}

fn mark_in<K: Copy + Ord + std::hash::Hash, R>(grid: &mut Grid<K, R>, action: Action, height: usize) {
    match action {
        Action::Mark => grid.toggle_mark(height),
        Action::MarkRange => grid.range(),
        Action::MarkAll => grid.mark_all(),
        Action::MarkNone => {
            grid.marks.clear();
            grid.anchor = None;
        }
        Action::MarkInvert => grid.invert_marks(),
        _ => {}
    }
}

fn move_column(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.place() == Place::Queue {
        let last = COLUMNS - 1;
        let column = &mut model.queue.column;
        *column = match action {
            Action::Left => column.saturating_sub(1),
            Action::Right => (*column + 1).min(last),
            Action::FirstColumn => 0,
            _ => last,
        };
    }
    Vec::new()
}

fn next_pane(model: &mut Model, forward: bool) -> Vec<Effect> {
    let order = Place::ALL;
    let at = order.iter().position(|p| *p == model.place()).unwrap_or(0);
    let next = if forward { at + 1 } else { at + order.len() - 1 } % order.len();
    show(model, order.get(next).copied().unwrap_or(Place::Queue))
}

/// Gives a place the focus.
pub(super) fn show(model: &mut Model, place: Place) -> Vec<Effect> {
    model.place = Some(place);
    model.pending.clear();
    match place {
        Place::History => vec![Effect::Runs],
        Place::Results if model.shown_run.is_none() => {
            model.runs.first().map(|r| r.run).map_or_else(Vec::new, |run| send::show_run(model, run))
        }
        _ => Vec::new(),
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    match model.place() {
        Place::Queue => rows::edit_cell(model, false),
        Place::Results => {
            model.dialogs.push(Dialog::Detail { scroll: 0 });
            Vec::new()
        }
        Place::History => {
            let Some(run) = model.runs.get(model.history.cursor).map(|r| r.run) else { return Vec::new() };
            let mut effects = send::show_run(model, run);
            effects.extend(show(model, Place::Results));
            effects
        }
        Place::Log => {
            if let Some(line) = model.log.get(model.log_grid.cursor) {
                let text = format!("At {}\n\n{}", line.at.local_time(), line.text);
                model.tell(Notice::done(text));
            }
            Vec::new()
        }
    }
}

/// One level back: a range, a filter, a zoom, a view.
fn back(model: &mut Model) -> Vec<Effect> {
    let place = model.place();
    let range_open = match place {
        Place::Queue => model.queue.anchor.take().is_some(),
        Place::Results => model.results.anchor.take().is_some(),
        Place::History | Place::Log => false,
    };
    if range_open {
        return Vec::new();
    }
    if rows::widen(model) {
        return rows::reload(model, place);
    }
    if model.hides_panes() {
        return zoom(model);
    }
    if place == Place::Queue { Vec::new() } else { show(model, Place::Queue) }
}

/// The name of the column under the cursor of the queue.
pub(super) fn current_cell(model: &Model) -> Cell {
    prompt::column(model.queue.column)
}
