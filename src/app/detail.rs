//! Everything about one row, as lines of text with a meaning.

use super::answer::QueueRow;
use super::card;
use super::live::words;
use super::model::{Model, Session};
use super::triage::ContactHistory;
use crate::api::{ClearAs, request_item_json};
use crate::config::actions::Place;
use crate::domain::{
    AttemptRecord, BatchItem, Change, Difference, Echo, Edit, Field, RunId, Severity, Status, Verdict, same,
};
use crate::store::{Again, ResultRow};
use crate::support::clock::human_duration;
use crate::support::text::{harmless, width};

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Heading,
    /// Ordinary text.
    Plain,
    /// What matters less.
    Dim,
    /// JSON.
    Json,
    /// Good news.
    Ok,
    /// Bad news.
    Bad,
    /// A warning.
    Warn,
    /// Not sent.
    Wait,
}

/// A line of the detail.
pub type Line = (Tone, String);

/// The detail of the row under the cursor.
pub fn lines(model: &Model) -> Vec<Line> {
    if model.place() == Place::Contacts {
        return card::lines(model);
    }
    let on_results = model.place() == Place::Results;
    match (on_results, model.results.current(), model.queue.current()) {
        (true, Some(row), _) => result_lines(model, row),
        (false, _, Some(row)) => queue_lines(model, row),
        _ => vec![(Tone::Dim, String::from("no row here"))],
    }
}

fn queue_lines(model: &Model, row: &QueueRow) -> Vec<Line> {
    let session = &model.session;
    let mut lines = vec![(Tone::Plain, format!("sid        {}", row.edit.sid))];
    for (field, change) in row.edit.changes.iter() {
        lines.push(match change {
            Change::Set(value) => (Tone::Plain, format!("set        {field} = {value}{}", was(row, field, value))),
            Change::Clear => (Tone::Warn, format!("CLEAR      {field}{}", was(row, field, ""))),
        });
    }
    if let Some(origin) = &row.origin {
        let said = [origin.said.description.as_deref(), origin.said.message.as_deref()];
        let code = origin.said.code.map_or_else(String::new, |c| format!(" {c}"));
        let why = said.into_iter().flatten().next().unwrap_or("");
        lines.push((Tone::Warn, format!("failed in  run {}: {}{code} {why}", origin.run, origin.status)));
    }
    for issue in &row.issues {
        let tone = if issue.severity == Severity::Error { Tone::Bad } else { Tone::Warn };
        let field = issue.field.map_or("sid", crate::domain::Field::name);
        lines.push((tone, format!("{:<10} {field}: {}", severity(issue.severity), issue.hint)));
    }
    if super::bulk::can_mend(model) {
        lines.push((Tone::Plain, model.keyed("next       `<mend>` mends what needs no question")));
    }
    if model.duplicates.contains(&row.id) {
        lines.push((
            Tone::Warn,
            String::from("twin       another edit of this contact is queued; `:merge-duplicates` merges them"),
        ));
    }
    if let Some(conflict) = &row.conflict {
        let fields = super::conflicts::fields(conflict);
        lines.push((Tone::Bad, format!("conflict   others changed {fields}; `:conflicts` decides, the diff shows it")));
    }
    lines.extend(row.base.as_ref().map(|base| super::diff::seen("base     ", base, model.now)));
    lines.push((Tone::Heading, String::from("will be sent as")));
    lines.extend(json_lines(&request_json(session, &row.edit)));
    lines
}

/// What a field of the contact of an edit is, where that is known, beside what it is to be.
fn was(row: &QueueRow, field: Field, wanted: &str) -> String {
    let known = row.base.as_ref().map(|base| base.contact.get(field));
    known.map_or_else(String::new, |known| match known {
        known if same(field, known, wanted) => String::from("  (as it is)"),
        "" => String::from("  (was empty)"),
        known => format!("  (was {known})"),
    })
}

