//! Whole screens as text: what a user reads, at the sizes that users have.

use ratatui::buffer::Buffer;

mod bytes;
mod conflicts;
mod contacts;
mod past;
mod screens;
mod triage;

use super::*;
use crate::app::{Answer, Ctx, Effect, KeysFor, Msg, Notice, Preview, QueueRow, Session, update};
use crate::config::Preset;
use crate::config::keymap::Keymap;
use crate::config::theme::{Depth, Theme};
use crate::domain::{
    Change, Echo, Edit, EditId, Field, Outcome, Rules, RunId, RunState, Said, Sid, Status, Totals, validate,
};
use crate::engine::{EngineEvent, EventKind, WaitReason};
use crate::store::{ResultRow, RunSummary};
use crate::support::clock::Timestamp;

fn styles() -> Styles {
    Styles::new(Theme::load("dark", std::path::Path::new("/nonexistent")).unwrap(), Depth::from_name("none").unwrap())
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        // The cells that a wide glyph covers hold nothing of their own.
        let mut covered = 0;
        let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
        let shown = cells.filter(|symbol| {
            let is_shown = covered == 0;
            covered = if is_shown { crate::support::text::width(symbol).max(1) } else { covered } - 1;
            is_shown
        });
        shown.collect::<String>().trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect()
}

fn screen(model: &Model) -> String {
    lines(&frame(model, &styles()).buffer).join("\n")
}

fn ctx() -> Ctx {
    Ctx { now: Timestamp(1_000_000) }
}

fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    update(model, msg, &ctx())
}

fn queue_row(i: i64) -> QueueRow {
    let email = if i == 2 { "no address" } else { "asha@example.com" };
    let mut changes: crate::domain::Changes =
        [(Field::FirstName, Change::Set(format!("Asha {i}"))), (Field::Email, Change::Set(email.into()))]
            .into_iter()
            .collect();
    if i == 3 {
        changes.put(Field::Tag, Some(Change::Clear));
    }
    let edit = Edit { sid: Sid::new(&format!("83ba26b7f11c4e75b4043c8b33ceba{i:02}")), changes };
    let issues = validate(&edit, &Rules::default());
    QueueRow { id: EditId(i), edit, issues, origin: None, conflict: None, base: None }
}

fn model(size: (u16, u16), n: i64) -> Model {
    let session = Session {
        profile: "live".into(),
        account: "acme1".into(),
        region: "mumbai".into(),
        production: true,
        ..Session::default()
    };
    let (mut model, effects) = Model::new(session, size);
    let Some(Effect::QueueKeys { token, .. }) = effects.first() else { panic!("{effects:?}") };
    let ids: Vec<EditId> = (1..=n).map(EditId).collect();
    send(&mut model, Msg::Answer(Answer::QueueKeys(*token, KeysFor::View, Ok(ids.clone()))));
    send(&mut model, Msg::Answer(Answer::QueueRows(ids, (1..=n).map(queue_row).collect())));
    model
}

fn result(seq: u64, status: Status, code: i64, description: &str) -> ResultRow {
    let said = Said {
        code: Some(code),
        description: Some(description.into()).filter(|d: &String| !d.is_empty()),
        ..Said::default()
    };
    let echo = if status == Status::Updated { Echo::Matches } else { Echo::None };
    ResultRow {
        seq,
        sid: queue_row(seq as i64 + 1).edit.sid,
        changes: queue_row(seq as i64 + 1).edit.changes,
        batch: 0,
        index: seq as u32,
        outcome: Some(Outcome { status, said, echo, item: None }),
        attempts: 1,
        request_id: None,
        handled: None,
        again: None,
        before: None,
    }
}

