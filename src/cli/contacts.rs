//! `rolodeck contacts`: the local address book, and how old it is.

use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::args::{ContactsArgs, ResultsFormat};
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::history::array;
use super::pull::book_of;
use super::report::{Column, Table};
use super::session::Session;
use crate::domain::{Contact, Edit, Field, FilterRow, Sid, json_object};
use crate::intake::{Cells, CsvColumns, DEFUSED, Exporter};
use crate::store::{BookContact, BookId, BookList, BookState, Reader};
use crate::support::clock::{self, human_duration};
use crate::support::text::{count, counted, harmless_json};

const CONTACTS: [Column; 4] =
    [Column::text("SID", 32), Column::text("NAME", 18), Column::text("NUMBER", 14), Column::text("TAG", 8)];

const LISTS: [Column; 4] =
    [Column::text("SID", 32), Column::text("NAME", 18), Column::number("CONTACTS", 8), Column::text("PULLED", 16)];

/// Lists the contacts of the profile's account.
pub(super) fn contacts(session: &Session, args: &ContactsArgs) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    let (_store, reader) = session.open()?;
    let name = book_of(&profile)?;
    let Some(state) = reader.book_state(&name)? else {
        say(&format!("there is no address book of account {} yet; `rolodeck pull` makes one.", name.account));
        return empty(args.format);
    };
    if args.lists {
        return lists(&reader, state.book, args.format);
    }
    let list = args.list.as_deref().map(|wanted| find_list(&reader, state.book, wanted)).transpose()?;
    let book = Listed { reader: &reader, of: state.book, list, args };
    let shown = match args.format {
        ResultsFormat::Human => {
            let mut out = data();
            let mut table = Table::new(&mut out, &CONTACTS);
            book.each(|c| Ok(table.row(&cells(&c.contact).each_ref().map(String::as_str))?))?;
            let shown = table.rows();
            out.flush()?;
            shown
        }
        ResultsFormat::Csv => csv(&book, &config.clear_token)?,
        ResultsFormat::Json => {
            let mut lines = Vec::new();
            book.each(|c| {
                lines.extend(line(c));
                Ok(())
            })?;
            let (shown, mut out) = (lines.len() as u64, data());
            array(&mut out, lines.into_iter())?;
            out.flush()?;
            shown
        }
        ResultsFormat::Jsonl => {
            let (mut shown, mut out) = (0, data());
            book.each(|c| {
                shown += 1;
                Ok(writeln!(out, "{}", line(c).unwrap_or_default())?)
            })?;
            out.flush()?;
            shown
        }
    };
    say(&summary(&state, shown));
    Ok(Exit::Done)
}

/// What is listed of a book.
struct Listed<'a> {
    reader: &'a Reader,
    of: BookId,
    list: Option<BookList>,
    args: &'a ContactsArgs,
}

impl Listed<'_> {
    /// Gives the contacts asked for, until `f` fails.
    fn each(&self, mut f: impl FnMut(&BookContact) -> Result<(), Error>) -> Result<(), Error> {
        let mut result = Ok(());
        let mut give = |c: BookContact| {
            if c.gone.is_some() == self.args.gone && (self.list.is_none() || self.passes(&c.contact)) {
                result = f(&c);
            }
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        match (&self.list, &self.args.which.filter) {
            (None, None) => self.reader.each_contact(self.of, &mut give)?,
            (None, Some(filter)) => self.reader.search_contacts(self.of, filter, &mut give)?,
            (Some(list), _) => self.reader.each_member(list, &mut give)?,
        }
        result
    }

    fn passes(&self, contact: &Contact) -> bool {
        let Some(filter) = &self.args.which.filter else { return true };
        filter.matches(&FilterRow::queued(contact.sid.as_str(), &contact.as_changes(), &[]))
    }
}

/// As edits that set what the contact has: the file can be changed and imported.
fn csv(book: &Listed<'_>, clear_token: &str) -> Result<u64, Error> {
    let edit = |contact: &Contact| Edit { sid: contact.sid.clone(), changes: contact.as_changes() };
    let mut columns = CsvColumns::new(clear_token);
    book.each(|c| {
        columns.note(&edit(&c.contact));
        Ok(())
    })?;
    let (columns, cells) =
        if columns.has_formulas() { (columns.with(&[DEFUSED]), Cells::Defused) } else { (columns, Cells::AsTheyAre) };
    let mut exporter = Exporter::csv(data(), columns, cells)?;
    let mut shown = 0;
    book.each(|c| {
        shown += 1;
        Ok(exporter.write(&edit(&c.contact), &[])?)
    })?;
    exporter.finish()?;
    Ok(shown)
}

