//! The address book in the workstation: what is asked of it, and who is meant by a number or an email.

use super::answer::Notice;
use super::bulk::BulkAsk;
use super::contacts::{self, ContactKeys, ContactsView};
use super::dialog::Dialog;
use super::effect::{Effect, LocalChange};
use super::model::{Ctx, Model};
use super::pick::{Pick, PickOf};
use super::prompt::Prompt;
use super::{lists, pulling};
use crate::domain::{Contact, Field, Sid};
use crate::engine::PullEvent;
use crate::store::{BookContact, BookList, BookState, ContactId};
use crate::support::text::{counted, truncate};

/// Columns of a value in a sentence of which no screen of 80 columns cuts the end.
const LONGEST: usize = 28;

/// What is asked of the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookAsk {
    /// Pull; a pull of the same that was cut short is gone on with.
    Pull(PullOf),
    /// Stop the pull under way.
    StopPull,
    /// Find out who is meant.
    Find(Vec<Who>),
    /// Read what the book holds, and how old it is.
    State,
    /// Read which contacts to show, in order.
    Keys {
        /// The question's number; an answer to an older question is dropped.
        token: u64,
        /// What is to be shown.
        view: ContactsView,
    },
    /// Ask the server what lists the account has, and read what the book knows of them.
    Lists,
    /// Read these contacts.
    Rows(Vec<ContactId>),
}

/// What is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullOf {
    /// The whole book.
    Book,
    /// What changed since the last pull, where the server can tell.
    Changes,
    /// The list of that SID or name.
    List(String),
}

/// What the address book answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookAnswer {
    /// The pull tells something.
    Pull(Box<PullEvent>),
    /// The pull could not begin, or broke off.
    PullFailed(String),
    /// Who is meant by each.
    Found(Vec<(Who, Vec<Contact>)>),
    /// What the book holds, if there is one.
    State(Option<BookState>),
    /// Which contacts to show.
    Keys(u64, Result<ContactKeys, String>),
    /// The account's lists.
    Lists(Vec<BookList>),
    /// Contacts, after those that were asked for.
    Rows(Vec<ContactId>, Vec<BookContact>),
}

/// How a contact was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By its SID, which is never looked up.
    Sid(Sid),
    /// By its number or its email, as typed.
    By(Field, String),
}

/// Takes an answer.
pub(super) fn answered(model: &mut Model, answer: BookAnswer, ctx: &Ctx) -> Vec<Effect> {
    match answer {
        BookAnswer::Pull(event) => return pulling::heard(model, *event, ctx),
        BookAnswer::PullFailed(why) => return pulling::failed(model, &why, ctx),
        BookAnswer::Found(found) => return add_found(model, found),
        BookAnswer::Keys(token, keys) => return contacts::take_keys(model, token, keys),
        BookAnswer::Rows(asked, rows) => return contacts::take_rows(model, &asked, rows),
        BookAnswer::Lists(known) => lists::open(model, known, ctx),
        BookAnswer::State(state) => contacts::take_state(model, state, ctx),
    }
    Vec::new()
}

/// Whether a text is a telephone number: more digits or fewer are something else, as a SID of 32.
pub fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-(). ".contains(c))
}

fn who(word: &str) -> Who {
    match word {
        word if is_number(word) => Who::By(Field::Number, word.to_owned()),
        word if word.contains('@') => Who::By(Field::Email, word.to_owned()),
        word => Who::Sid(Sid::new(word)),
    }
}

/// Adds an edit of each contact that was typed or pasted, apart by blanks or commas: by SID, number or email. A number may
/// have blanks in it where it stands alone.
pub(super) fn add(model: &mut Model, mut prompt: Prompt, text: &str) -> Vec<Effect> {
    let text = text.trim();
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|word| !word.is_empty());
    let whos: Vec<Who> = if is_number(text) { vec![who(text)] } else { words.map(who).collect() };
    let wrong = whos.iter().find_map(|who| match who {
        Who::Sid(sid) if !sid.is_sendable() => Some(sid.as_str()),
        _ => None,
    });
    if let Some(wrong) = wrong {
        let message = format!("`{}` is none: a SID has letters, digits, `-` and `_` only", truncate(wrong, 20));
        prompt.error = Some((prompt.text().find(wrong), message));
        model.prompt = Some(prompt);
        return Vec::new();
    }
    if whos.iter().any(|who| matches!(who, Who::By(..))) {
        return vec![Effect::Book(BookAsk::Find(whos))];
    }
    let sid = |who: Who| if let Who::Sid(sid) = who { Some(sid) } else { None };
    add_sids(whos.into_iter().filter_map(sid).collect())
}

/// Adds an edit of each of these contacts.
fn add_sids(mut sids: Vec<Sid>) -> Vec<Effect> {
    match sids.len() {
        0 => Vec::new(),
        1 => sids.pop().map(|sid| Effect::Change(LocalChange::Add(sid))).into_iter().collect(),
        _ => vec![Effect::Bulk(BulkAsk::Add(sids))],
    }
}

/// Adds an edit of each contact that was found. Nobody is guessed: of several the user chooses, and who is nobody is named.
fn add_found(model: &mut Model, mut found: Vec<(Who, Vec<Contact>)>) -> Vec<Effect> {
    if let [(Who::By(field, value), contacts)] = &mut found[..]
        && contacts.len() > 1
    {
        let (of, contacts) = (format!("{field} {value}"), std::mem::take(contacts));
        model.dialogs.push(Dialog::Pick(Pick { of: PickOf::Who(of, contacts), at: 0 }));
        return Vec::new();
    }
    let (mut sids, mut others) = (Vec::new(), Vec::new());
    for (who, contacts) in found {
        match (who, &contacts[..]) {
            (Who::Sid(sid), _) => sids.push(sid),
            (Who::By(..), [only]) => sids.push(only.sid.clone()),
            (Who::By(field, value), []) => others.push(format!("nobody has {field} {}", truncate(&value, LONGEST))),
            (Who::By(field, value), several) => {
                let names: Vec<_> = several.iter().map(|contact| contact.sid.to_string()).collect();
                others.push(format!("several have {field} {value}: {}", names.join(", ")));
            }
        }
    }
    match &others[..] {
        [] => {}
        [only] if sids.is_empty() => model.tell(Notice::failed(format!("{only}; `:pull` reads the book anew"))),
        _ => {
            let heading = format!("{} not added", counted(others.len() as u64, "contact"));
            let text = format!("{heading}\n\n{}\n\n`:pull` reads the account's contacts anew.", others.join("\n"));
            model.tell(Notice::failed(text));
        }
    }
    add_sids(sids)
}

/// A contact in a few words, to tell it from others: its name, company and tag, and how it is reached.
pub(super) fn about(contact: &Contact) -> String {
    let name = [contact.get(Field::FirstName), contact.get(Field::LastName)].join(" ");
    let rest = [Field::CompanyName, Field::Tag, Field::Number, Field::Email].map(|field| contact.get(field));
    let parts: Vec<_> = std::iter::once(name.trim()).chain(rest).filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}
