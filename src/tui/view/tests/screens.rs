//! Whole screens as pictures in `screens/`: their text, then a letter for the role of each cell.
//!
//! A change of the looks shows as a change of these files. A test that fails writes what it saw beside the
//! picture, as `NAME.new`, and says how to accept it.

use std::fs;
use std::path::Path;

use rstest::rstest;

use super::*;
use crate::app::Alarm;
use crate::app::bulk::{BulkAnswer, BulkAsk, Subjects};
use crate::config::Glyphs;
use crate::config::theme::Role;
use crate::domain::Tally;
use crate::store::StepRow;

/// The letter of each role, in the order of `Role::ALL`.
const LETTERS: [char; Role::ALL.len()] =
    ['t', 'd', 'a', 'T', '>', '*', '/', 'o', 'b', 'w', 'i', 's', 'c', '-', '=', 'H', 'k', 'f', '!'];

/// Styles in which every role has a colour of its own, by which it is known again.
fn telling() -> Styles {
    let lines: Vec<String> =
        Role::ALL.iter().enumerate().map(|(i, r)| format!("{} = \"{}\"", r.name(), i + 16)).collect();
    Styles::new(Theme::parse("telling", Path::new("telling.toml"), &lines.join("\n")).unwrap(), Depth::Indexed)
}

