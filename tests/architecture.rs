//! The walls of the house: floors, rooms, headers, lengths, and a README in step with the code.
//!
//! Every check reads the sources as text and lists all faults at once, each as `file:line: what; what to do`.
//! The checks themselves are pure functions, and the last module plants a fault for each of them.

// The whole file is test code, helpers included.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolodeck::cli::Exit;
use rolodeck::config::Preset;
use rolodeck::config::actions::{ACTIONS, Group};
use rstest::rstest;

/// A top-level module: its floor, and what it may name of other crates and of `std`.
struct Room {
    name: &'static str,
    floor: u8,
    /// The only external crates it may name.
    crates: &'static [&'static str],
    /// The parts of `std` it may not name.
    never_std: &'static [&'static str],
}

/// No files, no network, no environment, no processes.
const PURE: &[&str] = &["fs", "net", "env", "process", "thread"];
/// The environment is read in `config` alone.
const NO_ENV: &[&str] = &["env"];

#[rustfmt::skip] // one room a line: it is read as a table
const ROOMS: &[Room] = &[
    Room { name: "support", floor: 0, never_std: PURE, crates: &["jiff", "thiserror", "unicode_segmentation", "unicode_width"] },
    Room { name: "domain", floor: 1, never_std: PURE, crates: &["email_address", "regex", "rlibphonenumber", "serde", "serde_json", "thiserror"] },
    Room { name: "api", floor: 2, never_std: NO_ENV, crates: &["bytes", "jiff", "regex", "reqwest", "rustls", "secrecy", "serde", "serde_json", "thiserror", "tokio"] },
    Room { name: "store", floor: 2, never_std: &["env", "net"], crates: &["rusqlite", "serde", "serde_json", "tempfile", "thiserror", "tokio"] },
    Room { name: "config", floor: 2, never_std: &["thread"], crates: &["directories", "secrecy", "serde", "tempfile", "thiserror", "tokio", "toml"] },
    Room { name: "intake", floor: 2, never_std: PURE, crates: &["chardetng", "csv", "encoding_rs", "quick_xml", "serde", "serde_json", "thiserror", "zip"] },
    Room { name: "engine", floor: 3, never_std: PURE, crates: &["thiserror", "tokio"] },
    Room { name: "app", floor: 4, never_std: PURE, crates: &["regex", "serde", "serde_json", "thiserror", "tui_input", "unicode_segmentation", "unicode_width"] },
    Room { name: "logbook", floor: 4, never_std: &["env", "net"], crates: &["tempfile"] },
    Room { name: "tui", floor: 5, never_std: &["env", "net"], crates: &["crossterm", "ratatui", "rustix", "serde_json", "tempfile", "termina", "thiserror", "tokio", "tui_input", "unicode_segmentation", "unicode_width"] },
    Room { name: "cli", floor: 5, never_std: &["env", "net"], crates: &["clap", "clap_complete", "clap_mangen", "csv", "jiff", "rustix", "serde", "serde_json", "tempfile", "thiserror", "tokio", "toml"] },
    Room { name: "sim", floor: 5, never_std: NO_ENV, crates: &["axum", "bytes", "jiff", "serde", "serde_json", "thiserror", "tokio", "toml"] },
    Room { name: "launch", floor: 6, never_std: &[], crates: &["clap", "rustls", "rustix", "secrecy", "tempfile", "thiserror", "tokio"] },
    Room { name: "main", floor: 6, never_std: &[], crates: &["clap", "tokio"] },
    Room { name: "lib", floor: 6, never_std: &[], crates: &[] },
];

/// The island: it may see these rooms alone, whatever its floor, so that it shares no code with the client.
const ISLAND: (&str, &[&str]) = ("sim", &["support"]);

/// Where tasks may be started. Elsewhere work is a future that someone above decides to run.
const SPAWNERS: &[&str] = &["engine", "tui", "sim", "launch"];

/// A file is read in one sitting.
const MAX_LINES: usize = 500;

