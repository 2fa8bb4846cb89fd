//! Keys in, effects out: the model driven as a user would, without a terminal or a disk.

mod base;
mod book;
mod bulk;
mod calm;
mod conflicts;
mod contacts;
mod dialogs;
mod errors;
mod held;
mod import;
mod looks;
mod palette;
mod reconcile;
mod results;
mod run;
mod triage;
mod typing;

use rstest::rstest;

use super::import::Source;
use super::*;
use crate::config::Config;
use crate::config::actions::Place;
use crate::domain::{Change, Edit, EditId, Field, RunId, RunState, Said, Sid, Status, Totals};
use crate::engine::{EngineEvent, EventKind, RunReport};
use crate::store::{Cell, CellChange};
use crate::support::clock::Timestamp;

struct Desk {
    model: Model,
    ctx: Ctx,
}

impl Desk {
    /// A workstation of 80×24 with edits 1 to `n` in its queue.
    fn with(n: i64) -> Self {
        let session = Session {
            account: "acme1".into(),
            profile: "live".into(),
            clear_token: "--".into(),
            rate: 30,
            in_flight: 2,
            ..Session::default()
        };
        let (model, effects) = Model::new(session, (80, 24));
        let mut desk = Self { model, ctx: Ctx { now: Timestamp(10_000) } };
        let Some(Effect::QueueKeys { token, .. }) = effects.first() else { panic!("{effects:?}") };
        let token = *token;
        let wanted = desk.answer(Answer::QueueKeys(token, KeysFor::View, Ok((1..=n).map(EditId).collect())));
        for effect in wanted {
            if let Effect::QueueRows(ids) = effect {
                let rows = ids.iter().copied().map(row).collect();
                desk.answer(Answer::QueueRows(ids, rows));
            }
        }
        desk
    }

    fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        update(&mut self.model, Msg::Answer(answer), &self.ctx)
    }

    /// Answers the newest question for the rows of a run.
    fn newest_result_keys(&mut self, keys: Vec<u64>) -> Vec<Effect> {
        let asked = self.model.waiting.iter().find(|(of, what, _)| (*of, *what) == (Place::Results, KeysFor::View));
        let token = asked.expect("the results are asked for").2;
        self.answer(Answer::ResultKeys(token, KeysFor::View, Ok(keys)))
    }

    /// Presses keys, written as in the key table, a second after each other; gives the effects of all.
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in keys.split(' ') {
            self.ctx.now = Timestamp(self.ctx.now.0 + 1000);
            effects.extend(update(&mut self.model, Msg::Key(key.parse().unwrap()), &self.ctx));
        }
        // What a palette reads and keeps for itself has tests of its own.
        effects.retain(|effect| !matches!(effect, Effect::KeepCommand(_) | Effect::List(_)));
        effects
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
            self.press(&key);
        }
    }

    /// Types a command of the palette, and Enter.
    fn command(&mut self, text: &str) -> Vec<Effect> {
        self.press(":");
        self.type_text(text);
        self.press("enter")
    }

    fn planned(&mut self, edits: i64) -> Vec<Effect> {
        let plan = Preview { edits: (1..=edits).map(EditId).collect(), batches: 1, ..Preview::default() };
        self.answer(Answer::Planned { plan, send: true })
    }

    /// Takes an event of the run, a second after what was before.
    fn event(&mut self, kind: EventKind, totals: Totals) -> Vec<Effect> {
        self.ctx.now = Timestamp(self.ctx.now.0 + 1000);
        let event = EngineEvent { run: RunId(1), seq: 1, at: self.ctx.now, totals, kind };
        update(&mut self.model, Msg::Engine(Box::new(event)), &self.ctx)
    }

    fn running(edits: u64) -> Self {
        let mut desk = Self::with(edits as i64);
        desk.answer(Answer::Started { run: RunId(1), planned: edits, batches: 1 });
        desk
    }
}

/// The send of edits 1 to `n`.
fn start(n: i64) -> Effect {
    Effect::Start { edits: (1..=n).map(EditId).collect(), resumes: None }
}

fn report(state: RunState, totals: Totals) -> RunReport {
    RunReport {
        run: RunId(1),
        state,
        totals,
        odd_echoes: 0,
        requests: 0,
        retries: 0,
        elapsed_ms: 25,
        cause: None,
        alarm: None,
    }
}

fn row(id: EditId) -> QueueRow {
    let changes = [(Field::FirstName, Change::Set(format!("name {}", id.0)))].into_iter().collect();
    QueueRow {
        id,
        edit: Edit { sid: Sid::new(&format!("sid{}", id.0)), changes },
        issues: Vec::new(),
        origin: None,
        conflict: None,
        base: None,
    }
}

