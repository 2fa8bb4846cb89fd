//! From JSON, in one document or line by line, to edits.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::build::{Draft, NULL_IS_TEXT, is_null_text, set};
use super::columns::{ColumnUse, Names, Target, may_be_sid};
use super::json::{Commas, JsonError, JsonReader, Kind, Member, Value, compact};
use super::report::{Notes, Place};
use crate::domain::{Change, Edit, Field};
use crate::support::text::counted;

/// How many lines a message about missing commas names.
const LINES_NAMED: usize = 10;

/// Reads one JSON document: an array of edits, `{"contacts":[…]}`, the vendor's answer
/// `{"response":[{"data":{…}}]}`, or one edit. Gives how many objects there are, and their keys.
pub(super) fn read_document(
    text: &str,
    names: &Names,
    notes: &mut Notes,
    take: &mut dyn FnMut(Edit),
) -> (u64, Vec<ColumnUse>) {
    let mut reader = JsonReader::new(text);
    if reader.peek().is_none() {
        return (0, Vec::new());
    }
    let mut edits = JsonEdits::new(text, names, notes, take);
    let read = edits.document(&mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        edits.refuse(&error);
    }
    warn_of_missing_commas(text, &reader.missing_commas, edits.notes);
    edits.finish()
}

/// Reads JSON lines: an object a line, empty lines aside. A broken line does not hide the next one.
pub(super) fn read_lines(
    text: &str,
    names: &Names,
    notes: &mut Notes,
    take: &mut dyn FnMut(Edit),
) -> (u64, Vec<ColumnUse>) {
    let mut edits = JsonEdits::new(text, names, notes, take);
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let end = start + line.trim_end().len();
        if end > start {
            let mut reader = JsonReader::from(text.get(..end).unwrap_or_default(), start);
            let value = reader.value().and_then(|value| reader.end().map(|()| value));
            match value {
                Ok(value) => edits.element(value),
                Err(error) => edits.refuse(&error),
            }
        }
        start += line.len();
    }
    edits.finish()
}

/// Puts the changes that a cell of our own export holds as JSON.
pub(super) fn put_changes(cell: &str, draft: &mut Draft, names: &Names, notes: &mut Notes, place: Place, header: &str) {
    let mut reader = JsonReader::new(cell);
    match reader.value().and_then(|value| reader.end().map(|()| value.kind)) {
        Ok(Kind::Object(members)) => {
            let mut keys = Keys::new(names);
            let mut site = Site { notes, place: &|_| place };
            for member in members {
                put(draft, member, &mut keys, &mut site);
            }
        }
        _ => notes.refuse(|| place, Some(header), "not a JSON object of changes: mend it, or take the column out"),
    }
}

fn warn_of_missing_commas(text: &str, missing: &[usize], notes: &mut Notes) {
    let Some(first) = missing.first() else { return };
    let named = missing.iter().take(LINES_NAMED).map(|at| Place::of_byte(text, *at).line.to_string());
    let mut lines = named.collect::<Vec<_>>().join(", ");
    if missing.len() > LINES_NAMED {
        lines.push_str(" …");
    }
    let word = if missing.len() == 1 { "line" } else { "lines" };
    let commas = counted(missing.len() as u64, "comma");
    let message = format!("{commas} missing between objects, at the end of {word} {lines}: read as if they were there");
    notes.warn(|| Place::of_byte(text, *first), None, message);
}

/// The keys met so far.
struct Keys<'n> {
    names: &'n Names,
    known: HashMap<String, Target>,
    uses: Vec<ColumnUse>,
    /// The headers in `uses`: a file may have as many keys as it likes.
    listed: HashSet<String>,
}

impl<'n> Keys<'n> {
    fn new(names: &'n Names) -> Self {
        Self { names, known: HashMap::new(), uses: Vec::new(), listed: HashSet::new() }
    }

    fn target(&mut self, key: &str) -> Target {
        if let Some(target) = self.known.get(key) {
            return target.clone();
        }
        let target = self.names.target(key);
        self.known.insert(key.to_owned(), target.clone());
        if target != Target::Unmatched {
            self.list(key, target.clone());
        }
        target
    }

    /// Lists a key; says whether that is new.
    fn list(&mut self, key: &str, target: Target) -> bool {
        let is_new = !self.listed.contains(key);
        if is_new {
            self.listed.insert(key.to_owned());
            self.uses.push(ColumnUse { header: key.to_owned(), target });
        }
        is_new
    }
}

/// Where messages go, and how a byte of the JSON becomes a place in the file.
struct Site<'s> {
    notes: &'s mut Notes,
    place: &'s dyn Fn(usize) -> Place,
}

