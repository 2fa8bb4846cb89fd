//! Edits in conflict: what each contact was, what others made of it, what it is to be; and the user's decision about one, or
//! about all of them.

use std::sync::Arc;

use super::answer::Notice;
use super::book::about;
use super::bulk::Subjects;
use super::detail::Line;
use super::dialog::{DEAF_MS, Dialog};
use super::diff;
use super::effect::Effect;
use super::model::{Ctx, Model};
use super::moving::show;
use super::prompt::{COLUMNS, Prompt, PromptKind, column};
use super::rows;
use crate::config::actions::{Action, Place};
use crate::domain::{Cell, Change, Conflict, EditId, Keep};
use crate::support::clock::Timestamp;
use crate::support::key::{Key, KeyCode};
use crate::support::text::counted;

/// What is asked of the world about conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictAsk {
    /// List those that are open.
    List,
    /// Let these edits, or what others changed, stand.
    Decide(Vec<EditId>, Keep),
}

/// What the world answers about conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictAnswer {
    /// Those that are open, in the order of the queue.
    Open(Vec<Conflict>),
}

/// The list of conflicts to decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts {
    /// Those that are open.
    pub open: Vec<Conflict>,
    /// The one under the cursor.
    pub at: usize,
    /// When it opened: keys typed before it was seen decide nothing.
    pub opened: Timestamp,
}

/// The keys that decide, and what they do.
pub const KEYS: [(&str, &str); 5] =
    [("m", "mine"), ("t", "theirs"), ("e", "edit"), ("M T", "all of them"), ("esc", "later")];

impl Conflicts {
    /// The one under the cursor.
    pub fn current(&self) -> Option<&Conflict> {
        self.open.get(self.at)
    }

    /// What stands above the list.
    pub fn title(&self) -> String {
        format!("{} in conflict: others changed what they set", counted(self.open.len() as u64, "edit"))
    }

    /// The one under the cursor from all sides.
    pub fn lines(&self, now: Timestamp) -> Vec<Line> {
        self.current().map_or_else(Vec::new, |conflict| diff::conflict_lines(conflict, now))
    }
}

/// The fields that an edit in conflict would overwrite.
pub fn fields(conflict: &Conflict) -> String {
    conflict.fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ")
}

/// Who it is about.
pub fn who(conflict: &Conflict) -> String {
    about(&conflict.now.contact)
}

/// Asks which conflicts are open.
pub(super) fn ask() -> Vec<Effect> {
    vec![Effect::Conflicts(ConflictAsk::List)]
}

/// Takes an answer.
pub(super) fn answered(model: &mut Model, ConflictAnswer::Open(open): ConflictAnswer, ctx: &Ctx) {
    if open.is_empty() {
        model.tell(Notice::done("no edit is in conflict: nothing that it sets was changed by others"));
        return;
    }
    model.dialogs.push(Dialog::Conflicts(Box::new(Conflicts { open, at: 0, opened: ctx.now })));
}

/// Takes a key that decides; gives nothing for others.
pub(super) fn on_key(model: &mut Model, key: Key, ctx: &Ctx) -> Option<Vec<Effect>> {
    let Some(Dialog::Conflicts(conflicts)) = model.dialogs.last() else { return None };
    let KeyCode::Char(c) = key.code else { return None };
    if key.ctrl || key.alt || !"mteMT".contains(c) {
        return None;
    }
    let is_deaf = ctx.now.since(conflicts.opened) < DEAF_MS;
    Some(match c {
        _ if is_deaf => Vec::new(),
        'm' => decide(model, Keep::Mine, false),
        't' => decide(model, Keep::Theirs, false),
        'M' => decide(model, Keep::Mine, true),
        'T' => decide(model, Keep::Theirs, true),
        _ => edit(model),
    })
}

/// What an action does in the list.
pub(super) fn run(model: &mut Model, action: Action, by: Option<isize>) -> Vec<Effect> {
    let Some(Dialog::Conflicts(conflicts)) = model.dialogs.last_mut() else { return Vec::new() };
    if let Some(by) = by {
        conflicts.at = conflicts.at.saturating_add_signed(by).min(conflicts.open.len().saturating_sub(1));
    } else if matches!(action, Action::Back | Action::Quit) {
        model.dialogs.pop();
    }
    Vec::new()
}

/// Decides about the one under the cursor, or about all; the list closes with the last.
fn decide(model: &mut Model, keep: Keep, all: bool) -> Vec<Effect> {
    let Some(Dialog::Conflicts(conflicts)) = model.dialogs.last_mut() else { return Vec::new() };
    let at = conflicts.at;
    let decided: Vec<_> = if all { conflicts.open.drain(..) } else { conflicts.open.drain(at..=at) }.collect();
    conflicts.at = at.min(conflicts.open.len().saturating_sub(1));
    if conflicts.open.is_empty() {
        model.dialogs.pop();
    }
    vec![Effect::Conflicts(ConflictAsk::Decide(decided.into_iter().map(|conflict| conflict.id).collect(), keep))]
}

/// Opens the cell of the queue that is in conflict: another value decides as well.
fn edit(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Conflicts(conflicts)) = model.dialogs.pop() else { return Vec::new() };
    let Some((conflict, field)) = conflicts.current().and_then(|c| Some((c, *c.fields.first()?))) else {
        return Vec::new();
    };
    let cell = Cell::Field(field);
    let mut effects = show(model, Place::Queue);
    model.go_to = Some(conflict.id);
    if let Some(at) = model.queue.keys().iter().position(|key| *key == conflict.id) {
        let height = model.height(Place::Queue);
        model.queue.move_to(at, height);
    } else if rows::widen(model) {
        effects.extend(rows::reload(model, Place::Queue));
    }
    model.queue.column = (0..COLUMNS).find(|at| column(*at) == cell).unwrap_or_default();
    let text = match conflict.edit.changes.get(field) {
        Some(Change::Set(value)) => value.clone(),
        _ => model.session.clear_token.clone(),
    };
    let of = Subjects::Edits(Arc::new(vec![conflict.id]));
    model.prompt = Some(Prompt::new(PromptKind::Cell { of, cell }, &text));
    effects
}
