//! Long work under way, as the user sees it: what, how far, and the key that stops it.

use super::dialog::Confirm;
use super::effect::Effect;
use super::model::{Ctx, Model};
use crate::support::text::count;
use crate::support::work::Progress;

/// What long work tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkAnswer {
    /// It goes on.
    Goes {
        /// Its number.
        id: u64,
        /// What it is doing.
        what: String,
        /// How far it is.
        progress: Progress,
        /// Whether it changes or writes something, and does not only look.
        is_task: bool,
    },
    /// It is over.
    Over(u64),
}

/// Long work that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    id: u64,
    what: String,
    progress: Progress,
    is_task: bool,
}

/// Takes what work tells.
pub(super) fn on_answer(model: &mut Model, answer: WorkAnswer) {
    match answer {
        WorkAnswer::Goes { id, what, progress, is_task } => {
            if let Some(work) = model.works.iter_mut().find(|work| work.id == id) {
                work.progress = progress;
            } else {
                // What was told when it began gives way to how far it is.
                model.notice.take_if(|notice| !notice.failed);
                model.works.push(Working { id, what, progress, is_task });
            }
        }
        WorkAnswer::Over(id) => model.works.retain(|work| work.id != id),
    }
}

/// Stops the work that is shown, the one begun last.
pub(super) fn stop(model: &Model) -> Option<Effect> {
    model.works.last().map(|work| Effect::StopWork(work.id))
}

/// Asks whether to stop the changes and exports under way and leave; `None` where there are none.
pub(super) fn ask_to_leave(model: &Model, ctx: &Ctx) -> Option<Confirm> {
    let tasks: Vec<_> = model.works.iter().filter(|work| work.is_task).collect();
    if tasks.is_empty() {
        return None;
    }
    let mut facts: Vec<_> = tasks.iter().map(|work| (String::from("under way"), work.what.clone())).collect();
    facts.push((String::from("then"), String::from("nothing of it is done")));
    let stops = tasks.iter().map(|work| Effect::StopWork(work.id));
    Some(Confirm {
        title: String::from("Stop it and quit?"),
        facts,
        yes: String::from("stop it and quit"),
        effects: stops.chain([Effect::Quit]).collect(),
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })
}

/// The work that is shown, as a line; `None` when none has taken long enough to be shown.
pub fn line(model: &Model) -> Option<String> {
    let work = model.works.last()?;
    let Progress { done, of } = work.progress;
    let far = match (done, of) {
        (0, _) => String::from(" …"),
        (done, 0) => format!(": {}", count(done)),
        (done, 100) => format!(": {} %", done.min(100)),
        (done, of) => format!(": {} of {} ({} %)", count(done), count(of), done.min(of) * 100 / of),
    };
    Some(format!("{}{far}{}", work.what, model.keyed("; <back> stops it")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Answer, Dialog, Msg, Notice, update};
    use crate::support::clock::Timestamp;
    use crate::support::key::{Key, KeyCode};

    fn tell(model: &mut Model, answer: WorkAnswer) {
        update(model, Msg::Answer(Answer::Work(answer)), &Ctx { now: Timestamp(0) });
    }

    fn goes(id: u64, what: &str, done: u64, of: u64) -> WorkAnswer {
        WorkAnswer::Goes { id, what: what.to_owned(), progress: Progress { done, of }, is_task: what != "planning" }
    }

    fn esc(model: &mut Model) -> Vec<Effect> {
        update(model, Msg::Key(Key::plain(KeyCode::Esc)), &Ctx { now: Timestamp(0) })
    }

    #[test]
    fn the_newest_work_is_shown_until_it_is_over_and_esc_stops_it() {
        let mut model = Model::default();
        model.tell(Notice::done("importing a.csv …"));
        tell(&mut model, goes(1, "importing a.csv", 0, 0));
        assert_eq!((line(&model).as_deref(), &model.notice), (Some("importing a.csv …; esc stops it"), &None));
        tell(&mut model, goes(2, "planning", 250_000, 1_000_000));
        tell(&mut model, goes(1, "importing a.csv", 12_000, 0));
        assert_eq!(line(&model).as_deref(), Some("planning: 250,000 of 1,000,000 (25 %); esc stops it"));
        assert_eq!(esc(&mut model), [Effect::StopWork(2)]);
        tell(&mut model, WorkAnswer::Over(2));
        assert_eq!(line(&model).as_deref(), Some("importing a.csv: 12,000; esc stops it"));
        tell(&mut model, goes(1, "importing a.csv", 45, 100));
        assert_eq!(line(&model).as_deref(), Some("importing a.csv: 45 %; esc stops it"));
        assert_eq!(esc(&mut model), [Effect::StopWork(1)]);
        tell(&mut model, WorkAnswer::Over(1));
        assert_eq!((line(&model), esc(&mut model)), (None, Vec::new()));
    }

    #[test]
    fn leaving_asks_while_something_is_changed_or_written() {
        let mut model = Model::default();
        tell(&mut model, goes(1, "planning", 1, 0));
        let quit = |model: &mut Model, at| {
            update(model, Msg::Key(Key::plain(KeyCode::Char('q'))), &Ctx { now: Timestamp(at) })
        };
        assert_eq!(quit(&mut model, 0), [Effect::Quit]);
        tell(&mut model, goes(2, "importing a.csv", 1, 100));
        assert_eq!(quit(&mut model, 0), []);
        let Some(Dialog::Confirm(confirm)) = model.dialogs.last() else { panic!("{:?}", model.dialogs) };
        assert_eq!(confirm.facts[0].1, "importing a.csv");
        let yes = update(&mut model, Msg::Key(Key::plain(KeyCode::Char('y'))), &Ctx { now: Timestamp(1000) });
        assert_eq!(yes, [Effect::StopWork(2), Effect::Quit]);
    }

    #[test]
    fn what_went_wrong_stays_to_be_read() {
        let mut model = Model::default();
        model.tell(Notice::failed("no such file"));
        tell(&mut model, goes(1, "planning", 1, 0));
        assert!(model.notice.is_some());
    }
}
