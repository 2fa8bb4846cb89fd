//! The palette and the help: what they offer, what they say, and what they keep.

use super::*;

fn typed(desk: &mut Desk, text: &str) -> Vec<Effect> {
    desk.press(":");
    desk.type_text(text);
    desk.press("enter")
}

/// The line being typed.
fn line(desk: &Desk) -> &str {
    desk.model.prompt.as_ref().map_or("", Prompt::text)
}

fn names(desk: &Desk) -> Vec<String> {
    palette_lines(&desk.model, line(desk)).into_iter().map(|line| line.name).collect()
}

#[test]
fn a_command_that_does_not_apply_says_why_and_stays_to_be_changed() {
    let mut desk = Desk::with(3);
    for (command, why) in [
        ("pause", "no run is under way"),
        ("requeue", "works in Results only"),
        ("mark-none", "nothing is marked"),
        ("nonsense", "there is no command `nonsense`"),
        ("run 9", "there is no run 9; `4` lists them"),
    ] {
        assert_eq!(typed(&mut desk, command), []);
        let error = desk.model.prompt.as_ref().and_then(|prompt| prompt.error.clone());
        assert_eq!(error, Some((None, why.to_owned())), "{command}");
        assert_eq!(line(&desk), command);
        desk.press("esc");
    }
    assert_eq!(desk.model.commands, Vec::<String>::new(), "what did nothing is not kept");
}

#[test]
fn a_key_that_means_something_elsewhere_says_where() {
    let mut desk = Desk::with(1);
    for (keys, said) in [
        ("R", Some("`R` (requeue) works in Results only")),
        ("B", Some("`B` (undo run) works in Results and History only")),
        ("Z", None),
        ("4", None),
        ("x", Some("`x` (take out) works in Queue only")),
        ("n", Some("`n` (next) works in Queue and Results only")),
        ("5", None),
        ("space", Some("`space` (mark) works in Queue, Results and Contacts only")),
        ("j", None),
    ] {
        desk.press(keys);
        assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), said, "{keys}");
    }
    desk.press("? R");
    assert_eq!(desk.model.notice, None, "over a dialog the keys are the dialog's");
}

#[rstest]
#[case("4", Place::History)]
#[case("5", Place::Log)]
fn a_search_narrows_what_has_few_rows(#[case] view: &str, #[case] place: Place) {
    let mut desk = Desk::with(1);
    desk.press(view);
    desk.press("/");
    assert_eq!(desk.model.prompt.as_ref().map(|prompt| &prompt.kind), Some(&PromptKind::Filter(place)));
}

#[test]
fn a_line_shows_the_live_key_and_the_first_part_of_the_reason() {
    let mut desk = Desk::with(3);
    let text = "[keys.global]\npause = 'ctrl-t'\nplan = []";
    desk.model.session.keymap = Config::parse(std::path::Path::new("c.toml"), text).unwrap().keymap;
    let of = |name: &str| palette_lines(&desk.model, name).into_iter().next().unwrap();
    assert_eq!((of("pause").key.as_str(), of("pause").text.as_str()), ("ctrl-t", "no run is under way"));
    assert_eq!((of("plan").key.as_str(), of("plan").why_not), ("", None));
    desk.answer(Answer::Started { run: RunId(1), planned: 3, batches: 1 });
    let send = palette_lines(&desk.model, "send").into_iter().next().unwrap();
    assert_eq!(send.text, "a run is under way");
    assert_eq!(send.why_not.as_deref(), Some("a run is under way; `ctrl-t` pauses it, `X` cancels the rest"));
}

