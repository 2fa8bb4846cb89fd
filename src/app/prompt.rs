//! The line that takes typed text: a cell, a SID, a filter, a search, a command.

use tui_input::{Input, InputRequest};

use super::bulk::Subjects;
use super::mending::Typing;
use super::pace::Knob;
use crate::config::actions::{Action, Context, Place};
use crate::config::keymap::{Keymap, Lookup};
use crate::domain::{Field, RunId, WrongText, custom_object};
use crate::store::{Cell, CellChange};
use crate::support::key::Key;

/// Bytes of a paste that a prompt takes: more than the server takes in a field, and little enough to type in.
const PASTE_MOST: usize = 64 << 10;

/// What the text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptKind {
    /// A cell of the row under the cursor.
    Cell {
        /// The row.
        of: Subjects,
        /// The column.
        cell: Cell,
    },
    /// The SID of a new edit.
    Add,
    /// A filter.
    Filter(Place),
    /// A search.
    Search(Place),
    /// A command.
    Command,
    /// What is looked for in the help.
    Help,
    /// A text of the bulk change that is being put together.
    Bulk,
    /// How these failures are mended before they go back.
    Mend {
        /// The run.
        run: RunId,
        /// Places within the run.
        seqs: Vec<u64>,
        /// What is typed.
        what: Typing,
    },
    /// A number for the pace.
    Pace(Knob),
}

/// Text being typed.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What it is for.
    pub kind: PromptKind,
    /// The text and its cursor.
    pub input: Input,
    /// What is wrong with it, and where: a byte within the text.
    pub error: Option<(Option<usize>, String)>,
    /// The suggestion chosen, for a command; `None` until one is.
    pub chosen: Option<usize>,
    /// The earlier command that is shown, counted from the newest, and what was typed before it.
    pub recalled: Option<(usize, String)>,
    /// The texts before, each with its cursor; the letters of a word that was typed are one change.
    past: Vec<(String, usize)>,
    /// Whether the last change typed a letter of a word.
    in_word: bool,
}

/// What a key did to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text or its cursor changed, or nothing did.
    Goes,
    /// Enter.
    Done,
    /// Tab: complete it, or on to the next cell.
    Next,
    /// Up or down, among suggestions.
    Choose(isize),
    /// Esc.
    Given,
}

