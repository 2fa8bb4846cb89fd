//! The table itself: every action with its keys.

use super::{Action, Context, Group, Place};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct ActionRow {
    /// The action.
    pub action: Action,
    /// Its name in the config and the palette.
    pub name: &'static str,
    /// Its keys in the preset `vim`; a sequence has blanks: `g g`.
    pub keys: &'static [&'static str],
    /// One or two words for the footer.
    pub label: &'static str,
    /// What it does, for the help.
    pub help: &'static str,
    /// Its heading in the help.
    pub group: Group,
    /// Where it applies; nowhere for what edits a prompt.
    pub places: &'static [Place],
}

impl ActionRow {
    /// Where its keys have this meaning.
    pub fn contexts(&self) -> impl Iterator<Item = Context> {
        let prompt = self.places.is_empty().then_some(Context::Prompt);
        self.places.iter().copied().map(Context::In).chain(prompt)
    }
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    label: &'static str,
    group: Group,
    places: &'static [Place],
    help: &'static str,
) -> ActionRow {
    ActionRow { action, name, keys, label, help, group, places }
}

const EVERYWHERE: &[Place] = &Place::ALL;
const ROWS: &[Place] = &[Place::Queue, Place::Results, Place::Contacts];
const GRIDS: &[Place] = &[Place::Queue, Place::Contacts];
const EDITS: &[Place] = &[Place::Queue, Place::Results];
const QUEUE: &[Place] = &[Place::Queue];
const RESULTS: &[Place] = &[Place::Results];
const RUNS: &[Place] = &[Place::Results, Place::History];
const PROMPT: &[Place] = &[];

