//! Fix and requeue: what is wrong with the edits of a cause is changed on all of them, and they go back (SPEC 5).

use super::answer::Notice;
use super::causes;
use super::dialog::Dialog;
use super::effect::{Effect, LocalChange};
use super::model::{Ctx, Model};
use super::prompt::{Prompt, PromptKind, cell_change};
use super::triage::{Scope, Then, TriageAsk, confirm, hidden_fact, scope, verdict_facts};
use crate::domain::{
    Cause, Cell, Edit, Field, How, Mend, On, Remedy, Replace, RunId, Sid, Transform, Verdict, WrongText,
};
use crate::store::Which;
use crate::support::key::{Key, KeyCode};
use crate::support::text::{count, counted};

/// Edits that a preview and a dialog show.
pub const SHOWN: usize = 3;

/// Some of the edits that were judged, and which fields all of them change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sampled {
    /// The first that may go back.
    pub first: Vec<Edit>,
    /// How many of those that may go back change each field.
    pub fields: Vec<(Field, u64)>,
}

/// What a mend would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The places that it changes, or leaves nothing of.
    pub seqs: Vec<u64>,
    /// Edits that it changes.
    pub changed: u64,
    /// Edits that it does not concern.
    pub same: u64,
    /// Edits of which it leaves nothing to send.
    pub empty: u64,
    /// Edits that could not be sent as they would be.
    pub invalid: u64,
    /// The first that it changes: SID, what was to be sent, what would be.
    pub first: Vec<(String, String, String)>,
}

/// One way to deal with a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Leave the field out of the edits.
    Leave(Field),
    /// Give the field another value.
    Set(Field),
    /// Empty the field on the server.
    Clear(Field),
    /// Put right what needs no question.
    Tidy(Field),
    /// Replace a pattern in the field.
    Replace(Field),
    /// Choose another field.
    Other,
    /// Correct the SID.
    Sid,
    /// Read the contacts back.
    Reconcile,
    /// Requeue them as they are.
    AsIs,
    /// Give them up.
    Drop,
    /// Write them to a file.
    Export,
}

impl Choice {
    /// The key that takes it.
    pub const fn key(self) -> char {
        match self {
            Self::Leave(_) => 'l',
            Self::Set(_) => 's',
            Self::Clear(_) => 'c',
            Self::Tidy(_) => 'm',
            Self::Replace(_) => 'p',
            Self::Other => 'f',
            Self::Sid => 'i',
            Self::Reconcile => 'r',
            Self::AsIs => 'a',
            Self::Drop => 'x',
            Self::Export => 'e',
        }
    }

    /// What it does.
    pub fn text(self) -> String {
        match self {
            Self::Leave(field) => format!("leave {field} out of them, and requeue"),
            Self::Set(field) => format!("set {field} to something else, and requeue"),
            Self::Clear(field) => format!("CLEAR {field} on the server, and requeue"),
            Self::Tidy(field) => format!("mend {field} where that needs no question, and requeue"),
            Self::Replace(field) => format!("replace a pattern in {field}, and requeue"),
            Self::Other => String::from("another field"),
            Self::Sid => String::from("correct the SID, and requeue"),
            Self::Reconcile => String::from("read the contacts back"),
            Self::AsIs => String::from("requeue them as they are"),
            Self::Drop => String::from("drop these: nothing is left to do about them"),
            Self::Export => String::from("export these to a file"),
        }
    }
}

/// The choice of what to do about a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mending {
    /// Which results.
    pub scope: Scope,
    /// What they have in common.
    pub cause: Cause,
    /// Those that may go back.
    pub seqs: Vec<u64>,
    /// The others, by verdict.
    pub stay: Vec<(String, String)>,
    /// What they change.
    pub sampled: Sampled,
    /// The field that is mended.
    pub field: Option<Field>,
    /// The line under the cursor.
    pub cursor: usize,
}

