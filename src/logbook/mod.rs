//! The files for the morning after: a log of every run, and reports of what went wrong inside.
//!
//! Owns `logs/` of the data directory: `rolodeck.log` with two older ones, and the reports of panics and alarms.
//! Everything there is for its owner alone (0600), and holds no secret, no value of a contact and no word of the
//! server, which may repeat either: runs, requests, statuses, request ids and counts are what it tells. It never holds
//! up a run: a thread writes, and a full disk costs lines, nothing else. It takes lines from `support::log`, where
//! any floor may leave them, and events from whoever listens to a run. It fails only where a report can't be written.

mod events;
mod file;
mod report;

pub use events::note_event;
pub use file::Logbook;
pub use report::{bug_report, report_panics};
