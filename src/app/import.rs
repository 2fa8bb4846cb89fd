//! An import as a flow: look at the file, say what its columns are, see what would come of it, then do it.
//!
//! Each question to the world has a number, and only the newest one counts: Esc asks nothing more, and what is under way
//! stops by itself. Nothing is in the queue before the last step, and that one is undone as a whole.

use std::path::PathBuf;
use std::sync::Arc;

use super::answer::Notice;
use super::dialog::Dialog;
use super::effect::Effect;
use super::model::Model;
use super::rows;
use crate::config::actions::Action;
use crate::domain::Field;
use crate::intake::{ColumnUse, Look, Target, header_set, recalled};
use crate::store::{ImportReport, Mapping, Reader, StoreError};
use crate::support::text::{count, counted};

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

/// What is asked of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsk {
    /// The question's number.
    pub token: u64,
    /// Where the edits come from.
    pub source: Source,
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
    Looked(Look, Mapping),
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
    /// Seeing what would come of it.
    Preview(Box<Counted>),
}

/// A line that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// What it is.
    pub name: String,
    /// What is there, or what it does.
    pub text: String,
}

impl Import {
    /// The lines to choose from.
    pub fn lines(&self) -> Vec<ImportLine> {
        let line = |name: &str, text: String| ImportLine { name: name.to_owned(), text };
        match &self.stage {
            Stage::Busy(..) => Vec::new(),
            Stage::Mapping => {
                let columns = self.look.columns.iter().map(|column| line(&column.header, used_for(column)));
                columns.chain([line("go on", String::from("count what would come of it"))]).collect()
            }
            Stage::Choosing(at) => targets(self.look.columns.get(*at))
                .iter()
                .map(|target| {
                    line(&target.name(), if *target == Target::Skipped { "leave it out".into() } else { String::new() })
                })
                .collect(),
            Stage::Preview(counted) => preview_lines(self, counted),
        }
    }
}

/// What a column is used for, in words.
fn used_for(column: &ColumnUse) -> String {
    match (&column.target, &column.maybe) {
        (Target::Unmatched, Some(maybe)) => format!("not used (perhaps {})", maybe.name()),
        (Target::Unmatched, None) => String::from("not used"),
        (Target::Skipped, _) => String::from("left out"),
        (target, _) => target.name().into_owned(),
    }
}

/// What a column can be; what it may be meant for comes first.
fn targets(column: Option<&ColumnUse>) -> Vec<Target> {
    let header = column.map_or("", |column| column.header.as_str());
    let mut all: Vec<Target> = column.and_then(|column| column.maybe.clone()).into_iter().collect();
    all.push(Target::Sid);
    all.extend(Field::ALL.map(Target::Field));
    if !header.trim().is_empty() {
        all.push(Target::CustomKey(header.trim().to_owned()));
    }
    all.push(Target::Skipped);
    let mut seen = Vec::new();
    all.retain(|target| !seen.contains(target) && (seen.push(target.clone()), true).1);
    all
}

fn preview_lines(import: &Import, counted: &Counted) -> Vec<ImportLine> {
    let line = |name: String, text: &str| ImportLine { name, text: text.to_owned() };
    let good = counted.rows - counted.refused;
    let mut lines = Vec::new();
    if good > 0 {
        let rows = if counted.refused > 0 {
            format!("import the other {}", self::counted(good, "row"))
        } else {
            String::from("import")
        };
        lines.push(line(rows, "one step of undo"));
        if counted.refused > 0 && matches!(import.source, Source::File(_)) {
            lines.push(line(
                format!("the same, and keep the {} refused in a file", count(counted.refused)),
                "beside it, to mend",
            ));
        }
    }
    if !import.look.columns.is_empty() {
        lines.push(line(String::from("change the columns"), ""));
    }
    lines.push(line(String::from("close"), "nothing is imported"));
    lines
}

/// Opens an import.
pub(super) fn open(model: &mut Model, source: Source) -> Vec<Effect> {
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Import(_)));
    let import = Import { source, token: 0, map: Mapping::new(), stage: Stage::Mapping, look: Look::default(), at: 0 };
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
    vec![Effect::Import(ImportAsk { token, source: import.source.clone(), map, step })]
}

/// Closes the import, and stops what is under way.
fn close(model: &mut Model) -> Vec<Effect> {
    model.asked += 1;
    let token = model.asked;
    let Some(Dialog::Import(import)) = model.dialogs.pop() else { return Vec::new() };
    let is_busy = matches!(import.stage, Stage::Busy(..));
    model.tell(Notice::done("nothing was imported"));
    let stop = ImportAsk { token, source: import.source, map: None, step: ImportStep::Stop };
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
        (Action::Back | Action::Quit, _) => close(model),
        (Action::Open, _) => choose(model),
        _ => Vec::new(),
    }
}

/// Takes the line under the cursor.
fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(import) = import(model) else { return Vec::new() };
    let at = import.at;
    match &import.stage {
        Stage::Busy(..) => Vec::new(),
        Stage::Mapping if at < import.look.columns.len() => {
            let column = import.look.columns.get(at);
            let now = targets(column).iter().position(|target| column.is_some_and(|column| column.target == *target));
            import.at = now.unwrap_or(0);
            import.stage = Stage::Choosing(at);
            Vec::new()
        }
        Stage::Mapping => {
            let map = import.map.clone();
            ask(model, ImportStep::Count, Some(map))
        }
        Stage::Choosing(column) => {
            let column = *column;
            if let Some(target) = targets(import.look.columns.get(column)).into_iter().nth(at) {
                put(import, column, target);
            }
            import.stage = Stage::Mapping;
            import.at = column;
            Vec::new()
        }
        Stage::Preview(counted) => {
            let chosen = preview_lines(import, counted).into_iter().nth(at).map(|line| line.name);
            match chosen.as_deref() {
                Some("change the columns") => {
                    import.stage = Stage::Mapping;
                    import.at = 0;
                    Vec::new()
                }
                Some("close") | None => close(model),
                Some(name) => {
                    let keeps_refused = name.starts_with("the same");
                    let map = import.map.clone();
                    ask(model, ImportStep::Import { keeps_refused }, Some(map))
                }
            }
        }
    }
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
            let is_sure =
                look.refused.is_none() && look.columns.iter().all(|column| column.target != Target::Unmatched);
            import.map.clone_from(&map);
            import.look = look;
            if is_sure {
                return ask(model, ImportStep::Count, Some(map));
            }
            let first = import.look.columns.iter().position(|column| column.target == Target::Unmatched);
            import.at = first.unwrap_or(0);
            import.stage = Stage::Mapping;
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
