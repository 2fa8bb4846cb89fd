//! An import as a flow: look at the file, say what its columns are, see what would come of it, then do it.
//!
//! Each question to the world has a number, and only the newest one counts: Esc asks nothing more, and what is under way
//! stops by itself. Nothing is in the queue before the last step, and that one is undone as a whole.

mod lines;

use std::path::PathBuf;
use std::sync::Arc;

use self::lines::{Does, delimiter, targets};
pub use self::lines::{ImportLine, Way};
use super::answer::Notice;
use super::dialog::Dialog;
use super::effect::Effect;
use super::model::Model;
use super::rows;
use crate::config::actions::Action;
use crate::intake::{ColumnUse, ImportOptions, Look, Target, header_set, recalled};
use crate::store::{ImportReport, Mapping, Reader, StoreError};
use crate::support::text::count;

/// Where edits come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, as typed.
    File(PathBuf),
    /// A text that was pasted.
    Pasted(Arc<str>),
}

impl Source {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Pasted(_) => String::from("the pasted text"),
        }
    }
}

/// What the columns of a file were mapped to the last time; a file of results has those of the files that its edits came
/// from.
pub fn recall(reader: &Reader, columns: &[ColumnUse]) -> Result<Mapping, StoreError> {
    let map = reader.mapping(&header_set(columns.iter().map(|column| column.header.as_str())))?;
    if map.is_empty() { Ok(recalled(columns, &reader.files()?)) } else { Ok(map) }
}

/// What an import leaves unchanged, in words.
pub fn unchanged(report: &ImportReport) -> String {
    let unchanged = format!("{} unchanged", count(report.unchanged));
    match report.known {
        0 => unchanged,
        known if known == report.unchanged => unchanged + " (by the address book)",
        known => format!("{unchanged} ({} of them by the address book)", count(known)),
    }
}

/// How a source is to be read, where the user says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct How {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The encoding of a text.
    pub encoding: Option<String>,
    /// The delimiter of a text.
    pub delimiter: Option<u8>,
}

impl How {
    /// The options of a reading in which the user said so.
    pub fn asked(self, rest: ImportOptions) -> ImportOptions {
        let Self { sheet, encoding, delimiter } = self;
        ImportOptions { sheet, encoding, delimiter, ..rest }
    }
}

/// What is asked of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsk {
    /// The question's number.
    pub token: u64,
    /// Where the edits come from.
    pub source: Source,
    /// How they are to be read.
    pub how: How,
    /// What its columns are; `None` = as the last time.
    pub map: Option<Mapping>,
    /// What to do.
    pub step: ImportStep,
}

/// A step of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStep {
    /// Look at the header.
    Look,
    /// Count what would come of it.
    Count,
    /// Put the edits in the queue.
    Import {
        /// Whether refused rows are written to a file beside the source.
        keeps_refused: bool,
    },
    /// Nothing more: what is under way stops.
    Stop,
}

/// What the world answers.
#[derive(Debug, Clone)]
pub enum ImportAnswer {
    /// The header, and the mapping that it was read with.
    Looked(Box<Look>, Mapping),
    /// It can't be read in its encoding to its end; it looks like this one.
    Undecoded(&'static str),
    /// How far the reading is: bytes done, and in all.
    Progress(u64, u64),
    /// What would come of it.
    Counted(Box<Counted>),
    /// It is done, or failed; the queue may be another.
    Over(Notice),
}

/// What would come of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// What would be new, merged and unchanged.
    pub report: ImportReport,
    /// Rows read.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Edits that can't be sent before they are mended.
    pub faulty: u64,
    /// Why rows are refused, one a line, with their place.
    pub problems: Vec<String>,
    /// What else to know, one a line.
    pub warnings: Vec<String>,
}