#[test]
fn rooms_import_from_the_floors_below_alone() {
    report(sources("src").iter().flat_map(|(path, text)| imports(path, text)));
}

#[test]
fn rooms_use_their_own_crates_alone() {
    let dependencies = dependencies(&read("Cargo.toml"));
    report(sources("src").iter().flat_map(|(path, text)| foreign_crates(path, text, &dependencies)));
}

#[test]
fn every_file_starts_with_what_it_is_for_and_is_short_and_safe() {
    report(["src", "tests"].iter().flat_map(|top| sources(top)).flat_map(|(path, text)| shape(&path, &text)));
}

#[path = "pictures/scenes.rs"]
mod scenes;

#[test]
fn the_pictures_of_the_readme_show_what_the_program_draws() {
    let stale = scenes::all().unwrap().into_iter().filter(|(name, picture)| {
        let kept = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(scenes::FOLDER).join(name));
        !kept.is_ok_and(|kept| kept == *picture)
    });
    report(
        stale
            .map(|(name, _)| format!("{}/{name}: it is of other days; `cargo run --example pictures`", scenes::FOLDER)),
    );
}

#[test]
fn the_readme_lists_the_keys_of_the_action_table() {
    report(stale_keys(&read("README.md")));
}

#[test]
fn the_readme_lists_every_exit_code() {
    report(stale_exit_codes(&read("README.md")));
}

/// Fails with every fault, one a line.
#[track_caller]
fn report(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<_> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// A file of the project.
fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// Every Rust file below a folder: its path from the project's top, and its text.
fn sources(top: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|end| end == "rs") {
                let text = read(&path);
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no Rust file in {top}/: the check would pass on nothing");
    found.sort();
    found
}

/// The names in Cargo.toml's `[dependencies]`, as code spells them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect()
}

/// The room of a file: its top folder, or its own name when it stands at the top.
fn room(path: &str) -> Option<&'static Room> {
    let name = path.strip_prefix("src/")?.split('/').next()?;
    ROOMS.iter().find(|room| room.name == name.trim_end_matches(".rs"))
}

/// Faults of the floors: imports from above, from a sibling, or by the island.
fn imports(path: &str, text: &str) -> Vec<String> {
    let Some(own) = room(path) else {
        return vec![format!("{path}:1: this module has no floor; give it one in ROOMS of tests/architecture.rs")];
    };
    let code = product_code(path, text);
    let mut used = names_after(&code, "crate");
    used.extend(names_after(&code, "rolodeck"));
    // `super::super::store` leaves the room as surely as `crate::store` does.
    let depth = path.matches('/').count() - usize::from(path.ends_with("/mod.rs"));
    used.extend(names_after(&code, &vec!["super"; depth].join("::")));
    let judge = |(line, name): (usize, String)| {
        let other = ROOMS.iter().find(|room| room.name == name);
        let why = match other {
            Some(other) if other.name == own.name => return None,
            Some(_) if own.name == ISLAND.0 => {
                (!ISLAND.1.contains(&name.as_str())).then(|| format!("the island may import {:?} alone", ISLAND.1))
            }
            Some(other) if other.floor > own.floor => {
                Some(format!("floor {} is above floor {}", other.floor, own.floor))
            }
            Some(other) if other.floor == own.floor && own.floor < 6 => Some("siblings never import each other".into()),
            Some(_) => None,
            None if own.floor == 6 => None,
            None => Some("the top of the crate holds modules alone".into()),
        }?;
        Some(format!("{path}:{line}: `{}` imports `{name}`: {why}; move what both need to a floor below", own.name))
    };
    used.into_iter().filter_map(judge).collect()
}

