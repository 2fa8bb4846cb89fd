//! What an import leaves to the user: which of two values a field gets, and who is meant by what several contacts have.
//!
//! Without a word the later value wins, and a row that may mean several contacts is refused. What is said is counted again
//! before it is imported.

use super::lines::{Does, ImportLine, line};
use super::{Counted, Import, Several, Stage, count_again, line_of};
use crate::app::book::about;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::domain::{Change, Contact, Sid};
use crate::store::{Choices, Clash, Side};
use crate::support::text::counted;

/// Lines before the first conflict, that are about all of them.
const FOR_ALL: usize = 2;

/// What is to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Which value fields get that have two.
    Values,
    /// Who is meant by what several contacts have.
    Meant,
    /// Which of the contacts that have this one.
    Which(usize),
}

/// What a line does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settle {
    /// Opens the question.
    Ask(Question),
    /// Takes this side everywhere.
    All(Side),
    /// Takes the other side for this conflict.
    Turn(usize),
    /// Says who is meant, or that nobody is.
    Is(usize, Option<Sid>),
}

/// A value, as far as a line shows it.
pub fn value(change: &Change) -> &str {
    match change {
        Change::Set(value) => value,
        Change::Clear => "CLEAR",
    }
}

/// The lines of the preview that open the questions.
pub(super) fn openers(import: &Import, preview: &Counted) -> Vec<ImportLine> {
    let mut lines = Vec::new();
    let mut open = |name: String, text: &str, question| {
        lines.push(line(&name, text, Does::Settle(Settle::Ask(question))));
    };
    let report = &preview.report;
    if report.conflicts > 0 {
        let text = match report.kept {
            0 => "the later value wins",
            kept if kept == report.conflicts => "the earlier value stays",
            _ => "as you chose",
        };
        open(format!("settle {}", counted(report.conflicts, "conflict")), text, Question::Values);
    }
    let open_still = preview.several.iter().filter(|several| meant(import, several).is_none()).count() as u64;
    match (preview.several.len(), open_still) {
        (0, _) => {}
        (_, 0) => open(String::from("say who is meant"), "as you chose", Question::Meant),
        _ => open(String::from("say who is meant"), "refused until you do", Question::Meant),
    }
    lines
}

/// The contact that is meant, if the user said so.
fn meant<'s>(import: &Import, several: &'s Several) -> Option<&'s Contact> {
    let sid = import.settled.meant.get(&several.key())?;
    several.contacts.iter().find(|contact| contact.sid == *sid)
}

/// The lines of a question.
pub(super) fn lines(import: &Import, question: Question, preview: &Counted) -> Vec<ImportLine> {
    let settle = |name: &str, text: &str, settle| line(name, text, Does::Settle(settle));
    match question {
        Question::Values => {
            let mut lines = vec![
                settle("all: the later value, the file's", "", Settle::All(Side::Later)),
                settle("all: the earlier value, the queue's", "", Settle::All(Side::Earlier)),
            ];
            lines.extend(preview.report.told.iter().enumerate().map(|(at, conflict)| {
                let (which, change) = match import.settled.choices.of(&conflict.sid, conflict.field) {
                    Side::Later => ("later", &conflict.later),
                    Side::Earlier => ("earlier", &conflict.earlier),
                };
                let name = format!("{}  {:<12}", conflict.sid, conflict.field.name());
                settle(&name, &format!("{which}: {}", value(change)), Settle::Turn(at))
            }));
            lines
        }
        Question::Meant => (0..)
            .zip(&preview.several)
            .map(|(at, several)| {
                let text = match meant(import, several) {
                    Some(contact) => format!("{}  {}", contact.sid, about(contact)),
                    None => format!("{} refused", counted(several.rows, "row")),
                };
                settle(&several.value, &text, Settle::Ask(Question::Which(at)))
            })
            .collect(),
        Question::Which(at) => {
            let contacts = preview.several.get(at).into_iter().flat_map(|several| &several.contacts);
            let mut lines: Vec<_> = contacts
                .map(|contact| settle(contact.sid.as_str(), &about(contact), Settle::Is(at, Some(contact.sid.clone()))))
                .collect();
            lines.push(settle("none of them", "the rows are refused", Settle::Is(at, None)));
            lines
        }
    }
}

impl Import {
    /// The conflict under the cursor.
    pub fn conflict<'p>(&self, preview: &'p Counted) -> Option<&'p Clash> {
        preview.report.told.get(self.at.checked_sub(FOR_ALL)?)
    }
}

/// Takes a line.
pub(super) fn choose(import: &mut Import, settle: Settle) {
    let (Stage::Settling(_, preview) | Stage::Preview(preview)) = &import.stage else { return };
    let preview = preview.clone();
    match settle {
        Settle::Ask(question) => open(import, question, preview),
        Settle::All(rest) => import.settled.choices = Choices { rest, ..Choices::default() },
        Settle::Turn(at) => {
            let Some(conflict) = preview.report.told.get(at) else { return };
            let choices = &mut import.settled.choices;
            let other = match choices.of(&conflict.sid, conflict.field) {
                Side::Later => Side::Earlier,
                Side::Earlier => Side::Later,
            };
            choices.each.insert((conflict.sid.clone(), conflict.field), other);
        }
        Settle::Is(at, sid) => {
            let Some(several) = preview.several.get(at) else { return };
            match sid {
                Some(sid) => import.settled.meant.insert(several.key(), sid),
                None => import.settled.meant.remove(&several.key()),
            };
            open(import, Question::Meant, preview);
            import.at = at;
        }
    }
}

fn open(import: &mut Import, question: Question, preview: Box<Counted>) {
    import.at = match question {
        Question::Values => FOR_ALL,
        Question::Meant | Question::Which(_) => 0,
    };
    import.stage = Stage::Settling(question, preview);
}

/// Goes a level back; what was settled since is counted.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let Some(import) = super::import(model) else { return Vec::new() };
    let Stage::Settling(question, preview) = &import.stage else { return Vec::new() };
    let (question, preview) = (*question, preview.clone());
    if let Question::Which(at) = question {
        open(import, Question::Meant, preview);
        import.at = at;
    } else if import.settled == import.counted {
        import.stage = Stage::Preview(preview);
        import.at = line_of(import, &Does::Settle(Settle::Ask(question)));
    } else {
        return count_again(model);
    }
    Vec::new()
}
