//! Imports: a file, or pasted text, read beside the screen, and stopped when nobody wants it any more.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::super::works::Subject;
use super::naming::Naming;
use super::{Interpreter, expand, text};
use crate::app::import::{Counted, ImportAnswer, ImportAsk, ImportStep, Several, Source, recall, unchanged};
use crate::app::{Answer, Notice};
use crate::config::actions::Place;
use crate::domain::{can_send, validate};
use crate::intake::{Format, ImportOptions, Input, Reading, Refused, header_set, look, own_columns, read};
use crate::store::{ImportReport, Purpose};
use crate::support::text::count;
use crate::support::work::{Stopped, Work};

/// The steps of a reading: the hundredths of the file.
const HUNDREDTHS: u64 = 100;

/// How many bytes are read between two looks at how far it is.
const LOOK: u64 = 1 << 20;

/// How many files of refused rows may stand beside one source.
const MOST_REFUSED: u32 = 1000;

impl Interpreter {
    pub(super) fn import(&self, ask: ImportAsk) {
        let is_last = matches!(ask.step, ImportStep::Import { .. });
        // The step before it, if it is under way, stops; but an import goes on beside the next one.
        let (subject, doing) = if is_last { (Subject::Own, "importing") } else { (Subject::Import, "reading") };
        let doing = format!("{doing} {}", ask.source.name());
        let work = self.works.begin(subject, doing.clone());
        let this = self.clone();
        tokio::spawn(async move {
            let token = ask.token;
            let answer = match ask.step {
                ImportStep::Stop => return,
                ImportStep::Look => this.look_at(ask, &work).await,
                ImportStep::Count => this.count(ask, &work).await,
                ImportStep::Import { keeps_refused } => this.take_in(ask, keeps_refused, &work).await,
            };
            let answer = answer.unwrap_or_else(|why| {
                let why = if work.is_stopped() { Stopped.to_string() } else { why };
                let notice = Notice::error(doing, why);
                if is_last { ImportAnswer::Over(notice) } else { ImportAnswer::Failed(notice) }
            });
            this.answer(Answer::Import(token, answer));
        });
    }

    /// Looks at the header, with the mapping of the last time unless there is another.
    async fn look_at(&self, ask: ImportAsk, work: &Work) -> Result<ImportAnswer, String> {
        let (this, work) = (self.clone(), work.clone());
        let looked = spawn_blocking(move || {
            let mut input = this.open(&ask, &work)?;
            let mut options = this.options(&ask);
            let mut seen = look(&mut input, &options);
            if ask.map.is_none() {
                options.map = recall(&this.reads.own(&work)?, &seen.columns).map_err(text)?;
            }
            if !options.map.is_empty() {
                seen = look(&mut input, &options);
            }
            // Else there is nothing that could be mapped or read otherwise.
            let can_go_on =
                !seen.columns.is_empty() || seen.read_as.encoding.is_some() || seen.read_as.sheets.len() > 1;
            match seen.refused.take_if(|_| !can_go_on) {
                Some(refused) => Err(format!("Nothing was imported\n{refused}")),
                None => Ok(ImportAnswer::Looked(Box::new(seen), options.map)),
            }
        });
        looked.await.map_err(|e| e.to_string())?
    }

    async fn count(&self, ask: ImportAsk, work: &Work) -> Result<ImportAnswer, String> {
        let Fed { reading, faulty, several, report } = match self.feed(ask, Purpose::Rehearsal, None, work).await {
            Err(Failed::Refused(Refused { looks_like: Some(other), .. })) => return Ok(ImportAnswer::Undecoded(other)),
            counted => counted.map_err(Failed::told)?,
        };
        let listed = |more: u64, mut lines: Vec<String>| {
            if more > 0 {
                lines.push(format!("{} more", count(more)));
            }
            lines
        };
        let problems: Vec<_> = reading.problems.iter().map(ToString::to_string).collect();
        let warnings: Vec<_> = reading.warnings.iter().map(ToString::to_string).collect();
        Ok(ImportAnswer::Counted(Box::new(Counted {
            report,
            rows: reading.rows,
            refused: reading.refused,
            faulty,
            several: self.known(several, work)?,
            problems: listed(reading.problem_count - problems.len() as u64, problems),
            warnings: listed(reading.warning_count - warnings.len() as u64, warnings),
        })))
    }

    /// Puts the edits in the queue, and keeps the mapping for the next file with the same columns.
    async fn take_in(&self, ask: ImportAsk, keeps_refused: bool, work: &Work) -> Result<ImportAnswer, String> {
        let map = ask.map.clone().unwrap_or_default();
        let rejects = match &ask.source {
            Source::File(path) if keeps_refused => Some(expand(path, self.desk.home.as_deref())),
            _ => None,
        };
        let fed = self.feed(ask, Purpose::Import, rejects.as_deref(), work).await;
        let Fed { reading, report, .. } = fed.map_err(Failed::told)?;
        let headers = header_set(reading.columns.iter().map(|column| column.header.as_str()));
        if !map.is_empty() && !matches!(reading.format, Format::Json | Format::JsonLines) {
            self.desk.store.remember_mapping(headers, map).await.map_err(text)?;
        }
        Ok(ImportAnswer::Over(Notice::done(self.said(&reading, &report))))
    }

