//! The text that is typed: graphemes, undo, and what a cell makes of it.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::config::keymap::Keymap;

const GRAPHEMES: [&str; 8] =
    ["a", "B", " ", "é", "e\u{301}", "名", "👩\u{200d}👩\u{200d}👧", "\u{915}\u{94d}\u{937}\u{93f}"];

/// What one does to a text.
#[derive(Debug, Clone, Copy)]
enum Op {
    Type(usize),
    Press(&'static str),
    Paste(usize),
}

fn any_op() -> impl Strategy<Value = Op> {
    let keys = ["left", "right", "home", "end", "backspace", "delete", "ctrl-u", "ctrl-k", "ctrl-_"];
    prop_oneof![
        4 => (0..GRAPHEMES.len()).prop_map(Op::Type),
        4 => prop::sample::select(keys.to_vec()).prop_map(Op::Press),
        1 => (0..GRAPHEMES.len()).prop_map(Op::Paste),
    ]
}

/// The naive text: its graphemes, and those before the cursor.
#[derive(Debug, Clone, Default, PartialEq)]
struct Plain {
    text: Vec<&'static str>,
    cursor: usize,
}

impl Plain {
    fn press(&mut self, key: &str) {
        match key {
            "left" => self.cursor = self.cursor.saturating_sub(1),
            "right" => self.cursor = (self.cursor + 1).min(self.text.len()),
            "home" => self.cursor = 0,
            "end" => self.cursor = self.text.len(),
            "backspace" if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            "delete" if self.cursor < self.text.len() => _ = self.text.remove(self.cursor),
            "ctrl-u" => _ = self.text.drain(..std::mem::take(&mut self.cursor)),
            "ctrl-k" => self.text.truncate(self.cursor),
            _ => {}
        }
    }

    fn insert(&mut self, grapheme: &'static str) {
        self.text.insert(self.cursor, grapheme);
        self.cursor += 1;
    }
}

proptest! {
    /// The text field is a vector of graphemes with a cursor between two of them; undo goes back through all texts.
    #[test]
    fn the_text_field_is_a_vector_of_graphemes(ops in prop::collection::vec(any_op(), 0..40)) {
        let keymap = Keymap::default();
        let mut prompt = Prompt::new(PromptKind::Add, "");
        let mut plain = Plain::default();
        for op in ops {
            match op {
                Op::Type(no) => {
                    for c in GRAPHEMES[no].chars() {
                        prompt.take(crate::support::key::Key::char(c), &keymap);
                    }
                    plain.insert(GRAPHEMES[no]);
                }
                Op::Paste(no) => {
                    prompt.paste(GRAPHEMES[no], false);
                    plain.insert(GRAPHEMES[no]);
                }
                Op::Press("ctrl-_") => {
                    prompt.take("ctrl-_".parse().unwrap(), &keymap);
                    // What came back is the text from here on.
                    let cursor: usize = prompt.text().chars().take(prompt.input.cursor()).collect::<String>().graphemes(true).count();
                    let text = prompt.text().graphemes(true).map(|g| *GRAPHEMES.iter().find(|k| **k == g).unwrap()).collect();
                    plain = Plain { text, cursor };
                }
                Op::Press(key) => {
                    prompt.take(key.parse().unwrap(), &keymap);
                    plain.press(key);
                }
            }
            prop_assert_eq!(prompt.text(), plain.text.concat());
            let before: String = prompt.text().chars().take(prompt.input.cursor()).collect();
            prop_assert_eq!(before, plain.text[..plain.cursor].concat());
        }
    }
}

#[test]
fn undo_in_a_field_goes_back_word_by_word_and_over_what_was_deleted() {
    let mut desk = Desk::with(1);
    desk.press("l e ctrl-u");
    desk.type_text("Asha Rao");
    desk.press("ctrl-w");
    let text = |desk: &Desk| desk.model.prompt.as_ref().unwrap().text().to_owned();
    let mut texts = vec![text(&desk)];
    for _ in 0..6 {
        desk.press("ctrl-_");
        texts.push(text(&desk));
    }
    assert_eq!(texts, ["Asha ", "Asha Rao", "Asha ", "Asha", "", "name 1", "name 1"]);
}

#[test]
fn custom_field_takes_json_or_pairs_and_says_where_it_is_wrong() {
    let mut desk = Desk::with(1);
    desk.press("$ e");
    desk.type_text("city=Pune n=5");
    let change = CellChange::Set(r#"{"city": "Pune", "n": 5}"#.into());
    let set = LocalChange::SetCell { edits: vec![EditId(1)], cell: Cell::Field(Field::CustomField), change };
    assert_eq!(desk.press("enter"), [Effect::Change(set)]);
    desk.press("e");
    desk.type_text("{\"a\":}");
    assert_eq!(desk.press("enter"), []);
    let prompt = desk.model.prompt.as_ref().unwrap();
    assert!(matches!(&prompt.error, Some((Some(5), message)) if message.contains("line 1 column 6")), "{prompt:?}");
}
