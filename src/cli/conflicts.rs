//! `rolodeck queue conflicts`: edits that were held back since others changed their contacts, and the decision about them.

use std::io::Write;

use serde::Serialize;

use super::args::{FilterArgs, KeepArg, SubmitFormat};
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use crate::app::diff::conflict_lines;
use crate::domain::{Conflict, FilterRow, Keep, Rules, Stand, validate};
use crate::store::Store;
use crate::support::clock;
use crate::support::text::{count, counted, harmless, harmless_json};

/// Lists the conflicts that the filter passes, or decides about them.
pub(super) async fn conflicts(
    session: &Session,
    rules: &Rules,
    which: &FilterArgs,
    keep: Option<KeepArg>,
    format: SubmitFormat,
) -> Result<Exit, Error> {
    let (store, reader) = session.open()?;
    let mut open = reader.conflicts()?;
    open.retain(|conflict| {
        let issues = validate(&conflict.edit, rules);
        let row = FilterRow::queued(conflict.edit.sid.as_str(), &conflict.edit.changes, &issues);
        which.filter.as_ref().is_none_or(|filter| filter.matches(&row))
    });
    match keep {
        None => list(&open, format),
        Some(KeepArg::Mine) => decide(&store, &open, Keep::Mine).await,
        Some(KeepArg::Theirs) => decide(&store, &open, Keep::Theirs).await,
    }
}

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    sid: &'a str,
    run: i64,
    base_seen: String,
    now_seen: String,
    fields: Vec<Sides<'a>>,
}

/// A field from all sides; `conflict` says that others changed it since the base was seen.
#[derive(Serialize)]
struct Sides<'a> {
    field: &'static str,
    base: &'a str,
    now: &'a str,
    wanted: &'a str,
    conflict: bool,
}

fn line(conflict: &Conflict) -> String {
    let fields = conflict.sides().into_iter().map(|d| Sides {
        field: d.field.name(),
        base: d.base,
        now: d.now,
        wanted: d.wanted,
        conflict: d.stand == Stand::Moved,
    });
    let line = Line {
        r#type: "conflict",
        sid: conflict.edit.sid.as_str(),
        run: conflict.run.0,
        base_seen: conflict.base.seen.to_string(),
        now_seen: conflict.now.seen.to_string(),
        fields: fields.collect(),
    };
    harmless_json(serde_json::to_string(&line).unwrap_or_default())
}

fn list(open: &[Conflict], format: SubmitFormat) -> Result<Exit, Error> {
    let mut out = data();
    for conflict in open {
        match format {
            SubmitFormat::Jsonl => writeln!(out, "{}", line(conflict))?,
            SubmitFormat::Human => {
                writeln!(out, "{}  held back by run {}", harmless(conflict.edit.sid.as_str()), conflict.run)?;
                let lines = conflict_lines(conflict, clock::now());
                lines.into_iter().try_for_each(|(_, text)| writeln!(out, "  {text}"))?;
            }
        }
    }
    out.flush()?;
    if open.is_empty() {
        say("no edit is in conflict.");
        return Ok(Exit::Done);
    }
    say(&format!(
        "{} in conflict, sent by no submit until it is decided: `--keep mine` overwrites what others set, `--keep theirs` \
         leaves that alone.",
        counted(open.len() as u64, "edit")
    ));
    Ok(Exit::Rejected)
}

async fn decide(store: &Store, open: &[Conflict], keep: Keep) -> Result<Exit, Error> {
    // What is decided while a run is under way would be about edits that it may hold back once more.
    let lock = store.lock_submitter();
    let _lock = lock.map_err(|e| Error::new(Exit::Storage, format!("nothing was decided: {e}")))?;
    let decided = store.decide(open.iter().map(|conflict| conflict.id).collect(), keep).await?;
    say(&match keep {
        Keep::Mine => format!("{} sent as queued by the next submit.", counted(decided.mine, "edit")),
        Keep::Theirs => format!(
            "others keep theirs on {}: {} taken out of the queue, {} set the rest.",
            counted(decided.yielded + decided.taken_out, "contact"),
            count(decided.taken_out),
            count(decided.yielded)
        ),
    });
    Ok(Exit::Done)
}
