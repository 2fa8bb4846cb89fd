//! Files of results, written beside everything else, with progress and a stop.

use std::borrow::Cow;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::super::works::Subject;
use super::{Heard, Interpreter, expand, text};
use crate::app::evidence::{self, Case, Mask};
use crate::app::export::{ExportAsk, Form, LINES, Unwritten, told, write_lines, write_results};
use crate::app::{Answer, Msg, Notice};
use crate::domain::RunId;
use crate::store::{Chosen, Store, Which};
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
        let store = self.reads.watched(work);
        let seqs = match which {
            Which::At(seqs) => Cow::Borrowed(seqs),
            Which::Cause(cause) => Cow::Owned(store.reader().and_then(|r| r.seqs_of(run, cause)).map_err(text)?),
            Which::Failures => Cow::Owned(store.reader().and_then(|r| r.result_seqs(run, true)).map_err(text)?),
        };
        let mut file = beside(&path).map_err(|e| format!("{shown}: {e}"))?;
        let chosen = Chosen { run, seqs: Some(&seqs), filter: None };
        let rows = write_results(file.as_file_mut(), form, &self.desk.session.clear_token, &store, &chosen)
            .map_err(|e| e.said(&shown))?;
        file.persist_noclobber(&path).map_err(|e| format!("{shown}: {}", e.error))?;
        Ok(told(rows, &shown))
    }

    fn evidence(&self, work: &Work, run: RunId, folder: Option<PathBuf>) -> Result<Notice, String> {
        let folder = folder.unwrap_or_else(|| format!("evidence-run-{run}").into());
        let folder = expand(&folder, self.desk.home.as_deref());
        let shown = folder.display().to_string();
        let store = self.reads.watched(work);
        let reader = store.reader().map_err(text)?;
        let case = Case::read(&reader, run, self.settings()).map_err(text)?;
        let seqs = reader.result_seqs(run, true).map_err(text)?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(|e| format!("{shown}: {e}"))?;
        let written = Self::bundle(&store, &case, &seqs, &folder);
        if written.is_err() {
            // It was made just now, and holds nothing but what was written here.
            let _ = fs::remove_dir_all(&folder);
        }
        written.map_err(|e| e.said(&shown))?;
        Ok(Notice::done(format!("evidence of run {run} written to {shown}; no value of a contact is in it")))
    }

    fn bundle(store: &Store, case: &Case, seqs: &[u64], folder: &Path) -> Result<(), Unwritten> {
        fs::write(folder.join("README.txt"), evidence::summary(case))?;
        fs::write(folder.join("attempts.csv"), evidence::attempts_csv(&case.attempts))?;
        let out = fs::File::create_new(folder.join("failures.jsonl"))?;
        let (run, mask) = (case.run.run, Mask::default());
        let chosen = Chosen { run, seqs: Some(seqs), filter: None };
        write_lines(out, LINES, store, &chosen, |row| mask.line(run, row)).map(drop)
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
