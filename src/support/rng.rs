//! Randomness that a seed decides: the same seed gives the same run.

use std::hash::{BuildHasherDefault, Hasher};

/// Mixes a number well: every bit of the answer depends on every bit of the question.
///
/// This is the finaliser of splitmix64. It serves choices that must not depend on the order of
/// arrival, such as a fault chosen by (seed, contact, attempt).
pub fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One number from many parts, the same for the same parts in the same order.
pub fn mix_all(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |acc, part| mix(acc ^ *part))
}

/// A number that stands for a text (FNV-1a, then mixed).
pub fn hash_text(text: &str) -> u64 {
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
}

/// Finds keys that are well mixed already, as those of [`hash_text`] are: mixing a million of them once more takes longer
/// than finding them.
pub type ByHash = BuildHasherDefault<Mixed>;

/// The hasher of [`ByHash`].
#[derive(Debug, Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |key, byte| mix(key ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A share between 0 and 1 out of a mixed number.
pub fn unit(x: u64) -> f64 {
    (x >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_another_order_give_another_number() {
        assert_ne!(mix_all(&[1, 2]), mix_all(&[2, 1]));
        assert_eq!(mix_all(&[1, 2]), mix_all(&[1, 2]));
    }

    #[test]
    fn shares_stay_between_zero_and_one() {
        assert!((0..10_000).map(|i| unit(mix(i))).all(|u| (0.0..1.0).contains(&u)));
    }
}