/// An issue's severity as people read it.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result_lines(model: &Model, row: &ResultRow) -> Vec<Line> {
    let mut lines = vec![(Tone::Plain, format!("sid        {}", row.sid))];
    let Some(outcome) = &row.outcome else {
        lines.push((Tone::Wait, String::from("status     on its way, or still to be sent")));
        lines.push((Tone::Heading, String::from("request item")));
        lines.extend(json_lines(&result_request(&model.session, row)));
        return lines;
    };
    let said = &outcome.said;
    let code = said.code.map_or_else(String::new, |c| format!("  code {c}"));
    let error_code = said.error_code.map_or_else(String::new, |c| format!("  error code {c}"));
    lines.push((tone(outcome.status), format!("status     {}{code}{error_code}", words(outcome.status))));
    if let Some(description) = &said.description {
        lines.push((tone(outcome.status), format!("error      {description}")));
    }
    if let Some(message) = &said.message {
        lines.push((Tone::Plain, format!("message    {message}")));
    }
    if let Some(next) = next_step(model, row) {
        lines.push((Tone::Plain, format!("next       {next}")));
    }
    echo_lines(&outcome.echo, &mut lines);
    let at = format!("batch {}, place {}", row.batch + 1, row.index + 1);
    lines.push((Tone::Dim, format!("sent in    {at}{}", request_id(row))));
    lines.push((Tone::Heading, String::from("request item")));
    lines.extend(json_lines(&result_request(&model.session, row)));
    lines.push((Tone::Heading, String::from("response item")));
    match &outcome.item {
        Some(item) => lines.extend(json_lines(item)),
        None => lines.push((Tone::Dim, String::from("none can be placed on this contact"))),
    }
    if let Some((run, batch, attempts)) = &model.attempts
        && Some(*run) == model.shown_run
        && *batch == row.batch
    {
        lines.push((Tone::Heading, String::from("attempts")));
        lines.extend(attempts.iter().flat_map(attempt_lines));
    }
    lines.extend(history_lines(model, row));
    lines
}

/// The other runs that the contact was in, the newest first.
fn history_lines(model: &Model, row: &ResultRow) -> Vec<Line> {
    let Some(ContactHistory { sid, runs: Some(runs) }) = &model.contact_history else { return Vec::new() };
    let others: Vec<_> =
        runs.iter().filter(|(run, other)| Some(*run) != model.shown_run || other.seq != row.seq).collect();
    if *sid != row.sid || others.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![(Tone::Heading, String::from("the contact in other runs"))];
    lines.extend(others.into_iter().map(|(run, other)| in_run(*run, other)));
    lines
}

/// What became of a contact in a run, on one line.
pub(super) fn in_run(run: RunId, row: &ResultRow) -> Line {
    let cause = row.cause().map_or_else(|| String::from("on its way"), |cause| cause.to_string().replace('_', " "));
    let tone = row.outcome.as_ref().map_or(Tone::Wait, |outcome| tone(outcome.status));
    (tone, format!("  run {run}  {cause}  {}", harmless(&row.changes.to_json())))
}

/// What was done about the row, or may be.
fn next_step(model: &Model, row: &ResultRow) -> Option<String> {
    Some(match row.verdict()? {
        Verdict::Requeued => match row.again {
            Some(Again { run, status: Some(status), .. }) => format!("requeued: {} in run {run}", words(status)),
            Some(Again { run, status: None, .. }) => format!("requeued: on its way in run {run}"),
            None => String::from("requeued: it waits in the queue, or joined a later edit there"),
        },
        Verdict::Dropped => String::from("dropped: nothing is left to do about it"),
        Verdict::AsIs | Verdict::ReconcileFirst => model.keyed("`<requeue>` requeues it as it is"),
        Verdict::NeedsFix(remedy) => remedy.words() + &model.keyed(": `<fix>`"),
        Verdict::Quarantined => model.keyed("in quarantine: it failed the same way twice, unchanged; `<fix>` mends it"),
        Verdict::StillQueued => String::from("it is still in the queue"),
        Verdict::Never => return None,
    })
}

fn request_id(row: &ResultRow) -> String {
    row.request_id.as_ref().map_or_else(String::new, |id| format!("  request {id}"))
}

fn echo_lines(echo: &Echo, lines: &mut Vec<Line>) {
    match echo {
        Echo::Matches => lines.push((Tone::Ok, String::from("echo       matches: the server returned what was sent"))),
        Echo::Missing => {
            lines.push((Tone::Warn, String::from("echo       missing: success without the contact in it")));
        }
        Echo::None => {}
        Echo::Differs(differences) => {
            lines.push((Tone::Warn, String::from("echo       differs: wanted → got")));
            lines.extend(difference_lines(differences).into_iter().map(|line| (Tone::Warn, line)));
        }
    }
}

