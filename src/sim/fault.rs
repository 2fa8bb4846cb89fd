//! Whom a fault hits: decided by seed, identity and attempt, never by the order of arrival.
//!
//! Two runs that send the same bodies meet the same faults, however their requests overtake each other. The
//! identity of a request is its method, path and body; that of a contact is its SID. The one exception is asked
//! for by name: a fault `from` one request `until` another goes by their numbers of arrival.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::gate::Visit;
use super::people::sid_of;
use super::scenario::{ContactAct, Pick, RequestAct, Scenario};
use crate::support::rng::{hash_text, mix, mix_all, unit};

/// A fault and whom it is aimed at.
#[derive(Debug)]
struct Aimed<A> {
    act: A,
    /// Decides its dice: two faults of equal share do not hit the same half.
    number: u64,
    share: f64,
    attempts: Option<u32>,
    sids: Option<HashSet<String>>,
    /// The numbers of arrival.
    from: u64,
    until: u64,
    method: String,
}

impl<A> Aimed<A> {
    fn new(number: usize, act: A, on: &Pick) -> Self {
        let sids = on.contacts.as_ref().map(|list| list.iter().map(|i| sid_of(*i)).collect());
        Self {
            act,
            number: number as u64,
            share: on.share,
            attempts: on.attempts,
            sids,
            from: on.from,
            until: on.until.unwrap_or(u64::MAX),
            method: on.method.clone(),
        }
    }

    fn dice_hit(&self, seed: u64, identity: u64) -> bool {
        self.share >= 1.0 || unit(mix_all(&[seed, self.number, identity])) < self.share
    }

    fn arrival_hit(&self, arrival: u64) -> bool {
        (self.from..=self.until).contains(&arrival)
    }

    fn attempt_hit(&self, attempt: u32) -> bool {
        self.attempts.is_none_or(|most| attempt <= most)
    }
}

/// The faults of a scenario, aimed by a seed.
#[derive(Debug)]
pub(super) struct Faults {
    seed: u64,
    jitter_ms: u64,
    request: Vec<Aimed<RequestAct>>,
    contact: Vec<Aimed<ContactAct>>,
    /// How often a contact was seen, for the contacts that are hit for a number of attempts only.
    seen: Mutex<HashMap<u64, u32>>,
}

impl Faults {
    /// Without `jitter`, every answer takes the same time.
    pub(super) fn new(seed: u64, scenario: &Scenario, jitter: bool) -> Self {
        let request = scenario.request.iter().enumerate().map(|(i, f)| Aimed::new(i, f.act.clone(), &f.on)).collect();
        // Numbers of their own, so that a request fault and a contact fault never share their dice.
        let contact =
            scenario.contact.iter().enumerate().map(|(i, f)| Aimed::new(1000 + i, f.act.clone(), &f.on)).collect();
        Self { seed, jitter_ms: if jitter { scenario.jitter_ms } else { 0 }, request, contact, seen: Mutex::default() }
    }

    /// The acts that hit a request. `holds` gives the SIDs of the contacts it is about; it is asked only when a
    /// fault is aimed at contacts.
    ///
    /// Of the acts that make a wrong number of items the first alone acts: two could make an answer of the right
    /// length in which nobody can see that an item is another's.
    pub(super) fn of_request(
        &self,
        method: &str,
        identity: u64,
        visit: &Visit,
        holds: impl Fn() -> Vec<String>,
    ) -> Vec<&RequestAct> {
        let hits = |f: &&Aimed<RequestAct>| {
            f.method == method
                && f.arrival_hit(visit.number)
                && f.attempt_hit(visit.attempt)
                && f.dice_hit(self.seed, identity)
                && f.sids.as_ref().is_none_or(|sids| holds().iter().any(|sid| sids.contains(sid)))
        };
        let mut counted_wrong = false;
        let alone = |act: &&RequestAct| !(act.counts_wrong() && std::mem::replace(&mut counted_wrong, true));
        self.request.iter().filter(hits).map(|f| &f.act).filter(alone).collect()
    }

    /// Whether any contact can be hit at all.
    pub(super) fn any_of_contacts(&self) -> bool {
        !self.contact.is_empty()
    }

    /// The acts that hit each of these contacts in one request.
    pub(super) fn of_contacts<'s>(&self, arrival: u64, sids: impl Iterator<Item = &'s str>) -> Vec<Vec<&ContactAct>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        sids.map(|sid| self.of_contact(arrival, sid, &mut seen)).collect()
    }

    fn of_contact(&self, arrival: u64, sid: &str, seen: &mut HashMap<u64, u32>) -> Vec<&ContactAct> {
        let identity = hash_text(sid);
        let aimed = |f: &&Aimed<ContactAct>| {
            f.arrival_hit(arrival) && f.sids.as_ref().is_none_or(|s| s.contains(sid)) && f.dice_hit(self.seed, identity)
        };
        let hits: Vec<_> = self.contact.iter().filter(aimed).collect();
        let attempt = if hits.iter().any(|f| f.attempts.is_some()) {
            let count = seen.entry(identity).or_default();
            *count += 1;
            *count
        } else {
            1
        };
        hits.into_iter().filter(|f| f.attempt_hit(attempt)).map(|f| &f.act).collect()
    }

    /// The part of the latency that differs from body to body.
    pub(super) fn jitter(&self, identity: u64) -> Duration {
        Duration::from_millis(mix_all(&[self.seed, 0x11, identity]) % (self.jitter_ms + 1))
    }

    /// A number for other choices about this sending: the request id, the order of a shuffle.
    pub(super) fn dice(&self, identity: u64, attempt: u32) -> u64 {
        mix_all(&[self.seed, 0x22, identity, u64::from(attempt)])
    }
}

