//! Copies of a row, or of one part of it, for the user's clipboard.

use super::answer::{Notice, QueueRow};
use super::causes;
use super::command::refuse;
use super::detail::{self, request_json};
use super::effect::Effect;
use super::model::{Model, Session};
use crate::config::actions::Place;
use crate::domain::{Echo, Edit, EditId, RunId};
use crate::store::{BookContact, ContactId, ResultRow};
use crate::support::text::counted;

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

/// Those that are long, or read for themselves.
const ONE_ROW: [&str; 2] = ["attempts", "detail"];
/// Rows copied at once: more than this does not go through a terminal.
const MOST: usize = 2000;

/// The rows of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyOf {
    /// Edits of the queue.
    Queue(Vec<EditId>),
    /// Results of a run.
    Results(RunId, Vec<u64>),
    /// Contacts of the address book.
    Contacts(Vec<ContactId>),
}

impl CopyOf {
    const fn len(&self) -> usize {
        match self {
            Self::Queue(ids) => ids.len(),
            Self::Results(_, seqs) => seqs.len(),
            Self::Contacts(ids) => ids.len(),
        }
    }
}

/// The rows of a copy, as they were read.
#[derive(Debug, Clone)]
pub enum CopyRows {
    /// Edits of the queue.
    Queue(Vec<QueueRow>),
    /// Results of a run.
    Results(Vec<ResultRow>),
    /// Contacts of the address book.
    Contacts(Vec<BookContact>),
}

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
    copy(model, *part).unwrap_or_else(|why| refuse(model, "copy", argument, &why))
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
    copy(model, part).unwrap_or_else(|why| {
        model.tell(Notice::failed(why));
        Vec::new()
    })
}

/// Copies a part of every marked row, else of the row under the cursor.
fn copy(model: &mut Model, part: Part) -> Result<Vec<Effect>, String> {
    if let Some(rows) = marked(model) {
        return match rows.len() {
            _ if ONE_ROW.contains(&part.name) => {
                Err(model.keyed("that is copied of one row at a time; `<mark-none>` clears the marks"))
            }
            n if n > MOST => Err(format!("{} are too many to copy at once; export them", counted(n as u64, "row"))),
            _ => Ok(vec![Effect::CopyRows(rows, part)]),
        };
    }
    if part.name == "attempts" && model.results.current().is_some() && known_attempts(model).is_none() {
        return Ok(wait_for_attempts(model, part));
    }
    let text = text_of(model, part.name)?;
    let what = what(part);
    Ok(copied(model, &what, text))
}

/// The marked rows, where it is these that a copy takes: an open detail is about one row, and causes are no rows.
fn marked(model: &Model) -> Option<CopyOf> {
    if !model.dialogs.is_empty() || causes::shown(model).is_some() {
        return None;
    }
    let rows = match model.place() {
        Place::Queue if !model.queue.marks.is_empty() => CopyOf::Queue(model.queue.target()),
        Place::Results if !model.results.marks.is_empty() => CopyOf::Results(model.shown_run?, model.results.target()),
        Place::Contacts if !model.contacts.grid.marks.is_empty() => CopyOf::Contacts(model.contacts.grid.target()),
        _ => return None,
    };
    Some(rows)
}

/// Takes the marked rows, whose parts make a line each.
pub(super) fn rows_read(model: &mut Model, rows: &CopyRows, part: Part) -> Vec<Effect> {
    let session = &model.session;
    let texts: Vec<_> = match rows {
        CopyRows::Queue(rows) => rows.iter().map(|row| Ok(edit_part(session, &row.edit, part.name))).collect(),
        CopyRows::Results(rows) => rows.iter().map(|row| result_part(session, row, part.name)).collect(),
        CopyRows::Contacts(rows) => rows.iter().map(|row| Ok(contact_part(session, row, part.name))).collect(),
    };
    let of = texts.len();
    let mut lines: Vec<String> = texts.into_iter().flatten().map(|text| text.replace('\n', "  ")).collect();
    if lines.is_empty() {
        model.tell(Notice::failed(format!("no marked row has that: {}", part.help)));
        return Vec::new();
    }
    let what = format!("{} of {}", what(part), counted(lines.len() as u64, "row"));
    let what = if lines.len() < of { format!("{what}; the other {} have none", of - lines.len()) } else { what };
    lines.push(String::new());
    copied(model, &what, lines.join("\n"))
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

/// What a part is, in few words.
fn what(part: Part) -> String {
    part.help.split([',', ':']).next().unwrap_or(part.help).to_owned()
}

fn copied(model: &mut Model, what: &str, text: String) -> Vec<Effect> {
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
    let session = &model.session;
    match (part, model.place()) {
        ("detail", _) => {
            let lines: Vec<String> = detail::lines(model).into_iter().map(|(_, text)| text).collect();
            Ok(lines.join("\n"))
        }
        ("attempts", _) => known_attempts(model).ok_or("it was not sent yet"),
        (_, Place::Results) => result_part(session, model.results.current().ok_or(NONE)?, part),
        (_, Place::Contacts) => Ok(contact_part(session, model.contacts.grid.current().ok_or(NONE)?, part)),
        _ => Ok(edit_part(session, &model.queue.current().ok_or(NONE)?.edit, part)),
    }
}

fn contact_part(session: &Session, row: &BookContact, part: &str) -> String {
    let edit = Edit { sid: row.contact.sid.clone(), changes: row.contact.as_changes() };
    edit_part(session, &edit, part)
}

fn edit_part(session: &Session, edit: &Edit, part: &str) -> String {
    match part {
        "row" => request_json(session, edit),
        "changes" => edit.changes.to_json(),
        _ => edit.sid.to_string(),
    }
}

fn result_part(session: &Session, row: &ResultRow, part: &str) -> Result<String, &'static str> {
    match part {
        "sid" => return Ok(row.sid.to_string()),
        "changes" => return Ok(row.changes.to_json()),
        "request" => return Ok(request_json(session, &row.edit())),
        "row" => return Ok(detail::result_json(session, row)),
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