impl Site<'_> {
    fn refuse(&mut self, at: usize, key: &str, message: String) {
        self.notes.refuse(|| (self.place)(at), Some(key), message);
    }

    fn warn(&mut self, at: usize, key: &str, message: &str) {
        self.notes.warn(|| (self.place)(at), Some(key), message);
    }
}

/// Puts what a member says; gives it back where nobody knows its key.
fn put<'a>(draft: &mut Draft, member: Member<'a>, keys: &mut Keys<'_>, site: &mut Site<'_>) -> Option<Member<'a>> {
    let Member { at, ref key, .. } = member;
    let is_twice = match keys.target(key) {
        Target::Unmatched => return Some(member),
        Target::Skipped | Target::Changes => return None,
        Target::Sid => match sid_of(&member.value) {
            Ok(sid) => draft.name(&sid),
            Err(what) => {
                site.refuse(member.value.at, key, format!("{what} is no SID: put the SID in double quotes"));
                return None;
            }
        },
        Target::CustomKey(name) => draft.put_key(&name, compact(member.value.raw)),
        Target::Field(field) => match change(field, member.value, key, site) {
            Some(change) => draft.put(field, change),
            None => return None,
        },
    };
    if is_twice {
        site.warn(at, &member.key, "given twice in one object: the later one counts");
    }
    None
}

/// The text of a SID; of null it is empty.
fn sid_of<'v>(value: &'v Value<'_>) -> Result<Cow<'v, str>, &'static str> {
    match &value.kind {
        Kind::Text(text) => Ok(Cow::Borrowed(text)),
        Kind::Number => Ok(Cow::Borrowed(value.raw)),
        Kind::Null => Ok(Cow::Borrowed("")),
        kind => Err(noun(kind)),
    }
}

/// The change that a value means for a field: null clears, and a number is the text it is written as.
fn change(field: Field, value: Value<'_>, key: &str, site: &mut Site<'_>) -> Option<Change> {
    match (value.kind, field) {
        (Kind::Null, _) => Some(Change::Clear),
        (Kind::Text(text), _) => {
            if is_null_text(&text) {
                site.warn(value.at, key, NULL_IS_TEXT);
            }
            Some(set(field, text))
        }
        (Kind::Object(_), Field::CustomField) => Some(Change::Set(compact(value.raw))),
        (kind, Field::CustomField) => {
            let message = format!("{} is no custom_field: write a JSON object", noun(&kind));
            site.refuse(value.at, key, message);
            None
        }
        (Kind::Number, _) => Some(Change::Set(value.raw.to_owned())),
        (kind, _) => {
            let message = format!("{} is no {field}: write a text in double quotes, or null to clear", noun(&kind));
            site.refuse(value.at, key, message);
            None
        }
    }
}

const fn noun(kind: &Kind<'_>) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        Kind::Text(_) => "a text",
        Kind::Array => "an array",
        Kind::Object(_) => "an object",
    }
}

struct JsonEdits<'t> {
    text: &'t str,
    keys: Keys<'t>,
    notes: &'t mut Notes,
    take: &'t mut dyn FnMut(Edit),
    rows: u64,
    /// Items of a vendor's answer without an updated contact, and where the first is.
    failed_items: u64,
    first_failed: usize,
}

impl<'t> JsonEdits<'t> {
    fn new(text: &'t str, names: &'t Names, notes: &'t mut Notes, take: &'t mut dyn FnMut(Edit)) -> Self {
        Self { text, keys: Keys::new(names), notes, take, rows: 0, failed_items: 0, first_failed: 0 }
    }

    fn refuse(&mut self, error: &JsonError) {
        self.notes.refuse(|| Place::of_byte(self.text, error.at), None, error.message.as_str());
    }

    fn document(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        match reader.peek() {
            Some(b'[') => self.array(reader, Self::element),
            Some(b'{') => self.object_or_envelope(reader),
            _ => reader.value().map(|value| self.element(value)),
        }
    }

