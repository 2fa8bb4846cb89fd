//! A file of edits from the command line: read piece by piece, checked, imported or laid over the queue.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::args::SourceArgs;
use super::error::Error;
use super::exit::Exit;
use super::faults::Faults;
use super::pull::book_of;
use crate::config::Profile;
use crate::domain::{Edit, Rules, Sid, validate};
use crate::intake::{Finder, Format, ImportOptions, Input, Look, Reading, Refused, look, own_columns, read};
use crate::store::{BookName, Choices, ImportReport, Purpose, Reader, Store};

/// How much of standard input stays in memory; the rest goes to a file that nobody else sees.
const IN_MEMORY: usize = 8 << 20;

/// A file, opened.
pub(super) struct Source {
    input: Box<dyn Input + Send>,
    pub(super) options: ImportOptions,
    /// Where refused rows go; without it, one of them refuses the file.
    rejects: Option<File>,
    /// Finds the contacts of rows without a SID.
    find: Box<Finder<'static>>,
}

/// What reading a whole file found.
pub(super) struct Checked {
    /// What the reader has to say.
    pub reading: Reading,
    /// The edits that cannot be sent as they are.
    pub faults: Faults,
}

impl Source {
    /// Opens the file, or standard input for `-`.
    pub(super) fn open(
        path: &Path,
        args: &SourceArgs,
        format: Option<Format>,
        clear_token: &str,
        find: Box<Finder<'static>>,
    ) -> Result<Self, Error> {
        let source_name = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
        let input = opened(path).map_err(|e| {
            Error::new(Exit::Refused, format!("{source_name} cannot be read: {e}; nothing was imported"))
        })?;
        let options = ImportOptions {
            format,
            clear_token: args.clear_token.clone().unwrap_or_else(|| clear_token.to_owned()),
            map: args.map.clone(),
            sheet: args.sheet.clone(),
            encoding: args.encoding.clone(),
            delimiter: args.delimiter,
            source_name,
            names_flags: true,
        };
        Ok(Self { input, options, rejects: None, find })
    }

    /// Has refused rows written to this file, and the other rows imported.
    pub(super) fn reject_to(&mut self, path: &Path, source: &Path) -> Result<(), Error> {
        if path.canonicalize().is_ok_and(|path| source.canonicalize().is_ok_and(|source| source == path)) {
            return Err(Error::usage(format!(
                "{} is the file to import: name another for its refused rows",
                path.display()
            )));
        }
        let file = File::create(path).map_err(|e| {
            Error::new(Exit::Refused, format!("{} cannot be written: {e}; nothing was imported", path.display()))
        })?;
        self.rejects = Some(file);
        Ok(())
    }

    /// Its name for messages.
    pub(super) fn name(&self) -> &str {
        &self.options.source_name
    }

    /// The header and the first rows.
    pub(super) fn look(&mut self) -> Look {
        look(&mut self.input, &self.options)
    }

    /// Reads every edit once, so that a file with an error is refused before anything is changed. `see` is
    /// told every contact.
    pub(super) fn check(&mut self, rules: &Rules, mut see: impl FnMut(Sid)) -> Result<Checked, Error> {
        let mut faults = Faults::default();
        let reading = read(&mut self.input, &self.options, None, Some(&mut *self.find), &mut |edit| {
            faults.note(&edit, &validate(&edit, rules));
            see(edit.sid);
        })?;
        Ok(Checked { reading: reading.whole(&self.options.source_name)?, faults })
    }

    /// Gives every edit, of a file that was checked.
    pub(super) fn each(&mut self, mut take: impl FnMut(Edit)) -> Result<(), Error> {
        read(&mut self.input, &self.options, None, Some(&mut *self.find), &mut take)?;
        Ok(())
    }

    /// Puts the edits of the file into the queue while it is read: all of them, or none, but for what changes nothing by that
    /// book; a field with two values gets the one that is chosen. A rehearsal counts what would come of it, refused rows
    /// or not.
    pub(super) async fn import(
        mut self,
        store: &Store,
        rules: Rules,
        purpose: Purpose,
        book: Option<BookName>,
        choices: Choices,
    ) -> Result<(Checked, ImportReport), Error> {
        let (mut feed, report) = store.feed(self.options.source_name.clone(), purpose, book, choices);
        let reader = std::thread::spawn(move || {
            let mut faults = Faults::default();
            let reading = read(
                &mut self.input,
                &self.options,
                self.rejects.as_mut().map(|file| file as &mut dyn Write),
                Some(&mut *self.find),
                &mut |edit| {
                    faults.note(&edit, &validate(&edit, &rules));
                    feed.give(edit);
                },
            )?;
            let is_partial = self.rejects.is_some() && reading.refused < reading.rows;
            let reading = if is_partial || purpose == Purpose::Rehearsal {
                reading
            } else {
                reading.whole(&self.options.source_name)?
            };
            feed.have_columns(own_columns(&reading));
            feed.finish();
            Ok::<_, Refused>(Checked { reading, faults })
        });
        let report = report.await;
        let read =
            reader.join().map_err(|_| Error::new(Exit::Bug, "the reader of the file died; nothing was imported"))?;
        Ok((read?, report?))
    }
}

/// Finds contacts in the address book of the profile's account.
pub fn finder(reader: Reader, profile: &Profile) -> Result<Box<Finder<'static>>, Error> {
    let country = profile.default_country.clone();
    let book = match book_of(profile) {
        Ok(name) => reader.book(&name)?.ok_or_else(|| {
            format!("no SID, and no address book of account {} to find it in: `rolodeck pull` makes one", name.account)
        }),
        Err(error) => Err(format!("no SID, and no address book to find it in: {}", error.message)),
    };
    Ok(Box::new(move |field, value| {
        let book = book.clone()?;
        reader.find_contact(book, field, value, &country).map_err(|e| e.to_string())
    }))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn opened(path: &Path) -> io::Result<Box<dyn Input + Send>> {
    let mut input: Box<dyn Read> = if is_stdin(path) {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path)?;
        if file.metadata()?.is_file() {
            return Ok(Box::new(file));
        }
        Box::new(file)
    };
    // A pipe has no start to go back to.
    let mut spool = tempfile::spooled_tempfile(IN_MEMORY);
    io::copy(&mut input, &mut spool)?;
    spool.seek(SeekFrom::Start(0))?;
    Ok(Box::new(spool))
}
