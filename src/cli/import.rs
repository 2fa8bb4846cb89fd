//! `rolodeck import`: the edits of a file into the queue.

use std::collections::HashSet;

use super::args::ImportArgs;
use super::console::say;
use super::error::Error;
use super::exit::Exit;
use super::overlay::Overlay;
use super::session::{Session, rules};
use super::source::{Checked, Source};
use crate::intake::{Reading, Target};
use crate::store::ImportReport;
use crate::support::text::{count, counted};

/// How many of the reader's warnings are listed; the rest is counted.
const LISTED: usize = 10;

/// Imports a file, or with `--dry-run` says what an import would do.
pub(super) async fn import(session: &Session, args: &ImportArgs) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    let source = Source::open(&args.file, &args.source, &config.clear_token)?;
    // A dry run looks for these in the queue; an import of a million keeps none of them in memory.
    let mut sids = HashSet::new();
    let checked = source.check(&rules(&profile), |sid| {
        if args.dry_run {
            sids.insert(sid);
        }
    })?;
    let (store, reader) = session.open()?;
    let name = source.name().to_owned();
    let report = if args.dry_run {
        let mut overlay = Overlay::of(&reader, &sids)?;
        source.each(|edit| overlay.lay_over(edit))?;
        overlay.report
    } else {
        source.import(&store).await?
    };
    tell_reading(&name, &checked);
    checked.faults.tell(" until they are mended");
    say(&summary(report, args.dry_run));
    Ok(Exit::Done)
}

/// Says what was read: the form, the columns that are not used, the warnings.
pub(super) fn tell_reading(name: &str, checked: &Checked) {
    let Reading { rows, format, columns, warnings, warning_count } = &checked.reading;
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

/// The counts of an import in a sentence.
pub(super) fn summary(report: ImportReport, is_dry_run: bool) -> String {
    let ImportReport { added, merged, unchanged, conflicts } = report;
    let counts = format!(
        "{} added, {} merged, {} unchanged, {}",
        count(added),
        count(merged),
        count(unchanged),
        counted(conflicts, "conflict")
    );
    let later = if conflicts > 0 { " (the later value wins)" } else { "" };
    if is_dry_run {
        format!("dry run, nothing was imported: {counts}{later}.")
    } else {
        format!("imported: {counts}{later}.")
    }
}