    fn array(&mut self, reader: &mut JsonReader<'_>, each: fn(&mut Self, Value<'_>)) -> Result<(), JsonError> {
        reader.array(Commas::MayBeMissing, |reader| {
            let value = reader.value()?;
            each(self, value);
            Ok(())
        })
    }

    /// Reads an object. Whether it is one edit or holds many is known only at its end.
    fn object_or_envelope(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        let mut is_envelope = false;
        let mut members = Vec::new();
        let start = reader.at();
        reader.object(|reader, at, key| match (key.as_ref(), reader.peek()) {
            ("contacts", Some(b'[')) => {
                is_envelope = true;
                self.array(reader, Self::element)
            }
            ("response", Some(b'[')) => {
                is_envelope = true;
                self.array(reader, Self::item)
            }
            ("response", Some(b'{')) => {
                is_envelope = true;
                reader.value().map(|value| self.item(value))
            }
            _ => reader.value().map(|value| members.push(Member { at, key, value })),
        })?;
        if !is_envelope {
            self.edit(start, members);
        }
        Ok(())
    }

    /// Takes an element of an array, or a line: an edit.
    fn element(&mut self, value: Value<'_>) {
        match value.kind {
            Kind::Object(members) => self.edit(value.at, members),
            kind => {
                self.rows += 1;
                let message =
                    format!("{} is no edit: write an object such as {{\"sid\":\"…\",\"tag\":\"…\"}}", noun(&kind));
                self.refuse(&JsonError { at: value.at, message });
            }
        }
    }

    /// Takes an item of the vendor's answer: its `data` is the contact, when the item is a success.
    /// The `data` of a failed item may be another contact.
    fn item(&mut self, value: Value<'_>) {
        if let Kind::Object(members) = value.kind {
            let is_failure = |m: &Member<'_>| match m.key.as_ref() {
                "status" => m.value.kind != Kind::Text("success".into()),
                // As a number or as a text.
                "code" => m.value.raw.trim_matches('"') != "200",
                _ => false,
            };
            if !members.iter().any(is_failure)
                && let Some(data) = members.into_iter().find(|member| member.key == "data")
                && let Kind::Object(members) = data.value.kind
            {
                return self.edit(data.value.at, members);
            }
        }
        self.rows += 1;
        if self.failed_items == 0 {
            self.first_failed = value.at;
        }
        self.failed_items += 1;
    }

    fn edit(&mut self, at: usize, members: Vec<Member<'_>>) {
        self.rows += 1;
        let mut draft = Draft::default();
        let strangers = self.put_all(&mut draft, members);
        if !draft.has_name() {
            // The last line of a run's JSON lines counts; it is no edit.
            if strangers.iter().any(|m| m.key == "type" && m.value.kind == Kind::Text("summary".into())) {
                return;
            }
            self.name_by_stranger(&mut draft, &strangers);
        }
        for stranger in &strangers {
            if self.keys.list(&stranger.key, Target::Unmatched) {
                let message = "left out, since no field is named so: map it to a field if it matters";
                self.notes.warn(|| Place::of_byte(self.text, stranger.at), Some(&stranger.key), message);
            }
        }
        let named = if draft.has_name() { Ok(draft) } else { Err("no SID in this object: give it as \"sid\"") };
        match named.and_then(Draft::finish) {
            Ok(edit) => (self.take)(edit),
            Err(message) => self.refuse(&JsonError { at, message: message.to_owned() }),
        }
    }

    /// Puts what the members say; gives those that nobody knows.
    fn put_all<'a>(&mut self, draft: &mut Draft, members: Vec<Member<'a>>) -> Vec<Member<'a>> {
        let text = self.text;
        let place = |at: usize| Place::of_byte(text, at);
        let mut site = Site { notes: self.notes, place: &place };
        let mut strangers = Vec::new();
        let mut is_ours = false;
        for member in members {
            match member.value.kind {
                // An object of our own making, with the changes apart.
                Kind::Object(changes) if member.key == "changes" => {
                    is_ours = true;
                    for change in changes {
                        strangers.extend(put(draft, change, &mut self.keys, &mut site));
                    }
                }
                _ => strangers.extend(put(draft, member, &mut self.keys, &mut site)),
            }
        }
        if is_ours {
            // What stands beside the changes tells of the edit: status, problems and the like.
            strangers.clear();
        }
        strangers
    }

    /// Takes a key that others use for SIDs, where there is no better.
    fn name_by_stranger(&mut self, draft: &mut Draft, strangers: &[Member<'_>]) {
        let mut candidates = strangers.iter().filter(|stranger| may_be_sid(&stranger.key));
        if let Some((stranger, sid)) = candidates.find_map(|stranger| Some((stranger, sid_of(&stranger.value).ok()?))) {
            draft.name(&sid);
            self.keys.list(&stranger.key, Target::Sid);
        }
    }

    fn finish(self) -> (u64, Vec<ColumnUse>) {
        let Self { text, notes, .. } = self;
        if self.failed_items > 0 {
            let items = counted(self.failed_items, "item");
            let message = format!("{items} of the answer without an updated contact: left out");
            notes.warn(|| Place::of_byte(text, self.first_failed), None, message);
        }
        for column in self.keys.names.missing(&self.keys.uses) {
            notes.warn(|| Place { line: 1, column: 1 }, Some(column), "no object has this key, which was to be mapped");
        }
        (self.rows, self.keys.uses)
    }
}
