//! Bulk changes, marks of the same value, orders, columns and the list of changes, key by key.

use std::sync::Arc;

use super::*;
use crate::app::bulk::{Bulk, BulkAnswer, BulkAsk, Stage, Subjects, can_mend};
use crate::app::same::{SameAs, SameRows};
use crate::domain::{Applied, How, On, Replace, Tally, Transform};
use crate::store::{MergeReport, Sort, StepRow, TakenOut};

fn asks(effects: Vec<Effect>) -> Vec<BulkAsk> {
    effects.into_iter().filter_map(|effect| if let Effect::Bulk(ask) = effect { Some(ask) } else { None }).collect()
}

/// The newest preview asked for: its number, its edits and its change.
fn preview(effects: Vec<Effect>) -> (u64, Vec<i64>, Transform) {
    match asks(effects).pop() {
        Some(BulkAsk::Preview { token, of: Subjects::Edits(edits), transform }) => {
            (token, edits.iter().map(|id| id.0).collect(), transform)
        }
        other => panic!("{other:?}"),
    }
}

fn of(ids: Vec<EditId>) -> Subjects {
    Subjects::Edits(Arc::new(ids))
}

fn counted(changed: u64, unchanged: u64) -> Tally {
    Tally { changed, unchanged, ..Tally::default() }
}

impl Desk {
    fn tally(&mut self, token: u64, tally: Tally) -> Vec<Effect> {
        self.answer(Answer::Bulk(BulkAnswer::Tally { token, tally, complete: true }))
    }

    fn bulk(&self) -> Option<&Bulk> {
        match self.model.dialogs.last() {
            Some(Dialog::Bulk(bulk)) => Some(bulk),
            _ => None,
        }
    }

    fn facts(&self) -> String {
        let Some(Dialog::Confirm(confirm)) = self.model.dialogs.last() else { panic!("no confirm") };
        confirm.facts.iter().map(|(name, value)| [name, ": ", value, "\n"].concat()).collect()
    }
}

const NAME: Cell = Cell::Field(Field::FirstName);

fn replace(find: &str, with: &str) -> Transform {
    Transform::cell(NAME, How::Replace(Replace::new(Replace::pattern(find).unwrap(), with).unwrap()))
}

#[test]
fn a_replacement_is_seen_at_every_key_and_its_confirm_counts_what_it_touches() {
    let mut desk = Desk::with(5);
    desk.press("l space space space");
    desk.model.queue.problems = true;
    desk.model.queue.set_keys(vec![EditId(1)]);
    assert_eq!(asks(desk.press("r")), [], "nothing is typed yet");
    assert_eq!(preview(desk.press("n")).1, [1, 2, 3]);
    let (token, edits, transform) = preview(desk.press("tab X"));
    assert_eq!((edits, transform), (vec![1, 2, 3], replace("n", "X")));
    assert_eq!(asks(desk.press("enter")), [], "it is still being counted");
    assert!(desk.bulk().is_some());
    desk.tally(token - 1, counted(9, 9));
    assert_eq!(desk.bulk().and_then(|bulk| bulk.tally.clone()), None, "an older count is no news");
    desk.tally(token, counted(2, 1));
    let facts = desk.facts();
    assert!(facts.contains("change: 2 edits\n") && facts.contains("hidden: 2 of the marked ones"), "{facts}");
    assert!(facts.contains("unchanged: 1 are so already"), "{facts}");
    let apply = BulkAsk::Apply { of: of([1, 2, 3].map(EditId).to_vec()), transform: replace("n", "X") };
    assert_eq!(asks(desk.press("y")), [apply]);
    assert!(desk.model.dialogs.is_empty() && desk.model.prompt.is_none());
}

#[test]
fn a_no_changes_nothing_and_what_was_typed_is_there_the_next_time() {
    let mut desk = Desk::with(3);
    desk.press("l space space r a tab b");
    let (token, ..) = preview(desk.press("c"));
    desk.tally(token, counted(2, 0));
    desk.press("enter");
    assert_eq!(asks(desk.press("enter")), [], "Enter is no yes");
    let (_, _, transform) = preview(desk.press("r"));
    assert_eq!(transform, replace("a", "bc"));
    desk.press("esc");
    assert!(desk.model.dialogs.is_empty() && desk.model.prompt.is_none());
}

