//! How the server answers one request: properly, wrongly, or not at all. The client's own reading of it is part of the test.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

use super::server::{Server, Temper};
use crate::api::{Body, Exchange, classify};
use crate::domain::{Batch, BatchItem, Reply, RunId, Stage};
use crate::support::clock::Timestamp;
use crate::support::rng::{hash_text, mix_all};

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An item for each contact; every so manieth one contradicts itself.
    Proper { unclear: u64 },
    /// The items in another order.
    Shuffled,
    /// One item too few.
    Short,
    /// One item twice.
    Long,
    /// Successes that do not name their contact.
    Unnamed,
    /// Half of the answer.
    Torn,
    /// An HTML page.
    Page,
    /// An answer whose body does not come.
    Lost,
    /// No answer in time, or the connection ends.
    Silent(Stage),
    /// No connection.
    Unreachable,
    /// A status without outcomes, perhaps with a time to wait.
    Status(u16, Option<u64>),
    /// The request as a whole is refused with this status.
    Refused(u16),
}

/// How one request goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Play {
    pub(super) kind: Kind,
    /// Whether its contents are taken, but for contacts that are refused.
    pub(super) takes: bool,
    /// Whether that happens at its end.
    pub(super) late: bool,
    pub(super) delay: Duration,
}

impl Play {
    pub(super) fn choose(server: &Server, batch: &Batch, when: [u64; 2]) -> Self {
        let Temper { seed, faults, most, denials, .. } = server.temper;
        let (first, edits) = (&batch.items[0].sid, batch.items.len());
        let what = [seed, hash_text(first.as_str()), edits as u64, when[0], when[1]];
        let roll = |about: u64, n: u64| mix_all(&[mix_all(&what), about]) % n;
        let refusal = if edits > most {
            Some(Kind::Refused(413))
        } else {
            batch.items.iter().any(|item| server.is_poison(&item.sid)).then_some(Kind::Refused(400))
        };
        let after = [None, Some(0), Some(2), Some(9), Some(40), Some(1000)][roll(2, 60).saturating_sub(54) as usize];
        let kind = match roll(3, 24) {
            _ if denials > 0 && roll(1, denials) == 0 => Kind::Refused(401 + roll(2, 3) as u16),
            _ if roll(4, 100) >= faults => Kind::Proper { unclear: if roll(5, 9) == 0 { 40 } else { u64::MAX } },
            0..=2 => Kind::Shuffled,
            3 => Kind::Short,
            4 => Kind::Long,
            5 => Kind::Unnamed,
            6 => Kind::Torn,
            7 => Kind::Page,
            8 => Kind::Lost,
            9..=12 => Kind::Silent(Stage::TimedOut),
            13 => Kind::Silent(Stage::BrokenOff),
            14 => Kind::Unreachable,
            15..=17 => Kind::Status(429, after),
            18 | 19 => Kind::Status(503, after),
            20 | 21 => Kind::Status(500, None),
            22 => Kind::Status(502, after),
            _ => Kind::Refused(404),
        };
        let (takes, is_open) = match kind {
            Kind::Unreachable | Kind::Refused(_) | Kind::Status(429 | 503, _) => (false, false),
            Kind::Silent(_) | Kind::Status(..) | Kind::Lost => (roll(6, 2) == 0, false),
            _ => (true, true),
        };
        // What is refused for its contents is taken in no case.
        let kind = refusal.filter(|_| is_open).unwrap_or(kind);
        let delay =
            Duration::from_millis(if kind == Kind::Silent(Stage::TimedOut) { 30_000 } else { 20 + roll(7, 1500) });
        Self { kind, takes: takes && refusal.is_none(), late: roll(8, 2) == 0, delay }
    }
}

/// The answer to one request.
pub(super) struct Answer<'a> {
    /// The number of the request.
    pub(super) number: u64,
    pub(super) run: RunId,
    pub(super) batch: &'a Batch,
}

