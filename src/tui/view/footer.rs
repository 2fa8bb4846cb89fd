//! The two lines at the bottom: what is going on or being typed, and the keys of this place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{palette, run};
use crate::app::bulk::can_mend;
use crate::app::import::{Question, Stage};
use crate::app::pick::PickOf;
use crate::app::{Dialog, Leaving, Model, Prompt, PromptKind, causes, cell_change, conflicts, pulling, work_line};
use crate::config::actions::{Action, ActionRow, Context, Place};
use crate::config::keymap::in_words;
use crate::config::theme::Role;
use crate::domain::{Cell, Change, Edit, Field, IssueCode, Severity, Sid, validate};
use crate::store::CellChange;
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
    let line = error_mark(buffer, line, model, styles);
    if let Some(notice) = &model.notice {
        let (sign, role) = if notice.failed { ("! ", Role::Warn) } else { ("✓ ", Role::Ok) };
        let pieces = [(sign, styles.of(role)), (notice.text.as_str(), styles.of(Role::Text))];
        paint::pieces(buffer, line.x, line.y, line.width, &pieces);
        return None;
    }
    if let Some(work) = work_line(model) {
        paint::text(buffer, line.x, line.y, line.width, &work, styles.of(Role::Text));
        return None;
    }
    let (text, role) = match (acts_on(model), run::in_a_line(model, model.layout().results.is_some())) {
        (acts_on, Some(run)) if acts_on.is_empty() || model.leaving > Leaving::Staying => run,
        (acts_on, None) if acts_on.is_empty() => (pulling::line(model).unwrap_or_default(), Role::Text),
        (acts_on, _) => (acts_on, Role::Dim),
    };
    paint::text(buffer, line.x, line.y, line.width, &text, styles.of(role));
    None
}