#[test]
fn a_wrong_pattern_asks_for_nothing_and_says_where() {
    let mut desk = Desk::with(3);
    desk.press("l r a");
    assert_eq!(asks(desk.press("( left right")), []);
    let prompt = desk.model.prompt.as_ref().unwrap();
    assert!(matches!(&prompt.error, Some((Some(1), message)) if message.contains("unclosed group")), "{prompt:?}");
    desk.press("enter enter");
    assert!(desk.bulk().is_some_and(|bulk| matches!(bulk.stage, Stage::Typing { at: 0, .. })), "it stays to be mended");
}

#[test]
fn one_edit_is_changed_without_a_question() {
    let mut desk = Desk::with(3);
    desk.press("l r n tab m");
    let apply = BulkAsk::Apply { of: of(vec![EditId(1)]), transform: replace("n", "m") };
    assert_eq!(asks(desk.press("enter")), [apply]);
}

#[test]
fn the_list_of_changes_shows_each_while_one_moves_over_it() {
    let mut desk = Desk::with(3);
    desk.press("l a");
    assert_eq!(preview(desk.press("t")).2, Transform::cell(NAME, How::Trim));
    assert_eq!(preview(desk.press("j j")).2, Transform::cell(NAME, How::Upper));
    let (_, _, copy) = preview(desk.press("j j j j enter"));
    assert_eq!(copy, Transform::cell(NAME, How::Copy(Cell::Sid)));
    assert_eq!(preview(desk.press("j")).2, Transform::cell(NAME, How::Copy(Cell::Field(Field::LastName))));
    desk.press("esc esc");
    assert!(desk.model.dialogs.is_empty());
}

#[test]
fn many_marked_edits_are_set_after_a_look_and_clearing_says_so() {
    let mut desk = Desk::with(3);
    desk.press("l a c ctrl-u");
    let (token, _, transform) = preview(desk.press("- -"));
    assert_eq!(transform, Transform::cell(NAME, How::Clear));
    desk.tally(token, counted(3, 0));
    desk.press("enter");
    assert!(desk.facts().contains("first_name becomes CLEARED"), "{}", desk.facts());
}

#[test]
fn mending_one_edit_is_one_key_and_is_offered_only_where_something_can_be_mended() {
    let mut desk = Desk::with(2);
    assert!(!can_mend(&desk.model));
    let mut bad = row(EditId(1));
    bad.edit.changes.put(Field::Email, Some(Change::Set("A@Example.com".into())));
    bad.issues = crate::domain::validate(&bad.edit, &crate::domain::Rules::default());
    desk.model.queue.put_rows([(EditId(1), bad.clone())]);
    assert!(can_mend(&desk.model));
    let mend = Transform { on: On::All, how: How::Mend("IN".into()) };
    let ask = BulkAsk::Apply { of: of(vec![EditId(1)]), transform: mend.clone() };
    assert_eq!(asks(desk.press("F")), std::slice::from_ref(&ask));
    desk.press("i");
    assert_eq!(asks(desk.press("F")), [ask], "from the detail too, where the problem is told");
    assert!(matches!(mend.apply(&bad.edit), Applied::Changed(_)));
}

#[test]
fn the_same_value_is_marked_in_the_whole_view_and_marks_outlive_filter_and_sort() {
    let mut desk = Desk::with(500);
    let ask = asks(desk.press("l =")).pop();
    let Some(BulkAsk::Same(token, SameAs::Edits(NAME, Some(Change::Set(value))))) = ask else { panic!("{ask:?}") };
    assert_eq!(value, "name 1");
    desk.model.queue.problems = true;
    desk.model.queue.set_keys((1..=400).map(EditId).collect());
    let edits = vec![EditId(1), EditId(399), EditId(450)];
    desk.answer(Answer::Bulk(BulkAnswer::Same {
        token: token - 1,
        column: "tag",
        rows: SameRows::Edits(vec![EditId(5)]),
    }));
    desk.answer(Answer::Bulk(BulkAnswer::Same { token, column: "tag", rows: SameRows::Edits(edits) }));
    assert_eq!(desk.model.queue.target(), [EditId(1), EditId(399)], "what the filter hides is not marked");
    desk.model.queue.set_keys(vec![EditId(399), EditId(2)]);
    assert_eq!(desk.model.queue.hidden_marks(), 1);
    desk.press("*");
    assert_eq!(desk.model.queue.target(), [EditId(1), EditId(2)], "only what is shown is turned");
}

