//! Tests over real sockets: the harness.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Scenario, Sim, SimOptions, VENDOR_SID, sid_of, start};

mod contract;
mod faults;
mod oddities;
mod pages;

/// The account of the vendor's sample.
const ACCOUNT: &str = "Exotel";
const KEY: &str = "k3y";
const TOKEN: &str = "t0ken-s3cret";

async fn simulate(scenario: &str) -> Sim {
    simulate_with(scenario, |_| {}).await
}

async fn simulate_with(scenario: &str, change: impl FnOnce(&mut SimOptions)) -> Sim {
    let mut options = SimOptions {
        contacts: 1000,
        scenario: Scenario::parse(scenario).unwrap(),
        account: ACCOUNT.into(),
        key: KEY.into(),
        token: TOKEN.into(),
        ..SimOptions::default()
    };
    change(&mut options);
    start(options).await.unwrap()
}

/// A client that owes nothing to the project's own.
#[derive(Clone)]
struct Caller {
    http: reqwest::Client,
    account: String,
}

/// An answer as it came.
#[derive(Debug)]
struct Heard {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl Caller {
    fn of(sim: &Sim) -> Self {
        Self::built(sim, |b| b)
    }

    fn built(sim: &Sim, with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        // Another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().tls_certs_only([]).no_proxy().retry(reqwest::retry::never());
        Self { http: with(builder).build().unwrap(), account: format!("{}/v2/accounts/{ACCOUNT}", sim.base_url()) }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Heard, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Heard { status, headers, text: answer.text().await? })
    }

    fn put_request(&self, path: &str, body: String) -> reqwest::RequestBuilder {
        let request = self.http.put(format!("{}{path}", self.account)).basic_auth(KEY, Some(TOKEN));
        request.header("Content-Type", "application/json").body(body)
    }

    /// The bulk update.
    async fn put(&self, body: impl Into<String>) -> Heard {
        self.try_put(body).await.unwrap()
    }

    async fn try_put(&self, body: impl Into<String>) -> Result<Heard, reqwest::Error> {
        self.send(self.put_request("/contacts", body.into())).await
    }

    async fn get(&self, path: &str) -> Heard {
        self.send(self.http.get(format!("{}{path}", self.account)).basic_auth(KEY, Some(TOKEN))).await.unwrap()
    }
}

/// A bulk body that sets `tag` on contacts of the book.
fn tag_body(contacts: impl IntoIterator<Item = u64>, tag: &str) -> String {
    let items: Vec<_> = contacts.into_iter().map(|i| serde_json::json!({"sid": sid_of(i), "tag": tag})).collect();
    serde_json::json!({ "contacts": items }).to_string()
}

/// The same update over a bare socket: every byte until the end, and how it ended.
async fn put_raw(sim: &Sim, body: &str) -> (Vec<u8>, std::io::Result<usize>) {
    let mut socket = TcpStream::connect(sim.addr).await.unwrap();
    let auth = super::gate::basic(KEY, TOKEN);
    let head = format!(
        "PUT /v2/accounts/{ACCOUNT}/contacts HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: {auth}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let end = socket.read_to_end(&mut heard).await;
    (heard, end)
}
