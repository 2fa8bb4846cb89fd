//! Dialogs of text: scrolled to their end and no further, and broken so that none of it is cut.

use super::*;

impl Desk {
    fn scrolled(&mut self) -> usize {
        *self.model.dialogs.last_mut().and_then(Dialog::scroll).unwrap()
    }

    /// Opens a dialog with more lines than the screen has.
    fn long(dialog: &str) -> Self {
        let mut desk = Self::with(3);
        update(&mut desk.model, Msg::Resize(80, 15), &desk.ctx);
        let many = "a line\n".repeat(60);
        match dialog {
            "text" => desk.model.tell(Notice::done(format!("Title\n\n{many}"))),
            "plan" => {
                let plan = Preview { edits: vec![EditId(1)], first_request: many, ..Preview::default() };
                desk.answer(Answer::Planned { plan, send: false });
            }
            key => {
                let mut long = row(EditId(1));
                let pairs: Vec<String> = (0..60).map(|n| format!("\"k{n}\":{n}")).collect();
                let value = format!("{{{}}}", pairs.join(","));
                long.edit.changes.put(Field::CustomField, Some(Change::Set(value)));
                desk.model.queue.put_rows([(EditId(1), long)]);
                desk.press(key);
            }
        }
        desk
    }
}

#[rstest]
fn scrolling_stops_with_the_last_line_on_the_last_row(#[values("text", "plan", "i", "?")] dialog: &str) {
    let mut desk = Desk::long(dialog);
    assert_eq!(desk.scrolled(), 0);
    desk.press("G");
    let end = desk.scrolled();
    desk.press("ctrl-f ctrl-f");
    assert_eq!(desk.scrolled(), end);
    desk.press("ctrl-u");
    assert_eq!(desk.scrolled() + 3, end, "half a page up is seen at once");
}

#[test]
fn a_detail_of_fewer_lines_is_shown_to_its_end() {
    let mut desk = Desk::long("i");
    desk.press("ctrl-f ctrl-f ctrl-f");
    desk.press("j");
    let lines = detail::lines(&desk.model).len();
    assert_eq!(desk.scrolled(), lines.saturating_sub(15 - 5));
}

#[test]
fn the_help_is_broken_between_words_and_every_line_fits() {
    let mut desk = Desk::with(1);
    desk.press("?");
    let (all, column) = help::columns(&desk.model);
    let lines = help::lines(&desk.model);
    let mut words = Vec::new();
    for line in &lines {
        let help::HelpLine::Key { keys, text, .. } = line else { continue };
        let width = crate::support::text::width;
        assert!(width(keys) + 2 <= usize::from(column) && width(text) <= usize::from(all - column), "{line:?}");
        words.extend(text.split(' ').map(str::to_owned));
    }
    let text = words.join(" ");
    for row in crate::config::actions::ACTIONS {
        assert!(text.contains(row.help), "{}", row.help);
    }
}

#[test]
fn the_palette_knows_when_there_is_nothing_to_undo() {
    let mut desk = Desk::with(3);
    let why_not = |desk: &Desk| palette_lines(&desk.model, "undo").into_iter().next().unwrap().why_not;
    assert_eq!(why_not(&desk), None, "nobody looked yet");
    desk.answer(Answer::Bulk(crate::app::bulk::BulkAnswer::Undoable(false, false)));
    assert_eq!(why_not(&desk).as_deref(), Some("nothing to undo"));
    // The key asks the disk: another program may have changed the queue.
    assert_eq!(desk.press("u"), [Effect::Change(LocalChange::Undo)]);
    assert_eq!(why_not(&desk), None, "until it is over nobody knows");
    let asked = desk.answer(Answer::Changed(Notice::done("set on 1 edit")));
    assert!(asked.contains(&Effect::Bulk(crate::app::bulk::BulkAsk::Undoable)), "{asked:?}");
}
