//! Everything the workstation shows.

use std::collections::VecDeque;

use super::answer::{Notice, QueueRow};
use super::base::Known;
use super::bulk::{BulkAsk, Form};
use super::calm::Calm;
use super::causes::Causes;
use super::contacts::Contacts;
use super::copying::Part;
use super::dialog::Dialog;
use super::effect::{Effect, KeysFor, QueueView};
use super::errors::Errors;
use super::grid::{Grid, Loaded, ProblemCounts};
use super::held::Held;
use super::layout::{Layout, RUN_ROWS};
use super::leave::Leaving;
use super::live::{LiveRun, LogLine};
use super::marks::{Marks, RowKey};
use super::palette::Listing;
use super::past;
use super::prompt::Prompt;
use super::pulling::Pulling;
use super::results::ResultOrder;
use super::resume::Asked;
use super::rows;
use super::triage::ContactHistory;
use super::work::Working;
use crate::config::actions::{Action, Place};
use crate::config::keymap::Keymap;
use crate::domain::{AttemptRecord, EditId, Field, Rules, RunId};
use crate::store::{ResultRow, RunSummary, Sort};
use crate::support::clock::Timestamp;
use crate::support::key::Key;

/// Lines kept of the log; the runs themselves are in the store.
const LOG_LINES: usize = 2000;

/// What `update` may look at besides the model.
#[derive(Debug)]
pub struct Ctx {
    /// The present.
    pub now: Timestamp,
}

/// On whose behalf this runs: for the header and every confirm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the profile")]
pub struct Session {
    /// Name of the profile.
    pub profile: String,
    /// The account SID.
    pub account: String,
    /// The region, or the server where another one is set.
    pub region: String,
    /// Whether a send wants the account name typed.
    pub production: bool,
    /// Requests a minute, for the next run.
    pub rate: u32,
    /// Reads a minute, for a reconcile and before a sending.
    pub read_rate: u32,
    /// Whether each contact is read before its edit is sent.
    pub snapshot: bool,
    /// Requests under way at once, for the next run.
    pub in_flight: u32,
    /// So many contacts go first, alone; 0 = none.
    pub canary: u64,
    /// The text that clears a field, as in files.
    pub clear_token: String,
    /// How an emptied field is sent.
    pub clears_as_null: bool,
    /// The name of `custom_field` on the wire.
    pub custom_key: String,
    /// What the keys mean.
    pub keymap: Keymap,
    /// What edits are held against.
    pub rules: Rules,
    /// Whether this is the demo: the first screen then says what to press.
    pub demo: bool,
}

/// The state of the workstation.
#[derive(Debug, Default)]
pub struct Model {
    /// On whose behalf.
    pub session: Session,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The place with the focus.
    pub place: Option<Place>,
    /// Whether the place with the focus has the whole screen.
    pub zoomed: bool,
    /// The queue.
    pub queue: Grid<EditId, QueueRow>,
    /// The edit that the cursor goes to when the queue is read again.
    pub go_to: Option<EditId>,
    /// Edits in the queue, shown or not.
    pub queued: u64,
    /// How many edits of the queue have a problem, while only those are shown.
    pub problems: ProblemCounts,
    /// The order of the queue; as queued where there is none.
    pub sort: Option<Sort>,
    /// The view whose keys were read last, and the one asked for since.
    pub views: (Option<QueueView>, Option<QueueView>),
    /// Whether only edits are shown that are not the only one of their contact.
    pub only_duplicates: bool,
    /// Those edits, as far as known.
    pub duplicates: Marks<EditId>,
    /// Whether there is something to undo, and to redo; `None` while that is not known.
    pub undoable: Option<(bool, bool)>,
    /// Columns of the queue that are not shown.
    pub hidden_columns: Vec<Field>,
    /// What was typed last in each form of a bulk change.
    pub bulk_texts: Vec<(Form, Vec<String>)>,
    /// The number of the newest question for edits with the same value.
    pub same_asked: u64,
    /// The results of `shown_run`.
    pub results: Grid<u64, ResultRow>,
    /// How they are shown, besides their filter.
    pub result_order: ResultOrder,
    /// The run whose results are shown.
    pub shown_run: Option<RunId>,
    /// The causes of the run, while they are shown instead of its rows.
    pub causes: Option<Causes>,
    /// The contacts of the address book.
    pub contacts: Contacts,
    /// Every run, newest first.
    pub runs: Vec<RunSummary>,
    /// The cursor in the history: only its numbers are used.
    pub history: Grid<usize, ()>,
    /// What happened, oldest first.
    pub log: VecDeque<LogLine>,
    /// The cursor in the log.
    pub log_grid: Grid<usize, ()>,
    /// The attempts of one batch, for the detail.
    pub attempts: Option<(RunId, u32, Vec<AttemptRecord>)>,
    /// The part of a row that is copied once it is read.
    pub copies: Option<Part>,
    /// The runs of the contact whose detail is open.
    pub contact_history: Option<ContactHistory>,
    /// What the contact of the row was, for the diff.
    pub known: Option<Known>,
    /// The run under way, or the last one of this session.
    pub live: Option<LiveRun>,
    /// What the screen shows that is older than all this.
    pub calm: Calm,
    /// What lies over the panes, the top last.
    pub dialogs: Vec<Dialog>,
    /// The line that takes typed text.
    pub prompt: Option<Prompt>,
    /// The last thing told; a key takes it away.
    pub notice: Option<Notice>,
    /// The errors of this sitting.
    pub errors: Errors,
    /// The present, as of what happened last.
    pub now: Timestamp,
    /// Long work under way, the newest last.
    pub works: Vec<Working>,
    /// The pull of the address book, while one is under way.
    pub pulling: Option<Pulling>,
    /// Commands that were run, the newest last.
    pub commands: Vec<String>,
    /// The list that completes an argument.
    pub listing: Listing,
    /// What was typed ahead of an answer.
    pub held: Option<Held>,
    /// Keys of a sequence so far.
    pub pending: Vec<Key>,
    /// What is looked for, with the keys found in the queue and in the results.
    pub search: Search,
    /// How far the leaving is: the program ends when the run is over.
    pub leaving: Leaving,
    /// The run that was offered to be gone on with: once in a session is enough.
    pub offered: Option<RunId>,
    /// Something visible changed since the last frame.
    pub dirty: bool,
    /// Questions asked so far; each has a number of its own.
    pub asked: u64,
    /// The newest question for keys of the queue, and of the results, by what they are for.
    pub waiting: Vec<(Place, KeysFor, u64)>,
    /// Places whose keys changed since they were asked for.
    pub stale: Vec<Place>,
}

