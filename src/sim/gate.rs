//! The door of the server: who comes in, how often, and with which credentials.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::scenario::{QuotaHeaders, RateLimit, Window};

/// Counts what arrives.
#[derive(Debug, Default)]
pub(super) struct Gate {
    limit: Option<RateLimit>,
    requests: u64,
    /// Sendings by identity of the request.
    attempts: HashMap<u64, u32>,
    /// When the requests of the present window came in.
    taken: VecDeque<Instant>,
}

/// What the gate knows of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// Its number, from 1, among all that arrived.
    pub(super) number: u64,
    /// Which sending of this very request it is, from 1.
    pub(super) attempt: u32,
    /// Where the server keeps a limit.
    pub(super) quota: Option<Quota>,
}

/// Where a request stands in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    pub(super) reset_in: Duration,
    /// Whether this request is one too many.
    pub(super) over: bool,
    /// What of this the server tells.
    pub(super) headers: QuotaHeaders,
}

impl Gate {
    pub(super) fn new(limit: Option<RateLimit>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Lets a request arrive.
    pub(super) fn arrive(&mut self, identity: u64) -> Visit {
        self.requests += 1;
        let attempt = self.attempts.entry(identity).or_default();
        *attempt += 1;
        let attempt = *attempt;
        Visit { number: self.requests, attempt, quota: self.limit.map(|limit| self.take(limit, Instant::now())) }
    }

    fn take(&mut self, limit: RateLimit, now: Instant) -> Quota {
        let length = limit.length();
        let over_since = |taken: &VecDeque<Instant>| taken.front().is_some_and(|first| *first + length <= now);
        match limit.window {
            Window::Fixed if over_since(&self.taken) => self.taken.clear(),
            Window::Fixed => {}
            Window::Sliding => {
                while over_since(&self.taken) {
                    self.taken.pop_front();
                }
            }
        }
        let over = self.taken.len() as u64 >= limit.requests;
        if !over {
            self.taken.push_back(now);
        }
        Quota {
            limit: limit.requests,
            remaining: limit.requests.saturating_sub(self.taken.len() as u64),
            reset_in: self.taken.front().map_or(length, |first| *first + length - now),
            over,
            headers: limit.headers,
        }
    }
}

/// The header that these credentials make.
pub(super) fn basic(key: &str, token: &str) -> String {
    format!("Basic {}", base64(format!("{key}:{token}").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |acc, i| acc << 8 | u32::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let six = (bits >> (18 - 6 * i)) as usize & 63;
            let letter = ALPHABET.get(six).filter(|_| i <= group.len());
            out.push(letter.map_or('=', |l| char::from(*l)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("", "")]
    #[case("f", "Zg==")]
    #[case("fo", "Zm8=")]
    #[case("foo", "Zm9v")]
    #[case("foob", "Zm9vYg==")]
    #[case("fooba", "Zm9vYmE=")]
    #[case("foobar", "Zm9vYmFy")]
    #[case("k3y:t0ken-s3cret", "azN5OnQwa2VuLXMzY3JldA==")]
    #[case("\u{ff}\u{fe}>?", "w7/Dvj4/")]
    fn base64_as_rfc_4648_shows_it(#[case] plain: &str, #[case] coded: &str) {
        assert_eq!(base64(plain.as_bytes()), coded);
    }

    fn gate(window: Window) -> Gate {
        let headers = QuotaHeaders::Both;
        Gate::new(Some(RateLimit { requests: 2, window_ms: 1000, window, headers }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_lets_in_its_number_and_opens_again() {
        let mut gate = gate(Window::Fixed);
        let over = |gate: &mut Gate| gate.arrive(1).quota.unwrap().over;
        assert_eq!([over(&mut gate), over(&mut gate), over(&mut gate)], [false, false, true]);
        tokio::time::advance(Duration::from_millis(400)).await;
        let quota = gate.arrive(1).quota.unwrap();
        assert_eq!((quota.remaining, quota.reset_in, quota.over), (0, Duration::from_millis(600), true));
        tokio::time::advance(Duration::from_millis(600)).await;
        assert!(!over(&mut gate));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sliding_window_forgets_each_request_by_itself() {
        let mut gate = gate(Window::Sliding);
        let over = |gate: &mut Gate| gate.arrive(1).quota.unwrap().over;
        assert!(!over(&mut gate));
        tokio::time::advance(Duration::from_millis(900)).await;
        assert_eq!([over(&mut gate), over(&mut gate)], [false, true]);
        tokio::time::advance(Duration::from_millis(100)).await;
        let quota = gate.arrive(1).quota.unwrap();
        assert_eq!((quota.over, quota.remaining, quota.reset_in), (false, 0, Duration::from_millis(900)));
        assert!(over(&mut gate), "the second is still in the window");
    }

    #[test]
    fn attempts_are_counted_by_request() {
        let mut gate = Gate::new(None);
        let seen: Vec<_> = [7, 8, 7, 7, 8].into_iter().map(|i| gate.arrive(i).attempt).collect();
        assert_eq!(seen, [1, 1, 2, 3, 2]);
        assert_eq!(gate.arrive(9).number, 6);
    }
}
