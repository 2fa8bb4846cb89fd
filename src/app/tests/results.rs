//! The rows of a run: their order, and following what comes in.

use super::*;
use crate::app::bulk::{BulkAnswer, BulkAsk};
use crate::app::results::{ResultView, ResultsAnswer};
use crate::app::same::{SameAs, SameRows};
use crate::store::{ResultColumn, ResultRow, Sort};

impl Desk {
    /// Takes the question for the results out of the effects: its number, its view, and the batch that is asked about.
    #[track_caller]
    fn asked(effects: Vec<Effect>) -> (u64, ResultView, Option<u32>) {
        let found = effects.into_iter().find_map(|effect| match effect {
            Effect::ResultKeys { token, what: KeysFor::View, view, newest, .. } => Some((token, view, newest)),
            _ => None,
        });
        found.expect("the results are asked for")
    }

    fn result_keys(&mut self, token: u64, keys: impl IntoIterator<Item = u64>) -> Vec<Effect> {
        self.answer(Answer::ResultKeys(token, KeysFor::View, Ok(keys.into_iter().collect())))
    }

    /// A run of `n` edits under way, with its rows shown.
    fn watching(n: u64) -> Self {
        let mut desk = Self::with(1);
        let began = desk.answer(Answer::Started { run: RunId(1), planned: n, batches: 10 });
        desk.result_keys(Self::asked(began).0, 0..n);
        // The queue is read as well, and answered.
        desk.model.waiting.clear();
        desk
    }

    fn settled(&mut self, batch: u32) -> Vec<Effect> {
        let settled = EventKind::BatchSettled { batch, attempt: 1, elapsed_ms: 20, notes: Vec::new() };
        // What a run shows changes once a second.
        self.ctx.now = Timestamp(self.ctx.now.0 + 1000);
        self.event(settled, Totals { planned: 100, updated: u64::from(batch) * 10, ..Totals::default() })
    }
}

#[test]
fn a_column_of_results_sorts_up_then_down_then_not_and_a_list_has_the_fields_too() {
    let mut desk = Desk::watching(100);
    desk.press("ctrl-f l l");
    let up = Sort { by: ResultColumn::Sid, descending: false };
    let (token, view, _) = Desk::asked(desk.press("s"));
    assert_eq!(view.sort, Some(up));
    desk.answer(Answer::Results(token, ResultsAnswer::First(vec![7, 3])));
    assert_eq!(desk.model.results.current_key(), Some(7), "what comes first is what one sorts for");
    desk.press("j a");
    assert!(desk.model.results.marks.is_empty(), "what is not read yet is not left out in silence");
    desk.result_keys(token, [7, 3, 5]);
    assert_eq!(desk.model.results.marks.len(), 3);
    assert_eq!(desk.model.results.current_key(), Some(3), "where it was moved");
    desk.press("V");
    assert_eq!(Desk::asked(desk.press("s")).1.sort, Some(Sort { descending: true, ..up }));
    assert_eq!(Desk::asked(desk.press("s")).1.sort, None);
    let by_name = Some(Sort { by: ResultColumn::Field(Field::FirstName), descending: false });
    assert_eq!(Desk::asked(desk.press("S j j j j j enter")).1.sort, by_name);
    assert_eq!(desk.model.sort, None, "the queue has an order of its own");
    desk.press("0");
    assert_eq!(desk.model.results.column, 0);
    desk.press("$ l");
    assert_eq!(desk.model.results.column, 3);
}

fn applies_not(desk: &mut Desk, keys: &str) -> bool {
    desk.press(keys);
    desk.model.notice.as_ref().is_some_and(|notice| notice.failed)
}

#[test]
fn a_view_that_cannot_be_read_goes_back_to_the_one_before_with_its_order() {
    let mut desk = Desk::watching(9);
    let (token, ..) = Desk::asked(desk.press("s"));
    desk.result_keys(token, [8, 7]);
    let (token, ..) = Desk::asked(desk.press("!"));
    desk.answer(Answer::ResultKeys(token, KeysFor::View, Err("stopped".into())));
    assert!(!desk.model.results.problems);
    assert_eq!(desk.model.result_order.sort.map(|sort| sort.by), Some(ResultColumn::Status));
    assert_eq!(desk.model.results.keys(), [8, 7]);
}

