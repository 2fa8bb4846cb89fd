//! The pace by hand: requests a minute and requests at once, of the run under way or of the next one.

use std::ops::RangeInclusive;

use super::answer::Notice;
use super::effect::Effect;
use super::model::Model;
use super::prompt::{Prompt, PromptKind};
use crate::engine::RunControl;
use crate::support::text::count;

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knob {
    /// Requests a minute.
    Rate,
    /// Requests at once.
    InFlight,
}

impl Knob {
    /// Its name among the commands, as the flag of `submit`.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::InFlight => "in-flight",
        }
    }

    /// What it counts.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Rate => "requests a minute",
            Self::InFlight => "requests at once",
        }
    }

    /// What it may be, as in a profile.
    const fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::Rate => 1..=100_000,
            Self::InFlight => 1..=50,
        }
    }

    fn of(self, model: &Model) -> u32 {
        let (rate, in_flight) = match model.running() {
            Some(live) => (live.rate, live.in_flight),
            None => (model.session.rate, model.session.in_flight),
        };
        match self {
            Self::Rate => rate,
            Self::InFlight => in_flight,
        }
    }
}

/// The command that sets it: with a number at once, else by a prompt that holds the present one.
pub(super) fn command(model: &mut Model, knob: Knob, argument: &str) -> Vec<Effect> {
    let present = knob.of(model).to_string();
    let typed = if argument.is_empty() { present.as_str() } else { argument };
    let prompt = Prompt::new(PromptKind::Pace(knob), typed);
    if argument.is_empty() {
        model.prompt = Some(prompt);
        return Vec::new();
    }
    set(model, knob, prompt)
}

/// Takes the number of a prompt; one that is none, or out of range, leaves the prompt open with what is wrong.
pub(super) fn set(model: &mut Model, knob: Knob, mut prompt: Prompt) -> Vec<Effect> {
    let range = knob.range();
    let n = prompt.text().trim().replace(',', "").parse().ok().filter(|n| range.contains(n));
    let Some(n) = n else {
        let (least, most) = (range.start(), count(u64::from(*range.end())));
        prompt.error = Some((None, format!("a number from {least} to {most}")));
        model.prompt = Some(prompt);
        return Vec::new();
    };
    let (unit, number) = (knob.unit(), count(u64::from(n)));
    if let Some(live) = model.running() {
        let said = format!("run {}: {number} {unit} from now on; the next run has its own", live.run);
        model.tell(Notice::done(said));
        return vec![Effect::Control(match knob {
            Knob::Rate => RunControl::Rate(n),
            Knob::InFlight => RunControl::InFlight(n as usize),
        })];
    }
    match knob {
        Knob::Rate => model.session.rate = n,
        Knob::InFlight => model.session.in_flight = n,
    }
    model.tell(Notice::done(format!("{number} {unit} for the runs of this session; the profile keeps its own")));
    Vec::new()
}
