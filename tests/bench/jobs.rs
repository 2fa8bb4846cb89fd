//! The jobs, and what is printed of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rolodeck::sim::sid_of;
use serde_json::Value;
use tempfile::TempDir;

use super::measure::{Cost, measure, median};
use super::screen::Desk;
use super::server::{ACCOUNT, KEY, Server, TOKEN};
use super::{Fallible, Job, Options};

/// Contacts of a request.
pub const BATCH: u64 = 500;
/// Requests under way at once.
const IN_FLIGHT: u64 = 4;
/// How long a paced answer takes, in milliseconds.
const LATENCY: u64 = 150;

/// Prints a line.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
pub fn print(line: &str) {
    println!("{line}");
}

/// Does the jobs that are asked for.
pub fn run(options: &Options) -> Fallible<()> {
    let bench = Bench::new(options)?;
    let is_asked = |job| options.jobs.is_empty() || options.jobs.contains(&job);
    if is_asked(Job::Start) {
        bench.start()?;
    }
    if is_asked(Job::Screen) {
        bench.screen()?;
    }
    if is_asked(Job::Import) || is_asked(Job::Submit) {
        bench.submit(is_asked(Job::Submit))?;
    }
    if is_asked(Job::Paced) {
        bench.paced()?;
    }
    if is_asked(Job::Results) {
        super::results::run(options.edits, options.rounds)?;
    }
    Ok(())
}

struct Bench<'a> {
    options: &'a Options,
    dir: TempDir,
    rivals: Vec<Rival>,
}

/// A program that does the jobs.
enum Rival {
    Rolodeck { name: &'static str, program: PathBuf },
    Baseline { kind: String },
}

impl Rival {
    fn name(&self) -> &str {
        match self {
            Self::Rolodeck { name, .. } => name,
            Self::Baseline { kind } => kind,
        }
    }
}

/// A submit, and the import before it where there was one.
#[derive(Clone, Copy, Default)]
struct Done {
    import: Option<Cost>,
    submit: Cost,
    /// How long the run itself took, in seconds, without the planning.
    run_s: f64,
}

impl<'a> Bench<'a> {
    fn new(options: &'a Options) -> Fallible<Self> {
        let mut rivals = vec![Rival::Rolodeck { name: "rolodeck", program: env!("CARGO_BIN_EXE_rolodeck").into() }];
        rivals.extend(options.against.clone().map(|program| Rival::Rolodeck { name: "the other", program }));
        if options.baselines.is_some() {
            rivals.extend(options.kinds.iter().map(|kind| Rival::Baseline { kind: kind.clone() }));
        } else {
            print("no baselines: without --baselines SCRIPT there is nothing to compare with");
        }
        Ok(Self { options, dir: tempfile::tempdir()?, rivals })
    }

    /// A file of edits of the simulator's first contacts: five fields each, as an address book has them.
    fn file(&self, edits: u64) -> Fallible<PathBuf> {
        let path = self.dir.path().join(format!("{edits}.csv"));
        let mut text = String::from("sid,first_name,last_name,company_name,email,tag\n");
        for i in 0..edits {
            writeln!(text, "{},First {i},Last {i},Acme Logistics,person{i}@example.com,Member", sid_of(i))?;
        }
        fs::write(&path, text)?;
        Ok(path)
    }

    /// A command of the program, with a data directory and a server.
    fn command(&self, program: &Path, data: &Path, url: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env_clear().envs([
            ("EXOTEL_ACCOUNT_SID", ACCOUNT),
            ("EXOTEL_API_KEY", KEY),
            ("EXOTEL_API_TOKEN", TOKEN),
            ("ROLODECK_BASE_URL", url),
        ]);
        command.env("HOME", self.dir.path()).env("ROLODECK_DATA_DIR", data);
        command
    }

