//! The two lines at the bottom: what is going on or being typed, and the keys of this place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{palette, run};
use crate::app::{Dialog, Leaving, Model, Prompt, PromptKind};
use crate::config::actions::{Action, ActionRow, Context, Place};
use crate::config::keymap::in_words;
use crate::config::theme::Role;
use crate::store::Cell;
use crate::support::text::{count, counted, from_column, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Paints both lines; gives the cursor's place in a prompt.
pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) -> Option<(u16, u16)> {
    let line = Rect { height: 1, x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    keys(buffer, Rect { y: area.y + 1, ..line }, model, styles);
    if let Some(prompt) = &model.prompt {
        return prompt_line(buffer, line, model, prompt, styles);
    }
    if let Some(notice) = &model.notice {
        let (sign, role) = if notice.failed { ("! ", Role::Warn) } else { ("✓ ", Role::Ok) };
        let pieces = [(sign, styles.of(role)), (notice.text.as_str(), styles.of(Role::Text))];
        paint::pieces(buffer, line.x, line.y, line.width, &pieces);
        return None;
    }
    let (text, role) = match (acts_on(model), run::in_a_line(model, model.layout().results.is_some())) {
        (acts_on, Some(run)) if acts_on.is_empty() || model.leaving > Leaving::Staying => run,
        (acts_on, _) => (acts_on, Role::Dim),
    };
    paint::text(buffer, line.x, line.y, line.width, &text, styles.of(role));
    None
}

/// What the next action takes.
fn acts_on(model: &Model) -> String {
    if !model.pending.is_empty() {
        return in_words(&model.pending) + " …";
    }
    let (marks, hidden, range, len) = match model.place() {
        Place::Queue => (model.queue.marks.len(), model.queue.hidden_marks(), model.queue.anchor, model.queue.len()),
        Place::Results => {
            (model.results.marks.len(), model.results.hidden_marks(), model.results.anchor, model.results.len())
        }
        Place::History | Place::Log => return String::new(),
    };
    if range.is_some() {
        return model.keyed("choosing a range: move, then <mark-range> marks it, <back> drops it");
    }
    if marks > 0 {
        let hidden = if hidden > 0 { format!(", {} of them hidden", count(hidden as u64)) } else { String::new() };
        let clears = model.keyed("; <mark-none> clears the marks");
        return format!("keys act on {}{hidden}{clears}", counted(marks as u64, "marked row"));
    }
    match model.place() {
        Place::Queue if model.session.demo && model.runs.is_empty() && len > 0 => {
            let then = model.keyed(" wait here: <plan> shows what a send would do, <send> sends them");
            counted(model.queued, "edit") + &then
        }
        _ => String::new(),
    }
}

fn keys(buffer: &mut Buffer, line: Rect, model: &Model, styles: &Styles) {
    if let Some(hints) = over(model) {
        hinted(buffer, line, &hints, styles);
        return;
    }
    if !model.pending.is_empty() {
        hinted(buffer, line, &following(model), styles);
        return;
    }
    let keymap = &model.session.keymap;
    let here = |action| keymap.keys(action, model.place()).next().map(str::to_owned);
    let hints: Vec<(String, String)> = shown(model)
        .into_iter()
        .filter_map(Action::row)
        .filter_map(|row| Some((here(row.action)?, label(model, row).to_owned())))
        .collect();
    // The way to all the others keeps its place at the right.
    let help: Vec<_> = here(Action::Help).map(|key| (key, "help".to_owned())).into_iter().collect();
    let room = help.first().map_or(0, |(key, label)| (width(key) + 1 + width(label)) as u16);
    hinted(buffer, Rect { width: line.width.saturating_sub(room + 2), ..line }, &hints, styles);
    hinted(buffer, Rect { x: line.right().saturating_sub(room), width: room, ..line }, &help, styles);
}

/// What the keys pressed so far may become.
fn following(model: &Model) -> Vec<(String, String)> {
    let next = model.session.keymap.following(model.place(), &model.pending);
    next.into_iter().map(|next| (next.keys, next.row.label.to_owned())).collect()
}

fn hinted(buffer: &mut Buffer, line: Rect, hints: &[(String, String)], styles: &Styles) {
    let hints: Vec<(&str, &str)> = hints.iter().map(|(key, label)| (key.as_str(), label.as_str())).collect();
    paint::hints(buffer, line.x, line.y, line.width, &hints, styles);
}

/// The keys of what lies over the place: a prompt or a dialog.
fn over(model: &Model) -> Option<Vec<(String, String)>> {
    use Action::{
        Accept, Back, Cancel, ChooseNext, ChoosePrev, Complete, CopyJson, CopySid, Down, HalfDown, HalfUp, Open,
        Search, Send, Up,
    };
    type Hints = &'static [(&'static [Action], &'static str)];
    const CELL: Hints = &[(&[Accept], "save"), (&[Complete], "save, next cell"), (&[Cancel], "drop")];
    const COMMAND: Hints =
        &[(&[Accept], "run"), (&[ChoosePrev, ChooseNext], "choose"), (&[Complete], "complete"), (&[Cancel], "close")];
    const FILTER: Hints = &[(&[Accept], "ok"), (&[Complete], "complete a field"), (&[Cancel], "close")];
    const TEXT: Hints = &[(&[Accept], "ok"), (&[Cancel], "close")];
    const DETAIL: Hints = &[
        (&[Down, Up], "row"),
        (&[HalfDown, HalfUp], "scroll"),
        (&[CopySid], "copy SID"),
        (&[CopyJson], "copy JSON"),
        (&[Back], "close"),
    ];
    const PLAN: Hints = &[(&[Send], "send"), (&[Down, Up], "scroll"), (&[Back], "close")];
    const HELP: Hints =
        &[(&[Search], "find"), (&[Down, Up], "scroll"), (&[HalfDown, HalfUp], "half a page"), (&[Back], "close")];
    const THEMES: Hints = &[(&[Down, Up], "look"), (&[Open], "keep"), (&[Back], "as before")];
    const LINES: Hints = &[(&[Down, Up], "scroll"), (&[Back], "close")];
    let hints = match (&model.prompt, model.dialogs.last()) {
        (Some(prompt), _) => match prompt.kind {
            PromptKind::Cell { in_place: true, .. } => CELL,
            PromptKind::Command => COMMAND,
            PromptKind::Filter(_) | PromptKind::Search(_) => FILTER,
            _ => TEXT,
        },
        (None, Some(Dialog::Confirm(_))) => &[],
        (None, Some(Dialog::Detail { .. })) => DETAIL,
        (None, Some(Dialog::Plan { .. })) => PLAN,
        (None, Some(Dialog::Help { .. })) => HELP,
        (None, Some(Dialog::Themes(_))) => THEMES,
        (None, Some(_)) => LINES,
        (None, None) => return None,
    };
    let context = if model.prompt.is_some() { Context::Prompt } else { model.place().into() };
    let keymap = &model.session.keymap;
    // A dialog may have a key that its place has not.
    let key = |action| keymap.keys(action, context).chain(keymap.keys(action, Place::Queue)).next();
    let keys = |actions: &[Action]| Some(actions.iter().map(|a| key(*a)).collect::<Option<Vec<_>>>()?.join(" "));
    Some(hints.iter().filter_map(|(actions, label)| Some((keys(actions)?, (*label).to_owned()))).collect())
}

/// What an action is called here and now: the key that pauses also goes on, and what ends a run may give it up.
fn label(model: &Model, row: &ActionRow) -> &'static str {
    match (row.action, model.running()) {
        (Action::Pause, Some(live)) if live.paused.is_some() => "go on",
        (Action::CancelRest, Some(live)) if live.cancelling => "give up",
        (Action::Zoom, _) if model.hides_panes() => "share",
        (Action::Quit, Some(_)) if model.leaving > Leaving::Staying => "give up",
        (Action::Refresh, None) if model.place() == Place::Results => "reconcile",
        _ => row.label,
    }
}

