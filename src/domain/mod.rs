//! What edits, batches and outcomes are, and every rule about them.
//!
//! Owns the words of the product: [`Edit`], [`Batch`], [`Outcome`], [`Totals`]. It never does I/O, reads
//! no clock and never panics; what it can't decide it says as data ([`Status::Unknown`], an
//! issue, a verdict). It talks to nothing but `support`.

mod align;
mod attempt;
mod base;
mod cause;
mod conflict;
mod contact;
mod echo;
mod edit;
mod field;
mod filter;
mod outcome;
mod pairs;
mod pattern;
mod plan;
mod requeue;
mod run;
mod stop;
mod transform;
mod validate;
mod wrong;

pub use align::{Alignment, Doubt, Mark, align};
pub use attempt::{AttemptRecord, AttemptResult, Quota, Refusal, Reply, Stage};
pub use base::{Base, BaseSource, FieldDiff, Reversal, Stand, diff, is_no_op, moved, reverse, same, shown};
pub use cause::{Advice, Cause, Remedy, folded};
pub use conflict::{Conflict, Conflicts, Keep};
pub use contact::{Contact, Found, ListName, email_key, lists_meant};
pub use echo::echo;
pub use edit::{Change, Changes, Edit, EditId, Sid, is_plain, json_object, push_json_text};
pub use field::{Cell, Field};
pub use filter::{Filter, FilterRow};
pub use outcome::{Difference, Echo, Outcome, Said, Status, Totals};
pub use pairs::custom_object;
pub use plan::{Batch, BatchCount, BatchItem, BatchPolicy, Part, SidMark, Slot, change_len, json_len, place};
pub use requeue::{Handled, Mend, Mended, Past, Verdict, verdict};
pub use run::{RunId, RunState};
pub use stop::stop_remedy;
pub use transform::{Applied, How, On, Replace, Sample, Tally, Template, Transform};
pub use validate::{Issue, IssueCode, Rules, Severity, can_send, number_key, validate};
pub use wrong::WrongText;
