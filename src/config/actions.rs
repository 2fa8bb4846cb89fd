//! Every action a key can have: the one table behind keys, footer, help and palette.

/// Where an action applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The queue grid.
    Queue,
    /// The results of a run.
    Results,
    /// The list of runs.
    History,
    /// The log of the run's events.
    Log,
}

impl Place {
    /// Every place, in the order of their number keys.
    pub const ALL: [Self; 4] = [Self::Queue, Self::Results, Self::History, Self::Log];

    /// Its name on the screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Queue => "Queue",
            Self::Results => "Results",
            Self::History => "History",
            Self::Log => "Log",
        }
    }

    /// The action that shows it.
    pub const fn view(self) -> Action {
        match self {
            Self::Queue => Action::ViewQueue,
            Self::Results => Action::ViewResults,
            Self::History => Action::ViewHistory,
            Self::Log => Action::ViewLog,
        }
    }
}

/// Where a key has one meaning: in a place, or while text is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// A place, and what lies over it.
    In(Place),
    /// A prompt, where most keys type.
    Prompt,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 5] = [
        Self::In(Place::Queue),
        Self::In(Place::Results),
        Self::In(Place::History),
        Self::In(Place::Log),
        Self::Prompt,
    ];

    /// Its table in the config file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In(Place::Queue) => "queue",
            Self::In(Place::Results) => "results",
            Self::In(Place::History) => "history",
            Self::In(Place::Log) => "log",
            Self::Prompt => "prompt",
        }
    }
}

impl From<Place> for Context {
    fn from(place: Place) -> Self {
        Self::In(place)
    }
}

/// The heading an action stands under in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What reaches the network or changes many edits.
    Send,
    /// Local changes of the queue.
    Compose,
    /// Looking closer.
    Look,
    /// Choosing rows.
    Marks,
    /// Moving about.
    Move,
    /// The program itself.
    Program,
    /// Typing a text.
    Prompt,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Send, Self::Compose, Self::Look, Self::Marks, Self::Move, Self::Program, Self::Prompt];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Compose => "Compose",
            Self::Look => "Look",
            Self::Marks => "Marks",
            Self::Move => "Move",
            Self::Program => "Program",
            Self::Prompt => "While typing",
        }
    }
}