/// The actions worth a place in the footer here and now, the likeliest first.
fn shown(model: &Model) -> Vec<Action> {
    use Action::{
        Add, Back, CancelRest, Detail, EditCell, Filter, Mark, Open, Palette, Pause, Plan, Problems, Quit, Refresh,
        Requeue, Search, Send, SetMarked, TakeOut, Undo, ViewQueue, Zoom,
    };
    let rest: &[Action] = match model.place() {
        Place::Queue if model.queue.is_empty() && !model.queue.is_narrowed() => &[Add, Palette, Quit],
        Place::Queue if !model.queue.marks.is_empty() => &[Send, Plan, SetMarked, TakeOut, Mark, EditCell, Undo],
        Place::Queue => {
            &[Send, Plan, EditCell, Add, TakeOut, Mark, Undo, Problems, Filter, Search, Zoom, Palette, Quit]
        }
        Place::Results if model.is_running() => &[Problems, Detail, Filter, Zoom, ViewQueue],
        Place::Results if model.has_unknown() => &[Refresh, Requeue, Problems, Detail, Filter, Zoom, ViewQueue, Quit],
        Place::Results => &[Requeue, Problems, Detail, Filter, Search, Mark, Zoom, ViewQueue, Quit],
        Place::History | Place::Log => &[Open, Back, Quit],
    };
    let run: &[Action] = match model.running() {
        None => &[],
        Some(_) if model.leaving > Leaving::Staying => &[Quit],
        Some(live) if live.cancelling => &[CancelRest],
        Some(_) => &[Pause, CancelRest],
    };
    let has_use = |action: &Action| match action {
        Send | Plan => !model.is_running(),
        Zoom => model.layout().is_shared() || model.hides_panes(),
        _ => true,
    };
    run.iter().chain(rest).copied().filter(has_use).collect()
}