/// A search: its text, and what it found.
#[derive(Debug, Default)]
pub struct Search {
    /// The text, as typed.
    pub text: String,
    /// Found edits of the queue.
    pub queue: Marks<EditId>,
    /// Found results.
    pub results: Marks<u64>,
    /// Whether the cursor is to go to the next match when the answer comes.
    pub jump: bool,
}

impl Model {
    /// The workstation before anything was read, with the effects that fill it.
    pub fn new(session: Session, size: (u16, u16)) -> (Self, Vec<Effect>) {
        let mut model = Self { session, size, place: Some(Place::Queue), dirty: true, ..Self::default() };
        let effects = vec![
            model.ask_queue_keys(),
            Effect::Bulk(BulkAsk::Duplicates),
            Effect::Bulk(BulkAsk::Undoable),
            Effect::Runs,
            Effect::FindRest(Asked::AtStart),
            Effect::Commands,
        ];
        (model, effects)
    }

    /// The place with the focus.
    pub fn place(&self) -> Place {
        self.place.unwrap_or(Place::Queue)
    }

    /// A sentence for the user, with the key of an action wherever it has `<ACTION>`.
    pub fn keyed(&self, sentence: &'static str) -> String {
        self.session.keymap.fill(self.place(), sentence)
    }

    /// The first key of an action, here or elsewhere; nothing when it has none.
    pub fn live_key(&self, action: Action) -> String {
        let name = self.session.keymap.name(action, self.place());
        if name.starts_with(':') && name.len() > 1 { String::new() } else { name }
    }

    /// Tells the user that something is not possible, in a sentence with keys.
    pub fn refuse(&mut self, sentence: &'static str) {
        self.tell(Notice::failed(self.keyed(sentence)));
    }

    /// Where everything stands.
    pub fn layout(&self) -> Layout {
        Layout::of(self.size, self.place(), self.zoomed)
    }

    /// Whether the zoom hides panes that this screen has room for.
    pub fn hides_panes(&self) -> bool {
        self.zoomed && Layout::of(self.size, self.place(), false).is_shared()
    }

    /// Rows of a list on the screen.
    pub fn height(&self, place: Place) -> usize {
        // Of the layout that shows the place, also while another one is shown.
        let layout = Layout::of(self.size, place, self.zoomed);
        match place {
            Place::Queue => Layout::list_rows(layout.queue),
            Place::Results => Layout::list_rows(layout.results).saturating_sub(usize::from(RUN_ROWS)).max(1),
            Place::Contacts => Layout::list_rows(layout.contacts),
            Place::History | Place::Log => Layout::list_rows(layout.whole),
        }
    }

    /// Whether a run is under way.
    pub fn is_running(&self) -> bool {
        self.running().is_some()
    }

    /// The run under way.
    pub fn running(&self) -> Option<&LiveRun> {
        self.live.as_ref().filter(|live| live.report.is_none())
    }