#[test]
fn typing_in_a_cell_sets_it_and_the_clear_token_clears_it() {
    let mut desk = Desk::with(3);
    desk.press("j l e ctrl-u");
    desk.type_text("New name");
    let set = |change| {
        Effect::Change(LocalChange::SetCell { edits: vec![EditId(2)], cell: Cell::Field(Field::FirstName), change })
    };
    assert_eq!(desk.press("enter"), [set(CellChange::Set("New name".into()))]);
    desk.press("e ctrl-u");
    assert_eq!(desk.press("- - enter"), [set(CellChange::Clear)]);
    desk.press("e ctrl-u");
    assert_eq!(desk.press("enter"), [set(CellChange::LeaveAlone)]);
}

#[test]
fn keys_of_the_config_file_work_in_places_prompts_and_messages() {
    let mut desk = Desk::with(3);
    let text = "[keys.queue]\nedit-cell = 'ctrl-t e'\nadd = 'A'\n[keys.prompt]\naccept = ['enter', 'ctrl-j']";
    desk.model.session.keymap = Config::parse(std::path::Path::new("c.toml"), text).unwrap().keymap;
    desk.press("l e");
    assert!(desk.model.prompt.is_none(), "the old key means nothing any more");
    desk.press("ctrl-t e");
    assert_eq!(desk.press("ctrl-j").len(), 1, "the cell is kept");
    desk.model.queued = 0;
    desk.press("W");
    let said = desk.model.notice.as_ref().map(|notice| notice.text.as_str());
    assert_eq!(said, Some("the queue is empty; `A` adds an edit, `:import FILE` a file"));
}

#[test]
fn esc_drops_what_was_typed() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.press("l e X esc"), []);
    assert!(desk.model.prompt.is_none());
}

#[test]
fn a_send_is_planned_shown_and_sent_only_after_a_yes() {
    let mut desk = Desk::with(3);
    assert_eq!(desk.press("W"), [Effect::Plan { edits: None, send: true }]);
    assert_eq!(desk.planned(3), []);
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("no confirm") };
    assert!(confirm.title.contains('3') && confirm.facts.iter().any(|(_, value)| value.contains("acme1")));
    assert_eq!(desk.press("y"), [start(3)]);
}

#[rstest]
#[case("enter")]
#[case("n")]
#[case("esc")]
fn enter_no_and_esc_send_nothing(#[case] key: &str) {
    let mut desk = Desk::with(3);
    desk.press("W");
    desk.planned(3);
    assert_eq!(desk.press(key), []);
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn a_key_typed_ahead_never_confirms() {
    let mut desk = Desk::with(3);
    desk.press("W");
    desk.planned(3);
    desk.ctx.now = Timestamp(desk.ctx.now.0 + 100);
    let effects = update(&mut desk.model, Msg::Key("y".parse().unwrap()), &desk.ctx);
    assert_eq!(effects, []);
    assert!(!desk.model.dialogs.is_empty());
}

#[test]
fn a_production_account_wants_its_name_typed() {
    let mut desk = Desk::with(2);
    desk.model.session.production = true;
    desk.press("W");
    desk.planned(2);
    assert_eq!(desk.press("y backspace enter"), []);
    desk.type_text("acme1");
    assert_eq!(desk.press("enter"), [start(2)]);
}

#[test]
fn marks_are_what_is_sent_and_the_confirm_counts_what_the_filter_hides() {
    let mut desk = Desk::with(5);
    assert_eq!(desk.press("space space W"), [Effect::Plan { edits: Some(vec![EditId(1), EditId(2)]), send: true }]);
    desk.model.queue.problems = true;
    desk.model.queue.set_keys(vec![EditId(1)]);
    desk.planned(2);
    let Some(Dialog::Confirm(confirm)) = desk.model.dialogs.last() else { panic!("no confirm") };
    assert!(confirm.facts.iter().any(|(name, value)| name == "hidden" && value.starts_with('1')), "{confirm:?}");
}

#[test]
fn an_empty_queue_is_not_sent() {
    let mut desk = Desk::with(0);
    assert_eq!(desk.press("W"), []);
    assert!(desk.model.notice.as_ref().is_some_and(|notice| notice.failed));
}

#[test]
fn a_run_is_shown_as_it_goes_and_its_failures_can_be_requeued() {
    let mut desk = Desk::running(3);
    assert_eq!(desk.model.place(), Place::Results);
    desk.model.waiting.clear();
    let totals = Totals { planned: 3, updated: 1, rejected: 2, ..Totals::default() };
    let settled = EventKind::BatchSettled { batch: 0, attempt: 1, elapsed_ms: 20, notes: Vec::new() };
    let effects = desk.event(settled, totals);
    assert!(effects.iter().any(|e| matches!(e, Effect::ResultKeys { .. })), "{effects:?}");
    desk.newest_result_keys(vec![0, 1, 2]);
    desk.press("R");
    assert!(desk.model.notice.as_ref().is_some_and(|notice| notice.failed), "not while it runs");
    let report = RunReport { requests: 1, ..report(RunState::Finished, totals) };
    desk.event(EventKind::Finished(report), totals);
    assert!(!desk.model.is_running());
    desk.newest_result_keys(vec![0, 1, 2]);
    let asked = desk.press("R");
    assert!(asked.iter().any(|e| matches!(e, Effect::Triage(TriageAsk::Judge(_, Then::Requeue)))), "{asked:?}");
}

#[test]
fn quitting_at_rest_asks_nothing() {
    assert_eq!(Desk::with(3).press("q"), [Effect::Quit]);
}

#[test]
fn an_answer_to_an_older_question_is_dropped() {
    let mut desk = Desk::with(3);
    let first = desk.press("!");
    let second = desk.press("!");
    let token = |effects: &[Effect]| match effects.first() {
        Some(Effect::QueueKeys { token, .. }) => *token,
        other => panic!("{other:?}"),
    };
    desk.answer(Answer::QueueKeys(token(&second), KeysFor::View, Ok(vec![EditId(1), EditId(2), EditId(3)])));
    desk.answer(Answer::QueueKeys(token(&first), KeysFor::View, Ok(vec![EditId(2)])));
    assert_eq!(desk.model.queue.len(), 3);
}

#[test]
fn a_wrong_filter_stays_open_and_says_why() {
    let mut desk = Desk::with(3);
    desk.press("f");
    desk.type_text("nofield:x");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.model.prompt.as_ref().is_some_and(|prompt| prompt.error.is_some()));
}

