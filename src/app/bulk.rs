//! Bulk changes of edits, and of contacts that become edits by them: chosen from a list or typed, seen before they are made, counted, and stopped.
//!
//! Everything that looks at more than one edit is asked of the world with a number; an answer to an older question is
//! dropped, so that typing never waits for a preview.

mod ask;
mod confirm;

use std::sync::Arc;

pub use self::ask::{BulkAnswer, BulkAsk, Subjects};
use self::confirm::{ask_merge, decide};
use super::dialog::Dialog;
use super::effect::Effect;
use super::grid::Grid;
use super::marks::RowKey;
use super::model::{Ctx, Model};
use super::prompt::{Prompt, PromptKind, cell_change};
use super::same;
use super::update::current_cell;
use crate::config::actions::{Action, Place};
use crate::domain::{Applied, Cell, Field, How, On, Replace, Tally, Template, Transform};

/// What a bulk change is about to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The rows.
    pub of: Subjects,
    /// Whether they are the marked ones, and not the one under the cursor.
    pub marked: bool,
    /// How many of them the filter hides.
    pub hidden: u64,
    /// The column under the cursor.
    pub cell: Cell,
}

/// A bulk change being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What it will change.
    pub target: Target,
    /// How far the putting together is.
    pub stage: Stage,
    /// The number of the newest preview.
    token: u64,
    /// What it would do, as far as counted.
    pub tally: Option<Tally>,
    /// Whether every edit is counted.
    pub complete: bool,
    /// Whether the user has said to make it, while it was still being counted.
    wanted: bool,
}

/// How far the putting together of a bulk change is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Choosing what to do.
    Menu(usize),
    /// Choosing the column to copy from.
    From(usize),
    /// Typing what it needs: the texts that are not in the prompt, and which one is.
    Typing {
        /// What is typed.
        form: Form,
        /// The texts, that in the prompt as it was.
        texts: Vec<String>,
        /// The text that is in the prompt.
        at: usize,
    },
}

/// What a bulk change needs to be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A pattern and its replacement.
    Replace,
    /// A template.
    Template,
    /// A value.
    Set,
}

impl Form {
    /// The names of its texts.
    pub const fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Replace => &["find", "replace by"],
            Self::Template => &["template"],
            Self::Set => &["set to"],
        }
    }

    /// What may be typed.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Replace => r"$1 ${name} groups · \U \L…\E \u \l case · (?i) any case · $$ is $",
            Self::Template => "{first_name} is its value, {tag?} may be missing, {{ is a brace",
            Self::Set => "",
        }
    }
}

/// What a line of the list of changes does.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// A change of every column; numbers are those of a country.
    All(fn(String) -> How),
    /// A change of the column under the cursor.
    Here(fn(String) -> How),
    /// A column to copy from is chosen next.
    Copy,
    /// A template is typed next.
    Template,
}

/// The list of changes: what each is called, what it does, and how.
pub const CHOICES: [(&str, &str, Choice); 11] = [
    ("mend", "all columns, what needs no question: blanks, E.164, small letters in emails", Choice::All(How::Mend)),
    ("trim", "take the blanks off both ends", Choice::Here(|_| How::Trim)),
    ("tidy", "one blank between words, no control characters", Choice::Here(|_| How::Tidy)),
    ("upper case", "ASHA RAO", Choice::Here(|_| How::Upper)),
    ("lower case", "asha rao", Choice::Here(|_| How::Lower)),
    ("title case", "Asha Rao", Choice::Here(|_| How::Title)),
    ("E.164", "numbers as +<country><number>", Choice::Here(How::E164)),
    ("copy from …", "the value of another column", Choice::Copy),
    ("template …", "a value made of others", Choice::Template),
    ("clear", "empty it on the server", Choice::Here(|_| How::Clear)),
    ("leave alone", "do not change it any more", Choice::Here(|_| How::LeaveAlone)),
];

/// Where *copy from* stands among them.
const COPY: usize = 7;

impl Bulk {
    /// The change as put together so far, or what is wrong with it: which text, where, and why.
    fn transform(&self, model: &Model) -> Result<Transform, Option<(usize, usize, String)>> {
        let cell = self.target.cell;
        let country = || model.session.rules.default_country.clone();
        let how = match &self.stage {
            Stage::Menu(at) => match CHOICES.get(*at).map(|choice| choice.2) {
                Some(Choice::All(how)) => return Ok(Transform { on: On::All, how: how(country()) }),
                Some(Choice::Here(how)) => how(country()),
                Some(Choice::Copy | Choice::Template) | None => return Err(None),
            },
            Stage::From(at) => How::Copy(sources(cell).nth(*at).ok_or(None)?),
            Stage::Typing { form, .. } => {
                let text = |at| self.text(model, at);
                let wrong = |at: usize| move |wrong: crate::domain::WrongText| Some((at, wrong.at, wrong.message));
                match form {
                    Form::Replace | Form::Template if text(0).is_empty() => return Err(None),
                    Form::Replace => {
                        let find = Replace::pattern(text(0)).map_err(wrong(0))?;
                        How::Replace(Replace::new(find, text(1)).map_err(wrong(1))?)
                    }
                    Form::Template => How::Template(Template::parse(text(0)).map_err(wrong(0))?),
                    Form::Set => cell_change(cell, text(0), &model.session.clear_token).map_err(wrong(0))?.into(),
                }
            }
        };
        Ok(Transform::cell(cell, how))
    }

