//! Writes answers, in the vendor's shapes and in the odd ones that scenarios ask for.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::book::{Column, Contact};
use super::scenario::{Dialect, FailedData, Nothing, OddItem, RefusalShape, RequestAct};
use crate::support::rng::{mix, mix_all};

/// An error in the vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// The HTTP status, of the request or of the item.
    pub(super) status: u16,
    /// The vendor's own code.
    pub(super) code: i64,
    pub(super) description: Cow<'a, str>,
    pub(super) message: Cow<'a, str>,
}

impl<'a> Said<'a> {
    pub(super) fn new(status: u16, code: i64, description: impl Into<Cow<'a, str>>, message: &'a str) -> Self {
        Self { status, code, description: description.into(), message: message.into() }
    }

    /// What a server says with a status that comes out of nowhere. The codes 1005 and 1012 are guesses.
    pub(super) fn of_status(status: u16) -> Said<'static> {
        match status {
            400 => Said::new(400, 1007, "Request body could not be parsed", "Invalid Request Body"),
            401 => Said::new(401, 1010, "Authentication failed", "Unauthorized"),
            402 => Said::new(402, 1005, "Balance is too low", "Payment Required"),
            403 => Said::new(403, 1003, "Resource belongs to another account", "Forbidden"),
            404 => Said::new(404, 1000, "Resource not found", "Not Found"),
            405 => Said::new(405, 1004, "Method is not supported", "Method Not Allowed"),
            408 => Said::new(408, 1005, "Request took too long", "Request Timeout"),
            409 => Said::new(409, 1008, "Resource was updated by another request", "Conflict"),
            413 => Said::new(413, 1002, "Request body is too large", "Payload Too Large"),
            415 => Said::new(415, 1011, "Unsupported content type", "Unsupported Media Type"),
            429 => Said::new(429, 1012, "Rate limit exceeded", "Too Many Requests"),
            502 => Said::new(502, 1005, "Upstream did not answer", "Bad Gateway"),
            503 => Said::new(503, 1005, "Service is unavailable", "Service Unavailable"),
            504 => Said::new(504, 1005, "Upstream took too long", "Gateway Timeout"),
            _ => {
                let name = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
                Said::new(status, 1005, "Something went wrong", name.unwrap_or("Unknown Error"))
            }
        }
    }
}

/// What every envelope starts with.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) request_id: String,
    pub(super) method: String,
}

/// How items are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    text_codes: bool,
    cleared_reads: Nothing,
    failed_data: FailedData,
}

impl Style {
    pub(super) fn new(dialect: &Dialect, acts: &[&RequestAct]) -> Self {
        Self {
            text_codes: acts.contains(&&RequestAct::TextCodes),
            cleared_reads: dialect.cleared_reads,
            failed_data: dialect.failed_data,
        }
    }

    fn code(self, out: &mut Vec<u8>, code: i64) {
        let quote: &[u8] = if self.text_codes { b"\"" } else { b"" };
        out.extend_from_slice(quote);
        out.extend_from_slice(code.to_string().as_bytes());
        out.extend_from_slice(quote);
    }
}

/// The items of an answer, written one after the other.
#[derive(Debug)]
pub(super) struct Items {
    style: Style,
    text: Vec<u8>,
    /// Where each item ends in the text.
    ends: Vec<usize>,
    failed: usize,
    /// The status of the last item.
    status: u16,
    /// The date written last and its text: the contacts of one update share it.
    date: (i64, String),
}

impl Items {
    pub(super) fn new(style: Style, expected: usize) -> Self {
        // A made-up contact takes about 480 bytes.
        Self {
            style,
            text: Vec::with_capacity(expected * 512),
            ends: Vec::with_capacity(expected),
            failed: 0,
            status: 200,
            date: (0, date(0)),
        }
    }

    /// A contact that was updated or read. `shown_sid` stands in for its SID where the server lies.
    pub(super) fn success(&mut self, contact: &Contact<'_>, shown_sid: Option<&str>) {
        self.begin_success();
        self.contact(contact, shown_sid);
        self.end();
    }

    /// A contact of a page, with the lists that it is in where they are asked for; a bare one stands without an item
    /// around it.
    pub(super) fn listed(&mut self, contact: &Contact<'_>, lists: Option<&str>, is_bare: bool) {
        if !is_bare {
            self.begin_success();
        }
        self.contact(contact, None);
        if let Some(lists) = lists {
            // Before the last brace of the contact.
            self.text.pop();
            self.text.extend_from_slice(b",\"lists\":");
            self.text.extend_from_slice(lists.as_bytes());
            self.text.push(b'}');
        }
        if is_bare { self.ends.push(self.text.len()) } else { self.end() }
    }

    /// A success whose data is JSON of another kind.
    pub(super) fn success_raw(&mut self, data: &str) {
        self.begin_success();
        self.text.extend_from_slice(data.as_bytes());
        self.end();
    }

