//! Update: keys in, effects out.