/// The identity of a request: the same bytes to the same place are the same request.
pub(super) fn identity(method: &str, path_and_query: &str, body: &[u8]) -> u64 {
    let (words, rest) = body.as_chunks::<8>();
    let tail = rest.iter().fold(1, |acc, b| acc << 8 | u64::from(*b));
    let start = mix_all(&[hash_text(method), hash_text(path_and_query), tail]);
    words.iter().fold(start, |acc, word| mix(acc ^ u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64, text: &str) -> Faults {
        Faults::new(seed, &Scenario::parse(text).unwrap(), true)
    }

    /// Sending `attempt` of a request, the first to arrive.
    fn sending(attempt: u32) -> Visit {
        Visit { number: 1, attempt, quota: None }
    }

    fn names(acts: &[&RequestAct]) -> Vec<&'static str> {
        acts.iter().map(|a| a.name()).collect()
    }

    #[test]
    fn a_share_hits_about_that_share_and_the_seed_decides_which() {
        let text = "[[request]]\nact = \"short\"\non = { share = 0.25 }\n";
        let hit = |f: &Faults| -> Vec<u64> {
            (0..4000).filter(|i| !f.of_request("PUT", mix(*i), &sending(1), Vec::new).is_empty()).collect()
        };
        let (one, again, two) = (hit(&faults(1, text)), hit(&faults(1, text)), hit(&faults(2, text)));
        assert!((900..1100).contains(&one.len()), "{}", one.len());
        assert_eq!(one, again);
        assert_ne!(one, two);
    }

    #[test]
    fn attempts_bound_a_fault() {
        let f =
            faults(1, "[[request]]\nact = \"reset_before\"\non = { attempts = 2 }\n[[request]]\nact = \"shuffle\"\n");
        let by_attempt: Vec<_> = (1..=3).map(|n| names(&f.of_request("PUT", 7, &sending(n), Vec::new))).collect();
        assert_eq!(by_attempt, [vec!["reset_before", "shuffle"], vec!["reset_before", "shuffle"], vec!["shuffle"]]);
    }

    #[test]
    fn a_fault_from_one_request_until_another_goes_by_arrival() {
        let f = faults(
            1,
            "[[request]]\nact = \"shuffle\"\non = { from = 2, until = 3 }\n[[contact]]\nact = \"poison\"\non = { from = 3 }\n",
        );
        let hits = |number| {
            let contacts = f.of_contacts(number, std::iter::once("a"));
            (f.of_request("PUT", 7, &Visit { number, ..sending(1) }, Vec::new).len(), contacts[0].len())
        };
        assert_eq!([1, 2, 3, 4].map(hits), [(0, 0), (1, 0), (1, 1), (0, 1)]);
    }

    #[test]
    fn two_wrong_lengths_never_make_a_right_one() {
        let f =
            faults(1, "[[request]]\nact = \"long\"\n[[request]]\nact = \"shuffle\"\n[[request]]\nact = \"short\"\n");
        assert_eq!(names(&f.of_request("PUT", 7, &sending(1), Vec::new)), ["long", "shuffle"]);
    }

    #[test]
    fn a_fault_aimed_at_a_contact_hits_only_requests_that_hold_it() {
        let f = faults(1, "[[request]]\nact = \"long\"\non = { contacts = [5] }\n");
        let (five, six) = (sid_of(5), sid_of(6));
        assert_eq!(names(&f.of_request("PUT", 1, &sending(1), || vec![six.clone(), five.clone()])), ["long"]);
        assert!(f.of_request("PUT", 1, &sending(1), || vec![six.clone()]).is_empty());
    }

    #[test]
    fn contacts_are_hit_alike_whatever_request_they_come_in() {
        let text = "[[contact]]\nact = \"poison\"\non = { share = 0.2 }\n[[contact]]\nact = \"foreign_sid\"\non = { share = 0.5, attempts = 1 }\n";
        let sids: Vec<String> = (0..200).map(sid_of).collect();
        let forward = faults(3, text);
        let whole: Vec<_> = forward.of_contacts(1, sids.iter().map(String::as_str));
        let backward = faults(3, text);
        let mut single: Vec<_> =
            sids.iter().rev().flat_map(|s| backward.of_contacts(1, std::iter::once(s.as_str()))).collect();
        single.reverse();
        assert_eq!(whole, single);
        let second = forward.of_contacts(1, sids.iter().map(String::as_str));
        assert!(second.iter().flatten().all(|a| **a == ContactAct::Poison));
        assert!(second.iter().flatten().count() > 20);
    }

    #[test]
    fn an_identity_depends_on_every_part() {
        let all = [
            identity("PUT", "/a", b"123456789"),
            identity("GET", "/a", b"123456789"),
            identity("PUT", "/b", b"123456789"),
            identity("PUT", "/a", b"123456788"),
            identity("PUT", "/a", b"023456789"),
            identity("PUT", "/a", b""),
            identity("PUT", "/a", b"\0"),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }
}
