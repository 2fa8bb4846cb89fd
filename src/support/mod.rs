//! What every floor may use: time, seeded randomness, names of keys, safe text, lines for the log.
//!
//! Owns no domain word and fails in no way: every function here is total.

pub mod clock;
pub mod key;
pub mod log;
pub mod rng;
pub mod text;
