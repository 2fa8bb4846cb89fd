//! What the user may bind, what is refused and with which words, and that a look-up is what the tables say.

use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;

use super::layers::sequence;
use super::*;
use crate::config::actions::Place;
use crate::config::{Config, Preset};

fn keys(text: &str) -> Vec<Key> {
    sequence(text).unwrap()
}

fn read(text: &str) -> Result<Keymap, String> {
    Config::parse(Path::new("/c.toml"), text).map(|config| config.keymap).map_err(|e| e.to_string())
}

fn shown(map: &Keymap, action: Action, context: impl Into<Context>) -> Vec<&str> {
    map.keys(action, context).collect()
}

#[test]
fn a_preset_binds_every_action_and_only_a_suspend_needs_a_key_that_terminals_or_tmux_keep() {
    // SPEC 10: nothing only on Alt, nor on a key of flow control, job control, screen and tmux.
    let kept = ["ctrl-a", "ctrl-b", "ctrl-s", "ctrl-q", "ctrl-z"];
    for preset in Preset::ALL {
        let map = Keymap::preset(preset);
        for row in ACTIONS {
            for context in row.contexts() {
                let reaches = |text: &&str| !text.contains("alt-") && text.split(' ').all(|key| !kept.contains(&key));
                let safe = shown(&map, row.action, context).iter().any(reaches);
                assert!(safe || row.action == Action::Suspend, "{preset:?}: {} in {}", row.name, context.name());
            }
        }
    }
}

#[test]
fn sequences_are_followed_key_by_key() {
    let map = Keymap::standard();
    assert_eq!(map.lookup(Place::Queue, &keys("g")), Lookup::Prefix);
    assert_eq!(map.lookup(Place::Queue, &keys("g g")), Lookup::Action(Action::Top));
    assert_eq!(map.lookup(Place::Queue, &keys("g x")), Lookup::Nothing);
    assert_eq!(map.lookup(Place::History, &keys("e")), Lookup::Nothing);
    let next = map.following(Place::Queue, &keys("g"));
    assert_eq!(next.iter().map(|n| (n.keys.as_str(), n.row.name)).collect::<Vec<_>>(), [("g", "top")]);
}

#[test]
fn a_place_goes_before_global_before_the_preset_and_an_empty_list_unbinds() {
    let map = read(
        "[keys.global]\nsend = ['K', 'ctrl-x s']\nproblems = []\n[keys.results]\nsend = 'Z'\n[keys.prompt]\naccept = 'ctrl-j'\n",
    )
    .unwrap();
    assert_eq!(shown(&map, Action::Send, Place::Queue), ["K", "ctrl-x s"]);
    assert_eq!(shown(&map, Action::Send, Place::Results), ["Z"]);
    assert_eq!(map.lookup(Place::Results, &keys("K")), Lookup::Nothing);
    assert_eq!(map.lookup(Place::Queue, &keys("!")), Lookup::Nothing);
    assert_eq!(map.lookup(Context::Prompt, &keys("enter")), Lookup::Nothing);
    assert_eq!(shown(&map, Action::Undo, Place::Queue), ["u"], "the rest is as it was");
    assert_eq!(map.name(Action::Problems, Place::Queue), ":problems");
    let rows: Vec<_> = map.table().into_iter().filter(|live| live.row.action == Action::Send).collect();
    assert_eq!(rows.iter().map(|live| live.contexts.len()).collect::<Vec<_>>(), [4, 1]);
}

#[test]
fn two_actions_may_change_places() {
    let map = read("[keys.queue]\nundo = 'x'\ntake-out = 'u'").unwrap();
    assert_eq!(map.lookup(Place::Queue, &keys("x")), Lookup::Action(Action::Undo));
    assert_eq!(map.lookup(Place::Queue, &keys("u")), Lookup::Action(Action::TakeOut));
}

#[test]
fn the_preset_emacs_moves_with_control_and_user_keys_lie_over_it() {
    let map = read("[ui]\nkeymap = 'emacs'\n[keys.global]\ndown = 'j'").unwrap();
    assert_eq!(shown(&map, Action::Down, Place::Queue), ["j"]);
    assert_eq!(map.lookup(Place::Queue, &keys("ctrl-p")), Lookup::Action(Action::Up));
    assert_eq!(map.lookup(Context::Prompt, &keys("ctrl-g")), Lookup::Action(Action::Cancel));
    let after: Vec<_> = map.following(Place::Queue, &keys("ctrl-x")).into_iter().map(|n| n.row.name).collect();
    assert_eq!(after, ["undo", "mark-all", "next-pane", "suspend", "quit"]);
}

