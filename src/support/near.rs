//! Which known word a mistyped one may mean.

/// The known word closest to `wrong`, if it is close: at most a third of its letters differ.
pub fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = wrong.chars().count().div_ceil(3);
    known.iter().map(|word| (distance(wrong, word), *word)).filter(|(d, _)| *d <= limit).min().map(|(_, word)| word)
}

/// Letters to insert, drop or replace to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (b, cell) in to.chars().zip(row.iter_mut().skip(1)) {
            let cost = (corner + usize::from(a != b)).min(left + 1).min(*cell + 1);
            corner = std::mem::replace(cell, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "abc", 3)]
    #[case("rate", "rate", 0)]
    #[case("ratee", "rate", 1)]
    #[case("kitten", "sitting", 3)]
    fn distances_count_letters(#[case] from: &str, #[case] to: &str, #[case] expected: usize) {
        assert_eq!(distance(from, to), expected);
    }

    #[test]
    fn only_a_close_word_is_suggested() {
        assert_eq!(nearest("bach_size", &["rate", "batch_size"]), Some("batch_size"));
        assert_eq!(nearest("colour", &["rate", "batch_size"]), None);
    }
}
