//! How fast a run goes: its rate, the time that is left, and what its small graphs show.
//!
//! The rate is that of the last batches, not of the whole run: a run that begins with a burst, or that the server slows
//! down, would else be told a wrong time for minutes.

use std::collections::VecDeque;

use crate::support::clock::Timestamp;

/// Batches that are kept: enough for a minute of a fast run, and for all that a slow one has in ten.
const KEPT: usize = 600;
/// The rate is taken over so many milliseconds, or over more where few batches settled in them.
const WINDOW_MS: u64 = 20_000;
/// The fewest batches that make a rate.
const FEWEST: usize = 8;

/// A batch that settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample {
    at: Timestamp,
    /// Edits settled in all until then.
    settled: u64,
    /// How long its last request took.
    latency_ms: u64,
}

/// When what settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speed(VecDeque<Sample>);

impl Speed {
    /// Takes a batch that settled.
    pub fn settled(&mut self, at: Timestamp, settled: u64, latency_ms: u64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Sample { at, settled, latency_ms });
    }

    /// Forgets everything, as after a pause.
    pub fn restart(&mut self) {
        self.0.clear();
    }

    /// Edits that settle in a second at present; `None` before that can be told.
    pub fn per_second(&self) -> Option<f64> {
        let last = self.0.back()?;
        let old = |sample: &&Sample| last.at.since(sample.at) > WINDOW_MS;
        // Of these the later half: a burst at the start is soon behind it.
        let recent = self.0.iter().rev().take_while(|sample| !old(sample)).count() / 2;
        let first = self.0.get(self.0.len().saturating_sub(recent.max(FEWEST)))?;
        let ms = last.at.since(first.at);
        (ms >= 100).then(|| (last.settled - first.settled) as f64 * 1000.0 / ms as f64)
    }

    /// Edits settled in each of the last seconds, the newest last.
    pub fn throughput(&self, seconds: usize) -> Vec<u64> {
        let mut before = None;
        let mut each = vec![0; seconds];
        for sample in &self.0 {
            let more = sample.settled - before.replace(sample.settled).unwrap_or(sample.settled);
            if let Some(slot) = self.second(sample, seconds).and_then(|at| each.get_mut(at)) {
                *slot += more;
            }
        }
        each
    }

    /// The longest time of a request that ended in each of the last seconds, the newest last; 0 = none ended.
    pub fn latency(&self, seconds: usize) -> Vec<u64> {
        let mut each = vec![0; seconds];
        for sample in &self.0 {
            if let Some(slot) = self.second(sample, seconds).and_then(|at| each.get_mut(at)) {
                *slot = sample.latency_ms.max(*slot);
            }
        }
        each
    }

    /// How long the last request took.
    pub fn last_latency(&self) -> Option<u64> {
        self.0.back().map(|sample| sample.latency_ms)
    }

    /// The place of a sample's second among the last so many.
    fn second(&self, sample: &Sample, seconds: usize) -> Option<usize> {
        let ago = self.0.back()?.at.since(sample.at) / 1000;
        (seconds as u64).checked_sub(ago + 1).map(|at| at as usize)
    }
}

/// Numbers as a row of bars, the greatest as high as a line is.
pub fn sparkline(numbers: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = numbers.iter().copied().max().unwrap_or(0).max(1);
    let bar = |n: &u64| BARS.get((n * 8).div_ceil(most).saturating_sub(1) as usize).copied().unwrap_or(' ');
    numbers.iter().map(|n| if *n == 0 { ' ' } else { bar(n) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of batches of 500, one each `every` milliseconds, after a burst of some at once.
    fn steady(every: i64, burst: i64, batches: i64) -> Speed {
        let mut speed = Speed::default();
        for n in 0..batches {
            let at = (n - burst).max(0) * every + 500;
            speed.settled(Timestamp(at), (n as u64 + 1) * 500, 300);
        }
        speed
    }

    #[test]
    fn the_rate_of_a_steady_run_is_right_within_a_tenth_also_after_a_burst() {
        for (every, burst) in [(2000, 0), (2000, 2), (100, 5), (350, 0), (6000, 1)] {
            for batches in [16, 40, 200] {
                let rate = steady(every, burst, batches).per_second().unwrap();
                let right = 500_000.0 / every as f64;
                assert!((rate / right - 1.0).abs() < 0.1, "every {every} ms after {burst}: {rate} for {right}");
            }
        }
    }

    #[test]
    fn a_rate_that_changes_is_told_anew_and_a_pause_is_forgotten() {
        let mut speed = steady(100, 0, 300);
        let (at, settled) = (30_400, 150_000);
        for n in 1..=12 {
            speed.settled(Timestamp(at + n * 4000), settled + n as u64 * 500, 300);
        }
        assert!((speed.per_second().unwrap() - 125.0).abs() < 13.0, "{:?}", speed.per_second());
        speed.restart();
        assert_eq!(speed.per_second(), None);
    }

    #[test]
    fn graphs_show_the_last_seconds() {
        let mut speed = Speed::default();
        for (at, settled, latency) in [(0, 100, 9), (1000, 200, 40), (1500, 300, 20), (3000, 700, 80)] {
            speed.settled(Timestamp(at), settled, latency);
        }
        assert_eq!(speed.throughput(4), [0, 100, 100, 400]);
        assert_eq!(speed.latency(4), [9, 40, 20, 80]);
        assert_eq!(sparkline(&[0, 1, 4, 8]), " ▁▄█");
        assert_eq!(sparkline(&[0, 0]), "  ");
    }
}
