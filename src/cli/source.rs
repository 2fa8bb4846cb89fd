//! A file of edits from the command line: read whole, checked first, then imported or laid over the queue.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;

use super::args::SourceArgs;
use super::error::Error;
use super::exit::Exit;
use super::faults::Faults;
use crate::domain::{Rules, Sid, validate};
use crate::intake::{ImportOptions, Reading, each_edit};
use crate::store::{ImportReport, Store};

/// The largest file that is read: it is held in memory while it is read.
const MAX_BYTES: u64 = 1 << 30;

/// How many edits may wait between the reader of the file and the writer of the store.
const AHEAD: usize = 1024;

/// A file in memory.
pub(super) struct Source {
    bytes: Vec<u8>,
    options: ImportOptions,
}

/// What a check of a whole file found.
pub(super) struct Checked {
    /// What the reader has to say.
    pub reading: Reading,
    /// The edits that cannot be sent as they are.
    pub faults: Faults,
}

impl Source {
    /// Reads the file, or standard input for `-`.
    pub(super) fn open(path: &Path, args: &SourceArgs, clear_token: &str) -> Result<Self, Error> {
        let source_name = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
        let bytes = read(path).map_err(|e| {
            Error::new(Exit::Refused, format!("{source_name} cannot be read: {e}; nothing was imported"))
        })?;
        let options = ImportOptions {
            format: args.format,
            clear_token: clear_token.to_owned(),
            map: args.map.clone(),
            source_name,
        };
        Ok(Self { bytes, options })
    }

    /// Its name for messages.
    pub(super) fn name(&self) -> &str {
        &self.options.source_name
    }

    /// Reads every edit once, so that a file with an error is refused before anything is changed. `see` is
    /// told every contact.
    pub(super) fn check(&self, rules: &Rules, mut see: impl FnMut(Sid)) -> Result<Checked, Error> {
        let mut faults = Faults::default();
        let reading = each_edit(&self.bytes, &self.options, &mut |edit| {
            faults.note(&edit, &validate(&edit, rules));
            see(edit.sid);
        })?;
        Ok(Checked { reading, faults })
    }

    /// Gives every edit, of a file that was checked.
    pub(super) fn each(&self, mut take: impl FnMut(crate::domain::Edit)) -> Result<(), Error> {
        each_edit(&self.bytes, &self.options, &mut take)?;
        Ok(())
    }

    /// Puts the edits of a checked file into the queue, in one transaction. They go from the reader to the writer
    /// a few at a time: a million of them are never in memory at once.
    pub(super) async fn import(self, store: &Store) -> Result<ImportReport, Error> {
        let (give, edits) = mpsc::sync_channel(AHEAD);
        let label = self.options.source_name.clone();
        std::thread::spawn(move || {
            // The same bytes were read without a fault by `check`.
            let _ = each_edit(&self.bytes, &self.options, &mut |edit| {
                // A writer that has gone says why itself.
                let _ = give.send(edit);
            });
        });
        Ok(store.import(edits, label).await?)
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let input: Box<dyn Read> = if is_stdin(path) { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    let mut bytes = Vec::new();
    if input.take(MAX_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 GiB; split it"));
    }
    Ok(bytes)
}
