//! The HTTP client: one request at a time, no surprise.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{RequestBuilder, Response, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::task::yield_now;

use super::classify::{Body, Exchange, classify, classify_page, classify_read, long_and_taken};
use super::connect::{Proxy, build, certificate_fault, chain};
use super::endpoint::Endpoint;
use super::error::ClientError;
use super::secret::{Credentials, Mask};
use super::wire::{ClearAs, request_json};
use super::{BookReads, ContactReads, ContactsApi, Listing};
use crate::domain::{
    AttemptResult, Batch, BatchItem, Contact, ListName, Outcome, Quota, Refusal, Reply, Said, Sid, Stage, Status,
};
use crate::support::clock::{self, Timestamp, human_duration};
use crate::support::log::{self, Level};
use crate::support::text::counted;

/// An answer about 5,000 contacts of 3 kB each. Requests under way at once may each hold as much.
const LARGEST_BODY: usize = 16 << 20;

/// More of a `Location` is not told: it stands in every edit of its batch.
const LONGEST_LOCATION: usize = 500;

/// How a client reaches its account.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// `https://host[:port]`, without a path. `http://` is for this machine alone.
    pub base_url: String,
    /// The account, a readable slug.
    pub account_sid: String,
    /// How a cleared field is written.
    pub clear_as: ClearAs,
    /// The key that carries `custom_field` in a request.
    pub custom_key: String,
    /// The longest that one request may take, from its start to the last byte of its answer.
    pub timeout: Duration,
    /// The longest that a connection may take.
    pub connect_timeout: Duration,
    /// A PEM file of certificates to trust beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// What stands in between.
    pub proxy: Proxy,
    /// The largest answer that is read, in bytes after decompression.
    pub max_body: usize,
}

impl ClientSettings {
    /// The settings of an account at an address, with the defaults for the rest.
    pub fn new(base_url: impl Into<String>, account_sid: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            account_sid: account_sid.into(),
            clear_as: ClearAs::EmptyText,
            custom_key: "custom_field".to_owned(),
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            ca_file: None,
            proxy: Proxy::Environment,
            max_body: LARGEST_BODY,
        }
    }
}

/// The client of one account. Its `Debug` leaves the HTTP library out, which may know a proxy's credentials.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    credentials: Credentials,
    settings: ClientSettings,
    mask: Mask,
}

impl Client {
    /// Builds the client; sends nothing. It reads the CA store of the machine, which takes tens of
    /// milliseconds: build it when the first request is near, not at start-up.
    pub fn new(settings: ClientSettings, credentials: Credentials) -> Result<Self, ClientError> {
        let endpoint = Endpoint::new(&settings.base_url, &settings.account_sid)?;
        check(&credentials)?;
        let http = build(&settings, &endpoint)?;
        let mask = Mask::new(&credentials);
        Ok(Self { http, endpoint, credentials, settings, mask })
    }

