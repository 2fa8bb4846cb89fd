//! A server with a book: it takes requests or not, and says so or not, as a seed decides. What a request meets depends on
//! the seed, on what it carries and on how often that came before, never on the order of arrival.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::answer::{Answer, Play};
use super::fate::{Book, Fate};
use crate::api::ContactsApi;
use crate::domain::{AttemptResult, Batch, BatchItem, Field, Quota, Reply, RunId, Sid};
use crate::store::Reader;
use crate::support::rng::{hash_text, mix_all};

/// How bad a server is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Temper {
    pub(super) seed: u64,
    /// Requests of a hundred that go wrong.
    pub(super) faults: u64,
    /// One contact in so many has its request refused as a whole; 0 = none.
    pub(super) poison: u64,
    /// Contacts, by number, that are all refused like that.
    pub(super) plague: (u64, u64),
    /// The most edits that a request may have.
    pub(super) most: usize,
    /// One request in so many gets a 401, 402 or 403; 0 = none.
    pub(super) denials: u64,
}

/// The server of one life.
pub(super) struct Server {
    pub(super) temper: Temper,
    pub(super) book: Book,
    /// What became of the edits of a run, by their places.
    fates: BTreeMap<RunId, Vec<Fate>>,
    /// Requests of this life.
    pub(super) requests: u64,
    pub(super) under_way: usize,
}

impl Server {
    pub(super) fn new(temper: Temper) -> Self {
        let (book, fates) = (Book::default(), BTreeMap::new());
        Self { temper, book, fates, requests: 0, under_way: 0 }
    }

    pub(super) fn fate(&mut self, run: RunId, seq: u64) -> &mut Fate {
        let (fates, place) = (self.fates.entry(run).or_default(), seq as usize);
        if fates.len() <= place {
            fates.resize(place + 1, Fate::default());
        }
        &mut fates[place]
    }

    /// What became of an edit so far.
    pub(super) fn fate_of(&self, run: RunId, seq: u64) -> Fate {
        self.fates.get(&run).and_then(|fates| fates.get(seq as usize)).cloned().unwrap_or_default()
    }

    /// The places of the edits of a run that were sent at all, one after the other.
    pub(super) fn sent(&self, run: RunId) -> Vec<Range<u64>> {
        let mut spans: Vec<Range<u64>> = Vec::new();
        let fates = self.fates.get(&run).into_iter().flatten().zip(0..);
        for (_, seq) in fates.filter(|(fate, _)| fate.sent > 0) {
            match spans.last_mut() {
                Some(span) if span.end == seq => span.end += 1,
                _ => spans.push(seq..seq + 1),
            }
        }
        spans
    }

    /// Whether a request that carries this contact is refused as a whole.
    pub(super) fn is_poison(&self, sid: &Sid) -> bool {
        let Temper { seed, poison, plague: (first, end), .. } = self.temper;
        let number = sid.as_str().trim_start_matches('c').parse().unwrap_or(0);
        poison > 0 && mix_all(&[seed, 77, hash_text(sid.as_str())]).is_multiple_of(poison)
            || (first..end).contains(&number)
    }

    /// Whether it leaves this field of a contact alone, without a word.
    pub(super) fn keeps(sid: &Sid, field: Field) -> bool {
        field == Field::CompanyName && hash_text(sid.as_str()).is_multiple_of(3)
    }

    /// Why it refuses this contact, if it does.
    pub(super) fn refuses(&self, run: RunId, sid: &Sid) -> Option<(u16, String)> {
        let by = |about: u64, n: u64| mix_all(&[self.temper.seed, about, hash_text(sid.as_str())]).is_multiple_of(n);
        if by(78, 60) {
            return Some((404, format!("there is no contact {sid}")));
        }
        // It changes its mind from run to run, never between two attempts.
        by(1000 + run.0 as u64, 150).then(|| (503, format!("too busy for contact {sid}")))
    }

    /// Takes what it does not refuse.
    pub(super) fn apply(&mut self, run: RunId, items: &[BatchItem]) {
        for item in items {
            if self.refuses(run, &item.sid).is_none() {
                let keeps = Field::ALL.into_iter().find(|field| Self::keeps(&item.sid, *field));
                self.book.apply(&item.sid, &item.changes, |field| Some(field) == keeps);
                self.fate(run, item.seq).applied = true;
            }
        }
    }
}

/// What is known of a run at any moment, to tell whether a request of it may come.
pub(super) struct Rules {
    pub(super) reader: Reader,
    pub(super) max_attempts: u32,
    /// Since when so many may be under way.
    pub(super) limits: Vec<(Instant, usize)>,
    /// Whether it was heard that the run ends.
    pub(super) is_over: bool,
    /// Where the edits stand that came in the first round.
    pub(super) placed: BTreeMap<Sid, u64>,
}

