//! How results look: JSON for programs, tables for people.
//!
//! Owns the keys and their order in JSON lines (SPEC 9) and the columns of tables. It never reads the store and
//! decides nothing: rows come in, text goes out. It fails only when the text cannot be written.

mod json;
mod problems;
mod table;

pub(super) use json::{run_line, summary_line};
pub(super) use problems::Problems;
pub(super) use table::{Causes, Column, Table, in_words, result_cells};