    /// The run under way, or the last one of this session, as it is shown.
    pub fn seen_run(&self) -> Option<&LiveRun> {
        self.live.as_ref().and(self.calm.run.as_ref())
    }

    /// The name for the window: on whose behalf, and how far the run is.
    pub fn title(&self) -> String {
        let account = &self.session.account;
        match self
            .seen_run()
            .filter(|live| live.report.is_none())
            .map(|live| live.totals)
            .filter(|totals| totals.planned > 0)
        {
            Some(totals) => format!("rolodeck · {account} · {} %", totals.settled() * 100 / totals.planned),
            None => format!("rolodeck · {account}"),
        }
    }

    /// Whether rows of the screen are still being read: a frame is better drawn a moment later.
    pub fn awaits_rows(&self) -> bool {
        self.queue.loaded == Loaded::No
            || (self.place() == Place::Queue && gap(&self.queue, self.height(Place::Queue)))
            || (self.place() == Place::Results && gap(&self.results, self.height(Place::Results)))
            || (self.place() == Place::Contacts && gap(&self.contacts.grid, self.height(Place::Contacts)))
    }

    /// Whether the run shown has unknown outcomes that could be read back now.
    pub fn has_unknown(&self) -> bool {
        !self.is_running() && self.shown_run.and_then(|run| self.run(run)).is_some_and(|run| run.totals.unknown > 0)
    }

    /// The summary of a run.
    pub fn run(&self, run: RunId) -> Option<&RunSummary> {
        self.runs.iter().find(|summary| summary.run == run)
    }

    /// Tells the user something. What was typed ahead of something that failed is for nothing.
    pub fn tell(&mut self, notice: Notice) {
        self.held.take_if(|_| notice.failed);
        self.errors.take(self.now, &notice);
        if notice.text.contains('\n') {
            self.dialogs.push(Dialog::text(notice));
        } else {
            self.notice = Some(notice);
        }
    }

    /// Writes a line into the log; a cursor at its end stays at its end.
    pub fn note(&mut self, line: LogLine) {
        let height = self.height(Place::Log);
        let follows = self.log_grid.cursor + 1 >= self.log_grid.len();
        if self.log.len() == LOG_LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
        past::narrow_log(self);
        if follows {
            self.log_grid.move_to(usize::MAX, height);
        }
    }

    /// Asks for the keys of the queue, as filter and *problems only* want them.
    pub fn ask_queue_keys(&mut self) -> Effect {
        let token = self.question(Place::Queue, KeysFor::View);
        let view = QueueView {
            filter: self.queue.filter.clone(),
            problems: self.queue.problems,
            duplicates: self.only_duplicates,
            sort: self.sort,
        };
        self.views.1 = Some(view.clone());
        Effect::QueueKeys { token, what: KeysFor::View, view }
    }

    /// Goes back to the view whose rows were all shown, when those of another could not be read; it is read again where some
    /// of those took its place.
    pub(super) fn view_back(&mut self) -> Option<Effect> {
        self.views.1.clone_from(&self.views.0);
        let QueueView { filter, problems, duplicates, sort } = self.views.0.clone()?;
        (self.queue.filter, self.queue.problems) = (filter, problems);
        (self.only_duplicates, self.sort) = (duplicates, sort);
        (self.queue.loaded == Loaded::First).then(|| self.ask_queue_keys())
    }

    /// Whether edits of the queue are hidden by a filter or the like.
    pub fn is_queue_narrowed(&self) -> bool {
        self.queue.is_narrowed() || self.only_duplicates
    }

    /// Asks for the keys of a place again, since a run changed what it shows; while they are being read, once more then, so
    /// that a run that settles faster than they are read does not keep them from ever being shown.
    pub fn ask_again(&mut self, place: Place) -> Vec<Effect> {
        if self.waiting.iter().any(|(of, what, _)| (*of, *what) == (place, KeysFor::View)) {
            self.stale.push(place);
            return Vec::new();
        }
        rows::reload(self, place)
    }

    /// Gives a question its number; it supersedes the one before it.
    pub fn question(&mut self, place: Place, what: KeysFor) -> u64 {
        self.asked += 1;
        if what == KeysFor::View {
            self.stale.retain(|stale| *stale != place);
        }
        self.waiting.retain(|(p, w, _)| (*p, *w) != (place, what));
        self.waiting.push((place, what, self.asked));
        self.asked
    }

    /// Whether an answer belongs to the newest question of its kind, which is then answered.
    pub fn is_awaited(&mut self, place: Place, what: KeysFor, token: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|w| *w != (place, what, token));
        self.waiting.len() < before
    }
}

fn gap<K: RowKey + std::hash::Hash, R>(grid: &Grid<K, R>, height: usize) -> bool {
    (grid.top..(grid.top + height).min(grid.len())).any(|at| grid.row(at).is_none())
}