/// Longer than it takes from leave to arrival.
const ON_THE_WAY: Duration = Duration::from_millis(200);

impl Rules {
    /// The highest limit that a request arriving now may have been started under.
    fn limit(&self, now: Instant) -> usize {
        let newer = self.limits.iter().skip_while(|(since, _)| *since + ON_THE_WAY < now);
        let held = self.limits.iter().rfind(|(since, _)| *since + ON_THE_WAY < now);
        newer.chain(held).map(|(_, limit)| *limit).max().unwrap_or(0)
    }

    /// Whether the edit of this contact in the first round has its outcome.
    fn is_settled(&self, run: RunId, sid: &Sid) -> bool {
        let row = |seq: &u64| self.reader.result_rows(run, *seq, 1).unwrap().remove(0);
        self.placed.get(sid).is_some_and(|seq| row(seq).outcome.is_some())
    }
}

/// The way of one run to the server.
pub(super) struct Line {
    pub(super) run: RunId,
    pub(super) server: Arc<Mutex<Server>>,
    pub(super) rules: Mutex<Rules>,
    /// Attempts on each batch.
    pub(super) attempts: Mutex<BTreeMap<u32, u32>>,
    /// Breaches of the rules, which would only end the task of the request.
    pub(super) breaches: Mutex<Vec<String>>,
}

impl Line {
    pub(super) fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }

    pub(super) fn breach(&self, what: String) {
        self.breaches.lock().unwrap().push(what);
    }

    fn arrive(&self, batch: &Batch) -> (u64, Play) {
        let mut server = self.server();
        server.requests += 1;
        server.under_way += 1;
        let (number, under_way) = (server.requests, server.under_way);
        let mut rules = self.rules.lock().unwrap();
        let attempt = *self.attempts.lock().unwrap().entry(batch.no).and_modify(|n| *n += 1).or_insert(1);
        let limit = rules.limit(Instant::now());
        let attempts = rules.reader.attempts(self.run, batch.no).unwrap();
        let intended = attempts.last().is_some_and(|a| {
            (a.batch, a.attempt, a.error.as_deref()) == (batch.no, attempt, Some("no answer is recorded"))
        });
        let overtaken = batch.items.iter().find(|item| batch.round > 0 && !rules.is_settled(self.run, &item.sid));
        if batch.round == 0 {
            rules.placed.extend(batch.items.iter().map(|item| (item.sid.clone(), item.seq)));
        }
        for (is_breach, what) in [
            (!intended, format!("is not in the journal (I2): {attempts:?}")),
            (under_way > limit, format!("makes {under_way} under way of {limit} (I3)")),
            (attempt > rules.max_attempts, format!("is attempt {attempt} (I4)")),
            (rules.is_over, String::from("comes after the end was announced (I5)")),
            (overtaken.is_some(), format!("overtakes an earlier round: {overtaken:?}")),
        ] {
            if is_breach {
                self.breach(format!("request {number} of run {}, batch {}, {what}", self.run, batch.no));
            }
        }
        for item in &batch.items {
            server.fate(self.run, item.seq).sent += 1;
        }
        (number, Play::choose(&server, batch, [self.run.0 as u64, attempt.into()]))
    }
}

/// A request under way. When it ends without an answer, the server may take it all the same.
struct Flight<'a> {
    line: &'a Line,
    batch: &'a Batch,
    takes: bool,
    answered: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut server = self.line.server();
        server.under_way -= 1;
        if !self.answered {
            if self.takes {
                server.apply(self.line.run, &self.batch.items);
            }
            self.batch.items.iter().for_each(|item| server.fate(self.line.run, item.seq).doubt = true);
        }
    }
}

impl ContactsApi for Line {
    async fn update_many(&self, batch: &Batch, came: impl FnOnce(Quota) + Send) -> Reply {
        let (number, play) = self.arrive(batch);
        let mut flight = Flight { line: self, batch, takes: play.takes && play.late, answered: false };
        if play.takes && !play.late {
            self.server().apply(self.run, &batch.items);
        }
        sleep(play.delay).await;
        let mut server = self.server();
        if flight.takes {
            server.apply(self.run, &batch.items);
        }
        flight.answered = true;
        let reply = Answer { number, run: self.run, batch }.to(&play, &mut server);
        if number % 2 == 0 && matches!(reply.result, AttemptResult::Settled(_)) {
            came(reply.quota);
        }
        reply
    }
}
