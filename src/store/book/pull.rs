//! How far a pull has come, written with every page: where it stopped, another process goes on.
//!
//! A page counts when it *joins*: when it begins with a contact that this pull has seen already, or at the top. Then no
//! contact can have slipped between it and what was read before, however the list was shifted in the meantime.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::keep::{self, Kept};
use super::{BookId, BookName, ContactId};
use crate::domain::{Contact, ListName, Sid};
use crate::store::error::StoreError;
use crate::store::handle::{Shared, Store};
use crate::store::reader::Reader;
use crate::support::clock::{self, Timestamp};

/// A statement about pulls, in the order of [`read_summary`].
macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "select p.id, l.sid, p.started, p.at, p.expected, p.pages, p.contacts, p.added, p.changed, p.gone
             from pull p left join list l on l.id = p.list ",
            $rest
        )
    };
}

/// How a pull stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// It is under way, or was cut short.
    Open,
    /// It came to its end.
    Done,
    /// It was cut short, and another was started in its place.
    Left,
}

impl PullState {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Left => "left",
        }
    }
}

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSummary {
    /// Its number.
    pub id: i64,
    /// The list that is pulled, by SID; `None` for the whole book.
    pub list: Option<Sid>,
    /// When it was started.
    pub started: Timestamp,
    /// Where its next page begins.
    pub at: u64,
    /// About how many contacts there are, once that is known.
    pub expected: Option<u64>,
    /// Pages read.
    pub pages: u64,
    /// Contacts seen, each once.
    pub contacts: u64,
    /// Those new to the book.
    pub added: u64,
    /// Those that the book had otherwise.
    pub changed: u64,
    /// Those that the book had and the server has no more; known at the end.
    pub gone: u64,
}

impl PullSummary {
    /// A pull that has not begun.
    pub const NOTHING: Self = Self {
        id: 0,
        list: None,
        started: Timestamp(0),
        at: 0,
        expected: None,
        pages: 0,
        contacts: 0,
        added: 0,
        changed: 0,
        gone: 0,
    };
}

/// A page of contacts, as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// Whether it begins at the top of the list, where nothing can have slipped before it.
    pub is_first: bool,
    /// Where the next page is to begin.
    pub next: u64,
    /// When it was shown.
    pub seen: Timestamp,
    /// The contacts.
    pub contacts: Vec<Contact>,
}

/// What a page was to a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Whether it joined what was read before; else nothing of it was kept.
    pub joined: bool,
    /// How many of its contacts this pull had not seen.
    pub new: u64,
    /// How far the pull has come with it.
    pub so_far: PullSummary,
}

/// A pull under way.
#[derive(Debug, Clone)]
pub struct Pull {
    shared: Arc<Shared>,
    id: i64,
    book: BookId,
    list: Option<i64>,
    /// The country of numbers without a country code.
    country: Arc<str>,
}

impl Store {
    /// Starts a pull of the whole book or of one list. An earlier one of the same that was cut short is left.
    pub async fn begin_pull(&self, name: BookName, list: Option<ListName>, country: &str) -> Result<Pull, StoreError> {
        let (id, book, list) = self.shared().writer.write(move |c| begin(c, &name, list.as_ref())).await?;
        Ok(Pull { shared: Arc::clone(self.shared()), id, book, list, country: country.into() })
    }

    /// Goes on with a pull that was cut short.
    pub fn resume_pull(&self, pull: &PullSummary, country: &str) -> Result<Pull, StoreError> {
        let (book, list) =
            self.reader()?.connection().query_row("select book, list from pull where id = ?1", [pull.id], |row| {
                Ok((BookId(row.get(0)?), row.get(1)?))
            })?;
        Ok(Pull { shared: Arc::clone(self.shared()), id: pull.id, book, list, country: country.into() })
    }

    /// Lays contacts that an answer showed into their book, as those of a run; gives how many were otherwise there.
    pub async fn keep_contacts(
        &self,
        name: BookName,
        contacts: Vec<Contact>,
        seen: Timestamp,
        country: String,
    ) -> Result<u64, StoreError> {
        self.shared()
            .writer
            .write(move |c| {
                let book = keep::book(c, &name)?;
                let kept = keep::keep(c, book, &contacts, seen, &country)?;
                Ok(kept.iter().filter(|(_, kept)| *kept != Kept::Same).count() as u64)
            })
            .await
    }

