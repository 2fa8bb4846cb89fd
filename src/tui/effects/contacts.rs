//! The contacts of the address book, read beside the screen: which are shown, the first of them first, and what is in them.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::super::desk::{Reads, step};
use super::super::works::Subject;
use super::{Interpreter, text};
use crate::app::contacts::{ContactKeys, ContactsView};
use crate::app::marks::Marks;
use crate::app::{Answer, BookAnswer, Notice, is_number};
use crate::config::actions::Place;
use crate::domain::{Applied, Filter, Transform};
use crate::engine;
use crate::store::{BookId, BookName, Choices, ContactId, ImportReport, Purpose, Reader, Store, StoreError};
use crate::support::text::{count, counted};
use crate::support::work::Work;

/// Rows that fill any screen; of a longer list they come at once.
const FIRST: usize = 200;

impl Interpreter {
    /// Reads which contacts are shown; a newer question ends the reading for an older one.
    pub(super) fn contact_keys(&self, token: u64, view: ContactsView) {
        let doing = if view.filter.is_some() { "searching the contacts" } else { "reading the contacts" };
        let work = self.works.begin(Subject::Contacts, doing.to_owned());
        let this = self.clone();
        spawn_blocking(move || {
            let tell = |keys| this.answer(Answer::Book(BookAnswer::Keys(token, keys)));
            let keys = this.reads.contact_keys(&work, &this.desk.book(), &view, &mut |keys| {
                tell(Ok(ContactKeys::First(keys)));
            });
            tell(keys.map(ContactKeys::All));
        });
    }

    /// Lays the edits that a change of contacts comes to into the queue, as they are read; gives what to tell.
    pub(super) async fn turn(
        &self,
        store: &Store,
        contacts: Arc<Vec<ContactId>>,
        transform: Transform,
    ) -> Result<String, StoreError> {
        let name = transform.name();
        let (mut feed, report) = store.feed(format!("contacts, {name}"), Purpose::Import, None, Choices::default());
        let reader = store.reader()?;
        let reading = spawn_blocking(move || {
            let mut impossible = None;
            let read = reader.each_contact_of(&contacts, |contact| {
                match transform.edit_of(&contact.contact) {
                    Applied::Changed(edit) => feed.give(edit),
                    Applied::Impossible(why) => impossible = impossible.take().or(Some(why)),
                    Applied::Unchanged => {}
                }
                ControlFlow::Continue(())
            });
            // Dropped unfinished, the feed gives the change up.
            read.map(|()| feed.finish()).map(|()| impossible)
        });
        let report = report.await;
        let impossible = reading.await.unwrap_or(Ok(None))?;
        Ok(self.turned(&name, &report?, impossible.as_deref()))
    }

    fn turned(&self, name: &str, report: &ImportReport, impossible: Option<&str>) -> String {
        let ImportReport { added, merged, unchanged, .. } = *report;
        let mut said = match (added + merged, impossible) {
            (0, None) => format!("{name}: no contact would be otherwise"),
            (0, Some(why)) => return format!("nothing changed: {why}"),
            (n, _) => format!("{name}: {} queued", counted(n, "edit")),
        };
        if merged > 0 {
            said += &format!(", {} into edits that were there", count(merged));
        }
        if unchanged > 0 {
            said += &format!(", {} there already", count(unchanged));
        }
        if added + merged > 0 {
            said += &self.desk.session.keymap.fill(Place::Contacts, "; `<view-queue>` shows, `<undo>` undoes");
        }
        said
    }

    /// Asks the server for the lists of the account, and tells what is known of them; where it does not answer, what was
    /// known before.
    pub(super) fn lists(&self) {
        let this = self.clone();
        tokio::spawn(async move {
            let asked = this.ask_for_lists().await;
            let name = this.desk.book();
            let known =
                this.reads.window(|reader| reader.book(&name)?.map_or(Ok(Vec::new()), |book| reader.lists(book)));
            let failed = |why| Answer::Told(Notice::error("asking for the lists", why));
            match (known, asked) {
                (Err(why), _) => this.answer(failed(why)),
                (Ok(lists), Err(why)) if lists.is_empty() => this.answer(failed(why)),
                (Ok(lists), asked) => {
                    this.answer(Answer::Book(BookAnswer::Lists(lists)));
                    if let Err(why) = asked {
                        this.answer(failed(format!("the lists are those of before: {why}")));
                    }
                }
            }
        });
    }

    async fn ask_for_lists(&self) -> Result<(), String> {
        let client = (self.desk.connect)().await?;
        let lists = engine::lists(&client, self.read_policy()).await?;
        self.desk.store.keep_lists(self.desk.book(), lists).await.map_err(text)
    }

    /// Reads something of the book, and tells it.
    pub(super) fn read_book(&self, read: impl FnOnce(&Self) -> Result<BookAnswer, String> + Send + 'static) {
        let this = self.clone();
        spawn_blocking(move || {
            this.answer(match read(&this) {
                Ok(found) => Answer::Book(found),
                Err(why) => Answer::Told(Notice::error("reading the address book", why)),
            });
        });
    }
}

