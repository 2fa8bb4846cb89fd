//! The conversation with the vendor: one PUT a batch, one GET a contact or a page of them, and what their answers prove.
//!
//! Owns the wire format, the credentials once they are read, and the functions that judge an
//! answer ([`classify()`], [`classify_read()`], [`classify_page()`]). It never retries, waits or prints, never follows a redirect, notes each exchange in the
//! log without a word of it, and keeps the server's words as they came, except for credentials in them: rendering
//! them harmless is the front end's work. It talks to `domain` for
//! what an answer means and to the network through reqwest. Building a [`Client`] fails with a
//! [`ClientError`] that says what to do; sending never fails, since every failure is a [`Reply`].

use std::future::Future;

use crate::domain::{Batch, BatchItem, Contact, ListName, Quota, Reply, Sid};

mod classify;
mod connect;
mod endpoint;
mod error;
mod http;
mod retry_after;
mod secret;
mod wire;

pub use classify::{Body, Exchange, classify, classify_page, classify_read};
pub use connect::Proxy;
pub use error::ClientError;
pub use http::{Client, ClientSettings};
pub use secret::Credentials;
pub use wire::{ClearAs, request_item_json, request_json};

/// The calls that a run needs. The engine is generic over it, so that its tests need no network.
pub trait ContactsApi: Send + Sync + 'static {
    /// Sends one batch in one PUT. Total: every failure is a [`Reply`].
    ///
    /// The request is written by this call, and nothing of it leaves before the future is polled. To judge a long answer
    /// takes a while: `came` may hear that the request was taken and its answer is here, so that another can go meanwhile.
    fn update_many(&self, batch: &Batch, came: impl FnOnce(Quota) + Send) -> impl Future<Output = Reply> + Send;
}

/// The call that settles an unknown outcome. Apart from [`ContactsApi`], since only a reconcile needs it.
pub trait ContactReads: Send + Sync + 'static {
    /// Reads the contact of an edit in one GET and compares. Total, as a PUT is; what settles has one outcome: updated
    /// (as wanted), not sent (otherwise, or no such contact), or unknown.
    fn read_one(&self, edit: &BatchItem) -> impl Future<Output = Reply> + Send;
}

/// The calls that walk through the address book. Each reads one page, from that record on; 20 contacts are the most that
/// one holds (API 2).
pub trait BookReads: Send + Sync + 'static {
    /// Reads a page of the account's contacts, or of those of a list.
    fn contacts(&self, list: Option<&Sid>, offset: u64) -> impl Future<Output = Listing<Contact>> + Send;

    /// Reads a page of the account's contacts, what was changed last at the top, if the server can: it may refuse to, or
    /// give them in another order.
    fn newest(&self, offset: u64) -> impl Future<Output = Listing<Contact>> + Send;

    /// Reads a page of the account's lists.
    fn lists(&self, offset: u64) -> impl Future<Output = Listing<ListName>> + Send;
}

/// A page as it came. Total, as every call is: what went wrong is the reply's result, which has no outcomes here.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// How the call ended; settled, when `records` are the page.
    pub reply: Reply,
    /// What the page holds. A record that cannot be read is `None`, since it takes a place on the page all the same.
    pub records: Vec<Option<T>>,
}
