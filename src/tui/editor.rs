//! The user's own editor on queued edits, as JSON lines.
//!
//! Owns the file that is edited and the editor's process; the terminal is handed over, and taken back, by the runtime.
//! A mistake opens the file again with what is wrong on top. Left as it was, the file changes nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::Pin;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::domain::{Edit, EditId, Field, Issue, IssueCode, Rules, Severity, validate};
use crate::intake::{Format, ImportOptions, Target, edit_to_jsonl, read_edits};
use crate::support::text::{counted, harmless};

/// More edits than this are no work for an editor.
pub(super) const MOST: usize = 20_000;

/// Before the lines: what may be done with them.
const INTRO: &str = "\
# Edits of the queue.
# One edit a line. Under \"changes\" a text sets a field, null clears it, an absent field is left alone.
# Keep one line for each edit, in this order. Left as it is, the file changes nothing.
";

/// What an editor made of edits: those that are otherwise now, or why there are none.
pub(super) type Edited = Result<Vec<(EditId, Edit)>, String>;

/// Edits in the hands of an editor.
pub(super) type Editing = Pin<Box<dyn Future<Output = Edited> + Send>>;

/// Opens edits in an editor, a program and its arguments. Dropping this asks the editor to end.
pub(super) fn edit(editor: Vec<String>, edits: Vec<(EditId, Edit)>, rules: Rules) -> Editing {
    Box::pin(async move {
        // Not a file alone: editors leave copies of it beside it.
        let dir = tempfile::Builder::new().prefix("rolodeck-").tempdir().map_err(|e| no_file(&e))?;
        let path = dir.path().join("edits.jsonl");
        let mut text = edits
            .iter()
            .fold(INTRO.to_owned(), |all, (_, edit)| all + &edit_to_jsonl(edit, &validate(edit, &rules)) + "\n");
        let mut mistake = None;
        loop {
            write(&path, &text).map_err(|e| no_file(&e))?;
            run(&editor, &path).await?;
            let written = fs::read_to_string(&path).map_err(|e| no_file(&e))?;
            if written == text {
                return mistake.map_or_else(|| Ok(Vec::new()), |why| Err(format!("nothing changed: {why}")));
            }
            match changed(&written, &edits, &rules) {
                Ok(changed) => return Ok(changed),
                Err(why) => {
                    text = marked(&written, &why);
                    mistake = Some(why);
                }
            }
        }
    })
}

/// The words of a variable such as `VISUAL`: parted at blanks, except within quotes. No shell looks at them.
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in command.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => (quote, begun) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    words.extend(begun.then_some(word));
    words
}

fn no_file(e: &io::Error) -> String {
    format!("the file for the editor: {e}")
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

/// An editor's process. One that is left behind is asked to give the terminal back.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself, and then there is nobody to ask.
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

async fn run(editor: &[String], path: &Path) -> Result<(), String> {
    let Some((program, arguments)) = editor.split_first() else {
        return Err(String::from("VISUAL and EDITOR name no program"));
    };
    let child = Command::new(program).args(arguments).arg(path).spawn();
    let child = child.map_err(|e| format!("the editor `{program}` cannot be started: {e}; set VISUAL or EDITOR"))?;
    let ended = Running(child).0.wait().await.map_err(|e| format!("the editor `{program}`: {e}"))?;
    if ended.success() { Ok(()) } else { Err(format!("nothing changed: the editor ended with {ended}")) }
}

/// The edits that are otherwise now, or the first mistake.
fn changed(text: &str, edits: &[(EditId, Edit)], rules: &Rules) -> Result<Vec<(EditId, Edit)>, String> {
    // Comments become empty lines, so that the others keep their numbers.
    let blank = |line: &str| line.trim_start().starts_with('#') || line.trim().is_empty();
    let lines: Vec<&str> = text.lines().map(|line| if blank(line) { "" } else { line }).collect();
    let options = ImportOptions {
        format: Some(Format::JsonLines),
        source_name: String::from("edits.jsonl"),
        ..ImportOptions::default()
    };
    let intake = read_edits(lines.join("\n").as_bytes(), &options).map_err(|refused| refused.to_string())?;
    if let Some(unknown) = intake.columns.iter().find(|column| column.target == Target::Unmatched) {
        return Err(format!("there is no field `{}`", harmless(&unknown.header)));
    }
    if let Some((number, name)) = (1..).zip(&lines).find_map(|(number, line)| Some((number, unknown_change(line)?))) {
        return Err(format!("line {number}: there is no field `{}`", harmless(&name)));
    }
    if intake.edits.len() != edits.len() {
        let came = counted(intake.edits.len() as u64, "line");
        return Err(format!("{came} for {}; `x` takes edits out, `o` adds one", counted(edits.len() as u64, "edit")));
    }
    let numbers = (1..).zip(&lines).filter(|(_, line)| !line.is_empty()).map(|(number, _)| number);
    let mut out = Vec::new();
    for ((number, (id, before)), after) in numbers.zip(edits).zip(intake.edits) {
        if *before != after {
            check(number, before, &after, rules)?;
            out.push((*id, after));
        }
    }
    Ok(out)
}

/// A key under `changes` that no field is named by: an import leaves it out, but here it is a slip of the hand.
fn unknown_change(line: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let keys = value.get("changes")?.as_object()?.keys();
    keys.into_iter().find(|key| Field::ALL.iter().all(|field| field.name() != key.as_str())).cloned()
}

/// Fails when an edit has an error that it did not have before.
fn check(number: usize, before: &Edit, after: &Edit, rules: &Rules) -> Result<(), String> {
    // An edit that changes nothing yet may be wanted so.
    let is_error = |issue: &Issue| issue.severity == Severity::Error && issue.code != IssueCode::NoChange;
    let old = validate(before, rules);
    match validate(after, rules).into_iter().find(|issue| is_error(issue) && !old.contains(issue)) {
        None => Ok(()),
        Some(issue) => {
            let field = issue.field.map_or(String::new(), |field| format!("{field}: "));
            Err(format!("line {number}: {field}{}", issue.hint))
        }
    }
}

/// The text with what is wrong in the place of its first line, so that the other lines keep their numbers.
fn marked(text: &str, why: &str) -> String {
    let said: Vec<_> = why.lines().map(harmless).collect();
    let rest = text.split_once('\n').filter(|_| text.starts_with('#')).map_or(text, |(_, rest)| rest);
    format!("# MISTAKE: {}\n{rest}", said.join("; "))
}

#[cfg(test)]
mod tests;
