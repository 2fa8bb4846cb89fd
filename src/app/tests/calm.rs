//! What the screen puts off, and what it shows at once.

use super::*;

fn settled(batch: u32) -> EventKind {
    EventKind::BatchSettled { batch, attempt: 1, elapsed_ms: 20, notes: Vec::new() }
}

impl Desk {
    fn wide(n: i64) -> Self {
        let mut desk = Self::with(n);
        update(&mut desk.model, Msg::Resize(160, 45), &desk.ctx);
        desk
    }

    /// An event of the run in the same second as what was before.
    fn soon(&mut self, kind: EventKind, totals: Totals) -> Vec<Effect> {
        self.ctx.now = Timestamp(self.ctx.now.0 - 900);
        self.event(kind, totals)
    }

    fn alarm(&mut self, alarm: Alarm) -> Vec<Effect> {
        update(&mut self.model, Msg::Alarm(alarm), &self.ctx)
    }

    /// All that was asked for is read: until then it is not asked for again.
    fn read(&mut self) {
        self.model.waiting.clear();
    }

    fn updated(&self) -> Option<u64> {
        self.model.seen_run().map(|run| run.totals.updated)
    }
}

fn updated(n: u64) -> Totals {
    Totals { planned: 9, updated: n, ..Totals::default() }
}

fn asks(effects: &[Effect], queue: bool) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::QueueKeys { .. } => queue,
        Effect::ResultKeys { .. } => !queue,
        _ => false,
    })
}

#[test]
fn the_detail_pane_follows_when_the_keys_rest() {
    let mut desk = Desk::wide(9);
    let first = detail::lines(&desk.model);
    let alarms = desk.press("j j").into_iter().filter(|effect| matches!(effect, Effect::Alarm(Alarm::Rest, _)));
    assert_eq!(alarms.count(), 2, "each key puts it off anew");
    assert_eq!(desk.model.calm.detail.as_ref(), Some(&first));
    desk.alarm(Alarm::Rest);
    assert_eq!(desk.model.calm.detail, None, "then it is that of the row under the cursor");
    let small = Desk::with(9).press("j");
    assert_eq!(small, [], "where there is no such pane nothing is awaited");
}

#[test]
fn the_figures_of_a_run_change_once_a_second_and_the_last_ones_are_shown_too() {
    let mut desk = Desk::running(9);
    desk.read();
    let effects = desk.soon(settled(0), updated(1));
    assert!(asks(&effects, false) && asks(&effects, true));
    desk.read();
    assert_eq!(desk.updated(), Some(1), "the first outcomes are seen at once");
    let effects = desk.soon(settled(1), updated(2));
    assert_eq!((effects, desk.updated()), (vec![Effect::Alarm(Alarm::Figures, 900)], Some(1)));
    assert_eq!(desk.soon(settled(2), updated(3)), [], "one alarm is enough");
    let effects = desk.alarm(Alarm::Figures);
    assert!(asks(&effects, false));
    assert_eq!(desk.updated(), Some(3));
    assert_eq!(desk.alarm(Alarm::Figures), [], "and then there is nothing to wake up for");
}

#[test]
fn a_pause_and_the_end_are_seen_at_once() {
    let mut desk = Desk::running(9);
    desk.event(settled(0), updated(1));
    desk.soon(EventKind::Paused { why: None }, updated(2));
    assert!(desk.model.seen_run().is_some_and(|run| run.paused.is_some()));
    let effects = desk.soon(EventKind::Finished(report(RunState::Finished, updated(9))), updated(9));
    assert!(asks(&effects, true) && asks(&effects, false));
    assert_eq!(desk.updated(), Some(9));
}

#[test]
fn a_queue_beside_the_results_moves_rarely_until_somebody_goes_to_it() {
    let mut desk = Desk::wide(9);
    desk.answer(Answer::Started { run: RunId(1), planned: 9, batches: 9 });
    desk.read();
    assert!(asks(&desk.event(settled(0), updated(1)), true));
    let read = desk.ctx.now;
    for n in 2..6 {
        desk.read();
        assert!(!asks(&desk.event(settled(n as u32), updated(n)), true), "{n}");
        assert_eq!(crate::app::calm::queue_as_of(&desk.model), Some(read), "what is shown is of then");
    }
    desk.read();
    assert!(asks(&desk.press("1"), true));
    assert_eq!(crate::app::calm::queue_as_of(&desk.model), None);
    desk.read();
    assert!(asks(&desk.event(settled(6), updated(7)), true));
}

#[test]
fn lists_side_by_side_scroll_some_rows_at_once_and_others_one_by_one() {
    let mut desk = Desk::wide(100);
    let height = desk.model.height(Place::Queue);
    for _ in 0..height {
        desk.press("j");
    }
    assert_eq!((desk.model.queue.cursor, desk.model.queue.top), (height, 1 + height / 3));
    desk.press("G");
    assert_eq!(desk.model.queue.top, 100 - height);
    let mut small = Desk::with(100);
    let height = small.model.height(Place::Queue);
    for _ in 0..height {
        small.press("j");
    }
    assert_eq!(small.model.queue.top, 1);
}
