//! `rolodeck import`: the edits of a file into the queue.

use super::args::{ImportArgs, OnConflict};
use super::console::say;
use super::error::Error;
use super::exit::Exit;
use super::pull::book_of;
use super::session::{Session, rules};
use super::source::{Checked, Source, finder};
use crate::app::import::{recall, unchanged};
use crate::domain::Change;
use crate::intake::{Reading, Target, header_set};
use crate::store::{Choices, Clash, ImportReport, Purpose, Reader, Side, Store};
use crate::support::text::{count, counted, truncate};

/// How many of the reader's warnings, and of the conflicts, are listed; the rest is counted.
const LISTED: usize = 10;

/// How many columns of a value are shown.
const SHOWN: usize = 40;

/// Imports a file, or with `--dry-run` says what an import would do.
pub(super) async fn import(session: &Session, args: &ImportArgs) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    let (store, reader) = session.open()?;
    let find = finder(store.reader()?, &profile)?;
    let mut source = Source::open(&args.file, &args.source, args.format, &config.clear_token, find)?;
    let headers = recall_mapping(&mut source, &reader)?;
    if let Some(path) = &args.reject_file {
        source.reject_to(path, &args.file)?;
    }
    let (name, map) = (source.name().to_owned(), source.options.map.clone());
    let refuses = args.conflicts == OnConflict::Refuse;
    let purpose = match (args.dry_run, refuses) {
        (true, _) => Purpose::Rehearsal,
        (false, true) => Purpose::WithoutConflict,
        (false, false) => Purpose::Import,
    };
    let rest = if args.conflicts == OnConflict::Earlier { Side::Earlier } else { Side::Later };
    let choices = Choices { rest, ..Choices::default() };
    let (checked, report) = source.import(&store, rules(&profile), purpose, book_of(&profile).ok(), choices).await?;
    let is_in_conflict = refuses && report.conflicts > 0;
    if !args.dry_run && !is_in_conflict {
        remember_mapping(&store, headers, map).await?;
    }
    tell_reading(&name, &checked);
    tell_refused(&name, &checked.reading, args);
    checked.faults.tell();
    tell_conflicts(&report);
    let became = match (args.dry_run, is_in_conflict) {
        (true, _) => "dry run, nothing was imported",
        (false, true) => "nothing was imported; --conflicts later or earlier says which values to take",
        (false, false) => "imported",
    };
    say(&summary(became, &report, &checked.reading));
    let would_be_refused = is_in_conflict || (checked.reading.refused > 0 && args.reject_file.is_none());
    Ok(if would_be_refused { Exit::Refused } else { Exit::Done })
}

/// Takes the mapping that was used for the same columns the last time, unless there is one on the command line; gives
/// the set of columns.
pub(super) fn recall_mapping(source: &mut Source, reader: &Reader) -> Result<String, Error> {
    let columns = source.look().columns;
    let headers = header_set(columns.iter().map(|column| column.header.as_str()));
    if source.options.map.is_empty() && !headers.is_empty() {
        let map = recall(reader, &columns)?;
        if !map.is_empty() {
            let words: Vec<_> = map.iter().map(|(column, field)| format!("{column}={field}")).collect();
            say(&format!("mapped as the last time: {}; --map changes it.", words.join(", ")));
        }
        source.options.map = map;
    }
    Ok(headers)
}

/// Keeps the mapping for the next file with these columns.
pub(super) async fn remember_mapping(store: &Store, headers: String, map: Vec<(String, String)>) -> Result<(), Error> {
    if !headers.is_empty() && !map.is_empty() {
        store.remember_mapping(headers, map).await?;
    }
    Ok(())
}

/// Says what was read: the form, the columns that are not used, the warnings.
pub(super) fn tell_reading(name: &str, checked: &Checked) {
    let Reading { rows, format, columns, warnings, warning_count, .. } = &checked.reading;
    say(&format!("{name}: {} read as {}.", counted(*rows, "row"), format.name()));
    let unused: Vec<_> =
        columns.iter().filter(|c| c.target == Target::Unmatched).map(|c| format!("`{}`", c.header)).collect();
    if !unused.is_empty() {
        say(&format!("not used: {}; name a field for one with --map COLUMN=FIELD.", unused.join(", ")));
    }
    for warning in warnings.iter().take(LISTED) {
        say(&format!("{name}:{warning}"));
    }
    let more = warning_count.saturating_sub(LISTED as u64);
    if more > 0 {
        say(&format!("{name}: {} not listed.", counted(more, "more warning")));
    }
    if checked.faults.warnings > 0 {
        say(&format!("{} worth a look: see `rolodeck queue validate`.", counted(checked.faults.warnings, "edit")));
    }
}

/// Says which rows are refused, and where they are.
fn tell_refused(name: &str, reading: &Reading, args: &ImportArgs) {
    if reading.refused == 0 {
        return;
    }
    for problem in &reading.problems {
        say(&format!("{name}:{problem}"));
    }
    let more = reading.problem_count - reading.problems.len() as u64;
    if more > 0 {
        say(&format!("{name}: {} not listed.", counted(more, "more problem")));
    }
    let refused = counted(reading.refused, "row");
    match &args.reject_file {
        Some(path) => say(&format!("{refused} refused, written to {}.", path.display())),
        None => say(&format!("{refused} refused: the whole file would be, without --reject-file FILE.")),
    }
}

/// Names the first fields that have two values.
fn tell_conflicts(report: &ImportReport) {
    for Clash { sid, field, earlier, later, was_queued } in report.told.iter().take(LISTED) {
        let value = |change: &Change| match change {
            Change::Set(value) => format!("`{}`", truncate(value, SHOWN)),
            Change::Clear => String::from("cleared"),
        };
        let (before, now) = if *was_queued { ("the queue", "the file") } else { ("one row", "a later one") };
        say(&format!("{sid}: {field}: {} in {before}, {} in {now}", value(earlier), value(later)));
    }
    let more = report.more + report.told.len().saturating_sub(LISTED) as u64;
    if more > 0 {
        say(&format!("{} not listed.", counted(more, "more conflict")));
    }
}

/// The counts of an import in a sentence: they add up to the rows read.
pub(super) fn summary(became: &str, report: &ImportReport, reading: &Reading) -> String {
    let ImportReport { added, merged, conflicts, kept, .. } = *report;
    let wins = match (conflicts, kept) {
        (0, _) => "",
        (_, 0) => " (the later value wins)",
        _ => " (the earlier value stays)",
    };
    format!(
        "{became}: {} added, {} merged, {}, {}{wins}; {} refused; {} in all.",
        count(added),
        count(merged),
        unchanged(report),
        counted(conflicts, "conflict"),
        count(reading.refused),
        counted(reading.rows, "row"),
    )
}