/// Says at the right that there are errors to look at; gives the rest of the line.
fn error_mark(buffer: &mut Buffer, line: Rect, model: &Model, styles: &Styles) -> Rect {
    let Some(mark) = model.errors.mark() else { return line };
    let room = (width(&mark) as u16).min(line.width);
    paint::text(buffer, line.right() - room, line.y, room, &mark, styles.of(Role::Warn));
    Rect { width: line.width.saturating_sub(room + 2), ..line }
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
        Place::Contacts => {
            let grid = &model.contacts.grid;
            (grid.marks.len(), grid.hidden_marks(), grid.anchor, grid.len())
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
    if let Some(group) = causes::shown(model).and_then(causes::Causes::current) {
        return format!("keys act on {} of this cause", counted(group.count, "edit"));
    }
    match model.place() {
        Place::Queue if model.session.demo && model.runs.is_empty() && len > 0 && model.pulling.is_none() => {
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
        Accept, Back, Cancel, ChooseNext, ChoosePrev, Complete, CopyJson, CopySid, Down, HalfDown, HalfUp, Mark, Open,
        Palette, Refresh, Search, Send, Up,
    };
    type Hints = &'static [(&'static [Action], &'static str)];
    const CELL: Hints = &[(&[Accept], "save"), (&[Complete], "save, next cell"), (&[Cancel], "drop")];
    const COMMAND: Hints =
        &[(&[Accept], "run"), (&[ChoosePrev, ChooseNext], "choose"), (&[Complete], "complete"), (&[Cancel], "close")];
    const FILTER: Hints = &[(&[Accept], "ok"), (&[Complete], "complete a field"), (&[Cancel], "close")];
    const FORM: Hints = &[(&[Accept], "next, then change"), (&[ChoosePrev, ChooseNext], "line"), (&[Cancel], "close")];
    const BULK: Hints = &[(&[Down, Up], "choose"), (&[Open], "change"), (&[Back], "close")];
    const IMPORT: Hints = &[(&[Down, Up], "choose"), (&[Open], "take"), (&[Back], "close")];
    const BUSY: Hints = &[(&[Back], "stop")];
    const VALUES: Hints = &[(&[Down, Up], "choose"), (&[Open], "the other value"), (&[Back], "done")];
    const SORT: Hints = &[(&[Down, Up], "choose"), (&[Open], "sort, again turns"), (&[Back], "close")];
    const COLUMNS: Hints = &[(&[Down, Up], "choose"), (&[Mark], "show or hide"), (&[Back], "close")];
    const STEPS: Hints = &[(&[Down, Up], "choose"), (&[Open], "go there"), (&[Back], "close")];
    const TAKEN_OUT: Hints = &[(&[Down, Up], "choose"), (&[Open], "put back"), (&[Back], "close")];
    const LISTS: Hints =
        &[(&[Down, Up], "choose"), (&[Open], "look, or pull"), (&[Refresh], "pull anew"), (&[Back], "close")];
    const WHO: Hints = &[(&[Down, Up], "choose"), (&[Open], "add it"), (&[Back], "close")];
    const TEXT: Hints = &[(&[Accept], "ok"), (&[Cancel], "close")];
    const DETAIL: Hints = &[
        (&[Down, Up], "row"),
        (&[HalfDown, HalfUp], "scroll"),
        (&[CopySid], "copy SID"),
        (&[CopyJson], "copy JSON"),
        (&[Palette], "copy more"),
        (&[Back], "close"),
    ];
    const PLAN: Hints = &[(&[Send], "send"), (&[Down, Up], "scroll"), (&[Back], "close")];
    const HELP: Hints =
        &[(&[Search], "find"), (&[Down, Up], "scroll"), (&[HalfDown, HalfUp], "half a page"), (&[Back], "close")];
    const THEMES: Hints = &[(&[Down, Up], "look"), (&[Open], "keep"), (&[Back], "as before")];
    const MENDING: Hints = &[(&[Down, Up], "choose"), (&[Open], "take it"), (&[Back], "close")];
    const ERRORS: Hints = &[(&[Down, Up], "choose"), (&[Open], "read"), (&[CopySid], "copy"), (&[Back], "close")];
    const MESSAGE: Hints = &[(&[Down, Up], "scroll"), (&[CopySid], "copy"), (&[Back], "close")];
    let hints = match (&model.prompt, model.dialogs.last()) {
        (Some(prompt), _) => match prompt.kind {
            PromptKind::Cell { .. } => CELL,
            PromptKind::Bulk => FORM,
            PromptKind::Command => COMMAND,
            PromptKind::Filter(_) | PromptKind::Search(_) => FILTER,
            _ => TEXT,
        },
        (None, Some(Dialog::Confirm(_))) => &[],
        (None, Some(Dialog::Detail { .. } | Dialog::Diff { .. })) => DETAIL,
        (None, Some(Dialog::Plan { .. })) => PLAN,
        (None, Some(Dialog::Help { .. })) => HELP,
        (None, Some(Dialog::Mending(_))) => MENDING,
        (None, Some(Dialog::Conflicts(_))) => {
            return Some(conflicts::KEYS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec());
        }
        (None, Some(Dialog::Themes(_))) => THEMES,
        (None, Some(Dialog::Bulk(_))) => BULK,
        (None, Some(Dialog::Import(import))) if matches!(import.stage, Stage::Busy(..)) => BUSY,
        (None, Some(Dialog::Import(import))) if matches!(import.stage, Stage::Settling(Question::Values, _)) => VALUES,
        (None, Some(Dialog::Import(_))) => IMPORT,
        (None, Some(Dialog::Pick(pick))) => match pick.of {
            PickOf::Sort | PickOf::ResultSort | PickOf::ContactSort => SORT,
            PickOf::Columns => COLUMNS,
            PickOf::Steps(_) => STEPS,
            PickOf::TakenOut(_) => TAKEN_OUT,
            PickOf::Who(..) => WHO,
            PickOf::Lists(..) => LISTS,
            PickOf::Errors(_) => ERRORS,
        },
        (None, Some(Dialog::Text { .. })) => MESSAGE,
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
        (Action::Causes, _) if model.causes.is_some() => "rows",
        (Action::Open, _) if model.causes.is_some() && model.place() == Place::Results => "its rows",
        (Action::Problems, _) if model.place() == Place::Contacts => "gone",
        (Action::Refresh, None) if model.place() == Place::Results => "reconcile",
        _ => row.label,
    }
}

/// The actions worth a place in the footer here and now, the likeliest first.
fn shown(model: &Model) -> Vec<Action> {
    use Action::{
        Add, Back, CancelRest, Causes, CopySid, Detail, EditCell, Filter, Fix, Mark, Mend, Open, Palette, Pause, Plan,
        Problems, Quit, Refresh, Replace, Requeue, Search, Send, SetMarked, Sort, TakeOut, Transform, Undo, UndoRun,
        ViewQueue, Zoom,
    };
    let rest: &[Action] = match model.place() {
        Place::Queue if model.queue.is_empty() && !model.queue.is_narrowed() => &[Add, Palette, Quit],
        Place::Queue if !model.queue.marks.is_empty() => {
            &[Send, Plan, SetMarked, Replace, Transform, TakeOut, Mark, Undo, EditCell, Mend]
        }
        Place::Queue if can_mend(model) => {
            &[Send, Plan, EditCell, Mend, Add, TakeOut, Mark, Undo, Problems, Filter, Search, Sort, Zoom, Palette, Quit]
        }
        Place::Queue => {
            &[Send, Plan, EditCell, Add, TakeOut, Mark, Undo, Problems, Filter, Search, Sort, Zoom, Palette, Quit]
        }
        Place::Results if model.causes.is_some() => &[Open, Fix, Requeue, Mark, Causes, ViewQueue, Quit],
        Place::Results if model.is_running() => &[Causes, Problems, Detail, Filter, Sort, Zoom, ViewQueue],
        Place::Results if model.has_unknown() => {
            &[Refresh, Requeue, Causes, Problems, Detail, Filter, Zoom, ViewQueue, Quit]
        }
        Place::Results => &[Causes, Requeue, Fix, Problems, Detail, Filter, Mark, UndoRun, Sort, Zoom, ViewQueue, Quit],
        Place::Contacts if model.contacts.grid.is_empty() => &[Palette, ViewQueue, Back, Quit],
        Place::Contacts if !model.contacts.grid.marks.is_empty() => {
            &[SetMarked, Replace, Transform, Mark, Search, EditCell, Detail, ViewQueue]
        }
        Place::Contacts => &[Search, EditCell, Detail, Mark, Problems, CopySid, ViewQueue, Palette, Quit],
        Place::History => &[Open, UndoRun, Back, Quit],
        Place::Log => &[Open, Back, Quit],
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
    if let PromptKind::Cell { cell, .. } = &prompt.kind {
        let (text, role) = meaning(model, prompt, *cell);
        paint::text(buffer, line.x, line.y, line.width, &text, styles.of(role));
        return None;
    }
    if prompt.kind == PromptKind::Bulk {
        // It is typed in its dialog.
        return None;
    }
    if prompt.kind == PromptKind::Command {
        palette::paint(buffer, line, model, prompt, styles);
    }
    let label = match &prompt.kind {
        PromptKind::Cell { .. } | PromptKind::Bulk => String::new(),
        PromptKind::Add => String::from("SIDs, numbers or emails of the contacts: "),
        PromptKind::Filter(Place::Contacts) => String::from("find: "),
        PromptKind::Filter(_) => String::from("filter: "),
        PromptKind::Search(_) => String::from("/"),
        PromptKind::Command => String::from(":"),
        PromptKind::Help => String::from("find in the help: "),
        PromptKind::Mend { seqs, what, .. } => what.label(seqs.len() as u64),
        PromptKind::Pace(knob) => format!("{}: ", knob.unit()),
    };
    let used = paint::text(buffer, line.x, line.y, line.width, &label, styles.of(Role::Key));
    // What is wrong at a place has the line below, with a caret; what is wrong altogether stands beside the text.
    let beside = prompt.error.as_ref().filter(|(place, _)| place.is_none()).map(|(_, message)| format!("  {message}"));
    let error_room = beside.as_ref().map_or(0, |e| width(e) as u16).min(line.width / 2);
    let room = line.width.saturating_sub(used + error_room);
    let scroll = prompt.input.visual_scroll(usize::from(room.saturating_sub(1)));
    paint::text(buffer, line.x + used, line.y, room, from_column(prompt.text(), scroll), styles.of(Role::Text));
    if let Some(error) = beside {
        paint::text(buffer, line.right().saturating_sub(error_room), line.y, error_room, &error, styles.of(Role::Bad));
    }
    if let Some((Some(place), message)) = &prompt.error {
        let below = Rect { y: line.y + 1, ..line };
        paint::clear(buffer, below);
        let column = prompt.text().get(..*place).map_or(0, width).saturating_sub(scroll) as u16;
        paint::caret(buffer, below, Some(used + column), message, styles.of(Role::Bad));
    }
    let column = prompt.input.visual_cursor().saturating_sub(scroll) as u16;
    Some((line.x + used + column.min(room.saturating_sub(1)), line.y))
}

/// What the typed cell will do, so that clearing, emptying and leaving alone are never mixed up, and what is wrong with
/// it.
fn meaning(model: &Model, prompt: &Prompt, cell: Cell) -> (String, Role) {
    let token = &model.session.clear_token;
    let change = match (&prompt.error, cell_change(cell, prompt.text(), token)) {
        (Some((_, message)), _) => return (format!("{}: ✗ {message}", cell.name()), Role::Bad),
        (None, Err(wrong)) => return (format!("{}: {}", cell.name(), wrong.message), Role::Warn),
        (None, Ok(change)) => change,
    };
    let (text, value) = match (cell, change) {
        (Cell::Sid, _) => (String::from("the SID of the contact to edit"), None),
        (Cell::Field(field), CellChange::LeaveAlone) => {
            (format!("{field}: left alone  ({token} clears it on the server)"), None)
        }
        (Cell::Field(field), CellChange::Clear) => (format!("{field}: CLEARED on the server"), None),
        (Cell::Field(field @ Field::CustomField), CellChange::Set(value)) if value != prompt.text() => {
            (format!("{field}: set to {value}"), Some((field, value)))
        }
        (Cell::Field(field), CellChange::Set(value)) => {
            (format!("{field}: set  (empty = leave alone, {token} = clear)"), Some((field, value)))
        }
    };
    let Some((field, value)) = value else { return (text, Role::Text) };
    let edit = Edit { sid: Sid::default(), changes: [(field, Change::Set(value))].into_iter().collect() };
    let issues = validate(&edit, &model.session.rules);
    let found = issues.iter().filter(|issue| issue.field.is_some() && issue.code != IssueCode::NumberChange);
    match found.max_by_key(|issue| issue.severity) {
        Some(issue) if issue.severity == Severity::Error => (format!("{field}: ✗ {}", issue.hint), Role::Bad),
        Some(issue) => (format!("{field}: ! {}", issue.hint), Role::Warn),
        None => (text, Role::Text),
    }
}