/// The table, in the order of the help.
#[rustfmt::skip] // one action a line: it is read as a table
pub const ACTIONS: &[ActionRow] = &[
    row(Action::Send, "send", &["W"], "send", Group::Send, EVERYWHERE, "Send the queue, after a confirm that says what and where"),
    row(Action::Plan, "plan", &["P"], "plan", Group::Send, EVERYWHERE, "Show what a send would do, and send nothing"),
    row(Action::Pause, "pause", &["p"], "pause", Group::Send, EVERYWHERE, "Pause the run, or go on with it"),
    row(Action::CancelRest, "cancel-rest", &["X"], "cancel rest", Group::Send, EVERYWHERE, "Cancel what is not sent yet; batches under way end and are recorded"),
    row(Action::Requeue, "requeue", &["R"], "requeue", Group::Send, RESULTS, "Put the marked failures, a cause, or all of them, back in the queue"),
    row(Action::Fix, "fix", &["F"], "fix", Group::Send, RESULTS, "Change what is wrong with a cause, or the marked failures, and requeue them"),
    row(Action::UndoRun, "undo-run", &["B"], "undo run", Group::Send, RUNS, "Build the edits that take the run back, in the queue; nothing is sent"),
    row(Action::EditCell, "edit-cell", &["e"], "edit", Group::Compose, GRIDS, "Edit the cell under the cursor; that of a contact becomes an edit"),
    row(Action::SetMarked, "set-marked", &["c"], "set marked", Group::Compose, GRIDS, "Set this column on all marked rows"),
    row(Action::Replace, "replace", &["r"], "replace", Group::Compose, GRIDS, "Replace what a pattern finds in this column of the marked rows"),
    row(Action::Transform, "transform", &["t"], "change", Group::Compose, GRIDS, "Trim, case, E.164, copy, template and more, on the marked rows"),
    row(Action::Mend, "mend", &["F"], "mend", Group::Compose, QUEUE, "Mend what needs no question: blanks, E.164, small letters in emails"),
    row(Action::EditOutside, "editor", &["E"], "in $EDITOR", Group::Compose, QUEUE, "Edit the marked edits, else this one, in $EDITOR"),
    row(Action::Add, "add", &["o"], "add", Group::Compose, QUEUE, "Add edits by SIDs, numbers or emails, one or many"),
    row(Action::TakeOut, "take-out", &["x"], "take out", Group::Compose, QUEUE, "Take edits out of the queue; nothing is deleted on the server"),
    row(Action::Undo, "undo", &["u"], "undo", Group::Compose, GRIDS, "Undo the last change of the queue"),
    row(Action::Redo, "redo", &["U"], "redo", Group::Compose, GRIDS, "Redo what was undone"),
    row(Action::Open, "open", &["enter"], "open", Group::Look, EVERYWHERE, "Edit the cell, open the detail, or open the run"),
    row(Action::Detail, "detail", &["i"], "detail", Group::Look, ROWS, "Show everything about the row under the cursor"),
    row(Action::Diff, "diff", &["d"], "diff", Group::Look, EDITS, "Show what the contact was, what it is to be, and what came back"),
    row(Action::Zoom, "zoom", &["+"], "zoom", Group::Look, EDITS, "Give this pane the whole screen, or share it again"),
    row(Action::Problems, "problems", &["!"], "problems", Group::Look, EVERYWHERE, "Show problems only (of contacts those that are gone), or everything again"),
    row(Action::Filter, "filter", &["f"], "filter", Group::Look, EVERYWHERE, "Show the rows that a filter matches"),
    row(Action::Causes, "causes", &["z"], "causes", Group::Look, RESULTS, "Show the causes of the failures, or the rows again"),
    row(Action::Search, "search", &["/"], "search", Group::Look, EVERYWHERE, "Find text in the rows; contacts, runs and the log are narrowed"),
    row(Action::SearchNext, "search-next", &["n"], "next", Group::Look, EDITS, "Go to the next match"),
    row(Action::SearchPrev, "search-previous", &["N"], "previous", Group::Look, EDITS, "Go to the match before"),
    row(Action::Sort, "sort", &["s"], "sort", Group::Look, ROWS, "Sort by this column: ascending, descending, as it was"),
    row(Action::SortBy, "sort-by", &["S"], "sort by", Group::Look, ROWS, "Choose the column to sort by"),
    row(Action::CopySid, "copy-sid", &["y"], "copy SID", Group::Look, ROWS, "Copy the SID, also through SSH"),
    row(Action::CopyJson, "copy-json", &["Y"], "copy JSON", Group::Look, ROWS, "Copy the row as JSON"),
    row(Action::Refresh, "refresh", &["ctrl-r"], "refresh", Group::Look, EVERYWHERE, "In results, read unknown outcomes back; else read the rows again from disk"),
    row(Action::Mark, "mark", &["space"], "mark", Group::Marks, ROWS, "Mark the row and go down"),
    row(Action::MarkRange, "mark-range", &["v"], "range", Group::Marks, ROWS, "Start a range at this row; again ends it"),
    row(Action::MarkAll, "mark-all", &["a"], "mark all", Group::Marks, ROWS, "Mark every row of the view, on the screen or not"),
    row(Action::MarkNone, "mark-none", &["V"], "no marks", Group::Marks, ROWS, "Clear all marks"),
    row(Action::MarkInvert, "mark-invert", &["*"], "invert", Group::Marks, ROWS, "Mark the rows shown that are not marked, and only these"),
    row(Action::MarkSame, "mark-same", &["="], "mark same", Group::Marks, ROWS, "Mark all rows with the same value in this column, on the screen or not"),
    row(Action::Down, "down", &["j", "down"], "down", Group::Move, EVERYWHERE, "One row down"),
    row(Action::Up, "up", &["k", "up"], "up", Group::Move, EVERYWHERE, "One row up"),
    row(Action::Left, "left", &["h", "left"], "left", Group::Move, EVERYWHERE, "One column to the left"),
    row(Action::Right, "right", &["l", "right"], "right", Group::Move, EVERYWHERE, "One column to the right"),
    row(Action::HalfDown, "half-down", &["ctrl-d"], "half down", Group::Move, EVERYWHERE, "Half a page down"),
    row(Action::HalfUp, "half-up", &["ctrl-u"], "half up", Group::Move, EVERYWHERE, "Half a page up"),
    row(Action::PageDown, "page-down", &["ctrl-f", "pgdn"], "page down", Group::Move, EVERYWHERE, "One page down"),
    row(Action::PageUp, "page-up", &["ctrl-b", "pgup"], "page up", Group::Move, EVERYWHERE, "One page up"),
    row(Action::Top, "top", &["g g", "home"], "top", Group::Move, EVERYWHERE, "To the first row"),
    row(Action::Bottom, "bottom", &["G", "end"], "bottom", Group::Move, EVERYWHERE, "To the last row; there once more, follow what a run brings in"),
    row(Action::FirstColumn, "first-column", &["0"], "first column", Group::Move, EVERYWHERE, "To the first column"),
    row(Action::LastColumn, "last-column", &["$"], "last column", Group::Move, EVERYWHERE, "To the last column"),
    row(Action::NextPane, "next-pane", &["tab"], "next pane", Group::Move, EVERYWHERE, "To the next pane"),
    row(Action::PrevPane, "previous-pane", &["shift-tab"], "previous pane", Group::Move, EVERYWHERE, "To the pane before"),
    row(Action::ViewQueue, "view-queue", &["1"], "queue", Group::Move, EVERYWHERE, "Show the queue"),
    row(Action::ViewResults, "view-results", &["2"], "results", Group::Move, EVERYWHERE, "Show the results of a run"),
    row(Action::ViewContacts, "view-contacts", &["3"], "contacts", Group::Move, EVERYWHERE, "Show the contacts of the address book"),
    row(Action::ViewHistory, "view-history", &["4"], "history", Group::Move, EVERYWHERE, "Show every run"),
    row(Action::ViewLog, "view-log", &["5"], "log", Group::Move, EVERYWHERE, "Show what happened, in time order"),
    row(Action::Back, "back", &["esc"], "back", Group::Move, EVERYWHERE, "Back one level: dialog, filter, range, view"),
    row(Action::Palette, "palette", &[":"], "command", Group::Program, EVERYWHERE, "Run any action or command by a part of its name"),
    row(Action::Help, "help", &["?", "f1"], "help", Group::Program, EVERYWHERE, "Show the keys of this place"),
    row(Action::Suspend, "suspend", &["ctrl-z"], "suspend", Group::Program, EVERYWHERE, "Back to the shell; `fg` returns"),
    row(Action::Quit, "quit", &["q", "ctrl-c"], "quit", Group::Program, EVERYWHERE, "Close what is open, or quit; a run under way is asked about"),
    row(Action::Accept, "accept", &["enter"], "ok", Group::Prompt, PROMPT, "Take what is typed"),
    row(Action::Cancel, "cancel", &["esc", "ctrl-c"], "close", Group::Prompt, PROMPT, "Close the prompt and drop what is typed"),
    row(Action::Complete, "complete", &["tab"], "complete", Group::Prompt, PROMPT, "Complete a command; in a cell, keep it and go to the next one"),
    row(Action::ChoosePrev, "choose-previous", &["up", "ctrl-p"], "previous", Group::Prompt, PROMPT, "The choice above; from the first, an earlier command"),
    row(Action::ChooseNext, "choose-next", &["down", "ctrl-n"], "next", Group::Prompt, PROMPT, "The choice below; from an earlier command, a later one"),
    row(Action::CharLeft, "char-left", &["left", "ctrl-b"], "left", Group::Prompt, PROMPT, "One character to the left"),
    row(Action::CharRight, "char-right", &["right", "ctrl-f"], "right", Group::Prompt, PROMPT, "One character to the right"),
    row(Action::WordLeft, "word-left", &["ctrl-left", "alt-b"], "word left", Group::Prompt, PROMPT, "One word to the left"),
    row(Action::WordRight, "word-right", &["ctrl-right", "alt-f"], "word right", Group::Prompt, PROMPT, "One word to the right"),
    row(Action::LineStart, "line-start", &["home", "ctrl-a"], "start", Group::Prompt, PROMPT, "To the start of the text"),
    row(Action::LineEnd, "line-end", &["end", "ctrl-e"], "end", Group::Prompt, PROMPT, "To the end of the text"),
    row(Action::DeleteBack, "delete-back", &["backspace", "ctrl-h"], "delete", Group::Prompt, PROMPT, "Delete the character before the cursor"),
    row(Action::DeleteChar, "delete-char", &["delete", "ctrl-d"], "delete", Group::Prompt, PROMPT, "Delete the character under the cursor"),
    row(Action::DeleteWord, "delete-word", &["ctrl-w"], "delete word", Group::Prompt, PROMPT, "Delete the word before the cursor"),
    row(Action::DeleteToStart, "delete-to-start", &["ctrl-u"], "delete to start", Group::Prompt, PROMPT, "Delete everything before the cursor"),
    row(Action::DeleteToEnd, "delete-to-end", &["ctrl-k"], "delete to end", Group::Prompt, PROMPT, "Delete everything from the cursor on"),
    row(Action::PutBack, "put-back", &["ctrl-y"], "put back", Group::Prompt, PROMPT, "Put back what was deleted last"),
    row(Action::UndoTyping, "undo-typing", &["ctrl-_"], "undo", Group::Prompt, PROMPT, "Take back the last change of the text"),
];

impl Action {
    /// Its row of the table.
    pub fn row(self) -> Option<&'static ActionRow> {
        ACTIONS.iter().find(|row| row.action == self)
    }

    /// Its name in the config and the palette.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|row| row.name == name).map(|row| row.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_action_says_what_it_does() {
        let names: HashSet<_> = ACTIONS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ACTIONS.len());
        assert!(ACTIONS.iter().all(|row| row.places.is_empty() == (row.group == Group::Prompt)));
        assert!(ACTIONS.iter().all(|row| !row.help.is_empty() && !row.label.is_empty()));
    }

    #[test]
    fn capitals_that_reach_the_network_are_all_in_their_group() {
        for row in ACTIONS.iter().filter(|row| row.group == Group::Send) {
            assert!(row.keys.iter().all(|k| k.len() == 1), "{}", row.name);
        }
    }
}