impl Reads {
    /// Adds who has the number that is looked for, if it is one: a book has it in another form than people type.
    fn add_number(
        &self,
        reader: &Reader,
        book: BookId,
        view: &ContactsView,
        keys: &mut Vec<ContactId>,
    ) -> Result<(), String> {
        let number = view.filter.as_deref().filter(|text| is_number(text) && view.list.is_none());
        let Some(number) = number else { return Ok(()) };
        let found = reader.contacts_with_number(book, number, &self.rules.default_country).map_err(text)?;
        for contact in reader.contacts(&found).map_err(text)? {
            if contact.gone.is_some() == view.gone {
                keys.push(contact.id);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(())
    }

    /// The contacts of a view, in the order in which they came into the book. `first` gets those of a screen as soon as they
    /// are known.
    fn contact_keys(
        &self,
        work: &Work,
        name: &BookName,
        view: &ContactsView,
        first: &mut dyn FnMut(Vec<ContactId>),
    ) -> Result<Vec<ContactId>, String> {
        let filter = Filter::parse(view.filter.as_deref().unwrap_or_default()).map_err(|wrong| wrong.to_string())?;
        let reader = self.own(work)?;
        let Some(book) = reader.book(name).map_err(text)? else { return Ok(Vec::new()) };
        if filter.is_empty() && view.list.is_none() {
            if let Some(sort) = view.sort {
                return reader.sorted_contacts(book, view.gone, sort).map_err(text);
            }
            first(reader.contact_ids(book, view.gone, Some(FIRST as u64)).map_err(text)?);
            return reader.contact_ids(book, view.gone, None).map_err(text);
        }
        let mut keys = Vec::new();
        let mut take = |id| {
            keys.push(id);
            if keys.len() == FIRST && view.sort.is_none() {
                first(keys.clone());
            }
        };
        let found = match &view.list {
            Some(list) => reader.search_members(list, &filter, |contact| {
                if contact.gone.is_some() == view.gone {
                    take(contact.id);
                }
                step(work)
            }),
            None => self.watched(work).search_contact_ids(book, &filter, view.gone, take),
        };
        found.map_err(text)?;
        work.check().map_err(|stopped| stopped.to_string())?;
        self.add_number(&reader, book, view, &mut keys)?;
        let Some(sort) = view.sort else { return Ok(keys) };
        let found: Marks<ContactId> = keys.into_iter().collect();
        let mut sorted = reader.sorted_contacts(book, view.gone, sort).map_err(text)?;
        sorted.retain(|id| found.contains(id));
        Ok(sorted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Contact, Field, Rules, Sid};
    use crate::support::clock::Timestamp;

    fn name() -> BookName {
        BookName { account: "demo1".into(), base_url: "http://127.0.0.1:1".into() }
    }

    /// A book of so many contacts with numbers that follow one another, and reads of it.
    async fn book(dir: &std::path::Path, contacts: u64) -> Reads {
        let (store, _) = Store::open(dir).unwrap();
        let contact = |i| {
            let mut contact = Contact::new(Sid::new(&format!("c{i}")));
            contact.put(Field::Number, &format!("+9198123{:05}", 45_000 + i));
            contact
        };
        store.keep_contacts(name(), (0..contacts).map(contact).collect(), Timestamp(1), "IN".into()).await.unwrap();
        Reads::of(store, Rules::default(), BookName::default()).unwrap()
    }

    /// How many contacts a text finds, and how many of them came first.
    fn find(reads: &Reads, text: &str) -> (usize, Vec<usize>) {
        let view = ContactsView { filter: Some(text.to_owned()), ..ContactsView::default() };
        let mut first = Vec::new();
        let keys = reads.contact_keys(&Work::unwatched(), &name(), &view, &mut |keys| first.push(keys.len()));
        (keys.unwrap().len(), first)
    }

    #[tokio::test]
    async fn the_first_screen_of_a_long_answer_comes_before_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let reads = book(dir.path(), 1000).await;
        assert_eq!(find(&reads, "98123"), (1000, vec![FIRST]));
        assert_eq!(find(&reads, "9"), (1000, vec![FIRST]));
        assert_eq!(find(&reads, "4567"), (10, vec![]), "a short one comes at once");
        assert_eq!(find(&reads, ""), (1000, vec![FIRST]));
    }

    #[tokio::test]
    async fn a_number_is_found_in_every_form_that_people_write() {
        let dir = tempfile::tempdir().unwrap();
        let reads = book(dir.path(), 1000).await;
        for typed in ["+919812345678", "09812345678", "9812345678", "98123 45678", "+91 98123-45678", "(098123) 45678"]
        {
            assert_eq!(find(&reads, typed), (1, vec![]), "{typed}");
        }
        assert_eq!(find(&reads, "09812300000"), (0, vec![]));
    }
}
