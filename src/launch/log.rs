//! What the log says of the program itself: that it starts, with what settings, and how it ends.

use std::future::Future;

use crate::cli::{Error, Exit, Session};
use crate::logbook::{Logbook, report_panics};
use crate::support::log::{Level, note};

/// Does the work with a log and, where it panics, a report.
pub(super) async fn logged(
    session: &Session,
    command: &'static str,
    work: impl Future<Output = Result<Exit, Error>>,
) -> Result<Exit, Error> {
    let log_dir = &session.paths.log_dir;
    // Dropped last, so that the end is written, and even after a panic.
    let _log = Logbook::open(log_dir, if session.verbose { Level::Detail } else { Level::Event });
    report_panics(log_dir.clone(), || (), || ());
    let version = env!("CARGO_PKG_VERSION");
    // No arguments: a filter names contacts.
    note(Level::Event, || format!("rolodeck {version} starts as process {}: {command}", std::process::id()));
    note(Level::Event, || settings(session));
    let result = work.await;
    note(Level::Event, || format!("process {} ends: {}", std::process::id(), ending(&result)));
    result
}

/// The settings that a run depends on. The credentials are not among them.
fn settings(session: &Session) -> String {
    let Ok((_, p)) = session.settings() else { return "the settings cannot be read".to_owned() };
    let proxy = if p.proxy.is_empty() { "of the environment" } else { &p.proxy };
    format!(
        "profile {}, account {} at {}, proxy {proxy}, rate {}, read_rate {}, in_flight {}, batch_size {}, batch_bytes {}, \
         max_attempts {}, timeout {}, canary {}, breaker {} of {}, production {}, read_only {}",
        p.name,
        p.account_sid,
        p.base_url,
        p.rate,
        p.read_rate,
        p.in_flight,
        p.batch_size,
        p.batch_bytes,
        p.max_attempts,
        p.timeout_s,
        p.canary,
        p.breaker,
        p.breaker_window,
        p.production,
        p.read_only,
    )
}

fn ending(result: &Result<Exit, Error>) -> String {
    let (Ok(exit) | Err(Error { exit, .. })) = result;
    let (code, meaning) = (exit.code(), exit.meaning());
    match result {
        // Other messages may quote a file or the server.
        Err(Error { message, exit: Exit::Storage }) => format!("exit {code}, {meaning}: {message}"),
        _ => format!("exit {code}, {meaning}"),
    }
}
