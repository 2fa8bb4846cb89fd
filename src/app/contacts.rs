//! The contacts of the address book as a list: narrowed while one types, marked, opened.
//!
//! What is typed is a filter like the queue's. It is put to the book with every key, and the newest question alone counts,
//! so that no key waits for an answer.

use super::answer::Notice;
use super::book::BookAsk;
use super::effect::{Effect, KeysFor};
use super::grid::{Grid, Loaded};
use super::model::{Ctx, Model};
use super::prompt::{Prompt, PromptKind};
use crate::config::actions::Place;
use crate::domain::Filter;
use crate::store::{BookContact, BookList, BookState, ContactId, Sort};
use crate::support::clock::{Timestamp, human_age};

/// The contacts of the address book, as far as they are shown.
#[derive(Debug, Default)]
pub struct Contacts {
    /// The list; its *problems only* are the contacts that are gone from the server.
    pub grid: Grid<ContactId, BookContact>,
    /// What the book holds, and when that was read; `None` where there is no book.
    pub book: Option<(BookState, Timestamp)>,
    /// The list whose contacts alone are shown.
    pub list: Option<BookList>,
    /// The order; as they came into the book where there is none.
    pub sort: Option<Sort>,
    /// The filter before the one that is being typed.
    before: Option<String>,
}

/// Which contacts are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactsView {
    /// The filter, as typed.
    pub filter: Option<String>,
    /// Those that are gone from the server, instead of those that are there.
    pub gone: bool,
    /// Those of this list alone.
    pub list: Option<BookList>,
    /// The order; as they came into the book where there is none.
    pub sort: Option<Sort>,
}

/// Some contacts by their keys, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactKeys {
    /// The first, to fill a screen; all of them come later.
    First(Vec<ContactId>),
    /// All.
    All(Vec<ContactId>),
}

/// What is to be read when the contacts get the focus: others may have changed them meanwhile.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if model.contacts.grid.loaded == Loaded::No {
        // The SID is nothing that could be changed: the cursor begins behind it.
        model.contacts.grid.column = 1;
    }
    vec![ask(model), Effect::Book(BookAsk::State)]
}

/// Shows the contacts of a list.
pub(super) fn show_list(model: &mut Model, list: BookList) -> Vec<Effect> {
    model.contacts.list = Some(list);
    // Nothing of what is shown is meant any more.
    model.contacts.grid.set_keys(Vec::new());
    model.contacts.grid.loaded = Loaded::First;
    super::moving::show(model, Place::Contacts)
}

/// Asks which contacts to show.
pub(super) fn ask(model: &mut Model) -> Effect {
    let token = model.question(Place::Contacts, KeysFor::View);
    let Contacts { grid, list, sort, .. } = &model.contacts;
    let view = ContactsView { filter: grid.filter.clone(), gone: grid.problems, list: list.clone(), sort: *sort };
    Effect::Book(BookAsk::Keys { token, view })
}

/// Reads of contacts that the screen needs and does not have.
pub(super) fn wanted(model: &Model) -> Option<Effect> {
    model.layout().contacts?;
    let missing = model.contacts.grid.missing(model.height(Place::Contacts));
    (!missing.is_empty()).then_some(Effect::Book(BookAsk::Rows(missing)))
}

/// Takes the keys of the newest question.
pub(super) fn take_keys(model: &mut Model, token: u64, keys: Result<ContactKeys, String>) -> Vec<Effect> {
    let is_first = matches!(keys, Ok(ContactKeys::First(_)));
    let question = (Place::Contacts, KeysFor::View, token);
    let is_newest =
        if is_first { model.waiting.contains(&question) } else { model.is_awaited(question.0, question.1, token) };
    if !is_newest {
        return Vec::new();
    }
    let grid = &mut model.contacts.grid;
    let keys = match keys {
        // The same list read again keeps its rows until all are there.
        Ok(ContactKeys::First(_)) if grid.loaded == Loaded::All && grid.is_narrowed_as_asked() => return Vec::new(),
        Ok(ContactKeys::First(keys) | ContactKeys::All(keys)) => keys,
        Err(why) => {
            grid.narrow_back();
            model.tell(Notice::failed(why));
            return Vec::new();
        }
    };
    grid.set_keys(keys);
    if is_first {
        grid.loaded = Loaded::First;
    }
    let height = model.height(Place::Contacts);
    let grid = &mut model.contacts.grid;
    grid.show_cursor(height);
    let near = grid.read_again(height);
    if near.is_empty() { Vec::new() } else { vec![Effect::Book(BookAsk::Rows(near))] }
}

