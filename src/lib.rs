//! rolodeck: a terminal workstation for bulk edits of Exotel contacts.
//!
//! A user composes a queue of edits, sends it through the vendor's bulk PUT, sees what became of every
//! contact, and requeues what failed. The code is one library and a thin binary: the workstation, the
//! command line and the tests are equal users of the same engine, queue and history.
//!
//! # The map
//!
//! A module imports only from floors below its own, and siblings never import each other.
//! `tests/architecture.rs` holds it to that, and to the external crates that each floor may name.
//!
//! | floor | modules | holds | never holds |
//! |---|---|---|---|
//! | 6 | `main`, `launch` | the wiring: settings, store, client, front end | logic worth a unit test |
//! | 5 | [`tui`], [`cli`], [`sim`] | the front ends, and the simulator | rules; each other |
//! | 4 | [`app`] | the workstation as a pure function of what happens | runtime, terminal, files, clock |
//! | 4 | [`logbook`] | the log file and the reports of faults | secrets, contacts, the server's words |
//! | 3 | [`engine`] | how a run sends its batches: pace, retries, stops | HTTP, SQL, any screen |
//! | 2 | [`api`], [`store`], [`config`], [`intake`] | the wire; the disk; the settings; files in and out | each other; prompts; printing |
//! | 1 | [`domain`] | edits, batches, outcomes, and every rule about them | I/O, async, the clock, panics |
//! | 0 | [`support`] | time, seeded randomness, key names, safe text | words of the domain |
//!
//! # A run, from key to disk
//!
//! `intake` reads a file into edits, and the `store` keeps them: the queue *is* a table, of which the screen
//! holds a window, so that a long queue costs neither memory nor keys. A submit copies the queue into a run
//! and cuts it into batches. The `engine` takes a batch, waits for its pace, writes the intent, and
//! asks the `api` to send it. The `api` judges the answer in one total function, and `domain` places each item
//! of the answer on the edit it belongs to. The outcomes are written in one transaction, and only then told to
//! whoever listens, who reads them back from the `store`.
//!
//! # What always holds
//!
//! - No byte of a request leaves before its intent is on disk, and no outcome is shown before it is on disk.
//!   So after a crash, an intent without an outcome is *unknown*, and everything else is as it was.
//! - Every planned edit settles exactly once in a run: planned = updated + rejected + unknown + not sent. One
//!   exception: a disk that can't be written ends the run with its books open, and the next start closes them.
//! - An item of an answer that can't be placed beyond doubt is unknown, never somebody's failure or success.
//! - The engine never waits for its listener, and a key never waits for disk or network.
//! - One process at a time submits from a data directory; a lock that dies with its process says which.
//!
//! The engine's own invariants, I1 to I9, are listed in [`engine`], with a test each.
//!
//! # How to read it
//!
//! From the ground up: [`domain`] in an hour gives the words. Then [`engine`], which is the heart, [`store`]
//! for what is durable, and [`api`] for what an answer proves. [`app`] and [`tui`] come last. The header of a `mod.rs`
//! says what the module owns, never does, talks to, and how it fails. Tests stand beside the code; those in `tests/it`
//! drive the program over HTTP against the simulator, and those in `tests/pty` on a real terminal.
//!
//! # Where building it changed the design
//!
//! - **Edits are columns.** An edit is one row with a column for each field, not one JSON text: a bulk change,
//!   a merge and an undo are then single statements, whatever the number of rows.
//! - **[`store::RunLog`] lives in the store**, not in the engine. The engine stands above and may
//!   name it; the other way round, the store would have to import from the floor above.
//! - **Events carry no outcomes.** [`engine::EngineEvent`] says that a batch settled; a listener reads its rows. What
//!   is shown is then recorded by construction, and events stay small at any batch size.
//! - **The pace is more than a bucket.** A token bucket spreads the requests, and an exact sliding minute counts them,
//!   since a bucket alone lets through up to its burst more than the rate in some minute. The server's own limit is
//!   learned as a window (so many in such a time) from its first 429, and fewer requests than allowed fly at first.
//! - **A refused batch is given up one level later**: after its eighths, not its quarters, all failed alike (15 requests).
//!   Four guilty edits in four quarters are rare; that they condemn the other 496 would be a bad day.
//! - **Parts are batches.** What a refused batch goes on as has numbers, intents and outcomes of its own in the journal, so
//!   that a crash in the middle of a search for the guilty is recovered like any other.
//! - **A refusal that looks like a wrong address** (404, 405, 415, a redirect) stops a run in which nothing got through.
//! - **The simulator is an island.** It sees [`support`] alone and has JSON code of its own, at the price of some
//!   repetition: a wire mistake made once in shared code would agree with itself.
pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod intake;
pub mod launch;
pub mod logbook;
pub mod sim;
pub mod store;
pub mod support;
pub mod tui;
