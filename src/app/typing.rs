//! What a key, or pasted text, means where it comes: in a prompt, in a confirm, or as an action.

use super::answer::Notice;
use super::applies::meant_elsewhere;
use super::dialog::{DEAF_MS, Dialog};
use super::effect::Effect;
use super::import::{self, Source};
use super::model::{Ctx, Model};
use super::moving::move_column;
use super::prompt::{self, COLUMNS, PromptKind};
use super::update::{current_column, run_action};
use super::{book, bulk, command, conflicts, contacts, dialog, leave, mending, pace, palette, rows};
use crate::config::actions::{Action, Context, Place};
use crate::config::keymap::Lookup;
use crate::support::key::{Key, KeyCode};

pub(super) fn on_paste(model: &mut Model, text: &str, cut: bool) -> Vec<Effect> {
    if let Some(prompt) = &mut model.prompt {
        prompt.paste(text, cut);
        return typed_on(model);
    } else if let Some(Dialog::Confirm(confirm)) = model.dialogs.last_mut() {
        if confirm.want.is_some() {
            confirm.typed.push_str(text.trim());
        }
    } else if model.place() == Place::Queue && model.dialogs.is_empty() && text.trim().contains(['\n', '\r']) {
        if cut {
            model.refuse(
                "What was pasted is too long and was cut: save it in a file, and import that with `:import FILE`.",
            );
        } else {
            return import::open(model, Source::Pasted(text.trim_start_matches(['\n', '\r']).into()));
        }
    } else {
        model.refuse("Pasted text is never run as keys. `<add>` adds an edit, `:import FILE` a whole file.");
    }
    Vec::new()
}

pub(super) fn on_key(model: &mut Model, key: Key, ctx: &Ctx) -> Vec<Effect> {
    if model.prompt.is_some() {
        model.pending.clear();
        return prompt_key(model, key, ctx);
    }
    if let Some(Dialog::Confirm(confirm)) = model.dialogs.last() {
        model.pending.clear();
        return if ctx.now.since(confirm.opened) < DEAF_MS { Vec::new() } else { confirm_key(model, key) };
    }
    model.notice = None;
    if matches!(model.dialogs.last(), Some(Dialog::Mending(_))) {
        model.pending.clear();
        return mending::on_key(model, key);
    }
    if let Some(effects) = conflicts::on_key(model, key, ctx) {
        model.pending.clear();
        return effects;
    }
    model.pending.push(key);
    let mut meaning = model.session.keymap.lookup(model.place(), &model.pending);
    if meaning == Lookup::Nothing && !model.dialogs.is_empty() {
        // A dialog can have keys that its place has not: the search of the help, in a place without one.
        meaning = model.session.keymap.lookup(Place::Queue, &model.pending);
    }
    if meaning == Lookup::Prefix {
        return Vec::new();
    }
    let keys = std::mem::take(&mut model.pending);
    if let Lookup::Action(action) = meaning {
        return run_action(model, action, ctx);
    }
    if model.dialogs.is_empty() {
        model.notice = meant_elsewhere(model, &keys).map(Notice::failed);
    }
    Vec::new()
}

pub(super) fn confirm_key(model: &mut Model, key: Key) -> Vec<Effect> {
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

pub(super) fn prompt_key(model: &mut Model, key: Key, ctx: &Ctx) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    match prompt.take(key, &model.session.keymap) {
        prompt::Typed::Goes => typed_on(model),
        prompt::Typed::Given => {
            let kind = prompt.kind.clone();
            if kind == PromptKind::Bulk {
                bulk::given_up(model);
            }
            model.prompt = None;
            if kind == PromptKind::Filter(Place::Contacts) { contacts::given_up(model) } else { Vec::new() }
        }
        prompt::Typed::Choose(by) if prompt.kind == PromptKind::Bulk => bulk::next_text(model, by),
        prompt::Typed::Choose(by) => {
            palette::choose(model, by);
            Vec::new()
        }
        prompt::Typed::Next if prompt.kind == PromptKind::Bulk => bulk::next_text(model, 1),
        prompt::Typed::Done => submit_prompt(model, ctx),
        prompt::Typed::Next => {
            if !matches!(prompt.kind, PromptKind::Cell { .. }) {
                palette::complete(model);
                return typed_on(model);
            }
            let effects = submit_prompt(model, ctx);
            if model.prompt.is_none() && current_column(model) + 1 < COLUMNS {
                move_column(model, Action::Right);
                rows::edit_cell(model);
            }
            effects
        }
    }
}

/// What shows at once what the text of the prompt does, as it stands now.
fn typed_on(model: &mut Model) -> Vec<Effect> {
    match model.prompt.as_ref().map(|prompt| &prompt.kind) {
        Some(PromptKind::Help) => dialog::scroll(model, isize::MIN / 2),
        Some(PromptKind::Bulk) => return bulk::preview(model),
        Some(PromptKind::Filter(Place::Contacts)) => return contacts::typed(model),
        _ => {}
    }
    Vec::new()
}

/// Takes what the prompt holds. A prompt whose text is wrong stays open and says why.
pub(super) fn submit_prompt(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let Some(prompt) = model.prompt.take() else { return Vec::new() };
    let text = prompt.text().to_owned();
    match prompt.kind.clone() {
        PromptKind::Cell { of, cell } => rows::set_cell(model, prompt, of, cell),
        PromptKind::Bulk => bulk::typed(model, prompt, ctx),
        PromptKind::Add => book::add(model, prompt, &text),
        PromptKind::Filter(place) => rows::set_filter(model, place, prompt, &text),
        PromptKind::Search(place) => rows::start_search(model, place, prompt, &text),
        PromptKind::Command => command::run(model, prompt, ctx),
        PromptKind::Help => {
            if let Some(Dialog::Help { filter, .. }) = model.dialogs.last_mut() {
                *filter = text;
            }
            Vec::new()
        }
        PromptKind::Mend { run, seqs, what } => mending::typed(model, prompt, run, seqs, what),
        PromptKind::Pace(knob) => pace::set(model, knob, prompt),
    }
}