/// A run of the history.
fn run(no: i64, state: RunState, totals: Totals) -> RunSummary {
    let finished = (state != RunState::Running).then_some(Timestamp(1_090_000));
    RunSummary {
        run: RunId(no),
        state,
        started: Timestamp(1_000_000),
        finished,
        profile: "live".into(),
        account: "acme1".into(),
        base_url: "https://api.in.exotel.com".into(),
        user: "asha".into(),
        totals,
        batches: 200,
        requests: 212,
        retries: 12,
        elapsed_ms: 90_000,
        resumes: None,
    }
}

fn with_results(size: (u16, u16)) -> Model {
    let mut model = model(size, 2);
    let effects = send(&mut model, Msg::Answer(Answer::Started { run: RunId(7), planned: 2, batches: 1 }));
    let token = effects.iter().find_map(|e| if let Effect::ResultKeys { token, .. } = e { Some(*token) } else { None });
    send(&mut model, Msg::Answer(Answer::ResultKeys(token.unwrap(), KeysFor::View, Ok(vec![0, 1]))));
    let rows =
        vec![result(0, Status::Updated, 200, ""), result(1, Status::Rejected, 404, "Contact \u{1b}[2Jnot found")];
    send(&mut model, Msg::Answer(Answer::ResultRows(RunId(7), rows)));
    model
}

#[test]
fn the_queue_says_whose_account_it_is_what_changes_and_what_sends_it() {
    let text = screen(&model((80, 24), 3));
    for part in
        ["PRODUCTION", "acme1 · mumbai", "[1 Queue 3]", "▸ 83ba26b…ceba01", "Asha 1", "✗", "W send", "P plan", "? help"]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let third = text.lines().find(|line| line.contains("Asha 3")).unwrap();
    assert!(third.contains("CLEAR"), "a cleared field is told in words: {third}");
}

