//! Who is meant by the rows of a file without a SID, where the address book alone can't say it.

use std::collections::HashMap;

use super::{Interpreter, text};
use crate::app::import::Several;
use crate::domain::{Contact, Field, Found, Sid};
use crate::intake::Finder;
use crate::support::work::Work;

/// How many numbers and emails the user is asked about.
const MOST: usize = 200;

/// Finds contacts, those that the user said first, and notes what several have.
pub(super) struct Naming {
    find: Box<Finder<'static>>,
    meant: HashMap<(Field, String), Sid>,
    several: Vec<Several>,
    places: HashMap<(Field, String), usize>,
}

impl Naming {
    pub(super) fn new(find: Box<Finder<'static>>, meant: HashMap<(Field, String), Sid>) -> Self {
        Self { find, meant, several: Vec::new(), places: HashMap::new() }
    }

    /// Finds who has this.
    pub(super) fn find(&mut self, field: Field, value: &str) -> Result<Found, String> {
        let found = (self.find)(field, value)?;
        let Found::Several(sids) = &found else { return Ok(found) };
        let key = (field, value.to_owned());
        if let Some(several) = self.places.get(&key).and_then(|at| self.several.get_mut(*at)) {
            several.rows += 1;
        } else if self.several.len() < MOST {
            let contacts = sids.iter().cloned().map(Contact::new).collect();
            self.places.insert(key.clone(), self.several.len());
            self.several.push(Several { field, value: value.to_owned(), rows: 1, contacts });
        }
        Ok(self.meant.get(&key).map_or(found, |sid| Found::One(sid.clone())))
    }

    /// What several have.
    pub(super) fn several(self) -> Vec<Several> {
        self.several
    }
}

impl Interpreter {
    /// The same with what is known of the contacts, to tell them apart.
    pub(super) fn known(&self, mut several: Vec<Several>, work: &Work) -> Result<Vec<Several>, String> {
        if several.is_empty() {
            return Ok(several);
        }
        let reader = self.reads.own(work)?;
        let Some(book) = reader.book(&self.desk.book()).map_err(text)? else { return Ok(several) };
        for contact in several.iter_mut().flat_map(|several| &mut several.contacts) {
            if let Some(known) = reader.contact(book, &contact.sid).map_err(text)? {
                *contact = known.contact;
            }
        }
        Ok(several)
    }
}