    /// Records the lists that the account has.
    pub async fn keep_lists(&self, name: BookName, lists: Vec<ListName>) -> Result<(), StoreError> {
        self.shared()
            .writer
            .write(move |c| {
                let book = keep::book(c, &name)?;
                lists.iter().try_for_each(|info| list(c, book, info).map(drop))
            })
            .await
    }
}

impl Pull {
    /// Its number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Records a page and where the next one begins, if it joins what was read before.
    pub async fn page(&self, page: Page) -> Result<Joined, StoreError> {
        let pull = self.clone();
        self.shared.writer.write(move |c| pull.record(c, &page)).await
    }

    /// Records where to go back to, since a page did not join.
    pub async fn back_to(&self, at: u64) -> Result<(), StoreError> {
        let id = self.id;
        self.shared
            .writer
            .write(move |c| {
                c.prepare_cached("update pull set at = ?2, pages = pages + 1 where id = ?1")?
                    .execute(params![id, at as i64])?;
                Ok(())
            })
            .await
    }

    /// Records up to when, by the server's dates, its changes were there when the walk began.
    pub async fn begins_at(&self, newest: Timestamp) -> Result<(), StoreError> {
        let id = self.id;
        self.shared
            .writer
            .write(move |c| {
                c.execute("update pull set newest = ?2 where id = ?1", [id, newest.0])?;
                Ok(())
            })
            .await
    }

    /// Records about how many contacts there are.
    pub async fn expect(&self, contacts: u64) -> Result<PullSummary, StoreError> {
        let pull = self.clone();
        self.shared
            .writer
            .write(move |c| {
                c.execute("update pull set expected = ?2 where id = ?1", params![pull.id, contacts as i64])?;
                pull.so_far(c)
            })
            .await
    }

    /// Ends the pull: what it did not come by is gone from the server, or from the list.
    pub async fn finish(&self) -> Result<PullSummary, StoreError> {
        let pull = self.clone();
        self.shared.writer.write(move |c| pull.close(c, clock::now())).await
    }

    /// How far it has come.
    pub fn summary(&self) -> Result<PullSummary, StoreError> {
        self.so_far(self.shared.reader()?.connection())
    }

    fn record(&self, connection: &Connection, page: &Page) -> Result<Joined, StoreError> {
        let is_seen = |contact: &Contact| self.has_seen(connection, &contact.sid);
        let joins = page.is_first
            || match page.contacts.first() {
                Some(first) => is_seen(first)?,
                None => false,
            };
        if !joins {
            return Ok(Joined { joined: false, new: 0, so_far: self.so_far(connection)? });
        }
        let kept = keep::keep(connection, self.book, &page.contacts, page.seen, &self.country)?;
        let mut new = 0;
        for (id, _) in &kept {
            new += self.mark(connection, *id)?;
        }
        let count = |what| kept.iter().filter(|(_, kept)| *kept == what).count() as i64;
        connection
            .prepare_cached(
                "update pull set at = ?2, pages = pages + 1, contacts = contacts + ?3, added = added + ?4,
                   changed = changed + ?5 where id = ?1",
            )?
            .execute(params![self.id, page.next as i64, new as i64, count(Kept::Added), count(Kept::Changed)])?;
        Ok(Joined { joined: true, new, so_far: self.so_far(connection)? })
    }

    fn so_far(&self, connection: &Connection) -> Result<PullSummary, StoreError> {
        Ok(connection.prepare_cached(summaries!("where p.id = ?1"))?.query_row([self.id], read_summary)?)
    }

    fn has_seen(&self, connection: &Connection, sid: &Sid) -> Result<bool, StoreError> {
        let sql = match self.list {
            None => "select 1 from contact where book = ?1 and sid = ?2 and pull = ?3",
            Some(_) => {
                "select 1 from contact c join member m on m.list = ?4 and m.contact = c.id
                 where c.book = ?1 and c.sid = ?2 and m.pull = ?3"
            }
        };
        let mut statement = connection.prepare_cached(sql)?;
        let seen = match self.list {
            None => statement.exists(params![self.book.0, sid.as_str(), self.id])?,
            Some(list) => statement.exists(params![self.book.0, sid.as_str(), self.id, list])?,
        };
        Ok(seen)
    }