    /// How long the smallest commands take beside a long queue.
    fn start(&self) -> Fallible<()> {
        let (edits, file) = (self.options.edits, self.file(self.options.edits)?);
        for rival in &self.rivals {
            let Rival::Rolodeck { name, program } = rival else { continue };
            let data = tempfile::tempdir_in(self.dir.path())?;
            let command = |args: &[&str]| self.command(program, data.path(), "http://127.0.0.1:9", args);
            measure(&mut command(&["import", &file.display().to_string()]))?;
            for args in [["--version"].as_slice(), &["runs"]] {
                let costs = (0..21).map(|_| measure(&mut command(args))).collect::<Fallible<Vec<_>>>()?;
                let ms = median(costs.iter().map(|cost| cost.wall_s)) * 1000.0;
                print(&format!("{name} {}, {edits} edits queued: {ms:.1} ms", args.join(" ")));
            }
        }
        Ok(())
    }

    /// The workstation beside a long queue.
    fn screen(&self) -> Fallible<()> {
        let (edits, file) = (self.options.edits, self.file(self.options.edits)?);
        let (home, data) = (self.dir.path(), tempfile::tempdir_in(self.dir.path())?);
        let (program, nowhere) = (Path::new(env!("CARGO_BIN_EXE_rolodeck")), "http://127.0.0.1:9");
        measure(&mut self.command(program, data.path(), nowhere, &["import", &file.display().to_string()]))?;
        Desk { home, data: data.path(), edits, file: &file }.measure()
    }

    /// Imports and submits a file, each rival in its turn, round by round.
    fn submit(&self, is_sent: bool) -> Fallible<()> {
        let edits = self.options.edits;
        let (file, server) = (self.file(edits)?, Server::start(edits, 0)?);
        let mut done = vec![Vec::new(); self.rivals.len()];
        for round in 1..=self.options.rounds {
            for (rival, done) in self.rivals.iter().zip(&mut done) {
                let Some(took) = self.turn(rival, &server.url, &file, is_sent)? else { continue };
                print(&format!("round {round}, {:>9}: {}", rival.name(), in_words(&took, edits, is_sent)));
                done.push(took);
            }
        }
        self.compare(&done, edits, is_sent);
        Ok(())
    }

    /// One round of one rival; `None` for one that has no part in it.
    fn turn(&self, rival: &Rival, url: &str, file: &Path, is_sent: bool) -> Fallible<Option<Done>> {
        match rival {
            Rival::Rolodeck { program, .. } => Ok(Some(self.rolodeck(program, url, file, is_sent)?)),
            Rival::Baseline { kind } if is_sent => Ok(Some(self.baseline(kind, url, file)?)),
            Rival::Baseline { .. } => Ok(None),
        }
    }

    fn rolodeck(&self, program: &Path, url: &str, file: &Path, is_sent: bool) -> Fallible<Done> {
        let data = tempfile::tempdir_in(self.dir.path())?;
        let command = |args: &[&str]| self.command(program, data.path(), url, args);
        let import = Some(measure(&mut command(&["import", &file.display().to_string()]))?);
        if !is_sent {
            return Ok(Done { import, ..Done::default() });
        }
        let (batch, in_flight) = (BATCH.to_string(), IN_FLIGHT.to_string());
        let how = ["submit", "--yes", "--batch-size", &batch, "--in-flight", &in_flight, "--rate", "100000"];
        let submit = measure(&mut command(&how))?;
        let runs = command(&["runs", "--format", "jsonl"]).output()?;
        let run: Value = serde_json::from_slice(&runs.stdout)?;
        let run_ms = run.get("elapsed_ms").and_then(Value::as_f64).ok_or("the run has no time")?;
        Ok(Done { import, submit, run_s: run_ms / 1000.0 })
    }

    fn baseline(&self, kind: &str, url: &str, file: &Path) -> Fallible<Done> {
        let script = self.options.baselines.as_deref().ok_or("no script")?;
        let output = Command::new(&self.options.python)
            .arg(script)
            .args([kind, &format!("{url}/v2/accounts/{ACCOUNT}/contacts")])
            .arg(file)
            .args([BATCH.to_string(), IN_FLIGHT.to_string()])
            .output()?;
        let told: Value = serde_json::from_slice(&output.stdout).map_err(|e| {
            format!("{kind} of {} failed: {e}; {}", script.display(), String::from_utf8_lossy(&output.stderr))
        })?;
        let number = |name: &str| told.get(name).and_then(Value::as_f64).ok_or(format!("{kind} does not tell {name}"));
        let submit = Cost { wall_s: number("wall_s")?, cpu_s: number("cpu_s")?, rss_mib: number("rss_mib")? };
        Ok(Done { import: None, submit, run_s: submit.wall_s })
    }