#[test]
fn under_a_filter_the_whole_queue_is_counted_and_marks_of_what_is_gone_go() {
    let mut desk = Desk::with(5);
    desk.press("a f");
    desk.type_text("tag:x");
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|e| if let Effect::QueueKeys { token, .. } = e { Some(*token) } else { None }).unwrap()
    };
    let shown = |desk: &mut Desk, token, keys: &[i64]| {
        desk.answer(Answer::QueueKeys(token, KeysFor::View, Ok(keys.iter().copied().map(EditId).collect())))
    };
    let token = asked(&desk.press("enter"));
    shown(&mut desk, token, &[2]);
    assert_eq!(desk.model.queue.hidden_marks(), 4);
    // All five are taken out; meanwhile another program has added one.
    desk.press("x");
    let token = asked(&desk.answer(Answer::Changed(Notice::done("taken out"))));
    let effects = shown(&mut desk, token, &[]);
    assert!(effects.contains(&Effect::Bulk(BulkAsk::All)), "{effects:?}");
    desk.answer(Answer::Bulk(BulkAnswer::All(vec![EditId(9)])));
    assert_eq!((desk.model.queued, desk.model.queue.marks.len()), (1, 0));
}

#[test]
fn a_column_sorts_up_then_down_then_not_and_what_comes_first_is_shown() {
    let mut desk = Desk::with(3);
    desk.press("j l");
    let sort = |effects: Vec<Effect>| {
        let asked = effects.into_iter().find_map(|effect| match effect {
            Effect::QueueKeys { token, view, .. } => Some((token, view.sort)),
            _ => None,
        });
        asked.unwrap()
    };
    let (token, up) = sort(desk.press("s"));
    assert_eq!(up, Some(Sort { by: NAME, descending: false }));
    desk.answer(Answer::FirstKeys(token, vec![EditId(3), EditId(2)]));
    assert!(desk.model.queue.loaded == grid::Loaded::First && desk.model.queue.current_key() == Some(EditId(3)));
    desk.press("j");
    desk.answer(Answer::QueueKeys(token, KeysFor::View, Ok([3, 2, 1].map(EditId).to_vec())));
    assert!(
        desk.model.queue.loaded == grid::Loaded::All && desk.model.queue.current_key() == Some(EditId(2)),
        "where it was moved"
    );
    assert_eq!(sort(desk.press("s")).1, Some(Sort { by: NAME, descending: true }));
    assert_eq!(sort(desk.press("s")).1, None);
    assert_eq!(sort(desk.press("S j j j enter")).1, Some(Sort { by: Cell::Field(Field::LastName), descending: false }));
    assert_eq!(sort(desk.press("S k k k enter")).1, None, "the first line is the order of the queue");
}

#[test]
fn a_hidden_column_is_passed_over_and_the_last_one_stays() {
    let mut desk = Desk::with(1);
    desk.command("columns");
    desk.press("space esc l");
    assert_eq!(desk.model.hidden_columns, [Field::FirstName]);
    assert_eq!(desk.model.queue.column, 2, "the cursor goes to the next that is shown");
    desk.command("columns");
    desk.press("g g");
    for _ in 0..8 {
        desk.press("space j");
    }
    assert!(desk.model.hidden_columns.len() < Field::ALL.len());
}

#[test]
fn the_list_of_changes_goes_to_any_of_them() {
    let mut desk = Desk::with(1);
    assert_eq!(asks(desk.command("undo-list")), [BulkAsk::Steps]);
    let step = |id, undone| StepRow { id, name: format!("step {id}"), undone };
    desk.answer(Answer::Bulk(BulkAnswer::Steps(vec![step(7, true), step(5, false), step(2, false)])));
    assert_eq!(asks(desk.press("enter")), [BulkAsk::GoTo(5)], "the cursor stands where the queue is");
    desk.answer(Answer::Bulk(BulkAnswer::Steps(vec![step(7, true), step(5, false), step(2, false)])));
    assert_eq!(asks(desk.press("G enter")), [BulkAsk::GoTo(0)]);
}

#[test]
fn what_was_taken_out_is_put_back_from_a_list() {
    let mut desk = Desk::with(1);
    assert_eq!(asks(desk.command("put-back")), [BulkAsk::TakenOut]);
    desk.answer(Answer::Bulk(BulkAnswer::TakenOut(Vec::new())));
    assert!(desk.model.dialogs.is_empty());
    assert_eq!(desk.model.notice.as_ref().unwrap().text, "nothing is taken out of the queue");
    let taken = |step| TakenOut { step, name: String::from("take out 1 edit"), sids: vec![Sid::new("a")] };
    for key in ["enter", "x"] {
        desk.answer(Answer::Bulk(BulkAnswer::TakenOut(vec![taken(7), taken(5)])));
        desk.press("j");
        assert_eq!(asks(desk.press(key)), [BulkAsk::PutBack(5)]);
        assert!(desk.model.dialogs.is_empty());
    }
}