    fn said(&self, reading: &Reading, report: &ImportReport) -> String {
        let mut said = format!("imported: {} added", count(report.added));
        let replaced = report.conflicts - report.kept;
        for (n, what) in [
            (report.merged, "merged"),
            (replaced, "with another value before"),
            (report.kept, "kept as before"),
            (reading.refused, "refused"),
        ] {
            if n > 0 {
                said += &format!(", {} {what}", count(n));
            }
        }
        if report.unchanged > 0 {
            said += &format!(", {}", unchanged(report));
        }
        said + &self.desk.session.keymap.fill(Place::Queue, "; `<undo>` undoes")
    }

    /// Reads the whole source into the store; gives what came of it.
    async fn feed(
        &self,
        ask: ImportAsk,
        purpose: Purpose,
        refused_of: Option<&Path>,
        work: &Work,
    ) -> Result<Fed, Failed> {
        let choices = ask.settled.choices.clone();
        let store = self.desk.store.watched(work);
        let (mut feed, report) = store.feed(ask.source.name(), purpose, Some(self.desk.book()), choices);
        let (this, refused_of, work) = (self.clone(), refused_of.map(Path::to_owned), work.clone());
        let reader = spawn_blocking(move || {
            let mut input = this.open(&ask, &work)?;
            let options = this.options(&ask);
            let mut rejects = refused_of.map(|source| beside(&source, &mut input, &options)).transpose()?;
            let mut naming = Naming::new((this.desk.finds)()?, ask.settled.meant);
            let mut faulty = 0;
            let reading = read(
                &mut input,
                &options,
                rejects.as_mut().map(|file| file as &mut dyn Write),
                Some(&mut |field, value: &str| naming.find(field, value)),
                &mut |edit| {
                    faulty += u64::from(!can_send(&validate(&edit, &this.desk.rules)));
                    feed.give(edit);
                },
            );
            let reading = reading.map_err(Failed::Refused)?;
            feed.have_columns(own_columns(&reading));
            feed.finish();
            Ok::<_, Failed>((reading, faulty, naming.several()))
        });
        let report = report.await;
        let (reading, faulty, several) = reader.await.map_err(|e| Failed::Other(e.to_string()))??;
        Ok(Fed { reading, faulty, several, report: report.map_err(text)? })
    }

    fn options(&self, ask: &ImportAsk) -> ImportOptions {
        ask.how.clone().asked(ImportOptions {
            source_name: ask.source.name(),
            clear_token: self.desk.session.clear_token.clone(),
            map: ask.map.clone().unwrap_or_default(),
            names_flags: false,
            ..ImportOptions::default()
        })
    }

    /// Opens the source. It can be read as long as the question is the newest.
    fn open(&self, ask: &ImportAsk, work: &Work) -> Result<Watched, String> {
        let (input, of): (Box<dyn Input + Send>, u64) = match &ask.source {
            Source::Pasted(text) => (Box::new(Cursor::new(text.as_bytes().to_vec())), text.len() as u64),
            Source::File(path) => {
                let path = expand(path, self.desk.home.as_deref());
                let no_file = |e: io::Error| format!("{}: {e}", path.display());
                let file = File::open(&path).map_err(no_file)?;
                let of = file.metadata().map_err(no_file)?.len();
                (Box::new(file), of)
            }
        };
        work.expect(HUNDREDTHS);
        Ok(Watched { input, token: ask.token, of, done: 0, told: 0, percent: 0, by: self.clone(), work: work.clone() })
    }
}

/// What came of a reading.
struct Fed {
    reading: Reading,
    /// How many edits can't be sent.
    faulty: u64,
    /// What several contacts have.
    several: Vec<Several>,
    report: ImportReport,
}

/// Why nothing came of a reading.
enum Failed {
    /// The file is refused.
    Refused(Refused),
    /// Something else went wrong.
    Other(String),
}

impl Failed {
    fn told(self) -> String {
        match self {
            Self::Refused(refused) => format!("Nothing was imported\n{refused}"),
            Self::Other(why) => why,
        }
    }
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

/// A new file beside the source, for its refused rows.
fn beside(source: &Path, input: &mut Watched, options: &ImportOptions) -> Result<File, String> {
    let ending = match look(input, options).format {
        Format::Json | Format::JsonLines => "jsonl",
        Format::Csv | Format::Xlsx => "csv",
    };
    let mut tried = (1..MOST_REFUSED).map(|n| if n == 1 { String::from("refused") } else { format!("refused-{n}") });
    loop {
        let Some(mark) = tried.next() else { return Err(String::from("there are too many files of refused rows")) };
        let path: PathBuf = source.with_extension(format!("{mark}.{ending}"));
        match File::options().write(true).create_new(true).open(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map_err(|e| format!("{}: {e}", path.display())),
        }
    }
}

/// A source that tells how far it is read, and can't be read on when nobody wants it any more.
struct Watched {
    input: Box<dyn Input + Send>,
    token: u64,
    of: u64,
    done: u64,
    told: u64,
    /// Hundredths of it that were told as steps of the work.
    percent: u64,
    by: Interpreter,
    work: Work,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.done += read as u64;
        let percent = self.done * HUNDREDTHS / self.of.max(1);
        self.work.step(percent.saturating_sub(self.percent)).map_err(io::Error::other)?;
        self.percent = percent.max(self.percent);
        if self.done >= self.told + LOOK {
            self.told = self.done;
            self.by.answer(Answer::Import(self.token, ImportAnswer::Progress(self.done.min(self.of), self.of)));
        }
        Ok(read)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.input.seek(to)?;
        (self.done, self.told) = (at, at);
        Ok(at)
    }
}
