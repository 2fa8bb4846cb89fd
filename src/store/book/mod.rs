//! The address book: contacts as the server showed them last, one book for each account at an address.
//!
//! It is a memory, never the server's present: every contact says when it was seen. A contact that the server does not
//! have any more is marked and kept. What an answer shows is laid over what the book has, unless the answer is the older
//! of the two: reads may lag behind writes.

mod changes;
mod echoes;
mod find;
mod keep;
mod no_ops;
mod pull;
mod rows;
mod search;

pub use changes::Changes;
pub(in crate::store) use find::book_of;
pub use no_ops::NoOps;
pub use pull::{Joined, Page, Pull, PullState, PullSummary};

use crate::domain::{Contact, Sid};
use crate::support::clock::Timestamp;

/// Whose contacts: an account at an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BookName {
    /// The account.
    pub account: String,
    /// The address of the server.
    pub base_url: String,
}

/// Names a book in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(pub i64);

/// Names a contact in the store. Those of a book are in the order in which they came into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId(pub i64);

/// Names a list in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(pub i64);

/// A contact of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookContact {
    /// Its id.
    pub id: ContactId,
    /// What the server showed.
    pub contact: Contact,
    /// When it did.
    pub seen: Timestamp,
    /// Since when it is known that the server does not have it any more.
    pub gone: Option<Timestamp>,
}

/// What a book holds, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookState {
    /// Its id.
    pub book: BookId,
    /// Contacts, without those that are gone.
    pub contacts: u64,
    /// Contacts that the server does not have any more.
    pub gone: u64,
    /// When the last pull of the whole book came to its end.
    pub pulled: Option<Timestamp>,
    /// When it was last looked at what changed since; what was deleted is not seen by that.
    pub looked: Option<Timestamp>,
    /// The newest pull, when it was cut short.
    pub unfinished: Option<PullSummary>,
}

/// A list of the account, as far as the book knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookList {
    /// Its id.
    pub id: ListId,
    /// Its SID.
    pub sid: Sid,
    /// Its name.
    pub name: String,
    /// When it was last pulled to its end.
    pub pulled: Option<Timestamp>,
    /// How many contacts it had then.
    pub members: u64,
}