/// What the user means by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Send the queue, after a confirm that says what and where.
    Send,
    /// Show what a send would do, and send nothing.
    Plan,
    /// Pause the run, or go on with it.
    Pause,
    /// Cancel what is not sent yet; batches under way end and are recorded.
    CancelRest,
    /// Put the marked failures, or all of them, back in the queue.
    Requeue,
    /// Edit the cell under the cursor.
    EditCell,
    /// Set this column on all marked edits.
    SetMarked,
    /// Edit the marked edits, else this one, in the user's own editor.
    EditOutside,
    /// Add an edit by its SID.
    Add,
    /// Take edits out of the queue; nothing is deleted on the server.
    TakeOut,
    /// Undo the last change of the queue.
    Undo,
    /// Redo what was undone.
    Redo,
    /// Edit the cell, open the detail, or open the run.
    Open,
    /// Show everything about the row under the cursor.
    Detail,
    /// Give the pane with the focus the whole screen, or share it again.
    Zoom,
    /// Show problems only, or everything again.
    Problems,
    /// Show the rows that a filter matches.
    Filter,
    /// Find text in the rows.
    Search,
    /// Go to the next match.
    SearchNext,
    /// Go to the match before.
    SearchPrev,
    /// Copy the SID, also through SSH.
    CopySid,
    /// Copy the row as JSON.
    CopyJson,
    /// Read the rows again from disk.
    Refresh,
    /// Mark the row and go down.
    Mark,
    /// Start a range at this row; again ends it.
    MarkRange,
    /// Mark every row shown.
    MarkAll,
    /// Clear all marks.
    MarkNone,
    /// Mark the rows shown that are not marked, and only these.
    MarkInvert,
    /// Mark the rows shown with the same value in this column.
    MarkSame,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// One page down.
    PageDown,
    /// One page up.
    PageUp,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// To the first column.
    FirstColumn,
    /// To the last column.
    LastColumn,
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PrevPane,
    /// Show the queue.
    ViewQueue,
    /// Show the results of a run.
    ViewResults,
    /// Show every run.
    ViewHistory,
    /// Show what happened, in time order.
    ViewLog,
    /// Back one level: dialog, filter, range, view.
    Back,
    /// Run any action or command by a part of its name.
    Palette,
    /// Show the keys of this place.
    Help,
    /// Back to the shell; `fg` returns.
    Suspend,
    /// Close what is open, or quit; a run under way is asked about.
    Quit,
    /// Take what is typed.
    Accept,
    /// Close the prompt and drop what is typed.
    Cancel,
    /// Complete a command; in a cell, keep it and go to the next one.
    Complete,
    /// The choice above; from the first, an earlier command.
    ChoosePrev,
    /// The choice below; from an earlier command, a later one.
    ChooseNext,
    /// One character to the left.
    CharLeft,
    /// One character to the right.
    CharRight,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// To the start of the text.
    LineStart,
    /// To the end of the text.
    LineEnd,
    /// Delete the character before the cursor.
    DeleteBack,
    /// Delete the character under the cursor.
    DeleteChar,
    /// Delete the word before the cursor.
    DeleteWord,
    /// Delete everything before the cursor.
    DeleteToStart,
    /// Delete everything from the cursor on.
    DeleteToEnd,
    /// Put back what was deleted last.
    PutBack,
}

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
const ROWS: &[Place] = &[Place::Queue, Place::Results];
const QUEUE: &[Place] = &[Place::Queue];
const RESULTS: &[Place] = &[Place::Results];
const PROMPT: &[Place] = &[];