#[test]
fn an_empty_queue_names_three_ways_to_fill_it() {
    for size in [(60, 15), (80, 24), (160, 45)] {
        let text = screen(&model(size, 0));
        for part in [
            "Three ways to fill it:",
            ":import FILE       edits of a CSV, XLSX or JSON file",
            "o                  one edit, by the SID of its contact",
            "rolodeck import -  in a shell: edits from a pipe or paste",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}

#[test]
fn a_result_names_contact_code_and_error_and_an_escape_sequence_is_only_shown() {
    let text = screen(&with_results((80, 24)));
    let failed = text.lines().find(|line| line.contains("rejected 404")).unwrap();
    assert!(failed.contains("83ba26b7f11c4e75b4043c8b33ceba02"), "{failed}");
    assert!(failed.contains("Contact ␛[2Jnot found"), "{failed}");
    assert!(!text.contains('\u{1b}'));
    assert!(text.contains("✓ updated  200"), "{text}");
}

#[test]
fn a_wide_screen_shows_queue_results_and_detail_together() {
    let text = screen(&with_results((160, 45)));
    for part in ["┌ Queue", "┌ Results of run 7", "┌ Detail", "request item"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn the_confirm_names_everything_and_never_says_yes_by_enter() {
    let mut model = model((80, 24), 3);
    let plan = Preview {
        edits: vec![EditId(1), EditId(3)],
        batches: 1,
        fields: vec![(Field::FirstName, 2, 0), (Field::Tag, 0, 1)],
        left_out: vec![("with errors, which stay in the queue".into(), 1)],
        ..Preview::default()
    };
    send(&mut model, Msg::Answer(Answer::Planned { plan, send: true }));
    let text = screen(&model);
    for part in [
        "Send 2 edits?",
        "acme1 in mumbai",
        "live (production)",
        "first_name set on 2",
        "tag CLEARED on 1",
        "1 with errors",
        "type acme1",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn the_help_lists_the_keys_of_this_place_with_what_they_do() {
    let mut model = model((80, 24), 1);
    send(&mut model, Msg::Key("?".parse().unwrap()));
    let text = screen(&model);
    assert!(text.contains("Keys in Queue") && text.contains("Send the queue, after a confirm"), "{text}");
    assert!(!text.contains("Put the marked failures"), "what only works elsewhere is left out");
}

#[test]
fn after_a_prefix_the_footer_says_what_may_follow_and_then_the_keys_of_the_place_again() {
    let mut model = model((80, 24), 1);
    model.session.keymap = Keymap::preset(Preset::Emacs);
    send(&mut model, Msg::Key("ctrl-x".parse().unwrap()));
    let text = screen(&model);
    assert!(text.contains("ctrl-x …\n u undo  h mark all  o next pane  ctrl-z suspend  ctrl-c quit"), "{text}");
    send(&mut model, Msg::Key("ctrl-g".parse().unwrap()));
    assert!(screen(&model).contains("W send  P plan"));
}

/// A run of 400 edits in 10 batches, after some events.
fn with_run(size: (u16, u16), kinds: Vec<EventKind>) -> Model {
    let mut model = model(size, 2);
    (model.session.rate, model.session.in_flight) = (600, 4);
    send(&mut model, Msg::Answer(Answer::Started { run: RunId(7), planned: 400, batches: 10 }));
    let totals = Totals { planned: 400, updated: 99, rejected: 101, ..Totals::default() };
    for (seq, kind) in (1..).zip(kinds) {
        let event = EngineEvent { run: RunId(7), seq, at: Timestamp(1_004_000), totals, kind };
        update(&mut model, Msg::Engine(Box::new(event)), &Ctx { now: Timestamp(1_004_000) });
    }
    model
}

#[test]
fn a_run_that_paused_itself_says_why_and_what_the_keys_do() {
    let why = String::from("the canary failed: 10 of the first 10 contacts did not come back as wanted");
    let mut model = with_run((80, 24), vec![EventKind::Paused { why: Some(why) }]);
    let text = screen(&model);
    for part in [
        "50 %  paused",
        "│ the canary failed: 10 of the first 10 contacts did not come back as wanted ",
        "p goes on, X cancels",
        "p go on",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    // Also from the queue, where a narrow screen does not show the run.
    send(&mut model, Msg::Key("1".parse().unwrap()));
    let text = screen(&model);
    assert!(text.contains("run 7, paused: the canary failed"), "{text}");
}

#[test]
fn a_run_says_its_pace_and_a_disk_that_cannot_be_written() {
    let sent = EventKind::BatchSent { batch: 4, attempt: 1, edits: 40 };
    let text = screen(&with_run((80, 24), vec![sent]));
    assert!(text.contains("50/s · about 4.0 s left · at most 600 a minute, 4 at once"), "{text}");
    let second = std::time::Duration::from_secs(1);
    let text = screen(&with_run((80, 24), vec![EventKind::Waiting { reason: WaitReason::Journal, for_: second }]));
    assert!(text.contains("! the disk can't be written; what came back is kept and tried again"), "{text}");
}

#[test]
fn a_long_message_is_broken_between_words_and_none_of_it_is_lost() {
    let mut model = model((80, 24), 1);
    let path = format!("/{}/bug.txt", "long-name-".repeat(12));
    let text = format!("ALARM: a bug\n\n{}\n{path}", "some words that go on ".repeat(8));
    send(&mut model, Msg::Answer(Answer::Told(Notice::failed(text.clone()))));
    let shown = screen(&model);
    let inside = shown.lines().skip_while(|line| !line.contains("ALARM")).take_while(|line| !line.contains('└'));
    let seen: String = inside.filter_map(|line| line.split('│').nth(1)).map(str::trim).collect();
    let wanted: String = text.lines().skip(1).collect();
    assert_eq!(seen.replace(' ', ""), wanted.replace(' ', ""));
}

#[test]
fn a_screen_too_small_says_so_and_every_size_is_painted() {
    assert!(screen(&model((40, 10), 3)).contains("needs 60x15"));
    for size in [(0, 0), (1, 1), (59, 14), (60, 15), (139, 29), (140, 30), (400, 120)] {
        let _ = frame(&with_results(size), &styles());
    }
}