    /// One of the texts, that in the prompt as it stands there.
    pub fn text<'m>(&'m self, model: &'m Model, no: usize) -> &'m str {
        match (&self.stage, &model.prompt) {
            (Stage::Typing { at, .. }, Some(prompt)) if *at == no && prompt.kind == PromptKind::Bulk => prompt.text(),
            (Stage::Typing { texts, .. }, _) => texts.get(no).map_or("", String::as_str),
            _ => "",
        }
    }
}

/// The columns that one can be copied from.
pub fn sources(cell: Cell) -> impl Iterator<Item = Cell> {
    Cell::all().filter(move |from| *from != cell && *from != Cell::Field(Field::CustomField))
}

/// The bulk change being put together.
fn bulk(model: &mut Model) -> Option<&mut Bulk> {
    match model.dialogs.last_mut() {
        Some(Dialog::Bulk(bulk)) => Some(bulk),
        _ => None,
    }
}

fn target(model: &Model) -> Target {
    fn hidden<K: RowKey + std::hash::Hash, R>(grid: &Grid<K, R>) -> (bool, u64) {
        (!grid.marks.is_empty(), grid.hidden_marks() as u64)
    }
    let (of, (marked, hidden)) = match model.place() {
        Place::Contacts => {
            let grid = &model.contacts.grid;
            (Subjects::Contacts(Arc::new(grid.target())), hidden(grid))
        }
        _ => (Subjects::Edits(Arc::new(model.queue.target())), hidden(&model.queue)),
    };
    Target { of, marked, hidden, cell: current_cell(model) }
}

/// Opens the list of changes.
pub(super) fn open_menu(model: &mut Model) -> Vec<Effect> {
    // On the SID most changes would do harm; the first that mends does not.
    let at = usize::from(current_cell(model) != Cell::Sid);
    open(model, Stage::Menu(at))
}

/// Opens what is typed for a change; the texts of the last time stand there.
pub(super) fn open_form(model: &mut Model, form: Form) -> Vec<Effect> {
    let texts = match form {
        Form::Set => vec![super::rows::cell_text(model)],
        form => model
            .bulk_texts
            .iter()
            .find(|(of, _)| *of == form)
            .map_or_else(|| vec![String::new(); form.labels().len()], |(_, texts)| texts.clone()),
    };
    model.prompt = Some(Prompt::new(PromptKind::Bulk, texts.first().map_or("", String::as_str)));
    open(model, Stage::Typing { form, texts, at: 0 })
}

fn open(model: &mut Model, stage: Stage) -> Vec<Effect> {
    let target = target(model);
    let bulk = Bulk { target, stage, token: 0, tally: None, complete: false, wanted: false };
    model.dialogs.push(Dialog::Bulk(Box::new(bulk)));
    preview(model)
}

/// Whether something of the edit under the cursor can be mended without asking.
pub fn can_mend(model: &Model) -> bool {
    let mends = Transform { on: On::All, how: How::Mend(model.session.rules.default_country.clone()) };
    let row = model.queue.current().filter(|row| !row.issues.is_empty());
    row.is_some_and(|row| matches!(mends.apply(&row.edit), Applied::Changed(_)))
}

/// Mends the edit under the cursor at once; of marked ones it shows first what it would do.
pub(super) fn mend(model: &mut Model) -> Vec<Effect> {
    if !model.queue.marks.is_empty() {
        return open(model, Stage::Menu(0));
    }
    let how = How::Mend(model.session.rules.default_country.clone());
    let of = Subjects::Edits(Arc::new(model.queue.target()));
    vec![Effect::Bulk(BulkAsk::Apply { of, transform: Transform { on: On::All, how } })]
}

/// Asks what the change would do, as it is put together now. Text that is wrong says so in the prompt.
pub(super) fn preview(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Bulk(now)) = model.dialogs.last().cloned() else { return Vec::new() };
    let transform = now.transform(model);
    model.asked += 1;
    let token = model.asked;
    if let (Some(prompt), Stage::Typing { at, .. }) = (&mut model.prompt, &now.stage) {
        prompt.error = match &transform {
            Err(Some((of, place, message))) if of == at => Some((Some(*place), message.clone())),
            Err(Some((of, _, message))) => {
                let label = form_label(&now.stage, *of);
                Some((None, format!("in `{label}`: {message}")))
            }
            _ => None,
        };
    }
    let Some(bulk) = bulk(model) else { return Vec::new() };
    (bulk.token, bulk.complete, bulk.wanted) = (token, false, false);
    let Ok(transform) = transform else {
        bulk.tally = None;
        return Vec::new();
    };
    vec![Effect::Bulk(BulkAsk::Preview { token, of: bulk.target.of.clone(), transform })]
}

