//! Starts and stops the simulator, and lets tests look inside.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::line::{Door, Line};
use super::log::{Log, LogEntry};
use super::people::sid_of;
use super::routes::{self, Server};
use super::scenario::Scenario;

/// How long [`Sim::stop`] waits for the answers under way.
const GRACE: Duration = Duration::from_secs(2);

/// What to simulate.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Contacts of the book, beside the one of the vendor's page.
    pub contacts: u64,
    /// Decides whom the faults of the scenario hit. The book does not depend on it.
    pub seed: u64,
    /// What goes wrong.
    pub scenario: Scenario,
    /// How long answers take; `None` leaves it to the scenario.
    pub latency: Option<Duration>,
    /// The account of the paths.
    pub account: String,
    /// The API key.
    pub key: String,
    /// The API token.
    pub token: String,
    /// A file that gets every log entry as a line of JSON, at once.
    pub log: Option<PathBuf>,
}

impl Default for SimOptions {
    fn default() -> Self {
        Self {
            port: 0,
            contacts: 10_000,
            seed: 1,
            scenario: Scenario::default(),
            latency: None,
            account: "demo1".into(),
            key: "demo-key".into(),
            token: "demo-token".into(),
            log: None,
        }
    }
}

/// A running simulator. Dropping it closes the door and lets the answers under way go out.
#[derive(Debug)]
pub struct Sim {
    /// Where it listens.
    pub addr: SocketAddr,
    server: Arc<Server>,
    /// Dropped or sent, it ends the server.
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Starts a simulator on loopback. Must be called inside a tokio runtime.
pub async fn start(options: SimOptions) -> io::Result<Sim> {
    let log = Arc::new(Log::new(options.log.as_deref())?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let addr = listener.local_addr()?;
    let server = Arc::new(Server::new(options, log));
    let app = Router::new().fallback(routes::answer).with_state(Arc::clone(&server));
    let (end, ended) = oneshot::channel();
    let closing = Arc::clone(&server);
    let serving = axum::serve(Door(listener), app.into_make_service_with_connect_info::<Line>())
        .with_graceful_shutdown(async move {
            tokio::select! {
                // Both a word and a dropped sender mean the end.
                _ = ended => {}
                () = closing.closing.notified() => {}
            }
        });
    let task = tokio::spawn(async {
        // The accept loop has no error that ends it.
        let _ = serving.await;
    });
    Ok(Sim { addr, server, end: Some(end), task })
}

impl Sim {
    /// The base URL for clients: `http://127.0.0.1:4010`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The SID of contact `i`, as [`sid_of`].
    pub fn book_sid(&self, i: u64) -> String {
        sid_of(i)
    }

    /// The requests so far, in the order in which they ended.
    pub fn log(&self) -> Vec<LogEntry> {
        self.server.log.entries()
    }

    /// Waits until so many requests have ended.
    pub async fn ended(&self, requests: u64) {
        // The sender lives in the server, which `self` holds.
        let _ = self.server.log.count().wait_for(|n| *n >= requests).await;
    }

    /// The contact as it is now, in the form of an answer's `data`.
    pub fn contact(&self, sid: &str) -> Option<serde_json::Value> {
        self.server.contact(sid)
    }

    /// How often updates have changed this contact.
    pub fn writes(&self, sid: &str) -> u32 {
        self.server.writes(sid)
    }

    /// A contact comes, at the end of the list; gives its SID.
    pub fn insert(&self) -> String {
        let mut book = self.server.book();
        let place = book.insert();
        book.contact(place).sid
    }

    /// A contact goes; says whether it was there.
    pub fn delete(&self, sid: &str) -> bool {
        let mut book = self.server.book();
        let place = book.find(sid);
        place.inspect(|place| book.delete(*place)).is_some()
    }

    /// Closes the door, lets the answers under way go out, and returns when that is done or has taken too long.
    pub async fn stop(mut self) {
        drop(self.end.take());
        // After the grace time the rest is left to the end of the runtime.
        let _ = timeout(GRACE, &mut self.task).await;
    }
}
