//! Every action a key can have: the one table behind keys, footer, help and palette.

mod table;

pub use table::{ACTIONS, ActionRow};

/// Where an action applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The queue grid.
    Queue,
    /// The results of a run.
    Results,
    /// The contacts of the address book.
    Contacts,
    /// The list of runs.
    History,
    /// The log of the run's events.
    Log,
}

impl Place {
    /// Every place, in the order of their number keys.
    pub const ALL: [Self; 5] = [Self::Queue, Self::Results, Self::Contacts, Self::History, Self::Log];

    /// Its name on the screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Queue => "Queue",
            Self::Results => "Results",
            Self::Contacts => "Contacts",
            Self::History => "History",
            Self::Log => "Log",
        }
    }

    /// The action that shows it.
    pub const fn view(self) -> Action {
        match self {
            Self::Queue => Action::ViewQueue,
            Self::Results => Action::ViewResults,
            Self::Contacts => Action::ViewContacts,
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
    pub const ALL: [Self; 6] = [
        Self::In(Place::Queue),
        Self::In(Place::Results),
        Self::In(Place::Contacts),
        Self::In(Place::History),
        Self::In(Place::Log),
        Self::Prompt,
    ];

    /// Its table in the config file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In(Place::Queue) => "queue",
            Self::In(Place::Results) => "results",
            Self::In(Place::Contacts) => "contacts",
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
    /// Change what is wrong with a cause, or the marked failures, and requeue them.
    Fix,
    /// Show the causes of a run instead of its rows.
    Causes,
    /// Build the edits that take a run back.
    UndoRun,
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
    /// Find a pattern in this column of the marked edits, and replace it.
    Replace,
    /// Choose another change of the marked edits.
    Transform,
    /// Mend what needs no question in the marked edits.
    Mend,
    /// Sort by this column: ascending, descending, as queued.
    Sort,
    /// Choose the column to sort by.
    SortBy,
    /// Undo the last change of the queue.
    Undo,
    /// Redo what was undone.
    Redo,
    /// Edit the cell, open the detail, or open the run.
    Open,
    /// Show everything about the row under the cursor.
    Detail,
    /// Show what the contact was, what it is to be, and what came back.
    Diff,
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
    /// Mark every row of the view, on the screen or not.
    MarkAll,
    /// Clear all marks.
    MarkNone,
    /// Mark the rows shown that are not marked, and only these.
    MarkInvert,
    /// Mark all rows with the same value in this column, on the screen or not.
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
    /// Show the contacts of the address book.
    ViewContacts,
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
    /// Take back the last change of the text.
    UndoTyping,
    /// Put back what was deleted last.
    PutBack,
}