/// The table, in the order of the help.
#[rustfmt::skip] // one action a line: it is read as a table
pub const ACTIONS: &[ActionRow] = &[
    row(Action::Send, "send", &["W"], "send", Group::Send, EVERYWHERE, "Send the queue, after a confirm that says what and where"),
    row(Action::Plan, "plan", &["P"], "plan", Group::Send, EVERYWHERE, "Show what a send would do, and send nothing"),
    row(Action::Pause, "pause", &["p"], "pause", Group::Send, EVERYWHERE, "Pause the run, or go on with it"),
    row(Action::CancelRest, "cancel-rest", &["X"], "cancel rest", Group::Send, EVERYWHERE, "Cancel what is not sent yet; batches under way end and are recorded"),
    row(Action::Requeue, "requeue", &["R"], "requeue", Group::Send, RESULTS, "Put the marked failures, or all of them, back in the queue"),
    row(Action::EditCell, "edit-cell", &["e"], "edit", Group::Compose, QUEUE, "Edit the cell under the cursor"),
    row(Action::SetMarked, "set-marked", &["c"], "set marked", Group::Compose, QUEUE, "Set this column on all marked edits"),
    row(Action::EditOutside, "editor", &["E"], "in $EDITOR", Group::Compose, QUEUE, "Edit the marked edits, else this one, in $EDITOR"),
    row(Action::Add, "add", &["o"], "add", Group::Compose, QUEUE, "Add an edit by its SID"),
    row(Action::TakeOut, "take-out", &["x"], "take out", Group::Compose, QUEUE, "Take edits out of the queue; nothing is deleted on the server"),
    row(Action::Undo, "undo", &["u"], "undo", Group::Compose, QUEUE, "Undo the last change of the queue"),
    row(Action::Redo, "redo", &["U"], "redo", Group::Compose, QUEUE, "Redo what was undone"),
    row(Action::Open, "open", &["enter"], "open", Group::Look, EVERYWHERE, "Edit the cell, open the detail, or open the run"),
    row(Action::Detail, "detail", &["i"], "detail", Group::Look, ROWS, "Show everything about the row under the cursor"),
    row(Action::Zoom, "zoom", &["+"], "zoom", Group::Look, ROWS, "Give this pane the whole screen, or share it again"),
    row(Action::Problems, "problems", &["!"], "problems", Group::Look, ROWS, "Show problems only, or everything again"),
    row(Action::Filter, "filter", &["f"], "filter", Group::Look, ROWS, "Show the rows that a filter matches"),
    row(Action::Search, "search", &["/"], "search", Group::Look, ROWS, "Find text in the rows"),
    row(Action::SearchNext, "search-next", &["n"], "next", Group::Look, ROWS, "Go to the next match"),
    row(Action::SearchPrev, "search-previous", &["N"], "previous", Group::Look, ROWS, "Go to the match before"),
    row(Action::CopySid, "copy-sid", &["y"], "copy SID", Group::Look, ROWS, "Copy the SID, also through SSH"),
    row(Action::CopyJson, "copy-json", &["Y"], "copy JSON", Group::Look, ROWS, "Copy the row as JSON"),
    row(Action::Refresh, "refresh", &["ctrl-r"], "refresh", Group::Look, EVERYWHERE, "In results, read unknown outcomes back; else read the rows again from disk"),
    row(Action::Mark, "mark", &["space"], "mark", Group::Marks, ROWS, "Mark the row and go down"),
    row(Action::MarkRange, "mark-range", &["v"], "range", Group::Marks, ROWS, "Start a range at this row; again ends it"),
    row(Action::MarkAll, "mark-all", &["a"], "mark all", Group::Marks, ROWS, "Mark every row shown"),
    row(Action::MarkNone, "mark-none", &["V"], "no marks", Group::Marks, ROWS, "Clear all marks"),
    row(Action::MarkInvert, "mark-invert", &["*"], "invert", Group::Marks, ROWS, "Mark the rows shown that are not marked, and only these"),
    row(Action::MarkSame, "mark-same", &["="], "mark same", Group::Marks, ROWS, "Mark the rows shown with the same value in this column"),
    row(Action::Down, "down", &["j", "down"], "down", Group::Move, EVERYWHERE, "One row down"),
    row(Action::Up, "up", &["k", "up"], "up", Group::Move, EVERYWHERE, "One row up"),
    row(Action::Left, "left", &["h", "left"], "left", Group::Move, EVERYWHERE, "One column to the left"),
    row(Action::Right, "right", &["l", "right"], "right", Group::Move, EVERYWHERE, "One column to the right"),
    row(Action::HalfDown, "half-down", &["ctrl-d"], "half down", Group::Move, EVERYWHERE, "Half a page down"),
    row(Action::HalfUp, "half-up", &["ctrl-u"], "half up", Group::Move, EVERYWHERE, "Half a page up"),
    row(Action::PageDown, "page-down", &["ctrl-f", "pgdn"], "page down", Group::Move, EVERYWHERE, "One page down"),
    row(Action::PageUp, "page-up", &["ctrl-b", "pgup"], "page up", Group::Move, EVERYWHERE, "One page up"),
    row(Action::Top, "top", &["g g", "home"], "top", Group::Move, EVERYWHERE, "To the first row"),
    row(Action::Bottom, "bottom", &["G", "end"], "bottom", Group::Move, EVERYWHERE, "To the last row"),
    row(Action::FirstColumn, "first-column", &["0"], "first column", Group::Move, EVERYWHERE, "To the first column"),
    row(Action::LastColumn, "last-column", &["$"], "last column", Group::Move, EVERYWHERE, "To the last column"),
    row(Action::NextPane, "next-pane", &["tab"], "next pane", Group::Move, EVERYWHERE, "To the next pane"),
    row(Action::PrevPane, "previous-pane", &["shift-tab"], "previous pane", Group::Move, EVERYWHERE, "To the pane before"),
    row(Action::ViewQueue, "view-queue", &["1"], "queue", Group::Move, EVERYWHERE, "Show the queue"),
    row(Action::ViewResults, "view-results", &["2"], "results", Group::Move, EVERYWHERE, "Show the results of a run"),
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
