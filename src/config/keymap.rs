//! Which keys mean which action, place by place.

use std::collections::HashMap;

use super::actions::{ACTIONS, Action, Place};
use crate::support::key::Key;

/// What a key, or the keys pressed so far, mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// They mean this.
    Action(Action),
    /// They begin a sequence.
    Prefix,
    /// They mean nothing here.
    Nothing,
}

/// The bindings in force.
#[derive(Debug, Clone)]
pub struct Keymap {
    bound: HashMap<(Place, Vec<Key>), Lookup>,
}

impl Keymap {
    /// The bindings of the table. A key text that does not parse is a fault of the table, which a test finds.
    pub fn standard() -> Self {
        let mut bound = HashMap::new();
        for row in ACTIONS {
            for keys in row.keys.iter().filter_map(|text| sequence(text)) {
                for place in row.places {
                    for end in 1..keys.len() {
                        bound.entry((*place, keys.get(..end).unwrap_or_default().to_vec())).or_insert(Lookup::Prefix);
                    }
                    bound.insert((*place, keys.clone()), Lookup::Action(row.action));
                }
            }
        }
        Self { bound }
    }

    /// What the keys pressed so far mean in a place.
    pub fn lookup(&self, place: Place, keys: &[Key]) -> Lookup {
        self.bound.get(&(place, keys.to_vec())).copied().unwrap_or(Lookup::Nothing)
    }
}

/// The keys of a text such as `g g`.
fn sequence(text: &str) -> Option<Vec<Key>> {
    text.split(' ').map(|key| key.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Key> {
        sequence(text).unwrap()
    }

    #[test]
    fn every_key_of_the_table_parses_and_none_has_two_meanings() {
        for place in Place::ALL {
            let mut seen = HashMap::new();
            for row in ACTIONS.iter().filter(|row| row.places.contains(&place)) {
                for text in row.keys {
                    let before = seen.insert(keys(text), row.name);
                    assert_eq!(before, None, "{text} in {place:?}");
                }
            }
            // No sequence may begin with a key that means something alone.
            for sequence in seen.keys().filter(|s| s.len() > 1) {
                assert!(!seen.contains_key(&sequence[..1]), "{sequence:?}");
            }
        }
    }

    #[test]
    fn sequences_are_followed_key_by_key() {
        let map = Keymap::standard();
        assert_eq!(map.lookup(Place::Queue, &keys("g")), Lookup::Prefix);
        assert_eq!(map.lookup(Place::Queue, &keys("g g")), Lookup::Action(Action::Top));
        assert_eq!(map.lookup(Place::Queue, &keys("g x")), Lookup::Nothing);
        assert_eq!(map.lookup(Place::History, &keys("e")), Lookup::Nothing);
    }
}
