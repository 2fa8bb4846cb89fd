//! What the answers to a run showed of its contacts, laid into the address book once the run is over: never while it
//! goes, which it would slow down.

use rusqlite::params;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::BookName;
use crate::domain::{Contact, RunId};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::key::keys;
use crate::store::reader::Reader;
use crate::support::clock::{self, Timestamp};

/// Contacts that are laid into the book at once; who else writes waits no longer than for these.
const AT_ONCE: i64 = 500;

impl Store {
    /// Lays the contacts that the answers to a run showed over the book of its account, if there is one; gives how many
    /// are otherwise now.
    pub async fn keep_echoes(&self, run: RunId, country: &str) -> Result<u64, StoreError> {
        let reader = self.reader()?;
        let Some(summary) = reader.run(run)? else { return Ok(0) };
        let name = BookName { account: summary.account, base_url: summary.base_url };
        if reader.book(&name)?.is_none() {
            return Ok(0);
        }
        let seen = summary.finished.unwrap_or_else(clock::now);
        let (mut changed, mut after) = (0, keys(run).start - 1);
        loop {
            let (last, echoes) = reader.echoes(run, after)?;
            let Some(last) = last else { return Ok(changed) };
            changed += self.keep_contacts(name.clone(), echoes, Timestamp(seen.0), country.to_owned()).await?;
            after = last;
        }
    }
}

impl Reader {
    /// The next contacts that a run's answers showed behind this item, and the item of the last.
    fn echoes(&self, run: RunId, after: i64) -> Result<(Option<i64>, Vec<Contact>), StoreError> {
        let mut statement = self.connection().prepare_cached(
            "select key, item from outcome where key > ?1 and key < ?2 and status = 'updated' and item is not null
             order by key limit ?3",
        )?;
        let mut rows = statement.query(params![after, keys(run).end, AT_ONCE])?;
        let (mut last, mut contacts) = (None, Vec::new());
        while let Some(row) = rows.next()? {
            last = Some(row.get(0)?);
            contacts.extend(shown(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?));
        }
        Ok((last, contacts))
    }
}

/// The contact that an item of an answer shows. One with nothing but its SID shows nothing.
fn shown(item: &str) -> Option<Contact> {
    #[derive(Deserialize)]
    struct Item<'a> {
        #[serde(borrow)]
        data: Option<&'a RawValue>,
    }
    let item: Item<'_> = serde_json::from_str(item).ok()?;
    let contact = Contact::from_json(item.data?.get())?;
    let is_bare = contact.values().all(|(_, value)| value.is_empty());
    (!is_bare).then_some(contact)
}
