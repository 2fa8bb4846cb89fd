//! The vendor's JSON, both ways: the body of a bulk update, and every shape its answer comes in.
//!
//! Owns the spelling of requests and the reading of answers, total over any text. It never decides what
//! an answer means; `classify` does. It talks to nothing. It fails only where a body is no JSON
//! object, with words for people; numbers of `custom_field` keep the user's digits, and items
//! keep their own text for the detail view.

mod answer;
mod lenient;
mod request;
mod walk;

pub(super) use answer::{Answer, Contact, Item, Says, read_answer, read_shown};
pub use request::{ClearAs, request_item_json, request_json};
