//! The engine against a fake server and a fake journal, on a paused clock.

mod fake;
mod invariants;
mod journal;
mod on_disk;
mod snapshot;
mod soak;
mod splits;
mod stops;
mod trips;
mod waits;
