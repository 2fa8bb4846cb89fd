//! From JSON values to edits, line by line or as a document hands them over.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::build::{Draft, NULL_IS_TEXT, damage, is_null_text, lost_digits, set};
use super::columns::{ColumnUse, Names, Target, may_be_sid};
use super::json::{JsonReader, Kind, Member, Value, compact};
use super::report::{Place, Problem};
use super::sink::{Raw, Sink};
use super::table::lost_sid;
use super::text::{Fault, Text};
use crate::domain::{Change, Edit, Field};
use crate::support::text::counted;

/// Reads JSON lines: an object a line, empty lines aside. A broken line does not hide the next one. Gives the keys.
pub(super) fn read_lines(text: &mut Text<'_>, names: &Names, sink: &mut Sink<'_>) -> Result<Vec<ColumnUse>, Fault> {
    let mut edits = JsonEdits::new(names, sink);
    loop {
        let end = text.rest().find(['\n', '\r']).map(|at| at + 1);
        let Some(len) = end.or_else(|| text.is_end().then(|| text.rest().len())) else {
            text.more()?;
            continue;
        };
        if len == 0 {
            return Ok(edits.finish());
        }
        edits.line(text, text.rest().get(..len).unwrap_or_default().trim_end());
        text.skip(len);
    }
}

/// Puts the changes that a cell of our own export holds as JSON.
pub(super) fn put_changes(cell: &str, draft: &mut Draft, names: &Names) -> Result<(), String> {
    let mut reader = JsonReader::new(cell);
    let Ok(Kind::Object(members)) = reader.value().and_then(|value| reader.end().map(|()| value.kind)) else {
        return Err("not a JSON object of changes: mend it, or take the column out".to_owned());
    };
    let mut keys = Keys::new(names);
    for member in members {
        if let Put::Refused(_, why) = put(draft, member, &mut keys) {
            return Err(why);
        }
    }
    Ok(())
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
            self.uses.push(ColumnUse::new(key, target));
        }
        is_new
    }
}

