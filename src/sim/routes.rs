//! The way of one request: counted at the gate, hit by faults, performed, and answered over the wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::answer::{Head, Items, Said, Style, http_date, refusal, request_id};
use super::body;
use super::book::Book;
use super::calls;
use super::control::SimOptions;
use super::fault::{Faults, identity};
use super::gate::{Gate, Quota, Visit, basic};
use super::gzip::gzip;
use super::line::{Condition, Line};
use super::log::{Arrived, Log};
use super::scenario::{Dialect, QuotaHeaders, RefusalShape, Refuse, RequestAct};
use crate::support::clock::now;

/// About what HTTP/1.1 writes before the body of an answer.
const HEAD_BYTES: usize = 120;
/// Inside the first header.
const INSIDE_HEAD: usize = 40;
/// Where a redirect of the simulator's leads: to nobody.
const ELSEWHERE: &str = "https://moved.example.com/";

/// Everything that requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) account: String,
    authorization: String,
    auth_expires_at: Option<u64>,
    closes_at: Option<u64>,
    /// Told when the port is to close.
    pub(super) closing: Notify,
    latency: Duration,
    pub(super) dialect: Dialect,
    pub(super) faults: Faults,
    gate: Mutex<Gate>,
    book: Mutex<Book>,
    pub(super) log: Arc<Log>,
}

impl Server {
    pub(super) fn new(options: SimOptions, log: Arc<Log>) -> Self {
        let scenario = options.scenario;
        Self {
            authorization: basic(&options.key, &options.token),
            auth_expires_at: scenario.auth_expires_at,
            closes_at: scenario.closes_at,
            closing: Notify::new(),
            latency: options.latency.unwrap_or(Duration::from_millis(scenario.latency_ms)),
            faults: Faults::new(options.seed, &scenario, options.latency.is_none()),
            gate: Mutex::new(Gate::new(scenario.rate_limit)),
            book: Mutex::new(Book::new(
                options.account.clone(),
                options.contacts,
                scenario.dialect.clone(),
                scenario.churn,
            )),
            account: options.account,
            dialect: scenario.dialect,
            log,
        }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The contact in the form of an answer's `data`.
    pub(super) fn contact(&self, sid: &str) -> Option<serde_json::Value> {
        let book = self.book();
        let mut items = Items::new(Style::new(&self.dialect, &[]), 1);
        items.success(&book.contact(book.find(sid)?), None);
        let mut item: serde_json::Value = serde_json::from_slice(items.text()).ok()?;
        item.get_mut("data").map(serde_json::Value::take)
    }

    /// How often updates have changed this contact.
    pub(super) fn writes(&self, sid: &str) -> u32 {
        let book = self.book();
        book.find(sid).map_or(0, |place| book.writes(place))
    }

    fn arrive(&self, identity: u64) -> Visit {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).arrive(identity)
    }
}

/// An answer, and what the wire is to make of it.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    headers: HeaderMap,
    wire: Condition,
}

impl Answer {
    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        Self { status, content_type: "application/json", body, headers: HeaderMap::new(), wire: Condition::Sound }
    }

    fn header(&mut self, name: HeaderName, value: &impl ToString) {
        if let Ok(value) = HeaderValue::try_from(value.to_string()) {
            self.headers.insert(name, value);
        }
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        response
    }
}

/// One request and all that was decided about it.
pub(super) struct Exchange<'a> {
    pub(super) server: &'a Server,
    pub(super) parts: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) head: Head,
    pub(super) visit: Visit,
    pub(super) acts: Vec<&'a RequestAct>,
    /// Decides the order of a shuffle.
    pub(super) dice: u64,
    pub(super) arrived: &'a mut Arrived,
}