    /// Sends a request; `judge` says what the exchange proves. `came` hears of a long answer before that.
    async fn exchange<T: From<Reply>>(
        &self,
        request: RequestBuilder,
        came: impl FnOnce(Quota) + Send,
        judge: impl FnOnce(Exchange<'_>, Timestamp) -> T + Send,
    ) -> T {
        let sent = request
            // Marked sensitive by reqwest: it shows in no log and no Debug.
            .basic_auth(&self.credentials.key, Some(self.credentials.token.expose_secret()))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .send()
            .await;
        match sent {
            Err(error) if error.is_connect() => self.not_connected(error, judge),
            Err(error) => {
                let (stage, reason) = (stage(&error), self.say(error));
                judge(Exchange::NoAnswer { stage, reason: &reason }, clock::now())
            }
            Ok(response) => {
                let (status, mut headers) = (response.status().as_u16(), response.headers().clone());
                self.tame_location(&mut headers);
                let read = self.read(response).await;
                let body = match &read {
                    Ok(bytes) => Body::Whole(bytes),
                    Err((stage, why)) => Body::Lost { stage: *stage, why },
                };
                let exchange = Exchange::Answered { status, headers: &headers, body };
                if let Some(quota) = long_and_taken(exchange, clock::now()) {
                    came(quota);
                    // Who heard of it waits for this thread.
                    yield_now().await;
                }
                judge(exchange, clock::now())
            }
        }
    }

    /// A server that cannot prove its name ends the run: no later attempt can help, and someone may be listening.
    fn not_connected<T: From<Reply>>(
        &self,
        error: reqwest::Error,
        judge: impl FnOnce(Exchange<'_>, Timestamp) -> T,
    ) -> T {
        if let Some(fault) = certificate_fault(&error) {
            let said = Said { description: Some(fault), ..Said::default() };
            return unsent(AttemptResult::Refused { kind: Refusal::Stop, said }).into();
        }
        let mut reason = self.say(error);
        if let Proxy::At(address) = &self.settings.proxy
            && !self.endpoint.loopback
        {
            reason = format!("{reason}, through the proxy {address}");
        }
        judge(Exchange::NotConnected { reason: &reason }, clock::now())
    }

    /// The whole body, harmless to our secrets, or why there is none. The limit is on decompressed bytes: a small
    /// answer may unpack to a large one.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, (Stage, String)> {
        let max_body = self.settings.max_body;
        let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let mut body = Vec::with_capacity(announced.min(max_body));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > max_body => {
                    let why = format!(
                        "the answer is larger than {max_body} bytes, so it was not read to its end; a smaller batch_size \
                         may help"
                    );
                    return Err((Stage::Unreadable, why));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err((stage(&error), format!("the answer broke off: {}", self.say(error)))),
            }
        }
        make_text(&mut body);
        self.mask.hide(&mut body);
        Ok(body)
    }

    /// A `Location` may carry credentials, and is quoted where a redirect is told.
    fn tame_location(&self, headers: &mut HeaderMap) {
        if let Some(location) = headers.get(LOCATION) {
            let mut told = location.as_bytes().to_vec();
            self.mask.hide(&mut told);
            told.truncate(LONGEST_LOCATION);
            // Stars are lawful in a header, so this can only succeed; if it did not, nothing is better than a secret.
            match HeaderValue::from_bytes(&told) {
                Ok(told) => headers.insert(LOCATION, told),
                Err(_) => headers.remove(LOCATION),
            };
        }
    }

