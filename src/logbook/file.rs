//! The log file: lines taken without a wait, written by a thread, in files of a bounded size.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::support::log::{self, Level};

/// The files, the newest first.
const FILES: [&str; 3] = ["rolodeck.log", "rolodeck.log.1", "rolodeck.log.2"];
/// A file grows to this many bytes.
const LARGEST: u64 = 2 << 20;
/// Lines that may wait for a slow disk; more are lost.
const WAITING: usize = 4096;
/// The most that is written at once.
const BURST: usize = 64 << 10;
/// How long the program's end waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The last lines, for a report of what led to a fault.
static RECENT: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());
const RECENT_LINES: usize = 200;

/// The log of this process, from its opening to its drop, which waits a moment for the last lines.
#[derive(Debug)]
pub struct Logbook {
    to: SyncSender<Entry>,
    ended: Receiver<()>,
}

enum Entry {
    Line(String),
    End,
}

impl Logbook {
    /// Takes the lines from `least` on and writes them below `dir`. Nothing in it can fail for the user: without a
    /// place to write there is no log.
    pub fn open(dir: &Path, least: Level) -> Self {
        let (to, entries) = sync_channel(WAITING);
        let (alive, ended) = channel();
        let lost = Arc::new(AtomicU64::new(0));
        let (lines, missed, dir) = (to.clone(), Arc::clone(&lost), dir.to_owned());
        log::listen(least, move |line| {
            remember(&line);
            if lines.try_send(Entry::Line(line)).is_err() {
                missed.fetch_add(1, Ordering::Relaxed);
            }
        });
        thread::spawn(move || {
            write(&dir, &entries, &lost);
            drop(alive);
        });
        Self { to, ended }
    }
}

impl Drop for Logbook {
    fn drop(&mut self) {
        // With a full channel the disk hangs, and the program must end all the same.
        if self.to.try_send(Entry::End).is_ok() {
            let ended = self.ended.recv_timeout(LAST_LINES);
            debug_assert!(matches!(ended, Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout)));
        }
    }
}

fn remember(line: &str) {
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    if recent.len() == RECENT_LINES {
        recent.pop_front();
    }
    recent.push_back(line.to_owned());
}

/// The last lines, oldest first.
pub(super) fn recent() -> String {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner).iter().map(String::as_str).collect()
}

/// The thread: writes what waits in one go, until the end.
fn write(dir: &Path, entries: &Receiver<Entry>, lost: &AtomicU64) {
    // Whoever made the file: it is for its owner alone.
    let _ = fs::set_permissions(file(dir, 0), Permissions::from_mode(0o600));
    let mut open = None;
    let mut is_over = false;
    while let Some(first) = (!is_over).then(|| entries.recv().ok()).flatten() {
        let mut burst = String::new();
        let mut next = Some(first);
        while let Some(entry) = next {
            match entry {
                Entry::Line(line) => burst.push_str(&line),
                Entry::End => is_over = true,
            }
            next = (!is_over && burst.len() < BURST).then(|| entries.try_recv().ok()).flatten();
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            n => burst.push_str(&format!("({n} lines were lost: the disk was too slow)\n")),
        }
        // A full disk is told by the store, which needs it; here it costs these lines.
        let _ = append(dir, &mut open, &burst);
    }
}

/// Appends to the newest file, which stays open. Another process may write as well, or turn the files over: the name may
/// be that of another file by now.
fn append(dir: &Path, open: &mut Option<File>, text: &str) -> io::Result<()> {
    let mut newest = fs::metadata(file(dir, 0)).ok();
    if newest.as_ref().is_some_and(|newest| newest.len() > 0 && newest.len() + text.len() as u64 > LARGEST) {
        turn_over(dir)?;
        newest = None;
    }
    let is_same = |open: &File| {
        let open = open.metadata().ok();
        let place = |file: &Metadata| (file.dev(), file.ino());
        newest.is_some() && newest.as_ref().map(place) == open.as_ref().map(place)
    };
    let file = if let Some(file) = open.take().filter(is_same) {
        file
    } else {
        create_dir(dir)?;
        File::options().create(true).append(true).mode(0o600).open(file(dir, 0))?
    };
    open.insert(file).write_all(text.as_bytes())
}

/// Every file becomes the next older one; the oldest goes.
fn turn_over(dir: &Path) -> io::Result<()> {
    for age in (1..FILES.len()).rev() {
        match fs::rename(file(dir, age - 1), file(dir, age)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn file(dir: &Path, age: usize) -> PathBuf {
    dir.join(FILES.get(age).copied().unwrap_or_default())
}

/// Makes the directory, for its owner alone.
pub(super) fn create_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_turned_over_and_the_oldest_goes() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data/logs");
        let half = "x".repeat(LARGEST as usize / 2 - 1) + "\n";
        // Two processes that write in turn.
        let mut open = [None, None];
        for n in 0..9 {
            append(&dir, &mut open[n % 2], &format!("{n}{half}")).unwrap();
        }
        let begins: Vec<_> = (0..3).map(|age| fs::read_to_string(file(&dir, age)).unwrap().remove(0)).collect();
        assert_eq!(begins, ['8', '7', '6']);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
        assert!(
            (0..3)
                .all(|age| fs::metadata(file(&dir, age)).unwrap().len() <= LARGEST && mode(&file(&dir, age)) == 0o600)
        );
        assert_eq!(mode(&dir), 0o700);
    }

    #[test]
    fn lines_are_written_in_order_and_a_full_channel_is_told() {
        let home = tempfile::tempdir().unwrap();
        fs::write(file(home.path(), 0), "older\n").unwrap();
        let (to, entries) = sync_channel(WAITING);
        for n in 0..WAITING - 1 {
            to.send(Entry::Line(format!("{n}\n"))).unwrap();
        }
        to.send(Entry::End).unwrap();
        write(home.path(), &entries, &AtomicU64::new(7));
        let text = fs::read_to_string(file(home.path(), 0)).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[1], lines[WAITING - 1]), (WAITING + 1, "older", "0", "4094"));
        assert_eq!(lines[WAITING], "(7 lines were lost: the disk was too slow)");
        assert_eq!(mode(&file(home.path(), 0)), 0o600);
    }

    #[test]
    fn without_a_place_to_write_nothing_happens() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("logs"), "a file where the directory should be").unwrap();
        let (to, entries) = sync_channel(2);
        to.send(Entry::Line("a\n".to_owned())).unwrap();
        to.send(Entry::End).unwrap();
        write(&home.path().join("logs"), &entries, &AtomicU64::new(0));
    }
}
