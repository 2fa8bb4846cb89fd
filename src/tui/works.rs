//! The long work under way, and how to stop it.
//!
//! # To make a job tell how far it is, and stop at Esc
//!
//! 1. Where its task begins: `let work = self.works.begin(Subject::Own, format!("exporting run {run}"));`. The sentence is
//!    what the footer shows, from a quarter of a second on, with how far it is and the key that stops it.
//! 2. `work.expect(total)` where the total is known, and then `work.step(1)?` for each item, or `work.over(items)`.
//! 3. A change of the store goes through `store.watched(&work)`: stopped, it fails and nothing of it is done.
//! 4. Answer as ever. An error that says [`Stopped`](crate::support::work::Stopped) is a sentence for the user.
//!
//! A [`Subject`] other than `Own` is a question of which the newest alone matters: beginning it again stops the earlier
//! one. The work is over, and its line gone, when the task has dropped it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::effects::Heard;
use crate::app::{Answer, Effect, KeysFor, Msg, WorkAnswer};
use crate::support::work::{Stopper, Work};

/// What work is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Which edits of the queue to show, or are found.
    Queue(KeysFor),
    /// Which results of a run to show, or are found.
    Results(KeysFor),
    /// Which contacts to show.
    Contacts,
    /// A plan.
    Plan,
    /// What a change would do.
    Preview,
    /// An import, step by step.
    Import,
    /// Itself alone: it stops nothing.
    Own,
}

/// All of it.
#[derive(Debug, Clone)]
pub(super) struct Works {
    going: Arc<Mutex<Going>>,
    tell: UnboundedSender<Heard>,
}

#[derive(Debug, Default)]
struct Going {
    begun: u64,
    works: Vec<(u64, Subject, Stopper)>,
}

impl Works {
    pub(super) fn new(tell: UnboundedSender<Heard>) -> Self {
        Self { going: Arc::default(), tell }
    }

    /// Begins work; what it is doing is told to the user in these words.
    pub(super) fn begin(&self, subject: Subject, what: String) -> Work {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        going.works.retain(|(_, _, stopper)| !stopper.is_over());
        for (_, _, stopper) in going.works.iter().filter(|(_, of, _)| *of == subject && subject != Subject::Own) {
            stopper.replace();
        }
        going.begun += 1;
        let (id, tell, is_task) = (going.begun, self.tell.clone(), subject == Subject::Own);
        let work = Work::new(Box::new(move |progress| {
            let answer = match progress {
                Some(progress) => WorkAnswer::Goes { id, what: what.clone(), progress, is_task },
                None => WorkAnswer::Over(id),
            };
            // The listener is gone only when the program ends.
            let _ = tell.send(Heard::Msg(Msg::Answer(Answer::Work(answer))));
        }));
        going.works.push((id, subject, work.stopper()));
        work
    }

    /// The work of a question that may take long.
    pub(super) fn of(&self, question: &Effect) -> Work {
        match question {
            Effect::Plan { .. } => self.begin(Subject::Plan, String::from("planning")),
            _ => Work::unwatched(),
        }
    }

    /// Stops work, if it is not over.
    pub(super) fn stop(&self, id: u64) {
        let going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, _, stopper) in going.works.iter().filter(|(of, _, _)| *of == id) {
            stopper.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[test]
    fn a_newer_question_stops_the_older_and_work_of_its_own_goes_on() {
        let (tell, _heard) = unbounded_channel();
        let works = Works::new(tell);
        let begin = |subject| works.begin(subject, String::new());
        let view = begin(Subject::Queue(KeysFor::View));
        let search = begin(Subject::Queue(KeysFor::Search));
        let export = begin(Subject::Own);
        let (again, other) = (begin(Subject::Queue(KeysFor::View)), begin(Subject::Own));
        let all = [&view, &search, &export, &again, &other];
        assert_eq!(all.map(Work::is_stopped), [true, false, false, false, false]);
        assert_eq!(all.map(Work::is_replaced), [true, false, false, false, false]);
        works.stop(3);
        works.stop(3);
        assert_eq!([&export, &other].map(Work::is_stopped), [true, false]);
        assert!(!export.is_replaced(), "whoever stopped it waits for a word");
    }
}