#[test]
fn pasted_text_is_never_run_as_keys() {
    let mut desk = Desk::with(3);
    let effects = update(&mut desk.model, Msg::Paste { text: "Wyq".into(), cut: false }, &desk.ctx);
    assert_eq!(effects, []);
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn a_command_imports_a_file() {
    let mut desk = Desk::with(0);
    let effects = desk.command("import a b.csv");
    assert!(
        matches!(&effects[..], [Effect::Import(ask)] if ask.source == Source::File("a b.csv".into())),
        "{effects:?}"
    );
}

#[test]
fn the_detail_names_code_error_and_what_to_do() {
    let mut desk = Desk::running(1);
    let outcome = crate::domain::Outcome {
        status: Status::Rejected,
        said: Said {
            code: Some(404),
            error_code: Some(1000),
            description: Some("Contact not found".into()),
            message: None,
        },
        echo: crate::domain::Echo::None,
        item: Some(r#"{"code":404}"#.into()),
    };
    let row = crate::store::ResultRow {
        seq: 0,
        sid: Sid::new("sid1"),
        changes: row(EditId(1)).edit.changes,
        batch: 0,
        index: 0,
        outcome: Some(outcome),
        attempts: 1,
        request_id: Some("abc".into()),
        handled: None,
        again: None,
        before: None,
    };
    desk.model.results.set_keys(vec![0]);
    desk.answer(Answer::ResultRows(RunId(1), vec![row]));
    let text: Vec<String> = detail::lines(&desk.model).into_iter().map(|(_, text)| text).collect();
    let text = text.join("\n");
    for part in ["sid1", "code 404", "error code 1000", "Contact not found", "correct the SID", "abc", "name 1"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn edits_that_left_the_queue_meanwhile_are_not_asked_for_for_ever() {
    let mut desk = Desk::with(3);
    let left = vec![EditId(2), EditId(3)];
    let effects = desk.answer(Answer::QueueRows(left, vec![row(EditId(2))]));
    let Some(Effect::QueueKeys { token, .. }) = effects.first() else { panic!("{effects:?}") };
    let token = *token;
    desk.answer(Answer::QueueKeys(token, KeysFor::View, Ok(vec![EditId(1), EditId(2)])));
    assert_eq!(desk.answer(Answer::Runs(Vec::new())), []);
}

#[test]
fn the_cursor_goes_to_an_edit_that_was_added() {
    let mut desk = Desk::with(3);
    desk.press("o");
    desk.type_text("sid4");
    assert_eq!(desk.press("enter"), [Effect::Change(LocalChange::Add(Sid::new("sid4")))]);
    let effects = desk.answer(Answer::Added(EditId(4)));
    let Some(Effect::QueueKeys { token, .. }) = effects.first() else { panic!("{effects:?}") };
    let token = *token;
    desk.answer(Answer::QueueKeys(token, KeysFor::View, Ok((1..=4).map(EditId).collect())));
    assert_eq!(desk.model.queue.current_key(), Some(EditId(4)));
}