/// The import that is being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Where the edits come from.
    pub source: Source,
    /// The number of the newest question.
    token: u64,
    /// How it is to be read.
    how: How,
    /// What its columns are.
    map: Mapping,
    /// How far it is.
    pub stage: Stage,
    /// The header and the first rows.
    pub look: Look,
    /// The line under the cursor.
    pub at: usize,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Something is being read: what, how far, and of how much.
    Busy(&'static str, u64, u64),
    /// Saying what the columns are.
    Mapping,
    /// Choosing what this column is.
    Choosing(usize),
    /// Choosing another way to read it; then, or where nothing is chosen, back to this stage.
    Reading(Way, Box<Self>),
    /// Seeing what would come of it.
    Preview(Box<Counted>),
}

/// Opens an import.
pub(super) fn open(model: &mut Model, source: Source) -> Vec<Effect> {
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Import(_)));
    let import = Import {
        source,
        token: 0,
        how: How::default(),
        map: Mapping::new(),
        stage: Stage::Mapping,
        look: Look::default(),
        at: 0,
    };
    model.dialogs.push(Dialog::Import(Box::new(import)));
    ask(model, ImportStep::Look, None)
}

/// The import on top.
fn import(model: &mut Model) -> Option<&mut Import> {
    match model.dialogs.last_mut() {
        Some(Dialog::Import(import)) => Some(import),
        _ => None,
    }
}

fn ask(model: &mut Model, step: ImportStep, map: Option<Mapping>) -> Vec<Effect> {
    model.asked += 1;
    let token = model.asked;
    let Some(import) = import(model) else { return Vec::new() };
    import.token = token;
    import.at = 0;
    import.stage = match step {
        ImportStep::Look | ImportStep::Stop => Stage::Busy("looking at it", 0, 0),
        ImportStep::Count => Stage::Busy("counting", 0, 0),
        ImportStep::Import { .. } => Stage::Busy("importing", 0, 0),
    };
    let (source, how) = (import.source.clone(), import.how.clone());
    vec![Effect::Import(ImportAsk { token, source, how, map, step })]
}

/// Closes the import, and stops what is under way.
fn close(model: &mut Model) -> Vec<Effect> {
    model.asked += 1;
    let token = model.asked;
    let Some(Dialog::Import(import)) = model.dialogs.pop() else { return Vec::new() };
    let is_busy = matches!(import.stage, Stage::Busy(..));
    model.tell(Notice::done("nothing was imported"));
    let stop = ImportAsk { token, source: import.source, how: import.how, map: None, step: ImportStep::Stop };
    if is_busy { vec![Effect::Import(stop)] } else { Vec::new() }
}

/// What an action does.
pub(super) fn run(model: &mut Model, action: Action, by: Option<isize>) -> Vec<Effect> {
    let Some(import) = import(model) else { return Vec::new() };
    let last = import.lines().len().saturating_sub(1);
    if let Some(by) = by {
        import.at = import.at.saturating_add_signed(by).min(last);
        return Vec::new();
    }
    match (action, &import.stage) {
        (Action::Back | Action::Quit, Stage::Choosing(at)) => {
            import.at = *at;
            import.stage = Stage::Mapping;
            Vec::new()
        }
        (Action::Back | Action::Quit, Stage::Reading(way, before)) => {
            let way = *way;
            import.stage = (**before).clone();
            import.at = line_of(import, &Does::Way(way));
            Vec::new()
        }
        (Action::Back | Action::Quit, _) => close(model),
        (Action::Open, _) => choose(model),
        _ => Vec::new(),
    }
}

/// The line that does this, else the first.
fn line_of(import: &Import, does: &Does) -> usize {
    import.lines().iter().position(|line| line.does == *does).unwrap_or(0)
}

