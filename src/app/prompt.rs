//! The line that takes typed text: a cell, a SID, a filter, a search, a command.

use tui_input::{Input, InputRequest};

use super::pace::Knob;
use crate::config::actions::Place;
use crate::domain::{EditId, Field};
use crate::store::{Cell, CellChange};
use crate::support::key::{Key, KeyCode};

/// What the text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptKind {
    /// A cell of these edits; the first is the one on the screen.
    Cell {
        /// The edits that get the value.
        edits: Vec<EditId>,
        /// The column.
        cell: Cell,
        /// Whether it is typed in the grid, at the cursor; else on the line below.
        in_place: bool,
    },
    /// The SID of a new edit.
    Add,
    /// A filter.
    Filter(Place),
    /// A search.
    Search(Place),
    /// A command.
    Command,
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
    /// The suggestion chosen, for a command.
    pub chosen: usize,
}

/// What a key did to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text or its cursor changed, or nothing did.
    Goes,
    /// Enter.
    Done,
    /// Tab: done, and on to the next cell.
    Next,
    /// Up or down, among suggestions.
    Choose(isize),
    /// Esc.
    Given,
}

impl Prompt {
    /// A prompt with a text to begin with, the cursor at its end.
    pub fn new(kind: PromptKind, text: &str) -> Self {
        Self { kind, input: Input::new(text.to_owned()), error: None, chosen: 0 }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Takes a key.
    pub fn take(&mut self, key: Key) -> Typed {
        let request = match (key.code, key.ctrl) {
            (KeyCode::Enter, _) => return Typed::Done,
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Typed::Given,
            (KeyCode::Tab, _) => return Typed::Next,
            (KeyCode::Up, _) | (KeyCode::Char('p'), true) => return Typed::Choose(-1),
            (KeyCode::Down, _) | (KeyCode::Char('n'), true) => return Typed::Choose(1),
            (KeyCode::Left, true) => InputRequest::GoToPrevWord,
            (KeyCode::Right, true) => InputRequest::GoToNextWord,
            (KeyCode::Left, _) | (KeyCode::Char('b'), true) => InputRequest::GoToPrevChar,
            (KeyCode::Right, _) | (KeyCode::Char('f'), true) => InputRequest::GoToNextChar,
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => InputRequest::GoToStart,
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => InputRequest::GoToEnd,
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => InputRequest::DeletePrevChar,
            (KeyCode::Delete, _) | (KeyCode::Char('d'), true) => InputRequest::DeleteNextChar,
            (KeyCode::Char('w'), true) => InputRequest::DeletePrevWord,
            (KeyCode::Char('u'), true) => InputRequest::DeleteFromStart,
            (KeyCode::Char('k'), true) => InputRequest::DeleteTillEnd,
            (KeyCode::Char('y'), true) => InputRequest::Yank,
            (KeyCode::Char(c), false) if !key.alt => InputRequest::InsertChar(c),
            _ => return Typed::Goes,
        };
        self.input.handle(request);
        self.touched();
        Typed::Goes
    }

    /// Takes pasted text; line ends become blanks, since this is one line.
    pub fn paste(&mut self, text: &str) {
        for c in text.trim_end_matches(['\r', '\n']).chars() {
            self.input.handle(InputRequest::InsertChar(if matches!(c, '\r' | '\n' | '\t') { ' ' } else { c }));
        }
        self.touched();
    }

    fn touched(&mut self) {
        self.error = None;
        self.chosen = 0;
    }
}

/// What a typed cell means: nothing leaves the field alone, the clear token clears it (as in files).
pub fn cell_change(text: &str, clear_token: &str) -> CellChange {
    match text {
        "" => CellChange::LeaveAlone,
        text if text == clear_token => CellChange::Clear,
        text => CellChange::Set(text.to_owned()),
    }
}

/// The column of the grid at a position: the SID first, then every field.
pub fn column(at: usize) -> Cell {
    at.checked_sub(1).and_then(|i| Field::ALL.get(i)).map_or(Cell::Sid, |field| Cell::Field(*field))
}

/// Columns of the queue grid that can be edited.
pub const COLUMNS: usize = Field::ALL.len() + 1;

/// The name of a column.
pub const fn column_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Sid => "sid",
        Cell::Field(field) => field.name(),
    }
}