impl Mending {
    /// What can be done, the likeliest first.
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let mends = |choices: &mut Vec<Choice>| {
            if let Some(field) = self.field {
                choices.extend([Choice::Leave(field), Choice::Set(field), Choice::Tidy(field)]);
                choices.extend([Choice::Replace(field), Choice::Clear(field)]);
            }
            if self.sampled.fields.len() > 1 {
                choices.push(Choice::Other);
            }
        };
        match self.cause.advice().remedy {
            Remedy::Sid => {
                // Two contacts cannot have one SID.
                choices.extend((self.seqs.len() == 1).then_some(Choice::Sid));
                choices.extend([Choice::Drop, Choice::Export, Choice::AsIs]);
            }
            Remedy::Reconcile => choices.extend([Choice::Reconcile, Choice::AsIs, Choice::Drop, Choice::Export]),
            Remedy::Resend | Remedy::Outside => {
                choices.push(Choice::AsIs);
                mends(&mut choices);
                choices.extend([Choice::Drop, Choice::Export]);
            }
            Remedy::Value(_) | Remedy::Nothing => {
                mends(&mut choices);
                choices.extend([Choice::AsIs, Choice::Drop, Choice::Export]);
            }
        }
        choices
    }

    /// The values of the field, of the first edits that have it.
    pub fn values(&self) -> Vec<&str> {
        let Some(field) = self.field else { return Vec::new() };
        self.sampled.first.iter().filter_map(|edit| edit.changes.get(field)?.value()).collect()
    }
}

/// Asks what may be done about the cause under the cursor, or the marked rows.
pub(super) fn start(model: &mut Model) -> Vec<Effect> {
    let Some(mut scope) = scope(model) else { return Vec::new() };
    let group = causes::shown(model).and_then(causes::Causes::current).map(|group| group.cause.clone());
    let Some(cause) = group.or_else(|| model.results.current().and_then(crate::store::ResultRow::cause)) else {
        model.refuse("this row has no outcome yet; nothing is to be mended");
        return Vec::new();
    };
    if !scope.marked {
        scope.which = Which::Cause(cause.clone());
    }
    vec![Effect::Triage(TriageAsk::Judge(scope, Then::Fix(cause)))]
}

/// Opens the choice.
pub(super) fn open(model: &mut Model, scope: &Scope, cause: Cause, judged: &[(u64, Verdict)], sampled: Sampled) {
    let seqs: Vec<u64> = judged.iter().filter(|(_, v)| v.is_takeable()).map(|(seq, _)| *seq).collect();
    if seqs.is_empty() {
        let stay = verdict_facts(judged, |_| true);
        let said = stay.first().map_or("nothing is settled here", |(_, text)| text.as_str());
        model.tell(Notice::done(format!("nothing to mend: {said}")));
        return;
    }
    let stay: Vec<_> = judged.iter().copied().filter(|(_, verdict)| !verdict.is_takeable()).collect();
    let named = match cause.advice().remedy {
        Remedy::Value(field) => field,
        _ => cause.field(),
    };
    // The field that the server names may be none that was sent; then the one that most edits change.
    let has = |field: &Field| sampled.fields.iter().any(|(f, _)| f == field);
    let field = named.filter(has).or_else(|| sampled.fields.first().map(|(field, _)| *field));
    let stay = verdict_facts(&stay, |_| false);
    let mending = Mending { scope: scope.clone(), cause, seqs, stay, sampled, field, cursor: 0 };
    model.dialogs.push(Dialog::Mending(Box::new(mending)));
}

/// Takes a key of the choice.
pub(super) fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Dialog::Mending(mending)) = model.dialogs.last_mut() else { return Vec::new() };
    let choices = mending.choices();
    let chosen = match key.code {
        KeyCode::Down | KeyCode::Char('j') => {
            mending.cursor = (mending.cursor + 1).min(choices.len().saturating_sub(1));
            return Vec::new();
        }
        KeyCode::Up | KeyCode::Char('k') => {
            mending.cursor = mending.cursor.saturating_sub(1);
            return Vec::new();
        }
        KeyCode::Enter => choices.get(mending.cursor).copied(),
        KeyCode::Esc | KeyCode::Char('q') => {
            model.dialogs.pop();
            return Vec::new();
        }
        KeyCode::Char(c) if !key.ctrl && !key.alt => choices.into_iter().find(|choice| choice.key() == c),
        _ => None,
    };
    chosen.map_or_else(Vec::new, |choice| choose(model, choice))
}

fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    if choice == Choice::Other {
        next_field(model);
        return Vec::new();
    }
    let Some(Dialog::Mending(mending)) = model.dialogs.pop() else { return Vec::new() };
    let Mending { scope, cause, seqs, .. } = *mending;
    let run = scope.run;
    let preview = |seqs, mend| vec![Effect::Triage(TriageAsk::Preview(run, seqs, mend))];
    match choice {
        Choice::Leave(field) => preview(seqs, by(field, How::LeaveAlone)),
        Choice::Clear(field) => preview(seqs, by(field, How::Clear)),
        Choice::Tidy(field) => preview(seqs, by(field, How::Mend(model.session.rules.default_country.clone()))),
        Choice::Set(field) => prompt(model, run, seqs, Typing::Value(field)),
        Choice::Replace(field) => prompt(model, run, seqs, Typing::Pattern(field)),
        Choice::Sid => prompt(model, run, seqs, Typing::Sid),
        Choice::AsIs => vec![Effect::Triage(TriageAsk::Judge(scope, Then::Requeue))],
        Choice::Reconcile => vec![Effect::FindUnknown(run)],
        Choice::Drop => vec![Effect::Triage(TriageAsk::Preview(run, seqs, Mend::Drop))],
        Choice::Export => {
            let effects = causes::open(model, &cause);
            let name = cause.code.map_or_else(|| cause.status.name().to_owned(), |code| code.to_string());
            model.prompt = Some(Prompt::new(PromptKind::Command, &format!("export run-{run}-{name}.csv")));
            effects
        }
        Choice::Other => Vec::new(),
    }
}

fn next_field(model: &mut Model) {
    let Some(Dialog::Mending(mending)) = model.dialogs.last_mut() else { return };
    let fields = &mending.sampled.fields;
    let at = fields.iter().position(|(field, _)| Some(*field) == mending.field).map_or(0, |at| at + 1);
    mending.field = fields.get(at).or_else(|| fields.first()).map(|(field, _)| *field);
    mending.cursor = 0;
}

fn by(field: Field, how: How) -> Mend {
    Mend::By(Transform::cell(Cell::Field(field), how))
}

/// What is typed for a mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// The value of a field.
    Value(Field),
    /// What is replaced in a field, and by what.
    Pattern(Field),
    /// The SID.
    Sid,
}

/// What parts a pattern from its replacement.
const BECOMES: &str = " => ";

impl Typing {
    /// What the prompt asks for, of so many edits.
    pub fn label(self, edits: u64) -> String {
        let of = counted(edits, "edit");
        match self {
            Self::Value(field) => format!("{field} of {of}: "),
            Self::Pattern(field) => format!("in {field} of {of}, PATTERN => REPLACEMENT: "),
            Self::Sid => format!("SID of {of}: "),
        }
    }

    /// The mend that was typed, or what is wrong with the text, and where.
    fn read(self, text: &str, clear_token: &str) -> Result<Mend, WrongText> {
        Ok(match self {
            Self::Sid if Sid::new(text).is_sendable() => {
                Mend::By(Transform::cell(Cell::Sid, How::Set(text.to_owned())))
            }
            Self::Sid => return Err(WrongText::new(0, "a SID has letters, digits, `-` and `_` only")),
            Self::Value(field) => by(field, cell_change(Cell::Field(field), text, clear_token)?.into()),
            Self::Pattern(field) => {
                let wanted = || WrongText::new(text.len(), format!("what it becomes is missing: PATTERN{BECOMES}TEXT"));
                let (find, with) = text.split_once(BECOMES).ok_or_else(wanted)?;
                let replace = Replace::new(Replace::pattern(find)?, with);
                by(field, How::Replace(replace.map_err(|wrong| wrong.within(find.len() + BECOMES.len()))?))
            }
        })
    }
}

