//! The HTTP client: one request at a time, no surprise.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, ClientBuilder, Response};
use secrecy::ExposeSecret;

use super::ContactsApi;
use super::classify::{Body, Exchange, classify};
use super::endpoint::Endpoint;
use super::error::ClientError;
use super::secret::{Credentials, Mask};
use super::wire::{ClearAs, request_json};
use crate::domain::{Batch, Reply, Stage};
use crate::support::clock;

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
            max_body: 32 << 20,
        }
    }
}

/// The client of one account.
#[derive(Debug, Clone)]
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
        let mask = mask(&http, &endpoint, &credentials);
        Ok(Self { http, endpoint, credentials, settings, mask })
    }

    async fn exchange(&self, batch: &Batch, body: Bytes) -> Reply {
        let sent = self
            .http
            .put(self.endpoint.url.clone())
            // Marked sensitive by reqwest: it shows in no log and no Debug.
            .basic_auth(&self.credentials.key, Some(self.credentials.token.expose_secret()))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(body)
            .send()
            .await;
        match sent {
            Err(error) if error.is_connect() => {
                classify(batch, Exchange::NotConnected { reason: &say(error) }, clock::now())
            }
            Err(error) => {
                let stage = stage(&error);
                classify(batch, Exchange::NoAnswer { stage, reason: &say(error) }, clock::now())
            }
            Ok(response) => {
                let (status, mut headers) = (response.status().as_u16(), response.headers().clone());
                self.hide_location(&mut headers);
                let read = read(response, self.settings.max_body).await.map(|body| self.mask.hide(body));
                let body = match &read {
                    Ok(bytes) => Body::Whole(bytes),
                    Err((stage, why)) => Body::Lost { stage: *stage, why },
                };
                classify(batch, Exchange::Answered { status, headers: &headers, body }, clock::now())
            }
        }
    }
}

impl Client {
    /// A `Location` may carry credentials, and is quoted where a redirect is told.
    fn hide_location(&self, headers: &mut HeaderMap) {
        if let Some(location) = headers.get(LOCATION) {
            let hidden = self.mask.hide(location.as_bytes().to_vec());
            // Stars are lawful in a header, so this can only succeed; if it did not, nothing is better than a secret.
            match HeaderValue::from_bytes(&hidden) {
                Ok(hidden) => headers.insert(LOCATION, hidden),
                Err(_) => headers.remove(LOCATION),
            };
        }
    }
}

/// The mask of an account's credentials, with them as reqwest writes them.
fn mask(http: &reqwest::Client, endpoint: &Endpoint, credentials: &Credentials) -> Mask {
    let request = http.put(endpoint.url.clone());
    let request = request.basic_auth(&credentials.key, Some(credentials.token.expose_secret())).build();
    let header = request.ok().and_then(|request| request.headers().get(AUTHORIZATION).cloned());
    Mask::new(credentials, header.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default())
}

impl ContactsApi for Client {
    async fn update_many(&self, batch: &Batch) -> Reply {
        let body = request_json(batch, self.settings.clear_as, &self.settings.custom_key);
        self.exchange(batch, Bytes::from(body)).await
    }
}

/// The whole body, or why there is none. The limit is on decompressed bytes: a small answer may unpack
/// to a large one.
async fn read(mut response: Response, max_body: usize) -> Result<Vec<u8>, (Stage, String)> {
    let announced = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(max_body));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > max_body => {
                let why = format!("the answer is larger than {max_body} bytes, so it was not read to its end");
                return Err((Stage::Unreadable, why));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err((stage(&error), format!("the answer broke off: {}", say(error)))),
        }
    }
}

/// Where a request that was sent went wrong.
fn stage(error: &reqwest::Error) -> Stage {
    if error.is_timeout() { Stage::TimedOut } else { Stage::BrokenOff }
}

/// An error with its causes, without the address: that is known, and names the account.
fn say(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    chain(&error.without_url())
}

fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Wrappers often repeat what they wrap.
        if !said.ends_with(&more) {
            said.push_str(": ");
            said.push_str(&more);
        }
        cause = error.source();
    }
    said
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

fn build(settings: &ClientSettings, endpoint: &Endpoint) -> Result<reqwest::Client, ClientError> {
    // The answer is an error when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("rolodeck/", env!("CARGO_PKG_VERSION")))
        // reqwest would send some requests again by itself, and the journal would not know.
        .retry(reqwest::retry::never())
        // A redirect would carry the token to an address that nobody approved.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout);
    // A proxy of the environment has no business between us and our own machine.
    let builder = if endpoint.loopback { builder.no_proxy() } else { builder };
    trust(builder, settings, endpoint)?.build().map_err(|error| setup_error(&error.without_url(), endpoint))
}

/// Which certificates count. Without TLS none are needed, and loading them would fail on a machine
/// that has none, such as a bare container that runs the demo.
fn trust(builder: ClientBuilder, settings: &ClientSettings, endpoint: &Endpoint) -> Result<ClientBuilder, ClientError> {
    if !endpoint.is_https() {
        return Ok(builder.tls_certs_only([]));
    }
    let Some(path) = &settings.ca_file else {
        return Ok(builder);
    };
    let pem = std::fs::read(path).map_err(|source| ClientError::CaFileRead { path: path.clone(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(builder.tls_certs_merge(certificates)),
        _ => Err(ClientError::CaFileFormat { path: path.clone() }),
    }
}

fn setup_error(error: &reqwest::Error, endpoint: &Endpoint) -> ClientError {
    let said = chain(error);
    if endpoint.is_https() && said.contains("No CA certificates") {
        return ClientError::NoCaStore;
    }
    ClientError::Setup(said)
}

#[cfg(test)]
mod tests;
