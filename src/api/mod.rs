//! The conversation with the vendor: one PUT a batch, one GET a contact, and what their answers prove.
//!
//! Owns the wire format, the credentials once they are read, and the functions that judge an
//! answer ([`classify()`], [`classify_read()`]). It never retries, waits or prints, never follows a redirect, notes each exchange in the
//! log without a word of it, and keeps the server's words as they came, except for credentials in them: rendering
//! them harmless is the front end's work. It talks to `domain` for
//! what an answer means and to the network through reqwest. Building a [`Client`] fails with a
//! [`ClientError`] that says what to do; sending never fails, since every failure is a [`Reply`].

use std::future::Future;

use crate::domain::{Batch, BatchItem, Reply};

mod classify;
mod connect;
mod endpoint;
mod error;
mod http;
mod retry_after;
mod secret;
mod wire;

pub use classify::{Body, Exchange, classify, classify_read};
pub use connect::Proxy;
pub use error::ClientError;
pub use http::{Client, ClientSettings};
pub use secret::Credentials;
pub use wire::{ClearAs, request_item_json, request_json};

/// The calls that a run needs. The engine is generic over it, so that its tests need no network.
pub trait ContactsApi: Send + Sync + 'static {
    /// Sends one batch in one PUT. Total: every failure is a [`Reply`].
    fn update_many(&self, batch: &Batch) -> impl Future<Output = Reply> + Send;
}

/// The call that settles an unknown outcome. Apart from [`ContactsApi`], since only a reconcile needs it.
pub trait ContactReads: Send + Sync + 'static {
    /// Reads the contact of an edit in one GET and compares. Total, as a PUT is; what settles has one outcome: updated
    /// (as wanted), not sent (otherwise, or no such contact), or unknown.
    fn read_one(&self, edit: &BatchItem) -> impl Future<Output = Reply> + Send;
}