/// The file whose import begins.
fn imported(effects: &[Effect]) -> String {
    match effects {
        [Effect::Import(ask)] => ask.source.name(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tab_completes_a_command_then_folders_and_files_that_the_world_lists() {
    let mut desk = Desk::with(1);
    desk.press(":");
    desk.type_text("imp");
    desk.press("tab");
    assert_eq!(line(&desk), "import ");
    let listed = |folder: &str| Listed::Folder(folder.to_owned());
    assert_eq!(desk.model.listing.of, Some(listed("")), "the folder is asked for once");
    desk.answer(Answer::Listing(listed("elsewhere/"), vec!["old".into()]));
    assert_eq!(names(&desk), Vec::<String>::new(), "an answer to an older question is dropped");
    desk.answer(Answer::Listing(listed(""), vec![".git/".into(), "b-list.csv".into(), "lists/".into()]));
    assert_eq!(names(&desk), ["b-list.csv", "lists/"], "hidden names wait for their dot");
    desk.type_text("lis");
    assert_eq!(names(&desk), ["lists/", "b-list.csv"], "what begins so comes first");
    desk.press("tab");
    assert_eq!(line(&desk), "import lists/");
    assert_eq!(desk.model.listing.of, Some(listed("lists/")));
    desk.answer(Answer::Listing(listed("lists/"), vec!["a b.csv".into()]));
    // Chosen by hand, Enter takes it; as typed, it takes what is typed.
    assert_eq!(imported(&desk.press("down enter")), "lists/a b.csv");
    desk.press("esc");
    assert_eq!(imported(&typed(&mut desk, "import lists/a")), "lists/a");
}

#[test]
fn themes_runs_and_fields_are_completed() {
    let mut desk = Desk::with(1);
    desk.press(":");
    desk.type_text("theme li");
    desk.answer(Answer::Listing(Listed::Themes, vec!["dark".into(), "light".into()]));
    assert_eq!(desk.press("tab enter"), [Effect::Theme { name: "light".into(), keep: true }]);
    desk.press(":");
    desk.type_text("filter tag:vip -fir");
    desk.press("tab");
    assert_eq!(line(&desk), "filter tag:vip -first_name:");
    desk.press("enter");
    assert_eq!(desk.model.queue.filter.as_deref(), Some("tag:vip -first_name:"));
    desk.press("f ctrl-u");
    desk.type_text("ema");
    desk.press("tab");
    assert_eq!(line(&desk), "email:");
}

#[test]
fn earlier_commands_come_back_above_the_first_line_and_each_is_kept_once() {
    let mut desk = Desk::with(1);
    desk.answer(Answer::Commands(vec!["rate 5".into()]));
    typed(&mut desk, "in-flight 3");
    typed(&mut desk, "theme mono");
    desk.press(": up");
    assert_eq!(line(&desk), "theme mono");
    desk.press("up up");
    assert_eq!(line(&desk), "rate 5");
    desk.press("up down down down");
    assert_eq!(line(&desk), "", "after the newest comes what was typed");
    desk.press("esc :");
    let effects = {
        desk.press("up up");
        update(&mut desk.model, Msg::Key("enter".parse().unwrap()), &desk.ctx)
    };
    assert_eq!(effects, [Effect::KeepCommand("in-flight 3".into())]);
    assert_eq!(desk.model.commands, ["rate 5", "theme mono", "in-flight 3"]);
    // Without history, up and down choose among the lines.
    desk.press(": down down");
    assert_eq!(desk.model.prompt.as_ref().unwrap().chosen, Some(2));
    desk.press("up up");
    assert_eq!(desk.model.prompt.as_ref().unwrap().chosen, Some(0));
}

#[test]
fn the_help_lists_this_place_first_and_narrows_while_typing() {
    let mut desk = Desk::with(1);
    desk.press("4 ?");
    let text = |desk: &Desk| -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for line in help::lines(&desk.model) {
            match (line, texts.last_mut()) {
                // A line without keys goes on with the one above.
                (help::HelpLine::Key { keys, text, .. }, Some(last)) if keys.is_empty() => *last += &format!(" {text}"),
                (help::HelpLine::Key { text, .. }, _) => texts.push(text),
                _ => {}
            }
        }
        texts
    };
    let all = text(&desk);
    let at = |part: &str| all.iter().position(|line| line.starts_with(part)).unwrap();
    assert_eq!(at("Send the queue"), 0);
    assert!(at("Undo the last change") > at("Close what is open"), "what works elsewhere comes after");
    assert!(all.iter().any(|line| line.contains("(no run is under way)")), "{all:?}");
    // The history has no search of its own: the help has one all the same.
    desk.press("/");
    desk.type_text("undo");
    assert_eq!(
        text(&desk),
        [
            "Build the edits that take the run back, in the queue; nothing is sent (there is no run yet)",
            "Undo the last change of the queue (works in Queue and Contacts only)",
            "Redo what was undone (works in Queue and Contacts only)",
            "Take back the last change of the text",
        ]
    );
    desk.press("enter");
    assert_eq!(text(&desk).len(), 4, "Enter keeps it");
    desk.press("esc");
    assert_eq!(text(&desk).len(), all.len(), "esc takes the search away first");
    // The end is the end: one key up shows another line.
    desk.press("G");
    let Some(Dialog::Help { scroll: end, .. }) = desk.model.dialogs.last().cloned() else { panic!() };
    desk.press("j k");
    let Some(Dialog::Help { scroll, .. }) = desk.model.dialogs.last() else { panic!() };
    assert!(end > 0 && *scroll == end - 1);
    desk.press("esc");
    assert!(desk.model.dialogs.is_empty());
}