    /// A contact that failed. It carries no SID; `other` is the contact it collided with.
    pub(super) fn failure(&mut self, said: &Said<'_>, other: Option<&Contact<'_>>) {
        self.failed += 1;
        self.status = said.status;
        self.text.extend_from_slice(b"{\"code\":");
        self.style.code(&mut self.text, i64::from(said.status));
        self.text.extend_from_slice(b",\"error_data\":{\"code\":");
        self.style.code(&mut self.text, said.code);
        field(&mut self.text, b",\"description\":", &said.description);
        field(&mut self.text, b",\"message\":", &said.message);
        self.text.extend_from_slice(b"},\"status\":\"failure\"");
        match other {
            Some(contact) => {
                self.text.extend_from_slice(b",\"data\":");
                self.contact(contact, None);
            }
            None if self.style.failed_data == FailedData::Null => self.text.extend_from_slice(b",\"data\":null"),
            None => {}
        }
        self.end();
    }

    /// An item such as no page shows, about a contact that was updated.
    pub(super) fn odd(&mut self, contact: &Contact<'_>, odd: OddItem) {
        let (code, status) = match odd {
            OddItem::Null => return self.raw("null"),
            OddItem::Text => return self.raw("\"OK\""),
            OddItem::Empty => return self.raw("{}"),
            OddItem::FailedSuccess => (200, "failure"),
            OddItem::SuccessfulFailure => (400, "success"),
            OddItem::NoData | OddItem::NoSid => (200, "success"),
        };
        self.text.extend_from_slice(b"{\"code\":");
        self.style.code(&mut self.text, code);
        field(&mut self.text, b",\"status\":", status);
        self.text.extend_from_slice(b",\"error_data\":null,\"data\":");
        match odd {
            OddItem::NoData => self.text.extend_from_slice(b"null"),
            OddItem::NoSid => self.contact(contact, Some("")),
            _ => self.contact(contact, None),
        }
        self.end();
    }

    fn raw(&mut self, json: &str) {
        self.text.extend_from_slice(json.as_bytes());
        self.ends.push(self.text.len());
    }

    /// The status of the item written last.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The items as they stand, one behind the other.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    fn begin_success(&mut self) {
        self.status = 200;
        self.text.extend_from_slice(b"{\"code\":");
        self.style.code(&mut self.text, 200);
        self.text.extend_from_slice(b",\"error_data\":null,\"status\":\"success\",\"data\":");
    }

    fn end(&mut self) {
        self.text.push(b'}');
        self.ends.push(self.text.len());
    }

    fn contact(&mut self, contact: &Contact<'_>, shown_sid: Option<&str>) {
        if self.date.0 != contact.updated {
            self.date = (contact.updated, date(contact.updated));
        }
        let out = &mut self.text;
        field(out, b"{\"sid\":", shown_sid.unwrap_or(&contact.sid));
        field(out, b",\"date_created\":", &date(contact.created));
        field(out, b",\"date_updated\":", &self.date.1);
        field(out, b",\"account_sid\":", contact.account);
        for column in Column::ALL {
            let value = contact.values.get(column);
            out.extend_from_slice(b",\"");
            out.extend_from_slice(column.name().as_bytes());
            out.extend_from_slice(b"\":");
            match (value, column, self.style.cleared_reads) {
                ("", _, Nothing::Null) => out.extend_from_slice(b"null"),
                ("", Column::CustomField, Nothing::Empty) => out.extend_from_slice(b"{}"),
                (_, Column::CustomField, _) => out.extend_from_slice(value.as_bytes()),
                _ => string(out, value),
            }
        }
        out.extend_from_slice(b",\"uri\":\"/v2/Accounts/");
        out.extend_from_slice(contact.account.as_bytes());
        out.extend_from_slice(b"/Contacts/");
        out.extend_from_slice(contact.uri_hex.as_bytes());
        out.extend_from_slice(b"\"}");
    }

    /// The items in order, each as its JSON.
    fn pieces(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(from, to)| self.text.get(from..*to)).collect()
    }

    /// The envelope around them, bent as the acts say. `dice` decides the order of a shuffle.
    pub(super) fn envelope(&self, head: &Head, http_code: u16, acts: &[&RequestAct], dice: u64) -> Vec<u8> {
        let does = |act: RequestAct| acts.contains(&&act);
        let mut pieces = self.pieces();
        let total = pieces.len();
        bend_items(&mut pieces, acts, dice);
        let mut out = Vec::with_capacity(self.text.len() + total + 256);
        if does(RequestAct::Bare) {
            array(&mut out, &pieces);
            return out;
        }
        if does(RequestAct::Nested) {
            out.extend_from_slice(b"{\"data\":");
        }
        let told = acts.iter().find_map(|act| if let RequestAct::HttpCode { code } = act { Some(*code) } else { None });
        self.open(&mut out, head, told.unwrap_or(http_code));
        if !does(RequestAct::MetadataMissing) {
            let failed = if does(RequestAct::MetadataLying) { 0 } else { self.failed };
            let success = total - failed;
            let text = format!(r#","metadata":{{"failed":{failed},"total":{total},"success":{success}}}"#);
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(b",\"response\":");
        match pieces.first() {
            _ if does(RequestAct::ResponseNull) => out.extend_from_slice(b"null"),
            Some(first) if does(RequestAct::ResponseObject) => out.extend_from_slice(first),
            _ => array(&mut out, &pieces),
        }
        out.push(b'}');
        if does(RequestAct::Nested) {
            out.push(b'}');
        }
        out
    }

    /// The envelope with the first item alone, as calls for one contact are answered.
    pub(super) fn single(&self, head: &Head, http_code: u16) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 256);
        self.open(&mut out, head, http_code);
        out.extend_from_slice(b",\"response\":");
        out.extend_from_slice(self.pieces().first().copied().unwrap_or(b"null"));
        out.push(b'}');
        out
    }

    fn open(&self, out: &mut Vec<u8>, head: &Head, http_code: u16) {
        field(out, b"{\"request_id\":", &head.request_id);
        field(out, b",\"method\":", &head.method);
        out.extend_from_slice(b",\"http_code\":");
        self.style.code(out, i64::from(http_code));
    }
}

