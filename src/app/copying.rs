//! Copies of a row, or of one part of it, for the user's clipboard.

use super::answer::Notice;
use super::causes;
use super::command::refuse;
use super::detail::{self, request_json};
use super::effect::Effect;
use super::model::Model;
use crate::config::actions::Place;
use crate::domain::{Echo, Edit};
use crate::store::ResultRow;

/// A part of what is under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
}

const fn part(name: &'static str, help: &'static str) -> Part {
    Part { name, help }
}

const SID: Part = part("sid", "the SID");
const ROW: Part = part("row", "the row as JSON");
const CHANGES: Part = part("changes", "what is to change, as JSON");
const DETAIL: Part = part("detail", "all of the detail, as it is shown");

/// The parts of a result.
const OF_RESULT: [Part; 10] = [
    SID,
    ROW,
    part("request", "the request item, as JSON"),
    part("response", "the response item, as JSON"),
    part("error", "codes and words of the error"),
    part("echo", "what came back otherwise than wanted"),
    part("attempts", "each sending: time, status, how long it took, request id"),
    CAUSE,
    CHANGES,
    DETAIL,
];
const CAUSE: Part = part("cause", "what outcomes alike have in common");

/// What can be copied here and now.
pub(super) fn parts(model: &Model) -> &'static [Part] {
    match model.place() {
        Place::Results if causes::shown(model).is_some() => &[CAUSE],
        Place::Results => &OF_RESULT,
        Place::Queue => &[SID, ROW, CHANGES, DETAIL],
        Place::Contacts => &[SID, ROW],
        Place::History | Place::Log => &[],
    }
}

/// Runs `copy PART`.
pub(super) fn command(model: &mut Model, argument: &str) -> Vec<Effect> {
    let Some(part) = meant(parts(model), argument) else {
        let why = if parts(model).is_empty() { "nothing is copied here" } else { "there is no such part here" };
        return refuse(model, "copy", argument, why);
    };
    if part.name == "attempts" && model.results.current().is_some() && known_attempts(model).is_none() {
        return wait_for_attempts(model, *part);
    }
    match text_of(model, part.name) {
        Ok(text) => copied(model, part, text),
        Err(why) => refuse(model, "copy", argument, why),
    }
}

/// The part of that name, else the only one that begins so.
fn meant(parts: &'static [Part], typed: &str) -> Option<&'static Part> {
    let mut begun = parts.iter().filter(|part| part.name.starts_with(typed));
    let only = begun.next().filter(|_| begun.next().is_none());
    parts.iter().find(|part| part.name == typed).or(only)
}

/// Copies the SID or the whole row, or the cause that is shown instead.
pub(super) fn key(model: &mut Model, json: bool) -> Vec<Effect> {
    let part = match (causes::shown(model), json) {
        (Some(_), _) => CAUSE,
        (None, true) => ROW,
        (None, false) => SID,
    };
    match text_of(model, part.name) {
        Ok(text) => copied(model, &part, text),
        Err(_) => Vec::new(),
    }
}

/// The attempts are there that were asked for to be copied.
pub(super) fn attempts_read(model: &mut Model) -> Vec<Effect> {
    match model.copies.take() {
        Some(part) => command(model, part.name),
        None => Vec::new(),
    }
}

fn wait_for_attempts(model: &mut Model, part: Part) -> Vec<Effect> {
    let (Some(run), Some(row)) = (model.shown_run, model.results.current()) else { return Vec::new() };
    let batch = row.batch;
    model.copies = Some(part);
    vec![Effect::Attempts { run, batch }]
}

fn copied(model: &mut Model, part: &Part, text: String) -> Vec<Effect> {
    let what = part.help.split([',', ':']).next().unwrap_or(part.help);
    model.tell(Notice::done(format!("copied {what}")));
    vec![Effect::Copy(text)]
}

/// Why there is nothing to copy where no row is.
const NONE: &str = "no row is under the cursor";

/// The text of a part, or why there is none.
fn text_of(model: &Model, part: &str) -> Result<String, &'static str> {
    if let Some(causes) = causes::shown(model) {
        return causes.current().map(|group| group.cause.to_string()).ok_or("no cause is shown here");
    }
    if part == "detail" {
        let lines: Vec<String> = detail::lines(model).into_iter().map(|(_, text)| text).collect();
        return Ok(lines.join("\n"));
    }
    let edit = match model.place() {
        Place::Results => return result_part(model, model.results.current().ok_or(NONE)?, part),
        Place::Contacts => {
            let contact = &model.contacts.grid.current().ok_or(NONE)?.contact;
            Edit { sid: contact.sid.clone(), changes: contact.as_changes() }
        }
        _ => model.queue.current().ok_or(NONE)?.edit.clone(),
    };
    Ok(match part {
        "row" => request_json(&model.session, &edit),
        "changes" => edit.changes.to_json(),
        _ => edit.sid.to_string(),
    })
}

fn result_part(model: &Model, row: &ResultRow, part: &str) -> Result<String, &'static str> {
    match part {
        "sid" => return Ok(row.sid.to_string()),
        "changes" => return Ok(row.changes.to_json()),
        "request" => return Ok(request_json(&model.session, &row.edit())),
        "row" => return Ok(detail::result_json(&model.session, row)),
        "attempts" => return known_attempts(model).ok_or("it was not sent yet"),
        _ => {}
    }
    let outcome = row.outcome.as_ref().ok_or("it is not settled yet")?;
    match part {
        "response" => outcome.item.clone().ok_or("no response item can be placed on this contact"),
        "cause" => row.cause().map(|cause| cause.to_string()).ok_or("it is not settled yet"),
        "echo" => match &outcome.echo {
            Echo::Differs(differences) => Ok(detail::difference_lines(differences)
                .iter()
                .map(|line| line.trim_start())
                .collect::<Vec<_>>()
                .join("\n")),
            Echo::Matches => Err("it came back as wanted"),
            Echo::Missing | Echo::None => Err("the contact did not come back"),
        },
        _ => {
            let said = &outcome.said;
            let codes = [("code", said.code), ("error code", said.error_code)];
            let codes = codes.into_iter().filter_map(|(name, code)| Some(format!("{name} {}", code?)));
            let words = [&said.description, &said.message].into_iter().flatten().cloned();
            let lines: Vec<String> = codes.chain(words).collect();
            if lines.is_empty() { Err("no error is known of it") } else { Ok(lines.join("\n")) }
        }
    }
}

/// The attempts on the batch of the row under the cursor, if they are read.
fn known_attempts(model: &Model) -> Option<String> {
    let row = model.results.current()?;
    let (run, batch, attempts) = model.attempts.as_ref()?;
    let is_its = Some(*run) == model.shown_run && *batch == row.batch && attempts.len() == row.attempts as usize;
    let lines = attempts.iter().flat_map(detail::attempt_lines).map(|(_, text)| text.trim().to_owned());
    is_its.then(|| lines.collect::<Vec<_>>().join("\n"))
}
