//! What the screens of the program cost on the line: the budgets of a bad SSH connection, on the real view.

use rstest::rstest;

use super::*;
use crate::app::Alarm;
use crate::support::rng::mix;
use crate::tui::lean::Lean;

/// Frames of the background in a second.
const FRAMES: u64 = 10;

/// The workstation with its disk, on a line whose bytes are counted.
struct Desk {
    model: Model,
    styles: Styles,
    lean: Lean<Vec<u8>>,
    now: i64,
    edits: u64,
    alarms: Vec<(Alarm, i64)>,
    totals: Totals,
}

/// An edit as unlike its neighbours as real ones are.
fn edit_row(i: u64) -> QueueRow {
    const NAMES: [&str; 5] = ["Asha", "Ravi", "Lakshmi", "Imran", "Zoë"];
    let name = NAMES[(mix(i) % 5) as usize];
    let mut changes: crate::domain::Changes = [
        (Field::FirstName, Change::Set(name.into())),
        (Field::Email, Change::Set(format!("customer{}@example.com", 1000 + i))),
    ]
    .into_iter()
    .collect();
    if i.is_multiple_of(4) {
        changes.put(Field::Tag, Some(Change::Clear));
    }
    let edit = Edit { sid: Sid::new(&format!("{:016x}{:016x}", mix(i), mix(!i))), changes };
    QueueRow { id: EditId(i as i64), edit, issues: Vec::new(), origin: None, conflict: None, base: None }
}

impl Desk {
    fn with(size: (u16, u16), edits: u64) -> Self {
        let session = Session { account: "acme1".into(), region: "mumbai".into(), rate: 600, ..Session::default() };
        let (model, effects) = Model::new(session, size);
        let theme = Theme::load("dark", std::path::Path::new("/nonexistent")).unwrap();
        let mut desk = Self {
            model,
            styles: Styles::new(theme, Depth::Indexed),
            lean: Lean::new(Vec::new()),
            now: 1_000_000,
            edits,
            alarms: Vec::new(),
            totals: Totals::planned(edits),
        };
        desk.perform(effects);
        desk.paint();
        desk
    }

    fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg, &Ctx { now: Timestamp(self.now) });
        self.perform(effects);
    }

    /// Answers as the disk would.
    fn perform(&mut self, effects: Vec<Effect>) {
        let settled = self.totals.settled();
        for effect in effects {
            let answer = match effect {
                Effect::QueueKeys { token, what, .. } => {
                    Answer::QueueKeys(token, what, Ok((settled..self.edits).map(|i| EditId(i as i64)).collect()))
                }
                Effect::QueueRows(ids) => {
                    let rows = ids.iter().map(|id| edit_row(id.0 as u64)).collect();
                    Answer::QueueRows(ids, rows)
                }
                Effect::ResultKeys { token, what, .. } => {
                    Answer::ResultKeys(token, what, Ok((0..self.edits).collect()))
                }
                Effect::ResultRows { run, seqs } => {
                    Answer::ResultRows(run, seqs.into_iter().map(|seq| self.result(seq)).collect())
                }
                Effect::Alarm(alarm, ms) => {
                    self.alarms.retain(|(set, _)| *set != alarm);
                    self.alarms.push((alarm, self.now + ms as i64));
                    continue;
                }
                _ => continue,
            };
            self.take(Msg::Answer(answer));
        }
    }

    /// The results come in order, every eighth of them a failure.
    fn result(&self, seq: u64) -> ResultRow {
        let row = match seq % 8 {
            7 => result(seq, Status::Rejected, 404, "Contact not found"),
            _ => result(seq, Status::Updated, 200, ""),
        };
        let Edit { sid, changes } = edit_row(seq).edit;
        let outcome = row.outcome.clone().filter(|_| seq < self.totals.settled());
        ResultRow { sid, changes, outcome, attempts: 0, ..row }
    }

    /// Paints a frame; gives its bytes.
    fn paint(&mut self) -> usize {
        let frame = frame(&self.model, &self.styles);
        self.lean.draw(&frame.buffer, frame.cursor).unwrap()
    }

    /// Presses a key and gives the bytes of its frame; what waits for the keys to rest is not in it.
    fn press(&mut self, key: &str) -> usize {
        self.take(Msg::Key(key.parse().unwrap()));
        self.paint()
    }

    /// Lets time go by until nothing is put off; gives the bytes of the frame.
    fn rest(&mut self) -> usize {
        while let Some((alarm, at)) = self.alarms.pop() {
            self.now = self.now.max(at);
            self.take(Msg::Alarm(alarm));
        }
        self.paint()
    }

    fn event(&mut self, kind: EventKind) {
        let event = EngineEvent { run: RunId(7), seq: 1, at: Timestamp(self.now), totals: self.totals, kind };
        self.take(Msg::Engine(Box::new(event)));
    }

    fn start_run(&mut self, batches: u32) {
        self.take(Msg::Answer(Answer::Started { run: RunId(7), planned: self.edits, batches }));
        self.event(EventKind::Started { batches });
        self.paint();
    }

    /// A run of some seconds, in each of which so many batches settle; gives the bytes of each second.
    fn run(&mut self, seconds: u64, batches: u64, of: u64) -> Vec<usize> {
        let mut bytes = vec![0; seconds as usize];
        for tick in 0..seconds * FRAMES {
            for batch in tick * batches / FRAMES..(tick + 1) * batches / FRAMES {
                let (batch, attempt) = (batch as u32, 1);
                self.event(EventKind::BatchSent { batch: batch + 1, attempt, edits: of });
                self.totals.rejected += of / 8;
                self.totals.updated += of - of / 8;
                self.event(EventKind::BatchSettled { batch, attempt, elapsed_ms: 80 + mix(tick) % 90, notes: vec![] });
            }
            self.now += 1000 / FRAMES as i64;
            for at in (0..self.alarms.len()).rev().filter(|at| self.alarms[*at].1 <= self.now).collect::<Vec<_>>() {
                let (alarm, _) = self.alarms.remove(at);
                self.take(Msg::Alarm(alarm));
            }
            bytes[(tick / FRAMES) as usize] += self.paint();
        }
        bytes
    }
}

