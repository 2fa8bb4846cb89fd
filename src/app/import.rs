//! An import as a flow: look at the file, say what its columns are, see what would come of it, then do it.
//!
//! Each question to the world has a number, and only the newest one counts: Esc asks nothing more, and what is under way
//! stops by itself. Nothing is in the queue before the last step. That one goes on beside the screen, and is undone as a
//! whole.

mod ask;
mod lines;
mod settling;

pub use self::ask::{Counted, How, ImportAnswer, ImportAsk, ImportStep, Settled, Several, Source};
use self::lines::{Does, delimiter, targets};
pub use self::lines::{ImportLine, Way};
pub use self::settling::{Question, value};
use super::answer::Notice;
use super::dialog::Dialog;
use super::effect::Effect;
use super::model::Model;
use super::rows;
use crate::config::actions::Action;
use crate::intake::{ColumnUse, Look, Target, header_set, recalled};
use crate::store::{ImportReport, Mapping, Reader, StoreError};
use crate::support::text::count;

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
    /// What was settled of what it leaves to the user, and what of that is counted.
    settled: Settled,
    counted: Settled,
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
    /// Settling what it leaves to the user; then back to what would come of it.
    Settling(Question, Box<Counted>),
}

/// Opens an import.
pub(super) fn open(model: &mut Model, source: Source) -> Vec<Effect> {
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Import(_)));
    let import = Import {
        source,
        token: 0,
        how: How::default(),
        map: Mapping::new(),
        settled: Settled::default(),
        counted: Settled::default(),
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
        ImportStep::Count | ImportStep::Import { .. } => Stage::Busy("counting", 0, 0),
    };
    import.counted.clone_from(&import.settled);
    let (source, how, settled) = (import.source.clone(), import.how.clone(), import.settled.clone());
    vec![Effect::Import(ImportAsk { token, source, how, map, settled, step })]
}

/// Has the edits put in the queue. It goes on beside the screen: the grid has the keys again, and the footer says how far
/// it is.
fn take_in(model: &mut Model, keeps_refused: bool) -> Vec<Effect> {
    let Some(map) = import(model).map(|import| import.map.clone()) else { return Vec::new() };
    let effects = ask(model, ImportStep::Import { keeps_refused }, Some(map));
    if let Some(Dialog::Import(import)) = model.dialogs.pop() {
        model.tell(Notice::done(format!("importing {} …", import.source.name())));
    }
    effects
}

/// Closes the import, and stops what is under way.
fn close(model: &mut Model) -> Vec<Effect> {
    model.asked += 1;
    let token = model.asked;
    let Some(Dialog::Import(import)) = model.dialogs.pop() else { return Vec::new() };
    let is_busy = matches!(import.stage, Stage::Busy(..));
    model.tell(Notice::done("nothing was imported"));
    let Import { source, how, settled, .. } = *import;
    let stop = ImportAsk { token, source, how, map: None, settled, step: ImportStep::Stop };
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
        (Action::Back | Action::Quit, Stage::Settling(..)) => settling::back(model),
        (Action::Back | Action::Quit, _) => close(model),
        (Action::Mark, Stage::Settling(..)) | (Action::Open, _) => choose(model),
        _ => Vec::new(),
    }
}

/// Counts what would come of it, as its columns and what was settled are now.
fn count_again(model: &mut Model) -> Vec<Effect> {
    let map = import(model).map(|import| import.map.clone());
    ask(model, ImportStep::Count, map)
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
        Does::Reasons => {
            if let Stage::Preview(counted) = &import.stage {
                let lines: Vec<_> = counted.problems.iter().chain(&counted.warnings).map(String::as_str).collect();
                let text = format!("Refused rows, and what else to know\n\n{}", lines.join("\n"));
                model.dialogs.push(Dialog::text(Notice::done(text)));
            }
        }
        Does::Columns => {
            import.stage = Stage::Mapping;
            import.at = 0;
        }
        Does::Count => return count_again(model),
        Does::Import { keeps_refused } => return take_in(model, keeps_refused),
        Does::Settle(settle) => settling::choose(import, settle),
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

/// Takes an answer; one to an older question is dropped.
pub(super) fn answered(model: &mut Model, token: u64, answer: ImportAnswer) -> Vec<Effect> {
    if let ImportAnswer::Over(notice) = answer {
        return rows::changed(model, notice);
    }
    let Some(import) = import(model).filter(|import| import.token == token) else { return Vec::new() };
    match answer {
        ImportAnswer::Failed(notice) => {
            model.dialogs.pop();
            model.tell(notice);
        }
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