/// Answers every request there is.
pub(super) async fn answer(
    State(server): State<Arc<Server>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    line.set(Condition::Sound);
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let mut arrived = server.log.arrived(parts.method.as_str(), target);
    let body = to_bytes(body, server.dialect.max_body_bytes).await;
    let bytes = body.as_ref().map_or(&[][..], Bytes::as_ref);

    let identity = identity(parts.method.as_str(), target, bytes);
    let visit = server.arrive(identity);
    let acts = server.faults.of_request(parts.method.as_str(), identity, &visit, || contacts_of(&parts, bytes));
    let dice = server.faults.dice(identity, visit.attempt);
    let head = Head { request_id: request_id(dice), method: parts.method.to_string() };
    arrived.entry.attempt = visit.attempt;
    arrived.entry.request_id.clone_from(&head.request_id);
    let (before, after) = stalls(&acts);
    wait(server.latency + server.faults.jitter(identity) + before).await;

    let mut exchange =
        Exchange { server: &server, parts: &parts, body: bytes, head, visit, acts, dice, arrived: &mut arrived };
    let answer = exchange.decide(body.is_err());
    wait(after).await;
    if server.closes_at.is_some_and(|at| visit.number >= at) {
        server.closing.notify_one();
    }
    arrived.entry.status = (answer.wire != Condition::Reset).then_some(answer.status);
    line.set(answer.wire);
    answer.into_response()
}

impl Exchange<'_> {
    /// Passes the door and the faults that keep a request from being performed, then performs it.
    fn decide(&mut self, too_large: bool) -> Answer {
        let large = Said::new(413, 1002, "Request body is too large", "Payload Too Large");
        let refused = self.door().or_else(|| self.kept_out());
        let refused = refused.or_else(|| too_large.then(|| self.refuse(&large)));
        let mut answer = refused.unwrap_or_else(|| self.perform());
        if let Some(quota) = self.visit.quota {
            announce(&mut answer, &quota);
        }
        answer
    }

    fn door(&mut self) -> Option<Answer> {
        let expired = self.server.auth_expires_at.is_some_and(|from| self.visit.number >= from);
        let known = self.parts.headers.get(AUTHORIZATION).is_some_and(|h| h == self.server.authorization.as_str());
        if expired || !known {
            if expired {
                self.arrived.fault("auth_expiry");
            }
            return Some(self.refuse(&Said::of_status(401)));
        }
        self.visit.quota.filter(|q| q.over)?;
        self.arrived.fault("rate_limit");
        Some(self.refuse(&Said::of_status(429)))
    }

    /// The first fault that stands before the call, where there is one.
    fn kept_out(&mut self) -> Option<Answer> {
        let act = *self.acts.iter().find(|a| a.keeps_out())?;
        self.arrived.fault(act.name());
        Some(match act {
            RequestAct::Refuse(refuse) => self.refuse_as_told(refuse),
            _ => Answer { wire: Condition::Reset, ..Answer::json(500, Vec::new()) },
        })
    }

    fn refuse_as_told(&self, refuse: &Refuse) -> Answer {
        let mut answer = self.refuse_in(&Said::of_status(refuse.status), refuse.shape);
        if (300..400).contains(&refuse.status) {
            answer.header(LOCATION, &ELSEWHERE);
        }
        if let Some(seconds) = refuse.retry_after {
            let until = now().0 / 1000 + seconds as i64;
            if refuse.as_date {
                answer.header(RETRY_AFTER, &http_date(until));
            } else {
                answer.header(RETRY_AFTER, &seconds);
            }
            if refuse.status == 429 {
                answer.header(HeaderName::from_static("x-ratelimit-remaining"), &0);
                answer.header(HeaderName::from_static("x-ratelimit-reset"), &until);
            }
        }
        answer
    }

    fn perform(&mut self) -> Answer {
        for act in self.acts.clone() {
            self.arrived.fault(act.name());
        }
        let mut answer = calls::perform(self);
        for act in &self.acts {
            bend(&mut answer, act);
        }
        answer
    }

    /// How this request's items are written.
    pub(super) fn style(&self) -> Style {
        Style::new(&self.server.dialect, &self.acts)
    }

    /// Refuses the request as a whole.
    pub(super) fn refuse(&self, said: &Said<'_>) -> Answer {
        self.refuse_in(said, None)
    }

    fn refuse_in(&self, said: &Said<'_>, shape: Option<RefusalShape>) -> Answer {
        let shape = shape.unwrap_or(self.server.dialect.refusal);
        let (content_type, body) = refusal(&self.head, said, shape, self.style());
        Answer { content_type, ..Answer::json(said.status, body) }
    }
}

