//! Fields that two edits of one contact give different values: which of the two stays, and what they are.

use std::collections::HashMap;

use crate::domain::{Change, Field, Sid};

/// How many clashes of an import are told with their values; the others are counted.
const TOLD: usize = 1000;

/// Which of two values a field gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// The one that was there before.
    Earlier,
    /// The one that comes now.
    #[default]
    Later,
}

/// A field with two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The contact.
    pub sid: Sid,
    /// The field.
    pub field: Field,
    /// What was there before.
    pub earlier: Change,
    /// What comes now.
    pub later: Change,
    /// Whether the earlier value was queued before the import, and does not come with it.
    pub was_queued: bool,
}

impl Clash {
    /// What is queued stays; of values that come together the later one wins.
    pub(super) fn queued_wins(self) -> Side {
        if self.was_queued { Side::Earlier } else { Side::Later }
    }
}

/// Which value each field gets that has two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// The side of all that have no choice of their own.
    pub rest: Side,
    /// Choices for fields of contacts.
    pub each: HashMap<(Sid, Field), Side>,
}

impl Choices {
    /// The side that this field of this contact gets.
    pub fn of(&self, sid: &Sid, field: Field) -> Side {
        if self.each.is_empty() {
            return self.rest;
        }
        self.each.get(&(sid.clone(), field)).copied().unwrap_or(self.rest)
    }
}

/// The clashes of an import, settled as they come up.
#[derive(Debug, Default)]
pub(super) struct Settling {
    choices: Choices,
    /// The first of them. A field that comes up again stands here once, with its newest value.
    told: Vec<Clash>,
    places: HashMap<(Sid, Field), usize>,
    more: u64,
}

impl Settling {
    pub(super) fn by(choices: Choices) -> Self {
        Self { choices, ..Self::default() }
    }

    /// Notes a clash; gives the side that wins.
    pub(super) fn settle(&mut self, clash: Clash) -> Side {
        let side = self.choices.of(&clash.sid, clash.field);
        let place = (clash.sid.clone(), clash.field);
        if let Some(told) = self.places.get(&place).and_then(|at| self.told.get_mut(*at)) {
            told.later = clash.later;
        } else if self.told.len() < TOLD {
            self.places.insert(place, self.told.len());
            self.told.push(clash);
        } else {
            self.more += 1;
        }
        side
    }

    /// The first conflicts, and how many others there are.
    pub(super) fn into_told(self) -> (Vec<Clash>, u64) {
        (self.told, self.more)
    }
}
