//! The simulator of the contacts API (SPEC 11): stateful, on loopback only, for the demo and the tests.
//!
//! - Owns: an address book, the rules of API.md with a switch for each point it marks unknown, faults, and the
//!   log of requests that tests use as an oracle.
//! - Never does: share code with the client. It imports `crate::support` alone and has JSON code of its own, so
//!   that a wire mistake of one end cannot cancel out against the same mistake of the other.
//! - Talks to: its clients over HTTP/1.1 and h2c; the tests through [`Sim`].
//! - Fails: [`start`] gives the error of the socket or of the log file; a scenario that does not parse is a
//!   [`ScenarioError`] with line and column. A running simulator answers every request or breaks it as told.
//!
//! # What a client can provoke
//!
//! Contact `i` of the book has the SID [`sid_of`]`(i)` and the number [`number_of`]`(i)`, whatever the seed.
//!
//! | edit | answer for the item |
//! |---|---|
//! | a SID that is not in the book | 404, code 1000, `Contact not found` |
//! | no SID | 400, code 1001 |
//! | `email` without `@`, or with blanks | 400, code 1002, the parameter is named |
//! | `number` that is not `+` and 8 to 15 digits | 400, code 1002 |
//! | `number` of another contact, such as `number_of(j)` | 409, code 1008, contact `j` in `data` |
//! | a value of the wrong JSON type | the whole request: 400, code 1007 |
//!
//! # Parts
//!
//! `book` keeps the contacts, `people` makes them up; `body` reads requests and `answer` writes answers; `scenario`
//! says what goes wrong and `fault` whom it hits; `gate` counts arrivals and keeps the rate limit; `line`
//! breaks the connection; `gzip` packs answers; `routes` is the way of one request through all of these to the `calls` and `pages`; `log` records it; `control` starts and stops the whole.

mod answer;
mod body;
mod book;
mod calls;
mod control;
mod fault;
mod gate;
mod gzip;
mod line;
mod log;
mod pages;
mod people;
mod routes;
mod scenario;
#[cfg(test)]
mod tests;

pub use control::{Sim, SimOptions, start};
pub use log::LogEntry;
pub use people::{VENDOR_SID, number_of, sid_of};
pub use scenario::{Scenario, ScenarioError};