#[test]
fn rows_that_come_in_leave_the_cursor_on_its_row_and_the_range_where_it_began() {
    let mut desk = Desk::watching(100);
    let (token, ..) = Desk::asked(desk.press("!"));
    desk.result_keys(token, [40, 50, 60]);
    desk.press("j v");
    let (token, view, newest) = Desk::asked(desk.settled(1));
    assert_eq!((view.problems, newest), (true, None), "nobody follows");
    desk.result_keys(token, [11, 12, 40, 50, 60]);
    assert_eq!(desk.model.results.current_key(), Some(50));
    desk.press("j v");
    assert_eq!(desk.model.results.target(), [50, 60]);
}

#[test]
fn following_goes_to_the_newest_row_until_the_cursor_is_moved_or_the_run_ends() {
    let mut desk = Desk::watching(100);
    desk.press("G");
    assert!(!desk.model.result_order.follow, "the first time it goes to the end");
    let (token, ..) = Desk::asked(desk.press("G"));
    desk.result_keys(token, 0..100);
    assert_eq!(desk.model.results.current_key(), Some(99), "nothing settled yet");
    let (token, _, newest) = Desk::asked(desk.settled(3));
    assert_eq!(newest, Some(3));
    desk.answer(Answer::Results(token, ResultsAnswer::Newest(39)));
    desk.result_keys(token, 0..100);
    assert_eq!(desk.model.results.current_key(), Some(39));
    // A batch of which the view shows nothing leaves the cursor.
    let (token, ..) = Desk::asked(desk.settled(5));
    desk.result_keys(token, 0..100);
    assert_eq!(desk.model.results.current_key(), Some(39));
    desk.press("k");
    let (token, _, newest) = Desk::asked(desk.settled(6));
    assert_eq!(newest, None, "whoever moves looks at something");
    desk.result_keys(token, 0..100);
    desk.command("follow");
    assert!(desk.model.result_order.follow);
    desk.press("esc");
    assert!(!desk.model.result_order.follow && desk.model.place() == Place::Results);
    desk.command("follow");
    let totals = Totals { planned: 100, updated: 100, ..Totals::default() };
    desk.event(EventKind::Finished(report(RunState::Finished, totals)), totals);
    assert!(!desk.model.result_order.follow);
    assert!(applies_not(&mut desk, "G G") || !desk.model.result_order.follow);
    desk.command("follow");
    assert_eq!(desk.model.notice.as_ref().unwrap().text, "only a run under way brings in rows to follow");
}

#[test]
fn a_run_that_settles_faster_than_its_rows_are_read_has_them_read_to_the_end_and_then_again() {
    let mut desk = Desk::watching(100);
    let (token, ..) = Desk::asked(desk.settled(1));
    for batch in 2..5 {
        let again = desk.settled(batch);
        assert!(!again.iter().any(|e| matches!(e, Effect::ResultKeys { .. })), "{again:?}");
    }
    let after = desk.result_keys(token, 0..50);
    assert_eq!(desk.model.results.len(), 50, "what was read is shown");
    let (token, ..) = Desk::asked(after);
    let after = desk.result_keys(token, 0..60);
    assert!(!after.iter().any(|e| matches!(e, Effect::ResultKeys { .. })), "once is enough: {after:?}");
}

#[test]
fn the_same_value_in_a_column_of_results_is_marked_in_the_results() {
    let mut desk = Desk::watching(20);
    let settled = |seq| ResultRow {
        seq,
        sid: Sid::new(&format!("sid{seq}")),
        changes: row(EditId(1)).edit.changes,
        batch: 0,
        index: 0,
        outcome: None,
        attempts: 0,
        request_id: None,
        handled: None,
        again: None,
        before: None,
    };
    desk.answer(Answer::ResultRows(RunId(1), (0..20).map(settled).collect()));
    desk.press("0 l j");
    let asks: Vec<_> = desk.press("=").into_iter().filter(|effect| matches!(effect, Effect::Bulk(_))).collect();
    let [Effect::Bulk(BulkAsk::Same(token, of))] = &asks[..] else { panic!("{asks:?}") };
    assert_eq!(*of, SameAs::Results(RunId(1), 1, ResultColumn::Code));
    let rows = SameRows::Results(RunId(1), vec![1, 7, 50]);
    desk.answer(Answer::Bulk(BulkAnswer::Same { token: *token, column: of.column(), rows }));
    assert_eq!(desk.model.results.target(), [1, 7], "the others are not shown");
    assert!(desk.model.queue.marks.is_empty());
}