fn prompt(model: &mut Model, run: RunId, seqs: Vec<u64>, what: Typing) -> Vec<Effect> {
    model.prompt = Some(Prompt::new(PromptKind::Mend { run, seqs, what }, ""));
    Vec::new()
}

/// Takes what was typed, or leaves it open and says what is wrong.
pub(super) fn typed(model: &mut Model, mut prompt: Prompt, run: RunId, seqs: Vec<u64>, what: Typing) -> Vec<Effect> {
    match what.read(prompt.text().trim(), &model.session.clear_token) {
        Ok(mend) => vec![Effect::Triage(TriageAsk::Preview(run, seqs, mend))],
        Err(wrong) => {
            prompt.error = Some((Some(wrong.at), wrong.message));
            model.prompt = Some(prompt);
            Vec::new()
        }
    }
}

/// Opens the confirm: how many change, what stays, and the first rows before and after.
pub(super) fn ask(model: &mut Model, run: RunId, mend: &Mend, preview: &Preview, ctx: &Ctx) {
    let Preview { seqs, changed, same, empty, invalid, first } = preview;
    if seqs.is_empty() {
        model.tell(Notice::done(format!(
            "nothing changes: {} already so, or without that field",
            counted(*same, "edit is")
        )));
        return;
    }
    let scope = Scope { run, which: Which::At(Vec::new()), marked: !model.results.marks.is_empty() };
    let drops = *mend == Mend::Drop;
    let mut facts = Vec::new();
    let mut fact = |name: &str, n: u64, words: &str| {
        if n > 0 {
            facts.push((name.to_owned(), format!("{} {words}", count(n))));
        }
    };
    fact("changed", *changed, "go back to the queue");
    fact(
        "dropped",
        *empty,
        if drops {
            "need nothing more; `u` in the queue brings them back"
        } else {
            "have nothing left to send: dropped"
        },
    );
    fact("stay", *same, "are not concerned, and stay as they are");
    fact("not yet", *invalid, "of them still have an error, and will not be sent");
    facts.extend(hidden_fact(model, &scope, seqs));
    for (sid, before, after) in first {
        facts.push((super::mending::short(sid), format!("{before} → {after}")));
    }
    let n = seqs.len() as u64;
    let (title, yes) = match mend {
        Mend::Drop => (format!("Drop {} of run {run}?", counted(n, "failure")), "drop"),
        _ => (format!("{} on {} of run {run}, and requeue?", described(mend), counted(n, "edit")), "requeue"),
    };
    let change = if drops {
        LocalChange::Drop { run, seqs: seqs.clone() }
    } else {
        LocalChange::Requeue { run, seqs: seqs.clone(), mend: mend.clone() }
    };
    model.dialogs.push(confirm(title, facts, yes.to_owned(), vec![Effect::Change(change)], ctx));
}

/// The end of a SID, which tells one from another.
fn short(sid: &str) -> String {
    let n = sid.chars().count();
    if n <= 12 { sid.to_owned() } else { format!("…{}", sid.chars().skip(n - 11).collect::<String>()) }
}

/// What a mend does, to be read in a title.
fn described(mend: &Mend) -> String {
    let Mend::By(transform) = mend else { return String::from("Change nothing") };
    match (&transform.how, transform.on) {
        (How::LeaveAlone, On::Cell(cell)) => format!("Leave {} out", cell.name()),
        (How::Clear, On::Cell(cell)) => format!("CLEAR {}", cell.name()),
        _ => {
            let name = transform.name();
            let (first, rest) = name.split_at(1.min(name.len()));
            first.to_uppercase() + rest
        }
    }
}