/// Does to a finished answer what the act says of its bytes, its headers or its way.
fn bend(answer: &mut Answer, act: &RequestAct) {
    match act {
        RequestAct::ResetAfter => answer.wire = Condition::Reset,
        RequestAct::Truncate => answer.wire = Condition::CutAfter(HEAD_BYTES + answer.body.len() / 2),
        RequestAct::TruncateHead => answer.wire = Condition::CutAfter(INSIDE_HEAD),
        RequestAct::Drip { bytes, every_ms } => {
            answer.wire = Condition::Drip { bytes: *bytes, every: Duration::from_millis(*every_ms) };
        }
        RequestAct::Malform => {
            // The last brace becomes a bracket.
            answer.body.pop();
            answer.body.push(b']');
        }
        // Blanks before the last brace: the answer is as good as it was.
        RequestAct::Huge { bytes } => {
            let last = answer.body.pop();
            answer.body.resize(bytes.saturating_sub(1).max(answer.body.len()), b' ');
            answer.body.extend(last);
        }
        RequestAct::ManyHeaders { count } => {
            for i in 0..*count {
                if let Ok(name) = HeaderName::try_from(format!("x-filler-{i}")) {
                    answer.header(name, &i);
                }
            }
        }
        RequestAct::Gzip => {
            answer.body = gzip(&answer.body);
            answer.header(CONTENT_ENCODING, &"gzip");
        }
        RequestAct::Bom => drop(answer.body.splice(0..0, *b"\xef\xbb\xbf")),
        _ => {}
    }
}

/// The SIDs that a request is about: those of its body, else the one of its path.
fn contacts_of(parts: &Parts, body: &[u8]) -> Vec<String> {
    let of_path = parts.uri.path().rsplit('/').next().map(str::to_owned);
    match body::read_many(body) {
        Ok(items) => items.into_iter().filter_map(|i| i.sid).map(Into::into).collect(),
        Err(_) => of_path.into_iter().collect(),
    }
}

/// How long the faults hold a request back before it is performed, and after.
fn stalls(acts: &[&RequestAct]) -> (Duration, Duration) {
    acts.iter().fold((Duration::ZERO, Duration::ZERO), |(before, after), act| match act {
        RequestAct::StallBefore { ms } => (before + Duration::from_millis(*ms), after),
        RequestAct::StallAfter { ms } => (before, after + Duration::from_millis(*ms)),
        _ => (before, after),
    })
}

/// Sleeps; not at all for nothing, since even the shortest sleep takes a millisecond.
async fn wait(time: Duration) {
    if time > Duration::ZERO {
        sleep(time).await;
    }
}

fn announce(answer: &mut Answer, quota: &Quota) {
    let wait = whole_seconds(quota.reset_in);
    if quota.over && matches!(quota.headers, QuotaHeaders::Both | QuotaHeaders::RetryAfter) {
        answer.header(RETRY_AFTER, &wait);
    }
    if matches!(quota.headers, QuotaHeaders::Both | QuotaHeaders::XRatelimit) {
        answer.header(HeaderName::from_static("x-ratelimit-limit"), &quota.limit);
        answer.header(HeaderName::from_static("x-ratelimit-remaining"), &quota.remaining);
        answer.header(HeaderName::from_static("x-ratelimit-reset"), &(now().0 / 1000 + wait as i64));
    }
}

/// Rounded up: who waits so long is let in.
fn whole_seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000) as u64
}
