//! Reports of what should never happen, one file each, to be sent to whoever can mend it.

use std::backtrace::Backtrace;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};

use super::file::{create_dir, recent};
use crate::domain::{RunId, Totals};
use crate::support::clock;
use crate::support::log::{self, Level};
use crate::support::text::harmless;

/// Writes a report of an alarm of a run, as when its books differ, and gives the file.
///
/// `alarm` must be our own words: neither secrets nor values of contacts belong in a report.
pub fn bug_report(log_dir: &Path, run: RunId, totals: Totals, alarm: &str) -> io::Result<PathBuf> {
    log::note(Level::Fault, || format!("run {run}: {alarm}"));
    let Totals { planned, updated, rejected, unknown, not_sent } = totals;
    let text = format!(
        "run {run}: {}\n\nplanned {planned}, updated {updated}, rejected {rejected}, unknown {unknown}, not sent \
         {not_sent}: {} of {planned} settled\n",
        harmless(alarm),
        totals.settled()
    );
    write(log_dir, "bug", &text)
}

/// Makes every panic do `first`, then leave a report in `log_dir` and say where it is, then do `last`.
pub fn report_panics(
    log_dir: PathBuf,
    first: impl Fn() + Send + Sync + 'static,
    last: impl Fn() + Send + Sync + 'static,
) {
    panic::set_hook(Box::new(move |info| {
        first();
        let _ = io::stderr().write_all(panicked(&log_dir, info).as_bytes());
        last();
    }));
}

fn panicked(log_dir: &Path, info: &PanicHookInfo<'_>) -> String {
    log::note(Level::Fault, || match info.location() {
        Some(place) => format!("a panic at {place}"),
        None => "a panic".to_owned(),
    });
    let thread = std::thread::current().name().unwrap_or("?").to_owned();
    let text = format!(
        "thread: {thread}\n{}\n\nRead the lines above before you send this on: they may quote what was being worked \
         on.\n\n{}\n",
        lines_of(&info.to_string()),
        Backtrace::force_capture()
    );
    match write(log_dir, "panic", &text) {
        Ok(path) => format!(
            "rolodeck stopped because of a bug; your edits and results are on disk.\nReport: {}\n",
            harmless(&path.display().to_string())
        ),
        Err(e) => format!("{text}\n(no report file in {}: {e})\n", harmless(&log_dir.display().to_string())),
    }
}

/// Several lines, each harmless.
fn lines_of(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

/// Writes a report where only the user can read it.
fn write(log_dir: &Path, kind: &str, text: &str) -> io::Result<PathBuf> {
    create_dir(log_dir)?;
    let path = log_dir.join(format!("{kind}-{}-{}.txt", clock::now().0, std::process::id()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
    let (version, at) = (env!("CARGO_PKG_VERSION"), clock::now());
    write!(file, "rolodeck {version}, at {at}\n\n{text}\nThe last lines of the log:\n{}", recent())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_bug_report_has_the_books_and_is_for_the_user_alone() {
        let home = tempfile::tempdir().unwrap();
        let totals = Totals { planned: 3, updated: 1, rejected: 2, unknown: 1, not_sent: 0 };
        let path = bug_report(&home.path().join("logs"), RunId(7), totals, "the books differ\x1b[2J").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(concat!("rolodeck ", env!("CARGO_PKG_VERSION"))), "{text}");
        assert!(text.contains("run 7: the books differ␛[2J"), "{text}");
        assert!(text.contains("planned 3, updated 1, rejected 2, unknown 1, not sent 0: 4 of 3 settled"), "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