/// Takes contacts that were read.
pub(super) fn take_rows(model: &mut Model, asked: &[ContactId], rows: Vec<BookContact>) -> Vec<Effect> {
    let some_left = rows.len() < asked.len();
    let height = model.height(Place::Contacts);
    let grid = &mut model.contacts.grid;
    grid.put_rows(rows.into_iter().map(|row| (row.id, row)));
    grid.forget_far(height);
    // Nobody takes contacts out of a book; but to ask for such again would never end.
    if some_left { vec![ask(model)] } else { Vec::new() }
}

/// Takes what the book holds.
pub(super) fn take_state(model: &mut Model, state: Option<BookState>, ctx: &Ctx) {
    model.contacts.book = state.map(|state| (state, ctx.now));
}

/// The book changed: what is shown of it is read again.
pub(super) fn changed(model: &mut Model) -> Vec<Effect> {
    if model.contacts.grid.loaded == Loaded::No { Vec::new() } else { show(model) }
}

/// Opens the line that is searched for while it is typed.
pub(super) fn open_search(model: &mut Model, text: &str) -> Vec<Effect> {
    model.contacts.before = model.contacts.grid.filter.clone();
    model.prompt = Some(Prompt::new(PromptKind::Filter(Place::Contacts), text));
    Vec::new()
}

/// Shows what the text being typed finds. What is no filter yet, as `tag:(`, changes nothing: Enter says what is wrong.
pub(super) fn typed(model: &mut Model) -> Vec<Effect> {
    let text = model.prompt.as_ref().map_or_else(String::new, |prompt| prompt.text().trim().to_owned());
    if Filter::parse(&text).is_ok() { narrow(model, &text) } else { Vec::new() }
}

/// Shows the contacts that this filter finds, from the first.
pub(super) fn narrow(model: &mut Model, text: &str) -> Vec<Effect> {
    let filter = (!text.is_empty()).then(|| text.to_owned());
    if model.contacts.grid.filter == filter {
        return Vec::new();
    }
    model.contacts.grid.filter = filter;
    model.contacts.grid.to_top();
    vec![ask(model)]
}

/// Goes back to what was shown before the search.
pub(super) fn given_up(model: &mut Model) -> Vec<Effect> {
    let before = model.contacts.before.take().unwrap_or_default();
    narrow(model, &before)
}

/// What is shown.
pub fn name(model: &Model) -> String {
    let list = model.contacts.list.as_ref();
    list.map_or_else(|| String::from("Contacts"), |list| format!("Contacts of {}", list.name))
}

/// How old it is: it is never the server's present.
pub fn age(model: &Model) -> Option<String> {
    let Contacts { book, list, .. } = &model.contacts;
    let known = book.as_ref().map(|(state, _)| {
        let looked = state.looked.filter(|_| list.is_none());
        let age = |at| human_age(model.now.since(at));
        match (list.as_ref().map_or(state.pulled, |list| list.pulled), looked) {
            (Some(pulled), Some(looked)) => format!("pulled {}, changes {}", age(pulled), age(looked)),
            (Some(pulled), None) => format!("pulled {}", age(pulled)),
            (None, _) => String::from("never pulled to the end"),
        }
    });
    match (model.pulling.is_some(), known) {
        (false, known) => known,
        (true, Some(known)) if book.as_ref().is_some_and(|(state, _)| state.pulled.is_some()) => {
            Some(known + ", now again")
        }
        (true, _) => Some(String::from("being pulled")),
    }
}
