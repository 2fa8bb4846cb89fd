//! `rolodeck keys`: the bindings in force, the preset's and the user's own.

use std::io::Write;

use serde::Serialize;

use super::args::ListFormat;
use super::console::data;
use super::error::Error;
use super::exit::Exit;
use super::history::array;
use super::report::{Column, Table};
use super::session::Session;
use crate::config::Config;
use crate::config::actions::{Context, Place};
use crate::config::keymap::LiveRow;
use crate::support::text::harmless_json;

/// What an action does is never cut: this is a list to look things up in.
const KEYS: [Column; 4] =
    [Column::text("KEYS", 18), Column::text("ACTION", 16), Column::text("WHERE", 13), Column::text("WHAT", 80)];

/// Lists the keys of every action.
pub(super) fn keys(session: &Session, format: ListFormat) -> Result<Exit, Error> {
    let keymap = Config::load(&session.paths)?.keymap;
    let rows = keymap.table();
    let mut out = data();
    match format {
        ListFormat::Human => {
            let mut table = Table::new(&mut out, &KEYS);
            for live in &rows {
                table.row(&[&live.keys.join("  "), live.row.name, &places(live), live.row.help])?;
            }
        }
        ListFormat::Json => array(&mut out, rows.iter().map(line))?,
        ListFormat::Jsonl => rows.iter().try_for_each(|live| writeln!(out, "{}", line(live)))?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Where an action has these keys.
fn places(live: &LiveRow) -> String {
    if live.contexts.len() == Place::ALL.len() {
        return "everywhere".to_owned();
    }
    names(live).collect::<Vec<_>>().join(" ")
}

fn names(live: &LiveRow) -> impl Iterator<Item = &'static str> {
    live.contexts.iter().copied().map(Context::name)
}

/// An action as JSON; its name and those of the places are the words of the config file.
#[derive(Serialize)]
struct Line<'a> {
    action: &'static str,
    r#in: Vec<&'static str>,
    keys: &'a [String],
    help: &'static str,
}

fn line(live: &LiveRow) -> String {
    let line = Line { action: live.row.name, r#in: names(live).collect(), keys: &live.keys, help: live.row.help };
    // Texts and lists of texts always become JSON.
    serde_json::to_string(&line).map(harmless_json).unwrap_or_default()
}
