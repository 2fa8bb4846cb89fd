//! Pictures of what happened: the history of runs, the log of a sitting, and everything about one result.

use rstest::rstest;

use super::screens::{assert_picture, press};
use super::*;

/// Six runs: a long one, one that was stopped and one that is under way among them.
fn six_runs() -> Answer {
    let of = |planned, updated, rejected, unknown, not_sent| Totals { planned, updated, rejected, unknown, not_sent };
    Answer::Runs(vec![
        run(6, RunState::Running, of(100_000, 41_500, 12, 0, 0)),
        run(5, RunState::Crashed, of(1_000_000, 999_988, 0, 12, 0)),
        run(4, RunState::Tripped, of(500, 99, 101, 0, 300)),
        run(3, RunState::Stopped, of(12, 0, 0, 0, 12)),
        run(2, RunState::Cancelled, of(40, 20, 0, 0, 20)),
        run(1, RunState::Finished, of(3, 3, 0, 0, 0)),
    ])
}

/// The history of these runs.
fn with_history(size: (u16, u16)) -> Model {
    let mut model = model(size, 2);
    send(&mut model, Msg::Answer(six_runs()));
    press(model, "4 j")
}

/// The log of a run, with a line of each level.
fn with_log(size: (u16, u16)) -> Model {
    let second = std::time::Duration::from_secs(1);
    let settled = |notes| EventKind::BatchSettled { batch: 0, attempt: 2, elapsed_ms: 240, notes };
    let failed = EventKind::AttemptFailed {
        batch: 0,
        attempt: 1,
        reason: "the connection was reset after the request was sent".into(),
        again_in: Some(second),
    };
    let kinds = vec![
        EventKind::Started { batches: 10 },
        EventKind::BatchSent { batch: 0, attempt: 1, edits: 40 },
        failed,
        EventKind::BatchSent { batch: 1, attempt: 1, edits: 40 },
        EventKind::Waiting { reason: WaitReason::AskedByServer, for_: second },
        EventKind::BatchSent { batch: 0, attempt: 2, edits: 40 },
        settled(Vec::new()),
        EventKind::Split { batch: 1, parts: 10..12, reason: "refused with 413".into() },
    ];
    press(with_run(size, kinds), "5")
}

#[rstest]
fn history_log_and_detail(#[values((60, 15), (80, 24), (120, 36))] size: (u16, u16)) {
    let (width, height) = size;
    assert_picture(&format!("history-{width}x{height}"), &with_history(size));
    let log = press(with_log(size), "f");
    let log =
        ["l", "e", "v", "e", "l", ":", "w", "a", "r", "n", "i", "n", "g", "space", "b", "a", "t", "c", "h", ":", "1"]
            .into_iter()
            .fold(log, press);
    assert_picture(&format!("log-{width}x{height}"), &with_log(size));
    let narrowed = screen(&press(log, "enter"));
    assert!(narrowed.contains("filter level:warning batch:1 · 1/1"), "{narrowed}");
    assert!(narrowed.contains("batch 1, attempt 1"), "{narrowed}");
    if width == 120 {
        assert_picture("detail-120x36", &press(with_results(size), "j i"));
    }
}

#[rstest]
#[case(with_history((80, 24)), "No run matches.")]
#[case(with_log((80, 24)), "No line matches.")]
fn what_shows_nothing_says_how_to_get_back(#[case] model: Model, #[case] said: &str) {
    let mut model = press(model, "/ q q enter");
    // The runs are read again for each filter.
    send(&mut model, Msg::Answer(six_runs()));
    let text = screen(&model);
    assert!(text.contains("filter qq · 0/0") && text.contains(said), "{text}");
    assert!(text.contains("esc  shows everything again"), "{text}");
}

#[test]
fn a_mistake_in_a_filter_of_the_log_has_a_caret_below_it() {
    let log = press(with_log((80, 24)), "f l e v e l : l o u d enter");
    let text = screen(&log);
    assert!(text.contains("filter: level:loud"), "{text}");
    assert!(text.contains("a level is one of info, ok, wait, warning, error"), "{text}");
}