    /// Marks a contact as seen; gives how many were not before: one or none.
    fn mark(&self, connection: &Connection, contact: ContactId) -> Result<u64, StoreError> {
        let marked = match self.list {
            None => connection
                .prepare_cached("update contact set pull = ?2 where id = ?1 and pull is not ?2")?
                .execute([contact.0, self.id])?,
            Some(list) => connection
                .prepare_cached(
                    "insert into member (list, contact, pull) values (?1, ?2, ?3)
                     on conflict do update set pull = ?3 where pull <> ?3",
                )?
                .execute([list, contact.0, self.id])?,
        };
        Ok(marked as u64)
    }

    fn close(&self, connection: &Connection, now: Timestamp) -> Result<PullSummary, StoreError> {
        let gone = match self.list {
            // One that an answer showed while this pull was under way is there, whatever the pages said.
            None => connection.execute(
                "update contact set gone = ?3 where book = ?1 and pull is not ?2 and gone is null
                 and seen < (select started from pull where id = ?2)",
                [self.book.0, self.id, now.0],
            )?,
            Some(list) => {
                connection.execute("update list set walked = ?2 where id = ?1", [list, now.0])?;
                connection.execute("delete from member where list = ?1 and pull <> ?2", [list, self.id])?
            }
        };
        connection.execute(
            "update book set newest = nullif(max(coalesce(book.newest, 0), coalesce(p.newest, 0)), 0)
             from pull p where p.id = ?1 and book.id = p.book",
            [self.id],
        )?;
        connection.execute(
            "update pull set state = ?2, finished = ?3, gone = ?4, expected = contacts where id = ?1",
            params![self.id, PullState::Done.name(), now.0, gone as i64],
        )?;
        self.so_far(connection)
    }
}

fn begin(
    connection: &Connection,
    name: &BookName,
    info: Option<&ListName>,
) -> Result<(i64, BookId, Option<i64>), StoreError> {
    let book = keep::book(connection, name)?;
    let list = info.map(|info| list(connection, book, info)).transpose()?;
    connection.execute(
        "update pull set state = ?3 where book = ?1 and list is ?2 and state = ?4",
        params![book.0, list, PullState::Left.name(), PullState::Open.name()],
    )?;
    connection.execute(
        // The last one came by about as many.
        "insert into pull (book, list, state, started, expected) values (?1, ?2, ?3, ?4,
           (select contacts from pull where book = ?1 and list is ?2 and state = 'done' order by id desc limit 1))",
        params![book.0, list, PullState::Open.name(), clock::now().0],
    )?;
    Ok((connection.last_insert_rowid(), book, list))
}

/// The list, which is made where it is missing.
fn list(connection: &Connection, book: BookId, info: &ListName) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(
            "insert into list (book, sid, name, seen) values (?1, ?2, ?3, ?4)
             on conflict do update set name = ?3, seen = ?4 returning id",
        )?
        .query_row(params![book.0, info.sid.as_str(), info.name, clock::now().0], |row| row.get(0))?)
}

fn read_summary(row: &Row<'_>) -> rusqlite::Result<PullSummary> {
    let list: Option<String> = row.get(1)?;
    let number = |column| row.get::<_, i64>(column).map(|n| n as u64);
    Ok(PullSummary {
        id: row.get(0)?,
        list: list.map(|sid| Sid::new(&sid)),
        started: Timestamp(row.get(2)?),
        at: number(3)?,
        expected: row.get::<_, Option<i64>>(4)?.map(|n| n as u64),
        pages: number(5)?,
        contacts: number(6)?,
        added: number(7)?,
        changed: number(8)?,
        gone: number(9)?,
    })
}

impl Reader {
    /// The newest pull of the whole book, or of that list, when it was cut short or is under way.
    pub fn unfinished_pull(&self, name: &BookName, list: Option<&Sid>) -> Result<Option<PullSummary>, StoreError> {
        let Some(book) = self.book(name)? else { return Ok(None) };
        Ok(self
            .connection()
            .prepare_cached(summaries!(
                "where p.book = ?1 and l.sid is ?2 and p.state = 'open' order by p.id desc limit 1"
            ))?
            .query_row(params![book.0, list.map(Sid::as_str)], read_summary)
            .optional()?)
    }
}