impl Prompt {
    /// A prompt with a text to begin with, the cursor at its end.
    pub fn new(kind: PromptKind, text: &str) -> Self {
        Self {
            kind,
            input: Input::new(text.to_owned()),
            error: None,
            chosen: None,
            recalled: None,
            past: Vec::new(),
            in_word: false,
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Takes a key.
    pub fn take(&mut self, key: Key, keymap: &Keymap) -> Typed {
        let Lookup::Action(action) = keymap.lookup(Context::Prompt, &[key]) else {
            return key.typed().map_or(Typed::Goes, |c| self.edit(InputRequest::InsertChar(c)));
        };
        self.edit(match action {
            Action::Accept => return Typed::Done,
            Action::Cancel => return Typed::Given,
            Action::Complete => return Typed::Next,
            Action::ChoosePrev => return Typed::Choose(-1),
            Action::ChooseNext => return Typed::Choose(1),
            Action::CharLeft => InputRequest::GoToPrevChar,
            Action::CharRight => InputRequest::GoToNextChar,
            Action::WordLeft => InputRequest::GoToPrevWord,
            Action::WordRight => InputRequest::GoToNextWord,
            Action::LineStart => InputRequest::GoToStart,
            Action::LineEnd => InputRequest::GoToEnd,
            Action::DeleteBack => InputRequest::DeletePrevChar,
            Action::DeleteChar => InputRequest::DeleteNextChar,
            Action::DeleteWord => InputRequest::DeletePrevWord,
            Action::DeleteToStart => InputRequest::DeleteFromStart,
            Action::DeleteToEnd => InputRequest::DeleteTillEnd,
            Action::PutBack => InputRequest::Yank,
            Action::UndoTyping => return self.undo(),
            _ => return Typed::Goes,
        })
    }

    fn edit(&mut self, request: InputRequest) -> Typed {
        let in_word = matches!(request, InputRequest::InsertChar(c) if !c.is_whitespace());
        let before = (self.text().to_owned(), self.input.cursor());
        self.input.handle(request);
        if self.text() == before.0 {
            self.in_word &= self.input.cursor() == before.1;
        } else {
            if !(in_word && self.in_word) {
                self.past.push(before);
            }
            self.in_word = in_word;
        }
        self.touched();
        Typed::Goes
    }

    /// Takes back the last change of the text.
    fn undo(&mut self) -> Typed {
        if let Some((text, cursor)) = self.past.pop() {
            self.input = Input::new(text).with_cursor(cursor);
            self.in_word = false;
            self.touched();
        }
        Typed::Goes
    }

    /// Remembers the text as it is, before it becomes another at once.
    fn remember(&mut self) {
        self.past.push((self.text().to_owned(), self.input.cursor()));
        self.in_word = false;
    }

    /// Takes pasted text, as one text; line ends and tabs become blanks, since this is one line. What is too long for
    /// a line is cut, and said to be.
    pub fn paste(&mut self, text: &str, cut: bool) {
        let text = text.trim_end_matches(['\r', '\n']);
        let mut end = text.len().min(PASTE_MOST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = cut || end < text.len();
        let pasted = text.get(..end).unwrap_or_default().replace(['\r', '\n', '\t'], " ");
        self.remember();
        // At once: letter by letter a long text would take seconds.
        let cursor = self.input.cursor();
        let before: String = self.text().chars().take(cursor).collect();
        let after: String = self.text().chars().skip(cursor).collect();
        let to = cursor + pasted.chars().count();
        self.input = Input::new(before + &pasted + &after).with_cursor(to);
        self.touched();
        if cut {
            self.error = Some((None, format!("cut: only the first {PASTE_MOST} bytes were pasted")));
        }
    }

    fn touched(&mut self) {
        self.error = None;
        self.chosen = None;
        self.recalled = None;
    }

    /// Takes another text, as if it had been typed.
    pub fn put(&mut self, text: String) {
        self.remember();
        self.input = Input::new(text);
        self.touched();
    }

    /// Shows the command before the one that is shown.
    pub fn recall_older(&mut self, commands: &[String]) {
        let (at, draft) = match &self.recalled {
            Some((at, draft)) => (at + 1, draft.clone()),
            None => (0, self.text().to_owned()),
        };
        if let Some(command) = commands.iter().rev().nth(at) {
            self.put(command.clone());
            self.recalled = Some((at, draft));
        }
    }

    /// Shows the command after the one that is shown; after the newest comes what was typed.
    pub fn recall_newer(&mut self, commands: &[String]) {
        let Some((at, draft)) = self.recalled.take() else { return };
        match at.checked_sub(1).and_then(|at| Some((at, commands.iter().rev().nth(at)?))) {
            Some((at, command)) => {
                self.put(command.clone());
                self.recalled = Some((at, draft));
            }
            None => self.put(draft),
        }
    }
}

/// What a typed cell means: nothing leaves the field alone, the clear token clears it (as in files). A SID is what is
/// typed, and `custom_field` an object or pairs.
pub fn cell_change(cell: Cell, text: &str, clear_token: &str) -> Result<CellChange, WrongText> {
    Ok(match (cell, text) {
        (Cell::Sid, sid) => CellChange::Set(sid.trim().to_owned()),
        (_, "") => CellChange::LeaveAlone,
        (_, text) if text == clear_token => CellChange::Clear,
        (Cell::Field(Field::CustomField), text) => CellChange::Set(custom_object(text)?),
        (_, text) => CellChange::Set(text.to_owned()),
    })
}

/// The column of the grid at a position: the SID first, then every field.
pub fn column(at: usize) -> Cell {
    at.checked_sub(1).and_then(|i| Field::ALL.get(i)).map_or(Cell::Sid, |field| Cell::Field(*field))
}

/// Columns of the queue grid that can be edited.
pub const COLUMNS: usize = Field::ALL.len() + 1;