impl Answer<'_> {
    /// Writes down what it proves, and has it read.
    pub(super) fn to(&self, play: &Play, server: &mut Server) -> Reply {
        match play.kind {
            Kind::Unreachable => self.read(Exchange::NotConnected { reason: "nobody there" }),
            Kind::Silent(stage) => {
                self.doubt(server);
                self.read(Exchange::NoAnswer { stage, reason: "silence" })
            }
            Kind::Lost => {
                self.doubt(server);
                self.answered(200, None, Body::Lost { stage: Stage::BrokenOff, why: "the body broke off" })
            }
            Kind::Status(status, after) => {
                if !matches!(status, 429 | 503) {
                    self.doubt(server);
                }
                self.answered(status, after, Body::Whole(b""))
            }
            Kind::Refused(status) => {
                let words = format!("request #{} is refused", self.number);
                for item in &self.batch.items {
                    server.fate(self.run, item.seq).refused_with.push(words.clone());
                }
                let body = format!(
                    "{{\"http_code\":{status},\"response\":{{\"code\":{status},\"status\":\"failure\",\
                     \"error_data\":{{\"code\":1,\"description\":\"{words}\"}}}}}}"
                );
                self.answered(status, None, Body::Whole(body.as_bytes()))
            }
            Kind::Page => {
                self.doubt(server);
                self.answered(200, None, Body::Whole(b"<html><title>Welcome</title></html>"))
            }
            kind => self.items(kind, server),
        }
    }

    fn doubt(&self, server: &mut Server) {
        self.batch.items.iter().for_each(|item| server.fate(self.run, item.seq).doubt = true);
    }

    /// An answer with items, in one of the ways in which they come.
    fn items(&self, kind: Kind, server: &mut Server) -> Reply {
        let unclear = if let Kind::Proper { unclear } = kind { unclear } else { u64::MAX };
        let edits = &self.batch.items;
        let mut items: Vec<_> = edits.iter().map(|edit| self.item(edit, unclear, kind, server)).collect();
        let at = |about: u64, n: usize| (mix_all(&[self.number, about]) % n as u64) as usize;
        match kind {
            Kind::Shuffled => {
                let place = at(1, items.len());
                items.rotate_left(place);
                // Nobody can see that failures changed places with one another alone.
                let is_plain = |(edit, item): (&BatchItem, &String)| {
                    item.contains("failure") || item.contains(&format!("\"{}\"", edit.sid))
                };
                if edits.iter().zip(&items).all(is_plain) {
                    items.rotate_right(place);
                }
            }
            Kind::Short => drop(items.remove(at(2, items.len()))),
            Kind::Long => items.insert(at(3, items.len()), items[at(4, items.len())].clone()),
            _ => {}
        }
        if !matches!(kind, Kind::Proper { .. }) {
            self.doubt(server);
        }
        let mut body =
            format!("{{\"request_id\":\"{}\",\"http_code\":207,\"response\":[{}]}}", self.number, items.join(","));
        if kind == Kind::Torn {
            body.truncate(body.len() / 2);
        }
        self.answered(207, None, Body::Whole(body.as_bytes()))
    }

    /// The item of one contact.
    fn item(&self, edit: &BatchItem, unclear: u64, kind: Kind, server: &mut Server) -> String {
        let refusal = server.refuses(self.run, &edit.sid);
        let contact = server.book.json(&edit.sid);
        let fate = server.fate(self.run, edit.seq);
        if mix_all(&[self.number, 5, edit.seq]).is_multiple_of(unclear) {
            fate.doubt = true;
            return format!("{{\"code\":200,\"status\":\"failure\",\"data\":{contact}}}");
        }
        if let Some((code, words)) = refusal {
            fate.refusal = Some(words.clone());
            return format!(
                "{{\"code\":{code},\"status\":\"failure\",\"error_data\":{{\"code\":1000,\"description\":\"{words}\"}},\"data\":null}}"
            );
        }
        fate.told = true;
        let contact = if kind == Kind::Unnamed { contact.replacen("\"sid\"", "\"id\"", 1) } else { contact };
        format!("{{\"code\":200,\"error_data\":null,\"status\":\"success\",\"data\":{contact}}}")
    }

    fn answered(&self, status: u16, after: Option<u64>, body: Body<'_>) -> Reply {
        let headers: HeaderMap = after.map(|s| (RETRY_AFTER, HeaderValue::from(s))).into_iter().collect();
        self.read(Exchange::Answered { status, headers: &headers, body })
    }

    fn read(&self, exchange: Exchange<'_>) -> Reply {
        classify(self.batch, exchange, Timestamp(0))
    }
}
