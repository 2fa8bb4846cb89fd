//! What a command of the palette does.

use super::effect::{Effect, LocalChange, Notice};
use super::model::{Ctx, Model};
use super::palette::{self, Match};
use super::prompt::{Prompt, PromptKind};
use super::update::run_action;
use super::{pace, resume};

/// Runs the command that was typed or chosen.
pub(super) fn run(model: &mut Model, prompt: &Prompt, ctx: &Ctx) -> Vec<Effect> {
    let text = prompt.text().trim();
    let argument = text.split_once(' ').map_or("", |(_, rest)| rest.trim());
    match palette::matches(text).get(prompt.chosen).copied() {
        Some(Match::Command(name, _)) => named(model, name, argument),
        Some(Match::Action(row)) if row.places.contains(&model.place()) => {
            model.notice = None;
            run_action(model, row.action, ctx)
        }
        Some(Match::Action(row)) => {
            let places: Vec<_> = row.places.iter().map(|p| p.title()).collect();
            model.tell(Notice::failed(format!("`{}` works in {} only", row.name, places.join(" and "))));
            Vec::new()
        }
        None => {
            model.tell(Notice::failed(format!("there is no command `{text}`; `?` lists the keys")));
            Vec::new()
        }
    }
}

fn named(model: &mut Model, name: &str, argument: &str) -> Vec<Effect> {
    for knob in [pace::Knob::Rate, pace::Knob::InFlight] {
        if name == knob.command() {
            return pace::command(model, knob, argument);
        }
    }
    match name {
        "resume" => resume::ask(model),
        // The argument is still to be typed.
        name if argument.is_empty() => {
            model.prompt = Some(Prompt::new(PromptKind::Command, &format!("{name} ")));
            Vec::new()
        }
        "import" => {
            model.tell(Notice::done(format!("importing {argument} …")));
            vec![Effect::Change(LocalChange::Import(argument.into()))]
        }
        _ => vec![Effect::Theme(argument.to_owned())],
    }
}
