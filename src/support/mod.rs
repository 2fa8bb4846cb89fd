//! What every floor may use: time, seeded randomness, names of keys, safe text.
//!
//! Owns no domain word and fails in no way: every function here is total.

pub mod clock;
pub mod key;
pub mod rng;
pub mod text;