/// The letter for the role of every cell that shows something.
fn roles(buffer: &Buffer) -> Vec<String> {
    let letter = |cell: &ratatui::buffer::Cell| match cell.fg {
        ratatui::style::Color::Indexed(n) if cell.symbol() != " " => LETTERS[usize::from(n) - 16],
        _ => ' ',
    };
    let row = |y| (0..buffer.area.width).map(|x| letter(&buffer[(x, y)])).collect::<String>();
    (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect()
}

pub(super) fn assert_picture(name: &str, model: &Model) {
    let frame = frame(model, &telling());
    let cursor = frame.cursor.map_or_else(|| "hidden".into(), |(x, y)| format!("column {x}, row {y}"));
    let seen =
        format!("{}\n\n{}\n\ncursor: {cursor}\n", lines(&frame.buffer).join("\n"), roles(&frame.buffer).join("\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/view/tests/screens").join(format!("{name}.txt"));
    if fs::read_to_string(&file).is_ok_and(|wanted| wanted == seen) {
        return;
    }
    let new = file.with_extension("new");
    fs::write(&new, &seen).unwrap();
    panic!("{name} looks otherwise:\n{seen}\nto accept it: mv {} {}", new.display(), file.display());
}

/// Names of every kind of letter, in a queue and in the results of a run.
fn odd_letters(size: (u16, u16)) -> Model {
    let names = [
        "Asha",
        "名前です",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 family",
        "🇮🇳 flag",
        "e\u{301}tude",
        "مرحبا",
        "क्षमा",
        "⌨\u{fe0f} key",
        "a very long name that does not fit in any column of the grid",
    ];
    let mut model = model(size, names.len() as i64);
    let rows = (1..).zip(names).map(|(i, name)| {
        let mut row = queue_row(i);
        row.edit.changes.put(Field::FirstName, Some(Change::Set(name.into())));
        row
    });
    let ids = (1..=names.len() as i64).map(EditId).collect();
    send(&mut model, Msg::Answer(Answer::QueueRows(ids, rows.collect())));
    model
}

pub(super) fn press(mut model: Model, keys: &str) -> Model {
    for key in keys.split(' ') {
        send(&mut model, Msg::Key(key.parse().unwrap()));
    }
    send(&mut model, Msg::Alarm(Alarm::Rest));
    model
}

#[rstest]
fn the_main_places_at_every_size(#[values((60, 15), (80, 24), (120, 36), (160, 45))] size: (u16, u16)) {
    let (width, height) = size;
    assert_picture(&format!("queue-{width}x{height}"), &odd_letters(size));
    assert_picture(&format!("results-{width}x{height}"), &press(with_results(size), "j"));
}

#[rstest]
fn the_dialogs_where_there_is_little_room(#[values((60, 15), (80, 24))] size: (u16, u16)) {
    let name = |what: &str| format!("{what}-{}x{}", size.0, size.1);
    let mut confirm = model(size, 3);
    let plan = Preview {
        edits: vec![EditId(1), EditId(3)],
        batches: 1,
        fields: vec![(Field::FirstName, 2, 0), (Field::Tag, 0, 1)],
        left_out: vec![("with errors, which stay in the queue".into(), 1)],
        first_request: "PUT https://api.in.exotel.com/v2/accounts/acme1/contacts\n\n{\n  \"contacts\": []\n}".into(),
        ..Preview::default()
    };
    send(&mut confirm, Msg::Answer(Answer::Planned { plan: plan.clone(), send: true }));
    assert_picture(&name("confirm"), &confirm);
    let mut planned = model(size, 3);
    send(&mut planned, Msg::Answer(Answer::Planned { plan, send: false }));
    assert_picture(&name("plan"), &planned);
    assert_picture(&name("detail"), &press(with_results(size), "j i"));
    let mut themes = model(size, 3);
    let names = Theme::names(Path::new("/nonexistent"));
    let note = Some("no colours here: all look like mono");
    send(&mut themes, Msg::Answer(Answer::Themes { names, before: "light".into(), note }));
    assert_picture(&name("themes"), &themes);
    let mut told = model(size, 3);
    send(&mut told, Msg::Answer(Answer::Told(Notice::failed("It failed\n\nThe cause, and what to do about it."))));
    assert_picture(&name("message"), &told);
}

#[test]
fn the_zoomed_pane_and_the_cell_being_typed() {
    assert_picture("results-zoomed", &press(with_results((160, 45)), "+"));
    assert_picture("cell", &press(odd_letters((80, 24)), "l e é"));
    assert_picture("marked", &press(odd_letters((80, 24)), "space space v j"));
}

/// Every row of every place ends with its frame, whatever letters are in it.
#[rstest]
fn a_row_ends_where_it_should(#[values((60, 15), (80, 24), (120, 36), (160, 45))] size: (u16, u16)) {
    for model in [odd_letters(size), press(odd_letters(size), "l l l l")] {
        let buffer = frame(&model, &telling()).buffer;
        for y in 1..size.1 - 2 {
            let symbol = buffer[(size.0 - 1, y)].symbol();
            assert!(["│", "┐", "┘"].contains(&symbol), "row {y} ends with {symbol:?}");
        }
    }
}

#[test]
fn ascii_borders_leave_names_alone_and_move_nothing() {
    let model = odd_letters((80, 24));
    let light = frame(&model, &telling()).buffer;
    let ascii = frame(&model, &telling().drawn_with(Glyphs::Ascii)).buffer;
    let only = frame(&model, &telling().drawn_with(Glyphs::AsciiOnly)).buffer;
    assert!(lines(&ascii).join("").contains("名"));
    assert!(only.content.iter().all(|cell| cell.symbol().is_ascii()));
    for (a, b) in light.content.iter().zip(&ascii.content) {
        assert!(a.symbol() == b.symbol() || b.symbol().is_ascii() && b.symbol().len() == 1, "{a:?} {b:?}");
        assert_eq!((a.fg, a.modifier), (b.fg, b.modifier));
    }
}

/// Screens as a theme without colours paints them: what is selected, focused, found or dangerous differs from the rest
/// by its signs or its attributes.
#[test]
fn without_colours_nothing_is_lost() {
    let mono = Styles::new(Theme::load("mono", Path::new("/nonexistent")).unwrap(), Depth::None);
    let mut model = press(odd_letters((160, 45)), "space");
    model.search.queue.extend([EditId(3)]);
    let seen = frame(&model, &mono);
    let text = lines(&seen.buffer);
    let row = |part: &str| text.iter().find(|line| line.contains(part)).unwrap().chars().take(4).collect::<String>();
    assert_eq!(row("ceba01"), "│ •8");
    assert_eq!(row("ceba02"), "│▸ 8");
    assert_eq!(row("ceba03"), "│ /8");
    assert!(seen.cursor.is_some(), "the cursor stands in the row under it");
    assert!(seen.buffer.content.iter().all(|c| (c.fg, c.bg) == Default::default()));
    let bold = |x: u16, y: u16| seen.buffer[(x, y)].modifier.contains(ratatui::style::Modifier::BOLD);
    assert!(bold(0, 1) && !bold(159, 1), "the frame of the pane with the focus is heavier");
    assert!(text[0].contains("PRODUCTION") && text[0].contains("[1 Queue"), "{}", text[0]);
    let problem = text.iter().find(|line| line.contains("ceba02")).unwrap();
    assert!(problem.contains('✗'), "{problem}");
}

/// Answers the newest preview of a bulk change as the disk would.
fn previewed(mut model: Model, keys: &str) -> Model {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        effects.extend(send(&mut model, Msg::Key(key.parse().unwrap())));
    }
    let asked = effects.into_iter().rev().find_map(|effect| match effect {
        Effect::Bulk(BulkAsk::Preview { token, of: Subjects::Edits(edits), transform }) => {
            Some((token, edits, transform))
        }
        _ => None,
    });
    let Some((token, edits, transform)) = asked else { return model };
    let mut tally = Tally::default();
    for id in edits.iter() {
        tally.take(&transform, &model.queue.loaded_rows().find(|row| row.id == *id).unwrap().edit, &Rules::default());
    }
    send(&mut model, Msg::Answer(Answer::Bulk(BulkAnswer::Tally { token, tally, complete: true })));
    model
}

#[rstest]
fn a_bulk_change_shows_what_it_would_do(#[values((80, 24), (160, 45))] size: (u16, u16)) {
    let (width, height) = size;
    let typed = previewed(odd_letters(size), r"l a r ( \ w + ) tab [ \ U $ 1 ]");
    assert_picture(&format!("bulk-replace-{width}x{height}"), &typed);
    let mut menu = odd_letters(size);
    menu.queue.filter = Some("x".into());
    let mut menu = press(menu, "l a");
    let rows = [1, 2, 3].map(queue_row);
    menu.queue.set_keys(vec![EditId(1)]);
    menu.queue.put_rows(rows.into_iter().map(|row| (row.id, row)));
    assert_picture(&format!("bulk-menu-{width}x{height}"), &previewed(menu, "t j j"));
}

#[test]
fn the_palette_says_in_full_what_is_cut_beside_a_name() {
    assert_picture("palette-80x24", &press(odd_letters((80, 24)), ": d u"));
    assert_picture("palette-120x36", &press(odd_letters((120, 36)), ": d u"));
}

#[test]
fn errors_have_a_mark_and_a_list() {
    let mut model = odd_letters((80, 24));
    let failed = "the database is locked by another program, which writes in it; close that one, and try again";
    send(&mut model, Msg::Answer(Answer::Told(Notice::error("planning", failed))));
    send(&mut model, Msg::Answer(Answer::Told(Notice::error("writing a.csv", "a.csv: no space left on device"))));
    model = press(model, "j");
    assert_picture("errors-mark", &model);
    assert_picture("errors-list", &press(model, ": e r r o r s enter"));
}

#[test]
fn a_mistake_has_a_caret_below_it() {
    assert_picture("wrong-filter", &press(odd_letters((80, 24)), "f t a g : ( enter"));
    assert_picture("wrong-pattern", &press(odd_letters((80, 24)), "l r a ( b"));
    let cell = press(odd_letters((80, 24)), "$ e { \" a \" : } enter");
    assert!(screen(&cell).contains("custom_field: ✗ line 1 column 6: expected value"), "{}", screen(&cell));
}

#[test]
fn a_sorted_queue_says_by_what_and_twins_and_empty_cells_are_told() {
    let mut model = odd_letters((120, 36));
    send(&mut model, Msg::Answer(Answer::Bulk(BulkAnswer::Duplicates(vec![EditId(1), EditId(9)]))));
    let mut row = queue_row(3);
    row.edit.changes.put(Field::LastName, Some(Change::Set(String::new())));
    model.queue.put_rows([(EditId(3), row)]);
    assert_picture("sorted-twins", &press(model, "l s"));
}

#[test]
fn the_list_of_changes_says_where_the_queue_is() {
    let mut model = odd_letters((80, 24));
    let step = |id, name: &str, undone| StepRow { id, name: name.into(), undone };
    let steps = vec![
        step(3, "upper case of tag on 9 edits", true),
        step(2, "set tag on 12,480 edits", false),
        step(1, "import of contacts.csv: 12,480 edits", false),
    ];
    send(&mut model, Msg::Answer(Answer::Bulk(BulkAnswer::Steps(steps))));
    assert_picture("undo-list", &model);
}
