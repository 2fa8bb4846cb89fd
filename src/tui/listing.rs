//! What completes a command: the names in a folder, the themes, and the commands of earlier times.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::desk::Desk;
use super::effects::expand;
use crate::app::{Listed, keep_newest};
use crate::config::theme::Theme;
use crate::support::log::{self, Level};

/// The most names of a folder; nobody looks through more.
const MOST: usize = 10_000;
/// The file of earlier commands, in the data directory.
const FILE: &str = "commands";
/// The most that is read of it.
const LARGEST: usize = 64 * 1024;

/// The names of a list, in their order. What can't be read has none: the command itself will say why.
pub(super) fn names(desk: &Desk, of: &Listed) -> Vec<String> {
    match of {
        Listed::Themes => Theme::names(&desk.theme_dir),
        Listed::Folder(folder) => folder_names(folder, desk.home.as_deref()),
    }
}

fn folder_names(folder: &str, home: Option<&Path>) -> Vec<String> {
    let path = expand(Path::new(if folder.is_empty() { "." } else { folder }), home);
    let entries = fs::read_dir(path).into_iter().flatten().flatten().take(MOST);
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // Of a link, what it leads to counts.
            let is_folder = fs::metadata(entry.path()).is_ok_and(|meta| meta.is_dir());
            Some(if is_folder { name + "/" } else { name })
        })
        .filter(|name| !name.contains(char::is_control))
        .collect();
    names.sort();
    names
}

/// The commands of earlier times, the newest last.
pub(super) fn commands(data_dir: &Path) -> Vec<String> {
    let text = fs::read(data_dir.join(FILE)).unwrap_or_default();
    let text = String::from_utf8_lossy(text.get(..LARGEST).unwrap_or(&text)).into_owned();
    text.lines().filter(|line| !line.is_empty() && !line.contains(char::is_control)).map(str::to_owned).collect()
}

/// Keeps a command for the next time, as the newest. It is added to what other workstations kept meanwhile; a failure costs
/// the user nothing else.
pub(super) fn keep_command(data_dir: &Path, command: &str) {
    // Two commands of this workstation may come at once, each in a thread of its own.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kept = commands(data_dir);
    keep_newest(&mut kept, command);
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        kept.iter().try_for_each(|command| writeln!(file, "{command}"))?;
        file.persist(data_dir.join(FILE))?;
        Ok(())
    };
    if let Err(error) = write() {
        log::note(Level::Fault, || format!("the commands can't be kept in {}: {error}", data_dir.display()));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::app::KEPT;

    #[test]
    fn a_folder_is_listed_in_order_with_its_folders_marked_and_one_that_is_not_there_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("lists")).unwrap();
        fs::write(dir.path().join("b.csv"), "").unwrap();
        fs::write(dir.path().join("a b.csv"), "").unwrap();
        fs::write(dir.path().join("bad\u{1b}[2J"), "").unwrap();
        let folder = format!("{}/", dir.path().display());
        assert_eq!(folder_names(&folder, None), ["a b.csv", "b.csv", "lists/"]);
        assert_eq!(folder_names("~/", Some(dir.path())), ["a b.csv", "b.csv", "lists/"]);
        assert_eq!(folder_names(&format!("{folder}none/"), None), Vec::<String>::new());
    }

    #[test]
    fn commands_come_back_in_order_and_are_the_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(commands(dir.path()), Vec::<String>::new());
        keep_command(dir.path(), "theme dark");
        keep_command(dir.path(), "import é.csv");
        assert_eq!(commands(dir.path()), ["theme dark", "import é.csv"]);
        assert_eq!(fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        // A file that someone else wrote is taken as far as it is text.
        fs::write(dir.path().join(FILE), b"rate 5\n\xff\x1b[2J\n\nresume").unwrap();
        assert_eq!(commands(dir.path()), ["rate 5", "resume"]);
    }

    #[test]
    fn what_another_workstation_kept_stays_and_a_command_stands_once_where_it_was_used_last() {
        let dir = tempfile::tempdir().unwrap();
        // Two workstations that know nothing of each other, in turn.
        for command in ["theme dark", "rate 5", "theme dark", "run 2"] {
            keep_command(dir.path(), command);
        }
        assert_eq!(commands(dir.path()), ["rate 5", "theme dark", "run 2"]);
        for n in 0..KEPT {
            keep_command(dir.path(), &format!("run {n}"));
        }
        let kept = commands(dir.path());
        assert_eq!((kept.len(), kept[0].as_str()), (KEPT, "run 0"), "the oldest go");
    }
}