/// Takes the line under the cursor.
fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(import) = import(model) else { return Vec::new() };
    let Some(line) = import.lines().into_iter().nth(import.at) else { return Vec::new() };
    match line.does {
        Does::Column(at) => {
            let column = import.look.columns.get(at);
            let now = targets(column).iter().position(|target| column.is_some_and(|column| column.target == *target));
            import.at = now.unwrap_or(0);
            import.stage = Stage::Choosing(at);
        }
        Does::Become(target) => {
            let Stage::Choosing(column) = import.stage else { return Vec::new() };
            put(import, column, target);
            import.stage = Stage::Mapping;
            import.at = column;
        }
        Does::Way(way) => {
            let before = std::mem::replace(&mut import.stage, Stage::Mapping);
            import.stage = Stage::Reading(way, Box::new(before));
            import.at = import.lines().iter().position(|line| line.text == lines::NOW).unwrap_or(0);
        }
        Does::Read(way, value) => {
            match way {
                Way::Sheet => import.how.sheet = Some(value),
                Way::Encoding => import.how.encoding = Some(value),
                Way::Delimiter => import.how.delimiter = delimiter(&value),
            }
            return ask(model, ImportStep::Look, None);
        }
        Does::Columns => {
            import.stage = Stage::Mapping;
            import.at = 0;
        }
        Does::Count => {
            let map = import.map.clone();
            return ask(model, ImportStep::Count, Some(map));
        }
        Does::Import { keeps_refused } => {
            let map = import.map.clone();
            return ask(model, ImportStep::Import { keeps_refused }, Some(map));
        }
        Does::Close => return close(model),
    }
    Vec::new()
}

/// Says what a column is. By its name where it is the only one of it, so that the mapping serves the next file too.
fn put(import: &mut Import, at: usize, target: Target) {
    let Some(header) = import.look.columns.get(at).map(|column| column.header.clone()) else { return };
    let is_only = import.look.columns.iter().filter(|column| column.header == header).count() == 1;
    let column = if is_only && !header.trim().is_empty() { header } else { format!("#{}", at + 1) };
    import.map.retain(|(mapped, _)| *mapped != column);
    import.map.push((column, target.name().into_owned()));
    if let Some(column) = import.look.columns.get_mut(at) {
        column.target = target;
    }
}

/// Takes an answer; one to an older question is dropped, unless the queue is another because of it.
pub(super) fn answered(model: &mut Model, token: u64, answer: ImportAnswer) -> Vec<Effect> {
    let is_newest = import(model).is_some_and(|import| import.token == token);
    if let ImportAnswer::Over(notice) = answer {
        if is_newest {
            model.dialogs.pop();
        }
        return if is_newest || !notice.failed { rows::changed(model, notice) } else { Vec::new() };
    }
    let Some(import) = import(model).filter(|_| is_newest) else { return Vec::new() };
    match answer {
        ImportAnswer::Looked(look, map) => {
            let is_sure = look.refused.is_none()
                && look.read_as.looks_like.is_none()
                && look.columns.iter().all(|column| column.target != Target::Unmatched);
            import.map.clone_from(&map);
            import.look = *look;
            // What is counted and imported is what was looked at.
            import.how.sheet.clone_from(&import.look.read_as.sheet);
            if is_sure {
                return ask(model, ImportStep::Count, Some(map));
            }
            import.stage = Stage::Mapping;
            let first = import.look.columns.iter().position(|column| column.target == Target::Unmatched);
            let encoding = import.look.read_as.looks_like.map(|_| line_of(import, &Does::Way(Way::Encoding)));
            import.at = encoding.or(first).unwrap_or(0);
        }
        ImportAnswer::Undecoded(other) => {
            import.look.read_as.looks_like = Some(other);
            import.stage = Stage::Mapping;
            import.at = line_of(import, &Does::Way(Way::Encoding));
        }
        ImportAnswer::Progress(done, of) => {
            if let Stage::Busy(what, ..) = import.stage {
                import.stage = Stage::Busy(what, done, of);
            }
        }
        ImportAnswer::Counted(counted) => {
            import.stage = Stage::Preview(counted);
            import.at = 0;
        }
        ImportAnswer::Over(_) => {}
    }
    Vec::new()
}
