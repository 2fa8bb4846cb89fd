//! The tables `[job]` and `[expect]` of a scenario.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Deserialize;

use super::sid_at;

/// What a scenario says to its test.
#[derive(Deserialize)]
pub struct Told {
    pub about: String,
    #[serde(default)]
    job: toml::Table,
    expect: toml::Table,
}

/// How the edits go to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the job says.
    AsTold,
    /// All in one request.
    One,
    /// In twelve requests, four of them under way at once.
    Many,
}

impl Shape {
    pub fn name(self) -> &'static str {
        match self {
            Self::AsTold => "run",
            Self::One => "one batch",
            Self::Many => "many batches",
        }
    }

    /// The table of `[expect]` that is about this shape alone.
    fn table(self) -> &'static str {
        match self {
            Self::AsTold => "",
            Self::One => "one",
            Self::Many => "many",
        }
    }
}

/// What the client is to do.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Job {
    /// So many edits, of the first contacts of the book.
    pub edits: u64,
    /// The places, from 0, at which a contact stands that does not exist.
    pub missing: Vec<u64>,
    /// Fields to set; `{i}` in a value is the place in five digits.
    pub set: BTreeMap<String, String>,
    /// Fields to clear.
    pub clear: Vec<String>,
    /// Without it the job is done twice: in one batch, and in many with several in flight.
    batch_size: Option<u64>,
    in_flight: Option<u64>,
    rate: u64,
    max_attempts: u64,
    backoff_ms: u64,
    timeout: u64,
    canary: u64,
    breaker: u64,
    breaker_window: u64,
    clear_as: String,
    custom_key: String,
    /// More words for the command line of `submit`.
    pub flags: Vec<String>,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            edits: 120,
            missing: Vec::new(),
            set: BTreeMap::from([("first_name".to_owned(), "New".to_owned())]),
            clear: Vec::new(),
            batch_size: None,
            in_flight: None,
            rate: 60_000,
            max_attempts: 5,
            backoff_ms: 1,
            timeout: 20,
            canary: 0,
            breaker: 50,
            breaker_window: 200,
            clear_as: String::new(),
            custom_key: "custom_field".to_owned(),
            flags: Vec::new(),
        }
    }
}

impl Job {
    /// The config file of the client.
    pub fn config(&self) -> String {
        let Self { rate, max_attempts, backoff_ms, timeout, canary, breaker, breaker_window, .. } = self;
        let (batch_size, in_flight) = (self.batch_size.unwrap_or(500), self.in_flight.unwrap_or(1));
        let (clear_as, custom_key) = (&self.clear_as, &self.custom_key);
        format!(
            "[profiles.default]\nrate = {rate}\nbatch_size = {batch_size}\nin_flight = {in_flight}\n\
             max_attempts = {max_attempts}\nbackoff_ms = {backoff_ms}\ntimeout = {timeout}\ncanary = {canary}\n\
             breaker = {breaker}\nbreaker_window = {breaker_window}\nclear_as = \"{clear_as}\"\n\
             custom_key = \"{custom_key}\"\n"
        )
    }

    /// The value that the edit at a place sets.
    pub fn value(&self, field: &str, place: u64) -> String {
        self.set[field].replace("{i}", &format!("{place:05}"))
    }

    /// The edits as a file to submit.
    pub fn edits_csv(&self) -> String {
        let fields: Vec<_> = self.set.keys().map(String::as_str).collect();
        let header = [&["sid"], &fields[..], &self.clear.iter().map(String::as_str).collect::<Vec<_>>()].concat();
        let mut csv = header.join(",") + "\n";
        for place in 0..self.edits {
            csv += &sid_at(self, place);
            for field in &fields {
                let _ = write!(csv, ",\"{}\"", self.value(field, place).replace('"', "\"\""));
            }
            csv += &",--".repeat(self.clear.len());
            csv.push('\n');
        }
        csv
    }
}

/// What must come of it. A number that is not given is 0, a table that is not given is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub exit: i32,
    /// How the run ended.
    #[serde(default = "finished")]
    pub state: String,
    #[serde(default)]
    pub updated: Count,
    #[serde(default)]
    pub rejected: Count,
    #[serde(default)]
    pub unknown: Count,
    #[serde(default)]
    pub not_sent: Count,
    /// The places of the edits that were rejected.
    pub rejected_at: Option<Vec<u64>>,
    /// The places of the edits that are unknown.
    pub unknown_at: Option<Vec<u64>>,
    /// The echoes of the updated ones; without it all match.
    pub echo: Option<BTreeMap<String, Count>>,
    /// The codes of the rejected ones.
    pub codes: Option<BTreeMap<String, Count>>,
    /// The vendor's codes of the rejected ones.
    pub error_codes: Option<BTreeMap<String, Count>>,
    pub requests: Option<Count>,
    pub retries: Option<Count>,
    /// The statuses of the request log; `none` is a connection that broke.
    pub statuses: Option<BTreeMap<String, Count>>,
    /// The changes of contacts in the request log.
    pub applied: Option<Count>,
    /// Requests that left and reached nobody.
    #[serde(default)]
    pub unseen: Count,
    /// No span of `ms` holds more than so many requests.
    pub pace: Option<PaceLimit>,
    /// The run takes at least so long.
    #[serde(default)]
    pub at_least_ms: u64,
    /// Words on standard error.
    #[serde(default)]
    pub says: Vec<String>,
    /// What failed fails on every server, so that the end is not looked at.
    #[serde(default)]
    pub hopeless: bool,
    /// Words in the description of every outcome that is not updated.
    pub reason: Option<String>,
}

fn finished() -> String {
    "finished".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceLimit {
    pub ms: u64,
    pub requests: usize,
}

/// A number, or the two that it lies between where the order of arrival decides.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
pub enum Count {
    Exactly(u64),
    Between([u64; 2]),
}

impl Default for Count {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

impl Count {
    pub fn is(self, number: u64) -> bool {
        match self {
            Self::Exactly(n) => n == number,
            Self::Between([from, to]) => (from..=to).contains(&number),
        }
    }

    pub fn most(self) -> u64 {
        match self {
            Self::Exactly(n) | Self::Between([_, n]) => n,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::Between([from, to]) => write!(f, "{from} to {to}"),
        }
    }
}

impl Told {
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The shapes in which its job is done.
    pub fn shapes(&self) -> &'static [Shape] {
        if self.job.contains_key("batch_size") { &[Shape::AsTold] } else { &[Shape::One, Shape::Many] }
    }

    /// The job and what is expected of it in that shape.
    pub fn of(&self, shape: Shape) -> Result<(Job, Expect), toml::de::Error> {
        let mut job: Job = self.job.clone().try_into()?;
        let (size, in_flight) = match shape {
            Shape::AsTold => (job.batch_size, job.in_flight),
            Shape::One => (Some(job.edits), Some(1)),
            Shape::Many => (Some(job.edits.div_ceil(12)), Some(4)),
        };
        (job.batch_size, job.in_flight) = (size, in_flight);
        let mut expect = self.expect.clone();
        for each in [Shape::One, Shape::Many].map(Shape::table) {
            if let (Some(toml::Value::Table(own)), true) = (expect.remove(each), each == shape.table()) {
                expect.extend(own);
            }
        }
        Ok((job, expect.try_into()?))
    }
}
