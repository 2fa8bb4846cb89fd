//! Files of results, written beside everything else, with progress and a stop.

use std::fs::{self, DirBuilder};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::super::works::Subject;
use super::{Heard, Interpreter, expand, text};
use crate::app::evidence::{self, Case, Mask};
use crate::app::export::{ExportAsk, Form, told, write_results};
use crate::app::{Answer, Msg, Notice};
use crate::domain::RunId;
use crate::store::{Reader, ResultRow, Which};
use crate::support::work::Work;

impl Interpreter {
    /// Writes files of results.
    pub(super) fn export(&self, ask: ExportAsk) {
        let name = match &ask {
            ExportAsk::Results(_, _, path, _) => path.display().to_string(),
            ExportAsk::Evidence(..) => String::from("the evidence"),
        };
        let doing = format!("writing {name}");
        let (this, work) = (self.clone(), self.works.begin(Subject::Own, doing.clone()));
        spawn_blocking(move || {
            let done = match ask {
                ExportAsk::Results(run, which, path, form) => this.results(&work, run, &which, &path, form),
                ExportAsk::Evidence(run, folder) => this.evidence(&work, run, folder),
            };
            let answer = Answer::Told(done.unwrap_or_else(|why| Notice::error(doing, why)));
            let _ = this.tell.send(Heard::Msg(Msg::Answer(answer)));
        });
    }

    fn results(&self, work: &Work, run: RunId, which: &Which, path: &Path, form: Form) -> Result<Notice, String> {
        let path = expand(path, self.desk.home.as_deref());
        let shown = path.display().to_string();
        if path.exists() {
            return Err(format!("{shown} is there already; nothing was written"));
        }
        let reader = self.reads.own(work)?;
        let seqs = match which {
            Which::At(seqs) => seqs.clone(),
            Which::Cause(cause) => reader.seqs_of(run, cause).map_err(text)?,
            Which::Failures => reader.result_seqs(run, true).map_err(text)?,
        };
        let mut file = beside(&path).map_err(|e| format!("{shown}: {e}"))?;
        let each = |f: &mut dyn FnMut(&ResultRow) -> Result<(), Failed>| Self::each(&reader, work, run, &seqs, f);
        let token = &self.desk.session.clear_token;
        let files = reader.files_of(run).map_err(text)?;
        let rows = write_results(BufWriter::new(file.as_file_mut()), form, run, token, &files, each)
            .map_err(|e| e.said(&shown))?;
        file.persist_noclobber(&path).map_err(|e| format!("{shown}: {}", e.error))?;
        Ok(told(rows, &shown))
    }

    /// Gives the results at these places, each a step of the work.
    fn each(
        reader: &Reader,
        work: &Work,
        run: RunId,
        seqs: &[u64],
        f: &mut dyn FnMut(&ResultRow) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let mut result = Ok(());
        work.expect(seqs.len() as u64);
        let read = reader.each_result_at(run, seqs, |row| {
            result = if work.step(1).is_err() { Err(Failed::Stopped) } else { f(&row) };
            if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        work.check().map_err(|_| Failed::Stopped)?;
        read.map_err(|e| Failed::Told(text(e)))?;
        result
    }

    fn evidence(&self, work: &Work, run: RunId, folder: Option<PathBuf>) -> Result<Notice, String> {
        let folder = folder.unwrap_or_else(|| format!("evidence-run-{run}").into());
        let folder = expand(&folder, self.desk.home.as_deref());
        let shown = folder.display().to_string();
        let reader = self.reads.own(work)?;
        let case = Case::read(&reader, run, self.settings()).map_err(text)?;
        let seqs = reader.result_seqs(run, true).map_err(text)?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(|e| format!("{shown}: {e}"))?;
        let written = Self::bundle(&reader, work, &case, &seqs, &folder);
        if written.is_err() {
            // It was made just now, and holds nothing but what was written here.
            let _ = fs::remove_dir_all(&folder);
        }
        written.map_err(|e| e.said(&shown))?;
        Ok(Notice::done(format!("evidence of run {run} written to {shown}; no value of a contact is in it")))
    }

    fn bundle(reader: &Reader, work: &Work, case: &Case, seqs: &[u64], folder: &Path) -> Result<(), Failed> {
        fs::write(folder.join("README.txt"), evidence::summary(case))?;
        fs::write(folder.join("attempts.csv"), evidence::attempts_csv(&case.attempts))?;
        let mut out = BufWriter::new(fs::File::create_new(folder.join("failures.jsonl"))?);
        let mask = Mask::default();
        Self::each(reader, work, case.run.run, seqs, &mut |row| {
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