/// What became of a member of an object.
enum Put<'a> {
    Done,
    /// It counts, and the user should know something of it.
    Noted(&'static str),
    /// Nobody knows its key.
    Stranger(Member<'a>),
    /// It can't be taken; the byte where that is, and why.
    Refused(usize, String),
}

/// Puts what a member says.
fn put<'a>(draft: &mut Draft, member: Member<'a>, keys: &mut Keys<'_>) -> Put<'a> {
    let Member { ref key, ref value, .. } = member;
    let target = keys.target(key);
    if let (Kind::Text(text), true) = (&value.kind, !matches!(target, Target::Unmatched | Target::Skipped))
        && let Some(why) = damage(text)
    {
        return Put::Refused(value.at, why.to_owned());
    }
    let mut noted = None;
    let is_twice = match target {
        Target::Unmatched => return Put::Stranger(member),
        Target::Skipped | Target::Changes => return Put::Done,
        Target::Sid => match sid_of(value) {
            Ok(sid) => draft.name(&sid).is_some(),
            Err(why) => return Put::Refused(value.at, why),
        },
        Target::CustomKey(name) => draft.put_key(&name, compact(value.raw)).is_some(),
        Target::Field(field) => match change(field, value) {
            Ok(change) => {
                noted = matches!(&value.kind, Kind::Text(text) if is_null_text(text)).then_some(NULL_IS_TEXT);
                draft.put(field, change).is_some()
            }
            Err(why) => return Put::Refused(value.at, why),
        },
    };
    match noted {
        _ if is_twice => Put::Noted("given twice in one object: the later one counts"),
        Some(what) => Put::Noted(what),
        None => Put::Done,
    }
}

/// The text of a SID; of null it is empty.
fn sid_of<'v>(value: &'v Value<'_>) -> Result<Cow<'v, str>, String> {
    let sid = match &value.kind {
        Kind::Text(text) => Cow::Borrowed(text.as_ref()),
        Kind::Number => Cow::Borrowed(value.raw),
        Kind::Null => Cow::Borrowed(""),
        kind => return Err(format!("{} is no SID: put the SID in double quotes", noun(kind))),
    };
    lost_sid(&sid).map_or(Ok(()), |why| Err(why.to_owned()))?;
    Ok(sid)
}

/// The change that a value means for a field: null clears, and a number is the text it is written as.
fn change(field: Field, value: &Value<'_>) -> Result<Change, String> {
    let text = match (&value.kind, field) {
        (Kind::Null, _) => return Ok(Change::Clear),
        (Kind::Object(_), Field::CustomField) => return Ok(Change::Set(compact(value.raw))),
        (Kind::Text(text), _) => text.as_ref(),
        (kind, Field::CustomField) => return Err(format!("{} is no custom_field: write a JSON object", noun(kind))),
        (Kind::Number, _) => value.raw,
        (kind, _) => {
            return Err(format!("{} is no {field}: write a text in double quotes, or null to clear", noun(kind)));
        }
    };
    if field == Field::Number
        && let Some(why) = lost_digits(text)
    {
        return Err(why.to_owned());
    }
    Ok(set(field, Cow::Borrowed(text)))
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

/// Takes the values of a JSON file that should be edits.
pub(super) struct JsonEdits<'a, 's> {
    keys: Keys<'a>,
    pub(super) sink: &'a mut Sink<'s>,
    /// Items of a vendor's answer without an updated contact, and where the first is.
    failed_items: u64,
    first_failed: Place,
}

impl<'a, 's> JsonEdits<'a, 's> {
    pub(super) fn new(names: &'a Names, sink: &'a mut Sink<'s>) -> Self {
        Self { keys: Keys::new(names), sink, failed_items: 0, first_failed: Place::START }
    }

    /// Takes a line of JSON lines, which is where the text stands.
    fn line(&mut self, text: &Text<'_>, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let mut reader = JsonReader::new(line);
        match reader.value().and_then(|value| reader.end().map(|()| value)) {
            Ok(value) => self.element(text, value),
            Err(error) => {
                let problem = text.place(error.at).problem(None, error.message);
                self.sink.refuse_row(vec![problem], &Raw::Json(line));
            }
        }
    }

    /// Takes an element of an array, or a line: an edit.
    pub(super) fn element(&mut self, text: &Text<'_>, value: Value<'_>) {
        match value.kind {
            Kind::Object(members) => self.object(text, value.at, members, value.raw),
            kind => {
                let message =
                    format!("{} is no edit: write an object such as {{\"sid\":\"…\",\"tag\":\"…\"}}", noun(&kind));
                let problem = text.place(value.at).problem(None, message);
                self.sink.refuse_row(vec![problem], &Raw::Json(value.raw));
            }
        }
    }

    /// Takes an item of the vendor's answer: its `data` is the contact, when the item is a success.
    /// The `data` of a failed item may be another contact.
    pub(super) fn item(&mut self, text: &Text<'_>, value: Value<'_>) {
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
                return self.object(text, data.value.at, members, data.value.raw);
            }
        }
        if self.failed_items == 0 {
            self.first_failed = text.place(value.at);
        }
        self.failed_items += 1;
    }

    fn object(&mut self, text: &Text<'_>, at: usize, members: Vec<Member<'_>>, raw: &str) {
        let mut problems = Vec::new();
        match self.edit(text, at, members, &mut problems) {
            Some(edit) => self.sink.edit(edit),
            None if problems.is_empty() => {}
            None => self.sink.refuse_row(problems, &Raw::Json(raw)),
        }
    }

    /// The edit of an object; nothing where there are problems, or where it is no edit at all.
    fn edit(
        &mut self,
        text: &Text<'_>,
        at: usize,
        members: Vec<Member<'_>>,
        problems: &mut Vec<Problem>,
    ) -> Option<Edit> {
        let mut draft = Draft::default();
        let strangers = self.put_all(text, &mut draft, members, problems);
        if !draft.has_name() {
            // The last line of a run's JSON lines counts; it is no edit.
            if strangers.iter().any(|m| m.key == "type" && m.value.kind == Kind::Text("summary".into())) {
                return None;
            }
            self.name_by_stranger(&mut draft, &strangers);
        }
        for stranger in &strangers {
            if self.keys.list(&stranger.key, Target::Unmatched) {
                let message = "left out, since no field is named so: map it to a field if it matters";
                self.sink.warn(|| text.place(stranger.at), Some(&stranger.key), message);
            }
        }
        let start = || text.place(at);
        if !draft.has_name() && problems.is_empty() {
            let found = self.sink.name(&mut draft);
            let found = found.unwrap_or_else(|| Err("no SID in this object: give it as \"sid\"".to_owned()));
            problems.extend(found.err().map(|message| start().problem(None, message)));
        }
        if !problems.is_empty() {
            return None;
        }
        draft.finish().map_err(|message| problems.push(start().problem(None, message))).ok()
    }

    /// Puts what the members say; gives those that nobody knows.
    fn put_all<'m>(
        &mut self,
        text: &Text<'_>,
        draft: &mut Draft,
        members: Vec<Member<'m>>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Member<'m>> {
        let mut strangers = Vec::new();
        let mut is_ours = false;
        for member in members {
            let all = match member.value.kind {
                // An object of our own making, with the changes apart.
                Kind::Object(changes) if member.key == "changes" => {
                    is_ours = true;
                    changes
                }
                _ => vec![member],
            };
            for member in all {
                let (at, key) = (member.at, member.key.clone());
                match put(draft, member, &mut self.keys) {
                    Put::Done => {}
                    Put::Noted(what) => self.sink.warn(|| text.place(at), Some(&key), what),
                    Put::Stranger(member) => strangers.push(member),
                    Put::Refused(at, why) => problems.push(text.place(at).problem(Some(&key), why)),
                }
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

    /// The end of the file; gives the keys.
    pub(super) fn finish(self) -> Vec<ColumnUse> {
        let Self { keys, sink, failed_items, first_failed } = self;
        if failed_items > 0 {
            let items = counted(failed_items, "item");
            sink.warn(|| first_failed, None, format!("{items} of the answer without an updated contact: left out"));
        }
        for column in keys.names.missing(&keys.uses) {
            sink.warn(|| Place::START, Some(column), "no object has this key, which was to be mapped");
        }
        keys.uses
    }
}