fn empty(format: ResultsFormat) -> Result<Exit, Error> {
    if format == ResultsFormat::Json {
        let mut out = data();
        array(&mut out, std::iter::empty())?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn cells(contact: &Contact) -> [String; 4] {
    let name = [contact.get(Field::FirstName), contact.get(Field::LastName)].join(" ");
    [
        contact.sid.to_string(),
        name.trim().to_owned(),
        contact.get(Field::Number).to_owned(),
        contact.get(Field::Tag).to_owned(),
    ]
}

/// How many there are, and how old the book is: it is never the server's present.
fn summary(state: &BookState, shown: u64) -> String {
    let all = counted(state.contacts, "contact");
    let mut words = if shown == state.contacts { all } else { format!("{} of {all}", count(shown)) };
    match state.pulled {
        Some(at) => {
            let ago = human_duration(clock::now().since(at));
            words.push_str(&format!(", as the server had them {ago} ago ({})", at.local_minute()));
        }
        None => words.push_str("; the whole book was never pulled to its end"),
    }
    if let Some(at) = state.looked {
        words.push_str(&format!("; what changed since was read {} ago", human_duration(clock::now().since(at))));
    }
    if let Some(cut) = &state.unfinished {
        words.push_str(&format!("; a pull of {} is unfinished (`rolodeck pull --resume`)", cut.started.local_minute()));
    }
    words + "."
}

#[derive(Serialize)]
struct Line<'a> {
    sid: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    number: &'a str,
    email: &'a str,
    company_name: &'a str,
    tag: &'a str,
    custom_field: Option<Box<RawValue>>,
    date_created: Option<&'a str>,
    date_updated: Option<&'a str>,
    extra: Option<Box<RawValue>>,
    seen: String,
    gone: Option<String>,
}

/// A contact as one line of JSON.
fn line(c: &BookContact) -> Option<String> {
    let contact = &c.contact;
    let raw = |json: &str| RawValue::from_string(json.to_owned()).ok();
    let [first_name, last_name, number, email, company_name, tag, custom] = Field::ALL.map(|field| contact.get(field));
    let line = Line {
        sid: contact.sid.as_str(),
        first_name,
        last_name,
        number,
        email,
        company_name,
        tag,
        custom_field: json_object(custom).and_then(raw),
        date_created: contact.created.as_deref(),
        date_updated: contact.updated.as_deref(),
        extra: contact.extra.as_deref().and_then(raw),
        seen: c.seen.to_string(),
        gone: c.gone.map(|at| at.to_string()),
    };
    serde_json::to_string(&line).ok().map(harmless_json)
}

/// The list of that SID or name, where only one has it.
fn find_list(reader: &Reader, book: BookId, wanted: &str) -> Result<BookList, Error> {
    let lists = reader.lists(book)?;
    let mut named = lists.into_iter().filter(|l| l.sid == Sid::new(wanted) || l.name.eq_ignore_ascii_case(wanted));
    match (named.next(), named.next()) {
        (Some(list), None) if list.pulled.is_some() => Ok(list),
        (Some(list), None) => Err(Error::usage(format!(
            "list `{}` was never pulled to its end; `rolodeck pull --list {}` does it",
            list.name, list.sid
        ))),
        (None, _) => {
            Err(Error::usage(format!("the book has no list `{wanted}`; `rolodeck contacts --lists` names them")))
        }
        (Some(_), Some(_)) => Err(Error::usage(format!("several lists are called `{wanted}`; name one by its SID"))),
    }
}

#[derive(Serialize)]
struct ListLine<'a> {
    sid: &'a str,
    name: &'a str,
    contacts: Option<u64>,
    pulled: Option<String>,
}

fn lists(reader: &Reader, book: BookId, format: ResultsFormat) -> Result<Exit, Error> {
    let lists = reader.lists(book)?;
    let json = |list: &BookList| {
        let line = ListLine {
            sid: list.sid.as_str(),
            name: &list.name,
            contacts: list.pulled.map(|_| list.members),
            pulled: list.pulled.map(|at| at.to_string()),
        };
        serde_json::to_string(&line).map(harmless_json).unwrap_or_default()
    };
    let mut out = data();
    match format {
        ResultsFormat::Human | ResultsFormat::Csv => {
            let mut table = Table::new(&mut out, &LISTS);
            for list in &lists {
                let (members, pulled) = match list.pulled {
                    Some(at) => (count(list.members), at.local_minute()),
                    None => (String::new(), "never".to_owned()),
                };
                table.row(&[list.sid.as_str(), &list.name, &members, &pulled])?;
            }
        }
        ResultsFormat::Json => array(&mut out, lists.iter().map(json))?,
        ResultsFormat::Jsonl => lists.iter().try_for_each(|list| writeln!(out, "{}", json(list)))?,
    }
    out.flush()?;
    say(&format!("{}.", counted(lists.len() as u64, "list")));
    Ok(Exit::Done)
}