/// Faults of the rooms: external crates and parts of `std` that the room may not name, and tasks started.
fn foreign_crates(path: &str, text: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    let Some(own) = room(path) else { return Vec::new() };
    let code = product_code(path, text);
    let table = "or, if it belongs here, say so in ROOMS of tests/architecture.rs";
    let mut faults = Vec::new();
    for name in dependencies.iter().filter(|name| !own.crates.contains(&name.as_str())) {
        for line in lines_naming(&code, name) {
            faults.push(format!(
                "{path}:{line}: `{}` may not use `{name}`; move it to a room that may, {table}",
                own.name
            ));
        }
    }
    for (line, name) in names_after(&code, "std") {
        if own.never_std.contains(&name.as_str()) {
            faults.push(format!(
                "{path}:{line}: `{}` may not use `std::{name}`; take the value as an argument, {table}",
                own.name
            ));
        }
    }
    if !SPAWNERS.contains(&own.name) {
        for (line, name) in names_after(&code, "tokio").into_iter().chain(names_after(&code, "task")) {
            if name.starts_with("spawn") {
                faults.push(format!(
                    "{path}:{line}: tasks start in {SPAWNERS:?} alone; give a future to whoever runs it"
                ));
            }
        }
    }
    faults
}

/// Faults of a file as such: header, length, `unsafe`.
fn shape(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//! ") {
        faults.push(format!("{path}:1: no `//!` header; say in one sentence what the file is for"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        faults.push(format!("{path}:{lines}: more than {MAX_LINES} lines; split it where the subject changes"));
    }
    for (at, _) in words(&bare(text)).into_iter().filter(|(_, word)| *word == "unsafe") {
        faults.push(format!("{path}:{}: `unsafe`; use a crate that wraps it", line_of(text, at)));
    }
    faults
}

/// The faults of the README's key table.
fn stale_keys(readme: &str) -> Option<String> {
    let table = key_table();
    let shown = readme.split("<!-- keys -->").nth(1).map(str::trim);
    (shown != Some(table.trim())).then(|| {
        let first = shown.unwrap_or_default().lines().zip(table.lines()).position(|(a, b)| a != b).unwrap_or_default();
        let line = readme.split("<!-- keys -->").next().unwrap_or_default().lines().count() + first + 2;
        format!(
            "README.md:{line}: not the keys of src/config/actions.rs; put this between two `<!-- keys -->`:\n{table}"
        )
    })
}

/// The README's key table, as the action table has it.
fn key_table() -> String {
    let mut table = String::from("| keys | `emacs`, where it differs | action | what it does |\n|---|---|---|---|\n");
    let written = |keys: &[&str]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
    for group in Group::ALL {
        for row in ACTIONS.iter().filter(|row| row.group == group) {
            let (vim, emacs) = (Preset::Vim.keys(row), Preset::Emacs.keys(row));
            let emacs = if emacs == vim { String::new() } else { written(emacs) };
            table.extend(["| ", &written(vim), " | ", &emacs, " | `", row.name, "` | ", row.help, " |\n"]);
        }
    }
    table
}

/// The README's rows of exit codes, as the code has them.
fn exit_table() -> String {
    Exit::ALL.iter().map(|exit| ["| ", &exit.code().to_string(), " | ", exit.meaning(), " |\n"].concat()).collect()
}

/// The faults of the README's exit codes.
fn stale_exit_codes(readme: &str) -> Option<String> {
    let table = exit_table();
    (!readme.contains(&table)).then(|| format!("README.md:1: its table of exit codes is stale; write\n{table}"))
}

/// The code that ships: no comments, texts or test items, every line where it was.
fn product_code(path: &str, text: &str) -> String {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return String::new();
    }
    let mut code = bare(text);
    while let Some(start) = code.find("#[cfg(test)]") {
        let mut depth = 0_usize;
        let end = code[start..].char_indices().find_map(|(at, c)| {
            depth = match c {
                '{' => depth + 1,
                '}' => depth.saturating_sub(1),
                _ => depth,
            };
            (depth == 0 && matches!(c, '}' | ';')).then_some(start + at + 1)
        });
        let end = end.unwrap_or(code.len());
        let blank = blanked(&code[start..end]);
        code.replace_range(start..end, &blank);
    }
    code
}