/// A refusal of a whole request: its content type and body.
pub(super) fn refusal(head: &Head, said: &Said<'_>, shape: RefusalShape, style: Style) -> (&'static str, Vec<u8>) {
    const JSON: &str = "application/json";
    let (status, code) = (said.status, said.code);
    let (description, message) = (quoted(&said.description), quoted(&said.message));
    let mut item = Items::new(Style { failed_data: FailedData::Absent, ..style }, 1);
    item.failure(said, None);
    match shape {
        RefusalShape::Object => (JSON, item.single(head, status)),
        RefusalShape::Array => (JSON, item.envelope(head, status, &[], 0)),
        RefusalShape::RestException => {
            let text = format!(r#"{{"RestException":{{"Status":{status},"Message":{description},"Code":"{code}"}}}}"#);
            (JSON, text.into_bytes())
        }
        RefusalShape::ResponseError => {
            let text = format!(r#"{{"response":{{"error":{{"code":{code},"message":{description}}}}}}}"#);
            (JSON, text.into_bytes())
        }
        RefusalShape::Html => {
            let message = &said.message;
            let text = format!(
                "<html>\r\n<head><title>{status} {message}</title></head>\r\n<body>\r\n<center><h1>{status} \
                 {message}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            );
            ("text/html", text.into_bytes())
        }
        RefusalShape::Text => {
            ("text/plain", format!("{}: {}\n", message.trim_matches('"'), said.description).into_bytes())
        }
        RefusalShape::Empty => ("text/plain", Vec::new()),
    }
}

/// Puts items in another order, takes one away, or adds one.
fn bend_items(pieces: &mut Vec<&[u8]>, acts: &[&RequestAct], dice: u64) {
    const EXTRA: &[u8] = br#"{"code":404,"error_data":{"code":1000,"description":"Contact not found","message":"Not Found"},"status":"failure"}"#;
    for act in acts {
        match act {
            RequestAct::Shuffle => shuffle(pieces, dice),
            RequestAct::Short => _ = pieces.pop(),
            RequestAct::Long => pieces.push(EXTRA),
            RequestAct::Repeat => {
                if let (Some(first), Some(last)) = (pieces.first().copied(), pieces.last_mut()) {
                    *last = first;
                }
            }
            _ => {}
        }
    }
}

fn array(out: &mut Vec<u8>, pieces: &[&[u8]]) {
    out.push(b'[');
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(piece);
    }
    out.push(b']');
}

/// Puts the pieces in an order that the dice decide and that is surely another one.
fn shuffle(pieces: &mut [&[u8]], dice: u64) {
    let before = pieces.to_vec();
    for i in (1..pieces.len()).rev() {
        let j = mix_all(&[dice, i as u64]) % (i as u64 + 1);
        pieces.swap(i, j as usize);
    }
    if pieces == before {
        pieces.rotate_left(usize::from(pieces.len() > 1));
    }
}

fn field(out: &mut Vec<u8>, key: &[u8], value: &str) {
    out.extend_from_slice(key);
    string(out, value);
}

fn string(out: &mut Vec<u8>, text: &str) {
    // Writing to a Vec cannot fail.
    let _ = serde_json::to_writer(out, text);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Seconds since 1970 as the vendor writes them: `2017-11-30T11:22:39Z`.
pub(super) fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| String::from("1970-01-01T00:00:00Z"), |t| t.to_string())
}

/// Seconds since 1970 as HTTP headers write them: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// 32 hex digits that name a request.
pub(super) fn request_id(dice: u64) -> String {
    format!("{:016x}{:016x}", mix(dice), mix(!dice))
}
