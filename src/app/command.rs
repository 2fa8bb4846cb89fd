//! What a command of the palette does.

use super::book::PullOf;
use super::bulk::BulkAsk;
use super::effect::Effect;
use super::import::{self, Source};
use super::model::{Ctx, Model};
use super::moving::show;
use super::palette::{self, Does};
use super::prompt::{Prompt, PromptKind};
use super::update::run_action;
use super::{conflicts, copying, errors, export, lists, pace, pick, pulling, results, resume, rows, send, triage};
use crate::config::actions::{Action, Place};
use crate::domain::RunId;

/// How many commands are kept for the next time.
pub const KEPT: usize = 100;

/// Runs the command that was typed or chosen. One that does not apply says why, and stays to be changed.
pub(super) fn run(model: &mut Model, mut prompt: Prompt, ctx: &Ctx) -> Vec<Effect> {
    let chosen = prompt.chosen.and_then(|at| palette::lines(model, prompt.text()).into_iter().nth(at));
    if let Some(line) = chosen.filter(|line| matches!(line.does, Does::Argument)) {
        let goes_on = line.completes.ends_with(['/', ':']);
        prompt.put(line.completes);
        if goes_on {
            model.prompt = Some(prompt);
            return Vec::new();
        }
    }
    let text = prompt.text().trim().to_owned();
    if cfg!(debug_assertions)
        && let Some(effects) = panic_as_asked(&text)
    {
        return effects;
    }
    let (word, argument) = text.split_once(' ').map_or((text.as_str(), ""), |(word, rest)| (word, rest.trim()));
    let best = palette::commands(model, word).into_iter().nth(prompt.chosen.unwrap_or(0));
    let (line, why_not) = match best {
        Some(line) => (Some(line.clone()), line.why_not),
        None => (None, Some(format!("there is no command `{word}`"))),
    };
    let (Some(line), None) = (line, &why_not) else {
        prompt.error = why_not.map(|why| (None, why));
        model.prompt = Some(prompt);
        return Vec::new();
    };
    if line.name != "copy" {
        // It was typed over a detail.
        model.dialogs.clear();
    }
    let mut effects = match line.does {
        Does::Action(Action::Filter) if !argument.is_empty() => {
            let (place, filter) = (model.place(), argument.to_owned());
            rows::set_filter(model, place, Prompt::new(PromptKind::Filter(place), argument), &filter)
        }
        Does::Action(action) => {
            model.notice = None;
            run_action(model, action, ctx)
        }
        _ => named(model, &line.name, argument),
    };
    effects.extend(keep(model, format!("{} {argument}", line.name).trim_end()));
    effects
}

/// `:panic` here, and `:panic aside` in a task: no command of a release, but what a bug leaves of the terminal is tested
/// with them.
#[expect(clippy::panic, reason = "it is what is asked for")]
fn panic_as_asked(text: &str) -> Option<Vec<Effect>> {
    match text {
        "panic" => panic!("asked for"),
        "panic aside" => Some(vec![Effect::Panic]),
        _ => None,
    }
}

/// Keeps a command for the next time, once nothing of it is open.
fn keep(model: &mut Model, command: &str) -> Option<Effect> {
    let unfinished = |prompt: &Prompt| prompt.kind == PromptKind::Command || prompt.error.is_some();
    if model.prompt.as_ref().is_some_and(unfinished) {
        // Its argument is still to be typed, or wrong.
        return None;
    }
    keep_newest(&mut model.commands, command);
    Some(Effect::KeepCommand(command.to_owned()))
}

/// Puts a command behind those kept so far, where each stands once; the oldest go.
pub fn keep_newest(commands: &mut Vec<String>, command: &str) {
    commands.retain(|kept| kept != command);
    commands.push(command.to_owned());
    commands.drain(..commands.len().saturating_sub(KEPT));
}

fn named(model: &mut Model, name: &str, argument: &str) -> Vec<Effect> {
    for knob in [pace::Knob::Rate, pace::Knob::InFlight] {
        if name == knob.command() {
            return pace::command(model, knob, argument);
        }
    }
    match name {
        "conflicts" => conflicts::ask(),
        "lists" => lists::ask(model),
        "pull" => pulling::begin(model, argument),
        "pull-changes" => pulling::start(model, PullOf::Changes),
        "pull-stop" => pulling::stop(model),
        "follow" => results::follow(model),
        "resume" => resume::ask(model),
        "columns" | "duplicates" | "merge-duplicates" | "put-back" | "undo-list" => on_queue(model, name),
        "errors" => errors::open(model),
        "evidence" => export::evidence(model, argument),
        "theme" if argument.is_empty() => vec![Effect::Themes],
        // The argument is still to be typed.
        name if argument.is_empty() => {
            model.prompt = Some(Prompt::new(PromptKind::Command, &format!("{name} ")));
            Vec::new()
        }
        "import" => {
            let mut effects = show(model, Place::Queue);
            effects.extend(import::open(model, Source::File(argument.into())));
            effects
        }
        "run" => show_run(model, argument),
        "copy" => copying::command(model, argument),
        "export" => export::command(model, argument),
        "compare" => triage::compare(model, argument),
        _ => vec![Effect::Theme { name: argument.to_owned(), keep: true }],
    }
}

/// What a command does that is about the queue.
fn on_queue(model: &mut Model, name: &str) -> Vec<Effect> {
    let mut effects = show(model, Place::Queue);
    match name {
        "columns" => pick::open_columns(model),
        "duplicates" => {
            model.only_duplicates = !model.only_duplicates;
            effects.extend(rows::reload(model, Place::Queue));
        }
        "merge-duplicates" => effects.push(Effect::Bulk(BulkAsk::CountMerge)),
        "put-back" => effects.push(Effect::Bulk(BulkAsk::TakenOut)),
        _ => effects.push(Effect::Bulk(BulkAsk::Steps)),
    }
    effects
}

fn show_run(model: &mut Model, argument: &str) -> Vec<Effect> {
    let Some(run) = argument.parse().map(RunId).ok().filter(|run| model.run(*run).is_some()) else {
        let why = format!("there is no run {argument}; `{}` lists them", model.live_key(Action::ViewHistory));
        return refuse(model, "run", argument, &why);
    };
    let mut effects = send::show_run(model, run);
    effects.extend(show(model, Place::Results));
    effects
}

/// Opens the command again, with what is wrong with its argument.
pub(super) fn refuse(model: &mut Model, name: &str, argument: &str, why: &str) -> Vec<Effect> {
    let mut prompt = Prompt::new(PromptKind::Command, &format!("{name} {argument}"));
    prompt.error = Some((None, why.to_owned()));
    model.prompt = Some(prompt);
    Vec::new()
}