/// The text with comments and literals blanked, of the same length.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let in_word = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => quoted(rest),
            'r' if !in_word || out.ends_with('b') => raw(rest),
            '\'' => character(rest),
            _ => 0,
        };
        let taken = if skipped == 0 { c.len_utf8() } else { skipped };
        let (head, tail) = rest.split_at(taken);
        out.push_str(&if skipped == 0 { head.to_owned() } else { blanked(head) });
        rest = tail;
    }
    out
}

/// As many blanks, with the line ends kept.
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The length of the text literal that starts here.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The length of the raw text literal that starts here, 0 when none does.
fn raw(rest: &str) -> usize {
    let hashes = rest[1..].chars().take_while(|&c| c == '#').count();
    if !rest[1 + hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    rest[body..].find(&close).map_or(rest.len(), |at| body + at + close.len())
}

/// The length of the character literal that starts here, 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |at| at + 4),
        Some(_) => inside.next().filter(|&(_, c)| c == '\'').map_or(0, |(at, _)| at + 2),
        None => 0,
    }
}

/// Every word of code, with where it starts.
fn words(code: &str) -> Vec<(usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in code.char_indices().chain([(code.len(), ' ')]) {
        match (is_part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, &code[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The line that a byte is on, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The lines where a path starts with this crate, or a `use` names it.
fn lines_naming(code: &str, name: &str) -> Vec<usize> {
    let starts_a_path = |at: usize| {
        let before = code[..at].trim_end();
        let after = &code[at + name.len()..];
        let whole = !before.ends_with("::") || before.ends_with("{::");
        whole && (after.starts_with("::") || before.ends_with("use") && !after.starts_with(" as _"))
    };
    words(code)
        .into_iter()
        .filter(|&(at, word)| word == name && starts_a_path(at))
        .map(|(at, _)| line_of(code, at))
        .collect()
}

/// The names right after `root::`, also in a group: `root::{a, b::{c}}` names a and b.
fn names_after(code: &str, root: &str) -> Vec<(usize, String)> {
    let path = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&path) {
        let before = &code[..at];
        if before.ends_with("::") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let start = at + path.len();
        let group = code[start..].starts_with('{');
        for (from, word) in words(&code[start..]) {
            let gap = code[start..start + from].trim_end();
            let depth = gap.matches('{').count().saturating_sub(gap.matches('}').count());
            if group && depth == 0 {
                break;
            }
            if !group || depth == 1 && gap.ends_with(['{', ',']) {
                found.push((line_of(code, start + from), word.to_owned()));
            }
            if !group {
                break;
            }
        }
    }
    found
}

mod planted {
    //! A fault for each check, and code that looks like one and is not.

    use super::*;

    #[rstest]
    #[case::from_above("src/domain/plan.rs", "use crate::engine::start;", "floor 3 is above floor 1")]
    #[case::from_a_sibling("src/store/queue.rs", "\nuse crate::api::Client;", "queue.rs:2: `store` imports `api`")]
    #[case::in_a_group("src/engine/run.rs", "use crate::{domain::{Edit, tui}, tui::App};", "imports `tui`")]
    #[case::in_the_middle("src/app/mod.rs", "fn f() -> crate::tui::App {}", "imports `tui`")]
    #[case::by_super("src/api/http.rs", "use super::super::store::Store;", "imports `store`")]
    #[case::front_ends("src/cli/mod.rs", "use crate::tui::run;", "siblings")]
    #[case::the_island("src/sim/routes.rs", "use crate::domain::Edit;", "the island")]
    #[case::after_tests("src/api/a.rs", "#[cfg(test)]\nmod tests { }\nuse crate::tui::App;", "a.rs:3")]
    #[case::no_floor("src/helpers.rs", "", "no floor")]
    #[case::not_a_room("src/app/mod.rs", "use crate::Stray;", "modules alone")]
    fn imports_are_seen(#[case] path: &str, #[case] text: &str, #[case] said: &str) {
        let faults = imports(path, text);
        assert!(faults.len() == 1 && faults[0].contains(said), "{faults:?}");
    }

    #[rstest]
    #[case::from_below("src/engine/run.rs", "use crate::{api::Client, domain::Edit};")]
    #[case::its_own("src/api/http.rs", "use crate::api::wire; use super::wire;")]
    #[case::a_comment("src/domain/a.rs", "// crate::tui\n/* crate::tui */ /// [`crate::tui`]")]
    #[case::a_text("src/domain/a.rs", r##"const A: &str = "\"crate::tui"; const B: &str = r#"crate::tui"#;"##)]
    #[case::a_test("src/domain/a.rs", "#[cfg(test)]\nmod tests { use crate::tui::App; fn f() {} }")]
    #[case::a_file_of_tests("src/domain/a/tests.rs", "use crate::tui::App;")]
    #[case::the_root("src/launch.rs", "use crate::{tui, cli, sim};")]
    #[case::the_program("src/main.rs", "fn main() { rolodeck::launch::run() }")]
    fn sound_imports_pass(#[case] path: &str, #[case] text: &str) {
        assert_eq!(imports(path, text), Vec::<String>::new());
    }

    #[rstest]
    #[case::domain("src/domain/a.rs", "use tokio::time;", "may not use `tokio`")]
    #[case::app("src/app/mod.rs", "fn f(r: ratatui::layout::Rect) {}", "may not use `ratatui`")]
    #[case::engine("src/engine/a.rs", "\n\nuse reqwest;", "a.rs:3: `engine` may not use `reqwest`")]
    #[case::files("src/app/mod.rs", "use std::{fmt, fs::File};", "may not use `std::fs`")]
    #[case::environment("src/cli/mod.rs", "let x = std::env::args();", "may not use `std::env`")]
    #[case::tasks("src/store/mod.rs", "tokio::spawn(f);", "tasks start in")]
    #[case::blocking_tasks("src/cli/mod.rs", "use tokio::task; fn f() { task::spawn_blocking(g) }", "tasks start in")]
    fn crates_are_seen(#[case] path: &str, #[case] text: &str, #[case] said: &str) {
        let faults = foreign_crates(path, text, &dependencies(&read("Cargo.toml")));
        assert!(faults.len() == 1 && faults[0].contains(said), "{faults:?}");
    }

    #[rstest]
    #[case::allowed("src/api/http.rs", "use reqwest::Client; use tokio::time;")]
    #[case::a_namesake("src/domain/a.rs", "use crate::domain::csv::read; let tokio = 1;")]
    #[case::lifetimes("src/domain/a.rs", "fn f<'a>(x: &'a str) -> char { 'a' } // tokio::spawn")]
    fn sound_crates_pass(#[case] path: &str, #[case] text: &str) {
        assert_eq!(foreign_crates(path, text, &dependencies(&read("Cargo.toml"))), Vec::<String>::new());
    }

    #[rstest]
    #[case::header("use std::fmt;\n".into(), "no `//!` header")]
    #[case::length(format!("//! A file.\n{}", "\n".repeat(MAX_LINES)), "more than 500 lines")]
    #[case::danger("//! A file, not unsafe.\nlet a = \"unsafe\";\nunsafe { f() }".into(), "a.rs:3: `unsafe`")]
    fn shapes_are_seen(#[case] text: String, #[case] said: &str) {
        let faults = shape("src/app/a.rs", &text);
        assert!(faults.len() == 1 && faults[0].contains(said), "{faults:?}");
    }

    #[test]
    fn a_stale_readme_is_seen() {
        let sound = format!("# a\n<!-- keys -->\n{}<!-- keys -->\n", key_table());
        assert_eq!(stale_keys(&sound), None);
        assert!(stale_keys(&sound.replace("`W`", "`w`")).unwrap().starts_with("README.md:5: "), "the row of `W`");
        assert!(stale_keys("no table").is_some());

        assert_eq!(stale_exit_codes(&exit_table()), None);
        assert!(stale_exit_codes(&exit_table().replace("| 70 |", "| 71 |")).is_some());
    }
}