/// The widest wanted value that others are aligned with.
const ALIGNED: usize = 28;

/// `first_name  Asha → Ravi`: a line for each field, names and arrows below each other.
pub(super) fn difference_lines(differences: &[Difference]) -> Vec<String> {
    let named = differences.iter().map(|d| d.field.name().len()).max().unwrap_or(0);
    let wanted: Vec<_> = differences.iter().map(|d| shown(&d.wanted, "(cleared)")).collect();
    let widest = wanted.iter().map(|w| width(w)).filter(|w| *w <= ALIGNED).max().unwrap_or(0);
    let line = |d: &Difference, wanted: &str| {
        let got = d.got.as_deref().map_or_else(|| String::from("(nothing)"), |got| shown(got, "(empty)"));
        let gap = " ".repeat(widest.saturating_sub(width(wanted)));
        format!("           {:<named$}  {wanted}{gap} → {got}", d.field.name())
    };
    differences.iter().zip(&wanted).map(|(d, wanted)| line(d, wanted)).collect()
}

/// A value made harmless, or what stands for an empty one.
fn shown(value: &str, empty: &str) -> String {
    if value.is_empty() { empty.to_owned() } else { harmless(value).into_owned() }
}

pub(super) fn attempt_lines(record: &AttemptRecord) -> Vec<Line> {
    let http = record.http_status.map_or_else(|| String::from("no answer"), |s| format!("HTTP {s}"));
    let error = record.error.as_ref().map_or_else(String::new, |e| format!("  {e}"));
    let text = format!(
        "  {}  {}  {http} in {}{error}",
        record.attempt,
        record.started.local_time(),
        human_duration(record.elapsed_ms)
    );
    let id = record.request_id.as_ref().map(|id| (Tone::Dim, format!("     request {}", harmless(id))));
    std::iter::once((if record.error.is_some() { Tone::Warn } else { Tone::Dim }, text)).chain(id).collect()
}

/// The tone of a status.
pub const fn tone(status: Status) -> Tone {
    match status {
        Status::Updated => Tone::Ok,
        Status::Rejected => Tone::Bad,
        Status::Unknown => Tone::Warn,
        Status::NotSent => Tone::Wait,
    }
}

/// The contact of an edit as it is sent.
pub fn request_json(session: &Session, edit: &Edit) -> String {
    let clear_as = if session.clears_as_null { ClearAs::Null } else { ClearAs::EmptyText };
    let item = BatchItem { seq: 0, sid: edit.sid.clone(), changes: edit.changes.clone() };
    request_item_json(&item, clear_as, &session.custom_key)
}

fn result_request(session: &Session, row: &ResultRow) -> String {
    request_json(session, &Edit { sid: row.sid.clone(), changes: row.changes.clone() })
}

/// Request and response item of a result as one JSON object.
pub fn result_json(session: &Session, row: &ResultRow) -> String {
    let response = row.outcome.as_ref().and_then(|o| o.item.as_deref()).unwrap_or("null");
    format!("{{\"request\":{},\"response\":{response}}}", result_request(session, row))
}

pub(super) fn json_lines(json: &str) -> Vec<Line> {
    pretty(json).lines().map(|line| (Tone::Json, line.to_owned())).collect()
}

/// JSON with a line for each member, its numbers and texts as they are.
///
/// It walks the text instead of reading it, since a number read into a float is another number; a text that
/// is no JSON comes out nearly as it is.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        if in_text {
            out.push(c);
            in_text = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                in_text = true;
                out.push(c);
            }
            '{' | '[' => {
                while chars.peek().is_some_and(|c| c.is_whitespace()) {
                    chars.next();
                }
                out.push(c);
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    // A hostile nesting must not make a line of a million blanks.
    out.extend(std::iter::repeat_n("  ", depth.min(20)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_its_numbers_stay() {
        let text = pretty(r#"{"a":1.10,"b":{"c":[ ],"d":"x{,\"y"},"e":[1,2]}"#);
        let wanted = "{\n  \"a\": 1.10,\n  \"b\": {\n    \"c\": [],\n    \"d\": \"x{,\\\"y\"\n  },\n  \"e\": [\n    1,\n    2\n  ]\n}";
        assert_eq!(text, wanted);
    }
}
