//! What every floor may use: time, seeded randomness, names of keys, near words, safe text, lines for the log.
//!
//! Owns no domain word and fails in no way: every function here is total.

pub mod clock;
pub mod key;
pub mod log;
pub mod near;
pub mod rng;
pub mod text;
pub mod work;
