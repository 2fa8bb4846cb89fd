//! Changes inputs blindly, as a seed decides.

use rolodeck::support::rng::mix;

/// Inputs are cut to this length: long ones find little more, and take longer.
const LONGEST: usize = 4096;

/// Gives one input after another.
pub struct Mutator {
    state: u64,
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
}

impl Mutator {
    /// Begins with these inputs, and throws in these words.
    pub fn new(seed: u64, seeds: Vec<Vec<u8>>, words: &'static [&'static str]) -> Self {
        Self { state: seed, seeds, words }
    }

    /// The next input.
    pub fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        // Now and then a changed input is the start of others, so that changes pile up.
        if self.below(50) == 0 && !input.is_empty() {
            let at = self.below(self.seeds.len());
            if at > self.seeds.len() / 2 {
                self.seeds.remove(at);
            }
            self.seeds.push(input.clone());
        }
        input
    }

    fn below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(1);
        (mix(self.state) % n.max(1) as u64) as usize
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.seeds.len());
        self.seeds.get(at).cloned().unwrap_or_default()
    }

    /// A place in the input, and one behind it.
    fn span(&mut self, input: &[u8]) -> (usize, usize) {
        let from = self.below(input.len() + 1);
        let longest = (input.len() - from).min(1 << self.below(9));
        (from, from + self.below(longest + 1))
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.span(input);
        match self.below(7) {
            0 => drop(input.drain(from..to)),
            1 => {
                let piece: Vec<u8> = input.drain(from..to).collect();
                let times = 2 + self.below(4);
                input.splice(from..from, piece.repeat(times));
            }
            2 => {
                let other = self.seed();
                let (a, b) = self.span(&other);
                input.splice(from..to, other.get(a..b).unwrap_or_default().iter().copied());
            }
            3 => {
                let at = self.below(self.words.len());
                let word = self.words.get(at).copied().unwrap_or_default();
                input.splice(from..from, word.bytes());
            }
            4 => {
                let byte = self.below(256) as u8;
                input.splice(from..from, [byte]);
            }
            5 => {
                if let Some(byte) = input.get_mut(from) {
                    *byte ^= 1 << (to % 8);
                }
            }
            _ => input.truncate(to.max(1)),
        }
    }
}