fn form_label(stage: &Stage, at: usize) -> &'static str {
    match stage {
        Stage::Typing { form, .. } => form.labels().get(at).copied().unwrap_or(""),
        _ => "",
    }
}

/// What an action does while the list of changes is open.
pub(super) fn run(model: &mut Model, action: Action, by: Option<isize>, ctx: &Ctx) -> Vec<Effect> {
    let Some(bulk) = bulk(model) else { return Vec::new() };
    let columns = sources(bulk.target.cell).count();
    match (action, by, &mut bulk.stage) {
        (_, Some(by), Stage::Menu(at)) => *at = at.saturating_add_signed(by).min(CHOICES.len() - 1),
        (_, Some(by), Stage::From(at)) => *at = at.saturating_add_signed(by).min(columns.saturating_sub(1)),
        (Action::Back | Action::Quit, _, Stage::From(_)) => {
            bulk.stage = Stage::Menu(COPY);
        }
        (Action::Back | Action::Quit, ..) => {
            model.dialogs.pop();
            return Vec::new();
        }
        (Action::Open, _, Stage::Menu(at)) => match CHOICES.get(*at).map(|choice| choice.2) {
            Some(Choice::Copy) => bulk.stage = Stage::From(0),
            Some(Choice::Template) => {
                model.dialogs.pop();
                return open_form(model, Form::Template);
            }
            _ => return decide(model, ctx),
        },
        (Action::Open, ..) => return decide(model, ctx),
        _ => return Vec::new(),
    }
    preview(model)
}

/// Goes to the next text or the one before, or from the last with Enter on to the change itself.
pub(super) fn next_text(model: &mut Model, by: isize) -> Vec<Effect> {
    let typed = model.prompt.as_ref().map_or_else(String::new, |prompt| prompt.text().to_owned());
    let Some(bulk) = bulk(model) else { return Vec::new() };
    let Stage::Typing { texts, at, .. } = &mut bulk.stage else { return Vec::new() };
    if let Some(text) = texts.get_mut(*at) {
        *text = typed;
    }
    *at = (*at as isize + by).rem_euclid(texts.len().max(1) as isize) as usize;
    let text = texts.get(*at).cloned().unwrap_or_default();
    model.prompt = Some(Prompt::new(PromptKind::Bulk, &text));
    preview(model)
}

/// Enter in a form: on to the next text, and behind the last the change.
pub(super) fn typed(model: &mut Model, prompt: Prompt, ctx: &Ctx) -> Vec<Effect> {
    let (wrong, empty) = (prompt.error.is_some(), prompt.text().is_empty());
    model.prompt = Some(prompt);
    let Some(Bulk { stage: Stage::Typing { texts, at, form }, .. }) = bulk(model) else { return Vec::new() };
    let (last, form) = (*at + 1 >= texts.len(), *form);
    if wrong || (empty && form != Form::Set && *at == 0) {
        return Vec::new();
    }
    if last { decide(model, ctx) } else { next_text(model, 1) }
}

/// Closes the form without a change.
pub(super) fn given_up(model: &mut Model) {
    keep_texts(model);
    model.dialogs.pop();
}

/// Keeps what was typed for the next time.
fn keep_texts(model: &mut Model) {
    let Some(Dialog::Bulk(bulk)) = model.dialogs.last() else { return };
    let Stage::Typing { form, texts, .. } = &bulk.stage else { return };
    let (form, texts) = (*form, (0..texts.len()).map(|no| bulk.text(model, no).to_owned()).collect());
    model.bulk_texts.retain(|(of, _)| *of != form);
    model.bulk_texts.push((form, texts));
}

/// Takes an answer.
pub(super) fn answered(model: &mut Model, answer: BulkAnswer, ctx: &Ctx) -> Vec<Effect> {
    match answer {
        BulkAnswer::Tally { token, tally, complete } => {
            let Some(bulk) = bulk(model).filter(|bulk| bulk.token == token) else { return Vec::new() };
            (bulk.tally, bulk.complete) = (Some(tally), complete);
            if complete && bulk.wanted {
                return decide(model, ctx);
            }
        }
        BulkAnswer::Over(notice) => return super::rows::changed(model, notice),
        BulkAnswer::ValuesOver(notice) => return super::rows::values_changed(model, notice),
        BulkAnswer::Same { token, column, rows } => same::found(model, token, column, rows),
        BulkAnswer::All(edits) => {
            model.queued = edits.len() as u64;
            model.queue.forget_marks_beside(edits);
        }
        BulkAnswer::Duplicates(edits) => model.duplicates = edits.into_iter().collect(),
        BulkAnswer::Merge(report) => ask_merge(model, report, ctx),
        BulkAnswer::Undoable(undo, redo) => model.undoable = Some((undo, redo)),
        BulkAnswer::Steps(steps) => super::pick::open_steps(model, steps),
        BulkAnswer::TakenOut(taken) => super::pick::open_taken_out(model, taken),
    }
    Vec::new()
}