    /// Prints how the first rival compares with each of the others.
    fn compare(&self, done: &[Vec<Done>], edits: u64, is_sent: bool) {
        let Some((ours, theirs)) = done.split_first() else { return };
        if let Some(took) = middle(ours) {
            print(&format!("medians: {}", in_words(&took, edits, is_sent)));
        }
        for (rival, theirs) in self.rivals.iter().skip(1).zip(theirs) {
            let ratio = |what: fn(&Done) -> f64| median(ours.iter().zip(theirs).map(|(o, t)| what(o) / what(t)));
            let mut line = format!("as against {}:", rival.name());
            if theirs.iter().any(|done| done.import.is_some()) {
                let (wall, cpu) = (
                    ratio(|done| done.import.unwrap_or_default().wall_s),
                    ratio(|done| done.import.unwrap_or_default().cpu_s),
                );
                line += &format!(" import {wall:.2} × the time, {cpu:.2} × the CPU;");
            }
            if is_sent && !theirs.is_empty() {
                let (rate, cpu) = (1.0 / ratio(|done| done.submit.wall_s), ratio(|done| done.submit.cpu_s));
                line += &format!(" submit {rate:.2} × the contacts/s, {cpu:.2} × the CPU");
            }
            print(&line);
        }
    }

    /// Submits against slow answers: the share of what the requests in flight allow.
    fn paced(&self) -> Fallible<()> {
        let edits = (self.options.edits / 10).max(BATCH * IN_FLIGHT);
        let (file, server) = (self.file(edits)?, Server::start(edits, LATENCY)?);
        let limit = (BATCH * IN_FLIGHT * 1000) as f64 / LATENCY as f64;
        print(&format!(
            "{edits} edits, {LATENCY} ms a request, {IN_FLIGHT} in flight: the limit is {limit:.0} contacts/s"
        ));
        for round in 1..=self.options.rounds {
            for rival in &self.rivals {
                let Some(took) = self.turn(rival, &server.url, &file, true)? else { continue };
                let share = |seconds: f64| 100.0 * edits as f64 / seconds / limit;
                print(&format!(
                    "round {round}, {:>9}: {:.1} % of the limit, {:.1} % with all around the run; {}",
                    rival.name(),
                    share(took.run_s),
                    share(took.submit.wall_s),
                    in_words(&took, edits, true)
                ));
            }
        }
        Ok(())
    }
}

/// The median of everything.
fn middle(done: &[Done]) -> Option<Done> {
    let of = |what: fn(&Done) -> f64| median(done.iter().map(what));
    done.first()?;
    Some(Done {
        import: Some(Cost {
            wall_s: of(|done| done.import.unwrap_or_default().wall_s),
            cpu_s: of(|done| done.import.unwrap_or_default().cpu_s),
            rss_mib: of(|done| done.import.unwrap_or_default().rss_mib),
        }),
        submit: Cost {
            wall_s: of(|done| done.submit.wall_s),
            cpu_s: of(|done| done.submit.cpu_s),
            rss_mib: of(|done| done.submit.rss_mib),
        },
        run_s: of(|done| done.run_s),
    })
}

fn in_words(done: &Done, edits: u64, is_sent: bool) -> String {
    let mut line = String::new();
    if let Some(Cost { wall_s, cpu_s, rss_mib }) = done.import {
        line += &format!("import {wall_s:.2} s, {cpu_s:.2} CPU-s, {rss_mib:.0} MiB; ");
    }
    if is_sent {
        let Cost { wall_s, cpu_s, rss_mib } = done.submit;
        let rate = edits as f64 / wall_s / 1000.0;
        line += &format!(
            "submit {rate:.0}k contacts/s, {cpu_s:.2} CPU-s, {rss_mib:.0} MiB, {wall_s:.2} s of which the run {:.2} s, {} requests",
            done.run_s,
            edits.div_ceil(BATCH)
        );
    }
    line.trim_end_matches("; ").to_owned()
}