#[track_caller]
fn within(bytes: usize, budget: usize) {
    assert!(bytes <= budget, "{bytes} bytes, the budget is {budget}");
}

/// The mean of several acts.
fn mean(acts: impl Iterator<Item = usize>) -> usize {
    let (sum, n) = acts.fold((0, 0), |(sum, n), bytes| (sum + bytes, n + 1));
    sum / n
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (160, 45)];

#[test]
fn a_step_of_the_cursor_costs_at_most_64_bytes() {
    for size in SIZES {
        let mut desk = Desk::with(size, 1000);
        for key in ["j", "j", "j", "j", "j", "j", "j", "j", "j", "k", "k"] {
            within(desk.press(key), 64);
            desk.rest();
        }
    }
}

#[test]
fn a_scrolled_row_costs_at_most_250_bytes() {
    for size in SIZES {
        let mut desk = Desk::with(size, 1000);
        for _ in 0..50 {
            desk.press("j");
        }
        // Where a row alone would be dear, some are scrolled at once.
        within(mean((0..60).map(|_| desk.press("j"))), 250);
        for _ in 0..50 {
            desk.press("k");
        }
        within(mean((0..44).map(|_| desk.press("k"))), 250);
    }
}

#[test]
fn a_page_costs_at_most_4500_bytes_and_a_held_key_over_60_rows_at_most_12_kilobytes() {
    for size in SIZES {
        let mut desk = Desk::with(size, 1000);
        for key in ["ctrl-f", "ctrl-f", "ctrl-d", "ctrl-b", "G", "home"] {
            within(desk.press(key) + desk.rest(), 4500);
        }
        within((0..60).map(|_| desk.press("j")).sum::<usize>() + desk.rest(), 12_000);
    }
}

/// Ten outcomes a second, or ten thousand.
#[rstest]
fn a_run_costs_at_most_400_bytes_a_second(#[values((10, 1), (20, 500))] batches: (u64, u64)) {
    let (batches, of) = batches;
    for size in SIZES {
        let mut desk = Desk::with(size, 21 * batches * of);
        desk.start_run(1000);
        let bytes = desk.run(20, batches, of);
        // The rows in sight settle once; then figures change, and beside them the queue now and then.
        within(mean(bytes.iter().skip(5).copied()), 400);
        assert!(bytes.iter().all(|bytes| *bytes > 0), "every second shows how far it is: {bytes:?}");
    }
}