fn prompt_line(buffer: &mut Buffer, line: Rect, model: &Model, prompt: &Prompt, styles: &Styles) -> Option<(u16, u16)> {
    if let PromptKind::Cell { cell, in_place: true, .. } = &prompt.kind {
        paint::text(buffer, line.x, line.y, line.width, &meaning(model, prompt, *cell), styles.of(Role::Text));
        return None;
    }
    if prompt.kind == PromptKind::Command {
        palette::paint(buffer, line, model, prompt, styles);
    }
    let label = match &prompt.kind {
        PromptKind::Cell { edits, cell, .. } => {
            format!("set {} on {}: ", name(*cell), counted(edits.len() as u64, "edit"))
        }
        PromptKind::Add => String::from("SID of the contact to edit: "),
        PromptKind::Filter(_) => String::from("filter: "),
        PromptKind::Search(_) => String::from("/"),
        PromptKind::Command => String::from(":"),
        PromptKind::Help => String::from("find in the help: "),
        PromptKind::Pace(knob) => format!("{}: ", knob.unit()),
    };
    let used = paint::text(buffer, line.x, line.y, line.width, &label, styles.of(Role::Key));
    let error = prompt.error.as_ref().map(|(_, message)| format!("  {message}"));
    let error_room = error.as_ref().map_or(0, |e| width(e) as u16).min(line.width / 2);
    let room = line.width.saturating_sub(used + error_room);
    let scroll = prompt.input.visual_scroll(usize::from(room.saturating_sub(1)));
    paint::text(buffer, line.x + used, line.y, room, from_column(prompt.text(), scroll), styles.of(Role::Text));
    if let Some(error) = error {
        paint::text(buffer, line.right().saturating_sub(error_room), line.y, error_room, &error, styles.of(Role::Bad));
    }
    let column = prompt.input.visual_cursor().saturating_sub(scroll) as u16;
    Some((line.x + used + column.min(room.saturating_sub(1)), line.y))
}

/// What the typed cell will do, so that clearing, emptying and leaving alone are never mixed up.
fn meaning(model: &Model, prompt: &Prompt, cell: Cell) -> String {
    let token = &model.session.clear_token;
    match (cell, prompt.text()) {
        (Cell::Sid, _) => String::from("the SID of the contact to edit"),
        (Cell::Field(field), "") => format!("{field}: left alone  ({token} clears it on the server)"),
        (Cell::Field(field), text) if text == token => format!("{field}: CLEARED on the server"),
        (Cell::Field(field), _) => format!("{field}: set  (empty = leave alone, {token} = clear)"),
    }
}

fn name(cell: Cell) -> &'static str {
    match cell {
        Cell::Sid => "sid",
        Cell::Field(field) => field.name(),
    }
}
