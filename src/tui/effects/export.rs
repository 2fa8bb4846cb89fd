//! Files of results, written beside everything else, with progress and a stop.

use std::fs::{self, DirBuilder};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

use super::{Heard, Interpreter, expand, text};
use crate::app::evidence::{self, Case, Mask};
use crate::app::export::{ExportAnswer, ExportAsk, Form, told, write_results};
use crate::app::{Answer, Msg, Notice};
use crate::domain::RunId;
use crate::store::{Reader, ResultRow, Which};

/// Rows between two words of how far it is.
const ROWS: u64 = 20_000;

/// Says that the file being written is to be given up.
pub(super) type Stop = Arc<AtomicBool>;

impl Interpreter {
    /// Writes files of results, or stops writing them.
    pub(super) fn export(&self, ask: ExportAsk) {
        if ask == ExportAsk::Stop {
            self.stop.store(true, Ordering::Relaxed);
            return;
        }
        self.stop.store(false, Ordering::Relaxed);
        let this = self.clone();
        spawn_blocking(move || {
            let done = match ask {
                ExportAsk::Results(run, which, path, form) => this.results(run, &which, &path, form),
                ExportAsk::Evidence(run, folder) => this.evidence(run, folder),
                ExportAsk::Stop => return,
            };
            this.tell_export(ExportAnswer::Ended(done.unwrap_or_else(Notice::failed)));
        });
    }

    fn tell_export(&self, answer: ExportAnswer) {
        let _ = self.tell.send(Heard::Msg(Msg::Answer(Answer::Export(answer))));
    }

    fn results(&self, run: RunId, which: &Which, path: &Path, form: Form) -> Result<Notice, String> {
        let path = expand(path, self.desk.home.as_deref());
        let shown = path.display().to_string();
        if path.exists() {
            return Err(format!("{shown} is there already; nothing was written"));
        }
        let reader = self.reads.own()?;
        let seqs = match which {
            Which::At(seqs) => seqs.clone(),
            Which::Cause(cause) => reader.seqs_of(run, cause).map_err(text)?,
            Which::Failures => reader.result_seqs(run, true).map_err(text)?,
        };
        let mut file = beside(&path).map_err(|e| format!("{shown}: {e}"))?;
        let each = |f: &mut dyn FnMut(&ResultRow) -> Result<(), Failed>| self.each(&reader, run, &seqs, f);
        let token = &self.desk.session.clear_token;
        let rows =
            write_results(BufWriter::new(file.as_file_mut()), form, run, token, each).map_err(|e| e.said(&shown))?;
        file.persist_noclobber(&path).map_err(|e| format!("{shown}: {}", e.error))?;
        Ok(told(rows, &shown))
    }

    /// Gives the results at these places, and says how far it is.
    fn each(
        &self,
        reader: &Reader,
        run: RunId,
        seqs: &[u64],
        f: &mut dyn FnMut(&ResultRow) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let mut result = Ok(());
        let mut rows = 0;
        let read = reader.each_result_at(run, seqs, |row| {
            rows += 1;
            if rows % ROWS == 0 {
                self.tell_export(ExportAnswer::Reached(rows));
            }
            result = if self.stop.load(Ordering::Relaxed) { Err(Failed::Stopped) } else { f(&row) };
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        read.map_err(|e| Failed::Told(text(e)))?;
        result
    }

    fn evidence(&self, run: RunId, folder: Option<PathBuf>) -> Result<Notice, String> {
        let folder = folder.unwrap_or_else(|| format!("evidence-run-{run}").into());
        let folder = expand(&folder, self.desk.home.as_deref());
        let shown = folder.display().to_string();
        let reader = self.reads.own()?;
        let case = Case::read(&reader, run, self.settings()).map_err(text)?;
        let seqs = reader.result_seqs(run, true).map_err(text)?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(|e| format!("{shown}: {e}"))?;
        let written = self.bundle(&reader, &case, &seqs, &folder);
        if written.is_err() {
            // It was made just now, and holds nothing but what was written here.
            let _ = fs::remove_dir_all(&folder);
        }
        written.map_err(|e| e.said(&shown))?;
        Ok(Notice::done(format!("evidence of run {run} written to {shown}; no value of a contact is in it")))
    }

    fn bundle(&self, reader: &Reader, case: &Case, seqs: &[u64], folder: &Path) -> Result<(), Failed> {
        fs::write(folder.join("README.txt"), evidence::summary(case))?;
        fs::write(folder.join("attempts.csv"), evidence::attempts_csv(&case.attempts))?;
        let mut out = BufWriter::new(fs::File::create_new(folder.join("failures.jsonl"))?);
        let mask = Mask::default();
        self.each(reader, case.run.run, seqs, &mut |row| {
            mask.line(case.run.run, row).map_or(Ok(()), |line| Ok(writeln!(out, "{line}")?))
        })?;
        out.flush()?;
        Ok(())
    }

    /// What counts for support; credentials are not even in reach here.
    fn settings(&self) -> Vec<(String, String)> {
        let s = &self.desk.session;
        let of = |name: &str, value: String| (name.to_owned(), value);
        vec![
            of("version", env!("CARGO_PKG_VERSION").to_owned()),
            of("profile", s.profile.clone()),
            of("region", s.region.clone()),
            of("batch_size", self.desk.batches.max_edits.to_string()),
            of("rate", format!("{} a minute", s.rate)),
            of("in_flight", s.in_flight.to_string()),
            of("clear_as", if s.clears_as_null { "null" } else { "empty text" }.to_owned()),
            of("custom_key", s.custom_key.clone()),
        ]
    }
}

/// A new file beside the one that it becomes, so that nobody ever sees half of it.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::NamedTempFile::new_in(folder)
}

/// Why a file was not written.
enum Failed {
    Stopped,
    Told(String),
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failed {
    fn said(self, file: &str) -> String {
        match self {
            Self::Stopped => format!("stopped; {file} was not written"),
            Self::Told(why) => why,
            Self::Io(error) => format!("{file}: {error}"),
        }
    }
}