#[test]
fn a_change_of_values_reads_no_more_than_the_rows_near_the_cursor_again() {
    let mut desk = Desk::with(1000);
    let done = || Answer::ValuesChanged(Notice::done("set on 1 edit"));
    let effects = desk.answer(done());
    let [Effect::QueueRows(rows), Effect::Bulk(BulkAsk::Undoable)] = &effects[..] else { panic!("{effects:?}") };
    assert!(rows.len() < 200, "{}", rows.len());
    // Where the change may take a row out of sight or to another place, all of the view is read again.
    desk.command("filter name");
    assert!(desk.answer(done()).iter().any(|effect| matches!(effect, Effect::QueueKeys { .. })));
}

#[test]
fn rows_that_were_read_before_a_change_are_never_shown_after_it() {
    let mut desk = Desk::with(300);
    let read = |desk: &mut Desk, effects: Vec<Effect>, text: &str| {
        for effect in effects {
            let Effect::QueueRows(ids) = effect else { continue };
            let mut rows: Vec<_> = ids.iter().copied().map(row).collect();
            for row in &mut rows {
                row.edit.changes.set(Field::Tag, text);
            }
            desk.answer(Answer::QueueRows(ids, rows));
        }
    };
    let effects = desk.press("G");
    read(&mut desk, effects, "before");
    let effects = desk.answer(Answer::ValuesChanged(Notice::done("set on 300 edits")));
    read(&mut desk, effects, "after");
    let effects = desk.press("g g");
    assert!(desk.model.queue.row(0).is_none(), "what it was is not shown");
    read(&mut desk, effects, "after");
    let tag = desk.model.queue.row(0).and_then(|row| row.edit.changes.get(Field::Tag).cloned());
    assert_eq!(tag, Some(Change::Set("after".into())));
}

#[test]
fn duplicates_are_shown_alone_and_merged_after_a_question() {
    let mut desk = Desk::with(3);
    let effects = desk.command("duplicates");
    assert!(matches!(effects.first(), Some(Effect::QueueKeys { view, .. }) if view.duplicates), "{effects:?}");
    let effects = desk.press("esc");
    assert!(matches!(effects.first(), Some(Effect::QueueKeys { view, .. }) if !view.duplicates), "{effects:?}");
    assert_eq!(asks(desk.command("merge-duplicates")), [BulkAsk::CountMerge]);
    let report = MergeReport { contacts: 2, merged: 3, conflicts: 1 };
    desk.answer(Answer::Bulk(BulkAnswer::Merge(report)));
    let facts = desk.facts();
    assert!(facts.contains("edits: 5 become 2") && facts.contains("1 field with two values"), "{facts}");
    assert_eq!(asks(desk.press("y")), [BulkAsk::Merge]);
}

#[test]
fn a_view_that_was_stopped_gives_way_to_the_one_before() {
    let mut desk = Desk::with(3);
    let ids = |n: i64| (1..=n).map(EditId).collect::<Vec<_>>();
    let token = |effects: &[Effect]| match effects.first() {
        Some(Effect::QueueKeys { token, view, .. }) => (*token, view.filter.clone()),
        other => panic!("{other:?}"),
    };
    let (asked, _) = token(&desk.command("filter tag:vip"));
    let stopped = Answer::QueueKeys(asked, KeysFor::View, Err("stopped".into()));
    // Nothing of it was shown: the rows before it are still there.
    assert_eq!(desk.answer(stopped), []);
    assert_eq!((&desk.model.queue.filter, desk.model.queue.len()), (&None, 3));
    let (asked, _) = token(&desk.command("filter tag:vip"));
    desk.answer(Answer::FirstKeys(asked, ids(1)));
    let stopped = Answer::QueueKeys(asked, KeysFor::View, Err("stopped".into()));
    assert_eq!(token(&desk.answer(stopped)).1, None);
}

#[test]
fn many_pasted_sids_are_added_at_once_and_a_wrong_one_is_named() {
    let mut desk = Desk::with(1);
    desk.press("o");
    update(&mut desk.model, Msg::Paste { text: "a1\r\nb2, c3;d4\n".into(), cut: false }, &desk.ctx);
    let sids = ["a1", "b2", "c3", "d4"].map(Sid::new).to_vec();
    assert_eq!(asks(desk.press("enter")), [BulkAsk::Add(sids)]);
    desk.press("o");
    desk.type_text("a1 b/2");
    assert_eq!(desk.press("enter"), []);
    let prompt = desk.model.prompt.as_ref().unwrap();
    assert!(matches!(&prompt.error, Some((Some(3), message)) if message.contains("`b/2`")), "{prompt:?}");
}