    /// An error with its causes, without the address: that is known, and names the account.
    fn say(&self, error: reqwest::Error) -> String {
        if error.is_timeout() {
            return "timed out".to_owned();
        }
        self.mask.hide_text(chain(&error.without_url()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl ContactsApi for Client {
    fn update_many(&self, batch: &Batch, came: impl FnOnce(Quota) + Send) -> impl Future<Output = Reply> + Send {
        let body = request_json(batch, self.settings.clear_as, &self.settings.custom_key);
        let bytes = body.len();
        let put = self.http.put(self.endpoint.url.clone());
        let put = put.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(Bytes::from(body));
        async move {
            let begun = clock::now();
            let reply = self.exchange(put, came, |exchange, now| classify(batch, exchange, now)).await;
            log::note(Level::Event, || {
                format!("request {}, {bytes} bytes: {}", batch.no + 1, in_a_line(&reply, clock::now().since(begun)))
            });
            reply
        }
    }
}

impl ContactReads for Client {
    async fn read_one(&self, edit: &BatchItem) -> Reply {
        let Some(url) = self.endpoint.contact(&edit.sid) else {
            let outcome = Outcome::undecided(Status::Unknown, None, "no contact has a SID like this one");
            return unsent(AttemptResult::Settled(vec![outcome]));
        };
        let begun = clock::now();
        let reply = self.exchange(self.http.get(url), |_| (), |exchange, now| classify_read(edit, exchange, now)).await;
        log::note(Level::Event, || format!("read: {}", in_a_line(&reply, clock::now().since(begun))));
        reply
    }
}

impl BookReads for Client {
    async fn contacts(&self, list: Option<&Sid>, offset: u64) -> Listing<Contact> {
        let Some(url) = self.endpoint.contacts(list, offset) else {
            let said = Said { description: Some("no list has a SID like this one".to_owned()), ..Said::default() };
            return unsent(AttemptResult::Refused { kind: Refusal::Stop, said }).into();
        };
        self.page(url, Contact::from_json).await
    }

    async fn newest(&self, offset: u64) -> Listing<Contact> {
        self.page(self.endpoint.newest(offset), Contact::from_json).await
    }

    async fn lists(&self, offset: u64) -> Listing<ListName> {
        self.page(self.endpoint.lists(offset), read_list).await
    }
}

impl Client {
    async fn page<T: Send>(&self, url: Url, read: impl Fn(&str) -> Option<T> + Send) -> Listing<T> {
        let begun = clock::now();
        let listing: Listing<T> =
            self.exchange(self.http.get(url), |_| (), |exchange, now| classify_page(exchange, now, read)).await;
        log::note(Level::Event, || {
            let records = counted(listing.records.len() as u64, "record");
            format!("page of {records}: {}", in_a_line(&listing.reply, clock::now().since(begun)))
        });
        listing
    }
}

impl<T> From<Reply> for Listing<T> {
    fn from(reply: Reply) -> Self {
        Self { reply, records: Vec::new() }
    }
}

/// Reads a list of the account; a list without a name is shown by its SID.
fn read_list(json: &str) -> Option<ListName> {
    let list = Contact::from_json(json)?;
    let extra: BTreeMap<String, Value> = serde_json::from_str(list.extra.as_deref().unwrap_or("{}")).ok()?;
    let name = extra.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| list.sid.to_string(), ToOwned::to_owned);
    Some(ListName { sid: list.sid, name })
}

/// The reply where no request left.
fn unsent(result: AttemptResult) -> Reply {
    Reply { result, http_status: None, request_id: None, quota: Quota::default(), notes: Vec::new() }
}

/// A reply for the log, without the server's words: they may quote a contact.
fn in_a_line(reply: &Reply, ms: u64) -> String {
    let status = reply.http_status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
    let result = match &reply.result {
        AttemptResult::Settled(_) => "settled",
        // No server has spoken, so these words are ours.
        AttemptResult::Retryable { unreachable: true, reason, .. } => reason.as_str(),
        AttemptResult::Retryable { .. } => "not taken",
        AttemptResult::Ambiguous { stage: Stage::TimedOut, .. } => "timed out",
        AttemptResult::Ambiguous { stage: Stage::BrokenOff, .. } => "broken off",
        AttemptResult::Ambiguous { stage: Stage::Unreadable, .. } => "unreadable",
        AttemptResult::Ambiguous { stage: Stage::Failed, .. } => "failed",
        AttemptResult::Refused { .. } => "refused",
    };
    let is_plain = |id: &&str| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let id = reply.request_id.as_deref().map_or("none", |id| Some(id).filter(is_plain).unwrap_or("odd"));
    format!("{status}, {result} in {}, request id {id}", human_duration(ms))
}

/// Where a request that was sent went wrong.
fn stage(error: &reqwest::Error) -> Stage {
    if error.is_timeout() { Stage::TimedOut } else { Stage::BrokenOff }
}

/// Turns bytes that are no UTF-8 into `?`, one for one: the usual replacement would treble a large answer.
fn make_text(bytes: &mut [u8]) {
    let mut at = 0;
    while let Err(odd) = std::str::from_utf8(bytes.get(at..).unwrap_or_default()) {
        let start = at + odd.valid_up_to();
        at = odd.error_len().map_or(bytes.len(), |length| start + length);
        bytes.get_mut(start..at).unwrap_or_default().fill(b'?');
    }
}

/// HTTP Basic joins the two with a colon, so the key cannot hold one; neither can hold a control
/// character, which is what a token pasted with its line break has.
fn check(credentials: &Credentials) -> Result<(), ClientError> {
    let refuse = |what, problem| Err(ClientError::Credentials { what, problem });
    for (what, text) in
        [("the API key", credentials.key.as_str()), ("the API token", credentials.token.expose_secret())]
    {
        if text.is_empty() {
            return refuse(what, "is empty");
        }
        if text.chars().any(char::is_control) {
            return refuse(what, "holds a line break or another control character");
        }
    }
    if credentials.key.contains(':') {
        return refuse("the API key", "holds a ':'");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