#[rstest]
#[case::with_a_default(
    "[keys.queue]\nundo = ['u', 'x']",
    "/c.toml:2:14: `x` would mean two things in queue: undo here, and take-out by the default binding of take-out in queue; take another key for one of them, or none: take-out = []"
)]
#[case::with_each_other(
    "[keys.queue]\nadd = 'w'\nundo = 'w'",
    "/c.toml:3:8: `w` would mean two things in queue: undo here, and add by /c.toml:2:7; take another key for one of them, or none: add = []"
)]
#[case::with_a_sequence(
    "[keys.global]\nsend = 'g'",
    "/c.toml:2:8: `g` would mean two things in queue: send as `g` here, and top as `g g` by the default binding of top in queue; take another key for one of them, or none: top = []"
)]
#[case::global_with_a_place(
    "[keys.global]\npause = 'w'\n[keys.log]\nview-log = ['w']",
    "/c.toml:4:13: `w` would mean two things in log: view-log here, and pause by /c.toml:2:9; take another key for one of them, or none: pause = []"
)]
#[case::no_place("[keys.queu]\nundo = 'w'", "/c.toml:1:7: there is no place `queu` with keys; did you mean `queue`?")]
#[case::no_action("[keys.queue]\nundoo = 'w'", "/c.toml:2:1: there is no action `undoo`; did you mean `undo`?")]
#[case::elsewhere(
    "[keys.queue]\nrequeue = 'w'",
    "/c.toml:2:1: `requeue` means nothing in [keys.queue]; write it in [keys.results]"
)]
#[case::no_key("[keys.queue]\nundo = ['u', 'hyper-x']", "/c.toml:2:14: no key is called `hyper-x`; keys are written")]
#[case::two_blanks("[keys.queue]\nundo = 'u  u'", "/c.toml:2:8: no key is called ``")]
#[case::not_a_text(
    "[keys.queue]\nundo = 3",
    "/c.toml:2:8: invalid type: integer `3`, expected a key such as \"g g\", or a list of keys"
)]
#[case::types("[keys.prompt]\naccept = 'y'", "/c.toml:2:10: `y`: this key types a character")]
#[case::waits("[keys.prompt]\naccept = 'ctrl-x y'", "/c.toml:2:10: `ctrl-x y`: in a prompt one key must do")]
#[case::locked_in("[keys.log]\nquit = []\npalette = []", "/c.toml: no key would leave rolodeck from Log; leave")]
#[case::stuck("[keys.prompt]\ncancel = []", "/c.toml: no key would close a prompt; leave")]
#[case::no_preset("[ui]\nkeymap = 'emax'", "/c.toml:2:10: unknown value `emax`; did you mean `emacs`?")]
fn a_wrong_binding_says_where_and_what_it_clashes_with(#[case] text: &str, #[case] said: &str) {
    let error = read(text).unwrap_err();
    assert!(error.starts_with(said), "{error}");
}

#[test]
fn a_sentence_names_the_keys_that_the_user_has() {
    let map = read("[keys.queue]\nundo = 'ctrl-x u'\nredo = []").unwrap();
    assert_eq!(map.fill(Place::Queue, "<undo> or <redo> <this>"), "ctrl-x u or :redo <this>");
}

/// Tables as users write them, mostly right.
fn tables() -> impl Strategy<Value = Vec<(String, String, Vec<String>)>> {
    let table = prop::sample::select(vec!["global", "queue", "results", "log", "prompt", "nowhere"]);
    let action = prop::sample::select(ACTIONS.iter().map(|row| row.name).chain(["nothing"]).collect::<Vec<_>>());
    let key = prop::sample::select(vec!["g", "ctrl-t", "ctrl-x", "Q", "f5", "f6", "#", "é", "alt-g", "", "shift-up"]);
    let text = prop::collection::vec(key, 1..4).prop_map(|keys| keys.join(" "));
    let row = (table, action, prop::collection::vec(text, 0..3));
    prop::collection::vec(row.prop_map(|(table, action, keys)| (table.to_owned(), action.to_owned(), keys)), 0..6)
}

/// The keys of a place by the rule in words: its own table, else `global`, else the preset.
fn naive(tables: &toml::Table, preset: Preset, context: Context) -> Vec<(Vec<Key>, Action)> {
    let own = |table: &str, name: &str| -> Option<Vec<String>> {
        let texts = tables.get(table)?.as_table()?.get(name)?.as_array()?;
        Some(texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
    };
    let rows = ACTIONS.iter().filter(|row| row.contexts().any(|c| c == context));
    rows.flat_map(|row| {
        let standard = || preset.keys(row).iter().map(|text| (*text).to_owned()).collect();
        let texts: Vec<String> =
            own(context.name(), row.name).or_else(|| own("global", row.name)).unwrap_or_else(standard);
        texts.into_iter().map(|text| (keys(&text), row.action)).collect::<Vec<_>>()
    })
    .collect()
}

proptest! {
    #[test]
    fn arbitrary_tables_never_panic_and_a_look_up_is_what_they_say(
        rows in tables(),
        preset in prop::sample::select(Preset::ALL.to_vec()),
        pressed in prop::collection::vec(prop::sample::select(vec!["g", "ctrl-t", "ctrl-x", "Q", "f5", "u", "j"]), 1..3),
    ) {
        let mut tables = toml::Table::new();
        for (table, action, texts) in rows {
            let entry = tables.entry(table).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            entry.as_table_mut().unwrap().insert(action, texts.into());
        }
        let file: toml::Table =
            [("ui".to_owned(), toml::Value::try_from([("keymap", preset)].into_iter().collect::<HashMap<_, _>>()).unwrap()),
             ("keys".to_owned(), toml::Value::Table(tables.clone()))].into_iter().collect();
        let text = toml::to_string(&file).unwrap();
        if let Ok(map) = read(&text) {
            let pressed: Vec<Key> = pressed.iter().flat_map(|text| keys(text)).collect();
            for context in Context::ALL {
                let bound = naive(&tables, preset, context);
                let meant: Vec<_> = bound.iter().filter(|(keys, _)| *keys == pressed).map(|(_, action)| *action).collect();
                let begins = bound.iter().any(|(keys, _)| keys.len() > pressed.len() && keys.starts_with(&pressed));
                let expected = match (meant.first(), begins) {
                    (Some(action), _) => Lookup::Action(*action),
                    (None, true) => Lookup::Prefix,
                    (None, false) => Lookup::Nothing,
                };
                prop_assert_eq!(map.lookup(context, &pressed), expected, "{}", text);
                prop_assert!(meant.iter().all(|action| Some(action) == meant.first()) && (meant.is_empty() || !begins));
            }
        }
    }

    #[test]
    fn any_text_under_keys_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = read(&format!("[keys.queue]\nundo = {}", toml::Value::String(text.clone())));
        let _ = read(&format!("[keys]\n{text}"));
    }
}
