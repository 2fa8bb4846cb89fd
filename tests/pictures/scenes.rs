//! The scenes of the README's pictures: the program's own view of a queue and of a run, told as the disk would tell them.

#[path = "svg.rs"]
mod svg;

use std::path::Path;

use rolodeck::app::{Answer, Ctx, Effect, KeysFor, Model, Msg, QueueRow, Session, TriageAnswer, update};
use rolodeck::config::theme::{Colour, Depth, Theme};
use rolodeck::domain::{
    Cause, Change, Changes, Echo, Edit, EditId, Field, Outcome, Rules, RunId, Said, Sid, Status, Totals, validate,
};
use rolodeck::engine::{EngineEvent, EventKind};
use rolodeck::store::{CauseGroup, ResultRow};
use rolodeck::support::clock::Timestamp;
use rolodeck::support::rng::mix;
use rolodeck::tui::styles::Styles;
use rolodeck::tui::view;

/// Where the pictures are kept.
pub const FOLDER: &str = "docs/pictures";

const SIZE: (u16, u16) = (112, 26);
const EDITS: u64 = 12_480;
const RUN: RunId = RunId(7);

/// What a failure is said to be: code, error code, words.
const WORDS: [(i64, i64, &str); 3] =
    [(404, 1000, "Contact not found"), (400, 1002, "Invalid value for email"), (409, 1008, "Duplicate contact")];

/// Every picture: the name of its file, and what is in it.
pub fn all() -> Result<Vec<(String, String)>, String> {
    let papers = [("dark", [0xd0; 3]), ("light", [0x20; 3])];
    let mut pictures = Vec::new();
    for (theme, ink) in papers {
        let paint = Theme::load(theme, Path::new("/")).map_err(|e| e.to_string())?;
        let Some(Colour::Rgb(r, g, b)) = paint.background else { return Err(format!("{theme} names no background")) };
        let (styles, paper) = (Styles::new(paint, Depth::Indexed), svg::Paper { ink, ground: [r, g, b] });
        for (name, title, model) in scenes() {
            let frame = view::frame(&model, &styles);
            pictures.push((format!("{name}-{theme}.svg"), svg::draw(&frame.buffer, frame.cursor, paper, title)));
        }
    }
    Ok(pictures)
}

fn scenes() -> Vec<(&'static str, &'static str, Model)> {
    let mut causes = Bench::after_a_run();
    causes.keys("z j");
    let mut detail = Bench::after_a_run();
    detail.keys("! j j i");
    vec![
        ("queue", "The queue: a row for each edit, a column for each field", Bench::with_marks().model),
        ("run", "A run under way: how far it is, how fast, and what became of each contact", Bench::running(22).model),
        ("causes", "The causes of the failures, and what each means", causes.model),
        ("detail", "Everything about one contact: what was sent, and what came back", detail.model),
    ]
}

/// A workstation whose questions are answered as by a disk.
struct Bench {
    model: Model,
    now: i64,
    totals: Totals,
}

impl Bench {
    fn new() -> Self {
        let session = Session {
            profile: "live".into(),
            account: "acme1".into(),
            region: "mumbai".into(),
            rate: 600,
            in_flight: 4,
            clear_token: "--".into(),
            ..Session::default()
        };
        let (model, effects) = Model::new(session, SIZE);
        let mut bench = Self { model, now: 1_000_000, totals: Totals::planned(EDITS) };
        bench.perform(effects);
        bench
    }

    fn with_marks() -> Self {
        let mut bench = Self::new();
        bench.keys("j j l l space space j j j space j");
        bench
    }

    /// A run of some seconds, each of which settles some batches.
    fn running(seconds: u64) -> Self {
        let mut bench = Self::new();
        bench.take(Msg::Answer(Answer::Started { run: RUN, planned: EDITS, batches: 250 }));
        for second in 0..seconds {
            for batch in 0..6 + mix(second) % 3 {
                bench.now += 1000 / 9;
                bench.event(EventKind::BatchSent { batch: batch as u32, attempt: 1, edits: 50 });
                bench.settle(50);
                let elapsed_ms = 180 + mix(second) % 150;
                bench.event(EventKind::BatchSettled { batch: batch as u32, attempt: 1, elapsed_ms, notes: Vec::new() });
            }
            bench.now = 1_001_000 + second as i64 * 1000;
        }
        bench.event(EventKind::BatchSent { batch: 200, attempt: 1, edits: 50 });
        bench
    }

    /// The next edits settle.
    fn settle(&mut self, edits: u64) {
        let from = self.totals.settled();
        let rejected = (from..from + edits).filter(|seq| fails(*seq).is_some()).count() as u64;
        self.totals.rejected += rejected;
        self.totals.updated += edits - rejected;
    }

    fn after_a_run() -> Self {
        let mut bench = Self::running(34);
        bench.settle(bench.totals.open());
        bench.event(EventKind::Finished(rolodeck::engine::RunReport {
            run: RUN,
            state: rolodeck::domain::RunState::Finished,
            totals: bench.totals,
            odd_echoes: 0,
            requests: 250,
            retries: 0,
            elapsed_ms: 35_400,
            cause: None,
            alarm: None,
        }));
        bench.model.notice = None;
        bench
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.split(' ').filter_map(|key| key.parse().ok()) {
            self.take(Msg::Key(key));
        }
    }

    fn event(&mut self, kind: EventKind) {
        let event = EngineEvent { run: RUN, seq: 1, at: Timestamp(self.now), totals: self.totals, kind };
        self.take(Msg::Engine(Box::new(event)));
    }

    fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg, &Ctx { now: Timestamp(self.now) });
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(answer) = self.answer(effect) {
                self.take(Msg::Answer(answer));
            }
        }
    }

    fn answer(&self, effect: Effect) -> Option<Answer> {
        Some(match effect {
            Effect::QueueKeys { token, what: what @ KeysFor::View, .. } => {
                let left = if self.totals.open() == 0 { 0 } else { EDITS - self.totals.settled() };
                Answer::QueueKeys(token, what, Ok((EDITS - left..EDITS).map(|i| EditId(i as i64)).collect()))
            }
            Effect::QueueRows(ids) => {
                let rows = ids.iter().map(|id| queue_row(id.0 as u64)).collect();
                Answer::QueueRows(ids, rows)
            }
            Effect::ResultKeys { token, what, view, .. } => {
                let shown = |seq: &u64| !view.problems || fails(*seq).is_some();
                Answer::ResultKeys(token, what, Ok((0..EDITS).filter(shown).collect()))
            }
            Effect::ResultRows { run, seqs } => {
                Answer::ResultRows(run, seqs.into_iter().map(|seq| self.result(seq)).collect())
            }
            Effect::Triage(rolodeck::app::TriageAsk::Groups(run)) => {
                Answer::Triage(TriageAnswer::Groups(run, groups(self.totals)))
            }
            _ => return None,
        })
    }

    fn result(&self, seq: u64) -> ResultRow {
        let Edit { sid, changes } = queue_row(seq).edit;
        let outcome = (seq < self.totals.settled()).then(|| match fails(seq) {
            None => outcome(Status::Updated, 200, None, "", Echo::Matches),
            Some((code, error, words)) => outcome(Status::Rejected, code, Some(error), words, Echo::None),
        });
        ResultRow {
            seq,
            sid,
            changes,
            batch: (seq / 50) as u32,
            index: (seq % 50) as u32,
            outcome,
            attempts: 0,
            request_id: Some(format!("{:032x}", mix(seq / 50))),
            handled: None,
            again: None,
            before: None,
        }
    }
}

/// How an edit fails, if it does.
fn fails(seq: u64) -> Option<(i64, i64, &'static str)> {
    let chance = mix(seq ^ 0x3a5) % 96;
    WORDS.get(usize::try_from(chance).unwrap_or(usize::MAX)).copied()
}

fn outcome(status: Status, code: i64, error_code: Option<i64>, words: &str, echo: Echo) -> Outcome {
    let description = Some(words.to_owned()).filter(|words| !words.is_empty());
    let item = error_code.map(|error| {
        let said = format!(r#""error_data":{{"code":{error},"description":"{words}"}}"#);
        format!(r#"{{"code":{code},{said},"status":"failure","data":null}}"#)
    });
    Outcome { status, said: Said { code: Some(code), error_code, description, message: None }, echo, item }
}

fn groups(totals: Totals) -> Vec<CauseGroup> {
    let rejected = totals.rejected;
    let counts = [rejected / 2, rejected / 3, rejected - rejected / 2 - rejected / 3];
    let mut groups: Vec<CauseGroup> = WORDS
        .into_iter()
        .zip(counts)
        .map(|((code, error, words), count)| {
            let cause = Cause::read(Status::Rejected, (Some(code), Some(error)), words, "none");
            CauseGroup { cause, count, left: count, times: None }
        })
        .collect();
    let fine = Cause { status: Status::Updated, code: None, error_code: None, description: String::new() };
    groups.push(CauseGroup { cause: fine, count: totals.updated, left: 0, times: None });
    groups
}

/// An edit as people make them: some fields each, now and then a mistake.
fn queue_row(i: u64) -> QueueRow {
    const FIRST: [&str; 8] = ["Asha", "Ravi", "Lakshmi", "Imran", "Zoë", "Meera", "Kabir", "Divya"];
    const LAST: [&str; 6] = ["Rao", "Singh", "D'Souza", "Iyer", "Müller", "Nair"];
    const TAGS: [&str; 4] = ["lead", "premium", "partner", "renewal"];
    let of = |list: &[&str], salt: u64| {
        let at = mix(i ^ salt) as usize % list.len().max(1);
        list.get(at).copied().unwrap_or_default().to_owned()
    };
    let (first, last) = (of(&FIRST, 1), of(&LAST, 2));
    let set = |text: String| Some(Change::Set(text));
    let mut changes = Changes::default();
    changes.put(Field::FirstName, set(first.clone()));
    if !mix(i ^ 3).is_multiple_of(3) {
        changes.put(Field::LastName, set(last.clone()));
    }
    let at = if i == 6 { " at " } else { "@" };
    let host = last.to_lowercase().replace('\'', "").replace('ü', "u");
    let email = format!("{}{at}{host}.example", first.to_lowercase().replace('ë', "e"));
    let email = if i % 7 == 3 { Some(Change::Clear) } else { set(email) };
    changes.put(Field::Email, email.filter(|_| !mix(i ^ 4).is_multiple_of(4) || i == 6));
    if mix(i ^ 5).is_multiple_of(2) {
        changes.put(Field::Tag, set(of(&TAGS, 6)));
    }
    let sid = Sid::new(&format!("{:016x}{:016x}", mix(i), mix(!i)));
    let edit = Edit { sid, changes };
    let issues = validate(&edit, &Rules::default());
    QueueRow { id: EditId(i as i64), edit, issues, origin: None, conflict: None, base: None }
}
