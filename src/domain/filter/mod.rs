//! The filter language of queue, results and command line (SPEC 3).
//!
//! ```text
//! filter = [ either ]
//! either = all { "or" all }
//! all    = not { [ "and" ] not }                 a space is "and"
//! not    = { "-" } term
//! term   = "(" either ")" | [ key ":" ] value | key ":"
//! value  = word | '"' text '"' | "/" regex "/"
//! ```
//! - A **word** or quoted text is found in any column; `key:value` looks in one. Both look for a part
//!   of the text, without regard to case. `code:` and `error:` with a number want the whole number.
//! - `key:` alone: the field is set (a cleared one is not), or the column has something in it.
//! - `/regex/` is a pattern in the syntax of the `regex` crate, without regard to case; `(?-i)` in it
//!   turns case on. `\/` is a slash. In quotes `\"` is a quote and `\\` a backslash.
//! - Keys: `sid`, the seven fields, `cleared` (names of cleared fields), `problem`, and for results
//!   `status`, `code`, `error`, `cause` (numbers and ids in it are folded), `echo`, `verdict`.
//! - Words end at a blank or a parenthesis. To look for `or`, `a:b` or a leading `-`, quote it.
//!
//! Owns the grammar and the matching. It never panics on any text, and talks to nothing outside the
//! domain. It fails with a [`WrongText`](super::WrongText) that carries the byte where the text went wrong.

mod matching;
mod parse;

#[cfg(test)]
mod tests;

pub use matching::{Filter, FilterRow};
